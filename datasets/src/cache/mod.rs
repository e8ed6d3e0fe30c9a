//! Decoded tables on disk: large files are decoded once a machine.
//!
//! A table is named by the content of its files, by how they were read, and by the program that read them. What is there
//! is used if it is whole and has the checksum that it was written with, which a process looks at once; what is damaged
//! is made again, and what cannot be read or written is as if there were no cache.

mod file;
#[expect(unsafe_code, reason = "mapped memory has an address of its own")]
mod map;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

pub(crate) use self::map::Mapping;
use crate::data_dir::cache_dir;
use crate::table::Table;

/// Files below this size are decoded faster than they are looked up.
const SMALLEST_FILE: u64 = 1 << 20;

/// Tables of fewer numbers are not worth a file.
const SMALLEST_TABLE: usize = if cfg!(test) { 1 } else { 1 << 20 };

/// What all tables may take on disk; the least recently used go first.
const MOST_BYTES: u64 = 4 << 30;

/// How exactly the time of the last use is kept.
const HOUR: Duration = Duration::from_hours(1);

/// A folder of decoded tables.
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The user's cache, where there is one, and files of these sizes are worth it.
    pub(crate) fn for_files<'a>(paths: impl Iterator<Item = &'a Path>) -> Option<Self> {
        let sizes = paths.map(|path| fs::metadata(path).map(|metadata| metadata.len()).ok());
        let size: u64 = sizes.sum::<Option<u64>>()?;
        (size >= SMALLEST_FILE && cfg!(target_endian = "little")).then(cache_dir)?.map(|folder| Self { folder })
    }

    /// A cache in a folder.
    #[cfg(test)]
    pub(crate) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The place of a table in the cache.
    pub(crate) fn key(content: &str, reading: &str) -> String {
        let program = std::env::current_exe().and_then(fs::metadata).ok();
        let made = program.as_ref().and_then(|program| program.modified().ok());
        let made = made.and_then(|made| made.duration_since(SystemTime::UNIX_EPOCH).ok());
        let program = (program.map(|program| program.len()), made);
        blake3::hash(format!("{content}\n{reading}\n{program:?}").as_bytes()).to_hex().as_str()[..32].to_owned()
    }

    /// The table of that key, if it is there and whole. Its name and hash are left empty.
    pub(crate) fn table(&self, key: &str) -> Option<Table> {
        let file = File::open(self.path(key)).ok()?;
        // The time of the last use decides what goes first. To the hour: who changes the content changes the time too.
        let modified = file.metadata().and_then(|metadata| metadata.modified()).ok()?;
        if modified.elapsed().is_ok_and(|age| age > HOUR) {
            let _ = file.set_modified(SystemTime::now());
        }
        file::mapped(&file)
    }

    /// Keeps a table for later, and gives it back with its numbers mapped if that worked.
    pub(crate) fn keep(&self, key: &str, table: Table) -> Table {
        if table.x.len() < SMALLEST_TABLE || self.write(key, &table).is_err() {
            return table;
        }
        self.make_room();
        match self.table(key) {
            Some(kept) => Table { x: kept.x, ..table },
            None => table,
        }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.table"))
    }

    fn write(&self, key: &str, table: &Table) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let part = self.folder.join(format!("{key}.{}.part", std::process::id()));
        let written = File::create(&part).and_then(|made| file::write(made, table));
        let kept = written.and_then(|()| fs::rename(&part, self.path(key)));
        if kept.is_err() {
            let _ = fs::remove_file(&part);
        }
        kept
    }

    /// Removes the tables that have not been used for longest, until the others fit.
    fn make_room(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
            .flatten()
            .filter_map(|entry| {
                // The folder may be one that the user keeps other things in.
                let metadata =
                    entry.metadata().ok().filter(|metadata| metadata.is_file() && is_ours(&entry.file_name()))?;
                Some((metadata.modified().ok()?, metadata.len(), entry.path()))
            })
            .collect();
        files.sort();
        let mut size: u64 = files.iter().map(|(_, size, _)| size).sum();
        // The last one is the one just made.
        for (_, freed, path) in files.iter().take(files.len().saturating_sub(1)) {
            if size <= MOST_BYTES {
                break;
            }
            if fs::remove_file(path).is_ok() {
                size -= freed;
            }
        }
    }
}

