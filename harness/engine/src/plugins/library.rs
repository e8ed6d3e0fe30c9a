//! Loading a plugin: opening the library, and checking its tables before any of its code runs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use harness_plugin_api::abi::{
    HARNESS_ABI_LAYOUT, HARNESS_ABI_MAJOR, HARNESS_ABI_MINOR, HARNESS_ENTRY_SYMBOL, HARNESS_FLAG_DESCENT,
    HARNESS_FLAG_ONE_SHOT, HARNESS_FLAG_OWN_START, HARNESS_MAGIC, HARNESS_PARAM_BOOLEAN, HARNESS_PARAM_CHOICE,
    HARNESS_PARAM_FILE, HARNESS_PARAM_INTEGER, HARNESS_PARAM_MAX_OPEN, HARNESS_PARAM_MIN_OPEN, HARNESS_PARAM_OPTIONAL,
    HARNESS_PARAM_OPTIONS, HARNESS_PARAM_REAL, HARNESS_PARAM_TEXT, HARNESS_SCALE_LOG, HarnessEntry, HarnessOptimizer,
    HarnessParamSpec, HarnessStr,
};

use super::info::{OptimizerInfo, ParamInfo, ParamKind, ParamValue};

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

/// Opens a plugin and checks it. The library stays loaded until the program ends: unloading is not safe for code that
/// may have started threads or registered destructors.
///
/// # Errors
///
/// The file is not a plugin, or not one for this version; see [`PluginError`].
pub fn load(path: &Path) -> Result<Vec<Arc<LoadedOptimizer>>, PluginError> {
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

    let mut optimizers = Vec::with_capacity(entry.n_optimizers);
    for i in 0..entry.n_optimizers {
        // SAFETY: rule 2 of the ABI, an array of `n_optimizers` pointers to statics of a library that stays loaded.
        let table = unsafe { (*entry.optimizers.add(i)).as_ref() };
        let info = table.ok_or_else(|| "a null optimizer table".to_owned()).and_then(read_optimizer);
        let info = info.map_err(|reason| PluginError::Table { path: path.to_owned(), reason })?;
        if let Some(table) = table {
            optimizers.push(Arc::new(LoadedOptimizer { info, path: absolute.clone(), hash: hash.clone(), table }));
        }
    }
    Ok(optimizers)
}

fn open(path: &Path, absolute: &OsStr) -> Result<&'static HarnessEntry, PluginError> {
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
    // SAFETY: the magic number says that this is an entry; entries of every version have these fields at least.
    Ok(unsafe { &*pointer.cast::<HarnessEntry>() })
}

fn check_entry(path: &Path, entry: &HarnessEntry) -> Result<(), PluginError> {
    if entry.abi_major != HARNESS_ABI_MAJOR {
        return Err(PluginError::Version {
            path: path.to_owned(),
            found: format!("{}.{}", entry.abi_major, entry.abi_minor),
            needed: format!("{HARNESS_ABI_MAJOR}.{HARNESS_ABI_MINOR}"),
        });
    }
    let refuse = |reason: String| Err(PluginError::Table { path: path.to_owned(), reason });
    if entry.struct_size < size_of::<HarnessEntry>() {
        return refuse(format!("HarnessEntry of {} bytes, {} needed", entry.struct_size, size_of::<HarnessEntry>()));
    }
    if entry.abi_minor == HARNESS_ABI_MINOR && entry.layout != HARNESS_ABI_LAYOUT {
        return refuse(format!(
            "states ABI {HARNESS_ABI_MAJOR}.{HARNESS_ABI_MINOR} but has another layout ({:#x}, {HARNESS_ABI_LAYOUT:#x} expected): \
             rebuild it with the header of this version",
            entry.layout
        ));
    }
    if entry.n_optimizers == 0 || entry.optimizers.is_null() {
        return refuse("holds no optimizer".to_owned());
    }
    Ok(())
}

