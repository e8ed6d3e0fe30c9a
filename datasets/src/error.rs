//! Why a dataset cannot be had. Variants carry data; the message says what was found and expected, the hint what to do.

mod help;

use std::fmt;
use std::io;
use std::path::PathBuf;

pub(crate) use self::help::{excerpt, nearest};
use crate::options::{Format, Task};
use crate::transforms::Kind;

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
    #[error("{}: line {line}: index {index} would make a table of {cells} numbers from so few, at most {limit} fit", path.display())]
    TooSparse {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The largest index.
        index: usize,
        /// How many numbers the dense table would hold.
        cells: u128,
        /// How many are allowed.
        limit: u128,
    },
    /// A format that keeps its labels in the file itself.
    #[error("{}: a file of labels, which the format {} does not take", path.display(), format.name())]
    LabelsNotTaken {
        /// The file of labels.
        path: PathBuf,
        /// The format of the data.
        format: Format,
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
    /// An option names a column that is not there.
    #[error("dataset `{dataset}` has no column `{column}`, which `{option}` names")]
    NoSuchColumn {
        /// The dataset.
        dataset: String,
        /// The option.
        option: &'static str,
        /// The column given.
        column: String,
        /// Its columns.
        columns: Vec<String>,
    },
    /// A published set whose file is not there.
    #[error("dataset `{dataset}` needs `{file}` in the data folder {}: no such file", folder.display())]
    NotThere {
        /// The dataset.
        dataset: String,
        /// The file within the data folder.
        file: String,
        /// The data folder.
        folder: PathBuf,
        /// Whether `harness data fetch` can get it.
        fetchable: bool,
        /// Where it can be had by hand.
        origin: &'static str,
    },
    /// A file of a published set that is another one.
    #[error("{}: found {found}, expected {expected} as dataset `{dataset}` has", path.display())]
    WrongFile {
        /// The dataset.
        dataset: String,
        /// The file.
        path: PathBuf,
        /// Its size, checksum or shape.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// A path that leads out of the data folder.
    #[error("{}: leads out of the data folder {}", path.display(), folder.display())]
    Outside {
        /// The path.
        path: PathBuf,
        /// The data folder.
        folder: PathBuf,
    },
    /// Nobody says where the data folder is.
    #[error("there is no data folder: neither `--data-dir` nor `HARNESS_DATA_DIR` nor a home folder is given")]
    NoDataDir,
    /// Two ways of splitting at once.
    #[error("`{option}` and `{other}` are two ways to hold rows out")]
    SplitConflict {
        /// The one.
        option: &'static str,
        /// The other.
        other: &'static str,
    },
    /// `stratify` without rows held out.
    #[error("`stratify: true` needs `test_fraction` or `folds`")]
    NothingToStratify,
    /// `stratify` without classes.
    #[error("`stratify: true` needs classes: found a real target")]
    StratifyReal,
    /// No test part that the set's authors made.
    #[error("dataset `{dataset}` has no official split")]
    NoOfficialSplit {
        /// The dataset.
        dataset: String,
    },
    /// More folds than rows.
    #[error("`folds: {folds}` of {n} rows leaves parts empty")]
    TooManyFolds {
        /// The option's value.
        folds: usize,
        /// The rows.
        n: usize,
    },
    /// An option that this kind of transform does not take.
    #[error("the transform `{}` does not take `{option}`", kind.name())]
    TransformNotTaken {
        /// The kind.
        kind: Kind,
        /// The option.
        option: &'static str,
    },
    /// An option that this kind of transform cannot do without.
    #[error("the transform `{}` needs `{option}`", kind.name())]
    TransformNeeds {
        /// The kind.
        kind: Kind,
        /// The option.
        option: &'static str,
    },
    /// An option of a transform with a value that it cannot have.
    #[error("the transform `{}`: impossible `{option}`: found {found}, expected {expected}", kind.name())]
    TransformValue {
        /// The kind.
        kind: Kind,
        /// The option.
        option: &'static str,
        /// Its value.
        found: String,
        /// What it can be.
        expected: &'static str,
    },
    /// A transform of classes for a real target.
    #[error("the transform `{}` needs classes: found a real target", kind.name())]
    NeedsClasses {
        /// The kind.
        kind: Kind,
    },
    /// A transform that leaves nothing.
    #[error("dataset `{dataset}`: the transform `{}` leaves no column", kind.name())]
    NoColumnsLeft {
        /// The dataset.
        dataset: String,
        /// The kind.
        kind: Kind,
    },
    /// A transform that makes a column of a name that is there.
    #[error("dataset `{dataset}`: the transforms make two columns `{column}`")]
    ColumnTwice {
        /// The dataset.
        dataset: String,
        /// The name.
        column: String,
    },
    /// A transform beyond what memory could hold.
    #[error("dataset `{dataset}`: the transforms make {cells} numbers, at most {limit} fit")]
    TransformTooLarge {
        /// The dataset.
        dataset: String,
        /// How many numbers they make.
        cells: u128,
        /// How many are allowed.
        limit: u128,
    },
    /// Too many values for one-hot columns.
    #[error("dataset `{dataset}`: column `{column}` has more than {limit} values, too many to one-hot encode")]
    TooManyValues {
        /// The dataset.
        dataset: String,
        /// The column.
        column: String,
        /// How many there can be.
        limit: usize,
    },
    /// A transform that makes an infinity.
    #[error("dataset `{dataset}`: the transform `{}` gives no finite number for `{column}` in row {row}", kind.name())]
    NotFinite {
        /// The dataset.
        dataset: String,
        /// The kind.
        kind: Kind,
        /// The column.
        column: String,
        /// The row, from 1.
        row: usize,
    },
    /// Principal components that cannot be computed.
    #[error("dataset `{dataset}`: its principal components cannot be computed")]
    NoComponents {
        /// The dataset.
        dataset: String,
    },
    /// A column without a value in the training rows.
    #[error("dataset `{dataset}`: column `{column}` has no value in the training rows, so no mean")]
    NoMean {
        /// The dataset.
        dataset: String,
        /// The column.
        column: String,
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

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum At {
    /// A byte, from 0; of what a compressed file decompresses to.
    Byte(u64),
    /// A line, from 1.
    Line(u64),
    /// A line and a byte in it, both from 1.
    LineByte {
        /// The line.
        line: u64,
        /// The byte.
        byte: usize,
    },
    /// A row, from 1.
    Row(u64),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(byte) => write!(f, "byte {byte}"),
            Self::Line(line) => write!(f, "line {line}"),
            Self::LineByte { line, byte } => write!(f, "line {line}, byte {byte}"),
            Self::Row(row) => write!(f, "row {row}"),
        }
    }
}

/// What is wrong with a cell of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CellProblem {
    /// Nothing in it.
    Empty,
    /// A usual mark of a missing value, such as `?` or `NA`.
    Missing(String),
    /// A column of what is neither numbers nor words.
    Kind(String),
    /// Text in a feature column.
    TextFeature(String),
    /// A number in a column of words.
    NumberAmongWords(String),
    /// More words than categories have.
    TooManyWords {
        /// The most there can be.
        limit: usize,
    },
    /// A word that the file does not declare.
    Undeclared(String),
    /// A column without a value in any row.
    NoValues,
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
        /// Where the first row is.
        first_at: At,
    },
}

impl fmt::Display for CellProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "found an empty cell, expected a value"),
            Self::Missing(found) => write!(f, "found the missing value `{found}`, expected a value"),
            Self::Kind(found) => write!(f, "found {found}, expected numbers, truth values or text"),
            Self::TextFeature(found) | Self::TextTarget(found) => {
                write!(f, "found the text `{found}`, expected a number")
            }
            Self::NumberAmongWords(found) => {
                write!(f, "found the number `{found}`, expected a word as in the rows before")
            }
            Self::TooManyWords { limit } => {
                write!(f, "found more than {limit} different words, expected numbers or few categories")
            }
            Self::Undeclared(found) => {
                write!(f, "found `{found}`, expected one of the values that the header declares")
            }
            Self::NoValues => write!(f, "found missing values in every row, expected at least one value"),
            Self::NotFinite(found) => write!(f, "found `{found}`, expected a finite number"),
            Self::NotWhole(found) => {
                write!(f, "found `{found}`, expected a whole number as a class label")
            }
            Self::MixedLabels { found, first, first_at } => write!(
                f,
                "found `{found}` after `{first}` in {first_at}, expected all class labels to be whole numbers or \
                 all to be words"
            ),
        }
    }
}
