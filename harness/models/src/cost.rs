//! The machine-free cost of what an optimizer asked for, and the one place that says what is charged.
//!
//! One pass is a value and a gradient on all rows: two products of the data with `m` columns, `m` the
//! columns of all logits (gate and experts). Work on some columns is charged its share of `m`.
//!
//! | operation | passes |
//! |---|---|
//! | `value`, `nll`, `e_step`, `surrogate`, `mirror_map`, `test_metrics` | 1/2 |
//! | `value_gradient`, `surrogate_gradient`, `hessian_vector`, `mirror_gradient`, `evaluate` | 1 |
//! | `bregman` | 1 (values at two points) |
//! | `value_gradient_rows` with b rows | b / n |
//! | `m_step`, right-hand sides of all blocks (one product) | 1/2 |
//! | `mirror_step`, mean parameters, row gradients and their product | 1 |
//! | a softmax regression of p columns: each evaluation of value and gradient, those that a line search rejects included | p / m |
//! | the same: the Hessian of each Newton iteration, p (p + 1) / 2 weighted Grams | p (p + 1) / 2 * d / (4 m) |
//! | the same where p * d is too large for a dense Hessian: each CG iteration | p / m |
//! | `linear`, EM: a weighted Gram per expert but the largest, whose is what the Gram of all rows leaves | (k - 1) * d / (4 m) |
//! | `linear`, mirror steps and blended statistics: a weighted Gram per expert | k * d / (4 m) |
//! | the same where d is large: each CG iteration for all experts, and one at the start | k / m |
//! | the Gram of all rows, once in an objective's life, when first used: by `symmetric_linear` and `linear`, and as the preconditioner of CG | d / (4 m) |
//! | `linear` with estimated noise: the residuals of the new experts | k / (2 m) |
//! | factorizations and vector work | 0 |

/// Running totals of the work done on one objective.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Passes over the data.
    pub passes: f64,
    /// Evaluations of L, of the surrogate or of a mirror map, without a gradient.
    pub values: u64,
    /// Evaluations with a gradient: of L (mini-batches too), of the surrogate, of a mirror map.
    pub gradients: u64,
    /// E-steps.
    pub e_steps: u64,
    /// Inner iterations of M-steps and mirror projections: Newton plus conjugate gradients.
    pub inner: u64,
}

impl Cost {
    pub(crate) fn value(&mut self) {
        self.passes += 0.5;
        self.values += 1;
    }

    pub(crate) fn gradient(&mut self, share_of_rows: f64) {
        self.passes += share_of_rows;
        self.gradients += 1;
    }

    pub(crate) fn e_step(&mut self) {
        self.passes += 0.5;
        self.e_steps += 1;
    }

    pub(crate) fn work(&mut self, passes: f64) {
        self.passes += passes;
    }
}

/// Prices of work on some of the columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prices {
    /// A value and gradient on one column.
    pub(crate) column: f64,
    /// A weighted Gram matrix.
    pub(crate) gram: f64,
}

impl Prices {
    pub(crate) fn new(d: usize, columns: usize) -> Self {
        let m = columns as f64;
        Self { column: 1.0 / m, gram: d as f64 / (4.0 * m) }
    }
}
