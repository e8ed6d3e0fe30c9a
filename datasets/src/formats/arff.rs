//! ARFF, the text format of Weka: a header that names and types the columns, then rows as in CSV, or sparse ones in braces.
//! The values of a nominal column are declared, and keep that order. Dates are not supported.

mod sparse;

use std::collections::HashSet;
use std::path::Path;

use super::builder::{TableBuilder, malformed_line};
use super::csv::{Dialect, Records, read_row};
use super::input::Input;
use super::levels::MOST_LISTED;
use super::reading::Reading;
use crate::error::{DataError, FileError, excerpt};
use crate::table::{MOST_COLUMNS, Table};

/// What the header says of a column.
#[derive(Debug, PartialEq, Eq)]
struct Attribute {
    name: String,
    kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Numbers,
    /// Text whose values the header does not say.
    Words,
    /// One of these values.
    Nominal(Vec<String>),
}

const DIALECT: Dialect = Dialect { delimiter: Some(b','), quotes: b"'\"", comment: Some(b'%') };

/// Reads the files as one table; those from `n_train` on are the test part, and have the same header.
pub(crate) fn read(inputs: &mut [Input], n_train: usize, reading: &Reading) -> Result<Table, DataError> {
    let Some((first, others)) = inputs.split_first_mut() else { return Err(DataError::NoSource) };
    let mut records = Records::new(first, DIALECT)?;
    let attributes = header(&mut records)?;
    let names = attributes.iter().map(|attribute| attribute.name.clone()).collect();
    let reading = Reading { header: false, ..reading.clone() };
    let mut builder = TableBuilder::new(records.path(), names, records.line(), &reading)?;
    for (column, attribute) in attributes.iter().enumerate() {
        match &attribute.kind {
            Kind::Numbers => builder.expect_numbers(column),
            Kind::Words => builder.expect_words(column),
            Kind::Nominal(values) => builder.declare(column, values.clone()),
        }
    }
    read_rows(&mut records, &attributes, &mut builder)?;
    let line = records.line();
    for (i, input) in others.iter_mut().enumerate() {
        let mut records = Records::new(input, DIALECT)?;
        builder.begin_file(records.path(), i + 1 >= n_train);
        if header(&mut records)? != attributes {
            let found = "another header";
            return Err(malformed_line(records.path(), records.line(), found, "that of the training file"));
        }
        read_rows(&mut records, &attributes, &mut builder)?;
    }
    builder.finish(line)
}

/// Reads up to the line `@data`.
fn header(records: &mut Records<'_>) -> Result<Vec<Attribute>, DataError> {
    let mut attributes = Vec::new();
    while records.next()? {
        let (path, line) = (records.path().to_owned(), records.line());
        let text = std::str::from_utf8(records.raw()).map_err(|error| FileError::InvalidUtf8 {
            path: path.clone(),
            line,
            byte: error.valid_up_to() + 1,
        })?;
        let text = text.trim();
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        match word.to_lowercase().as_str() {
            // The last are KEEL's, which says which columns are the target's: that is the benchmark's to say.
            "@relation" | "@inputs" | "@input" | "@outputs" | "@output" => {}
            "@attribute" if attributes.len() == MOST_COLUMNS => {
                return Err(malformed_line(&path, line, "more columns", format!("at most {MOST_COLUMNS}")));
            }
            "@attribute" => attributes.push(attribute(rest.trim(), &path, line)?),
            "@data" if attributes.is_empty() => {
                return Err(malformed_line(&path, line, "`@data`", "at least one `@attribute` before it"));
            }
            "@data" => return Ok(attributes),
            _ => {
                let found = format!("`{}`", excerpt(word));
                return Err(malformed_line(&path, line, found, "`@relation`, `@attribute` or `@data`"));
            }
        }
    }
    Err(malformed_line(records.path(), records.line(), "the end of the file", "a line `@data` and rows after it"))
}

