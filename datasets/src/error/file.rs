//! What is wrong with a file of data: it is not there, it is no such file, or it holds what it must not.

use std::io;
use std::path::PathBuf;

use super::cell::{At, CellProblem};
use super::help::{column_help, owned, quoted_list};
use crate::format::Format;

/// Why a file is refused; the message says where, what was found, and what was expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// No such file.
    #[error("{}: no such file", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A directory, a pipe or a device.
    #[error("{}: found {found}, expected a data file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The file cannot be read.
    #[error("{}: cannot read the file: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Nothing in the file.
    #[error("{}: the file is empty, expected rows", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A header and nothing else.
    #[error("{}: found no rows, expected at least one", path.display())]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// Rows, all of which were left out.
    #[error("{}: every row has a missing value, expected rows to be left by `missing: drop_rows`", path.display())]
    NoRowsLeft {
        /// The file.
        path: PathBuf,
    },
    /// Bytes that are no text.
    #[error("{}: line {line}, byte {byte}: found invalid UTF-8, expected text", path.display())]
    InvalidUtf8 {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The byte in the line, from 1.
        byte: usize,
    },
    /// A column without a name.
    #[error("{}: line {line}: column {column} has no name", path.display())]
    UnnamedColumn {
        /// The file.
        path: PathBuf,
        /// The line of the header.
        line: u64,
        /// The column, from 1.
        column: usize,
    },
    /// Two columns of one name.
    #[error("{}: line {line}: columns {first} and {second} are both named `{name}`", path.display())]
    DuplicateColumn {
        /// The file.
        path: PathBuf,
        /// The line of the header.
        line: u64,
        /// The name.
        name: String,
        /// The first column, from 1.
        first: usize,
        /// The second column, from 1.
        second: usize,
    },
    /// A file without `target:`.
    #[error("{}: no `target` given, expected the name of a column", path.display())]
    FileNeedsTarget {
        /// The file.
        path: PathBuf,
        /// The columns.
        columns: Vec<String>,
    },
    /// The target is not in the header.
    #[error("{}: no column `{target}`, which `target` names", path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The target given.
        target: String,
        /// The columns.
        columns: Vec<String>,
        /// Why the header may have been misread, if it looks so.
        suspicion: Option<&'static str>,
    },
    /// The target is not an array of labels.
    #[error("{}: no array of labels `{target}`, which `target` names", path.display())]
    NoLabels {
        /// The file.
        path: PathBuf,
        /// The target given.
        target: String,
        /// The arrays that there are.
        arrays: Vec<String>,
    },
    /// No column but the target.
    #[error("{}: found only the target column `{target}`, expected at least one feature", path.display())]
    NoFeatures {
        /// The file.
        path: PathBuf,
        /// The target.
        target: String,
    },
    /// A row with too few or too many cells.
    #[error("{}: line {line}: found {found} cells, expected {expected} as in the first line", path.display())]
    Ragged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// How many cells the row has.
        found: usize,
        /// How many the header has.
        expected: usize,
    },
    /// A cell that is not what it should be.
    #[error("{}: {at}, column {column} (`{name}`): {problem}", path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// The line or row.
        at: At,
        /// The column, from 1.
        column: usize,
        /// The column's name.
        name: String,
        /// What is wrong with the cell.
        problem: Box<CellProblem>,
    },
    /// Bytes that are not as the format has them.
    #[error("{}: {at}: found {found}, expected {expected}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where in the file.
        at: At,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// A compressed file of much more than it can be expected to hold.
    #[error("{}: decompresses to more than the {limit} bytes that a file of its size can be expected to hold", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most that was accepted.
        limit: u64,
    },
    /// A file beyond what memory could hold.
    #[error("{}: holds {cells} numbers, at most {limit} fit", path.display())]
    FileTooLarge {
        /// The file.
        path: PathBuf,
        /// How many numbers it holds.
        cells: u128,
        /// How many are allowed.
        limit: u128,
    },
    /// A sparse file of far more zeros than numbers.
    #[error("{}: line {line}: {columns} features would make a table of {cells} numbers from so few, at most {limit} fit", path.display())]
    TooSparse {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// How many columns there are: the largest index, or what `features` says.
        columns: usize,
        /// How many numbers the dense table would hold.
        cells: u128,
        /// How many are allowed.
        limit: u128,
        /// What to do about it.
        help: &'static str,
    },
    /// An option that would have no effect.
    #[error("{}: the format {} does not take `{option}`", path.display(), format.name())]
    OptionNotTaken {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: Format,
        /// The option.
        option: &'static str,
    },
    /// No labels given and none found.
    #[error("{}: no file of labels for it", path.display())]
    NeedsLabels {
        /// The file of rows.
        path: PathBuf,
    },
    /// A format whose files hold all parts.
    #[error("the format {} is of one file: it takes neither `labels` nor `test_file`", format.name())]
    OneFile {
        /// The format.
        format: Format,
    },
}

impl FileError {
    /// What to do about it, as one line without a period; `None` where the message says it all.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Missing { .. } => "a relative path is relative to the benchmark file".to_owned(),
            Self::InvalidUtf8 { .. } => "save the file as text in UTF-8, or say what it is with `format`".to_owned(),
            Self::UnnamedColumn { .. } => "name the column in the header, or remove it".to_owned(),
            Self::DuplicateColumn { .. } => "rename or remove one of them".to_owned(),
            Self::FileNeedsTarget { columns, .. } => {
                format!("set `target` to one of the columns: {}", quoted_list(columns))
            }
            Self::MissingColumn { target, columns, suspicion, .. } => {
                suspicion.map_or_else(|| column_help(target, columns), str::to_owned)
            }
            Self::NoLabels { arrays, .. } => {
                let choice = if arrays.len() > 1 { "one of " } else { "" };
                format!("set `target` to {choice}{}, or remove it", quoted_list(arrays))
            }
            Self::Ragged { .. } => "a cell that holds a delimiter or a line break must be in quotes; `delimiter` and \
                                    `header` say how the file is written"
                .to_owned(),
            Self::Cell { problem, .. } => problem.help().to_owned(),
            Self::TooLong { .. } => "decompress it first if it is what it should be".to_owned(),
            Self::FileTooLarge { .. } => "drop columns with `transforms`, or use fewer rows".to_owned(),
            Self::TooSparse { help, .. } => (*help).to_owned(),
            Self::OptionNotTaken { format, .. } => format!("it takes {}", quoted_list(&owned(format.takes()))),
            Self::OneFile { .. } => "put the arrays `x_test` and `y_test` into it".to_owned(),
            Self::NoRowsLeft { .. } => {
                "drop the column that has so many missing values, or use `missing: mean` or `category`".to_owned()
            }
            Self::NeedsLabels { .. } => "name it with `labels`".to_owned(),
            Self::Malformed { .. }
            | Self::NotAFile { .. }
            | Self::Read { .. }
            | Self::Empty { .. }
            | Self::NoRows { .. }
            | Self::NoFeatures { .. } => return None,
        })
    }

    /// The option of the benchmark file that the error is about.
    pub fn option(&self) -> &'static str {
        match self {
            Self::MissingColumn { .. } | Self::NoLabels { .. } => "target",
            Self::OptionNotTaken { option, .. } => option,
            Self::OneFile { .. } => "test_file",
            Self::NoRowsLeft { .. } => "missing",
            _ => "file",
        }
    }
}
