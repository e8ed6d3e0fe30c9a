//! The results folder of a benchmark: records and traces, written unit by unit and read back whole.

mod certificate;
mod delete;
mod difference;
mod folder;
mod parquet_table;
mod point;
mod read;
mod record;
mod references;
mod seal;
mod timing;
mod trace_csv;
mod unit_writer;

pub use certificate::{Certificate, Guarantee};
pub(crate) use folder::{PART, RECORD_FILE, Stored, THETA_FILE, TRACE_FILE, nonce, remove};
pub use folder::{ResultsError, ResultsFolder, Scratch};
pub use point::{Maybe, TracePoint, TraceRow};
pub use read::Damage;
pub use record::{
    Allowance, Calibration, DataRecord, HostRecord, LimitRecord, ModelRecord, OptimizerRecord, ProcessRecord, Record,
    Results, SCHEMA, Spent, Status, UnitResult,
};
pub use references::{Basin, BasinKind, KnownOptimum, MULTISTART, REFERENCES_SCHEMA, RunEnd};
pub use timing::{Timed, Timing};
pub use trace_csv::TestMetric;
pub(crate) use trace_csv::salvage;
pub(crate) use unit_writer::UnitWriter;