fn attribute(text: &str, path: &Path, line: u64) -> Result<Attribute, DataError> {
    let expected = "`@attribute name numeric` or `@attribute name {value, value}`";
    let fail = |found: &str| malformed_line(path, line, format!("`{}`", excerpt(found)), expected);
    let (name, rest) = word(text, char::is_whitespace).ok_or_else(|| fail(text))?;
    let kind = rest.trim();
    if let Some(values) = kind.strip_prefix('{') {
        let mut rest = values.strip_suffix('}').ok_or_else(|| fail(kind))?.trim();
        let (mut values, mut seen): (Vec<String>, _) = (Vec::new(), HashSet::new());
        while !rest.is_empty() {
            let (value, after) = word(rest, |c| c == ',').ok_or_else(|| fail(rest))?;
            if values.len() == MOST_LISTED {
                return Err(malformed_line(path, line, "more values", format!("at most {MOST_LISTED} in a column")));
            }
            if !seen.insert(value.clone()) {
                return Err(malformed_line(path, line, format!("`{}` twice", excerpt(&value)), "each value once"));
            }
            values.push(value);
            rest = after.trim().strip_prefix(',').unwrap_or(after).trim();
        }
        return Ok(Attribute { name, kind: Kind::Nominal(values) });
    }
    // KEEL writes the range of numbers after their kind.
    let (kind, range) = kind.split_once('[').unwrap_or((kind, "]"));
    match kind.trim_end().to_lowercase().as_str() {
        _ if !range.ends_with(']') => Err(fail(range)),
        "numeric" | "real" | "integer" => Ok(Attribute { name, kind: Kind::Numbers }),
        "string" => Ok(Attribute { name, kind: Kind::Words }),
        _ => Err(fail(kind)),
    }
}

/// The word that a text begins with, in quotes or up to an end, and what follows it.
fn word(text: &str, is_end: impl Fn(char) -> bool) -> Option<(String, &str)> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
        let end = text.find(is_end).unwrap_or(text.len());
        let word = text[..end].trim();
        return (!word.is_empty()).then(|| (word.to_owned(), &text[end..]));
    };
    let mut word = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => word.extend(chars.next().map(|(_, c)| c)),
            c if c == quote => return Some((word, &text[at + 1..])),
            c => word.push(c),
        }
    }
    None
}

