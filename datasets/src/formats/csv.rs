//! CSV: a header line, commas, cells in quotes where they need it, UTF-8 with or without a byte-order mark, any line end.
//!
//! Every column but the target must be numeric. The file is read whole, once; lines are counted only for a message.

use std::collections::HashMap;
use std::path::Path;

use csv::StringRecord;

use super::labels::{Labels, text};
use crate::error::{CellProblem, DataError, excerpt};
use crate::options::Task;
use crate::table::Table;

/// The table in `bytes`, which came from `path`; name and hash are left empty.
pub(crate) fn parse(bytes: &[u8], path: &Path, target: Option<&str>, task: Task) -> Result<Table, DataError> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Err(error) = std::str::from_utf8(text) {
        let (line, byte) = position(text, error.valid_up_to());
        return Err(DataError::InvalidUtf8 { path: path.to_owned(), line, byte });
    }
    let mut file = File {
        path,
        text,
        reader: csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text),
        record: StringRecord::new(),
    };
    let columns = file.header()?;
    let target_column = file.target_column(&columns, target)?;
    let d = columns.len() - 1;
    let mut x = Vec::new();
    let mut labels = Labels::new(task);
    let mut n = 0;
    while file.next()? {
        if file.record.len() != columns.len() {
            return Err(DataError::Ragged {
                path: path.to_owned(),
                line: file.line(),
                found: file.record.len(),
                expected: columns.len(),
            });
        }
        for (column, cell) in file.record.iter().enumerate() {
            let pushed = if column == target_column {
                labels.push(cell.trim(), || file.line())
            } else {
                feature(cell.trim()).map(|value| x.push(value))
            };
            pushed.map_err(|problem| DataError::Cell {
                path: path.to_owned(),
                line: file.line(),
                column: column + 1,
                name: excerpt(&columns[column]),
                problem,
            })?;
        }
        n += 1;
    }
    if n == 0 {
        return Err(DataError::NoRows { path: path.to_owned() });
    }
    let target = labels.finish();
    let mut columns = columns;
    let target_name = columns.remove(target_column);
    target.check_classes(&path.display().to_string(), &target_name)?;
    Ok(Table { name: String::new(), columns, n, d, x, target_name, target, truth: None, hash: String::new() })
}

/// A file under way: the reader and its current record.
struct File<'a> {
    path: &'a Path,
    text: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    record: StringRecord,
}

impl File<'_> {
    /// Reads the next record; blank lines are passed over.
    fn next(&mut self) -> Result<bool, DataError> {
        self.reader
            .read_record(&mut self.record)
            .map_err(|source| DataError::Csv { path: self.path.to_owned(), source })
    }

    /// The line of the current record, from 1. The reader's own count is of the blank lines before it.
    fn line(&self) -> usize {
        let start = self.record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).expect("within the text");
        let blank = self.text[start..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        position(self.text, start + blank).0
    }

    fn header(&mut self) -> Result<Vec<String>, DataError> {
        if !self.next()? || self.record.iter().all(|name| name.trim().is_empty()) {
            return Err(DataError::Empty { path: self.path.to_owned() });
        }
        let columns: Vec<String> = self.record.iter().map(|name| name.trim().to_owned()).collect();
        let mut first = HashMap::with_capacity(columns.len());
        for (i, name) in columns.iter().enumerate() {
            if name.is_empty() {
                return Err(DataError::UnnamedColumn { path: self.path.to_owned(), line: self.line(), column: i + 1 });
            }
            if let Some(first) = first.insert(name, i) {
                return Err(DataError::DuplicateColumn {
                    path: self.path.to_owned(),
                    line: self.line(),
                    name: excerpt(name),
                    first: first + 1,
                    second: i + 1,
                });
            }
        }
        Ok(columns)
    }

    fn target_column(&self, columns: &[String], target: Option<&str>) -> Result<usize, DataError> {
        let path = self.path.to_owned();
        let shown = || columns.iter().map(|name| excerpt(name)).collect();
        let Some(target) = target else {
            return Err(DataError::FileNeedsTarget { path, columns: shown() });
        };
        match columns.iter().position(|name| name == target) {
            None => Err(DataError::MissingColumn {
                path,
                target: target.to_owned(),
                columns: shown(),
                suspicion: suspicion(columns),
            }),
            Some(_) if columns.len() == 1 => Err(DataError::NoFeatures { path, target: target.to_owned() }),
            Some(column) => Ok(column),
        }
    }
}

/// Why the header may not be what it should be.
fn suspicion(columns: &[String]) -> Option<&'static str> {
    if columns.len() == 1 && columns[0].contains([';', '\t']) {
        return Some("the cells seem to be separated by semicolons or tabs: only commas are supported");
    }
    if columns.iter().all(|name| name.parse::<f64>().is_ok()) {
        return Some("the first line is all numbers: a header line with the columns' names is required");
    }
    None
}

fn feature(cell: &str) -> Result<f64, CellProblem> {
    match cell.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(CellProblem::NotFinite(excerpt(cell))),
        Err(_) if cell.is_empty() => Err(CellProblem::Empty),
        Err(_) => Err(text(cell, CellProblem::TextFeature)),
    }
}

