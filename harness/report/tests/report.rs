//! The report as a reader gets it: complete, the same every time, safe, and on its own.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use harness_analysis::testing::{self, UnitSpec};
use harness_engine::results::{Maybe, Results, Status};
use harness_report::{ReportError, render};

fn rendered(results: &Results) -> BTreeMap<String, String> {
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("report");
    render(results, &out).unwrap();
    let mut files = BTreeMap::new();
    collect(&out, &out, &mut files);
    files
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

fn small() -> Results {
    let units = (0..6).flat_map(|seed| {
        let unit = |optimizer: &str| UnitSpec { iterations: 12, ..UnitSpec::new("iris", optimizer, seed) };
        [
            unit("em"),
            UnitSpec { rate: 0.7, config: "step=0.1".to_owned(), ..unit("gd") },
            UnitSpec { rate: 1.5, config: "step=1".to_owned(), status: Status::Diverged, ..unit("gd") },
        ]
    });
    testing::results("small", units)
}

#[test]
fn writes_every_file() {
    let files = rendered(&testing::demo(6));
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    for name in [
        "index.html",
        "benchmark.yaml",
        "figures/iris-gap-iterations.svg",
        "figures/iris-gap-passes.svg",
        "figures/iris-gap-seconds.svg",
        "figures/iris-passes-to-target.svg",
        "figures/iris-pairs.svg",
        "figures/iris-step-passes.svg",
        "figures/iris-accuracy-passes.svg",
        "figures/iris-final-accuracy.svg",
        "figures/diabetes-rmse-passes.svg",
        "figures/diabetes-final-rmse.svg",
        "tables/summary.csv",
        "tables/comparisons.csv",
        "tables/units.csv",
    ] {
        assert!(names.contains(&name), "{name} is missing from {names:?}");
    }
    let units = files["tables/units.csv"].lines().count();
    assert_eq!(units, 1 + testing::demo(6).units.len());
}

#[test]
fn a_page_of_15_000_points_is_shorter_than_a_megabyte() {
    let results = testing::demo(20);
    let points: usize = results.units.iter().map(|unit| unit.trace.len()).sum();
    assert!(points > 15_000, "{points}");
    let page = &rendered(&results)["index.html"];
    assert!(page.len() < 600_000, "{}", page.len());
}

#[test]
fn the_same_results_give_the_same_bytes() {
    let results = testing::demo(7);
    assert_eq!(rendered(&results), rendered(&results));
}

#[test]
fn a_figure_does_not_change_by_accident() {
    let files = rendered(&small());
    // One of each kind: curves, a strip, shares, average runtimes, cells, settings, norms.
    for name in [
        "iris-gap-iterations",
        "iris-passes-to-target",
        "suite-runtimes-passes",
        "iris-fixed-target",
        "iris-pairs",
        "iris-sensitivity",
        "iris-gradient-passes",
    ] {
        insta::assert_snapshot!(name, files[&format!("figures/{name}.svg")]);
    }
}

#[test]
fn a_run_that_rises_stands_at_its_largest_rise() {
    // Gaps 1, 1.5, 2.25, 3.375: the last rise is the largest.
    let units = (0..6).flat_map(|seed| {
        let unit = |optimizer: &str| UnitSpec { iterations: 3, ..UnitSpec::new("iris", optimizer, seed) };
        [unit("em"), UnitSpec { rate: 1.5, status: Status::Budget, ..unit("wild") }]
    });
    let files = rendered(&testing::results("rises", units));
    insta::assert_snapshot!("iris-rises", files["figures/iris-rises.svg"]);
    assert!(!rendered(&small()).contains_key("figures/iris-rises.svg"), "nothing rises");
}

#[test]
fn names_and_texts_of_users_are_escaped() {
    let attack = "<script>alert('x')</script>&\"";
    let mut results = small();
    results.name = attack.to_owned();
    results.question = attack.to_owned();
    results.benchmark_yaml = attack.to_owned();
    for unit in &mut results.units {
        let record = &mut unit.record;
        let used = Arc::make_mut(&mut record.used);
        for text in [
            &mut record.problem,
            &mut record.optimizer,
            &mut record.config,
            &mut record.reason,
            &mut record.data.dataset,
            &mut record.model.family,
            &mut used.name,
            &mut used.version,
            &mut used.plugin,
            &mut used.plugin_hash,
            &mut record.host.cpu,
            &mut record.host.commit,
        ] {
            text.push_str(attack);
        }
    }
    let own_scripts = rendered(&small())["index.html"].matches("<script").count();
    for (name, content) in rendered(&results) {
        if name == "index.html" || name.starts_with("figures/") {
            let expected = if name == "index.html" { own_scripts } else { 0 };
            assert_eq!(content.matches("<script").count(), expected, "{name}");
            assert!(!content.contains("<script>alert") && !content.contains("alert('x')<"), "{name}");
        }
    }
}

#[test]
fn tables_for_papers_hold_nothing_that_latex_does_not_know() {
    let files = rendered(&testing::demo(6));
    let tables: Vec<_> = files.iter().filter(|(name, _)| name.contains(".tex")).collect();
    assert!(tables.len() > 6);
    for (name, tex) in tables {
        // Beside ASCII: what inputenc and T1 have.
        let odd: Vec<char> = tex.chars().filter(|c| !c.is_ascii() && !"“”’…éüöä".contains(*c)).collect();
        assert!(odd.is_empty(), "{name}: {odd:?}");
        for (open, close) in [("{", "}"), ("\\begin{", "\\end{")] {
            let unescaped = |text: &str| tex.matches(text).count() - tex.matches(&format!("\\{text}")).count();
            assert_eq!(unescaped(open), unescaped(close), "{name}: {open}");
        }
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let files = rendered(&testing::demo(6));
    for (name, content) in &files {
        // The namespace is a name, not an address.
        let mut content = content.replace("\"http://www.w3.org/2000/svg\"", "");
        // What is packed may have any letters, and is looked at where it is unpacked, in the browser.
        if let Some((before, (_, after))) =
            content.split_once("id=\"pack\">").and_then(|(a, b)| Some((a, b.split_once("</script>")?)))
        {
            content = format!("{before}{after}");
        }
        for forbidden in ["http:", "https:", "src=", "@import", "url(", "<link", "//"] {
            assert!(!content.contains(forbidden), "{forbidden} in {name}");
        }
        assert!(name == "index.html" || !content.contains("<script"), "{name}");
    }
    assert!(files["index.html"].contains("default-src 'none'"));
}

#[test]
fn links_within_the_report_lead_somewhere() {
    let files = rendered(&testing::demo(6));
    let page = &files["index.html"];
    for link in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        match link.strip_prefix('#') {
            Some(anchor) => assert!(page.contains(&format!("id=\"{anchor}\"")), "{link}"),
            None => assert!(files.contains_key(link), "{link}"),
        }
    }
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len());
}

