//! Where a node lies in the text, and what the parser's own errors mean.
//!
//! The parser tells places only in its errors. So the text is read once more, failing at the wanted node: the error then
//! carries the node's place. That costs a parse for each error shown, and nothing otherwise.

use std::ops::Range;

use serde::de::DeserializeSeed;

use super::error::Fault;
use super::node::{Entry, Node, NodeId, Seed, Value, Walk, excerpt};

/// The byte at which a node begins.
pub(super) fn offset(text: &str, id: NodeId) -> Option<usize> {
    offset_in(text, 0, id)
}

fn offset_in(text: &str, document: usize, id: NodeId) -> Option<usize> {
    let walk = Walk::to(id);
    let document = serde_yaml::Deserializer::from_str(text).nth(document)?;
    let error = Seed(&walk).deserialize(document).err()?;
    error.location().map(|location| floor(text, location.index()))
}

/// The bytes to underline for a node: a word, a number or a quoted text; of a list or a mapping its first character.
///
/// A value that is not there, and a mapping or list in block style, are shown by the key that they belong to.
pub(super) fn span(text: &str, root: &Node, id: NodeId) -> Range<usize> {
    let Some(found) = find(root, id) else {
        return word(text, offset(text, id).unwrap_or(0));
    };
    match found {
        Found::Value(node, Some(entry)) if matches!(node.value, Value::Null | Value::List(_) | Value::Map(_)) => {
            span_of_text(text, entry.key_id, &entry.key)
        }
        Found::Value(node, _) => match &node.value {
            Value::Text(value) => span_of_text(text, id, value),
            _ => word(text, offset(text, id).unwrap_or(0)),
        },
        Found::Key(entry) => span_of_text(text, id, &entry.key),
    }
}

/// How messages call a node: `` `step` `` for the value of a key, ``item 2 of `seeds` `` in a list.
pub(super) fn name(root: &Node, id: NodeId) -> Option<String> {
    fn search(node: &Node, name: &str, id: NodeId) -> Option<String> {
        if node.id == id {
            return Some(name.to_owned());
        }
        let of = if name.is_empty() { String::new() } else { format!(" of {name}") };
        for (index, item) in node.items().iter().enumerate() {
            if let Some(found) = search(item, &format!("item {}{of}", index + 1), id) {
                return Some(found);
            }
        }
        node.entries().iter().find_map(|entry| search(&entry.value, &format!("`{}`", excerpt(&entry.key)), id))
    }
    search(root, "", id).filter(|name| !name.is_empty())
}

/// The mapping that a key belongs to.
pub(super) fn holder_of_key(node: &Node, key_id: NodeId) -> Option<NodeId> {
    if node.entries().iter().any(|entry| entry.key_id == key_id) {
        return Some(node.id);
    }
    let children = node.items().iter().chain(node.entries().iter().map(|entry| &entry.value));
    children.into_iter().find_map(|child| holder_of_key(child, key_id))
}

/// The fault that an error of the YAML parser stands for.
pub(super) fn syntax_fault(text: &str, error: &serde_yaml::Error) -> Fault {
    let message = error.to_string();
    let offset = error.location().map(|location| floor(text, location.index()));
    let cut = message.find(" at line ").or_else(|| message.find(" at position ")).unwrap_or(message.len());
    let problem = &message[..cut];
    let context = message.rsplit_once(", while ").map(|(_, context)| context.split(" at ").next().unwrap_or(context));
    if problem == "found unexpected end of stream" && message.contains("while scanning a quoted scalar") {
        let opening = message.rsplit_once(" at ").and_then(|(_, place)| offset_of(text, place)).or(offset);
        let fault = Fault::new("not valid YAML: a quote is not closed");
        return match opening {
            Some(opening) => fault.at(word(text, opening)),
            None => fault,
        };
    }
    let at_tab = offset.is_some_and(|offset| text[offset..].starts_with('\t')) || problem.contains("tab character");
    let fault = if at_tab {
        Fault::new("a tab cannot indent YAML").help("indent with spaces")
    } else if problem.contains("EOF while parsing") {
        Fault::new("the file is empty")
    } else if problem.contains("recursion limit") {
        Fault::new("the values are nested too deeply")
    } else if problem.contains("repetition limit") {
        Fault::new("the file unfolds without end").help("write fewer aliases of aliases")
    } else {
        let title = match context {
            Some(context) => format!("not valid YAML: {problem} while {context}"),
            None => format!("not valid YAML: {problem}"),
        };
        match advice(problem) {
            Some(advice) => Fault::new(title).help(advice),
            None => Fault::new(title),
        }
    };
    match offset {
        Some(offset) => fault.at(word(text, offset)),
        None => fault,
    }
}

/// The byte of a place that the parser writes as `line 3 column 7`.
fn offset_of(text: &str, place: &str) -> Option<usize> {
    let mut numbers = place.split_whitespace().filter_map(|word| word.parse::<usize>().ok());
    let (line, column) = (numbers.next()?, numbers.next()?);
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let within: usize = text[start..].chars().take(column.checked_sub(1)?).map(char::len_utf8).sum();
    Some(start + within)
}

/// Where a second document begins.
pub(super) fn second_document(text: &str) -> Option<Range<usize>> {
    offset_in(text, 1, 0).map(|offset| word(text, offset))
}