fn read_rows(
    records: &mut Records<'_>,
    attributes: &[Attribute],
    builder: &mut TableBuilder<'_>,
) -> Result<(), DataError> {
    let (mut rows, mut entries) = (0, 0);
    while records.next()? {
        if records.raw().trim_ascii_start().starts_with(b"{") {
            sparse::check_size(records, rows, entries, builder)?;
            entries += sparse::read_row(records, attributes, builder)?;
        } else {
            read_row(records, builder)?;
            entries += attributes.len() as u64;
        }
        rows += 1;
        builder.end_row()?;
    }
    builder.end_file()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Options, Task};
    use crate::table::Target;

    pub(super) fn parse(text: &str, yaml: &str) -> Result<Table, String> {
        let options: Options = serde_yaml::from_str(yaml).unwrap();
        let mut inputs = [Input::of_bytes(Path::new("a.arff"), text.as_bytes())];
        read(&mut inputs, 1, &Reading::new(&options, Task::Classification)).map_err(|error| error.to_string())
    }

    const HEADER: &str = "% a comment\n@RELATION 'a b'\n\n@attribute 'the size' numeric\n\
                          @attribute colour {red, 'light blue'}\n@ATTRIBUTE y {no,yes}\n@DATA\n";

    #[test]
    fn declared_values_keep_their_order() {
        let table = parse(&format!("{HEADER}1.5,'light blue',yes\r\n% more\n2, red ,no\n"), "target: y").unwrap();
        assert_eq!(table.columns, ["the size", "colour=red", "colour=light blue"]);
        assert_eq!(table.x, [1.5, 0.0, 1.0, 2.0, 1.0, 0.0]);
        let names = vec!["no".to_owned(), "yes".to_owned()];
        assert_eq!(table.target, Target::Classes { labels: vec![1, 0], names });
        let last = parse(&format!("{HEADER}1,red,yes\n2,red,no\n"), "target: last").unwrap();
        assert_eq!(last.target_name, "y");
    }

    #[test]
    fn classes_are_in_the_order_declared_and_none_without_a_row() {
        let text = "@attribute a {u, v, w}\n@attribute y {low, middle, high, none}\n@data\n\
                    w,high\nu,low\nw,middle\n?,none\n";
        let table = parse(text, "{ target: y, missing: drop_rows }").unwrap();
        let names = ["low", "middle", "high"].map(String::from).to_vec();
        assert_eq!(table.target, Target::Classes { labels: vec![2, 0, 1], names });
        assert_eq!((table.columns, table.x.to_vec()), (vec!["a=u".into(), "a=w".into()], vec![0., 1., 1., 0., 0., 1.]));
        let numbers = "@attribute a real\n@attribute y {2, 10, 1}\n@data\n1,10\n2,2\n3,1\n";
        let names = ["2", "10", "1"].map(String::from).to_vec();
        assert_eq!(parse(numbers, "target: y").unwrap().target, Target::Classes { labels: vec![1, 0, 2], names });
        assert_eq!(
            parse(&text.replace("u,low", "u,lowest"), "target: y").unwrap_err(),
            "a.arff: line 5, column 2 (`y`): found `lowest`, expected one of the values that the header declares"
        );
    }

    #[test]
    fn text_is_words_even_where_it_looks_like_numbers() {
        let text = "@attribute code string\n@attribute y {no,yes}\n@data\n10,yes\n9,no\n10,no\n";
        assert_eq!(parse(text, "target: y").unwrap().columns, ["code=9", "code=10"]);
    }

    #[test]
    fn headers_of_keel() {
        let text = "@relation k\n@attribute a integer [0, 10]\n@attribute b real[0.5,2]\n@attribute y {no, yes}\n\
                    @inputs a, b\n@outputs y\n@data\n1, 0.5, yes\n2, 1.5, no\n";
        let table = parse(text, "target: y").unwrap();
        assert_eq!((table.columns, table.x.to_vec()), (vec!["a".into(), "b".into()], vec![1.0, 0.5, 2.0, 1.5]));
    }

    #[test]
    fn missing_values_take_a_policy() {
        let text = format!("{HEADER}1,?,yes\n?,red,no\n3,red,no\n4,'light blue',yes\n");
        assert_eq!(
            parse(&text, "target: y").unwrap_err(),
            "a.arff: line 8, column 2 (`colour`): found the missing value `?`, expected a value"
        );
        let dropped = parse(&text, "{ target: y, missing: drop_rows }").unwrap();
        assert_eq!((dropped.n, dropped.x[0]), (2, 3.0));
    }

    #[test]
    fn a_declared_word_is_not_missing() {
        let text =
            "@attribute a {None, red, missing, ?}\n@attribute y {NA, yes}\n@data\nNone,yes\nred,NA\n?,yes\nred,yes\n";
        let dropped = parse(text, "{ target: y, missing: drop_rows }").unwrap();
        assert_eq!((dropped.n, dropped.columns), (3, vec!["a=None".to_owned(), "a=red".to_owned()]));
        let names = ["NA", "yes"].map(String::from).to_vec();
        assert_eq!(dropped.target, Target::Classes { labels: vec![1, 0, 1], names });
        let category = parse(text, "{ target: y, missing: category }").unwrap();
        assert_eq!(category.columns, ["a=None", "a=red", "a=missing"]);
        assert_eq!(category.x, [1., 0., 0., 0., 1., 0., 0., 0., 1., 0., 1., 0.]);
        let marked = parse(text, "{ target: y, missing: drop_rows, missing_values: [None] }").unwrap();
        assert_eq!((marked.n, marked.columns), (2, vec!["a=red".to_owned()]));
        let gone = text.replace("\nNone,", "\n?,").replace("\nred,", "\n?,");
        let error = parse(&gone, "{ target: y, missing: mean }").unwrap_err();
        assert!(
            error.ends_with("column 1 (`a`): found missing values in every row, expected at least one value"),
            "{error}"
        );
        assert_eq!(parse(&gone, "{ target: y, missing: category }").unwrap().columns, ["a=missing"]);
    }

    #[test]
    fn bad_files() {
        let refused = |text: &str, message: &str| {
            assert_eq!(parse(text, "target: y").unwrap_err(), format!("a.arff: {message}"));
        };
        refused("@relation x\n1,2\n", "line 2: found `1,2`, expected `@relation`, `@attribute` or `@data`");
        refused("@relation x\n@data\n1\n", "line 2: found `@data`, expected at least one `@attribute` before it");
        refused(
            "@relation x\n@attribute y numeric\n",
            "line 3: found the end of the file, expected a line `@data` and rows after it",
        );
        refused(
            "@attribute t date 'yyyy'\n",
            "line 1: found `date 'yyyy'`, expected `@attribute name numeric` or `@attribute name {value, value}`",
        );
        refused("@attribute a {u,u}\n", "line 1: found `u` twice, expected each value once");
        refused(
            &format!("{HEADER}1,green,yes\n"),
            "line 8, column 2 (`colour`): found `green`, expected one of the values that the header declares",
        );
        refused(
            &format!("{HEADER}large,red,yes\n"),
            "line 8, column 1 (`the size`): found the text `large`, expected a number",
        );
        refused(
            "@attribute a numeric\n@attribute y numeric\n@data\n1,one\n2,two\n",
            "line 4, column 2 (`y`): found the text `one`, expected a number",
        );
        refused(
            "@attribute a real [0, 1\n",
            "line 1: found `0, 1`, expected `@attribute name numeric` or `@attribute name {value, value}`",
        );
    }
}
