//! `docs/writing-plugins.md`, executed: files are written, commands run, as a reader would.
//!
//! `<!-- file: NAME -->` before a block writes it; every line of a `sh` block is run, in order, in one folder.

use std::process::Command;

use super::{root, tool};
use crate::support::Scratch;

#[test]
fn the_tutorial_works_as_it_stands() {
    tool("make", "make");
    tool("cc", "gcc");
    tool("python3", "python3");
    let text = std::fs::read_to_string(root().join("docs/writing-plugins.md")).unwrap();
    let scratch = Scratch::new();
    let mut file: Option<String> = None;
    let (mut n_files, mut n_commands) = (0, 0);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("<!-- file: ").and_then(|rest| rest.strip_suffix(" -->")) {
            file = Some(name.to_owned());
        } else if let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if let Some(name) = file.take() {
                scratch.write(&name, block.join("\n") + "\n");
                n_files += 1;
            } else if language == "sh" {
                for command in block.iter().filter(|line| !line.starts_with('#')) {
                    run(&scratch, command);
                    n_commands += 1;
                }
            }
        }
    }
    assert!(n_files >= 3 && n_commands >= 10, "{n_files} files, {n_commands} commands");
    for report in ["step_decay", "c_momentum", "sign"] {
        let page = scratch.read(&format!("reports/{report}/index.html"));
        assert!(page.contains(report), "{report} has a curve in its report");
    }
}

fn run(scratch: &Scratch, command: &str) {
    let harness = std::path::Path::new(env!("CARGO_BIN_EXE_harness")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    // The tests' own cargo is offline: dependencies are the API crate alone.
    shell.args(["-ec", command]).current_dir(scratch.path(".")).env("CARGO_NET_OFFLINE", "true");
    shell.env("PATH", format!("{}:{path}", harness.display())).env_remove("CARGO_TARGET_DIR");
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "$ {command}\n{said}");
}
