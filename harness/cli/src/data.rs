//! `harness data`: the files of published datasets on this machine. Only `fetch` opens a connection.

mod fetch;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use clap::{Args, Subcommand};
use harness_datasets::fetch::{FetchError, Settings};
use harness_datasets::{DataError, Entry, FileState, Info, data_dir, files, find, not_there, registry};
use serde_json::json;

use crate::error::{CliError, chain};
use crate::output::{self, say};

/// What can be done with the files.
#[derive(Debug, Subcommand)]
pub(crate) enum DataVerb {
    /// Download the files of datasets into the data folder, checked by size and SHA-256
    #[command(after_help = "example:\n  harness data fetch fashion_mnist a9a")]
    Fetch {
        /// The datasets
        #[arg(required = true, value_name = "DATASET")]
        datasets: Vec<String>,
        /// Ask here first: an address under which files lie as in a data folder
        #[arg(long, value_name = "URL", env = "HARNESS_DATA_MIRROR")]
        mirror: Option<String>,
        /// Give up a server that is silent for so long
        #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = fetch::seconds)]
        timeout: Duration,
    },
    /// List the published datasets and whether their files are there
    #[command(after_help = "example:\n  harness data list --data-dir ../data")]
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the data folder, or where the files of a dataset are
    #[command(after_help = "examples:\n  harness data path\n  harness data path mnist")]
    Path {
        /// The dataset
        #[arg(value_name = "DATASET")]
        dataset: Option<String>,
    },
    /// Check the files that are there by size and SHA-256
    #[command(after_help = "examples:\n  harness data verify\n  harness data verify mnist")]
    Verify(VerifyArgs),
}

/// What is verified.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// These datasets only, all of whose files must be there
    #[arg(value_name = "DATASET")]
    datasets: Vec<String>,
}

/// Runs one of the verbs.
pub(crate) fn run(verb: &DataVerb) -> Result<(), CliError> {
    let folder = data_dir().map_err(input)?;
    match verb {
        DataVerb::Fetch { datasets, mirror, timeout } => {
            fetch::run(datasets, &folder, &Settings { mirror: mirror.as_deref(), patience: *timeout })
        }
        DataVerb::List { json: true } => list_json(&folder),
        DataVerb::List { json: false } => list(&folder),
        DataVerb::Path { dataset: None } => output::print(&format!("{}\n", folder.display())),
        DataVerb::Path { dataset: Some(name) } => path(name, &folder),
        DataVerb::Verify(args) => verify(&args.datasets, &folder),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn input(error: DataError) -> CliError {
    CliError::Input { message: chain(&error), help: error.help() }
}

/// The published sets.
fn published() -> impl Iterator<Item = &'static dyn Entry> {
    registry().iter().copied().filter(|entry| !entry.info().sources.is_empty())
}

/// A published set by its name.
fn published_set(name: &str) -> Result<&'static dyn Entry, CliError> {
    let entry = find(name).map_err(input)?;
    if entry.info().sources.is_empty() {
        let error = FetchError::NoFiles { dataset: name.to_owned() };
        return Err(CliError::Input { message: error.to_string(), help: error.help(Path::new("")) });
    }
    Ok(entry)
}

/// Whether the files of a set are there, in a word.
fn state(entry: &dyn Entry, folder: &Path) -> &'static str {
    let files = files(entry, folder, false);
    let present = files.iter().filter(|file| matches!(file.state, FileState::Present(_))).count();
    if files.iter().any(|file| matches!(file.state, FileState::Wrong(_))) {
        "wrong"
    } else if present == files.len() {
        "present"
    } else if present > 0 {
        "partly"
    } else {
        "missing"
    }
}

/// How a set is had: `fetch` where all of its files can be downloaded.
fn way(info: &Info) -> &'static str {
    if info.sources.iter().all(harness_datasets::Source::is_fetchable) { "fetch" } else { "by hand" }
}

