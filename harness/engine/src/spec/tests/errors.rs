//! Every message: the cases and the messages are in `errors.md`, which reads as documentation.
//!
//! `UPDATE_EXPECT=1 cargo test -p harness-engine spec::tests::errors` writes the messages as they are now; read the difference.

use std::fmt::Write;
use std::path::Path;

use super::{complete, read};
use crate::spec::load;

const CASES: &str = include_str!("errors.md");

#[test]
fn messages() {
    let mut actual = String::new();
    let mut rest = CASES;
    while let Some((before, after)) = rest.split_once("```yaml") {
        let (kind, after) = after.split_once('\n').unwrap();
        let (yaml, after) = after.split_once("```\n").unwrap();
        let (_, after) = after.split_once("```text\n").unwrap();
        let (_, after) = after.split_once("```\n").unwrap();
        let text = yaml.replace("<TAB>", "\t").replace("<CR>", "\r").replace("<BELL>", "\u{7}");
        let text = if kind.trim() == "whole" { text } else { complete(&text) };
        let message = match read(&text) {
            Ok(_) => "no error".to_owned(),
            Err(error) => error.to_string(),
        };
        write!(actual, "{before}```yaml{kind}\n{yaml}```\n```text\n{message}\n```\n").unwrap();
        rest = after;
    }
    actual.push_str(rest);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/spec/tests/errors.md");
        std::fs::write(path, &actual).unwrap();
    } else {
        for (actual, expected) in actual.split("\n## ").zip(CASES.split("\n## ")) {
            assert_eq!(actual, expected);
        }
        assert_eq!(actual, CASES);
    }
}

/// Messages about files that hold no benchmark, with the folder's name cut.
#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, content: Option<&[u8]>, expected: &str| {
        let path = folder.path().join(name);
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let message = load(&path).unwrap_err().to_string();
        assert_eq!(message.replace(&format!("{}/", folder.path().display()), ""), expected);
    };
    let empty = "error: the file is empty\n--> FILE\n = help: a benchmark needs `seeds`, `problems` and `optimizers`";
    check("real_data.yaml", Some(b""), &empty.replace("FILE", "real_data.yaml"));
    check("comment.yaml", Some(b"# nothing else\n"), &empty.replace("FILE", "comment.yaml"));
    check("realdata.yaml", None, "error: no such file\n--> realdata.yaml\n = help: did you mean `real_data.yaml`?");
    check("data.csv", None, "error: no such file\n--> data.csv");
    check(
        "picture.png",
        Some(b"\x89PNG\r\n\x1a\n\0\0"),
        "error: line 1 is not text in UTF-8\n--> picture.png\n = help: is this a benchmark file? save it as UTF-8",
    );
    check("", None, "error: this is a folder, expected a benchmark file\n--> ");
}

/// A file named so that its name cannot name the benchmark.
#[test]
fn the_name_of_the_file_must_fit() {
    let error = crate::spec::parse(Path::new("my bench.yaml"), &complete("")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "error: the name of the file cannot name the benchmark: the name `my bench` cannot contain a space\n\
         --> my bench.yaml\n = help: give it a `name:`"
    );
}

#[test]
fn places_count_characters_and_ignore_a_byte_order_mark() {
    let error = read("\u{feff}# größer\r\nname: \"ä\"\r\nseeds: 2\r\nproblems: []\r\noptimizers: []\r\n").unwrap_err();
    assert_eq!(error.location(), Some((2, 7)));
    assert_eq!(error.count(), 3);
    let error = read(&complete("record: { \"theta\": true, 'größe': 1 }\n")).unwrap_err();
    assert_eq!(error.location(), Some((1, 26)));
}
