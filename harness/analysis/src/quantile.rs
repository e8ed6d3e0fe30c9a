//! Medians and quartiles in which a run without a value counts as infinitely bad instead of being left out.

/// Lower quartile, median, upper quartile; infinite where too many runs have no value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quartiles {
    /// 25 %.
    pub q1: f64,
    /// 50 %.
    pub median: f64,
    /// 75 %.
    pub q3: f64,
}

impl Quartiles {
    /// Of unordered values; `None` if there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Quartiles> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        if sorted.is_empty() {
            return None;
        }
        Some(Self::of_slice(&mut sorted))
    }

    /// Of values that may be reordered; there must be at least one.
    pub fn of_slice(values: &mut [f64]) -> Quartiles {
        values.sort_unstable_by(f64::total_cmp);
        Quartiles { q1: quantile(values, 0.25), median: quantile(values, 0.5), q3: quantile(values, 0.75) }
    }
}

/// The median of unordered values; `None` if there are none.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    Quartiles::of(values).map(|quartiles| quartiles.median)
}

/// Linear interpolation between order statistics (type 7, as numpy and R by default); an infinite neighbour makes it
/// infinite. There must be at least one value.
pub(crate) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let position = q * (sorted.len() - 1) as f64;
    let below = position.floor();
    let share = position - below;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index into the slice")]
    let low = sorted[below as usize];
    if share == 0.0 {
        return low;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index into the slice")]
    let high = sorted[below as usize + 1];
    if low.is_infinite() || high.is_infinite() {
        if low == f64::NEG_INFINITY { low } else { high }
    } else {
        low + share * (high - low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolates_like_numpy() {
        let q = Quartiles::of([4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!((q.q1, q.median, q.q3), (1.75, 2.5, 3.25));
    }

    #[test]
    fn a_missing_value_counts_as_infinitely_bad() {
        let inf = f64::INFINITY;
        assert_eq!(median([1.0, 2.0, inf]), Some(2.0));
        assert_eq!(median([1.0, inf]), Some(inf));
        assert_eq!(median([1.0, inf, inf]), Some(inf));
        assert_eq!(median([inf, inf, inf, inf]), Some(inf));
        assert_eq!(median([f64::NEG_INFINITY, 0.5]), Some(f64::NEG_INFINITY));
    }

    #[test]
    fn nothing_has_no_median() {
        assert_eq!(median([]), None);
    }
}
