//! What a benchmark file says under `dataset:`. The doc comments here are the text of the JSON schema.
//!
//! Which options an entry takes, and what its defaults are, is known to the entry alone.

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{DataError, PrepareError};
use crate::format::Format;
use crate::matrix::Storage;
use crate::transforms::Transform;

/// The largest norm or standard deviation: far beyond use, and no drawn number overflows.
const LARGEST: f64 = 1e100;

/// A dataset: a registered set by `name`, or a data file by `file` and `target`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "a mapping of switches in a file")]
pub struct Options {
    /// A registered dataset, embedded or synthetic; `harness list datasets` shows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A data file (CSV, TSV, LIBSVM, IDX, CIFAR-10, NPY, NPZ, Parquet, ARFF; gzip too); a relative path is relative to
    /// the benchmark file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The column to predict: required for a file, and for a set with several targets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How to read the target; without it, as the model needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
    /// Center and scale every feature by the training rows' mean and 1/n standard deviation; constant columns are dropped.
    #[serde(default)]
    pub standardize: bool,
    /// Center and scale a real target by the training rows' mean and 1/n standard deviation.
    #[serde(default)]
    pub standardize_target: bool,
    /// Add a column of ones, named `intercept`, as the last column.
    #[serde(default)]
    pub intercept: bool,
    /// How the columns' values are stored: `f32` rounds them to about 7 digits and, once they are loaded, takes half the
    /// memory, and less time where that is what a pass waits for; all arithmetic is in f64 (f64).
    #[serde(default, skip_serializing_if = "Storage::is_default")]
    pub storage: Storage,
    /// Changes to the columns and rows, in this order, after the split and before `standardize` and `intercept`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transforms: Vec<Transform>,
    /// The share of the rows, drawn at random, that is held out as the test part: in [0, 1).
    #[serde(default)]
    #[schemars(extend("minimum" = 0.0, "exclusiveMaximum" = 1.0))]
    pub test_fraction: f64,
    /// Hold out the same share of every class (false): with `test_fraction` or `folds`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stratify: bool,
    /// Which rows are the test part: `official` is the part that the set's authors made, the default where there is one
    /// and neither `test_fraction` nor `folds` is given; else `random`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitKind>,
    /// Cut the rows into this many parts; seed s holds out part s modulo their number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2))]
    pub folds: Option<usize>,
    /// Files: the format, where the file's ending does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Text files: whether the first line has the columns' names (true); without them they are `c1`, `c2`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// Text files: what separates cells, one character, `tab` or `space`; found from the first line if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// What to do about missing values (error).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// Further marks of missing values of features, beside the empty cell and `?`, `NA`, `null` and their like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_values: Vec<String>,
    /// Columns of categories that are written as numbers, or that have more than 256 words: they are one-hot encoded, as
    /// columns of words are anyway.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categorical: Vec<String>,
    /// LIBSVM files: the number of features, where the last ones may be left out in every row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub features: Option<usize>,
    /// IDX and NPY files: the file of the labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<PathBuf>,
    /// Files: a second file of the same columns, which is the official test part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_file: Option<PathBuf>,
    /// IDX and NPY files: the file of the test part's labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_labels: Option<PathBuf>,
    /// Synthetic sets: the number of rows (1000).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub n: Option<usize>,
    /// Synthetic sets: the number of features (5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub d: Option<usize>,
    /// Synthetic `linear` and `logistic`: the number of true experts (2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub experts: Option<usize>,
    /// Synthetic `logistic`: the number of classes (3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2))]
    pub classes: Option<usize>,
    /// Synthetic sets: the Euclidean norm of every true gate column (2.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub gate_norm: Option<f64>,
    /// Synthetic sets: the Euclidean norm of every true expert column (2.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub beta_norm: Option<f64>,
    /// Synthetic `symmetric_linear` and `linear`: the standard deviation of the noise (1), above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub sigma: Option<f64>,
    /// Synthetic sets: the law of the features (gaussian).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<CovariateLaw>,
    /// Synthetic sets: the share of rows with ten times the noise, or with any of the classes (0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub outliers: Option<f64>,
    /// Synthetic sets: the correlation between any two features (0), in [0, 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("minimum" = 0.0, "exclusiveMaximum" = 1.0))]
    pub collinearity: Option<f64>,
    /// Synthetic sets: the mean of the features along the first gate column (0); the larger, the rarer are all experts
    /// but the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub imbalance: Option<f64>,
    /// Synthetic `deep_linear` and `deep_logistic`: hidden units of the networks that drew the targets (8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub hidden: Option<usize>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Which rows are held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SplitKind {
    /// Rows drawn at random, as `test_fraction` or `folds` say.
    Random,
    /// The test part that the set's authors made.
    Official,
}

