//! Records of a text file, one after the other, in a buffer of a few blocks.
//!
//! A record is a line, or more where a quoted cell holds line ends. Blank lines are passed over, but counted.

use std::path::{Path, PathBuf};

use memchr::{memchr, memchr2};

use super::super::builder::malformed_line;
use super::super::input::Input;
use crate::error::{DataError, FileError};
use crate::table::MOST_COLUMNS;

/// How much is read at once.
const BLOCK: usize = 1 << 18;

/// Every record is shorter: a million columns fit.
const LONGEST: usize = 1 << 26;

/// What files begin with that are no text, though some have the name of one.
const NO_TEXT: [(&[u8], &str); 11] = [
    (b"BZh", "bzip2 data"),
    (b"\xFD7zXZ\0", "xz data"),
    (b"\x28\xB5\x2F\xFD", "zstd data"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\xFF\xFE", "text in UTF-16"),
    (b"\xFE\xFF", "text in UTF-16"),
    (b"\x93NUMPY", "an array of NumPy"),
    (b"\x89HDF", "HDF5 data"),
    (b"MATLAB 5", "MATLAB data"),
    (b"ARROW1\0", "Arrow data"),
    (b"PAR1", "Parquet data"),
];

/// The way in which a text separates its cells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    /// Found from the first line where it is `None`; a space stands for any number of spaces and tabs.
    pub(crate) delimiter: Option<u8>,
    /// The characters that may quote a cell.
    pub(crate) quotes: &'static [u8],
    /// Lines that begin with this are passed over.
    pub(crate) comment: Option<u8>,
}

pub(crate) struct Records<'a> {
    input: &'a mut Input,
    path: PathBuf,
    dialect: Dialect,
    delimiter: u8,
    /// Ends lines: `\n`, or `\r` where the first block has no other.
    terminator: u8,
    buffer: Vec<u8>,
    /// The record: `buffer[start..end]`, without its line end; `next` is where the following one begins.
    start: usize,
    end: usize,
    next: usize,
    /// How much of the buffer is filled.
    filled: usize,
    is_over: bool,
    /// Whether a quote has been seen in the file.
    has_quotes: bool,
    /// The line of the record, and of what follows it.
    line: u64,
    next_line: u64,
    /// Cells of the record as ranges of `text`.
    text: Vec<u8>,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy)]
struct Cell {
    start: usize,
    end: usize,
    /// Where it begins in the record.
    byte: usize,
}

impl<'a> Records<'a> {
    pub(crate) fn new(input: &'a mut Input, dialect: Dialect) -> Result<Self, DataError> {
        let path = input.path().to_owned();
        let mut records = Self {
            input,
            path,
            dialect,
            delimiter: dialect.delimiter.unwrap_or(b','),
            terminator: b'\n',
            buffer: Vec::new(),
            start: 0,
            end: 0,
            next: 0,
            filled: 0,
            is_over: false,
            has_quotes: false,
            line: 1,
            next_line: 1,
            text: Vec::new(),
            cells: Vec::new(),
        };
        records.fill()?;
        if let Some((_, found)) = NO_TEXT.iter().find(|(start, _)| records.buffer[..records.filled].starts_with(start))
        {
            let expected = "text in UTF-8, plain or gzip: convert the file, or say what it is with `format`";
            return Err(records.malformed(*found, expected));
        }
        if records.buffer[..records.filled].starts_with(b"\xEF\xBB\xBF") {
            records.next = 3;
        }
        let block = &records.buffer[records.next..records.filled];
        if memchr(b'\n', block).is_none() && memchr(b'\r', block).is_some() {
            records.terminator = b'\r';
        }
        if dialect.delimiter.is_none() {
            records.delimiter = records.sniff();
        }
        Ok(records)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The line of the record, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    pub(crate) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The dialect with what was found out.
    pub(crate) fn dialect(&self) -> Dialect {
        Dialect { delimiter: Some(self.delimiter), ..self.dialect }
    }

    /// Goes to the next record that is not blank; `false` at the end of the file.
    pub(crate) fn next(&mut self) -> Result<bool, DataError> {
        loop {
            self.line = self.next_line;
            self.start = self.next;
            let Some(end) = self.find_line_end(0)? else { return Ok(false) };
            self.set_end(end);
            let line = &self.buffer[self.start..self.end];
            let is_comment = self.dialect.comment.is_some_and(|comment| line.first() == Some(&comment));
            if !line.is_empty() && !is_comment && !line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r')) {
                return Ok(true);
            }
            // A line of tabs alone is a row of empty cells where tabs separate cells.
            if self.delimiter == b'\t' && line.contains(&b'\t') {
                return Ok(true);
            }
        }
    }

