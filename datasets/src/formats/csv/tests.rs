//! What the reader of CSV takes and refuses, message by message.

mod targets;

use std::path::Path;

use super::super::input::Input;
use super::super::reading::Reading;
use crate::error::{At, DataError, FileError};
use crate::options::{Options, Task};
use crate::table::{Table, Target};

const REGRESSION: Task = Task::Regression;
const CLASSIFICATION: Task = Task::Classification;

/// The table of some bytes, read as `yaml` says.
fn parse(text: &[u8], target: Option<&str>, task: Task, yaml: &str) -> Result<Table, DataError> {
    let mut options: Options = serde_yaml::from_str(yaml).unwrap();
    options.target = options.target.or(target.map(str::to_owned));
    let mut inputs = [Input::of_bytes(Path::new("data.csv"), text)];
    super::read(&mut inputs, 1, &Reading::new(&options, task), None)
}

fn table(text: &str, target: &str, task: Task) -> Table {
    parse(text.as_bytes(), Some(target), task, "{}").unwrap()
}

/// The message and the hint, as the terminal shows them.
#[track_caller]
fn refused(text: impl AsRef<[u8]>, target: Option<&str>, task: Task, message: &str, help: &str) {
    let error = parse(text.as_ref(), target, task, "{}").unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(error.help().unwrap_or_default(), help);
}

#[test]
fn columns_keep_their_order_without_the_target() {
    let table = table("a,y,b\n1,2,3\n-4e1,.5,+6\n", "y", REGRESSION);
    assert_eq!(table.columns, ["a", "b"]);
    assert_eq!((table.n, table.d), (2, 2));
    assert_eq!(table.x, [1.0, 3.0, -40.0, 6.0]);
    assert_eq!(table.target, Target::Real(vec![2.0, 0.5]));
    assert_eq!(table.target_name, "y");
}

#[test]
fn mark_line_ends_blank_lines_spaces_and_quotes_make_no_difference() {
    let plain = table("a b,y\n1,u\n2,v\n", "y", CLASSIFICATION);
    for text in [
        "\u{feff}a b,y\r\n1,u\r\n2,v\r\n",
        "a b,y\n1,u\n2,v",
        "\n\na b , y\n\n 1, u\n\n2 ,v\n\n",
        "\"a b\",\"y\"\n\"1\",\"u\"\n2,\"v\"\n",
        "a b,y\r1,u\r2,v\r",
    ] {
        assert_eq!(table(text, "y", CLASSIFICATION), plain, "{text:?}");
    }
}

#[test]
fn quoted_cells_may_hold_commas_quotes_and_line_ends() {
    let table = table("\"a, or \"\"b\"\"\",y\n1,\"u,\nv\"\n2,w\n", "y", CLASSIFICATION);
    assert_eq!(table.columns, ["a, or \"b\""]);
    let names = vec!["u,\nv".to_owned(), "w".to_owned()];
    assert_eq!(table.target, Target::Classes { labels: vec![0, 1], names });
}

#[test]
fn numeric_labels_are_sorted_by_value_and_words_by_codepoint() {
    let classes = |text| match table(text, "y", CLASSIFICATION).target {
        Target::Classes { labels, names } => (labels, names),
        Target::Real(_) => panic!("classes were asked for"),
    };
    let (labels, names) = classes("x,y\n0,10\n0,9\n0,-1.0\n0,1e1\n");
    assert_eq!((labels, names), (vec![2, 1, 0, 2], ["-1", "9", "10"].map(String::from).to_vec()));
    let (labels, names) = classes("x,y\n0,0\n0,-0\n0,1\n");
    assert_eq!((labels, names), (vec![0, 0, 1], ["0", "1"].map(String::from).to_vec()));
    let (labels, names) = classes("x,y\n0,b\n0,a\n0,B\n0,-\n");
    assert_eq!((labels, names), (vec![3, 2, 1, 0], ["-", "B", "a", "b"].map(String::from).to_vec()));
}

#[test]
fn no_target() {
    refused(
        "a,b\n1,2\n",
        None,
        REGRESSION,
        "data.csv: no `target` given, expected the name of a column",
        "set `target` to one of the columns: `a`, `b`",
    );
}

