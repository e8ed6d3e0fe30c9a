//! `harness list`, `schema` and `completions`: what the program says of itself.

use serde_json::Value;

use crate::support::Scratch;

#[test]
fn optimizers_describe_themselves() {
    let scratch = Scratch::new();
    let run = scratch.harness(&["list", "optimizers", "gradient_em"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run.stdout);

    let all: Value = serde_json::from_str(&scratch.harness(&["list", "optimizers", "--json"]).stdout).unwrap();
    let names: Vec<&str> = all.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    for name in
        ["adam", "em", "gradient_descent", "gradient_em", "linfa_gmm", "linfa_kmeans", "linfa_single", "mirror_descent"]
    {
        assert!(names.contains(&name), "{name}");
    }
    let adam = &all.as_array().unwrap()[names.iter().position(|name| *name == "adam").unwrap()];
    let beta2 = adam["params"].as_array().unwrap().iter().find(|param| param["name"] == "beta2").unwrap();
    assert_eq!(
        (beta2["default"].as_f64(), beta2["max"].as_f64(), &beta2["max_excluded"]),
        (Some(0.999), Some(1.0), &true.into())
    );
}

#[test]
fn datasets_and_models_are_listed() {
    let scratch = Scratch::new();
    let datasets = scratch.harness(&["list", "datasets"]);
    assert!(datasets.stdout.contains("winequality") && datasets.stdout.contains("symmetric_logistic"));
    let models = scratch.harness(&["list", "models", "--verbose"]);
    for name in ["symmetric_linear", "symmetric_logistic", "linear", "logistic", "sigma_floor"] {
        assert!(models.stdout.contains(name), "{name}");
    }
    for text in [&datasets.stdout, &models.stdout] {
        // An address is not broken.
        assert!(text.lines().all(|line| line.chars().count() <= 80 || line.contains("https://")));
    }
}

#[test]
fn a_list_has_a_line_for_each_and_fits_a_screen() {
    let scratch = Scratch::new();
    for (kind, name, detail) in [
        ("optimizers", "mirror_descent", "tuned in"),
        ("datasets", "winequality", "licence"),
        ("models", "logistic", "sigma_floor"),
    ] {
        let (short, long) = (scratch.harness(&["list", kind]), scratch.harness(&["list", kind, "--verbose"]));
        let hint = format!("\n`harness list {kind} NAME` shows what one takes, `--verbose` all of them\n");
        let lines: Vec<&str> = short.stdout.strip_suffix(&hint).unwrap().lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() < 80), "{}", short.stdout);
        assert_eq!(lines.iter().filter(|line| line.split(' ').next() == Some(name)).count(), 1, "{}", short.stdout);
        assert!(!short.stdout.contains(detail) && long.stdout.contains(detail), "{kind}");
        let json: Value = serde_json::from_str(&scratch.harness(&["list", kind, "--json"]).stdout).unwrap();
        assert_eq!(lines.len(), json.as_array().unwrap().len(), "{}", short.stdout);
    }
}

#[test]
fn without_a_kind_all_names_are_listed() {
    let run = Scratch::new().harness(&["list"]);
    assert_eq!(run.code, 0);
    for name in ["mirror_descent", "winequality", "symmetric_logistic"] {
        assert!(run.stdout.contains(name), "{name}: {}", run.stdout);
    }
}

#[test]
fn an_unknown_name_gets_the_nearest() {
    let run = Scratch::new().harness(&["list", "optimizers", "adm"]);
    assert_eq!(run.code, 2);
    assert_eq!(run.stderr, "error: no such entry: `adm`\n\nhelp: did you mean `adam`?\n");
}

#[test]
fn a_plugin_exports_one_symbol() {
    let scratch = Scratch::new();
    let all: Value = serde_json::from_str(&scratch.harness(&["list", "optimizers", "--json"]).stdout).unwrap();
    for entry in all.as_array().unwrap() {
        let plugin = entry["plugin"].as_str().unwrap();
        let output = std::process::Command::new("nm").args(["-D", "--defined-only", plugin]).output().unwrap();
        let symbols = String::from_utf8(output.stdout).unwrap();
        let names: Vec<&str> = symbols.lines().filter_map(|line| line.split_whitespace().last()).collect();
        assert_eq!(names, ["harness_plugin_entry"], "{plugin}");
    }
}

#[test]
fn the_schema_is_json_and_completions_name_the_verbs() {
    let scratch = Scratch::new();
    let schema: Value = serde_json::from_str(&scratch.harness(&["schema"]).stdout).unwrap();
    for key in ["name", "seeds", "budget", "problems", "optimizers"] {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
    assert!(scratch.harness(&["completions", "bash"]).stdout.contains("bench"));
}
