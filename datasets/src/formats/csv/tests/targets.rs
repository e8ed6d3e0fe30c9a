//! Cells of the target: what is a class or a number, and what is missing.

use super::*;

#[test]
fn bad_target_cells() {
    let refused = |task, first: &str, cell: &str, problem: &str, help: &str| {
        let message = format!("data.csv: line 3, column 1 (`y`): {problem}");
        refused(format!("y,a\n{first},2\n{cell},4\n"), Some("y"), task, &message, help);
    };
    let fill = "fill it in, or leave such rows out with `missing: drop_rows`";
    let correct = "correct the label, or rename the classes";
    refused(
        REGRESSION,
        "1",
        "dog",
        "found the text `dog`, expected a number",
        "choose a numeric target, or a model family for classification",
    );
    refused(REGRESSION, "1", "", "found an empty cell, expected a target", fill);
    refused(CLASSIFICATION, "dog", "", "found an empty cell, expected a target", fill);
    refused(CLASSIFICATION, "dog", "?", "found the missing value `?`, expected a target", fill);
    refused(CLASSIFICATION, "1", "nan", "found `nan`, expected a finite number", "correct the value or remove the row");
    refused(
        CLASSIFICATION,
        "1",
        "1.5",
        "found `1.5`, expected a whole number as a class label",
        "choose a model family for regression, or a target of classes",
    );
    let mixed = "expected all class labels to be whole numbers or all to be words";
    refused(CLASSIFICATION, "1", "dog", &format!("found `dog` after `1` in line 2, {mixed}"), correct);
    refused(CLASSIFICATION, "dog", "1", &format!("found `1` after `dog` in line 2, {mixed}"), correct);
}

#[test]
fn large_whole_numbers_are_no_class_labels() {
    for (label, is_exact) in [("9007199254740991", true), ("9007199254740992", false), ("-9007199254740993", false)] {
        let read = parse(format!("y,a\n1,2\n{label},4\n").as_bytes(), Some("y"), CLASSIFICATION, "{}");
        let expected = format!(
            "data.csv: line 3, column 1 (`y`): found `{label}`, expected a category or class label below 2^53, which is \
             exact"
        );
        match read {
            Ok(table) => assert!(is_exact && table.n == 2),
            Err(error) => assert_eq!((is_exact, error.to_string()), (false, expected)),
        }
    }
}

#[test]
fn a_missing_target_drops_its_row_or_is_an_error() {
    let text = b"a,y\n1,u\n2,?\n3,v\n4,\n?,v\n5,-\n";
    let table = parse(text, Some("y"), CLASSIFICATION, "{ missing: drop_rows }").unwrap();
    assert_eq!(table.x, [1.0, 3.0, 5.0]);
    let names = ["-", "u", "v"].map(String::from).to_vec();
    assert_eq!(table.target, Target::Classes { labels: vec![1, 2, 0], names }, "`-` may be a class");
    for missing in ["mean", "category"] {
        let error =
            parse(text, Some("y"), CLASSIFICATION, &format!("{{ missing: {missing} }}")).unwrap_err().to_string();
        assert_eq!(error, "data.csv: line 3, column 2 (`y`): found the missing value `?`, expected a target");
    }
}

#[test]
fn marks_of_missing_values_are_of_features() {
    let yaml = "{ missing: drop_rows, missing_values: ['0', none] }";
    let table = parse(b"a,b,y\n1,u,0\n0,u,1\n2,none,0\n3,v,1\n0.0,v,1\n", Some("y"), CLASSIFICATION, yaml).unwrap();
    assert_eq!((table.n, table.columns.len()), (2, 3));
    assert_eq!(table.x, [1.0, 1.0, 0.0, 3.0, 0.0, 1.0]);
    let names = vec!["0".to_owned(), "1".to_owned()];
    assert_eq!(table.target, Target::Classes { labels: vec![0, 1], names });
}
