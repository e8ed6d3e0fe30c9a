//! What the integration tests share: a scratch folder in which the real binary runs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A temporary folder with files, in which the program is run.
pub(crate) struct Scratch {
    folder: tempfile::TempDir,
}

/// What a run of the program left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and its folders if need be.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Names in a folder, sorted; empty if it is not there.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(folder)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Runs the program in this folder; its path is replaced by `.` in what it prints.
    pub(crate) fn harness(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).output().unwrap();
        self.tidy(&output)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
        command.args(arguments).current_dir(self.folder.path()).env_remove("HARNESS_PLUGIN_PATH");
        command
    }

    fn tidy(&self, output: &Output) -> Run {
        let place = self.folder.path().to_string_lossy().into_owned();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&place, ".");
        // Building a plugin is announced on stderr whenever it is due, which no test decides.
        let stderr: String = text(&output.stderr)
            .lines()
            .filter(|line| !line.starts_with("building plugins: "))
            .flat_map(|line| [line, "\n"])
            .collect();
        Run { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr }
    }
}

/// A small regression table: 40 rows of `a,b,y`, from a fixed rule.
pub(crate) fn regression_csv() -> String {
    let mut text = "a,b,y\n".to_owned();
    for i in 0..40_i32 {
        let (a, b) = (f64::from(i * 7 % 13) / 4.0 - 1.5, f64::from(i * 5 % 11) / 3.0 - 1.5);
        let y = if i % 2 == 0 { 2.0 * a - b } else { -a + 0.5 * b } + f64::from(i * 3 % 7) / 10.0;
        let _ = writeln!(text, "{a},{b},{y}");
    }
    text
}

/// A benchmark on `data.csv` with these optimizers (YAML list items) and five steps.
pub(crate) fn benchmark(optimizers: &str) -> String {
    format!(
        "name: t\nseeds: 2\nbudget: {{ iterations: 5 }}\nproblems:\n  - name: p\n    dataset: {{ file: data.csv, target: y, \
         standardize: true, intercept: true, test_fraction: 0.25 }}\n    model: {{ family: linear, experts: 2, ridge: 0.01 \
         }}\noptimizers:\n{optimizers}\n"
    )
}

/// Reads the cells of a CSV file, header first.
pub(crate) fn cells(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}
