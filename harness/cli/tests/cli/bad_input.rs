//! Bad input: one clear error that says where, what was found, what was expected and what to do; exit code 2; nothing
//! left behind. The messages of benchmark files have their own suite in the engine (`spec/tests`).

use crate::support::{Scratch, benchmark, regression_csv};

/// Runs a benchmark that must be refused before anything is written, and returns the message.
#[track_caller]
fn refused(yaml: &str, csv: impl AsRef<[u8]>) -> String {
    let scratch = Scratch::new();
    scratch.write("data.csv", csv);
    scratch.write("b.yaml", yaml);
    let run = scratch.harness(&["bench", "b.yaml"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert_eq!(scratch.names("."), ["b.yaml", "data.csv"], "nothing is left behind");
    run.stderr
}

/// Messages one below the other, as one snapshot to read.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn add(&mut self, message: impl AsRef<str>) {
        self.text.push_str(message.as_ref());
        self.text.push_str("────\n");
    }
}

fn with_em() -> String {
    benchmark("  - em")
}

#[test]
fn a_benchmark_file() {
    let csv = regression_csv();
    let mut page = Page::default();
    page.add(refused(&with_em().replace("seeds: 2", "sedes: 2"), &csv));
    page.add(refused(&benchmark("  - adm"), &csv));
    page.add(refused(&benchmark("  - { use: adam, bta1: 0.5 }"), &csv));
    page.add(refused(&benchmark("  - { use: adam, step: -1 }"), &csv));
    page.add(refused(&with_em().replace("iterations: 5", "iterations: -5"), &csv));
    page.add(refused(&with_em().replace("experts: 2", "experts: two"), &csv));
    page.add(refused(&with_em().replace("experts: 2", "experts: 500"), &csv));
    page.add(refused(&with_em().replace("data.csv", "date.csv"), &csv));
    page.add(refused(&with_em().replace("target: y", "target: z"), &csv));
    insta::assert_snapshot!(page.text);
}

#[test]
fn a_data_file() {
    let yaml = with_em();
    let mut page = Page::default();
    page.add(refused(&yaml, ""));
    page.add(refused(&yaml, "a,b,y\n"));
    page.add(refused(&yaml, "a,b,y\n1,2,3\n4,five,6\n"));
    page.add(refused(&yaml, "a,b,y\n1,2,3\n4,NaN,6\n"));
    page.add(refused(&yaml, "a,b,y\n1,2,3\n4,5\n"));
    page.add(refused(&yaml, "a,b,y\n1,2,3\n4,,5\n"));
    let classes = yaml.replace("family: linear", "family: logistic");
    page.add(refused(&classes, "a,b,y\n1,2,0\n4,5,0\n6,5,0\n"));
    insta::assert_snapshot!(page.text);
}

#[test]
fn a_plugin() {
    let scratch = Scratch::new();
    scratch.write("data.csv", regression_csv());
    scratch.write("b.yaml", benchmark("  - mine"));
    scratch.write("libmine.so", "not a library");
    std::fs::create_dir(scratch.path("folder.so")).unwrap();
    let with = |plugin: &str| {
        let run = scratch.harness(&["bench", "b.yaml", "--plugin", plugin]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(!scratch.path("results").exists(), "nothing is left behind");
        run.stderr
    };
    let mut page = Page::default();
    for plugin in ["libmine.so", "folder.so", "nowhere.so"] {
        page.add(with(plugin));
    }
    insta::assert_snapshot!(page.text);
}

#[test]
fn flags_and_files() {
    let scratch = Scratch::new();
    let run = |arguments: &[&str]| {
        let run = scratch.harness(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        run.stderr
    };
    let mut page = Page::default();
    scratch.write("data.csv", regression_csv());
    scratch.write("b.yaml", with_em());
    page.add(run(&["bench", "b.yaml", "--only", "emm"]));
    page.add(run(&["bench", "b.yaml", "b.yaml"]));
    assert!(!scratch.path("results").exists(), "nothing is left behind");
    page.add(run(&["bench", "nowhere.yaml"]));
    page.add(run(&["bench", "."]));
    page.add(run(&["show", "."]));
    insta::assert_snapshot!(page.text);
    assert!(run(&["bnech"]).contains("'bench'"));
    assert!(run(&["bench", "b.yaml", "--seeds", "0"]).contains("at least 1 seed is needed"));
    assert!(run(&["bench", "b.yaml", "--jobs", "0"]).contains("1..=1024"));
}
