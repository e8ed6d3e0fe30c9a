//! The linear rate of a run, measured from the tail of its gap, with a verdict on whether there is one.
//!
//! Best-so-far gaps above the floor are kept. Going backwards from the last, the longest window with at least nine points
//! and one decade is sought whose three thirds have slopes (of log gap against iteration) within 10 % of their median: a
//! transient, a wrong reference or a plateau has none. Where the slopes along the steps follow a linear recurrence, its
//! largest root is the rate (`recurrence`). Otherwise the rate is the slope over the last part of that window, where the
//! asymptotic regime is oldest; if the slope still drifts there, `steps` follows it below the floor of the gap, and `limit`
//! tells where the drift is going. Residuals of such a fit are deterministic, so that its standard error means nothing; `interval`
//! takes the slopes of blocks, or how far recurrences disagree.
//!
//! Rates here are of the gap, per iteration; errors in θ contract by the square root.
//!
//! Does not know: where the reference comes from. The gap must be to the limit of the run itself, not to a better basin.

mod interval;
mod limit;
mod recurrence;
mod steps;

use self::recurrence::Recurrence;
use crate::stats::line::{slope, weighted_slope};

/// Points that a window has at least.
pub const MIN_POINTS: usize = 9;
/// Factor by which the gap falls in it at least.
const MIN_DECADES: f64 = 1.0;
/// How far the slopes of its thirds may be from their median.
const SLOPE_TOLERANCE: f64 = 0.10;
/// Candidate starts of the window.
const CANDIDATES: usize = 60;
/// Disagreement of the rate with that of the step lengths from which on it counts as unreliable.
const CROSSCHECK: f64 = 0.15;
/// Share of rising steps in the tail from which on a run oscillates.
const RISING: f64 = 0.2;
/// Growth of the contraction per step from which on it is faster than linear.
const FASTER: f64 = 1.5;
/// Relative change of the slope from one third of the window to the next that counts as none.
const DRIFT: f64 = 1e-3;
/// Relative error of a gap that counts as exact next to the curvature of a real trace.
const EXACT: f64 = 1e-3;

/// A point of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TracedGap {
    /// Iteration.
    pub iteration: f64,
    /// The gap there, not best so far; may be negative by rounding.
    pub gap: f64,
    /// Length of the step that led there.
    pub step: f64,
    /// Derivatives of the objective along that step, where it began and where it ended.
    pub slopes: Option<(f64, f64)>,
}

/// What the tail of a run looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RateVerdict {
    /// A linear rate.
    Linear(LinearRate),
    /// Slower than any rate: the gap falls like a power of the iteration.
    Sublinear,
    /// Faster than any rate.
    Superlinear,
    /// The objective rises again and again.
    Oscillatory,
    /// At the floor of rounding before a rate could be told.
    FloorLimited,
    /// Not in a linear regime yet, or not for long enough.
    NotReached,
}

/// A measured linear rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearRate {
    /// Factor of the gap per iteration.
    pub rate: f64,
    /// 95 % interval, from the slopes of blocks of the points that the rate was measured on.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Iteration at which the window begins.
    pub onset: f64,
    /// The gap there.
    pub onset_gap: f64,
    /// Iteration at which it ends.
    pub end: f64,
    /// Points in it.
    pub points: usize,
    /// Whether the step lengths, which need no reference, say the same within 15 %, or a recurrence does exactly.
    pub is_confirmed: bool,
    /// Disagreement, relative, of the recurrences that the rate comes from; none where it is the slope of the gap.
    pub spread: Option<f64>,
}

impl LinearRate {
    /// Iterations per factor 10 of the gap.
    pub fn iterations_per_decade(&self) -> f64 {
        std::f64::consts::LN_10 / -self.rate.ln()
    }
}

impl RateVerdict {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            RateVerdict::Linear(_) => "linear",
            RateVerdict::Sublinear => "sublinear",
            RateVerdict::Superlinear => "superlinear",
            RateVerdict::Oscillatory => "oscillatory",
            RateVerdict::FloorLimited => "floor-limited",
            RateVerdict::NotReached => "not reached",
        }
    }

    /// The rate, if there is one.
    pub fn linear(&self) -> Option<&LinearRate> {
        match self {
            RateVerdict::Linear(rate) => Some(rate),
            _ => None,
        }
    }
}

