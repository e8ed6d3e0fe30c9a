//! What the harness itself costs: milliseconds per unit and microseconds per recorded point on a problem that is next to
//! nothing, the second run of a finished benchmark, memory, and how two jobs share two processors.
//!
//! `cargo bench -p harness --bench overhead` prints one line per number with the number that is aimed at.
//! `HARNESS_BENCH_UNITS=10000` changes the number of units.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]
#![expect(clippy::unwrap_used, reason = "a benchmark may end at the first surprise")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A unit of 100 points that computes next to nothing.
const TRIVIAL: &str = "name: t\nseeds: 1\nbudget: { iterations: 99 }\nproblems:\n  - name: p\n    dataset: { name: \
                       symmetric_linear, n: 10, d: 1, gate_norm: 1, beta_norm: 1 }\n    model: { family: \
                       symmetric_linear }\noptimizers:\n  - { use: gradient_descent, step: 0.01 }\n";
/// A unit of some tens of milliseconds that computes and records little.
const HEAVY: &str = "name: t\nseeds: 1\nbudget: { iterations: 30 }\nproblems:\n  - name: p\n    dataset: { name: linear, \
                     n: 3000, d: 10, experts: 3, gate_norm: 2, beta_norm: 2 }\n    model: { family: linear, experts: 3 \
                     }\noptimizers:\n  - em\n";

/// Seconds, and most resident memory in mebibytes, of a run of the program.
fn bench(folder: &Path, yaml: &str, units: usize, jobs: usize) -> (f64, f64) {
    std::fs::write(folder.join("t.yaml"), yaml).unwrap();
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(["bench", "t.yaml", "--quiet", "--seeds", &units.to_string(), "--jobs", &jobs.to_string()])
        .current_dir(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0_f64;
    // The peak is that of the running program, which rendering the report is part of.
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let kib = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    (begun.elapsed().as_secs_f64(), peak)
}

/// Sum of a field of the records' times, in seconds.
fn spent(folder: &Path, field: &str) -> f64 {
    let mut sum = 0.0;
    for unit in std::fs::read_dir(folder.join("results/t/units")).unwrap().flatten() {
        let text = std::fs::read_to_string(unit.path().join("record.json")).unwrap();
        let record: serde_json::Value = serde_json::from_str(&text).unwrap();
        sum += record.pointer(field).and_then(serde_json::Value::as_f64).unwrap();
    }
    sum
}

fn main() {
    let units = std::env::var("HARNESS_BENCH_UNITS").map_or(1000, |text| text.parse().unwrap());
    let (some, much) = (units as f64, (units / 25).max(8));
    let scratch = || tempfile::tempdir().unwrap();
    // Plugins are built and files are read once before anything is timed.
    bench(scratch().path(), TRIVIAL, 1, 1);
    bench(scratch().path(), HEAVY, 1, 1);

    let (empty, _) = bench(scratch().path(), TRIVIAL, 1, 1);
    println!("start and report of one unit        {:8.1} ms", empty * 1e3);
    for jobs in [1, 2] {
        let folder = scratch();
        let (seconds, peak) = bench(folder.path(), TRIVIAL, units, jobs);
        let inside = spent(folder.path(), "/process/wall_s");
        println!("{units} trivial units, {jobs} job(s)       {seconds:8.2} s, {:.0} units/s", some / seconds);
        println!("  per unit, report included         {:8.2} ms   (5 ms is aimed at)", seconds / some * 1e3);
        println!("  per unit, inside the worker       {:8.2} ms", inside / some * 1e3);
        let beside = inside - spent(folder.path(), "/spent/wall_s") - spent(folder.path(), "/spent/eval_s");
        println!("  per point, steps and evaluation aside {:4.1} us (20 us are aimed at)", beside / some / 100.0 * 1e6);
        println!("  most memory of the program        {peak:8.0} MiB  (200 MiB for 10,000 units are aimed at)");
        let (again, _) = bench(folder.path(), TRIVIAL, units, jobs);
        println!("  the same again, from records      {again:8.2} s");
    }
    let (one, _) = bench(scratch().path(), HEAVY, much, 1);
    let (two, _) = bench(scratch().path(), HEAVY, much, 2);
    println!("{much} units that compute, 1 job         {one:8.2} s, {:.0} ms each", (one - empty) / much as f64 * 1e3);
    println!(
        "  with 2 jobs                       {two:8.2} s, {:.2} times the rate (1.8 is aimed at)",
        (one - empty) / (two - empty)
    );
}
