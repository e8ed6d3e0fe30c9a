//! Every reader on any bytes: an error or a table that holds together, never a crash, a hang or memory without end.
//!
//! `fuzz/` runs this with cargo-fuzz; the tests run it on the committed corpus and on some thousand mutations of it.

use std::path::Path;

use crate::draw::Draw;
use crate::error::DataError;
use crate::format::Format;
use crate::formats::read_bytes;
use crate::options::{Missing, Options, Task};
use crate::prepare::prepare;
use crate::table::{Table, Target};

/// Every format.
pub const FORMATS: [Format; 9] = [
    Format::Csv,
    Format::Tsv,
    Format::Libsvm,
    Format::Idx,
    Format::Cifar10,
    Format::Npy,
    Format::Npz,
    Format::Parquet,
    Format::Arff,
];

/// Reads `bytes` as `format`, with options that the first byte chooses, and checks what comes out.
///
/// # Panics
///
/// Where a reader breaks its promise.
pub fn run(format: Format, bytes: &[u8]) {
    let (choice, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let is_set = |bit: u8| choice & (1 << bit) != 0;
    let task = if is_set(0) { Task::Regression } else { Task::Classification };
    let missing = match (is_set(1), is_set(2)) {
        (false, false) => None,
        (true, false) => Some(Missing::DropRows),
        (false, true) => Some(Missing::Mean),
        (true, true) => Some(Missing::Category),
    };
    let options = Options {
        target: (format != Format::Npz).then(|| "last".to_owned()),
        header: is_set(3).then_some(false),
        missing,
        categorical: if is_set(4) { vec!["a".to_owned()] } else { Vec::new() },
        missing_values: if is_set(5) { vec!["-1".to_owned()] } else { Vec::new() },
        ..Options::default()
    };
    match read_bytes(Path::new("fuzz"), bytes, format, &options, task) {
        Ok(table) => check(table, &options),
        Err(error) => check_error(&error),
    }
}

fn check(table: Table, options: &Options) {
    assert!(table.n > 0 && table.d > 0, "a table has rows and columns");
    assert_eq!(table.x.len(), table.n * table.d, "as many numbers as rows times columns");
    assert_eq!((table.target.len(), table.columns.len()), (table.n, table.d), "a target a row, a name a column");
    assert!(table.x.iter().all(|v| v.is_finite() || (table.fills_gaps && v.is_nan())), "finite numbers");
    if let Target::Classes { labels, names } = &table.target {
        assert!(names.len() > 1, "more than one class");
        assert!(labels.iter().all(|&label| (label as usize) < names.len()), "labels of classes");
    }
    match prepare(table, options, &Draw::new("fuzz", 0)) {
        Ok(prepared) => assert!(prepared.train.x.wide().iter().all(|v| v.is_finite()), "no gaps are left"),
        Err(error) => check_error(&error),
    }
}

fn check_error(error: &DataError) {
    let message = error.to_string();
    assert!(!message.is_empty() && message.len() < 100_000, "a message for a reader");
    let _ = (error.help(), error.option());
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rand::Rng;

    use super::*;
    use crate::stream;

    /// Mutations of each file of the corpus: a few, or `HARNESS_FUZZ_ROUNDS` for a long run.
    fn rounds() -> u32 {
        std::env::var("HARNESS_FUZZ_ROUNDS").map_or(150, |rounds| rounds.parse().unwrap())
    }

    /// The files of the corpus of a format.
    fn corpus(format: Format) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(format.name());
        let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "{}", folder.display());
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    }

    fn mutate(seed: &[u8], rng: &mut impl Rng) -> Vec<u8> {
        const PIECES: [&[u8]; 14] = [
            b",",
            b"\n",
            b"\"",
            b"\r\n",
            b"nan",
            b"1e999",
            b":",
            b" ",
            b"\xFF",
            b"?",
            b"99999999999",
            b"\0\0\0\0",
            b"\xFF\xFF\xFF\x7F",
            b"@data\n",
        ];
        let mut bytes = seed.to_vec();
        for _ in 0..=rng.next_u32() % 4 {
            let at = rng.next_u32() as usize % (bytes.len() + 1);
            match rng.next_u32() % 5 {
                0 => bytes.truncate(at),
                1 if at < bytes.len() => bytes[at] ^= 1 << (rng.next_u32() % 8),
                2 if at < bytes.len() => {
                    bytes.remove(at);
                }
                3 => {
                    let piece = PIECES[rng.next_u32() as usize % PIECES.len()];
                    bytes.splice(at..at, piece.iter().copied());
                }
                _ => {
                    let end = (at + 8).min(bytes.len());
                    bytes.extend_from_within(at..end);
                }
            }
        }
        bytes
    }

    #[test]
    fn the_corpus_and_mutations_of_it() {
        for format in FORMATS {
            let mut rng = stream(format.name(), 0, "fuzzing");
            for seed in corpus(format) {
                run(format, &seed);
                for _ in 0..rounds() {
                    run(format, &mutate(&seed, &mut rng));
                }
            }
        }
    }
}
