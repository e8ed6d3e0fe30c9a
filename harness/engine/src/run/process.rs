//! A worker process as the scheduler holds it: started in a session of its own, watched, and ended with all its children.

use std::cell::Cell;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use harness_datasets::SharedFile;
use rustix::process::{Pid, Signal};

use super::message::{Inbox, Report, send, send_file};
use super::system::{self, Exit};
use super::task::Task;

/// What libraries that plugins bring read to learn how many threads they may start.
const THREAD_VARIABLES: [&str; 6] = [
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
];
/// How much of what a plugin prints is kept.
const TAIL: usize = 2000;
/// How much of it is read at a time, so that a plugin that prints without end does not keep the scheduler.
const CHUNK: usize = 64 << 10;

/// A running worker.
#[derive(Debug)]
pub(crate) struct Worker {
    pid: u32,
    socket: UnixStream,
    inbox: Inbox,
    output: std::fs::File,
    tail: Vec<u8>,
    /// The other side has not closed its socket.
    is_open: bool,
    /// Nor all ends of its output.
    is_heard: bool,
    /// It has been waited for: its number may be another's.
    is_gone: Cell<bool>,
}

impl Worker {
    /// Starts a worker, bound to these processors (empty: to none). It and all that it starts carry the mark.
    pub(crate) fn start(processors: &[usize], mark: &str) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let (output, output_end) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        rustix::io::ioctl_fionbio(&output, true)?;
        let mut command = Command::new(executable()?);
        command
            .arg("worker")
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::from(output_end.try_clone()?))
            .stderr(Stdio::from(output_end))
            // A panic's message is worth its room, a backtrace is not.
            .env("RUST_BACKTRACE", "0")
            .env(system::MARK, mark);
        if let Ok(folder) = harness_datasets::data_dir() {
            command.env("HARNESS_DATA_DIR", folder);
        }
        for variable in THREAD_VARIABLES {
            command.env(variable, "1");
        }
        let affinity = affinity(processors);
        let parent = std::process::id();
        // SAFETY: the closure makes system calls only: no memory is allocated and no lock is taken after the fork.
        unsafe { command.pre_exec(move || prepare(affinity.as_ref(), parent)) };
        let child = command.spawn()?;
        Ok(Self {
            pid: child.id(),
            socket: ours,
            inbox: Inbox::default(),
            output: output.into(),
            tail: Vec::new(),
            is_open: true,
            is_heard: true,
            is_gone: Cell::new(false),
        })
    }

    /// Gives it a unit, and where its data are shared; what was printed during the one before is forgotten.
    pub(crate) fn give(&mut self, task: &Task, shared: Option<&SharedFile>) -> io::Result<()> {
        self.tail.clear();
        self.socket.set_nonblocking(false)?;
        send(&mut self.socket, task)?;
        send_file(&self.socket, shared.map(AsFd::as_fd))?;
        self.socket.set_nonblocking(true)
    }

    /// The next report that has arrived, if there is one.
    ///
    /// # Errors
    ///
    /// What has arrived is no report.
    pub(crate) fn report(&mut self) -> io::Result<Option<Report>> {
        if self.is_open {
            self.is_open = self.inbox.fill(&mut self.socket);
        }
        self.inbox.take()
    }

    /// Reads what it has printed, without waiting; returns what is new.
    pub(crate) fn read_output(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; CHUNK];
        let count = match self.output.read(&mut bytes) {
            Ok(0) => {
                self.is_heard = false;
                0
            }
            Ok(count) => count,
            // Nothing to read now.
            Err(_) => 0,
        };
        bytes.truncate(count);
        self.tail.extend_from_slice(&bytes);
        let excess = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..excess);
        bytes
    }

    /// The end of what it has printed during this unit.
    pub(crate) fn tail(&mut self) -> String {
        while !self.read_output().is_empty() {}
        String::from_utf8_lossy(&self.tail).into_owned()
    }

    /// What to wait for: its socket and its output, until the other side has closed them.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let socket = self.is_open.then(|| self.socket.as_fd());
        socket.into_iter().chain(self.is_heard.then(|| self.output.as_fd()))
    }

    /// Whether it, or it and all that it has started together, hold more memory than this, in bytes.
    pub(crate) fn holds_more_than(&self, limit: u64) -> bool {
        system::holds_more_than(self.pid, limit)
    }

    /// How it ended, if it has; then nothing of its process group is left.
    pub(crate) fn exit(&self) -> Option<Exit> {
        // As long as nobody has waited for it, its number and its group's are not given to others.
        if self.is_gone.get() || !system::has_ended(self.pid) {
            return None;
        }
        self.kill_group();
        self.is_gone.set(true);
        Some(system::wait(self.pid, true).unwrap_or(Exit::UNKNOWN))
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Asks it to end its unit at the next step.
    pub(crate) fn ask_to_end(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends it and every process that it has started, and waits until it is gone.
    pub(crate) fn kill(self) -> Option<Exit> {
        if self.is_gone.get() {
            return None;
        }
        self.kill_group();
        self.is_gone.set(true);
        system::wait(self.pid, true)
    }

    /// Ends what is left of its session after its death.
    pub(crate) fn kill_group(&self) {
        if self.is_gone.get() {
            return;
        }
        if let Some(pid) = self.raw_pid() {
            let _ = rustix::process::kill_process_group(pid, Signal::KILL);
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.raw_pid() {
            let _ = rustix::process::kill_process(pid, signal);
        }
    }

    fn raw_pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.pid).ok()?)
    }
}