/// What to do about missing values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Refuse the file.
    #[default]
    Error,
    /// Leave the row out.
    DropRows,
    /// Fill in the mean of the column's training rows; for words, the share of each.
    Mean,
    /// A missing word is a word of its own, `missing`; a missing number is the mean, and marked in a further column.
    Category,
}

/// What is predicted: a real number or a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// The target is a real number.
    Regression,
    /// The target is one of several classes.
    Classification,
}

/// The law of synthetic features; the coordinates are independent, with mean 0 and variance 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CovariateLaw {
    /// Standard normal coordinates.
    #[default]
    Gaussian,
    /// Student's t with 4 degrees of freedom, scaled to variance 1: heavy tails.
    StudentT,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Regression => "regression",
            Self::Classification => "classification",
        })
    }
}

impl CovariateLaw {
    /// The name in a benchmark file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gaussian => "gaussian",
            Self::StudentT => "student_t",
        }
    }
}

impl Options {
    /// The names of the options given that only some datasets take, in the order of declaration.
    pub(crate) fn specific(&self) -> impl Iterator<Item = &'static str> {
        [
            ("target", self.target.is_some()),
            ("n", self.n.is_some()),
            ("d", self.d.is_some()),
            ("experts", self.experts.is_some()),
            ("classes", self.classes.is_some()),
            ("gate_norm", self.gate_norm.is_some()),
            ("beta_norm", self.beta_norm.is_some()),
            ("sigma", self.sigma.is_some()),
            ("x", self.x.is_some()),
            ("outliers", self.outliers.is_some()),
            ("collinearity", self.collinearity.is_some()),
            ("imbalance", self.imbalance.is_some()),
            ("hidden", self.hidden.is_some()),
            ("format", self.format.is_some()),
            ("header", self.header.is_some()),
            ("delimiter", self.delimiter.is_some()),
            ("missing", self.missing.is_some()),
            ("missing_values", !self.missing_values.is_empty()),
            ("categorical", !self.categorical.is_empty()),
            ("features", self.features.is_some()),
            ("labels", self.labels.is_some()),
            ("test_file", self.test_file.is_some()),
            ("test_labels", self.test_labels.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, given)| given.then_some(name))
    }

    /// Refuses values that no dataset could honour.
    pub(crate) fn check_values(&self) -> Result<(), DataError> {
        let value = |option, found: String, expected| Err(DataError::Value { option, found, expected });
        if !(0.0..1.0).contains(&self.test_fraction) {
            return value("test_fraction", self.test_fraction.to_string(), "at least 0 and below 1");
        }
        let counts = [
            ("n", self.n, 1, "at least 1"),
            ("d", self.d, 1, "at least 1"),
            ("experts", self.experts, 1, "at least 1"),
            ("classes", self.classes, 2, "at least 2"),
            ("hidden", self.hidden, 1, "at least 1"),
            ("folds", self.folds, 2, "at least 2"),
            ("features", self.features, 1, "at least 1"),
        ];
        for (option, found, least, expected) in counts {
            if let Some(found) = found.filter(|&found| found < least) {
                return value(option, found.to_string(), expected);
            }
        }
        for (option, found) in [("gate_norm", self.gate_norm), ("beta_norm", self.beta_norm)] {
            if let Some(found) = found.filter(|v| !((0.0..=LARGEST).contains(v))) {
                return value(option, found.to_string(), "between 0 and 1e100");
            }
        }
        if let Some(found) = self.sigma.filter(|v| !(*v > 0.0 && *v <= LARGEST)) {
            return value("sigma", found.to_string(), "above 0 and at most 1e100");
        }
        if let Some(found) = self.outliers.filter(|v| !(0.0..=1.0).contains(v)) {
            return value("outliers", found.to_string(), "between 0 and 1");
        }
        if let Some(found) = self.collinearity.filter(|v| !(0.0..1.0).contains(v)) {
            return value("collinearity", found.to_string(), "at least 0 and below 1");
        }
        if let Some(found) = self.imbalance.filter(|v| !(0.0..=LARGEST).contains(v)) {
            return value("imbalance", found.to_string(), "between 0 and 1e100");
        }
        if let Some(delimiter) = &self.delimiter {
            let is_one = delimiter.len() == 1 && !delimiter.contains(['"', '\n', '\r', ' ', '\t']);
            if !is_one && !matches!(delimiter.as_str(), "tab" | "space") {
                return value("delimiter", format!("`{delimiter}`"), "one character such as `;`, or `tab` or `space`");
            }
        }
        for transform in &self.transforms {
            transform.check()?;
        }
        self.check_split()?;
        if self.standardize_target && self.task == Some(Task::Classification) {
            return Err(PrepareError::StandardizeClasses.into());
        }
        Ok(())
    }

    /// Refuses two ways of splitting at once.
    fn check_split(&self) -> Result<(), DataError> {
        let conflict = |option, other| Err(PrepareError::SplitConflict { option, other }.into());
        let (fraction, folds) = (self.test_fraction > 0.0, self.folds.is_some());
        if folds && fraction {
            return conflict("folds", "test_fraction");
        }
        if self.split == Some(SplitKind::Official) {
            if fraction {
                return conflict("test_fraction", "split: official");
            }
            if folds {
                return conflict("folds", "split: official");
            }
        }
        if self.stratify && !fraction && !folds {
            return Err(PrepareError::NothingToStratify.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(yaml: &str) -> String {
        let options: Options = serde_yaml::from_str(yaml).unwrap();
        options.check_values().unwrap_err().to_string()
    }

    #[test]
    fn reads_a_flat_mapping_and_refuses_unknown_keys() {
        let options: Options =
            serde_yaml::from_str("{ name: symmetric_linear, n: 20, gate_norm: 2, x: student_t }").unwrap();
        assert_eq!(options.n, Some(20));
        assert_eq!(options.gate_norm, Some(2.0));
        assert_eq!(options.x, Some(CovariateLaw::StudentT));
        assert!(!options.standardize);
        let error = serde_yaml::from_str::<Options>("{ name: iris, standardise: true }").unwrap_err();
        assert!(error.to_string().starts_with("unknown field `standardise`"), "{error}");
    }

    #[test]
    fn writes_only_what_is_said() {
        let options: Options = serde_yaml::from_str("{ name: iris, task: classification }").unwrap();
        assert_eq!(
            serde_json::to_string(&options).unwrap(),
            r#"{"name":"iris","task":"classification","standardize":false,"standardize_target":false,"intercept":false,"test_fraction":0.0}"#
        );
    }

    #[test]
    fn every_option_has_a_description_in_the_schema() {
        let schema = serde_json::to_value(schemars::schema_for!(Options)).unwrap();
        let properties = schema["properties"].as_object().unwrap();
        assert_eq!(properties.len(), 35);
        for (name, property) in properties {
            assert!(property["description"].is_string(), "{name}");
        }
        assert_eq!(schema["additionalProperties"], false);
    }

    #[test]
    fn impossible_values() {
        assert_eq!(error("test_fraction: 1"), "impossible `test_fraction`: found 1, expected at least 0 and below 1");
        assert_eq!(
            error("test_fraction: .nan"),
            "impossible `test_fraction`: found NaN, expected at least 0 and below 1"
        );
        assert_eq!(error("n: 0"), "impossible `n`: found 0, expected at least 1");
        assert_eq!(error("classes: 1"), "impossible `classes`: found 1, expected at least 2");
        assert_eq!(error("beta_norm: -1"), "impossible `beta_norm`: found -1, expected between 0 and 1e100");
        assert_eq!(error("sigma: 0"), "impossible `sigma`: found 0, expected above 0 and at most 1e100");
        assert_eq!(
            error("{ standardize_target: true, task: classification }"),
            "`standardize_target` needs a real target: found classes"
        );
    }
}
