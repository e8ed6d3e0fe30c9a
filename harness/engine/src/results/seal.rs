//! Checksums: every file of a unit is named with its BLAKE3 in `record.json`, and the record carries one of itself, so
//! that a bit that flips on a disk, or a file cut short by a power failure, is seen and never read as a result.

use serde::Deserialize;

use super::record::{Record, SCHEMA};

/// Key of the record's own checksum, which is its last line.
const KEY: &str = "\n  \"checksum\": \"";

/// BLAKE3 of some bytes, in hexadecimal.
pub(crate) fn checksum(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// A record as the text of its file, checksum included.
pub(crate) fn write(record: &Record) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string_pretty(record)?;
    let body = json.strip_suffix("\n}").unwrap_or(&json);
    Ok(format!("{body},{KEY}{}\"\n}}\n", checksum(body.as_bytes())))
}

/// Reads a record back.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn read(text: &str) -> Result<Record, String> {
    let body = text.rsplit_once(KEY).and_then(|(body, rest)| {
        let body = body.strip_suffix(',')?;
        (rest.strip_suffix("\"\n}\n")? == checksum(body.as_bytes())).then_some(body)
    });
    if body.is_none() {
        return Err(match version(text) {
            Some(schema) if schema != SCHEMA => other_version(schema),
            _ => "the checksum does not match".to_owned(),
        });
    }
    let record: Record = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if record.schema == SCHEMA { Ok(record) } else { Err(other_version(record.schema)) }
}

fn other_version(schema: u32) -> String {
    format!("written in layout {schema} by another version; this one reads {SCHEMA}")
}

fn version(text: &str) -> Option<u32> {
    #[derive(Deserialize)]
    struct Versioned {
        schema: u32,
    }
    serde_json::from_str::<Versioned>(text).ok().map(|versioned| versioned.schema)
}
