//! `analysis:` of a benchmark file: how the report judges. Nothing here changes what runs, so a report can be rendered
//! again under other settings.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// How the report judges.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename = "analysis")]
pub struct AnalysisOptions {
    /// Label of the optimizer that ratios over all problems are relative to; the first of the file if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// The cost that decides who is first (passes).
    pub cost: CostAxis,
    /// What counts as reached.
    pub target: TargetOptions,
    /// Confidence intervals.
    pub ci: CiOptions,
    /// Paired tests.
    pub test: TestOptions,
}

/// A measure of cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", rename = "cost_axis")]
pub enum CostAxis {
    /// The optimizer's own steps.
    Iterations,
    /// Machine-free cost.
    #[default]
    Passes,
    /// Wall-clock seconds.
    Seconds,
    /// CPU seconds.
    Cpu,
}

/// Targets for the gap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename = "target")]
pub struct TargetOptions {
    /// The gap that decides: `stat` for the statistical precision p/(2n), or a number in nats per row (stat).
    pub headline: Headline,
    /// Targets per decade of the ladder (5).
    #[serde(deserialize_with = "per_decade")]
    pub ladder_per_decade: u32,
    /// Decades of the ladder, from the median gap of the starts downwards (8).
    #[serde(deserialize_with = "decades")]
    pub decades: u32,
}

impl Default for TargetOptions {
    fn default() -> Self {
        Self { headline: Headline::Statistical, ladder_per_decade: 5, decades: 8 }
    }
}

/// Confidence intervals and bands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename = "ci")]
pub struct CiOptions {
    /// Confidence level (0.95).
    #[serde(deserialize_with = "share")]
    pub level: f64,
    /// Resamples of the bootstrap of bands (2000).
    #[serde(deserialize_with = "resamples")]
    pub resamples: u32,
    /// Seed of the bootstrap (20240601).
    pub seed: u64,
}

impl Default for CiOptions {
    fn default() -> Self {
        Self { level: 0.95, resamples: 2000, seed: 20_240_601 }
    }
}

/// Paired tests.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename = "test")]
pub struct TestOptions {
    /// Significance level after correction (0.05).
    #[serde(deserialize_with = "share")]
    pub level: f64,
    /// Costs within this factor count as equal (1.05).
    #[serde(deserialize_with = "factor")]
    pub rope: f64,
    /// Correction for testing many pairs (holm).
    pub correction: Correction,
}

impl Default for TestOptions {
    fn default() -> Self {
        Self { level: 0.05, rope: 1.05, correction: Correction::Holm }
    }
}

/// Correction for testing many pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", rename = "correction")]
pub enum Correction {
    /// Holm's, over all pairs of all problems.
    #[default]
    Holm,
    /// None: every pair for itself.
    None,
}

/// The gap that decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Headline {
    /// p/(2n), p parameters and n training rows.
    Statistical,
    /// A given gap in nats per row.
    Gap(f64),
}

impl Serialize for Headline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Headline::Statistical => serializer.serialize_str("stat"),
            Headline::Gap(gap) => serializer.serialize_f64(*gap),
        }
    }
}

impl<'de> Deserialize<'de> for Headline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StatOrGap;
        impl Visitor<'_> for StatOrGap {
            type Value = Headline;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`stat` or a number")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Headline, E> {
                if word == "stat" { Ok(Headline::Statistical) } else { Err(E::unknown_variant(word, &["stat"])) }
            }

            fn visit_f64<E: de::Error>(self, gap: f64) -> Result<Headline, E> {
                if gap.is_finite() && gap > 0.0 { Ok(Headline::Gap(gap)) } else { Err(E::custom("must be above 0")) }
            }

            fn visit_u64<E: de::Error>(self, gap: u64) -> Result<Headline, E> {
                self.visit_f64(gap as f64)
            }

            fn visit_i64<E: de::Error>(self, gap: i64) -> Result<Headline, E> {
                self.visit_f64(gap as f64)
            }
        }
        deserializer.deserialize_any(StatOrGap)
    }
}

impl JsonSchema for Headline {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "headline".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "const": "stat" }, { "type": "number", "exclusiveMinimum": 0 }] })
    }
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(deserializer)?;
    if value > 0.0 && value < 1.0 { Ok(value) } else { Err(de::Error::custom("must be between 0 and 1")) }
}

fn factor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(deserializer)?;
    if (1.0..=10.0).contains(&value) { Ok(value) } else { Err(de::Error::custom("must be between 1 and 10")) }
}

fn per_decade<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    between(deserializer, 1, 20, "must be between 1 and 20")
}

fn decades<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    between(deserializer, 1, 15, "must be between 1 and 15")
}

fn resamples<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    between(deserializer, 100, 100_000, "must be between 100 and 100000")
}

fn between<'de, D: Deserializer<'de>>(deserializer: D, low: u32, high: u32, fault: &str) -> Result<u32, D::Error> {
    let value = u32::deserialize(deserializer)?;
    if (low..=high).contains(&value) { Ok(value) } else { Err(de::Error::custom(fault)) }
}

/// Reads `analysis:` of a resolved benchmark file; the defaults if it has none.
///
/// # Errors
///
/// The text is not YAML, or its settings are not valid.
pub fn read_analysis(yaml: &str) -> Result<AnalysisOptions, String> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct File {
        analysis: AnalysisOptions,
    }
    if yaml.trim().is_empty() {
        return Ok(AnalysisOptions::default());
    }
    serde_yaml::from_str::<File>(yaml).map(|file| file.analysis).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_writing_and_reading() {
        let text = "name: x\nanalysis:\n  baseline: em\n  cost: cpu\n  target: { headline: 1e-3 }\n  ci: { level: 0.9 \
                    }\n  test: { rope: 1.1, correction: none }\n";
        let options = read_analysis(text).unwrap();
        assert_eq!(options.target.headline, Headline::Gap(1e-3));
        assert_eq!((options.ci.level, options.ci.resamples, options.test.rope), (0.9, 2000, 1.1));
        assert_eq!((options.cost, options.test.correction), (CostAxis::Cpu, Correction::None));
        let written = serde_yaml::to_string(&std::collections::BTreeMap::from([("analysis", &options)])).unwrap();
        assert_eq!(read_analysis(&written).unwrap(), options);
        assert_eq!(read_analysis("name: x\n").unwrap(), AnalysisOptions::default());
    }

    #[test]
    fn impossible_settings_are_refused() {
        for wrong in ["ci: { level: 1 }", "test: { rope: 0.9 }", "target: { headline: fast }", "ci: { B: 10 }"] {
            assert!(read_analysis(&format!("analysis: {{ {wrong} }}\n")).is_err(), "{wrong}");
        }
    }
}