/// Whether a file has the name of a table, whole or not.
fn is_ours(name: &OsStr) -> bool {
    let Some((key, rest)) = name.to_str().and_then(|name| name.split_once('.')) else { return false };
    let is_key = key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_key && matches!(rest.rsplit('.').next(), Some("table" | "part"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Target;

    fn table() -> Table {
        Table {
            columns: vec!["a".to_owned(), "b".to_owned()],
            n: 3,
            d: 2,
            x: vec![1.0, -0.0, f64::MIN_POSITIVE, 4.0, 5e300, 6.0].into(),
            target_name: "y".to_owned(),
            target: Target::Classes { labels: vec![1, 0, 1], names: vec!["no".to_owned(), "yes".to_owned()] },
            test_from: Some(2),
            applied: 1,
            ..Table::empty()
        }
    }

    #[test]
    fn a_kept_table_is_the_same_and_mapped() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache { folder: dir.path().join("tables") };
        assert!(cache.table("key").is_none());
        for target in [table().target, Target::Real(vec![0.1, -2.0, 1e-300])] {
            let made = Table { target, ..table() };
            let kept = cache.keep("key", made.clone());
            assert!(kept.x.is_mapped());
            assert_eq!(kept, made);
            assert_eq!(cache.table("key").unwrap(), made);
        }
        assert_eq!(fs::read_dir(&cache.folder).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn what_is_not_whole_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache { folder: dir.path().to_owned() };
        drop(cache.keep("key", table()));
        let whole = fs::read(cache.path("key")).unwrap();
        for cut in [0, 10, 20, 60, whole.len() - 8, whole.len() - 1] {
            fs::write(cache.path("cut"), &whole[..cut]).unwrap();
            assert!(cache.table("cut").is_none(), "{cut}");
        }
        let mut other = whole.clone();
        other[3] ^= 1;
        fs::write(cache.path("cut"), &other).unwrap();
        assert!(cache.table("cut").is_none());
        let far = whole.len() - 8 * 8 - 1;
        other.clone_from(&whole);
        other[far] = 0x7F;
        fs::write(cache.path("cut"), &other).unwrap();
        assert!(cache.table("cut").is_none(), "a label of no class");
    }

    #[test]
    fn a_damaged_table_is_made_again() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache { folder: dir.path().to_owned() };
        drop(cache.keep("key", table()));
        let whole = fs::read(cache.path("key")).unwrap();
        // Targets and features, bit by bit; another file each time, as another process would meet it.
        for (place, bit) in (whole.len() - 8 * 9..whole.len()).flat_map(|place| [(place, 1), (place, 0x80)]) {
            let mut damaged = whole.clone();
            damaged[place] ^= bit;
            let path = cache.path(&format!("{place}-{bit}"));
            fs::write(&path, &damaged).unwrap();
            assert!(file::mapped(&File::open(&path).unwrap()).is_none(), "byte {place}, bit {bit}");
        }
        // A feature that is another number, which nothing else would show.
        let mut damaged = whole.clone();
        let last = whole.len() - 3;
        damaged[last] ^= 4;
        fs::write(cache.path("key"), &damaged).unwrap();
        assert!(cache.table("key").is_none());
        assert_eq!(cache.keep("key", table()), table());
        assert_eq!(cache.table("key").unwrap(), table());
        assert_eq!(fs::read(cache.path("key")).unwrap(), whole);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_cache() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "x").unwrap();
        let cache = Cache { folder: dir.path().join("file") };
        let kept = cache.keep("key", table());
        assert!(!kept.x.is_mapped());
        assert_eq!(kept, table());
    }

    #[test]
    fn the_key_is_of_content_and_reading() {
        assert_eq!(Cache::key("a", "b"), Cache::key("a", "b"));
        assert_ne!(Cache::key("a", "b"), Cache::key("a", "c"));
        assert_ne!(Cache::key("a", "b"), Cache::key("b", "b"));
    }

    #[test]
    fn room_is_made_by_removing_tables_alone() {
        for (name, expected) in [
            ("0123456789abcdef0123456789abcdef.table", true),
            ("0123456789abcdef0123456789abcdef.77.part", true),
            ("thesis.tar", false),
            ("notes.table", false),
            ("0123456789abcdef0123456789abcdef", false),
        ] {
            assert_eq!(is_ours(OsStr::new(name)), expected, "{name}");
        }
    }
}
