//! Local linear rates at an optimum: by how much each method's error in theta shrinks per iteration.
//!
//! With `O = I_observed + ridge I` and `C = I_complete + ridge I` an iteration that moves by
//! `-P grad L`, P symmetric, has the Jacobian `I - P O`; its eigenvalues are `1 - eig(O^1/2 P O^1/2)`,
//! which is symmetric. The objective's gap contracts by the square.
//!
//! | method | P |
//! |---|---|
//! | EM | `C^-1`; the Jacobian is M |
//! | mirror descent, step eta | `eta H_eta^-1`, [`Information::projection`] |
//! | gradient descent, steps D | `D` |
//! | gradient EM, m inner steps D | `[I - (I - D C)^m] C^-1` |
//! | heavy ball, Nesterov | roots of a quadratic per eigenvalue of `D^1/2 O D^1/2` |
//!
//! The best mirror step is where the two ends balance: the eigenvalues `mu` of `eta H_eta^-1 O` grow
//! with eta, so that `max(1 - mu_min, mu_max - 1)` is least at `mu_min + mu_max = 2`.
//!
//! Reference: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964,
//! doi:10.1016/0041-5553(64)90137-5 (heavy ball); Fruytier, Mokhtari, Sanghavi, ICML 2025, arXiv
//! 2411.06056 (EM as mirror descent); the Jacobian of a mirror step follows from its stationarity.

use faer::Mat;

use super::eigen::{Whitening, eigenvalues, symmetric};
use super::information::Information;
use crate::layout::{BlockKind, Layout};

/// Step sizes per block kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steps {
    /// For the gate.
    pub gate: f64,
    /// For the experts.
    pub experts: f64,
    /// For log standard deviations.
    pub noise: f64,
}

impl Steps {
    /// One step size for all.
    pub fn common(step: f64) -> Self {
        Self { gate: step, experts: step, noise: step }
    }

    pub(super) fn diagonal(self, layout: &Layout) -> Vec<f64> {
        let mut diagonal = vec![0.0; layout.dim];
        for block in &layout.blocks {
            diagonal[block.range()].fill(match block.kind {
                BlockKind::Gate => self.gate,
                BlockKind::Expert => self.experts,
                BlockKind::Noise => self.noise,
            });
        }
        diagonal
    }
}

/// Step sizes with the least rate, and that rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestSteps {
    /// Step sizes.
    pub steps: Steps,
    /// Momentum; 0 for plain descent.
    pub momentum: f64,
    /// The rate.
    pub rate: f64,
}

/// Rates of every method that has one, at one point, which should be an optimum.
#[derive(Clone, Debug)]
pub struct LocalRates {
    information: Information,
    layout: Layout,
    hessian: Mat<f64>,
    surrogate: Whitening,
    flat: usize,
    curvatures: Vec<f64>,
    missing: Vec<f64>,
}

impl LocalRates {
    /// `None` where a matrix is not finite, or the surrogate's Hessian has a negative direction.
    pub fn new(information: Information, layout: &Layout) -> Option<Self> {
        let hessian = information.hessian();
        let surrogate = Whitening::new(&information.surrogate(), &information.scale)?;
        let flat = layout.dim - surrogate.rank();
        let curvatures = drop_least(eigenvalues(&hessian)?, flat);
        let missing = surrogate.pencil(&information.missing())?;
        Some(Self { information, layout: layout.clone(), hessian, surrogate, flat, curvatures, missing })
    }

    /// The matrices.
    pub fn information(&self) -> &Information {
        &self.information
    }

    /// Directions in which nothing has curvature: collinear columns, a standard deviation at its floor.
    /// They are left out of all eigenvalues.
    pub fn flat_directions(&self) -> usize {
        self.flat
    }

    /// Eigenvalues of the Hessian of L, ascending.
    pub fn curvatures(&self) -> &[f64] {
        &self.curvatures
    }

    /// Eigenvalues of M, ascending.
    pub fn missing(&self) -> &[f64] {
        &self.missing
    }

    /// Condition number of the surrogate's Hessian `I_complete + ridge I`.
    pub fn surrogate_condition(&self) -> Option<f64> {
        let values = drop_least(eigenvalues(&self.information.surrogate())?, self.flat);
        Some(values.last()? / values.first()?)
    }

    /// Condition number of the Hessian; infinite or negative where this is no strict optimum.
    pub fn condition(&self) -> Option<f64> {
        Some(self.curvatures.last()? / self.curvatures.first()?)
    }

