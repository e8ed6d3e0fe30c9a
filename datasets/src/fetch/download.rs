//! One file from one of several addresses: resumed where it broke off, begun anew where what is there does not fit.

use std::path::Path;

use super::part::Part;
use super::transfer::{Failure, transfer};
use super::{FetchError, Fetched, Settings, Watch};
use crate::published::sha256;

/// How often an address is tried: a download that breaks off goes on where it was.
const ATTEMPTS: u32 = 3;

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
pub(super) fn download(
    wanted: &Wanted<'_>,
    path: &Path,
    folder: &Path,
    settings: &Settings<'_>,
    watch: &dyn Watch,
) -> Result<Fetched, FetchError> {
    let mut reasons = Vec::new();
    for url in wanted.urls {
        let part = Part::take(path, folder, watch)?;
        // Another process may have brought it while this one waited.
        if path.is_file() && sha256(path).is_ok_and(|sum| sum == wanted.sha256) {
            return Ok(Fetched::Present(path.to_owned()));
        }
        let mut note = |reason: String| {
            let reason = format!("{url}: {reason}");
            watch.failed(url, &reason);
            reasons.push(reason);
        };
        if from_one(wanted, url, part, settings, watch, &mut note)? {
            return Ok(Fetched::Downloaded(path.to_owned()));
        }
    }
    Err(FetchError::Failed { file: wanted.name.to_owned(), reasons })
}

/// Gets the file from one address; `false` where that has been given up.
///
/// A part that was resumed may have begun with a wrong reply, of this address or another. Where it turns out not to fit,
/// the address is asked once more for the whole file: only what it gives in one piece is held against it.
fn from_one(
    wanted: &Wanted<'_>,
    url: &str,
    mut part: Part,
    settings: &Settings<'_>,
    watch: &dyn Watch,
    note: &mut impl FnMut(String),
) -> Result<bool, FetchError> {
    let mut attempts = 0;
    let mut may_begin_anew = true;
    loop {
        let before = part.have();
        attempts += 1;
        let unfit = match transfer(wanted, url, &mut part, settings.patience, watch) {
            Ok(()) => {
                let found = part.sha256().map_err(|source| part.failed(source))?;
                if found == wanted.sha256 {
                    part.settle()?;
                    return Ok(true);
                }
                let unfit = format!("SHA-256 {found}, expected {}", wanted.sha256);
                if !(part.is_resumed() && may_begin_anew) {
                    note(format!("{unfit}; kept as {}", part.quarantine(&found)?.display()));
                    return Ok(false);
                }
                unfit
            }
            Err(Failure::Unfit(reason)) => reason,
            Err(Failure::Write(source)) => return Err(part.failed(source)),
            Err(Failure::Refused(reason)) => {
                note(reason);
                return Ok(false);
            }
            Err(Failure::Broken(reason)) => {
                note(reason);
                // Another attempt is worth while where this one brought something.
                if attempts >= ATTEMPTS || part.have() <= before {
                    return Ok(false);
                }
                continue;
            }
        };
        let begins_anew = part.is_resumed() && may_begin_anew;
        part.clear().map_err(|source| part.failed(source))?;
        if !begins_anew {
            note(unfit);
            return Ok(false);
        }
        note(format!("{unfit}; what was there from before is thrown away"));
        may_begin_anew = false;
    }
}
