//! The words of a column: their places in order of appearance, and their order in the table.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::labels;
use crate::error::{At, CellProblem};
use crate::table::label;

/// More distinct words than this are a name or a date, not a category; a column listed under `categorical` may have
/// [`MOST_LISTED`].
const MOST: usize = 256;

/// The most words of any column.
pub(super) const MOST_LISTED: usize = 1 << 16;

/// The word that stands for a missing value under `missing: category`.
const MISSING: &str = "missing";

#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    words: Vec<String>,
    places: HashMap<String, u32>,
    /// Where the first word is, in a column that is one of words because of it: a number would not fit.
    first_at: Option<At>,
    /// Whether the user says that it is a column of categories, however many.
    listed: bool,
    /// Whether the file says which words there are, in order.
    declared: bool,
    /// Whether each word is in use; all are where it is empty.
    used: Vec<bool>,
    /// The word for a missing value, where there is one: it is the last of the table.
    missing: Option<usize>,
    /// The last word asked for: neighbouring rows are often alike.
    last: Option<u32>,
}

impl Levels {
    /// A column that has a word at a place.
    pub(super) fn of_words(first_at: At) -> Self {
        Self { first_at: Some(first_at), ..Self::default() }
    }

    /// A column that the user lists under `categorical`.
    pub(super) fn listed() -> Self {
        Self { listed: true, ..Self::default() }
    }

    /// A column that the file says is text.
    pub(super) fn text() -> Self {
        Self::default()
    }

    /// A column whose words the file declares; their order stays. None of them is a mark of a missing value but `?`.
    pub(super) fn declared(words: Vec<String>) -> Self {
        let places = words.iter().enumerate().filter(|(_, word)| !labels::is_never_declared(word));
        let places = places.map(|(i, word)| (word.clone(), label(i))).collect();
        Self { words, places, declared: true, ..Self::default() }
    }

    /// Where the word is that makes it a column of words, so that no number fits; `None` where numbers are words too.
    pub(super) fn refuses_numbers_since(&self) -> Option<At> {
        self.first_at
    }

    /// The word that came first.
    pub(super) fn first(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    pub(super) fn is_declared(&self) -> bool {
        self.declared
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether any word is in use.
    pub(super) fn has_words(&self) -> bool {
        (0..self.len()).any(|place| self.is_used(place))
    }

    fn is_used(&self, place: usize) -> bool {
        self.used.get(place).copied().unwrap_or(true)
    }

    pub(super) fn find(&self, word: &str) -> Option<u32> {
        self.last.filter(|&last| self.words[last as usize] == word).or_else(|| self.places.get(word).copied())
    }

    /// The place of a word, a new one where there is none yet.
    pub(super) fn place(&mut self, word: &str) -> Result<u32, CellProblem> {
        if let Some(place) = self.find(word) {
            self.last = Some(place);
            return Ok(place);
        }
        if self.declared {
            return Err(CellProblem::Undeclared(crate::error::excerpt(word)));
        }
        let limit = if self.listed { MOST_LISTED } else { MOST };
        if self.words.len() == limit {
            return Err(CellProblem::TooManyWords { limit });
        }
        Ok(self.add(word))
    }

    /// The place of the word for a missing value.
    pub(super) fn place_of_missing(&mut self) -> u32 {
        let place = self.find(MISSING).unwrap_or_else(|| self.add(MISSING));
        // A declared word without a row comes into use here.
        if let Some(used) = self.used.get_mut(place as usize) {
            *used = true;
        }
        self.missing = Some(place as usize);
        place
    }

    fn add(&mut self, word: &str) -> u32 {
        let place = label(self.words.len());
        self.words.push(word.to_owned());
        self.places.insert(word.to_owned(), place);
        self.last = Some(place);
        place
    }

    /// Keeps the words in use.
    pub(super) fn keep(&mut self, used: &[bool]) {
        self.used = used.to_vec();
    }

    /// The places in the table's order: numbers by value, words by codepoint, declared words as declared. What stands for
    /// a missing value is the last, and says nothing about the others.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> =
            (0..self.words.len()).filter(|&i| self.is_used(i) && self.missing != Some(i)).collect();
        if !self.declared {
            let number = |place: usize| self.words[place].parse().ok().filter(|value: &f64| value.is_finite());
            let are_numbers = order.iter().all(|&place| number(place).is_some());
            order.sort_by(|&a, &b| {
                let by_value = if are_numbers { number(a).partial_cmp(&number(b)) } else { None };
                by_value.unwrap_or(Ordering::Equal).then_with(|| self.words[a].cmp(&self.words[b]))
            });
        }
        order.extend(self.missing);
        order
    }

    /// The words in the table's order.
    pub(super) fn sorted(&self) -> Vec<&str> {
        self.order().into_iter().map(|place| self.words[place].as_str()).collect()
    }

    /// The rank of every word by its place.
    pub(super) fn ranks(&self) -> Vec<Option<usize>> {
        let mut ranks = vec![None; self.words.len()];
        for (rank, place) in self.order().into_iter().enumerate() {
            ranks[place] = Some(rank);
        }
        ranks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(words: &[&str], mut levels: Levels) -> Vec<String> {
        for word in words {
            levels.place(word).unwrap();
        }
        levels.sorted().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn words_are_sorted_by_codepoint_and_numbers_by_value() {
        assert_eq!(sorted(&["b", "Z", "é", "a", "b"], Levels::default()), ["Z", "a", "b", "é"]);
        assert_eq!(sorted(&["10", "9", "-1"], Levels::listed()), ["-1", "9", "10"]);
        assert_eq!(sorted(&["10", "9", "x"], Levels::listed()), ["10", "9", "x"]);
        let declared = Levels::declared(vec!["low".into(), "high".into()]);
        assert_eq!(sorted(&["high"], declared), ["low", "high"]);
    }

    #[test]
    fn there_is_an_end_to_words() {
        let mut levels = Levels::default();
        for i in 0..MOST {
            levels.place(&format!("w{i}")).unwrap();
        }
        assert_eq!(levels.place("one more"), Err(CellProblem::TooManyWords { limit: MOST }));
        assert_eq!(levels.place("w7"), Ok(7));
        let mut declared = Levels::declared(vec!["a".into()]);
        assert_eq!(declared.place("b"), Err(CellProblem::Undeclared("b".into())));
    }

    #[test]
    fn the_words_in_use_decide_their_order() {
        let mut levels = Levels::listed();
        for word in ["10", "9", "x"] {
            levels.place(word).unwrap();
        }
        levels.keep(&[true, true, false]);
        assert_eq!(levels.sorted(), ["9", "10"]);
        let missing = levels.place_of_missing();
        assert_eq!((levels.sorted(), missing), (vec!["9", "10", "missing"], 3));
        let mut words = Levels::default();
        for word in ["z", "a"] {
            words.place(word).unwrap();
        }
        words.place_of_missing();
        assert_eq!(words.sorted(), ["a", "z", "missing"]);
    }

    #[test]
    fn unused_words_have_no_rank() {
        let mut levels = Levels::default();
        for word in ["c", "b", "a"] {
            levels.place(word).unwrap();
        }
        levels.keep(&[true, false, true]);
        assert_eq!(levels.sorted(), ["a", "c"]);
        assert_eq!(levels.ranks(), [Some(1), None, Some(0)]);
    }
}
