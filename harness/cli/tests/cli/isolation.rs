//! Plugins that do harm, beside healthy ones: each spoils its own unit, with a reason, and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Scratch, cells, regression_csv};

/// Steps of every unit, so that points beyond the deed show.
const STEPS: usize = 12;
/// The step in which the deed is done.
const AT: usize = 5;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Compiles the C plugin.
pub(crate) fn hostile_c(library: &Path, flags: &[&str]) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/hostile.c");
    let output = Command::new("cc")
        .args(["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Wno-infinite-recursion", "-shared", "-fPIC"])
        .args(["-fvisibility=hidden", "-pthread"])
        .args(flags)
        .arg("-I")
        .arg(root().join("plugins/api/include"))
        .arg(source)
        .arg("-lm")
        .arg("-o")
        .arg(library)
        .output()
        .expect("`cc` is needed by this test: apt-get install gcc");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Builds the Rust plugin beside the other build products.
fn hostile_rust() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_harness")).parent().unwrap().join("hostile");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/panics/Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(&target)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("debug").join(format!("libhostile_rust{}", std::env::consts::DLL_SUFFIX))
}

fn benchmark(scratch: &Scratch, optimizers: &str) {
    scratch.write("data.csv", regression_csv());
    scratch.write(
        "b.yaml",
        format!(
            "name: t\nseeds: 2\nbudget: {{ iterations: {STEPS} }}\nlimit: {{ seconds: 2.5, memory: 150MB }}\nproblems:\n  \
             - name: p\n    dataset: {{ file: data.csv, target: y, standardize: true, intercept: true }}\n    model: {{ \
             family: linear, experts: 2, ridge: 0.01 }}\noptimizers:\n{optimizers}\n"
        ),
    );
}

/// (optimizer, config, seed) → record and iterations of the trace.
fn units(scratch: &Scratch) -> BTreeMap<(String, String, u64), (Value, Vec<usize>)> {
    let mut units = BTreeMap::new();
    for unit in scratch.names("results/t/units") {
        assert!(!unit.contains('.'), "{unit} is left over");
        let folder = format!("results/t/units/{unit}");
        let record: Value = serde_json::from_str(&scratch.read(&format!("{folder}/record.json"))).unwrap();
        let trace = cells(&scratch.path(&format!("{folder}/trace.csv")));
        let column = trace[0].iter().position(|name| name == "iteration").unwrap();
        let iterations = trace[1..].iter().map(|row| row[column].parse().unwrap()).collect();
        let text = |key: &str| record[key].as_str().unwrap().to_owned();
        units.insert((text("optimizer"), text("config"), record["seed"].as_u64().unwrap()), (record, iterations));
    }
    units
}

/// What becomes of a unit: its status, a part of the reason, and the last iteration in its trace.
type Fate = (&'static str, &'static str, usize);

fn check(scratch: &Scratch, label: &str, fates: &[(&str, Fate)]) {
    let units = units(scratch);
    for (deed, (status, reason, last)) in fates {
        for seed in 0..2 {
            let (record, iterations) = &units[&(label.to_owned(), format!("deed={deed}"), seed)];
            let shown = format!("{deed}: {} ({})", record["status"], record["reason"]);
            assert_eq!(record["status"], *status, "{shown}");
            assert!(record["reason"].as_str().unwrap().contains(reason), "{shown}");
            assert_eq!(*iterations, (0..=*last).collect::<Vec<_>>(), "{shown}");
        }
    }
    for seed in 0..2 {
        for healthy in ["gradient_descent", "em"] {
            let (record, iterations) = &units[&(healthy.to_owned(), String::new(), seed)];
            assert_eq!(record["status"], "budget", "{healthy}: {}", record["reason"]);
            assert_eq!(iterations.len(), STEPS + 1);
        }
    }
    assert_eq!(units.len(), 2 * (fates.len() + 2));
}

