//! What is there is kept, and used: resumed, extended, redone where it is damaged, never lost and never misread.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::isolation::hostile_c;
use crate::support::{Scratch, cells, regression_csv};

/// Every optimizer that can be taken up again, with mini-batches and momentum where it has them.
const RESUMABLE: &str = "  - em\n  - { use: mirror_descent, step: 0.5 }\n  - { use: gradient_em, step: 0.1 }\n  \
                         - { use: gradient_descent, label: plain }\n  \
                         - { use: gradient_descent, label: nesterov, momentum: nesterov, step: 0.02 }\n  \
                         - { use: gradient_descent, label: heavy, momentum: heavy_ball, step: 0.02, batch_size: 7 }\n  \
                         - { use: adam, batch_size: 9 }\n  - { use: adam, label: full }";

pub(crate) const PROBLEMS: &str = "  - name: regression\n    dataset: { file: data.csv, target: y, standardize: true, intercept: \
                        true, test_fraction: 0.25 }\n    model: { family: linear, experts: 2, ridge: 0.01 }\n  \
                        - name: symmetric\n    dataset: { name: symmetric_linear, n: 60, d: 3, gate_norm: 2, \
                        beta_norm: 2 }\n    model: { family: symmetric_linear }\n  \
                        - name: logistic\n    dataset: { name: logistic, n: 60, d: 2, experts: 2, classes: 3, \
                        gate_norm: 2, beta_norm: 2 }\n    model: { family: logistic, experts: 2, ridge: 0.01 }";

pub(crate) fn benchmark(scratch: &Scratch, iterations: usize, problems: &str, optimizers: &str, rest: &str) {
    scratch.write("data.csv", regression_csv());
    scratch.write(
        "b.yaml",
        format!("name: t\nseeds: 2\nbudget: {{ iterations: {iterations} }}\n{rest}problems:\n{problems}\noptimizers:\n{optimizers}\n"),
    );
}

/// Everything of the finished units that no clock has measured, by unit and file.
pub(crate) fn contents(scratch: &Scratch) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for unit in scratch.names("results/t/units") {
        let folder = format!("results/t/units/{unit}");
        assert!(!unit.contains('.'), "{unit} is left over");
        let mut record: Value = serde_json::from_str(&scratch.read(&format!("{folder}/record.json"))).unwrap();
        let object = record.as_object_mut().unwrap();
        for key in ["host", "process", "files", "checksum"] {
            object.remove(key);
        }
        for key in ["cpu_s", "wall_s", "eval_s"] {
            object["spent"].as_object_mut().unwrap().remove(key);
        }
        all.insert(format!("{unit}/record"), record.to_string());
        let mut trace = cells(&scratch.path(&format!("{folder}/trace.csv")));
        let is_time: Vec<bool> = trace[0].iter().map(|name| name.ends_with("_s")).collect();
        for row in &mut trace {
            let mut index = 0;
            row.retain(|_| {
                index += 1;
                !is_time[index - 1]
            });
        }
        all.insert(format!("{unit}/trace"), format!("{trace:?}"));
        if scratch.names(&folder).contains(&"theta.csv".to_owned()) {
            all.insert(format!("{unit}/theta"), scratch.read(&format!("{folder}/theta.csv")));
        }
    }
    all
}

pub(crate) fn assert_same(left: &BTreeMap<String, String>, right: &BTreeMap<String, String>) {
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
    for (name, text) in left {
        assert_eq!(text, &right[name], "{name}");
    }
}

#[test]
fn an_extended_run_equals_a_longer_one_to_the_last_bit() {
    let (extended, whole) = (Scratch::new(), Scratch::new());
    let theta = "record: { theta: true }\n";
    benchmark(&extended, 7, PROBLEMS, RESUMABLE, theta);
    extended.harness(&["bench", "b.yaml"]);
    benchmark(&extended, 20, PROBLEMS, RESUMABLE, theta);
    let dry = extended.harness(&["bench", "b.yaml", "--dry-run"]);
    assert_eq!(dry.stdout.matches("(continued)").count(), 48, "{}", dry.stdout);
    let run = extended.harness(&["bench", "b.yaml"]);
    assert_eq!(run.stderr.lines().next(), Some("t: 48 units to run, 48 of them continued"));
    benchmark(&whole, 20, PROBLEMS, RESUMABLE, theta);
    whole.harness(&["bench", "b.yaml"]);
    assert_same(&contents(&extended), &contents(&whole));
}

