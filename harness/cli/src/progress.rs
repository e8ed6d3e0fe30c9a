//! Progress of a run on stderr: a bar with an estimate on a terminal, plain lines now and then elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use harness_engine::plan::Unit;
use harness_engine::results::Status;
use harness_engine::run::{Pending, Progress};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::say;

/// Time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loudness {
    /// Nothing but errors.
    Quiet,
    /// Where the run is.
    Normal,
    /// A line for every unit, and what plugins print.
    Verbose,
}

/// Shows how far a benchmark is.
pub(crate) struct Bar {
    name: String,
    loudness: Loudness,
    state: Mutex<State>,
}

struct State {
    bar: Option<ProgressBar>,
    begun: Instant,
    last_line: Instant,
    total: usize,
    done: usize,
    failed: usize,
}

impl Bar {
    pub(crate) fn new(name: &str, loudness: Loudness) -> Self {
        let now = Instant::now();
        let state = State { bar: None, begun: now, last_line: now, total: 0, done: 0, failed: 0 };
        Self { name: name.to_owned(), loudness, state: Mutex::new(state) }
    }

    /// Leaves the terminal clean; how many units ran.
    pub(crate) fn end(&self) -> usize {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = &state.bar {
            bar.finish_and_clear();
        }
        state.done
    }

    /// A line above the bar, if there is one.
    fn say(state: &State, text: &str) {
        match &state.bar {
            Some(bar) => bar.suspend(|| say!("{text}")),
            None => say!("{text}"),
        }
    }
}

impl Progress for Bar {
    fn begin(&self, pending: &Pending<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let summary = pending.summary;
        state.total = summary.ran;
        state.begun = Instant::now();
        for damage in &pending.damaged {
            say!("note: unit {} is damaged and runs again: {}", damage.unit.hash, damage.reason);
        }
        if self.loudness == Loudness::Quiet {
            return;
        }
        let (run, extended, cached) = (summary.ran, summary.extended, summary.cached);
        let extended = if extended > 0 { format!(", {extended} of them continued") } else { String::new() };
        let cached = if cached > 0 { format!(", {cached} already there") } else { String::new() };
        say!("{}: {run} {} to run{extended}{cached}", self.name, plural(run));
        if summary.ran > 0 && std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("  {bar:30} {pos}/{len} units  {msg}{per_sec}  {eta} left");
            let bar = ProgressBar::new(summary.ran as u64);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            state.bar = Some(bar);
        }
    }

    fn warn(&self, text: &str) {
        if self.loudness != Loudness::Quiet {
            Self::say(&self.state.lock().unwrap_or_else(PoisonError::into_inner), &format!("warning: {text}"));
        }
    }

    fn note(&self, text: &str) {
        if self.loudness == Loudness::Verbose {
            Self::say(&self.state.lock().unwrap_or_else(PoisonError::into_inner), &format!("note: {text}"));
        }
    }

    fn output(&self, text: &str) {
        if self.loudness == Loudness::Verbose {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                // Control characters of a plugin must not reach the terminal.
                let clean: String = line.chars().filter(|c| !c.is_control()).collect();
                Self::say(&state, &format!("  | {clean}"));
            }
        }
    }

    fn finished(&self, unit: &Unit, status: Status, reason: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // What was interrupted goes on with the next run.
        state.done += usize::from(status != Status::Interrupted);
        state.failed += usize::from(status.is_failure());
        if self.loudness == Loudness::Quiet {
            return;
        }
        if self.loudness == Loudness::Verbose {
            Self::say(&state, &format!("  {} seed {}: {status}: {reason}", name(unit), unit.seed));
        }
        let failed = if state.failed > 0 { format!("{} failed, ", state.failed) } else { String::new() };
        if let Some(bar) = &state.bar {
            bar.inc(1);
            bar.set_message(failed);
        } else if state.done > 0 && state.last_line.elapsed() >= LINE_EVERY {
            state.last_line = Instant::now();
            let seconds = state.begun.elapsed().as_secs_f64();
            let rate = state.done as f64 / seconds;
            let left = (state.total - state.done) as f64 / rate;
            say!("{}: {}/{} units, {failed}{rate:.1}/s, {} left", self.name, state.done, state.total, duration(left));
        }
    }
}

/// A line now and then from work that is no run of units.
pub(crate) struct Steps {
    name: String,
    loudness: Loudness,
    last_line: Mutex<Instant>,
}

impl Steps {
    pub(crate) fn new(name: &str, loudness: Loudness) -> Self {
        Self { name: name.to_owned(), loudness, last_line: Mutex::new(Instant::now()) }
    }

    /// So many are done.
    pub(crate) fn done(&self, done: usize, of: usize) {
        let mut last_line = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if self.loudness != Loudness::Quiet && last_line.elapsed() >= LINE_EVERY {
            *last_line = Instant::now();
            say!("{}: {done}/{of}", self.name);
        }
    }
}

/// A unit in words: problem, optimizer and setting.
pub(crate) fn name(unit: &Unit) -> String {
    let config = if unit.config.is_empty() { String::new() } else { format!(" {}", unit.config) };
    format!("{} {}{config}", unit.problem, unit.optimizer)
}

/// Seconds in words, to two digits or so.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "under 1 s".to_owned(),
        s if s < 120.0 => format!("about {s:.0} s"),
        s if s < 7200.0 => format!("about {:.0} min", s / 60.0),
        s => format!("about {:.1} h", s / 3600.0),
    }
}

pub(crate) fn plural(count: usize) -> &'static str {
    if count == 1 { "unit" } else { "units" }
}
