//! The checked values of the declared hyper-parameters, by name.

use crate::abi::{HarnessConfig, HarnessValue};
use crate::table;
use crate::{Error, Info, Result};

/// Values for one run. Names are those that [`Info::params`] declares; asking for another one is an error of the plugin.
#[derive(Debug, Clone, Copy)]
pub struct Config<'a> {
    raw: &'a HarnessConfig,
    info: &'a Info,
}

impl<'a> Config<'a> {
    /// # Safety
    ///
    /// `raw` was filled by a host that follows the rules of the ABI.
    pub(crate) unsafe fn new(raw: &'a HarnessConfig, info: &'a Info) -> Result<Self> {
        if raw.n_values != info.params.len() {
            return Err(Error::misuse(format!(
                "{} values for {} declared parameters",
                raw.n_values,
                info.params.len()
            )));
        }
        Ok(Self { raw, info })
    }

    /// Seed of the optimizer's own randomness.
    pub fn seed(&self) -> u64 {
        self.raw.seed
    }

    /// A real or integer parameter that has a default.
    ///
    /// # Errors
    ///
    /// No such parameter is declared, or it has no value.
    pub fn real(&self, name: &str) -> Result<f64> {
        self.optional_real(name)?.ok_or_else(|| Error::config(format!("`{name}` has no value")))
    }

    /// A real parameter without a default.
    ///
    /// # Errors
    ///
    /// No such parameter is declared.
    pub fn optional_real(&self, name: &str) -> Result<Option<f64>> {
        Ok(self.value(name)?.map(|value| value.number))
    }

    /// A count: an integer parameter whose range starts at 0 or above.
    ///
    /// # Errors
    ///
    /// No such parameter is declared, it has no value, or the value is negative.
    pub fn count(&self, name: &str) -> Result<usize> {
        let value = self.value(name)?.ok_or_else(|| Error::config(format!("`{name}` has no value")))?;
        usize::try_from(value.integer).map_err(|_| Error::config(format!("`{name}` must not be negative")))
    }

    /// A boolean parameter.
    ///
    /// # Errors
    ///
    /// No such parameter is declared.
    pub fn boolean(&self, name: &str) -> Result<bool> {
        Ok(self.value(name)?.is_some_and(|value| value.integer != 0))
    }

    /// The chosen word.
    ///
    /// # Errors
    ///
    /// No such parameter is declared, or it has no value.
    pub fn choice(&self, name: &str) -> Result<&'a str> {
        let value = self.value(name)?.ok_or_else(|| Error::config(format!("`{name}` has no value")))?;
        // SAFETY: rule 3, the text lives until `create` returns, and so does 'a.
        unsafe { value.text.as_str() }.map_err(Error::misuse)
    }

    /// A text, a file's absolute path, or the JSON object of the free options; `None` where it was not given.
    ///
    /// # Errors
    ///
    /// No such parameter is declared.
    pub fn text(&self, name: &str) -> Result<Option<&'a str>> {
        // SAFETY: rule 3, the text lives until `create` returns, and so does 'a.
        self.value(name)?.map(|value| unsafe { value.text.as_str() }.map_err(Error::misuse)).transpose()
    }

    fn value(&self, name: &str) -> Result<Option<HarnessValue>> {
        // SAFETY: declared names are statics of this plugin.
        let index = self.info.params.iter().position(|param| unsafe { param.name.as_str() } == Ok(name));
        let index = index.ok_or_else(|| Error::misuse(format!("parameter `{name}` is used but not declared")))?;
        // SAFETY: rule 2, an array of `n_values` pointers, and `index` is inside by the check in `new`.
        let value = unsafe { table::read(*self.raw.values.add(index)) };
        let value = value.map_err(|reason| Error::misuse(format!("value of `{name}`: {reason}")))?;
        Ok((value.is_set != 0).then_some(value))
    }
}
