//! The header of an NPY file: what the numbers are, in which order they stand, and how many there are.

use super::super::input::Input;
use super::BLOCK;
use crate::error::DataError;

/// Headers of arrays are short.
const LONGEST: usize = 1 << 16;

/// What is expected of the type of an array.
const NUMBERS: &str = "numbers: 'b1', 'i1' to 'i8', 'u1' to 'u8', 'f2', 'f4' or 'f8', or records of them";

/// What a header says.
pub(super) struct Header {
    /// The numbers of an item: one, or the fields of a record.
    pub(super) fields: Vec<Field>,
    /// The names of the fields; none where the items are numbers.
    pub(super) names: Option<Vec<String>>,
    /// The bytes of an item.
    pub(super) size: usize,
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<u64>,
}

/// A number of an item.
pub(super) struct Field {
    /// Where it begins in the item.
    pub(super) offset: usize,
    pub(super) big_endian: bool,
    /// The kind of number: `b`, `i`, `u` or `f`.
    pub(super) kind: u8,
    pub(super) size: usize,
}

/// Reads the header that a file begins with.
pub(super) fn read(input: &mut Input) -> Result<Header, DataError> {
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
    if length > LONGEST {
        return Err(input.malformed(format!("a header of {length} bytes"), format!("at most {LONGEST}")));
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
    let descr = value("descr").ok_or_else(|| (shown(text), "a header with `descr`"))?;
    let (fields, names, size) = if descr.starts_with('[') {
        let (fields, names, size) = record(descr).ok_or_else(|| (shown(descr), NUMBERS))?;
        (fields, Some(names), size)
    } else {
        let descr = quoted(descr).ok_or_else(|| (shown(descr), NUMBERS))?.0;
        let field = field(descr, 0).ok_or_else(|| (shown(descr), NUMBERS))?;
        let size = field.size;
        (vec![field], None, size)
    };
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
    Ok(Header { fields, names, size, fortran_order, shape })
}

/// A number such as `<f8` at a place of its item.
fn field(descr: &str, offset: usize) -> Option<Field> {
    let [order @ (b'<' | b'>' | b'|' | b'='), kind, size] = *descr.as_bytes() else { return None };
    let size = usize::from(size.wrapping_sub(b'0'));
    let is_number = matches!((kind, size), (b'b', 1) | (b'i' | b'u', 1 | 2 | 4 | 8) | (b'f', 2 | 4 | 8));
    is_number.then_some(Field { offset, big_endian: order == b'>', kind, size })
}

/// The fields of `[('a', '<f8'), ('b', '<i4')]`, their names, and the size of a record; `('', '|V4')` is room between.
fn record(text: &str) -> Option<(Vec<Field>, Vec<String>, usize)> {
    let (mut fields, mut names, mut size) = (Vec::new(), Vec::new(), 0_usize);
    let mut rest = text.strip_prefix('[')?.trim_start();
    while !rest.starts_with(']') {
        let (name, after) = quoted(rest.strip_prefix('(')?.trim_start())?;
        let (descr, after) = quoted(after.trim_start().strip_prefix(',')?.trim_start())?;
        rest = after.trim_start().strip_prefix(')')?.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        if let (true, Some(room)) = (name.is_empty(), descr.strip_prefix("|V")) {
            size = size.checked_add(room.parse().ok()?)?;
            continue;
        }
        let field = field(descr, size)?;
        size = size.checked_add(field.size)?;
        fields.push(field);
        names.push(name.to_owned());
    }
    (!fields.is_empty() && size <= BLOCK).then_some((fields, names, size))
}

/// The text in quotes that a text begins with, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote).filter(|(inside, _)| !inside.contains('\\'))
}
