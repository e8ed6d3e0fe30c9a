//! Small questions to the operating system about this process and its workers.

use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal};

/// Most rounds in which processes are looked for that a unit has left behind.
const GENERATIONS: usize = 64;

/// Most memory that was resident in this process since [`reset_peak_memory`], in bytes.
pub(crate) fn peak_memory() -> Option<u64> {
    status_kib("VmHWM:").map(|kib| kib * 1024)
}

/// Forgets the peak so far, where the system can.
pub(crate) fn reset_peak_memory() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// Threads of this process.
pub(crate) fn threads() -> Option<u64> {
    status_kib("Threads:")
}

fn status_kib(key: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    text.lines().find_map(|line| line.strip_prefix(key))?.split_whitespace().next()?.parse().ok()
}

/// Whether this process has children, ended ones included.
pub(crate) fn has_children() -> bool {
    // SAFETY: a question only: the status of a child that has ended is left for others.
    let answer = unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        libc::waitid(libc::P_ALL, 0, &raw mut info, libc::WEXITED | libc::WNOHANG | libc::WNOWAIT)
    };
    answer == 0
}

/// From now on the processes that a dying child leaves behind become children of this process, where the system can.
pub(crate) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Children that end are kept until [`wait`], whatever who has started this process thinks of its own.
pub(crate) fn hear_of_children() {
    // SAFETY: the default action, which is none, takes the place of another disposition.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
}

/// Name of the environment variable that tells a worker, and all that it starts, from other processes.
pub(crate) const MARK: &str = "HARNESS_WORKER";

/// Ends children of this process whose environment has this mark, but not the workers that are `kept`; and what those
/// leave behind in turn. Children that are not of a worker are none of our business.
pub(crate) fn end_marked_children(mark: &str, kept: &[u32]) {
    // Every round ends a generation; a plugin that forks without end must not keep us.
    for _ in 0..GENERATIONS {
        let marked: Vec<u32> =
            children().into_iter().filter(|pid| !kept.contains(pid) && has_mark(*pid, mark)).collect();
        if marked.is_empty() {
            return;
        }
        for pid in marked {
            if let Some(process) = i32::try_from(pid).ok().and_then(Pid::from_raw)
                && rustix::process::kill_process(process, Signal::KILL).is_ok()
            {
                wait(pid, true);
            }
        }
    }
}

/// Whether a process was started with this mark, or forked from one that was.
fn has_mark(pid: u32, mark: &str) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let expected = format!("{MARK}={mark}");
    environment.split(|byte| *byte == 0).any(|variable| variable == expected.as_bytes())
}

/// Whether a child has ended, without taking note of it: its number stays its own until [`wait`].
pub(crate) fn has_ended(pid: u32) -> bool {
    // SAFETY: a question only; a zeroed `siginfo_t` is one, whose process number stays 0 where the child runs.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        libc::waitid(libc::P_PID, pid, &raw mut info, flags) != 0 || info.si_pid() != 0
    }
}

/// Children of this process, ended ones included; none where the system does not list them.
fn children() -> Vec<u32> {
    children_of("self")
}

fn children_of(process: &str) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map_while(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect()
}

/// Most processes of one worker whose memory is added up.
const MOST_RELATIVES: usize = 256;

/// Whether the resident memory of another process, or of it and all that descend from it, is above a limit in bytes.
/// What several of them share counts once. Where the system does not list children, the process alone is looked at.
pub(crate) fn holds_more_than(pid: u32, limit: u64) -> bool {
    let resident = |pid: u32| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
        let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
        Some(pages * rustix::param::page_size() as u64)
    };
    if resident(pid).is_some_and(|bytes| bytes > limit) {
        return true;
    }
    let mut family = vec![pid];
    // A plugin that forks without end must not keep us.
    for at in 0..MOST_RELATIVES {
        let Some(&member) = family.get(at) else { break };
        family.extend(children_of(&member.to_string()));
    }
    let total = |of: &dyn Fn(u32) -> Option<u64>| family.iter().filter_map(|pid| of(*pid)).sum::<u64>() > limit;
    // The exact sum takes the system much longer.
    family.len() > 1 && total(&resident) && total(&proportional)
}

/// Resident memory of a process, each page divided by the number of processes that hold it, in bytes.
fn proportional(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

/// How a child ended, and what it used in all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exit {
    pub(crate) cause: Cause,
    pub(crate) cpu: Duration,
    pub(crate) peak_memory: u64,
}

impl Exit {
    /// Of a child that somebody else has waited for.
    pub(crate) const UNKNOWN: Self = Self { cause: Cause::Unknown, cpu: Duration::ZERO, peak_memory: 0 };
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// In a way that the system has not told us.
    Unknown,
}

/// Waits for a child; with `block` false only looks, and `None` means that it runs.
pub(crate) fn wait(pid: u32, block: bool) -> Option<Exit> {
    let pid = libc::pid_t::try_from(pid).ok()?;
    let mut status = 0;
    loop {
        // SAFETY: both out-pointers are valid; a zeroed `rusage` is one.
        let (answer, usage) = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            let flags = if block { 0 } else { libc::WNOHANG };
            (libc::wait4(pid, &raw mut status, flags, &raw mut usage), usage)
        };
        if answer == pid {
            let cause = if libc::WIFSIGNALED(status) {
                Cause::Signal(libc::WTERMSIG(status))
            } else {
                Cause::Code(libc::WEXITSTATUS(status))
            };
            let time = |time: libc::timeval| {
                let micros = time.tv_sec.unsigned_abs() * 1_000_000 + u64::try_from(time.tv_usec).unwrap_or(0);
                Duration::from_micros(micros)
            };
            let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
            let peak_memory = u64::try_from(usage.ru_maxrss).unwrap_or(0) * unit;
            return Some(Exit { cause, cpu: time(usage.ru_utime) + time(usage.ru_stime), peak_memory });
        }
        let interrupted = answer == -1 && std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted;
        if !(block && interrupted) {
            return None;
        }
    }
}

/// Name of a signal.
pub(crate) fn signal_name(signal: i32) -> String {
    let name = match signal {
        libc::SIGSEGV => "SIGSEGV, segmentation fault",
        libc::SIGABRT => "SIGABRT, abort",
        libc::SIGBUS => "SIGBUS, bus error",
        libc::SIGFPE => "SIGFPE, arithmetic error",
        libc::SIGILL => "SIGILL, illegal instruction",
        libc::SIGKILL => "SIGKILL",
        libc::SIGTERM => "SIGTERM",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGXCPU => "SIGXCPU",
        libc::SIGXFSZ => "SIGXFSZ, file too large",
        libc::SIGPIPE => "SIGPIPE",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}
