//! Pages of Parquet columns on their way to be decoded: none may declare more than it can hold, for the decoder makes
//! room for what is declared.

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};

/// The pages of a column, each looked at first.
pub(super) struct Checked {
    pages: Box<dyn PageReader>,
    /// Whether pages of the first version begin with the levels of missing values.
    has_levels: bool,
    /// The most bytes that the values of a page may take.
    limit: u64,
}

impl Checked {
    pub(super) fn new(pages: Box<dyn PageReader>, max_def_level: i16, limit: u64) -> Self {
        Self { pages, has_levels: max_def_level > 0, limit }
    }

    fn check(&self, page: &Page) -> Result<()> {
        let refuse = |what: &str| Err(ParquetError::General(what.to_owned()));
        match page {
            // Every value of a dictionary takes a byte at least.
            Page::DictionaryPage { buf, num_values, .. } if *num_values as usize > buf.len() => {
                refuse("a dictionary of more words than bytes")
            }
            Page::DictionaryPage { .. } => Ok(()),
            Page::DataPage { buf, encoding, num_values, .. } => {
                let skipped = match buf.first_chunk().filter(|_| self.has_levels) {
                    Some(length) => u64::from(u32::from_le_bytes(*length)) + 4,
                    None => 0,
                };
                self.check_values(*encoding, *num_values, buf, skipped)
            }
            Page::DataPageV2 { buf, encoding, num_values, def_levels_byte_len, rep_levels_byte_len, .. } => {
                let skipped = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
                self.check_values(*encoding, *num_values, buf, skipped)
            }
        }
    }

    /// Text that is packed by its differences: room is made for as many values as its lists of lengths declare, and a
    /// value may repeat all of the one before it.
    fn check_values(&self, encoding: Encoding, most: u32, bytes: &[u8], skipped: u64) -> Result<()> {
        let lists = match encoding {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
            // What values share with those before, then the lengths of what differs.
            Encoding::DELTA_BYTE_ARRAY => 2,
            _ => return Ok(()),
        };
        let refuse = |what: &str| Err(ParquetError::General(what.to_owned()));
        let values = usize::try_from(skipped).ok().and_then(|skipped| bytes.get(skipped..)).unwrap_or_default();
        let mut values = values.iter().copied();
        let mut length = 0;
        for _ in 0..lists {
            match Packed::begin(&mut values).filter(|list| list.count <= most.into()) {
                Some(list) if list.count.saturating_mul(8) <= self.limit => match list.sum(&mut values) {
                    Some(sum) => length += sum,
                    None => return refuse("a list of lengths that is cut off"),
                },
                _ => return refuse("a page of more values than its file can hold"),
            }
        }
        if length > self.limit {
            return refuse("a page of more text than its file can hold");
        }
        Ok(())
    }
}

/// A list of whole numbers that is packed by their differences, in blocks of miniblocks of as many bits a number.
struct Packed {
    /// Miniblocks of a block.
    miniblocks: u64,
    /// Numbers of a miniblock.
    miniblock: u64,
    count: u64,
    first: i64,
}

impl Packed {
    /// Reads what stands before the blocks; `None` where that makes no sense.
    fn begin(bytes: &mut impl Iterator<Item = u8>) -> Option<Self> {
        let (block, miniblocks, count) = (varint(bytes)?, varint(bytes)?, varint(bytes)?);
        let miniblock = block.checked_div(miniblocks).filter(|&size| size > 0 && size.is_multiple_of(8))?;
        Some(Self { miniblocks, miniblock, count, first: signed(varint(bytes)?) })
    }

    /// The sum of the numbers, read to the end of the list; `None` where the bytes end before it, or one is no length.
    fn sum(&self, bytes: &mut impl Iterator<Item = u8>) -> Option<u64> {
        if self.count == 0 {
            return Some(0);
        }
        let mut number = self.first;
        let mut sum = u64::from(length(number)?);
        let mut left = self.count - 1;
        while left > 0 {
            let least = signed(varint(bytes)?);
            let widths = (0..self.miniblocks).map(|_| bytes.next()).collect::<Option<Vec<u8>>>()?;
            for width in widths {
                if left == 0 {
                    break;
                }
                if width > 32 {
                    return None;
                }
                // The last miniblock is filled up.
                let (mut bits, mut held) = (0_u64, 0);
                for _ in 0..if width > 0 { self.miniblock } else { left.min(self.miniblock) } {
                    while held < width {
                        bits |= u64::from(bytes.next()?) << held;
                        held += 8;
                    }
                    let difference = bits & ((1 << width) - 1);
                    (bits, held) = (bits >> width, held - width);
                    if left > 0 {
                        number = number.checked_add(least)?.checked_add(difference.cast_signed())?;
                        sum += u64::from(length(number)?);
                        left -= 1;
                    }
                }
            }
        }
        Some(sum)
    }
}

/// A number as a length.
fn length(number: i64) -> Option<u32> {
    u32::try_from(number).ok().filter(|&length| length <= i32::MAX.cast_unsigned())
}

/// A number with a sign, of which the lowest bit says which it is.
pub(super) fn signed(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

/// A whole number in groups of seven bits, the lowest first.
pub(super) fn varint(bytes: &mut impl Iterator<Item = u8>) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = bytes.next()?;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

impl Iterator for Checked {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Checked {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        page.as_ref().map_or(Ok(()), |page| self.check(page))?;
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum of a list of lengths, and how many bytes are left after it.
    fn sum(bytes: &[u8]) -> Option<(u64, usize)> {
        let mut bytes = bytes.iter().copied();
        let sum = Packed::begin(&mut bytes)?.sum(&mut bytes)?;
        Some((sum, bytes.count()))
    }

    #[test]
    fn lists_of_lengths() {
        // Blocks of 128 in 4 miniblocks. No value; 5 alone; 7 three times; 1, 2, 3, 5 with one bit a number.
        assert_eq!(sum(&[0x80, 1, 4, 0, 0]), Some((0, 0)));
        assert_eq!(sum(&[0x80, 1, 4, 1, 10, 99]), Some((5, 1)));
        assert_eq!(sum(&[0x80, 1, 4, 3, 14, 0, 0, 0, 0, 0]), Some((21, 0)));
        let packed = [0x80, 1, 4, 4, 2, 2, 1, 0, 0, 0, 0b100, 0, 0, 0, 42];
        assert_eq!(sum(&packed), Some((11, 1)));
        for cut in 0..packed.len() - 1 {
            assert_eq!(sum(&packed[..cut]), None, "{cut}");
        }
        // A length below 0, miniblocks of 32 numbers in none, and numbers of more bits than a length has.
        assert_eq!(sum(&[0x80, 1, 4, 1, 1]), None);
        assert_eq!(sum(&[0x80, 1, 0, 1, 2]), None);
        assert_eq!(sum(&[0x80, 1, 4, 2, 2, 0, 33, 0, 0, 0, 1, 1, 1, 1, 1, 1]), None);
    }
}
