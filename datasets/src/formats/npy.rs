//! NPY, an array of NumPy: a header in Python's notation, then the numbers. The first dimension is the rows.
//!
//! Objects, strings, dates and records are refused: nothing of a file is ever executed.

use super::idx::Array;
use super::input::Input;
use crate::error::DataError;
use crate::table::MAX_CELLS;

/// How much is read at once; a multiple of every size of a number.
const BLOCK: usize = 1 << 16;

/// Headers of arrays are short.
const LONGEST_HEADER: usize = 1 << 16;

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
struct Header {
    big_endian: bool,
    /// The kind of number: `b`, `i`, `u` or `f`.
    kind: u8,
    size: usize,
    fortran_order: bool,
    shape: Vec<u64>,
}

/// Adds an array to `values`, which may hold others of the same row size. NaN is refused unless `takes_nan`.
pub(crate) fn read(input: &mut Input, values: Vec<f64>, takes_nan: bool) -> Result<Array, DataError> {
    let header = header(input)?;
    let shown = || header.shape.iter().map(u64::to_string).collect::<Vec<_>>().join(" × ");
    let cells = header.shape.iter().try_fold(1_u128, |product, &size| product.checked_mul(u128::from(size)));
    let Some(cells) = cells.filter(|&cells| cells <= MAX_CELLS) else {
        return Err(input.malformed(format!("the shape {}", shown()), format!("at most {MAX_CELLS} numbers")));
    };
    if cells == 0 || header.shape.is_empty() {
        return Err(input.malformed(format!("the shape ({})", shown()), "at least one row of one number"));
    }
    let expected = || format!("{} numbers of {} bytes, as its header declares", shown(), header.size);
    let there = u128::from(input.most().saturating_sub(input.offset()));
    if cells * header.size as u128 > there {
        return Err(input.malformed(format!("at most {there} bytes left"), expected()));
    }
    input.expect_at_most(u64::MAX);
    let too_many = || input.malformed("more numbers than memory holds", "fewer");
    let cells = usize::try_from(cells).map_err(|_| too_many())?;
    let n = usize::try_from(header.shape[0]).map_err(|_| too_many())?;
    let d = cells / n;
    let mut values = values;
    let before = values.len();
    input.make_room(&mut values, cells)?;
    let by_columns = header.fortran_order && n > 1 && d > 1;
    let columns = if by_columns { columns_in_file_order(&header.shape, d) } else { Vec::new() };
    if by_columns {
        values.resize(before + cells, 0.0);
    }
    let mut block = vec![0; BLOCK];
    let mut place = 0;
    while place < cells {
        let start = input.offset();
        let block = &mut block[..((cells - place) * header.size).min(BLOCK)];
        input.read_exact(block, expected)?;
        for (i, bytes) in block.chunks_exact(header.size).enumerate() {
            let value = number(&header, bytes);
            if value.is_infinite() || (value.is_nan() && !takes_nan) {
                let found = format!("`{value}` as number {}", place + 1);
                return Err(input.malformed_at(start + (i * header.size) as u64, found, "finite numbers"));
            }
            if by_columns {
                values[before + place % n * d + columns[place / n]] = value;
            } else {
                values.push(value);
            }
            place += 1;
        }
    }
    input.expect_end(expected)?;
    Ok(Array { n, d, values })
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

/// Integers beyond 2^53 become the nearest number.
fn number(header: &Header, bytes: &[u8]) -> f64 {
    let mut little = [0; 8];
    for (place, byte) in little.iter_mut().enumerate().take(header.size) {
        *byte = bytes[if header.big_endian { header.size - 1 - place } else { place }];
    }
    let unsigned = u64::from_le_bytes(little);
    let unused = 64 - 8 * header.size;
    match (header.kind, header.size) {
        (b'f', 4) => f64::from(f32::from_bits(u32::from_le_bytes([little[0], little[1], little[2], little[3]]))),
        (b'f', _) => f64::from_bits(unsigned),
        (b'i', _) => ((unsigned << unused).cast_signed() >> unused) as f64,
        _ => unsigned as f64,
    }
}

fn header(input: &mut Input) -> Result<Header, DataError> {
    let mut magic = [0; 8];
    input.read_exact(&mut magic, || "the 8 bytes that an NPY file begins with".to_owned())?;
    if !magic.starts_with(b"\x93NUMPY") {
        return Err(input.malformed("other bytes", "`\\x93NUMPY` at the beginning of an NPY file"));
    }
    let mut length = [0; 4];
    let wide = match magic[6] {
        1 => 2,
        2 | 3 => 4,
        version => return Err(input.malformed(format!("version {version}"), "version 1, 2 or 3")),
    };
    input.read_exact(&mut length[..wide], || "the length of the header".to_owned())?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST_HEADER {
        return Err(input.malformed(format!("a header of {length} bytes"), format!("at most {LONGEST_HEADER}")));
    }
    let mut text = vec![0; length];
    input.read_exact(&mut text, || format!("a header of {length} bytes"))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    parse(&text).map_err(|(found, expected)| input.malformed(found, expected))
}

/// Reads `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`.
fn parse(text: &str) -> Result<Header, (String, &'static str)> {
    let shown = |text: &str| format!("`{}`", crate::error::excerpt(text.trim()));
    let value = |key: &str| {
        let at = text.find(&format!("'{key}'"))? + key.len() + 2;
        Some(text[at..].trim_start().strip_prefix(':')?.trim_start())
    };
    let numbers = "numbers: 'b1', 'i1' to 'i8', 'u1' to 'u8', 'f4' or 'f8'";
    let descr = value("descr").ok_or_else(|| (shown(text), "a header with `descr`"))?;
    let quoted = descr.strip_prefix('\'').and_then(|rest| rest.split_once('\''));
    let descr = quoted.ok_or_else(|| (shown(descr), numbers))?.0;
    let [order @ (b'<' | b'>' | b'|' | b'='), kind, size] = *descr.as_bytes() else {
        return Err((shown(descr), numbers));
    };
    let size = usize::from(size.wrapping_sub(b'0'));
    if !matches!((kind, size), (b'b', 1) | (b'i' | b'u', 1 | 2 | 4 | 8) | (b'f', 4 | 8)) {
        return Err((shown(descr), numbers));
    }
    let fortran_order = match value("fortran_order").unwrap_or_default() {
        text if text.starts_with("True") => true,
        text if text.starts_with("False") => false,
        text => return Err((shown(text), "`fortran_order` to be True or False")),
    };
    let shape = value("shape").unwrap_or_default();
    let sizes = shape.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(sizes, _)| sizes);
    let sizes: Option<Vec<u64>> = sizes.and_then(|sizes| {
        sizes.split(',').map(str::trim).filter(|size| !size.is_empty()).map(|size| size.parse().ok()).collect()
    });
    let shape = sizes.ok_or_else(|| (shown(shape), "a `shape` such as (3, 4)"))?;
    Ok(Header { big_endian: order == b'>', kind, size, fortran_order, shape })
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
