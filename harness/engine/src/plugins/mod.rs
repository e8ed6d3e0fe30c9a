//! Plugins: found, built when stale, loaded, checked.

pub mod check;
mod info;
mod library;
mod probe;
mod registry;
mod survey;
mod tables;
pub(crate) mod values;
mod workspace;

pub use info::{Catalog, OptimizerInfo, ParamInfo, ParamKind, ParamValue};
pub use library::{Library, LoadedOptimizer, PluginError, load};
pub use probe::{end, flush_output, probe};
pub use registry::{Registry, RegistryError, Search, Wanted};
pub use survey::{Place, PlaceKind, SurveyError, survey};
pub use workspace::{Workspace, WorkspaceError};