/// Beyond 1,000 iterations not every one is recorded, and the last one of a run is recorded out of turn.
#[test]
fn an_extended_run_forgets_the_point_that_only_its_end_has_made() {
    let (extended, whole) = (Scratch::new(), Scratch::new());
    let optimizers = "  - { use: adam, batch_size: 5, step: 0.001 }";
    let problem = PROBLEMS.split("  - name: symmetric").next().unwrap();
    for iterations in [990, 1050, 1300] {
        benchmark(&extended, iterations, problem, optimizers, "");
        extended.harness(&["bench", "b.yaml"]);
    }
    benchmark(&whole, 1300, problem, optimizers, "");
    whole.harness(&["bench", "b.yaml"]);
    assert_same(&contents(&extended), &contents(&whole));
}

#[test]
fn a_continued_run_stops_where_a_fresh_one_would() {
    let problem = PROBLEMS.split("  - name: symmetric").next().unwrap();
    let optimizer = "  - { use: gradient_descent, step: 0.05 }";
    let budget = |scratch: &Scratch, iterations: usize| {
        benchmark(scratch, iterations, problem, optimizer, "");
        let text = scratch.read("b.yaml").replace("budget: { iterations:", "budget: { passes: 5, iterations:");
        scratch.write("b.yaml", text);
    };
    let (extended, fresh) = (Scratch::new(), Scratch::new());
    // The passes are spent already when the run is taken up.
    for iterations in [10, 20] {
        budget(&extended, iterations);
        extended.harness(&["bench", "b.yaml"]);
    }
    budget(&fresh, 20);
    fresh.harness(&["bench", "b.yaml"]);
    assert_same(&contents(&extended), &contents(&fresh));
}

#[test]
fn data_that_change_or_go_while_a_plan_runs_are_nobodys_result() {
    let scratch = Scratch::new();
    hostile_c(&scratch.path("libhostile.so"), &[]);
    let problem = PROBLEMS.split("  - name: symmetric").next().unwrap();
    benchmark(&scratch, 20, problem, "  - gradient_descent\n  - { use: hostile, deed: sleep }\n  - em", "");
    let text = scratch.read("b.yaml").replace("seeds: 2", "seeds: 2\nlimit: { seconds: 1 }");
    scratch.write("b.yaml", text);
    let arguments = ["bench", "b.yaml", "--plugin", "libhostile.so", "--seeds", "4"];
    for change in [None, Some("a,b,y\n1,2,3\n")] {
        let mut child = scratch.command(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for_units(&scratch, &mut child, 1);
        // The second unit sleeps until its limit; a later seed loads the data again.
        std::fs::remove_file(scratch.path("data.csv")).unwrap();
        if let Some(text) = change {
            scratch.write("data.csv", text);
        }
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("data.csv") || stderr.contains("the data of problem `regression` have"), "{stderr}");
        scratch.write("data.csv", regression_csv());
        std::fs::remove_dir_all(scratch.path("results")).unwrap();
    }
}

