//! LIBSVM text: a label, then `index:value` for what is not 0; indices from 1, rising. The table is made dense as it is
//! read, so that no second copy is needed.

use memchr::memchr;

use super::csv::{Dialect, Records};
use super::input::Input;
use super::labels::Labels;
use super::number;
use super::reading::Reading;
use crate::error::{At, DataError, FileError, excerpt};
use crate::table::{MAX_CELLS, Table};

/// A table of this many numbers is made dense whatever its file says.
const ALWAYS_FINE: u128 = 1 << 24;

/// Beyond it, one stored number stands for at most this many in the dense table, unless `features` says how many there
/// are: a single large index would otherwise take all memory.
const MOST_PER_ENTRY: u128 = 2000;

/// Reads the files as one table; those from `n_train` on are the test part.
pub(crate) fn read(inputs: &mut [Input], n_train: usize, reading: &Reading) -> Result<Table, DataError> {
    let mut rows = Rows {
        x: Vec::new(),
        stride: reading.features.unwrap_or(0),
        n: 0,
        last: 0,
        entries: 0,
        labels: Labels::new(reading.task),
        features: reading.features,
    };
    let mut test_from = None;
    let path = inputs[0].path().to_owned();
    for (file, input) in inputs.iter_mut().enumerate() {
        if file == n_train {
            test_from = Some(rows.n);
        }
        let dialect = Dialect { delimiter: Some(b' '), quotes: b"", comment: Some(b'#') };
        let mut records = Records::new(input, dialect)?;
        let before = rows.n;
        while records.next()? {
            rows.push(&records)?;
        }
        if rows.n == before {
            return Err(FileError::NoRows { path: records.path().to_owned() }.into());
        }
    }
    let d = reading.features.unwrap_or(rows.last);
    if d == 0 {
        return Err(FileError::NoFeatures { path, target: "label".to_owned() }.into());
    }
    rows.narrow(d);
    let target = rows.labels.finish();
    target.check_classes(&path.display().to_string(), "label")?;
    Ok(Table {
        columns: (1..=d).map(|index| format!("x{index}")).collect(),
        n: rows.n,
        d,
        x: rows.x.into(),
        target_name: "label".to_owned(),
        target,
        test_from,
        ..Table::empty()
    })
}

struct Rows {
    x: Vec<f64>,
    /// Numbers from one row to the next.
    stride: usize,
    n: usize,
    /// The largest index so far.
    last: usize,
    entries: u128,
    labels: Labels,
    features: Option<usize>,
}

impl Rows {
    fn push(&mut self, records: &Records<'_>) -> Result<(), DataError> {
        let line = records.raw();
        let line = &line[..memchr(b'#', line).unwrap_or(line.len())];
        let fail = |byte: usize, found: String, expected: &str| {
            DataError::from(FileError::Malformed {
                path: records.path().to_owned(),
                at: At::LineByte { line: records.line(), byte: byte + 1 },
                found,
                expected: expected.to_owned(),
            })
        };
        let mut at = skip_space(line, 0);
        let end = token_end(line, at);
        match number::prefix(&line[at..end]) {
            Some((value, used)) if used == end - at && self.labels.push_number(value) => {}
            _ => {
                let text =
                    std::str::from_utf8(&line[at..end]).map_err(|_| fail(at, "invalid UTF-8".to_owned(), "a label"))?;
                if text.contains(':') {
                    return Err(fail(at, format!("`{}`", excerpt(text)), "a label before the first feature"));
                }
                if text.parse::<f64>().is_err() {
                    return Err(fail(at, format!("`{}`", excerpt(text)), "one number as the label"));
                }
                let at_line = At::Line(records.line());
                self.labels.push(text, at_line).map_err(|problem| FileError::Cell {
                    path: records.path().to_owned(),
                    at: at_line,
                    column: 1,
                    name: "label".to_owned(),
                    problem: Box::new(problem),
                })?;
            }
        }
        at = skip_space(line, end);
        self.begin_row(records)?;
        let mut previous = 0;
        while at < line.len() {
            let (index, after) = index(line, at).ok_or_else(|| {
                let token = String::from_utf8_lossy(&line[at..token_end(line, at)]).into_owned();
                fail(at, format!("`{}`", excerpt(&token)), "`index:value` with a whole index from 1")
            })?;
            let shown = || format!("index {index}");
            if index == 0 {
                return Err(fail(at, shown(), "indices from 1: add 1 to every index of a file that begins at 0"));
            }
            if index <= previous {
                let problem = if index == previous { "twice" } else { "after a larger one" };
                return Err(fail(at, format!("index {index} {problem}"), "indices that rise within a row"));
            }
            previous = index;
            let (value, used) = number::prefix(&line[after..])
                .filter(|(_, used)| token_end(line, after) == after + used)
                .ok_or_else(|| {
                    let token = String::from_utf8_lossy(&line[after..token_end(line, after)]).into_owned();
                    fail(after, format!("`{}`", excerpt(&token)), "a finite number after the colon")
                })?;
            let place = usize::try_from(index).ok().filter(|&index| u32::try_from(index).is_ok());
            let place = place.ok_or_else(|| fail(at, shown(), "an index below 4294967296"))?;
            if let Some(features) = self.features.filter(|&features| place > features) {
                return Err(fail(at, shown(), &format!("at most `features: {features}`")));
            }
            self.entries += 1;
            self.reserve_column(place, records)?;
            let row = self.n * self.stride;
            self.x[row + place - 1] = value;
            at = skip_space(line, after + used);
        }
        self.n += 1;
        Ok(())
    }

