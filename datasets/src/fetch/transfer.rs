//! One request: what is missing of a file, from one address, into the part that is there.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use super::Watch;
use super::download::Wanted;
use super::part::Part;

/// A server that gives less than this for as long as the patience lasts is given up: bytes a second.
const SLOWEST: f64 = 1024.0;

/// The largest file of unknown size that is taken.
const MOST: u64 = 1 << 34;

/// Why a request did not bring the file.
pub(super) enum Failure {
    /// The part cannot be written.
    Write(io::Error),
    /// The reply broke off: what came so far is good for another attempt.
    Broken(String),
    /// The server has not what is wanted, or cannot be reached. The part is as it was.
    Refused(String),
    /// What the server gives does not fit what is wanted together with the part as it is.
    Unfit(String),
}

/// Gets what is missing of a part, so that it has the size of the file that is wanted.
///
/// `patience` is how long the server may take to be reached, to answer, and between two pieces of its reply.
pub(super) fn transfer(
    wanted: &Wanted<'_>,
    url: &str,
    part: &mut Part,
    patience: Duration,
    watch: &dyn Watch,
) -> Result<(), Failure> {
    let most = wanted.bytes.unwrap_or(MOST);
    if part.have() > most || wanted.bytes.is_none() {
        part.clear().map_err(Failure::Write)?;
    }
    let have = part.have();
    if wanted.bytes == Some(have) && have > 0 {
        return Ok(());
    }
    if have > 0 {
        part.resume();
    }
    watch.begin(wanted.name, url, have, most);
    let response = ask(url, have, patience)?;
    let length = header(&response, "content-length").and_then(|length| length.parse::<u64>().ok());
    let have = match response.status().as_u16() {
        200 => {
            if let Some((length, bytes)) = length.zip(wanted.bytes).filter(|(length, bytes)| length != bytes) {
                let than = if length < bytes { "shorter" } else { "longer" };
                return Err(Failure::Refused(format!(
                    "the reply is {than} than the {bytes} bytes of the file: it has {length}"
                )));
            }
            part.clear().map_err(Failure::Write)?;
            0
        }
        206 if have > 0 => {
            let range = header(&response, "content-range").and_then(content_range);
            let (from, total) = range.unwrap_or((u64::MAX, None));
            if from != have {
                return Err(Failure::Unfit("the server gave another part than was asked for".to_owned()));
            }
            if let Some((total, bytes)) = total.zip(wanted.bytes).filter(|(total, bytes)| total != bytes) {
                return Err(Failure::Refused(format!("the server's file has {total} bytes, expected {bytes}")));
            }
            have
        }
        206 => return Err(Failure::Refused("the server gave a part of the file, asked for all of it".to_owned())),
        416 if have > 0 => {
            return Err(Failure::Unfit(format!("the server has nothing after {have} bytes (status 416)")));
        }
        status => return Err(Failure::Refused(format!("the server answered with status {status}"))),
    };
    let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
    let copied = Copy { wanted, most, patience, watch }.run(&mut body, part, have);
    part.flush_to_disk().map_err(Failure::Write)?;
    copied
}

/// Sends the request for all bytes from `have` on.
fn ask(url: &str, have: u64, patience: Duration) -> Result<ureq::http::Response<ureq::Body>, Failure> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_connect(Some(patience))
        .timeout_recv_response(Some(patience))
        .timeout_per_read(Some(patience))
        .timeout_per_write(Some(patience))
        .http_status_as_error(false)
        .max_redirects(5)
        .build()
        .into();
    let mut request = agent.get(url);
    if have > 0 {
        request = request.header("Range", format!("bytes={have}-"));
    }
    request.call().map_err(|error| {
        Failure::Refused(match error {
            ureq::Error::Timeout(_) => format!("the server did not answer within {patience:?}"),
            error => error.to_string(),
        })
    })
}

fn header<'a>(response: &'a ureq::http::Response<ureq::Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

/// Where a part of a file begins, and the size of the file if it is said: `bytes 7000-19999/20000`.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.trim().parse().ok()?, total.trim().parse().ok()))
}

/// A reply on its way into the part.
struct Copy<'a> {
    wanted: &'a Wanted<'a>,
    most: u64,
    patience: Duration,
    watch: &'a dyn Watch,
}

impl Copy<'_> {
    fn run(&self, body: &mut impl Read, part: &mut Part, mut have: u64) -> Result<(), Failure> {
        let Self { most, patience, .. } = *self;
        let mut block = vec![0; 1 << 16];
        let (mut since, mut mark) = (Instant::now(), have);
        loop {
            let count = match body.read(&mut block) {
                Ok(0) if self.wanted.bytes.is_none_or(|bytes| bytes == have) => return Ok(()),
                Ok(0) => return Err(Failure::Broken(format!("the reply was cut off after {have} of {most} bytes"))),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failure::Broken(self.broken(error, have))),
            };
            if have + count as u64 > most {
                return Err(Failure::Unfit(format!("the reply is longer than the {most} bytes of the file")));
            }
            part.write_all(&block[..count]).map_err(Failure::Write)?;
            have += count as u64;
            self.watch.advance(have);
            if since.elapsed() > patience {
                if ((have - mark) as f64) < SLOWEST * patience.as_secs_f64() {
                    let came = have - mark;
                    return Err(Failure::Broken(format!("the server is too slow: {came} bytes in {patience:?}")));
                }
                (since, mark) = (Instant::now(), have);
            }
        }
    }

    fn broken(&self, error: io::Error, have: u64) -> String {
        let Self { most, patience, .. } = self;
        match ureq::Error::from(error) {
            ureq::Error::Timeout(_) => format!("the server sent nothing for {patience:?} after {have} of {most} bytes"),
            error => format!("the reply broke off after {have} of {most} bytes: {error}"),
        }
    }
}
