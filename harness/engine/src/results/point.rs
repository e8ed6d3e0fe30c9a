//! One recorded point of a run: the row of the file, and the part of it that a report is made of.

use std::fmt;

/// A row of `trace.csv`. Counts and costs are totals since the start of the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TraceRow {
    /// What the analysis reads.
    pub point: TracePoint,
    /// Evaluations of the objective alone.
    pub values: u64,
    /// Evaluations of a value and gradient, of the objective or of the EM surrogate.
    pub gradients: u64,
    /// E-steps.
    pub estep: u64,
    /// Iterations of inner solvers (M-steps, projections).
    pub inner: u64,
    /// Wall-clock seconds spent on evaluating for the record, which are in neither time of the point.
    pub eval_s: f64,
    /// The objective without the ridge.
    pub nll: f64,
}

/// The part of a row that is kept in memory for the analysis. A benchmark has millions of these: room is what counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TracePoint {
    /// Steps taken; 0 is the start.
    pub iteration: u64,
    /// Machine-free cost: one full-data value and gradient is 1.
    pub passes: f64,
    /// CPU seconds of `create` and the steps so far.
    pub cpu_s: f64,
    /// Wall-clock seconds of `create` and the steps so far.
    pub wall_s: f64,
    /// The objective: mean negative log-likelihood of the training rows, ridge included, in nats.
    pub loss: f64,
    /// Euclidean norm of the gradient of the objective.
    pub grad_norm: f64,
    /// Euclidean norm of the step from the iterate before.
    pub step_norm: f64,
    /// Mean negative log-likelihood of the test rows, without ridge.
    pub test_nll: Maybe,
    /// Share of test rows whose most probable class is right; classes only.
    pub test_accuracy: Maybe,
    /// Root mean squared error of the mixture's mean on the test rows; real targets only.
    pub test_rmse: Maybe,
    /// Relative Frobenius error of the gate after alignment; only where the truth is known.
    pub gate_error: Maybe,
    /// Relative Frobenius error of the experts after the same alignment.
    pub expert_error: Maybe,
    /// Derivative of the objective along the last step, where it began: ⟨∇L(θ⁻), θ − θ⁻⟩. Only where the iterate before
    /// was recorded for its own sake.
    pub slope_before: Maybe,
    /// The same where the step ended: ⟨∇L(θ), θ − θ⁻⟩.
    pub slope_after: Maybe,
}

/// A number that may be missing, in the room of a number: half of what an `Option<f64>` takes.
#[derive(Clone, Copy)]
pub struct Maybe(f64);

impl Maybe {
    /// No number. It is marked by a NaN that no computation gives; any other is a number that went wrong.
    pub const NONE: Self = Self(f64::from_bits(0x7ff8_dead_0000_0000));

    /// The number, if there is one.
    pub fn get(self) -> Option<f64> {
        (self.0.to_bits() != Self::NONE.0.to_bits()).then_some(self.0)
    }
}

impl From<Option<f64>> for Maybe {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::NONE, Self)
    }
}

impl PartialEq for Maybe {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl fmt::Debug for Maybe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Maybe, TracePoint};

    #[test]
    fn a_missing_number_is_no_number_that_went_wrong() {
        assert_eq!(Maybe::NONE.get(), None);
        assert_eq!(Maybe::from(Some(0.5)).get(), Some(0.5));
        assert!(Maybe::from(Some(f64::NAN)).get().is_some_and(f64::is_nan));
        assert_eq!(Maybe::from(None), Maybe::NONE);
    }

    #[test]
    fn a_point_takes_little_room() {
        assert_eq!(size_of::<TracePoint>(), 112);
    }
}
