//! Progress of a run on stderr: a bar with an estimate on a terminal, plain lines now and then elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use harness_engine::plan::Unit;
use harness_engine::results::Status;
use harness_engine::run::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// Time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows how far a benchmark is.
pub(crate) struct Bar {
    name: String,
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
    pub(crate) fn new(name: &str) -> Self {
        let now = Instant::now();
        let state = State { bar: None, begun: now, last_line: now, total: 0, done: 0, failed: 0 };
        Self { name: name.to_owned(), state: Mutex::new(state) }
    }

    pub(crate) fn end(&self) {
        if let Some(bar) = &self.state.lock().unwrap_or_else(PoisonError::into_inner).bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn begin(&self, to_run: usize, cached: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.total = to_run;
        state.begun = Instant::now();
        let known = if cached > 0 { format!(", {cached} already there") } else { String::new() };
        eprintln!("{}: {to_run} {} to run{known}", self.name, if to_run == 1 { "unit" } else { "units" });
        if to_run > 0 && std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("  {bar:30} {pos}/{len} units  {msg}  {eta} left");
            let bar = ProgressBar::new(to_run as u64);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            state.bar = Some(bar);
        }
    }

    fn finished(&self, _unit: &Unit, status: Status, _reason: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done += 1;
        state.failed += usize::from(status.is_failure());
        if let Some(bar) = &state.bar {
            bar.inc(1);
            bar.set_message(if state.failed > 0 { format!("{} failed", state.failed) } else { String::new() });
        } else if state.last_line.elapsed() >= LINE_EVERY {
            state.last_line = Instant::now();
            let seconds = state.begun.elapsed().as_secs_f64();
            let left = seconds / state.done as f64 * (state.total - state.done) as f64;
            let failed = if state.failed > 0 { format!(", {} failed", state.failed) } else { String::new() };
            eprintln!("{}: {}/{} units{failed}, about {left:.0} s left", self.name, state.done, state.total);
        }
    }
}
