//! A table under construction, cell by cell: which column is the target, which are numbers, words or left out, what is
//! missing. Columns of words become one column of 0 and 1 for each word, in the words' order, when the table is whole.

use std::path::{Path, PathBuf};

use super::labels::{self, Labels};
use super::levels::Levels;
use super::names::{check_names, no_column, target_column};
use super::number::has_comma;
use super::reading::Reading;
use super::widen::{Maker, whole, widen};
use crate::error::{At, CellProblem, DataError, FileError, excerpt};
use crate::options::Missing;
use crate::table::{MAX_CELLS, Table};

/// Tables of so many numbers may be made of few words: one-hot columns take a gibibyte at most.
const WIDE_ENOUGH: u128 = 1 << 27;

/// Larger tables have at most so many numbers for every cell of the file.
const MOST_WIDENED: u128 = 64;

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
    path: PathBuf,
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

    /// The words of a column in the order they are to have, before any row.
    pub(super) fn declare(&mut self, column: usize, words: Vec<String>) {
        match self.roles[column] {
            Role::Open => {
                self.levels.push(Levels::declared(words));
                self.roles[column] = Role::Words(self.levels.len() - 1);
            }
            Role::Words(levels) => self.levels[levels] = Levels::declared(words),
            Role::Ignored | Role::Target | Role::Number => {}
        }
    }

    /// Adds a number if that needs no further look; says whether it did.
    #[inline]
    pub(super) fn push_number(&mut self, column: usize, value: f64) -> bool {
        match self.roles[column] {
            _ if !self.numeric_marks.is_empty() => return false,
            Role::Number => self.x.push(value),
            Role::Target => return self.labels.push_number(value),
            Role::Open => {
                self.roles[column] = Role::Number;
                self.x.push(value);
            }
            Role::Ignored | Role::Words(_) => return false,
        }
        true
    }

    /// Adds any cell, without the space around it.
    pub(super) fn push(&mut self, column: usize, cell: &str, line: u64) -> Result<(), DataError> {
        let at = (self.place)(line);
        Ok(self.try_push(column, cell, at).map_err(|problem| FileError::Cell {
            path: self.path.clone(),
            at,
            column: column + 1,
            name: excerpt(&self.names[column]),
            problem: Box::new(problem),
        })?)
    }

    fn try_push(&mut self, column: usize, cell: &str, at: At) -> Result<(), CellProblem> {
        let role = self.roles[column];
        if role == Role::Ignored {
            return Ok(());
        }
        if self.reading.missing != Missing::Error && self.is_missing(cell) {
            return self.push_missing(column, cell);
        }
        if self.is_marked(cell) {
            return Err(CellProblem::Missing(excerpt(cell)));
        }
        if role == Role::Target {
            return self.labels.push(cell, at);
        }
        if cell.is_empty() {
            return Err(CellProblem::Empty);
        }
        if let Role::Words(levels) = role {
            if !self.levels[levels].takes_numbers() && cell.parse::<f64>().is_ok() {
                return Err(CellProblem::NumberAmongWords(excerpt(cell)));
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
                let mut levels = Levels::default();
                let place = levels.place(cell)?;
                self.levels.push(levels);
                self.roles[column] = Role::Words(self.levels.len() - 1);
                self.x.push(f64::from(place));
                Ok(())
            }
        }
    }

    /// A value that the file does not have.
    pub(super) fn push_missing(&mut self, column: usize, cell: &str) -> Result<(), CellProblem> {
        let role = self.roles[column];
        self.row_has_missing |= role != Role::Ignored;
        let problem = || if cell.is_empty() { CellProblem::Empty } else { CellProblem::Missing(excerpt(cell)) };
        match (self.reading.missing, role) {
            (_, Role::Ignored) | (Missing::DropRows, Role::Target) => {}
            (Missing::Error, _) | (Missing::Mean | Missing::Category, Role::Target) => return Err(problem()),
            (Missing::DropRows | Missing::Mean | Missing::Category, _) => {
                self.has_missing[column] = true;
                self.x.push(f64::NAN);
            }
        }
        Ok(())
    }

    fn is_missing(&self, cell: &str) -> bool {
        labels::is_missing(cell) || cell.eq_ignore_ascii_case("nan") || self.is_marked(cell)
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
                return Ok(());
            }
        }
        self.n += 1;
        if self.x.len() as u128 > MAX_CELLS {
            return Err(self.too_large(self.x.len() as u128));
        }
        Ok(())
    }

    /// What follows is the official test part.
    pub(super) fn begin_test(&mut self) {
        self.test_from = Some(self.n);
    }

    fn too_large(&self, cells: u128) -> DataError {
        FileError::FileTooLarge { path: self.path.clone(), cells, limit: MAX_CELLS }.into()
    }

    /// The whole table; its name and hash are left empty.
    pub(super) fn finish(mut self, line: u64) -> Result<Table, DataError> {
        if self.n == 0 {
            return Err(FileError::NoRows { path: self.path }.into());
        }
        if self.d == 0 {
            let target = self.names.swap_remove(self.target);
            return Err(FileError::NoFeatures { path: self.path, target }.into());
        }
        self.decide_open_columns(line)?;
        self.drop_unused_levels();
        let by_category = self.reading.missing == Missing::Category;
        let mut columns = Vec::new();
        let mut makers = Vec::new();
        for (column, role) in self.roles.iter().enumerate() {
            let name = &self.names[column];
            match *role {
                Role::Ignored | Role::Target | Role::Open => {}
                Role::Number => {
                    columns.push(name.clone());
                    let is_marked = by_category && self.has_missing[column];
                    columns.extend(is_marked.then(|| format!("{name}=missing")));
                    makers.push(if is_marked { Maker::CopyAndMark } else { Maker::Copy });
                }
                Role::Words(levels) => {
                    let levels = &mut self.levels[levels];
                    let missing = (by_category && self.has_missing[column]).then(|| levels.place_of_missing());
                    columns.extend(levels.sorted().iter().map(|word| format!("{name}={word}")));
                    makers.push(Maker::OneHot { ranks: levels.ranks(), missing });
                }
            }
        }
        let cells = self.n as u128 * columns.len() as u128;
        let limit = WIDE_ENOUGH.max(self.x.len() as u128 * MOST_WIDENED).min(MAX_CELLS);
        if cells > limit {
            return Err(FileError::FileTooLarge { path: self.path, cells, limit }.into());
        }
        check_names(&self.path, &columns, 1)?;
        let d = columns.len();
        if makers.iter().any(|maker| !matches!(maker, Maker::Copy)) {
            widen(&mut self.x, self.n, self.d, d, &makers);
        }
        let target = self.labels.finish();
        let target_name = self.names.swap_remove(self.target);
        target.check_classes(&self.path.display().to_string(), &target_name)?;
        Ok(Table {
            columns,
            n: self.n,
            d,
            x: self.x.into(),
            target_name,
            target,
            test_from: self.test_from,
            fills_gaps: matches!(self.reading.missing, Missing::Mean | Missing::Category),
            applied: self.reading.choice.len(),
            ..Table::empty()
        })
    }

    /// A column without a single value cannot be filled in.
    fn decide_open_columns(&mut self, line: u64) -> Result<(), DataError> {
        match self.roles.iter().position(|&role| role == Role::Open) {
            None => Ok(()),
            Some(column) => Err(FileError::Cell {
                path: self.path.clone(),
                at: (self.place)(line),
                column: column + 1,
                name: excerpt(&self.names[column]),
                problem: Box::new(CellProblem::NoValues),
            }
            .into()),
        }
    }

    /// Words of rows that were dropped are no words of the table.
    fn drop_unused_levels(&mut self) {
        if self.reading.missing != Missing::DropRows {
            return;
        }
        let features: Vec<Role> =
            self.roles.iter().copied().filter(|role| !matches!(role, Role::Ignored | Role::Target)).collect();
        for (feature, role) in features.iter().enumerate() {
            let Role::Words(levels) = *role else { continue };
            if self.levels[levels].is_declared() {
                continue;
            }
            let mut used = vec![false; self.levels[levels].len()];
            for row in self.x.chunks_exact(self.d) {
                if let Some(place) = whole(row[feature]) {
                    used[place] = true;
                }
            }
            self.levels[levels].keep(&used);
        }
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