/// A kept point: iteration, log of the best gap so far, step length.
type Kept = (f64, f64, f64);

/// Judges the tail of a run; gaps at or below `floor` are rounding.
pub fn judge(trace: &[TracedGap], floor: f64) -> RateVerdict {
    let mut best = f64::INFINITY;
    let mut kept: Vec<Kept> = Vec::new();
    let mut reached_floor = false;
    for point in trace {
        best = best.min(point.gap);
        if best > floor && best.is_finite() {
            kept.push((point.iteration, best.ln(), point.step));
        } else {
            reached_floor = true;
            break;
        }
    }
    if oscillates(&trace[..kept.len()]) {
        return RateVerdict::Oscillatory;
    }
    if is_superlinear(&kept, reached_floor) {
        return RateVerdict::Superlinear;
    }
    if let Some(window) = stable_window(&kept) {
        return RateVerdict::Linear(measure(trace, kept.len(), window, floor));
    }
    if is_sublinear(&kept) {
        return RateVerdict::Sublinear;
    }
    if !(reached_floor && kept.len() < 4 * MIN_POINTS) {
        return RateVerdict::NotReached;
    }
    // Steps have more digits than gaps: they may tell what these do not.
    let found = recurrence::find(trace, None).filter(|found| found.spread <= recurrence::EXACT);
    found.map_or(RateVerdict::FloorLimited, |found| RateVerdict::Linear(measure_by_steps(trace, &found)))
}

/// Rises in the later half of the points above the floor.
fn oscillates(trace: &[TracedGap]) -> bool {
    let tail = &trace[trace.len() / 2..];
    if tail.len() < MIN_POINTS {
        return false;
    }
    let rises = tail.windows(2).filter(|pair| pair[1].gap > pair[0].gap).count();
    rises as f64 > RISING * (tail.len() - 1) as f64
}

/// The contraction grows by half at each of the last three steps, down to the floor or to the end.
fn is_superlinear(kept: &[Kept], reached_floor: bool) -> bool {
    let contraction: Vec<f64> = kept.windows(2).map(|pair| (pair[0].1 - pair[1].1) / (pair[1].0 - pair[0].0)).collect();
    let count = contraction.len();
    let last = &contraction[count.saturating_sub(3)..];
    let grows = last.len() >= 2 && last[0] > 0.0 && last.windows(2).all(|pair| pair[1] >= FASTER * pair[0]);
    grows && reached_floor && last.last().is_some_and(|last| *last > 1.0)
}

fn stable_window(kept: &[Kept]) -> Option<&[Kept]> {
    let last = kept.len().checked_sub(MIN_POINTS)?;
    let stride = last / CANDIDATES + 1;
    (0..=last).step_by(stride).map(|start| &kept[start..]).find(|window| is_stable(window))
}

fn is_stable(window: &[Kept]) -> bool {
    let decades = (window[0].1 - window[window.len() - 1].1) / std::f64::consts::LN_10;
    if decades < MIN_DECADES {
        return false;
    }
    let third = window.len() / 3;
    let mut slopes = [&window[..third], &window[third..2 * third], &window[2 * third..]].map(line);
    slopes.sort_unstable_by(f64::total_cmp);
    let median = slopes[1];
    median < 0.0 && slopes.iter().all(|slope| (slope - median).abs() <= SLOPE_TOLERANCE * median.abs())
}

fn line(window: &[Kept]) -> f64 {
    slope(window.iter().map(|point| (point.0, point.1)))
}

