//! Declaring hyper-parameters: `Param::real("step", "step size").default(0.1).positive()`.

use crate::abi::{
    HARNESS_PARAM_BOOLEAN, HARNESS_PARAM_CHOICE, HARNESS_PARAM_FILE, HARNESS_PARAM_INTEGER, HARNESS_PARAM_MAX_OPEN,
    HARNESS_PARAM_MIN_OPEN, HARNESS_PARAM_OPTIONAL, HARNESS_PARAM_OPTIONS, HARNESS_PARAM_REAL, HARNESS_PARAM_TEXT,
    HARNESS_SCALE_LINEAR, HARNESS_SCALE_LOG, HarnessParamSpec, HarnessStr,
};

/// A declared hyper-parameter. The host checks every value of a benchmark file against it, with line numbers, before
/// anything runs.
///
/// A parameter is optional until [`default`](Param::default) gives it a value.
pub type Param = HarnessParamSpec;

impl HarnessParamSpec {
    const fn new(name: &'static str, doc: &'static str, kind: u32) -> Self {
        Self {
            struct_size: size_of::<Self>(),
            name: HarnessStr::new(name),
            doc: HarnessStr::new(doc),
            kind,
            scale: HARNESS_SCALE_LINEAR,
            flags: HARNESS_PARAM_OPTIONAL,
            default_number: 0.0,
            default_text: HarnessStr::EMPTY,
            min: f64::NEG_INFINITY,
            max: f64::INFINITY,
            search_min: f64::NAN,
            search_max: f64::NAN,
            choices: std::ptr::null(),
            n_choices: 0,
        }
    }

    /// A floating-point parameter.
    pub const fn real(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, doc, HARNESS_PARAM_REAL)
    }

    /// A whole number.
    pub const fn integer(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, doc, HARNESS_PARAM_INTEGER)
    }

    /// True or false; false unless given.
    pub const fn boolean(name: &'static str, doc: &'static str) -> Self {
        Self { flags: 0, ..Self::new(name, doc, HARNESS_PARAM_BOOLEAN) }
    }

    /// One of `choices`, the first unless given.
    pub const fn choice(name: &'static str, doc: &'static str, choices: &'static [HarnessStr]) -> Self {
        Self {
            flags: 0,
            default_text: choices[0],
            choices: choices.as_ptr(),
            n_choices: choices.len(),
            ..Self::new(name, doc, HARNESS_PARAM_CHOICE)
        }
    }

    /// Any text; optional.
    pub const fn text(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, doc, HARNESS_PARAM_TEXT)
    }

    /// A file, which arrives as an absolute path; optional.
    pub const fn file(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, doc, HARNESS_PARAM_FILE)
    }

    /// All keys that no other parameter declares, as the text of a JSON object; the last parameter.
    pub const fn options(name: &'static str, doc: &'static str) -> Self {
        Self { flags: 0, default_text: HarnessStr::new("{}"), ..Self::new(name, doc, HARNESS_PARAM_OPTIONS) }
    }

    /// The value where the benchmark gives none (booleans: 0 or 1).
    #[must_use]
    pub const fn default(self, value: f64) -> Self {
        Self { default_number: value, flags: self.flags & !HARNESS_PARAM_OPTIONAL, ..self }
    }

    /// Valid values, both ends included.
    #[must_use]
    pub const fn range(self, min: f64, max: f64) -> Self {
        Self { min, max, ..self }
    }

    /// Valid values above 0.
    #[must_use]
    pub const fn positive(self) -> Self {
        Self { min: 0.0, flags: self.flags | HARNESS_PARAM_MIN_OPEN, ..self }
    }

    /// Valid values in [0, 1).
    #[must_use]
    pub const fn fraction(self) -> Self {
        Self { min: 0.0, max: 1.0, flags: self.flags | HARNESS_PARAM_MAX_OPEN, ..self }
    }

    /// Values worth trying when tuning, spaced by ratio.
    #[must_use]
    pub const fn log_search(self, min: f64, max: f64) -> Self {
        Self { search_min: min, search_max: max, scale: HARNESS_SCALE_LOG, ..self }
    }

    /// Values worth trying when tuning, spaced evenly.
    #[must_use]
    pub const fn search(self, min: f64, max: f64) -> Self {
        Self { search_min: min, search_max: max, scale: HARNESS_SCALE_LINEAR, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::Param;
    use crate::abi::{HARNESS_PARAM_MIN_OPEN, HARNESS_PARAM_OPTIONAL};

    #[test]
    fn optional_until_a_default_is_given() {
        let bare = Param::real("step", "");
        assert_eq!(bare.flags & HARNESS_PARAM_OPTIONAL, HARNESS_PARAM_OPTIONAL);
        let with_default = bare.default(0.1).positive();
        assert_eq!(with_default.flags, HARNESS_PARAM_MIN_OPEN);
        assert!((with_default.default_number - 0.1).abs() < 1e-15);
    }
}
