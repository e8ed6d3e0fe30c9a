//! Arrays of NumPy as tables: an NPY file with its labels in another or in one of its columns, or an NPZ archive of both.

mod cells;

use std::path::Path;

use super::archive::Archive;
use super::idx::Array;
use super::images::{check_labels, table};
use super::input::Input;
use super::names::{check_names, target_column};
use super::npy;
use super::reading::Reading;
use crate::error::{At, DataError, FileError, excerpt};
use crate::table::Table;

/// The names that arrays of rows and of labels go by in archives.
const PAIRS: [(&str, &str); 7] = [
    ("x_train", "y_train"),
    ("X_train", "y_train"),
    ("x", "y"),
    ("X", "y"),
    ("data", "target"),
    ("data", "labels"),
    ("images", "labels"),
];

/// The name of a target that is an array of its own.
const LABEL: &str = "label";

/// Reads arrays of rows, each with its array of labels or without; those from `n_train` on are the test part.
pub(crate) fn read_npy(
    files: &mut [(Input, Option<Input>)],
    n_train: usize,
    reading: &Reading,
) -> Result<Table, DataError> {
    let has_labels = files.iter().any(|(_, labels)| labels.is_some());
    if let Some(target) = reading.target.as_ref().filter(|target| has_labels && *target != LABEL) {
        let (path, arrays) = (files[0].0.path().to_owned(), vec![LABEL.to_owned()]);
        return Err(FileError::NoLabels { path, target: target.clone(), arrays }.into());
    }
    if reading.looks_at_cells() {
        return cells::read(files, n_train, reading);
    }
    let (mut x, mut labels, mut n, mut test_from) = (Vec::new(), Vec::new(), 0, None);
    let mut columns: Vec<String> = Vec::new();
    // Labels are in a file of their own, or in a column.
    let path = files[0].1.as_ref().unwrap_or(&files[0].0).path().to_owned();
    let mut target = None;
    for (i, (rows, names)) in files.iter_mut().enumerate() {
        if i == n_train {
            test_from = Some(n);
        }
        let array = npy::read(rows, std::mem::take(&mut x), false)?;
        let found = array.columns();
        if i == 0 {
            check_names(rows.path(), &found, 1)?;
            columns = found;
        } else {
            check_columns(rows, &found, &columns)?;
        }
        if let Some(names) = names {
            labels = labels_of(names, labels, array.n, rows.path(), false)?;
            check_labels(names.path(), &labels[n..], reading.task)?;
        } else {
            let column = match target {
                Some(column) => column,
                None => target_column(rows.path(), &columns, &Reading { header: false, ..reading.clone() })?,
            };
            target = Some(column);
            labels.extend(array.values.chunks_exact(array.d).skip(n).map(|row| row[column]));
            check_labels(rows.path(), &labels[n..], reading.task)?;
        }
        (x, n) = (array.values, n + array.n);
    }
    let d = columns.len();
    let Some(column) = target else {
        return Ok(Table { columns, ..table(&path, "c", x, d, labels, reading.task, test_from)? });
    };
    let mut place = 0;
    x.retain(|_| {
        place += 1;
        (place - 1) % d != column
    });
    let target_name = columns.remove(column);
    Ok(Table { columns, target_name, ..table(&path, "c", x, d - 1, labels, reading.task, test_from)? })
}

fn check_columns(rows: &Input, found: &[String], expected: &[String]) -> Result<(), DataError> {
    if found.len() != expected.len() {
        let (found, expected) = (found.len(), expected.len());
        return Err(rows.malformed(format!("rows of {found} numbers"), format!("{expected} as in the training file")));
    }
    match found.iter().zip(expected).find(|(found, expected)| found != expected) {
        None => Ok(()),
        Some((found, expected)) => {
            let (found, expected) = (excerpt(found), excerpt(expected));
            Err(rows.malformed(format!("the field `{found}`"), format!("`{expected}` as in the training file")))
        }
    }
}

fn labels_of(
    input: &mut Input,
    labels: Vec<f64>,
    n: usize,
    rows: &Path,
    takes_nan: bool,
) -> Result<Vec<f64>, DataError> {
    let Array { n: found, d, values, .. } = npy::read(input, labels, takes_nan)?;
    if found != n || d != 1 {
        let expected = format!("{n} labels of one number, as {} has rows", rows.display());
        return Err(input.malformed(format!("{found} labels of {d} numbers"), expected));
    }
    Ok(values)
}

