//! The bytes of a file, whatever its format: a regular file, plain or gzip, read once in blocks, hashed on the way.
//!
//! Nothing here allocates by what a file claims about itself, and what it decompresses to is limited.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::gzip::Members;
use crate::error::{At, DataError, FileError};
use crate::table::MOST_COLUMNS;

/// Deflate cannot do better than 1032 bytes from one.
pub(crate) const MOST_DEFLATED: u64 = 1032;

/// What a compressed text may decompress to where its size is not declared: this many bytes, or [`USUAL_RATIO`] times
/// its size if that is more.
const ALWAYS_FINE: u64 = if cfg!(test) { 1 << 20 } else { 1 << 28 };

/// Real tables compress to no less than this share: beyond it a file is a bomb.
const USUAL_RATIO: u64 = 200;

/// What a file of this size may decompress to where its format packs as well as deflate at its best.
pub(super) fn deflated_limit(size: u64) -> u64 {
    size.saturating_mul(MOST_DEFLATED).max(ALWAYS_FINE)
}

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// A file under way.
pub(crate) struct Input {
    path: PathBuf,
    reader: Reader,
    /// Bytes given out so far, after decompression.
    offset: u64,
    /// The most that may be given out.
    limit: u64,
    /// The size of the file on disk.
    size: u64,
}

enum Reader {
    Plain(Box<Hashed>),
    Gzip(Box<Members<Box<Hashed>>>),
}

