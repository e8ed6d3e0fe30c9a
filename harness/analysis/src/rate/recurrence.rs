//! The rate from how the objective slopes along each step: the largest root of a linear recurrence.
//!
//! Where an iteration moves by −P∇L, P symmetric, errors contract by J = I − P∇²L near an optimum, and with Δₜ the step and
//! gₜ the gradient before it P⁻¹Δₜ = −gₜ. J is symmetric in the inner product of P⁻¹, so that ⟨Δᵢ, P⁻¹Δⱼ⟩ = −⟨Δᵢ, gⱼ⟩ is a sum
//! of powers of its eigenvalues, Σ c λⁱ⁺ʲ with positive c. The slopes −⟨gₜ, Δₜ⟩ where a step begins and −⟨gₜ₊₁, Δₜ⟩ where it ends
//! are the terms 2t and 2t + 1 of that sequence. They know nothing of a reference, of P, or of what theory predicts.
//!
//! A sum of m powers satisfies a linear recurrence of order m. It is fitted by least squares to windows of the sequence
//! (Prony's method), thinned where the rate is slow; its largest root is the factor by which θ contracts. Directions that
//! are nearly as slow as the slowest are told apart, which a slope of the gap cannot do. What is believed is what orders 2,
//! 3 and 4 say alike on three windows in a row: where rounding, a curved map or a method with momentum rules, they differ.

use faer::{Mat, MatRef};

use super::TracedGap;

/// Terms of a window.
const WINDOW: usize = 12;
/// Orders that have to agree.
const ORDERS: [usize; 3] = [2, 3, 4];
/// Windows in a row that have to agree.
const IN_A_ROW: usize = 3;
/// Every so many terms are used: fast rates need all of them, slow ones would look constant.
const STRIDES: [usize; 6] = [1, 2, 4, 8, 16, 32];
/// Ends of windows that are tried for each stride.
const ENDS: usize = 48;
/// The sequence falls by this factor in a window at least: in a shorter one nothing can be told apart.
const FALL: f64 = 0.5;
/// Disagreement of the orders, relative, up to which the factor counts as known.
pub(super) const EXACT: f64 = 1e-5;
/// The same up to which it is still better than a slope that drifts.
pub(super) const ROUGH: f64 = 3e-3;
/// How far the logarithm of the factor may be from half of the gap's slope, relative.
const PLAUSIBLE: f64 = 0.25;
/// Share of the largest singular value below which one is rounding: about that of a step at the floor of its window.
const NOISE: f64 = 1e-8;

/// The largest root that a stretch of the run agrees on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Recurrence {
    /// Factor of θ per iteration.
    pub(super) factor: f64,
    /// Largest disagreement of orders and windows, relative.
    pub(super) spread: f64,
    /// Iterations of the window: after which it begins, with which it ends.
    pub(super) window: (f64, f64),
}

impl Recurrence {
    /// Half the width of the interval of the logarithm of the gap's factor. Nine runs in ten of those that were tried are
    /// within ten times the disagreement of what theory predicts.
    pub(super) fn half_width(&self) -> f64 {
        20.0 * self.spread.max(1e-8)
    }
}

/// The recurrence of a run, if it has one; with the slope of the log gap, if that is known, which it must be near to.
pub(super) fn find(trace: &[TracedGap], slope: Option<f64>) -> Option<Recurrence> {
    let (first, terms) = terms(trace)?;
    let is_plausible = |found: &Recurrence| {
        let logarithm = 2.0 * found.factor.ln();
        slope.is_none_or(|slope| (logarithm - slope).abs() <= PLAUSIBLE * slope.abs())
    };
    let all: Vec<Recurrence> = STRIDES.iter().flat_map(|stride| candidates(&terms, first, *stride)).collect();
    let plausible: Vec<Recurrence> = all.into_iter().filter(is_plausible).collect();
    // Of those that agree well the later ones: directions that are hardly excited come out last.
    let exact = || plausible.iter().filter(|found| found.spread <= EXACT);
    let last = exact().map(|found| found.window.1).fold(0.0, f64::max);
    exact()
        .filter(|found| found.window.1 >= 0.5 * last)
        .min_by(|a, b| a.spread.total_cmp(&b.spread))
        .or_else(|| plausible.iter().min_by(|a, b| a.spread.total_cmp(&b.spread)))
        .copied()
}

