//! Readers of data files, one format a file. A reader knows bytes and columns, not the registry and not the split.

mod archive;
mod arff;
mod arrays;
mod builder;
mod csv;
mod detect;
mod idx;
mod images;
mod input;
mod labels;
mod levels;
mod libsvm;
mod npy;
mod number;
mod reading;

use std::path::{Path, PathBuf};

pub(crate) use self::input::{Input, hash_file};
pub(crate) use self::reading::Reading;
use crate::error::DataError;
use crate::options::Format;
use crate::table::Table;

/// The files of a dataset.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    /// The rows; with an official test part, those to learn from.
    pub(crate) train: Vec<DataFile>,
    /// The official test part.
    pub(crate) test: Vec<DataFile>,
}

/// A file of rows, and the file of their labels where that is another.
#[derive(Clone, Debug)]
pub(crate) struct DataFile {
    pub(crate) rows: PathBuf,
    pub(crate) labels: Option<PathBuf>,
}

impl Files {
    fn all(&self) -> impl Iterator<Item = &DataFile> {
        self.train.iter().chain(&self.test)
    }

    /// The hash of all files: of one file, that of its bytes.
    pub(crate) fn hash(&self) -> Result<String, DataError> {
        let paths = self.all().flat_map(|file| std::iter::once(&file.rows).chain(&file.labels));
        combined(paths.map(|path| hash_file(path)).collect::<Result<_, _>>()?)
    }
}

/// Reads the files as one table; its name is left empty.
pub(crate) fn read(files: &Files, reading: &Reading) -> Result<Table, DataError> {
    let first = &files.train.first().ok_or(DataError::NoSource)?.rows;
    let format = match reading.format {
        Some(format) => format,
        None => detect::format(first)?,
    };
    let n_train = files.train.len();
    match format {
        Format::Idx => return read_idx(files, reading),
        Format::Npy => return read_npy(files, reading),
        Format::Npz => return read_npz(files, reading),
        _ => {}
    }
    if let Some(labels) = files.all().find_map(|file| file.labels.as_ref()) {
        return Err(DataError::LabelsNotTaken { path: labels.clone(), format });
    }
    let mut inputs = files.all().map(|file| Input::open(&file.rows)).collect::<Result<Vec<_>, _>>()?;
    let mut table = match format {
        Format::Csv => csv::read(&mut inputs, n_train, reading, None)?,
        Format::Tsv => csv::read(&mut inputs, n_train, reading, Some(b'\t'))?,
        Format::Libsvm => libsvm::read(&mut inputs, n_train, reading)?,
        Format::Cifar10 => images::read_cifar10(&mut inputs, n_train, reading.task)?,
        Format::Arff => arff::read(&mut inputs, n_train, reading)?,
        Format::Npy | Format::Npz | Format::Parquet | Format::Idx => {
            return Err(DataError::Unsupported { path: first.clone(), format });
        }
    };
    table.hash = combined(inputs.into_iter().map(Input::hash).collect())?;
    Ok(table)
}

/// Reads bytes in memory as a file of that format at `path`; images are their own labels.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_bytes(
    path: &Path,
    bytes: &[u8],
    format: Format,
    options: &crate::Options,
    task: crate::Task,
) -> Result<Table, DataError> {
    let reading = Reading::new(options, task);
    let input = || Input::of_bytes(path, bytes);
    match format {
        Format::Csv => csv::read(&mut [input()], 1, &reading, None),
        Format::Tsv => csv::read(&mut [input()], 1, &reading, Some(b'\t')),
        Format::Libsvm => libsvm::read(&mut [input()], 1, &reading),
        Format::Idx => images::read_idx(&mut [(input(), input())], 1, task),
        Format::Cifar10 => images::read_cifar10(&mut [input()], 1, task),
        Format::Npy => arrays::read_npy(&mut [(input(), None)], 1, &reading),
        Format::Arff => arff::read(&mut [input()], 1, &reading),
        Format::Npz | Format::Parquet => Err(DataError::Unsupported { path: path.to_owned(), format }),
    }
}

fn read_idx(files: &Files, reading: &Reading) -> Result<Table, DataError> {
    let mut pairs = Vec::new();
    for file in files.all() {
        let labels = match &file.labels {
            Some(labels) => labels.clone(),
            None => labels_beside(&file.rows)?,
        };
        pairs.push((Input::open(&file.rows)?, Input::open(&labels)?));
    }
    let mut table = images::read_idx(&mut pairs, files.train.len(), reading.task)?;
    table.hash = combined(pairs.into_iter().flat_map(|(rows, labels)| [rows.hash(), labels.hash()]).collect())?;
    Ok(table)
}

fn read_npy(files: &Files, reading: &Reading) -> Result<Table, DataError> {
    let mut inputs = Vec::new();
    for file in files.all() {
        let labels = file.labels.as_ref().map(|labels| Input::open(labels)).transpose()?;
        if inputs.first().is_some_and(|(_, first): &(Input, Option<Input>)| first.is_some() != labels.is_some()) {
            return Err(DataError::NeedsLabels { path: file.rows.clone() });
        }
        inputs.push((Input::open(&file.rows)?, labels));
    }
    let mut table = arrays::read_npy(&mut inputs, files.train.len(), reading)?;
    let hashes =
        inputs.into_iter().flat_map(|(rows, labels)| std::iter::once(rows.hash()).chain(labels.map(Input::hash)));
    table.hash = combined(hashes.collect())?;
    Ok(table)
}

fn read_npz(files: &Files, reading: &Reading) -> Result<Table, DataError> {
    match (&files.train[..], &files.test[..]) {
        ([file], []) if file.labels.is_none() => {
            // Refuses what is no regular file.
            Input::open(&file.rows)?;
            let mut table = arrays::read_npz(&file.rows, reading)?;
            table.hash = files.hash()?;
            Ok(table)
        }
        _ => Err(DataError::OneFile { format: Format::Npz }),
    }
}

/// The labels that belong to a file of images by the names that MNIST has: `images-idx3` and `labels-idx1`.
fn labels_beside(rows: &Path) -> Result<PathBuf, DataError> {
    let name = rows.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let labels = rows.with_file_name(name.replace("images-idx3", "labels-idx1"));
    if labels == rows || !labels.is_file() {
        return Err(DataError::NeedsLabels { path: rows.to_owned() });
    }
    Ok(labels)
}

/// The hash of several files from theirs; of one file, its own.
#[expect(clippy::unnecessary_wraps, reason = "for `?`")]
fn combined(hashes: Vec<blake3::Hash>) -> Result<String, DataError> {
    if let [one] = hashes[..] {
        return Ok(one.to_hex().to_string());
    }
    let mut hasher = blake3::Hasher::new();
    for hash in hashes {
        hasher.update(hash.as_bytes());
    }
    Ok(hasher.finalize().to_hex().to_string())
}
