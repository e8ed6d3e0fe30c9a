//! The worker: a process that runs the units it is sent, one after the other, and dies with them if it must.
//!
//! It talks to the scheduler over the socket that it finds as its standard input, which it moves out of a plugin's way
//! first. What a plugin prints goes to a pipe that the scheduler empties.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use harness_datasets::SharedFile;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::clock::process_cpu_time;
use super::execute::{Ended, ExecuteError, Executor};
use super::message::{Report, receive, receive_file, send};
use super::surroundings::Surroundings;
use super::task::Task;
use super::{fault, system};
use crate::results::Status;

/// Exit code of a worker whose plugin has closed files that are not its own.
pub(crate) const FILES_CLOSED: i32 = 113;
/// Address space beyond the limit on resident memory: code, stacks and what an allocator keeps in reserve.
const MEMORY_SLACK: u64 = 64 << 20;

/// Serves until the scheduler closes the socket. Called by the hidden verb `worker`.
///
/// # Errors
///
/// Standard input is not such a socket, or it broke.
pub fn serve() -> io::Result<()> {
    let mut socket = UnixStream::from(take_stdin()?);
    let cancelled = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGTERM, Arc::clone(&cancelled))?;
    fault::explain();
    print_at_once();
    let mut executor = Executor::new(cancelled);
    let surroundings = Surroundings::now();
    while let Some(task) = receive::<Task>(&mut socket)? {
        let shared = receive_file(&socket)?.map(SharedFile::from);
        let mut report = run(&mut executor, &task, shared, &mut socket)?;
        if let Report::Ended { is_reusable, .. } = &mut report {
            *is_reusable = *is_reusable && surroundings == Surroundings::now();
        }
        send(&mut socket, &report)?;
    }
    Ok(())
}

/// What C code prints leaves the process line by line: it may not live to empty its buffers.
fn print_at_once() {
    #[cfg(target_os = "linux")]
    {
        unsafe extern "C" {
            static stdout: *mut libc::FILE;
        }
        // SAFETY: the C library's own file, before anything has been printed to it.
        unsafe { libc::setvbuf(stdout, std::ptr::null_mut(), libc::_IOLBF, 0) };
    }
}

/// Moves the socket away from descriptor 0, and puts nothing there.
fn take_stdin() -> io::Result<OwnedFd> {
    let socket = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 64)?;
    rustix::net::sockopt::socket_type(socket.as_fd())
        .map_err(|_| io::Error::other("a worker is started by `harness bench`, not by hand"))?;
    rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?;
    Ok(socket)
}

fn run(
    executor: &mut Executor,
    task: &Task,
    shared: Option<SharedFile>,
    socket: &mut UnixStream,
) -> io::Result<Report> {
    system::reset_peak_memory();
    let cpu_before = process_cpu_time();
    let mut told = Ok(());
    let outcome = executor.run(task, shared, &mut |facts| {
        told = send(socket, &Report::Begun { facts: Box::new(facts.clone()), cpu_before });
        limit_memory(task.limit.memory);
    });
    limit_memory(None);
    told?;
    Ok(match outcome {
        Ok(Ended { status, reason, is_kept }) => {
            // What a plugin keeps in its own variables, or has not given back, cannot be seen from here.
            let is_known = !task.used.outside && task.limit.memory.is_none();
            let is_reusable = is_known
                && !status.is_failure()
                && status != Status::Interrupted
                && system::threads().is_none_or(|count| count == 1)
                && !system::has_children();
            Report::Ended { status, reason, is_kept, is_reusable }
        }
        // SAFETY: `_exit` has no conditions; handlers that the plugin has left do not run.
        Err(error) if was_closed(&error) => unsafe { libc::_exit(FILES_CLOSED) },
        Err(error) => Report::Failed { message: error.to_string(), is_of_machine: error.is_of_machine() },
    })
}

/// Our files do not close by themselves.
fn was_closed(error: &ExecuteError) -> bool {
    error.errno() == Some(libc::EBADF)
}

/// Limits the memory that this process may ask for from now on. The limit is soft, so that the next unit may have
/// another one; a plugin that raises it is still seen by the scheduler, which watches what is resident.
fn limit_memory(bytes: Option<u64>) {
    let hard = getrlimit(Resource::Data).maximum;
    let current = bytes.map(|bytes| bytes.saturating_add(MEMORY_SLACK)).or(hard);
    // A system without this limit leaves the watching to the scheduler.
    let _ = setrlimit(Resource::Data, Rlimit { current, maximum: hard });
}
