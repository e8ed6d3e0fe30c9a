//! `sweep:` of a problem: one problem for each combination of values, put into the problem before it is read.

use schemars::{JsonSchema, SchemaGenerator};

use super::error::Fault;
use super::load::Document;
use super::nearest;
use super::node::{Entry, Node, NodeId, Value, excerpt, number_text};
use super::raw::RawStart;

/// A problem without its `sweep:`, the values of one combination in their places.
#[derive(Debug)]
pub(super) struct Swept {
    pub(super) node: Node,
    pub(super) values: Vec<SweptValue>,
}

/// A value of a sweep and the path that it is for.
#[derive(Debug, Clone)]
pub(super) struct SweptValue {
    pub(super) path: String,
    pub(super) value: Node,
}

/// The most problems that one sweep may make.
const MOST_PROBLEMS: usize = 10_000;

/// All combinations, the last path varying fastest; `None` where the sweep has faults, which are added to `faults`.
pub(super) fn expand(document: &Document, problem: &Node, faults: &mut Vec<Fault>) -> Option<Vec<Swept>> {
    let Some(sweep) = problem.entry("sweep") else {
        return Some(vec![Swept { node: problem.clone(), values: Vec::new() }]);
    };
    let before = faults.len();
    let base = without(problem, "sweep");
    let mut combinations = vec![Swept { node: base.clone(), values: Vec::new() }];
    if !matches!(sweep.value.value, Value::Map(_)) {
        let title = format!("expected a mapping for `sweep`, found {}", sweep.value.describe());
        let fault = Fault::new(title).help("write `sweep: { dataset.beta_norm: [0.5, 1, 2] }`");
        faults.push(document.fault(sweep.value.id, fault));
    }
    let known = paths();
    for axis in sweep.value.entries() {
        match check_axis(document, &base, axis, &known) {
            Err(fault) => faults.push(*fault),
            Ok(values) if combinations.len() * values.len() > MOST_PROBLEMS => {
                let title = format!("the sweep makes more than {MOST_PROBLEMS} problems");
                faults.push(document.fault(axis.key_id, Fault::new(title)));
                return None;
            }
            Ok(values) => combinations = product(&combinations, axis, values),
        }
    }
    (faults.len() == before).then_some(combinations)
}

/// The suffix of a problem's name: `[beta_norm=0.5]`, with whole paths where last words would be the same.
pub(super) fn suffix(values: &[SweptValue]) -> String {
    if values.is_empty() {
        return String::new();
    }
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let parts: Vec<String> = values
        .iter()
        .map(|swept| {
            let twice = values.iter().filter(|other| last(&other.path) == last(&swept.path)).count() > 1;
            let name = if twice { swept.path.clone() } else { last(&swept.path) };
            let text = match &swept.value.value {
                Value::Text(text) => text.clone(),
                _ => flow(&swept.value),
            };
            let fits = |c: char| if c.is_ascii_alphanumeric() || "._+-".contains(c) { c } else { '_' };
            format!("{name}={}", text.chars().map(fits).collect::<String>())
        })
        .collect();
    format!("[{}]", parts.join(","))
}

/// A value as YAML on one line, which is read back as the same value.
pub(super) fn flow(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Real(value) => match number_text(*value) {
            text if text.contains(['.', 'e']) => text,
            text => format!("{text}.0"),
        },
        Value::Text(text) if is_plain(text) => text.clone(),
        Value::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let text = |entry: &Entry| format!("{}: {}", entry.key, flow(&entry.value));
            format!("{{{}}}", entries.iter().map(text).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Whether YAML reads a word as a text without quotes.
fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c))
        && matches!(serde_yaml::from_str(text), Ok(serde_yaml::Value::String(_)))
}