#[test]
fn hostile_plugins_in_c_harm_themselves_alone() {
    let before = AT - 1;
    let fates: &[(&str, Fate)] = &[
        ("segfault", ("crashed", "SIGSEGV, segmentation fault after iteration 4", before)),
        ("abort", ("crashed", "SIGABRT", before)),
        ("exit", ("crashed", "ended the process with exit code 0", before)),
        ("endless", ("timeout", "limit of 2.5 s reached after iteration 4, within a step", before)),
        ("sleep", ("timeout", "within a step", before)),
        ("fork", ("budget", "12 iterations", STEPS)),
        ("child", ("budget", "12 iterations", STEPS)),
        ("runaway", ("budget", "12 iterations", STEPS)),
        ("runaway_abort", ("crashed", "SIGABRT", before)),
        ("thread", ("budget", "12 iterations", STEPS)),
        ("allocate", ("crashed", "150 MB of memory", before)),
        ("overflow", ("crashed", "overflowed its stack", before)),
        ("nan", ("diverged", "step 5 made parameter 0 NaN", before)),
        ("infinite", ("diverged", "-inf", before)),
        ("rise", ("diverged", "the objective rose", STEPS)),
        ("past_end", ("crashed", "past the end of theta", before)),
        ("before_start", ("error", "before the beginning of theta", before)),
        ("print", ("budget", "12 iterations", STEPS)),
        ("close_files", ("crashed", "closed files of the harness", before)),
        ("leak_files", ("error", "Too many open files (os error 24), noticed after iteration 12", STEPS)),
        ("large_child", ("crashed", "limit of 150 MB of memory reached after iteration 4", before)),
        ("cancelled", ("error", "says that it was cancelled, which nobody has done", before)),
        ("terminate", ("crashed", "told to end after iteration 5, not by this program", AT)),
        ("few_files", ("error", "Too many open files", STEPS)),
        ("chdir", ("budget", "12 iterations", STEPS)),
        ("umask", ("budget", "12 iterations", STEPS)),
        ("rounding", ("budget", "12 iterations", STEPS)),
        ("alarm", ("budget", "12 iterations", STEPS)),
        ("write_files", ("error", "something else wrote to the files of the unit", before)),
        ("write_socket", ("budget", "12 iterations", STEPS)),
        ("kill", ("crashed", "killed by the system", before)),
        ("refuse", ("error", "code 4711", before)),
        ("overlap", ("error", "overlaps what the call reads", before)),
        ("too_early", ("error", "call `e_step` first", before)),
        ("forgive", ("error", "code 4711 without a reason", AT)),
        ("flow", ("error", "`step` set `flow` to 77", before)),
        ("none", ("budget", "12 iterations", STEPS)),
    ];
    let scratch = Scratch::new();
    hostile_c(&scratch.path("libhostile.so"), &[]);
    let deeds: Vec<&str> = fates.iter().map(|(deed, _)| *deed).collect();
    let optimizers =
        format!("  - gradient_descent\n  - {{ use: hostile, grid: {{ deed: [{}] }} }}\n  - em", deeds.join(", "));
    benchmark(&scratch, &optimizers);
    let run = scratch.harness(&["bench", "b.yaml", "--plugin", "libhostile.so", "--jobs", "2"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(!run.stdout.contains("garbage"), "{}", run.stdout);
    assert!(run.stderr.contains("p hostile deed=abort: crashed: killed by SIGABRT"), "{}", run.stderr);
    check(&scratch, "hostile", fates);

    // What ended badly is a result too and is not run again, but for what somebody else seems to have killed.
    let again = scratch.harness(&["bench", "b.yaml", "--plugin", "libhostile.so"]);
    assert_eq!(again.code, 3);
    let there = format!("t: 4 units to run, {} already there\n", 2 * fates.len());
    assert!(again.stderr.starts_with(&there), "{}", again.stderr);

    // Nor is it held against those that were asked for alone.
    let healthy = scratch.harness(&["bench", "b.yaml", "--plugin", "libhostile.so", "--only", "p/em"]);
    let there = format!("t: 0 units to run, {} already there\n", 2 * fates.len());
    assert_eq!((healthy.code, healthy.stderr), (0, there), "the failures belong to others");
    let page = scratch.read("reports/t/index.html");
    assert!(page.contains("cargo run --release -- bench benchmark.yaml --plugin libhostile.so</pre>"));
}

#[test]
fn hostile_plugins_in_rust_harm_themselves_alone() {
    let fates: &[(&str, Fate)] = &[
        ("panic", ("error", "step 3: panicked: nothing works (src/lib.rs", 2)),
        ("index", ("error", "index out of bounds", 2)),
        ("allocate", ("crashed", "memory allocation of 107374182400 bytes failed", 2)),
        ("overflow", ("crashed", "overflowed its stack", 2)),
        ("drop", ("budget", "12 iterations", STEPS)),
        ("thread", ("budget", "12 iterations", STEPS)),
    ];
    let scratch = Scratch::new();
    let deeds: Vec<&str> = fates.iter().map(|(deed, _)| *deed).collect();
    let optimizers =
        format!("  - gradient_descent\n  - {{ use: hostile_rust, grid: {{ deed: [{}] }} }}\n  - em", deeds.join(", "));
    benchmark(&scratch, &optimizers);
    let run = scratch.harness(&["bench", "b.yaml", "--plugin", hostile_rust().to_str().unwrap()]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    check(&scratch, "hostile_rust", fates);
}

#[test]
fn what_a_plugin_does_to_data_and_process_is_nobody_elses() {
    let healthy = |scratch: &Scratch| {
        let mut units = units(scratch);
        units.retain(|(optimizer, ..), _| optimizer != "hostile");
        units.into_values().map(|(record, _)| record["theta"].clone()).collect::<Vec<_>>()
    };
    let alone = Scratch::new();
    benchmark(&alone, "  - gradient_descent\n  - em");
    assert_eq!(alone.harness(&["bench", "b.yaml"]).code, 0);
    for jobs in ["1", "2"] {
        let scratch = Scratch::new();
        hostile_c(&scratch.path("libhostile.so"), &[]);
        let deeds = "{ use: hostile, grid: { deed: [write_data, force_data, rounding, chdir, alarm] } }";
        benchmark(&scratch, &format!("  - gradient_descent\n  - {deeds}\n  - em"));
        let run = scratch.harness(&["bench", "b.yaml", "--plugin", "libhostile.so", "--jobs", jobs]);
        assert_eq!(run.code, 3, "{}", run.stderr);
        let fates = [
            ("write_data", ("crashed", "SIGSEGV, segmentation fault after iteration 4", AT - 1)),
            ("force_data", ("crashed", "killed by the system", AT - 1)),
            ("rounding", ("budget", "12 iterations", STEPS)),
            ("chdir", ("budget", "12 iterations", STEPS)),
            ("alarm", ("budget", "12 iterations", STEPS)),
        ];
        check(&scratch, "hostile", &fates);
        assert_eq!(healthy(&scratch), healthy(&alone));
    }
}

#[test]
fn a_plugin_of_another_abi_is_refused_before_anything_runs() {
    let scratch = Scratch::new();
    hostile_c(&scratch.path("libwrong.so"), &["-DWRONG_ABI"]);
    benchmark(&scratch, "  - hostile");
    let run = scratch.harness(&["bench", "b.yaml", "--plugin", "libwrong.so"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("built for plugin ABI 2."), "{}", run.stderr);
    assert!(scratch.names("results").is_empty());
}

/// Whoever starts the program may have told the system to forget children that end, and that is inherited.
#[test]
fn a_crash_is_noticed_where_children_are_forgotten() {
    let scratch = Scratch::new();
    hostile_c(&scratch.path("libhostile.so"), &[]);
    benchmark(&scratch, "  - { use: hostile, deed: segfault }\n  - gradient_descent\n  - em");
    let harness = env!("CARGO_BIN_EXE_harness");
    let script = format!("trap '' CHLD; exec {harness} bench b.yaml --plugin libhostile.so");
    let output = Command::new("sh").args(["-c", &script]).current_dir(scratch.path("")).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(units(&scratch).len(), 6);
}

#[test]
fn a_plugin_that_crashes_while_it_is_loaded_is_refused() {
    let scratch = Scratch::new();
    hostile_c(&scratch.path("libcrash.so"), &["-DCRASHES_AT_ONCE"]);
    benchmark(&scratch, "  - hostile");
    for arguments in
        [&["bench", "b.yaml", "--plugin", "libcrash.so"][..], &["plugin", "list", "--plugin", "libcrash.so"]]
    {
        let run = scratch.harness(arguments);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains("crashes while it is loaded: SIGABRT, abort"), "{said}");
    }
}

#[test]
fn a_plugin_that_is_overwritten_during_the_run_makes_no_result() {
    let scratch = Scratch::new();
    hostile_c(&scratch.path("libhostile.so"), &[]);
    benchmark(&scratch, "  - { use: hostile, deed: endless }");
    let mut child =
        scratch.command(&["bench", "b.yaml", "--plugin", "libhostile.so"]).stderr(Stdio::piped()).spawn().unwrap();
    while scratch.names("results/t/units").is_empty() {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::yield_now();
    }
    // In place, as `cp` does, not beside and renamed.
    std::fs::write(scratch.path("libhostile.so"), b"something else").unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("libhostile.so has changed since the run began"), "{stderr}");
    assert!(scratch.names("results/t/units").is_empty());
}

#[test]
fn nothing_of_a_hostile_unit_outlives_the_run() {
    let scratch = Scratch::new();
    hostile_c(&scratch.path("libhostile.so"), &[]);
    benchmark(
        &scratch,
        "  - { use: hostile, grid: { deed: [child, endless, sleep, thread, runaway, runaway_abort] } }",
    );
    let run = scratch.harness(&["bench", "b.yaml", "--plugin", "libhostile.so"]);
    assert_eq!((run.code, scratch.names("results/t/units").len()), (3, 12), "{}", run.stderr);
    let mark = scratch.path("").canonicalize().unwrap();
    let alive: Vec<PathBuf> = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == mark))
        .map(|entry| entry.path())
        .collect();
    assert!(alive.is_empty(), "{alive:?}");
}