#[test]
fn a_missing_target_column() {
    let message = |target| format!("data.csv: no column `{target}`, which `target` names");
    let text = "price,size\n1,2\n";
    refused(
        text,
        Some("prize"),
        REGRESSION,
        &message("prize"),
        "did you mean `price`? the columns are `price`, `size`",
    );
    refused(
        text,
        Some("Price"),
        REGRESSION,
        &message("Price"),
        "did you mean `price`? the columns are `price`, `size`",
    );
    refused(text, Some("zzz"), REGRESSION, &message("zzz"), "the columns are `price`, `size`");
    refused(
        "1,2\n3,4\n",
        Some("y"),
        REGRESSION,
        &message("y"),
        "the first line is all numbers: where it is no header, write `header: false` and `target: last`",
    );
}

#[test]
fn many_columns_are_not_all_listed() {
    let header: Vec<String> = (0..1000).map(|i| format!("pixel{i}")).collect();
    let text = format!("{}\n", header.join(","));
    let error = parse(text.as_bytes(), None, REGRESSION, "{}").unwrap_err();
    assert!(error.help().unwrap().ends_with("`pixel18`, `pixel19` and 980 more"));
}

#[test]
fn bad_headers() {
    refused("", Some("y"), REGRESSION, "data.csv: the file is empty, expected rows", "");
    refused("\n \n", Some("y"), REGRESSION, "data.csv: the file is empty, expected rows", "");
    refused("a,y\n", Some("y"), REGRESSION, "data.csv: found no rows, expected at least one", "");
    refused(
        "y\n1\n",
        Some("y"),
        REGRESSION,
        "data.csv: found only the target column `y`, expected at least one feature",
        "",
    );
    refused(
        "\na,y, a\n1,2,3\n",
        Some("y"),
        REGRESSION,
        "data.csv: line 2: columns 1 and 3 are both named `a`",
        "rename or remove one of them",
    );
    refused(
        "\"\",y\n1,2\n",
        Some("y"),
        REGRESSION,
        "data.csv: line 1: column 1 has no name",
        "name the column in the header, or remove it",
    );
}

#[test]
fn bad_bytes() {
    let help = "save the file as text in UTF-8, or say what it is with `format`";
    refused(
        b"a,y\r\n1,2\r\n3,\xE9\n",
        Some("y"),
        REGRESSION,
        "data.csv: line 3, byte 3: found invalid UTF-8, expected text",
        help,
    );
    refused(
        b"\xFF\xFDa\0",
        Some("y"),
        REGRESSION,
        "data.csv: line 1, byte 1: found invalid UTF-8, expected text",
        help,
    );
}

#[test]
fn ragged_rows() {
    let help = "a cell that holds a delimiter or a line break must be in quotes; `delimiter` and `header` say how the file is \
                written";
    let message = |line, found| format!("data.csv: line {line}: found {found} cells, expected 2 as in the first line");
    refused("a,y\n1,2\n3\n", Some("y"), REGRESSION, &message(3, 1), help);
    refused("a,y\n1,2,3\n", Some("y"), REGRESSION, &message(2, 3), help);
    refused("a,y\r\n\r\n1,2\r\n\r\n\r\n3\r\n", Some("y"), REGRESSION, &message(6, 1), help);
    refused("\"a\nb\",y\n1,2\n3,4,5\n", Some("y"), REGRESSION, &message(4, 3), help);
}

#[test]
fn bad_feature_cells() {
    let refused = |cell: &str, problem: &str, help: &str| {
        let message = format!("data.csv: line 3, column 2 (`age`): {problem}");
        refused(format!("y,age\n1,2\n3,{cell}\n"), Some("y"), REGRESSION, &message, help);
    };
    let encode = "correct the value, or list the column under `categorical` if it is one of categories";
    let fill = "fill it in, or say what to do with `missing: drop_rows`, `mean` or `category`";
    let correct = "correct the value or remove the row";
    refused("old", "found the text `old`, expected a number", encode);
    refused("1_000", "found the text `1_000`, expected a number", encode);
    refused("0x10", "found the text `0x10`, expected a number", encode);
    let point =
        "write the numbers with a decimal point, or list the column under `categorical` if it is one of categories";
    for cell in ["1,5", "-1,234.5", "1,000,000"] {
        let problem = format!("found `{cell}`, expected a number with a decimal point and without other marks");
        refused(&format!("\"{cell}\""), &problem, point);
    }
    refused("a\u{7}b", "found the text `a\\u{7}b`, expected a number", encode);
    let long = "x".repeat(100);
    refused(&long, &format!("found the text `{}…`, expected a number", &long[..40]), encode);
    refused("", "found an empty cell, expected a value", fill);
    refused("  ", "found an empty cell, expected a value", fill);
    refused("?", "found the missing value `?`, expected a value", fill);
    refused("NA", "found the missing value `NA`, expected a value", fill);
    refused("NaN", "found `NaN`, expected a finite number", correct);
    refused("-inf", "found `-inf`, expected a finite number", correct);
    refused("1e999", "found `1e999`, expected a finite number", correct);
}

