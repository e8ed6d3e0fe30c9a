//! A line of LIBSVM text: a label, perhaps the query of a ranking, `index:value` with rising indices, perhaps a comment.

use std::borrow::Cow;

use super::super::csv::Records;
use super::super::number;
use crate::error::{At, DataError, FileError, excerpt};

/// Larger indices are no columns of a table.
const LARGEST_INDEX: u64 = u32::MAX as u64;

/// A line under way.
pub(super) struct Line<'a> {
    records: &'a Records<'a>,
    text: &'a [u8],
    /// Where the next entry begins, or the space before it.
    at: usize,
    /// The index of the last entry; 0 before the first.
    previous: u64,
    /// The largest index that there may be.
    largest: u64,
    /// The number of features, if it is known.
    features: Option<usize>,
}

impl<'a> Line<'a> {
    /// The record that `records` has come to; `None` where there is nothing but a comment in it.
    pub(super) fn new(records: &'a Records<'a>, features: Option<usize>) -> Option<Self> {
        let text = records.raw();
        let at = skip_space(text, 0);
        let largest = features.map_or(LARGEST_INDEX, |features| LARGEST_INDEX.min(features as u64));
        (!is_over(text, at)).then_some(Self { records, text, at, previous: 0, largest, features })
    }

    /// Goes past the label; returns its text, and the number that it is, if it is one.
    pub(super) fn label(&mut self) -> (&'a [u8], Option<f64>) {
        let token = token(self.text, self.at);
        self.at += token.len();
        let number = number::prefix(token).filter(|&(_, used)| used == token.len());
        (token, number.map(|(value, _)| value))
    }

    /// Passes over `qid:n` after the label, which tells the queries of a ranking apart.
    pub(super) fn skip_query(&mut self) {
        let at = skip_space(self.text, self.at);
        let token = token(self.text, at);
        if token.strip_prefix(b"qid:").is_some_and(|query| query.iter().all(u8::is_ascii_digit)) {
            self.at = at + token.len();
        }
    }

    /// The column of the next entry, from 0, and its value; `None` at the end of the line.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(usize, f64)>, DataError> {
        let at = skip_space(self.text, self.at);
        if is_over(self.text, at) {
            return Ok(None);
        }
        let Some((index, colon)) = whole_number(self.text, at).filter(|&(_, end)| self.text.get(end) == Some(&b':'))
        else {
            return Err(self.unexpected(at, "`index:value` with a whole index from 1"));
        };
        if index <= self.previous || index > self.largest {
            return Err(self.bad_index(at, index));
        }
        self.previous = index;
        let at = colon + 1;
        match number::prefix(&self.text[at..]) {
            Some((value, used)) if is_end(self.text.get(at + used)) => {
                self.at = at + used;
                // `largest` fits.
                #[expect(clippy::cast_possible_truncation, reason = "at most 2^32 - 1")]
                Ok(Some((index as usize - 1, value)))
            }
            _ => Err(self.unexpected(at, "a finite number after the colon")),
        }
    }

    /// A label that was not taken at once, as text; an error where it is no number at all.
    pub(super) fn label_text(&self, token: &'a [u8]) -> Result<&'a str, DataError> {
        let at = skip_space(self.text, 0);
        let Ok(text) = std::str::from_utf8(token) else {
            return Err(self.fail(at, "invalid UTF-8".to_owned(), "a label"));
        };
        if text.contains(':') {
            return Err(self.unexpected(at, "a label before the first feature"));
        }
        if text.parse::<f64>().is_err() {
            return Err(self.unexpected(at, "one number as the label"));
        }
        Ok(text)
    }

    #[cold]
    fn bad_index(&self, at: usize, index: u64) -> DataError {
        let found = format!("index {index}");
        let rising = "indices that rise within a row";
        match self.features {
            _ if index == 0 => self.fail(at, found, "indices from 1: add 1 to every index of a file that begins at 0"),
            _ if index == self.previous => self.fail(at, format!("{found} twice"), rising),
            _ if index < self.previous => self.fail(at, format!("{found} after a larger one"), rising),
            Some(features) if index <= LARGEST_INDEX => {
                self.fail(at, found, &format!("at most `features: {features}`"))
            }
            _ => self.fail(at, found, &format!("an index below {}", LARGEST_INDEX + 1)),
        }
    }

    #[cold]
    fn unexpected(&self, at: usize, expected: &str) -> DataError {
        let found: Cow<'_, str> = String::from_utf8_lossy(token(self.text, at));
        self.fail(at, format!("`{}`", excerpt(&found)), expected)
    }

    #[cold]
    fn fail(&self, at: usize, found: String, expected: &str) -> DataError {
        let (path, expected) = (self.records.path().to_owned(), expected.to_owned());
        FileError::Malformed { path, at: At::LineByte { line: self.records.line(), byte: at + 1 }, found, expected }
            .into()
    }
}

/// Whether an entry ends before this byte; a comment may follow it at once.
#[inline]
fn is_end(byte: Option<&u8>) -> bool {
    matches!(byte, None | Some(b' ' | b'\t' | b'\r' | b'#'))
}

/// Whether nothing but a comment is left.
#[inline]
fn is_over(text: &[u8], at: usize) -> bool {
    matches!(text.get(at), None | Some(b'#'))
}

#[inline]
fn skip_space(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\r')) {
        at += 1;
    }
    at
}

fn token(text: &[u8], at: usize) -> &[u8] {
    let rest = &text[at..];
    &rest[..rest.iter().position(|byte| is_end(Some(byte))).unwrap_or(rest.len())]
}

/// The whole number that begins at a place, `u64::MAX` where it has more than 19 digits, and where it ends.
#[inline]
fn whole_number(text: &[u8], start: usize) -> Option<(u64, usize)> {
    let (mut at, mut number) = (start, 0_u64);
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    (at > start).then_some((if at - start < 20 { number } else { u64::MAX }, at))
}
