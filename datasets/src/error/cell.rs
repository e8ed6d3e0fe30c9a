//! Where in a file something is wrong, and what is wrong with a cell.

use std::fmt;

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
    /// No target: an empty cell or a usual mark.
    MissingTarget(String),
    /// A column of what is neither numbers nor words.
    Kind(String),
    /// Text in a feature column.
    TextFeature(String),
    /// A number with commas, which would be read as a word.
    Comma(String),
    /// A number in a column of words.
    NumberAmongWords {
        /// The cell.
        found: String,
        /// The first word of the column.
        first: String,
        /// Where it is.
        first_at: At,
    },
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
    /// A whole number so large that 64-bit floats do not tell it from its neighbours.
    LargeLabel(String),
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
            Self::MissingTarget(found) if found.is_empty() => write!(f, "found an empty cell, expected a target"),
            Self::MissingTarget(found) => write!(f, "found the missing value `{found}`, expected a target"),
            Self::Kind(found) => write!(f, "found {found}, expected numbers, truth values or text"),
            Self::TextFeature(found) | Self::TextTarget(found) => {
                write!(f, "found the text `{found}`, expected a number")
            }
            Self::Comma(found) => {
                write!(f, "found `{found}`, expected a number with a decimal point and without other marks")
            }
            Self::NumberAmongWords { found, first, first_at } => {
                write!(
                    f,
                    "found the number `{found}` after the word `{first}` in {first_at}, expected one or the other"
                )
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
            Self::LargeLabel(found) => {
                write!(f, "found `{found}`, expected a category or class label below 2^53, which is exact")
            }
            Self::MixedLabels { found, first, first_at } => write!(
                f,
                "found `{found}` after `{first}` in {first_at}, expected all class labels to be whole numbers or \
                 all to be words"
            ),
        }
    }
}

impl CellProblem {
    /// What to do about it.
    pub(super) fn help(&self) -> &'static str {
        match self {
            Self::Empty | Self::Missing(_) => {
                "fill it in, or say what to do with `missing: drop_rows`, `mean` or `category`"
            }
            Self::TextFeature(_) => {
                "correct the value, or list the column under `categorical` if it is one of categories"
            }
            Self::Comma(_) => {
                "write the numbers with a decimal point, or list the column under `categorical` if it is one of \
                 categories"
            }
            Self::MissingTarget(_) => "fill it in, or leave such rows out with `missing: drop_rows`",
            Self::NumberAmongWords { .. } => {
                "correct the value or the word, or list the column under `categorical`; in a file without a header \
                 write `header: false`"
            }
            Self::TooManyWords { .. } => "drop the column with `transforms`, or list it under `categorical`",
            Self::Undeclared(_) => "correct the value or its declaration",
            Self::Kind(_) => "convert the column, or drop it with `transforms: [{ kind: drop, columns: [...] }]`",
            Self::NoValues => "drop the column with `transforms: [{ kind: drop, columns: [...] }]`",
            Self::TextTarget(_) => "choose a numeric target, or a model family for classification",
            Self::NotFinite(_) => "correct the value or remove the row",
            Self::NotWhole(_) => "choose a model family for regression, or a target of classes",
            Self::LargeLabel(_) => "number the categories from 0, or write them as words",
            Self::MixedLabels { .. } => "correct the label, or rename the classes",
        }
    }
}
