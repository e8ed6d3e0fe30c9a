//! Single values with rules of their own: seeds, counts, positive numbers, memory.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

/// Distinct seeds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RawSeeds(pub(super) Vec<u64>);

/// More seeds than anyone will wait for.
const MOST_SEEDS: u64 = 100_000;

impl<'de> Deserialize<'de> for RawSeeds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seeds;
        impl<'de> Visitor<'de> for Seeds {
            type Value = RawSeeds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of seeds or a list of seeds")
            }

            fn visit_u64<E: de::Error>(self, count: u64) -> Result<RawSeeds, E> {
                match count {
                    0 => Err(E::custom("must be at least 1")),
                    1..=MOST_SEEDS => Ok(RawSeeds((0..count).collect())),
                    _ => Err(E::custom(format!("must be at most {MOST_SEEDS}"))),
                }
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<RawSeeds, E> {
                Err(E::custom("must be at least 1"))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawSeeds, A::Error> {
                let mut seeds = Vec::new();
                while let Some(seed) = seq.next_element::<u64>()? {
                    seeds.push(seed);
                }
                Ok(RawSeeds(seeds))
            }
        }
        deserializer.deserialize_any(Seeds)
    }
}

impl JsonSchema for RawSeeds {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "seeds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 1, "maximum": MOST_SEEDS },
                {
                    "type": "array",
                    "minItems": 1,
                    "uniqueItems": true,
                    "items": { "type": "integer", "minimum": 0 }
                }
            ]
        })
    }
}

/// A whole number above 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count(pub(super) u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl Visitor<'_> for Whole {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Count, E> {
                if value == 0 { Err(E::custom("must be above 0")) } else { Ok(Count(value)) }
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Count, E> {
                Err(E::custom("must be above 0"))
            }
        }
        deserializer.deserialize_u64(Whole)
    }
}

impl JsonSchema for Count {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "count".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1 })
    }
}

/// A real number above 0.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(inline, extend("exclusiveMinimum" = 0.0))]
pub(super) struct Positive(pub(super) f64);

impl<'de> Deserialize<'de> for Positive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        if value > 0.0 { Ok(Positive(value)) } else { Err(de::Error::custom("must be above 0")) }
    }
}

/// A real number, 0 or more.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(inline, extend("minimum" = 0.0))]
pub(super) struct NotNegative(pub(super) f64);

impl<'de> Deserialize<'de> for NotNegative {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        if value >= 0.0 { Ok(NotNegative(value)) } else { Err(de::Error::custom("must be at least 0")) }
    }
}

/// Bytes of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Memory(pub(super) u64);

impl<'de> Deserialize<'de> for Memory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Memory;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes or a text such as `2GB` or `512MiB`")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Memory, E> {
                if value == 0 { Err(E::custom("must be above 0")) } else { Ok(Memory(value)) }
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Memory, E> {
                Err(E::custom("must be above 0"))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Memory, E> {
                bytes(text).map(Memory).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_u64(Bytes)
    }
}

impl JsonSchema for Memory {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "memory".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 1 },
                { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? ?([kKMGT](i?B)?|B)$" }
            ]
        })
    }
}

/// `2GB` is 2·10⁹ bytes, `2GiB` is 2·2³⁰.
fn bytes(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number: f64 = text[..digits].parse().ok()?;
    let (scale, binary) = match text[digits..].trim_start() {
        "B" => (0, false),
        "K" | "k" | "KB" | "kB" => (1, false),
        "M" | "MB" => (2, false),
        "G" | "GB" => (3, false),
        "T" | "TB" => (4, false),
        "KiB" | "kiB" => (1, true),
        "MiB" => (2, true),
        "GiB" => (3, true),
        "TiB" => (4, true),
        _ => return None,
    };
    let bytes = number * if binary { 1024_f64 } else { 1000_f64 }.powi(scale);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 2^53, checked")]
    (1.0..9e15).contains(&bytes).then_some(bytes.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_in_bytes() {
        for (text, expected) in [
            ("2GB", Some(2_000_000_000)),
            ("512 MB", Some(512_000_000)),
            ("1.5GiB", Some(1_610_612_736)),
            ("100B", Some(100)),
            ("2gb", None),
            ("GB", None),
            ("1.2.3GB", None),
            ("0GB", None),
            ("", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
