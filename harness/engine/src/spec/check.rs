//! Checks that need no plugin: names, seeds, and whether dataset, model and start of a problem fit each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use harness_datasets::{DataError, FileError, Options, PrepareError, Task};
use harness_models::{Model, ModelError, ModelOptions};

use super::benchmark::{Problem, Start};
use super::decode::decode;
use super::error::Fault;
use super::load::Document;
use super::node::{Node, NodeId, excerpt};
use super::raw::{RawProblem, RawStart, StartKind};
use super::sweep::{self, Swept};

/// Faults of one problem after which the rest of its sweep is not read.
const ENOUGH_FAULTS: usize = 5;

/// A list of seeds names each once.
pub(super) fn seeds(document: &Document, seeds: &[u64], faults: &mut Vec<Fault>) {
    let Some(node) = document.root.get("seeds") else { return };
    if seeds.is_empty() {
        let fault = Fault::new("the list of seeds is empty").help("give at least one, or a number of seeds");
        faults.push(document.fault(node.id, fault));
    }
    let mut seen = BTreeSet::new();
    if let Some((index, seed)) = seeds.iter().enumerate().find(|(_, seed)| !seen.insert(**seed)) {
        let id = node.items().get(index).map_or(node.id, |item| item.id);
        faults.push(document.fault(id, Fault::new(format!("seed {seed} is given twice")).help("remove one of them")));
    }
}

/// The name of the benchmark: given, or that of the file.
pub(super) fn benchmark_name(document: &Document, given: Option<String>, faults: &mut Vec<Fault>) -> String {
    if let Some(name) = given {
        if let Some(fault) = name_fault(&name) {
            let id = document.root.get("name").map_or(document.root.id, |node| node.id);
            faults.push(document.fault(id, fault));
        }
        return name;
    }
    let stem = document.source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if let Some(fault) = name_fault(&stem) {
        let title = format!("the name of the file cannot name the benchmark: {}", fault.title);
        faults.push(Fault::new(title).help("give it a `name:`"));
    }
    stem
}

/// The items of a list that must have some.
pub(super) fn items<'a>(document: &'a Document, key: &str, faults: &mut Vec<Fault>) -> &'a [Node] {
    let Some(node) = document.root.get(key) else { return &[] };
    if node.items().is_empty() {
        let fault = Fault::new(format!("`{key}` is empty")).help("a benchmark needs at least one");
        faults.push(document.fault(node.id, fault));
    }
    node.items()
}

/// All problems, sweeps expanded.
pub(super) fn problems(document: &Document, base_dir: &Path, faults: &mut Vec<Fault>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for node in items(document, "problems", faults) {
        let before = faults.len();
        for swept in sweep::expand(document, node, faults).unwrap_or_default() {
            if faults.len() >= before + ENOUGH_FAULTS {
                break;
            }
            let Some(problem) = read_problem(document, &swept, base_dir, faults) else { continue };
            if let Some(other) = names.insert(problem.name.to_lowercase(), problem.name.clone()) {
                let id = node.get("name").map_or(node.id, |name| name.id);
                faults.push(document.fault(id, same_name(&other, &problem.name)));
            }
            problems.push(problem);
        }
    }
    problems
}

fn same_name(one: &str, other: &str) -> Fault {
    let title = if one == other {
        format!("two problems are named `{one}`")
    } else {
        format!("the problems `{one}` and `{other}` differ in case only")
    };
    Fault::new(title).help("problems need distinct names: folders and tables are named after them")
}

fn read_problem(document: &Document, swept: &Swept, base_dir: &Path, faults: &mut Vec<Fault>) -> Option<Problem> {
    let node = &swept.node;
    let raw: RawProblem = match decode(node) {
        Ok(raw) => raw,
        Err(error) => {
            push_new(faults, error.fault(&document.source.text, &document.root));
            return None;
        }
    };
    let before = faults.len();
    let mut push = |id: NodeId, fault: Fault| push_new(faults, document.fault(id, fault));
    if let Some(fault) = name_fault(&raw.name) {
        push(id_of(node, "name", Place::Section), fault);
    }
    if let Err((place, fault)) = check_dataset(&raw.dataset, &raw.model, base_dir) {
        push(id_of(node, "dataset", place), fault);
    }
    let dataset = with_defaults(&raw.dataset);
    let model = check_model(&raw.model, &dataset).map_err(|error| {
        push(id_of(node, "model", place_of(&error)), Fault::new(error.to_string()));
    });
    let start = read_start(&raw, base_dir).map_err(|(place, fault)| push(id_of(node, "start", place), fault));
    let (Ok(model), Ok(start)) = (model, start) else { return None };
    (faults.len() == before).then(|| Problem {
        name: format!("{}{}", raw.name, sweep::suffix(&swept.values)),
        dataset,
        model,
        start,
        reference: raw.reference,
        sweep: swept.values.iter().map(|value| (value.path.clone(), sweep::flow(&value.value))).collect(),
    })
}

