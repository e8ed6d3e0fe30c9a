//! Numbers at the beginning of a text, fast where that is exact, and else by the standard library.

/// The powers of ten that a 64-bit float holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Whole numbers up to here are exact.
const EXACT: u64 = 1 << 53;

/// The number that `text` begins with and how many bytes it takes; `None` where it begins with none, or where the number
/// is out of range. Digits, a point and an exponent are read as `str::parse::<f64>` does, to the last bit.
#[inline]
pub(crate) fn prefix(text: &[u8]) -> Option<(f64, usize)> {
    // Most numbers of many tables.
    if let Some(digit) = digit(text, 0)
        && !matches!(text.get(1), Some(b'0'..=b'9' | b'.' | b'e' | b'E'))
    {
        return Some((digit as f64, 1));
    }
    any(text)
}

fn any(text: &[u8]) -> Option<(f64, usize)> {
    let mut at = 0;
    let negative = match text.first() {
        Some(b'-') => {
            at = 1;
            true
        }
        Some(b'+') => {
            at = 1;
            false
        }
        _ => false,
    };
    let start = at;
    let mut mantissa: u64 = 0;
    while let Some(digit) = digit(text, at) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
        at += 1;
    }
    let mut digits = at - start;
    let mut exponent: i64 = 0;
    if text.get(at) == Some(&b'.') {
        at += 1;
        let point = at;
        while let Some(digit) = digit(text, at) {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
            at += 1;
        }
        digits += at - point;
        exponent = -i64::try_from(at - point).ok()?;
    }
    if digits == 0 {
        return None;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        let (power, end) = power(text, at + 1)?;
        exponent += power;
        at = end;
    }
    // Clinger: both numbers are exact, so the one rounding of the quotient or product is the right one.
    if digits <= 19 && mantissa <= EXACT && (-22..=22).contains(&exponent) {
        let power = POWERS[usize::try_from(exponent.unsigned_abs()).ok()?];
        let value = if exponent < 0 { mantissa as f64 / power } else { mantissa as f64 * power };
        return Some((if negative { -value } else { value }, at));
    }
    let value: f64 = std::str::from_utf8(&text[..at]).ok()?.parse().ok()?;
    value.is_finite().then_some((value, at))
}

#[inline]
fn digit(text: &[u8], at: usize) -> Option<u64> {
    text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10).map(u64::from)
}

/// The exponent that begins at `at`, and where it ends.
fn power(text: &[u8], mut at: usize) -> Option<(i64, usize)> {
    let negative = text.get(at) == Some(&b'-');
    if matches!(text.get(at), Some(b'-' | b'+')) {
        at += 1;
    }
    let start = at;
    let mut power: i64 = 0;
    while let Some(digit) = digit(text, at) {
        power = (power * 10 + i64::try_from(digit).ok()?).min(1_000_000);
        at += 1;
    }
    (at > start).then_some((if negative { -power } else { power }, at))
}

/// Whether a cell is a number but for commas, before its decimals or between its thousands.
pub(super) fn has_comma(cell: &str) -> bool {
    cell.contains(',') && cell.starts_with(|c: char| c.is_ascii_digit() || "+-".contains(c)) && {
        let digits = cell.replace(',', "");
        digits.parse::<f64>().is_ok_and(f64::is_finite)
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    #[test]
    fn the_same_bits_as_the_standard_library() {
        for text in [
            "0",
            "-0",
            "1",
            "+6",
            ".5",
            "5.",
            "-4e1",
            "1e22",
            "1e-22",
            "8.325200080871582",
            "0.1",
            "9007199254740993",
            "179769313486231570000000000000000000000e270",
            "4.9e-324",
            "2.2250738585072011e-308",
            "1e-400",
            "1E5",
            "123456789012345678901234567890",
            "0.000000000000000000000000000000001",
            "7205759403792793199999e-5",
        ] {
            let (value, used) = prefix(text.as_bytes()).unwrap();
            assert_eq!((value.to_bits(), used), (text.parse::<f64>().unwrap().to_bits(), text.len()), "{text}");
        }
        let mut rng = crate::stream("number", 0, "test");
        for round in 0..200_000_u32 {
            let value = f64::from_bits(rng.next_u64());
            if !value.is_finite() {
                continue;
            }
            let text = match round % 3 {
                0 => format!("{value:e}"),
                1 => format!("{:.*}", (rng.next_u32() % 18) as usize, f64::from(rng.next_u32()) / 1e5),
                _ => value.to_string(),
            };
            let (parsed, used) = prefix(text.as_bytes()).unwrap();
            assert_eq!((parsed.to_bits(), used), (text.parse::<f64>().unwrap().to_bits(), text.len()), "{text}");
        }
    }

    #[test]
    fn it_ends_where_the_number_ends() {
        assert_eq!(prefix(b"1.5,2"), Some((1.5, 3)));
        assert_eq!(prefix(b"12:3"), Some((12.0, 2)));
        assert_eq!(
            (prefix(b"7 8"), prefix(b"7"), prefix(b"7e1"), prefix(b"7.5")),
            (Some((7.0, 1)), Some((7.0, 1)), Some((70.0, 3)), Some((7.5, 3)))
        );
        assert_eq!(prefix(b"1_000"), Some((1.0, 1)));
        for text in ["", "-", ".", "e5", "nan", "inf", "1e", "1e+", "1e999", "-1e999", "x1"] {
            assert_eq!(prefix(text.as_bytes()), None, "{text}");
        }
    }
}