#[test]
fn two_names_of_one_configuration_run_once() {
    let scratch = Scratch::new();
    let problem = PROBLEMS.split("  - name: symmetric").next().unwrap();
    let optimizers = "  - { use: adam, label: a }\n  - { use: adam, label: b, step: 0.01 }";
    benchmark(&scratch, 3, problem, optimizers, "");
    let run = scratch.harness(&["bench", "b.yaml", "--jobs", "2", "--seeds", "30"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(scratch.names("results/t/units").len(), 30);
    assert!(run.stderr.starts_with("t: 30 units to run"), "{}", run.stderr);
}

#[test]
fn files_of_the_user_stay_as_they_are() {
    let scratch = Scratch::new();
    let problem = PROBLEMS.split("  - name: symmetric").next().unwrap();
    benchmark(&scratch, 3, problem, "  - em", "");
    for name in ["notes.old", "mine.part", "a.b.part"] {
        scratch.write(&format!("results/t/{name}"), "mine");
    }
    scratch.harness(&["bench", "b.yaml"]);
    let names = scratch.names("results/t");
    assert!(["notes.old", "mine.part", "a.b.part"].iter().all(|name| names.contains(&(*name).to_owned())), "{names:?}");
}

#[test]
fn an_optimizer_that_keeps_no_state_runs_again() {
    let scratch = Scratch::new();
    hostile_c(&scratch.path("libhostile.so"), &[]);
    let problem = PROBLEMS.split("  - name: symmetric").next().unwrap();
    for (iterations, expected) in
        [(5, "t: 2 units to run"), (9, "t: 2 units to run"), (9, "t: 0 units to run, 2 already there")]
    {
        benchmark(&scratch, iterations, problem, "  - hostile", "");
        let run = scratch.harness(&["bench", "b.yaml", "--plugin", "libhostile.so"]);
        assert_eq!((run.code, run.stderr.trim_end()), (0, expected));
    }
    assert!(contents(&scratch).values().any(|text| text.contains("9 iterations")));
}

#[test]
fn a_damaged_unit_is_left_out_of_reports_and_redone_by_the_next_run() {
    let scratch = Scratch::new();
    let problem = PROBLEMS.split("  - name: symmetric").next().unwrap();
    benchmark(&scratch, 6, problem, "  - em\n  - adam", "");
    scratch.harness(&["bench", "b.yaml"]);
    let sound = contents(&scratch);
    let units = scratch.names("results/t/units");
    let damage = |unit: &str, file: &str, how: &dyn Fn(&mut Vec<u8>)| {
        let path = scratch.path(&format!("results/t/units/{unit}/{file}"));
        let mut bytes = std::fs::read(&path).unwrap();
        how(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
    };
    damage(&units[0], "trace.csv", &|bytes| {
        let digit = bytes.iter().rposition(u8::is_ascii_digit).unwrap();
        bytes[digit] = if bytes[digit] == b'1' { b'2' } else { b'1' };
    });
    damage(&units[1], "record.json", &|bytes| bytes.truncate(bytes.len() / 2));
    std::fs::remove_file(scratch.path(&format!("results/t/units/{}/record.json", units[2]))).unwrap();

    let show = scratch.harness(&["show", "results/t"]);
    assert_eq!(show.code, 0, "{}", show.stderr);
    assert_eq!(show.stderr.matches("is damaged and left out").count(), 3, "{}", show.stderr);
    let run = scratch.harness(&["bench", "b.yaml"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.stderr.matches("is damaged and runs again").count(), 3, "{}", run.stderr);
    assert!(run.stderr.contains("trace.csv: the checksum does not match"), "{}", run.stderr);
    assert!(run.stderr.ends_with("t: 3 units to run, 1 already there\n"), "{}", run.stderr);
    assert_same(&contents(&scratch), &sound);

    // Without its state a unit is whole, but cannot be continued.
    damage(&units[1], "state.bin", &|bytes| bytes[9] ^= 1);
    assert!(scratch.harness(&["bench", "b.yaml"]).stderr.ends_with("t: 0 units to run, 4 already there\n"));
    std::fs::write(
        scratch.path("results/t/benchmark.yaml"),
        scratch.read("results/t/benchmark.yaml").replace(": 6", ": 7"),
    )
    .unwrap();
    let report = scratch.harness(&["report", "results/t"]);
    assert!(report.stderr.contains("benchmark.yaml: changed since the benchmark ran"), "{}", report.stderr);
    benchmark(&scratch, 8, problem, "  - em\n  - adam", "");
    let longer = scratch.harness(&["bench", "b.yaml"]);
    assert!(longer.stderr.contains("state.bin: not as it was written"), "{}", longer.stderr);
    assert!(longer.stderr.ends_with("t: 4 units to run, 3 of them continued\n"), "{}", longer.stderr);
}

#[test]
fn verify_finds_what_does_not_repeat_itself() {
    let scratch = Scratch::new();
    let problem = PROBLEMS.split("  - name: symmetric").next().unwrap();
    benchmark(&scratch, 6, problem, "  - em\n  - adam", "");
    scratch.harness(&["bench", "b.yaml"]);
    let run = scratch.harness(&["verify", "results/t", "--sample", "3"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "t: 3 of 3 units repeat themselves\n"), "{}", run.stderr);
    // Other data under the same name.
    scratch.write("data.csv", regression_csv().replace("0.5", "0.6"));
    let run = scratch.harness(&["verify", "results/t", "--sample", "3"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("differs at iteration 0: the objective was"), "{}", run.stdout);
    assert!(run.stderr.contains("made by another build of a plugin or of the models, or from other data"));
    assert!(scratch.names("results/t").iter().all(|name| !name.contains("scratch")));
}

pub(crate) fn signal(child: &Child, signal: Signal) {
    // It may have ended meanwhile.
    let _ = kill_process(Pid::from_raw(child.id().cast_signed()).unwrap(), signal);
}

/// Waits until as many units are in place, or the program has ended.
pub(crate) fn wait_for_units(scratch: &Scratch, child: &mut Child, count: usize) {
    let finished = || scratch.names("results/t/units").iter().filter(|name| !name.contains('.')).count();
    while finished() < count && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// `HARNESS_TEST_KILLS=50 HARNESS_TEST_SEEDS=100` makes it 1,000 units, a tenth of them hostile.
#[test]
fn kill_minus_nine_at_any_moment_loses_and_changes_nothing() {
    let (kills, seeds) = (number("HARNESS_TEST_KILLS", 8), number("HARNESS_TEST_SEEDS", 12));
    let problem = PROBLEMS.split("  - name: symmetric").next().unwrap();
    let optimizers = "  - { use: gradient_descent, grid: { step: [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09] } }\n  \
                      - { use: hostile, deed: segfault }";
    let arguments = |seeds: &str| {
        ["bench", "b.yaml", "--plugin", "libhostile.so", "--jobs", "2", "--seeds", seeds].map(str::to_owned)
    };
    let seeds = arguments(&seeds.to_string());
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    let prepare = || {
        let scratch = Scratch::new();
        hostile_c(&scratch.path("libhostile.so"), &[]);
        benchmark(&scratch, 100, problem, optimizers, "");
        scratch
    };
    let (killed, undisturbed) = (prepare(), prepare());
    let total = 10 * number("HARNESS_TEST_SEEDS", 12);
    let mut random = 12_345_usize;
    for round in 0..kills {
        let mut child = killed.command(&seeds).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let target = total * round / kills + (random >> 33) % (total / kills).max(1);
        wait_for_units(&killed, &mut child, target);
        // Anywhere inside the next unit.
        for _ in 0..(random >> 40) % 2000 {
            std::hint::spin_loop();
        }
        let before = contents_of_finished(&killed);
        if round % 3 == 2 {
            signal_a_worker(&child, Signal::KILL);
        }
        signal(&child, Signal::KILL);
        child.wait().unwrap();
        let after = contents_of_finished(&killed);
        assert!(before.iter().all(|(unit, text)| after.get(unit) == Some(text)), "a finished unit was lost or changed");
    }
    assert_eq!(killed.harness(&seeds).code, 3);
    assert_eq!(undisturbed.harness(&seeds).code, 3);
    let contents = contents(&killed);
    assert_eq!(contents.len(), 2 * total);
    assert_same(&contents, &self::contents(&undisturbed));
}

/// The records of the units in place, while a run goes on.
pub(crate) fn contents_of_finished(scratch: &Scratch) -> BTreeMap<String, String> {
    let finished = scratch.names("results/t/units").into_iter().filter(|name| !name.contains('.'));
    finished.map(|unit| (unit.clone(), scratch.read(&format!("results/t/units/{unit}/record.json")))).collect()
}

fn signal_a_worker(parent: &Child, signal: Signal) {
    let needle = format!("PPid:\t{}\n", parent.id());
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        if status.contains(&needle)
            && let Some(pid) = entry.file_name().to_string_lossy().parse().ok().and_then(Pid::from_raw)
        {
            let _ = kill_process(pid, signal);
            return;
        }
    }
}

#[test]
fn a_worker_that_is_killed_from_outside_costs_nothing() {
    let scratch = Scratch::new();
    let problem = PROBLEMS.split("  - name: symmetric").next().unwrap();
    benchmark(&scratch, 3000, problem, "  - em", "");
    let mut child = scratch
        .command(&["bench", "b.yaml", "--seeds", "8"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    for (count, how) in [(1, Signal::KILL), (2, Signal::TERM), (3, Signal::KILL), (4, Signal::TERM)] {
        wait_for_units(&scratch, &mut child, count);
        signal_a_worker(&child, how);
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(contents(&scratch).len(), 16);
}

#[test]
fn two_runs_do_not_write_to_one_folder() {
    let scratch = Scratch::new();
    hostile_c(&scratch.path("libhostile.so"), &[]);
    let problem = PROBLEMS.split("  - name: symmetric").next().unwrap();
    benchmark(&scratch, 20, problem, "  - gradient_descent\n  - { use: hostile, deed: sleep }", "");
    let arguments = ["bench", "b.yaml", "--plugin", "libhostile.so"];
    let mut child = scratch.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for_units(&scratch, &mut child, 1);
    let second = scratch.harness(&arguments);
    assert_eq!(second.code, 1);
    assert!(second.stderr.contains("another `harness bench` is writing here"), "{}", second.stderr);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A file system of its own, where this process may mount one.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(path: std::path::PathBuf, options: &str) -> Option<Self> {
        std::fs::create_dir_all(&path).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&path).output().ok()?;
        mount.status.success().then_some(Self(path))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_ends_the_run_and_keeps_what_was_finished() {
    let scratch = Scratch::new();
    let problem = PROBLEMS.split("  - name: symmetric").next().unwrap();
    benchmark(&scratch, 200, problem, "  - em\n  - adam\n  - gradient_descent", "");
    let Some(disk) = SmallDisk::mount(scratch.path("small"), "size=400k") else {
        eprintln!("not tested: no file system may be mounted here");
        return;
    };
    let arguments = ["bench", "b.yaml", "--seeds", "10", "--out", "small"];
    let run = scratch.harness(&arguments);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("No space left on device"), "{}", run.stderr);
    let left = scratch.names("small/results/t/units");
    let finished = left.iter().filter(|name| !name.contains('.')).count();
    assert!((1..30).contains(&finished), "{finished}");
    // With room again, the rest runs.
    let grown = Command::new("mount").args(["-o", "remount,size=50m"]).arg(&disk.0).status().unwrap();
    assert!(grown.success());
    let run = scratch.harness(&arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stderr, format!("t: {} units to run, {finished} already there\n", 30 - finished));
}

#[test]
fn a_read_only_folder_is_an_error_that_names_it() {
    let scratch = Scratch::new();
    let problem = PROBLEMS.split("  - name: symmetric").next().unwrap();
    benchmark(&scratch, 5, problem, "  - em", "");
    let Some(_disk) = SmallDisk::mount(scratch.path("fixed"), "size=1m,ro") else {
        eprintln!("not tested: no file system may be mounted here");
        return;
    };
    let run = scratch.harness(&["bench", "b.yaml", "--out", "fixed"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("fixed/results/t: Read-only file system"), "{}", run.stderr);
}
