//! A dataset in memory: numbers with names, and the truth where it is known. It knows no model and no file.

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::numbers::Numbers;

/// The most numbers that a table may hold: 32 GiB of them.
pub(crate) const MAX_CELLS: u128 = 1 << 32;

/// The most columns that a file may have: each costs a name, and more.
pub(crate) const MOST_COLUMNS: usize = 1 << 21;

/// Whole numbers below this are exact as 64-bit floats, each with a neighbour that is another number.
pub(crate) const EXACT: f64 = (1_u64 << 53) as f64;

/// A whole dataset, as its source gives it: not yet split, standardized or given an intercept.
///
/// A feature is NaN only where its value is missing and `missing` says that it is filled in from the training rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The registered name, or the file as the benchmark writes it.
    pub name: String,
    /// The names of the features, in the order of the columns.
    pub columns: Vec<String>,
    /// The number of rows.
    pub n: usize,
    /// The number of features.
    pub d: usize,
    /// The features, row by row.
    pub x: Numbers,
    /// The name of the target.
    pub target_name: String,
    /// The target of every row.
    pub target: Target,
    /// The parameters that the rows were drawn from, for synthetic sets.
    pub truth: Option<Truth>,
    /// The first row of the official test part, which reaches to the last row; `None` where there is no such part.
    pub test_from: Option<usize>,
    /// Whether features may be NaN, to be filled in from the training rows.
    pub fills_gaps: bool,
    /// How many of the leading transforms the reader of the file has applied.
    pub applied: usize,
    /// The content hash of the source, in hex: what [`content_hash`](crate::content_hash) gives.
    pub hash: String,
}

/// What is predicted, one value a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Real numbers.
    Real(Vec<f64>),
    /// Classes: `names` are sorted (numbers by value, words by codepoint; where the file declares an order, by that) and
    /// a label is an index into them.
    Classes {
        /// One label a row, below `names.len()`.
        labels: Vec<u32>,
        /// The classes of the whole table, present in this part of it or not.
        names: Vec<String>,
    },
}

/// The parameters that a synthetic set was drawn from, in the models' order and identification.
///
/// The gate's last column and the last class column are 0 and are not stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The gate's columns, each with one coefficient a feature: one for symmetric families, else experts − 1.
    pub gate: Vec<Vec<f64>>,
    /// The columns of every expert: one for a real target and for symmetric families, else classes − 1.
    pub experts: Vec<Vec<Vec<f64>>>,
    /// The standard deviation of the noise; 1 for classes, where it means nothing.
    pub sigma: f64,
    /// The family of models that holds this truth, such as `symmetric_linear`.
    pub family: String,
}

impl Table {
    /// A table of nothing, for its fields.
    pub(crate) fn empty() -> Self {
        Self {
            name: String::new(),
            columns: Vec::new(),
            n: 0,
            d: 0,
            x: Vec::new().into(),
            target_name: String::new(),
            target: Target::Real(Vec::new()),
            truth: None,
            test_from: None,
            fills_gaps: false,
            applied: 0,
            hash: String::new(),
        }
    }
}

impl Target {
    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Real(values) => values.len(),
            Self::Classes { labels, .. } => labels.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values at `rows`, in that order; the names of the classes stay.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Real(values) => Self::Real(rows.iter().map(|&i| values[i]).collect()),
            Self::Classes { labels, names } => {
                Self::Classes { labels: rows.iter().map(|&i| labels[i]).collect(), names: names.clone() }
            }
        }
    }

    /// Classes from whole numbers, sorted by value.
    pub(crate) fn from_whole_numbers(values: &[f64]) -> Self {
        let mut distinct = values.to_vec();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        let labels = values.iter().map(|v| label(distinct.partition_point(|w| w.total_cmp(v).is_lt()))).collect();
        Self::Classes { labels, names: distinct.iter().map(f64::to_string).collect() }
    }

    /// Classes from words in the order they appeared (`words`, distinct) and an index into them a row; sorted by codepoint.
    pub(crate) fn from_words(words: &[String], indices: &[u32]) -> Self {
        let mut order: Vec<usize> = (0..words.len()).collect();
        order.sort_by(|&a, &b| words[a].cmp(&words[b]));
        let mut rank = vec![0; words.len()];
        for (place, &word) in order.iter().enumerate() {
            rank[word] = label(place);
        }
        Self::Classes {
            labels: indices.iter().map(|&i| rank[i as usize]).collect(),
            names: order.iter().map(|&i| words[i].clone()).collect(),
        }
    }

    /// Refuses a classification target with a single class.
    pub(crate) fn check_classes(&self, dataset: &str, target: &str) -> Result<(), DataError> {
        match self {
            Self::Classes { names, .. } if names.len() == 1 => Err(DataError::OneClass {
                dataset: dataset.to_owned(),
                target: target.to_owned(),
                class: names[0].clone(),
            }),
            _ => Ok(()),
        }
    }
}

impl Truth {
    /// The truth as one vector in the models' order: gate columns, expert by expert column by column, then `log_sigmas`
    /// times log σ (0 where σ is not estimated, 1 where it is shared, the number of experts where each has its own).
    pub fn theta(&self, log_sigmas: usize) -> Vec<f64> {
        let columns = self.gate.iter().chain(self.experts.iter().flatten());
        let mut theta: Vec<f64> = columns.flatten().copied().collect();
        theta.extend(std::iter::repeat_n(self.sigma.ln(), log_sigmas));
        theta
    }
}

/// An index of a class as a label.
pub(crate) fn label(index: usize) -> u32 {
    u32::try_from(index).expect("a table has fewer rows, so fewer classes, than 2^32")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_sorted_by_value() {
        let target = Target::from_whole_numbers(&[10.0, 9.0, -1.0, 10.0]);
        let names = ["-1", "9", "10"].map(String::from).to_vec();
        assert_eq!(target, Target::Classes { labels: vec![2, 1, 0, 2], names });
    }

    #[test]
    fn words_are_sorted_by_codepoint() {
        let target = Target::from_words(&["b".into(), "Z".into(), "é".into(), "a".into()], &[0, 1, 2, 3, 0]);
        let names = ["Z", "a", "b", "é"].map(String::from).to_vec();
        assert_eq!(target, Target::Classes { labels: vec![2, 0, 3, 1, 2], names });
    }

    #[test]
    fn theta_is_gate_then_experts_then_log_sigmas() {
        let truth = Truth {
            gate: vec![vec![1.0, 2.0]],
            experts: vec![vec![vec![3.0, 4.0], vec![5.0, 6.0]], vec![vec![7.0, 8.0], vec![9.0, 10.0]]],
            sigma: 1.0,
            family: "logistic".into(),
        };
        let theta: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(truth.theta(0), theta);
        assert_eq!(truth.theta(2), [theta, vec![0.0, 0.0]].concat());
    }
}
