//! Damaged and hostile files of every format: exit code 2 and one message that says where and what, in bounded time and
//! memory, and never a panic.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::formats::{corpus, idx};
use crate::support::Scratch;

const REAL: &str = "family: linear";
const CLASSES: &str = "family: logistic, experts: 2";

/// What the program may take: its own libraries, and the largest table of these files.
const MEMORY_KIB: u32 = 3 << 20;

/// More than any of these takes, on a busy machine too.
const LONG: Duration = Duration::from_mins(1);

/// Files of one kind, each with what its message must hold.
struct Files {
    scratch: Scratch,
    /// The options of the dataset beside its file, and the model.
    options: &'static str,
    model: &'static str,
}

impl Files {
    fn new(options: &'static str, model: &'static str) -> Self {
        Self { scratch: Scratch::new(), options, model }
    }

    #[track_caller]
    fn refuse(&self, name: &str, bytes: impl AsRef<[u8]>, message: &str) {
        self.scratch.write(name, bytes);
        self.refuse_as(name, self.options, message);
    }

    #[track_caller]
    fn refuse_as(&self, name: &str, options: &str, message: &str) {
        let model = self.model;
        let yaml = format!(
            "name: t\nseeds: 1\nproblems:\n  - name: p\n    dataset: {{ file: {name}{options} }}\n    model: {{ {model} }}\n\
             optimizers: [em]\n"
        );
        self.scratch.write("b.yaml", yaml);
        let began = Instant::now();
        let output = Command::new("sh")
            .args(["-c", &format!("ulimit -v {MEMORY_KIB}; exec \"$0\" bench b.yaml --dry-run")])
            .arg(env!("CARGO_BIN_EXE_harness"))
            .current_dir(self.scratch.path("."))
            .env_remove("HARNESS_PLUGIN_PATH")
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {stderr}");
        assert!(began.elapsed() < LONG, "{name}: {:?}", began.elapsed());
        assert_eq!(stderr.matches("error: ").count(), 1, "{name}: {stderr}");
        let expected = ["error: problem `p`: ", name, message];
        assert!(expected.iter().all(|part| stderr.contains(part)), "{name}: {stderr}");
        assert!(!stderr.contains("panicked") && stderr.len() < 2000, "{name}: {stderr}");
    }
}

fn gzip(pieces: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for piece in pieces {
        encoder.write_all(&piece).unwrap();
    }
    encoder.finish().unwrap()
}

/// A text of columns `c0`, `c1`, … and `y`, and a row of one number too few.
fn wide(columns: usize) -> String {
    let mut text = String::new();
    for i in 0..columns {
        write!(text, "c{i},").unwrap();
    }
    text + "y\n" + &"1,".repeat(columns - 1) + "1\n"
}

#[test]
fn text_in_columns() {
    for (ending, delimiter) in [("csv", b','), ("tsv", b'\t')] {
        let files = Files::new(", target: y", REAL);
        let name = format!("a.{ending}");
        let refuse = |text: &str, message| {
            let bytes: Vec<u8> = text.bytes().map(|byte| if byte == b',' { delimiter } else { byte }).collect();
            files.refuse(&name, bytes, message);
        };
        refuse("", ": the file is empty, expected rows");
        refuse("\u{FEFF}", ": the file is empty, expected rows");
        refuse("a,y\n", ": found no rows, expected at least one");
        refuse("y\n1\n", ": found only the target column `y`");
        refuse("\u{FEFF}a,y\r\n1,2\r\n\r\n3\r\n", ": line 4: found 1 cells, expected 2");
        refuse("a,y\n1,2\n\"3,4\n", ": line 3: found a quote that is never closed");
        refuse("a,a,y\n1,2,3\n", ": line 1: columns 1 and 2 are both named `a`");
        refuse("a,y\n1,2\n1e999,2\n", ": line 3, column 1 (`a`): found `1e999`, expected a finite number");
        refuse("a,y\n1,2\n1,-inf\n", ": line 3, column 2 (`y`): found `-inf`, expected a finite number");
        refuse("a,y\n1,2\nNaN,2\n", ": line 3, column 1 (`a`): found `NaN`, expected a finite number");
        refuse("a,y\n1,2\nx,2\n", ": line 3, column 1 (`a`): found the text `x`, expected a number");
        refuse("\0\0\0\0", ": no column `y`, which `target` names");
        let no_text = [b'a', delimiter, b'y', b'\n', b'1', delimiter, 0xFF];
        files.refuse(&name, no_text, ": line 2, byte 3: found invalid UTF-8");
    }
}

