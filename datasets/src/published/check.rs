//! Whether a file is the one that a published set has: by size, then by SHA-256, once a process.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::Source;
use crate::error::{DataError, FileError};

/// What makes a file the same as before, as far as that shows without reading it.
type Seen = (u64, Option<SystemTime>);

/// The checksums computed by this process: a benchmark loads a set for every seed.
static KNOWN: Mutex<Option<HashMap<PathBuf, (Seen, String)>>> = Mutex::new(None);

/// Refuses a file of another size or checksum than the source's, as far as these are known.
pub(crate) fn recognise(dataset: &str, source: &Source, path: &Path) -> Result<(), DataError> {
    let failed = |error| DataError::from(FileError::Read { path: path.to_owned(), source: error });
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        let found = if metadata.is_dir() { "a directory" } else { "no regular file" };
        return Err(FileError::NotAFile { path: path.to_owned(), found }.into());
    }
    let wrong = |found: String, expected: String| {
        Err(DataError::WrongFile { dataset: dataset.to_owned(), path: path.to_owned(), found, expected })
    };
    if let Some(bytes) = source.bytes.filter(|&bytes| bytes != metadata.len()) {
        return wrong(format!("{} bytes", metadata.len()), bytes.to_string());
    }
    let Some(expected) = source.sha256 else { return Ok(()) };
    let seen = (metadata.len(), metadata.modified().ok());
    let known = {
        let guard = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        guard.as_ref().and_then(|known| known.get(path)).filter(|(then, _)| *then == seen).map(|(_, sum)| sum.clone())
    };
    let found = match known {
        Some(sum) => sum,
        None => sha256(path).map_err(failed)?,
    };
    if found != expected {
        return wrong(format!("SHA-256 {found}"), expected.to_owned());
    }
    let mut guard = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    guard.get_or_insert_default().insert(path.to_owned(), (seen, found));
    Ok(())
}

/// SHA-256 of a regular file, in hex.
pub(crate) fn sha256(path: &Path) -> io::Result<String> {
    sha256_of(&mut fs::File::open(path)?)
}

/// SHA-256 of what is left to read, in hex.
pub(crate) fn sha256_of(reader: &mut impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 18];
    loop {
        match reader.read(&mut block)? {
            0 => return Ok(hex(&hasher.finalize())),
            count => hasher.update(&block[..count]),
        }
    }
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
