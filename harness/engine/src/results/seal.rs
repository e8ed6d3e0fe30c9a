//! Checksums: every file of a unit is named with its BLAKE3 in `record.json`, and the record carries one of itself, as the
//! plan and the references do, so that a bit that flips on a disk, or a file cut short by a power failure, is seen and
//! never read as a result.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Key of the record's own checksum, which is its last line.
const KEY: &str = "\n  \"checksum\": \"";

/// BLAKE3 of some bytes, in hexadecimal.
pub(crate) fn checksum(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// A value, an object in JSON, as the text of its file, checksum included.
pub(crate) fn write(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string_pretty(value)?;
    let body = json.strip_suffix("\n}").unwrap_or(&json);
    Ok(format!("{body},{KEY}{}\"\n}}\n", checksum(body.as_bytes())))
}

/// Reads a value back that has a field `schema`, which must be this one.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn read<T: DeserializeOwned>(text: &str, schema: u32) -> Result<T, String> {
    let body = text.rsplit_once(KEY).and_then(|(body, rest)| {
        let body = body.strip_suffix(',')?;
        (rest.strip_suffix("\"\n}\n")? == checksum(body.as_bytes())).then_some(body)
    });
    match version(text) {
        Some(found) if found != schema => {
            Err(format!("written in layout {found} by another version; this one reads {schema}"))
        }
        _ if body.is_none() => Err("the checksum does not match".to_owned()),
        _ => serde_json::from_str(text).map_err(|error| error.to_string()),
    }
}

fn version(text: &str) -> Option<u32> {
    #[derive(Deserialize)]
    struct Versioned {
        schema: u32,
    }
    serde_json::from_str::<Versioned>(text).ok().map(|versioned| versioned.schema)
}
