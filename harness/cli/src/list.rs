//! `harness list`: what a benchmark file can name, as plugins, datasets and models describe themselves.

use std::fmt::Write as _;

use harness_datasets::{Info, Parameter, Task};
use harness_engine::plugins::{OptimizerInfo, ParamInfo, ParamKind, ParamValue, Registry, Wanted};
use harness_engine::spec::nearest;
use harness_models::Family;
use serde_json::{Value, json};

use crate::args::{ListArgs, ListKind};
use crate::bench::gather;
use crate::error::CliError;
use crate::output;

/// Width of the text, so that it fits a terminal of 80 columns.
const WIDTH: usize = 79;

/// An entry of any list.
struct Entry {
    name: String,
    /// What it is, in a line.
    summary: String,
    /// All that is known of it.
    text: String,
    json: Value,
}

/// Prints a list.
pub(crate) fn run(args: &ListArgs) -> Result<(), CliError> {
    let Some(what) = args.what else { return overview(args) };
    let mut refused = String::new();
    let (entries, tail) = match what {
        ListKind::Optimizers => {
            let registry = gather(&args.plugins, Wanted::All)?;
            for error in &registry.refused {
                let _ = writeln!(refused, "\nrefused: {error}");
            }
            (optimizers(&registry), String::new())
        }
        ListKind::Datasets => datasets(),
        ListKind::Models => models(),
    };
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    for name in &args.names {
        if !names.contains(&name.as_str()) {
            let message = format!("no such entry: `{name}`");
            return Err(CliError::Input { message, help: Some(nearest::help(name, &names, "known names")) });
        }
    }
    let chosen: Vec<&Entry> =
        entries.iter().filter(|entry| args.names.is_empty() || args.names.contains(&entry.name)).collect();
    if args.json {
        let all: Vec<&Value> = chosen.iter().map(|entry| &entry.json).collect();
        return output::print(&format!("{:#}\n", json!(all)));
    }
    if args.names.is_empty() && !args.verbose {
        return output::print(&(lines(&chosen) + &refused + &hint(what)));
    }
    let mut text = chosen.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>().join("\n");
    if args.names.is_empty() {
        text += &tail;
        text += &refused;
    }
    output::print(&text)
}

/// Each entry in a line that fits the width.
fn lines(entries: &[&Entry]) -> String {
    let longest = entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0);
    let line = |entry: &&Entry| {
        let line = format!("{:<longest$}  {}", entry.name, entry.summary);
        if line.chars().count() <= WIDTH {
            return line + "\n";
        }
        let cut: String = line.chars().take(WIDTH - 2).collect();
        // Not within a word, unless that is all there is.
        let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
        format!("{} ..\n", whole.trim_end_matches([',', ';', ':', ' ']))
    };
    entries.iter().map(line).collect()
}

/// How to see more.
fn hint(what: ListKind) -> String {
    let kind = match what {
        ListKind::Optimizers => "optimizers",
        ListKind::Datasets => "datasets",
        ListKind::Models => "models",
    };
    format!("\n`harness list {kind} NAME` shows what one takes, `--verbose` all of them\n")
}

/// The names of everything that a benchmark file can name.
fn overview(args: &ListArgs) -> Result<(), CliError> {
    let lists = [
        ("optimizers", optimizers(&gather(&args.plugins, Wanted::All)?)),
        ("datasets", datasets().0),
        ("models", models().0),
    ];
    let names = |entries: &[Entry]| entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>();
    if args.json {
        let all: serde_json::Map<String, Value> =
            lists.iter().map(|(kind, entries)| ((*kind).to_owned(), json!(names(entries)))).collect();
        return output::print(&format!("{:#}\n", Value::Object(all)));
    }
    let mut text = String::new();
    for (kind, entries) in &lists {
        let _ = writeln!(text, "{kind}");
        push_wrapped(&mut text, 4, &names(entries).join(", "));
    }
    text.push_str("\n`harness list optimizers` (or datasets, models) shows what they are and take\n");
    output::print(&text)
}

fn optimizers(registry: &Registry) -> Vec<Entry> {
    registry
        .iter()
        .map(|optimizer| {
            let info = &optimizer.info;
            let plugin = optimizer.path.display().to_string();
            Entry {
                name: info.name.clone(),
                summary: info.summary.clone(),
                text: optimizer_text(info),
                json: optimizer_json(info, &plugin),
            }
        })
        .collect()
}

fn optimizer_text(info: &OptimizerInfo) -> String {
    let mut text = format!("{} {}\n", info.name, info.version);
    push_wrapped(&mut text, 4, &info.summary);
    for param in &info.params {
        let _ = writeln!(text, "    {:<17} {}", param.name, param_facts(param));
        push_wrapped(&mut text, 22, &param.doc);
    }
    for line in info.doc.lines() {
        push_wrapped(&mut text, 4, line);
    }
    if info.one_shot {
        push_wrapped(&mut text, 4, "Works in one step: drawn as a point.");
    }
    text
}

fn param_facts(param: &ParamInfo) -> String {
    let default = match &param.default {
        None => "optional".to_owned(),
        Some(ParamValue::Real(value)) => format!("default {}", short(*value)),
        Some(value) => format!("default {value}"),
    };
    let kind = match &param.kind {
        ParamKind::Choice(words) => return format!("one of {}; {default}", words.join(", ")),
        ParamKind::Boolean => return format!("true or false; {default}"),
        ParamKind::Text | ParamKind::File => return format!("{}; {default}", param.kind.name()),
        ParamKind::Options => return param.kind.name().to_owned(),
        kind => kind.name().trim_start_matches("a "),
    };
    let search = param.search.map_or(String::new(), |(low, high, by_ratio)| {
        format!("; tuned in {} to {}{}", short(low), short(high), if by_ratio { ", by ratio" } else { "" })
    });
    format!("{kind}, {}; {default}{search}", param.range_text())
}

