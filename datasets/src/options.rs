//! What a benchmark file says under `dataset:`. The doc comments here are the text of the JSON schema.
//!
//! Which options an entry takes, and what its defaults are, is known to the entry alone.

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::DataError;

/// The largest norm or standard deviation: far beyond use, and no drawn number overflows.
const LARGEST: f64 = 1e100;

/// A dataset: a registered set by `name`, or a CSV file by `file` and `target`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// A registered dataset, embedded or synthetic; `harness list datasets` shows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A CSV file with a header line; a relative path is relative to the benchmark file.
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
    /// The share of the rows, drawn at random, that is held out as the test part: in [0, 1).
    #[serde(default)]
    #[schemars(extend("minimum" = 0.0, "exclusiveMaximum" = 1.0))]
    pub test_fraction: f64,
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
        if self.standardize_target && self.task == Some(Task::Classification) {
            return Err(DataError::StandardizeClasses);
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
        assert_eq!(properties.len(), 16);
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