/// Reads an archive of an array of rows and one of labels, and such a pair for the official test part if it is there.
pub(crate) fn read_npz(path: &Path, reading: &Reading) -> Result<Table, DataError> {
    let mut archive = Archive::open(path)?;
    let names: Vec<String> = archive.names().filter_map(|name| name.strip_suffix(".npy")).map(str::to_owned).collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    let named = reading.target.as_deref().filter(|target| *target != LABEL || has(target));
    let pair = match named {
        Some(target) => rows_for(target, &names).map(|rows| (rows.to_owned(), target.to_owned())),
        None => PAIRS.iter().find(|(x, y)| has(x) && has(y)).map(|&(x, y)| (x.to_owned(), y.to_owned())),
    };
    let Some((x, y)) = pair else {
        if let Some(target) = named.filter(|_| !names.is_empty()) {
            let (path, target) = (path.to_owned(), target.to_owned());
            return Err(
                FileError::NoLabels { path, target, arrays: names.iter().map(|name| excerpt(name)).collect() }.into()
            );
        }
        return Err(FileError::Malformed {
            path: path.to_owned(),
            at: At::Byte(0),
            found: if names.is_empty() {
                "no arrays".to_owned()
            } else {
                format!("the arrays `{}`", names.join("`, `"))
            },
            expected: "`x` and `y`, or `x_train`, `y_train`, `x_test` and `y_test`, or two of which `target` names one"
                .to_owned(),
        }
        .into());
    };
    let mut member = |name: &str| archive.member(&format!("{name}.npy"));
    let mut files = vec![(member(&x)?, Some(member(&y)?))];
    let (x_test, y_test) = (x.replace("train", "test"), y.replace("train", "test"));
    if x_test != x && has(&x_test) && has(&y_test) {
        files.push((member(&x_test)?, Some(member(&y_test)?)));
    }
    read_npy(&mut files, 1, &Reading { target: None, ..reading.clone() })
}

