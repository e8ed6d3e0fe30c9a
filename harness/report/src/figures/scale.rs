//! An axis: where a value lies on it, and where its ticks are. Values that a logarithmic axis cannot show have no
//! place, instead of one at its edge.

/// No axis spans more; plotters and readers both give up beyond.
const MAX_DECADES: i32 = 16;

/// A linear or logarithmic axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    pub(crate) is_log: bool,
    low: f64,
    high: f64,
    /// Where labels stand.
    pub(crate) ticks: Vec<f64>,
    /// Fainter lines between them.
    pub(crate) minor: Vec<f64>,
}

impl Scale {
    /// From `low` to `high` with about `count` round ticks.
    pub(crate) fn linear(low: f64, high: f64, count: usize) -> Scale {
        // What differs by rounding alone is one value, in the middle of a range of its size.
        let size = low.abs().max(high.abs()).max(1e-9);
        let (low, high) = if high - low > 1e-9 * size { (low, high) } else { (low - 0.5 * size, low + 0.5 * size) };
        let rough = (high - low) / count.max(1) as f64;
        let magnitude = 10_f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * magnitude).find(|s| *s >= rough * 0.999).unwrap_or(rough);
        let first = (low / step - 1e-9).ceil();
        let ticks =
            (0..=2 * count + 2).map(|i| (first + i as f64) * step).take_while(|t| *t <= high + step * 1e-9).collect();
        Scale { is_log: false, low, high, ticks, minor: Vec::new() }
    }

    /// From `low` to `high`, both positive, with ticks at decades, at most `count` of them.
    pub(crate) fn log(low: f64, high: f64, count: usize) -> Scale {
        let high = high.max(f64::MIN_POSITIVE * 10.0);
        let low = low.clamp(high * 10_f64.powi(-MAX_DECADES), high / 1.5);
        let (first, last) = (exponent(low * 0.999).ceil(), exponent(high * 1.001).floor());
        let decades: Vec<f64> = (0..=MAX_DECADES).map(|i| first + f64::from(i)).take_while(|e| *e <= last).collect();
        let (ticks, minor) = if decades.len() <= 2 {
            let all: Vec<f64> = (-1..=2)
                .flat_map(|decade| [1.0, 2.0, 5.0].map(|m| m * 10_f64.powf(first + f64::from(decade))))
                .filter(|t| *t >= low * 0.999 && *t <= high * 1.001)
                .collect();
            (all, Vec::new())
        } else {
            let every = decades.len().div_ceil(count.max(1)).max(1) as f64;
            let ticks = decades.iter().filter(|e| (**e).rem_euclid(every) == 0.0).map(|e| 10_f64.powf(*e)).collect();
            (ticks, decades.iter().map(|e| 10_f64.powf(*e)).collect())
        };
        Scale { is_log: true, low: low.log10(), high: high.log10(), ticks, minor }
    }

    /// The same axis with other ticks.
    pub(crate) fn with_ticks(self, ticks: Vec<f64>) -> Scale {
        Scale { ticks, minor: Vec::new(), ..self }
    }

    /// Kind, values at both ends, pixels at both ends: what inverts the axis.
    pub(crate) fn describe(&self, from: f64, to: f64) -> String {
        let end = |value: f64| if self.is_log { 10_f64.powf(value) } else { value };
        let kind = if self.is_log { "log" } else { "linear" };
        format!("{kind} {:e} {:e} {from} {to}", end(self.low), end(self.high))
    }

    /// The least value.
    pub(crate) fn low(&self) -> f64 {
        if self.is_log { 10_f64.powf(self.low) } else { self.low }
    }

    /// Place of a value, 0 at the low and 1 at the high end; `None` where the axis does not reach.
    pub(crate) fn at(&self, value: f64) -> Option<f64> {
        let position = if self.is_log { value.log10() } else { value };
        let share = (position - self.low) / (self.high - self.low);
        (share.is_finite() && (-1e-6..=1.0 + 1e-6).contains(&share)).then_some(share)
    }

    /// Labels of the ticks: plain numbers where short, else powers of ten; all of one kind.
    pub(crate) fn labels(&self) -> Vec<String> {
        if self.is_log {
            let plain = self.ticks.iter().all(|tick| (1e-3 * 0.99..1e5).contains(tick));
            self.ticks.iter().map(|tick| if plain { short(*tick) } else { power(*tick) }).collect()
        } else {
            let step = if self.ticks.len() > 1 { self.ticks[1] - self.ticks[0] } else { self.high - self.low };
            let digits = (0..12).find(|digits| step * 10_f64.powi(*digits) > 0.999).unwrap_or(12);
            let digits = usize::try_from(digits).unwrap_or(0);
            self.ticks
                .iter()
                .map(|tick| format!("{:.digits$}", if tick.abs() < step * 1e-6 { 0.0 } else { *tick }))
                .collect()
        }
    }
}

fn exponent(value: f64) -> f64 {
    value.log10()
}

fn short(value: f64) -> String {
    harness_analysis::format::number(value)
}

/// `10⁻³`.
pub(crate) fn power(value: f64) -> String {
    // A power that is met but for rounding is met.
    let exponent = (value.log10() + 1e-9).floor();
    let mantissa = (value / 10_f64.powf(exponent)).round();
    let raised: String = format!("{exponent}")
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            '0' => '⁰',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
        })
        .collect();
    if mantissa < 1.5 { format!("10{raised}") } else { format!("{mantissa}·10{raised}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_ticks_stand_at_decades() {
        let scale = Scale::log(3e-15, 2.0, 5);
        assert_eq!(scale.labels(), ["10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "10⁰"]);
        assert_eq!(Scale::log(0.5, 2500.0, 6).labels(), ["1", "10", "100", "1000"]);
    }

    #[test]
    fn a_short_log_axis_has_ticks_in_between() {
        assert_eq!(Scale::log(0.9, 12.0, 5).labels(), ["1", "2", "5", "10"]);
    }

    #[test]
    fn an_endless_range_is_cut_to_16_decades() {
        let scale = Scale::log(1e-300, 1e300, 5);
        assert!(scale.minor.len() <= 17);
        assert_eq!(scale.at(1e-300), None);
        assert_eq!(scale.at(f64::NAN), None);
        assert_eq!(scale.at(0.0), None);
    }

    #[test]
    fn linear_ticks_are_round() {
        assert_eq!(Scale::linear(0.31, 0.98, 5).labels(), ["0.4", "0.6", "0.8"]);
        assert_eq!(Scale::linear(0.0, 500.0, 5).labels(), ["0", "100", "200", "300", "400", "500"]);
        assert_eq!(Scale::linear(2.0, 2.0 + 1e-13, 5).labels(), ["1.0", "1.5", "2.0", "2.5", "3.0"]);
    }
}
