//! What is measured on the test rows: accuracy of classes, root mean squared error of real targets, or the likelihood.

use harness_engine::results::{TracePoint, UnitResult};

use crate::series::Run;

/// A measure on the test rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Share of test rows whose most probable class is right; more is better.
    Accuracy,
    /// Root mean squared error of the mixture's mean; less is better.
    Rmse,
    /// Mean negative log-likelihood in nats; less is better.
    Nll,
}

impl Metric {
    /// The measure that the traces of a problem carry; class accuracy and squared error before likelihood.
    pub fn of(units: &[&UnitResult]) -> Option<Metric> {
        [Metric::Accuracy, Metric::Rmse, Metric::Nll].into_iter().find(|metric| {
            units.iter().filter_map(|unit| unit.trace.last()).any(|point| metric.value(point).is_some())
                || units.iter().flat_map(|unit| &unit.trace).any(|point| metric.value(point).is_some())
        })
    }

    /// Heading.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Accuracy => "test accuracy",
            Metric::Rmse => "test RMSE",
            Metric::Nll => "test NLL",
        }
    }

    /// The word used in file names.
    pub fn file_name(self) -> &'static str {
        match self {
            Metric::Accuracy => "accuracy",
            Metric::Rmse => "rmse",
            Metric::Nll => "nll",
        }
    }

    /// What the number is, for an axis.
    pub fn heading(self) -> &'static str {
        match self {
            Metric::Accuracy => "share of test rows classified right",
            Metric::Rmse => "root mean squared error on test rows",
            Metric::Nll => "negative log-likelihood of test rows, nats per row",
        }
    }

    /// Which way is better.
    pub fn better(self) -> &'static str {
        match self {
            Metric::Accuracy => "Higher is better",
            Metric::Rmse | Metric::Nll => "Lower is better",
        }
    }

    /// Reads the measure off a point, if it is there and finite.
    pub fn value(self, point: &TracePoint) -> Option<f64> {
        match self {
            Metric::Accuracy => point.test_accuracy,
            Metric::Rmse => point.test_rmse,
            Metric::Nll => point.test_nll,
        }
        .get()
        .filter(|value| value.is_finite())
    }

    /// The value that counts for a run that has none: as bad as can be.
    pub fn worst(self) -> f64 {
        match self {
            Metric::Accuracy => f64::NEG_INFINITY,
            Metric::Rmse | Metric::Nll => f64::INFINITY,
        }
    }

    /// The measure at the end of a run: of its last recorded point, the worst value if that has none.
    pub fn at_end(self, run: &Run<'_>) -> f64 {
        if run.last_gap.is_infinite() {
            return self.worst();
        }
        run.points.last().and_then(|point| self.value(point)).unwrap_or(self.worst())
    }
}
