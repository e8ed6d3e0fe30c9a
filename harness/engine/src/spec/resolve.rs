//! Optimizers against the catalog: names, hyper-parameters, their kinds and ranges; grids become configurations.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use super::benchmark::{Benchmark, OptimizerConfig};
use super::error::{Fault, SpecError};
use super::grid;
use super::load::{Document, Parsed};
use super::nearest;
use super::node::{Node, Value, excerpt};
use super::optimizer_entry::{GivenParam, OptimizerEntry};
use crate::plugins::{Catalog, OptimizerInfo, ParamInfo, ParamKind, ParamValue};

/// The most configurations that one entry may make.
const MOST_CONFIGS: usize = 10_000;

impl Parsed {
    /// Checks the optimizers against what the plugins declare.
    ///
    /// # Errors
    ///
    /// All faults of all entries, each with its place.
    pub fn resolve(self, catalog: &Catalog) -> Result<Benchmark, SpecError> {
        let Parsed { document, mut benchmark, optimizers } = self;
        let mut faults = Vec::new();
        let mut labels: HashMap<String, String> = HashMap::new();
        for entry in &optimizers {
            let Some(configs) = resolve_entry(&document, entry, catalog, &benchmark.base_dir, &mut faults) else {
                continue;
            };
            let label = label_of(entry);
            let id = entry.label.as_ref().map_or(entry.use_name.1, |(_, id)| *id);
            let owner = labels.entry(label.to_owned()).or_insert_with(|| entry.use_name.0.clone());
            if *owner != entry.use_name.0 {
                let title = format!("the label `{label}` stands for both `{owner}` and `{}`", entry.use_name.0);
                faults.push(document.fault(id, Fault::new(title).help("give one of them another `label`")));
                continue;
            }
            let twice = |config: &&OptimizerConfig| {
                benchmark.optimizers.iter().any(|other| other.label == config.label && other.params == config.params)
            };
            if configs.iter().any(|config| twice(&config)) {
                let title = format!("`{label}` is given twice with the same hyper-parameters");
                faults
                    .push(document.fault(id, Fault::new(title).help("remove one of them, or give it another `label`")));
            }
            benchmark.optimizers.extend(configs);
        }
        faults.extend(baseline_fault(&document, benchmark.analysis.baseline.as_deref(), &optimizers));
        if !faults.is_empty() {
            return Err(SpecError::new(Arc::clone(&document.source), faults));
        }
        grid::name_configs(&mut benchmark.optimizers);
        Ok(benchmark)
    }
}

/// The baseline of the report is one of the optimizers.
fn baseline_fault(document: &Document, baseline: Option<&str>, optimizers: &[OptimizerEntry]) -> Option<Fault> {
    let baseline = baseline?;
    let labels: Vec<&str> = optimizers.iter().map(label_of).collect();
    if labels.contains(&baseline) {
        return None;
    }
    let fault = Fault::new(format!("the baseline `{}` is no optimizer of this file", excerpt(baseline)))
        .help(nearest::help(baseline, &labels, "labels"));
    let node = document.root.get("analysis").and_then(|analysis| analysis.get("baseline"));
    Some(document.fault(node.map_or(document.root.id, |node| node.id), fault))
}

fn label_of(entry: &OptimizerEntry) -> &str {
    entry.label.as_ref().map_or(&entry.use_name.0, |(label, _)| label)
}

/// A hyper-parameter with the values that it is to have, in the order of the grid.
struct Checked {
    name: String,
    values: Vec<Option<ParamValue>>,
}

