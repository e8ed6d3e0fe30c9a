//! Files that pyarrow and this crate's writer made, whole, damaged and made to harm.

use std::fs;
use std::sync::Arc;

use ::parquet::basic::{Repetition, Type as Stored, ZstdLevel};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;

use super::*;
use crate::options::{Options, Task};
use crate::table::Target;

/// A file of the corpus: its first byte is an option of the fuzz target.
fn corpus(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/parquet");
    fs::read(folder.join(name)).unwrap()[1..].to_vec()
}

fn read_as(bytes: &[u8], yaml: &str, task: Task) -> Result<Table, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.parquet");
    fs::write(&path, bytes).unwrap();
    let options: Options = serde_yaml::from_str(yaml).unwrap();
    let shown = dir.path().display().to_string() + "/";
    read(&[&path], 1, &Reading::new(&options, task)).map_err(|error| error.to_string().replace(&shown, ""))
}

fn read_rows(bytes: &[u8], yaml: &str) -> Result<Table, String> {
    read_as(bytes, yaml, Task::Regression)
}

/// Columns `a` (numbers) and `word` (text, may be missing) and a target `y`.
fn written(a: &[f64], word: &[Option<&str>], y: &[i32]) -> Vec<u8> {
    let field = |name: &str, stored, repetition| {
        Arc::new(Type::primitive_type_builder(name, stored).with_repetition(repetition).build().unwrap())
    };
    let fields = vec![
        field("a", Stored::DOUBLE, Repetition::REQUIRED),
        field("word", Stored::BYTE_ARRAY, Repetition::OPTIONAL),
        field("y", Stored::INT32, Repetition::REQUIRED),
    ];
    let schema = Arc::new(Type::group_type_builder("rows").with_fields(fields).build().unwrap());
    let mut bytes = Vec::new();
    let mut writer =
        SerializedFileWriter::new(&mut bytes, schema, Arc::new(WriterProperties::builder().build())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<DoubleType>().write_batch(a, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let values: Vec<ByteArray> = word.iter().flatten().map(|&word| ByteArray::from(word)).collect();
    let levels: Vec<i16> = word.iter().map(|word| i16::from(word.is_some())).collect();
    column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(y, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn every_codec_of_pyarrow_but_brotli() {
    let first = read_rows(&corpus("rows_snappy"), "{ target: last, missing: drop_rows }").unwrap();
    assert_eq!(first.columns, ["a", "b", "word=9", "word=x", "flag"]);
    assert_eq!((first.n, first.d), (2, 5));
    assert_eq!(first.x, [1.0, 0.5, 0.0, 1.0, 1.0, 6.0, 3.25, 1.0, 0.0, 0.0]);
    assert_eq!(first.target, Target::Real(vec![0.0, 0.0]));
    for name in ["rows_zstd", "rows_gzip", "rows_lz4", "delta", "groups"] {
        assert_eq!(read_rows(&corpus(name), "{ target: last, missing: drop_rows }").unwrap(), first, "{name}");
    }
    let error = read_rows(&corpus("rows_brotli"), "{ target: last, missing: drop_rows }").unwrap_err();
    assert!(error.contains("row 1: found the compression brotli, expected zstd, snappy,"), "{error}");
}

#[test]
fn words_packed_by_what_they_share() {
    let table = read_as(&corpus("delta_text"), "{ target: y, missing: drop_rows }", Task::Classification).unwrap();
    assert_eq!(table.columns, ["w=alpha", "w=alphabet", "w=alphabets", "w=beta", "w=betamax", "w=gamma", "b"]);
    let places: Vec<_> = table.x.chunks(7).map(|row| row[..6].iter().position(|&v| v == 1.0).unwrap()).collect();
    assert_eq!(places, [0, 1, 2, 3, 4, 0, 5]);
}

#[test]
fn missing_values_and_decimals() {
    let bytes = corpus("mean_int_decimals");
    let error = read_rows(&bytes, "{ target: last }").unwrap_err();
    assert_eq!(error, "a.parquet: row 2, column 2 (`b`): found `NaN`, expected a finite number");
    let yaml = "{ target: last, missing: mean, transforms: [{ kind: select, columns: [price] }] }";
    let table = read_rows(&bytes, yaml).unwrap();
    assert_eq!(table.columns, ["price"]);
    assert!(table.x[2].is_nan());
    assert_eq!(table.x[..2], [1.25, -0.5]);
    let table = read_rows(&bytes, "{ target: last, missing: category }").unwrap();
    assert!(table.columns.contains(&"word=missing".to_owned()), "{:?}", table.columns);
}

#[test]
fn what_pandas_keeps_of_its_index_is_no_feature() {
    let table = read_rows(&corpus("pandas"), "{ target: last }").unwrap();
    assert_eq!(table.columns, ["a", "b", "word=9", "word=x", "flag"]);
    let named = read_rows(&corpus("named_index"), "{ target: y }").unwrap();
    assert_eq!((named.columns, named.x), (vec!["a".to_owned()], vec![1.0, 2.0, 3.0].into()));
    assert_eq!(read_rows(&corpus("named_index"), "{ target: key }").unwrap().columns, ["a", "y"]);
    let error = read_as(&corpus("pandas"), "{ target: last }", Task::Classification).unwrap_err();
    assert!(error.ends_with("target `last` has one class only, `0`, expected at least two"), "{error}");
}

#[test]
fn columns_that_cannot_be_read_can_be_dropped() {
    let error = read_rows(&corpus("dates"), "{ target: last }").unwrap_err();
    assert_eq!(
        error,
        "a.parquet: row 1, column 1 (`t`): found INT64 values that mean Timestamp, expected numbers, truth values or text"
    );
    let error = read_rows(&corpus("nested"), "{ target: last }").unwrap_err();
    assert!(error.contains("column 1 (`l.list.element`): found nested values"), "{error}");
    let yaml = "{ target: last, transforms: [{ kind: drop, columns: [l.list.element] }] }";
    let error = read_rows(&corpus("nested"), yaml).unwrap_err();
    assert!(error.contains("found only the target column"), "{error}");
}

#[test]
fn text_is_words_even_where_it_looks_like_numbers() {
    let bytes = written(&[1.0, 2.0], &[Some("7"), Some("10")], &[3, 4]);
    let table = read_rows(&bytes, "{ target: y }").unwrap();
    assert_eq!(table.columns, ["a", "word=7", "word=10"]);
    let many: Vec<String> = (0..300).map(|i| format!("w{i}")).collect();
    let words: Vec<Option<&str>> = many.iter().map(|word| Some(word.as_str())).collect();
    let error = read_rows(&written(&[1.0; 300], &words, &[1; 300]), "{ target: y }").unwrap_err();
    assert!(error.starts_with("a.parquet: row 257, column 2 (`word`): found more than 256 different words"), "{error}");
}

#[test]
fn rows_are_counted_in_errors() {
    let error =
        read_rows(&written(&[1.0, f64::INFINITY], &[Some("u"), Some("v")], &[1, 2]), "{ target: y }").unwrap_err();
    assert_eq!(error, "a.parquet: row 2, column 1 (`a`): found `inf`, expected a finite number");
    let error = read_rows(&written(&[1.0, 2.0], &[Some("u"), None], &[1, 2]), "{ target: y }").unwrap_err();
    assert_eq!(error, "a.parquet: row 2, column 2 (`word`): found an empty cell, expected a value");
}

#[test]
fn a_cut_file_and_other_bytes() {
    let bytes = written(&[1.0, 2.0], &[Some("u"), Some("v")], &[1, 2]);
    for cut in [1, 4, 11, bytes.len() / 2, bytes.len() - 1] {
        let error = read_rows(&bytes[..cut], "{ target: y }").unwrap_err();
        assert!(error.contains("expected a whole Parquet file"), "{cut}: {error}");
    }
    assert_eq!(read_rows(b"", "{ target: y }").unwrap_err(), "a.parquet: the file is empty, expected rows");
    assert!(read_rows(b"a,y\n1,2\n", "{ target: y }").unwrap_err().contains("expected a whole Parquet file"));
}

#[test]
fn a_small_file_of_endless_rows_is_refused() {
    // A million equal rows take a few bytes; in tests a file may make a megabyte.
    let n = 1 << 20;
    let bytes = written(&vec![0.0; n], &vec![Some("u"); n], &vec![0; n]);
    assert!(bytes.len() < 16_384, "{}", bytes.len());
    let error = read_rows(&bytes, "{ target: y }").unwrap_err();
    assert!(error.contains("decompresses to more than the"), "{error}");
}

/// A column of zeros in one page, and a target; the directory says that each column becomes one byte.
fn understated(n: usize) -> Vec<u8> {
    let required = |name: &str| {
        Arc::new(
            Type::primitive_type_builder(name, Stored::DOUBLE).with_repetition(Repetition::REQUIRED).build().unwrap(),
        )
    };
    let fields = vec![required("a"), required("y")];
    let schema = Arc::new(Type::group_type_builder("rows").with_fields(fields).build().unwrap());
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(19).unwrap()))
        .set_dictionary_enabled(false)
        .set_data_page_size_limit(1 << 30)
        .set_data_page_row_count_limit(1 << 30)
        .set_write_batch_size(1 << 30)
        .build();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    while let Some(mut column) = group.next_column().unwrap() {
        column.typed::<DoubleType>().write_batch(&vec![0.0; n], None, None).unwrap();
        column.close().unwrap();
    }
    let written = group.close().unwrap();
    let sizes: Vec<i64> = written.columns().iter().map(ColumnChunkMetaData::uncompressed_size).collect();
    writer.close().unwrap();
    for size in sizes {
        let mut number = Vec::new();
        let mut rest = size.cast_unsigned() << 1;
        while rest > 0 {
            number.push(u8::try_from(rest & 0x7F).unwrap() | 0x80);
            rest >>= 7;
        }
        let length = number.len();
        number[length - 1] &= 0x7F;
        // 1, in as many bytes.
        let one: Vec<u8> = (0..length).map(|i| if i == 0 { 0x82 } else { 0x80 }).collect();
        let one = [&one[..length - 1], &[0]].concat();
        let at = memchr::memmem::rfind(&bytes, &number).unwrap();
        bytes[at..at + length].copy_from_slice(&one);
    }
    bytes
}

#[test]
fn a_page_that_becomes_more_than_its_column_is_refused_before_it_is_decompressed() {
    // In tests a small file may become a megabyte.
    let sound = understated(1 << 10);
    assert_eq!(read_rows(&sound, "{ target: y }").unwrap().n, 1 << 10, "what the directory says is of no use");
    let mut bytes = understated(1 << 20);
    assert!(bytes.len() < 10_000, "{}", bytes.len());
    // What cannot be decompressed tells whether it is tried.
    while let Some(at) = memchr::memmem::find(&bytes, b"\x28\xB5\x2F\xFD") {
        bytes[at] = 0;
    }
    let error = read_rows(&bytes, "{ target: y }").unwrap_err();
    assert!(error.contains("decompresses to more than the"), "{error}");
}

#[test]
fn a_second_file_is_the_test_part() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("a.parquet"), dir.path().join("b.parquet"));
    fs::write(&first, written(&[1.0, 2.0], &[Some("u"), Some("v")], &[1, 2])).unwrap();
    fs::write(&second, written(&[3.0], &[Some("v")], &[3])).unwrap();
    let options: Options = serde_yaml::from_str("{ target: y }").unwrap();
    let reading = Reading::new(&options, Task::Regression);
    let table = read(&[&first, &second], 1, &reading).unwrap();
    assert_eq!((table.n, table.test_from), (3, Some(2)));
    fs::write(&second, corpus("rows_snappy")).unwrap();
    let error = read(&[&first, &second], 1, &reading).unwrap_err().to_string();
    assert!(error.contains("expected those of the training file"), "{error}");
}