    /// EM: the largest eigenvalue of M.
    pub fn em(&self) -> Option<f64> {
        let (least, most) = (self.missing.first()?, self.missing.last()?);
        Some(most.abs().max(least.abs()))
    }

    /// Mirror descent with step `eta`; `None` where the projection does not exist.
    pub fn mirror(&self, eta: f64) -> Option<f64> {
        let ends = self.mirror_ends(eta)?;
        Some((1.0 - ends.0).abs().max((1.0 - ends.1).abs()))
    }

    /// Ends of the spectrum of `eta H_eta^-1 O`.
    fn mirror_ends(&self, eta: f64) -> Option<(f64, f64)> {
        let whitening = Whitening::new(&self.information.projection(eta), &self.information.scale)?;
        if whitening.rank() < self.surrogate.rank() {
            return None;
        }
        let values = whitening.pencil(&self.hessian)?;
        Some((eta * values.first()?, eta * values.last()?))
    }

    /// The step of mirror descent with the least rate, and that rate. `None` at a saddle.
    pub fn best_mirror(&self) -> Option<(f64, f64)> {
        let excess = |eta: f64| self.mirror_ends(eta).map_or(f64::INFINITY, |(low, high)| low + high - 2.0);
        if self.curvatures.first().is_none_or(|least| *least <= 0.0) {
            return None;
        }
        let (mut low, mut high) = (1e-3, 2.0);
        while excess(high) < 0.0 && high < 1e6 {
            low = high;
            high *= 2.0;
        }
        // Halving an interval of this size 80 times leaves nothing of it.
        for _ in 0..80 {
            let middle = 0.5 * (low + high);
            if excess(middle) < 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        self.mirror(low).map(|rate| (low, rate))
    }

    /// Gradient descent.
    pub fn gradient_descent(&self, steps: Steps) -> Option<f64> {
        let values = self.scaled(steps)?;
        Some((1.0 - values.first()?).abs().max((1.0 - values.last()?).abs()))
    }

    /// The heavy ball: `theta+ = theta - D grad L(theta) + mu (theta - theta-)`.
    pub fn heavy_ball(&self, steps: Steps, mu: f64) -> Option<f64> {
        largest(self.scaled(steps)?.into_iter().map(|s| momentum_radius(s, mu, false)))
    }

    /// Nesterov's momentum with a constant mu: the gradient is taken ahead.
    pub fn nesterov(&self, steps: Steps, mu: f64) -> Option<f64> {
        largest(self.scaled(steps)?.into_iter().map(|s| momentum_radius(s, mu, true)))
    }

    /// Gradient EM with `inner_steps` steps on the surrogate; `None` where they diverge on it.
    pub fn gradient_em(&self, steps: Steps, inner_steps: u64) -> Option<f64> {
        let diagonal = steps.diagonal(&self.layout);
        let root = |i: usize| diagonal[i].sqrt();
        let p = diagonal.len();
        let complete = self.information.surrogate();
        let scaled = Mat::from_fn(p, p, |i, j| root(i) * complete[(i, j)] * root(j));
        let eigen = scaled.self_adjoint_eigen(faer::Side::Lower).ok()?;
        // P = D^1/2 f(D^1/2 C D^1/2) D^1/2 with f(s) = [1 - (1 - s)^m] / s, a geometric sum.
        let sum = |s: f64| (0..inner_steps).fold(0.0, |sum, _| 1.0 + (1.0 - s) * sum);
        let weights: Vec<f64> = eigen.S().column_vector().iter().map(|s| sum(*s)).collect();
        let u = eigen.U();
        // P = R R' wherever it is definite, and then P O has the eigenvalues of R' O R, at a saddle too. An even number
        // of steps beyond 2 / s goes uphill.
        if weights.iter().any(|weight| *weight <= 0.0) {
            return None;
        }
        let factor = Mat::from_fn(p, p, |i, l| root(i) * u[(i, l)] * weights[l].sqrt());
        let values = eigenvalues(&symmetric(&(factor.transpose() * &self.hessian * &factor)))?;
        largest(drop_least(values, self.flat).into_iter().map(|mu| 1.0 - mu))
    }

    /// The best common step of gradient descent: `2 / (kappa_min + kappa_max)`.
    pub fn best_gradient_descent(&self) -> Option<BestSteps> {
        let (least, most) = self.strict_ends()?;
        Some(BestSteps {
            steps: Steps::common(2.0 / (least + most)),
            momentum: 0.0,
            rate: (most - least) / (most + least),
        })
    }

    /// The best common step and momentum of the heavy ball on a quadratic (Polyak 1964).
    pub fn best_heavy_ball(&self) -> Option<BestSteps> {
        let (least, most) = self.strict_ends()?;
        let rate = (most.sqrt() - least.sqrt()) / (most.sqrt() + least.sqrt());
        let step = 4.0 / (most.sqrt() + least.sqrt()).powi(2);
        Some(BestSteps { steps: Steps::common(step), momentum: rate * rate, rate })
    }

    /// The best steps of gradient descent with one step for the gate and one for all else.
    ///
    /// The condition number of a diagonally scaled matrix is quasiconvex in the scaling, so that a
    /// golden section over the logarithm of the ratio of the steps finds the best one.
    pub fn best_gradient_descent_per_block(&self) -> Option<BestSteps> {
        self.strict_ends()?;
        let ends = |log_ratio: f64| {
            let values = self.scaled(Steps { gate: log_ratio.exp(), experts: 1.0, noise: 1.0 })?;
            Some((*values.first()?, *values.last()?))
        };
        let condition = |log_ratio: f64| {
            ends(log_ratio)
                .map_or(f64::INFINITY, |(least, most)| if least > 0.0 { most / least } else { f64::INFINITY })
        };
        let log_ratio = golden_section(-16.0, 16.0, condition);
        let (least, most) = ends(log_ratio)?;
        let step = 2.0 / (least + most);
        let steps = Steps { gate: step * log_ratio.exp(), experts: step, noise: step };
        Some(BestSteps { steps, momentum: 0.0, rate: (most - least) / (most + least) })
    }

    /// Least and largest curvature, where all are positive.
    fn strict_ends(&self) -> Option<(f64, f64)> {
        let (least, most) = (*self.curvatures.first()?, *self.curvatures.last()?);
        (least > 0.0).then_some((least, most))
    }

    /// Eigenvalues of `D^1/2 O D^1/2`, ascending, flat directions left out.
    fn scaled(&self, steps: Steps) -> Option<Vec<f64>> {
        let diagonal = steps.diagonal(&self.layout);
        let p = diagonal.len();
        let scaled = Mat::from_fn(p, p, |i, j| diagonal[i].sqrt() * self.hessian[(i, j)] * diagonal[j].sqrt());
        Some(drop_least(eigenvalues(&scaled)?, self.flat))
    }
}

/// Leaves out the `count` values nearest to 0 of an ascending list.
fn drop_least(mut values: Vec<f64>, count: usize) -> Vec<f64> {
    for _ in 0..count {
        let nearest = (0..values.len()).min_by(|a, b| values[*a].abs().total_cmp(&values[*b].abs()));
        if let Some(nearest) = nearest {
            values.remove(nearest);
        }
    }
    values
}

/// Largest absolute value; `None` of nothing.
fn largest(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.map(f64::abs).max_by(f64::total_cmp)
}

/// Factor along a direction of scaled curvature `s` with a momentum: of the heavy ball, or of Nesterov.
pub(super) fn momentum_radius(s: f64, mu: f64, is_nesterov: bool) -> f64 {
    if is_nesterov {
        quadratic_radius((1.0 + mu) * (1.0 - s), mu * (1.0 - s))
    } else {
        quadratic_radius(1.0 + mu - s, mu)
    }
}

/// Largest modulus of the roots of `z^2 - sum z + product`.
fn quadratic_radius(sum: f64, product: f64) -> f64 {
    let discriminant = sum * sum - 4.0 * product;
    if discriminant < 0.0 { product.sqrt() } else { 0.5 * (sum.abs() + discriminant.sqrt()) }
}

/// The place of the least value of a quasiconvex function.
fn golden_section(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let share = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut a, mut b) = (high - share * (high - low), low + share * (high - low));
    let (mut at_a, mut at_b) = (f(a), f(b));
    for _ in 0..80 {
        if at_a <= at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - share * (high - low);
            at_a = f(a);
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + share * (high - low);
            at_b = f(b);
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_of_quadratics() {
        assert!((quadratic_radius(5.0, 6.0) - 3.0).abs() < 1e-15);
        assert!((quadratic_radius(-5.0, 6.0) - 3.0).abs() < 1e-15);
        assert!((quadratic_radius(0.0, 0.25) - 0.5).abs() < 1e-15);
        assert!((quadratic_radius(0.0, -0.25) - 0.5).abs() < 1e-15);
    }

    #[test]
    fn the_golden_section_finds_a_minimum() {
        assert!((golden_section(-3.0, 9.0, |x| (x - 1.25).abs()) - 1.25).abs() < 1e-9);
    }
}