/// A file that is hashed while it is read.
struct Hashed {
    file: Box<dyn Read + Send>,
    /// The first bytes, read ahead to know the kind of file.
    ahead: Vec<u8>,
    hasher: blake3::Hasher,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = if self.ahead.is_empty() {
            self.file.read(buffer)?
        } else {
            let count = self.ahead.len().min(buffer.len());
            buffer[..count].copy_from_slice(&self.ahead[..count]);
            self.ahead.drain(..count);
            count
        };
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

impl Input {
    /// Opens the file at `path`, which must be a regular file: a pipe could block for ever.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => DataError::from(FileError::Missing { path: path.to_owned() }),
            _ => FileError::Read { path: path.to_owned(), source }.into(),
        };
        let metadata = fs::metadata(path).map_err(failed)?;
        let kind = metadata.file_type();
        if !kind.is_file() {
            let found = if kind.is_dir() { "a directory" } else { "no regular file" };
            return Err(FileError::NotAFile { path: path.to_owned(), found }.into());
        }
        let file = File::open(path).map_err(failed)?;
        Self::new(path, Box::new(file), metadata.len()).map_err(failed)
    }

    /// Bytes in memory as if they were in a file at `path`.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn of_bytes(path: &Path, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let size = bytes.len() as u64;
        Self::new(path, Box::new(io::Cursor::new(bytes)), size).expect("memory can be read")
    }

    /// What a reader gives, at most `size` bytes, as if it were a file at `path`.
    pub(super) fn of_reader(path: &Path, reader: impl Read + Send + 'static, size: u64) -> Result<Self, DataError> {
        Self::new(path, Box::new(reader), size).map_err(|source| {
            let (path, found) = (path.to_owned(), source.to_string());
            FileError::Malformed { path, at: At::Byte(0), found, expected: "a whole member of an archive".to_owned() }
                .into()
        })
    }

    fn new(path: &Path, mut file: Box<dyn Read + Send>, size: u64) -> io::Result<Self> {
        let mut ahead = Vec::with_capacity(GZIP.len());
        file.by_ref().take(GZIP.len() as u64).read_to_end(&mut ahead)?;
        let is_gzip = ahead == GZIP;
        let hashed = Box::new(Hashed { file, ahead, hasher: blake3::Hasher::new() });
        let (reader, limit) = if is_gzip {
            let limit = size.saturating_mul(USUAL_RATIO).max(ALWAYS_FINE);
            (Reader::Gzip(Box::new(Members::new(hashed))), limit)
        } else {
            (Reader::Plain(hashed), u64::MAX)
        };
        Ok(Self { path: path.to_owned(), reader, offset: 0, limit, size })
    }

    /// Where it comes from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes given out so far, after decompression.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes there can be at most, after decompression.
    pub(crate) fn most(&self) -> u64 {
        match self.reader {
            Reader::Plain(_) => self.size,
            Reader::Gzip(_) => self.size.saturating_mul(MOST_DEFLATED),
        }
    }

    /// Replaces the limit on what a compressed file gives: its format declares how much that is.
    pub(crate) fn expect_at_most(&mut self, bytes: u64) {
        self.limit = bytes;
    }

    /// Reads some bytes; 0 at the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, DataError> {
        let result = match &mut self.reader {
            Reader::Plain(reader) => reader.read(buffer),
            Reader::Gzip(reader) => reader.read(buffer),
        };
        let count = match result {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return self.read(buffer),
            Err(source) => return Err(self.failed(source)),
        };
        self.offset += count as u64;
        if self.offset > self.limit {
            return Err(FileError::TooLong { path: self.path.clone(), limit: self.limit }.into());
        }
        Ok(count)
    }

    /// Fills `buffer`, or says where the file ends and what was expected.
    pub(crate) fn read_exact(&mut self, buffer: &mut [u8], expected: impl Fn() -> String) -> Result<(), DataError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..])? {
                0 => return Err(self.malformed("the end of the file".to_owned(), expected())),
                count => filled += count,
            }
        }
        Ok(())
    }

    /// Refuses bytes after the last that was expected.
    pub(crate) fn expect_end(&mut self, expected: impl Fn() -> String) -> Result<(), DataError> {
        let at = self.offset;
        self.limit = u64::MAX;
        if self.read(&mut [0])? == 0 {
            return Ok(());
        }
        Err(self.malformed_at(at, "more bytes", expected()))
    }

    /// BLAKE3 of the file's bytes as they are on disk: what `b3sum` prints. The file must have been read to its end.
    pub(crate) fn hash(self) -> blake3::Hash {
        match self.reader {
            Reader::Plain(reader) => reader.hasher.finalize(),
            Reader::Gzip(reader) => reader.into_inner().hasher.finalize(),
        }
    }

    /// Refuses rows of more numbers than a table has columns.
    pub(crate) fn check_width(&self, d: u128) -> Result<(), DataError> {
        if d > MOST_COLUMNS as u128 {
            return Err(self.malformed(format!("rows of {d} numbers"), format!("at most {MOST_COLUMNS}")));
        }
        Ok(())
    }

    /// Makes room for as many numbers as the file declares, or says that there is none.
    pub(crate) fn make_room(&self, numbers: &mut Vec<f64>, cells: usize) -> Result<(), DataError> {
        numbers.try_reserve_exact(cells).map_err(|_| self.malformed(format!("{cells} numbers"), "what memory can hold"))
    }

    /// An error at the place reached.
    pub(crate) fn malformed(&self, found: impl Into<String>, expected: impl Into<String>) -> DataError {
        self.malformed_at(self.offset, found, expected)
    }

    /// An error at a byte.
    pub(crate) fn malformed_at(&self, byte: u64, found: impl Into<String>, expected: impl Into<String>) -> DataError {
        let (found, expected) = (found.into(), expected.into());
        FileError::Malformed { path: self.path.clone(), at: At::Byte(byte), found, expected }.into()
    }

    fn failed(&self, source: io::Error) -> DataError {
        match (&self.reader, source.kind()) {
            (Reader::Gzip(_), io::ErrorKind::UnexpectedEof) => {
                self.malformed("the end of the compressed file", "the rest of the compressed data: it is cut off")
            }
            (Reader::Gzip(_), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
                self.malformed("damaged compressed data", "a whole gzip file and nothing but zeros after it")
            }
            // What a member of an archive says of itself.
            (Reader::Plain(_), io::ErrorKind::InvalidData) => {
                self.malformed(source.to_string(), "data of its declared size and checksum")
            }
            _ => FileError::Read { path: self.path.clone(), source }.into(),
        }
    }
}

