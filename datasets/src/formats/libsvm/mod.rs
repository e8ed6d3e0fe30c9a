//! LIBSVM text: a label, then `index:value` for what is not 0; indices from 1, rising. The table is made dense as it is
//! read, so that no second copy is needed.

mod line;
mod rows;

use self::line::Line;
use self::rows::Rows;
use super::csv::{Dialect, Records};
use super::input::Input;
use super::labels::Labels;
use super::reading::Reading;
use crate::error::{At, DataError, FileError};
use crate::table::Table;

/// Reads the files as one table; those from `n_train` on are the test part.
pub(crate) fn read(inputs: &mut [Input], n_train: usize, reading: &Reading) -> Result<Table, DataError> {
    let mut rows = Rows::new(reading.features);
    let mut labels = Labels::new(reading.task);
    let mut test_from = None;
    let path = inputs[0].path().to_owned();
    for (file, input) in inputs.iter_mut().enumerate() {
        if file == n_train {
            test_from = Some(rows.n());
        }
        let dialect = Dialect { delimiter: Some(b' '), quotes: b"", comment: Some(b'#') };
        let mut records = Records::new(input, dialect)?;
        let before = rows.n();
        while records.next()? {
            read_row(&records, reading.features, &mut labels, &mut rows)?;
        }
        if rows.n() == before {
            return Err(FileError::NoRows { path: records.path().to_owned() }.into());
        }
    }
    let (n, d, x) = rows.finish();
    if d == 0 {
        return Err(FileError::NoFeatures { path, target: "label".to_owned() }.into());
    }
    let target = labels.finish();
    target.check_classes(&path.display().to_string(), "label")?;
    Ok(Table {
        columns: (1..=d).map(|index| format!("x{index}")).collect(),
        n,
        d,
        x: x.into(),
        target_name: "label".to_owned(),
        target,
        test_from,
        ..Table::empty()
    })
}

fn read_row(
    records: &Records<'_>,
    features: Option<usize>,
    labels: &mut Labels,
    rows: &mut Rows,
) -> Result<(), DataError> {
    let Some(mut line) = Line::new(records, features) else { return Ok(()) };
    read_label(&mut line, records, labels)?;
    line.skip_query();
    rows.begin(records)?;
    while let Some((column, value)) = line.next()? {
        rows.set(column, value, records)?;
    }
    rows.end();
    Ok(())
}

