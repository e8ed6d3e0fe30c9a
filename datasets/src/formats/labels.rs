//! The target of a file, cell by cell: real numbers, or classes that are all whole numbers or all words.

use std::collections::HashMap;

use super::number::has_comma;
use crate::error::{At, CellProblem, excerpt};
use crate::options::Task;
use crate::table::{EXACT, Target, label};

/// The usual marks of a missing value that are no likely names of a class.
const MISSING: [&str; 8] = ["?", "NA", "N/A", "na", "n/a", "#N/A", "null", "NULL"];

/// The target so far. Class labels are numbers or words as the first row has it.
pub(super) enum Labels {
    Real(Vec<f64>),
    Undecided,
    Numbers {
        values: Vec<f64>,
        first: String,
        first_at: At,
    },
    Words {
        words: Vec<String>,
        index: HashMap<String, u32>,
        rows: Vec<u32>,
        first_at: At,
    },
    /// Classes that the file names beforehand, in their order.
    Declared {
        words: Vec<String>,
        index: HashMap<String, u32>,
        rows: Vec<u32>,
    },
}

impl Labels {
    pub(super) fn new(task: Task) -> Self {
        match task {
            Task::Regression => Self::Real(Vec::new()),
            Task::Classification => Self::Undecided,
        }
    }

    /// Classes in the order of the file's own list.
    pub(super) fn declared(words: Vec<String>) -> Self {
        let index = words.iter().enumerate().filter(|(_, word)| !is_never_declared(word));
        let index = index.map(|(i, word)| (word.clone(), label(i))).collect();
        Self::Declared { words, index, rows: Vec::new() }
    }

    /// Whether the file declares a class of that name.
    pub(super) fn declares(&self, cell: &str) -> bool {
        matches!(self, Self::Declared { index, .. } if index.contains_key(cell))
    }

    /// Adds a number if that needs no further look; says whether it did.
    #[inline]
    pub(super) fn push_number(&mut self, value: f64) -> bool {
        match self {
            Self::Real(values) => values.push(value),
            // `+ 0.0` makes -0 and 0 one class.
            Self::Numbers { values, .. } if value.fract() == 0.0 && value.abs() < EXACT => values.push(value + 0.0),
            _ => return false,
        }
        true
    }

    /// Adds a cell, without the space around it.
    pub(super) fn push(&mut self, cell: &str, at: At) -> Result<(), CellProblem> {
        if let Self::Declared { index, rows, .. } = self
            && let Some(&class) = index.get(cell)
        {
            rows.push(class);
            return Ok(());
        }
        if cell.is_empty() || MISSING.contains(&cell) {
            return Err(CellProblem::MissingTarget(cell.to_owned()));
        }
        if let Self::Declared { .. } = self {
            return Err(CellProblem::Undeclared(excerpt(cell)));
        }
        let number = cell.parse::<f64>().ok();
        if number.is_some_and(|value| !value.is_finite()) {
            return Err(CellProblem::NotFinite(excerpt(cell)));
        }
        if let Self::Undecided = self {
            *self = if number.is_some() {
                Self::Numbers { values: Vec::new(), first: excerpt(cell), first_at: at }
            } else {
                Self::Words { words: Vec::new(), index: HashMap::new(), rows: Vec::new(), first_at: at }
            };
        }
        let mixed = |first: &str, first_at: At| CellProblem::MixedLabels {
            found: excerpt(cell),
            first: first.to_owned(),
            first_at,
        };
        match (self, number) {
            (Self::Real(values), Some(value)) => values.push(value),
            (Self::Real(_), None) if has_comma(cell) => return Err(CellProblem::Comma(excerpt(cell))),
            (Self::Real(_), None) => return Err(text(cell)),
            (Self::Numbers { .. }, Some(value)) if value.abs() >= EXACT => {
                return Err(CellProblem::LargeLabel(excerpt(cell)));
            }
            (Self::Numbers { values, .. }, Some(value)) if value.fract() == 0.0 => values.push(value + 0.0),
            (Self::Numbers { .. }, Some(_)) => return Err(CellProblem::NotWhole(excerpt(cell))),
            (Self::Numbers { first, first_at, .. }, None) => return Err(mixed(first, *first_at)),
            (Self::Words { words, first_at, .. }, Some(_)) => {
                return Err(mixed(&excerpt(words.first().map_or("", String::as_str)), *first_at));
            }
            (Self::Words { words, index, rows, .. }, None) => {
                let word = index.get(cell).copied().unwrap_or_else(|| {
                    let word = label(words.len());
                    words.push(cell.to_owned());
                    index.insert(cell.to_owned(), word);
                    word
                });
                rows.push(word);
            }
            (Self::Undecided | Self::Declared { .. }, _) => unreachable!("decided above"),
        }
        Ok(())
    }

    /// Forgets the rows from `n` on.
    pub(super) fn truncate(&mut self, n: usize) {
        match self {
            Self::Real(values) | Self::Numbers { values, .. } => values.truncate(n),
            Self::Words { rows, .. } | Self::Declared { rows, .. } => rows.truncate(n),
            Self::Undecided => {}
        }
    }

    pub(super) fn finish(self) -> Target {
        match self {
            Self::Real(values) => Target::Real(values),
            Self::Undecided => Target::from_whole_numbers(&[]),
            Self::Numbers { values, .. } => Target::from_whole_numbers(&values),
            Self::Declared { words, rows, .. } => {
                // A class without a row is none of this table.
                let mut ranks = vec![None; words.len()];
                for &row in &rows {
                    ranks[row as usize] = Some(0);
                }
                for (rank, used) in ranks.iter_mut().flatten().enumerate() {
                    *used = label(rank);
                }
                let names = words.into_iter().zip(&ranks).filter(|(_, rank)| rank.is_some()).map(|(word, _)| word);
                let labels = rows.iter().map(|&row| ranks[row as usize].expect("a row has it")).collect();
                Target::Classes { labels, names: names.collect() }
            }
            Self::Words { words, rows, .. } => {
                // Rows may have been dropped since a word appeared.
                let mut places = vec![None; words.len()];
                let mut kept = Vec::new();
                let rows: Vec<u32> = rows
                    .iter()
                    .map(|&row| {
                        *places[row as usize].get_or_insert_with(|| {
                            kept.push(words[row as usize].clone());
                            label(kept.len() - 1)
                        })
                    })
                    .collect();
                Target::from_words(&kept, &rows)
            }
        }
    }
}

/// Whether a cell is a usual mark of a missing value.
pub(super) fn is_missing(cell: &str) -> bool {
    cell.is_empty() || MISSING.contains(&cell) || ["-", ".", "None"].contains(&cell)
}

/// Whether a target is missing: `-`, `.` and `None` may be names of a class.
pub(super) fn is_missing_target(cell: &str) -> bool {
    cell.is_empty() || MISSING.contains(&cell) || is_nan(cell)
}

/// Whether a cell is missing even where the file declares such a word; any other that it declares is one, `NA` too.
pub(super) fn is_never_declared(cell: &str) -> bool {
    cell.is_empty() || cell == "?"
}

/// Whether a cell is a number that is none.
pub(super) fn is_nan(cell: &str) -> bool {
    cell.eq_ignore_ascii_case("nan")
}

/// A target that is no number: a usual mark of a missing value, or text.
fn text(cell: &str) -> CellProblem {
    if is_missing(cell) { CellProblem::MissingTarget(cell.to_owned()) } else { CellProblem::TextTarget(excerpt(cell)) }
}
