//! Plugins from outside: written in C and Python, good and bad, through the real binary.

#![expect(clippy::unwrap_used, reason = "tests")]

mod c;
mod check;
mod list;
mod new;
mod python;
mod tutorial;
mod versions;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A tool that these tests cannot do without: where it is missing they fail and say so.
fn tool(program: &str, package: &str) -> Command {
    let found = Command::new(program).arg("--version").output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "`{program}` is needed by this test: apt-get install {package}"
    );
    Command::new(program)
}

/// Compiles C sources to a plugin with the flags that the documentation gives, and no warning.
fn compile(sources: &[&Path], include: &Path, library: &Path) {
    let mut cc = tool("cc", "gcc");
    cc.args([
        "-std=c99",
        "-O2",
        "-Wall",
        "-Wextra",
        "-Wpedantic",
        "-Werror",
        "-shared",
        "-fPIC",
        "-fvisibility=hidden",
    ]);
    let output = cc.arg("-I").arg(include).args(sources).arg("-lm").arg("-o").arg(library).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The folder of the header.
fn include() -> PathBuf {
    root().join("plugins/api/include")
}
