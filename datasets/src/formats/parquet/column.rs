//! One column of a group of rows: what its values are, and how they become cells of a table.

use std::path::Path;

use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{AsBytes, ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor};

use super::super::builder::TableBuilder;
use super::super::npy::half;
use super::pages::Checked;
use crate::error::{At, DataError, FileError, excerpt};

/// Rows that are decoded together: few enough to stay in the cache, many enough to hide the cost of a call.
const BATCH: usize = 1024;

/// The most bytes of a decimal number.
const LONGEST_DECIMAL: i32 = 16;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Numbers as they are stored.
    Number,
    /// Whole numbers from 0 on, stored as if they had a sign.
    Unsigned,
    /// Whole numbers, of which so many digits are behind the point.
    Decimal { scale: i32 },
    /// Floats of 16 bits.
    Half,
    /// Words.
    Text,
}

impl Kind {
    /// What a column holds, or what it is that cannot be read.
    pub(super) fn of(column: &ColumnDescriptor) -> Result<Self, String> {
        let (stored, meant, logical) = (column.physical_type(), column.converted_type(), column.logical_type_ref());
        if column.max_rep_level() > 0 || column.path().parts().len() > 1 {
            return Err("nested values".to_owned());
        }
        let is_plain = logical.is_none_or(|logical| {
            matches!(
                logical,
                LogicalType::Integer(_) | LogicalType::Decimal(_) | LogicalType::String | LogicalType::Enum
            )
        });
        if logical == Some(&LogicalType::Float16) && stored == Type::FIXED_LEN_BYTE_ARRAY && column.type_length() == 2 {
            return Ok(Self::Half);
        }
        let is_whole = matches!(stored, Type::INT32 | Type::INT64);
        let is_decimal =
            is_whole || (stored == Type::FIXED_LEN_BYTE_ARRAY && (1..=LONGEST_DECIMAL).contains(&column.type_length()));
        match meant {
            _ if !is_plain => {}
            ConvertedType::NONE if is_whole || matches!(stored, Type::BOOLEAN | Type::FLOAT | Type::DOUBLE) => {
                return Ok(Self::Number);
            }
            ConvertedType::INT_8 | ConvertedType::INT_16 | ConvertedType::INT_32 | ConvertedType::INT_64
                if is_whole =>
            {
                return Ok(Self::Number);
            }
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64
                if is_whole =>
            {
                return Ok(Self::Unsigned);
            }
            ConvertedType::DECIMAL if is_decimal => {
                return Ok(Self::Decimal { scale: column.type_scale().clamp(0, 300) });
            }
            ConvertedType::NONE | ConvertedType::UTF8 | ConvertedType::ENUM if stored == Type::BYTE_ARRAY => {
                return Ok(Self::Text);
            }
            _ => {}
        }
        Err(match logical {
            Some(logical) => format!("{stored} values that mean {}", word(&format!("{logical:?}"))),
            None if meant != ConvertedType::NONE => format!("{stored} values that mean {meant}"),
            None => format!("{stored} values"),
        })
    }
}

/// The name of a variant, without what it holds.
fn word(debug: &str) -> &str {
    debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}

/// A column of a group of rows, and the batch of its values that is under way.
pub(super) struct Column {
    /// Its place among the columns of the file.
    pub(super) place: usize,
    kind: Kind,
    reader: ColumnReader,
    /// The level of a value that is there; 0 where every value is.
    present: i16,
    levels: Vec<i16>,
    cells: Cells,
    /// The next row of the batch, and the next value: missing ones are not stored.
    next: (usize, usize),
}

enum Cells {
    Numbers(Vec<f64>),
    Texts(Vec<ByteArray>),
}

impl Column {
    pub(super) fn new(place: usize, group: &dyn RowGroupReader, limit: u64) -> Result<Self, ParquetError> {
        let description: ColumnDescPtr = group.metadata().schema_descr().column(place);
        let kind = Kind::of(&description).map_err(ParquetError::General)?;
        let pages = Checked::new(group.get_column_page_reader(place)?, description.max_def_level(), limit);
        Ok(Self {
            place,
            kind,
            present: description.max_def_level(),
            reader: get_column_reader(description, Box::new(pages)),
            levels: Vec::with_capacity(BATCH),
            cells: match kind {
                Kind::Text => Cells::Texts(Vec::with_capacity(BATCH)),
                Kind::Number | Kind::Unsigned | Kind::Decimal { .. } | Kind::Half => {
                    Cells::Numbers(Vec::with_capacity(BATCH))
                }
            },
            next: (0, 0),
        })
    }