/// A number in the shorter of plain and scientific notation.
fn short(value: f64) -> String {
    let (plain, scientific) = (format!("{value}"), format!("{value:e}"));
    if scientific.len() < plain.len() { scientific } else { plain }
}

fn optimizer_json(info: &OptimizerInfo, plugin: &str) -> Value {
    let finite = |bound: f64| if bound.is_finite() { json!(bound) } else { Value::Null };
    let params: Vec<Value> = info
        .params
        .iter()
        .map(|param| {
            let choices = match &param.kind {
                ParamKind::Choice(words) => json!(words),
                _ => Value::Null,
            };
            json!({
                "name": param.name,
                "doc": param.doc,
                "kind": param.kind.name(),
                "choices": choices,
                "default": param.default,
                "min": finite(param.min.0),
                "min_excluded": param.min.1,
                "max": finite(param.max.0),
                "max_excluded": param.max.1,
                "search": param.search.map(|(low, high, by_ratio)| json!({
                    "min": low, "max": high, "scale": if by_ratio { "log" } else { "linear" },
                })),
            })
        })
        .collect();
    json!({
        "name": info.name,
        "version": info.version,
        "summary": info.summary,
        "doc": info.doc,
        "one_shot": info.one_shot,
        "own_start": info.own_start,
        "requires": info.requires,
        "params": params,
        "plugin": plugin,
    })
}

fn datasets() -> (Vec<Entry>, String) {
    let entries = harness_datasets::registry()
        .iter()
        .map(|entry| {
            let info = entry.info();
            Entry {
                name: info.name.to_owned(),
                summary: info.summary.to_owned(),
                text: dataset_text(info),
                json: dataset_json(info),
            }
        })
        .collect();
    let mut tail = "\nevery dataset, and any data file by `file:` and `target:`, takes\n".to_owned();
    push_parameters(&mut tail, harness_datasets::common_parameters());
    (entries, tail)
}

fn dataset_text(info: &Info) -> String {
    let mut text = format!("{}\n", info.name);
    push_wrapped(&mut text, 4, info.summary);
    let size = |count: Option<usize>| count.map_or("as set".to_owned(), |count| count.to_string());
    let classes = info.classes.map_or(String::new(), |classes| format!(", {classes} classes"));
    let tasks: Vec<String> = info.tasks.iter().map(Task::to_string).collect();
    let _ = writeln!(text, "    {}; rows {}, features {}{classes}", tasks.join(" or "), size(info.n), size(info.d));
    push_parameters(&mut text, info.parameters);
    for source in info.sources {
        let size = source.bytes.map_or_else(|| "size not known".to_owned(), |bytes| format!("{bytes} bytes"));
        let way = if source.is_fetchable() { "`harness data fetch` gets it" } else { "to be had by hand" };
        push_wrapped(&mut text, 4, &format!("file: {}, {size}; {way}", source.path));
    }
    push_wrapped(&mut text, 4, &format!("source: {}; licence: {}", info.source, info.licence));
    push_wrapped(&mut text, 4, &format!("cite: {}", info.citation));
    text
}

fn push_parameters(text: &mut String, parameters: &[Parameter]) {
    for parameter in parameters {
        let _ = writeln!(text, "    {:<19} default {}", parameter.name, parameter.default);
        push_wrapped(text, 24, parameter.summary);
    }
}

fn dataset_json(info: &Info) -> Value {
    let parameters: Vec<Value> = info
        .parameters
        .iter()
        .map(|parameter| json!({ "name": parameter.name, "default": parameter.default, "doc": parameter.summary }))
        .collect();
    let files: Vec<Value> = info
        .sources
        .iter()
        .map(|source| {
            json!({
                "path": source.path, "bytes": source.bytes, "sha256": source.sha256, "urls": source.urls,
                "fetchable": source.is_fetchable(),
            })
        })
        .collect();
    json!({
        "name": info.name,
        "summary": info.summary,
        "tasks": info.tasks,
        "n": info.n,
        "d": info.d,
        "classes": info.classes,
        "targets": info.targets,
        "licence": info.licence,
        "source": info.source,
        "citation": info.citation,
        "parameters": parameters,
        "files": files,
    })
}

fn models() -> (Vec<Entry>, String) {
    let entries = Family::ALL
        .iter()
        .map(|family| {
            let name = family.as_str();
            let mut text = format!("{name}\n");
            push_wrapped(&mut text, 4, family.description());
            let summary = family.description().to_owned();
            let json = json!({ "name": name, "summary": family.description() });
            Entry { name: name.to_owned(), summary, text, json }
        })
        .collect();
    let mut tail = "\noptions of `model:`\n".to_owned();
    let schema = harness_engine::spec::json_schema();
    for (name, property) in schema["$defs"]["ModelOptions"]["properties"].as_object().into_iter().flatten() {
        let _ = writeln!(tail, "    {name}");
        push_wrapped(&mut tail, 8, property["description"].as_str().unwrap_or_default());
    }
    (entries, tail)
}

/// Appends text wrapped at word boundaries, every line indented.
fn push_wrapped(out: &mut String, indent: usize, text: &str) {
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    if column > 0 {
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::{push_wrapped, short};

    #[test]
    fn lines_stay_within_the_width() {
        let mut out = String::new();
        push_wrapped(&mut out, 10, &"word ".repeat(60));
        assert!(out.lines().all(|line| line.len() <= super::WIDTH && line.starts_with("          word")));
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(short(1e-12), "1e-12");
        assert_eq!(short(0.1), "0.1");
        assert_eq!(short(100.0), "100");
    }
}
