//! NPY, an array of NumPy: a header in Python's notation, then the numbers. The first dimension is the rows; the fields of
//! an array of records are the columns.
//!
//! Objects, strings and dates are refused: nothing of a file is ever executed.

mod header;

use self::header::{Field, Header};
use super::idx::Array;
use super::input::Input;
use crate::error::DataError;
use crate::table::MAX_CELLS;

/// How much is read at once; a multiple of every size of a number.
const BLOCK: usize = 1 << 16;

/// Adds an array to `values`, which may hold others of the same row size. NaN is refused unless `takes_nan`.
pub(crate) fn read(input: &mut Input, values: Vec<f64>, takes_nan: bool) -> Result<Array, DataError> {
    let Header { fields, names, size, fortran_order, shape } = header::read(input)?;
    let shown = || shape.iter().map(u64::to_string).collect::<Vec<_>>().join(" × ");
    let items = shape.iter().try_fold(1_u128, |product, &size| product.checked_mul(u128::from(size)));
    let cells = items.and_then(|items| items.checked_mul(fields.len() as u128)).filter(|&cells| cells <= MAX_CELLS);
    let Some((items, cells)) = items.zip(cells) else {
        return Err(input.malformed(format!("the shape {}", shown()), format!("at most {MAX_CELLS} numbers")));
    };
    if cells == 0 || shape.is_empty() {
        return Err(input.malformed(format!("the shape ({})", shown()), "at least one row of one number"));
    }
    if names.is_some() && items != u128::from(shape[0]) {
        return Err(input.malformed(format!("records in the shape {}", shown()), "one record a row"));
    }
    input.check_width(cells / u128::from(shape[0]))?;
    let what = if names.is_some() { "records" } else { "numbers" };
    let expected = || format!("{} {what} of {size} bytes, as its header declares", shown());
    let there = u128::from(input.most().saturating_sub(input.offset()));
    if items * size as u128 > there {
        return Err(input.malformed(format!("at most {there} bytes left"), expected()));
    }
    input.expect_at_most(u64::MAX);
    let too_many = || input.malformed("more numbers than memory holds", "fewer");
    let cells = usize::try_from(cells).map_err(|_| too_many())?;
    let n = usize::try_from(shape[0]).map_err(|_| too_many())?;
    let d = cells / n;
    let mut values = values;
    let before = values.len();
    input.make_room(&mut values, cells)?;
    let by_columns = fortran_order && names.is_none() && n > 1 && d > 1;
    let columns = if by_columns { columns_in_file_order(&shape, d) } else { Vec::new() };
    if by_columns {
        values.resize(before + cells, 0.0);
    }
    let mut block = vec![0; BLOCK / size * size];
    let (mut place, mut left) = (0, cells / fields.len());
    while left > 0 {
        let start = input.offset();
        let items = left.min(BLOCK / size);
        let block = &mut block[..items * size];
        input.read_exact(block, expected)?;
        left -= items;
        for (i, item) in block.chunks_exact(size).enumerate() {
            for field in &fields {
                let value = number(field, &item[field.offset..][..field.size]);
                if value.is_infinite() || (value.is_nan() && !takes_nan) {
                    let found = format!("`{value}` as number {}", place + 1);
                    let at = start + (i * size + field.offset) as u64;
                    return Err(input.malformed_at(at, found, "finite numbers"));
                }
                if by_columns {
                    values[before + place % n * d + columns[place / n]] = value;
                } else {
                    values.push(value);
                }
                place += 1;
            }
        }
    }
    input.expect_end(expected)?;
    Ok(Array { n, d, values, names })
}

/// For arrays whose first index runs fastest: the place in a row of each of its `d` numbers, as the file has them one
/// after the other for all rows.
fn columns_in_file_order(shape: &[u64], d: usize) -> Vec<usize> {
    let mut columns = vec![0; d];
    for (place, column) in columns.iter_mut().enumerate() {
        // The second index runs fastest in the file, the last one in the row.
        let (mut rest, mut stride) = (place, d);
        for size in shape[1..].iter().filter_map(|&size| usize::try_from(size).ok()) {
            stride /= size;
            *column += rest % size * stride;
            rest /= size;
        }
    }
    columns
}

/// The number that a 16-bit float stands for.
pub(super) fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction > 0.0 => f64::NAN,
        31 => f64::INFINITY,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// Integers beyond 2^53 become the nearest number.
