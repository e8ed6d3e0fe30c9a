//! Ctrl-C, SIGTERM and a closed terminal: the first ends the run after the steps at work and keeps everything, the second ends it at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::error::CliError;
use crate::output::say;

/// Exit code of a program that a signal has ended, where there was nothing to wait for.
const INTERRUPTED: u8 = 130;

/// What the user has asked for so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt {
    /// End after the steps at work.
    pub(crate) cancelled: Arc<AtomicBool>,
    /// End now.
    pub(crate) stop_now: Arc<AtomicBool>,
    /// Somebody looks at the first, who looks at the second too. Otherwise the signal ends the program as usual:
    /// finished units are on disk.
    is_watched: Arc<AtomicBool>,
    can_stop: bool,
}

impl Interrupt {
    /// Listens from now on. A run without worker processes cannot be stopped within a step: a second request then ends
    /// the program.
    pub(crate) fn listen(in_process: bool) -> Result<Self, CliError> {
        let interrupt = Self { can_stop: !in_process, ..Self::default() };
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])
            .map_err(|error| CliError::Failed(format!("cannot listen for Ctrl-C: {error}")))?;
        let heard = interrupt.clone();
        std::thread::spawn(move || {
            for _ in signals.forever() {
                heard.hear();
            }
        });
        Ok(interrupt)
    }

    /// Runs something that looks at what the user asks for.
    pub(crate) fn watched<T>(&self, body: impl FnOnce() -> T) -> T {
        self.is_watched.store(true, Ordering::SeqCst);
        let result = body();
        self.is_watched.store(false, Ordering::SeqCst);
        result
    }

    /// Whether the user has asked for the end.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    fn hear(&self) {
        let was_asked = self.cancelled.swap(true, Ordering::SeqCst);
        let is_repeated = was_asked && self.stop_now.swap(true, Ordering::SeqCst);
        let goes_on = self.is_watched.load(Ordering::SeqCst) && !is_repeated && (self.can_stop || !was_asked);
        if !goes_on {
            say!("\ninterrupted; what has finished stays, and the same command goes on from here");
            harness_engine::plugins::end(INTERRUPTED)
        }
        if !was_asked {
            // A line of its own, whatever `^C` or a progress bar has left on this one.
            say!("\nending after the steps at work; once more to stop now");
        }
    }
}
