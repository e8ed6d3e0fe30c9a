//! The registry: every named dataset describes itself here, and `harness list datasets` and the docs are made from it.
//!
//! An entry is one static: in a file of its own under `embedded` or `synthetic`, or in that of its family under
//! `published`.

use std::sync::LazyLock;

use rand::Rng;

use crate::embedded::{DIABETES, IRIS, LINNERUD, WINEQUALITY};
use crate::error::{DataError, PrepareError, nearest};
use crate::options::{Options, Task};
use crate::published::{self, Source};
use crate::synthetic::{DEEP_LINEAR, DEEP_LOGISTIC, LINEAR, LOGISTIC, SYMMETRIC_LINEAR, SYMMETRIC_LOGISTIC};
use crate::table::Table;

/// A named dataset.
pub trait Entry: Sync {
    /// What it is.
    fn info(&self) -> &Info;

    /// Refuses options that this entry cannot honour. Cheap, and opens nothing.
    fn validate(&self, options: &Options) -> Result<(), DataError>;

    /// The content hash, in hex. It does not depend on the split, on standardization or on an intercept.
    fn content_hash(&self, options: &Options) -> Result<String, DataError>;

    /// The whole table, its target read for `task`. Only generators draw from `rng`.
    fn load(&self, options: &Options, task: Task, rng: &mut dyn Rng) -> Result<Table, DataError>;
}

/// What an entry says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// The name in a benchmark file.
    pub name: &'static str,
    /// What it is, in a line.
    pub summary: &'static str,
    /// The ways to read its target.
    pub tasks: &'static [Task],
    /// The number of rows; `None` where an option sets it.
    pub n: Option<usize>,
    /// The number of features; `None` where an option sets it.
    pub d: Option<usize>,
    /// The number of classes; `None` where an option sets it, and where there are none.
    pub classes: Option<usize>,
    /// The names of its targets; several need `target`.
    pub targets: &'static [&'static str],
    /// Under what terms it may be used.
    pub licence: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// What to cite.
    pub citation: &'static str,
    /// The options that it takes beyond those common to all.
    pub parameters: &'static [Parameter],
    /// Its files; none where it is embedded or generated.
    pub sources: &'static [Source],
}

/// An option of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name in a benchmark file.
    pub name: &'static str,
    /// The value where none is given, or `required`.
    pub default: &'static str,
    /// What it means.
    pub summary: &'static str,
}

/// Every named dataset: embedded ones, then published ones, then generators.
pub fn registry() -> &'static [&'static dyn Entry] {
    static REGISTRY: LazyLock<Vec<&'static dyn Entry>> = LazyLock::new(|| {
        let embedded: [&dyn Entry; 4] = [&IRIS, &WINEQUALITY, &DIABETES, &LINNERUD];
        let generators: [&dyn Entry; 6] =
            [&SYMMETRIC_LINEAR, &SYMMETRIC_LOGISTIC, &LINEAR, &LOGISTIC, &DEEP_LINEAR, &DEEP_LOGISTIC];
        let published = published::all().map(|set| set as &dyn Entry);
        embedded.into_iter().chain(published).chain(generators).collect()
    });
    &REGISTRY
}

/// The options that every file takes, beside those common to all datasets.
pub(crate) const FILE_OPTIONS: [&str; 11] = [
    "target",
    "format",
    "header",
    "delimiter",
    "missing",
    "missing_values",
    "categorical",
    "features",
    "labels",
    "test_file",
    "test_labels",
];

/// What an entry of a table with missing values takes.
pub(crate) const MISSING: Parameter = Parameter {
    name: "missing",
    default: "error",
    summary: "what to do about missing values: error, drop_rows, mean or category",
};

/// The same, for a set whose missing words are a category.
pub(crate) const MISSING_CATEGORY: Parameter = Parameter { default: "category", ..MISSING };

