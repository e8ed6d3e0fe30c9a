//! Loading a plugin: opening the library, and checking its tables before any of its code runs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use harness_plugin_api::abi::{
    HARNESS_ABI_LAYOUT, HARNESS_ABI_MAJOR, HARNESS_ABI_MINOR, HARNESS_ENTRY_SYMBOL, HARNESS_MAGIC, HarnessEntry,
    HarnessOptimizer,
};
use harness_plugin_api::table::{self, Table};

use super::info::OptimizerInfo;
use super::tables::{MOST, read_optimizer};

/// Why a file was refused as a plugin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    /// Not a regular file, or not readable.
    #[error("{path}: {reason}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system's loader refused it.
    #[error("{path}: not a loadable library: {reason}", path = .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The loader's words.
        reason: String,
    },
    /// It is a library, but not one of ours.
    #[error("{path}: not a harness plugin (it exports no valid `harness_plugin_entry`)", path = .path.display())]
    NotAPlugin {
        /// The file.
        path: PathBuf,
    },
    /// Built for another major version of the ABI.
    #[error("{path}: built for plugin ABI {found}, this harness speaks {needed}", path = .path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: String,
        /// Ours.
        needed: String,
    },
    /// A table breaks the rules.
    #[error("{path}: {reason}", path = .path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Which rule.
        reason: String,
    },
}

impl PluginError {
    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            PluginError::File { path, .. }
            | PluginError::Open { path, .. }
            | PluginError::NotAPlugin { path }
            | PluginError::Version { path, .. }
            | PluginError::Table { path, .. } => path,
        }
    }

    /// What is wrong, without the file's name.
    pub fn reason(&self) -> String {
        let text = self.to_string();
        text.strip_prefix(&format!("{}: ", self.path().display())).map_or(text.clone(), str::to_owned)
    }
}

/// An optimizer that can be run: its description, and the table of its functions.
#[derive(Debug)]
pub struct LoadedOptimizer {
    /// Description.
    pub info: OptimizerInfo,
    /// File that it came from.
    pub path: PathBuf,
    /// Hash of that file.
    pub hash: String,
    pub(crate) table: &'static HarnessOptimizer,
}

/// A plugin: a shared library that was opened and checked.
#[derive(Debug)]
pub struct Library {
    /// The file, absolute.
    pub path: PathBuf,
    /// Version of the ABI that it was built for.
    pub abi: (u32, u32),
    /// Hash of the file.
    pub hash: String,
    /// What it holds.
    pub optimizers: Vec<Arc<LoadedOptimizer>>,
}

/// Opens a plugin and checks it. The library stays loaded until the program ends: unloading is not safe for code that
/// may have started threads or registered destructors.
///
/// # Errors
///
/// The file is not a plugin, or not one for this version; see [`PluginError`].
pub fn load(path: &Path) -> Result<Library, PluginError> {
    let file_error = |reason: String| PluginError::File { path: path.to_owned(), reason };
    let metadata = std::fs::metadata(path).map_err(|error| file_error(format!("cannot be read: {error}")))?;
    if metadata.is_dir() {
        return Err(file_error("a directory, where a plugin (a shared library) is expected".to_owned()));
    }
    if !metadata.is_file() {
        return Err(file_error("not a regular file".to_owned()));
    }
    let bytes = std::fs::read(path).map_err(|error| file_error(format!("cannot be read: {error}")))?;
    let hash = blake3::hash(&bytes).to_hex().to_string();
    drop(bytes);
    // An absolute path: a bare name would make the loader search the system's folders.
    let absolute = path.canonicalize().map_err(|error| file_error(format!("cannot be read: {error}")))?;
    let entry = open(path, absolute.as_os_str())?;
    check_entry(path, entry)?;
    // SAFETY: the size of the entry has been checked.
    let entry = unsafe { &*entry };

    let mut optimizers: Vec<Arc<LoadedOptimizer>> = Vec::new();
    for i in 0..entry.n_optimizers {
        // SAFETY: rule 2 of the ABI, an array of `n_optimizers` pointers to statics of a library that stays loaded.
        let table = unsafe { table::read(*entry.optimizers.add(i)) };
        let loaded = table.and_then(|table| read_optimizer(&table).map(|info| (table, info)));
        let (table, info) = loaded.map_err(|reason| PluginError::Table { path: path.to_owned(), reason })?;
        if optimizers.iter().any(|other| other.info.name == info.name) {
            let reason = format!("holds two optimizers named `{}`", info.name);
            return Err(PluginError::Table { path: path.to_owned(), reason });
        }
        // Leaked like the library itself: what the table points to lives as long as the program.
        let table = Box::leak(Box::new(table));
        optimizers.push(Arc::new(LoadedOptimizer { info, path: absolute.clone(), hash: hash.clone(), table }));
    }
    Ok(Library { path: absolute, abi: (entry.abi_major, entry.abi_minor), hash, optimizers })
}

