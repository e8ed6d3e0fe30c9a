//! The headers of the pages of a column, before any page is decompressed: what they say that their pages become.
//!
//! Room is made for what a page declares, whatever the directory of the file says about its column. The headers are in
//! Thrift's compact protocol, of which only the sizes are of interest here.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use super::pages::{signed, varint};

/// Headers are structures in structures, but not many.
const DEEPEST: u8 = 8;

/// The sizes that the header of a page declares.
struct Sizes {
    uncompressed: u64,
    compressed: u64,
}

/// How many bytes the pages of a column become, which lie in `length` bytes of the file from `start` on; `None` where a
/// header makes no sense.
pub(super) fn declared(file: &File, start: u64, length: u64) -> Option<u64> {
    let mut reader = BufReader::with_capacity(1 << 10, file);
    reader.seek(SeekFrom::Start(start)).ok()?;
    let (mut left, mut sum) = (length, 0_u64);
    while left > 0 {
        let mut read = 0;
        let mut bytes =
            (&mut reader).bytes().map_while(Result::ok).inspect(|_| read += 1).take(usize::try_from(left).ok()?);
        let page = sizes(&mut bytes)?;
        left = left.checked_sub(read)?.checked_sub(page.compressed)?;
        sum = sum.checked_add(page.uncompressed)?;
        reader.seek_relative(i64::try_from(page.compressed).ok()?).ok()?;
    }
    Some(sum)
}

/// Reads a header: its second and third fields are sizes.
fn sizes(bytes: &mut impl Iterator<Item = u8>) -> Option<Sizes> {
    let (mut uncompressed, mut compressed, mut field) = (None, None, 0);
    while let Some(kind) = next_field(bytes, &mut field)? {
        let size = match field {
            2 => &mut uncompressed,
            3 => &mut compressed,
            _ => {
                skip(bytes, kind, 0)?;
                continue;
            }
        };
        // Of all kinds of whole numbers, these are 32 bits wide.
        if kind != 5 {
            return None;
        }
        *size = Some(u64::try_from(signed(varint(bytes)?)).ok()?);
    }
    Some(Sizes { uncompressed: uncompressed?, compressed: compressed? })
}

/// The kind of the next field of a structure, whose number goes to `field`; none at the end of the structure.
#[expect(clippy::option_option, reason = "the bytes may end before the structure does")]
fn next_field(bytes: &mut impl Iterator<Item = u8>, field: &mut i64) -> Option<Option<u8>> {
    let byte = bytes.next()?;
    let (step, kind) = (byte >> 4, byte & 0xF);
    if kind == 0 {
        return Some(None);
    }
    *field = if step == 0 { signed(varint(bytes)?) } else { field.checked_add(i64::from(step))? };
    Some(Some(kind))
}

/// Passes over a value.
fn skip(bytes: &mut impl Iterator<Item = u8>, kind: u8, depth: u8) -> Option<()> {
    if depth == DEEPEST {
        return None;
    }
    match kind {
        // Truth values are in their kinds.
        1 | 2 => {}
        3 => _ = bytes.next()?,
        4..=6 => _ = varint(bytes)?,
        7 => _ = bytes.nth(7)?,
        8 => {
            let length = usize::try_from(varint(bytes)?).ok()?;
            if length > 0 {
                bytes.nth(length - 1)?;
            }
        }
        9 | 10 => {
            let byte = bytes.next()?;
            let count = if byte >> 4 == 0xF { varint(bytes)? } else { u64::from(byte >> 4) };
            for _ in 0..count {
                // A truth value in a list has a byte of its own.
                skip(bytes, if byte & 0xF <= 2 { 3 } else { byte & 0xF }, depth + 1)?;
            }
        }
        12 => {
            let mut field = 0;
            while let Some(kind) = next_field(bytes, &mut field)? {
                skip(bytes, kind, depth + 1)?;
            }
        }
        // Headers have no maps.
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn declared_by(bytes: &[u8]) -> Option<u64> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[&[9, 9], bytes].concat()).unwrap();
        declared(&file, 2, bytes.len() as u64)
    }

    #[test]
    fn sizes_of_pages() {
        // A page of kind 0 that becomes 1000 bytes from 3; a structure, a list of texts and a truth value follow.
        let first = [0x15, 0, 0x15, 0xD0, 0x0F, 0x15, 6, 0x2C, 0x15, 2, 0x19, 0x28, 1, b'a', 0, 0x11, 0, 0, 7, 7, 7];
        assert_eq!(declared_by(&first), Some(1000));
        // One of 5 bytes as they are, with the number of a field in full.
        let second = [0x15, 0, 0x05, 4, 10, 0x15, 10, 0, 1, 2, 3, 4, 5];
        assert_eq!(declared_by(&second), Some(5));
        assert_eq!(declared_by(&[&first[..], &second].concat()), Some(1005));
        for cut in 1..first.len() {
            assert_eq!(declared_by(&first[..cut]), None, "{cut}");
        }
        assert_eq!(declared_by(&[0x15, 0, 0x15, 1, 0x15, 0, 0]), None, "a size below 0");
        let deep = [&[0x15, 0, 0x15, 2, 0x15, 0][..], &[0x1C; 9], &[0; 10]].concat();
        assert_eq!(declared_by(&deep), None);
    }
}
