//! Optimizers in Python beside their twins in Rust, and what is said when something is missing or wrong.

use serde_json::Value;

use super::{root, tool};
use crate::support::Scratch;

/// The Python of these tests must have NumPy and SciPy.
fn require_python() {
    let output = tool("python3", "python3").args(["-c", "import numpy, scipy"]).output().unwrap();
    assert!(output.status.success(), "python3 needs numpy and scipy for this test: python3 -m pip install numpy scipy");
}

/// A benchmark of one step on iris with these optimizers; returns statuses and reasons by label.
fn outcomes(scratch: &Scratch, optimizers: &str) -> Vec<(String, String, String)> {
    scratch.write(
        "b.yaml",
        format!(
            "name: t\nseeds: 1\nbudget: {{ iterations: 3 }}\nproblems: [{{ name: p, dataset: {{ name: iris }}, model: {{ \
             family: logistic }} }}]\noptimizers:\n{optimizers}"
        ),
    );
    let run = scratch.harness(&["bench", "b.yaml"]);
    assert!([0, 3].contains(&run.code), "{}", run.stderr);
    records(scratch, "t")
        .into_iter()
        .map(|(label, record, _)| {
            let text = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
            (label, text("status"), text("reason"))
        })
        .collect()
}

/// Label, record and iterates of every unit.
fn records(scratch: &Scratch, benchmark: &str) -> Vec<(String, Value, String)> {
    let plan: Value = serde_json::from_str(&scratch.read(&format!("results/{benchmark}/plan.json"))).unwrap();
    plan["units"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unit| {
            let folder = format!("results/{benchmark}/units/{}", unit["hash"].as_str().unwrap());
            let record = serde_json::from_str(&scratch.read(&format!("{folder}/record.json"))).unwrap();
            let theta = std::fs::read_to_string(scratch.path(&format!("{folder}/theta.csv"))).unwrap_or_default();
            (unit["optimizer"].as_str().unwrap().to_owned(), record, theta)
        })
        .collect()
}

#[test]
fn the_examples_run_beside_rust_and_take_the_same_path() {
    require_python();
    let scratch = Scratch::new();
    let folder = root().join("plugins/examples/python");
    for name in ["benchmark.yaml", "gradient_descent.py", "lbfgs_scipy.py"] {
        scratch.write(name, std::fs::read(folder.join(name)).unwrap());
    }
    let run = scratch.harness(&["bench", "benchmark.yaml", "--seeds", "1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let records = records(&scratch, "python_examples");
    let of = |label: &str| records.iter().find(|record| record.0 == label).unwrap();
    assert_eq!(of("GD in Python").2, of("gradient_descent").2);
    assert_eq!(of("GD in Python").2.lines().count(), 52);
    let passes = |label: &str| of(label).1["spent"]["passes"].as_f64().unwrap();
    assert!((passes("GD in Python") - 50.0).abs() < 1e-9);
    assert!(passes("L-BFGS-B of SciPy") >= 50.0);
    // Starting Python and importing NumPy and SciPy, hundreds of milliseconds, is off the clock.
    let wall = of("L-BFGS-B of SciPy").1["spent"]["wall_s"].as_f64().unwrap();
    assert!(wall < 0.2, "{wall} s on the clock");
}

#[test]
fn mistakes_are_named_with_their_place() {
    require_python();
    let scratch = Scratch::new();
    scratch.write("two.py", "class A:\n    def step(self, theta): pass\nclass B:\n    def step(self, theta): pass\n");
    scratch.write(
        "late.py",
        "from harness_plugin import Unsupported, NumericalError\n\nclass Late:\n    def __init__(self, problem, \
         mood='good'):\n        if mood == 'skip':\n            raise Unsupported('not my kind of problem')\n        \
         self.mood = mood\n\n    def step(self, theta):\n        print('words on stdout')\n        if self.mood == \
         'numerical':\n            raise NumericalError('pivot is zero')\n        return theta.nothing\n",
    );
    scratch.write("broken.py", "class A:\n    def step(self theta): pass\n");
    let outcomes = outcomes(
        &scratch,
        "  - { use: python, label: two, file: two.py }\n  - { use: python, label: class, file: two.py, class: C }\n  \
         - { use: python, label: unknown, file: late.py, mod: 1 }\n  - { use: python, label: late, file: late.py }\n  \
         - { use: python, label: numerical, file: late.py, mood: numerical }\n  \
         - { use: python, label: skip, file: late.py, mood: skip }\n  - { use: python, label: broken, file: broken.py }\n",
    );
    let expected = [
        ("two", "error", "two.py has 2 classes with a method `step`, so `class` must name one: A, B"),
        ("class", "error", "two.py has no class `C` with a method `step`; it has: A, B"),
        ("unknown", "error", "unknown hyper-parameter `mod` for `Late` in late.py; it has: mood = 'good'"),
        ("late", "error", "step 1: AttributeError: 'numpy.ndarray' object has no attribute 'nothing' (late.py:13)"),
        ("numerical", "error", "step 1: pivot is zero"),
        ("skip", "skipped", "not my kind of problem"),
        ("broken", "error", "(broken.py:2)"),
    ];
    for ((label, status, reason), (found_label, found_status, found_reason)) in expected.iter().zip(&outcomes) {
        assert_eq!((label, status), (&found_label.as_str(), &found_status.as_str()), "{found_reason}");
        assert!(found_reason.contains(reason), "{label}: {found_reason}");
    }
}

#[test]
fn a_changed_file_runs_again() {
    require_python();
    let scratch = Scratch::new();
    let entry = "  - { use: python, file: mine.py }\n";
    scratch.write("mine.py", "class A:\n    def step(self, theta): return True\n");
    outcomes(&scratch, entry);
    assert!(scratch.harness(&["bench", "b.yaml"]).stderr.contains("0 units to run"));
    scratch.write("mine.py", "class A:\n    def step(self, theta): return False\n");
    assert!(scratch.harness(&["bench", "b.yaml"]).stderr.contains("1 unit to run"));
}

#[test]
fn without_an_interpreter_the_message_says_what_to_do() {
    let scratch = Scratch::new();
    scratch.write("mine.py", "class A:\n    def step(self, theta): pass\n");
    let mut command = scratch.command(&["plugin", "check", "mine.py", "--case", "runs", "--json"]);
    let output = command.env("HARNESS_PYTHON", "/nowhere/python3").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("`/nowhere/python3`, named in HARNESS_PYTHON, is no Python interpreter that runs"), "{text}");
}

#[test]
fn the_examples_pass_the_check() {
    require_python();
    let scratch = Scratch::new();
    // Importing SciPy takes half a second per case, so its example gets those that its threads make interesting.
    let some = ["--case", "threads", "--case", "oracle_error", "--case", "callbacks"];
    for (name, cases) in [("gradient_descent.py", &[][..]), ("lbfgs_scipy.py", &some)] {
        let file = root().join("plugins/examples/python").join(name);
        let run = scratch.harness(&[&["plugin", "check", file.to_str().unwrap()], cases].concat());
        assert_eq!(run.code, 0, "{name}: {}{}", run.stdout, run.stderr);
    }
}