#[test]
fn a_decimal_comma_makes_no_categories() {
    let problem = |column: &str| {
        format!(
            "data.csv: line 2, {column}: found `1,5`, expected a number with a decimal point and without other marks"
        )
    };
    let help =
        "write the numbers with a decimal point, or list the column under `categorical` if it is one of categories";
    refused("a;b;y\n1,5;2;3\n2,5;3;4\n", Some("y"), REGRESSION, &problem("column 1 (`a`)"), help);
    refused("a;y\n2;1,5\n3;2,5\n", Some("y"), REGRESSION, &problem("column 2 (`y`)"), help);
    let table = parse(b"a;y\n1,5;1\n2,5;2\n", Some("y"), REGRESSION, "{ categorical: [a] }").unwrap();
    assert_eq!(table.columns, ["a=1,5", "a=2,5"]);
    assert_eq!(self::table("a;y\n1,x;1\n2,x;2\n", "y", REGRESSION).columns, ["a=1,x", "a=2,x"]);
}

#[test]
fn what_is_no_text_is_named() {
    let spreadsheet: &[u8] = b"PK\x03\x04\x14\0\x06\0";
    for (bytes, found) in [
        (spreadsheet, "a ZIP archive"),
        (b"BZh91AY&SY", "bzip2 data"),
        (b"\xFF\xFEa\0,\0y\0", "text in UTF-16"),
        (b"PAR1\x15\x04", "Parquet data"),
    ] {
        let message = format!(
            "data.csv: line 1: found {found}, expected text in UTF-8, plain or gzip: convert the file, or say what it is \
             with `format`"
        );
        refused(bytes, Some("y"), REGRESSION, &message, "");
    }
}

#[test]
fn a_row_of_too_many_cells() {
    let message = "data.csv: line 1: found more cells, expected at most 2097152 in a row";
    refused(",".repeat(2_097_153), Some("y"), REGRESSION, message, "");
}

#[test]
fn a_comment_is_no_header() {
    refused(
        "# from a paper\na,y\n1,2\n",
        Some("y"),
        REGRESSION,
        "data.csv: no column `y`, which `target` names",
        "the first line begins with `#`: CSV has no comments, so remove such lines",
    );
}

#[test]
fn a_number_among_words_tells_of_the_word() {
    refused(
        "a,y\nx1,1\n2,2\n3,3\n",
        Some("y"),
        REGRESSION,
        "data.csv: line 3, column 1 (`a`): found the number `2` after the word `x1` in line 2, expected one or the other",
        "correct the value or the word, or list the column under `categorical`; in a file without a header write \
         `header: false`",
    );
}

/// The message of a training file and a test file.
fn refused_test(train: &str, test: &str, yaml: &str) -> String {
    let input = |name: &str, text: &str| Input::of_bytes(Path::new(name), text.as_bytes());
    let options: Options = serde_yaml::from_str(yaml).unwrap();
    let mut inputs = [input("train.csv", train), input("test.csv", test)];
    super::read(&mut inputs, 1, &Reading::new(&options, REGRESSION), None).unwrap_err().to_string()
}

#[test]
fn errors_of_the_test_file_name_it() {
    let train = "a,y\n1,2\n3,4\n";
    assert_eq!(refused_test(train, "a,y\n", "target: y"), "test.csv: found no rows, expected at least one");
    assert_eq!(refused_test("a,y\n", train, "target: y"), "train.csv: found no rows, expected at least one");
    assert_eq!(refused_test(train, "", "target: y"), "test.csv: the file is empty, expected rows");
    assert_eq!(
        refused_test(train, "a,y\n5,6\nseven,8\n", "target: y"),
        "test.csv: line 3, column 1 (`a`): found the text `seven`, expected a number"
    );
    assert_eq!(
        refused_test(train, "a,y\n?,6\n", "{ target: y, missing: drop_rows }"),
        "test.csv: every row has a missing value, expected rows to be left by `missing: drop_rows`"
    );
}

