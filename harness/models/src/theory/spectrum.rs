//! Ends of the spectra by products alone, for models with too many parameters for matrices.
//!
//! Pencils are solved by Lanczos in the inner product of their right-hand matrix, whose systems are
//! solved by conjugate gradients; the answer comes with a bound on its error.

use std::cell::{Cell, RefCell};

use super::krylov::{Extremes, conjugate_gradients, lanczos};
use super::polish::most_products;
use super::rates::{Steps, momentum_radius};
use crate::hessian::Curvature;
use crate::objective::Objective;
use crate::sum::{axpy, dot};

/// Least and largest eigenvalue, and bounds on their errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ends {
    /// Least.
    pub least: f64,
    /// Largest.
    pub largest: f64,
    /// Bound on the error of the least.
    pub least_error: f64,
    /// Bound on the error of the largest.
    pub largest_error: f64,
}

impl From<Extremes> for Ends {
    fn from(found: Extremes) -> Self {
        let Extremes { least, largest, least_error, largest_error } = found;
        Self { least, largest, least_error, largest_error }
    }
}

/// Relative error at which an end counts as known.
const TOLERANCE: f64 = 1e-9;
/// Relative residual of the systems with the right-hand matrix.
const SOLVE: f64 = 1e-12;
/// Vectors that Lanczos's method keeps.
const VECTORS: usize = 200;
/// So many times the products that polishing may take.
const WORK: usize = 3;

/// Why the ends of a spectrum are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// A matrix is not finite.
    #[error("a product with a matrix is not finite")]
    NotFinite,
    /// The projection of a mirror step has no minimum.
    #[error("a matrix that should be positive definite is not")]
    Indefinite,
    /// A system was not solved.
    #[error("conjugate gradients did not come to a residual of 1e-12: the matrix is too badly conditioned")]
    Unsolved,
    /// On large data there are not enough products for an answer.
    #[error("the data are too large: the products that it would take were given up")]
    Work,
}

/// Local rates at one point, which should be an optimum, by products alone.
pub struct ProductRates<'a> {
    objective: &'a mut Objective,
    theta: &'a [f64],
    products: usize,
    hessian: Option<Ends>,
    /// By step, in bits.
    mirror: Vec<(u64, Result<Ends, Unknown>)>,
}

impl<'a> ProductRates<'a> {
    /// At theta.
    pub fn new(objective: &'a mut Objective, theta: &'a [f64]) -> Self {
        let products = WORK * most_products(objective);
        Self { objective, theta, products, hessian: None, mirror: Vec::new() }
    }

    /// Ends of the Hessian of L with its ridge.
    ///
    /// # Errors
    ///
    /// See [`Unknown`].
    pub fn hessian(&mut self) -> Result<Ends, Unknown> {
        if let Some(known) = self.hessian {
            return Ok(known);
        }
        let ends = self.scaled(Steps::common(1.0))?;
        self.hessian = Some(ends);
        Ok(ends)
    }

    /// Ends of `D^1/2 O D^1/2`, the Hessian scaled by steps.
    fn scaled(&mut self, steps: Steps) -> Result<Ends, Unknown> {
        let roots: Vec<f64> =
            steps.diagonal(self.objective.model().layout()).iter().map(|step| step.max(0.0).sqrt()).collect();
        let times = |v: &[f64]| -> Vec<f64> { v.iter().zip(&roots).map(|(value, root)| value * root).collect() };
        let Self { objective, theta, products, .. } = self;
        let mut failure = Unknown::NotFinite;
        let apply = |v: &[f64]| {
            let mut out = vec![f64::NAN; v.len()];
            match products.checked_sub(1) {
                Some(left) => {
                    *products = left;
                    objective.hessian_vector(theta, &times(v), &mut out);
                }
                None => failure = Unknown::Work,
            }
            times(&out)
        };
        let found = lanczos(roots.len(), TOLERANCE, VECTORS, apply, <[f64]>::to_vec);
        found.map(Ends::from).ok_or(failure)
    }

    /// Ends of the surrogate's Hessian with its ridge.
    ///
    /// # Errors
    ///
    /// See [`Unknown`].
    pub fn complete(&mut self) -> Result<Ends, Unknown> {
        let Self { objective, theta, products, .. } = self;
        let mut failure = Unknown::NotFinite;
        let apply = |v: &[f64]| {
            let mut out = vec![f64::NAN; v.len()];
            match products.checked_sub(1) {
                Some(left) => {
                    *products = left;
                    objective.projection_vector(theta, 1.0, v, &mut out);
                }
                None => failure = Unknown::Work,
            }
            out
        };
        let found = lanczos(theta.len(), TOLERANCE, VECTORS, apply, <[f64]>::to_vec);
        found.map(Ends::from).ok_or(failure)
    }

