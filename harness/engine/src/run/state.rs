//! Where a run ended, in bytes: enough to take it up again in another process as if it had never ended.

use std::time::Duration;

use harness_models::{Account, Cost};
use harness_plugin_api::{Result, StateReader, StateWriter};

use super::certificates::Checked;
use super::clock::Clock;
use crate::results::{Certificate, Guarantee};

/// Raised when the bytes change their meaning.
const VERSION: u64 = 2;

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
    /// What theory guarantees and was checked.
    pub(crate) certificates: Checked,
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
        let mut writer = StateWriter::new()
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
            .numbers(&self.theta);
        writer = write_certificates(writer, &self.certificates);
        let mut bytes = writer.finish();
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
            certificates: Checked::default(),
            theta: vec![0.0; dim],
            optimizer: Vec::new(),
        };
        reader.numbers(&mut state.theta)?;
        state.certificates = read_certificates(&mut reader, dim)?;
        state.optimizer = reader.rest().to_vec();
        Ok(state)
    }
}

fn write_certificates(mut writer: StateWriter, checked: &Checked) -> StateWriter {
    writer = writer.count(checked.kept.len() as u64);
    for certificate in &checked.kept {
        let place = Guarantee::ALL.iter().position(|guarantee| *guarantee == certificate.guarantee);
        writer = writer.count(place.unwrap_or(0) as u64).count(certificate.steps).number(certificate.margin);
    }
    let iterates = checked.iterates.as_deref();
    writer = writer.count(u64::from(iterates.is_some())).count(iterates.map_or(0, <[_]>::len) as u64);
    iterates.unwrap_or_default().iter().fold(writer, |writer, theta| writer.numbers(theta))
}

fn read_certificates(reader: &mut StateReader<'_>, dim: usize) -> Result<Checked> {
    let mut checked = Checked::default();
    for _ in 0..reader.count()? {
        let place = usize::try_from(reader.count()?).unwrap_or(usize::MAX);
        let guarantee = Guarantee::ALL.get(place).copied();
        let guarantee = guarantee.ok_or_else(|| harness_plugin_api::Error::failed("no such guarantee"))?;
        checked.kept.push(Certificate { guarantee, steps: reader.count()?, margin: reader.number()?, alpha: None });
    }
    let is_whole = reader.count()? != 0;
    let mut iterates = Vec::new();
    for _ in 0..reader.count()? {
        let mut theta = vec![0.0; dim];
        reader.numbers(&mut theta)?;
        iterates.push(theta);
    }
    checked.iterates = is_whole.then_some(iterates);
    Ok(checked)
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
            certificates: Checked {
                kept: vec![Certificate { guarantee: Guarantee::Stationarity, steps: 5, margin: -1e-17, alpha: None }],
                iterates: Some(vec![vec![0.5, 0.25], vec![1e-3, -0.0]]),
            },
            theta: vec![-0.0, 1e-300],
            optimizer: b"anything".to_vec(),
        };
        let bytes = state.to_bytes();
        assert_eq!(SavedState::from_bytes(&bytes, 2), Ok(state));
        assert!(SavedState::from_bytes(&bytes[..100], 2).is_err());
    }
}
