//! `harness compare`, `show` and `export`: what is made of results that are there.

use crate::support::{Scratch, benchmark, regression_csv};

const OPTIMIZERS: &str = "  - em\n  - { use: adam, label: Adam, grid: { step: [0.01, 0.1] } }";

/// Two results of the same benchmark, with other settings of the analysis in the second.
fn two(first: &str, second: &str) -> Scratch {
    let scratch = Scratch::new();
    for (name, optimizers) in [("a", first), ("b", second)] {
        let text = benchmark(optimizers).replace("seeds: 2", "seeds: 8").replace("iterations: 5", "iterations: 30");
        scratch.write(&format!("{name}/data.csv"), regression_csv());
        scratch.write(&format!("{name}/b.yaml"), text + "analysis: { target: { headline: 0.05 } }\n");
        let run = scratch.harness(&["bench", &format!("{name}/b.yaml"), "--out", name, "--quiet"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    scratch
}

#[test]
fn results_equal_themselves() {
    let scratch = two(OPTIMIZERS, OPTIMIZERS);
    let run = scratch.harness(&["compare", "a/results/t", "b/results/t"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert!(run.stdout.ends_with("\n3 same\n"), "{}", run.stdout);
    assert!(run.stdout.lines().all(|line| line.chars().count() <= 80), "{}", run.stdout);
    let changes = scratch.harness(&["compare", "a/results/t", "b/results/t", "--changes", "--csv"]);
    assert_eq!(changes.stdout.lines().count(), 1, "{}", changes.stdout);
}

#[test]
fn what_got_worse_ends_with_3() {
    let scratch = two(
        "  - { use: gradient_descent, label: gd, step: 0.5 }\n  - em",
        "  - { use: gradient_descent, label: gd, step: 0.05 }\n  - em",
    );
    let run = scratch.harness(&["compare", "a/results/t", "b/results/t"]);
    assert_eq!((run.code, run.stderr.as_str()), (3, "1 series is worse\n"), "{}", run.stdout);
    assert!(run.stdout.ends_with("\n1 worse, 1 same\n"), "{}", run.stdout);
    let back = scratch.harness(&["compare", "b/results/t", "a/results/t", "--csv"]);
    assert_eq!((back.code, back.stderr.as_str()), (0, ""), "{}", back.stdout);
    let line = back.stdout.lines().find(|line| line.starts_with("passes,p,gd,8,")).unwrap();
    assert!(line.contains(",better,"), "{line}");
}

#[test]
fn nothing_in_common_is_bad_usage() {
    let scratch = two("  - em", "  - { use: em, label: other }");
    let run = scratch.harness(&["compare", "a/results/t", "b/results/t"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("have no unit in common\n\nhelp: compare results of the same benchmark"),
        "{}",
        run.stderr
    );
    assert_eq!(scratch.harness(&["compare", "a/results/t", "nowhere"]).code, 2);
}

#[test]
fn show_fits_a_terminal_of_80_columns() {
    let scratch = two(OPTIMIZERS, OPTIMIZERS);
    for (locale, is_plain) in [("C", true), ("C.UTF-8", false)] {
        let output = scratch.command(&["show", "a/results/t"]).env("LC_ALL", locale).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(!text.contains('\u{1b}'), "no colour: {text}");
        assert_eq!(text.is_ascii(), is_plain, "{text}");
        assert!(text.contains("em  ") && text.contains("8 seeds"), "{text}");
    }
}

#[test]
fn results_go_to_coco() {
    let scratch = two(OPTIMIZERS, "  - em");
    let run = scratch.harness(&["export", "a/results/t", "--out", "coco"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "coco: 6 files\n"), "{}", run.stderr);
    assert_eq!(scratch.names("coco"), ["Adam", "em"]);
    let info = scratch.read("coco/em/bbobexp_f1.info");
    assert!(info.starts_with("funcId = 1, DIM = ") && info.contains("data_f1/bbobexp_f1_DIM"), "{info}");
    let points = scratch.names("coco/em/data_f1");
    let rows = scratch.read(&format!("coco/em/data_f1/{}", points[0]));
    assert_eq!(rows.matches("% function evaluation").count(), 8, "one instance per seed");
}
