//! Which optimizer each name means.
//!
//! A name that two libraries offer is an error: which of them ran would be an accident of order. So is a plugin that
//! the user named and that is refused; one that merely lies in a folder is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::info::Catalog;
use super::library::{LoadedOptimizer, PluginError};
use super::survey::{Place, PlaceKind, SurveyError, survey};

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
    /// A place where plugins are looked for cannot be searched.
    #[error(transparent)]
    Survey(#[from] SurveyError),
}

/// The optimizers at hand.
#[derive(Debug, Default)]
pub struct Registry {
    optimizers: BTreeMap<String, Arc<LoadedOptimizer>>,
    /// Names of those that come with the program.
    own: BTreeSet<String>,
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
        Self::from_places(survey(search, wanted, progress)?)
    }

    /// The optimizers of what was found.
    ///
    /// # Errors
    ///
    /// A name clashes, or a plugin that the user named was refused.
    pub fn from_places(places: Vec<Place>) -> Result<Self, RegistryError> {
        let mut registry = Self::default();
        for place in places {
            for library in place.libraries {
                match library {
                    Ok(library) => {
                        if matches!(place.kind, PlaceKind::Workspace | PlaceKind::Installed) {
                            let names = library.optimizers.iter().map(|optimizer| optimizer.info.name.clone());
                            registry.own.extend(names);
                        }
                        registry.add(library.optimizers)?;
                    }
                    Err(error) if matches!(place.kind, PlaceKind::File | PlaceKind::Workspace) => {
                        return Err(error.into());
                    }
                    Err(error) => registry.refused.push(error),
                }
            }
        }
        Ok(registry)
    }

    /// Optimizer of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<LoadedOptimizer>> {
        self.optimizers.get(name)
    }

    /// Whether who has the program has this optimizer too, without naming a plugin.
    pub fn is_own(&self, name: &str) -> bool {
        self.own.contains(name)
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
}