fn resolve_entry(
    document: &Document,
    entry: &OptimizerEntry,
    catalog: &Catalog,
    base_dir: &Path,
    faults: &mut Vec<Fault>,
) -> Option<Vec<OptimizerConfig>> {
    let (use_name, use_id) = &entry.use_name;
    let Some(info) = catalog.get(use_name) else {
        let known: Vec<&str> = catalog.keys().map(String::as_str).collect();
        let fault = Fault::new(format!("unknown optimizer `{}`", excerpt(use_name)));
        let help = nearest::help(use_name, &known, "one of another plugin needs `--plugin FILE`; known optimizers");
        faults.push(document.fault(*use_id, fault.help(help)));
        return None;
    };
    let before = faults.len();
    let checked: Vec<Checked> =
        entry.params.iter().filter_map(|param| check_param(document, info, base_dir, param, faults)).collect();
    if faults.len() > before {
        return None;
    }
    let counts: Vec<usize> = checked.iter().map(|param| param.values.len()).collect();
    if counts.iter().try_fold(1_usize, |all, &count| all.checked_mul(count)).is_none_or(|all| all > MOST_CONFIGS) {
        let title = format!("the grid makes more than {MOST_CONFIGS} configurations");
        faults.push(document.fault(*use_id, Fault::new(title)));
        return None;
    }
    let config = |chosen: Vec<usize>| {
        let values: HashMap<&str, &Option<ParamValue>> =
            checked.iter().zip(chosen).map(|(param, index)| (param.name.as_str(), &param.values[index])).collect();
        let value = |param: &ParamInfo| match values.get(param.name.as_str()) {
            Some(&given) => given.clone(),
            None => param.default.clone(),
        };
        let given = values.iter().filter_map(|(&name, value)| Some((name.to_owned(), value.as_ref()?.clone())));
        let declared = info.params.iter().filter(|param| param.kind != ParamKind::Options);
        let mut params: Vec<_> = declared.map(|param| (param.name.clone(), value(param))).collect();
        let mut free: Vec<_> = values
            .iter()
            .filter(|(name, _)| info.declared(name).is_none())
            .map(|(&name, &value)| (name.to_owned(), value.clone()))
            .collect();
        free.sort_by(|(one, _), (other, _)| one.cmp(other));
        params.append(&mut free);
        OptimizerConfig {
            use_name: use_name.clone(),
            label: label_of(entry).to_owned(),
            config: String::new(),
            params,
            given: given.collect::<BTreeMap<_, _>>(),
            base_dir: base_dir.to_owned(),
        }
    };
    Some(grid::combinations(&counts).into_iter().map(config).collect())
}

fn check_param(
    document: &Document,
    info: &OptimizerInfo,
    base_dir: &Path,
    given: &GivenParam,
    faults: &mut Vec<Fault>,
) -> Option<Checked> {
    let optimizer = &info.name;
    let Some(param) = info.declared(&given.name).or(info.free_options()) else {
        let known: Vec<&str> = info.params.iter().map(|param| param.name.as_str()).collect();
        let title = format!("unknown hyper-parameter `{}` for optimizer `{optimizer}`", excerpt(&given.name));
        let help = if known.is_empty() {
            format!("`{optimizer}` has no hyper-parameters: remove it")
        } else {
            nearest::help(&given.name, &known, &format!("`{optimizer}` has"))
        };
        let fault = Fault::new(title).label(format!("not declared by `{optimizer}` {}", info.version)).help(help);
        faults.push(document.fault(given.key_id, fault));
        return None;
    };
    let mut values: Vec<Option<ParamValue>> = Vec::new();
    for node in &given.values {
        match read_value(param, &given.name, node, base_dir) {
            Err(fault) => faults.push(document.fault(node.id, *fault)),
            Ok(value) if values.contains(&value) => {
                let title = format!("the grid has {} twice for `{}`", grid::value_text(value.as_ref()), given.name);
                faults.push(document.fault(node.id, Fault::new(title).help("remove one of them")));
            }
            Ok(value) => values.push(value),
        }
    }
    Some(Checked { name: given.name.clone(), values })
}

