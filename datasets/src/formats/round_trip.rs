//! A table that is written in any format and read again is the same, bit for bit: on tables drawn at random.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::read_bytes;
use crate::format::Format;
use crate::options::{Options, Task};
use crate::table::{Table, Target};

/// Rows of features and a target: any finite numbers, zeros of both signs and the smallest among them.
#[derive(Clone, Debug)]
struct Rows {
    d: usize,
    x: Vec<f64>,
    y: Vec<f64>,
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("finite", |value| value.is_finite()),
        (-1000_i32..1000).prop_map(|value| f64::from(value) / 8.0),
        Just(-0.0),
        Just(f64::from_bits(1)),
    ]
}

fn rows() -> impl Strategy<Value = Rows> {
    (1_usize..6, 1_usize..9).prop_flat_map(|(d, n)| {
        let x = prop::collection::vec(number(), n * d);
        (x, prop::collection::vec(number(), n)).prop_map(move |(x, y)| Rows { d, x, y })
    })
}

fn read(bytes: &[u8], format: Format, yaml: &str) -> Table {
    let options: Options = serde_yaml::from_str(yaml).unwrap();
    read_bytes(Path::new("a"), bytes, format, &options, Task::Regression).unwrap()
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// Text of all cells, the target last.
fn text(rows: &Rows, delimiter: char, end: &str, has_exponents: bool) -> String {
    let mut text = String::new();
    for (x, y) in rows.x.chunks(rows.d).zip(&rows.y) {
        for value in x.iter().chain([y]) {
            let cell = if has_exponents { format!("{value:e}") } else { value.to_string() };
            text.push_str(&cell);
            text.push(delimiter);
        }
        text.pop();
        text.push_str(end);
    }
    text
}

fn check(table: &Table, rows: &Rows) -> Result<(), TestCaseError> {
    prop_assert_eq!((table.n, table.d), (rows.y.len(), rows.d));
    prop_assert_eq!(bits(&table.x), bits(&rows.x));
    let Target::Real(y) = &table.target else { return Err(TestCaseError::fail("a real target")) };
    prop_assert_eq!(bits(y), bits(&rows.y));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn text_in_every_dialect(rows in rows(), delimiter in 0..4_usize, crlf: bool, has_exponents: bool, has_mark: bool) {
        let (delimiter, shown) = [(',', ","), (';', ";"), ('|', "|"), ('\t', "tab")][delimiter];
        let body = text(&rows, delimiter, if crlf { "\r\n" } else { "\n" }, has_exponents);
        let body = if has_mark { format!("\u{FEFF}{body}") } else { body };
        let yaml = format!("{{ target: last, header: false, delimiter: '{shown}' }}");
        check(&read(body.as_bytes(), Format::Csv, &yaml), &rows)?;
        if delimiter == '\t' {
            check(&read(body.as_bytes(), Format::Tsv, "{ target: last, header: false }"), &rows)?;
        }
    }

    #[test]
    fn attributes(rows in rows(), has_exponents: bool) {
        let mut file = "@relation r\n".to_owned();
        for column in 0..=rows.d {
            let _ = writeln!(file, "@attribute 'column {column}' numeric");
        }
        file += "@data\n";
        file += &text(&rows, ',', "\n", has_exponents);
        check(&read(file.as_bytes(), Format::Arff, "target: last"), &rows)?;
    }

    #[test]
    fn sparse_text(rows in rows()) {
        let mut file = String::new();
        for (x, y) in rows.x.chunks(rows.d).zip(&rows.y) {
            let _ = write!(file, "{y}");
            // What is not written is 0, not −0.
            for (i, value) in x.iter().enumerate().filter(|(_, value)| value.to_bits() != 0) {
                let _ = write!(file, " {}:{value}", i + 1);
            }
            file.push('\n');
        }
        check(&read(file.as_bytes(), Format::Libsvm, &format!("features: {}", rows.d)), &rows)?;
    }

    #[test]
    fn arrays(rows in rows(), big_endian: bool) {
        let (order, bytes): (_, fn(f64) -> [u8; 8]) =
            if big_endian { ('>', f64::to_be_bytes) } else { ('<', f64::to_le_bytes) };
        let shape = format!("({}, {})", rows.y.len(), rows.d + 1);
        let header = format!("{{'descr': '{order}f8', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        file.extend(header.as_bytes());
        for (x, y) in rows.x.chunks(rows.d).zip(&rows.y) {
            file.extend(x.iter().chain([y]).flat_map(|&value| bytes(value)));
        }
        check(&read(&file, Format::Npy, "target: last"), &rows)?;
    }
}
