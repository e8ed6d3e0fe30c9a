//! Running units: one optimizer on one problem, on the clock, with everything measured off it.
//!
//! From the outside in: `decide` says what is due, `schedule` runs it, `pool` hands tasks to worker processes and
//! outlives them, `worker` and `execute` run one task, and `unit` is the loop itself, which knows nothing of where
//! it runs or where its points go. `timing` has finished units run again for their clocks.

mod calibrate;
mod certificates;
mod clock;
mod decide;
mod estimate;
mod evaluate;
mod execute;
mod fault;
mod guard;
mod instance;
mod message;
mod obituary;
mod pool;
mod problem;
mod process;
mod schedule;
mod state;
mod surroundings;
mod system;
mod task;
mod timing;
mod unit;
mod values;
mod worker;

pub use decide::{Action, Due, Pending, Summary, pending, selected};
pub use problem::ProblemError;
pub(crate) use problem::{gaussian_start, load, prepare};
pub(crate) use process::executable;
pub use schedule::{Progress, RunError, RunOptions, run};
pub(crate) use system::signal_name;
pub use timing::time;
pub(crate) use unit::{Sink, configuration_key};
pub use worker::serve;
