//! `linear`: z from the softmax gate whose last logit is 0, y = xᵀβ_z + σ·noise.

use super::draw::{choose, dot, normal};
use super::{
    BETA_NORM, CITATION, COLLINEARITY, D, EXPERTS, GATE_NORM, Generator, IMBALANCE, LICENCE, N, OUTLIERS, SIGMA,
    SOURCE, Shape, X,
};
use crate::options::Task;
use crate::registry::Info;

pub(crate) static LINEAR: Generator = Generator {
    info: Info {
        name: "linear",
        summary: "synthetic: linear experts under a softmax gate, real target, known truth",
        tasks: &[Task::Regression],
        n: None,
        d: None,
        classes: None,
        targets: &["y"],
        licence: LICENCE,
        source: SOURCE,
        citation: CITATION,
        parameters: &[N, D, EXPERTS, GATE_NORM, BETA_NORM, SIGMA, X, OUTLIERS, COLLINEARITY, IMBALANCE],
        sources: &[],
    },
    shape: |settings| Shape { gate: settings.experts - 1, experts: settings.experts, columns: 1 },
    classes: |_| None,
    draw: |truth, x, rng| {
        let z = choose(&truth.gate, x, rng);
        dot(&truth.experts[z][0], x) + truth.sigma * normal(rng)
    },
};

#[cfg(test)]
mod tests {
    use super::super::draw::dot;
    use super::super::tests::{assert_unbiased, generate, softmax};
    use super::LINEAR;

    #[test]
    fn the_mean_given_x_is_that_of_the_model() {
        let set = generate(&LINEAR, "{ name: linear, n: 20000, d: 3, experts: 3, x: student_t }");
        assert_unbiased(&set, |truth, x, y| {
            let gate = softmax(&truth.gate, x);
            y - (0..3).map(|z| gate[z] * dot(&truth.experts[z][0], x)).sum::<f64>()
        });
    }
}