fn check_axis<'a>(
    document: &Document,
    base: &Node,
    axis: &'a Entry,
    known: &[String],
) -> Result<&'a [Node], Box<Fault>> {
    let path = excerpt(&axis.key);
    let fail = |id: NodeId, fault: Fault| Err(Box::new(document.fault(id, fault)));
    if !known.contains(&axis.key) {
        let title = format!("unknown path `{path}` in `sweep`");
        return fail(axis.key_id, Fault::new(title).help(path_help(&axis.key, known)));
    }
    let Value::List(values) = &axis.value.value else {
        let title = format!("expected a list for `{path}` in `sweep`, found {}", axis.value.describe());
        return fail(axis.value.id, Fault::new(title).help("write the values in brackets: `[0.5, 1, 2]`"));
    };
    if values.is_empty() {
        let title = format!("the sweep has no value for `{path}`");
        return fail(axis.key_id, Fault::new(title).help("give at least one value, or remove it"));
    }
    for (index, value) in values.iter().enumerate() {
        if values[..index].iter().any(|earlier| same(earlier, value)) {
            let title = format!("the sweep has {} twice for `{path}`", flow(value));
            return fail(value.id, Fault::new(title).help("remove one of them"));
        }
    }
    if let Some(given) = find(base, &axis.key) {
        let fault = Fault::new(format!("`{path}` is given both in the problem and in its `sweep`"));
        return fail(given, fault.help("remove one of them"));
    }
    Ok(values)
}

fn path_help(path: &str, known: &[String]) -> String {
    let section = path.split_once('.').map_or("", |(section, _)| section);
    let in_section = |known: &&str| known.split_once('.').is_some_and(|(of, _)| of == section);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let same_section: Vec<&str> = known.iter().copied().filter(in_section).collect();
    match nearest::nearest(path, known) {
        None if same_section.is_empty() => {
            "write the section and the key, such as `dataset.beta_norm` or `model.experts`".to_owned()
        }
        None => format!("valid paths: {}", nearest::list(&same_section)),
        Some(near) => format!("did you mean `{near}`?"),
    }
}

/// Whether two values mean the same, `1` and `1.0` included.
fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Integer(whole), Value::Real(real)) | (Value::Real(real), Value::Integer(whole)) => {
            (*whole as f64).total_cmp(real).is_eq()
        }
        _ => flow(one) == flow(other),
    }
}

fn product(combinations: &[Swept], axis: &Entry, values: &[Node]) -> Vec<Swept> {
    let mut extended = Vec::with_capacity(combinations.len() * values.len());
    for combination in combinations {
        for value in values {
            let mut node = combination.node.clone();
            insert(&mut node, &axis.key, axis.key_id, value);
            let mut swept = combination.values.clone();
            swept.push(SweptValue { path: axis.key.clone(), value: value.clone() });
            extended.push(Swept { node, values: swept });
        }
    }
    extended
}

/// Puts a value at a path, making the mappings on the way; keys that are made take the place of the sweep's key. What
/// stands where a mapping is needed stays, and is refused when the problem is read.
fn insert(node: &mut Node, path: &str, key_id: NodeId, value: &Node) {
    let Value::Map(entries) = &mut node.value else { return };
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let position = entries.iter().position(|entry| entry.key == key).unwrap_or_else(|| {
        let empty = Node { id: key_id, value: Value::Map(Vec::new()) };
        entries.push(Entry { key: key.to_owned(), key_id, value: empty });
        entries.len() - 1
    });
    match rest {
        Some(rest) => insert(&mut entries[position].value, rest, key_id, value),
        None => entries[position].value = value.clone(),
    }
}

/// The key at a path, if it is given.
fn find(node: &Node, path: &str) -> Option<NodeId> {
    match path.split_once('.') {
        Some((key, rest)) => find(node.get(key)?, rest),
        None => node.entry(path).map(|entry| entry.key_id),
    }
}

fn without(node: &Node, key: &str) -> Node {
    let entries = node.entries().iter().filter(|entry| entry.key != key).cloned().collect();
    Node { id: node.id, value: Value::Map(entries) }
}

/// Everything in a problem that can be swept, from the types that it is read with.
fn paths() -> Vec<String> {
    let sections = [
        ("dataset", properties::<harness_datasets::Options>()),
        ("model", properties::<harness_models::ModelOptions>()),
        ("start", properties::<RawStart>()),
    ];
    let dotted =
        sections.into_iter().flat_map(|(section, keys)| keys.into_iter().map(move |key| format!("{section}.{key}")));
    dotted.chain(["reference".to_owned()]).collect()
}

fn properties<T: JsonSchema>() -> Vec<String> {
    let schema = SchemaGenerator::default().into_root_schema_for::<T>();
    let properties = schema.get("properties").and_then(serde_json::Value::as_object);
    properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
}
