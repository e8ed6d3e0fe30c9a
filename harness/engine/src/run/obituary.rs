//! The record of a unit whose worker died: the points that it had written, and what the system says of the death.

use std::path::Path;

use super::fault;
use super::system::{Cause, Exit, signal_name};
use super::task::{Facts, Task};
use super::unit::{Outcome, Sink};
use super::worker::FILES_CLOSED;
use crate::results::{
    ProcessRecord, RECORD_FILE, Record, ResultsError, ResultsFolder, Spent, Status, Stored, THETA_FILE, TRACE_FILE,
    TraceRow, UnitWriter, remove, salvage,
};

/// What ends the reason of a unit that somebody else has ended.
const TRIED_AGAIN: &str = "; tried again by the next run";

/// Why the scheduler killed a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It was over its limit of time.
    Time,
    /// It was over its limit of memory.
    Memory,
    /// The user would not wait.
    Stopped,
}

/// How a worker died, and the end of what it had printed.
#[derive(Debug)]
pub(crate) struct Death {
    pub(crate) exit: Exit,
    pub(crate) tail: String,
}

/// Why a worker has not written its unit.
#[derive(Debug)]
pub(crate) enum End {
    /// It died, or was killed for a reason.
    Died(Option<Verdict>, Death),
    /// Somebody else told it to end.
    Told,
    /// It could not, and says why.
    Mute(String),
}

impl End {
    /// Whether it says nothing of the optimizer: the next run tries again.
    pub(crate) fn is_from_outside(&self) -> bool {
        match self {
            End::Died(verdict, death) => verdict.is_none() && death.is_from_outside(),
            End::Told => true,
            End::Mute(_) => false,
        }
    }
}

impl Death {
    /// Whether the cause is one that programs do not give themselves.
    pub(crate) fn is_from_outside(&self) -> bool {
        matches!(self.exit.cause, Cause::Signal(libc::SIGKILL | libc::SIGTERM | libc::SIGINT | libc::SIGHUP))
    }
}

/// Removes what the worker has left half-written.
pub(crate) fn clear(task: &Task) {
    // The next run removes what stays.
    let _ = remove(&task.units.join(&task.part));
}

/// Whether the file of the plugin is not what it was when the plan was made: what a process did that had it in memory
/// says nothing of either.
pub(crate) fn is_of_another_plugin(task: &Task) -> bool {
    std::fs::read(&task.plugin).map_or(true, |bytes| blake3::hash(&bytes).to_hex().as_str() != task.used.plugin_hash)
}

/// The unit, if the worker has put it in its place: what it was writing is gone, or is the older unit that it has
/// exchanged it for, and there is a whole one.
pub(crate) fn committed(task: &Task) -> Option<Box<Record>> {
    let part = task.units.join(&task.part);
    let written = |folder: &Path| std::fs::metadata(folder.join(RECORD_FILE)).and_then(|file| file.modified()).ok();
    let is_exchanged =
        written(&part).is_some_and(|part| written(&task.units.join(&task.unit.hash)).is_some_and(|place| part < place));
    if part.exists() && !is_exchanged {
        return None;
    }
    clear(task);
    match ResultsFolder::of_units(&task.units).stored(&task.unit.hash) {
        Stored::Whole(record) if record.allowance == task.allowance => Some(record),
        _ => None,
    }
}

/// Writes a unit for its worker: its whole points, and why there are no more.
pub(crate) fn write(
    task: &Task,
    facts: Facts,
    end: &End,
    process: ProcessRecord,
) -> Result<(Status, String), ResultsError> {
    let mut part = task.units.join(&task.part);
    let mut rows = salvage(&part.join(TRACE_FILE));
    // It may have died before it had taken over what the run that it goes on from had written.
    if let Some(before) = task.from.as_ref().map(|from| from.join(&task.unit.hash)) {
        let earlier = salvage(&before.join(TRACE_FILE));
        if rows.len() < earlier.len() {
            (part, rows) = (before, earlier);
        }
    }
    let place = rows.last().map_or("before its first point".to_owned(), |row| match row.point.iteration {
        0 => "in its first step".to_owned(),
        iteration => format!("after iteration {iteration}"),
    });
    let (status, reason) = match end {
        End::Died(verdict, death) => explain(task, *verdict, death, &place),
        End::Told => {
            (Status::Crashed, format!("its process was told to end {place}, not by this program{TRIED_AGAIN}"))
        }
        End::Mute(why) => (Status::Error, format!("{why}, noticed {place}")),
    };

    let again = task.clone().afresh();
    let mut writer = UnitWriter::create(&again.units, &again.part, &again.unit, again.metric(), again.with_theta)?;
    let io = ResultsError::io(&part);
    rows.iter()
        .try_for_each(|row| writer.row(row))
        .and_then(|()| writer.salvage_iterates(&part.join(THETA_FILE)))
        .map_err(io)?;
    let outcome = Outcome {
        status,
        reason: reason.clone(),
        spent: rows.last().map(spent).unwrap_or_default(),
        theta: Vec::new(),
        state: None,
        certificates: Vec::new(),
    };
    let record = Record { again: end.is_from_outside(), ..task.record(facts, outcome, process, None) };
    writer.commit(record, None)?;
    clear(task);
    Ok((status, reason))
}