fn advice(problem: &str) -> Option<&'static str> {
    Some(match problem {
        "mapping values are not allowed in this context" => {
            "a text that holds `: ` must be in quotes, and the keys of a mapping must begin in the same column"
        }
        "did not find expected key" => {
            "the keys of a mapping must begin in the same column; close every bracket and quote"
        }
        "found character that cannot start any token" => "put a text that begins with this character in quotes",
        "did not find expected '-' indicator" => "the `-` of all items of a list must begin in the same column",
        "did not find expected ',' or ']'" => "close the list with `]`, or put a `,` between its items",
        "did not find expected ',' or '}'" => "close the mapping with `}`, or put a `,` between its entries",
        "could not find expected ':'" => "a key is followed by `: ` and its value",
        "unknown anchor" => {
            "an alias `*name` needs an anchor `&name` before it; put other texts that begin with `*` in quotes"
        }
        _ => return None,
    })
}

enum Found<'a> {
    Value(&'a Node, Option<&'a Entry>),
    Key(&'a Entry),
}

fn find(root: &Node, id: NodeId) -> Option<Found<'_>> {
    fn search<'a>(node: &'a Node, holder: Option<&'a Entry>, id: NodeId) -> Option<Found<'a>> {
        if node.id == id {
            return Some(Found::Value(node, holder));
        }
        let in_items = node.items().iter().find_map(|item| search(item, None, id));
        in_items.or_else(|| {
            node.entries().iter().find_map(|entry| {
                if entry.key_id == id { Some(Found::Key(entry)) } else { search(&entry.value, Some(entry), id) }
            })
        })
    }
    search(root, None, id)
}

/// The place of a text of which the value is known: it may be quoted, or hold spaces.
fn span_of_text(text: &str, id: NodeId, value: &str) -> Range<usize> {
    let start = offset(text, id).unwrap_or(0);
    let rest = &text[start..];
    let quoted = ["\"", "'"].iter().any(|quote| rest.strip_prefix(quote).is_some_and(|rest| rest.starts_with(value)));
    match value.lines().next() {
        Some(_) if quoted && !value.contains('\n') => start..floor(text, start + value.len() + 2),
        Some(line) if rest.starts_with(line) => start..start + line.len(),
        _ => word(text, start),
    }
}

/// From a byte to the end of the word that begins there; one character where none does.
fn word(text: &str, start: usize) -> Range<usize> {
    let rest = &text[start..];
    let end = rest.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(rest.len());
    let end = rest[..end].strip_suffix(':').map_or(end, str::len);
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let first = if rest.starts_with(['\n', '\r']) { 0 } else { first };
    start..start + end.max(first)
}

/// The nearest byte at or before this one that begins a character of the text.
fn floor(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset)
}

#[cfg(test)]
mod tests {
    use super::super::error::line_col;
    use super::super::node;
    use super::*;

    /// Keys and values in the order of the text, each with its line, its column and what is underlined.
    fn places(text: &str) -> Vec<String> {
        fn ids(node: &Node, into: &mut Vec<NodeId>) {
            into.push(node.id);
            node.items().iter().for_each(|item| ids(item, into));
            for entry in node.entries() {
                into.push(entry.key_id);
                ids(&entry.value, into);
            }
        }
        let root = node::parse(text).unwrap_or_else(|faults| panic!("{faults:?}"));
        let mut all = Vec::new();
        ids(&root, &mut all);
        let place = |&id: &NodeId| {
            let span = span(text, &root, id);
            let (line, column) = line_col(text, span.start);
            format!("{line}:{column} {}", &text[span])
        };
        all.iter().map(place).collect()
    }

    #[test]
    fn block_style() {
        assert_eq!(
            places("# head\na:\n  - b: 1\n    c: two words # comment\n  -\n    - -2.5\nd:\n"),
            [
                "2:1 a",
                "2:1 a",
                "2:1 a",
                "3:5 b",
                "3:5 b",
                "3:8 1",
                "4:5 c",
                "4:8 two words",
                "6:5 -",
                "6:7 -2.5",
                "7:1 d",
                "7:1 d"
            ]
        );
    }

    #[test]
    fn flow_style_and_quotes() {
        assert_eq!(
            places("{ \"a b\": [1, 'x, y', {c: true}], 'd': \"\" }\n"),
            [
                "1:1 {",
                "1:3 \"a b\"",
                "1:3 \"a b\"",
                "1:11 1",
                "1:14 'x, y'",
                "1:22 {",
                "1:23 c",
                "1:26 true",
                "1:34 'd'",
                "1:39 \"\""
            ]
        );
    }

    #[test]
    fn columns_are_characters() {
        assert_eq!(
            places("größe: { ü: [\u{1f600}, x] }\r\nb: y\r\n"),
            ["1:1 größe", "1:1 größe", "1:1 größe", "1:10 ü", "1:10 ü", "1:14 \u{1f600}", "1:17 x", "2:1 b", "2:4 y"]
        );
    }

    #[test]
    fn long_texts_show_their_beginning() {
        assert_eq!(
            places("a: |\n  one\n  two\nb: \"x\\ty\"\nc: one\n  two\n"),
            ["1:1 a", "1:1 a", "1:4 |", "4:1 b", "4:4 \"x\\ty\"", "5:1 c", "5:4 one"]
        );
    }

    #[test]
    fn an_alias_is_shown_where_its_anchor_is() {
        assert_eq!(places("a: &x [1]\nb: *x\n"), ["1:1 a", "1:1 a", "1:1 a", "1:8 1", "2:1 b", "2:1 b", "1:8 1"]);
    }
}
