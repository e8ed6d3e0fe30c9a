//! `deep_linear` and `deep_logistic`: the gate of `linear` and `logistic`, and experts that are networks of one hidden
//! layer, f(x) = Σ aₕ·tanh(wₕᵀx). No parameters of a family give this law: the truth is not told.

use rand::Rng;

use super::draw::{choose, direction, dot, normal};
use super::{
    BETA_NORM, CITATION, CLASSES, COLLINEARITY, D, EXPERTS, GATE_NORM, HIDDEN, IMBALANCE, LICENCE, N, OUTLIERS, SIGMA,
    SOURCE, Settings, X, whole,
};
use crate::error::DataError;
use crate::options::{Options, Task};
use crate::registry::{Entry, Info};
use crate::table::{MAX_CELLS, Table, Target};

/// The norm of the weights of a hidden unit: its tanh is bent, not a step.
const HIDDEN_NORM: f64 = 2.0;

/// A generator with deep experts.
pub(crate) struct Deep {
    info: Info,
}

const INFO: Info = Info {
    name: "deep_linear",
    summary: "synthetic: experts that are networks under a softmax gate, real target",
    tasks: &[Task::Regression],
    n: None,
    d: None,
    classes: None,
    targets: &["y"],
    licence: LICENCE,
    source: SOURCE,
    citation: CITATION,
    parameters: &[N, D, EXPERTS, HIDDEN, GATE_NORM, BETA_NORM, SIGMA, X, OUTLIERS, COLLINEARITY, IMBALANCE],
    sources: &[],
};

pub(crate) static DEEP_LINEAR: Deep = Deep { info: INFO };

pub(crate) static DEEP_LOGISTIC: Deep = Deep {
    info: Info {
        name: "deep_logistic",
        summary: "synthetic: experts that are networks under a softmax gate, several classes",
        tasks: &[Task::Classification],
        parameters: &[N, D, EXPERTS, CLASSES, HIDDEN, GATE_NORM, BETA_NORM, X, OUTLIERS, COLLINEARITY, IMBALANCE],
        ..INFO
    },
};

/// One output of an expert: the weights of its hidden units, and of what they give.
struct Output {
    inner: Vec<Vec<f64>>,
    outer: Vec<f64>,
}

impl Output {
    fn draw(settings: &Settings, rng: &mut dyn Rng) -> Self {
        let inner = (0..settings.hidden).map(|_| direction(settings.d, HIDDEN_NORM, rng)).collect();
        Self { inner, outer: direction(settings.hidden, settings.beta_norm, rng) }
    }

    fn at(&self, x: &[f64]) -> f64 {
        self.inner.iter().zip(&self.outer).map(|(w, a)| a * dot(w, x).tanh()).sum()
    }
}

impl Entry for Deep {
    fn info(&self) -> &Info {
        &self.info
    }

    fn validate(&self, options: &Options) -> Result<(), DataError> {
        self.info.check(options)?;
        let settings = Settings::new(options);
        let network = settings.hidden as u128 * (settings.d as u128 + 1);
        let networks = (settings.experts as u128 * settings.classes as u128).saturating_mul(network);
        let cells = (settings.n as u128 * settings.d as u128).saturating_add(networks);
        if cells > MAX_CELLS {
            return Err(DataError::TooLarge { dataset: self.info.name.to_owned(), cells, limit: MAX_CELLS });
        }
        Ok(())
    }

    fn content_hash(&self, options: &Options) -> Result<String, DataError> {
        Ok(Settings::new(options).hash(&self.info))
    }

    fn load(&self, options: &Options, task: Task, rng: &mut dyn Rng) -> Result<Table, DataError> {
        let settings = Settings::new(options);
        let classes = if task == Task::Classification { settings.classes } else { 0 };
        let gate: Vec<Vec<f64>> =
            (1..settings.experts).map(|_| direction(settings.d, settings.gate_norm, rng)).collect();
        let outputs = classes.saturating_sub(1).max(1);
        let experts: Vec<Vec<Output>> =
            (0..settings.experts).map(|_| (0..outputs).map(|_| Output::draw(&settings, rng)).collect()).collect();
        let mut x = Vec::with_capacity(settings.n * settings.d);
        let mut y = Vec::with_capacity(settings.n);
        for row in 0..settings.n {
            settings.features(gate.first(), &mut x, rng);
            let features = &x[row * settings.d..];
            let expert = &experts[choose(&gate, features, rng)];
            let values: Vec<f64> = expert.iter().map(|output| output.at(features)).collect();
            let drawn = if classes == 0 {
                values[0] + settings.sigma * normal(rng)
            } else {
                // The outputs are the logits themselves, as of one feature each.
                let columns: Vec<Vec<f64>> = values.iter().map(|&value| vec![value]).collect();
                choose(&columns, &[1.0], rng) as f64
            };
            y.push(settings.outlier(drawn, classes, rng));
        }
        let target = if classes == 0 {
            Target::Real(y)
        } else {
            let names = (0..classes).map(|class| class.to_string()).collect();
            Target::Classes { labels: y.into_iter().map(whole).collect(), names }
        };
        Ok(Table {
            name: self.info.name.to_owned(),
            columns: (1..=settings.d).map(|j| format!("x{j}")).collect(),
            n: settings.n,
            d: settings.d,
            x: x.into(),
            target_name: "y".to_owned(),
            target,
            hash: settings.hash(&self.info),
            ..Table::empty()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream;

    fn generate(entry: &Deep, yaml: &str, task: Task) -> Table {
        let options: Options = serde_yaml::from_str(yaml).unwrap();
        entry.validate(&options).unwrap();
        entry.load(&options, task, &mut stream("deep", 0, "data")).unwrap()
    }

    #[test]
    fn targets_bend_and_classes_all_occur() {
        let set = generate(&DEEP_LINEAR, "{ n: 4000, d: 2, experts: 1, sigma: 0.001 }", Task::Regression);
        let Target::Real(y) = &set.target else { panic!("real") };
        let largest = y.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        // Eight units of size 1, their weights of norm 2.5: at most 2.5·√8.
        assert!(largest > 0.1 && largest < 8.0_f64.sqrt() * 2.5 + 0.1, "tanh is bounded: {largest}");
        assert!(set.truth.is_none());
        let set = generate(&DEEP_LOGISTIC, "{ n: 500, classes: 4 }", Task::Classification);
        let Target::Classes { labels, names } = &set.target else { panic!("classes") };
        assert_eq!(names.len(), 4);
        assert!((0..4).all(|class| labels.contains(&class)));
    }
}
