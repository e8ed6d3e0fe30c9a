//! `harness gallery`: the page over all reports.

use std::fs;

use crate::support::{Scratch, benchmark, regression_csv};

#[test]
fn the_gallery_lists_reports_and_says_what_it_leaves_out() {
    let scratch = Scratch::new();
    scratch.write("data.csv", regression_csv());
    scratch.write("b.yaml", benchmark("  - em\n  - { use: adam, step: 0.1 }"));
    let run = scratch.harness(&["bench", "b.yaml", "-q"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    fs::create_dir(scratch.path("reports/hand")).unwrap();
    scratch.write("reports/hand/index.html", "<html>my own page");
    let made = scratch.harness(&["gallery"]);
    assert_eq!((made.code, made.stdout.as_str()), (0, "reports/index.html (1 report)\n"), "{}", made.stderr);
    assert!(made.stderr.starts_with("note: left out: reports/hand: "), "{}", made.stderr);
    let page = scratch.read("reports/index.html");
    for link in ["t/index.html", "t/benchmark.yaml", "t/tables/units.csv"] {
        assert!(page.contains(&format!("href=\"{link}\"")) && scratch.path("reports").join(link).is_file(), "{link}");
    }
}

#[test]
fn pages_and_files_of_others_are_left_alone() {
    let scratch = Scratch::new();
    scratch.write("data.csv", regression_csv());
    scratch.write("b.yaml", benchmark("  - em\n  - { use: adam, step: 0.1 }"));
    scratch.harness(&["bench", "b.yaml", "-q"]);
    scratch.write("reports/index.html", "<html>my home page");
    let refused = scratch.harness(&["gallery"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("not written by this program") && refused.stderr.contains("move it away"));
    assert_eq!(scratch.read("reports/index.html"), "<html>my home page");
    scratch.write("reports/t/notes.md", "mine");
    assert_eq!(scratch.harness(&["report", "results/t"]).code, 0);
    assert_eq!(scratch.read("reports/t/notes.md"), "mine");
    let missing = scratch.harness(&["gallery", "nowhere"]);
    assert!(missing.code == 1 && missing.stderr.contains("nowhere"), "{}", missing.stderr);
}
