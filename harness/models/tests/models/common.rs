//! Random problems, and the likelihood by plain enumeration for comparison.

use std::sync::Arc;

use harness_models::{Data, Family, Model, ModelOptions, Noise, Objective, Target};
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

/// A problem to draw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) family: Family,
    pub(crate) noise: Noise,
    pub(crate) experts: usize,
    pub(crate) classes: usize,
    pub(crate) ridge: f64,
    pub(crate) n: usize,
    pub(crate) d: usize,
    pub(crate) seed: u64,
}

impl Case {
    pub(crate) fn new(family: Family) -> Self {
        let (noise, experts, classes) = (Noise::Fixed, 2, 2);
        Self { family, noise, experts, classes, ridge: 0.0, n: 150, d: 3, seed: 1 }
    }

    pub(crate) fn options(&self) -> ModelOptions {
        let mut options = ModelOptions::new(self.family);
        options.experts = Some(self.experts);
        options.ridge = self.ridge;
        if self.family == Family::Linear {
            options.noise = Some(self.noise);
            options.sigma = Some(0.8);
        }
        options
    }

    pub(crate) fn data(&self) -> Data {
        let mut rng = Pcg64::seed_from_u64(self.seed);
        let mut x = normals(&mut rng, self.n * self.d, 1.0);
        for row in x.chunks_exact_mut(self.d) {
            row[self.d - 1] = 1.0;
        }
        // Targets from two regimes, so that experts have something to find.
        let slopes = normals(&mut rng, 2 * self.d, 1.0);
        let real: Vec<f64> = x
            .chunks_exact(self.d)
            .map(|row| {
                let regime = usize::from(row[0] + 0.5 * rng.sample::<f64, _>(StandardNormal) > 0.0);
                let slope = &slopes[regime * self.d..(regime + 1) * self.d];
                dot(row, slope) + 0.6 * rng.sample::<f64, _>(StandardNormal)
            })
            .collect();
        let target = if self.family.is_classification() {
            let classes = u32::try_from(self.classes).unwrap();
            let mut label = |y: &f64| {
                let noisy = y + 0.8 * rng.sample::<f64, _>(StandardNormal);
                let spread = (noisy + 2.0) / 4.0 * f64::from(classes);
                (1..classes).rev().find(|class| spread >= f64::from(*class)).unwrap_or(0)
            };
            let labels = real.iter().map(&mut label).collect();
            Target::Classes { labels, n_classes: self.classes }
        } else {
            Target::Real(real)
        };
        Data::new(x, self.n, self.d, target).unwrap()
    }

    pub(crate) fn objective(&self) -> Objective {
        let data = self.data();
        let model = Model::new(&self.options(), self.d, data.n_classes(), self.n).unwrap();
        Objective::new(Arc::new(model), Arc::new(data)).unwrap()
    }

    pub(crate) fn theta(&self, scale: f64) -> Vec<f64> {
        let dim = self.objective().model().dim();
        normals(&mut Pcg64::seed_from_u64(self.seed ^ 0x5eed), dim, scale)
    }
}

/// All families and noise modes, with several numbers of experts and classes, with and without ridge.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for ridge in [0.0, 0.05] {
        for family in [Family::SymmetricLinear, Family::SymmetricLogistic] {
            cases.push(Case { ridge, ..Case::new(family) });
        }
        for experts in [2, 3, 5] {
            let linear = Case { experts, ridge, n: 400, ..Case::new(Family::Linear) };
            cases.push(linear);
            if ridge == 0.0 {
                cases.push(Case { noise: Noise::Shared, ..linear });
                cases.push(Case { noise: Noise::PerExpert, ..linear });
            }
        }
        for (experts, classes) in [(2, 2), (3, 2), (2, 3), (5, 3), (2, 10)] {
            cases.push(Case { experts, classes, ridge, n: 600, ..Case::new(Family::Logistic) });
        }
    }
    cases
}

pub(crate) fn normals(rng: &mut Pcg64, count: usize, scale: f64) -> Vec<f64> {
    (0..count).map(|_| scale * rng.sample::<f64, _>(StandardNormal)).collect()
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

pub(crate) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// `|a - b| / max(|b|, 1)`.
pub(crate) fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let difference: Vec<f64> = a.iter().zip(b).map(|(x, y)| x - y).collect();
    norm(&difference) / norm(b).max(1.0)
}

#[track_caller]
pub(crate) fn assert_close(a: &[f64], b: &[f64], tolerance: f64, what: &str) {
    let found = distance(a, b);
    assert!(found <= tolerance, "{what}: distance {found:e}");
}

/// `p(z | x) p(y | x, z)` of each expert, by the book.
pub(crate) fn joint(model: &Model, data: &Data, theta: &[f64], row: usize) -> Vec<f64> {
    let (d, k) = (model.d(), model.experts());
    let x = &*data.row(row);
    let column = |index: usize| dot(x, &theta[index * d..(index + 1) * d]);
    let mut gate: Vec<f64> = (0..k - 1).map(|z| column(z).exp()).collect();
    gate.push(1.0);
    let total: f64 = gate.iter().sum();
    let densities: Vec<f64> = match (model.family(), data.target()) {
        (Family::SymmetricLinear, Target::Real(y)) => {
            vec![gaussian(y[row], column(1), 1.0), gaussian(y[row], -column(1), 1.0)]
        }
        (Family::SymmetricLogistic, Target::Classes { labels, .. }) => {
            let y = if labels[row] == 1 { 1.0 } else { -1.0 };
            let sigmoid = |t: f64| 1.0 / (1.0 + (-t).exp());
            vec![sigmoid(y * column(1)), sigmoid(-y * column(1))]
        }
        (Family::Linear, Target::Real(y)) => (0..k)
            .map(|z| {
                let noise = &theta[d * (2 * k - 1)..];
                let sigma = match noise.len() {
                    0 => model.sigma(),
                    1 => noise[0].exp(),
                    _ => noise[z].exp(),
                };
                gaussian(y[row], column(k - 1 + z), sigma)
            })
            .collect(),
        (Family::Logistic, Target::Classes { labels, n_classes }) => (0..k)
            .map(|z| {
                let first = k - 1 + z * (n_classes - 1);
                let mut p: Vec<f64> = (0..n_classes - 1).map(|class| column(first + class).exp()).collect();
                p.push(1.0);
                p[labels[row] as usize] / p.iter().sum::<f64>()
            })
            .collect(),
        _ => unreachable!(),
    };
    gate.iter().zip(densities).map(|(pi, density)| pi / total * density).collect()
}

fn gaussian(y: f64, mean: f64, sigma: f64) -> f64 {
    let e = (y - mean) / sigma;
    (-0.5 * e * e).exp() / (sigma * std::f64::consts::TAU.sqrt())
}

/// L by the book.
pub(crate) fn brute_value(objective: &Objective, theta: &[f64]) -> f64 {
    let (model, data) = (objective.model(), objective.data());
    let total: f64 = (0..data.n()).map(|row| -joint(model, data, theta, row).iter().sum::<f64>().ln()).sum();
    total / data.n() as f64 + 0.5 * model.ridge() * dot(theta, theta)
}

/// Central differences of a function.
pub(crate) fn differences(theta: &[f64], mut f: impl FnMut(&[f64]) -> f64) -> Vec<f64> {
    let step = 1e-5;
    let mut at = theta.to_vec();
    (0..theta.len())
        .map(|i| {
            at[i] = theta[i] + step;
            let above = f(&at);
            at[i] = theta[i] - step;
            let below = f(&at);
            at[i] = theta[i];
            (above - below) / (2.0 * step)
        })
        .collect()
}
