//! The format of a file: by its ending, else by its first bytes.

use std::path::Path;

use super::input::Input;
use super::number;
use crate::error::DataError;
use crate::format::Format;

/// How much of a file is looked at.
const LOOK: usize = 4096;

/// The format of the file at `path`.
pub(crate) fn format(path: &Path) -> Result<Format, DataError> {
    by_name(path).map_or_else(|| by_content(path), Ok)
}

/// The format that the ending of a file's name stands for.
pub(crate) fn by_name(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    if name.ends_with("-ubyte") {
        return Some(Format::Idx);
    }
    Some(match name.rsplit_once('.')?.1 {
        "csv" => Format::Csv,
        "tsv" | "tab" => Format::Tsv,
        "libsvm" | "svm" | "svmlight" => Format::Libsvm,
        "idx" => Format::Idx,
        "npy" => Format::Npy,
        "npz" => Format::Npz,
        "parquet" | "pq" => Format::Parquet,
        "arff" => Format::Arff,
        "bin" => Format::Cifar10,
        _ => return None,
    })
}

fn by_content(path: &Path) -> Result<Format, DataError> {
    let mut input = Input::open(path)?;
    let mut block = vec![0; LOOK];
    let mut filled = 0;
    while filled < LOOK {
        match input.read(&mut block[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    let block = &block[..filled];
    Ok(if block.starts_with(b"\x93NUMPY") {
        Format::Npy
    } else if block.starts_with(b"PK\x03\x04") {
        Format::Npz
    } else if block.starts_with(b"PAR1") {
        Format::Parquet
    } else if matches!(block, [0, 0, 0x08..=0x0E, 1..=8, ..]) {
        Format::Idx
    } else if block.trim_ascii_start().get(..9).is_some_and(|word| word.eq_ignore_ascii_case(b"@relation")) {
        Format::Arff
    } else if block.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty()).is_some_and(is_libsvm) {
        Format::Libsvm
    } else {
        Format::Csv
    })
}

/// Whether a line is a number and, after a space, a whole number and a colon.
fn is_libsvm(line: &[u8]) -> bool {
    let mut tokens = line.trim_ascii().split(|byte| matches!(byte, b' ' | b'\t')).filter(|token| !token.is_empty());
    let is_label =
        tokens.next().is_some_and(|label| number::prefix(label).is_some_and(|(_, used)| used == label.len()));
    let is_entry = |token: &[u8]| {
        token
            .iter()
            .position(|&byte| byte == b':')
            .is_some_and(|colon| colon > 0 && token[..colon].iter().all(u8::is_ascii_digit))
    };
    is_label && tokens.next().is_some_and(is_entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_ending_or_content() {
        let dir = tempfile::tempdir().unwrap();
        let found = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            format(&path).unwrap()
        };
        assert_eq!(found("a.csv", b""), Format::Csv);
        assert_eq!(found("a.TSV.gz", b""), Format::Tsv);
        assert_eq!(found("train-images-idx3-ubyte.gz", b""), Format::Idx);
        assert_eq!(found("a9a", b"\n-1 3:1 11:1\n"), Format::Libsvm);
        assert_eq!(found("a9a.t", b"+1\t3:1"), Format::Libsvm);
        assert_eq!(found("a.data", b"1,2,3\n"), Format::Csv);
        assert_eq!(found("a.txt", b"%x\n@relation"), Format::Csv);
        assert_eq!(found("b.txt", b"\n@RELATION x\n"), Format::Arff);
        assert_eq!(found("raw", &[0, 0, 8, 1, 0]), Format::Idx);
        assert_eq!(found("array", b"\x93NUMPY\x01"), Format::Npy);
    }
}
