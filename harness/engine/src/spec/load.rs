//! Reading a benchmark file, and everything that can be checked of it without plugins.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::benchmark::{Benchmark, Budget, Limit, RecordOptions, Stop};
use super::check;
use super::decode::decode;
use super::error::{Fault, Source, SpecError};
use super::locate;
use super::node::{self, Node, NodeId, Value};
use super::optimizer_entry::{self, OptimizerEntry};
use super::question;
use super::raw::RawBenchmark;

/// A benchmark file that is right as far as can be said without plugins.
#[derive(Debug)]
pub struct Parsed {
    pub(super) document: Document,
    /// The benchmark, without optimizers.
    pub(super) benchmark: Benchmark,
    pub(super) optimizers: Vec<OptimizerEntry>,
}

/// A text and its tree.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) source: Arc<Source>,
    pub(super) root: Node,
}

/// Reads and checks a benchmark file.
pub fn load(path: &Path) -> Result<Parsed, SpecError> {
    load_in(path, &folder_of(path))
}

/// Reads and checks a benchmark file whose relative paths are relative to `base_dir`: a resolved one in a folder of
/// results, for example.
pub fn load_in(path: &Path, base_dir: &Path) -> Result<Parsed, SpecError> {
    let text = read(path).map_err(|fault| SpecError::file(path, fault))?;
    parse_in(path, &text, base_dir)
}

/// Checks the text of a benchmark file that lies, or would lie, at `path`.
pub fn parse(path: &Path, text: &str) -> Result<Parsed, SpecError> {
    parse_in(path, text, &folder_of(path))
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

fn parse_in(path: &Path, text: &str, base_dir: &Path) -> Result<Parsed, SpecError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    let source = Arc::new(Source { path: path.to_owned(), text });
    let fail = |faults| SpecError::new(Arc::clone(&source), faults);
    let root = node::parse(&source.text).map_err(fail)?;
    if root.value == Value::Null {
        return Err(fail(vec![
            Fault::new("the file is empty").help("a benchmark needs `seeds`, `problems` and `optimizers`"),
        ]));
    }
    let document = Document { source: Arc::clone(&source), root };
    let raw: RawBenchmark =
        decode(&document.root).map_err(|error| fail(vec![error.fault(&source.text, &document.root)]))?;

    let mut faults = Vec::new();
    check::seeds(&document, &raw.seeds.0, &mut faults);
    let name = check::benchmark_name(&document, raw.name, &mut faults);
    let problems = check::problems(&document, base_dir, &mut faults);
    let entries = check::items(&document, "optimizers", &mut faults);
    let optimizers = entries.iter().filter_map(|node| optimizer_entry::read(&document, node, &mut faults)).collect();
    if !faults.is_empty() {
        return Err(fail(faults));
    }
    let defaults = Budget::default();
    let benchmark = Benchmark {
        name,
        question: question::read(&source.text),
        seeds: raw.seeds.0,
        budget: Budget {
            iterations: raw.budget.iterations.map_or(defaults.iterations, |count| count.0),
            passes: raw.budget.passes.map(|passes| passes.0),
            seconds: raw.budget.seconds.map(|seconds| seconds.0),
        },
        limit: Limit {
            seconds: raw.limit.seconds.map(|seconds| seconds.0),
            memory: raw.limit.memory.map(|memory| memory.0),
        },
        stop: Stop { grad_norm: raw.stop.grad_norm.map(|norm| norm.0), target: raw.stop.target },
        record: RecordOptions { theta: raw.record.theta },
        analysis: raw.analysis,
        problems,
        optimizers: Vec::new(),
        base_dir: base_dir.to_owned(),
    };
    Ok(Parsed { document, benchmark, optimizers })
}

impl Parsed {
    /// The name of the benchmark.
    pub fn name(&self) -> &str {
        &self.benchmark.name
    }

    /// The optimizers that are used, each once, in file order.
    pub fn optimizer_names(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        self.optimizers.iter().map(|entry| entry.use_name.0.as_str()).filter(|name| seen.insert(*name)).collect()
    }
}

impl Document {
    /// Gives a fault its place.
    pub(super) fn fault(&self, id: NodeId, fault: Fault) -> Fault {
        fault.at(locate::span(&self.source.text, &self.root, id))
    }
}

fn read(path: &Path) -> Result<String, Fault> {
    /// No benchmark is as large; devices and wrong files may be.
    const LARGEST: u64 = 16 << 20;
    if path.is_dir() {
        return Err(Fault::new("this is a folder, expected a benchmark file"));
    }
    let mut bytes = Vec::new();
    let size = fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    match size {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(no_such_file(path)),
        Err(error) => return Err(Fault::new(format!("cannot read the file: {error}"))),
        Ok(size) if size as u64 > LARGEST => {
            return Err(Fault::new("the file is larger than 16 MiB").help("is this a benchmark file?"));
        }
        Ok(_) => {}
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..offset].split(|&byte| byte == b'\n').count();
        Fault::new(format!("line {line} is not text in UTF-8")).help("is this a benchmark file? save it as UTF-8")
    })
}

fn no_such_file(path: &Path) -> Fault {
    let fault = Fault::new("no such file");
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Ok(entries) = fs::read_dir(folder) else {
        return fault;
    };
    let names: BTreeSet<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending)))
        .collect();
    match super::nearest::nearest(&wanted, names.iter().map(String::as_str)) {
        Some(name) => fault.help(format!("did you mean `{}`?", path.with_file_name(name).display())),
        None => fault,
    }
}