fn measure(trace: &[TracedGap], kept: usize, window: &[Kept], floor: f64) -> LinearRate {
    // Of the window, the last third that has enough points and decades, or its half, or all of it.
    let is_enough =
        |part: &[Kept]| part.len() >= MIN_POINTS && part[0].1 - part[part.len() - 1].1 >= std::f64::consts::LN_10;
    let tails = [&window[2 * window.len() / 3..], &window[window.len() / 2..]];
    let tail = tails.into_iter().find(|part| is_enough(part)).unwrap_or(window);
    // Near the floor a gap is known to about an eighth of the floor.
    let weighted = weighted_slope(tail.iter().map(|point| {
        let error = 0.125 * floor / point.1.exp();
        (point.0, point.1, 1.0 / (EXACT * EXACT + error * error))
    }));
    let recurrence = recurrence::find(trace, Some(weighted))
        .filter(|found| found.spread <= recurrence::EXACT || (drifts(window) && found.spread <= recurrence::ROUGH));
    // Kept points are the first of the trace, so that their indices are the same.
    let from_steps =
        (recurrence.is_none() && drifts(window)).then(|| steps::follow(trace, (kept - window.len(), kept))).flatten();
    let points: Vec<(f64, f64)> = tail.iter().map(|point| (point.0, point.1)).collect();
    let correction = if drifts(window) { limit::correction(&points) } else { 0.0 };
    let (slope, half) = match (recurrence, from_steps) {
        (Some(found), _) => (2.0 * found.factor.ln(), found.half_width()),
        (_, Some(steps)) => (steps.slope, steps.half),
        _ if correction == 0.0 => (weighted, interval::half_width(&points, 0.0)),
        _ => (line(&tail[tail.len() - tail.len() / 3..]) + correction, interval::half_width(&points, correction)),
    };
    let is_exact = recurrence.is_some_and(|found| found.spread <= recurrence::EXACT);
    LinearRate {
        rate: slope.exp(),
        low: (slope - half).exp(),
        high: (slope + half).exp(),
        onset: window[0].0,
        onset_gap: window[0].1.exp(),
        end: from_steps.map_or(window[window.len() - 1].0, |steps| trace[steps.end - 1].iteration),
        points: from_steps.map_or(window.len(), |steps| steps.end - (kept - window.len())),
        is_confirmed: is_exact || is_confirmed(tail, weighted),
        spread: recurrence.map(|found| 2.0 * found.spread),
    }
}

/// The rate of a run whose gap has no window.
fn measure_by_steps(trace: &[TracedGap], found: &Recurrence) -> LinearRate {
    let (rate, half) = (found.factor * found.factor, found.half_width());
    let is_inside = |point: &&TracedGap| point.iteration >= found.window.0 && point.iteration <= found.window.1;
    let inside = || trace.iter().filter(is_inside);
    LinearRate {
        rate,
        low: rate * (-half).exp(),
        high: rate * half.exp(),
        onset: found.window.0,
        onset_gap: inside().next().map_or(f64::NAN, |point| point.gap),
        end: found.window.1,
        points: inside().count(),
        is_confirmed: true,
        spread: Some(2.0 * found.spread),
    }
}

/// Whether the slope still changes within the window: its last third is another line than the one before.
fn drifts(window: &[Kept]) -> bool {
    let third = window.len() / 3;
    let (before, last) = (line(&window[third..2 * third]), line(&window[2 * third..]));
    (last - before).abs() > DRIFT * last.abs()
}

/// Step lengths contract by the root of the gap's rate.
fn is_confirmed(tail: &[Kept], fitted: f64) -> bool {
    let steps: Vec<(f64, f64)> =
        tail.iter().filter(|point| point.2 > 0.0).map(|point| (point.0, 2.0 * point.2.ln())).collect();
    steps.len() >= 3 && (slope(steps.into_iter()) - fitted).abs() <= CROSSCHECK * fitted.abs()
}

/// log gap is a line in log iteration rather than in the iteration, and its slope still decays.
fn is_sublinear(kept: &[Kept]) -> bool {
    let tail: Vec<Kept> = kept.iter().copied().filter(|point| point.0 >= 1.0).collect();
    if tail.len() < 2 * MIN_POINTS {
        return false;
    }
    let tail = &tail[tail.len() / 4..];
    let third = tail.len() / 3;
    let slopes = [&tail[..third], &tail[third..2 * third], &tail[2 * third..]].map(line);
    let is_decaying = slopes[2] < 0.0 && slopes.windows(2).all(|pair| pair[1] > pair[0]);
    let in_log = |point: &Kept| (point.0.ln(), point.1);
    let last_power = slope(tail[2 * third..].iter().map(in_log));
    // A plateau bends too; a power of the iteration still falls as one.
    let power = slope(tail.iter().map(in_log));
    let is_a_power = last_power < -0.3 && last_power <= 0.5 * power;
    // Both fits have two parameters, so that their AICc compare like their residuals.
    is_decaying
        && is_a_power
        && residual(tail.iter().map(in_log)) < residual(tail.iter().map(|point| (point.0, point.1)))
}

