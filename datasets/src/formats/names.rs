//! The names of a file's columns: that each has one of its own, and which of them is the target.

use std::collections::HashMap;
use std::path::Path;

use super::reading::Reading;
use crate::error::{DataError, FileError, excerpt};

/// Refuses columns without a name, or of the same one.
pub(super) fn check_names(path: &Path, names: &[String], line: u64) -> Result<(), DataError> {
    let mut first = HashMap::with_capacity(names.len());
    for (i, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(FileError::UnnamedColumn { path: path.to_owned(), line, column: i + 1 }.into());
        }
        if let Some(first) = first.insert(name, i) {
            return Err(FileError::DuplicateColumn {
                path: path.to_owned(),
                line,
                name: excerpt(name),
                first: first + 1,
                second: i + 1,
            }
            .into());
        }
    }
    Ok(())
}

/// An option names a column that is not there.
pub(super) fn no_column(path: &Path, names: &[String], option: &'static str, column: &str) -> DataError {
    let columns = names.iter().map(|name| excerpt(name)).collect();
    DataError::NoSuchColumn { dataset: path.display().to_string(), option, column: column.to_owned(), columns }
}

/// The place of the target among the columns.
pub(super) fn target_column(path: &Path, names: &[String], reading: &Reading) -> Result<usize, DataError> {
    let shown = || names.iter().map(|name| excerpt(name)).collect();
    let path = || path.to_owned();
    let Some(target) = &reading.target else {
        return Err(FileError::FileNeedsTarget { path: path(), columns: shown() }.into());
    };
    let suspicion = if reading.header { suspicion(names) } else { None };
    let column = match names.iter().position(|name| name == target) {
        None if target == "last" && suspicion.is_none() => names.len() - 1,
        None => {
            return Err(
                FileError::MissingColumn { path: path(), target: target.clone(), columns: shown(), suspicion }.into()
            );
        }
        Some(column) => column,
    };
    if names.len() == 1 {
        return Err(FileError::NoFeatures { path: path(), target: target.clone() }.into());
    }
    Ok(column)
}

/// Why the header may not be what it should be.
fn suspicion(names: &[String]) -> Option<&'static str> {
    if names[0].starts_with('#') {
        return Some("the first line begins with `#`: CSV has no comments, so remove such lines");
    }
    names
        .iter()
        .all(|name| name.parse::<f64>().is_ok())
        .then_some("the first line is all numbers: where it is no header, write `header: false` and `target: last`")
}
