//! The clock of a run: wall and CPU time, running only during `create` and `step`.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Time on the clock so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Clock {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
}

impl Clock {
    /// Runs `body` on the clock.
    pub(crate) fn run<T>(&mut self, body: impl FnOnce() -> T) -> T {
        let (wall, cpu) = (Instant::now(), process_cpu_time());
        let result = body();
        self.cpu += process_cpu_time().saturating_sub(cpu);
        self.wall += wall.elapsed();
        result
    }

    pub(crate) fn wall_s(&self) -> f64 {
        self.wall.as_secs_f64()
    }

    pub(crate) fn cpu_s(&self) -> f64 {
        self.cpu.as_secs_f64()
    }
}

/// CPU time of all threads of this process: a plugin may start some, and one unit runs at a time.
pub(crate) fn process_cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
