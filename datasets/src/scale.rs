//! Mean 0 and standard deviation 1, for values of any size.

/// A column counts as constant where its standard deviation is below this share of its largest absolute value: what is
/// left of the variation is then rounding.
const CONSTANT: f64 = 1e-12;

/// `(value / unit − mean) / deviation`. The unit is a power of two, so it changes no digit of the result, but keeps the
/// squares of very large and very small values in range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) unit: f64,
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
}

impl Scale {
    /// Changes nothing.
    pub(crate) const NONE: Self = Self { unit: 1.0, mean: 0.0, deviation: 1.0 };

    /// The scale that standardizes `values`, or `None` where they are constant.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let unit = power_of_two(largest);
        // Relative to the first value, so that a constant has its own value as its mean and no deviation at all.
        let first = values.first()? / unit;
        let mean = first + values.iter().map(|value| value / unit - first).sum::<f64>() / n;
        let deviation = (values.iter().map(|value| (value / unit - mean).powi(2)).sum::<f64>() / n).sqrt();
        (deviation > CONSTANT * (largest / unit)).then_some(Self { unit, mean, deviation })
    }

    pub(crate) fn apply(self, value: f64) -> f64 {
        (value / self.unit - self.mean) / self.deviation
    }
}

/// The largest power of two that is at most `value`, which is not negative; the least normal number for less than that.
fn power_of_two(value: f64) -> f64 {
    const EXPONENT: u64 = 0x7FF0_0000_0000_0000;
    f64::from_bits(value.to_bits() & EXPONENT).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_rounding_errors_is_constant() {
        let tenth = [0.1, 0.1, 0.1 + 1e-16, 0.1];
        assert!(Scale::of(&tenth).is_none());
        assert!(Scale::of(&[0.1; 1000]).is_none());
        assert!(Scale::of(&[0.0; 3]).is_none());
        assert!(Scale::of(&[-1e300; 3]).is_none());
        assert!(Scale::of(&[1e6, 1e6 + 1e-3]).is_some());
    }

    #[test]
    fn extreme_values_are_standardized_all_the_same() {
        for factor in [1e-310, 1e-200, 1e-3, 1.0, 1e200, 1e307] {
            let values = [1.0 * factor, 2.0 * factor, 6.0 * factor];
            let scale = Scale::of(&values).unwrap();
            let expected = [-2.0, -1.0, 3.0].map(|v: f64| v / (14.0_f64 / 3.0).sqrt());
            for (value, expected) in values.iter().zip(expected) {
                assert!((scale.apply(*value) - expected).abs() < 1e-9, "{factor}");
            }
        }
    }
}