fn list(folder: &Path) -> Result<(), CliError> {
    let mut text = format!("data folder: {}\n\n", folder.display());
    let _ = writeln!(text, "{:<19} {:>7} {:>5}  {:<8} {:<8} {:>9}", "dataset", "rows", "cols", "files", "get", "size");
    for entry in published() {
        let info = entry.info();
        let count = |count: Option<usize>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
        let bytes: Option<u64> = info.sources.iter().map(|source| source.bytes).sum();
        let size = bytes.map_or_else(|| "?".to_owned(), size);
        let (state, way) = (state(entry, folder), way(info));
        let _ = writeln!(
            text,
            "{:<19} {:>7} {:>5}  {state:<8} {way:<8} {size:>9}",
            info.name,
            count(info.n),
            count(info.d)
        );
    }
    output::print(&text)
}

/// A number of bytes for readers.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

fn list_json(folder: &Path) -> Result<(), CliError> {
    let sets: Vec<_> = published()
        .map(|entry| {
            let info = entry.info();
            let files: Vec<_> = files(entry, folder, false)
                .iter()
                .map(|file| {
                    let path = match &file.state {
                        FileState::Present(path) => Some(path.display().to_string()),
                        FileState::Missing | FileState::Wrong(_) => None,
                    };
                    json!({
                        "file": file.source.path, "path": path, "bytes": file.source.bytes,
                        "sha256": file.source.sha256, "fetchable": file.source.is_fetchable(),
                    })
                })
                .collect();
            json!({ "name": info.name, "state": state(entry, folder), "files": files })
        })
        .collect();
    output::print(&format!("{:#}\n", json!({ "folder": folder.display().to_string(), "datasets": sets })))
}

fn path(name: &str, folder: &Path) -> Result<(), CliError> {
    let entry = published_set(name)?;
    let (mut text, mut missing) = (String::new(), None);
    for file in files(entry, folder, false) {
        let path = match file.state {
            FileState::Present(path) => path,
            FileState::Missing => {
                missing.get_or_insert_with(|| not_there(entry.info(), file.source, folder));
                folder.join(file.source.path)
            }
            FileState::Wrong(error) => return Err(input(error)),
        };
        let _ = writeln!(text, "{}", path.display());
    }
    output::print(&text)?;
    missing.map_or(Ok(()), |error| Err(input(error)))
}

fn verify(names: &[String], folder: &Path) -> Result<(), CliError> {
    let entries = match names {
        [] => published().collect(),
        names => names.iter().map(|name| published_set(name)).collect::<Result<Vec<_>, _>>()?,
    };
    let (mut text, mut right, mut missing, mut wrong) = (String::new(), 0, 0, 0);
    for entry in entries {
        let files = files(entry, folder, true);
        // A set that nobody asked for and of which nothing is there is not missed.
        let is_missed = !names.is_empty() || files.iter().any(|file| !matches!(file.state, FileState::Missing));
        for file in files {
            let shown = file.source.path;
            match file.state {
                FileState::Present(_) if file.source.sha256.is_none() => {
                    let _ = writeln!(text, "there    {shown} (no checksum of it is known)");
                }
                FileState::Present(_) => {
                    right += 1;
                    let _ = writeln!(text, "right    {shown}");
                }
                FileState::Missing if !is_missed => {}
                FileState::Missing => {
                    missing += 1;
                    let _ = writeln!(text, "missing  {shown}");
                }
                FileState::Wrong(error) => {
                    wrong += 1;
                    let _ = writeln!(text, "wrong    {shown}: {error}");
                }
            }
        }
    }
    output::print(&text)?;
    say!("{right} right, {missing} missing, {wrong} wrong in {}", folder.display());
    let mut advice = Vec::new();
    if missing > 0 {
        advice.push("get what is missing with `harness data fetch`");
    }
    if wrong > 0 {
        advice.push("move what is wrong away and fetch it again");
    }
    if advice.is_empty() {
        return Ok(());
    }
    Err(CliError::Failed(format!("not all files are as they should be\n\nhelp: {}", advice.join("; "))))
}