fn number(field: &Field, bytes: &[u8]) -> f64 {
    let mut little = [0; 8];
    for (place, byte) in little.iter_mut().enumerate().take(field.size) {
        *byte = bytes[if field.big_endian { field.size - 1 - place } else { place }];
    }
    let unsigned = u64::from_le_bytes(little);
    let unused = 64 - 8 * field.size;
    match (field.kind, field.size) {
        (b'f', 2) => half(u16::from_le_bytes([little[0], little[1]])),
        (b'f', 4) => f64::from(f32::from_bits(u32::from_le_bytes([little[0], little[1], little[2], little[3]]))),
        (b'f', _) => f64::from_bits(unsigned),
        (b'i', _) => ((unsigned << unused).cast_signed() >> unused) as f64,
        _ => unsigned as f64,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn file(header: &str, values: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(values);
        bytes
    }

    fn parse(bytes: &[u8]) -> Result<Array, String> {
        read(&mut Input::of_bytes(Path::new("a.npy"), bytes), Vec::new(), false).map_err(|error| error.to_string())
    }

    fn of(descr: &str, order: &str, shape: &str, values: &[u8]) -> Result<Array, String> {
        parse(&file(&format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n"), values))
    }

    #[test]
    fn every_kind_of_number() {
        let array = of("<f8", "False", "(1, 2)", &[0.5_f64.to_le_bytes(), (-2.0_f64).to_le_bytes()].concat()).unwrap();
        assert_eq!((array.n, array.d, array.values), (1, 2, vec![0.5, -2.0]));
        assert_eq!(of(">f4", "False", "(1,)", &0.5_f32.to_be_bytes()).unwrap().values, [0.5]);
        for (bits, value) in
            [(0x3C00, 1.0), (0xC000, -2.0), (0x7BFF, 65504.0), (1, 2_f64.powi(-24)), (0x3555, 0.333_251_953_125)]
        {
            assert_eq!(of("<f2", "False", "(1,)", &u16::to_le_bytes(bits)).unwrap().values, [value]);
        }
        for bits in [0x7C00_u16, 0xFC00, 0x7E00] {
            assert!(of("<f2", "False", "(1,)", &bits.to_le_bytes()).is_err());
        }
        assert_eq!(of("<i2", "False", "(1,)", &(-300_i16).to_le_bytes()).unwrap().values, [-300.0]);
        assert_eq!(of(">i8", "False", "(1,)", &(-3_i64).to_be_bytes()).unwrap().values, [-3.0]);
        assert_eq!(of("|u1", "False", "(2,)", &[255, 0]).unwrap().values, [255.0, 0.0]);
        assert_eq!(of("<u4", "False", "(1,)", &u32::MAX.to_le_bytes()).unwrap().values, [4_294_967_295.0]);
        assert_eq!(of("|b1", "False", "(1,)", &[1]).unwrap().values, [1.0]);
    }

    #[test]
    fn columns_first() {
        let array = of("|u1", "True", "(2, 3)", &[1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(array.values, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
        // numpy.arange(12).reshape(2, 3, 2), saved in Fortran order.
        let saved = [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11];
        let array = of("|u1", "True", "(2, 3, 2)", &saved).unwrap();
        assert_eq!(array.values, (0..12).map(f64::from).collect::<Vec<_>>());
        let nan = [1.0, f64::NAN, 2.0, 3.0].map(f64::to_le_bytes).concat();
        let error = of("<f8", "True", "(2, 2)", &nan).err().unwrap();
        assert!(error.ends_with("found `NaN` as number 2, expected finite numbers"), "{error}");
    }

    #[test]
    fn records() {
        // numpy.array([(1, 2.5, -3), (4, 5.5, -6)], [("a b", "u1"), ("it's", ">f4"), ("c", "<i2")]) with room between.
        let descr = "[('a b', '|u1'), ('', '|V3'), (\"it's\", '>f4'), ('c', '<i2')]";
        let row = |a: u8, b: f32, c: i16| [&[a, 9, 9, 9], &b.to_be_bytes()[..], &c.to_le_bytes()].concat();
        let values = [row(1, 2.5, -3), row(4, 5.5, -6)].concat();
        let of = |descr: &str, shape: &str| {
            parse(&file(&format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n"), &values))
        };
        let array = of(descr, "(2,)").unwrap();
        assert_eq!(array.names.unwrap(), ["a b", "it's", "c"]);
        assert_eq!((array.n, array.d, array.values), (2, 3, vec![1.0, 2.5, -3.0, 4.0, 5.5, -6.0]));
        let refused = |descr, shape, message: &str| {
            let error = of(descr, shape).err().unwrap();
            assert!(error.contains(message), "{error}");
        };
        refused(descr, "(1, 2)", "found records in the shape 1 × 2, expected one record a row");
        refused(descr, "(3,)", "found at most 20 bytes left, expected 3 records of 10 bytes");
        let numbers = "expected numbers: 'b1', 'i1'";
        refused("[('a', '<f4', (3,))]", "(2,)", numbers);
        refused("[('a', [('b', '<f8')])]", "(2,)", numbers);
        refused("[('a', '<U3')]", "(2,)", numbers);
        refused("[('a', '|V10')]", "(2,)", numbers);
        refused("[('', '|V10')]", "(2,)", numbers);
        refused("[('', '|V999999999'), ('a', '|u1')]", "(2,)", numbers);
        refused("[", "(2,)", numbers);
    }

    #[test]
    fn bad_files() {
        let message = |result: Result<Array, String>| result.err().unwrap();
        assert_eq!(
            message(parse(b"\x93NUM")),
            "a.npy: byte 4: found the end of the file, expected the 8 bytes that an NPY file begins with"
        );
        assert!(message(parse(b"not an array")).contains("found other bytes"));
        assert!(message(of("|O", "False", "(1,)", &[])).contains("found `|O`, expected numbers"));
        assert!(message(of("<U4", "False", "(1,)", &[])).contains("found `<U4`, expected numbers"));
        assert!(message(of("<f8", "Maybe", "(1,)", &[])).contains("True or False"));
        assert!(message(of("<f8", "False", "(-1,)", &[])).contains("a `shape` such as (3, 4)"));
        assert!(message(of("<f8", "False", "(99999999999, 99999999999)", &[])).contains("at most 4294967296"));
        assert!(message(of("<f8", "False", "(1000, 1000)", &[0; 8])).contains("found at most 8 bytes left"));
        assert!(message(of("|u1", "False", "(1,)", &[0; 2])).contains("found more bytes"));
        assert!(message(of("|u1", "False", "(0, 3)", &[])).contains("at least one row"));
        assert!(message(of("<f8", "False", "(1,)", &f64::NAN.to_le_bytes())).contains("finite numbers"));
        let mut long = b"\x93NUMPY\x02\x00".to_vec();
        long.extend(u32::MAX.to_le_bytes());
        assert!(message(parse(&long)).contains("found a header of 4294967295 bytes"));
    }
}
