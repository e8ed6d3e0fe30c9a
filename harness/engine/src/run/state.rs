//! Where a run ended, in bytes: enough to take it up again in another process as if it had never ended.

use std::time::Duration;

use harness_models::{Account, Cost};
use harness_plugin_api::{Result, StateReader, StateWriter};

use super::clock::Clock;

/// Raised when the bytes change their meaning.
const VERSION: u64 = 1;

/// Everything that the next step depends on, or that the next point counts on from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SavedState {
    pub(crate) iteration: u64,
    /// The next iteration that is recorded for its own sake.
    pub(crate) next_recorded: u64,
    /// Rows of the trace that a longer run would have too. The last one may be there only because the run ended.
    pub(crate) rows: u64,
    pub(crate) start_loss: f64,
    pub(crate) eval_s: f64,
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    pub(crate) account: Account,
    /// Position in the stream of mini-batches.
    pub(crate) batches: (u64, u64),
    pub(crate) theta: Vec<f64>,
    /// What the optimizer saved.
    pub(crate) optimizer: Vec<u8>,
}

impl SavedState {
    pub(crate) fn clock(&self) -> Clock {
        Clock { wall: self.wall, cpu: self.cpu }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Account { cost, has_unit_gram } = self.account;
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let mut bytes = StateWriter::new()
            .count(VERSION)
            .count(self.iteration)
            .count(self.next_recorded)
            .count(self.rows)
            .number(self.start_loss)
            .number(self.eval_s)
            .count(nanoseconds(self.wall))
            .count(nanoseconds(self.cpu))
            .number(cost.passes)
            .count(cost.values)
            .count(cost.gradients)
            .count(cost.e_steps)
            .count(cost.inner)
            .count(u64::from(has_unit_gram))
            .count(self.batches.0)
            .count(self.batches.1)
            .numbers(&self.theta)
            .finish();
        bytes.extend_from_slice(&self.optimizer);
        bytes
    }

    /// Reads the state of a run with `dim` parameters.
    pub(crate) fn from_bytes(bytes: &[u8], dim: usize) -> Result<Self> {
        let mut reader = StateReader::new(bytes);
        if reader.count()? != VERSION {
            return Err(harness_plugin_api::Error::failed("saved by another version"));
        }
        let mut state = Self {
            iteration: reader.count()?,
            next_recorded: reader.count()?,
            rows: reader.count()?,
            start_loss: reader.number()?,
            eval_s: reader.number()?,
            wall: Duration::from_nanos(reader.count()?),
            cpu: Duration::from_nanos(reader.count()?),
            account: Account {
                cost: Cost {
                    passes: reader.number()?,
                    values: reader.count()?,
                    gradients: reader.count()?,
                    e_steps: reader.count()?,
                    inner: reader.count()?,
                },
                has_unit_gram: reader.count()? != 0,
            },
            batches: (reader.count()?, reader.count()?),
            theta: vec![0.0; dim],
            optimizer: Vec::new(),
        };
        reader.numbers(&mut state.theta)?;
        state.optimizer = reader.rest().to_vec();
        Ok(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_read_back_to_the_last_bit() {
        let cost = Cost { passes: 1.0 / 3.0, values: 1, gradients: 2, e_steps: 3, inner: 4 };
        let state = SavedState {
            iteration: 7,
            next_recorded: 8,
            rows: 8,
            start_loss: 0.1 + 0.2,
            eval_s: 1e-9,
            wall: Duration::from_nanos(12_345_678_901),
            cpu: Duration::from_nanos(1),
            account: Account { cost, has_unit_gram: true },
            batches: (3, 40),
            theta: vec![-0.0, 1e-300],
            optimizer: b"anything".to_vec(),
        };
        let bytes = state.to_bytes();
        assert_eq!(SavedState::from_bytes(&bytes, 2), Ok(state));
        assert!(SavedState::from_bytes(&bytes[..100], 2).is_err());
    }
}