/// A value of the declared kind and in the declared range; `None` leaves the hyper-parameter unset.
fn read_value(param: &ParamInfo, name: &str, node: &Node, base_dir: &Path) -> Result<Option<ParamValue>, Box<Fault>> {
    let expected = |what: &str| {
        let fault = Fault::new(format!("expected {what} for `{name}`, found {}", node.describe()));
        Err(Box::new(fault.help_if(node.text_help(what))))
    };
    let value = match (&param.kind, &node.value) {
        (_, Value::Null) if param.default.is_none() => return Ok(None),
        (ParamKind::Real, &Value::Integer(number)) => ParamValue::Real(number as f64),
        (ParamKind::Real, &Value::Real(number)) => ParamValue::Real(number),
        (ParamKind::Real, _) => return expected("a number"),
        (ParamKind::Integer, _) => match whole(&node.value) {
            Some(number) => ParamValue::Integer(number),
            None => return expected("a whole number"),
        },
        (ParamKind::Boolean, &Value::Boolean(value)) => ParamValue::Boolean(value),
        (ParamKind::Boolean, _) => return expected("`true` or `false`"),
        (ParamKind::Text, Value::Text(text)) => ParamValue::Text(text.clone()),
        (ParamKind::Text, _) => return expected("a text"),
        (ParamKind::File, Value::Text(path)) => {
            check_file(name, path, base_dir)?;
            ParamValue::Text(path.clone())
        }
        (ParamKind::File, _) => return expected("the path of a file"),
        (ParamKind::Options, value) => match free_value(value) {
            Some(value) => return Ok(Some(value)),
            None => return expected("a number, a text, `true` or `false`"),
        },
        (ParamKind::Choice(words), Value::Text(word)) => {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if !words.contains(&word.as_str()) {
                let fault = Fault::new(format!("unknown word `{}` for `{name}`", excerpt(word)));
                return Err(Box::new(fault.help(nearest::help(word, &words, "valid words"))));
            }
            ParamValue::Text(word.clone())
        }
        (ParamKind::Choice(words), other) => {
            // `none` and the like are words; only the booleans and numbers of YAML need quotes.
            let text = match other {
                Value::Boolean(value) => value.to_string(),
                Value::Integer(value) => value.to_string(),
                _ => String::new(),
            };
            if !words.contains(&text) {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                return expected(&format!("one of {}", nearest::list(&words)));
            }
            ParamValue::Text(text)
        }
    };
    let number = match value {
        ParamValue::Integer(number) => number as f64,
        ParamValue::Real(number) => number,
        ParamValue::Boolean(_) | ParamValue::Text(_) => return Ok(Some(value)),
    };
    let above = if param.min.1 { number > param.min.0 } else { number >= param.min.0 };
    let below = if param.max.1 { number < param.max.0 } else { number <= param.max.0 };
    if above && below {
        return Ok(Some(value));
    }
    let fault = Fault::new(format!("`{name}` must be {}, found {}", param.range_text(), node.describe()));
    let doc = Some(&param.doc).filter(|doc| !doc.is_empty());
    Err(Box::new(fault.help_if(doc.map(|doc| format!("`{name}`: {doc}")))))
}

/// A file must be there before anything runs.
fn check_file(name: &str, path: &str, base_dir: &Path) -> Result<(), Box<Fault>> {
    let full = base_dir.join(path);
    let problem = match std::fs::metadata(&full) {
        Ok(metadata) if metadata.is_file() => return Ok(()),
        Ok(_) => "is not a file".to_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        Err(error) => format!("cannot be read: {error}"),
    };
    let fault = Fault::new(format!("`{name}`: {} {problem}", full.display()));
    Err(Box::new(fault.help("a relative path is relative to the folder of the benchmark file")))
}

/// A value whose kind nobody declares.
fn free_value(value: &Value) -> Option<ParamValue> {
    match value {
        &Value::Boolean(value) => Some(ParamValue::Boolean(value)),
        &Value::Integer(number) => i64::try_from(number).ok().map(ParamValue::Integer),
        &Value::Real(number) if number.is_finite() => Some(ParamValue::Real(number)),
        Value::Text(text) => Some(ParamValue::Text(text.clone())),
        _ => None,
    }
}

/// A whole number, also where it is written like `1e3`.
fn whole(value: &Value) -> Option<i64> {
    /// 2^53: whole numbers below are exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match *value {
        Value::Integer(number) => i64::try_from(number).ok(),
        #[expect(clippy::cast_possible_truncation, reason = "whole and exact")]
        Value::Real(number) if number.fract() == 0.0 && number.abs() <= EXACT => Some(number as i64),
        _ => None,
    }
}