/// The sequence, two terms for each step, from the first stretch of steps that follow each other and descend; the
/// iteration before it.
fn terms(trace: &[TracedGap]) -> Option<(f64, Vec<f64>)> {
    let begin = trace.iter().position(|point| point.slopes.is_some())?;
    let mut terms = Vec::new();
    for (count, point) in trace[begin..].iter().enumerate() {
        let is_next = (point.iteration - trace[begin].iteration - count as f64).abs() < 0.5;
        match point.slopes {
            Some((before, after)) if is_next && before < 0.0 && after.is_finite() && after != 0.0 => {
                terms.extend([-before, -after]);
            }
            _ => break,
        }
    }
    Some((trace[begin].iteration - 1.0, terms))
}

fn candidates(terms: &[f64], first: f64, stride: usize) -> Vec<Recurrence> {
    let thin: Vec<f64> = terms.iter().copied().step_by(stride).collect();
    // Windows end with a step.
    let shift = if stride == 1 { 2 } else { 1 };
    let least = WINDOW + shift * (IN_A_ROW - 1);
    let begin = least.max(thin.len() / 3);
    let gap = shift * (thin.len().saturating_sub(begin) / (shift * ENDS) + 1);
    let factor_of = |root: f64| root.powf(1.0 / stride as f64);
    let agreed = |end: usize| {
        let windows: Vec<&[f64]> =
            (0..IN_A_ROW).map(|back| &thin[end - shift * back - WINDOW..end - shift * back]).collect();
        if windows[0][WINDOW - 1].abs() > FALL * windows[0][0].abs() {
            return None;
        }
        let mut factors: Vec<f64> = Vec::new();
        for order in ORDERS {
            for window in &windows {
                factors.push(factor_of(largest_root(window, order)?));
            }
            // Most windows are told from this alone.
            if spread(&factors) > ROUGH {
                return None;
            }
        }
        let iteration = |term: usize| first + (term * stride / 2) as f64;
        let found = Recurrence {
            factor: factors[0],
            spread: spread(&factors),
            window: (iteration(end - WINDOW), iteration(end - 1) + 1.0),
        };
        (found.factor < 1.0).then_some(found)
    };
    (begin..=thin.len()).step_by(gap).filter_map(agreed).collect()
}

fn spread(factors: &[f64]) -> f64 {
    let (low, high) = factors.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), f| (low.min(*f), high.max(*f)));
    (high - low) / factors[0]
}

/// Largest modulus of the roots of the recurrence of this order that fits the window best, errors being relative; `None`
/// where there is none.
fn largest_root(window: &[f64], order: usize) -> Option<f64> {
    let rows = window.len() - order;
    let matrix = Mat::from_fn(rows, order, |i, j| window[i + order - 1 - j] / window[i + order]);
    let ones = Mat::from_fn(rows, 1, |_, _| 1.0);
    let weights = least_squares(matrix.as_ref(), ones.as_ref())?;
    let companion = Mat::from_fn(order, order, |i, j| match i {
        0 => weights[j],
        _ => f64::from(u8::from(i == j + 1)),
    });
    let roots = companion.eigenvalues().ok()?;
    let largest = roots.iter().map(|root| root.norm()).fold(0.0, f64::max);
    (largest > 0.0 && largest.is_finite()).then_some(largest)
}

