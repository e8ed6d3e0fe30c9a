//! The `model:` section of a benchmark, as written; [`crate::Model`] is its checked form.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A model as a benchmark declares it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelOptions {
    /// The likelihood.
    pub family: Family,
    /// Number of experts, 2 by default; the symmetric families have exactly 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experts: Option<usize>,
    /// `ridge / 2 * |theta|^2` is added to the mean negative log-likelihood, intercepts included.
    #[serde(default)]
    pub ridge: f64,
    /// Whether the experts' standard deviation is known or estimated (`linear`); `fixed` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
    /// The experts' standard deviation, or its start where it is estimated (`linear`); 1 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigma: Option<f64>,
    /// The least standard deviation where it is estimated (`linear`); 0.001 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigma_floor: Option<f64>,
}

impl ModelOptions {
    /// The defaults of a family: two experts, no ridge, known noise.
    pub fn new(family: Family) -> Self {
        Self { family, experts: None, ridge: 0.0, noise: None, sigma: None, sigma_floor: None }
    }
}

/// The likelihood of a mixture of experts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Two linear experts with opposite signs, unit noise.
    SymmetricLinear,
    /// Two logistic experts with opposite signs, two classes.
    SymmetricLogistic,
    /// Linear experts with Gaussian noise.
    Linear,
    /// Softmax experts over classes.
    Logistic,
}

impl Family {
    /// Every family, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::SymmetricLinear, Self::SymmetricLogistic, Self::Linear, Self::Logistic];

    /// The name in a benchmark file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SymmetricLinear => "symmetric_linear",
            Self::SymmetricLogistic => "symmetric_logistic",
            Self::Linear => "linear",
            Self::Logistic => "logistic",
        }
    }

    /// One line for listings.
    pub fn description(self) -> &'static str {
        match self {
            Self::SymmetricLinear => {
                "two linear experts of opposite sign, logistic gate, noise 1 (SymMoLinE); real target"
            }
            Self::SymmetricLogistic => "two logistic experts of opposite sign, logistic gate (SymMoLogE); two classes",
            Self::Linear => "linear experts, softmax gate, Gaussian noise fixed or estimated (MoLinE); real target",
            Self::Logistic => "softmax experts, softmax gate (MoLogE); two or more classes",
        }
    }

    /// Whether the target is a class rather than a number.
    pub fn is_classification(self) -> bool {
        matches!(self, Self::SymmetricLogistic | Self::Logistic)
    }

    /// Whether there are exactly two experts, one the mirror image of the other.
    pub fn is_symmetric(self) -> bool {
        matches!(self, Self::SymmetricLinear | Self::SymmetricLogistic)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// What is known of the standard deviation of linear experts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Noise {
    /// Known: `sigma`.
    #[default]
    Fixed,
    /// Estimated, the same for all experts.
    Shared,
    /// Estimated, one for each expert.
    PerExpert,
}

impl Noise {
    /// Every mode, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Fixed, Self::Shared, Self::PerExpert];

    /// The name in a benchmark file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Shared => "shared",
            Self::PerExpert => "per_expert",
        }
    }

    /// Whether the standard deviation is part of theta.
    pub fn is_estimated(self) -> bool {
        self != Self::Fixed
    }
}

impl fmt::Display for Noise {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_read_as_in_a_benchmark() {
        let options: ModelOptions =
            serde_json::from_str(r#"{ "family": "linear", "experts": 3, "noise": "per_expert", "sigma": 0.5 }"#)
                .unwrap();
        assert_eq!(options.family, Family::Linear);
        assert_eq!(options.noise, Some(Noise::PerExpert));
        assert_eq!(options.ridge.to_bits(), 0.0_f64.to_bits());
        let unknown = serde_json::from_str::<ModelOptions>(r#"{ "family": "linear", "k": 3 }"#);
        assert!(unknown.unwrap_err().to_string().contains("unknown field `k`"));
    }

    #[test]
    fn the_schema_names_every_option() {
        let schema = serde_json::to_value(schemars::schema_for!(ModelOptions)).unwrap();
        let mut names: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        names.sort_unstable();
        assert_eq!(names, ["experts", "family", "noise", "ridge", "sigma", "sigma_floor"]);
        assert_eq!(schema["additionalProperties"], false);
    }

    #[test]
    fn names_are_those_of_serde() {
        for family in Family::ALL {
            assert_eq!(serde_json::to_value(family).unwrap(), family.as_str());
            assert_eq!(family.to_string(), family.as_str());
        }
        for noise in Noise::ALL {
            assert_eq!(serde_json::to_value(noise).unwrap(), noise.as_str());
        }
    }
}
