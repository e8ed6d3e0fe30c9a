//! From nodes to Rust types through serde, with errors that know their node.
//!
//! serde names the causes (unknown field, wrong type, missing field); this keeps them apart from their wording, so that all
//! errors of a benchmark read alike. A whole number is taken where a real one is expected, and `1e3` where a whole one is.

use std::fmt;

use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::error::Fault;
use super::locate;
use super::nearest;
use super::node::{Entry, Node, Value, excerpt};

/// Reads a type from a node.
pub(super) fn decode<'de, T: Deserialize<'de>>(node: &'de Node) -> Result<T, DecodeError> {
    T::deserialize(NodeDeserializer(node))
}

/// Why a node is not what its place needs.
#[derive(Debug)]
pub(super) struct DecodeError {
    /// The node, or a key as a text.
    at: Option<Node>,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    UnknownKey { found: String, valid: &'static [&'static str] },
    UnknownWord { found: String, valid: &'static [&'static str] },
    Missing(&'static str),
    Expected(String),
    Other(String),
}

impl DecodeError {
    fn new(cause: Cause) -> Self {
        DecodeError { at: None, cause }
    }

    /// The innermost node that the error passes is the one that it is about.
    fn or_at(mut self, node: &Node) -> Self {
        self.at.get_or_insert_with(|| node.clone());
        self
    }

    fn or_at_key(mut self, entry: &Entry) -> Self {
        self.at.get_or_insert_with(|| Node { id: entry.key_id, value: Value::Text(entry.key.clone()) });
        self
    }

    /// The message, with its place in the text.
    pub(super) fn fault(self, text: &str, root: &Node) -> Fault {
        let node = self.at.as_ref().unwrap_or(root);
        let (id, found) = (node.id, node.describe());
        let name = locate::name(root, id);
        let of = |preposition: &str| name.as_ref().map_or(String::new(), |name| format!(" {preposition} {name}"));
        let fault = match self.cause {
            Cause::UnknownKey { found, valid } => {
                let holder = locate::holder_of_key(root, id).and_then(|holder| locate::name(root, holder));
                let holder = holder.map_or(String::new(), |name| format!(" in {name}"));
                let help = match found.as_str() {
                    "<<" => "merge keys are not part of YAML 1.2: write the keys out, or use `sweep`".to_owned(),
                    _ => nearest::help(&found, valid, "valid keys"),
                };
                Fault::new(format!("unknown key `{}`{holder}", excerpt(&found))).help(help)
            }
            Cause::UnknownWord { found, valid } => Fault::new(format!(
                "unknown word `{}`{}",
                excerpt(&found),
                of("for")
            ))
            .help(nearest::help(&found, valid, "valid words")),
            Cause::Missing(key) => {
                let fault = Fault::new(format!("missing key `{key}`{}", of("in"))).help_if(example(key));
                return if id == root.id { fault } else { fault.at(locate::span(text, root, id)) };
            }
            Cause::Expected(expected) => {
                let help = node.text_help(&expected).or_else(|| shorthand(name.as_deref()?, node));
                Fault::new(format!("expected {expected}{}, found {found}", of("for"))).help_if(help)
            }
            Cause::Other(message) if message.starts_with("must ") => {
                let name = name.as_deref().unwrap_or("the value");
                Fault::new(format!("{name} {message}, found {found}"))
            }
            Cause::Other(message) => Fault::new(message),
        };
        fault.at(locate::span(text, root, id))
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.cause)
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        DecodeError::new(Cause::Other(message.to_string()))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        DecodeError::new(Cause::Expected(in_words(&expected.to_string())))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        DecodeError::new(Cause::Expected(in_words(&expected.to_string())))
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        DecodeError::new(Cause::Expected(in_words(&expected.to_string())))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        DecodeError::new(Cause::UnknownWord { found: variant.to_owned(), valid: expected })
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        DecodeError::new(Cause::UnknownKey { found: field.to_owned(), valid: expected })
    }

    fn missing_field(field: &'static str) -> Self {
        DecodeError::new(Cause::Missing(field))
    }
}

/// How a key that must be there may look.
fn example(key: &str) -> Option<String> {
    let text = match key {
        "seeds" => "seeds: 20",
        "problems" => "problems: [{ name: iris, dataset: { name: iris }, model: { family: logistic } }]",
        "optimizers" => "optimizers: [em]",
        "name" => "name: iris",
        "dataset" => "dataset: { name: iris }",
        "model" => "model: { family: logistic }",
        "family" => "family: logistic",
        _ => return None,
    };
    Some(format!("for example `{text}`"))
}

