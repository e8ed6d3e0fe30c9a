//! Decoded tables on disk: large files are decoded once a machine.
//!
//! A table is named by the content of its files, by how they were read, and by the program that read them. What is there
//! is used if it is whole and has the checksum that it was written with, which a process looks at once; what is damaged
//! is made again, and what cannot be read or written is as if there were no cache.

#[expect(unsafe_code, reason = "mapped memory has an address of its own")]
mod map;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

pub(crate) use self::map::Mapping;
use crate::data_dir::cache_dir;
use crate::numbers::Numbers;
use crate::table::{Table, Target};

/// Files below this size are decoded faster than they are looked up.
const SMALLEST_FILE: u64 = 1 << 20;

/// Tables of fewer numbers are not worth a file.
const SMALLEST_TABLE: usize = if cfg!(test) { 1 } else { 1 << 20 };

/// What all tables may take on disk; the least recently used go first.
const MOST_BYTES: u64 = 4 << 30;

/// What a file of the cache begins with; its number changes with the layout.
const MAGIC: &[u8; 16] = b"harness-table-2\n";

/// A BLAKE3 hash: of all that follows it, after the first bytes.
const SUM: usize = blake3::OUT_LEN;

/// How exactly the time of the last use is kept.
const HOUR: Duration = Duration::from_hours(1);

/// What makes a file the same as before, as far as that shows without reading it: device, number, size and time.
type Seen = (u64, u64, u64, SystemTime);

/// The files that this process has found to be as they were written.
static CHECKED: Mutex<BTreeSet<Seen>> = Mutex::new(BTreeSet::new());

/// Where numbers begin is a multiple of this.
const ALIGNMENT: usize = 64;

/// A folder of decoded tables.
pub(crate) struct Cache {
    folder: PathBuf,
}

/// What a table is beside its numbers, which follow: a target a row, then the features row by row.
#[derive(Serialize, Deserialize)]
struct Header {
    columns: Vec<String>,
    n: usize,
    d: usize,
    target_name: String,
    /// The names of the classes; none for a real target.
    classes: Option<Vec<String>>,
    test_from: Option<usize>,
    fills_gaps: bool,
    applied: usize,
}

impl Cache {
    /// The user's cache, where there is one, and files of these sizes are worth it.
    pub(crate) fn for_files<'a>(paths: impl Iterator<Item = &'a Path>) -> Option<Self> {
        let sizes = paths.map(|path| fs::metadata(path).map(|metadata| metadata.len()).ok());
        let size: u64 = sizes.sum::<Option<u64>>()?;
        (size >= SMALLEST_FILE && cfg!(target_endian = "little")).then(cache_dir)?.map(|folder| Self { folder })
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
        mapped(&file)
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
        let written = File::create(&part).and_then(|file| write(file, table));
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

fn write(file: File, table: &Table) -> io::Result<()> {
    let (classes, targets): (_, Vec<f64>) = match &table.target {
        Target::Real(values) => (None, values.clone()),
        Target::Classes { labels, names } => (Some(names.clone()), labels.iter().copied().map(f64::from).collect()),
    };
    let header = serde_json::to_vec(&Header {
        columns: table.columns.clone(),
        n: table.n,
        d: table.d,
        target_name: table.target_name.clone(),
        classes,
        test_from: table.test_from,
        fills_gaps: table.fills_gaps,
        applied: table.applied,
    })?;
    let length = (header.len() as u64).to_le_bytes();
    let end = MAGIC.len() + SUM + length.len() + header.len();
    let padding = vec![0; end.next_multiple_of(ALIGNMENT) - end];
    let pieces: [&[u8]; 5] =
        [&length, &header, &padding, bytemuck::cast_slice(&targets), bytemuck::cast_slice(&table.x)];
    let mut hasher = blake3::Hasher::new();
    for piece in pieces {
        hasher.update(piece);
    }
    let mut file = BufWriter::new(file);
    file.write_all(MAGIC)?;
    file.write_all(hasher.finalize().as_bytes())?;
    for piece in pieces {
        file.write_all(piece)?;
    }
    file.into_inner()?.sync_data()
}

/// Whether what is in a file is what was written. The pages are let go of: most of them are not needed soon.
fn is_intact(metadata: &Metadata, file: &Mapping) -> bool {
    let Ok(modified) = metadata.modified() else { return false };
    let seen = (metadata.dev(), metadata.ino(), metadata.len(), modified);
    let checked = || CHECKED.lock().unwrap_or_else(PoisonError::into_inner);
    if checked().contains(&seen) {
        return true;
    }
    let (start, end) = (MAGIC.len() + SUM, file.bytes().len());
    let Some(sum) = file.bytes().get(MAGIC.len()..start) else { return false };
    let mut hasher = blake3::Hasher::new();
    file.pass_over(start..end, |bytes| {
        hasher.update(bytes);
    });
    let is_intact = hasher.finalize().as_bytes() == sum;
    if is_intact {
        checked().insert(seen);
    }
    is_intact
}

/// The table in a file; `None` where the file is not a whole one.
fn mapped(file: &File) -> Option<Table> {
    let metadata = file.metadata().ok()?;
    let file = Mapping::of(file).ok()?;
    let bytes = file.bytes();
    let (length, rest) = bytes.strip_prefix(MAGIC)?.get(SUM..)?.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let header: Header = serde_json::from_slice(rest.get(..length)?).ok()?;
    let from = (MAGIC.len() + SUM + 8).checked_add(length)?.checked_next_multiple_of(ALIGNMENT)?;
    let cells = header.n.checked_mul(header.d)?;
    let is_whole = bytes.len() == from.checked_add(header.n.checked_add(cells)?.checked_mul(8)?)?;
    if !is_whole || header.columns.len() != header.d || header.test_from.is_some_and(|first| first > header.n) {
        return None;
    }
    if !is_intact(&metadata, &file) {
        return None;
    }
    let features = from + 8 * header.n;
    let targets: &[f64] = bytemuck::try_cast_slice(&bytes[from..features]).ok()?;
    let target = match header.classes {
        None => Target::Real(targets.to_vec()),
        Some(names) => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "written from a u32")]
            let labels: Vec<u32> = targets.iter().map(|&label| label as u32).collect();
            if labels.iter().any(|&label| label as usize >= names.len()) {
                return None;
            }
            Target::Classes { labels, names }
        }
    };
    Some(Table {
        columns: header.columns,
        n: header.n,
        d: header.d,
        x: Numbers::mapped(&Arc::new(file), features, cells)?,
        target_name: header.target_name,
        target,
        test_from: header.test_from,
        fills_gaps: header.fills_gaps,
        applied: header.applied,
        ..Table::empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert!(mapped(&File::open(&path).unwrap()).is_none(), "byte {place}, bit {bit}");
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
