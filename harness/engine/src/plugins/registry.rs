//! Where plugins are looked for, and which optimizer each name means.
//!
//! In this order, all of them together: files and folders named on the command line, `HARNESS_PLUGIN_PATH`, then the
//! workspace (built when stale) or, for an installed program, its plugin folders. A name that two libraries offer is an
//! error: which of them ran would be an accident of order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::info::Catalog;
use super::library::{LoadedOptimizer, PluginError, load};
use super::workspace::{Workspace, WorkspaceError};

/// Where to look beside the default places.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Plugin files named by the user; one that is refused is an error.
    pub files: Vec<PathBuf>,
    /// Folders named by the user.
    pub folders: Vec<PathBuf>,
}

/// Which optimizers are wanted.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// All that can be had.
    All,
    /// These names; plugins of the workspace that offer none of them are neither built nor loaded.
    Names(&'a [String]),
}

/// Why the plugins could not be gathered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A plugin that the user named was refused.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// A plugin of the workspace could not be built.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// Two libraries offer the same name.
    #[error("two plugins offer the optimizer `{name}`: {first} and {second}; leave one of them out", first = .first.display(), second = .second.display())]
    Clash {
        /// The name.
        name: String,
        /// One library.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A folder that the user named cannot be read.
    #[error("plugin folder {path}: {reason}", path = .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// The optimizers at hand.
#[derive(Debug, Default)]
pub struct Registry {
    optimizers: BTreeMap<String, Arc<LoadedOptimizer>>,
    /// Files in plugin folders that were refused.
    pub refused: Vec<PluginError>,
}

impl Registry {
    /// Gathers plugins from all places; `progress` is told before anything slow is done.
    ///
    /// # Errors
    ///
    /// See [`RegistryError`].
    pub fn gather(search: &Search, wanted: Wanted<'_>, progress: &mut dyn FnMut(&str)) -> Result<Self, RegistryError> {
        let mut registry = Self::default();
        for file in &search.files {
            registry.add(load(file)?)?;
        }
        for folder in &search.folders {
            registry.add_folder(folder)?;
        }
        for entry in std::env::var_os("HARNESS_PLUGIN_PATH").iter().flat_map(std::env::split_paths) {
            if entry.is_dir() {
                registry.add_folder(&entry)?;
            } else if !entry.as_os_str().is_empty() {
                registry.add(load(&entry)?)?;
            }
        }
        if let Some(workspace) = Workspace::find() {
            for library in workspace.libraries(wanted, progress)? {
                registry.add(load(&library)?)?;
            }
        } else {
            for folder in installed_folders().iter().filter(|folder| folder.is_dir()) {
                registry.add_folder(folder)?;
            }
        }
        Ok(registry)
    }

    /// Optimizer of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<LoadedOptimizer>> {
        self.optimizers.get(name)
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<LoadedOptimizer>> {
        self.optimizers.values()
    }

    /// Their descriptions, by name.
    pub fn catalog(&self) -> Catalog {
        self.optimizers.iter().map(|(name, optimizer)| (name.clone(), optimizer.info.clone())).collect()
    }

    fn add(&mut self, optimizers: Vec<Arc<LoadedOptimizer>>) -> Result<(), RegistryError> {
        for optimizer in optimizers {
            let name = optimizer.info.name.clone();
            if let Some(first) = self.optimizers.get(&name) {
                if first.path == optimizer.path {
                    continue; // the same file by two ways
                }
                return Err(RegistryError::Clash { name, first: first.path.clone(), second: optimizer.path.clone() });
            }
            self.optimizers.insert(name, optimizer);
        }
        Ok(())
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), RegistryError> {
        let folder_error =
            |error: std::io::Error| RegistryError::Folder { path: folder.to_owned(), reason: error.to_string() };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(folder_error)? {
            paths.push(entry.map_err(folder_error)?.path());
        }
        paths.sort();
        for path in
            paths.into_iter().filter(|path| path.extension().is_some_and(|e| e == std::env::consts::DLL_EXTENSION))
        {
            match load(&path) {
                Ok(optimizers) => self.add(optimizers)?,
                Err(error) => self.refused.push(error),
            }
        }
        Ok(())
    }
}

/// Folders of an installed program: beside the binary (`../lib/harness/plugins`), and the user's own.
pub fn installed_folders() -> Vec<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("lib/harness/plugins")));
    let data_home = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")));
    beside.into_iter().chain(data_home.map(|home| home.join("harness/plugins"))).collect()
}
