//! The parts of the documentation that are generated, and the commands and files that it shows.
//!
//! Refresh generated parts with `UPDATE_EXPECT=1 cargo test -p harness --test cli docs::`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::Scratch;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Compares the text between two markers of a document with what it should be.
#[track_caller]
fn check_generated(document: &str, begin: &str, wanted: &str) {
    let path = root().join(document);
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once(begin).unwrap();
    let (found, tail) = rest.split_once("<!-- end -->").unwrap();
    let wanted = format!("\n{wanted}");
    if found == wanted {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_EXPECT").is_some(),
        "{document} is out of date: run `UPDATE_EXPECT=1 cargo test -p harness --test cli docs::`"
    );
    std::fs::write(&path, format!("{head}{begin}{wanted}<!-- end -->{tail}")).unwrap();
}

#[test]
fn the_keys_of_the_benchmark_file() {
    let schema: Value = serde_json::from_str(&Scratch::new().harness(&["schema"]).stdout).unwrap();
    let mut text = String::new();
    let definitions = &schema["$defs"];
    section(&mut text, "", &schema, definitions);
    for (heading, definition) in [
        ("budget", "budget"),
        ("limit", "limit"),
        ("stop", "stop"),
        ("record", "record"),
        ("analysis", "analysis"),
        ("analysis / target", "target"),
        ("analysis / ci", "ci"),
        ("analysis / test", "test"),
        ("problems", "problem"),
        ("problems / dataset", "Options"),
        ("problems / dataset / transforms", "transform"),
        ("problems / model", "ModelOptions"),
        ("problems / start", "start"),
    ] {
        section(&mut text, heading, &definitions[definition], definitions);
    }
    check_generated("docs/benchmark-file.md", "<!-- generated from `harness schema` by the tests: begin -->", &text);
}

fn section(text: &mut String, heading: &str, object: &Value, definitions: &Value) {
    let properties = object["properties"].as_object().unwrap();
    let title = if heading.is_empty() { "The file".to_owned() } else { format!("`{heading}`") };
    let _ = writeln!(text, "\n### {title}\n\n| key | meaning (default) |\n|---|---|");
    for (key, property) in properties {
        let mut meaning = property["description"].as_str().unwrap_or_default().to_owned();
        for value in values(property, definitions) {
            let (name, description) = (value["const"].as_str().unwrap(), value["description"].as_str().unwrap());
            let _ = write!(meaning, "<br>`{name}`: {description}");
        }
        let _ = writeln!(text, "| `{key}` | {} |", meaning.replace('\n', " ").replace('|', "\\|"));
    }
}

/// The values that a property can have, where these are words.
fn values<'a>(property: &Value, definitions: &'a Value) -> &'a [Value] {
    let mut choices = std::iter::once(property).chain(property["anyOf"].as_array().into_iter().flatten());
    let name = choices.find_map(|choice| choice["$ref"].as_str()?.strip_prefix("#/$defs/"));
    let words = name.and_then(|name| definitions[name]["oneOf"].as_array());
    words.filter(|words| words.iter().all(|word| word["const"].is_string())).map_or(&[], Vec::as_slice)
}

/// Every YAML block of the documentation is a benchmark that the program accepts.
#[test]
fn the_examples_are_benchmarks() {
    let mut n_checked = 0;
    for document in ["README.md", "docs/benchmark-file.md"] {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        for block in text.split("```yaml\n").skip(1) {
            let yaml = block.split("```").next().unwrap();
            let scratch = Scratch::new();
            scratch.write("prices.csv", "size,price\n1,2.5\n2,3.1\n3,2.2\n4,1.9\n5,6.0\n");
            scratch.write("b.yaml", yaml);
            let run = scratch.harness(&["bench", "b.yaml", "--dry-run"]);
            assert_eq!(run.code, 0, "{document}: {}", run.stderr);
            n_checked += 1;
        }
    }
    assert_eq!(n_checked, 2);
}

/// Every benchmark of the repository is accepted.
#[test]
fn the_benchmarks_are_accepted() {
    let mut n_checked = 0;
    for entry in std::fs::read_dir(root().join("benchmarks")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# "), "{}: the head says which question it answers", path.display());
        n_checked += 1;
    }
    assert!(n_checked >= 2);
    let real_data = root().join("benchmarks/real_data.yaml");
    let run = Scratch::new().harness(&["bench", real_data.to_str().unwrap(), "--dry-run", "--seeds", "1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

/// Relative links of the documentation lead somewhere.
#[test]
fn links_lead_somewhere() {
    let mut documents = vec![root().join("README.md")];
    for folder in ["docs", "docs/decisions"] {
        documents.extend(std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    for document in documents.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            assert!(document.parent().unwrap().join(target).exists(), "{}: {link}", document.display());
        }
    }
}

/// The first row of a CSV file of this text.
fn header(text: &str) -> Vec<&str> {
    text.lines().next().unwrap_or_default().split(',').collect()
}

#[test]
fn every_column_of_the_results_is_explained() {
    let page = std::fs::read_to_string(root().join("docs/results.md")).unwrap();
    let scratch = Scratch::new();
    scratch.write("data.csv", crate::support::regression_csv());
    scratch.write("b.yaml", crate::support::benchmark("  - em"));
    let run = scratch.harness(&["bench", "b.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let unit = &scratch.names("results/t/units")[0];
    let trace = scratch.read(&format!("results/t/units/{unit}/trace.csv"));
    let mut names: Vec<String> = header(&trace).into_iter().map(str::to_owned).collect();
    for table in ["units", "comparisons", "rates", "optima"] {
        let text = scratch.read(&format!("reports/t/tables/{table}.csv"));
        names.extend(header(&text).into_iter().map(str::to_owned));
    }
    let summary = scratch.read("reports/t/tables/summary.csv");
    // Quartiles and intervals are explained once for all quantities.
    let ends = ["_q1", "_median", "_q3", "_low", "_high"];
    names.extend(header(&summary).into_iter().filter(|n| !ends.iter().any(|e| n.ends_with(e))).map(str::to_owned));
    let record: Value = serde_json::from_str(&scratch.read(&format!("results/t/units/{unit}/record.json"))).unwrap();
    names.extend(record.as_object().unwrap().keys().cloned());
    names.retain(|name| !name.starts_with("art_"));
    assert!(names.len() > 80, "{names:?}");
    let missing: Vec<&String> = names.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "not in docs/results.md: {missing:?}");
}