fn read_label(line: &mut Line<'_>, records: &Records<'_>, labels: &mut Labels) -> Result<(), DataError> {
    let (text, number) = line.label();
    if number.is_some_and(|number| labels.push_number(number)) {
        return Ok(());
    }
    let text = line.label_text(text)?;
    let at = At::Line(records.line());
    Ok(labels.push(text, at).map_err(|problem| FileError::Cell {
        path: records.path().to_owned(),
        at,
        column: 1,
        name: "label".to_owned(),
        problem: Box::new(problem),
    })?)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;

    use super::*;
    use crate::options::{Options, Task};
    use crate::table::Target;

    fn read_all(texts: &[&str], yaml: &str) -> Result<Table, DataError> {
        let options: Options = serde_yaml::from_str(yaml).unwrap();
        let mut inputs: Vec<Input> =
            texts.iter().map(|text| Input::of_bytes(Path::new("rows"), text.as_bytes())).collect();
        read(&mut inputs, 1, &Reading::new(&options, Task::Classification))
    }

    #[track_caller]
    fn refused(text: &str, message: &str) {
        assert_eq!(read_all(&[text], "{}").unwrap_err().to_string(), format!("rows: {message}"));
    }

    #[test]
    fn rows_are_made_dense() {
        let table = read_all(&["+1 1:0.5 3:-2 \r\n-1 2:1 # a comment\n\n# another\n1 5:1e3"], "{}").unwrap();
        assert_eq!((table.n, table.d), (3, 5));
        assert_eq!(table.x, [0.5, 0.0, -2.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1000.0]);
        let names = vec!["-1".to_owned(), "1".to_owned()];
        assert_eq!(table.target, Target::Classes { labels: vec![1, 0, 1], names });
        assert_eq!(table.columns[4], "x5");
    }

    #[test]
    fn features_at_the_end_may_be_left_out() {
        let table = read_all(&["1 1:1\n0 2:1\n"], "{ features: 4 }").unwrap();
        assert_eq!((table.d, table.x), (4, vec![1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0].into()));
        let error = read_all(&["1 5:1\n0 2:1\n"], "{ features: 4 }").unwrap_err();
        assert_eq!(error.to_string(), "rows: line 1, byte 3: found index 5, expected at most `features: 4`");
    }

    #[test]
    fn a_second_file_is_the_test_part_and_may_have_more_features() {
        let table = read_all(&["1 1:1\n0 2:1\n", "1 3:1\n"], "{}").unwrap();
        assert_eq!((table.n, table.d, table.test_from), (3, 3, Some(2)));
    }

    #[test]
    fn rising_dimensions_are_the_same_table() {
        let mut text = String::new();
        for index in 1..200 {
            writeln!(text, "{} {index}:{index}", index % 2).unwrap();
        }
        let table = read_all(&[&text], "{}").unwrap();
        for (row, values) in table.x.chunks(table.d).enumerate() {
            assert!(values.iter().enumerate().all(|(j, &v)| v == if j == row { row as f64 + 1.0 } else { 0.0 }));
        }
    }

    #[test]
    fn comments_and_queries_are_passed_over() {
        let table =
            read_all(&["  # nothing else\n1 qid:3 1:2#at once\n-1 qid:4 # no feature\n1 2:5\t#"], "{}").unwrap();
        assert_eq!((table.n, table.d), (3, 2));
        assert_eq!(table.x, [2.0, 0.0, 0.0, 0.0, 0.0, 5.0]);
        refused("1 2:1 qid:3\n", "line 1, byte 7: found `qid:3`, expected `index:value` with a whole index from 1");
    }

    #[test]
    fn real_targets() {
        let options: Options = serde_yaml::from_str("{}").unwrap();
        let mut inputs = [Input::of_bytes(Path::new("rows"), b"1.5e-3 1:1\n-2 1:0.1\n".as_slice())];
        let table = read(&mut inputs, 1, &Reading::new(&options, Task::Regression)).unwrap();
        assert_eq!(table.target, Target::Real(vec![1.5e-3, -2.0]));
    }

    #[test]
    fn bad_rows() {
        refused("", "found no rows, expected at least one");
        refused(
            "1 0:1\n",
            "line 1, byte 3: found index 0, expected indices from 1: add 1 to every index of a file that begins at 0",
        );
        refused("1 1:1\n0 2:1 2:3\n", "line 2, byte 7: found index 2 twice, expected indices that rise within a row");
        refused(
            "1 3:1 2:3\n",
            "line 1, byte 7: found index 2 after a larger one, expected indices that rise within a row",
        );
        refused("1 a:1\n", "line 1, byte 3: found `a:1`, expected `index:value` with a whole index from 1");
        refused("1 1\n", "line 1, byte 3: found `1`, expected `index:value` with a whole index from 1");
        refused("1 1:x\n", "line 1, byte 5: found `x`, expected a finite number after the colon");
        refused("1 1:nan\n", "line 1, byte 5: found `nan`, expected a finite number after the colon");
        refused("1 1:1e999\n", "line 1, byte 5: found `1e999`, expected a finite number after the colon");
        refused("1 1:2:3\n", "line 1, byte 5: found `2:3`, expected a finite number after the colon");
        refused("1:1 2:1\n", "line 1, byte 1: found `1:1`, expected a label before the first feature");
        refused("1,2 2:1\n1 1:1\n", "line 1, byte 1: found `1,2`, expected one number as the label");
        refused(
            "1 2:1\n1.5 1:1\n",
            "line 2, column 1 (`label`): found `1.5`, expected a whole number as a class label",
        );
    }

    #[test]
    fn an_index_that_would_take_all_memory() {
        refused(
            "1 4000000000:1\n",
            "line 1: 4000000000 features would make a table of 4000000000 numbers from so few, at most 16777216 fit",
        );
        refused(
            "1 99999999999999999999999:1\n",
            "line 1, byte 3: found index 18446744073709551615, expected an index below 4294967296",
        );
        let error = read_all(&["1 1:1\n0 4000000000:1\n"], "{}").unwrap_err();
        assert!(error.help().unwrap().contains("`features`"), "{error}");
        let error = read_all(&["1 1:1\n0 2:1\n"], "{ features: 4000000000 }").unwrap_err().to_string();
        assert!(error.starts_with("rows: line 1: 4000000000 features would make a table of"), "{error}");
    }
}