    /// Ends of the pencil `eta (I_observed + ridge I), H_eta`: those of mirror descent's contraction, and at 1 of EM's,
    /// whose eigenvalues are `1 - eig(M)`.
    ///
    /// # Errors
    ///
    /// See [`Unknown`].
    pub fn mirror_ends(&mut self, eta: f64) -> Result<Ends, Unknown> {
        if let Some((_, known)) = self.mirror.iter().find(|(step, _)| *step == eta.to_bits()) {
            return *known;
        }
        let found = self.find_mirror_ends(eta);
        self.mirror.push((eta.to_bits(), found));
        found
    }

    fn find_mirror_ends(&mut self, eta: f64) -> Result<Ends, Unknown> {
        let (theta, dim) = (self.theta, self.theta.len());
        let products = Cell::new(self.products);
        let objective = RefCell::new(&mut *self.objective);
        let failure = Cell::new(None);
        let spend = |count: usize| {
            if products.get() < count {
                failure.set(Some(Unknown::Work));
            }
            products.set(products.get().saturating_sub(count));
        };
        let projection = |v: &[f64], out: &mut [f64]| {
            spend(2);
            // A curvature of 0 ends conjugate gradients.
            if failure.get().is_some() {
                out.fill(0.0);
            } else {
                objective.borrow_mut().projection_vector(theta, eta, v, out);
            }
        };
        let apply = |v: &[f64]| {
            let mut image = vec![0.0; dim];
            spend(1);
            objective.borrow_mut().hessian_vector(theta, v, &mut image);
            let solution = conjugate_gradients(&image, None, SOLVE, 10 * dim.min(1000), projection);
            if !solution.is_solved && failure.get().is_none() {
                failure.set(Some(if solution.is_indefinite { Unknown::Indefinite } else { Unknown::Unsolved }));
            }
            // What is not solved is no product: Lanczos's method ends there.
            let scale = if failure.get().is_some() { f64::NAN } else { eta };
            solution.x.iter().map(|value| scale * value).collect()
        };
        let inner = |v: &[f64]| {
            let mut out = vec![0.0; dim];
            projection(v, &mut out);
            if dot(v, &out) < 0.0 {
                failure.set(failure.get().or(Some(Unknown::Indefinite)));
            }
            out
        };
        let found = lanczos(dim, TOLERANCE, VECTORS, apply, inner);
        self.products = products.get();
        match (failure.get(), found) {
            (Some(reason), _) => Err(reason),
            (None, found) => found.map(Ends::from).ok_or(Unknown::NotFinite),
        }
    }

    /// Mirror descent with step `eta`; EM at 1.
    ///
    /// # Errors
    ///
    /// See [`Unknown`].
    pub fn mirror(&mut self, eta: f64) -> Result<f64, Unknown> {
        let ends = self.mirror_ends(eta)?;
        Ok((1.0 - ends.least).abs().max((1.0 - ends.largest).abs()))
    }

    /// Gradient descent, or with a momentum `mu` the heavy ball, or Nesterov's. Each root is largest at an end of the
    /// spectrum.
    ///
    /// # Errors
    ///
    /// See [`Unknown`].
    pub fn momentum(&mut self, steps: Steps, mu: f64, is_nesterov: bool) -> Result<f64, Unknown> {
        let ends = self.scaled(steps)?;
        let root = |s: f64| momentum_radius(s, mu, is_nesterov);
        Ok(root(ends.least).max(root(ends.largest)))
    }
}

impl Objective {
    /// `H_eta v`.
    fn projection_vector(&mut self, theta: &[f64], eta: f64, v: &[f64], out: &mut [f64]) {
        self.information_vector(Curvature::Complete, theta, v, out);
        for value in out.iter_mut() {
            *value *= eta;
        }
        axpy(eta * self.model().ridge(), v, out);
        // At a step of 1 nothing of the model's matrix is left.
        if eta.to_bits() != 1.0_f64.to_bits() {
            let mut model = vec![0.0; v.len()];
            self.information_vector(Curvature::Model, theta, v, &mut model);
            axpy(1.0 - eta, &model, out);
        }
    }
}