fn open(path: &Path, absolute: &OsStr) -> Result<*const HarnessEntry, PluginError> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: loading runs the library's initialisers: that is what a user who names a plugin asks for.
    let library = unsafe { Library::open(Some(absolute), RTLD_NOW | RTLD_LOCAL) }.map_err(|error| {
        let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        let reason = reason.trim_start_matches(&format!("{}: ", absolute.display())).to_owned();
        PluginError::Open { path: path.to_owned(), reason }
    })?;
    // SAFETY: the symbol, if it is ours, is a static `HarnessEntry`; its first field is checked before anything else.
    let symbol = unsafe { library.get::<*const HarnessEntry>(HARNESS_ENTRY_SYMBOL) };
    let pointer = symbol.map_err(|_| PluginError::NotAPlugin { path: path.to_owned() })?.as_raw_ptr();
    std::mem::forget(library);
    // SAFETY: a symbol of a library that stays loaded; the magic number is the first field of every version.
    let magic = unsafe { pointer.cast::<u64>().read_unaligned() };
    if magic != HARNESS_MAGIC || !pointer.cast::<HarnessEntry>().is_aligned() {
        return Err(PluginError::NotAPlugin { path: path.to_owned() });
    }
    Ok(pointer.cast())
}

/// Checks version and size before anything else of the entry is believed.
fn check_entry(path: &Path, entry: *const HarnessEntry) -> Result<(), PluginError> {
    // SAFETY: the magic number says that this is an entry; those of every version begin with magic number and version.
    let (major, minor) = unsafe { ((*entry).abi_major, (*entry).abi_minor) };
    if major != HARNESS_ABI_MAJOR {
        return Err(PluginError::Version {
            path: path.to_owned(),
            found: format!("{major}.{minor}"),
            needed: format!("{HARNESS_ABI_MAJOR}.{HARNESS_ABI_MINOR}"),
        });
    }
    let refuse = |reason: String| Err(PluginError::Table { path: path.to_owned(), reason });
    // SAFETY: entries of this major version have these fields.
    let (layout, size) = unsafe { ((*entry).layout, (*entry).struct_size) };
    if size < HarnessEntry::SIZE_1_0 {
        return refuse(format!("HarnessEntry of {size} bytes, {} needed", HarnessEntry::SIZE_1_0));
    }
    if minor == HARNESS_ABI_MINOR && layout != HARNESS_ABI_LAYOUT {
        return refuse(format!(
            "states ABI {HARNESS_ABI_MAJOR}.{HARNESS_ABI_MINOR} but has another layout ({layout:#x}, \
             {HARNESS_ABI_LAYOUT:#x} expected): rebuild it with the header of this version"
        ));
    }
    // SAFETY: the entry is as long as in 1.0, and has these fields.
    let (optimizers, n_optimizers) = unsafe { ((*entry).optimizers, (*entry).n_optimizers) };
    if n_optimizers == 0 || optimizers.is_null() {
        return refuse("holds no optimizer".to_owned());
    }
    if n_optimizers > MOST {
        return refuse(format!("counts {n_optimizers} optimizers, {MOST} at most are expected"));
    }
    Ok(())
}
