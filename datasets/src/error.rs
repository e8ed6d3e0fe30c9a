//! Why a dataset cannot be had. Variants carry data; the message says what was found and expected, the hint what to do.

mod help;

use std::fmt;
use std::io;
use std::path::PathBuf;

pub(crate) use self::help::{excerpt, nearest};
use crate::options::Task;

/// Why a dataset is refused.
///
/// The message is one line without what to do about it; that is [`help`](Self::help). The option of the benchmark file to
/// point at is [`option`](Self::option).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Neither a name nor a file.
    #[error("the dataset has neither `name` nor `file`")]
    NoSource,
    /// Both a name and a file.
    #[error("the dataset has both `name: {name}` and `file: {}`", file.display())]
    TwoSources {
        /// The name given.
        name: String,
        /// The file given.
        file: PathBuf,
    },
    /// No dataset of that name.
    #[error("unknown dataset `{name}`")]
    UnknownName {
        /// The name given.
        name: String,
        /// Valid names that look like it, nearest first.
        nearest: Vec<String>,
        /// All valid names.
        known: Vec<String>,
    },
    /// An option that this dataset does not take.
    #[error("dataset `{dataset}` does not take `{option}`")]
    NotTaken {
        /// The dataset: its name or file.
        dataset: String,
        /// The option given.
        option: &'static str,
        /// What it takes beyond the options common to all.
        takes: Vec<String>,
    },
    /// An option with a value that it cannot have.
    #[error("impossible `{option}`: found {found}, expected {expected}")]
    Value {
        /// The option.
        option: &'static str,
        /// Its value.
        found: String,
        /// What it can be.
        expected: &'static str,
    },
    /// A synthetic set beyond what memory could hold.
    #[error("dataset `{dataset}` is too large: {cells} numbers, at most {limit} fit")]
    TooLarge {
        /// The dataset.
        dataset: String,
        /// How many numbers were asked for.
        cells: u128,
        /// How many are allowed.
        limit: u128,
    },
    /// Several targets and none chosen.
    #[error("dataset `{dataset}` has several targets: expected `target` to name one")]
    NeedsTarget {
        /// The dataset.
        dataset: String,
        /// Its targets.
        choices: Vec<String>,
    },
    /// No target of that name.
    #[error("dataset `{dataset}` has no target `{target}`")]
    UnknownTarget {
        /// The dataset.
        dataset: String,
        /// The target given.
        target: String,
        /// Its targets.
        choices: Vec<String>,
    },
    /// `task:` says one thing, the model needs the other.
    #[error("`task: {given}` conflicts with the model: it needs {needed}")]
    TaskConflict {
        /// What the options say.
        given: Task,
        /// What the model needs.
        needed: Task,
    },
    /// The dataset cannot be read that way.
    #[error("dataset `{dataset}` is for {offered} only: {needed} is needed")]
    TaskUnavailable {
        /// The dataset.
        dataset: String,
        /// What it is for.
        offered: Task,
        /// What was asked for.
        needed: Task,
    },
    /// No such file.
    #[error("{}: no such file", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A directory, a pipe or a device.
    #[error("{}: found {found}, expected a CSV file", path.display())]
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
    #[error("{}: the file is empty, expected a header line", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A header and nothing else.
    #[error("{}: found a header and no rows, expected at least one row", path.display())]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// Bytes that are no text.
    #[error("{}: line {line}, byte {byte}: found invalid UTF-8, expected text", path.display())]
    InvalidUtf8 {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The byte in the line, from 1.
        byte: usize,
    },
    /// A column without a name.
    #[error("{}: line {line}: column {column} has no name", path.display())]
    UnnamedColumn {
        /// The file.
        path: PathBuf,
        /// The line of the header.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// Two columns of one name.
    #[error("{}: line {line}: columns {first} and {second} are both named `{name}`", path.display())]
    DuplicateColumn {
        /// The file.
        path: PathBuf,
        /// The line of the header.
        line: usize,
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
    /// No column but the target.
    #[error("{}: found only the target column `{target}`, expected at least one feature", path.display())]
    NoFeatures {
        /// The file.
        path: PathBuf,
        /// The target.
        target: String,
    },
    /// A row with too few or too many cells.
    #[error("{}: line {line}: found {found} cells, expected {expected} as in the header", path.display())]
    Ragged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// How many cells the row has.
        found: usize,
        /// How many the header has.
        expected: usize,
    },
    /// A cell that is not what it should be.
    #[error("{}: line {line}, column {column} (`{name}`): {problem}", path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The column's name.
        name: String,
        /// What is wrong with the cell.
        problem: CellProblem,
    },
    /// The reader of CSV gave up.
    #[error("{}: malformed CSV: {source}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// All rows are of one class.
    #[error("`{dataset}`: target `{target}` has one class only, `{class}`, expected at least two")]
    OneClass {
        /// The dataset: its name or file.
        dataset: String,
        /// The target.
        target: String,
        /// The class.
        class: String,
    },
    /// A part of the split without rows.
    #[error("`test_fraction: {test_fraction}` of {n} rows leaves the {part} part empty")]
    EmptyPart {
        /// The option's value.
        test_fraction: f64,
        /// The rows of the dataset.
        n: usize,
        /// `training` or `test`.
        part: &'static str,
    },
    /// Nothing left to learn from.
    #[error("dataset `{dataset}`: every feature is constant in the training rows")]
    AllConstant {
        /// The dataset.
        dataset: String,
    },
    /// Classes cannot be standardized.
    #[error("`standardize_target` needs a real target: found classes")]
    StandardizeClasses,
    /// A constant has no scale.
    #[error("`standardize_target`: the target `{target}` is constant in the training rows")]
    ConstantTarget {
        /// The target.
        target: String,
    },
    /// A feature has the name of the column that `intercept: true` adds.
    #[error("`intercept: true` adds a column `intercept`, but dataset `{dataset}` has a feature of that name")]
    InterceptTaken {
        /// The dataset.
        dataset: String,
    },
}

/// What is wrong with a cell of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CellProblem {
    /// Nothing in it.
    Empty,
    /// A usual mark of a missing value, such as `?` or `NA`.
    Missing(String),
    /// Text in a feature column.
    TextFeature(String),
    /// Text in a target that must be a number.
    TextTarget(String),
    /// NaN or an infinity, or a number beyond the range of 64-bit floats.
    NotFinite(String),
    /// A number that is no class label.
    NotWhole(String),
    /// A word among numeric class labels, or the reverse.
    MixedLabels {
        /// The cell.
        found: String,
        /// The label of the first row.
        first: String,
        /// The line of the first row.
        first_line: usize,
    },
}

impl fmt::Display for CellProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "found an empty cell, expected a value"),
            Self::Missing(found) => write!(f, "found the missing value `{found}`, expected a value"),
            Self::TextFeature(found) | Self::TextTarget(found) => {
                write!(f, "found the text `{found}`, expected a number")
            }
            Self::NotFinite(found) => write!(f, "found `{found}`, expected a finite number"),
            Self::NotWhole(found) => {
                write!(f, "found `{found}`, expected a whole number as a class label")
            }
            Self::MixedLabels { found, first, first_line } => write!(
                f,
                "found `{found}` after `{first}` in line {first_line}, expected all class labels to be whole numbers or \
                 all to be words"
            ),
        }
    }
}
