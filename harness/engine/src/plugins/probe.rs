//! Loading a plugin for the first time in a process of its own: code of a library runs while it is loaded, and what it
//! does then must not end the program.

use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::library::load;
use crate::run::{executable, signal_name};

/// What the process ends with unless the library has ended it.
const CAME_BACK: u8 = 77;
/// How long a library may take: those that start an interpreter take seconds.
const PATIENCE: Duration = Duration::from_mins(1);
/// Time between two looks.
const TICK: Duration = Duration::from_millis(2);

/// Loads a plugin and ends, in the process that `survives` has started. Called by the hidden verb `probe`.
pub fn probe(file: &Path) -> u8 {
    // Whether it is refused is for the one who asks.
    let _ = load(file);
    CAME_BACK
}

/// Hands on what C code has printed in this process, which may wait for threads that are printing.
pub fn flush_output() {
    // SAFETY: null stands for all files.
    unsafe { libc::fflush(std::ptr::null_mut()) };
}

/// Ends this process without the code that libraries have for its end.
pub fn end(code: u8) -> ! {
    // SAFETY: `_exit` has no conditions.
    unsafe { libc::_exit(code.into()) }
}

/// Whether a process that loads the file comes back from it; otherwise what became of it.
pub(super) fn survives(file: &Path) -> Result<(), String> {
    let started = executable().and_then(|program| {
        let mut command = Command::new(program);
        command.args(["probe", "--"]).arg(file).env("RUST_BACKTRACE", "0");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    });
    // Where no process can be had, loading it here is all that is left.
    let Ok(mut child) = started else { return Ok(()) };
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(TICK),
            Ok(Some(status)) => return judge(status),
            Err(_) => return Ok(()),
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    Err(format!("does not come back from being loaded within {} s", PATIENCE.as_secs()))
}

fn judge(status: ExitStatus) -> Result<(), String> {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) if code == i32::from(CAME_BACK) => Ok(()),
        (_, Some(signal)) => Err(format!("crashes while it is loaded: {}", signal_name(signal))),
        (code, None) => {
            Err(format!("ends the program while it is loaded, with exit code {}", code.unwrap_or_default()))
        }
    }
}
