//! One instance of the plugin under check, on a small problem, with a fence around everything that it may write.

use std::ffi::c_void;
use std::sync::Arc;

use harness_models::{Data, Family, Model, ModelOptions, Objective, Target};
use harness_plugin_api::abi::{
    HARNESS_ERR_UNSUPPORTED, HARNESS_FLOW_CONTINUE, HARNESS_FLOW_CONVERGED, HARNESS_OK, HarnessConfig, HarnessStatus,
    HarnessStep,
};

use super::host::{Behaviour, Host};
use crate::plugins::LoadedOptimizer;
use crate::plugins::values::CallValues;

/// Numbers on either side of θ that nobody may touch.
const FENCE: usize = 512;
const SENTINEL: f64 = -7.777e77;

/// The plugin under check with the values that it gets.
pub(super) struct Subject {
    pub(super) optimizer: Arc<LoadedOptimizer>,
    pub(super) values: CallValues,
    pub(super) family: Family,
}

/// Why a call did not do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) call: &'static str,
    pub(super) status: HarnessStatus,
    pub(super) message: Option<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` returned {}", self.call, self.status)?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

/// A running instance.
pub(super) struct Session {
    pub(super) host: Host,
    optimizer: Arc<LoadedOptimizer>,
    raw: *mut c_void,
    theta: Vec<f64>,
    destroyed: bool,
}

// SAFETY: rule 6 of the ABI, an instance may move between threads and is used by one at a time.
unsafe impl Send for Session {}

/// A step report with a fence behind it.
#[repr(C)]
struct FencedStep {
    step: HarnessStep,
    fence: [u64; 8],
}

impl Subject {
    /// Makes an instance at the usual start.
    pub(super) fn begin(&self, behaviour: Behaviour, seed: u64) -> Result<Session, Failure> {
        let objective = objective(self.family, 0.01);
        let host = Host::new(objective, behaviour, &self.optimizer.info.requires);
        self.begin_at(host, &self.values, seed, 0.5)
    }

    /// Makes an instance on a convex problem.
    pub(super) fn begin_convex(&self, seed: u64) -> Result<Session, Failure> {
        let host = Host::new(objective(self.family, 1.0), Behaviour::GOOD, &self.optimizer.info.requires);
        self.begin_at(host, &self.values, seed, 0.1)
    }

    pub(super) fn begin_with(&self, values: &CallValues) -> Result<Session, Failure> {
        let host = Host::new(objective(self.family, 0.01), Behaviour::GOOD, &self.optimizer.info.requires);
        self.begin_at(host, values, 1, 0.5)
    }

    fn begin_at(&self, host: Host, values: &CallValues, seed: u64, scale: f64) -> Result<Session, Failure> {
        let dim = host.dim();
        let mut theta = vec![SENTINEL; dim + 2 * FENCE];
        let mut draw = numbers(17);
        theta[FENCE..FENCE + dim].fill_with(|| scale * draw());
        let start = theta.clone();
        let config = HarnessConfig { struct_size: size_of::<HarnessConfig>() + host.growth(), ..values.table(seed) };
        // What lies behind is readable, as a longer table would be.
        let config = [config, values.table(seed), values.table(seed), values.table(seed)];
        let mut raw = std::ptr::null_mut();
        let create = self.optimizer.table.create.expect("checked when loaded");
        // SAFETY: the rules of the ABI: all pointers are valid for the call, the tables as long as the session.
        let status = host.during(|| unsafe {
            create(host.host(), host.problem(), config.as_ptr(), theta.as_ptr().add(FENCE), &raw mut raw)
        });
        if status != HARNESS_OK {
            return Err(Failure { call: "create", status, message: host.take_error() });
        }
        let changed = theta.iter().zip(&start).any(|(now, before)| now.to_bits() != before.to_bits());
        let session = Session { host, optimizer: Arc::clone(&self.optimizer), raw, theta, destroyed: false };
        if changed {
            return Err(Failure { call: "create", status: 0, message: Some("wrote to the start".to_owned()) });
        }
        Ok(session)
    }
}

impl Session {
    /// Takes a step; true if another may follow.
    pub(super) fn step(&mut self) -> Result<bool, Failure> {
        let step = self.optimizer.table.step.expect("checked when loaded");
        let mut report = FencedStep {
            step: HarnessStep { struct_size: size_of::<HarnessStep>(), flow: HARNESS_FLOW_CONTINUE },
            fence: [0x5a; 8],
        };
        let (raw, theta) = (self.raw, &raw mut self.theta[FENCE]);
        let report_pointer = (&raw mut report).cast::<HarnessStep>();
        // SAFETY: `raw` came from `create` and is not destroyed; `theta` holds `dim` numbers.
        let status = self.host.during(|| unsafe { step(raw, theta, report_pointer) });
        if report.fence != [0x5a; 8] || report.step.struct_size != size_of::<HarnessStep>() {
            let message = Some("wrote beyond `flow` of the step's report".to_owned());
            return Err(Failure { call: "step", status, message });
        }
        if status != HARNESS_OK {
            return Err(Failure { call: "step", status, message: self.host.take_error() });
        }
        match report.step.flow {
            HARNESS_FLOW_CONTINUE => Ok(true),
            HARNESS_FLOW_CONVERGED => Ok(false),
            other => {
                let message = Some(format!("unknown flow {other} reported"));
                Err(Failure { call: "step", status, message })
            }
        }
    }

    /// Takes up to `count` steps; the iterates, the start first.
    pub(super) fn steps(&mut self, count: usize) -> Result<Vec<Vec<f64>>, Failure> {
        let mut iterates = vec![self.theta().to_vec()];
        for _ in 0..count {
            let goes_on = self.step()?;
            iterates.push(self.theta().to_vec());
            if !goes_on {
                break;
            }
        }
        Ok(iterates)
    }

    pub(super) fn theta(&self) -> &[f64] {
        &self.theta[FENCE..FENCE + self.host.dim()]
    }

    pub(super) fn set_theta(&mut self, theta: &[f64]) {
        let dim = self.host.dim();
        self.theta[FENCE..FENCE + dim].copy_from_slice(theta);
    }

    pub(super) fn raw(&self) -> *mut c_void {
        self.raw
    }

    /// Where something was written outside of θ, relative to its first number.
    pub(super) fn trespass(&self) -> Option<isize> {
        let dim = self.host.dim();
        let outside = (0..FENCE).chain(FENCE + dim..self.theta.len());
        let index = outside.into_iter().find(|&i| self.theta[i].to_bits() != SENTINEL.to_bits())?;
        isize::try_from(index).ok().zip(isize::try_from(FENCE).ok()).map(|(index, fence)| index - fence)
    }

    /// Ends the instance; the host stays, to be asked what happened.
    pub(super) fn destroy(&mut self) {
        if !std::mem::replace(&mut self.destroyed, true) {
            let destroy = self.optimizer.table.destroy.expect("checked when loaded");
            // SAFETY: `raw` came from `create` and is destroyed once. Not inside `during`: no callbacks are welcome.
            unsafe { destroy(self.raw) };
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.destroy();
    }
}

/// Whether an optimizer says that it does not apply.
pub(super) fn is_unsupported(failure: &Failure) -> bool {
    failure.status == HARNESS_ERR_UNSUPPORTED
}

/// Numbers in (−1, 1) from a fixed rule.
fn numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// A small problem of a family: 60 rows, two columns and an intercept.
fn objective(family: Family, ridge: f64) -> Objective {
    const ROWS: usize = 60;
    let mut draw = numbers(5);
    let mut x = Vec::with_capacity(ROWS * 3);
    let mut target = Vec::with_capacity(ROWS);
    for i in 0..ROWS {
        let (a, b) = (1.7 * draw(), 1.7 * draw());
        x.extend([a, b, 1.0]);
        let sign = if i % 3 == 0 { -1.0 } else { 1.0 };
        target.push(0.7 * sign * (a - 0.5 * b) + 0.5 * draw());
    }
    let target = match family {
        Family::SymmetricLinear | Family::Linear => Target::Real(target),
        Family::SymmetricLogistic => {
            Target::Classes { labels: target.iter().map(|y| u32::from(*y > 0.0)).collect(), n_classes: 2 }
        }
        Family::Logistic => {
            let labels = target.iter().map(|y| u32::from(*y > -0.3) + u32::from(*y > 0.3)).collect();
            Target::Classes { labels, n_classes: 3 }
        }
    };
    let data = Data::new(x, ROWS, 3, target).expect("fixed data are valid");
    let options = ModelOptions { ridge, ..ModelOptions::new(family) };
    let model = Model::new(&options, 3, data.n_classes(), ROWS).expect("a fixed model is valid");
    Objective::new(Arc::new(model), Arc::new(data)).expect("they fit together")
}
