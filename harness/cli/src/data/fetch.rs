//! `harness data fetch`: every set that is named, and what came of each.

use std::path::Path;
use std::time::Duration;

use harness_datasets::fetch::{self, FetchError, Fetched, Settings, Watch};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::published_set;
use crate::error::{CliError, chain};
use crate::output::say;

/// Gets the files of sets, however many of them cannot be had.
pub(super) fn run(names: &[String], folder: &Path, settings: &Settings<'_>) -> Result<(), CliError> {
    let entries = names.iter().map(|name| published_set(name)).collect::<Result<Vec<_>, _>>()?;
    let bar = Bar(ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()));
    let (mut errors, mut failed) = (Vec::new(), Vec::new());
    for (name, entry) in names.iter().zip(entries) {
        for outcome in fetch::fetch(entry, folder, settings, &bar) {
            match outcome {
                Ok(Fetched::Present(path)) => bar.say(&format!("there already: {}", path.display())),
                Ok(Fetched::Downloaded(path)) => bar.say(&format!("fetched: {}", path.display())),
                Err(error) => {
                    errors.push(fetch_error(&error, folder));
                    if failed.last() != Some(&name.as_str()) {
                        failed.push(name);
                    }
                }
            }
        }
    }
    bar.0.finish_and_clear();
    // One error is the error of the command; of several, each is told, and how many there were.
    if names.len() == 1 && errors.len() == 1 {
        return errors.pop().map_or(Ok(()), Err);
    }
    errors.iter().for_each(CliError::print);
    match failed[..] {
        [] => Ok(()),
        _ => Err(CliError::Failed(format!(
            "{} of {} datasets could not be fetched: {}",
            failed.len(),
            names.len(),
            failed.join(", ")
        ))),
    }
}

fn fetch_error(error: &FetchError, folder: &Path) -> CliError {
    let (message, help) = (chain(error), error.help(folder));
    match (error, help) {
        (FetchError::Failed { .. } | FetchError::Write { .. } | FetchError::Archive { .. }, help) => {
            let help = help.map_or(String::new(), |help| format!("\n\nhelp: {help}"));
            CliError::Failed(format!("{message}{help}"))
        }
        (_, help) => CliError::Input { message, help },
    }
}

/// A length of time in seconds, above 0.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|seconds| !seconds.is_zero()).ok_or_else(|| "expected a number of seconds above 0".to_owned())
}

/// A bar of the bytes of the file under way; plain lines where there is no terminal.
struct Bar(ProgressBar);

impl Bar {
    /// Says something beside the bar.
    fn say(&self, text: &str) {
        self.0.suspend(|| say!("{text}"));
    }
}

impl Watch for Bar {
    fn begin(&self, file: &str, url: &str, have: u64, bytes: u64) {
        let style = ProgressStyle::with_template("{msg} {bytes}/{total_bytes} {wide_bar} {eta}");
        if let Ok(style) = style {
            self.0.set_style(style);
        }
        self.0.set_length(bytes);
        self.0.set_position(have);
        self.0.set_message(file.to_owned());
        if self.0.is_hidden() {
            say!("{file}: from {url}");
        }
    }

    fn advance(&self, have: u64) {
        self.0.set_position(have);
    }

    fn failed(&self, _url: &str, reason: &str) {
        self.say(&format!("note: {reason}"));
    }

    fn waiting(&self, part: &Path) {
        self.say(&format!("waiting for another process that is getting {}", part.display()));
    }

    fn checking(&self, path: &Path) {
        self.say(&format!("checking {}", path.display()));
    }
}
