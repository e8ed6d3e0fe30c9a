//! A checked model: options that fit each other and the data's shape.

use crate::data::Data;
use crate::error::ModelError;
use crate::layout::{Layout, Shape, noise_parameters};
use crate::options::{Family, ModelOptions, Noise};

/// The least estimated standard deviation, unless `sigma_floor` says otherwise.
///
/// A likelihood with an estimated noise is unbounded where an expert fits its rows exactly; the
/// floor bounds it. The effective standard deviation is `max(exp(log sigma), floor)` everywhere, so
/// the gradient with respect to `log sigma` is zero at the floor and below.
pub const DEFAULT_SIGMA_FLOOR: f64 = 1e-3;

/// A validated model: family, number of experts, ridge and noise, for data of a given shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    family: Family,
    experts: usize,
    n_classes: usize,
    ridge: f64,
    noise: Noise,
    sigma: f64,
    sigma_floor: f64,
    shape: Shape,
    layout: Layout,
}

impl Model {
    /// Checks the options against each other and against data with `d` columns, `n_rows` training
    /// rows and `n_classes` classes (`None`: a real target).
    pub fn new(options: &ModelOptions, d: usize, n_classes: Option<usize>, n_rows: usize) -> Result<Self, ModelError> {
        if d == 0 {
            return Err(ModelError::Empty { what: "columns" });
        }
        let family = options.family;
        let experts = check_experts(options, n_rows)?;
        let n_classes = check_target(family, n_classes)?;
        let ridge = options.ridge;
        if !(ridge >= 0.0 && ridge.is_finite()) {
            return Err(range("ridge", "at least 0 and finite", ridge));
        }
        let (noise, sigma, sigma_floor) = check_noise(options)?;
        let (expert_blocks, expert_columns) = match family {
            Family::SymmetricLinear | Family::SymmetricLogistic => (1, 1),
            Family::Linear => (experts, 1),
            Family::Logistic => (experts, n_classes - 1),
        };
        let shape = Shape {
            d,
            gate_columns: experts - 1,
            expert_blocks,
            expert_columns,
            noise: noise_parameters(noise, experts),
        };
        let layout = shape.layout(family.is_symmetric());
        Ok(Self { family, experts, n_classes, ridge, noise, sigma, sigma_floor, shape, layout })
    }

    /// The likelihood.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The number of experts.
    pub fn experts(&self) -> usize {
        self.experts
    }

    /// The number of features.
    pub fn d(&self) -> usize {
        self.shape.d
    }

    /// The number of classes, if the target is a class.
    pub fn n_classes(&self) -> Option<usize> {
        self.family.is_classification().then_some(self.n_classes)
    }

    /// The ridge.
    pub fn ridge(&self) -> f64 {
        self.ridge
    }

    /// What is known of the experts' standard deviation.
    pub fn noise(&self) -> Noise {
        self.noise
    }

    /// The experts' standard deviation, or its start where it is estimated.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// The least standard deviation, where it is estimated.
    pub fn sigma_floor(&self) -> f64 {
        self.sigma_floor
    }

    /// Where each parameter lies in theta.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Length of theta.
    pub fn dim(&self) -> usize {
        self.layout.dim
    }

    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Refuses data of another shape than the model was made for; the number of rows is free.
    pub(crate) fn check_data(&self, data: &Data) -> Result<(), ModelError> {
        if data.d() != self.d() {
            return Err(ModelError::DataMismatch { what: "columns", found: data.d(), needed: self.d() });
        }
        let found = check_target(self.family, data.n_classes())?;
        if found != self.n_classes {
            return Err(ModelError::DataMismatch { what: "classes", found, needed: self.n_classes });
        }
        Ok(())
    }
}

fn check_experts(options: &ModelOptions, n_rows: usize) -> Result<usize, ModelError> {
    let family = options.family;
    let experts = options.experts.unwrap_or(2);
    if family.is_symmetric() && experts != 2 {
        return Err(ModelError::ExpertsFixed { family, found: experts });
    }
    if experts < 2 {
        return Err(ModelError::TooFewExperts { found: experts });
    }
    if experts > n_rows {
        return Err(ModelError::TooManyExperts { experts, rows: n_rows });
    }
    Ok(experts)
}

/// The number of classes, 0 for a real target.
fn check_target(family: Family, n_classes: Option<usize>) -> Result<usize, ModelError> {
    let kind = |needed| ModelError::TargetKind {
        family,
        needed,
        found: n_classes.map_or("a real target".to_owned(), |count| match count {
            1 => "1 class".to_owned(),
            _ => format!("{count} classes"),
        }),
    };
    match (family, n_classes) {
        (Family::SymmetricLinear | Family::Linear, None) => Ok(0),
        (Family::SymmetricLinear | Family::Linear, Some(_)) => Err(kind("a real target")),
        (Family::SymmetricLogistic, Some(2)) => Ok(2),
        (Family::SymmetricLogistic, _) => Err(kind("exactly 2 classes")),
        (Family::Logistic, Some(count)) if count >= 2 => Ok(count),
        (Family::Logistic, _) => Err(kind("2 or more classes")),
    }
}