    /// Makes the record the next one again.
    pub(crate) fn put_back(&mut self) {
        self.next = self.start;
        self.next_line = self.line;
    }

    /// The record, where it has no quotes and is split at a single character.
    #[inline]
    pub(crate) fn plain_line(&self) -> Option<&[u8]> {
        (!self.has_quotes && self.delimiter != b' ').then(|| &self.buffer[self.start..self.end])
    }

    /// The record as it is in the file, up to its first line end.
    pub(crate) fn raw(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The number of cells that [`Self::split`] found.
    pub(crate) fn cells(&self) -> usize {
        self.cells.len()
    }

    /// A cell as text, without the space around it.
    pub(crate) fn cell(&self, index: usize) -> Result<&str, DataError> {
        let Cell { start, end, byte } = self.cells[index];
        match std::str::from_utf8(&self.text[start..end]) {
            Ok(text) => Ok(text.trim()),
            Err(error) => Err(FileError::InvalidUtf8 {
                path: self.path.clone(),
                line: self.line,
                byte: byte + error.valid_up_to() + 1,
            }
            .into()),
        }
    }

    /// Splits the record into cells; a quoted cell may reach over its line end.
    pub(crate) fn split(&mut self) -> Result<(), DataError> {
        self.text.clear();
        self.cells.clear();
        let mut at = 0;
        if self.delimiter == b' ' {
            at = self.skip_spaces(0);
        }
        loop {
            if self.cells.len() == MOST_COLUMNS {
                return Err(self.malformed("more cells", format!("at most {MOST_COLUMNS} in a row")));
            }
            at = self.split_cell(at)?;
            if self.start + at >= self.end {
                return Ok(());
            }
            // At a delimiter.
            at += 1;
            if self.delimiter == b' ' {
                at = self.skip_spaces(at);
                if self.start + at >= self.end {
                    return Ok(());
                }
            }
        }
    }

    /// An error about the record as a whole.
    fn malformed(&self, found: impl Into<String>, expected: impl Into<String>) -> DataError {
        malformed_line(&self.path, self.line, found, expected)
    }

    fn skip_spaces(&self, mut at: usize) -> usize {
        while matches!(self.byte(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        at
    }

    /// A byte of the record; `None` at its end.
    fn byte(&self, at: usize) -> Option<u8> {
        (self.start + at < self.end).then(|| self.buffer[self.start + at])
    }

    fn is_delimiter(&self, byte: u8) -> bool {
        byte == self.delimiter || (self.delimiter == b' ' && byte == b'\t')
    }

    /// Takes the cell that begins at `at`; returns where it ends.
    fn split_cell(&mut self, at: usize) -> Result<usize, DataError> {
        let start = self.text.len();
        let mut here = at;
        // Space before a quote is of no account, unless it is the delimiter.
        let mut quote = at;
        while matches!(self.byte(quote), Some(b' ' | b'\t')) && !self.byte(quote).is_some_and(|b| self.is_delimiter(b))
        {
            quote += 1;
        }
        if let Some(mark) = self.byte(quote).filter(|byte| self.dialect.quotes.contains(byte)) {
            here = self.quoted(quote + 1, mark)?;
        }
        while let Some(byte) = self.byte(here).filter(|&byte| !self.is_delimiter(byte)) {
            self.text.push(byte);
            here += 1;
        }
        self.cells.push(Cell { start, end: self.text.len(), byte: at });
        Ok(here)
    }

    /// Takes the text up to the closing quote; returns where that ends.
    fn quoted(&mut self, mut at: usize, mark: u8) -> Result<usize, DataError> {
        loop {
            match self.byte(at) {
                Some(byte) if byte == mark && self.byte(at + 1) == Some(mark) => {
                    self.text.push(mark);
                    at += 2;
                }
                Some(byte) if byte == mark => return Ok(at + 1),
                // ARFF escapes within quotes by a backslash.
                Some(b'\\') if self.dialect.comment.is_some() && self.byte(at + 1).is_some() => {
                    self.text.extend(self.byte(at + 1));
                    at += 2;
                }
                Some(byte) => {
                    self.text.push(byte);
                    at += 1;
                }
                None => {
                    // The record goes on in the next line.
                    let before = self.next - self.start;
                    let Some(end) = self.find_line_end(before)? else {
                        return Err(self
                            .malformed("a quote that is never closed", "a closing quote before the end of the file"));
                    };
                    self.set_end(end);
                }
            }
        }
    }

    /// Ends the record before the line end at `end`.
    fn set_end(&mut self, end: usize) {
        self.end = end;
        self.next = (end + 1).min(self.filled);
        if self.terminator == b'\n' && self.end > self.start && self.buffer[self.end - 1] == b'\r' {
            self.end -= 1;
        }
        self.next_line += 1;
    }

    /// The place of the first line end at or after `from` bytes of the record, or of the end of the file; `None` where
    /// nothing is left there.
    fn find_line_end(&mut self, mut from: usize) -> Result<Option<usize>, DataError> {
        let first = from;
        loop {
            if let Some(found) = memchr(self.terminator, &self.buffer[self.start + from..self.filled]) {
                return Ok(Some(self.start + from + found));
            }
            from = self.filled - self.start;
            if self.is_over {
                return Ok((from > first).then_some(self.filled));
            }
            if from >= LONGEST {
                let found = format!("a row of {LONGEST} bytes or more");
                return Err(self.malformed(found, "a line end, or a closing quote, before that"));
            }
            self.fill()?;
        }
    }

    /// Moves what is left to the front of the buffer and reads a block after it.
    fn fill(&mut self) -> Result<(), DataError> {
        let (start, kept) = (self.start, self.filled - self.start);
        self.buffer.copy_within(start..self.filled, 0);
        self.next = self.next.saturating_sub(start);
        self.end = self.end.saturating_sub(start);
        self.start = 0;
        self.filled = kept;
        let room = (kept + BLOCK).max(kept * 2);
        if self.buffer.len() < room {
            let mut larger = vec![0; room];
            larger[..kept].copy_from_slice(&self.buffer[..kept]);
            self.buffer = larger;
        }
        while self.filled < self.buffer.len() {
            match self.input.read(&mut self.buffer[self.filled..])? {
                0 => {
                    self.is_over = true;
                    break;
                }
                count => self.filled += count,
            }
        }
        let block = &self.buffer[kept..self.filled];
        self.has_quotes = self.has_quotes
            || match *self.dialect.quotes {
                [one] => memchr(one, block).is_some(),
                [one, other] => memchr2(one, other, block).is_some(),
                _ => false,
            };
        Ok(())
    }

    /// The delimiter of the first line that has text: a comma if there is one, else the most frequent of the others.
    fn sniff(&self) -> u8 {
        let text = &self.buffer[self.next..self.filled];
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let lines = text.split(is_end);
        let mut quoted = false;
        let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)];
        for &byte in lines.into_iter().find(|line| !line.trim_ascii().is_empty()).unwrap_or_default() {
            quoted ^= byte == b'"';
            if let Some(count) = counts.iter_mut().find(|(delimiter, _)| !quoted && *delimiter == byte) {
                count.1 += 1;
            }
        }
        if counts[0].1 > 0 {
            return b',';
        }
        counts.iter().rev().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 0).map_or(b',', |best| best.0)
    }
}
