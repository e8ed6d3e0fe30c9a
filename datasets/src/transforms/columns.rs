//! Transforms that choose columns, or take one apart into its values.

use super::frame::{Frame, named};
use super::options::Transform;
use crate::error::{DataError, PrepareError};

/// More distinct values than this are no categories.
const MOST_VALUES: usize = 1 << 12;

/// Keeps or drops the columns that the transform names.
pub(super) fn choose(frame: &mut Frame, transform: &Transform, keep: bool) -> Result<(), DataError> {
    let places = frame.places(&transform.columns)?;
    let mut named = vec![false; frame.d];
    for place in places {
        named[place] = true;
    }
    let kept: Vec<usize> = (0..frame.d).filter(|&column| named[column] == keep).collect();
    if kept.is_empty() {
        return Err(PrepareError::NoColumnsLeft { dataset: frame.dataset.clone(), kind: transform.kind }.into());
    }
    let names = kept.iter().map(|&column| frame.columns[column].clone()).collect();
    frame.replace(names, |old, new| {
        for (cell, &column) in new.iter_mut().zip(&kept) {
            *cell = old[column];
        }
    })
}

/// Where a new column is from: an old one as it is, or whether an old one has a value.
enum Source {
    Same(usize),
    Is(usize, f64),
}

/// A column for every value of each column named; the values of all rows count, sorted.
pub(super) fn one_hot(frame: &mut Frame, transform: &Transform) -> Result<(), DataError> {
    let drop_first = usize::from(transform.drop_first.unwrap_or(false));
    let chosen = frame.places(&transform.columns)?;
    // A column of words is one-hot encoded already: all that can be left to do is to leave out its first word.
    let firsts: Vec<usize> = transform
        .columns
        .iter()
        .filter(|name| !frame.columns.contains(name))
        .filter_map(|name| named(&frame.columns, name).first().copied())
        .collect();
    let mut names = Vec::new();
    let mut sources = Vec::new();
    for (column, name) in frame.columns.iter().enumerate() {
        let is_level = transform.columns.iter().all(|given| given != name);
        if firsts.contains(&column) && drop_first == 1 {
            continue;
        }
        if is_level || !chosen.contains(&column) {
            names.push(name.clone());
            sources.push(Source::Same(column));
            continue;
        }
        let mut values: Vec<f64> = frame.x.iter().skip(column).step_by(frame.d).map(|value| value + 0.0).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        if values.len() > MOST_VALUES {
            return Err(PrepareError::TooManyValues {
                dataset: frame.dataset.clone(),
                column: name.clone(),
                limit: MOST_VALUES,
            }
            .into());
        }
        for value in values.into_iter().skip(drop_first) {
            names.push(format!("{name}={value}"));
            sources.push(Source::Is(column, value));
        }
    }
    if names.is_empty() {
        return Err(PrepareError::NoColumnsLeft { dataset: frame.dataset.clone(), kind: transform.kind }.into());
    }
    #[expect(clippy::float_cmp, reason = "the values are those of the column")]
    frame.replace(names, |old, new| {
        for (cell, source) in new.iter_mut().zip(&sources) {
            *cell = match *source {
                Source::Same(column) => old[column],
                Source::Is(column, value) => f64::from(u8::from(old[column] == value)),
            };
        }
    })
}
