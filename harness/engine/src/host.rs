//! The machine and the program, for the records: what a reader needs in order to judge a time.

use crate::results::HostRecord;

/// Describes this machine; `jobs` units run side by side.
pub(crate) fn describe(jobs: usize) -> HostRecord {
    HostRecord {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: env!("HARNESS_COMMIT").to_owned(),
        build: harness_models::BUILD_HASH.to_owned(),
        cpu: cpu_name().unwrap_or_else(|| "unknown".to_owned()),
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        memory: memory_bytes().unwrap_or(0),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        jobs,
    }
}

fn cpu_name() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn memory_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
