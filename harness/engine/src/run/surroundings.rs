//! What a unit may have changed of its process that the next one would feel: a worker where any of it differs from how
//! it began gets no second unit.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use rustix::fs::Mode;
use rustix::process::{Resource, getrlimit, umask};

/// A picture of the process.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Surroundings {
    folder: Option<PathBuf>,
    umask: Mode,
    /// Open descriptors.
    files: usize,
    most_files: Option<u64>,
    environment: u64,
    /// Rounding, and what becomes of numbers below the normal ones.
    arithmetic: u64,
    timers: [bool; 3],
    blocked_signals: Vec<bool>,
}

impl Surroundings {
    /// As they are now.
    pub(crate) fn now() -> Self {
        // The mask can only be read by setting it.
        let mask = umask(Mode::empty());
        umask(mask);
        let mut environment = DefaultHasher::new();
        for variable in std::env::vars_os() {
            variable.hash(&mut environment);
        }
        Self {
            folder: std::env::current_dir().ok(),
            umask: mask,
            files: std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count),
            most_files: getrlimit(Resource::Nofile).current,
            environment: environment.finish(),
            arithmetic: arithmetic(),
            timers: [libc::ITIMER_REAL, libc::ITIMER_VIRTUAL, libc::ITIMER_PROF].map(is_set),
            blocked_signals: blocked_signals(),
        }
    }
}

/// The control bits of floating-point arithmetic; what calculations have met since is left out.
fn arithmetic() -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        const MET: u32 = 0x3f;
        let mut control = 0_u32;
        // SAFETY: stores the register to the variable and does nothing else.
        unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut control, options(nostack, preserves_flags)) };
        u64::from(control & !MET)
    }
    #[cfg(target_arch = "aarch64")]
    {
        let control: u64;
        // SAFETY: reads the register and does nothing else.
        unsafe { std::arch::asm!("mrs {}, fpcr", out(reg) control, options(nomem, nostack, preserves_flags)) };
        control
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    0
}

fn is_set(timer: libc::c_int) -> bool {
    // SAFETY: a question only; a zeroed `itimerval` is one.
    unsafe {
        let mut value: libc::itimerval = std::mem::zeroed();
        libc::getitimer(timer, &raw mut value) == 0 && (value.it_value.tv_sec, value.it_value.tv_usec) != (0, 0)
    }
}

fn blocked_signals() -> Vec<bool> {
    // SAFETY: a question only; a zeroed set is an empty one.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), &raw mut set);
        (1..32).map(|signal| libc::sigismember(&raw const set, signal) == 1).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Surroundings;

    #[test]
    #[cfg(target_os = "linux")]
    fn an_open_file_is_noticed() {
        // Other tests of this process may open and close files at the same time.
        let is_steady = |_: &i32| Surroundings::now() == Surroundings::now();
        assert!((0..1000).any(|round| is_steady(&round)));
        let files: Vec<_> = (0..100).map(|_| std::fs::File::open("/dev/null").unwrap()).collect();
        let many = Surroundings::now();
        drop(files);
        assert_ne!(Surroundings::now(), many);
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn another_rounding_is_noticed() {
        let before = super::arithmetic();
        let control = u32::try_from(before).unwrap() | 0x1f80;
        let upwards = control | 0x4000;
        // SAFETY: sets how this thread rounds, and sets it back.
        unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const upwards) };
        let during = super::arithmetic();
        // SAFETY: as above.
        unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const control) };
        assert_ne!(before, during);
        assert_eq!(before, super::arithmetic());
    }
}
