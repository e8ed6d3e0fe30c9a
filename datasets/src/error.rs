//! Why a dataset cannot be had. Variants carry data; the message says what was found and expected, the hint what to do.

mod cell;
mod file;
mod help;
mod prepare;

use std::path::PathBuf;

pub use self::cell::{At, CellProblem};
pub use self::file::FileError;
pub(crate) use self::help::{excerpt, nearest};
pub use self::prepare::PrepareError;
use crate::options::Task;

/// Why a dataset is refused.
///
/// The message is one line without what to do about it; that is [`help`](Self::help). The option of the benchmark file to
/// point at is [`option`](Self::option).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Something is wrong with a file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The table cannot be prepared.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
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
}
