//! From a partition to parameters: one fit per part, a gate, and noise, written in θ's order.

use harness_plugin_api::abi::{HARNESS_BLOCK_EXPERT, HARNESS_BLOCK_GATE, HARNESS_BLOCK_NOISE};
use harness_plugin_api::{Data, Error, Problem, Result};
use ndarray::Array2;

use crate::fit;
use crate::partition::Partition;

/// Writes to `theta` the mixture whose experts are linfa fits of the parts (all of them the same fit if there is one
/// part) and whose gate is a linfa logistic regression of the part on the features (even, if there is one part).
pub(crate) fn from_partition(
    problem: Problem<'_>,
    partition: &Partition,
    alpha: Option<f64>,
    theta: &mut [f64],
) -> Result<()> {
    let (model, data) = (problem.model()?, problem.data()?);
    let alpha = alpha.unwrap_or(model.ridge * data.n_rows as f64);
    let is_logistic = match model.family {
        "logistic" => true,
        "linear" => false,
        other => {
            return Err(Error::unsupported(format!(
                "no linfa counterpart of family `{other}`: `linear` or `logistic` needed"
            )));
        }
    };

    let mut fits = Vec::with_capacity(partition.n_parts);
    for part in 0..partition.n_parts {
        let rows = partition.rows_of(part);
        let coefficients = if is_logistic {
            fit_classes(&data, rows, model.n_classes, alpha)
        } else {
            let target = data.target.ok_or_else(|| Error::failed("no real target"))?;
            fit::least_squares(select(&data, &rows), &rows.iter().map(|row| target[*row]).collect::<Vec<_>>())
        };
        fits.push(coefficients.map_err(|error| Error::numerical(format!("part {part}: {}", error.message())))?);
    }

    let mut expert = 0;
    for block in problem.blocks() {
        let values = match block.kind {
            HARNESS_BLOCK_GATE if partition.n_parts > 1 => {
                let all: Vec<usize> = (0..data.n_rows).collect();
                fit::logistic(select(&data, &all), &partition.part_of_row, partition.n_parts, alpha)
                    .map_err(|error| Error::numerical(format!("gate: {}", error.message())))?
            }
            HARNESS_BLOCK_GATE => vec![0.0; block.range().len()],
            HARNESS_BLOCK_EXPERT => {
                expert += 1;
                fits[(expert - 1) % fits.len()].clone()
            }
            HARNESS_BLOCK_NOISE => log_sigmas(&data, partition, &fits, block.cols)?,
            other => return Err(Error::failed(format!("unknown kind of block: {other}"))),
        };
        theta[block.range()].copy_from_slice(&values);
    }
    Ok(())
}

/// Fits the classes of a part; for a class without rows there the row of that class nearest to the part's mean joins.
fn fit_classes(data: &Data<'_>, mut rows: Vec<usize>, n_classes: usize, alpha: f64) -> Result<Vec<f64>> {
    let labels = data.labels.ok_or_else(|| Error::failed("no class labels"))?;
    let mean = select(data, &rows).mean_axis(ndarray::Axis(0)).ok_or_else(|| Error::numerical("no rows"))?;
    let distance = |row: usize| -> f64 {
        let x = &data.x[row * data.n_features..(row + 1) * data.n_features];
        x.iter().zip(&mean).map(|(a, b)| (a - b).powi(2)).sum()
    };
    for class in 0..n_classes {
        let is_class = |row: &usize| labels[*row] as usize == class;
        if !rows.iter().any(is_class) {
            let nearest = (0..data.n_rows).filter(is_class).min_by(|a, b| distance(*a).total_cmp(&distance(*b)));
            rows.push(nearest.ok_or_else(|| Error::failed(format!("no training row of class {class}")))?);
        }
    }
    let chosen: Vec<usize> = rows.iter().map(|row| labels[*row] as usize).collect();
    fit::logistic(select(data, &rows), &chosen, n_classes, alpha)
}

/// log σ from the residuals: one for all rows, or one per expert.
fn log_sigmas(data: &Data<'_>, partition: &Partition, fits: &[Vec<f64>], n_sigmas: usize) -> Result<Vec<f64>> {
    let target = data.target.ok_or_else(|| Error::failed("no real target"))?;
    let mut squares = vec![0.0; partition.n_parts];
    let mut counts = vec![0.0; partition.n_parts];
    for (row, part) in partition.part_of_row.iter().enumerate() {
        let x = &data.x[row * data.n_features..(row + 1) * data.n_features];
        let mean: f64 = x.iter().zip(&fits[*part]).map(|(a, b)| a * b).sum();
        squares[*part] += (target[row] - mean).powi(2);
        counts[*part] += 1.0;
    }
    if n_sigmas == 1 || partition.n_parts == 1 {
        let pooled = (squares.iter().sum::<f64>() / counts.iter().sum::<f64>()).sqrt().ln();
        return Ok(vec![pooled; n_sigmas]);
    }
    Ok(squares.iter().zip(&counts).map(|(square, count)| (square / count).sqrt().ln()).collect())
}

fn select(data: &Data<'_>, rows: &[usize]) -> Array2<f64> {
    Array2::from_shape_fn((rows.len(), data.n_features), |(i, j)| data.x[rows[i] * data.n_features + j])
}
