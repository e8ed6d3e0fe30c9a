//! `symmetric_linear`: P(z=+1|x) = σ(xᵀw), y = z·xᵀβ + σ·noise. The model of that name has σ = 1.

use super::draw::{dot, normal, sign};
use super::{
    BETA_NORM, CITATION, COLLINEARITY, D, GATE_NORM, Generator, IMBALANCE, LICENCE, N, OUTLIERS, SIGMA, SOURCE, Shape,
    X,
};
use crate::options::Task;
use crate::registry::Info;

pub(crate) static SYMMETRIC_LINEAR: Generator = Generator {
    info: Info {
        name: "symmetric_linear",
        summary: "synthetic: two opposite linear experts, real target, known truth",
        tasks: &[Task::Regression],
        n: None,
        d: None,
        classes: None,
        targets: &["y"],
        licence: LICENCE,
        source: SOURCE,
        citation: CITATION,
        parameters: &[N, D, GATE_NORM, BETA_NORM, SIGMA, X, OUTLIERS, COLLINEARITY, IMBALANCE],
        sources: &[],
    },
    shape: |_| Shape { gate: 1, experts: 1, columns: 1 },
    classes: |_| None,
    draw: |truth, x, rng| {
        let z = sign(truth, x, rng);
        z * dot(&truth.experts[0][0], x) + truth.sigma * normal(rng)
    },
};

#[cfg(test)]
mod tests {
    use super::super::draw::{dot, sigmoid};
    use super::super::tests::{assert_unbiased, generate};
    use super::SYMMETRIC_LINEAR;

    #[test]
    fn the_mean_given_x_is_that_of_the_model() {
        let set = generate(&SYMMETRIC_LINEAR, "{ name: symmetric_linear, n: 20000, d: 3, sigma: 0.5 }");
        assert_unbiased(&set, |truth, x, y| {
            let (a, b) = (dot(&truth.gate[0], x), dot(&truth.experts[0][0], x));
            y - (2.0 * sigmoid(a) - 1.0) * b
        });
    }

    #[test]
    fn the_second_moment_given_x_is_that_of_the_model() {
        let set = generate(&SYMMETRIC_LINEAR, "{ name: symmetric_linear, n: 20000, d: 3, sigma: 0.5 }");
        assert_unbiased(&set, |truth, x, y| y * y - dot(&truth.experts[0][0], x).powi(2) - 0.25);
    }
}
