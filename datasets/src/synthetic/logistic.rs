//! `logistic`: z from the softmax gate whose last logit is 0, y from the softmax of expert z whose last logit is 0.

use super::draw::choose;
use super::{
    BETA_NORM, CITATION, CLASSES, COLLINEARITY, D, EXPERTS, GATE_NORM, Generator, IMBALANCE, LICENCE, N, OUTLIERS,
    SOURCE, Shape, X,
};
use crate::options::Task;
use crate::registry::Info;

pub(crate) static LOGISTIC: Generator = Generator {
    info: Info {
        name: "logistic",
        summary: "synthetic: softmax experts under a softmax gate, several classes, known truth",
        tasks: &[Task::Classification],
        n: None,
        d: None,
        classes: None,
        targets: &["y"],
        licence: LICENCE,
        source: SOURCE,
        citation: CITATION,
        parameters: &[N, D, EXPERTS, CLASSES, GATE_NORM, BETA_NORM, X, OUTLIERS, COLLINEARITY, IMBALANCE],
        sources: &[],
    },
    shape: |settings| Shape { gate: settings.experts - 1, experts: settings.experts, columns: settings.classes - 1 },
    classes: |settings| Some((0..settings.classes).map(|class| class.to_string()).collect()),
    draw: |truth, x, rng| {
        let z = choose(&truth.gate, x, rng);
        choose(&truth.experts[z], x, rng) as f64
    },
};

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_unbiased, generate, softmax};
    use super::LOGISTIC;

    #[test]
    fn the_class_probabilities_are_those_of_the_model() {
        let set = generate(&LOGISTIC, "{ name: logistic, n: 20000, d: 3, experts: 3, classes: 4 }");
        for class in 0..4 {
            assert_unbiased(&set, |truth, x, label| {
                let gate = softmax(&truth.gate, x);
                let p: f64 = (0..3).map(|z| gate[z] * softmax(&truth.experts[z], x)[class]).sum();
                f64::from(u8::from(label == class as f64)) - p
            });
        }
    }
}