fn spent(last: &TraceRow) -> Spent {
    Spent {
        iterations: last.point.iteration,
        passes: last.point.passes,
        cpu_s: last.point.cpu_s,
        wall_s: last.point.wall_s,
        eval_s: last.eval_s,
    }
}

fn explain(task: &Task, verdict: Option<Verdict>, death: &Death, place: &str) -> (Status, String) {
    match (verdict, task.limit.seconds, task.limit.memory) {
        (Some(Verdict::Time), Some(seconds), _) => {
            return (Status::Timeout, format!("limit of {seconds} s reached {place}, within a step"));
        }
        (Some(Verdict::Memory), _, Some(bytes)) => {
            return (Status::Crashed, format!("limit of {} of memory reached {place}", readable(bytes)));
        }
        _ => {}
    }
    let mut reason = match death.exit.cause {
        Cause::Code(FILES_CLOSED) => format!("closed files of the harness {place}"),
        Cause::Code(code) => format!("ended the process with exit code {code} {place}"),
        Cause::Unknown => format!("its process is gone {place}"),
        Cause::Signal(libc::SIGKILL) => format!("killed by the system {place}, likely for its memory"),
        Cause::Signal(signal) => format!("killed by {} {place}", signal_name(signal)),
    };
    if let Some(bytes) = task.limit.memory
        && matches!(death.exit.cause, Cause::Signal(libc::SIGSEGV | libc::SIGABRT | libc::SIGBUS))
    {
        reason = format!("{reason}, under a limit of {} of memory", readable(bytes));
    }
    if let Some(words) = last_words(&death.tail) {
        reason.push_str(": ");
        reason.push_str(&words);
    }
    if death.is_from_outside() {
        reason.push_str(TRIED_AGAIN);
    }
    (Status::Crashed, reason)
}

/// A number of bytes as people write limits.
fn readable(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    let exact = units.iter().find(|(size, _)| bytes >= *size && bytes.is_multiple_of(*size));
    exact.map_or_else(|| format!("{bytes} bytes"), |(size, name)| format!("{} {name}", bytes / size))
}

/// The line that tells most of what a process has printed: ours on a fault, else the last one; cut to a readable length.
fn last_words(tail: &str) -> Option<String> {
    const LONGEST: usize = 200;
    let lines = || tail.lines().rev().map(str::trim).filter(|line| !line.is_empty());
    let says = |what: &'static str| lines().find(|line| line.contains(what));
    let line = lines()
        .find_map(|line| line.strip_prefix(fault::MARK))
        // Without the number of the thread, which differs from run to run.
        .or_else(|| says("overflowed its stack").map(|_| "overflowed its stack"))
        .or_else(|| says("memory allocation of"))
        .or_else(|| lines().find(|line| !line.starts_with("note: run with `RUST_BACKTRACE")))?;
    let clean: String = line.chars().filter(|c| !c.is_control() && *c != '\u{fffd}').take(LONGEST).collect();
    (!clean.trim().is_empty()).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::last_words;

    #[test]
    fn the_line_that_tells_most_is_quoted_without_garbage() {
        let check = |tail: &str, expected: Option<&str>| assert_eq!(last_words(tail).as_deref(), expected);
        check("", None);
        check("\n \x07\n", None);
        check("hello\nmemory allocation of 8 bytes failed\n", Some("memory allocation of 8 bytes failed"));
        check("x\nharness-fault: used a null pointer\nnoise\n", Some("used a null pointer"));
        check(
            "\nthread 'main' (4711) has overflowed its stack\nfatal runtime error: stack overflow\n",
            Some("overflowed its stack"),
        );
    }
}
