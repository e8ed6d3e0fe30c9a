//! What a plugin says of its optimizers, copied out of its tables: names, parameters with defaults and ranges, documents.

use std::collections::BTreeMap;

/// The kind of a hyper-parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamKind {
    /// A floating-point number.
    Real,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// One of these words.
    Choice(Vec<String>),
    /// Any text.
    Text,
    /// A file, relative to the benchmark's folder.
    File,
    /// Everything that no other parameter declares.
    Options,
}

/// The value of a hyper-parameter.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum ParamValue {
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// A word.
    Text(String),
}

impl std::fmt::Display for ParamValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ParamValue::Boolean(value) => write!(f, "{value}"),
            ParamValue::Integer(value) => write!(f, "{value}"),
            ParamValue::Real(value) => write!(f, "{value}"),
            ParamValue::Text(value) => f.write_str(value),
        }
    }
}

/// A declared hyper-parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamInfo {
    /// Name in benchmark files.
    pub name: String,
    /// One line: meaning and unit.
    pub doc: String,
    /// Kind.
    pub kind: ParamKind,
    /// Value where the benchmark gives none; `None` where it may stay unset.
    pub default: Option<ParamValue>,
    /// Least valid value (−∞ for none), and whether it is itself excluded.
    pub min: (f64, bool),
    /// Greatest valid value (∞ for none), and whether it is itself excluded.
    pub max: (f64, bool),
    /// Range worth searching when tuning, and whether by ratio.
    pub search: Option<(f64, f64, bool)>,
}

/// An optimizer as its plugin declares it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OptimizerInfo {
    /// Name in benchmark files.
    pub name: String,
    /// Version.
    pub version: String,
    /// One line.
    pub summary: String,
    /// Update rule, requirements, references.
    pub doc: String,
    /// Does its whole work in one step.
    pub one_shot: bool,
    /// Does not begin at the shared start.
    pub own_start: bool,
    /// Never raises a smooth convex objective.
    pub descent: bool,
    /// Problem extensions that it cannot do without.
    pub requires: Vec<String>,
    /// Hyper-parameters, in the order in which the plugin expects their values.
    pub params: Vec<ParamInfo>,
}

/// Optimizers by name: what the checks of a benchmark file need to know of plugins.
pub type Catalog = BTreeMap<String, OptimizerInfo>;

impl OptimizerInfo {
    /// The hyper-parameter that a key of a benchmark file sets.
    pub fn declared(&self, name: &str) -> Option<&ParamInfo> {
        self.params.iter().find(|param| param.name == name && param.kind != ParamKind::Options)
    }

    /// The hyper-parameter that collects all other keys, if the optimizer takes any.
    pub fn free_options(&self) -> Option<&ParamInfo> {
        self.params.last().filter(|param| param.kind == ParamKind::Options)
    }
}

impl ParamInfo {
    /// Checks a value of the right kind against the declared range or words.
    ///
    /// # Errors
    ///
    /// What was expected and what was found, in words.
    pub fn check(&self, value: &ParamValue) -> Result<(), String> {
        let number = match (value, &self.kind) {
            (ParamValue::Text(word), ParamKind::Choice(words)) => {
                return if words.contains(word) {
                    Ok(())
                } else {
                    Err(format!("one of {} expected, found `{word}`", words.join(", ")))
                };
            }
            (ParamValue::Boolean(_), ParamKind::Boolean)
            | (ParamValue::Text(_), ParamKind::Text | ParamKind::File | ParamKind::Options) => return Ok(()),
            (ParamValue::Integer(number), ParamKind::Integer | ParamKind::Real) => *number as f64,
            (ParamValue::Real(number), ParamKind::Real) => *number,
            (value, kind) => return Err(format!("{} expected, found `{value}`", kind.name())),
        };
        let (min, min_open) = self.min;
        let (max, max_open) = self.max;
        let above = if min_open { number > min } else { number >= min };
        let below = if max_open { number < max } else { number <= max };
        if above && below && number.is_finite() {
            Ok(())
        } else {
            Err(format!("must be {}, found {number}", self.range_text()))
        }
    }

    /// The valid values in words: `above 0`, `at least 0 and below 1`, `any number`.
    pub fn range_text(&self) -> String {
        let lower = (self.min.0 > f64::NEG_INFINITY)
            .then(|| format!("{} {}", if self.min.1 { "above" } else { "at least" }, self.min.0));
        let upper = (self.max.0 < f64::INFINITY)
            .then(|| format!("{} {}", if self.max.1 { "below" } else { "at most" }, self.max.0));
        match (lower, upper) {
            (Some(lower), Some(upper)) => format!("{lower} and {upper}"),
            (Some(bound), None) | (None, Some(bound)) => bound,
            (None, None) => "any finite number".to_owned(),
        }
    }
}

impl ParamKind {
    /// The kind in words.
    pub fn name(&self) -> &'static str {
        match self {
            ParamKind::Real => "a number",
            ParamKind::Integer => "a whole number",
            ParamKind::Boolean => "true or false",
            ParamKind::Choice(_) => "a word",
            ParamKind::Text => "a text",
            ParamKind::File => "a file",
            ParamKind::Options => "any further keys",
        }
    }
}