#[test]
fn a_column_goes_by_its_name() {
    let help = |columns: &str, yaml: &str| {
        let yaml = format!("{{ {yaml} transforms: [{{ kind: drop, columns: [{columns}] }}] }}");
        parse(b"alpha,beta,y\n1,2,3\n", Some("y"), REGRESSION, &yaml).unwrap_err().help().unwrap()
    };
    let all = "the columns are `alpha`, `beta`, `y`";
    assert_eq!(help("betta", ""), format!("did you mean `beta`? {all}"));
    assert_eq!(help("'2'", ""), format!("columns go by name, not by number: column 2 is `beta`; {all}"));
    assert_eq!(help("'q*'", ""), format!("columns are named one by one, not by a pattern: {all}"));
    let yaml = "{ header: false, target: last, transforms: [{ kind: drop, columns: [c2] }] }";
    assert_eq!(parse(b"1,2,3\n", None, REGRESSION, yaml).unwrap().columns, ["c1"]);
}

#[test]
fn one_class() {
    refused(
        "a,y\n1,dog\n2,dog\n",
        Some("y"),
        CLASSIFICATION,
        "`data.csv`: target `y` has one class only, `dog`, expected at least two",
        "choose another target, or a model family for regression",
    );
}

#[test]
fn an_open_quote_is_an_error_at_its_row() {
    refused(
        "a,y\n1,2\n\"3,4\n5,6\n",
        Some("y"),
        REGRESSION,
        "data.csv: line 3: found a quote that is never closed, expected a closing quote before the end of the file",
        "",
    );
}

/// Whatever the bytes are, there is a table of finite numbers or an error with a line that the text has.
#[test]
fn no_bytes_make_it_panic() {
    use rand::Rng;
    let pieces: [&[u8]; 16] = [
        b"a",
        b"y",
        b"1",
        b"-2.5",
        b",",
        b",",
        b"\n",
        b"\n",
        b"\r\n",
        b"\"",
        b" ",
        b"\xFF",
        b"\xEF\xBB\xBF",
        b"nan",
        b"?",
        b"\0",
    ];
    let mut rng = crate::stream("fuzz", 0, "csv");
    for round in 0..20_000 {
        let mut text = if round % 2 == 0 { b"a,y\n".to_vec() } else { Vec::new() };
        for _ in 0..rng.next_u32() % 24 {
            text.extend(pieces[rng.next_u32() as usize % pieces.len()]);
        }
        for task in [REGRESSION, CLASSIFICATION] {
            match parse(&text, Some("y"), task, "{}") {
                Ok(table) => {
                    assert_eq!((table.x.len(), table.target.len()), (table.n * table.d, table.n));
                    assert!(table.x.iter().all(|v| v.is_finite()));
                }
                Err(DataError::File(FileError::Cell { at: At::Line(line), .. } | FileError::Ragged { line, .. })) => {
                    let ends = text.iter().filter(|b| matches!(b, b'\r' | b'\n')).count();
                    assert!((2..=ends + 1).contains(&usize::try_from(line).unwrap()), "{text:?}");
                }
                Err(_) => {}
            }
        }
    }
}

#[test]
fn a_column_that_is_missing_in_every_row() {
    for yaml in ["{ missing: mean, categorical: [a] }", "missing: mean", "missing: category"] {
        let error = parse(b"a,b,y\n?,1,0\n?,2,1\n", Some("y"), CLASSIFICATION, yaml).unwrap_err();
        let message =
            "data.csv: line 4, column 1 (`a`): found missing values in every row, expected at least one value";
        assert_eq!(error.to_string(), message);
    }
    let yaml = "{ missing: category, categorical: [a] }";
    let table = parse(b"a,y\n?,0\n?,1\n", Some("y"), CLASSIFICATION, yaml).unwrap();
    assert_eq!((table.columns, table.x), (vec!["a=missing".to_owned()], vec![1.0, 1.0].into()));
}

#[test]
fn numbers_that_mean_categories_are_by_value_beside_missing_ones() {
    let yaml = "{ missing: category, categorical: [a] }";
    let table = parse(b"a,y\n10,0\n9,1\n?,1\n", Some("y"), CLASSIFICATION, yaml).unwrap();
    assert_eq!(table.columns, ["a=9", "a=10", "a=missing"]);
    let yaml = "{ missing: drop_rows, categorical: [a] }";
    let table = parse(b"a,b,y\n10,1,0\n9,2,1\nx,?,1\n", Some("y"), CLASSIFICATION, yaml).unwrap();
    assert_eq!(table.columns, ["a=9", "a=10", "b"]);
}
