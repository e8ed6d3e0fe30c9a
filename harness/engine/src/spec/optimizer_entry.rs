//! An entry of `optimizers:` as written: a name, or a mapping with `use`, `label`, `grid` and hyper-parameters.
//!
//! Which hyper-parameters there are is for the catalog to say ([`super::resolve`]).

use super::error::Fault;
use super::load::Document;
use super::nearest;
use super::node::{Node, NodeId, Value, excerpt};

/// An entry, its values not yet checked against the plugin.
#[derive(Debug)]
pub(super) struct OptimizerEntry {
    /// The optimizer's name and its node.
    pub(super) use_name: (String, NodeId),
    /// Its name in the report and its node.
    pub(super) label: Option<(String, NodeId)>,
    /// Hyper-parameters in file order, the grid's where the grid stands.
    pub(super) params: Vec<GivenParam>,
}

/// A hyper-parameter with the values that it is to have.
#[derive(Debug)]
pub(super) struct GivenParam {
    pub(super) name: String,
    pub(super) key_id: NodeId,
    /// One value, or those of the grid.
    pub(super) values: Vec<Node>,
}

/// Reads an entry; `None` where it has faults, which are added to `faults`.
pub(super) fn read(document: &Document, node: &Node, faults: &mut Vec<Fault>) -> Option<OptimizerEntry> {
    let before = faults.len();
    let entry = match &node.value {
        Value::Text(name) => {
            Some(OptimizerEntry { use_name: (name.clone(), node.id), label: None, params: Vec::new() })
        }
        Value::Map(_) => read_mapping(document, node, faults),
        _ => {
            let title = format!("expected the name of an optimizer or a mapping with `use`, found {}", node.describe());
            faults.push(document.fault(node.id, Fault::new(title)));
            None
        }
    };
    entry.filter(|_| faults.len() == before)
}

fn read_mapping(document: &Document, node: &Node, faults: &mut Vec<Fault>) -> Option<OptimizerEntry> {
    let Some(name) = node.get("use") else {
        faults.push(document.fault(node.id, missing_use(node)));
        return None;
    };
    let mut label = None;
    let mut params: Vec<GivenParam> = Vec::new();
    for entry in node.entries() {
        match entry.key.as_str() {
            "use" => {}
            "label" => {
                let text = text_of(document, "label", &entry.value, faults);
                if text.as_ref().is_some_and(|text| text.trim().is_empty() || text.chars().any(char::is_control)) {
                    let fault =
                        Fault::new("`label` must be one line of text").help("remove it to use the optimizer's name");
                    faults.push(document.fault(entry.value.id, fault));
                }
                label = text.map(|text| (text, entry.value.id));
            }
            "grid" => read_grid(document, &entry.value, &mut params, faults),
            name => {
                check_scalar(document, name, &entry.value, faults);
                let values = vec![entry.value.clone()];
                params.push(GivenParam { name: name.to_owned(), key_id: entry.key_id, values });
            }
        }
    }
    for (index, param) in params.iter().enumerate() {
        if params[..index].iter().any(|earlier| earlier.name == param.name) {
            let title = format!("`{}` is given both directly and in the grid", excerpt(&param.name));
            faults.push(document.fault(param.key_id, Fault::new(title).help("keep one of them")));
        }
    }
    let text = text_of(document, "use", name, faults)?;
    Some(OptimizerEntry { use_name: (text, name.id), label, params })
}

fn read_grid(document: &Document, grid: &Node, params: &mut Vec<GivenParam>, faults: &mut Vec<Fault>) {
    if !matches!(grid.value, Value::Map(_)) {
        let title = format!("expected a mapping for `grid`, found {}", grid.describe());
        let fault = Fault::new(title).help("write `grid: { step: [0.01, 0.1] }`");
        faults.push(document.fault(grid.id, fault));
    }
    for entry in grid.entries() {
        let Value::List(values) = &entry.value.value else {
            let found = entry.value.describe();
            let title = format!("expected a list for `{}` in the grid, found {found}", excerpt(&entry.key));
            let fault = Fault::new(title).help("a single value stands outside `grid`, or in brackets");
            faults.push(document.fault(entry.value.id, fault));
            continue;
        };
        if values.is_empty() {
            let title = format!("the grid has no value for `{}`", excerpt(&entry.key));
            faults.push(document.fault(entry.key_id, Fault::new(title).help("give at least one value, or remove it")));
        }
        for value in values {
            check_scalar(document, &entry.key, value, faults);
        }
        let values = values.clone();
        params.push(GivenParam { name: entry.key.clone(), key_id: entry.key_id, values });
    }
}

fn check_scalar(document: &Document, name: &str, value: &Node, faults: &mut Vec<Fault>) {
    let name = excerpt(name);
    let fault = match &value.value {
        Value::List(_) => Fault::new(format!("expected one value for `{name}`, found a list"))
            .help(format!("to run several values write `grid: {{ {name}: [..] }}`")),
        Value::Map(_) => Fault::new(format!("expected one value for `{name}`, found a mapping"))
            .help("hyper-parameters stand beside `use`, in the same mapping"),
        _ => return,
    };
    faults.push(document.fault(value.id, fault));
}

fn text_of(document: &Document, key: &str, node: &Node, faults: &mut Vec<Fault>) -> Option<String> {
    if let Value::Text(text) = &node.value {
        return Some(text.clone());
    }
    let title = format!("expected a text for `{key}`, found {}", node.describe());
    faults.push(document.fault(node.id, Fault::new(title).help_if(node.text_help("a text"))));
    None
}

fn missing_use(node: &Node) -> Fault {
    let keys: Vec<&str> = node.entries().iter().map(|entry| entry.key.as_str()).collect();
    let fault = Fault::new("missing key `use` in an entry of `optimizers`");
    match (nearest::nearest("use", keys.iter().copied()), keys.as_slice()) {
        (Some(key), _) => fault.help(format!("did you mean `use` instead of `{}`?", excerpt(key))),
        (None, [name]) if matches!(node.entries()[0].value.value, Value::Map(_) | Value::Null) => {
            let name = excerpt(name);
            fault.help(format!("write `use: {name}` and the hyper-parameters beside it, in the same mapping"))
        }
        _ => fault.help("name the optimizer: `use: em`"),
    }
}
