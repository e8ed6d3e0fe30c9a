//! `symmetric_logistic`: P(z=+1|x) = σ(xᵀw), P(y=+1|x,z) = σ(z·xᵀβ); label 0 is y = −1, label 1 is y = +1.

use super::draw::{coin, dot, sigmoid, sign};
use super::{
    BETA_NORM, CITATION, COLLINEARITY, D, GATE_NORM, Generator, IMBALANCE, LICENCE, N, OUTLIERS, SOURCE, Shape, X,
};
use crate::options::Task;
use crate::registry::Info;

pub(crate) static SYMMETRIC_LOGISTIC: Generator = Generator {
    info: Info {
        name: "symmetric_logistic",
        summary: "synthetic: two opposite logistic experts, two classes, known truth",
        tasks: &[Task::Classification],
        n: None,
        d: None,
        classes: Some(2),
        targets: &["y"],
        licence: LICENCE,
        source: SOURCE,
        citation: CITATION,
        parameters: &[N, D, GATE_NORM, BETA_NORM, X, OUTLIERS, COLLINEARITY, IMBALANCE],
        sources: &[],
    },
    shape: |_| Shape { gate: 1, experts: 1, columns: 1 },
    classes: |_| Some(vec!["-1".to_owned(), "1".to_owned()]),
    draw: |truth, x, rng| {
        let z = sign(truth, x, rng);
        f64::from(u8::from(coin(sigmoid(z * dot(&truth.experts[0][0], x)), rng)))
    },
};

#[cfg(test)]
mod tests {
    use super::super::draw::{dot, sigmoid};
    use super::super::tests::{assert_unbiased, generate};
    use super::SYMMETRIC_LOGISTIC;

    #[test]
    fn the_class_probabilities_are_those_of_the_model() {
        let set = generate(&SYMMETRIC_LOGISTIC, "{ name: symmetric_logistic, n: 20000, d: 3 }");
        assert_unbiased(&set, |truth, x, label| {
            let pi = sigmoid(dot(&truth.gate[0], x));
            let b = dot(&truth.experts[0][0], x);
            label - (pi * sigmoid(b) + (1.0 - pi) * sigmoid(-b))
        });
    }
}
