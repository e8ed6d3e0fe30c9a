//! Anderson-accelerated EM, kept monotone.
//!
//! With g = F(θ) an EM step and f = g − θ, the next point is g − ΔG·γ, γ = argmin ‖f − ΔF·γ‖ over the last differences of
//! f and g. It is kept only if L there is no higher than at θ, which its E-step, part of the next EM step, tells; else the
//! EM step g itself is taken and the differences are forgotten. So L never rises. One step is one EM step.

use std::collections::VecDeque;

use harness_plugin_api::abi::{HARNESS_EXT_EM, HarnessStr};
use harness_plugin_api::{Config, Flow, Info, Optimizer, Param, Problem, Result, export};

const REQUIRES: &[HarnessStr] = &[HARNESS_EXT_EM];
/// Ridge of the least squares, relative to its trace: differences of f soon become almost dependent.
const RIDGE: f64 = 1e-14;

/// See the crate's documentation.
#[derive(Debug)]
pub struct AndersonEm {
    memory: usize,
    inner_tolerance: f64,
    /// L at θ; the responsibilities that the host keeps are those of θ whenever this is known.
    value: Option<f64>,
    /// f and g of the step before.
    last: Option<(Vec<f64>, Vec<f64>)>,
    /// Differences of f and of g.
    differences: VecDeque<(Vec<f64>, Vec<f64>)>,
}

impl Optimizer for AndersonEm {
    const INFO: Info = Info {
        name: "anderson_em",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Anderson-accelerated EM with a monotone safeguard",
        doc: "Update: θ⁺ = g − ΔG·γ with g = F(θ) an EM step, f = g − θ, γ = argmin ‖f − ΔF·γ‖ over the last `memory` \
              differences; θ⁺ = g where L(g − ΔG·γ) > L(θ).\n\
              Reference: Walker, Ni (2011), SIAM J. Numer. Anal. 49(4), doi:10.1137/10078356X; for EM with a safeguard \
              Henderson, Varadhan (2019), J. Comput. Graph. Statist. 28(4), doi:10.1080/10618600.2019.1594835.",
        params: &[
            &Param::integer("memory", "differences that are kept").default(5.0).range(1.0, 100.0).search(2.0, 15.0),
            &Param::real(
                "inner_tolerance",
                "M-step: Newton decrement, or gradient norm, at which an inner solver stops",
            )
            .default(1e-12)
            .positive()
            .log_search(1e-12, 1e-1),
        ],
        requires: REQUIRES,
        descent: true,
        ..Info::DEFAULT
    };

    fn create(_problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
        Ok(Self {
            memory: config.count("memory")?,
            inner_tolerance: config.real("inner_tolerance")?,
            value: None,
            last: None,
            differences: VecDeque::new(),
        })
    }

    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        let em = problem.em()?;
        let value = match self.value.take() {
            Some(value) => value,
            None => em.e_step(theta)?,
        };
        let mut image = theta.to_vec();
        em.m_step(&mut image, self.inner_tolerance)?;
        let residual: Vec<f64> = image.iter().zip(&*theta).map(|(new, old)| new - old).collect();
        if residual.iter().all(|component| *component == 0.0) {
            return Ok(Flow::Converged);
        }
        if let Some((last_residual, last_image)) = self.last.take() {
            self.differences.push_back((minus(&residual, &last_residual), minus(&image, &last_image)));
            if self.differences.len() > self.memory {
                self.differences.pop_front();
            }
        }
        let candidate = self.mix(&residual, &image);
        let lower = em.e_step(&candidate)?;
        if lower <= value {
            theta.copy_from_slice(&candidate);
            self.value = Some(lower);
            self.last = Some((residual, image));
        } else {
            theta.copy_from_slice(&image);
            self.differences.clear();
        }
        Ok(Flow::Continue)
    }
}

impl AndersonEm {
    /// g − ΔG·γ, by the normal equations.
    fn mix(&self, residual: &[f64], image: &[f64]) -> Vec<f64> {
        let count = self.differences.len();
        let mut gram = vec![vec![0.0; count]; count];
        let mut rhs = vec![0.0; count];
        for (i, (one, _)) in self.differences.iter().enumerate() {
            rhs[i] = dot(one, residual);
            for (j, (other, _)) in self.differences.iter().enumerate() {
                gram[i][j] = dot(one, other);
            }
        }
        let trace: f64 = (0..count).map(|i| gram[i][i]).sum();
        for (i, row) in gram.iter_mut().enumerate() {
            row[i] += RIDGE * trace;
        }
        let mut mixed = image.to_vec();
        if let Some(gamma) = solve(gram, rhs) {
            for ((_, difference), gamma) in self.differences.iter().zip(gamma) {
                for (target, value) in mixed.iter_mut().zip(difference) {
                    *target -= gamma * value;
                }
            }
        }
        mixed
    }
}

/// Gaussian elimination with pivoting; `None` of a singular or empty system.
fn solve(mut matrix: Vec<Vec<f64>>, mut rhs: Vec<f64>) -> Option<Vec<f64>> {
    let n = rhs.len();
    for k in 0..n {
        let pivot = (k..n).max_by(|a, b| matrix[*a][k].abs().total_cmp(&matrix[*b][k].abs()))?;
        matrix.swap(k, pivot);
        rhs.swap(k, pivot);
        if matrix[k][k] == 0.0 || !matrix[k][k].is_finite() {
            return None;
        }
        let (done, rest) = matrix.split_at_mut(k + 1);
        for (offset, row) in rest.iter_mut().enumerate() {
            let share = row[k] / done[k][k];
            for (target, value) in row.iter_mut().zip(&done[k]) {
                *target -= share * value;
            }
            rhs[k + 1 + offset] -= share * rhs[k];
        }
    }
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| matrix[k][j] * rhs[j]).sum();
        rhs[k] = (rhs[k] - known) / matrix[k][k];
    }
    (n > 0).then_some(rhs)
}

fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(x, y)| x - y).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

export!(AndersonEm);