fn read_optimizer(table: &HarnessOptimizer) -> Result<OptimizerInfo, String> {
    if table.struct_size < size_of::<HarnessOptimizer>() {
        return Err(format!(
            "HarnessOptimizer of {} bytes, {} needed",
            table.struct_size,
            size_of::<HarnessOptimizer>()
        ));
    }
    let name = text(table.name, "name of an optimizer")?;
    if !is_name(&name) {
        return Err(format!("`{name}` is no name for an optimizer: lower case letters, digits and `_` are"));
    }
    for (function, is_missing) in
        [("create", table.create.is_none()), ("step", table.step.is_none()), ("destroy", table.destroy.is_none())]
    {
        if is_missing {
            return Err(format!("`{name}` has no `{function}`"));
        }
    }
    let mut requires = Vec::with_capacity(table.n_required);
    for i in 0..table.n_required {
        // SAFETY: an array of `n_required` texts of a library that stays loaded.
        requires.push(text(unsafe { *table.required.add(i) }, "a required extension")?);
    }
    let mut params: Vec<ParamInfo> = Vec::with_capacity(table.n_params);
    for i in 0..table.n_params {
        // SAFETY: rule 2, an array of `n_params` pointers to statics of a library that stays loaded.
        let spec =
            unsafe { (*table.params.add(i)).as_ref() }.ok_or_else(|| format!("`{name}` has a null parameter"))?;
        let param = read_param(spec).map_err(|reason| format!("`{name}`: {reason}"))?;
        if params.iter().any(|other| other.name == param.name) {
            return Err(format!("`{name}` declares `{}` twice", param.name));
        }
        if params.last().is_some_and(|previous| previous.kind == ParamKind::Options) {
            return Err(format!("`{name}` declares `{}` after its free options, which must come last", param.name));
        }
        params.push(param);
    }
    Ok(OptimizerInfo {
        version: text(table.version, "version")?,
        summary: text(table.summary, "summary")?,
        doc: text(table.doc, "documentation")?,
        one_shot: table.flags & HARNESS_FLAG_ONE_SHOT != 0,
        own_start: table.flags & HARNESS_FLAG_OWN_START != 0,
        descent: table.flags & HARNESS_FLAG_DESCENT != 0,
        name,
        requires,
        params,
    })
}

fn read_param(spec: &HarnessParamSpec) -> Result<ParamInfo, String> {
    if spec.struct_size < size_of::<HarnessParamSpec>() {
        return Err(format!(
            "HarnessParamSpec of {} bytes, {} needed",
            spec.struct_size,
            size_of::<HarnessParamSpec>()
        ));
    }
    let name = text(spec.name, "name of a parameter")?;
    if !is_name(&name) || RESERVED.contains(&name.as_str()) {
        return Err(format!(
            "`{name}` is no name for a parameter: lower case letters, digits and `_` are, but for {RESERVED:?}"
        ));
    }
    let mut choices = Vec::with_capacity(spec.n_choices);
    for i in 0..spec.n_choices {
        // SAFETY: an array of `n_choices` texts of a library that stays loaded.
        choices.push(text(unsafe { *spec.choices.add(i) }, "a choice")?);
    }
    let (kind, default) = match spec.kind {
        HARNESS_PARAM_REAL => (ParamKind::Real, ParamValue::Real(spec.default_number)),
        #[expect(clippy::cast_possible_truncation, reason = "defaults of integers are whole numbers of modest size")]
        HARNESS_PARAM_INTEGER => (ParamKind::Integer, ParamValue::Integer(spec.default_number as i64)),
        HARNESS_PARAM_BOOLEAN => (ParamKind::Boolean, ParamValue::Boolean(spec.default_number != 0.0)),
        HARNESS_PARAM_CHOICE => (ParamKind::Choice(choices), ParamValue::Text(text(spec.default_text, "a default")?)),
        HARNESS_PARAM_TEXT => (ParamKind::Text, ParamValue::Text(text(spec.default_text, "a default")?)),
        HARNESS_PARAM_FILE => (ParamKind::File, ParamValue::Text(text(spec.default_text, "a default")?)),
        HARNESS_PARAM_OPTIONS => (ParamKind::Options, ParamValue::Text("{}".to_owned())),
        other => return Err(format!("`{name}` has an unknown kind: {other}")),
    };
    let is_optional = spec.flags & HARNESS_PARAM_OPTIONAL != 0;
    let param = ParamInfo {
        doc: text(spec.doc, "documentation of a parameter")?,
        kind,
        default: (!is_optional).then_some(default),
        min: (spec.min, spec.flags & HARNESS_PARAM_MIN_OPEN != 0),
        max: (spec.max, spec.flags & HARNESS_PARAM_MAX_OPEN != 0),
        search: (spec.search_min.is_finite() && spec.search_max.is_finite() && spec.search_min < spec.search_max)
            .then_some((spec.search_min, spec.search_max, spec.scale == HARNESS_SCALE_LOG)),
        name,
    };
    if let Some(default) = &param.default {
        param.check(default).map_err(|reason| format!("default of `{}`: {reason}", param.name))?;
    }
    Ok(param)
}

/// Keys that have a meaning of their own in the optimizer entry of a benchmark file.
const RESERVED: [&str; 4] = ["use", "label", "grid", "tune"];

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn text(raw: HarnessStr, what: &str) -> Result<String, String> {
    // SAFETY: rule 3, texts of tables are statics of a library that stays loaded.
    unsafe { raw.as_str() }.map(str::to_owned).map_err(|reason| format!("{what}: {reason}"))
}
