//! From cells to a table: columns of words become one column of 0 and 1 for each word that a row has, in the words'
//! order.

use super::super::names::check_names;
use super::super::widen::{Maker, whole, widen};
use super::{Role, TableBuilder};
use crate::error::{CellProblem, DataError, FileError};
use crate::options::Missing;
use crate::table::{MAX_CELLS, Table};

/// Tables of so many numbers may be made of few words: one-hot columns take a gibibyte at most.
const WIDE_ENOUGH: u128 = 1 << 27;

/// Larger tables have at most so many numbers for every cell of the file.
const MOST_WIDENED: u128 = 64;

impl TableBuilder<'_> {
    /// The whole table; its name and hash are left empty.
    pub(in super::super) fn finish(mut self, line: u64) -> Result<Table, DataError> {
        if self.d == 0 {
            let target = self.names.swap_remove(self.target);
            return Err(FileError::NoFeatures { path: self.first_path, target }.into());
        }
        self.drop_unused_levels();
        self.refuse_columns_without_values(line)?;
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
            return Err(FileError::FileTooLarge { path: self.first_path, cells, limit }.into());
        }
        check_names(&self.first_path, &columns, 1)?;
        let d = columns.len();
        if makers.iter().any(|maker| !matches!(maker, Maker::Copy)) {
            widen(&mut self.x, self.n, self.d, d, &makers);
        }
        let target = self.labels.finish();
        let target_name = self.names.swap_remove(self.target);
        target.check_classes(&self.first_path.display().to_string(), &target_name)?;
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

    /// A column without a single value cannot be filled in; one of words has a column for what is missing, if wanted.
    fn refuse_columns_without_values(&self, line: u64) -> Result<(), DataError> {
        let is_without = |role: &Role| match *role {
            Role::Open => true,
            Role::Words(levels) => self.reading.missing != Missing::Category && !self.levels[levels].has_words(),
            Role::Ignored | Role::Target | Role::Number => false,
        };
        match self.roles.iter().position(is_without) {
            None => Ok(()),
            Some(column) => Err(self.cell_error(column, line, CellProblem::NoValues)),
        }
    }

    /// Words that no row has are no words of the table: those of rows that were left out, and those that are declared.
    fn drop_unused_levels(&mut self) {
        let features: Vec<Role> =
            self.roles.iter().copied().filter(|role| !matches!(role, Role::Ignored | Role::Target)).collect();
        for (feature, role) in features.iter().enumerate() {
            let Role::Words(levels) = *role else { continue };
            let levels = &mut self.levels[levels];
            if self.reading.missing != Missing::DropRows && !levels.is_declared() {
                continue;
            }
            let mut used = vec![false; levels.len()];
            for row in self.x.chunks_exact(self.d) {
                if let Some(place) = whole(row[feature]) {
                    used[place] = true;
                }
            }
            levels.keep(&used);
        }
    }
}
