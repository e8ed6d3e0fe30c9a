//! Readers of data files, one format a file. A reader knows bytes and columns, not the registry and not the split.

mod archive;
mod arff;
mod arrays;
mod builder;
mod csv;
mod detect;
mod gzip;
mod idx;
mod images;
mod input;
mod labels;
mod levels;
mod libsvm;
mod names;
mod npy;
mod number;
mod parquet;
mod reading;
#[cfg(test)]
mod round_trip;
mod sparse;
mod widen;

use std::path::{Path, PathBuf};

pub(crate) use self::detect::{by_name, format as detect};
pub(crate) use self::input::{Input, hash_file};
pub(crate) use self::reading::Reading;
use crate::cache::Cache;
use crate::error::{DataError, FileError};
use crate::format::Format;
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

    /// Every path, rows before their labels.
    fn paths(&self) -> impl Iterator<Item = &Path> {
        self.all().flat_map(|file| std::iter::once(&file.rows).chain(&file.labels)).map(PathBuf::as_path)
    }

    /// The same files, with those of labels that lie beside files of images.
    pub(crate) fn with_labels(mut self, format: Option<Format>) -> Result<Self, DataError> {
        for file in self.train.iter_mut().chain(&mut self.test).filter(|file| file.labels.is_none()) {
            let format = format.map_or_else(|| detect::format(&file.rows), Ok)?;
            if format == Format::Idx {
                file.labels = Some(labels_beside(&file.rows)?);
            }
        }
        Ok(self)
    }

    /// The hash of all files: of one file, that of its bytes.
    pub(crate) fn hash(&self) -> Result<String, DataError> {
        combined(self.paths().map(hash_file).collect::<Result<_, _>>()?)
    }
}

/// Reads the files as one table, or takes it from the cache where they are large; its name is left empty.
pub(crate) fn read(files: &Files, reading: &Reading) -> Result<Table, DataError> {
    let Some(cache) = Cache::for_files(files.paths()) else { return decode(files, reading) };
    let content = files.hash()?;
    let key = Cache::key(&content, &reading.key());
    if let Some(table) = cache.table(&key) {
        return Ok(Table { hash: content, ..table });
    }
    decode_to(&cache, &content, files, reading)
}

/// Decodes files and keeps the table, if they still have the content that the cache would give it for.
fn decode_to(cache: &Cache, content: &str, files: &Files, reading: &Reading) -> Result<Table, DataError> {
    let table = decode(files, reading)?;
    if table.hash != content {
        return Ok(table);
    }
    Ok(cache.keep(&Cache::key(content, &reading.key()), table))
}

fn decode(files: &Files, reading: &Reading) -> Result<Table, DataError> {
    let first = &files.train.first().ok_or(DataError::NoSource)?.rows;
    let format = match reading.format {
        Some(format) => format,
        None => detect::format(first)?,
    };
    let n_train = files.train.len();
    match format {
        Format::Csv => whole(files, |inputs| csv::read(inputs, n_train, reading, None)),
        Format::Tsv => whole(files, |inputs| csv::read(inputs, n_train, reading, Some(b'\t'))),
        Format::Libsvm => whole(files, |inputs| libsvm::read(inputs, n_train, reading)),
        Format::Cifar10 => whole(files, |inputs| images::read_cifar10(inputs, n_train, reading.task)),
        Format::Arff => whole(files, |inputs| arff::read(inputs, n_train, reading)),
        Format::Idx => read_idx(files, reading),
        Format::Npy => read_npy(files, reading),
        Format::Npz => read_npz(files, reading),
        Format::Parquet => read_parquet(files, reading),
    }
}

/// Reads files that are read from their first byte to their last, and have their labels in them.
fn whole(files: &Files, read: impl FnOnce(&mut [Input]) -> Result<Table, DataError>) -> Result<Table, DataError> {
    let mut inputs = files.all().map(|file| Input::open(&file.rows)).collect::<Result<Vec<_>, _>>()?;
    let mut table = read(&mut inputs)?;
    table.hash = combined(inputs.into_iter().map(Input::hash).collect())?;
    Ok(table)
}

fn read_parquet(files: &Files, reading: &Reading) -> Result<Table, DataError> {
    let paths: Vec<&Path> = files.all().map(|file| file.rows.as_path()).collect();
    let mut table = parquet::read(&paths, files.train.len(), reading)?;
    table.hash = files.hash()?;
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
        // These are read here and there, so from a file.
        Format::Npz | Format::Parquet => {
            let failed = |source| FileError::Read { path: path.to_owned(), source };
            let file = tempfile::NamedTempFile::new().map_err(failed)?;
            std::fs::write(file.path(), bytes).map_err(failed)?;
            let train = vec![DataFile { rows: file.path().to_owned(), labels: None }];
            read(&Files { train, test: Vec::new() }, &Reading { format: Some(format), ..reading })
        }
    }
}

fn read_idx(files: &Files, reading: &Reading) -> Result<Table, DataError> {
    let mut pairs = Vec::new();
    for file in files.all() {
        let labels = file.labels.as_ref().ok_or_else(|| FileError::NeedsLabels { path: file.rows.clone() })?;
        pairs.push((Input::open(&file.rows)?, Input::open(labels)?));
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
            return Err(FileError::NeedsLabels { path: file.rows.clone() }.into());
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
        _ => Err(FileError::OneFile { format: Format::Npz }.into()),
    }
}

/// The labels that belong to a file of images by the names that MNIST has: `images-idx3` and `labels-idx1`.
fn labels_beside(rows: &Path) -> Result<PathBuf, DataError> {
    let name = rows.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let labels = rows.with_file_name(name.replace("images-idx3", "labels-idx1"));
    if labels == rows || !labels.is_file() {
        return Err(FileError::NeedsLabels { path: rows.to_owned() }.into());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Options, Task};

    #[test]
    fn a_file_that_is_replaced_while_it_is_read_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(&dir.path().join("tables"));
        let npy = include_bytes!("../../fuzz/corpus/npy/f8").get(1..).unwrap();
        let zip = include_bytes!("../../fuzz/corpus/npz/deflated").get(1..).unwrap();
        for (name, bytes, target) in
            [("a.csv", &b"a,y\n1,2\n3,5\n"[..], "y"), ("a.npy", npy, "last"), ("a.npz", zip, "label")]
        {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let files = Files { train: vec![DataFile { rows: path, labels: None }], test: Vec::new() };
            let options = Options { target: Some(target.to_owned()), ..Options::default() };
            let reading = Reading::new(&options, Task::Regression);
            let before = "0".repeat(64);
            let table = decode_to(&cache, &before, &files, &reading).unwrap();
            assert!(cache.table(&Cache::key(&before, &reading.key())).is_none(), "{name}");
            let content = files.hash().unwrap();
            assert_eq!(table.hash, content, "{name}");
            assert_eq!(decode_to(&cache, &content, &files, &reading).unwrap(), table, "{name}");
            assert!(cache.table(&Cache::key(&content, &reading.key())).is_some(), "{name}");
        }
    }
}
