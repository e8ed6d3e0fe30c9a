//! Arrays whose numbers may be missing or mean categories: cell by cell, as in a file of text. NaN is missing.

use std::path::Path;

use super::super::builder::TableBuilder;
use super::super::input::Input;
use super::super::npy;
use super::super::reading::Reading;
use super::{LABEL, check_columns, labels_of};
use crate::error::{DataError, FileError};
use crate::options::Missing;
use crate::table::Table;

pub(super) fn read(
    files: &mut [(Input, Option<Input>)],
    n_train: usize,
    reading: &Reading,
) -> Result<Table, DataError> {
    let has_labels = files[0].1.is_some();
    let target = if has_labels { Some(LABEL.to_owned()) } else { reading.target.clone() };
    let reading = Reading { header: false, target, ..reading.clone() };
    let mut builder: Option<TableBuilder<'_>> = None;
    let mut row = 0;
    for (i, (rows, names)) in files.iter_mut().enumerate() {
        let array = npy::read(rows, Vec::new(), true)?;
        let (n, d) = (array.n, array.d);
        let width = d + usize::from(has_labels);
        let (mut labels, mut labels_path) = (Vec::new(), None);
        if let Some(names) = names {
            labels = labels_of(names, labels, n, rows.path(), reading.missing == Missing::DropRows)?;
            labels_path = Some(names.path().to_owned());
        }
        let path = rows.path().to_owned();
        let builder = if let Some(builder) = &mut builder {
            check_columns(rows, &array.columns(), &builder.names()[..builder.width() - usize::from(has_labels)])?;
            builder.begin_file(&path, i >= n_train);
            builder
        } else {
            let mut names = array.columns();
            names.extend(has_labels.then(|| LABEL.to_owned()));
            let mut first = TableBuilder::new(&path, names, 1, &reading)?;
            first.count_rows();
            builder.insert(first)
        };
        row = 0;
        for (i, cells) in array.values.chunks_exact(d).enumerate() {
            row = i as u64 + 1;
            for (column, &value) in cells.iter().chain(labels.get(i)).enumerate() {
                builder
                    .push_value(column, value, row)
                    .map_err(|error| of_labels(error, width, labels_path.as_deref()))?;
            }
            builder.end_row()?;
        }
        builder.end_file()?;
    }
    builder.ok_or(DataError::NoSource)?.finish(row)
}

/// An error about a label is one of the file of labels.
fn of_labels(error: DataError, width: usize, labels: Option<&Path>) -> DataError {
    match (error, labels) {
        (DataError::File(FileError::Cell { at, column, name, problem, .. }), Some(labels)) if column == width => {
            FileError::Cell { path: labels.to_owned(), at, column: 1, name, problem }.into()
        }
        (error, _) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{npy_of, reading};
    use super::*;
    use crate::table::Target;

    fn input(name: &str, shape: &str, values: &[f64]) -> Input {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Input::of_bytes(Path::new(name), npy_of("<f8", shape, &bytes))
    }

    fn table(yaml: &str) -> Result<Table, String> {
        let rows = input("x.npy", "(4, 2)", &[1.0, 5.0, f64::NAN, 6.0, 3.0, 7.0, -1.0, 5.0]);
        let labels = input("y.npy", "(4,)", &[0.0, 1.0, 1.0, -1.0]);
        super::super::read_npy(&mut [(rows, Some(labels))], 1, &reading(yaml)).map_err(|error| error.to_string())
    }

    #[test]
    fn nan_is_a_missing_value_where_a_policy_is_named() {
        let error = table("{}").unwrap_err();
        assert!(
            error.starts_with("x.npy: byte ") && error.ends_with("found `NaN` as number 3, expected finite numbers")
        );
        let dropped = table("{ missing: drop_rows }").unwrap();
        assert_eq!((dropped.n, dropped.x), (3, vec![1.0, 5.0, 3.0, 7.0, -1.0, 5.0].into()));
        let names = ["-1", "0", "1"].map(String::from).to_vec();
        assert_eq!(dropped.target, Target::Classes { labels: vec![1, 2, 0], names });
        let mean = table("{ missing: mean }").unwrap();
        assert!(mean.fills_gaps && mean.x[2].is_nan() && mean.x[3] == 6.0);
        assert_eq!(table("{ missing: category }").unwrap().columns, ["c1", "c1=missing", "c2"]);
    }

    #[test]
    fn marks_are_of_features_and_categories_are_named() {
        let marked = table("{ missing: drop_rows, missing_values: [-1] }").unwrap();
        assert_eq!((marked.n, marked.x), (2, vec![1.0, 5.0, 3.0, 7.0].into()));
        let encoded = table("{ missing: drop_rows, categorical: [c2] }").unwrap();
        assert_eq!(encoded.columns, ["c1", "c2=5", "c2=7"]);
        assert_eq!(encoded.x[..6], [1.0, 1.0, 0.0, 3.0, 0.0, 1.0]);
    }

    #[test]
    fn a_bad_label_is_in_the_file_of_labels() {
        let rows = || input("x.npy", "(2, 1)", &[1.0, 2.0]);
        let read = |labels: [f64; 2], yaml| {
            let labels = input("y.npy", "(2,)", &labels);
            super::super::read_npy(&mut [(rows(), Some(labels))], 1, &reading(yaml)).map_err(|error| error.to_string())
        };
        assert_eq!(
            read([0.0, 0.5], "missing: mean").unwrap_err(),
            "y.npy: row 2, column 1 (`label`): found `0.5`, expected a whole number as a class label"
        );
        assert!(read([0.0, f64::NAN], "missing: mean").unwrap_err().contains("y.npy: byte "));
        assert!(read([0.0, f64::NAN], "missing: drop_rows").unwrap_err().contains("one class only"));
    }
}