/// The options that every dataset takes, files too.
pub fn common_parameters() -> &'static [Parameter] {
    &[
        Parameter {
            name: "task",
            default: "as the model needs",
            summary: "how to read the target: regression or classification",
        },
        Parameter {
            name: "standardize",
            default: "false",
            summary: "center and scale the features by the training rows; constant columns are dropped",
        },
        Parameter {
            name: "standardize_target",
            default: "false",
            summary: "center and scale a real target by the training rows",
        },
        Parameter { name: "intercept", default: "false", summary: "add a column of ones, the last" },
        Parameter { name: "storage", default: "f64", summary: "f32: columns rounded to 7 digits, in half the memory" },
        Parameter {
            name: "transforms",
            default: "none",
            summary: "an ordered list of changes to columns and rows, before standardize and intercept",
        },
        Parameter { name: "test_fraction", default: "0", summary: "share of the rows held out at random" },
        Parameter { name: "stratify", default: "false", summary: "hold out the same share of every class" },
        Parameter {
            name: "split",
            default: "official where there is one",
            summary: "which rows are held out: official, or random as test_fraction or folds say",
        },
        Parameter {
            name: "folds",
            default: "none",
            summary: "parts of the rows; seed s holds out part s modulo folds",
        },
    ]
}

/// The entry of that name, or an error that carries the nearest names.
pub fn find(name: &str) -> Result<&'static dyn Entry, DataError> {
    if let Some(entry) = registry().iter().find(|entry| entry.info().name == name) {
        return Ok(*entry);
    }
    let known: Vec<String> = registry().iter().map(|entry| entry.info().name.to_owned()).collect();
    Err(DataError::UnknownName { name: name.to_owned(), nearest: nearest(name, &known), known })
}

impl Info {
    /// Refuses options that the entry does not take, a target that it does not have and a task that it is not for.
    pub(crate) fn check(&self, options: &Options) -> Result<(), DataError> {
        let takes = |option: &str| self.parameters.iter().any(|p| p.name == option);
        if let Some(option) = options.specific().find(|option| !takes(option)) {
            return Err(DataError::NotTaken {
                dataset: self.name.to_owned(),
                option,
                takes: self.parameters.iter().map(|p| p.name.to_owned()).collect(),
            });
        }
        if takes("target") {
            self.target(options)?;
        }
        if let Some(task) = options.task {
            self.check_task(task)?;
        }
        if options.standardize_target && !self.tasks.contains(&Task::Regression) {
            return Err(PrepareError::StandardizeClasses.into());
        }
        Ok(())
    }

    /// The place of the chosen target among the entry's.
    pub(crate) fn target(&self, options: &Options) -> Result<usize, DataError> {
        let choices = || self.targets.iter().map(|&t| t.to_owned()).collect();
        match &options.target {
            None if self.targets.len() == 1 => Ok(0),
            None => Err(DataError::NeedsTarget { dataset: self.name.to_owned(), choices: choices() }),
            Some(target) => self.targets.iter().position(|t| t == target).ok_or_else(|| DataError::UnknownTarget {
                dataset: self.name.to_owned(),
                target: target.clone(),
                choices: choices(),
            }),
        }
    }

    /// Refuses a task that the entry is not for.
    pub(crate) fn check_task(&self, needed: Task) -> Result<(), DataError> {
        if self.tasks.contains(&needed) {
            return Ok(());
        }
        Err(DataError::TaskUnavailable { dataset: self.name.to_owned(), offered: self.tasks[0], needed })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn entries_describe_themselves() {
        let names: BTreeSet<&str> = registry().iter().map(|entry| entry.info().name).collect();
        assert_eq!(names.len(), registry().len(), "names are distinct");
        for entry in registry() {
            let info = entry.info();
            for text in [info.summary, info.licence, info.source, info.citation] {
                assert!(!text.is_empty(), "{}", info.name);
            }
            assert!(!info.tasks.is_empty() && !info.targets.is_empty(), "{}", info.name);
            assert!(std::ptr::addr_eq(find(info.name).unwrap(), *entry));
        }
    }

    #[test]
    fn every_parameter_is_an_option() {
        let schema = serde_json::to_value(schemars::schema_for!(Options)).unwrap();
        for entry in registry() {
            for parameter in entry.info().parameters.iter().chain(common_parameters()) {
                assert!(schema["properties"][parameter.name].is_object(), "{}", parameter.name);
            }
        }
    }

    #[test]
    fn an_unknown_name_comes_with_the_nearest() {
        let error = find("irs").map(Entry::info).unwrap_err();
        assert_eq!(error.to_string(), "unknown dataset `irs`");
        assert_eq!(error.help().unwrap(), "did you mean `iris`?");
        assert_eq!(error.option(), Some("name"));
        let error = find("zzz").map(Entry::info).unwrap_err();
        assert!(error.help().unwrap().starts_with("known datasets: `iris`, `winequality`, `diabetes`, `linnerud`, "));
    }
}
