//! What ends a command: an exit code, and one clear message.

use harness_engine::plan::PlanError;
use harness_engine::plugins::{RegistryError, SurveyError};
use harness_engine::results::ResultsError;
use harness_engine::run::{ProblemError, RunError};
use harness_engine::spec::{Places, SpecError};
use harness_report::ReportError;

use crate::output::say;

/// Why a command did not end with 0.
#[derive(Debug)]
pub(crate) enum CliError {
    /// Bad usage or a bad file: 2. The message may be rendered already.
    Input { message: String, help: Option<String> },
    /// A benchmark file with its rendered snippets: 2.
    Spec(SpecError),
    /// The command could not do its work: 1.
    Failed(String),
    /// It did its work, and some units failed: 3. The table above says which.
    FailedUnits(usize),
    /// Results are worse than those that they were compared with: 3. The table above says which.
    Worse(usize),
    /// The user ended it: 1. What has finished stays.
    Interrupted { done: usize, of: usize },
    /// A plugin was checked and broke rules: 3. The list above says which.
    FailedCases(usize),
    /// Whoever read our output has gone: not an error of ours.
    BrokenPipe,
}

impl CliError {
    pub(crate) fn input(message: impl Into<String>) -> Self {
        CliError::Input { message: message.into(), help: None }
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            CliError::BrokenPipe => 0,
            CliError::Failed(_) | CliError::Interrupted { .. } => 1,
            CliError::Input { .. } | CliError::Spec(_) => 2,
            CliError::FailedUnits(_) | CliError::FailedCases(_) | CliError::Worse(_) => 3,
        }
    }

    pub(crate) fn print(&self) {
        match self {
            CliError::Spec(error) => say!("{error}"),
            CliError::Failed(message) => say!("error: {message}"),
            CliError::Input { message, help } => {
                say!("error: {message}");
                if let Some(help) = help {
                    say!("\nhelp: {help}");
                }
            }
            CliError::FailedUnits(count) => {
                let (noun, verb) = if *count == 1 { ("unit", "its") } else { ("units", "their") };
                say!("{count} {noun} failed: the report lists {verb} reason{}", if *count == 1 { "" } else { "s" });
            }
            CliError::Interrupted { done, of } => {
                // With `--force` it would begin again.
                let arguments = std::env::args().skip(1).filter(|argument| argument != "--force");
                let command: Vec<String> = arguments.map(quoted).collect();
                say!(
                    "interrupted: {done} of {of} units have ended and stay; the same command goes on from here:\n  harness {}",
                    command.join(" ")
                );
            }
            CliError::Worse(count) => {
                say!("{count} {} worse", if *count == 1 { "series is" } else { "series are" });
            }
            CliError::FailedCases(count) => {
                say!("{count} {} failed", if *count == 1 { "case" } else { "cases" });
            }
            CliError::BrokenPipe => {}
        }
    }
}

/// An argument as a shell takes it.
fn quoted(argument: String) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./=:,+@%".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument;
    }
    format!("'{}'", argument.replace('\'', "'\\''"))
}

/// An error and what caused it, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

impl From<SpecError> for CliError {
    fn from(error: SpecError) -> Self {
        CliError::Spec(error)
    }
}

impl CliError {
    /// What is wrong with a problem, with the line of the benchmark file that it is about.
    pub(crate) fn of_problem(error: &ProblemError, places: &Places) -> Self {
        match error.located(places) {
            Some(error) => error.into(),
            None => CliError::Input { message: chain(error), help: error.help() },
        }
    }

    /// Why there is no plan, with the line of the benchmark file that it is about.
    pub(crate) fn of_plan(error: &PlanError, places: &Places) -> Self {
        match error {
            PlanError::Problem(error) => Self::of_problem(error, places),
            _ => CliError::input(chain(error)),
        }
    }
}

impl From<RegistryError> for CliError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Survey(error) => error.into(),
            _ => CliError::input(chain(&error)),
        }
    }
}

impl From<SurveyError> for CliError {
    fn from(error: SurveyError) -> Self {
        match error {
            SurveyError::Workspace(_) => CliError::Failed(chain(&error)),
            _ => CliError::input(chain(&error)),
        }
    }
}

impl From<ResultsError> for CliError {
    fn from(error: ResultsError) -> Self {
        match error {
            ResultsError::NotResults { .. } => CliError::input(chain(&error)),
            _ => CliError::Failed(chain(&error)),
        }
    }
}

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        CliError::Failed(chain(&error))
    }
}

impl From<ReportError> for CliError {
    fn from(error: ReportError) -> Self {
        CliError::Failed(chain(&error))
    }
}
