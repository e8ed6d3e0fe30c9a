//! A report folder that appears whole or not at all: written beside its place, then swapped in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::ReportError;

/// A folder in the making; removed if it is dropped before [`Folder::swap_in`].
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// An empty folder next to `out`, on the same file system.
    pub(crate) fn beside(out: &Path) -> Result<Self, ReportError> {
        if fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) && !out.join("index.html").is_file()
            || out.is_file()
        {
            return Err(ReportError::NotAReport { path: out.to_owned() });
        }
        let path = sibling(out, "part");
        remove(&path)?;
        fs::create_dir_all(&path).map_err(failed(&path))?;
        Ok(Self { path })
    }

    /// Writes a file; `name` may contain one folder.
    pub(crate) fn write(&mut self, name: &str, content: &str) -> Result<(), ReportError> {
        let path = self.path.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        fs::write(&path, content).map_err(failed(&path))
    }

    /// Takes the place of `out`.
    pub(crate) fn swap_in(self, out: &Path) -> Result<(), ReportError> {
        let old = sibling(out, "old");
        remove(&old)?;
        if out.exists() {
            fs::rename(out, &old).map_err(failed(out))?;
        }
        if let Err(error) = fs::rename(&self.path, out) {
            // Put back what was there; the first error is the one to report.
            let _ = fs::rename(&old, out);
            return Err(failed(out)(error));
        }
        remove(&old)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn sibling(out: &Path, ending: &str) -> PathBuf {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!(".{name}.{}.{ending}", std::process::id()))
}

fn remove(path: &Path) -> Result<(), ReportError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> ReportError {
    let path = path.to_owned();
    move |source| ReportError::Write { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_a_report_and_leaves_nothing_beside() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("reports/demo");
        for content in ["one", "two"] {
            let mut folder = Folder::beside(&out).unwrap();
            folder.write("index.html", content).unwrap();
            folder.swap_in(&out).unwrap();
            assert_eq!(fs::read_to_string(out.join("index.html")).unwrap(), content);
        }
        assert_eq!(fs::read_dir(root.path().join("reports")).unwrap().count(), 1);
    }

    #[test]
    fn an_abandoned_folder_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let mut folder = Folder::beside(&root.path().join("demo")).unwrap();
        folder.write("index.html", "").unwrap();
        drop(folder);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn never_replaces_a_folder_that_is_not_a_report() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("thesis.tex"), "").unwrap();
        assert!(matches!(Folder::beside(root.path()), Err(ReportError::NotAReport { .. })));
    }
}
