//! Parquet files, batch of rows by batch of rows: flat columns of numbers, truth values (0 and 1) and text.
//!
//! The crate that decodes them believes what a file claims about itself. So what a page declares is compared with what
//! it can hold before it is decoded, what comes out is limited by the size of the file, and a panic is a damaged file.

mod column;
mod headers;
mod pages;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::fs::File;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;

use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;

use self::column::{Column, Kind};
use super::builder::{Role, TableBuilder};
use super::input::{Input, deflated_limit};
use super::reading::Reading;
use crate::error::{At, CellProblem, DataError, FileError, excerpt};
use crate::table::Table;

/// What pandas calls the columns that keep an index of rows without a name: they are no data.
const INDEX: &str = "__index_level_";

/// Reads the files as one table; those from `n_train` on are the test part, and have the same columns.
pub(crate) fn read(paths: &[&Path], n_train: usize, reading: &Reading) -> Result<Table, DataError> {
    let first = Source::open(paths.first().ok_or(DataError::NoSource)?)?;
    let mut reading = Reading { header: false, ..reading.clone() };
    let target = reading.target.clone();
    reading.left_out.extend(first.index().into_iter().filter(|name| Some(name) != target.as_ref()));
    let mut builder = TableBuilder::new(&first.path, first.names.clone(), 1, &reading)?;
    builder.count_rows();
    let mut row = 0;
    first.read(&mut builder, &mut row)?;
    for (i, path) in paths.iter().enumerate().skip(1) {
        let source = Source::open(path)?;
        builder.begin_file(path, i >= n_train);
        if source.names != builder.names() {
            let found = format!("the columns `{}`", excerpt(&source.names.join("`, `")));
            return Err(source.malformed(0, found, "those of the training file"));
        }
        row = 0;
        source.read(&mut builder, &mut row)?;
    }
    builder.finish(row)
}

/// A file whose directory has been read.
struct Source {
    path: PathBuf,
    reader: SerializedFileReader<File>,
    /// The file once more, and its size.
    file: File,
    size: u64,
    names: Vec<String>,
    /// The most bytes of numbers that a file of its size may make.
    limit: u64,
}

impl Source {
    fn open(path: &Path) -> Result<Self, DataError> {
        // Refuses what is no regular file.
        Input::open(path)?;
        let failed = |source| FileError::Read { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        if size == 0 {
            return Err(FileError::Empty { path: path.to_owned() }.into());
        }
        let again = file.try_clone().map_err(failed)?;
        let reader = sound(path, At::Byte(size), || SerializedFileReader::new(again))?;
        let columns = reader.metadata().file_metadata().schema_descr().columns();
        // A nested column has the names of what it is nested in before its own.
        let names = columns.iter().map(|column| column.path().string()).collect();
        Ok(Self { path: path.to_owned(), reader, file, size, names, limit: deflated_limit(size) })
    }

    /// The columns that keep an index of rows, by their names or by what pandas says of them.
    fn index(&self) -> Vec<String> {
        #[derive(Default, serde::Deserialize)]
        struct Pandas {
            /// Names of columns, or what a range of numbers is.
            index_columns: Vec<serde_json::Value>,
        }
        let notes = self.reader.metadata().file_metadata().key_value_metadata();
        let note = notes.into_iter().flatten().find(|note| note.key == "pandas").and_then(|note| note.value.as_ref());
        let pandas: Pandas = note.and_then(|note| serde_json::from_str(note).ok()).unwrap_or_default();
        let is_index = |name: &&String| {
            name.starts_with(INDEX) || pandas.index_columns.iter().any(|index| index.as_str() == Some(name))
        };
        self.names.iter().filter(is_index).cloned().collect()
    }

    /// Refuses columns that cannot be decompressed, or that say that they would fill the memory.
    fn check_sizes(&self, kept: &[usize], row: u64) -> Result<(), DataError> {
        let groups = self.reader.metadata().row_groups();
        let chunks = || groups.iter().flat_map(|group| kept.iter().filter_map(|&column| group.columns().get(column)));
        let unknown = chunks().map(ColumnChunkMetaData::compression).find_map(|codec| match codec {
            // Nothing limits what brotli gives, and nobody writes LZO.
            Compression::BROTLI(_) => Some("brotli"),
            Compression::LZO => Some("LZO"),
            _ => None,
        });
        if let Some(codec) = unknown {
            let expected = "zstd, snappy, gzip, LZ4 or none: write the file again, as by \
                            `pandas.read_parquet(path).to_parquet(path, compression=\"zstd\")`";
            return Err(self.malformed(row + 1, format!("the compression {codec}"), expected));
        }
        let declared: u128 = chunks().map(|chunk| u128::from(chunk.uncompressed_size().unsigned_abs())).sum();
        // What the directory says need not be what the pages say.
        if declared > u128::from(self.limit) || self.declared_by_pages(chunks(), row)? > u128::from(self.limit) {
            return Err(FileError::TooLong { path: self.path.clone(), limit: self.limit }.into());
        }
        Ok(())
    }

    /// How many bytes the pages of columns become, as their headers say.
    fn declared_by_pages<'a>(
        &self,
        chunks: impl Iterator<Item = &'a ColumnChunkMetaData>,
        row: u64,
    ) -> Result<u128, DataError> {
        let (mut stored, mut declared) = (0_u64, 0);
        for chunk in chunks {
            let (start, length) = sound(&self.path, At::Row(row + 1), || Ok(chunk.byte_range()))?;
            stored = stored.saturating_add(length);
            if stored > self.size {
                let found = format!("columns of more than {} bytes", self.size);
                return Err(self.malformed(row + 1, found, "no more than the file has"));
            }
            let Some(pages) = headers::declared(&self.file, start, length) else {
                let found = "a page with a damaged header".to_owned();
                return Err(self.malformed(row + 1, found, "a whole Parquet file"));
            };
            declared += u128::from(pages);
        }
        Ok(declared)
    }

