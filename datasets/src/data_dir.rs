//! The data folder: where the files of published sets are, on this machine and for this user.
//!
//! It is a setting of the process, as the current folder is: `--data-dir`, else `HARNESS_DATA_DIR`, else the place where
//! the platform keeps data of programs.

use std::env;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use crate::error::DataError;

static CHOSEN: OnceLock<PathBuf> = OnceLock::new();

/// Chooses the data folder of this process; `false` where one was chosen before.
pub fn set_data_dir(folder: &Path) -> bool {
    CHOSEN.set(folder.to_owned()).is_ok()
}

/// The data folder. It need not exist.
pub fn data_dir() -> Result<PathBuf, DataError> {
    CHOSEN.get().cloned().or_else(|| variable("HARNESS_DATA_DIR")).or_else(of_platform).ok_or(DataError::NoDataDir)
}

/// The folder of decoded tables: `HARNESS_CACHE_DIR`, else the platform's place for what can be made again; `None` where
/// the variable is empty or there is no home.
pub(crate) fn cache_dir() -> Option<PathBuf> {
    if let Some(folder) = env::var_os("HARNESS_CACHE_DIR") {
        return (!folder.is_empty()).then(|| PathBuf::from(folder));
    }
    let base = if cfg!(target_os = "macos") {
        env::home_dir()?.join("Library/Caches")
    } else if cfg!(windows) {
        variable("LOCALAPPDATA")?
    } else {
        let given = variable("XDG_CACHE_HOME").filter(|path| path.is_absolute());
        given.or_else(|| Some(env::home_dir()?.join(".cache")))?
    };
    Some(base.join("harness/tables"))
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn of_platform() -> Option<PathBuf> {
    let absolute = |path: &PathBuf| path.is_absolute();
    let base = if cfg!(target_os = "macos") {
        env::home_dir()?.join("Library/Application Support")
    } else if cfg!(windows) {
        variable("LOCALAPPDATA")?
    } else {
        variable("XDG_DATA_HOME").filter(absolute).or_else(|| Some(env::home_dir()?.join(".local/share")))?
    };
    Some(base.join("harness/data"))
}

/// The path of `file` within `folder`, which it must not leave: neither by `..` nor by a link. `None` where it is not
/// there.
pub(crate) fn within(folder: &Path, file: &str) -> Result<Option<PathBuf>, DataError> {
    let path = folder.join(file);
    let outside = || DataError::Outside { path: path.clone(), folder: folder.to_owned() };
    if !Path::new(file).components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(outside());
    }
    // Whatever cannot be resolved is not there: the reader says why if it tries.
    let (Ok(real), Ok(root)) = (path.canonicalize(), folder.canonicalize()) else { return Ok(None) };
    if real.starts_with(root) { Ok(Some(path)) } else { Err(outside()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_in_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("data");
        std::fs::create_dir_all(folder.join("a")).unwrap();
        std::fs::write(folder.join("a/b"), "x").unwrap();
        std::fs::write(dir.path().join("secret"), "x").unwrap();
        assert_eq!(within(&folder, "a/b").unwrap(), Some(folder.join("a/b")));
        assert_eq!(within(&folder, "a/c").unwrap(), None);
        for path in ["../secret", "a/../../secret", "/etc/passwd", "a/./../b/.."] {
            assert!(matches!(within(&folder, path), Err(DataError::Outside { .. })), "{path}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(dir.path().join("secret"), folder.join("link")).unwrap();
            assert!(matches!(within(&folder, "link"), Err(DataError::Outside { .. })));
            std::os::unix::fs::symlink(folder.join("a/b"), folder.join("inner")).unwrap();
            assert!(within(&folder, "inner").unwrap().is_some());
        }
    }
}
