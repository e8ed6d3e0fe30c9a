//! One file from one of several addresses.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{FetchError, Watch};
use crate::published::sha256;

/// How often an address is tried: a download that breaks off goes on where it was.
const ATTEMPTS: u32 = 3;

/// How long a server may take to answer at all.
const PATIENCE: Duration = if cfg!(test) { Duration::from_millis(700) } else { Duration::from_secs(30) };

/// A server that gives less than this for as long as [`PATIENCE`] is given up: bytes a second.
const SLOWEST: u64 = 1024;

/// The largest file of unknown size that is taken.
const MOST: u64 = 1 << 34;

/// A file to be had.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What it is called in messages.
    pub name: &'a str,
    /// Where it is, best first.
    pub urls: &'a [&'a str],
    /// Its size, where that is known.
    pub bytes: Option<u64>,
    /// Its SHA-256 in hex.
    pub sha256: &'a str,
}

/// Downloads a file to `path`, which comes to be there whole or not at all.
pub(super) fn download(wanted: &Wanted<'_>, path: &Path, folder: &Path, watch: &dyn Watch) -> Result<(), FetchError> {
    let write_error = |path: &Path| {
        let path = path.to_owned();
        move |source| FetchError::Write { path, source }
    };
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(write_error(parent))?;
    let part = beside(path, ".part");
    let mut reasons = Vec::new();
    for url in wanted.urls {
        for _ in 0..ATTEMPTS {
            let before = size(&part);
            match attempt(wanted, url, &part, watch) {
                Ok(()) => {
                    let found = sha256(&part).map_err(write_error(&part))?;
                    if found == wanted.sha256 {
                        return fs::rename(&part, path).map_err(write_error(path));
                    }
                    let kept = quarantine(&part, path, &found, folder).map_err(write_error(&part))?;
                    let reason =
                        format!("{url}: SHA-256 {found}, expected {}; kept as {}", wanted.sha256, kept.display());
                    watch.failed(url, &reason);
                    reasons.push(reason);
                    break;
                }
                Err(Failure::Write(source)) => return Err(FetchError::Write { path: part, source }),
                Err(Failure::Server { reason, again }) => {
                    let reason = format!("{url}: {reason}");
                    watch.failed(url, &reason);
                    reasons.push(reason);
                    // Another attempt is worth while where this one brought something.
                    if !again || size(&part) <= before {
                        break;
                    }
                }
            }
        }
    }
    Err(FetchError::Failed { file: wanted.name.to_owned(), reasons })
}

enum Failure {
    /// The folder cannot be written.
    Write(io::Error),
    /// The server or the way to it; `again` where what it gave so far is good for another attempt.
    Server { reason: String, again: bool },
}

fn server(reason: impl Into<String>, again: bool) -> Failure {
    Failure::Server { reason: reason.into(), again }
}

/// Gets what is missing of `part`.
fn attempt(wanted: &Wanted<'_>, url: &str, part: &Path, watch: &dyn Watch) -> Result<(), Failure> {
    let most = wanted.bytes.unwrap_or(MOST);
    let mut have = size(part);
    if have > most || (wanted.bytes.is_none() && have > 0) {
        fs::remove_file(part).map_err(Failure::Write)?;
        have = 0;
    }
    if wanted.bytes == Some(have) && have > 0 {
        return Ok(());
    }
    watch.begin(wanted.name, url, have, most);
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_recv_body(Some(PATIENCE + Duration::from_secs(most / SLOWEST)))
        .http_status_as_error(false)
        .max_redirects(5)
        .build()
        .into();
    let mut request = agent.get(url);
    if have > 0 {
        request = request.header("Range", format!("bytes={have}-"));
    }
    let response = request.call().map_err(|error| server(error.to_string(), false))?;
    let status = response.status().as_u16();
    let resumes = match status {
        200 => false,
        206 if have > 0 && continues_at(&response, have) => true,
        206 => return Err(server("the server gave another part than was asked for", false)),
        status => return Err(server(format!("the server answered with status {status}"), false)),
    };
    let mut file = OpenOptions::new().create(true).write(true).append(resumes).truncate(!resumes).open(part);
    if resumes {
        file = OpenOptions::new().append(true).open(part);
    } else {
        have = 0;
    }
    let mut file = file.map_err(Failure::Write)?;
    let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
    let copied = copy(&mut body, &mut file, have, wanted, watch);
    file.sync_all().map_err(Failure::Write)?;
    if let Err(Failure::Server { again: false, .. }) = copied {
        // What came cannot be the beginning of the file.
        fs::remove_file(part).map_err(Failure::Write)?;
    }
    copied
}

fn copy(
    body: &mut impl Read,
    file: &mut File,
    mut have: u64,
    wanted: &Wanted<'_>,
    watch: &dyn Watch,
) -> Result<(), Failure> {
    let most = wanted.bytes.unwrap_or(MOST);
    let mut block = vec![0; 1 << 16];
    let (mut since, mut mark) = (Instant::now(), have);
    loop {
        let count = match body.read(&mut block) {
            Ok(0) if wanted.bytes.is_none_or(|bytes| bytes == have) => return Ok(()),
            Ok(0) => return Err(server(format!("the reply was cut off after {have} of {most} bytes"), true)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(server(format!("the reply broke off after {have} bytes: {error}"), true)),
        };
        if have + count as u64 > most {
            return Err(server(format!("the reply is longer than the {most} bytes of the file"), false));
        }
        file.write_all(&block[..count]).map_err(Failure::Write)?;
        have += count as u64;
        watch.advance(have);
        if since.elapsed() > PATIENCE {
            if (have - mark) < SLOWEST * PATIENCE.as_secs().max(1) {
                return Err(server(format!("the server is too slow: {} bytes in {PATIENCE:?}", have - mark), true));
            }
            (since, mark) = (Instant::now(), have);
        }
    }
}

/// Whether the reply begins at the byte that was asked for.
fn continues_at(response: &ureq::http::Response<ureq::Body>, have: u64) -> bool {
    let range = response.headers().get("content-range").and_then(|value| value.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {have}-")))
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// Moves a file out of the way; its name tells what it is.
fn quarantine(part: &Path, path: &Path, sum: &str, folder: &Path) -> io::Result<PathBuf> {
    let away = folder.join("quarantine");
    fs::create_dir_all(&away)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", &sum[..16]));
    let kept = away.join(name);
    fs::rename(part, &kept)?;
    Ok(kept)
}
