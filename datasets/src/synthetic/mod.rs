//! Synthetic sets: a truth in random directions with given norms, features of a known law, and rows drawn from a family.
//!
//! The order of the draws is part of a set's definition: the gate's columns, the experts' columns, then row by row the
//! features, the latent expert and the target. So the first rows of a longer set are those of a shorter one. A change of
//! any drawn number is a new [`VERSION`]. `outliers`, `collinearity` and `imbalance` draw nothing where they are 0.

mod deep;
mod draw;
mod linear;
mod logistic;
mod symmetric_linear;
mod symmetric_logistic;

use rand::Rng;

pub(crate) use self::deep::{DEEP_LINEAR, DEEP_LOGISTIC};
use self::draw::{coin, covariate, direction, dot, normal, uniform};
pub(crate) use self::linear::LINEAR;
pub(crate) use self::logistic::LOGISTIC;
pub(crate) use self::symmetric_linear::SYMMETRIC_LINEAR;
pub(crate) use self::symmetric_logistic::SYMMETRIC_LOGISTIC;
use crate::error::DataError;
use crate::options::{CovariateLaw, Options, Task};
use crate::registry::{Entry, Info, Parameter};
use crate::table::{MAX_CELLS, Table, Target, Truth, label};

/// The version of the generators, part of the content hash.
const VERSION: u32 = 1;

/// A family of synthetic sets.
pub(crate) struct Generator {
    pub(crate) info: Info,
    /// The numbers of gate columns, of experts and of columns an expert.
    pub(crate) shape: fn(&Settings) -> Shape,
    /// The names of the classes, or `None` for a real target.
    pub(crate) classes: fn(&Settings) -> Option<Vec<String>>,
    /// Draws the latent expert and the target of a row; for classes, the label as a whole number.
    pub(crate) draw: fn(&Truth, &[f64], &mut dyn Rng) -> f64,
}

/// The options with defaults filled in.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) n: usize,
    pub(crate) d: usize,
    pub(crate) experts: usize,
    pub(crate) classes: usize,
    pub(crate) gate_norm: f64,
    pub(crate) beta_norm: f64,
    pub(crate) sigma: f64,
    pub(crate) x: CovariateLaw,
    pub(crate) outliers: f64,
    pub(crate) collinearity: f64,
    pub(crate) imbalance: f64,
    pub(crate) hidden: usize,
}

/// How many columns a truth has.
pub(crate) struct Shape {
    pub(crate) gate: usize,
    pub(crate) experts: usize,
    pub(crate) columns: usize,
}

impl Settings {
    fn new(options: &Options) -> Self {
        Self {
            n: options.n.unwrap_or(1000),
            d: options.d.unwrap_or(5),
            experts: options.experts.unwrap_or(2),
            classes: options.classes.unwrap_or(3),
            gate_norm: options.gate_norm.unwrap_or(2.5),
            beta_norm: options.beta_norm.unwrap_or(2.5),
            sigma: options.sigma.unwrap_or(1.0),
            x: options.x.unwrap_or_default(),
            outliers: options.outliers.unwrap_or(0.0),
            collinearity: options.collinearity.unwrap_or(0.0),
            imbalance: options.imbalance.unwrap_or(0.0),
            hidden: options.hidden.unwrap_or(8),
        }
    }

    /// The value of a parameter as the content hash has it.
    fn text(&self, parameter: &str) -> String {
        match parameter {
            "n" => self.n.to_string(),
            "d" => self.d.to_string(),
            "experts" => self.experts.to_string(),
            "classes" => self.classes.to_string(),
            "gate_norm" => self.gate_norm.to_string(),
            "beta_norm" => self.beta_norm.to_string(),
            "sigma" => self.sigma.to_string(),
            "x" => self.x.name().to_owned(),
            "outliers" => self.outliers.to_string(),
            "collinearity" => self.collinearity.to_string(),
            "imbalance" => self.imbalance.to_string(),
            "hidden" => self.hidden.to_string(),
            other => unreachable!("`{other}` is no parameter of a generator"),
        }
    }
}

