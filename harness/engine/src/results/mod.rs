//! The results folder of a benchmark: records and traces, written unit by unit and read back whole.

mod record;

pub use record::{
    Allowance, DataRecord, HostRecord, ModelRecord, OptimizerRecord, Record, Results, SCHEMA, Spent, Status,
    TracePoint, UnitResult,
};
