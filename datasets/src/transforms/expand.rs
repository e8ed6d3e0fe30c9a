//! Transforms that make new columns of the old: products, and random Fourier features.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::frame::Frame;
use super::options::Transform;
use crate::error::{DataError, PrepareError};
use crate::split::unit;

/// Adds all products of 2 to `degree` columns, a column with itself included; the order is by degree, then by place.
pub(super) fn polynomial(frame: &mut Frame, transform: &Transform) -> Result<(), DataError> {
    let degree = transform.degree.unwrap_or(2);
    let mut count = 1_u128;
    for step in 1..=degree as u128 {
        // Monomials of d variables of at most that degree: binomial(d + degree, degree).
        count = count.saturating_mul(frame.d as u128 + step) / step;
    }
    frame.check_size(count)?;
    let mut factors: Vec<Vec<usize>> = (0..frame.d).map(|column| vec![column]).collect();
    let mut begin = 0;
    for _ in 1..degree {
        let end = factors.len();
        for shorter in begin..end {
            let last = factors[shorter].last().copied().unwrap_or(0);
            for column in last..frame.d {
                factors.push([factors[shorter].as_slice(), &[column]].concat());
            }
        }
        begin = end;
    }
    let names = factors.iter().map(|factors| product_name(&frame.columns, factors)).collect();
    frame.replace(names, |old, new| {
        for (cell, factors) in new.iter_mut().zip(&factors) {
            *cell = factors.iter().map(|&column| old[column]).product();
        }
    })?;
    match frame.x.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(at) => Err(PrepareError::NotFinite {
            dataset: frame.dataset.clone(),
            kind: transform.kind,
            column: frame.columns[at % frame.d].clone(),
            row: at / frame.d + 1,
        }
        .into()),
    }
}

/// `a^2*b` for the columns a, a, b.
fn product_name(columns: &[String], factors: &[usize]) -> String {
    let powers = factors.chunk_by(|a, b| a == b).map(|same| match same {
        [one] => columns[*one].clone(),
        _ => format!("{}^{}", columns[same[0]], same.len()),
    });
    powers.collect::<Vec<_>>().join("*")
}

/// Replaces x by √(2/m)·cos(wᵀx + b) with w from N(0, 1/width²) and b uniform in [0, 2π).
///
/// # Reference
///
/// A. Rahimi and B. Recht, Random features for large-scale kernel machines, NIPS 2007.
pub(super) fn random_fourier(frame: &mut Frame, transform: &Transform, rng: &mut dyn Rng) -> Result<(), DataError> {
    let features = transform.features.unwrap_or(1);
    frame.check_size(features as u128)?;
    frame.check_cells(features as u128 * frame.d as u128)?;
    let width = transform.width.unwrap_or(1.0);
    let factor = (2.0 / features as f64).sqrt();
    let waves: Vec<(Vec<f64>, f64)> = (0..features)
        .map(|_| {
            let w = (0..frame.d).map(|_| normal(rng) / width).collect();
            (w, unit(rng) * std::f64::consts::TAU)
        })
        .collect();
    let names = (1..=features).map(|feature| format!("fourier{feature}")).collect();
    frame.replace(names, |old, new| {
        for (cell, (w, b)) in new.iter_mut().zip(&waves) {
            let angle = w.iter().zip(old).map(|(w, x)| w * x).sum::<f64>() + b;
            *cell = factor * angle.cos();
        }
    })?;
    match frame.x.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(at) => Err(PrepareError::NotFinite {
            dataset: frame.dataset.clone(),
            kind: transform.kind,
            column: frame.columns[at % frame.d].clone(),
            row: at / frame.d + 1,
        }
        .into()),
    }
}

fn normal(rng: &mut dyn Rng) -> f64 {
    StandardNormal.sample(rng)
}