    fn begin_row(&mut self, records: &Records<'_>) -> Result<(), DataError> {
        self.check_size(self.stride, records)?;
        self.x.resize((self.n + 1) * self.stride, 0.0);
        Ok(())
    }

    /// Makes room for an index: every row so far moves apart, by a quarter more than needed, so that this is rare.
    fn reserve_column(&mut self, index: usize, records: &Records<'_>) -> Result<(), DataError> {
        self.last = self.last.max(index);
        if index <= self.stride {
            return Ok(());
        }
        let stride = if self.n == 0 { index } else { index.max(self.stride + self.stride / 4) };
        // The last index alone counts: the room beyond it is only made if it is free.
        let stride = if self.check_size(stride, records).is_ok() { stride } else { index };
        self.check_size(stride, records)?;
        self.x.resize((self.n + 1) * stride, 0.0);
        for row in (0..=self.n).rev() {
            self.x.copy_within(row * self.stride..(row + 1) * self.stride, row * stride);
            self.x[row * stride + self.stride..(row + 1) * stride].fill(0.0);
        }
        self.stride = stride;
        Ok(())
    }

    fn check_size(&self, stride: usize, records: &Records<'_>) -> Result<(), DataError> {
        let cells = stride as u128 * (self.n as u128 + 1);
        let limit = match self.features {
            Some(_) => MAX_CELLS,
            None => ALWAYS_FINE.max(self.entries * MOST_PER_ENTRY).min(MAX_CELLS),
        };
        if cells <= limit {
            return Ok(());
        }
        let path = records.path().to_owned();
        Err(FileError::TooSparse { path, line: records.line(), index: self.last.max(stride), cells, limit }.into())
    }

    /// Moves the rows together.
    fn narrow(&mut self, d: usize) {
        if d != self.stride {
            for row in 0..self.n {
                self.x.copy_within(row * self.stride..row * self.stride + d, row * d);
            }
            self.x.truncate(self.n * d);
            self.stride = d;
        }
    }
}

fn skip_space(line: &[u8], mut at: usize) -> usize {
    while matches!(line.get(at), Some(b' ' | b'\t' | b'\r')) {
        at += 1;
    }
    at
}

fn token_end(line: &[u8], at: usize) -> usize {
    line[at..].iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\r')).map_or(line.len(), |end| at + end)
}

/// The whole number before a colon, and what follows that.
fn index(line: &[u8], mut at: usize) -> Option<(u64, usize)> {
    let start = at;
    let mut index: u64 = 0;
    while let Some(digit) = line.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
        index = index.saturating_mul(10).saturating_add(u64::from(digit));
        at += 1;
    }
    (at > start && line.get(at) == Some(&b':')).then_some((index, at + 1))
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
            "line 1: index 4000000000 would make a table of 4000000000 numbers from so few, at most 16777216 fit",
        );
        refused(
            "1 99999999999999999999999:1\n",
            "line 1, byte 3: found index 18446744073709551615, expected an index below 4294967296",
        );
        let error = read_all(&["1 1:1\n0 4000000000:1\n"], "{}").unwrap_err();
        assert!(error.help().unwrap().contains("`features`"), "{error}");
    }
}
