//! A report folder that appears whole or not at all: written beside its place, then swapped in. What somebody else put
//! into the old folder stays.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::ReportError;

/// What a report says of itself, its files among it.
pub(crate) const ABOUT: &str = "report.json";

/// By this a page of ours is known; the templates hold it.
const GENERATOR: &str = r#"<meta name="generator" content="harness">"#;

/// A folder in the making; removed if it is dropped before [`Folder::swap_in`].
pub(crate) struct Folder {
    path: PathBuf,
    /// Relative names of what was written.
    names: BTreeSet<String>,
}

impl Folder {
    /// An empty folder next to `out`, on the same file system.
    pub(crate) fn beside(out: &Path) -> Result<Self, ReportError> {
        let holds_something = fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
        if out.is_file() || holds_something && !is_ours(&out.join("index.html")) {
            return Err(ReportError::NotAReport { path: out.to_owned() });
        }
        let path = sibling(out, "part");
        remove(&path)?;
        fs::create_dir_all(&path).map_err(failed(&path))?;
        Ok(Self { path, names: BTreeSet::new() })
    }

    /// Writes a file; `name` may contain folders, separated by `/`.
    pub(crate) fn write(&mut self, name: &str, content: &str) -> Result<(), ReportError> {
        let path = self.path.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        self.names.insert(name.to_owned());
        fs::write(&path, content).map_err(failed(&path))
    }

    /// Names of all files written so far.
    pub(crate) fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Takes the place of `out`. Files that are there but were not written by us move along.
    pub(crate) fn swap_in(self, out: &Path) -> Result<(), ReportError> {
        let foreign = if out.is_dir() { foreign(out)? } else { Vec::new() };
        let in_the_way =
            |name: &&String| self.names.iter().any(|own| own == *name || own.starts_with(&format!("{name}/")));
        if let Some(name) = foreign.iter().find(in_the_way) {
            return Err(ReportError::Foreign { path: out.join(name) });
        }
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
        for name in foreign {
            let (from, to) = (old.join(&name), out.join(&name));
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent).map_err(failed(parent))?;
            }
            // On failure the rest stays in the old folder, which the error names.
            fs::rename(&from, &to).map_err(failed(&from))?;
        }
        remove(&old)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Whether a page was written by this program.
pub(crate) fn is_ours(page: &Path) -> bool {
    let mut start = Vec::new();
    let read = fs::File::open(page).and_then(|file| file.take(1024).read_to_end(&mut start));
    read.is_ok() && String::from_utf8_lossy(&start).contains(GENERATOR)
}

/// Files and whole folders of a report that it did not write; a report that does not say what it wrote is believed to
/// have written what every report has.
fn foreign(out: &Path) -> Result<Vec<String>, ReportError> {
    #[derive(Deserialize)]
    struct About {
        files: BTreeSet<String>,
    }
    let about = fs::read_to_string(out.join(ABOUT)).ok().and_then(|text| serde_json::from_str::<About>(&text).ok());
    let is_kind = |name: &str, folder: &str, endings: &[&str]| {
        name.strip_prefix(folder)
            .is_some_and(|rest| !rest.contains('/') && endings.iter().any(|ending| rest.ends_with(ending)))
    };
    let is_own = |name: &str| match &about {
        _ if name == ABOUT => true,
        Some(about) => about.files.contains(name),
        None => {
            ["index.html", "benchmark.yaml"].contains(&name)
                || is_kind(name, "figures/", &[".svg"])
                || is_kind(name, "tables/", &[".csv", ".md", ".tex"])
        }
    };
    let mut foreign = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let path = out.join(&folder);
        for entry in fs::read_dir(&path).map_err(failed(&path))? {
            let entry = entry.map_err(failed(&path))?;
            let name = format!("{folder}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(failed(&path))?.is_dir() {
                folders.push(name + "/");
            } else if !is_own(&name) {
                foreign.push(name);
            }
        }
    }
    foreign.sort();
    Ok(foreign)
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

    fn write(out: &Path, files: &[&str]) -> Result<(), ReportError> {
        let mut folder = Folder::beside(out)?;
        for name in files {
            folder.write(name, GENERATOR)?;
        }
        let about = serde_json::json!({ "files": folder.names() }).to_string();
        folder.write(ABOUT, &about)?;
        folder.swap_in(out)
    }

    fn names(out: &Path) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![out.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(out).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn replaces_a_report_and_leaves_nothing_beside() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("reports/demo");
        write(&out, &["index.html", "figures/one.svg"]).unwrap();
        write(&out, &["index.html", "figures/two.svg"]).unwrap();
        assert_eq!(names(&out), ["figures/two.svg", "index.html", ABOUT]);
        assert_eq!(fs::read_dir(root.path().join("reports")).unwrap().count(), 1);
    }

    #[test]
    fn keeps_what_others_put_there() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("demo");
        write(&out, &["index.html", "figures/one.svg"]).unwrap();
        fs::write(out.join("notes.md"), "mine").unwrap();
        fs::create_dir_all(out.join("paper/tex")).unwrap();
        fs::write(out.join("paper/tex/a.tex"), "mine").unwrap();
        fs::write(out.join("figures/hand.svg"), "mine").unwrap();
        write(&out, &["index.html"]).unwrap();
        assert_eq!(names(&out), ["figures/hand.svg", "index.html", "notes.md", "paper/tex/a.tex", ABOUT]);
        assert_eq!(fs::read_to_string(out.join("figures/hand.svg")).unwrap(), "mine");
    }

    #[test]
    fn never_writes_over_what_others_put_there() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("demo");
        write(&out, &["index.html"]).unwrap();
        for (mine, theirs) in [("figures/one.svg", "figures/one.svg"), ("tables", "tables/one.csv")] {
            fs::create_dir_all(out.join(mine).parent().unwrap()).unwrap();
            fs::write(out.join(mine), "mine").unwrap();
            assert!(matches!(write(&out, &["index.html", theirs]), Err(ReportError::Foreign { .. })));
            assert_eq!(fs::read_to_string(out.join(mine)).unwrap(), "mine");
        }
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
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
        fs::write(root.path().join("index.html"), "<html>my home page").unwrap();
        assert!(matches!(Folder::beside(root.path()), Err(ReportError::NotAReport { .. })));
    }
}