/// The line of the byte at `offset` and its place in that line, both from 1.
fn position(text: &[u8], offset: usize) -> (usize, usize) {
    let mut line = 1;
    let mut start = 0;
    for (i, &byte) in text[..offset].iter().enumerate() {
        if byte == b'\n' || (byte == b'\r' && text.get(i + 1) != Some(&b'\n')) {
            line += 1;
            start = i + 1;
        }
    }
    (line, offset - start + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Target;

    const REGRESSION: Task = Task::Regression;
    const CLASSIFICATION: Task = Task::Classification;

    fn table(text: &str, target: &str, task: Task) -> Table {
        parse(text.as_bytes(), Path::new("data.csv"), Some(target), task).unwrap()
    }

    /// The message and the hint, as the terminal shows them.
    #[track_caller]
    fn refused(text: impl AsRef<[u8]>, target: Option<&str>, task: Task, message: &str, help: &str) {
        let error = parse(text.as_ref(), Path::new("data.csv"), target, task).unwrap_err();
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
        refused(text, Some("prize"), REGRESSION, &message("prize"), "did you mean `price`?");
        refused(text, Some("Price"), REGRESSION, &message("Price"), "did you mean `price`?");
        refused(text, Some("zzz"), REGRESSION, &message("zzz"), "the columns are `price`, `size`");
        refused(
            "price;size\n1;2\n",
            Some("price"),
            REGRESSION,
            &message("price"),
            "the cells seem to be separated by semicolons or tabs: only commas are supported",
        );
        refused(
            "1,2\n3,4\n",
            Some("y"),
            REGRESSION,
            &message("y"),
            "the first line is all numbers: a header line with the columns' names is required",
        );
    }

    #[test]
    fn many_columns_are_not_all_listed() {
        let header: Vec<String> = (0..1000).map(|i| format!("pixel{i}")).collect();
        let text = format!("{}\n", header.join(","));
        let error = parse(text.as_bytes(), Path::new("data.csv"), None, REGRESSION).unwrap_err();
        assert!(error.help().unwrap().ends_with("`pixel18`, `pixel19` and 980 more"));
    }

    #[test]
    fn bad_headers() {
        refused("", Some("y"), REGRESSION, "data.csv: the file is empty, expected a header line", "");
        refused("\n \n", Some("y"), REGRESSION, "data.csv: the file is empty, expected a header line", "");
        refused("a,y\n", Some("y"), REGRESSION, "data.csv: found a header and no rows, expected at least one row", "");
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
        let help = "save the file as CSV text in UTF-8";
        refused(
            b"a,y\r\n1,2\r\n3,\xE9\n",
            Some("y"),
            REGRESSION,
            "data.csv: line 3, byte 3: found invalid UTF-8, expected text",
            help,
        );
        refused(
            b"\xFF\xFEa\0",
            Some("y"),
            REGRESSION,
            "data.csv: line 1, byte 1: found invalid UTF-8, expected text",
            help,
        );
    }

    #[test]
    fn ragged_rows() {
        let help = "a cell that holds a comma or a line break must be in quotes";
        let message = |line, found| format!("data.csv: line {line}: found {found} cells, expected 2 as in the header");
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
        let encode = "drop or encode the column: columns of categories are not supported";
        let fill = "fill in the value or remove the row: missing values are not supported";
        let correct = "correct the value or remove the row";
        refused("old", "found the text `old`, expected a number", encode);
        refused("1_000", "found the text `1_000`, expected a number", encode);
        refused("0x10", "found the text `0x10`, expected a number", encode);
        refused("\"1,5\"", "found the text `1,5`, expected a number", encode);
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
    fn bad_target_cells() {
        let refused = |task, first: &str, cell: &str, problem: &str, help: &str| {
            let message = format!("data.csv: line 3, column 1 (`y`): {problem}");
            refused(format!("y,a\n{first},2\n{cell},4\n"), Some("y"), task, &message, help);
        };
        let fill = "fill in the value or remove the row: missing values are not supported";
        let correct = "correct the label, or rename the classes";
        refused(
            REGRESSION,
            "1",
            "dog",
            "found the text `dog`, expected a number",
            "choose a numeric target, or a model family for classification",
        );
        refused(REGRESSION, "1", "", "found an empty cell, expected a value", fill);
        refused(CLASSIFICATION, "dog", "", "found an empty cell, expected a value", fill);
        refused(CLASSIFICATION, "dog", "?", "found the missing value `?`, expected a value", fill);
        refused(
            CLASSIFICATION,
            "1",
            "nan",
            "found `nan`, expected a finite number",
            "correct the value or remove the row",
        );
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
            "data.csv: line 3: found 1 cells, expected 2 as in the header",
            "a cell that holds a comma or a line break must be in quotes",
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
                match parse(&text, Path::new("data.csv"), Some("y"), task) {
                    Ok(table) => {
                        assert_eq!((table.x.len(), table.target.len()), (table.n * table.d, table.n));
                        assert!(table.x.iter().all(|v| v.is_finite()));
                    }
                    Err(DataError::Cell { line, .. } | DataError::Ragged { line, .. }) => {
                        let ends = text.iter().filter(|b| matches!(b, b'\r' | b'\n')).count();
                        assert!((2..=ends + 1).contains(&line), "{text:?}");
                    }
                    Err(_) => {}
                }
            }
        }
    }
}