/// What a section may mean of which only a word is given.
fn shorthand(name: &str, node: &Node) -> Option<String> {
    let key = match name {
        "`dataset`" => "name",
        "`model`" => "family",
        "`start`" => "kind",
        _ => return None,
    };
    let Value::Text(text) = &node.value else { return None };
    Some(format!("write `{{ {key}: {} }}`", excerpt(text)))
}

/// What serde's own visitors say that they expect, in the words of a benchmark file.
fn in_words(expected: &str) -> String {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" | "u128" => "a whole number, 0 or more,",
        "i8" | "i16" | "i32" | "i64" | "isize" | "i128" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "`true` or `false`",
        "a string" | "a borrowed string" | "variant identifier" => "a text",
        "path string" => "a path",
        "a sequence" => "a list",
        "a map" => "a mapping",
        other if other.starts_with("struct ") => "a mapping",
        other if other.contains("enum ") => "a word",
        other => other,
    }
    .to_owned()
}

struct NodeDeserializer<'de>(&'de Node);

impl<'de> NodeDeserializer<'de> {
    /// A real number without a fraction, such as `1e3`, where a whole number is expected.
    fn deserialize_whole<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        /// 2^53: whole numbers below are exact.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self.0.value {
            Value::Real(value) if value.fract() == 0.0 && value.abs() <= EXACT => {
                #[expect(clippy::cast_possible_truncation, reason = "whole and exact, checked above")]
                let whole = value as i64;
                visit_integer(whole.into(), visitor).map_err(|error: DecodeError| error.or_at(self.0))
            }
            _ => self.deserialize_any(visitor),
        }
    }
}

fn visit_integer<'de, V: Visitor<'de>>(value: i128, visitor: V) -> Result<V::Value, DecodeError> {
    if let Ok(value) = u64::try_from(value) {
        visitor.visit_u64(value)
    } else if let Ok(value) = i64::try_from(value) {
        visitor.visit_i64(value)
    } else {
        visitor.visit_f64(value as f64)
    }
}

impl<'de> Deserializer<'de> for NodeDeserializer<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let NodeDeserializer(node) = self;
        match &node.value {
            Value::Null => visitor.visit_unit(),
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Integer(value) => visit_integer(*value, visitor),
            Value::Real(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::List(items) => visitor.visit_seq(Items(items.iter())),
            Value::Map(entries) => visitor.visit_map(Entries { rest: entries.iter(), value: None }),
        }
        .map_err(|error: DecodeError| error.or_at(node))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.0.value == Value::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    /// serde would take a list of the fields' values, too.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.0.value {
            Value::Map(_) => self.deserialize_any(visitor),
            _ => Err(DecodeError::new(Cause::Expected("a mapping".to_owned())).or_at(self.0)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if let Value::Text(text) = &self.0.value {
            return visitor.visit_enum(Word(text)).map_err(|error: DecodeError| error.or_at(self.0));
        }
        let expected = format!("one of {}", nearest::list(variants));
        Err(DecodeError::new(Cause::Expected(expected)).or_at(self.0))
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_whole(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_whole(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_whole(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_whole(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_whole(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_whole(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        identifier ignored_any
    }
}

struct Items<'de>(std::slice::Iter<'de, Node>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let Some(node) = self.0.next() else { return Ok(None) };
        seed.deserialize(NodeDeserializer(node)).map(Some).map_err(|error| error.or_at(node))
    }
}

struct Entries<'de> {
    rest: std::slice::Iter<'de, Entry>,
    value: Option<&'de Node>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some(entry) = self.rest.next() else { return Ok(None) };
        self.value = Some(&entry.value);
        let key: StrDeserializer<'de, DecodeError> = entry.key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|error| error.or_at_key(entry))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let node = self.value.take().ok_or_else(|| de::Error::custom("a value was asked for before its key"))?;
        seed.deserialize(NodeDeserializer(node)).map_err(|error| error.or_at(node))
    }
}

/// A word that names a variant without data.
struct Word<'de>(&'de str);

impl<'de> EnumAccess<'de> for Word<'de> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), DecodeError> {
        let word: StrDeserializer<'de, DecodeError> = self.0.into_deserializer();
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, DecodeError> {
        Err(DecodeError::new(Cause::Expected("a mapping".to_owned())))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, DecodeError> {
        Err(DecodeError::new(Cause::Expected("a list".to_owned())))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, DecodeError> {
        Err(DecodeError::new(Cause::Expected("a mapping".to_owned())))
    }
}
