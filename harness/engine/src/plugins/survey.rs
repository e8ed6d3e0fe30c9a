//! Where plugins are looked for, and everything that is found there, refused files included.
//!
//! In this order, all of them together: files and folders named on the command line; `HARNESS_PLUGIN_PATH`; the
//! workspace, built when stale, or the folder of an installed program; the user's own folder.

use std::path::{Path, PathBuf};

use super::library::{Library, PluginError, load};
use super::probe::survives;
use super::registry::{Search, Wanted};
use super::workspace::{Workspace, WorkspaceError};

/// A place, and what it holds.
#[derive(Debug)]
pub struct Place {
    /// Why it was looked at.
    pub kind: PlaceKind,
    /// The file or folder.
    pub path: PathBuf,
    /// Whether there is such a place.
    pub exists: bool,
    /// Every library in it, or why it was refused.
    pub libraries: Vec<Result<Library, PluginError>>,
}

/// Why a place was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceKind {
    /// A plugin that the user named, on the command line or in `HARNESS_PLUGIN_PATH`.
    File,
    /// A folder that the user named on the command line.
    Folder,
    /// A folder in `HARNESS_PLUGIN_PATH`.
    Environment,
    /// The plugins of the checkout.
    Workspace,
    /// The folder of the installed program.
    Installed,
    /// The folder of the user.
    User,
}

/// Why a place cannot be searched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SurveyError {
    /// A plugin of the workspace could not be built.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// A folder that the user named cannot be read.
    #[error("plugin folder {path}: {reason}", path = .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Looks in all places; `progress` is told before anything slow is done.
///
/// # Errors
///
/// See [`SurveyError`].
pub fn survey(search: &Search, wanted: Wanted<'_>, progress: &mut dyn FnMut(&str)) -> Result<Vec<Place>, SurveyError> {
    let mut places: Vec<Place> = search.files.iter().map(|file| named_file(file)).collect();
    for folder in &search.folders {
        places.push(folder_place(PlaceKind::Folder, folder)?);
    }
    for entry in std::env::var_os("HARNESS_PLUGIN_PATH").iter().flat_map(std::env::split_paths) {
        if entry.is_dir() {
            places.push(folder_place(PlaceKind::Environment, &entry)?);
        } else if !entry.as_os_str().is_empty() {
            places.push(named_file(&entry));
        }
    }
    if let Some(workspace) = Workspace::find() {
        let libraries = workspace.libraries(wanted, progress)?.iter().map(|library| load(library)).collect();
        let path = workspace.plugins();
        places.push(Place { kind: PlaceKind::Workspace, path, exists: true, libraries });
    } else if let Some(folder) = installed_folder() {
        places.push(folder_place(PlaceKind::Installed, &folder)?);
    }
    if let Some(folder) = user_folder() {
        places.push(folder_place(PlaceKind::User, &folder)?);
    }
    Ok(places)
}

fn named_file(file: &Path) -> Place {
    Place { kind: PlaceKind::File, path: file.to_owned(), exists: file.exists(), libraries: vec![load_unknown(file)] }
}

/// Loads a plugin that did not come with the program, once it is known to let the program live.
fn load_unknown(file: &Path) -> Result<Library, PluginError> {
    if file.is_file() {
        survives(file).map_err(|reason| PluginError::File { path: file.to_owned(), reason })?;
    }
    load(file)
}

fn folder_place(kind: PlaceKind, folder: &Path) -> Result<Place, SurveyError> {
    let is_default = matches!(kind, PlaceKind::Installed | PlaceKind::User);
    if is_default && !folder.is_dir() {
        return Ok(Place { kind, path: folder.to_owned(), exists: false, libraries: Vec::new() });
    }
    let folder_error =
        |error: std::io::Error| SurveyError::Folder { path: folder.to_owned(), reason: error.to_string() };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(folder_error)? {
        paths.push(entry.map_err(folder_error)?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == std::env::consts::DLL_EXTENSION));
    paths.sort();
    let loader = if kind == PlaceKind::Installed { load } else { load_unknown };
    let libraries = paths.iter().map(|path| loader(path)).collect();
    Ok(Place { kind, path: folder.to_owned(), exists: true, libraries })
}

/// The plugins that came with an installed program: `<prefix>/lib/harness/plugins` for `<prefix>/bin/harness`.
fn installed_folder() -> Option<PathBuf> {
    Some(std::env::current_exe().ok()?.parent()?.parent()?.join("lib/harness/plugins"))
}

/// The plugins of the user: `~/.local/share/harness/plugins`, on macOS `~/Library/Application Support/harness/plugins`.
fn user_folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = match absolute("XDG_DATA_HOME") {
        Some(folder) => folder,
        None if cfg!(target_os = "macos") => absolute("HOME")?.join("Library/Application Support"),
        None => absolute("HOME")?.join(".local/share"),
    };
    Some(base.join("harness/plugins"))
}
