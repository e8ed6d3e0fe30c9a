//! No text makes the reader panic, and every error about a place shows one that is in the text.

use std::fmt::Write;

use rand::RngExt;
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::read;

const VALID: &str = include_str!("example.yaml");

#[test]
fn mutations_of_a_valid_file_never_panic() {
    let mut rng = Pcg64::seed_from_u64(20_261_122);
    let pieces = [
        "", " ", "\n", "\t", ":", ": ", "- ", "{", "}", "[", "]", ",", "'", "\"", "#", "&a ", "*a", "!t ", "|\n",
        ">\n", "?", "---\n", "...\n", "null", "1e999", "-1", ".nan", "0x10", "ä", "\u{2028}", "\u{85}", "\r\n", "<<",
        "%", "@", "`", "true", "\0", "\u{feff}",
    ];
    let mut n_valid = 0;
    for _ in 0..3000 {
        let mut text = VALID.to_owned();
        for _ in 0..rng.random_range(1..4) {
            let boundary = |at: usize| text.floor_char_boundary(at);
            let start = boundary(rng.random_range(0..=text.len()));
            let end = boundary((start + rng.random_range(0..8_usize)).min(text.len())).max(start);
            text.replace_range(start..end, pieces[rng.random_range(0..pieces.len())]);
        }
        match read(&text) {
            Ok(_) => n_valid += 1,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                if let Some((line, _)) = error.location() {
                    assert!(line <= text.split('\n').count(), "{text}\n{error}");
                }
            }
        }
    }
    assert!(n_valid > 100, "some mutations only touch comments: {n_valid}");
}

#[test]
fn random_bytes_never_panic() {
    let mut rng = Pcg64::seed_from_u64(1);
    for _ in 0..3000 {
        let bytes: Vec<u8> = (0..rng.random_range(0..60)).map(|_| rng.random()).collect();
        assert!(read(&String::from_utf8_lossy(&bytes)).is_err());
    }
}

#[test]
fn what_unfolds_or_nests_without_end_is_refused() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let item = format!("*a{}", level - 1);
        writeln!(laughs, "a{level}: &a{level} [{}]", [item.as_str(); 9].join(", ")).unwrap();
    }
    assert!(read(&laughs).is_err());
    assert!(read(&"[".repeat(100_000)).is_err());
    assert!(read(&"- ".repeat(10_000)).is_err());
    assert!(read(&"{a: ".repeat(10_000)).is_err());
}
