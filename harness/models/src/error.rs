//! Everything that can go wrong between data, model and step, with what to do about it.

use crate::options::{Family, Noise};

/// Why data, a model or a step was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The design matrix or the target has the wrong number of values.
    #[error("wrong number of values in the {what}: found {found}, needed {needed}")]
    Size {
        /// Which array.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length it should have.
        needed: usize,
    },
    /// No rows, or no columns.
    #[error("the data has no {what}")]
    Empty {
        /// `rows` or `columns`.
        what: &'static str,
    },
    /// A value of the data is NaN or infinite.
    #[error("a value of the {what} is not finite: row {row}, column {column}")]
    NonFiniteData {
        /// Which array.
        what: &'static str,
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
    },
    /// A class label is out of range.
    #[error("label out of range in row {row}: found {found}, needed less than {n_classes}")]
    Label {
        /// Row, from 0.
        row: usize,
        /// The label.
        found: u32,
        /// The number of classes declared.
        n_classes: usize,
    },
    /// An option that this family has no use for.
    #[error("family `{family}` takes no `{option}`: remove it")]
    OptionNotTaken {
        /// The family.
        family: Family,
        /// The option's name.
        option: &'static str,
    },
    /// Fewer than two experts.
    #[error("`experts` must be at least 2: found {found}")]
    TooFewExperts {
        /// The number asked for.
        found: usize,
    },
    /// The symmetric families have two experts.
    #[error("family `{family}` has exactly 2 experts: found {found}")]
    ExpertsFixed {
        /// The family.
        family: Family,
        /// The number asked for.
        found: usize,
    },
    /// More experts than rows.
    #[error("more experts than rows: {experts} experts, {rows} rows")]
    TooManyExperts {
        /// The number asked for.
        experts: usize,
        /// The number of training rows.
        rows: usize,
    },
    /// An option outside its range.
    #[error("`{option}` must be {needed}: found {found}")]
    OptionRange {
        /// The option's name.
        option: &'static str,
        /// The range, in words.
        needed: &'static str,
        /// The value.
        found: f64,
    },
    /// A ridge together with an estimated sigma has no M-step in closed form.
    #[error("`ridge` is not offered with `noise: {noise}`: use `noise: fixed`, or remove the ridge")]
    RidgeWithEstimatedNoise {
        /// The noise mode.
        noise: Noise,
    },
    /// The start of an estimated sigma lies below its floor.
    #[error("`sigma` is below `sigma_floor`: {sigma} < {floor}")]
    SigmaBelowFloor {
        /// The start.
        sigma: f64,
        /// The floor.
        floor: f64,
    },
    /// A classification family with a real target, or the reverse.
    #[error("family `{family}` needs {needed}: found {found}")]
    TargetKind {
        /// The family.
        family: Family,
        /// What it needs.
        needed: &'static str,
        /// What the data has.
        found: String,
    },
    /// Data that the model was not made for.
    #[error("the data does not fit the model: found {found} {what}, needed {needed}")]
    DataMismatch {
        /// `columns` or `classes`.
        what: &'static str,
        /// What the data has.
        found: usize,
        /// What the model was made for.
        needed: usize,
    },
    /// A surrogate or an M-step was asked for before any E-step.
    #[error("no responsibilities yet: call `e_step` first")]
    NoEStep,
    /// A mirror step size that is not a positive number.
    #[error("the mirror step size must be positive and finite: found {found}")]
    StepSize {
        /// The step size.
        found: f64,
    },
    /// Something that only the symmetric families have.
    #[error("family `{family}` has no {what}: only the symmetric families do")]
    Unsupported {
        /// The family.
        family: Family,
        /// What was asked for.
        what: &'static str,
    },
    /// A linear system of an M-step is singular.
    #[error(
        "the {matrix} of block `{block}` is not positive definite: add a ridge or drop collinear columns (separated classes also cause this)"
    )]
    NotPositiveDefinite {
        /// The block of theta.
        block: String,
        /// `Gram matrix` or `Hessian`.
        matrix: &'static str,
    },
    /// The projection of a mirror step has no minimum there.
    #[error(
        "the mirror projection's {matrix} of block `{block}` is not positive definite at step {eta}: use a smaller step, at most 1 is safe, or add a ridge"
    )]
    MirrorNotPositiveDefinite {
        /// The block of theta.
        block: String,
        /// `Gram matrix` or `Hessian`.
        matrix: &'static str,
        /// The mirror step size.
        eta: f64,
    },
    /// An expert whose responsibilities are all zero.
    #[error("expert {expert} is left without rows: use fewer experts, another start, or a ridge")]
    EmptyExpert {
        /// The expert, from 0.
        expert: usize,
    },
    /// An expert whose responsibilities are those of fewer rows than it has parameters for.
    #[error(
        "expert {expert} is left with about {rows:.1} rows for {features} features: use fewer experts, another start, or a ridge"
    )]
    FewRows {
        /// The expert, from 0.
        expert: usize,
        /// Rows, counted by their weights.
        rows: f64,
        /// Features.
        features: usize,
    },
    /// An inner solve ended above its tolerance.
    #[error(
        "the inner solve of block `{block}` did not converge in {iterations} Newton iterations: decrement {decrement:e}; the optimum may be infinite (separated data), add a ridge"
    )]
    NotConverged {
        /// The block of theta.
        block: String,
        /// Newton iterations spent.
        iterations: u64,
        /// The last Newton decrement.
        decrement: f64,
    },
    /// A step's variance is not positive.
    #[error("the variance of {which} is not positive after the step: {found:e}; use a smaller step, at most 1 is safe")]
    Variance {
        /// `all experts` or `expert 3`.
        which: String,
        /// The variance.
        found: f64,
    },
    /// Parameters or an objective that are NaN or infinite.
    #[error("block `{block}` is not finite: the parameters have overflowed")]
    NotFinite {
        /// The block of theta.
        block: String,
    },
}
