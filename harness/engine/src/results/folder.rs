//! The results folder of a benchmark on disk. A unit's folder is made beside its place and renamed when it is whole, so
//! that a reader sees finished units only.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{FlockOperation, flock};

use super::point::TraceRow;
use super::record::{Record, Results, SCHEMA, UnitResult};
use super::{parquet_table, seal, trace_csv};
use crate::plan::{Plan, Unit};

/// Why results cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// The system refused.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is nothing there, or something else.
    #[error("{path}: {reason}", path = .path.display())]
    NotResults {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// A file is damaged.
    #[error("{path}: damaged: {reason}; run the benchmark again to redo the unit", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Something has written to the files of a unit while they were made.
    #[error("something else wrote to the files of the unit")]
    Overwritten,
    /// Another process writes to the folder.
    #[error("{path}: another `harness bench` is writing here; wait for it, or give --out another folder", path = .path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
}

impl ResultsError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| ResultsError::Io { path: path.to_owned(), source }
    }
}

/// What lies in the place of a unit.
#[derive(Debug)]
pub(crate) enum Stored {
    /// Nothing.
    Missing,
    /// Something that is not a whole unit, and why.
    Damaged(String),
    /// A finished unit, every file as it was written.
    Whole(Box<Record>),
}

/// `results/<benchmark>/`.
#[derive(Debug, Clone)]
pub struct ResultsFolder {
    root: PathBuf,
    /// Held while this process may write; the system lets go of it when the process ends, however it ends.
    lock: Option<Arc<File>>,
}

impl ResultsFolder {
    /// The folder of a benchmark below `out`, whether or not it is there; for reading.
    pub fn at(out: &Path, benchmark: &str) -> Self {
        Self { root: out.join("results").join(benchmark), lock: None }
    }

    /// The folder of a benchmark below `out`, made if need be, for writing; what an earlier, killed run left
    /// half-written is removed, and a replacement that it left half-done is mended.
    ///
    /// # Errors
    ///
    /// The folder cannot be made, or another process writes to it.
    pub fn create(out: &Path, benchmark: &str) -> Result<Self, ResultsError> {
        let mut folder = Self::at(out, benchmark);
        fs::create_dir_all(&folder.root).map_err(ResultsError::io(&folder.root))?;
        folder.lock = Some(Arc::new(folder.take_lock()?));
        folder.prepare()?;
        if folder.unfinished().root.is_dir() {
            folder.unfinished().prepare()?;
        }
        Ok(folder)
    }

    /// An existing folder.
    ///
    /// # Errors
    ///
    /// There is no results folder there.
    pub fn open(root: &Path) -> Result<Self, ResultsError> {
        if root.join("plan.json").is_file() {
            return Ok(Self { root: root.to_owned(), lock: None });
        }
        Err(ResultsError::NotResults {
            path: root.to_owned(),
            reason: "no results here: a folder that `harness bench` has made, with a `plan.json`, is expected"
                .to_owned(),
        })
    }

    /// A folder of the same layout, inside a results folder.
    pub(crate) fn below(root: PathBuf) -> Self {
        Self { root, lock: None }
    }

    /// Makes the folder of units, and clears away what a killed run left in it.
    pub(crate) fn prepare(&self) -> Result<(), ResultsError> {
        let units = self.units();
        fs::create_dir_all(&units).map_err(ResultsError::io(&units))?;
        self.mend()
    }

    /// Extensions of finished units that were interrupted, which those units know nothing of.
    pub(crate) fn unfinished(&self) -> Self {
        Self::below(self.root.join("unfinished"))
    }

    /// Removes a unit, if it is there.
    pub(crate) fn forget(&self, hash: &str) {
        // What stays is looked at again and found to be of no use.
        let _ = remove(&self.unit(hash));
    }