#[test]
fn endless_lines_and_a_million_columns() {
    let files = Files::new(", target: y", REAL);
    files.refuse("a.csv", "7".repeat(3 << 25), ": line 1: found a row of 67108864 bytes or more");
    files.refuse("a.csv", ",".repeat(1 << 22), ": line 1: found more cells, expected at most 2097152 in a row");
    files.refuse("a.csv", wide(1_000_000), ": line 2: found 1000000 cells, expected 1000001");
}

#[test]
fn arrays_of_many_columns() {
    let at_most = ": found rows of 33554432 numbers, expected at most 2097152";
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 33554432), }\n";
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    let npy = || [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes()].concat();
    let zeros = || (0..64).map(|_| vec![0; 1 << 20]);
    let files = Files::new(", target: last", REAL);
    files.refuse("a.npy.gz", gzip(std::iter::once(npy()).chain(zeros())), at_most);
    let files = Files::new("", CLASSES);
    files.scratch.write("a-labels-idx1-ubyte.gz", gzip([idx(&[2], &[0, 1])]));
    let images = gzip(std::iter::once(idx(&[2, 1 << 25], b"")).chain(zeros()));
    files.refuse("a-images-idx3-ubyte.gz", images, at_most);
    files.refuse("a.svm", "1 1:1\n-1 3000000:1\n", ": line 2: found 3000000 features, expected at most 2097152");
}

#[test]
fn a_column_without_a_value() {
    let options = ", target: y, missing: mean, categorical: [a], transforms: [{ kind: polynomial }]";
    let message = "column 1 (`a`): found missing values in every row";
    Files::new(options, CLASSES).refuse("a.csv", "a,y\n?,0\n?,1\n?,1\n", message);
}

#[test]
fn text_that_is_compressed() {
    let files = Files::new(", target: y", REAL);
    let rows = b"a,y\n".iter().copied().chain(b"1,2\n3,5\n".repeat(1000)).collect::<Vec<u8>>();
    let packed = gzip([rows]);
    for cut in [2, 10, packed.len() / 2, packed.len() - 1] {
        files.refuse("a.csv.gz", &packed[..cut], "found the end of the compressed file, expected the rest");
    }
    let mut damaged = packed.clone();
    let checksum = packed.len() - 8;
    damaged[checksum] ^= 1;
    files.refuse("a.csv.gz", &damaged, ": byte 8004: found damaged compressed data");
    files.refuse("a.csv.gz", [&packed, b"and then some".as_slice()].concat(), "and nothing but zeros after it");
    let blank = [vec![b' '; 1 << 20], vec![b'\n']].concat();
    let blanks = gzip((0..260).map(|_| blank.clone()));
    files.refuse("a.csv.gz", &blanks, ": decompresses to more than the 268435456 bytes");
    Files::new("", REAL).refuse("a.svm.gz", &blanks, ": decompresses to more than the 268435456 bytes");
    files.refuse("a.arff.gz", &blanks, ": decompresses to more than the 268435456 bytes");
    let attributes: Vec<String> = (0..65_000).map(|i| format!("@attribute c{i} numeric\n")).collect();
    let attributes = attributes.concat();
    let rows = "{}\n".repeat(65_000);
    let zeros = format!("@relation r\n{attributes}@attribute y numeric\n@data\n{rows}");
    files.refuse("a.arff", zeros, "65001 features would make a table of 16835259 numbers from so few");
    files.refuse("a.csv", b"BZh91AY&SY", ": line 1: found bzip2 data, expected text in UTF-8");
}

