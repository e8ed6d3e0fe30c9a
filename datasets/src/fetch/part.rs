//! A file that grows in the data folder under another name until it is whole. One process at a time holds it: whoever
//! comes later waits, and looks again at what is there.
//!
//! Nothing is written through a link, nor to what is no regular file, nor to a folder that a link leads to.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::{FetchError, Watch};
use crate::published::sha256_of;

/// A part that this process holds; the system gives it free when the process ends.
pub(super) struct Part {
    file: File,
    path: PathBuf,
    /// What it becomes.
    whole: PathBuf,
    folder: PathBuf,
    /// Whether its bytes are from more than one reply.
    is_resumed: bool,
}

impl Part {
    /// Takes the part of the file `whole` in the data folder `folder`; waits for another process that has it.
    pub(super) fn take(whole: &Path, folder: &Path, watch: &dyn Watch) -> Result<Self, FetchError> {
        make_folder(whole.parent().unwrap_or(folder), folder)?;
        refuse_other_kinds(whole)?;
        let path = beside(whole, ".part");
        loop {
            let file = open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(fs::TryLockError::WouldBlock) => {
                    watch.waiting(&path);
                    file.lock().map_err(write_error(&path))?;
                }
                // A file system without locks: better a download than none.
                Err(fs::TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
                Err(fs::TryLockError::Error(error)) => return Err(write_error(&path)(error)),
            }
            let (whole, folder) = (whole.to_owned(), folder.to_owned());
            let part = Self { file, path: path.clone(), whole, folder, is_resumed: true };
            // Whoever had it may have moved it to its place meanwhile.
            if part.has_its_name() {
                return Ok(part);
            }
        }
    }

    /// Its bytes so far.
    pub(super) fn have(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// Forgets what is in it.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.is_resumed = false;
        self.file.set_len(0)
    }

    /// What follows is of another reply than what is there.
    pub(super) fn resume(&mut self) {
        self.is_resumed = true;
    }

    /// Whether its bytes are from more than one reply, or from before it was taken.
    pub(super) fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    /// Sees to it that what was written outlasts a loss of power.
    pub(super) fn flush_to_disk(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// SHA-256 of its bytes, in hex.
    pub(super) fn sha256(&mut self) -> io::Result<String> {
        self.file.seek(SeekFrom::Start(0))?;
        sha256_of(&mut self.file)
    }

    /// Gives it its name.
    pub(super) fn settle(self) -> Result<(), FetchError> {
        refuse_other_kinds(&self.whole)?;
        fs::rename(&self.path, &self.whole).map_err(write_error(&self.whole))
    }

    /// Moves it out of the way, under a name that tells what it is.
    pub(super) fn quarantine(self, sum: &str) -> Result<PathBuf, FetchError> {
        let away = self.folder.join("quarantine");
        make_folder(&away, &self.folder)?;
        let kept = beside(&away.join(self.whole.file_name().unwrap_or_default()), &format!(".{}", &sum[..16]));
        fs::rename(&self.path, &kept).map_err(write_error(&kept))?;
        Ok(kept)
    }

    /// An error of writing it.
    pub(super) fn failed(&self, source: io::Error) -> FetchError {
        FetchError::Write { path: self.path.clone(), source }
    }

    /// Whether its name still leads to it.
    fn has_its_name(&self) -> bool {
        let (Ok(held), Ok(named)) = (self.file.metadata(), fs::symlink_metadata(&self.path)) else { return false };
        (held.dev(), held.ino()) == (named.dev(), named.ino())
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Part {
    /// One without a byte is of no use to a later download.
    fn drop(&mut self) {
        if self.have() == 0 && self.has_its_name() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Opens a regular file for reading and appending, or makes it. A pipe would block for ever.
fn open(path: &Path) -> Result<File, FetchError> {
    let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::from_raw_mode(0o666)) {
        Ok(descriptor) => File::from(descriptor),
        // A link, a folder or a device says so here.
        Err(error) => {
            refuse_other_kinds(path)?;
            return Err(write_error(path)(error.into()));
        }
    };
    match kind(&file.metadata().map_err(write_error(path))?) {
        None => Ok(file),
        Some(found) => Err(FetchError::NotAFile { path: path.to_owned(), found }),
    }
}

/// Refuses to put a file where something else is.
fn refuse_other_kinds(path: &Path) -> Result<(), FetchError> {
    match fs::symlink_metadata(path).ok().as_ref().and_then(kind) {
        None => Ok(()),
        Some(found) => Err(FetchError::NotAFile { path: path.to_owned(), found }),
    }
}

/// What it is that is no regular file.
fn kind(metadata: &fs::Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    if kind.is_file() {
        None
    } else if kind.is_symlink() {
        Some("a symbolic link")
    } else if kind.is_dir() {
        Some("a folder")
    } else {
        Some("a pipe or a device")
    }
}

/// Makes a folder within the data folder, and those between.
fn make_folder(path: &Path, folder: &Path) -> Result<(), FetchError> {
    fs::create_dir_all(folder).map_err(write_error(folder))?;
    let root = folder.canonicalize().map_err(write_error(folder))?;
    let mut here = folder.to_owned();
    for part in path.strip_prefix(folder).into_iter().flat_map(Path::components) {
        let outside = || FetchError::Outside { path: here.join(part), folder: folder.to_owned() };
        if !matches!(part, Component::Normal(_)) {
            return Err(outside());
        }
        let next = here.join(part);
        match fs::create_dir(&next) {
            // It was there, or another process was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.map_err(write_error(&next))?,
        }
        if !next.canonicalize().map_err(write_error(&next))?.starts_with(&root) {
            return Err(outside());
        }
        here = next;
    }
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

fn write_error(path: &Path) -> impl FnOnce(io::Error) -> FetchError {
    let path = path.to_owned();
    move |source| FetchError::Write { path, source }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn two_make_the_same_folders_at_once() {
        let dir = tempfile::tempdir().unwrap();
        for round in 0..100 {
            let folder = dir.path().join(round.to_string());
            let (path, barrier) = (folder.join("a/b"), Barrier::new(2));
            std::thread::scope(|scope| {
                let make = || {
                    barrier.wait();
                    make_folder(&path, &folder)
                };
                let threads = [scope.spawn(make), scope.spawn(make)];
                for thread in threads {
                    thread.join().unwrap().unwrap();
                }
            });
            assert!(path.is_dir());
        }
    }
}
