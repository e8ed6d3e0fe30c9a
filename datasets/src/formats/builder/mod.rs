//! A table under construction, cell by cell: which column is the target, which are numbers, words or left out, what is
//! missing.

mod finish;

use std::path::{Path, PathBuf};

use super::labels::{self, Labels};
use super::levels::Levels;
use super::names::{check_names, no_column, target_column};
use super::number::has_comma;
use super::reading::Reading;
use crate::error::{At, CellProblem, DataError, FileError, excerpt};
use crate::options::{Missing, Task};
use crate::table::{EXACT, MAX_CELLS};

/// What a column of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Removed by a transform: never looked at.
    Ignored,
    /// What is predicted.
    Target,
    /// No value seen yet.
    Open,
    /// Numbers.
    Number,
    /// Words, with the place of their levels.
    Words(usize),
}

pub(super) struct TableBuilder<'a> {
    /// The file under way, and the first one.
    path: PathBuf,
    first_path: PathBuf,
    reading: &'a Reading,
    names: Vec<String>,
    roles: Vec<Role>,
    levels: Vec<Levels>,
    /// The columns that the file says are numbers.
    is_numeric: Vec<bool>,
    /// The columns that had a missing number.
    has_missing: Vec<bool>,
    /// Marks of missing values that are numbers.
    numeric_marks: Vec<f64>,
    /// The features row by row: numbers, or places of words; NaN is missing.
    x: Vec<f64>,
    labels: Labels,
    n: usize,
    d: usize,
    target: usize,
    row_has_missing: bool,
    /// The first row of the file under way, and whether rows of it were left out.
    first_row: usize,
    leaves_out: bool,
    test_from: Option<usize>,
    /// What a number of a line or row means as a place in the file.
    place: fn(u64) -> At,
}

impl<'a> TableBuilder<'a> {
    /// Checks the names and finds the target.
    pub(super) fn new(path: &Path, names: Vec<String>, line: u64, reading: &'a Reading) -> Result<Self, DataError> {
        check_names(path, &names, line)?;
        let target = target_column(path, &names, reading)?;
        let mut levels = Vec::new();
        let roles: Vec<Role> = names
            .iter()
            .enumerate()
            .map(|(column, name)| {
                if column == target {
                    Role::Target
                } else if !reading.keeps(name) {
                    Role::Ignored
                } else if reading.categorical.contains(name) {
                    levels.push(Levels::listed());
                    Role::Words(levels.len() - 1)
                } else {
                    Role::Open
                }
            })
            .collect();
        if let Some(name) = reading.categorical.iter().find(|name| !names.contains(name)) {
            return Err(no_column(path, &names, "categorical", name));
        }
        for name in reading.choice.iter().flat_map(|(_, names)| names) {
            if names.iter().position(|known| known == name).is_none_or(|column| column == target) {
                return Err(no_column(path, &names, "transforms", name));
            }
        }
        let d = roles.iter().filter(|role| !matches!(role, Role::Target | Role::Ignored)).count();
        Ok(Self {
            path: path.to_owned(),
            first_path: path.to_owned(),
            is_numeric: vec![false; names.len()],
            has_missing: vec![false; names.len()],
            names,
            roles,
            levels,
            numeric_marks: reading.marks.iter().filter_map(|mark| mark.parse().ok()).collect(),
            x: Vec::new(),
            labels: Labels::new(reading.task),
            n: 0,
            d,
            target,
            row_has_missing: false,
            first_row: 0,
            leaves_out: false,
            test_from: None,
            place: At::Line,
            reading,
        })
    }

    /// The file has rows, not lines: errors count them.
    pub(super) fn count_rows(&mut self) {
        self.place = At::Row;
    }

    /// The file says that a column has words, even if they look like numbers. Not for the target.
    pub(super) fn expect_words(&mut self, column: usize) {
        if self.roles[column] == Role::Open {
            self.levels.push(Levels::text());
            self.roles[column] = Role::Words(self.levels.len() - 1);
        }
    }

    /// The file says that a column has numbers: a word in it is an error, even the first.
    pub(super) fn expect_numbers(&mut self, column: usize) {
        self.is_numeric[column] = true;
    }

