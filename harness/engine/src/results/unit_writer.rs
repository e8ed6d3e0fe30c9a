//! Writing one unit: points as they are made, then everything flushed, sealed and renamed into its place.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::folder::{OLD, RECORD_FILE, ResultsError, ResultsFolder, STATE_FILE, THETA_FILE, TRACE_FILE, nonce, remove};
use super::point::{TracePoint, TraceRow};
use super::record::Record;
use super::seal;
use super::trace_csv::{self, TestMetric, TraceWriter};
use crate::plan::Unit;

/// A file and the checksum of what has been written to it.
#[derive(Debug)]
pub(crate) struct SealedFile {
    path: PathBuf,
    file: File,
    hasher: blake3::Hasher,
}

impl SealedFile {
    fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: File::create(path)?, hasher: blake3::Hasher::new() })
    }

    /// Waits until all is on the disk; the checksum of it.
    fn seal(&self) -> Result<String, ResultsError> {
        self.file.sync_all().map_err(ResultsError::io(&self.path))?;
        let sum = self.hasher.finalize().to_hex().to_string();
        // A plugin that writes to whatever is open has written to this file too.
        let mut found = blake3::Hasher::new();
        File::open(&self.path)
            .and_then(|file| found.update_reader(file).map(drop))
            .map_err(ResultsError::io(&self.path))?;
        if found.finalize().to_hex().as_str() == sum { Ok(sum) } else { Err(ResultsError::Overwritten) }
    }
}

impl Write for SealedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A unit that is being written; what is not committed stays beside its place, half-written.
#[derive(Debug)]
pub(crate) struct UnitWriter {
    place: PathBuf,
    part: PathBuf,
    /// The earlier run that this one goes on from, if it does.
    before: PathBuf,
    trace: TraceWriter<SealedFile>,
    theta: Option<SealedFile>,
    row: String,
}

impl UnitWriter {
    /// Begins to write a unit to the folder `part` beside its place in `units`.
    pub(crate) fn create(
        units: &Path,
        part: &str,
        unit: &Unit,
        metric: TestMetric,
        with_theta: bool,
    ) -> Result<Self, ResultsError> {
        let part = units.join(part);
        fs::create_dir(&part).map_err(ResultsError::io(&part))?;
        let open = |name: &str| SealedFile::create(&part.join(name)).map_err(ResultsError::io(&part));
        let trace = TraceWriter::new(open(TRACE_FILE)?, unit, metric).map_err(ResultsError::io(&part))?;
        let theta = with_theta.then(|| open(THETA_FILE)).transpose()?;
        let place = units.join(&unit.hash);
        Ok(Self { before: place.clone(), place, part, trace, theta, row: String::new() })
    }

    /// The same, to go on from the run in this folder.
    pub(crate) fn after(self, before: PathBuf) -> Self {
        Self { before, ..self }
    }

    /// The same, with its place in another folder of units.
    pub(crate) fn beside(self, folder: &ResultsFolder) -> Result<Self, ResultsError> {
        // Other workers may be at it: nothing is cleared away here.
        fs::create_dir_all(folder.units()).map_err(ResultsError::io(folder.root()))?;
        let name = self.place.file_name().unwrap_or_default();
        Ok(Self { place: folder.units().join(name), ..self })
    }

    /// Writes iterates that another process has left: whole rows only.
    pub(crate) fn salvage_iterates(&mut self, path: &Path) -> io::Result<()> {
        let (Some(file), Ok(bytes)) = (&mut self.theta, fs::read(path)) else { return Ok(()) };
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        file.write_all(&bytes[..end])
    }

    /// Flushes everything and puts the unit in its place. An older one there is replaced in one motion.
    pub(crate) fn commit(self, mut record: Record, state: Option<&[u8]>) -> Result<(), ResultsError> {
        let io = ResultsError::io;
        record.files.clear();
        record.files.insert(TRACE_FILE.to_owned(), self.trace.out().seal()?);
        if let Some(theta) = &self.theta {
            record.files.insert(THETA_FILE.to_owned(), theta.seal()?);
        }
        if let Some(state) = state {
            let path = self.part.join(STATE_FILE);
            File::create(&path)
                .and_then(|mut file| file.write_all(state).and_then(|()| file.sync_all()))
                .map_err(io(&path))?;
            record.files.insert(STATE_FILE.to_owned(), seal::checksum(state));
        }
        let path = self.part.join(RECORD_FILE);
        let json = seal::write(&record).map_err(|error| io(&path)(error.into()))?;
        let mut file = File::create(&path).map_err(io(&path))?;
        file.write_all(json.as_bytes()).map_err(io(&path))?;
        file.sync_all().map_err(io(&path))?;
        // The names in a folder are data of the folder: they are flushed before the unit counts as there, and after.
        flush_folder(&self.part).map_err(io(&self.part))?;
        put_in_place(&self.part, &self.place).map_err(io(&self.place))?;
        self.place.parent().map_or(Ok(()), flush_folder).map_err(io(&self.place))
    }
}

/// Flushes the entries of a folder to the disk, where the file system can.
fn flush_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Not all of them flush folders.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

/// Renames a folder into its place; one that is there is exchanged for it and then removed.
fn put_in_place(part: &Path, place: &Path) -> io::Result<()> {
    if !place.exists() {
        match fs::rename(part, place) {
            // Another unit of the same content has come in between.
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            result => return result,
        }
    }
    if renameat_with(CWD, part, CWD, place, RenameFlags::EXCHANGE).is_ok() {
        return remove(part);
    }
    // A file system that cannot exchange: for a moment there is no unit, which the next run would mend.
    let old = place.with_extension(format!("{}.{OLD}", nonce()));
    fs::rename(place, &old)?;
    fs::rename(part, place)?;
    remove(&old)
}

impl crate::run::Sink for UnitWriter {
    fn row(&mut self, row: &TraceRow) -> io::Result<()> {
        self.trace.write(row)
    }

    fn resume(&mut self, rows: u64) -> io::Result<Option<TracePoint>> {
        let mut kept = Vec::new();
        trace_csv::read(&self.before.join(TRACE_FILE), |row| kept.push(row)).map_err(io::Error::other)?;
        kept.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
        for row in &kept {
            self.trace.write(row)?;
        }
        if let Some(file) = &mut self.theta {
            file.write_all(&fs::read(self.before.join(THETA_FILE))?)?;
        }
        Ok(kept.last().map(|row| row.point))
    }

    fn iterate(&mut self, iteration: u64, theta: &[f64]) -> io::Result<()> {
        let Some(file) = &mut self.theta else { return Ok(()) };
        let row = &mut self.row;
        row.clear();
        // Writing to a string does not fail.
        if iteration == 0 {
            row.push_str("iteration");
            for i in 0..theta.len() {
                let _ = write!(row, ",theta_{i}");
            }
            row.push('\n');
        }
        let _ = write!(row, "{iteration}");
        for parameter in theta {
            let _ = write!(row, ",{parameter:?}");
        }
        row.push('\n');
        file.write_all(row.as_bytes())
    }
}
