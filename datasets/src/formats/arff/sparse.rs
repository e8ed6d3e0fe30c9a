//! Sparse rows: `{1 2.5, 4 'light blue'}` has the second and the fifth cell; the others are 0, and of a nominal column the
//! value that is declared first.

use super::super::builder::{Role, TableBuilder, malformed_line};
use super::super::csv::Records;
use super::super::sparse::most_cells;
use super::{Attribute, Kind, word};
use crate::error::{DataError, FileError, excerpt};

/// Refuses another row where so few cells are stored that the table would be of little but zeros.
pub(super) fn check_size(
    records: &Records<'_>,
    rows: u64,
    entries: u64,
    builder: &TableBuilder<'_>,
) -> Result<(), DataError> {
    let (columns, limit) = (builder.width(), most_cells(entries, false));
    let cells = columns as u128 * u128::from(rows + 1);
    if cells <= limit {
        return Ok(());
    }
    let (path, help) = (records.path().to_owned(), "remove columns or rows from the file");
    Err(FileError::TooSparse { path, line: records.line(), columns, cells, limit, help }.into())
}

/// Adds the cells of a row in braces; gives how many it stores.
pub(super) fn read_row(
    records: &Records<'_>,
    attributes: &[Attribute],
    builder: &mut TableBuilder<'_>,
) -> Result<u64, DataError> {
    let (path, line) = (records.path(), records.line());
    let text = std::str::from_utf8(records.raw()).map_err(|error| FileError::InvalidUtf8 {
        path: path.to_owned(),
        line,
        byte: error.valid_up_to() + 1,
    })?;
    let refuse = |found: String, expected: &str| Err(malformed_line(path, line, found, expected));
    let inside = text.trim().strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let Some(mut rest) = inside.map(str::trim) else {
        return refuse("a brace that is not closed".to_owned(), "a sparse row such as `{1 2.5, 4 word}`");
    };
    let (mut next, mut entries) = (0, 0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let entry = "an index from 0, a space and a value";
        let Ok(column) = rest[..digits].parse::<usize>() else {
            return refuse(format!("`{}`", excerpt(rest)), entry);
        };
        let Some((value, after)) = word(rest[digits..].trim_start(), |c| c == ',') else {
            return refuse(format!("`{}`", excerpt(rest)), entry);
        };
        if column < next || column >= attributes.len() {
            return refuse(format!("index {column}"), "indices that rise, below the number of columns");
        }
        fill(next..column, attributes, builder, line)?;
        if builder.role(column) != Role::Ignored {
            builder.push(column, &value, line)?;
        }
        (next, entries) = (column + 1, entries + 1);
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest.is_empty() => {}
            None => return refuse(format!("`{}`", excerpt(rest)), "a comma between entries"),
        }
    }
    fill(next..attributes.len(), attributes, builder, line)?;
    Ok(entries)
}

/// Adds the cells that a row leaves out.
fn fill(
    columns: std::ops::Range<usize>,
    attributes: &[Attribute],
    builder: &mut TableBuilder<'_>,
    line: u64,
) -> Result<(), DataError> {
    for column in columns {
        let is_added = match &attributes[column].kind {
            _ if builder.role(column) == Role::Ignored => true,
            Kind::Numbers => builder.push_number(column, 0.0),
            Kind::Nominal(values) => {
                builder.push_known_word(column, values.first().map_or(&[], |word| word.as_bytes()))
            }
            Kind::Words => false,
        };
        if is_added {
            continue;
        }
        let cell = match &attributes[column].kind {
            Kind::Numbers => "0",
            Kind::Nominal(values) => values.first().map_or("", String::as_str),
            // Weka takes the first text of the file, which may be any.
            Kind::Words => "",
        };
        builder.push(column, cell, line)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::parse;
    use crate::table::Target;

    const HEADER: &str = "@relation s\n@attribute a numeric\n@attribute 'b c' {u, 'v, w'}\n@attribute d real\n\
                          @attribute y {no, yes}\n@data\n";

    #[test]
    fn what_is_left_out_is_zero_or_the_first_value() {
        let rows = "{0 1.5, 1 'v, w', 3 yes}\n{}\n{ 2 -3 ,3 yes }\n4,u,5,no\n";
        let table = parse(&format!("{HEADER}{rows}"), "target: y").unwrap();
        assert_eq!(table.columns, ["a", "b c=u", "b c=v, w", "d"]);
        assert_eq!(table.x, [1.5, 0., 1., 0., 0., 1., 0., 0., 0., 1., 0., -3., 4., 1., 0., 5.]);
        let names = vec!["no".to_owned(), "yes".to_owned()];
        assert_eq!(table.target, Target::Classes { labels: vec![1, 0, 1, 0], names });
    }

    #[test]
    fn bad_rows() {
        let refused = |row: &str, message: &str| {
            let error = parse(&format!("{HEADER}{row}\n"), "target: y").unwrap_err();
            assert_eq!(error, format!("a.arff: line 7{message}"));
        };
        refused("{0 1", ": found a brace that is not closed, expected a sparse row such as `{1 2.5, 4 word}`");
        refused("{1 u, 0 1}", ": found index 0, expected indices that rise, below the number of columns");
        refused("{0 1, 0 1}", ": found index 0, expected indices that rise, below the number of columns");
        refused("{4 1}", ": found index 4, expected indices that rise, below the number of columns");
        refused("{x 1}", ": found `x 1`, expected an index from 0, a space and a value");
        refused("{0}", ": found `0`, expected an index from 0, a space and a value");
        refused("{1 'v, w' 2}", ": found `2`, expected a comma between entries");
        refused("{0 one}", ", column 1 (`a`): found the text `one`, expected a number");
        refused("{0 ?}", ", column 1 (`a`): found the missing value `?`, expected a value");
        let text = "@attribute a string\n@attribute y {no, yes}\n@data\n{1 yes}\n";
        assert_eq!(
            parse(text, "target: y").unwrap_err(),
            "a.arff: line 4, column 1 (`a`): found an empty cell, expected a value"
        );
    }
}
