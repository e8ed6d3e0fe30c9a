//! Which figures the page draws by itself, which its script unpacks, and which are files beside it alone. Figures get
//! room in the order of what they are worth, so that a large benchmark has the answers in sight without a script too.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::figures::{Figure, Rank, Set, WIDTH};

/// Bytes of all drawings in the page.
const ROOM: usize = 300_000;

/// Bytes of all drawings that are packed, before they are.
const PACKED: usize = 1_000_000;

/// A figure on the page.
#[derive(Serialize)]
pub(super) struct FigureView<'a> {
    stem: &'a str,
    title: &'a str,
    /// The title without the problem.
    what: &'a str,
    how_to_read: &'a str,
    /// Empty where the page does not draw it by itself.
    svg: String,
    is_packed: bool,
    /// Width over height, so that it has its place before it is drawn.
    shape: String,
}

/// The drawings of all figures, each where there is room for it.
pub(super) struct Views<'a> {
    inline: BTreeMap<&'a str, String>,
    packed: BTreeMap<&'a str, String>,
}

impl<'a> Views<'a> {
    pub(super) fn new(suite: &'a Set, sweeps: &'a [Figure], sets: &'a [Set]) -> Self {
        let mut all: Vec<&Figure> = suite.figures.iter().chain(sweeps).collect();
        all.extend(sets.iter().flat_map(|set| &set.figures));
        all.sort_by_key(|figure| figure.rank);
        let mut views = Self { inline: BTreeMap::new(), packed: BTreeMap::new() };
        let (mut room, mut left) = (ROOM, PACKED);
        for figure in all {
            let svg = figure.inline();
            if figure.rank < Rank::More && svg.len() <= room {
                room -= svg.len();
                views.inline.insert(&figure.stem, svg);
            } else {
                // What is worth more comes first: nothing behind the first that has no room.
                room = if figure.rank < Rank::More { 0 } else { room };
                if svg.len() <= left {
                    left -= svg.len();
                    views.packed.insert(&figure.stem, svg);
                }
            }
        }
        views
    }

    /// Packed drawings by name.
    pub(super) fn packed(&self) -> &BTreeMap<&'a str, String> {
        &self.packed
    }

    /// What is shown with a problem.
    pub(super) fn shown(&self, figures: &'a [Figure]) -> Vec<FigureView<'a>> {
        figures.iter().filter(|figure| figure.rank < Rank::More).map(|figure| self.view(figure)).collect()
    }

    /// What is shown on request.
    pub(super) fn more(&self, figures: &'a [Figure]) -> Vec<FigureView<'a>> {
        figures.iter().filter(|figure| figure.rank >= Rank::More).map(|figure| self.view(figure)).collect()
    }

    fn view(&self, figure: &'a Figure) -> FigureView<'a> {
        let stem = figure.stem.as_str();
        FigureView {
            stem,
            title: &figure.title,
            what: figure.title.rsplit(": ").next().unwrap_or_default(),
            how_to_read: &figure.how_to_read,
            svg: self.inline.get(stem).cloned().unwrap_or_default(),
            is_packed: self.packed.contains_key(stem),
            shape: format!("{WIDTH}/{}", figure.height),
        }
    }
}