/// The shortest solution: where powers are fewer than the order, many recurrences fit. Columns are scaled to one length.
fn least_squares(matrix: MatRef<'_, f64>, rhs: MatRef<'_, f64>) -> Option<Vec<f64>> {
    let (rows, columns) = (matrix.nrows(), matrix.ncols());
    let lengths: Vec<f64> = (0..columns).map(|j| matrix.col(j).norm_l2()).collect();
    if !lengths.iter().all(|length| length.is_finite() && *length > 0.0) {
        return None;
    }
    let scaled = Mat::from_fn(rows, columns, |i, j| matrix[(i, j)] / lengths[j]);
    let svd = scaled.thin_svd().ok()?;
    let (u, s, v) = (svd.U(), svd.S().column_vector(), svd.V());
    let along = u.transpose() * rhs;
    let kept = |l: &usize| s[*l] > NOISE * s[0];
    let solve = |j: usize| (0..columns).filter(kept).map(|l| v[(j, l)] * along[(l, 0)] / s[l]).sum::<f64>();
    Some((0..columns).map(|j| solve(j) / lengths[j]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run whose errors contract by these factors in directions of their own, for P = 1, the floor of steps being 1e-14.
    fn run(modes: &[(f64, f64)], count: i32) -> Vec<TracedGap> {
        let noise = |k: i32, by: f64| 1e-14 * ((f64::from(k) * by).fract() - 0.5);
        (1..=count)
            .map(|k| {
                // Error a before the step, curvature 1 − λ: gradient (1 − λ)a, step −(1 − λ)a.
                let (mut before, mut after, mut gap, mut step) = (0.0, 0.0, 0.0, 0.0);
                for (at, (size, factor)) in modes.iter().enumerate() {
                    let error = size * factor.powi(k - 1);
                    let curvature = 1.0 - factor;
                    let moved = -curvature * error + noise(k, 0.618_033_988 + at as f64);
                    before += curvature * error * moved;
                    after += curvature * factor * error * moved;
                    gap += 0.5 * curvature * (factor * error).powi(2);
                    step += moved * moved;
                }
                TracedGap { iteration: f64::from(k), gap, step: step.sqrt(), slopes: Some((before, after)) }
            })
            .collect()
    }

    #[test]
    fn two_directions_of_nearly_the_same_rate_are_told_apart() {
        for (slow, fast) in [(0.45, 0.38), (0.6, 0.52), (0.9, 0.87), (0.99, 0.985), (0.3, 0.05)] {
            for size in [1.0, 10.0] {
                let trace = run(&[(0.1, slow), (0.1 * size, fast)], 500);
                let found = find(&trace, None).unwrap();
                assert!(found.spread <= EXACT, "{slow} {fast}: {found:?}");
                assert!((found.factor / slow - 1.0).abs() < 1e-6, "{slow} {fast} {size}: {found:?}");
            }
        }
    }

    #[test]
    fn the_slower_of_two_ends_counts_whatever_its_sign() {
        for (a, b) in [(0.5, -0.4), (-0.5, 0.4), (-0.7, 0.65), (0.5, -0.5)] {
            let found = find(&run(&[(0.1, a), (0.3, b)], 200), None).unwrap();
            assert!((found.factor - f64::abs(a)).abs() < 1e-5 * f64::abs(a), "{a} {b}: {found:?}");
        }
    }

    #[test]
    fn one_direction_alone_is_found_by_every_order() {
        for factor in [0.2, 0.9, 0.99] {
            let found = find(&run(&[(0.1, factor)], 300), None).unwrap();
            assert!((found.factor / factor - 1.0).abs() < 1e-7, "{factor}: {found:?}");
        }
    }

    #[test]
    fn powers_of_the_iteration_and_short_runs_have_none() {
        let power = |k: i32| f64::from(k + 1).powi(-2);
        let point = |k: i32| TracedGap {
            iteration: f64::from(k),
            gap: power(k),
            step: power(k),
            slopes: Some((-power(k), -power(k) * 0.9)),
        };
        let trace: Vec<TracedGap> = (1..300).map(point).collect();
        let found = find(&trace, None);
        assert!(found.is_none_or(|found| found.spread > EXACT), "{found:?}");
        assert_eq!(find(&run(&[(0.1, 0.5)], 6), None), None);
        let without: Vec<TracedGap> =
            run(&[(0.1, 0.5)], 30).into_iter().map(|point| TracedGap { slopes: None, ..point }).collect();
        assert_eq!(find(&without, None), None);
    }

    #[test]
    fn what_the_slope_of_the_gap_contradicts_is_not_believed() {
        let trace = run(&[(0.1, 0.5), (0.1, 0.4)], 60);
        assert!(find(&trace, Some(2.0 * 0.5_f64.ln())).is_some());
        assert_eq!(find(&trace, Some(2.0 * 0.9_f64.ln())), None);
    }
}
