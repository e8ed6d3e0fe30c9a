//! Names for what goes wrong in one block of theta, in M-steps and in mirror projections.

use crate::data::Data;
use crate::error::ModelError;
use crate::model::Model;
use crate::softmax_regression::{RowWeights, SolveFailure};

/// Total weight below which an expert has no rows left: products with it underflow.
const EMPTY: f64 = 1e-150;

/// Refuses experts without rows, where experts have weights of their own: the n by k `weights`.
/// With a ridge such an expert has a solution, zero, and is let through.
pub(crate) fn check_have_rows(model: &Model, data: &Data, weights: &[f64]) -> Result<(), ModelError> {
    if model.family().is_symmetric() || model.ridge() > 0.0 {
        return Ok(());
    }
    let k = model.experts();
    for expert in 0..k {
        let column = RowWeights::of(weights, k, expert);
        let mass: f64 = (0..data.n()).map(|row| column.get(row).abs()).sum();
        if mass < EMPTY {
            return Err(ModelError::EmptyExpert { expert });
        }
    }
    Ok(())
}

/// The reason why an expert's system is singular, where it is that hardly any row is left to it: rows are counted by their
/// weights, `(sum v)^2 / sum v^2`, in the n by k `weights`.
pub(crate) fn or_few_rows(model: &Model, data: &Data, weights: &[f64], error: ModelError) -> ModelError {
    let ModelError::NotPositiveDefinite { block, .. } = &error else { return error };
    let place = model.layout().blocks.iter().position(|known| known.name == *block);
    let Some(expert) = place.and_then(|place| place.checked_sub(1)).filter(|_| !model.family().is_symmetric()) else {
        return error;
    };
    let column = RowWeights::of(weights, model.experts(), expert);
    let sums = (0..data.n()).map(|row| column.get(row).abs()).fold((0.0, 0.0), |sums, v| (sums.0 + v, sums.1 + v * v));
    let rows = sums.0 * sums.0 / sums.1;
    if rows < data.d() as f64 { ModelError::FewRows { expert, rows, features: data.d() } } else { error }
}

/// A failed softmax regression of a block; `eta` is the size of a mirror step.
pub(crate) fn regression_failed(model: &Model, block: usize, eta: Option<f64>, failure: SolveFailure) -> ModelError {
    match failure {
        SolveFailure::Indefinite => not_definite(model, block, "Hessian", eta),
        SolveFailure::Stalled { iterations, decrement } => {
            ModelError::NotConverged { block: name(model, block), iterations, decrement }
        }
        SolveFailure::Overflow => ModelError::NotFinite { block: name(model, block) },
    }
}

/// A least squares problem of a block without a unique solution.
pub(crate) fn singular_gram(model: &Model, block: usize, eta: Option<f64>) -> ModelError {
    not_definite(model, block, "Gram matrix", eta)
}

fn not_definite(model: &Model, block: usize, matrix: &'static str, eta: Option<f64>) -> ModelError {
    let block = name(model, block);
    match eta {
        // A step of at most 1 has positive weights: the data is at fault, as in an M-step.
        Some(eta) if eta > 1.0 => ModelError::MirrorNotPositiveDefinite { block, matrix, eta },
        _ => ModelError::NotPositiveDefinite { block, matrix },
    }
}

fn name(model: &Model, block: usize) -> String {
    model.layout().blocks[block].name.clone()
}
