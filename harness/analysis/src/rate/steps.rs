//! The rate from the lengths of the steps, where they reach further than the gap.
//!
//! A gap falls like the square of a step. Where it has come to its floor of rounding, steps still have half of their
//! digits, and with them as many iterations again in which slower directions take over from faster ones. A run that
//! converges quickly comes to its asymptotic rate there only.

use super::{MIN_POINTS, SLOPE_TOLERANCE, TracedGap, interval, limit};
use crate::stats::line::{slope, weighted_slope};

/// Steps shorter than this many times the floor of steps are not used.
const ABOVE_FLOOR: f64 = 10.0;
/// Further points that make it worth while.
const LEAST_GAIN: usize = 4;
/// Points over which a slope is local.
const LOCAL: usize = 5;
/// Relative error of a step that counts as exact next to the curvature of a real trace.
const EXACT: f64 = 1e-3;

/// A slope of the log gap, as the steps have it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FromSteps {
    /// Twice the slope of the log step against iteration.
    pub(super) slope: f64,
    /// Half the width of its interval.
    pub(super) half: f64,
    /// Index one past the last.
    pub(super) end: usize,
}

/// Follows the steps from `window.0` on, the index where the gap's window begins, beyond `window.1`, where it ends; `None`
/// where they do not get further.
pub(super) fn follow(trace: &[TracedGap], window: (usize, usize)) -> Option<FromSteps> {
    let (begin, gap_end) = window;
    let floor = trace[gap_end..].iter().map(|point| point.step).fold(f64::INFINITY, f64::min);
    let is_above = |point: &TracedGap| point.step > ABOVE_FLOOR * floor && point.step > 0.0;
    let mut end = gap_end.max(begin + LOCAL);
    while end < trace.len() && trace[end - LOCAL..=end].iter().all(is_above) && goes_on(&trace[end - LOCAL..=end]) {
        end += 1;
    }
    if end < gap_end + LEAST_GAIN {
        return None;
    }
    let count = ((end - begin) / 3).max(MIN_POINTS);
    let used = end.checked_sub(count).filter(|used| *used >= begin)?;
    let weighted = weighted_slope(trace[used..end].iter().map(|point| {
        let error = floor / point.step;
        (point.iteration, 2.0 * point.step.ln(), 1.0 / (EXACT * EXACT + error * error))
    }));
    let points: Vec<(f64, f64)> =
        trace[used..end].iter().map(|point| (point.iteration, 2.0 * point.step.ln())).collect();
    let last = slope(points[points.len() - points.len() / 3..].iter().copied());
    let correction = limit::correction(&points);
    // Where nothing is known of a limit, the weighted slope, which rounding disturbs less.
    let slope = if correction == 0.0 { weighted } else { last + correction };
    Some(FromSteps { slope, half: interval::half_width(&points, correction), end })
}

/// Whether the last of these points continues the others.
fn goes_on(points: &[TracedGap]) -> bool {
    let (last, before) = (points[points.len() - 1], &points[..points.len() - 1]);
    let local = slope(before.iter().map(|point| (point.iteration, point.step.ln())));
    let newest = before[before.len() - 1];
    let next = (last.step / newest.step).ln() / (last.iteration - newest.iteration);
    local < 0.0 && (next - local).abs() <= SLOPE_TOLERANCE * local.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rough_beginning_of_the_window_does_not_hide_its_end() {
        let (fast, slow) = (0.3_f64, 0.43_f64);
        let step = |k: i32| {
            let rough = [40.0, 36.0, 29.0, 18.0, 8.0, 3.0].get(usize::try_from(k).unwrap()).copied();
            rough.unwrap_or(9.0 * fast.powi(k) + slow.powi(k)) + 1e-15
        };
        let trace: Vec<TracedGap> = (0..50)
            .map(|k| TracedGap { iteration: f64::from(k), gap: step(k).powi(2), step: step(k), slopes: None })
            .collect();
        let found = follow(&trace, (0, 20)).unwrap();
        assert!(found.end > 30, "{found:?}");
        assert!((found.slope / (2.0 * slow.ln()) - 1.0).abs() < 1e-3, "{found:?}");
    }
}