    /// Adds all rows to the table; `row` is the last one added.
    fn read(&self, builder: &mut TableBuilder<'_>, row: &mut u64) -> Result<(), DataError> {
        let metadata = self.reader.metadata();
        let descriptions = metadata.file_metadata().schema_descr().columns();
        let kept: Vec<usize> = (0..builder.width()).filter(|&column| builder.role(column) != Role::Ignored).collect();
        for &column in &kept {
            let kind = Kind::of(&descriptions[column]);
            let problem = |found| FileError::Cell {
                path: self.path.clone(),
                at: At::Row(1),
                column: column + 1,
                name: excerpt(&self.names[column]),
                problem: Box::new(CellProblem::Kind(found)),
            };
            if kind.map_err(problem)? == Kind::Text {
                builder.expect_words(column);
            }
        }
        self.check_sizes(&kept, *row)?;
        for group in 0..metadata.num_row_groups() {
            let at = At::Row(*row + 1);
            let group = sound(&self.path, at, || self.reader.get_row_group(group))?;
            let mut columns = kept
                .iter()
                .map(|&column| sound(&self.path, at, || Column::new(column, group.as_ref(), self.limit)))
                .collect::<Result<Vec<_>, _>>()?;
            while self.read_batch(&mut columns, builder, row)? > 0 {}
        }
        builder.end_file()
    }

    fn read_batch(
        &self,
        columns: &mut [Column],
        builder: &mut TableBuilder<'_>,
        row: &mut u64,
    ) -> Result<usize, DataError> {
        let mut rows = None;
        for column in &mut *columns {
            let found = sound(&self.path, At::Row(*row + 1), || column.fill())?;
            let expected = *rows.get_or_insert(found);
            if found != expected {
                let name = excerpt(&self.names[column.place]);
                let found = format!("{found} more values of `{name}`");
                return Err(self.malformed(*row + 1, found, &format!("{expected} as of the columns before")));
            }
        }
        let rows = rows.unwrap_or(0);
        for _ in 0..rows {
            *row += 1;
            for column in &mut *columns {
                column.push_next(builder, *row, &self.path)?;
            }
            builder.end_row()?;
        }
        if *row * (columns.len() as u64) * 8 > self.limit {
            return Err(FileError::TooLong { path: self.path.clone(), limit: self.limit }.into());
        }
        Ok(rows)
    }

    fn malformed(&self, row: u64, found: String, expected: &str) -> DataError {
        FileError::Malformed { path: self.path.clone(), at: At::Row(row), found, expected: expected.to_owned() }.into()
    }
}

thread_local! {
    /// Whether a panic of this thread is expected, and becomes an error.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Catches a panic without a message on the terminal.
fn quietly<T>(read: impl FnOnce() -> T) -> std::thread::Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                hook(info);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(read));
    QUIET.set(false);
    result
}

/// What the crate gives, with its errors and panics as ours.
fn sound<T>(path: &Path, at: At, read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, DataError> {
    let problem = match quietly(read) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "impossible values".to_owned(),
    };
    let problem = problem.trim_start_matches("Parquet error: ").replace(char::is_control, " ");
    let found = format!("damaged or unsupported data ({problem})");
    let expected = "a whole Parquet file".to_owned();
    Err(FileError::Malformed { path: path.to_owned(), at, found, expected }.into())
}
