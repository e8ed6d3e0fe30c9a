//! What the page holds in little room: one JSON text, deflated, in base64, which its script unpacks with the browser's
//! own `DecompressionStream`. Nothing that is needed to read the answer stands in it alone.

use std::io::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;

/// The text between the tags of the script element that holds it.
pub(super) fn pack(json: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(json.as_bytes()).expect("writing to memory");
    BASE64_STANDARD.encode(encoder.finish().expect("writing to memory"))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        let text = "{\"é\":\"<svg/>\"}".repeat(500);
        let packed = pack(&text);
        assert!(
            packed.len() < text.len() / 20 && packed.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
        );
        let bytes = BASE64_STANDARD.decode(packed).unwrap();
        let mut back = String::new();
        flate2::read::DeflateDecoder::new(bytes.as_slice()).read_to_string(&mut back).unwrap();
        assert_eq!(back, text);
    }
}