fn residual(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let (slope, count) = (slope(points.clone()), points.clone().count() as f64);
    let mean = points.clone().fold((0.0, 0.0), |sum, point| (sum.0 + point.0 / count, sum.1 + point.1 / count));
    points.map(|point| (point.1 - mean.1 - slope * (point.0 - mean.0)).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: f64 = 1e-14;

    fn trace(gaps: impl IntoIterator<Item = f64>) -> Vec<TracedGap> {
        let gaps = gaps.into_iter().enumerate();
        gaps.map(|(k, gap)| TracedGap { iteration: k as f64, gap, step: gap.abs().sqrt(), slopes: None }).collect()
    }

    fn geometric(rate: f64, count: i32) -> Vec<f64> {
        (0..count).map(|k| 0.3 * rate.powi(k)).collect()
    }

    /// Noise without a generator: fractional parts, centred.
    fn noise(k: usize) -> f64 {
        (k as f64 * 0.618_033_988_749_894_9).fract() - 0.5
    }

    #[test]
    fn geometric_sequences_are_recovered() {
        for (rate, count) in [(0.1, 40), (0.5, 60), (0.99, 3000), (0.9999, 60_000)] {
            let RateVerdict::Linear(found) = judge(&trace(geometric(rate, count)), FLOOR) else {
                panic!("{rate}");
            };
            assert!((found.rate / rate - 1.0).abs() < 1e-6, "{rate}: {}", found.rate);
            assert!(found.is_confirmed);
            assert!(found.low <= found.rate && found.rate <= found.high);
        }
    }

    #[test]
    fn rounding_near_the_floor_does_little_harm() {
        let noisy = geometric(0.5, 70).into_iter().enumerate().map(|(k, gap)| gap + 0.1 * FLOOR * noise(k));
        let found = judge(&trace(noisy), FLOOR);
        let rate = found.linear().unwrap().rate;
        assert!((rate - 0.5).abs() < 1e-3, "{rate}");
    }

    #[test]
    fn a_wrong_reference_has_no_rate() {
        for rate in [0.5, 0.9, 0.99] {
            for error in [1e-6, -1e-6] {
                let shifted = geometric(rate, 4000).into_iter().map(|gap| gap + error);
                let found = judge(&trace(shifted), FLOOR);
                if let RateVerdict::Linear(found) = found {
                    // A reference that is too high cuts the run off; what is left may be a window of the first decades.
                    assert!((found.rate / rate - 1.0).abs() < 0.02, "{rate} {error}: {found:?}");
                }
                if error > 0.0 {
                    assert!(found.linear().is_none(), "{rate}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn powers_of_the_iteration_are_sublinear() {
        for power in [1.0, 2.0, 0.5] {
            let found = judge(&trace((0..500).map(|k| f64::from(k + 1).powf(-power))), FLOOR);
            assert_eq!(found, RateVerdict::Sublinear, "{power}");
        }
    }

    #[test]
    fn of_two_phases_the_second_counts() {
        let (first, second) = (0.7_f64, 0.95_f64);
        let gaps = (0..500).map(|k| if k < 30 { first.powi(k) } else { first.powi(30) * second.powi(k - 30) });
        let found = judge(&trace(gaps), FLOOR);
        let rate = found.linear().unwrap();
        assert!((rate.rate / second - 1.0).abs() < 1e-3, "{rate:?}");
        assert!(rate.onset >= 20.0, "{rate:?}");
    }

    #[test]
    fn a_rise_now_and_then_is_an_oscillation() {
        let gaps = (0..400).map(|k: usize| 0.01 * (1.0 + 0.9 * (k as f64).sin()) * 0.999_f64.powf(k as f64));
        assert_eq!(judge(&trace(gaps), FLOOR), RateVerdict::Oscillatory);
    }

    #[test]
    fn a_fast_run_is_followed_below_the_floor_of_its_gap() {
        // Two directions in the coordinates of the step; the gap is a weighted sum of squares.
        let (fast, slow) = (0.35_f64, 0.43_f64);
        let error = |k: u32| (30.0 * fast.powf(f64::from(k)), slow.powf(f64::from(k)));
        let points: Vec<TracedGap> = (1..45_u32)
            .map(|k| {
                let ((a0, b0), (a, b)) = (error(k - 1), error(k));
                let step = ((a - a0).powi(2) + (b - b0).powi(2)).sqrt() + 1e-14 * (1.0 + noise(k as usize));
                let gap = a * a + b * b + 1e-16 * noise(k as usize);
                TracedGap { iteration: f64::from(k), gap, step, slopes: None }
            })
            .collect();
        let error = |points: &[TracedGap]| {
            let found = *judge(points, FLOOR).linear().unwrap();
            ((found.rate / (slow * slow) - 1.0).abs(), found)
        };
        let (followed, by_gap_alone) = (error(&points), error(&points[..24]));
        assert!(followed.0 < 1e-2, "{followed:?}");
        assert!(followed.0 < 0.2 * by_gap_alone.0, "{followed:?} {by_gap_alone:?}");
    }

    /// A run with five directions, the slowest with factor `slowest` per iteration, the others anywhere below.
    fn of_five_directions(slowest: f64, uniform: &mut impl FnMut() -> f64) -> Vec<TracedGap> {
        let directions: Vec<(f64, f64)> = (0..5)
            .map(|i| (if i == 0 { slowest } else { slowest * uniform() }, 10_f64.powf(-1.5 * uniform())))
            .collect();
        let point = |k: u32| {
            let k = f64::from(k);
            let gap: f64 = directions.iter().map(|(rate, size)| (size * rate.powf(k)).powi(2)).sum();
            let moved = |(rate, size): &(f64, f64)| (size * (1.0 - rate) * rate.powf(k - 1.0)).powi(2);
            let step = directions.iter().map(moved).sum::<f64>().sqrt();
            TracedGap {
                iteration: k,
                gap: gap + 1e-15 * (uniform() - 0.5),
                step: step + 3e-15 * uniform(),
                slopes: None,
            }
        };
        (0..1500).map(point).collect()
    }

    #[test]
    fn the_interval_holds_its_estimate_and_covers_the_slowest_direction() {
        let mut state = 1_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let (mut measured, mut covered, mut widths) = (0, 0, 0.0);
        for _ in 0..400 {
            let slowest = 1.0 - 10_f64.powf(-0.1 - 2.0 * uniform());
            let RateVerdict::Linear(found) = judge(&of_five_directions(slowest, &mut uniform), FLOOR) else { continue };
            let truth = slowest * slowest;
            assert!(found.low <= found.rate && found.rate <= found.high, "{found:?}");
            measured += 1;
            covered += usize::from(found.low <= truth && truth <= found.high);
            widths += (found.high / found.low).ln() / -truth.ln();
        }
        assert!(measured > 380 && covered * 100 >= 90 * measured, "{covered} of {measured}");
        // Blocks of the whole window, with its faster directions, gave 12 %, and missed the estimate in one run of twenty.
        assert!(widths / (measured as f64) < 0.03, "{}", widths / measured as f64);
    }

    #[test]
    fn short_runs_have_none() {
        assert_eq!(judge(&trace(geometric(0.5, 5)), FLOOR), RateVerdict::NotReached);
        assert_eq!(judge(&trace(geometric(0.999, 100)), FLOOR), RateVerdict::NotReached);
        assert_eq!(judge(&[], FLOOR), RateVerdict::NotReached);
        assert_eq!(judge(&trace(geometric(0.001, 9)), FLOOR), RateVerdict::FloorLimited);
    }

    #[test]
    fn newtons_method_is_superlinear() {
        let gaps = [0.3, 0.2, 0.05, 4e-3, 1e-5, 1e-10, 1e-20];
        assert_eq!(judge(&trace(gaps), FLOOR), RateVerdict::Superlinear);
    }
}
