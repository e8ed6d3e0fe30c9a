//! What is in a data folder of the files of published sets.

use std::path::{Path, PathBuf};

use super::{Source, recognise};
use crate::data_dir::within;
use crate::error::DataError;
use crate::registry::Entry;

/// A file of a published set in a data folder.
#[derive(Debug)]
pub struct FileStatus {
    /// The file.
    pub source: &'static Source,
    /// Whether it is there, and right.
    pub state: FileState,
}

/// Whether a file is there.
#[derive(Debug)]
pub enum FileState {
    /// It is there; its checksum is right where `verify` looked at it and one is known.
    Present(PathBuf),
    /// It is not there.
    Missing,
    /// Another file is in its place, or it cannot be read.
    Wrong(DataError),
}

/// The files of a set in a data folder; with `checksums`, each is read and checked, else its size is.
pub fn files(entry: &dyn Entry, folder: &Path, checksums: bool) -> Vec<FileStatus> {
    let info = entry.info();
    info.sources
        .iter()
        .map(|source| FileStatus { source, state: state(info.name, source, folder, checksums) })
        .collect()
}

fn state(dataset: &str, source: &Source, folder: &Path, checksums: bool) -> FileState {
    let looked_at = if checksums { *source } else { Source { sha256: None, ..*source } };
    for place in std::iter::once(&source.path).chain(source.also) {
        match within(folder, place) {
            Ok(None) => {}
            Ok(Some(path)) => {
                return match recognise(dataset, &looked_at, &path) {
                    Ok(()) => FileState::Present(path),
                    Err(error) => FileState::Wrong(error),
                };
            }
            Err(error) => return FileState::Wrong(error),
        }
    }
    FileState::Missing
}