impl Settings {
    /// The content hash of a generator with these settings. Parameters that came later count where they are not 0, so
    /// that sets from before keep their hashes.
    fn hash(&self, info: &Info) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("harness/1 synthetic\0{} {VERSION}\0", info.name).as_bytes());
        for Parameter { name, .. } in info.parameters {
            let text = self.text(name);
            if !(matches!(*name, "outliers" | "collinearity" | "imbalance") && text == "0") {
                hasher.update(format!("{name}={text}\0").as_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Draws the features of a row; `gate` is the column along which `imbalance` moves their mean.
    fn features(&self, gate: Option<&Vec<f64>>, x: &mut Vec<f64>, rng: &mut dyn Rng) {
        let begin = x.len();
        // What all features have in common, so that any two have that correlation.
        let common = if self.collinearity > 0.0 { covariate(self.x, rng) } else { 0.0 };
        x.extend((0..self.d).map(|_| covariate(self.x, rng)));
        let row = &mut x[begin..];
        if self.collinearity > 0.0 {
            let (shared, own) = (self.collinearity.sqrt(), (1.0 - self.collinearity).sqrt());
            for value in row.iter_mut() {
                *value = shared * common + own * *value;
            }
        }
        let Some(gate) = gate.filter(|_| self.imbalance > 0.0) else { return };
        let norm = dot(gate, gate).sqrt();
        if norm > 0.0 {
            row.iter_mut().zip(gate).for_each(|(value, w)| *value += self.imbalance * w / norm);
        }
    }

    /// The target, or with the probability `outliers` what has little to do with it: ten times the noise on a real
    /// target, any of the classes.
    fn outlier(&self, drawn: f64, classes: usize, rng: &mut dyn Rng) -> f64 {
        const WIDER: f64 = 10.0;
        if self.outliers == 0.0 || !coin(self.outliers, rng) {
            drawn
        } else if classes == 0 {
            drawn + WIDER * self.sigma * normal(rng)
        } else {
            uniform(classes, rng) as f64
        }
    }
}

impl Entry for Generator {
    fn info(&self) -> &Info {
        &self.info
    }

    fn validate(&self, options: &Options) -> Result<(), DataError> {
        self.info.check(options)?;
        let settings = Settings::new(options);
        let Shape { gate, experts, columns } = (self.shape)(&settings);
        let wide = |a: usize, b: usize| a as u128 * b as u128;
        let all_columns = wide(experts, columns).saturating_add(gate as u128);
        let cells = all_columns.saturating_add(settings.n as u128).saturating_mul(settings.d as u128);
        if cells > MAX_CELLS {
            return Err(DataError::TooLarge { dataset: self.info.name.to_owned(), cells, limit: MAX_CELLS });
        }
        Ok(())
    }

    fn content_hash(&self, options: &Options) -> Result<String, DataError> {
        let settings = Settings::new(options);
        Ok(settings.hash(&self.info))
    }

    fn load(&self, options: &Options, _task: Task, rng: &mut dyn Rng) -> Result<Table, DataError> {
        let settings = Settings::new(options);
        let truth = self.truth(&settings, rng);
        let mut x = Vec::with_capacity(settings.n * settings.d);
        let mut y = Vec::with_capacity(settings.n);
        for row in 0..settings.n {
            settings.features(truth.gate.first(), &mut x, rng);
            let drawn = (self.draw)(&truth, &x[row * settings.d..], rng);
            let classes = (self.classes)(&settings).map_or(0, |names| names.len());
            y.push(settings.outlier(drawn, classes, rng));
        }
        let target = match (self.classes)(&settings) {
            None => Target::Real(y),
            Some(names) => Target::Classes { labels: y.iter().map(|&class| whole(class)).collect(), names },
        };
        Ok(Table {
            name: self.info.name.to_owned(),
            columns: (1..=settings.d).map(|j| format!("x{j}")).collect(),
            n: settings.n,
            d: settings.d,
            x: x.into(),
            target_name: "y".to_owned(),
            target,
            truth: Some(truth),
            test_from: None,
            fills_gaps: false,
            applied: 0,
            hash: self.content_hash(options)?,
        })
    }
}

impl Generator {
    fn truth(&self, settings: &Settings, rng: &mut dyn Rng) -> Truth {
        let Shape { gate, experts, columns } = (self.shape)(settings);
        Truth {
            gate: (0..gate).map(|_| direction(settings.d, settings.gate_norm, rng)).collect(),
            experts: (0..experts)
                .map(|_| (0..columns).map(|_| direction(settings.d, settings.beta_norm, rng)).collect())
                .collect(),
            sigma: settings.sigma,
            family: self.info.name.to_owned(),
        }
    }
}

/// A label that a draw returned as a whole number.
fn whole(class: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number, at least 0")]
    let class = class as usize;
    label(class)
}

const N: Parameter = Parameter { name: "n", default: "1000", summary: "rows" };
const D: Parameter = Parameter { name: "d", default: "5", summary: "features" };
const EXPERTS: Parameter = Parameter { name: "experts", default: "2", summary: "true experts" };
const CLASSES: Parameter = Parameter { name: "classes", default: "3", summary: "classes" };
const GATE_NORM: Parameter = Parameter { name: "gate_norm", default: "2.5", summary: "norm of every true gate column" };
const BETA_NORM: Parameter =
    Parameter { name: "beta_norm", default: "2.5", summary: "norm of every true expert column" };
const SIGMA: Parameter = Parameter { name: "sigma", default: "1", summary: "standard deviation of the noise" };
const X: Parameter = Parameter {
    name: "x",
    default: "gaussian",
    summary: "law of the features: gaussian, or student_t with 4 degrees of freedom scaled to variance 1",
};

const OUTLIERS: Parameter = Parameter {
    name: "outliers",
    default: "0",
    summary: "share of rows with ten times the noise, or with any of the classes",
};
const COLLINEARITY: Parameter =
    Parameter { name: "collinearity", default: "0", summary: "correlation between any two features" };
const IMBALANCE: Parameter = Parameter {
    name: "imbalance",
    default: "0",
    summary: "mean of the features along the first gate column: the larger, the rarer all experts but the first",
};
const HIDDEN: Parameter = Parameter { name: "hidden", default: "8", summary: "hidden units of every expert" };

/// What is common to the generators' descriptions.
const SOURCE: &str = "generated by the harness";
const LICENCE: &str = "none needed: generated";
const CITATION: &str = "Q. Fruytier, A. Mokhtari, S. Sanghavi, Learning Mixtures of Experts with EM: A Mirror Descent \
                        Perspective, ICML 2025 (PMLR 267)";

#[cfg(test)]
mod tests {
    use super::draw::dot;
    use super::*;
    use crate::stream;

    pub(super) fn options(yaml: &str) -> Options {
        serde_yaml::from_str(yaml).unwrap()
    }

    pub(super) fn generate(generator: &Generator, yaml: &str) -> Table {
        let options = options(yaml);
        generator.validate(&options).unwrap();
        generator.load(&options, generator.info.tasks[0], &mut stream("synthetic", 0, "data")).unwrap()
    }

    /// Checks that `residual(truth, x, y)` has conditional mean 0: alone, and against every feature, within 5 standard
    /// errors.
    pub(super) fn assert_unbiased(set: &Table, residual: impl Fn(&Truth, &[f64], f64) -> f64) {
        let truth = set.truth.as_ref().unwrap();
        let y: Vec<f64> = match &set.target {
            Target::Real(values) => values.clone(),
            Target::Classes { labels, .. } => labels.iter().copied().map(f64::from).collect(),
        };
        let rows = || set.x.chunks(set.d).zip(&y);
        for feature in 0..=set.d {
            let terms: Vec<f64> =
                rows().map(|(x, &y)| residual(truth, x, y) * x.get(feature).copied().unwrap_or(1.0)).collect();
            let n = terms.len() as f64;
            let mean = terms.iter().sum::<f64>() / n;
            let deviation = (terms.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / n).sqrt();
            assert!(deviation > 0.0);
            assert!(mean.abs() < 5.0 * deviation / n.sqrt(), "feature {feature}: {mean} of {deviation}");
        }
    }

    /// The probabilities with the last logit 0, straight from the definition.
    pub(super) fn softmax(columns: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
        let weights: Vec<f64> = columns.iter().map(|c| dot(c, x).exp()).chain([1.0]).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|w| w / sum).collect()
    }

    const ALL: [&Generator; 4] = [&SYMMETRIC_LINEAR, &SYMMETRIC_LOGISTIC, &LINEAR, &LOGISTIC];

    /// A change here is a new `VERSION`.
    #[test]
    fn golden() {
        let digest = |generator: &Generator, options: &str| {
            let set = generate(generator, options);
            let mut hasher = blake3::Hasher::new();
            let y: Vec<f64> = match set.target {
                Target::Real(values) => values,
                Target::Classes { labels, .. } => labels.into_iter().map(f64::from).collect(),
            };
            for value in set.x.iter().chain(&y).chain(&set.truth.unwrap().theta(1)) {
                hasher.update(&value.to_le_bytes());
            }
            hasher.finalize().to_hex()[..16].to_owned()
        };
        assert_eq!(
            ALL.map(|g| digest(g, "{ n: 50, d: 3 }")),
            ["3c01c2e5fe9cd18f", "102bb00fd9620c74", "dd93ffc973940fe1", "368dd6ed5c2642b8"]
        );
        assert_eq!(digest(&LOGISTIC, "{ n: 50, d: 3, experts: 3, classes: 4, x: student_t }"), "32ecf66326e14ff1");
    }

    #[test]
    fn golden_hash() {
        let hash = |generator: &Generator, yaml: &str| generator.content_hash(&options(yaml)).unwrap()[..16].to_owned();
        assert_eq!(
            ALL.map(|g| hash(g, "{}")),
            ["924264d94547321b", "953e705de07184d3", "42a9f1fcfb04ef90", "986441657c764091"]
        );
        assert_eq!(hash(&LINEAR, "{}"), hash(&LINEAR, "{ n: 1000, standardize: true, test_fraction: 0.5 }"));
        for other in ["{ n: 999 }", "{ sigma: 2 }", "{ x: student_t }", "{ experts: 3 }"] {
            assert_ne!(hash(&LINEAR, "{}"), hash(&LINEAR, other));
        }
    }

    #[test]
    fn the_truth_has_the_models_shape_and_the_given_norms() {
        let truth = |g: &Generator, yaml| generate(g, yaml).truth.unwrap();
        let shape = |truth: &Truth| {
            let columns: Vec<usize> = truth.experts.iter().map(Vec::len).collect();
            (truth.gate.len(), columns)
        };
        let symmetric = truth(&SYMMETRIC_LINEAR, "{ d: 7, gate_norm: 0.5, beta_norm: 4, sigma: 0.1 }");
        assert_eq!(shape(&symmetric), (1, vec![1]));
        assert!((symmetric.sigma - 0.1).abs() < f64::EPSILON);
        assert_eq!(shape(&truth(&SYMMETRIC_LOGISTIC, "{}")), (1, vec![1]));
        assert_eq!(shape(&truth(&LINEAR, "{ experts: 3 }")), (2, vec![1, 1, 1]));
        assert_eq!(shape(&truth(&LINEAR, "{ experts: 1 }")), (0, vec![1]));
        assert_eq!(shape(&truth(&LOGISTIC, "{ experts: 3, classes: 5 }")), (2, vec![4, 4, 4]));
        for (columns, norm) in [(&symmetric.gate, 0.5), (&symmetric.experts[0], 4.0)] {
            for column in columns {
                assert_eq!(column.len(), 7);
                assert!((dot(column, column).sqrt() / norm - 1.0).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn the_features_have_mean_0_and_variance_1() {
        for (law, kurtosis) in [("gaussian", 2.5..3.5), ("student_t", 6.0..1e9)] {
            let set = generate(&LINEAR, &format!("{{ n: 40000, d: 5, x: {law} }}"));
            let moment = |k| set.x.iter().map(|v| v.powi(k)).sum::<f64>() / set.x.len() as f64;
            assert!(moment(1).abs() < 0.02 && (moment(2) - 1.0).abs() < 0.05, "{law}: {}", moment(2));
            assert!(kurtosis.contains(&moment(4)), "{law}: {}", moment(4));
        }
    }

    #[test]
    fn a_longer_set_begins_with_the_shorter() {
        for generator in ALL {
            let (short, long) = (generate(generator, "{ n: 10 }"), generate(generator, "{ n: 20 }"));
            assert_eq!(short.truth, long.truth);
            assert_eq!(short.x, long.x[..short.x.len()]);
            assert_eq!(short.target, long.target.select(&(0..10).collect::<Vec<_>>()));
        }
    }

    #[test]
    fn every_seed_is_a_fresh_set() {
        let set = |seed| LINEAR.load(&options("{}"), Task::Regression, &mut stream("s", seed, "data")).unwrap();
        assert_eq!(set(1), set(1));
        assert_ne!(set(1).truth, set(2).truth);
    }

    #[test]
    fn extreme_norms_give_finite_rows() {
        let set = generate(&LOGISTIC, "{ gate_norm: 1e100, beta_norm: 0 }");
        assert!(set.truth.unwrap().theta(0).iter().chain(&*set.x).all(|v| v.is_finite()));
    }

    #[test]
    fn features_can_be_correlated_and_off_centre() {
        let set = generate(&LINEAR, "{ n: 40000, d: 3, collinearity: 0.6 }");
        let product = |i: usize, j: usize| set.x.chunks(3).map(|row| row[i] * row[j]).sum::<f64>() / set.n as f64;
        assert!((product(0, 1) - 0.6).abs() < 0.03 && (product(0, 0) - 1.0).abs() < 0.03);
        let set = generate(&LINEAR, "{ n: 20000, d: 3, gate_norm: 2, imbalance: 1.5 }");
        let gate = &set.truth.as_ref().unwrap().gate[0];
        let mean = set.x.chunks(3).map(|row| dot(row, gate)).sum::<f64>() / set.n as f64;
        assert!((mean - 3.0).abs() < 0.1, "{mean}");
        // The law of the target given the features is still the truth's.
        assert_unbiased(&set, |truth, x, y| {
            let weights = softmax(&truth.gate, x);
            y - weights.iter().zip(&truth.experts).map(|(p, expert)| p * dot(&expert[0], x)).sum::<f64>()
        });
    }

    #[test]
    fn outliers_are_as_many_as_asked_for() {
        let (clean, dirty) = (generate(&LINEAR, "{ n: 1 }"), generate(&LINEAR, "{ n: 1, outliers: 1 }"));
        assert_eq!(clean.x, dirty.x, "an outlier is drawn after its row");
        assert_ne!(clean.target, dirty.target);
        let set = generate(&SYMMETRIC_LINEAR, "{ n: 20000, gate_norm: 0, beta_norm: 0, sigma: 1, outliers: 0.2 }");
        let Target::Real(y) = &set.target else { panic!("real") };
        // Beyond 4 there is next to nothing but outliers, two thirds of which are there: P(|N(0, 101)| > 4) = 0.69.
        let share = y.iter().filter(|y| y.abs() > 4.0).count() as f64 / y.len() as f64;
        assert!((share - 0.2 * 0.69).abs() < 0.01, "{share}");
        let set = generate(&LOGISTIC, "{ n: 9000, beta_norm: 100, outliers: 1 }");
        let Target::Classes { labels, .. } = &set.target else { panic!("classes") };
        assert!(
            (0..3).all(|class| (labels.iter().filter(|&&label| label == class).count() as f64 - 3000.0).abs() < 230.0)
        );
    }

    #[test]
    fn an_absurd_size_is_refused() {
        let error = LOGISTIC.validate(&options("{ n: 1000000000000, d: 1000000000000 }")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "dataset `logistic` is too large: 1000000000005000000000000 numbers, at most 4294967296 fit"
        );
        let most = usize::MAX;
        let all = format!("{{ n: {most}, d: {most}, experts: {most}, classes: {most} }}");
        assert!(LOGISTIC.validate(&options(&all)).is_err());
    }
}
