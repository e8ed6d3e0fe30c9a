//! How a file is to be read: what the benchmark or a registry entry says about it, whatever its format.

use std::collections::{BTreeSet, HashSet};

use crate::format::Format;
use crate::options::{Missing, Options, Task};
use crate::transforms::{Kind, Transform};

/// What a reader needs to know beyond the bytes.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) task: Task,
    /// The column to predict, by its name; `last` is the last one where none has that name.
    pub(crate) target: Option<String>,
    /// The format; by the file's name without.
    pub(crate) format: Option<Format>,
    /// Whether text has a line of names.
    pub(crate) header: bool,
    /// What separates cells; found from the first line without.
    pub(crate) delimiter: Option<String>,
    pub(crate) missing: Missing,
    /// Further marks of missing values.
    pub(crate) marks: Vec<String>,
    /// Columns to one-hot encode although they hold numbers, or more words than a column usually does.
    pub(crate) categorical: HashSet<String>,
    /// The number of features, for sparse files that may leave out the last ones.
    pub(crate) features: Option<usize>,
    /// Columns that are no features.
    pub(crate) left_out: HashSet<String>,
    /// The leading `drop` and `select` transforms: what they remove need not be read.
    pub(crate) choice: Vec<(bool, HashSet<String>)>,
}

impl Reading {
    /// What the options say.
    pub(crate) fn new(options: &Options, task: Task) -> Self {
        Self {
            task,
            target: options.target.clone(),
            format: options.format,
            header: options.header.unwrap_or(true),
            delimiter: options.delimiter.clone(),
            missing: options.missing.unwrap_or_default(),
            marks: options.missing_values.clone(),
            categorical: options.categorical.iter().cloned().collect(),
            features: options.features,
            left_out: HashSet::new(),
            choice: choice(&options.transforms),
        }
    }

    /// Whether numbers may be missing or mean categories, so that each must be looked at by itself.
    pub(crate) fn looks_at_cells(&self) -> bool {
        self.missing != Missing::Error || !self.marks.is_empty() || !self.categorical.is_empty()
    }

    /// Everything that decides how bytes become a table, the same text for the same reading.
    pub(crate) fn key(&self) -> String {
        let Self { task, target, format, header, delimiter, missing, marks, categorical, features, left_out, choice } =
            self;
        let sorted = |names: &HashSet<String>| names.iter().cloned().collect::<BTreeSet<_>>();
        let choice: Vec<_> = choice.iter().map(|(keeps, names)| (keeps, sorted(names))).collect();
        let (categorical, left_out) = (sorted(categorical), sorted(left_out));
        format!(
            "{:?}",
            (task, target, format, header, delimiter, missing, marks, categorical, features, left_out, choice)
        )
    }

    /// Whether a feature column is wanted at all.
    pub(crate) fn keeps(&self, name: &str) -> bool {
        !self.left_out.contains(name)
            && self.choice.iter().all(|(keep, names)| if *keep { names.contains(name) } else { !names.contains(name) })
    }
}

/// What the leading transforms keep or drop. A name such as `sex=F` is of a column that is made later.
fn choice(transforms: &[Transform]) -> Vec<(bool, HashSet<String>)> {
    transforms
        .iter()
        .take_while(|transform| {
            matches!(transform.kind, Kind::Drop | Kind::Select)
                && transform.columns.iter().all(|name| !name.contains('='))
        })
        .map(|transform| (transform.kind == Kind::Select, transform.columns.iter().cloned().collect()))
        .collect()
}