/// BLAKE3 of the bytes of a regular file.
pub(crate) fn hash_file(path: &Path) -> Result<blake3::Hash, DataError> {
    let mut input = Input::open(path)?;
    if let Reader::Gzip(reader) = input.reader {
        input.reader = Reader::Plain(reader.into_inner());
    }
    let mut block = vec![0; 1 << 16];
    while input.read(&mut block)? > 0 {}
    Ok(input.hash())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<(Vec<u8>, blake3::Hash), String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, bytes).unwrap();
        let whole = || -> Result<_, DataError> {
            let mut input = Input::open(&path)?;
            let (mut bytes, mut block) = (Vec::new(), vec![0; 1 << 16]);
            loop {
                match input.read(&mut block)? {
                    0 => return Ok((bytes, input.hash())),
                    count => bytes.extend_from_slice(&block[..count]),
                }
            }
        };
        whole().map_err(|error| error.to_string().replace(dir.path().to_str().unwrap(), "DIR"))
    }

    #[test]
    fn plain_and_gzip_give_the_same_bytes_and_the_hash_of_the_file() {
        let text = b"a,y\n1,2\n".repeat(1000);
        assert_eq!(read(&text).unwrap(), (text.clone(), blake3::hash(&text)));
        let packed = gzip(&text);
        assert_eq!(read(&packed).unwrap(), (text.clone(), blake3::hash(&packed)));
        let twice = [packed.clone(), packed].concat();
        assert_eq!(read(&twice).unwrap().0, text.repeat(2));
        assert_eq!(read(b"x").unwrap().0, b"x");
        assert_eq!(read(b"").unwrap().0, b"");
    }

    #[test]
    fn a_hash_of_a_file_is_of_its_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let packed = gzip(b"hello");
        fs::write(dir.path().join("a.gz"), &packed).unwrap();
        assert_eq!(hash_file(&dir.path().join("a.gz")).unwrap(), blake3::hash(&packed));
    }

    #[test]
    fn damaged_archives() {
        let mut noise = vec![0_u8; 100_000];
        let mut state = 1_u32;
        for byte in &mut noise {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (state >> 24) as u8;
        }
        let packed = gzip(&noise);
        for cut in [3, 9, 12, 50_000, packed.len() - 1] {
            let message = read(&packed[..cut]).unwrap_err();
            assert!(message.contains("found the end of the compressed file"), "{cut}: {message}");
        }
        let mut flipped = packed.clone();
        let last = flipped.len() - 6;
        flipped[last] ^= 0xFF;
        assert!(read(&flipped).unwrap_err().contains("found damaged compressed data"));
        for after in [b"trailing garbage".to_vec(), [vec![0; 40_000], b"x".to_vec()].concat()] {
            let trailing = [packed.clone(), after].concat();
            assert!(read(&trailing).unwrap_err().contains("expected a whole gzip file and nothing but zeros after it"));
        }
        let padded = [packed, vec![0; 100_000]].concat();
        assert_eq!(read(&padded).unwrap(), (noise, blake3::hash(&padded)), "as tapes leave it");
    }

    #[test]
    fn a_bomb_is_stopped() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![b' '; 2 * usize::try_from(ALWAYS_FINE).unwrap()]).unwrap();
        let message = read(&encoder.finish().unwrap()).map(|(bytes, _)| bytes.len()).unwrap_err();
        assert_eq!(
            message,
            "DIR/file: decompresses to more than the 1048576 bytes that a file of its size can be expected to hold"
        );
    }

    #[test]
    fn unreadable_paths() {
        let dir = tempfile::tempdir().unwrap();
        let shown =
            |path: &Path| Input::open(path).err().unwrap().to_string().replace(dir.path().to_str().unwrap(), "DIR");
        assert_eq!(shown(&dir.path().join("no.csv")), "DIR/no.csv: no such file");
        assert_eq!(shown(dir.path()), "DIR: found a directory, expected a data file");
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(
            shown(&file.join("inside.csv")),
            "DIR/file/inside.csv: cannot read the file: Not a directory (os error 20)"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_read() {
        let error = Input::open(Path::new("/dev/zero")).err().unwrap();
        assert_eq!(error.to_string(), "/dev/zero: found no regular file, expected a data file");
    }
}
