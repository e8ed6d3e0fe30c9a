//! Where the values of hyper-parameters are made ready for a call; shared with the checks of plugins.

pub(crate) use crate::plugins::values::CallValues;
