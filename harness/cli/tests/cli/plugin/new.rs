//! What `harness plugin new` writes builds, passes its own test and the check, and gives a curve beside EM.

use std::path::Path;
use std::process::Command;

use super::tool;
use crate::support::Scratch;

fn succeed(command: &mut Command, folder: &Path) {
    let output = command.current_dir(folder).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{text}");
}

/// The commands that the scaffold names come after this.
fn check_and_bench(scratch: &Scratch, plugin: &str, more: &[&str], label: &str) {
    let run = scratch.harness(&["plugin", "check", plugin]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let run = scratch.harness(&[&["bench", "mine/benchmark.yaml", "--seeds", "1"], more].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains(label) && run.stdout.contains("em"), "{}", run.stdout);
    let page = scratch.read("reports/mine/index.html");
    assert!(page.contains(label), "the report names it");
}

#[test]
fn a_rust_plugin_outside_the_workspace() {
    let scratch = Scratch::new();
    let run = scratch.harness(&["plugin", "new", "mine", "--out", "."]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("it depends on the API crate alone, by path: "), "{}", run.stdout);
    let folder = scratch.path("mine");
    let mut cargo = Command::new(env!("CARGO"));
    succeed(cargo.args(["test", "--offline", "--quiet"]).env_remove("CARGO_TARGET_DIR"), &folder);
    let mut cargo = Command::new(env!("CARGO"));
    succeed(cargo.args(["build", "--release", "--offline", "--quiet"]).env_remove("CARGO_TARGET_DIR"), &folder);
    let lock = scratch.read("mine/Cargo.lock");
    assert_eq!(lock.matches("[[package]]").count(), 2, "itself and the API crate: {lock}");
    let library = format!("mine/target/release/{}mine{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    check_and_bench(&scratch, &library, &["--plugin", &library], "mine");
}

#[test]
fn a_c_plugin() {
    let scratch = Scratch::new();
    let run = scratch.harness(&["plugin", "new", "mine", "--lang", "c"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    succeed(&mut tool("make", "make"), &scratch.path("mine"));
    let library = format!("mine/{}mine{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    check_and_bench(&scratch, &library, &["--plugin", &library], "mine");
}

#[test]
fn a_python_plugin() {
    let scratch = Scratch::new();
    let run = scratch.harness(&["plugin", "new", "mine", "--lang", "python"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    succeed(tool("python3", "python3").arg("test_mine.py"), &scratch.path("mine"));
    check_and_bench(&scratch, "mine/mine.py", &[], "mine");
}

#[test]
fn the_name_of_another_optimizer_is_refused_unless_forced() {
    let scratch = Scratch::new();
    for (name, package) in [("em", "em"), ("linfa_gmm", "linfa_baselines")] {
        let run = scratch.harness(&["plugin", "new", name, "--out", "."]);
        let owner = format!("`{name}` is an optimizer already: ");
        assert!(run.code == 2 && run.stderr.contains(&owner) && run.stderr.contains(package), "{}", run.stderr);
        assert!(!scratch.path(name).exists());
    }
    let run = scratch.harness(&["plugin", "new", "em", "--lang", "c", "--out", ".", "--force"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(scratch.path("em/em.c").is_file());
}

#[test]
fn names_and_folders_are_checked() {
    let scratch = Scratch::new();
    for name in ["My", "1st", "a-b", ""] {
        let run = scratch.harness(&["plugin", "new", name, "--out", "."]);
        assert!(run.code == 2 && run.stderr.contains("is no name for an optimizer"), "{name}: {}", run.stderr);
    }
    scratch.write("mine/notes.txt", "kept");
    let run = scratch.harness(&["plugin", "new", "mine", "--out", "."]);
    assert!(run.code == 2 && run.stderr.contains("./mine exists already"), "{}", run.stderr);
}
