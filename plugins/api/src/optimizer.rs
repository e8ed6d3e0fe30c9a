//! The trait that an optimizer implements, and the description that it carries.

use crate::abi::{HARNESS_FLAG_DESCENT, HARNESS_FLAG_ONE_SHOT, HARNESS_FLAG_OWN_START, HarnessStr};
use crate::{Config, Error, Param, Problem, Result};

/// What an optimizer says of itself; shown by `harness list optimizers`.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    /// Name used in benchmark files: lower case, digits and `_`.
    pub name: &'static str,
    /// Version; `env!("CARGO_PKG_VERSION")` is a good one.
    pub version: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Update rule, requirements, references.
    pub doc: &'static str,
    /// Hyper-parameters.
    pub params: &'static [&'static Param],
    /// Problem extensions that it cannot do without, such as [`abi::HARNESS_EXT_EM`](crate::abi::HARNESS_EXT_EM).
    pub requires: &'static [HarnessStr],
    /// Does its whole work in one step.
    pub one_shot: bool,
    /// Does not begin at the shared start.
    pub own_start: bool,
    /// With its defaults never raises a smooth convex objective on standardized data; see
    /// [`HARNESS_FLAG_DESCENT`](crate::abi::HARNESS_FLAG_DESCENT).
    pub descent: bool,
}

impl Info {
    /// Everything empty, to be filled by `..Info::DEFAULT`.
    pub const DEFAULT: Self = Self {
        name: "",
        version: env!("CARGO_PKG_VERSION"),
        summary: "",
        doc: "",
        params: &[],
        requires: &[],
        one_shot: false,
        own_start: false,
        descent: false,
    };

    pub(crate) const fn flags(&self) -> u64 {
        (if self.one_shot { HARNESS_FLAG_ONE_SHOT } else { 0 })
            | (if self.own_start { HARNESS_FLAG_OWN_START } else { 0 })
            | (if self.descent { HARNESS_FLAG_DESCENT } else { 0 })
    }
}

/// What follows a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Another step may follow.
    Continue,
    /// Converged by the optimizer's own test, or its one shot is done.
    Converged,
}

/// An update rule. One value is one run on one problem.
///
/// The clock runs during [`create`](Optimizer::create) and [`step`](Optimizer::step). Allocate in `create`: a step that
/// allocates is timed with its allocation.
pub trait Optimizer: Sized + Send {
    /// Name, parameters and documentation.
    const INFO: Info;

    /// Prepares a run that begins at `start`.
    ///
    /// # Errors
    ///
    /// Where the optimizer cannot run: see the constructors of [`Error`](crate::Error).
    fn create(problem: &Problem<'_>, config: &Config<'_>, start: &[f64]) -> Result<Self>;

    /// Takes one step: overwrites `theta`, which nobody else has changed since the last call.
    ///
    /// # Errors
    ///
    /// Where the step has no result; the run ends with the iterates so far.
    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow>;

    /// What the instance remembers between steps, so that a longer run can go on from here in another process; see
    /// [`StateWriter`](crate::StateWriter). θ and the mini-batches are kept by the harness. `None`, the default, where
    /// that cannot be had: a larger budget then starts the run again.
    fn save(&self) -> Option<Vec<u8>> {
        None
    }

    /// Takes up what [`save`](Optimizer::save) gave, after `create` with the same arguments and before the first step.
    /// Every later step must do what it would have done in the earlier run, to the last bit.
    ///
    /// # Errors
    ///
    /// The bytes are not those of such an instance.
    fn restore(&mut self, state: &[u8]) -> Result<()> {
        let _ = state;
        Err(Error::unsupported("this optimizer cannot take up a run"))
    }
}