    /// The folder that holds this folder of units.
    pub(crate) fn of_units(units: &Path) -> Self {
        Self { root: units.parent().unwrap_or(units).to_owned(), lock: None }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the units are.
    pub(crate) fn units(&self) -> PathBuf {
        self.root.join("units")
    }

    fn unit(&self, hash: &str) -> PathBuf {
        self.units().join(hash)
    }

    /// Locks the folder for writing, until the file is dropped.
    pub(super) fn take_lock(&self) -> Result<File, ResultsError> {
        let path = self.root.join(".lock");
        // The folder is what the user knows; the file in it is ours.
        let file = File::create(&path).map_err(ResultsError::io(&self.root))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) => Err(ResultsError::Busy { path: self.root.clone() }),
            // A file system without locks is used without them.
            Ok(()) | Err(_) => Ok(file),
        }
    }

    /// Puts a unit back whose replacement was cut short, then removes everything that is half-written.
    fn mend(&self) -> Result<(), ResultsError> {
        let units = self.units();
        for folder in [&units, &self.root] {
            for entry in fs::read_dir(folder).map_err(ResultsError::io(folder))?.flatten() {
                let path = entry.path();
                if !is_half_written(&entry.file_name().to_string_lossy()) {
                    continue;
                }
                let ending = path.extension().and_then(|ending| ending.to_str());
                if ending == Some(OLD) {
                    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                    let place = folder.join(name.split('.').next().unwrap_or_default());
                    if !place.exists() {
                        fs::rename(&path, &place).map_err(ResultsError::io(&path))?;
                        continue;
                    }
                }
                if ending == Some(OLD) || ending == Some(PART) {
                    // What stays is in nobody's way: its name is not used again.
                    let _ = remove(&path);
                }
            }
        }
        Ok(())
    }

    /// Writes the resolved benchmark and the plan.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub fn write_plan(&self, plan: &Plan) -> Result<(), ResultsError> {
        let yaml = crate::spec::to_yaml(&plan.benchmark);
        self.write_file("benchmark.yaml", yaml.as_bytes())?;
        let units: Vec<&Unit> = plan.units.iter().map(|planned| &planned.unit).collect();
        let references: serde_json::Map<String, serde_json::Value> = plan
            .benchmark
            .problems
            .iter()
            .filter_map(|problem| Some((problem.name.clone(), problem.reference?.into())))
            .collect();
        let content = serde_json::json!({
            "schema": SCHEMA,
            "benchmark": plan.benchmark.name,
            "question": plan.benchmark.question,
            "base_dir": std::path::absolute(&plan.benchmark.base_dir).unwrap_or_default(),
            "references": references,
            "benchmark_checksum": seal::checksum(yaml.as_bytes()),
            "units": units,
        });
        let json =
            seal::write(&content).map_err(|error| ResultsError::io(&self.root.join("plan.json"))(error.into()))?;
        self.write_file("plan.json", json.as_bytes())
    }

    /// Writes a file of the folder whole: beside its place, flushed, then renamed.
    ///
    /// # Errors
    ///
    /// The file cannot be written; what was there before stays.
    pub fn write_file(&self, name: &str, bytes: &[u8]) -> Result<(), ResultsError> {
        self.write_with(name, |file| file.write_all(bytes))
    }

    /// Writes `traces.parquet`: all traces of the benchmark in one table.
    ///
    /// # Errors
    ///
    /// The file cannot be written; what was there before stays.
    pub fn write_traces(&self, results: &Results) -> Result<(), ResultsError> {
        self.write_with("traces.parquet", |file| parquet_table::write(self, results, file))
    }

    fn write_with(&self, name: &str, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), ResultsError> {
        let path = self.root.join(name);
        let beside = self.root.join(format!("{name}.{}.{PART}", nonce()));
        let written = File::create(&beside).and_then(|mut file| {
            write(&mut file)?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&beside, &path)).map_err(|source| {
            let _ = fs::remove_file(&beside);
            ResultsError::Io { path, source }
        })
    }

    /// Looks at a unit's place and checks every file there against its checksum.
    pub(crate) fn stored(&self, hash: &str) -> Stored {
        let folder = self.unit(hash);
        let text = match fs::read_to_string(folder.join(RECORD_FILE)) {
            Ok(text) => text,
            Err(_) if !folder.exists() => return Stored::Missing,
            Err(error) => return Stored::Damaged(format!("record.json: {error}")),
        };
        let record: Record = match seal::read(&text, SCHEMA) {
            Ok(record) => record,
            Err(reason) => return Stored::Damaged(format!("record.json: {reason}")),
        };
        if record.unit != hash {
            return Stored::Damaged(format!("record.json: of another unit, {}", record.unit));
        }
        // The saved state is checked when it is used: without it the unit is still whole.
        for (name, sum) in record.files.iter().filter(|(name, _)| *name != STATE_FILE) {
            match fs::read(folder.join(name)) {
                Ok(bytes) if seal::checksum(&bytes) == *sum => {}
                Ok(_) => return Stored::Damaged(format!("{name}: the checksum does not match")),
                Err(error) => return Stored::Damaged(format!("{name}: {error}")),
            }
        }
        Stored::Whole(Box::new(record))
    }

    /// The state that a unit's run ended in, if it was kept and is whole.
    pub(crate) fn saved_state(&self, record: &Record) -> Option<Vec<u8>> {
        let sum = record.files.get(STATE_FILE)?;
        let bytes = fs::read(self.unit(&record.unit).join(STATE_FILE)).ok()?;
        (seal::checksum(&bytes) == *sum).then_some(bytes)
    }

    /// Whether a state was kept that cannot be used.
    pub(crate) fn has_damaged_state(&self, record: &Record) -> bool {
        record.files.contains_key(STATE_FILE) && self.saved_state(record).is_none()
    }

    /// Reads a unit whose record is at hand.
    ///
    /// # Errors
    ///
    /// The trace is damaged.
    pub(crate) fn read_unit(&self, record: Record) -> Result<UnitResult, ResultsError> {
        let mut trace = Vec::new();
        self.read_rows(&record, |row| trace.push(row.point))?;
        trace.shrink_to_fit();
        Ok(UnitResult { record, trace, repetitions: 0 })
    }

    /// Reads the trace of a unit, row by row.
    ///
    /// # Errors
    ///
    /// The trace is damaged.
    pub(crate) fn read_rows(&self, record: &Record, take: impl FnMut(TraceRow)) -> Result<(), ResultsError> {
        let path = self.unit(&record.unit).join(TRACE_FILE);
        trace_csv::read(&path, take).map_err(|reason| ResultsError::Damaged { path, reason })
    }
}

