//! The last step of a table: columns of words become columns of 0 and 1, and missing numbers are marked.

/// How the columns of the table are made from one of the file.
pub(super) enum Maker {
    Copy,
    /// The number, and whether it is missing.
    CopyAndMark,
    /// A column for every word in use: the rank of a word by its place, and the place of a missing one.
    OneHot {
        ranks: Vec<Option<usize>>,
        missing: Option<u32>,
    },
}

impl Maker {
    fn width(&self) -> usize {
        match self {
            Self::Copy => 1,
            Self::CopyAndMark => 2,
            Self::OneHot { ranks, .. } => ranks.iter().flatten().count(),
        }
    }
}

/// Makes the final columns in place, from the last row to the first: a second copy of a large table would not fit.
pub(super) fn widen(x: &mut Vec<f64>, n: usize, narrow: usize, wide: usize, makers: &[Maker]) {
    let mut row = vec![0.0; narrow];
    let mut made = vec![0.0; wide];
    x.resize(n * narrow.max(wide), 0.0);
    // Where words are few, a row may become shorter: then it must be moved from the first row on.
    let order: Box<dyn Iterator<Item = usize>> = if wide >= narrow { Box::new((0..n).rev()) } else { Box::new(0..n) };
    for i in order {
        row.copy_from_slice(&x[i * narrow..][..narrow]);
        let mut at = 0;
        for (maker, &value) in makers.iter().zip(&row) {
            let cells = &mut made[at..at + maker.width()];
            match maker {
                Maker::Copy => cells[0] = value,
                Maker::CopyAndMark => {
                    cells[0] = value;
                    cells[1] = f64::from(u8::from(value.is_nan()));
                }
                Maker::OneHot { ranks, missing } => match whole(value).or(missing.map(|place| place as usize)) {
                    None => cells.fill(f64::NAN),
                    Some(place) => {
                        cells.fill(0.0);
                        if let Some(rank) = ranks[place] {
                            cells[rank] = 1.0;
                        }
                    }
                },
            }
            at += maker.width();
        }
        x[i * wide..][..wide].copy_from_slice(&made);
    }
    x.truncate(n * wide);
}

/// A place that was stored as a number; `None` where it is missing.
pub(super) fn whole(value: f64) -> Option<usize> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "stored from a u32")]
    (!value.is_nan()).then_some(value as usize)
}