#[test]
fn figures_hold_no_number_that_is_not_finite() {
    let mut results = testing::demo(6);
    for (at, unit) in results.units.iter_mut().enumerate() {
        for (step, point) in unit.trace.iter_mut().enumerate() {
            match (at + step) % 7 {
                0 => point.test_accuracy = Some(f64::NAN).into(),
                1 => point.loss = if step > 3 { f64::INFINITY } else { point.loss },
                2 => point.test_rmse = Some(f64::NEG_INFINITY).into(),
                3 => point.wall_s = 0.0,
                _ => point.loss *= 1e200,
            }
        }
    }
    for (name, content) in rendered(&results).iter().filter(|(name, _)| name.starts_with("figures/")) {
        let drawing = &content[content.rfind("</style>").unwrap()..];
        for wrong in ["NaN", "inf,", "2147483647"] {
            assert!(!drawing.contains(wrong), "{wrong} in {name}");
        }
    }
}

#[test]
fn odd_results_still_give_a_page() {
    let lonely = testing::results("one", [UnitSpec::new("p", "em", 3)]);
    assert!(rendered(&lonely)["index.html"].contains("Only em can be compared"));
    let skipped = testing::results("none", [UnitSpec { status: Status::Skipped, ..UnitSpec::new("p", "newton", 0) }]);
    assert!(rendered(&skipped)["index.html"].contains("skipped: needs classes"));
    let mut crashed =
        testing::results("crashed", [UnitSpec { status: Status::Crashed, ..UnitSpec::new("p", "em", 0) }]);
    crashed.units[0].trace.clear();
    assert!(rendered(&crashed)["index.html"].contains("1 of 1 runs failed"));
    let mut no_test = testing::results("no-test", (0..6).map(|seed| UnitSpec::new("p", "em", seed)));
    for point in no_test.units.iter_mut().flat_map(|unit| &mut unit.trace) {
        (point.test_accuracy, point.test_rmse, point.test_nll) = (Maybe::NONE, Maybe::NONE, Maybe::NONE);
    }
    assert!(!rendered(&no_test).keys().any(|name| name.contains("final-")));
}

