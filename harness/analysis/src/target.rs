//! What it costs to reach a target. The only place where a hit is defined.

use harness_engine::results::{Record, TracePoint};
use harness_engine::spec::{CostAxis, Headline};

/// A measure of cost; the x axis of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    /// The optimizer's own steps.
    Iterations,
    /// Machine-free cost; one full-data value and gradient is 1.
    Passes,
    /// Wall-clock seconds on the clock.
    Seconds,
    /// CPU seconds on the clock.
    Cpu,
}

impl From<CostAxis> for Axis {
    fn from(axis: CostAxis) -> Axis {
        match axis {
            CostAxis::Iterations => Axis::Iterations,
            CostAxis::Passes => Axis::Passes,
            CostAxis::Seconds => Axis::Seconds,
            CostAxis::Cpu => Axis::Cpu,
        }
    }
}

impl Axis {
    /// All axes, in the order of tables.
    pub const ALL: [Axis; 4] = [Axis::Iterations, Axis::Passes, Axis::Seconds, Axis::Cpu];

    /// The word used in file names and headings.
    pub fn name(self) -> &'static str {
        match self {
            Axis::Iterations => "iterations",
            Axis::Passes => "passes",
            Axis::Seconds => "seconds",
            Axis::Cpu => "cpu",
        }
    }

    /// Whether it is a time, which depends on the machine.
    pub fn is_time(self) -> bool {
        matches!(self, Axis::Seconds | Axis::Cpu)
    }

    /// A number of it in running text: `22.5 passes`.
    pub fn unit(self) -> &'static str {
        match self {
            Axis::Iterations => "iterations",
            Axis::Passes => "passes",
            Axis::Seconds => "s",
            Axis::Cpu => "s of CPU",
        }
    }

    /// What is saved by one that is ahead: `3× fewer passes`.
    pub fn less(self) -> &'static str {
        match self {
            Axis::Iterations => "fewer iterations",
            Axis::Passes => "fewer passes",
            Axis::Seconds => "less time",
            Axis::Cpu => "less CPU time",
        }
    }

    /// What is needed more or less of: `3.1× its passes`.
    pub fn amount(self) -> &'static str {
        match self {
            Axis::Iterations => "iterations",
            Axis::Passes => "passes",
            Axis::Seconds => "time",
            Axis::Cpu => "CPU time",
        }
    }

    /// Reads the axis off a point.
    pub fn of(self, point: &TracePoint) -> f64 {
        match self {
            Axis::Iterations => point.iteration as f64,
            Axis::Passes => point.passes,
            Axis::Seconds => point.wall_s,
            Axis::Cpu => point.cpu_s,
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
    /// CPU seconds on the clock.
    pub cpu: f64,
}

impl Cost {
    /// Reads one axis.
    pub fn on(self, axis: Axis) -> f64 {
        match axis {
            Axis::Iterations => self.iterations,
            Axis::Passes => self.passes,
            Axis::Seconds => self.seconds,
            Axis::Cpu => self.cpu,
        }
    }

    /// What a run used in all.
    pub fn spent(record: &Record) -> Cost {
        let spent = &record.spent;
        Cost { iterations: spent.iterations as f64, passes: spent.passes, seconds: spent.wall_s, cpu: spent.cpu_s }
    }

    /// At a point of a trace.
    pub fn at(point: &TracePoint) -> Cost {
        Cost { iterations: point.iteration as f64, passes: point.passes, seconds: point.wall_s, cpu: point.cpu_s }
    }
}

/// The headline target: the statistical precision p/(2n) nats per row, below which the sample cannot tell two parameter
/// vectors apart, or the gap that the benchmark file gives.
pub fn headline(target: Headline, dim: usize, n_train: usize) -> f64 {
    match target {
        Headline::Statistical => dim as f64 / (2.0 * n_train.max(1) as f64),
        Headline::Gap(gap) => gap,
    }
}

/// Cost of the first recorded point whose best-so-far gap is within `target`; nothing is interpolated. Best-so-far gaps
/// never rise, so it is found by halving.
pub fn hit(points: &[TracePoint], gaps: &[f64], target: f64) -> Option<Cost> {
    let at = gaps.partition_point(|gap| *gap > target);
    points.get(at).map(Cost::at)
}
