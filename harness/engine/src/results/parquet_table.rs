//! `traces.parquet`: all traces of a benchmark in one table, one row per point, for pandas, Polars and DuckDB.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::folder::ResultsFolder;
use super::point::{Maybe, TracePoint, TraceRow};
use super::record::{Record, Results};

/// Rows that are encoded together: few enough that a group fits in little memory, many enough to compress and scan well.
const GROUP_ROWS: usize = 1 << 15;

/// Writes the table, group by group. Rows are read again from the traces in `folder`: only a part of them is in memory.
pub(super) fn write(folder: &ResultsFolder, results: &Results, out: &mut (impl Write + Send)) -> io::Result<()> {
    let mut fields = Vec::new();
    for (name, _) in TEXTS {
        fields.push(field(name, PhysicalType::BYTE_ARRAY, Repetition::REQUIRED)?);
    }
    for (name, _) in COUNTS {
        fields.push(field(name, PhysicalType::INT64, Repetition::REQUIRED)?);
    }
    for (name, _) in NUMBERS {
        fields.push(field(name, PhysicalType::DOUBLE, Repetition::REQUIRED)?);
    }
    for (name, _) in OPTIONAL_NUMBERS {
        fields.push(field(name, PhysicalType::DOUBLE, Repetition::OPTIONAL)?);
    }
    let schema = Arc::new(Type::group_type_builder("trace").with_fields(fields).build()?);
    let properties = Arc::new(WriterProperties::builder().set_created_by("harness".to_owned()).build());
    let mut writer = SerializedFileWriter::new(out, schema, properties)?;
    let mut rows: Vec<Row<'_>> = Vec::new();
    for unit in &results.units {
        let first = rows.len();
        folder.read_rows(&unit.record, |row| rows.push((&unit.record, row))).map_err(io::Error::other)?;
        // The times of a point may be medians of the timing pass.
        for ((_, row), point) in rows[first..].iter_mut().zip(&unit.trace) {
            row.point = *point;
        }
        if rows.len() >= GROUP_ROWS {
            write_group(&mut writer, &rows)?;
            rows.clear();
        }
    }
    // A file without any group has no columns for some readers.
    if !rows.is_empty() || writer.flushed_row_groups().is_empty() {
        write_group(&mut writer, &rows)?;
    }
    writer.close()?;
    Ok(())
}

type Row<'a> = (&'a Record, TraceRow);

fn write_group<W: Write + Send>(writer: &mut SerializedFileWriter<W>, rows: &[Row<'_>]) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for (_, get) in TEXTS {
        let values: Vec<ByteArray> = rows.iter().map(|(record, _)| ByteArray::from(get(record))).collect();
        write_column::<ByteArrayType, W>(&mut group, &values, None)?;
    }
    for (_, get) in COUNTS {
        let values: Vec<i64> =
            rows.iter().map(|(record, row)| i64::try_from(get(record, row)).unwrap_or(i64::MAX)).collect();
        write_column::<Int64Type, W>(&mut group, &values, None)?;
    }
    for (_, get) in NUMBERS {
        let values: Vec<f64> = rows.iter().map(|(_, row)| get(row)).collect();
        write_column::<DoubleType, W>(&mut group, &values, None)?;
    }
    for (_, get) in OPTIONAL_NUMBERS {
        let cells: Vec<Option<f64>> = rows.iter().map(|(_, row)| get(&row.point).get()).collect();
        let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
        let values: Vec<f64> = cells.into_iter().flatten().collect();
        write_column::<DoubleType, W>(&mut group, &values, Some(&levels))?;
    }
    group.close()?;
    Ok(())
}

type Text = fn(&Record) -> &str;
type Count = fn(&Record, &TraceRow) -> u64;
type Number = fn(&TraceRow) -> f64;
type OptionalNumber = fn(&TracePoint) -> Maybe;

const TEXTS: [(&str, Text); 4] = [
    ("unit", |record| &record.unit),
    ("problem", |record| &record.problem),
    ("optimizer", |record| &record.optimizer),
    ("config", |record| &record.config),
];

const COUNTS: [(&str, Count); 6] = [
    ("seed", |record, _| record.seed),
    ("iteration", |_, row| row.point.iteration),
    ("values", |_, row| row.values),
    ("gradients", |_, row| row.gradients),
    ("estep", |_, row| row.estep),
    ("inner", |_, row| row.inner),
];

const NUMBERS: [(&str, Number); 8] = [
    ("passes", |row| row.point.passes),
    ("cpu_s", |row| row.point.cpu_s),
    ("wall_s", |row| row.point.wall_s),
    ("eval_s", |row| row.eval_s),
    ("loss", |row| row.point.loss),
    ("nll", |row| row.nll),
    ("grad_norm", |row| row.point.grad_norm),
    ("step_norm", |row| row.point.step_norm),
];

const OPTIONAL_NUMBERS: [(&str, OptionalNumber); 7] = [
    ("test_nll", |point| point.test_nll),
    ("test_accuracy", |point| point.test_accuracy),
    ("test_rmse", |point| point.test_rmse),
    ("gate_error", |point| point.gate_error),
    ("expert_error", |point| point.expert_error),
    ("slope_before", |point| point.slope_before),
    ("slope_after", |point| point.slope_after),
];

fn field(name: &str, kind: PhysicalType, repetition: Repetition) -> Result<Arc<Type>, ParquetError> {
    let logical = (kind == PhysicalType::BYTE_ARRAY).then_some(LogicalType::String);
    let builder = Type::primitive_type_builder(name, kind).with_repetition(repetition).with_logical_type(logical);
    Ok(Arc::new(builder.build()?))
}

fn write_column<T: parquet::data_type::DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("more columns than the schema declares".to_owned()));
    };
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}
