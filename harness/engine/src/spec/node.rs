//! The tree of a YAML file: ordered, each node with a number by which its place in the text is found again.
//!
//! Nodes are numbered in the order in which the parser meets them, keys included. What YAML allows and a benchmark has no
//! use for is refused here: tags, keys that are no words, a key given twice, NaN and infinities, several documents.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, EnumAccess, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::error::Fault;
use super::locate;

/// The number of a node: its place in the order of the text.
pub(super) type NodeId = usize;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) id: NodeId,
    pub(super) value: Value,
}

/// A value of a YAML file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Integer(i128),
    Real(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its place, and its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_id: NodeId,
    pub(super) value: Node,
}

impl Node {
    /// The value under a key of a mapping.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a mapping.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of a mapping; none of anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// What was found, for a message: ``the text `abc` ``.
    pub(super) fn describe(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Boolean(value) => format!("`{value}`"),
            Value::Integer(value) => value.to_string(),
            Value::Real(value) => number_text(*value),
            Value::Text(text) => format!("the text `{}`", excerpt(text)),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }

    /// What to do where a text stands for a number, or a number for a text.
    pub(super) fn text_help(&self, expected: &str) -> Option<String> {
        match &self.value {
            Value::Text(text) if expected.contains("number") => misread_number(text),
            Value::Integer(_) | Value::Real(_) | Value::Boolean(_) if ["a text", "a path"].contains(&expected) => {
                Some(format!("put it in quotes: `\"{}\"`", self.describe().trim_matches('`')))
            }
            _ => None,
        }
    }
}

/// The number that a text stands for, where people write it as YAML does not: `1_000`, `1,000`, `inf`.
fn misread_number(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|&c| c != '_' && c != ',').collect();
    match plain.parse::<f64>() {
        Ok(value) if value.is_finite() && plain != text => Some(format!("write it as `{plain}`")),
        Ok(value) if !value.is_finite() => Some("numbers are finite here, below 1.8e308 in magnitude".to_owned()),
        _ => None,
    }
}

/// A real number as people write it: without exponent where that is short, and always read back as the same number.
pub(super) fn number_text(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e7).contains(&magnitude) { format!("{value:e}") } else { value.to_string() }
}

/// A piece of the file for a message: one line, at most 60 characters.
pub(super) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Reads a text that holds one YAML document.
pub(super) fn parse(text: &str) -> Result<Node, Vec<Fault>> {
    if let Some((offset, c)) = text.char_indices().find(|&(_, c)| c.is_control() && !"\t\n\r\u{85}".contains(c)) {
        let title = format!("a control character cannot stand in YAML: U+{:04X}", u32::from(c));
        return Err(vec![Fault::new(title).at(offset..offset + c.len_utf8()).help("is this a benchmark file?")]);
    }
    let walk = Walk::default();
    let mut documents = serde_yaml::Deserializer::from_str(text);
    let Some(first) = documents.next() else {
        return Err(vec![Fault::new("the file is empty")]);
    };
    let root = match Seed(&walk).deserialize(first) {
        Ok(root) => root,
        Err(_) if walk.next.get() >= MOST_NODES => {
            let title = format!("the file unfolds to more than {MOST_NODES} values");
            return Err(vec![Fault::new(title).help("write fewer aliases of aliases")]);
        }
        Err(error) => return Err(vec![locate::syntax_fault(text, &error)]),
    };
    if let Some(second) = documents.next() {
        let fault = match IgnoredAny::deserialize(second) {
            Err(error) if error.location().is_some() => locate::syntax_fault(text, &error),
            _ => Fault::new("found a second YAML document, expected one").help("a benchmark is one file: remove `---`"),
        };
        let span = fault.span.clone().or_else(|| locate::second_document(text));
        return Err(vec![Fault { span, ..fault }]);
    }
    let complaints = walk.complaints.into_inner();
    if complaints.is_empty() {
        return Ok(root);
    }
    let located = complaints.into_iter().map(|(id, complaint)| {
        let span = locate::span(text, &root, id);
        let fault = match complaint {
            Complaint::NotFinite => {
                let of = locate::name(&root, id).map_or(String::new(), |name| format!(" for {name}"));
                Fault::new(format!("expected a finite number{of}, found `{}`", &text[span.clone()]))
            }
            Complaint::NotAWord(found) => Fault::new(format!("expected a word as a key, found {found}")),
            Complaint::Twice(key) => Fault::new(format!("`{}` is given twice", excerpt(&key))).help("keep one of them"),
            Complaint::Tag => {
                Fault::new("a YAML tag has no meaning here").help("remove the `!`, or put the text in quotes")
            }
        };
        fault.at(span)
    });
    Err(located.collect())
}