#[test]
fn empty_results_are_an_error_and_write_nothing() {
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("report");
    assert!(matches!(render(&testing::results("empty", []), &out), Err(ReportError::Empty { .. })));
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn a_sweep_shows_the_cost_with_its_power() {
    let units = [1.0, 2.0, 4.0, 8.0_f64].into_iter().flat_map(|size| {
        (0..12)
            .map(move |seed| UnitSpec { passes: size * size, ..UnitSpec::new(&format!("n[size={size}]"), "em", seed) })
    });
    let files = rendered(&testing::results("sweep", units));
    let figure = &files["figures/sweep-n-size-cost.svg"];
    assert!(figure.contains("Fitted power of the cost: 2 (2 to 2) for em."), "{figure}");
    assert!(figure.contains("4 problems, 12 seeds, 0 of 48 runs failed"), "{figure}");
}

#[test]
fn a_report_beside_its_results_links_to_the_records() {
    let root = tempfile::tempdir().unwrap();
    let (records, out) = (root.path().join("results/small"), root.path().join("reports/small"));
    fs::create_dir_all(&records).unwrap();
    fs::create_dir_all(root.path().join("reports")).unwrap();
    let results = small();
    let page = |records: Option<&Path>| {
        let rendered = harness_report::render_analysis(&harness_analysis::analyze(&results), &out, records).unwrap();
        fs::read_to_string(rendered.index).unwrap()
    };
    let linked = page(Some(&records));
    let unit = &results.units[0].record.unit;
    for link in ["traces.parquet".to_owned(), format!("units/{unit}/record.json"), format!("units/{unit}/trace.csv")] {
        let href = format!("href=\"../../results/small/{link}\"");
        assert!(linked.replace("&#x2f;", "/").contains(&href), "{href}");
    }
    assert!(!page(None).contains("results/small"), "no link where it would lead nowhere");
}

#[test]
fn many_problems_are_answered_in_a_line_each() {
    let of = |problems: usize| {
        let units = (0..problems).flat_map(|problem| {
            (0..8).flat_map(move |seed| {
                let unit = |optimizer: &str| UnitSpec::new(&format!("p{problem}"), optimizer, seed);
                [unit("fast"), UnitSpec { rate: 0.9, ..unit("slow") }]
            })
        });
        let page = rendered(&testing::results("many", units)).remove("index.html").unwrap();
        page.matches("<span class=\"short\">fast is first; next slow 5.5× its passes (5.5–5.5)</span>").count()
    };
    assert_eq!((of(4), of(5)), (0, 5));
}
