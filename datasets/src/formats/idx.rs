//! IDX, the arrays of MNIST: a magic number, the sizes, the values in big-endian order. The first dimension is the rows.

use super::input::Input;
use crate::error::DataError;
use crate::table::MAX_CELLS;

/// How much is read at once; a multiple of every size of a number.
const BLOCK: usize = 1 << 16;

/// An array of any number of dimensions.
pub(crate) struct Array {
    /// The first dimension.
    pub(crate) n: usize,
    /// The product of the others.
    pub(crate) d: usize,
    pub(crate) values: Vec<f64>,
    /// The names of the columns, where the file has them.
    pub(crate) names: Option<Vec<String>>,
}

impl Array {
    /// The names of the columns: the file's, or `c1`, `c2`, ….
    pub(crate) fn columns(&self) -> Vec<String> {
        let numbered = || (1..=self.d).map(|column| format!("c{column}")).collect();
        self.names.clone().unwrap_or_else(numbered)
    }
}

/// Adds an array to `values`, which may hold others of the same row size.
pub(crate) fn read(input: &mut Input, values: Vec<f64>) -> Result<Array, DataError> {
    let mut magic = [0; 4];
    input.read_exact(&mut magic, || "the 4 bytes that an IDX file begins with".to_owned())?;
    let [zero, zero_too, kind, dimensions] = magic;
    let size = match kind {
        _ if zero != 0 || zero_too != 0 => 0,
        0x08 | 0x09 => 1,
        0x0B => 2,
        0x0C | 0x0D => 4,
        0x0E => 8,
        _ => 0,
    };
    if size == 0 || dimensions == 0 {
        let found = format!("the bytes {zero:02x} {zero_too:02x} {kind:02x} {dimensions:02x}");
        return Err(
            input.malformed(found, "00 00, the type of the numbers (08 to 0e) and how many dimensions there are")
        );
    }
    let mut sizes = Vec::with_capacity(usize::from(dimensions));
    for _ in 0..dimensions {
        let mut bytes = [0; 4];
        input.read_exact(&mut bytes, || format!("the sizes of {dimensions} dimensions"))?;
        sizes.push(u32::from_be_bytes(bytes));
    }
    let cells = sizes.iter().try_fold(1_u128, |product, &size| product.checked_mul(u128::from(size)));
    let cells = cells.filter(|&cells| cells <= MAX_CELLS);
    let shown = || sizes.iter().map(u32::to_string).collect::<Vec<_>>().join(" × ");
    let Some(cells) = cells else {
        return Err(input.malformed(format!("the sizes {}", shown()), format!("at most {MAX_CELLS} numbers")));
    };
    if cells == 0 {
        return Err(input.malformed(format!("the sizes {}", shown()), "at least one number"));
    }
    input.check_width(cells / u128::from(sizes[0]))?;
    let bytes = cells * size as u128;
    let there = u128::from(input.most().saturating_sub(input.offset()));
    let expected = || format!("{} numbers of {size} bytes, as its first bytes declare", shown());
    if bytes > there {
        return Err(input.malformed(format!("at most {there} bytes left"), expected()));
    }
    input.expect_at_most(u64::MAX);
    let cells = usize::try_from(cells).map_err(|_| input.malformed("more numbers than memory holds", "fewer"))?;
    let mut values = values;
    let before = values.len();
    input.make_room(&mut values, cells)?;
    let mut block = vec![0; BLOCK];
    let mut left = cells * size;
    while left > 0 {
        let block = &mut block[..left.min(BLOCK)];
        input.read_exact(block, expected)?;
        left -= block.len();
        decode(kind, block, &mut values);
    }
    input.expect_end(expected)?;
    if let Some(place) = values[before..].iter().position(|value| !value.is_finite()) {
        let found = format!("`{}` as number {}", values[before + place], place + 1);
        return Err(input.malformed_at(input.offset() - ((cells - place) * size) as u64, found, "finite numbers"));
    }
    let n = sizes[0] as usize;
    Ok(Array { n, d: cells / n, values, names: None })
}