/// Removes a file, or a folder with all that is in it, also where a strange umask has made it unreadable.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    if !path.is_dir() || path.is_symlink() {
        return fs::remove_file(path);
    }
    fs::remove_dir_all(path).or_else(|_| {
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o700));
        fs::remove_dir_all(path)
    })
}

/// A folder among the system's temporary files that is deleted when this value goes.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes it.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub fn new() -> Result<Self, ResultsError> {
        let path = std::env::temp_dir().join(format!("harness.{}", nonce()));
        fs::create_dir(&path).map_err(ResultsError::io(&path))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The system removes what stays.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Ending of what is being written.
pub(crate) const PART: &str = "part";
/// Ending of a finished unit that is being replaced.
pub(crate) const OLD: &str = "old";
/// What is known of a unit.
pub(crate) const RECORD_FILE: &str = "record.json";
/// A unit's recorded points.
pub(crate) const TRACE_FILE: &str = "trace.csv";
/// A unit's iterates, with `record: { theta: true }`.
pub(crate) const THETA_FILE: &str = "theta.csv";
/// Where a run can be taken up again.
pub(crate) const STATE_FILE: &str = "state.bin";

/// Whether a file has a name that the program gives to what it has not finished: `….<nonce>.part`, `….<nonce>.old`.
fn is_half_written(name: &str) -> bool {
    let mut parts = name.rsplit('.');
    let is_ending = parts.next().is_some_and(|ending| ending == PART || ending == OLD);
    let is_nonce = |word: &str| {
        let mut numbers = word.split('-');
        let mut next = |radix| numbers.next().is_some_and(|number| u64::from_str_radix(number, radix).is_ok());
        next(10) && next(16) && next(10) && numbers.next().is_none()
    };
    is_ending && parts.next().is_some_and(is_nonce) && parts.next().is_some()
}

/// A word that no other process uses, and this one not again.
pub(crate) fn nonce() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_micros());
    format!("{}-{:x}-{}", std::process::id(), now & 0xffff_ffff, COUNTER.fetch_add(1, Ordering::Relaxed))
}
