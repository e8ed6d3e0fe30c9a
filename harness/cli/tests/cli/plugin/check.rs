//! The conformance suite: the plugins of the repository pass, and each wrong one fails the one case that it is about.

use serde_json::Value;

use super::{include, root, tool};
use crate::support::Scratch;

/// What `wrong.c` gets wrong, by number: the case, and part of what is said.
const WRONG: [(u32, &str, &str, &str); 22] = [
    (1, "destroy_early", "crashed", "signal 11 (segmentation fault)"),
    (2, "same_seed", "failed", "two runs with the same seed: after step 1 parameter 0 is"),
    (3, "interleaved", "failed", "whose steps alternate with another's: after step"),
    (4, "threads", "failed", "one that changes threads at every step: after step"),
    (5, "oracle_error", "failed", "the callbacks failed with code 3 and `step` returned 0"),
    (6, "cancellation", "failed", "the callbacks returned 5 and `step` returned 1"),
    (7, "not_a_number", "timed_out", "still running after 1 s"),
    (8, "bounds", "failed", "step 1 wrote to theta[9]; theta has 9 numbers"),
    (9, "stdout", "failed", "bytes printed on stdout"),
    (10, "descriptors", "failed", "16 instances left 16 files open"),
    (11, "callbacks", "failed", "a callback outside of `create` and `step`"),
    (12, "counted", "failed", "it moves theta without asking the problem"),
    (13, "extensions", "crashed", "signal 11 (segmentation fault)"),
    (14, "newer_host", "failed", "`create` returned 7"),
    (15, "values", "crashed", "signal 6 (abort)"),
    (16, "descent", "failed", "step 1 raised the objective from"),
    (17, "save_restore", "failed", "a run in one piece, and one that was saved and taken up: after step"),
    (18, "runs", "failed", "step 1 made parameter 0 NaN"),
    (19, "extensions", "failed", "a table for an id that does not exist"),
    (20, "declared", "failed", "`step` is searched from -1 to 1, but must be above 0"),
    (21, "load", "crashed", "signal 6 (abort)"),
    (22, "runs", "failed", "memory to write a result to that overlaps what the call reads"),
];

fn build(scratch: &Scratch, wrong: u32) -> String {
    let name = format!("libwrong{wrong}.so");
    let mut cc = tool("cc", "gcc");
    cc.args(["-std=gnu99", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden"]);
    cc.arg(format!("-DWRONG={wrong}")).arg("-I").arg(include());
    cc.arg(root().join("harness/cli/tests/cli/plugin/wrong.c")).arg("-o").arg(scratch.path(&name));
    let output = cc.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    name
}

fn check(scratch: &Scratch, library: &str, more: &[&str]) -> (i32, Vec<Value>) {
    let run = scratch.harness(&[&["plugin", "check", library, "--json"], more].concat());
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr));
    (run.code, report["cases"].as_array().unwrap().clone())
}

fn failures(cases: &[Value]) -> Vec<(&str, &str, &str)> {
    cases
        .iter()
        .map(|case| ["case", "status", "detail"].map(|key| case[key].as_str().unwrap()))
        .filter(|[_, status, _]| ["failed", "crashed", "timed_out"].contains(status))
        .map(|[case, status, detail]| (case, status, detail))
        .collect()
}

#[test]
fn a_plugin_that_keeps_the_rules_passes_every_case() {
    let scratch = Scratch::new();
    let (code, cases) = check(&scratch, &build(&scratch, 0), &[]);
    let rest: Vec<&Value> = cases.iter().filter(|case| case["status"] != "passed").collect();
    assert!(code == 0 && rest.is_empty() && cases.len() == 20, "{rest:#?}");
}

#[test]
fn every_wrong_plugin_fails_exactly_the_case_it_is_about() {
    let scratch = Scratch::new();
    for (wrong, case, status, detail) in WRONG {
        let (code, cases) = check(&scratch, &build(&scratch, wrong), &["--limit", "1"]);
        let found = failures(&cases);
        assert!(
            code == 3 && found.len() == 1 && (found[0].0, found[0].1) == (case, status) && found[0].2.contains(detail),
            "wrong plugin {wrong}: {case} {status} `{detail}` expected, found {found:#?}"
        );
    }
}

#[test]
fn the_plugins_of_the_workspace_pass() {
    let scratch = Scratch::new();
    let run = scratch.harness(&["plugin", "list", "--json"]);
    let places: Value = serde_json::from_str(&run.stdout).unwrap();
    let workspace = places.as_array().unwrap().iter().find(|place| place["place"] == "workspace").unwrap();
    for plugin in workspace["plugins"].as_array().unwrap() {
        let (code, cases) = check(&scratch, plugin["path"].as_str().unwrap(), &[]);
        assert_eq!((code, failures(&cases)), (0, Vec::new()), "{}", plugin["path"]);
    }
}

#[test]
fn what_is_no_plugin_fails_to_load_with_a_reason() {
    let scratch = Scratch::new();
    scratch.write("libtext.so", "not a library");
    let (code, cases) = check(&scratch, "libtext.so", &[]);
    assert_eq!((code, cases.len()), (3, 1));
    assert!(cases[0]["detail"].as_str().unwrap().starts_with("not a loadable library"), "{}", cases[0]);
    assert_eq!(scratch.harness(&["plugin", "check", "nowhere.so"]).code, 2);
    let run = scratch.harness(&["plugin", "check", "libtext.so", "--case", "thread"]);
    assert!(run.code == 2 && run.stderr.contains("did you mean `threads`?"), "{}", run.stderr);
}

#[test]
fn the_text_says_what_was_tried_and_counts() {
    let scratch = Scratch::new();
    let library = build(&scratch, 8);
    let run = scratch.harness(&["plugin", "check", &library, "--case", "bounds", "--case", "runs"]);
    assert_eq!(run.code, 3);
    assert_eq!(
        run.stdout,
        "\nsubject\n  passed     runs           twelve steps give finite iterates\n                            12 steps on \
         `linear`\n  failed     bounds         it writes the numbers of theta and nothing else\n                            \
         step 1 wrote to theta[9]; theta has 9 numbers\n\n1 passed, 0 warnings, 1 failed, 0 skipped\n"
    );
    assert_eq!(run.stderr, "1 case failed\n");
}
