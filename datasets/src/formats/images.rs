//! Images with labels in files of their own (IDX), or before every image (CIFAR-10), as one table.

use std::path::Path;

use super::idx;
use super::input::Input;
use crate::error::{At, DataError, FileError};
use crate::options::Task;
use crate::table::{EXACT, MAX_CELLS, Table, Target};

/// A CIFAR-10 record: a label, then 32 × 32 pixels in red, in green and in blue.
const PIXELS: usize = 3 * 32 * 32;

/// The classes of CIFAR-10 are 0 to 9.
const LARGEST_LABEL: u8 = 9;

/// Reads pairs of images and labels; those from `n_train` on are the test part.
pub(crate) fn read_idx(pairs: &mut [(Input, Input)], n_train: usize, task: Task) -> Result<Table, DataError> {
    let (mut x, mut labels, mut d, mut n) = (Vec::new(), Vec::new(), 0, 0);
    let mut test_from = None;
    for (i, (images, names)) in pairs.iter_mut().enumerate() {
        if i == n_train {
            test_from = Some(n);
        }
        let array = idx::read(images, std::mem::take(&mut x))?;
        let before = labels.len();
        let classes = idx::read(names, std::mem::take(&mut labels))?;
        labels = classes.values;
        if classes.d != 1 || classes.n != array.n {
            let found = format!("{} labels of {} numbers", classes.n, classes.d);
            let expected = format!("{} labels of one number, as {} has rows", array.n, images.path().display());
            return Err(names.malformed(found, expected));
        }
        if d != 0 && array.d != d {
            return Err(
                images.malformed(format!("rows of {} numbers", array.d), format!("{d} as in the training file"))
            );
        }
        check_labels(names.path(), &labels[before..], task)?;
        (x, d, n) = (array.values, array.d, n + array.n);
    }
    let path = pairs[0].1.path();
    table(path, "pixel", x, d, labels, task, test_from)
}

/// Reads files of CIFAR-10 records; those from `n_train` on are the test part.
pub(crate) fn read_cifar10(inputs: &mut [Input], n_train: usize, task: Task) -> Result<Table, DataError> {
    let (mut x, mut labels) = (Vec::new(), Vec::new());
    let mut test_from = None;
    for (i, input) in inputs.iter_mut().enumerate() {
        if i == n_train {
            test_from = Some(labels.len());
        }
        let before = labels.len();
        let mut record = vec![0; 1 + PIXELS];
        loop {
            let start = input.offset();
            if input.read(&mut record[..1])? == 0 {
                break;
            }
            let number = labels.len() - before + 1;
            if record[0] > LARGEST_LABEL {
                return Err(FileError::Malformed {
                    path: input.path().to_owned(),
                    at: At::Byte(start),
                    found: format!("the label {} of record {number}", record[0]),
                    expected: "a label from 0 to 9".to_owned(),
                }
                .into());
            }
            input.read_exact(&mut record[1..], || format!("{PIXELS} pixels of record {number}"))?;
            labels.push(f64::from(record[0]));
            let cells = (x.len() + PIXELS) as u128;
            if cells > MAX_CELLS {
                return Err(FileError::FileTooLarge { path: input.path().to_owned(), cells, limit: MAX_CELLS }.into());
            }
            x.try_reserve(PIXELS).map_err(|_| input.malformed(format!("{cells} numbers"), "what memory can hold"))?;
            x.extend(record[1..].iter().map(|&byte| f64::from(byte)));
        }
        if labels.len() == before {
            return Err(FileError::NoRows { path: input.path().to_owned() }.into());
        }
    }
    table(inputs[0].path(), "pixel", x, PIXELS, labels, task, test_from)
}

