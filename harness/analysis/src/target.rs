//! What it costs to reach the target. The only place where a hit is defined.

use harness_engine::results::{Record, TracePoint};

/// A measure of cost; the x axis of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    /// The optimizer's own steps.
    Iterations,
    /// Machine-free cost; one full-data value and gradient is 1.
    Passes,
    /// Wall-clock seconds on the clock.
    Seconds,
}

impl Axis {
    /// All axes, in the order of figures.
    pub const ALL: [Axis; 3] = [Axis::Iterations, Axis::Passes, Axis::Seconds];

    /// The word used in file names and headings.
    pub fn name(self) -> &'static str {
        match self {
            Axis::Iterations => "iterations",
            Axis::Passes => "passes",
            Axis::Seconds => "seconds",
        }
    }

    /// Reads the axis off a point.
    pub fn of(self, point: &TracePoint) -> f64 {
        match self {
            Axis::Iterations => point.iteration as f64,
            Axis::Passes => point.passes,
            Axis::Seconds => point.wall_s,
        }
    }
}

/// A cost on all axes at once.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// Steps.
    pub iterations: f64,
    /// Passes over the data.
    pub passes: f64,
    /// Wall-clock seconds on the clock.
    pub seconds: f64,
}

impl Cost {
    /// Reads one axis.
    pub fn on(self, axis: Axis) -> f64 {
        match axis {
            Axis::Iterations => self.iterations,
            Axis::Passes => self.passes,
            Axis::Seconds => self.seconds,
        }
    }

    /// What a run used in all.
    pub fn spent(record: &Record) -> Cost {
        let spent = &record.spent;
        Cost { iterations: spent.iterations as f64, passes: spent.passes, seconds: spent.wall_s }
    }
}

/// The headline target, p/(2n) nats per row: below it the sample cannot tell two parameter vectors apart.
pub fn statistical_precision(dim: usize, n_train: usize) -> f64 {
    dim as f64 / (2.0 * n_train.max(1) as f64)
}

/// Cost of the first recorded point whose best-so-far gap is within `target`; nothing is interpolated.
pub fn hit(points: &[TracePoint], gaps: &[f64], target: f64) -> Option<Cost> {
    let at = gaps.iter().position(|gap| *gap <= target)?;
    let point = &points[at];
    Some(Cost { iterations: point.iteration as f64, passes: point.passes, seconds: point.wall_s })
}