fn check_noise(options: &ModelOptions) -> Result<(Noise, f64, f64), ModelError> {
    let family = options.family;
    if family != Family::Linear {
        let given = [
            ("noise", options.noise.is_some()),
            ("sigma", options.sigma.is_some()),
            ("sigma_floor", options.sigma_floor.is_some()),
        ];
        if let Some((option, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
            return Err(ModelError::OptionNotTaken { family, option });
        }
    }
    let noise = options.noise.unwrap_or_default();
    let sigma = options.sigma.unwrap_or(1.0);
    let floor = options.sigma_floor.unwrap_or(DEFAULT_SIGMA_FLOOR);
    for (option, value) in [("sigma", sigma), ("sigma_floor", floor)] {
        if !(value > 0.0 && value.is_finite()) {
            return Err(range(option, "positive and finite", value));
        }
    }
    if noise.is_estimated() {
        if options.ridge != 0.0 {
            return Err(ModelError::RidgeWithEstimatedNoise { noise });
        }
        if sigma < floor {
            return Err(ModelError::SigmaBelowFloor { sigma, floor });
        }
    }
    Ok((noise, sigma, floor))
}

fn range(option: &'static str, needed: &'static str, found: f64) -> ModelError {
    ModelError::OptionRange { option, needed, found }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut ModelOptions), family: Family, classes: Option<usize>) -> String {
        let mut options = ModelOptions::new(family);
        change(&mut options);
        match Model::new(&options, 3, classes, 10) {
            Ok(model) => format!("ok {}", model.dim()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn parameters_are_gate_then_experts_then_noise() {
        let mut options = ModelOptions::new(Family::Linear);
        options.experts = Some(3);
        options.noise = Some(Noise::PerExpert);
        let model = Model::new(&options, 4, None, 100).unwrap();
        let found: Vec<_> = model
            .layout()
            .blocks
            .iter()
            .map(|block| (block.name.as_str(), block.offset, block.rows, block.cols))
            .collect();
        assert_eq!(
            found,
            [
                ("gate", 0, 4, 2),
                ("expert_0", 8, 4, 1),
                ("expert_1", 12, 4, 1),
                ("expert_2", 16, 4, 1),
                ("noise", 20, 1, 3)
            ]
        );
        assert_eq!((model.dim(), model.layout().logit_columns), (23, 5));
    }

    #[test]
    fn dimensions_of_each_family() {
        assert_eq!(check(|_| (), Family::SymmetricLinear, None), "ok 6");
        assert_eq!(check(|options| options.experts = Some(2), Family::SymmetricLogistic, Some(2)), "ok 6");
        assert_eq!(check(|options| options.experts = Some(3), Family::Logistic, Some(4)), "ok 33");
        assert_eq!(check(|options| options.noise = Some(Noise::Shared), Family::Linear, None), "ok 10");
    }

    #[test]
    fn refusals_say_what_to_do() {
        let experts = |count| move |options: &mut ModelOptions| options.experts = Some(count);
        assert_eq!(check(experts(11), Family::Linear, None), "more experts than rows: 11 experts, 10 rows");
        assert_eq!(check(experts(1), Family::Linear, None), "`experts` must be at least 2: found 1");
        assert_eq!(
            check(experts(3), Family::SymmetricLinear, None),
            "family `symmetric_linear` has exactly 2 experts: found 3"
        );
        assert_eq!(
            check(|_| (), Family::Logistic, None),
            "family `logistic` needs 2 or more classes: found a real target"
        );
        assert_eq!(
            check(|_| (), Family::SymmetricLogistic, Some(3)),
            "family `symmetric_logistic` needs exactly 2 classes: found 3 classes"
        );
        assert_eq!(check(|_| (), Family::Linear, Some(3)), "family `linear` needs a real target: found 3 classes");
        assert_eq!(
            check(|options| options.sigma = Some(1.0), Family::Logistic, Some(2)),
            "family `logistic` takes no `sigma`: remove it"
        );
        assert_eq!(
            check(|options| options.ridge = -1.0, Family::Linear, None),
            "`ridge` must be at least 0 and finite: found -1"
        );
        assert_eq!(
            check(|options| options.sigma = Some(0.0), Family::Linear, None),
            "`sigma` must be positive and finite: found 0"
        );
        let estimated = |options: &mut ModelOptions| {
            options.noise = Some(Noise::Shared);
            options.ridge = 0.1;
        };
        assert_eq!(
            check(estimated, Family::Linear, None),
            "`ridge` is not offered with `noise: shared`: use `noise: fixed`, or remove the ridge"
        );
    }
}
