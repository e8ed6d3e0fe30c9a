//! The results folder of a benchmark on disk. A unit's folder is made beside its place and renamed when it is whole, so
//! that a reader sees finished units only.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::record::{Record, SCHEMA, UnitResult};
use super::trace_csv::{self, TestMetric, TraceWriter};
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
}

impl ResultsError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| ResultsError::Io { path: path.to_owned(), source }
    }
}

/// `results/<benchmark>/`.
#[derive(Debug, Clone)]
pub struct ResultsFolder {
    root: PathBuf,
}

impl ResultsFolder {
    /// The folder of a benchmark below `out`, whether or not it is there.
    pub fn at(out: &Path, benchmark: &str) -> Self {
        Self { root: out.join("results").join(benchmark) }
    }

    /// The folder of a benchmark below `out`, made if need be; what an earlier, killed run left half-written is removed.
    ///
    /// # Errors
    ///
    /// The folder cannot be made.
    pub fn create(out: &Path, benchmark: &str) -> Result<Self, ResultsError> {
        let folder = Self::at(out, benchmark);
        let units = folder.units();
        fs::create_dir_all(&units).map_err(ResultsError::io(&units))?;
        for entry in fs::read_dir(&units).map_err(ResultsError::io(&units))?.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "part") {
                fs::remove_dir_all(&path).map_err(ResultsError::io(&path))?;
            }
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
            return Ok(Self { root: root.to_owned() });
        }
        Err(ResultsError::NotResults {
            path: root.to_owned(),
            reason: "no results here: a folder that `harness bench` has made, with a `plan.json`, is expected".to_owned(),
        })
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn units(&self) -> PathBuf {
        self.root.join("units")
    }

    fn unit(&self, hash: &str) -> PathBuf {
        self.units().join(hash)
    }

    /// Writes the resolved benchmark and the plan.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub fn write_plan(&self, plan: &Plan) -> Result<(), ResultsError> {
        self.write_file("benchmark.yaml", crate::spec::to_yaml(&plan.benchmark).as_bytes())?;
        let units: Vec<&Unit> = plan.units.iter().map(|planned| &planned.unit).collect();
        let references: serde_json::Map<String, serde_json::Value> = plan
            .benchmark
            .problems
            .iter()
            .filter_map(|problem| Some((problem.name.clone(), problem.reference?.into())))
            .collect();
        let json = serde_json::json!({
            "schema": SCHEMA,
            "benchmark": plan.benchmark.name,
            "question": plan.benchmark.question,
            "references": references,
            "units": units,
        });
        self.write_file("plan.json", format!("{json:#}\n").as_bytes())
    }

    /// Writes a file of the folder whole: beside its place, flushed, then renamed.
    ///
    /// # Errors
    ///
    /// The file cannot be written; what was there before stays.
    pub fn write_file(&self, name: &str, bytes: &[u8]) -> Result<(), ResultsError> {
        let path = self.root.join(name);
        let beside = self.root.join(format!("{name}.{}.part", nonce()));
        let written = File::create(&beside).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&beside, &path)).map_err(|source| {
            let _ = fs::remove_file(&beside);
            ResultsError::Io { path, source }
        })
    }

    /// The record of a finished unit; `None` if there is none, or none that can be read.
    pub(crate) fn record(&self, hash: &str) -> Option<Record> {
        let text = fs::read_to_string(self.unit(hash).join("record.json")).ok()?;
        serde_json::from_str::<Record>(&text).ok().filter(|record| record.schema == SCHEMA && record.unit == hash)
    }

    /// Whether a finished unit holds what the benchmark asks to be kept of its iterates.
    pub(crate) fn has_theta(&self, hash: &str) -> bool {
        self.unit(hash).join("theta.csv").is_file()
    }

    /// Reads a finished unit whole.
    ///
    /// # Errors
    ///
    /// It is not there, or damaged.
    pub(crate) fn read_unit(&self, hash: &str) -> Result<UnitResult, ResultsError> {
        let path = self.unit(hash).join("record.json");
        let text = fs::read_to_string(&path).map_err(ResultsError::io(&path))?;
        let record: Record = serde_json::from_str(&text)
            .map_err(|error| ResultsError::Damaged { path: path.clone(), reason: error.to_string() })?;
        let path = self.unit(hash).join("trace.csv");
        let trace = trace_csv::read(&path).map_err(|reason| ResultsError::Damaged { path, reason })?;
        Ok(UnitResult { record, trace })
    }

    /// Begins to write a unit.
    pub(crate) fn begin(&self, unit: &Unit, metric: TestMetric, with_theta: bool) -> Result<UnitWriter, ResultsError> {
        let part = self.units().join(format!("{}.{}.part", unit.hash, nonce()));
        fs::create_dir(&part).map_err(ResultsError::io(&part))?;
        let open = |name: &str| File::create(part.join(name)).map_err(ResultsError::io(&part));
        let trace = TraceWriter::new(open("trace.csv")?, unit, metric).map_err(ResultsError::io(&part))?;
        let theta = with_theta.then(|| open("theta.csv")).transpose()?;
        Ok(UnitWriter { place: self.unit(&unit.hash), part, trace, theta, committed: false })
    }
}

/// A unit that is being written.
#[derive(Debug)]
pub(crate) struct UnitWriter {
    place: PathBuf,
    part: PathBuf,
    trace: TraceWriter<File>,
    theta: Option<File>,
    committed: bool,
}

impl UnitWriter {
    /// Flushes everything and puts the unit in its place. An older one there is moved away first and then deleted.
    pub(crate) fn commit(mut self, record: &Record) -> Result<(), ResultsError> {
        let io = ResultsError::io;
        self.trace.flush().map_err(io(&self.part))?;
        if let Some(theta) = &self.theta {
            theta.sync_all().map_err(io(&self.part))?;
        }
        let path = self.part.join("record.json");
        let json = serde_json::to_string_pretty(record).map_err(|error| io(&path)(error.into()))?;
        let mut file = File::create(&path).map_err(io(&path))?;
        file.write_all(json.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(io(&path))?;
        file.sync_all().map_err(io(&path))?;
        if self.place.exists() {
            let old = self.place.with_extension(format!("{}.part", nonce()));
            fs::rename(&self.place, &old).map_err(io(&self.place))?;
            fs::rename(&self.part, &self.place).map_err(io(&self.place))?;
            fs::remove_dir_all(&old).map_err(io(&old))?;
        } else {
            fs::rename(&self.part, &self.place).map_err(io(&self.place))?;
        }
        self.committed = true;
        Ok(())
    }
}

impl Drop for UnitWriter {
    fn drop(&mut self) {
        if !self.committed {
            // The next run removes what this leaves.
            let _ = fs::remove_dir_all(&self.part);
        }
    }
}

impl crate::run::Sink for UnitWriter {
    fn point(&mut self, point: &super::record::TracePoint) -> io::Result<()> {
        self.trace.write(point)
    }

    fn iterate(&mut self, iteration: u64, theta: &[f64]) -> io::Result<()> {
        let Some(file) = &mut self.theta else { return Ok(()) };
        let mut row = String::new();
        if iteration == 0 {
            row.push_str("iteration");
            for i in 0..theta.len() {
                row.push_str(&format!(",theta_{i}"));
            }
            row.push('\n');
        }
        row.push_str(&iteration.to_string());
        for parameter in theta {
            row.push_str(&format!(",{parameter:?}"));
        }
        row.push('\n');
        file.write_all(row.as_bytes())
    }
}

fn nonce() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}