fn decode(kind: u8, block: &[u8], values: &mut Vec<f64>) {
    match kind {
        0x08 => values.extend(block.iter().map(|&byte| f64::from(byte))),
        0x09 => values.extend(block.iter().map(|&byte| f64::from(byte.cast_signed()))),
        0x0B => values.extend(block.as_chunks().0.iter().map(|&bytes| f64::from(i16::from_be_bytes(bytes)))),
        0x0C => values.extend(block.as_chunks().0.iter().map(|&bytes| f64::from(i32::from_be_bytes(bytes)))),
        0x0D => values.extend(block.as_chunks().0.iter().map(|&bytes| f64::from(f32::from_be_bytes(bytes)))),
        _ => values.extend(block.as_chunks().0.iter().map(|&bytes| f64::from_be_bytes(bytes))),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn parse(bytes: &[u8]) -> Result<Array, String> {
        read(&mut Input::of_bytes(Path::new("a.idx"), bytes), Vec::new()).map_err(|error| error.to_string())
    }

    fn file(kind: u8, sizes: &[u32], values: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, kind, u8::try_from(sizes.len()).unwrap()];
        bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
        bytes.extend(values);
        bytes
    }

    #[test]
    fn every_type_of_number() {
        let array = parse(&file(0x08, &[2, 1, 2], &[0, 1, 128, 255])).unwrap();
        assert_eq!((array.n, array.d, array.values), (2, 2, vec![0.0, 1.0, 128.0, 255.0]));
        assert_eq!(parse(&file(0x09, &[1], &[0xFF])).unwrap().values, [-1.0]);
        assert_eq!(parse(&file(0x0B, &[1], &(-300_i16).to_be_bytes())).unwrap().values, [-300.0]);
        assert_eq!(parse(&file(0x0C, &[1], &70_000_i32.to_be_bytes())).unwrap().values, [70_000.0]);
        assert_eq!(parse(&file(0x0D, &[1], &0.5_f32.to_be_bytes())).unwrap().values, [0.5]);
        assert_eq!(parse(&file(0x0E, &[1], &0.1_f64.to_be_bytes())).unwrap().values, [0.1]);
    }

    #[track_caller]
    fn refused(bytes: &[u8], message: &str) {
        assert_eq!(parse(bytes).err().unwrap(), format!("a.idx: {message}"));
    }

    #[test]
    fn bad_files() {
        refused(b"", "byte 0: found the end of the file, expected the 4 bytes that an IDX file begins with");
        refused(
            b"\x89PNG\r\n",
            "byte 4: found the bytes 89 50 4e 47, expected 00 00, the type of the numbers (08 to 0e) and how many dimensions there are",
        );
        refused(&[0, 0, 8, 3, 0, 0], "byte 6: found the end of the file, expected the sizes of 3 dimensions");
        refused(
            &file(8, &[2, 2], &[1, 2, 3]),
            "byte 12: found at most 3 bytes left, expected 2 × 2 numbers of 1 bytes, as its first bytes declare",
        );
        refused(
            &file(8, &[2, 1], &[1, 2, 3]),
            "byte 14: found more bytes, expected 2 × 1 numbers of 1 bytes, as its first bytes declare",
        );
        refused(
            &file(8, &[u32::MAX, u32::MAX, u32::MAX], &[]),
            "byte 16: found the sizes 4294967295 × 4294967295 × 4294967295, expected at most 4294967296 numbers",
        );
        refused(
            &file(8, &[60000, 28, 28], &[0; 5]),
            "byte 16: found at most 5 bytes left, expected 60000 × 28 × 28 numbers of 1 bytes, as its first bytes declare",
        );
        refused(&file(8, &[0, 28], &[]), "byte 12: found the sizes 0 × 28, expected at least one number");
        refused(&file(0x0D, &[1], &f32::NAN.to_be_bytes()), "byte 8: found `NaN` as number 1, expected finite numbers");
    }
}