    /// Decodes the next batch; returns its number of rows, 0 at the end of the group.
    pub(super) fn fill(&mut self) -> Result<usize, ParquetError> {
        self.next = (0, 0);
        self.levels.clear();
        let levels = &mut self.levels;
        let kind = self.kind;
        let whole = |signed: i64, unsigned: u64| match kind {
            Kind::Unsigned => unsigned as f64,
            Kind::Decimal { scale } => decimal(signed.into(), scale),
            Kind::Number | Kind::Half | Kind::Text => signed as f64,
        };
        match (&mut self.reader, &mut self.cells) {
            (ColumnReader::BoolColumnReader(reader), Cells::Numbers(cells)) => {
                decode(reader, levels, cells, |&value| f64::from(u8::from(value)))
            }
            (ColumnReader::Int32ColumnReader(reader), Cells::Numbers(cells)) => {
                decode(reader, levels, cells, |&value| whole(value.into(), value.cast_unsigned().into()))
            }
            (ColumnReader::Int64ColumnReader(reader), Cells::Numbers(cells)) => {
                decode(reader, levels, cells, |&value| whole(value, value.cast_unsigned()))
            }
            (ColumnReader::FloatColumnReader(reader), Cells::Numbers(cells)) => {
                decode(reader, levels, cells, |&value| value.into())
            }
            (ColumnReader::DoubleColumnReader(reader), Cells::Numbers(cells)) => {
                decode(reader, levels, cells, |&value| value)
            }
            (ColumnReader::FixedLenByteArrayColumnReader(reader), Cells::Numbers(cells)) => match kind {
                Kind::Decimal { scale } => {
                    decode(reader, levels, cells, |value| decimal(big_endian(value.as_bytes()), scale))
                }
                Kind::Half => decode(reader, levels, cells, |value| {
                    value.as_bytes().first_chunk().map_or(f64::NAN, |&bytes| half(u16::from_le_bytes(bytes)))
                }),
                _ => Err(other_type()),
            },
            (ColumnReader::ByteArrayColumnReader(reader), Cells::Texts(cells)) => {
                cells.clear();
                Ok(reader.read_records(BATCH, Some(levels), None, cells)?.0)
            }
            _ => Err(other_type()),
        }
    }

    /// Adds the cell of the next row of the batch.
    pub(super) fn push_next(&mut self, builder: &mut TableBuilder<'_>, row: u64, path: &Path) -> Result<(), DataError> {
        let (at, value) = self.next;
        self.next.0 += 1;
        if self.present > 0 && self.levels[at] != self.present {
            return builder.push(self.place, "", row);
        }
        self.next.1 += 1;
        match &self.cells {
            Cells::Numbers(numbers) => builder.push_value(self.place, numbers[value], row),
            Cells::Texts(texts) => {
                let bytes = texts[value].data();
                if builder.push_known_word(self.place, bytes) {
                    return Ok(());
                }
                let text = std::str::from_utf8(bytes).map_err(|_| {
                    let found = format!("bytes that are no UTF-8 in `{}`", excerpt(&builder.names()[self.place]));
                    let (path, expected) = (path.to_owned(), "text".to_owned());
                    FileError::Malformed { path, at: At::Row(row), found, expected }
                })?;
                builder.push(self.place, text, row)
            }
        }
    }
}

fn decode<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    levels: &mut Vec<i16>,
    cells: &mut Vec<f64>,
    number: impl Fn(&T::T) -> f64,
) -> Result<usize, ParquetError> {
    let mut values = Vec::with_capacity(BATCH);
    let (rows, _, _) = reader.read_records(BATCH, Some(levels), None, &mut values)?;
    cells.clear();
    cells.extend(values.iter().map(number));
    Ok(rows)
}

/// A whole number with a sign, of at most 16 bytes.
fn big_endian(bytes: &[u8]) -> i128 {
    let sign = if bytes.first().is_some_and(|&byte| byte >= 0x80) { -1 } else { 0 };
    bytes.iter().fold(sign, |value, &byte| (value << 8) | i128::from(byte))
}

/// The number nearest to `digits` with a point before the last `scale` of them.
fn decimal(digits: i128, scale: i32) -> f64 {
    // Both are exact, so the quotient is rounded once.
    if digits.unsigned_abs() <= 1 << 53 && scale <= 22 {
        return digits as f64 / 10_f64.powi(scale);
    }
    format!("{digits}e-{scale}").parse().unwrap_or(f64::NAN)
}

fn other_type() -> ParquetError {
    ParquetError::General("a column of another type than its group says".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_rounded_once() {
        assert_eq!(decimal(-125, 2), -1.25);
        assert_eq!(decimal(613_318_917_111_157_557_222_454_332, 20), 6_133_189.171_111_575);
        assert_eq!(decimal(i128::MAX, 38), 1.701_411_834_604_692_3);
    }
}