    /// The number of columns of the file.
    pub(super) fn width(&self) -> usize {
        self.roles.len()
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn role(&self, column: usize) -> Role {
        self.roles[column]
    }

    /// The words of a column, or the classes, in the order they are to have, before any row.
    pub(super) fn declare(&mut self, column: usize, words: Vec<String>) {
        match self.roles[column] {
            Role::Open => {
                self.levels.push(Levels::declared(words));
                self.roles[column] = Role::Words(self.levels.len() - 1);
            }
            Role::Words(levels) => self.levels[levels] = Levels::declared(words),
            Role::Target if self.reading.task == Task::Classification => self.labels = Labels::declared(words),
            Role::Ignored | Role::Target | Role::Number => {}
        }
    }

    /// Adds a number if that needs no further look; says whether it did.
    #[inline]
    pub(super) fn push_number(&mut self, column: usize, value: f64) -> bool {
        match self.roles[column] {
            Role::Target => return self.labels.push_number(value),
            _ if !self.numeric_marks.is_empty() => return false,
            Role::Number => self.x.push(value),
            Role::Open => {
                self.roles[column] = Role::Number;
                self.x.push(value);
            }
            Role::Ignored | Role::Words(_) => return false,
        }
        true
    }

    /// Adds a number of a file whose columns have types; NaN is missing.
    #[inline]
    pub(super) fn push_value(&mut self, column: usize, value: f64, row: u64) -> Result<(), DataError> {
        if value.is_finite() && self.push_number(column, value) {
            return Ok(());
        }
        if value.abs() >= EXACT && matches!(self.roles[column], Role::Words(_)) {
            return Err(self.cell_error(column, row, CellProblem::LargeLabel(value.to_string())));
        }
        // `+ 0.0` makes -0 and 0 one category.
        self.push(column, &(value + 0.0).to_string(), row)
    }

    /// Adds any cell, without the space around it.
    pub(super) fn push(&mut self, column: usize, cell: &str, line: u64) -> Result<(), DataError> {
        let at = (self.place)(line);
        self.try_push(column, cell, at).map_err(|problem| self.cell_error(column, line, problem))
    }

    fn cell_error(&self, column: usize, line: u64, problem: CellProblem) -> DataError {
        FileError::Cell {
            path: self.path.clone(),
            at: (self.place)(line),
            column: column + 1,
            name: excerpt(&self.names[column]),
            problem: Box::new(problem),
        }
        .into()
    }

    fn try_push(&mut self, column: usize, cell: &str, at: At) -> Result<(), CellProblem> {
        let role = self.roles[column];
        if role == Role::Ignored {
            return Ok(());
        }
        if role == Role::Target {
            return self.push_target(cell, at);
        }
        if self.reading.missing != Missing::Error && self.is_missing(column, cell) {
            self.push_missing(column);
            return Ok(());
        }
        if self.is_marked(cell) {
            return Err(CellProblem::Missing(excerpt(cell)));
        }
        if cell.is_empty() {
            return Err(CellProblem::Empty);
        }
        if let Role::Words(levels) = role {
            if let Some(first_at) = self.levels[levels].refuses_numbers_since()
                && cell.parse::<f64>().is_ok()
            {
                let first = excerpt(self.levels[levels].first());
                return Err(CellProblem::NumberAmongWords { found: excerpt(cell), first, first_at });
            }
            if labels::is_missing(cell) && self.levels[levels].find(cell).is_none() {
                return Err(CellProblem::Missing(cell.to_owned()));
            }
            let place = self.levels[levels].place(cell)?;
            self.x.push(f64::from(place));
            return Ok(());
        }
        match cell.parse::<f64>() {
            Ok(value) if value.is_finite() => {
                self.roles[column] = Role::Number;
                self.x.push(value);
                Ok(())
            }
            Ok(_) => Err(CellProblem::NotFinite(excerpt(cell))),
            Err(_) if labels::is_missing(cell) => Err(CellProblem::Missing(cell.to_owned())),
            Err(_) if has_comma(cell) => Err(CellProblem::Comma(excerpt(cell))),
            Err(_) if role == Role::Number || self.is_numeric[column] => Err(CellProblem::TextFeature(excerpt(cell))),
            Err(_) => {
                let mut levels = Levels::of_words(at);
                let place = levels.place(cell)?;
                self.levels.push(levels);
                self.roles[column] = Role::Words(self.levels.len() - 1);
                self.x.push(f64::from(place));
                Ok(())
            }
        }
    }

    /// Without a target there is nothing to learn from a row: it can be left out, but not be filled in. The marks that
    /// the user names are of features: a class may well be called `0` or `-1`.
    fn push_target(&mut self, cell: &str, at: At) -> Result<(), CellProblem> {
        let is_missing = labels::is_missing_target(cell) && !self.labels.declares(cell);
        if self.reading.missing == Missing::DropRows && is_missing {
            self.row_has_missing = true;
            return Ok(());
        }
        if self.is_numeric[self.target] && !labels::is_missing(cell) && cell.parse::<f64>().is_err() {
            return Err(CellProblem::TextFeature(excerpt(cell)));
        }
        self.labels.push(cell, at)
    }

    /// A value that the file does not have, of a feature.
    fn push_missing(&mut self, column: usize) {
        self.row_has_missing = true;
        self.has_missing[column] = true;
        self.x.push(f64::NAN);
    }

    /// Whether a cell of a feature is missing: a usual mark that is no declared word, or a mark that the user names.
    fn is_missing(&self, column: usize, cell: &str) -> bool {
        let is_declared = |levels: &Levels| levels.is_declared() && levels.find(cell).is_some();
        let is_word = matches!(self.roles[column], Role::Words(levels) if is_declared(&self.levels[levels]));
        self.is_marked(cell) || (!is_word && (labels::is_missing(cell) || labels::is_nan(cell)))
    }

    fn is_marked(&self, cell: &str) -> bool {
        !self.reading.marks.is_empty()
            && (self.reading.marks.iter().any(|mark| mark == cell)
                || cell.parse().is_ok_and(|value: f64| self.numeric_marks.contains(&value)))
    }

    /// Adds a word that the column has had before; says whether it did.
    #[inline]
    pub(super) fn push_known_word(&mut self, column: usize, cell: &[u8]) -> bool {
        let Role::Words(levels) = self.roles[column] else { return false };
        if !self.reading.marks.is_empty() {
            return false;
        }
        let Ok(cell) = std::str::from_utf8(cell) else { return false };
        let Some(place) = self.levels[levels].find(cell) else { return false };
        self.x.push(f64::from(place));
        true
    }

    /// Forgets the cells of a row that has not ended.
    pub(super) fn rewind(&mut self) {
        self.x.truncate(self.n * self.d);
        self.labels.truncate(self.n);
        self.row_has_missing = false;
    }

    /// Ends a row of the right number of cells.
    #[inline]
    pub(super) fn end_row(&mut self) -> Result<(), DataError> {
        if self.row_has_missing {
            self.row_has_missing = false;
            if self.reading.missing == Missing::DropRows {
                self.x.truncate(self.n * self.d);
                self.labels.truncate(self.n);
                self.leaves_out = true;
                return Ok(());
            }
        }
        self.n += 1;
        if self.x.len() as u128 > MAX_CELLS {
            return Err(self.too_large(self.x.len() as u128));
        }
        Ok(())
    }

    /// What follows is of another file, perhaps of the official test part.
    pub(super) fn begin_file(&mut self, path: &Path, is_test: bool) {
        path.clone_into(&mut self.path);
        (self.first_row, self.leaves_out) = (self.n, false);
        if is_test {
            self.test_from.get_or_insert(self.n);
        }
    }

    /// Refuses a file of which no row is left.
    pub(super) fn end_file(&self) -> Result<(), DataError> {
        let path = self.path.clone();
        match self.n > self.first_row {
            true => Ok(()),
            false if self.leaves_out => Err(FileError::NoRowsLeft { path }.into()),
            false => Err(FileError::NoRows { path }.into()),
        }
    }

    fn too_large(&self, cells: u128) -> DataError {
        FileError::FileTooLarge { path: self.path.clone(), cells, limit: MAX_CELLS }.into()
    }
}

/// An error about a line as a whole.
pub(super) fn malformed_line(
    path: &Path,
    line: u64,
    found: impl Into<String>,
    expected: impl Into<String>,
) -> DataError {
    FileError::Malformed { path: path.to_owned(), at: At::Line(line), found: found.into(), expected: expected.into() }
        .into()
}