#[test]
fn libsvm() {
    let files = Files::new("", CLASSES);
    let refuse = |text: &str, message| files.refuse("a.svm", text, message);
    refuse("", ": found no rows");
    refuse("# nothing\n", ": found no rows");
    refuse("1\n-1\n", ": found only the target column");
    refuse("1 0:1\n", ": line 1, byte 3: found index 0, expected indices from 1");
    refuse("1 1:1\r\n-1 2:1 2:1\r\n", ": line 2, byte 8: found index 2 twice");
    refuse("1 3:1 2:1\n", ": line 1, byte 7: found index 2 after a larger one");
    refuse("1 -1:1\n", ": line 1, byte 3: found `-1:1`");
    refuse("1 1:nan\n", ": line 1, byte 5: found `nan`, expected a finite number");
    refuse("1 1:1e999\n", ": line 1, byte 5: found `1e999`, expected a finite number");
    refuse("1 1:1\n 1:1\n", ": line 2, byte 2: found `1:1`, expected a label");
    refuse("1 1:1\n0.5 1:1\n", ": line 2, column 1 (`label`): found `0.5`, expected a whole number");
    refuse("1 1:1\n-1 99999999:1\n", ": line 2: 99999999 features would make a table of 199999998 numbers");
    refuse("1 1:1\n-1 4294967296:1\n", ": line 2, byte 4: found index 4294967296, expected an index below");
    files.refuse("a.svm", b"1 1:1\n\xFF 1:1\n", ": line 2, byte 1: found invalid UTF-8");
    files.scratch.write("a.svm", "1 1:1\n-1 2:1\n");
    files.refuse_as("a.svm", ", features: 4000000000", ": line 1: 4000000000 features would make a table");
}

#[test]
fn arff() {
    let files = Files::new(", target: y", REAL);
    let header = "@relation r\n@attribute a {u, v}\n@attribute y numeric\n@data\n";
    let refuse = |text: &str, message| files.refuse("a.arff", text, message);
    refuse("", ": line 1: found the end of the file, expected a line `@data`");
    refuse(header, ": found no rows");
    refuse(&format!("{header}w,1\n"), ": line 5, column 1 (`a`): found `w`, expected one of the values");
    refuse(&format!("{header}u,low\n"), ": line 5, column 2 (`y`): found the text `low`, expected a number");
    refuse(&format!("{header}u,inf\n"), ": line 5, column 2 (`y`): found `inf`");
    refuse(&format!("{header}u\r\n"), ": line 5: found 1 cells, expected 2");
    refuse(&format!("{header}'u,1\n"), ": line 5: found a quote that is never closed");
    refuse(&format!("{header}{{0 u\n"), ": line 5: found a brace that is not closed");
    refuse("@attribute a date\n", ": line 1: found `date`");
    files.refuse("a.arff", b"@relation \xFF\n", ": line 1, byte 11: found invalid UTF-8");
}

#[test]
fn idx_images() {
    let files = Files::new("", CLASSES);
    files.scratch.write("a-labels-idx1-ubyte", idx(&[3], &[0, 1, 0]));
    let whole = idx(&[3, 2, 2], &[7; 12]);
    let refuse = |bytes: &[u8], message| files.refuse("a-images-idx3-ubyte", bytes, message);
    refuse(b"", ": byte 0: found the end of the file");
    refuse(b"\x89PNG\r\n\x1A\n", ": byte 4: found the bytes 89 50 4e 47");
    refuse(&whole[..9], ": byte 9: found the end of the file, expected the sizes of 3 dimensions");
    refuse(&whole[..whole.len() - 1], ": byte 16: found at most 11 bytes left, expected 3 × 2 × 2 numbers");
    refuse(&[&whole[..], b"x"].concat(), ": byte 28: found more bytes");
    refuse(&idx(&[u32::MAX; 4], b""), "expected at most 4294967296 numbers");
    refuse(&idx(&[1 << 16, 1 << 15], b""), ": byte 12: found at most 0 bytes left");
    refuse(&idx(&[0, 4], b""), ": byte 12: found the sizes 0 × 4, expected at least one number");
    let other = Files::new(", labels: names", CLASSES);
    other.scratch.write("images.idx", &whole);
    for (labels, message) in [(idx(&[2], &[0, 1]), "found 2 labels"), (idx(&[3, 2], &[0; 6]), "found 3 labels of 2")] {
        other.scratch.write("names", labels);
        let yaml = "name: t\nseeds: 1\nproblems:\n  - name: p\n    dataset: { file: images.idx, labels: names }\n    \
                    model: { family: logistic, experts: 2 }\noptimizers: [em]\n";
        other.scratch.write("b.yaml", yaml);
        let run = other.scratch.harness(&["bench", "b.yaml", "--dry-run"]);
        assert!(run.code == 2 && run.stderr.contains(message), "{}", run.stderr);
    }
    let bomb = gzip([idx(&[3, 2, 2], &[7; 12]), vec![0; 1 << 26]]);
    files.scratch.write("a-labels-idx1-ubyte.gz", gzip([idx(&[3], &[0, 1, 0])]));
    files.refuse("a-images-idx3-ubyte.gz", bomb, ": byte 28: found more bytes");
    files.refuse("a-images-idx3-ubyte.gz", gzip([idx(&[60_000, 784], b"")]), ": byte 12: found at most ");
}

