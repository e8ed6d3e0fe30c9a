//! A last word before a segmentation fault: which address, and whose. The handler writes one line to stderr, which the
//! scheduler reads, and lets the fault go its way.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::guard::is_behind_theta;

/// Begins the line that explains a fault.
pub(crate) const MARK: &str = "harness-fault: ";

/// The handler that was there before: the standard library's, which knows a stack overflow when it sees one.
static PREVIOUS: AtomicUsize = AtomicUsize::new(0);
static PREVIOUS_FLAGS: AtomicUsize = AtomicUsize::new(0);

/// Explains segmentation faults of this process from now on.
pub(crate) fn explain() {
    // SAFETY: both structs are valid when zeroed; the handler is async-signal-safe and runs on the alternate stack that
    // the standard library has set up for the main thread.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handle as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        let mut previous: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGSEGV, &raw const action, &raw mut previous) == 0 {
            PREVIOUS.store(previous.sa_sigaction, Ordering::Relaxed);
            PREVIOUS_FLAGS.store(usize::try_from(previous.sa_flags).unwrap_or(0), Ordering::Relaxed);
        }
    }
}

/// Nothing is mapped there; it may not be used so. The same numbers on Linux and macOS.
const SEGV_MAPERR: libc::c_int = 1;
const SEGV_ACCERR: libc::c_int = 2;

type Handler = unsafe extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);

unsafe extern "C" fn handle(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the system passes a valid `siginfo_t` to a handler with `SA_SIGINFO`.
    let (address, code) = unsafe { ((*info).si_addr() as usize, (*info).si_code) };
    // Where the processor itself refuses an address as impossible, the system does not tell which it was.
    let is_of_an_address = code == SEGV_MAPERR || code == SEGV_ACCERR;
    let line: &[u8] = if is_behind_theta(address) {
        b"\nharness-fault: wrote or read past the end of theta\n"
    } else if address < 4096 && is_of_an_address {
        b"\nharness-fault: used a null pointer\n"
    } else {
        b""
    };
    // SAFETY: `write` is async-signal-safe and the bytes are static.
    unsafe { libc::write(libc::STDERR_FILENO, line.as_ptr().cast(), line.len()) };
    let previous = PREVIOUS.load(Ordering::Relaxed);
    let has_info = PREVIOUS_FLAGS.load(Ordering::Relaxed) & libc::SA_SIGINFO as usize != 0;
    if previous != libc::SIG_DFL && previous != libc::SIG_IGN && has_info {
        // SAFETY: a handler that was installed with `SA_SIGINFO` has this type.
        unsafe { std::mem::transmute::<usize, Handler>(previous)(signal, info, context) };
    } else {
        // SAFETY: the default action is always valid; the faulting instruction runs again and ends the process.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}
