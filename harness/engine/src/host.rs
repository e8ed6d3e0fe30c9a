//! The machine and the program, for the records: what a reader needs in order to judge a time.

use std::fs::read_to_string;

use crate::results::HostRecord;

/// Load per processor above which times are worth a warning.
const BUSY: f64 = 0.5;

/// Describes this machine; `jobs` units run side by side, with so many threads each, in processes of their own or not.
pub(crate) fn describe(jobs: usize, pass_threads: usize, isolated: bool) -> HostRecord {
    HostRecord {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: env!("HARNESS_COMMIT").to_owned(),
        build: harness_models::BUILD_HASH.to_owned(),
        cpu: cpu_name().unwrap_or_else(|| "unknown".to_owned()),
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        memory: memory_bytes().unwrap_or(0),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        jobs,
        load: load(),
        governor: read_to_string("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
            .ok()
            .map(|text| text.trim().to_owned()),
        rustc: env!("HARNESS_RUSTC").to_owned(),
        threads: 1,
        pass_threads,
        processors: Vec::new(),
        isolated,
    }
}

/// What makes times on this machine doubtful, in words; `None` where nothing is known to.
pub(crate) fn noise(host: &HostRecord) -> Option<String> {
    let load = host.load.filter(|load| *load > BUSY * host.cores as f64);
    let slow = host.governor.as_deref().filter(|governor| ["powersave", "conservative"].contains(governor));
    match (load, slow) {
        (Some(load), _) => Some(format!("a load of {load:.1} on {} processors before the run", host.cores)),
        (None, Some(governor)) => Some(format!("the processor's frequency is governed by `{governor}`")),
        (None, None) => None,
    }
}

fn load() -> Option<f64> {
    read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

fn cpu_name() -> Option<String> {
    let text = read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn memory_bytes() -> Option<u64> {
    let text = read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
