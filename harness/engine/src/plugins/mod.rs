//! Plugins: found, built when stale, loaded, checked, called.

mod info;

pub use info::{Catalog, OptimizerInfo, ParamInfo, ParamKind, ParamValue};
