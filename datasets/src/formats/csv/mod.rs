//! CSV and its relatives: cells between commas, tabs, semicolons, bars or spaces, in quotes where they need it, UTF-8
//! with or without a byte-order mark, any line end, with a line of names or without.
//!
//! The file is read once, in blocks, and never held whole.

mod records;
#[cfg(test)]
mod tests;

use std::path::Path;

pub(crate) use self::records::{Dialect, Records};
use super::builder::{Role, TableBuilder, malformed_line};
use super::input::Input;
use super::number;
use super::reading::Reading;
use crate::error::{DataError, FileError, excerpt};
use crate::table::Table;

/// Reads the files as one table; those from `n_train` on are the test part, and have the same columns.
pub(crate) fn read(
    inputs: &mut [Input],
    n_train: usize,
    reading: &Reading,
    delimiter: Option<u8>,
) -> Result<Table, DataError> {
    let Some((first, others)) = inputs.split_first_mut() else { return Err(DataError::NoSource) };
    let mut records = Records::new(first, dialect(reading, delimiter))?;
    let names = names(&mut records, reading)?;
    let mut builder = TableBuilder::new(records.path(), names, records.line(), reading)?;
    read_rows(&mut records, &mut builder)?;
    let (line, dialect) = (records.line(), records.dialect());
    for (i, input) in others.iter_mut().enumerate() {
        let mut records = Records::new(input, dialect)?;
        builder.begin_file(records.path(), i + 1 >= n_train);
        if reading.header {
            check_same_names(&names_of(&mut records)?, builder.names(), &records)?;
        }
        read_rows(&mut records, &mut builder)?;
    }
    builder.finish(line)
}

fn read_rows(records: &mut Records<'_>, builder: &mut TableBuilder<'_>) -> Result<(), DataError> {
    while records.next()? {
        read_row(records, builder)?;
        builder.end_row()?;
    }
    builder.end_file()
}

/// Adds the cells of a row to a builder that knows their columns.
#[inline]
pub(super) fn read_row(records: &mut Records<'_>, builder: &mut TableBuilder<'_>) -> Result<(), DataError> {
    if fast_row(records, builder) { Ok(()) } else { slow_row(records, builder) }
}

pub(super) fn dialect(reading: &Reading, delimiter: Option<u8>) -> Dialect {
    let delimiter = match reading.delimiter.as_deref() {
        None => delimiter,
        Some("tab") => Some(b'\t'),
        Some("space") => Some(b' '),
        Some(text) => text.bytes().next(),
    };
    Dialect { delimiter, quotes: b"\"", comment: None }
}

/// Takes a row of plain numbers apart; `false`, and nothing added, where it is anything else.
fn fast_row(records: &Records<'_>, builder: &mut TableBuilder<'_>) -> bool {
    let Some(line) = records.plain_line() else { return false };
    let delimiter = records.delimiter();
    let width = builder.width();
    let mut at = 0;
    for column in 0..width {
        let rest = &line[at..];
        let used = match builder.role(column) {
            Role::Ignored => memchr::memchr(delimiter, rest).unwrap_or(rest.len()),
            Role::Words(_) => {
                let end = memchr::memchr(delimiter, rest).unwrap_or(rest.len());
                if !builder.push_known_word(column, &rest[..end]) {
                    builder.rewind();
                    return false;
                }
                end
            }
            Role::Number | Role::Target | Role::Open => match number::prefix(rest) {
                Some((value, used))
                    if (used == rest.len() || rest[used] == delimiter) && builder.push_number(column, value) =>
                {
                    used
                }
                _ => {
                    builder.rewind();
                    return false;
                }
            },
        };
        at += used;
        let is_last = column + 1 == width;
        if is_last != (at == line.len()) {
            builder.rewind();
            return false;
        }
        at += 1;
    }
    true
}

fn slow_row(records: &mut Records<'_>, builder: &mut TableBuilder<'_>) -> Result<(), DataError> {
    records.split()?;
    let line = records.line();
    if records.cells() != builder.width() {
        return Err(FileError::Ragged {
            path: records.path().to_owned(),
            line,
            found: records.cells(),
            expected: builder.width(),
        }
        .into());
    }
    for column in 0..records.cells() {
        if builder.role(column) != Role::Ignored {
            let cell = records.cell(column)?;
            builder.push(column, cell, line)?;
        }
    }
    Ok(())
}

/// The names of the columns: the header, or `c1`, `c2`, … where there is none.
fn names(records: &mut Records<'_>, reading: &Reading) -> Result<Vec<String>, DataError> {
    if reading.header {
        return names_of(records);
    }
    if !records.next()? {
        return Err(FileError::Empty { path: records.path().to_owned() }.into());
    }
    records.split()?;
    let names = (1..=records.cells()).map(|column| format!("c{column}")).collect();
    records.put_back();
    Ok(names)
}

fn names_of(records: &mut Records<'_>) -> Result<Vec<String>, DataError> {
    let empty = |path: &Path| DataError::from(FileError::Empty { path: path.to_owned() });
    if !records.next()? {
        return Err(empty(records.path()));
    }
    records.split()?;
    let names = (0..records.cells()).map(|i| records.cell(i).map(str::to_owned)).collect::<Result<Vec<_>, _>>()?;
    if names.iter().all(String::is_empty) {
        return Err(empty(records.path()));
    }
    Ok(names)
}

fn check_same_names(found: &[String], expected: &[String], records: &Records<'_>) -> Result<(), DataError> {
    if found == expected {
        return Ok(());
    }
    let (found, expected) = match found.iter().zip(expected).find(|(a, b)| a != b) {
        Some((found, expected)) => (format!("the column `{}`", excerpt(found)), format!("`{}`", excerpt(expected))),
        None => (format!("{} columns", found.len()), format!("{}", expected.len())),
    };
    let expected = format!("{expected} as in the training file");
    Err(malformed_line(records.path(), records.line(), found, expected))
}