/// Adds a fault unless a combination of the same sweep had it before.
fn push_new(faults: &mut Vec<Fault>, fault: Fault) {
    if !faults.contains(&fault) {
        faults.push(fault);
    }
}

/// The node of a place in a section, or the nearest around it that is given.
pub(super) fn id_of(problem: &Node, section: &str, place: Place) -> NodeId {
    let Some(section) = problem.get(section) else { return problem.id };
    let id = match place {
        Place::Section => None,
        Place::Key(option) => section.entry(option).map(|entry| entry.key_id),
        Place::Value(option) => section.get(option).map(|node| node.id),
    };
    id.unwrap_or(section.id)
}

/// What a fault of a section is about: an option that should not be there, its value, or the whole.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Section,
    Key(&'static str),
    Value(&'static str),
}

/// A fault with its place in its section.
type OptionFault = (Place, Fault);

fn check_dataset(options: &Options, model: &ModelOptions, base_dir: &Path) -> Result<(), OptionFault> {
    harness_datasets::validate(options).map_err(data_fault)?;
    let needed = if model.family.is_classification() { Task::Classification } else { Task::Regression };
    if let Some(given) = options.task.filter(|&given| given != needed) {
        return Err(data_fault(DataError::TaskConflict { given, needed }));
    }
    if options.standardize_target && needed == Task::Classification {
        return Err(data_fault(PrepareError::StandardizeClasses.into()));
    }
    if let Some(info) = info_of(options)
        && !info.tasks.contains(&needed)
    {
        let error = DataError::TaskUnavailable { dataset: info.name.to_owned(), offered: info.tasks[0], needed };
        return Err(data_fault(error));
    }
    match &options.file {
        Some(file) => check_file(base_dir, file).map_err(|fault| (Place::Value("file"), fault)),
        None => Ok(()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn data_fault(error: DataError) -> OptionFault {
    (data_place(&error), Fault::new(error.to_string()).help_if(error.help()))
}

pub(super) fn data_place(error: &DataError) -> Place {
    match (error, error.option()) {
        (DataError::NotTaken { .. } | DataError::File(FileError::OptionNotTaken { .. }), Some(option)) => {
            Place::Key(option)
        }
        (_, Some(option)) => Place::Value(option),
        (_, None) => Place::Section,
    }
}

fn check_file(base_dir: &Path, file: &Path) -> Result<(), Fault> {
    let path = base_dir.join(file);
    if path.is_file() {
        return Ok(());
    }
    let shown = file.display();
    if path.is_dir() {
        return Err(Fault::new(format!("`{shown}` is a folder, expected a file")));
    }
    if path.exists() {
        return Err(Fault::new(format!("`{shown}` is a pipe or a device, expected a file")));
    }
    let fault = Fault::new(format!("no such file: `{shown}`"));
    Err(if file.is_relative() {
        fault.help(format!("a relative path is relative to the benchmark file: looked for `{}`", path.display()))
    } else {
        fault
    })
}

fn info_of(options: &Options) -> Option<&'static harness_datasets::Info> {
    options.name.as_deref().and_then(|name| harness_datasets::find(name).ok()).map(harness_datasets::Entry::info)
}

/// The options with the dataset's own defaults, so that a result says what it was made with.
fn with_defaults(options: &Options) -> Options {
    let filled = || -> Option<Options> {
        let mut value = serde_json::to_value(options).ok()?;
        let fields = value.as_object_mut()?;
        for parameter in info_of(options)?.parameters {
            if parameter.default != "required" && !fields.contains_key(parameter.name) {
                let text = || serde_json::Value::from(parameter.default);
                let default = serde_json::from_str(parameter.default).unwrap_or_else(|_| text());
                fields.insert(parameter.name.to_owned(), default);
            }
        }
        let filled = serde_json::from_value(value).ok()?;
        harness_datasets::validate(&filled).ok()?;
        Some(filled)
    };
    filled().unwrap_or_else(|| options.clone())
}

/// The options with defaults filled in, checked as far as that goes without data: a registered dataset says how many
/// rows and classes it has.
fn check_model(options: &ModelOptions, dataset: &Options) -> Result<ModelOptions, ModelError> {
    /// More experts than this are too many for any file.
    const MOST_EXPERTS: usize = 1 << 16;
    let info = info_of(dataset);
    let rows = info.and_then(|info| info.n).or(dataset.n);
    let classes = info.and_then(|info| info.classes).or(dataset.classes).unwrap_or(2);
    let classes = options.family.is_classification().then_some(classes);
    if let Some(experts) = options.experts.filter(|&experts| rows.is_none() && experts > MOST_EXPERTS) {
        return Err(ModelError::OptionRange { option: "experts", needed: "at most 65536", found: experts as f64 });
    }
    let model = Model::new(options, 1, classes, rows.unwrap_or(MOST_EXPERTS))?;
    let mut filled = options.clone();
    filled.experts = Some(model.experts());
    if options.family == harness_models::Family::Linear {
        filled.noise = Some(model.noise());
        filled.sigma = Some(model.sigma());
        filled.sigma_floor = Some(model.sigma_floor());
    }
    Ok(filled)
}

pub(super) fn place_of(error: &ModelError) -> Place {
    match error {
        ModelError::OptionNotTaken { option, .. } => Place::Key(option),
        ModelError::OptionRange { option, .. } => Place::Value(option),
        ModelError::TooFewExperts { .. } | ModelError::ExpertsFixed { .. } | ModelError::TooManyExperts { .. } => {
            Place::Value("experts")
        }
        ModelError::RidgeWithEstimatedNoise { .. } => Place::Value("ridge"),
        ModelError::SigmaBelowFloor { .. } => Place::Value("sigma"),
        ModelError::TargetKind { .. } => Place::Value("family"),
        _ => Place::Section,
    }
}

fn read_start(problem: &RawProblem, base_dir: &Path) -> Result<Start, OptionFault> {
    let RawStart { kind, scale, path, gate, experts } = &problem.start;
    let taken: &[&str] = match kind {
        StartKind::Gaussian => &["scale"],
        StartKind::File => &["path"],
        StartKind::TruthOffset => &["gate", "experts"],
    };
    let given = [
        ("scale", scale.is_some()),
        ("path", path.is_some()),
        ("gate", gate.is_some()),
        ("experts", experts.is_some()),
    ];
    if let Some((option, _)) = given.into_iter().find(|(name, is_given)| *is_given && !taken.contains(name)) {
        let kind = kind.as_str();
        let fault = Fault::new(format!("a start of kind `{kind}` takes no `{option}`"));
        return Err((Place::Key(option), fault.help(format!("it takes {}", super::nearest::list(taken)))));
    }
    match kind {
        StartKind::Gaussian => {
            let Start::Gaussian { scale: default } = Start::default() else { return Ok(Start::default()) };
            Ok(Start::Gaussian { scale: scale.map_or(default, |scale| scale.0) })
        }
        StartKind::File => {
            let missing = || Fault::new("a start of kind `file` needs a `path`").help("write `path: theta0.csv`");
            let path: &PathBuf = path.as_ref().ok_or_else(|| (Place::Section, missing()))?;
            check_file(base_dir, path).map_err(|fault| (Place::Value("path"), fault))?;
            Ok(Start::File { path: path.clone() })
        }
        StartKind::TruthOffset => {
            if info_of(&problem.dataset).is_none_or(|info| info.n.is_some()) {
                let fault =
                    Fault::new("a start of kind `truth_offset` needs a synthetic dataset: this one has no known truth");
                return Err((Place::Value("kind"), fault.help("use `kind: gaussian`, or a dataset that is generated")));
            }
            let gate = gate.map_or(0.85, |gate| gate.0);
            let experts = experts.map_or(1.1, |experts| experts.0);
            Ok(Start::TruthOffset { gate, experts })
        }
    }
}

/// What is wrong with a name that is to name files.
fn name_fault(name: &str) -> Option<Fault> {
    const LONGEST: usize = 80;
    let shown = excerpt(name);
    let help = "allowed are letters a-z and A-Z, digits, `.`, `_`, `-` and `+`; the first is a letter or a digit";
    let title = if name.is_empty() {
        "a name cannot be empty".to_owned()
    } else if let Some(c) = name.chars().find(|&c| !(c.is_ascii_alphanumeric() || "._-+".contains(c))) {
        let c = if c == ' ' { "a space".to_owned() } else { format!("`{}`", c.escape_debug()) };
        format!("the name `{shown}` cannot contain {c}")
    } else if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        format!("the name `{shown}` cannot begin with `{}`", &name[..1])
    } else if name.len() > LONGEST {
        return Some(Fault::new(format!("the name `{shown}` is longer than {LONGEST} characters")));
    } else {
        return None;
    };
    Some(Fault::new(title).help(help))
}