/// Refuses labels of one file that are no classes.
pub(super) fn check_labels(path: &Path, labels: &[f64], task: Task) -> Result<(), DataError> {
    let is_class = |label: &f64| label.fract() == 0.0 && label.abs() < EXACT;
    let bad = labels.iter().position(|label| !is_class(label)).filter(|_| task == Task::Classification);
    bad.map_or(Ok(()), |row| {
        Err(FileError::Malformed {
            path: path.to_owned(),
            at: At::Row(row as u64 + 1),
            found: format!("the label `{}`", labels[row]),
            expected: "a whole number below 2^53 as a class label".to_owned(),
        }
        .into())
    })
}

/// A table of columns that have no names of their own, from labels that have been checked.
pub(super) fn table(
    path: &Path,
    column: &str,
    x: Vec<f64>,
    d: usize,
    labels: Vec<f64>,
    task: Task,
    test_from: Option<usize>,
) -> Result<Table, DataError> {
    let n = labels.len();
    let target = match task {
        Task::Regression => Target::Real(labels),
        Task::Classification => Target::from_whole_numbers(&labels),
    };
    target.check_classes(&path.display().to_string(), "label")?;
    Ok(Table {
        columns: (1..=d).map(|i| format!("{column}{i}")).collect(),
        n,
        d,
        x: x.into(),
        target_name: "label".to_owned(),
        target,
        test_from,
        ..Table::empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cifar(bytes: &[u8]) -> Result<Table, String> {
        let mut inputs = [Input::of_bytes(Path::new("a.bin"), bytes)];
        read_cifar10(&mut inputs, 1, Task::Classification).map_err(|error| error.to_string())
    }

    #[test]
    fn records_of_cifar10() {
        let mut bytes = vec![7; 1 + PIXELS];
        bytes.extend(vec![2; 1 + PIXELS]);
        let table = cifar(&bytes).unwrap();
        assert_eq!((table.n, table.d), (2, 3072));
        assert_eq!(table.target, Target::Classes { labels: vec![1, 0], names: vec!["2".into(), "7".into()] });
        assert!(table.x[..PIXELS].iter().all(|&v| v == 7.0));
        assert_eq!(
            cifar(&bytes[..5000]).unwrap_err(),
            "a.bin: byte 5000: found the end of the file, expected 3072 pixels of record 2"
        );
        bytes[3073] = 10;
        assert_eq!(
            cifar(&bytes).unwrap_err(),
            "a.bin: byte 3073: found the label 10 of record 2, expected a label from 0 to 9"
        );
        assert_eq!(cifar(&[]).unwrap_err(), "a.bin: found no rows, expected at least one");
    }

    #[test]
    fn a_bad_label_is_in_its_file() {
        let images = || Input::of_bytes(Path::new("images"), [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 5, 6]);
        let labels = |name: &str, second: f32| {
            let [first, second] = [1.0, second].map(f32::to_be_bytes);
            let bytes = [&[0, 0, 0x0D, 1, 0, 0, 0, 2], &first[..], &second[..]].concat();
            Input::of_bytes(Path::new(name), bytes)
        };
        let read = |second| {
            let mut pairs = [(images(), labels("train", 0.0)), (images(), labels("test", second))];
            read_idx(&mut pairs, 1, Task::Classification).map_err(|error| error.to_string())
        };
        assert_eq!(
            read(0.5).unwrap_err(),
            "test: row 2: found the label `0.5`, expected a whole number below 2^53 as a class label"
        );
        assert_eq!(read(f32::NAN).unwrap_err(), "test: byte 12: found `NaN` as number 2, expected finite numbers");
        assert_eq!(read(0.0).unwrap().n, 4);
    }

    #[test]
    fn labels_must_be_as_many_as_images() {
        let images = Input::of_bytes(Path::new("images"), [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 5, 6]);
        let labels = Input::of_bytes(Path::new("labels"), [0, 0, 8, 1, 0, 0, 0, 1, 5]);
        let error = read_idx(&mut [(images, labels)], 1, Task::Regression).unwrap_err();
        assert_eq!(
            error.to_string(),
            "labels: byte 9: found 1 labels of 1 numbers, expected 2 labels of one number, as images has rows"
        );
    }
}