/// This program, also if its file has been replaced since it started.
pub(crate) fn executable() -> io::Result<std::path::PathBuf> {
    if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() }
}

/// What a worker does between fork and exec: a session of its own, no outliving of the scheduler, its processors.
fn prepare(affinity: Option<&Affinity>, parent: u32) -> io::Result<()> {
    rustix::process::setsid()?;
    #[cfg(target_os = "linux")]
    {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        // What a plugin leaves behind stays in our hands: see `has_children` of the worker. When the worker dies it falls
        // to the scheduler, which has adopted it: see `end_marked_children`.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        if let Some(affinity) = affinity {
            let _ = rustix::thread::sched_setaffinity(None, affinity);
        }
        // The system's out-of-memory killer should take the worker, not the scheduler.
        if let Ok(file) = rustix::fs::open(
            c"/proc/self/oom_score_adj",
            rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::CLOEXEC,
            rustix::fs::Mode::empty(),
        ) {
            let _ = rustix::io::write(&file, b"1000");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = affinity;
    // The scheduler may have died before it could be tied to us.
    let is_orphan = rustix::process::getppid().is_none_or(|pid| pid.as_raw_nonzero().get().cast_unsigned() != parent);
    if is_orphan { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
}

#[cfg(target_os = "linux")]
type Affinity = rustix::thread::CpuSet;
#[cfg(not(target_os = "linux"))]
type Affinity = ();

#[cfg(target_os = "linux")]
fn affinity(processors: &[usize]) -> Option<Affinity> {
    let mut set = Affinity::new();
    for processor in processors {
        set.set(*processor);
    }
    (!processors.is_empty()).then_some(set)
}

#[cfg(not(target_os = "linux"))]
fn affinity(_processors: &[usize]) -> Option<Affinity> {
    None
}

/// Processors that this process may use, shared out evenly among `jobs` workers; empty shares where they do not go round.
pub(crate) fn shares(jobs: usize) -> Vec<Vec<usize>> {
    #[cfg(target_os = "linux")]
    let allowed: Vec<usize> = rustix::thread::sched_getaffinity(None)
        .map(|set| (0..Affinity::MAX_CPU).filter(|processor| set.is_set(*processor)).collect())
        .unwrap_or_default();
    #[cfg(not(target_os = "linux"))]
    let allowed: Vec<usize> = Vec::new();
    let each = allowed.len() / jobs.max(1);
    (0..jobs).map(|job| allowed.get(job * each..(job + 1) * each).unwrap_or_default().to_vec()).collect()
}