/// The array of rows whose labels are the array `target`: one that goes by such a name, or the only other one.
fn rows_for<'a>(target: &str, names: &'a [String]) -> Option<&'a str> {
    let others = || names.iter().map(String::as_str).filter(|name| *name != target);
    if !names.iter().any(|name| name == target) {
        return None;
    }
    let usual =
        PAIRS.iter().filter(|(_, y)| *y == target).chain(&PAIRS).find_map(|(x, _)| others().find(|name| name == x));
    usual.or_else(|| others().next().filter(|_| others().count() == 1))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::archive::tests::archive;
    use super::*;
    use crate::options::{Options, Task};
    use crate::table::Target;

    fn npy(shape: &str, values: &[u8]) -> Vec<u8> {
        npy_of("|u1", shape, values)
    }

    pub(super) fn npy_of(kind: &str, shape: &str, values: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(values);
        bytes
    }

    pub(super) fn reading(yaml: &str) -> Reading {
        let options: Options = serde_yaml::from_str(yaml).unwrap();
        Reading::new(&options, Task::Classification)
    }

    #[test]
    fn labels_in_a_column_or_in_a_file() {
        let input = |bytes: Vec<u8>| Input::of_bytes(Path::new("a.npy"), bytes);
        let rows = || npy("(2, 3)", &[1, 0, 5, 2, 1, 6]);
        let table = read_npy(&mut [(input(rows()), None)], 1, &reading("target: c2")).unwrap();
        assert_eq!((table.columns, table.x), (vec!["c1".to_owned(), "c3".to_owned()], vec![1.0, 5.0, 2.0, 6.0].into()));
        let names = vec!["0".to_owned(), "1".to_owned()];
        assert_eq!(table.target, Target::Classes { labels: vec![0, 1], names });
        let labels = || Some(input(npy("(2,)", &[7, 9])));
        let mut files = [(input(rows()), labels()), (input(rows()), labels())];
        let table = read_npy(&mut files, 1, &reading("{}")).unwrap();
        assert_eq!((table.n, table.d, table.test_from), (4, 3, Some(2)));
        let rows_of = |name: &str, label: f32| {
            let values = [1.0, 1.0, 2.0, label].map(f32::to_le_bytes).concat();
            Input::of_bytes(Path::new(name), npy_of("<f4", "(2, 2)", &values))
        };
        let mut files = [(rows_of("train.npy", 0.0), None), (rows_of("test.npy", 0.5), None)];
        let error = read_npy(&mut files, 1, &reading("target: last")).unwrap_err().to_string();
        assert_eq!(
            error,
            "test.npy: row 2: found the label `0.5`, expected a whole number below 2^53 as a class label"
        );
        let mut files = [(rows_of("train.npy", 0.0), None), (rows_of("test.npy", 3.0), None)];
        let table = read_npy(&mut files, 1, &reading("target: last")).unwrap();
        let names = ["0", "1", "3"].map(String::from).to_vec();
        assert_eq!(table.target, Target::Classes { labels: vec![1, 0, 1, 2], names });
        let few = Some(input(npy("(1,)", &[7])));
        assert!(read_npy(&mut [(input(rows()), few)], 1, &reading("{}")).is_err());
    }

    fn read(bytes: &[u8], yaml: &str) -> Result<Table, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npz");
        std::fs::write(&path, bytes).unwrap();
        read_npz(&path, &reading(yaml)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_target_is_the_labels() {
        let array = |name: &str, values: [u8; 2]| (format!("{name}.npy"), npy("(2,)", &values));
        let rows = ("x.npy".to_owned(), npy("(2, 1)", &[1, 2]));
        let bytes = archive(&[rows, array("y", [3, 4]), array("z", [5, 6])]);
        let names = |yaml| match read(&bytes, yaml).unwrap().target {
            Target::Classes { names, .. } => names,
            Target::Real(values) => panic!("{values:?}"),
        };
        assert_eq!((names("{}"), names("target: label")), (vec!["3".into(), "4".into()], vec!["3".into(), "4".into()]));
        assert_eq!(names("target: y"), ["3", "4"]);
        assert_eq!(names("target: z"), ["5", "6"]);
        assert_eq!(names("{ target: z, missing: mean }"), ["5", "6"]);
        let error = read(&bytes, "target: typo").unwrap_err();
        assert!(error.ends_with("a.npz: no array of labels `typo`, which `target` names"), "{error}");
        let other = archive(&[array("a", [1, 2]), array("b", [3, 4]), array("c", [5, 6])]);
        assert!(read(&other, "target: c").unwrap_err().contains("no array of labels `c`"));
        let input = |bytes: Vec<u8>| Input::of_bytes(Path::new("a.npy"), bytes);
        let files = || [(input(npy("(2, 1)", &[1, 2])), Some(input(npy("(2,)", &[0, 1]))))];
        let error = read_npy(&mut files(), 1, &reading("target: c1")).unwrap_err();
        assert_eq!(
            (error.to_string(), error.option()),
            ("a.npy: no array of labels `c1`, which `target` names".to_owned(), Some("target"))
        );
        assert_eq!(error.help().unwrap(), "set `target` to `label`, or remove it");
        assert!(read_npy(&mut files(), 1, &reading("target: label")).is_ok());
    }

    #[test]
    fn archives_of_arrays() {
        let (rows, labels) = (|| npy("(2, 1)", &[1, 2]), || npy("(2,)", &[0, 1]));
        let arrays = [("x_train", rows()), ("y_train", labels()), ("x_test", rows()), ("y_test", labels())];
        let bytes = archive(&arrays.map(|(name, bytes)| (format!("{name}.npy"), bytes)));
        let table = read(&bytes, "{}").unwrap();
        assert_eq!((table.n, table.test_from), (4, Some(2)));
        let bytes = archive(&[("pixels.npy".to_owned(), rows()), ("kind.npy".to_owned(), labels())]);
        assert_eq!(read(&bytes, "target: kind").unwrap().n, 2);
        assert!(read(&bytes, "{}").unwrap_err().contains("found the arrays `pixels`, `kind`"));
        for cut in [10, bytes.len() / 2, bytes.len() - 3] {
            assert!(read(&bytes[..cut], "target: kind").is_err(), "{cut}");
        }
    }
}
