//! Downloads of published sets: from a list of mirrors, resumed where they broke off, checked, and put in place whole.
//!
//! Only `harness data fetch` comes here; nothing else in the program opens a connection. A file whose checksum is wrong
//! goes to the folder `quarantine` and is never used.

mod download;
#[cfg(test)]
mod server;
#[cfg(test)]
mod tests;
mod unpack;

use std::io;
use std::path::{Path, PathBuf};

pub use self::download::Wanted;
use crate::data_dir::within;
use crate::error::DataError;
use crate::published::{Source, recognise, sha256};
use crate::registry::Entry;

/// Told what happens during a download.
pub trait Watch {
    /// A file is asked for at an address; `have` of its bytes are there from before.
    fn begin(&self, file: &str, url: &str, have: u64, bytes: u64);
    /// So many of its bytes are there now.
    fn advance(&self, have: u64);
    /// An attempt failed; the next one follows where there is one.
    fn failed(&self, url: &str, reason: &str);
}

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// It was there already.
    Present(PathBuf),
    /// It was downloaded.
    Downloaded(PathBuf),
}

/// Why a dataset cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Embedded and generated sets have no files.
    #[error("dataset `{dataset}` has no files: it is part of the program")]
    NoFiles {
        /// The dataset.
        dataset: String,
    },
    /// Nobody knows both an address and a checksum.
    #[error("`{file}` cannot be fetched, since no checksum of a file at its source is known: {origin}")]
    NotFetchable {
        /// The file.
        file: String,
        /// Where the set is from.
        origin: &'static str,
    },
    /// Another file is in its place.
    #[error(transparent)]
    Present(#[from] Box<DataError>),
    /// No mirror gave the file.
    #[error("`{file}` could not be fetched: {}", reasons.join("; "))]
    Failed {
        /// The file.
        file: String,
        /// What each attempt ended with.
        reasons: Vec<String>,
    },
    /// The data folder cannot be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An archive that does not hold what it should.
    #[error("{}: {problem}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// Gets the files of a published set that are not in the data folder yet: from a mirror of a data folder where one is
/// given, else from where the set is published.
pub fn fetch(
    entry: &dyn Entry,
    folder: &Path,
    mirror: Option<&str>,
    watch: &dyn Watch,
) -> Result<Vec<Fetched>, FetchError> {
    let info = entry.info();
    if info.sources.is_empty() {
        return Err(FetchError::NoFiles { dataset: info.name.to_owned() });
    }
    info.sources.iter().map(|source| fetch_file(info.name, info.source, source, folder, mirror, watch)).collect()
}

fn fetch_file(
    dataset: &str,
    origin: &'static str,
    source: &Source,
    folder: &Path,
    mirror: Option<&str>,
    watch: &dyn Watch,
) -> Result<Fetched, FetchError> {
    for place in std::iter::once(&source.path).chain(source.also) {
        if let Some(path) = within(folder, place).map_err(Box::new)? {
            recognise(dataset, source, &path).map_err(Box::new)?;
            return Ok(Fetched::Present(path));
        }
    }
    let path = folder.join(source.path);
    if let (Some(mirror), Some(sum)) = (mirror, source.sha256) {
        let url = format!("{}/{}", mirror.trim_end_matches('/'), source.path);
        let wanted = Wanted { name: source.path, urls: &[&url], bytes: source.bytes, sha256: sum };
        match download::download(&wanted, &path, folder, watch) {
            Ok(()) => return Ok(Fetched::Downloaded(path)),
            Err(FetchError::Failed { .. }) if source.is_fetchable() => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(archive) = source.archive {
        let wanted =
            Wanted { name: archive.name, urls: archive.urls, bytes: Some(archive.bytes), sha256: archive.sha256 };
        let packed = folder.join("archives").join(archive.name);
        if !packed.is_file() || sha256(&packed).ok().as_deref() != Some(archive.sha256) {
            download::download(&wanted, &packed, folder, watch)?;
        }
        unpack::member(&packed, archive.folder, &path)?;
        recognise(dataset, source, &path).map_err(Box::new)?;
        return Ok(Fetched::Downloaded(path));
    }
    let (Some(sum), false) = (source.sha256, source.urls.is_empty()) else {
        return Err(FetchError::NotFetchable { file: source.path.to_owned(), origin });
    };
    let wanted = Wanted { name: source.path, urls: source.urls, bytes: source.bytes, sha256: sum };
    download::download(&wanted, &path, folder, watch)?;
    Ok(Fetched::Downloaded(path))
}
