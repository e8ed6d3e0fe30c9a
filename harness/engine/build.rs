//! Puts the commit that is being built, and the compiler, into the program, for the records.

use std::process::Command;

/// What decides a run's numbers: with a change here the commit is marked `-dirty`. The rest of the tree is not watched,
/// since that would build this crate again on every edit.
const WATCHED: [&str; 4] = ["src", "../models/src", "../../datasets/src", "../../plugins/api/src"];

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn main() {
    let commit = output("git", &["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let status = output("git", &[&["status", "--porcelain", "--"][..], &WATCHED].concat());
    let dirty = if status.is_some_and(|changes| !changes.is_empty()) { "-dirty" } else { "" };
    println!("cargo::rustc-env=HARNESS_COMMIT={commit}{dirty}");

    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = output(&rustc, &["--version"]).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=HARNESS_RUSTC={version}");

    // Run again when HEAD moves or something watched changes.
    if let Some(folder) = output("git", &["rev-parse", "--git-dir"]) {
        println!("cargo::rerun-if-changed={folder}/HEAD");
        println!("cargo::rerun-if-changed={folder}/logs/HEAD");
    }
    for folder in WATCHED {
        println!("cargo::rerun-if-changed={folder}");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
