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
#[derive(Debug, Clone, PartialEq)]
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
    /// Problem extensions that it cannot do without.
    pub requires: Vec<String>,
    /// Hyper-parameters, in the order in which the plugin expects their values.
    pub params: Vec<ParamInfo>,
}

/// Optimizers by name: what the checks of a benchmark file need to know of plugins.
pub type Catalog = BTreeMap<String, OptimizerInfo>;
