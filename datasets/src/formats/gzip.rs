//! A gzip file: members one after the other, and perhaps zeros after the last, as tapes and some tools leave them.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

/// What the members hold, one after the other. Anything but zeros after the last is an error, as `gzip` has it.
pub(super) struct Members<R> {
    /// `None` for the moment in which one member follows another.
    member: Option<GzDecoder<BufReader<R>>>,
    is_over: bool,
}

impl<R: Read> Members<R> {
    pub(super) fn new(file: R) -> Self {
        Self { member: Some(GzDecoder::new(BufReader::with_capacity(1 << 15, file))), is_over: false }
    }

    pub(super) fn into_inner(self) -> R {
        self.member.expect("a member is only ever replaced").into_inner().into_inner()
    }

    /// Goes to the member that follows, or to the end of the file.
    fn go_on(&mut self) -> io::Result<()> {
        let mut file = self.member.take().expect("a member is only ever replaced").into_inner();
        let another = another_follows(&mut file);
        self.member = Some(GzDecoder::new(file));
        self.is_over = !another?;
        Ok(())
    }
}

/// Whether another member follows; if not, there must be nothing or zeros.
fn another_follows(file: &mut impl BufRead) -> io::Result<bool> {
    if !matches!(file.fill_buf()?.first(), None | Some(0)) {
        return Ok(true);
    }
    loop {
        let block = file.fill_buf()?;
        if block.is_empty() {
            return Ok(false);
        }
        if block.iter().any(|&byte| byte != 0) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "data after the last member"));
        }
        let count = block.len();
        file.consume(count);
    }
}

impl<R: Read> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_over && !buffer.is_empty() {
            match self.member.as_mut().map_or(Ok(0), |member| member.read(buffer))? {
                0 => self.go_on()?,
                count => return Ok(count),
            }
        }
        Ok(0)
    }
}
