//! What cannot be made of a table: a split, a transform, a scale.

use super::help::{owned, quoted_list};
use crate::transforms::Kind;

/// Why a table cannot be prepared as the options say.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
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
    /// A number that f32 cannot hold.
    #[error("`storage: f32`: column `{column}` holds numbers beyond 3.4e38, the largest of f32")]
    BeyondF32 {
        /// The column.
        column: String,
    },
}

impl PrepareError {
    /// What to do about it, as one line without a period; `None` where the message says it all.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::EmptyPart { part: "test", .. } => "raise `test_fraction`, or remove it",
            Self::EmptyPart { .. } => "lower `test_fraction`",
            Self::AllConstant { .. } => "check the file, or remove `standardize`",
            Self::StandardizeClasses | Self::ConstantTarget { .. } => "remove `standardize_target`",
            Self::InterceptTaken { .. } => "remove `intercept`, or rename the feature",
            Self::BeyondF32 { .. } => "standardize, or remove `storage`",
            Self::SplitConflict { .. } => "keep one of them",
            Self::NothingToStratify | Self::StratifyReal => "remove `stratify`",
            Self::NoOfficialSplit { .. } => "use `test_fraction`, `folds`, or `test_file` for a file",
            Self::TooManyFolds { .. } => "lower `folds`",
            Self::TransformNotTaken { kind, .. } => {
                return Some(format!("it takes {}", quoted_list(&owned(kind.takes()))));
            }
            Self::NeedsClasses { .. } => "remove it, or choose a model family for classification",
            Self::TransformTooLarge { .. } => "drop columns or rows before",
            Self::TooManyValues { .. } => "drop the column, or keep it as a number",
            Self::NotFinite { .. } | Self::NoComponents { .. } => "put `standardize` before it",
            Self::NoMean { .. } => "drop the column, or the rows with `missing: drop_rows`",
            Self::TransformNeeds { .. }
            | Self::TransformValue { .. }
            | Self::ColumnTwice { .. }
            | Self::NoColumnsLeft { .. } => return None,
        };
        Some(help.to_owned())
    }

    /// The option of the benchmark file that the error is about; `None` where it is the dataset as a whole.
    pub fn option(&self) -> Option<&'static str> {
        Some(match self {
            Self::SplitConflict { option, .. } => option,
            Self::NothingToStratify | Self::StratifyReal => "stratify",
            Self::NoOfficialSplit { .. } => "split",
            Self::TooManyFolds { .. } => "folds",
            Self::TransformNotTaken { .. }
            | Self::TransformNeeds { .. }
            | Self::TransformValue { .. }
            | Self::NeedsClasses { .. }
            | Self::NoColumnsLeft { .. }
            | Self::ColumnTwice { .. }
            | Self::TransformTooLarge { .. }
            | Self::TooManyValues { .. }
            | Self::NotFinite { .. }
            | Self::NoComponents { .. } => "transforms",
            Self::NoMean { .. } => "missing",
            Self::EmptyPart { .. } => "test_fraction",
            Self::StandardizeClasses | Self::ConstantTarget { .. } => "standardize_target",
            Self::InterceptTaken { .. } => "intercept",
            Self::BeyondF32 { .. } => "storage",
            Self::AllConstant { .. } => return None,
        })
    }
}
