//! Plugins: found, built when stale, loaded, checked.

mod info;
mod library;
mod registry;
mod workspace;

pub use info::{Catalog, OptimizerInfo, ParamInfo, ParamKind, ParamValue};
pub use library::{LoadedOptimizer, PluginError, load};
pub use registry::{Registry, RegistryError, Search, Wanted, installed_folders};
pub use workspace::{Workspace, WorkspaceError};
