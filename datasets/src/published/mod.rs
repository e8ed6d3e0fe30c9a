//! Published sets: what they are, which files they have, where these are found. The files are not part of the program;
//! they lie in the data folder, are recognised by size and SHA-256, and are read as they are.

mod check;
mod images;
mod libsvm;
mod mixtures;
mod status;
mod tabular_classes;
mod tabular_real;

use std::path::{Path, PathBuf};

use rand::Rng;

#[cfg(all(test, feature = "fetch"))]
pub(crate) use self::check::hex;
pub(crate) use self::check::recognise;
#[cfg(feature = "fetch")]
pub(crate) use self::check::{sha256, sha256_of};
pub use self::status::{FileState, FileStatus, files};
use crate::data_dir::{data_dir, within};
use crate::error::DataError;
use crate::format::Format;
use crate::formats::{self, DataFile, Files, Reading};
use crate::options::{Missing, Options, Task};
use crate::registry::{Entry, Info};
use crate::table::Table;

/// A published set: what it is, and how its files are read.
pub(crate) struct Published {
    pub(crate) info: Info,
    pub(crate) format: Format,
    /// What is done about missing values where the benchmark does not say.
    pub(crate) missing: Missing,
    /// Columns of categories that are written as numbers.
    pub(crate) categorical: &'static [&'static str],
    /// Columns that are no features: an index, a date, parts of the target.
    pub(crate) left_out: &'static [&'static str],
    /// The number of features of a sparse file.
    pub(crate) features: Option<usize>,
}

/// A file of a published set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its place in the data folder, with `/` between folders.
    pub path: &'static str,
    /// Other places in the data folder where the same file is found: those of common tools.
    pub also: &'static [&'static str],
    /// What it holds.
    pub holds: Holds,
    /// Its size, where that is known.
    pub bytes: Option<u64>,
    /// Its SHA-256 in hex, where that is known.
    pub sha256: Option<&'static str>,
    /// Where that very file can be fetched from; empty where no such place is known.
    pub urls: &'static [&'static str],
    /// The archive that holds it, where it is fetched in one.
    pub archive: Option<&'static Archive>,
}

/// A compressed archive (`.tar.gz`) of several files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Its name.
    pub name: &'static str,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in hex.
    pub sha256: &'static str,
    /// Where it can be fetched from.
    pub urls: &'static [&'static str],
    /// The folder in it that holds the files.
    pub folder: &'static str,
}

/// What a file of a published set holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Rows to learn from, or all rows where there is no official test part.
    Rows,
    /// The labels of the rows before.
    Labels,
    /// Rows of the official test part.
    TestRows,
    /// The labels of the test rows before.
    TestLabels,
}

impl Source {
    /// A file of rows that is fully known but cannot be fetched.
    const fn local(path: &'static str, bytes: u64, sha256: &'static str) -> Self {
        Self { path, also: &[], holds: Holds::Rows, bytes: Some(bytes), sha256: Some(sha256), urls: &[], archive: None }
    }

    /// Whether it can be fetched: from a known place, with a known checksum.
    pub fn is_fetchable(&self) -> bool {
        (!self.urls.is_empty() && self.sha256.is_some()) || self.archive.is_some()
    }
}

/// The error that a file of a set is not in the data folder.
pub fn not_there(info: &Info, source: &Source, folder: &Path) -> DataError {
    DataError::NotThere {
        dataset: info.name.to_owned(),
        file: source.path.to_owned(),
        folder: folder.to_owned(),
        fetchable: source.is_fetchable(),
        origin: info.source,
    }
}

/// Every published set, in the order of the documentation.
pub(crate) fn all() -> impl Iterator<Item = &'static Published> {
    images::ALL.iter().chain(&tabular_real::ALL).chain(&tabular_classes::ALL).chain(&libsvm::ALL).chain(&mixtures::ALL)
}

impl Published {
    fn reading(&self, options: &Options, task: Task) -> Result<Reading, DataError> {
        let target = self.info.targets[self.info.target(options)?];
        let mut reading = Reading::new(options, task);
        reading.target = Some(target.to_owned());
        reading.format = Some(self.format);
        reading.missing = options.missing.unwrap_or(self.missing);
        reading.categorical = self.categorical.iter().map(|&name| name.to_owned()).collect();
        reading.left_out = self.left_out.iter().map(|&name| name.to_owned()).collect();
        reading.features = self.features;
        Ok(reading)
    }

    /// The files in a data folder, each of the right size and checksum.
    fn files(&self, folder: &Path) -> Result<Files, DataError> {
        let mut files = Files::default();
        for source in self.info.sources {
            let path = self.find(source, folder)?;
            match source.holds {
                Holds::Rows => files.train.push(DataFile { rows: path, labels: None }),
                Holds::TestRows => files.test.push(DataFile { rows: path, labels: None }),
                Holds::Labels => files.train.last_mut().expect("rows come before labels").labels = Some(path),
                Holds::TestLabels => files.test.last_mut().expect("rows come before labels").labels = Some(path),
            }
        }
        Ok(files)
    }

    fn find(&self, source: &Source, folder: &Path) -> Result<PathBuf, DataError> {
        for place in std::iter::once(&source.path).chain(source.also) {
            if let Some(path) = within(folder, place)? {
                recognise(self.info.name, source, &path)?;
                return Ok(path);
            }
        }
        Err(not_there(&self.info, source, folder))
    }

    fn check_shape(&self, table: &Table, options: &Options, folder: &Path) -> Result<(), DataError> {
        let all_rows = options.missing.is_none_or(|missing| missing != Missing::DropRows);
        let all_columns = options.transforms.is_empty() && options.missing.is_none();
        let wrong = |what, found: usize, expected: usize| {
            Err(DataError::WrongFile {
                dataset: self.info.name.to_owned(),
                path: folder.join(self.info.sources[0].path),
                found: format!("{found} {what}"),
                expected: expected.to_string(),
            })
        };
        match (self.info.n, self.info.d) {
            (Some(n), _) if all_rows && n != table.n => wrong("rows", table.n, n),
            (_, Some(d)) if all_columns && d != table.d => wrong("features", table.d, d),
            _ => Ok(()),
        }
    }
}

impl Entry for Published {
    fn info(&self) -> &Info {
        &self.info
    }

    fn validate(&self, options: &Options) -> Result<(), DataError> {
        self.info.check(options)
    }

    fn content_hash(&self, _options: &Options) -> Result<String, DataError> {
        self.files(&data_dir()?)?.hash()
    }

    fn load(&self, options: &Options, task: Task, _rng: &mut dyn Rng) -> Result<Table, DataError> {
        let folder = data_dir()?;
        let mut table = formats::read(&self.files(&folder)?, &self.reading(options, task)?)?;
        self.check_shape(&table, options, &folder)?;
        self.info.name.clone_into(&mut table.name);
        self.info.targets[self.info.target(options)?].clone_into(&mut table.target_name);
        Ok(table)
    }
}
