//! Starting a process per case, and judging what it leaves behind.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::cases::CASES;
use super::verdict::{CheckStatus, Note, Verdict};

/// What to check, and how.
#[derive(Debug, Clone)]
pub struct CheckOptions {
    /// Program and first arguments of a process that calls [`run_case`](super::run_case).
    pub program: Vec<String>,
    /// Only these optimizers; all if empty.
    pub optimizers: Vec<String>,
    /// Only these cases; all if empty.
    pub cases: Vec<String>,
    /// Values of hyper-parameters instead of their defaults.
    pub settings: Vec<(String, String)>,
    /// How long a case may take.
    pub limit: Duration,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// A process cannot be started, or its files cannot be made.
    #[error("cannot run a case: {0}")]
    Process(#[from] std::io::Error),
    /// The library holds no such optimizer.
    #[error("no such optimizer: `{name}`; the library holds {known}")]
    Optimizer {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
}

/// Names of all cases, in order.
pub fn case_names() -> Vec<&'static str> {
    std::iter::once("load").chain(CASES.iter().map(|case| case.name)).collect()
}

/// Checks a library; `progress` is told every verdict as it is reached.
///
/// # Errors
///
/// See [`CheckError`]. What the plugin does wrong is a verdict, not an error.
pub fn check(
    library: &Path,
    options: &CheckOptions,
    progress: &mut dyn FnMut(&Verdict),
) -> Result<Vec<Verdict>, CheckError> {
    let scratch = Scratch::new()?;
    let is_wanted = |case: &str| options.cases.is_empty() || options.cases.iter().any(|name| name == case);
    let mut verdicts = Vec::new();
    let mut push = |verdict: Verdict| {
        progress(&verdict);
        verdicts.push(verdict);
    };
    let (loaded, optimizers) =
        run(library, "load", "the library loads and its tables are sound", None, options, &scratch)?;
    let failed = loaded.status.is_failure();
    if is_wanted("load") || failed {
        push(loaded);
    }
    if let Some(name) = options.optimizers.iter().find(|name| !failed && !optimizers.contains(name)) {
        return Err(CheckError::Optimizer { name: name.clone(), known: optimizers.join(", ") });
    }
    let is_meant = |name: &&String| options.optimizers.is_empty() || options.optimizers.contains(name);
    for name in optimizers.iter().filter(is_meant) {
        for case in CASES.iter().filter(|case| is_wanted(case.name)) {
            push(run(library, case.name, case.what, Some(name), options, &scratch)?.0);
        }
    }
    Ok(verdicts)
}

/// A folder for the files of the cases, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> std::io::Result<Self> {
        let nonce = Instant::now().elapsed().as_nanos();
        let time =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let folder = std::env::temp_dir().join(format!("harness-check-{}-{time}-{nonce}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(
    library: &Path,
    case: &str,
    rule: &str,
    optimizer: Option<&str>,
    options: &CheckOptions,
    scratch: &Scratch,
) -> Result<(Verdict, Vec<String>), CheckError> {
    let file = |name: &str| scratch.0.join(name);
    let _ = std::fs::remove_file(file("note"));
    let mut command = Command::new(&options.program[0]);
    command.args(&options.program[1..]).arg(library).arg(case).arg(file("note"));
    if let Some(name) = optimizer {
        command.arg("--optimizer").arg(name);
    }
    for (name, value) in &options.settings {
        command.arg("--set").arg(format!("{name}={value}"));
    }
    // Files, not pipes: a plugin that prints without end is ended by the limit, not by a full pipe.
    command.stdin(Stdio::null()).stdout(File::create(file("stdout"))?).stderr(File::create(file("stderr"))?);
    let ended = wait(command.spawn()?, options.limit)?;
    let note = std::fs::read_to_string(file("note")).ok().and_then(|text| serde_json::from_str::<Note>(&text).ok());
    let printed = std::fs::metadata(file("stdout")).map_or(0, |metadata| metadata.len());
    let (status, detail, optimizers) = judge(case, ended, note, printed, options.limit, &tail(&file("stderr")));
    let verdict = Verdict {
        case: case.to_owned(),
        optimizer: optimizer.map(str::to_owned),
        rule: rule.to_owned(),
        status,
        detail,
    };
    Ok((verdict, optimizers))
}

fn judge(
    case: &str,
    ended: Option<ExitStatus>,
    note: Option<Note>,
    printed: u64,
    limit: Duration,
    stderr: &str,
) -> (CheckStatus, String, Vec<String>) {
    let because = if stderr.is_empty() { String::new() } else { format!(": {stderr}") };
    match (ended, note) {
        (None, _) => {
            (CheckStatus::TimedOut, format!("still running after {} s{because}", limit.as_secs_f64()), Vec::new())
        }
        (Some(exit), Some(note)) if exit.success() => {
            if case == "stdout" && printed > 0 && note.status == CheckStatus::Passed {
                let detail =
                    format!("{printed} bytes printed on stdout, which belongs to the harness: use `host->log`");
                return (CheckStatus::Failed, detail, Vec::new());
            }
            (note.status, note.detail, note.optimizers)
        }
        (Some(exit), _) => (CheckStatus::Crashed, format!("{}{because}", describe(exit)), Vec::new()),
    }
}

fn describe(exit: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&exit) {
        let name = match signal {
            4 => " (illegal instruction)",
            6 => " (abort)",
            7 | 10 => " (bus error)",
            8 => " (arithmetic)",
            11 => " (segmentation fault)",
            _ => "",
        };
        return format!("the process died of signal {signal}{name}");
    }
    format!("the process ended with {exit} before the case was over")
}

fn wait(mut child: Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let begun = Instant::now();
    loop {
        if let Some(exit) = child.try_wait()? {
            return Ok(Some(exit));
        }
        if begun.elapsed() >= limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The last line on stderr, cut to a readable length.
fn tail(path: &Path) -> String {
    const LONGEST: usize = 300;
    let bytes = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(4096)..]).into_owned();
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().take(LONGEST).collect()
}
