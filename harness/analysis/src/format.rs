//! Numbers for people: three significant digits.

/// A number with three significant digits: `0.0123`, `4.5`, `1230`, `1.2e-7`.
pub fn number(value: f64) -> String {
    significant(value, 3)
}

/// A number with two significant digits, for factors and p-values.
pub fn rough(value: f64) -> String {
    significant(value, 2)
}

/// A factor: `7.1×`, `140×`.
pub fn factor(value: f64) -> String {
    format!("{}×", rough(value))
}

/// A median cost to the target: `not reached` if too many runs miss it.
pub fn cost(value: f64) -> String {
    if value.is_finite() { number(value) } else { "not reached".to_owned() }
}

fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return if value.is_nan() {
            "–"
        } else if value > 0.0 {
            "∞"
        } else {
            "−∞"
        }
        .to_owned();
    }
    // Round first, so that 0.9996 becomes 1 and not 1.000.
    let scientific = format!("{value:.*e}", usize::try_from(digits - 1).unwrap_or(0));
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-3..6).contains(&exponent) {
        return format!("{}e{exponent}", trim(mantissa));
    }
    let rounded: f64 = scientific.parse().unwrap_or(value);
    let decimals = usize::try_from(digits - 1 - exponent).unwrap_or(0);
    trim(&format!("{rounded:.decimals$}")).to_owned()
}

fn trim(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits() {
        for (value, expected) in [
            (0.0, "0"),
            (4.5, "4.5"),
            (12.0, "12"),
            (0.012_345, "0.0123"),
            (0.999_6, "1"),
            (1_234.0, "1230"),
            (1.234e-7, "1.23e-7"),
            (1e-12, "1e-12"),
            (2.5e9, "2.5e9"),
            (-0.5, "-0.5"),
            (f64::INFINITY, "∞"),
        ] {
            assert_eq!(number(value), expected);
        }
        assert_eq!(factor(7.149), "7.1×");
        assert_eq!(factor(141.0), "140×");
    }
}
