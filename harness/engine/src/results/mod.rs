//! The results folder of a benchmark: records and traces, written unit by unit and read back whole.

mod folder;
mod parquet_table;
mod read;
mod record;
mod trace_csv;

pub use folder::{ResultsError, ResultsFolder};
pub(crate) use folder::UnitWriter;
pub use parquet_table::write_parquet;
pub use record::{
    Allowance, DataRecord, HostRecord, ModelRecord, OptimizerRecord, Record, Results, SCHEMA, Spent, Status,
    TracePoint, UnitResult,
};
pub use trace_csv::TestMetric;
