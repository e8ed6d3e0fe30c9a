//! Downloads of published sets: from a list of mirrors, resumed where they broke off, checked, and put in place whole.
//!
//! Only `harness data fetch` comes here; nothing else in the program opens a connection. A file whose checksum is wrong
//! goes to the folder `quarantine` and is never used. Of several processes that want the same file, one gets it.

mod download;
mod part;
#[cfg(test)]
mod server;
#[cfg(test)]
mod tests;
mod transfer;
mod unpack;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use self::download::Wanted;
use crate::data_dir::within;
use crate::error::DataError;
use crate::published::{Archive, Source, recognise, sha256};
use crate::registry::Entry;

/// Told what happens during a download.
pub trait Watch {
    /// A file is asked for at an address; `have` of its bytes are there from before.
    fn begin(&self, file: &str, url: &str, have: u64, bytes: u64);
    /// So many of its bytes are there now.
    fn advance(&self, have: u64);
    /// An attempt failed; the next one follows where there is one.
    fn failed(&self, url: &str, reason: &str);
    /// Another process is getting this file: it is waited for.
    fn waiting(&self, part: &Path);
    /// A large file that is there already is read through.
    fn checking(&self, path: &Path);
}

/// How files are fetched.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// An address under which files lie as in a data folder, asked first.
    pub mirror: Option<&'a str>,
    /// How long a server may be silent.
    pub patience: Duration,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self { mirror: None, patience: Duration::from_secs(30) }
    }
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
    /// Something else is where a file would be written.
    #[error("{}: found {found}, expected a regular file or nothing", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What is there.
        found: &'static str,
    },
    /// A folder of the data folder is elsewhere.
    #[error("{}: leads out of the data folder {}", path.display(), folder.display())]
    Outside {
        /// The path.
        path: PathBuf,
        /// The data folder.
        folder: PathBuf,
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

impl FetchError {
    /// What to do about it, as one line without a period; `None` where the message says it all.
    pub fn help(&self, folder: &Path) -> Option<String> {
        match self {
            Self::NoFiles { .. } => Some("it is always there".to_owned()),
            Self::NotFetchable { file, .. } => {
                let path = folder.join(file);
                Some(format!("get it by hand and put it at {}, or name a `--mirror` that has it", path.display()))
            }
            Self::Present(error) => error.help(),
            Self::NotAFile { .. } => Some("move it away: nothing is written through links".to_owned()),
            Self::Outside { .. } => Some("name the folder that it leads to with `--data-dir`".to_owned()),
            Self::Failed { .. } => {
                Some("the same command goes on where it was; `--mirror` names another address".to_owned())
            }
            Self::Write { .. } | Self::Archive { .. } => None,
        }
    }
}

/// Gets the files of a published set that are not in the data folder yet: from a mirror of a data folder where one is
/// given, else from where the set is published. One that cannot be had does not keep the others from being fetched.
pub fn fetch(
    entry: &dyn Entry,
    folder: &Path,
    settings: &Settings<'_>,
    watch: &dyn Watch,
) -> Vec<Result<Fetched, FetchError>> {
    let info = entry.info();
    if info.sources.is_empty() {
        return vec![Err(FetchError::NoFiles { dataset: info.name.to_owned() })];
    }
    Fetch { dataset: info.name, origin: info.source, folder, settings, watch }.all(info.sources)
}

/// A set that is being fetched.
struct Fetch<'a> {
    dataset: &'a str,
    origin: &'static str,
    folder: &'a Path,
    settings: &'a Settings<'a>,
    watch: &'a dyn Watch,
}

impl Fetch<'_> {
    fn all(&self, sources: &[Source]) -> Vec<Result<Fetched, FetchError>> {
        let mut outcomes = Vec::new();
        let mut packed: Vec<(&Archive, Vec<&Source>)> = Vec::new();
        for source in sources {
            match (self.alone(source), source.archive) {
                (Ok(None), Some(archive)) => match packed.iter_mut().find(|(known, _)| known.name == archive.name) {
                    Some((_, members)) => members.push(source),
                    None => packed.push((archive, vec![source])),
                },
                (outcome, _) => outcomes.extend(outcome.transpose()),
            }
        }
        for (archive, members) in packed {
            match self.unpacked(archive, &members) {
                Ok(()) => outcomes.extend(members.iter().map(|member| self.recognised(member))),
                Err(error) => outcomes.push(Err(error)),
            }
        }
        outcomes
    }

    /// A file that is there, or can be had by itself; `None` where it is in an archive.
    fn alone(&self, source: &Source) -> Result<Option<Fetched>, FetchError> {
        for place in std::iter::once(&source.path).chain(source.also) {
            if let Some(path) = within(self.folder, place).map_err(Box::new)? {
                recognise(self.dataset, source, &path).map_err(Box::new)?;
                return Ok(Some(Fetched::Present(path)));
            }
        }
        if let (Some(mirror), Some(sum)) = (self.settings.mirror, source.sha256) {
            let url = format!("{}/{}", mirror.trim_end_matches('/'), source.path);
            let wanted = Wanted { name: source.path, urls: &[&url], bytes: source.bytes, sha256: sum };
            match self.download(&wanted, source.path) {
                Err(FetchError::Failed { .. }) if source.is_fetchable() => {}
                outcome => return outcome.map(Some),
            }
        }
        match source.sha256 {
            _ if source.archive.is_some() => Ok(None),
            Some(sum) if !source.urls.is_empty() => {
                let wanted = Wanted { name: source.path, urls: source.urls, bytes: source.bytes, sha256: sum };
                self.download(&wanted, source.path).map(Some)
            }
            _ => Err(FetchError::NotFetchable { file: source.path.to_owned(), origin: self.origin }),
        }
    }

    fn download(&self, wanted: &Wanted<'_>, place: &str) -> Result<Fetched, FetchError> {
        download::download(wanted, &self.folder.join(place), self.folder, self.settings, self.watch)
    }

    /// Gets an archive and takes its members out, all at once: it is read twice, to check it and to unpack it.
    fn unpacked(&self, archive: &Archive, members: &[&Source]) -> Result<(), FetchError> {
        let place = format!("archives/{}", archive.name);
        let packed = within(self.folder, &place).map_err(Box::new)?.filter(|path| path.is_file());
        let is_right = packed.is_some_and(|path| {
            self.watch.checking(&path);
            sha256(&path).is_ok_and(|sum| sum == archive.sha256)
        });
        if !is_right {
            let (bytes, sha256) = (Some(archive.bytes), archive.sha256);
            self.download(&Wanted { name: archive.name, urls: archive.urls, bytes, sha256 }, &place)?;
        }
        let paths: Vec<PathBuf> = members.iter().map(|member| self.folder.join(member.path)).collect();
        unpack::members(&self.folder.join(place), archive.folder, &paths, self.folder, self.watch)
    }

    fn recognised(&self, source: &Source) -> Result<Fetched, FetchError> {
        let path = self.folder.join(source.path);
        recognise(self.dataset, source, &path).map_err(Box::new)?;
        Ok(Fetched::Downloaded(path))
    }
}
