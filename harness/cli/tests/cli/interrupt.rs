//! Ctrl-C and its like: what is done stays, what is at work is kept or left out, and nothing finished is touched.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use rustix::process::Signal;

use crate::isolation::hostile_c;
use crate::resume::{PROBLEMS, assert_same, benchmark, contents, contents_of_finished, signal, wait_for_units};
use crate::support::Scratch;

fn regression() -> &'static str {
    PROBLEMS.split("  - name: symmetric").next().unwrap()
}

/// Starts the benchmark and waits until a unit is being written beside its place.
fn start(scratch: &Scratch, arguments: &[&str]) -> Child {
    let mut child = scratch.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !scratch.names("results/t/units").iter().any(|name| name.contains('.')) {
        assert!(child.try_wait().unwrap().is_none(), "ended before a unit was seen at work");
        std::thread::yield_now();
    }
    child
}

fn interrupted(child: Child) -> String {
    signal(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    stderr
}

#[test]
fn an_interrupted_extension_leaves_the_unit_as_it_was_and_goes_on_later() {
    let (stopped, whole) = (Scratch::new(), Scratch::new());
    let optimizers = "  - { use: adam, step: 0.001 }";
    benchmark(&stopped, 50, regression(), optimizers, "");
    assert_eq!(stopped.harness(&["bench", "b.yaml"]).code, 0);
    let short = contents(&stopped);

    for scratch in [&stopped, &whole] {
        benchmark(scratch, 40_000, regression(), optimizers, "");
    }
    let stderr = interrupted(start(&stopped, &["bench", "b.yaml"]));
    assert!(stderr.contains("interrupted: 0 of 2 units have ended"), "{stderr}");
    assert_same(&contents(&stopped), &short);
    assert!(!stopped.names("results/t/unfinished/units").is_empty());

    let rest = stopped.harness(&["bench", "b.yaml"]);
    assert!(rest.stderr.contains("2 units to run, 2 of them continued"), "{}", rest.stderr);
    assert_eq!((rest.code, whole.harness(&["bench", "b.yaml"]).code), (0, 0));
    assert_same(&contents(&stopped), &contents(&whole));
    assert!(stopped.names("results/t/unfinished/units").is_empty());

    let stderr = interrupted(start(&stopped, &["bench", "b.yaml", "--force"]));
    assert!(stderr.contains("0 of 2"), "{stderr}");
    assert_same(&contents(&stopped), &contents(&whole));
}

#[test]
fn ctrl_c_keeps_what_is_done_and_says_how_to_go_on() {
    let problem = regression();
    let optimizers = "  - { use: adam, step: 0.001 }\n  - em";
    let (stopped, whole) = (Scratch::new(), Scratch::new());
    for scratch in [&stopped, &whole] {
        benchmark(scratch, 20_000, problem, optimizers, "");
    }
    let mut child = stopped.command(&["bench", "b.yaml"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_units(&stopped, &mut child, 1);
    signal(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("ending after the steps at work; once more to stop now"), "{stderr}");
    assert!(stderr.contains("the same command goes on from here:\n  harness bench b.yaml"), "{stderr}");
    let run = stopped.harness(&["bench", "b.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!run.stderr.starts_with("t: 4 units"), "{}", run.stderr);
    whole.harness(&["bench", "b.yaml"]);
    assert_same(&contents(&stopped), &contents(&whole));
}

#[test]
fn ctrl_c_twice_stops_a_step_that_does_not_end() {
    let scratch = Scratch::new();
    hostile_c(&scratch.path("libhostile.so"), &[]);
    let problem = regression();
    benchmark(&scratch, 20, problem, "  - gradient_descent\n  - { use: hostile, deed: sleep }", "");
    let mut child = scratch
        .command(&["bench", "b.yaml", "--plugin", "libhostile.so"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_units(&scratch, &mut child, 1);
    signal(&child, Signal::TERM);
    // The second counts only once the first has been heard, which is when the program says so.
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(stderr.any(|line| line.unwrap().contains("once more to stop now")));
    signal(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(1), "a third would end it with 130");
    assert!(contents_of_finished(&scratch).len() <= 2);
    let dry = scratch.harness(&["bench", "b.yaml", "--plugin", "libhostile.so", "--dry-run"]);
    assert_eq!(dry.stdout.lines().count(), 3);
}
