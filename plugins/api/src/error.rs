//! The error that an optimizer returns: a code of the ABI, and words for the person who reads the report.

use crate::abi::{
    HARNESS_ERR_CONFIG, HARNESS_ERR_FAILED, HARNESS_ERR_MISUSE, HARNESS_ERR_NUMERICAL, HARNESS_ERR_UNSUPPORTED,
    HarnessStatus,
};

/// Result of what an optimizer does.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an optimizer cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    code: HarnessStatus,
    message: String,
}

impl Error {
    /// A failure of the optimizer's own.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { code: HARNESS_ERR_FAILED, message: message.into() }
    }

    /// A value that cannot be used with the others or with this problem; the message names the parameter.
    pub fn config(message: impl Into<String>) -> Self {
        Self { code: HARNESS_ERR_CONFIG, message: message.into() }
    }

    /// A numerical step without a result.
    pub fn numerical(message: impl Into<String>) -> Self {
        Self { code: HARNESS_ERR_NUMERICAL, message: message.into() }
    }

    /// This optimizer does not apply to this problem: the unit is skipped and the message says why.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self { code: HARNESS_ERR_UNSUPPORTED, message: message.into() }
    }

    /// A call against the rules of the ABI.
    pub(crate) fn misuse(message: impl Into<String>) -> Self {
        Self { code: HARNESS_ERR_MISUSE, message: message.into() }
    }

    /// A callback of the host failed; the host knows the words already.
    pub(crate) fn from_host(code: HarnessStatus) -> Self {
        Self { code, message: String::new() }
    }

    /// The code of the ABI.
    pub fn code(&self) -> HarnessStatus {
        self.code
    }

    /// The words; empty where the host has them.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.message.is_empty() {
            write!(f, "the harness reported code {}", self.code)
        } else {
            f.write_str(&self.message)
        }
    }
}

impl std::error::Error for Error {}
