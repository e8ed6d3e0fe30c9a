//! How fast the machine is at this moment: the median time of a value and gradient of the unit's own data.

use std::sync::Arc;
use std::time::{Duration, Instant};

use harness_models::{ModelError, Objective};

use super::problem::PreparedProblem;

/// Evaluations at the least, and at the most.
const COUNT: std::ops::RangeInclusive<usize> = 5..=200;
/// Time that is spent at the least, unless there are enough evaluations.
const TIME: Duration = Duration::from_millis(5);

/// Measures on an objective of one problem, which allocates nothing after its start.
pub(crate) struct Calibrator {
    objective: Objective,
    theta: Vec<f64>,
    gradient: Vec<f64>,
    seconds: Vec<f64>,
}

impl Calibrator {
    pub(crate) fn new(problem: &PreparedProblem) -> Result<Self, ModelError> {
        let objective = Objective::new(Arc::clone(&problem.model), Arc::clone(&problem.train))?;
        Ok(Self {
            objective,
            theta: problem.start.clone(),
            gradient: vec![0.0; problem.model.dim()],
            seconds: Vec::with_capacity(*COUNT.end()),
        })
    }

    /// Median seconds of an evaluation, after one that warms up.
    pub(crate) fn measure(&mut self) -> f64 {
        self.objective.value_gradient(&self.theta, &mut self.gradient);
        self.seconds.clear();
        let begun = Instant::now();
        while self.seconds.len() < *COUNT.end() && (self.seconds.len() < *COUNT.start() || begun.elapsed() < TIME) {
            let one = Instant::now();
            self.objective.value_gradient(&self.theta, &mut self.gradient);
            self.seconds.push(one.elapsed().as_secs_f64());
        }
        self.seconds.sort_by(f64::total_cmp);
        self.seconds[self.seconds.len() / 2]
    }
}
