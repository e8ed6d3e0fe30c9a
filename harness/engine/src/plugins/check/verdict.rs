//! How a case ended.

use serde::{Deserialize, Serialize};

/// What a case found, in its own process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    Passed(String),
    /// Not against the rules, but worth a change.
    Warning(String),
    Failed(String),
    /// It could not be tried, and why.
    Skipped(String),
}

impl Finding {
    pub(super) fn passed() -> Self {
        Self::Passed(String::new())
    }

    /// The blame lies with the case `runs`.
    pub(super) fn see_runs() -> Self {
        Self::Skipped("it does not run: see `runs`".to_owned())
    }

    pub(super) fn is_passed(&self) -> bool {
        matches!(self, Self::Passed(_))
    }
}

/// How a case ended, seen from outside its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// As it should be.
    Passed,
    /// Not against the rules, but worth a change.
    Warning,
    /// Against the rules.
    Failed,
    /// The process died.
    Crashed,
    /// The process had to be ended.
    TimedOut,
    /// It could not be tried.
    Skipped,
}

impl CheckStatus {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            CheckStatus::Passed => "passed",
            CheckStatus::Warning => "warning",
            CheckStatus::Failed => "failed",
            CheckStatus::Crashed => "crashed",
            CheckStatus::TimedOut => "timed out",
            CheckStatus::Skipped => "skipped",
        }
    }

    /// Whether the plugin has broken a rule.
    pub fn is_failure(self) -> bool {
        matches!(self, CheckStatus::Failed | CheckStatus::Crashed | CheckStatus::TimedOut)
    }
}

/// A case, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Name of the case.
    pub case: String,
    /// The optimizer; none for `load`.
    pub optimizer: Option<String>,
    /// The rule, in a line.
    pub rule: String,
    /// How it ended.
    pub status: CheckStatus,
    /// What was found.
    pub detail: String,
}

/// What a case's process leaves behind in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) status: CheckStatus,
    pub(super) detail: String,
    /// The optimizers of the library, from the case `load`.
    #[serde(default)]
    pub(super) optimizers: Vec<String>,
}

impl From<Finding> for Note {
    fn from(finding: Finding) -> Self {
        let (status, detail) = match finding {
            Finding::Passed(detail) => (CheckStatus::Passed, detail),
            Finding::Warning(detail) => (CheckStatus::Warning, detail),
            Finding::Failed(detail) => (CheckStatus::Failed, detail),
            Finding::Skipped(detail) => (CheckStatus::Skipped, detail),
        };
        Self { status, detail, optimizers: Vec::new() }
    }
}