#[test]
fn cifar10_records() {
    let files = Files::new("", CLASSES);
    let record = |label: u8| [vec![label], vec![9; 3072]].concat();
    files.refuse("a.bin", b"", ": found no rows");
    files.refuse(
        "a.bin",
        [record(1), vec![2]].concat(),
        ": byte 3074: found the end of the file, expected 3072 pixels",
    );
    files.refuse("a.bin", [record(1), record(10)].concat(), ": byte 3073: found the label 10 of record 2");
    files.refuse("a.bin", [record(1), record(1)].concat(), "has one class only");
}

#[test]
fn numpy_arrays() {
    let files = Files::new(", target: last", REAL);
    let npy = |header: &str, values: &[u8]| {
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), values].concat()
    };
    let of = |descr: &str, shape: &str| format!("{{'descr': '{descr}', 'fortran_order': True, 'shape': {shape}, }}\n");
    let four = [1.0_f64, 2.0, f64::INFINITY, 3.0].map(f64::to_le_bytes).concat();
    let refuse = |bytes: &[u8], message| files.refuse("a.npy", bytes, message);
    refuse(b"", ": byte 0: found the end of the file");
    refuse(b"a,y\n1,2\n", ": byte 8: found other bytes, expected `\\x93NUMPY`");
    refuse(&npy(&of("<f8", "(2, 2)"), &four), "found `inf` as number 3, expected finite numbers");
    refuse(&npy(&of("<f8", "(2, 2)"), &four[..31]), "found at most 31 bytes left, expected 2 × 2 numbers");
    refuse(&npy(&of("<f8", "(2, 1)"), &four), "found more bytes, expected 2 × 1 numbers");
    refuse(&npy(&of("<f8", "(4294967296, 4294967296, 4294967296)"), b""), "expected at most 4294967296 numbers");
    refuse(&npy(&of("<f8", "(100000000, 8)"), b""), "found at most 0 bytes left");
    refuse(&npy(&of("|O", "(2, 2)"), b""), "found `|O`, expected numbers");
    refuse(&npy(&of("<f8", "()"), &four[..8]), "found the shape (), expected at least one row");
    let zip = corpus("npz/deflated");
    let files = Files::new("", CLASSES);
    files.refuse("a.npz", b"", ": byte 0: found the end of the file, expected the directory");
    files.refuse("a.npz", &zip[..zip.len() - 1], "expected the directory that a ZIP archive ends with");
    let entries: Vec<usize> = (0..zip.len() - 4).filter(|&at| zip[at..].starts_with(b"PK\x01\x02")).collect();
    let mut damaged = zip.clone();
    damaged[entries[0] - 3] ^= 0xFF;
    files.refuse("a.npz", &damaged, "found damaged data, expected data of its declared size and checksum");
    // The directory's last entry claims four gigabytes.
    let (mut bomb, entry) = (zip.clone(), entries[entries.len() - 1]);
    bomb[entry + 24..entry + 28].copy_from_slice(&0xF000_0000_u32.to_le_bytes());
    files.refuse("a.npz", &bomb, "found a size of 4026531840 bytes, expected no more than its data can hold");
}

#[test]
fn parquet() {
    let files = Files::new(", target: last", REAL);
    let whole = corpus("parquet/rows_snappy");
    let refuse = |bytes: &[u8], message| files.refuse("a.parquet", bytes, message);
    refuse(b"", ": the file is empty");
    refuse(b"PAR1PAR1", "expected a whole Parquet file");
    refuse(b"a,y\n1,2\n", "expected a whole Parquet file");
    refuse(&whole[..whole.len() - 1], "expected a whole Parquet file");
    let mut long = whole.clone();
    let at = long.len() - 8;
    long[at..at + 4].copy_from_slice(&i32::MAX.to_le_bytes());
    refuse(&long, "expected a whole Parquet file");
    // Its pages declare 2 GiB each, the directory a few bytes.
    refuse(&corpus("parquet/understated"), ": decompresses to more than the 268435456 bytes");
    refuse(&corpus("parquet/rows_brotli"), ": row 1: found the compression brotli, expected zstd, snappy");
    refuse(&corpus("parquet/nested"), ": row 1, column 1 (`l.list.element`): found nested values");
    refuse(&corpus("parquet/dates"), ": row 1, column 1 (`t`): found INT64 values that mean Timestamp");
}