/// What YAML allows and a benchmark does not.
enum Complaint {
    NotFinite,
    NotAWord(String),
    Twice(String),
    Tag,
}

/// A walk over all nodes of a text, in the order that numbers them.
#[derive(Default)]
pub(super) struct Walk {
    next: Cell<NodeId>,
    /// The node at which to fail, so that the parser's own error says where it is.
    target: Option<NodeId>,
    complaints: RefCell<Vec<(NodeId, Complaint)>>,
}

/// More nodes than any benchmark has: aliases of aliases can unfold without end.
const MOST_NODES: usize = 200_000;

impl Walk {
    /// A walk that fails at this node.
    pub(super) fn to(target: NodeId) -> Self {
        Walk { target: Some(target), ..Walk::default() }
    }

    fn number<E: de::Error>(&self) -> Result<NodeId, E> {
        let id = self.next.get();
        if self.target == Some(id) {
            return Err(E::custom("found the node"));
        }
        if id >= MOST_NODES {
            return Err(E::custom("too many nodes"));
        }
        self.next.set(id + 1);
        Ok(id)
    }

    fn complain(&self, id: NodeId, complaint: Complaint) {
        self.complaints.borrow_mut().push((id, complaint));
    }
}

/// Reads a value.
pub(super) struct Seed<'w>(pub(super) &'w Walk);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Seed<'_> {
    fn scalar<E: de::Error>(self, value: Value) -> Result<Node, E> {
        let id = self.0.number()?;
        Ok(Node { id, value })
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        self.scalar(Value::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        self.scalar(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Node, E> {
        self.scalar(Value::Boolean(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Node, E> {
        self.scalar(Value::Integer(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Node, E> {
        self.scalar(Value::Integer(value.into()))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Node, E> {
        self.scalar(Value::Integer(value))
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Node, E> {
        self.scalar(i128::try_from(value).map_or(Value::Real(value as f64), Value::Integer))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Node, E> {
        let id = self.0.number()?;
        if !value.is_finite() {
            self.0.complain(id, Complaint::NotFinite);
        }
        Ok(Node { id, value: Value::Real(value) })
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Node, E> {
        self.scalar(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let id = self.0.number()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Seed(self.0))? {
            items.push(item);
        }
        Ok(Node { id, value: Value::List(items) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let id = self.0.number()?;
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(key) = map.next_key_seed(Seed(self.0))? {
            let value = map.next_value_seed(Seed(self.0))?;
            let key_id = key.id;
            let Some(key) = key_text(&key) else {
                self.0.complain(key_id, Complaint::NotAWord(key.describe()));
                continue;
            };
            if entries.iter().any(|entry| entry.key == key) {
                self.0.complain(key_id, Complaint::Twice(key));
                continue;
            }
            entries.push(Entry { key, key_id, value });
        }
        Ok(Node { id, value: Value::Map(entries) })
    }

    /// A value with a tag of its own.
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Node, A::Error> {
        let (IgnoredAny, variant) = access.variant()?;
        let node = variant.newtype_variant_seed(Seed(self.0))?;
        self.0.complain(node.id, Complaint::Tag);
        Ok(node)
    }
}

fn key_text(key: &Node) -> Option<String> {
    match &key.value {
        Value::Text(text) => Some(text.clone()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::Integer(value) => Some(value.to_string()),
        Value::Real(value) => Some(number_text(*value)),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}
