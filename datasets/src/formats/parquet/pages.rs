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
            Page::DataPage { buf, encoding, .. } => {
                let skipped = match buf.first_chunk().filter(|_| self.has_levels) {
                    Some(length) => u64::from(u32::from_le_bytes(*length)) + 4,
                    None => 0,
                };
                self.check_values(*encoding, buf, skipped)
            }
            Page::DataPageV2 { buf, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
                let skipped = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
                self.check_values(*encoding, buf, skipped)
            }
        }
    }

    fn check_values(&self, encoding: Encoding, bytes: &[u8], skipped: u64) -> Result<()> {
        match encoding {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => {
                let values = usize::try_from(skipped).ok().and_then(|skipped| bytes.get(skipped..)).unwrap_or_default();
                // The sizes of blocks and miniblocks, then the number of values, which is what room is made for.
                let mut values = values.iter().copied();
                let count = (0..3).map(|_| varint(&mut values)).last().flatten();
                match count.filter(|count| count.saturating_mul(4) <= self.limit) {
                    Some(_) => Ok(()),
                    None => Err(ParquetError::General("a page of more values than its file can hold".to_owned())),
                }
            }
            // What it declares stands in the middle of its data.
            Encoding::DELTA_BYTE_ARRAY => Err(ParquetError::NYI("the encoding DELTA_BYTE_ARRAY".to_owned())),
            _ => Ok(()),
        }
    }
}

/// A whole number in groups of seven bits, the lowest first.
fn varint(bytes: &mut impl Iterator<Item = u8>) -> Option<u64> {
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
