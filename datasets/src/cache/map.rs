//! A file mapped into memory. The only unsafe code of this crate.

use std::fs::File;
use std::io;
use std::ops::Range;

use memmap2::{Mmap, MmapOptions, UncheckedAdvice};

/// Bytes that are read out at a time.
const CHUNK: usize = 4 << 20;

/// A mapped file, read and never written.
pub(crate) struct Mapping(Mmap);

impl Mapping {
    /// Maps a file of the cache, whose files are made whole under another name and then only renamed and removed, or
    /// one that is sealed. The mapping is private: whoever makes it writable in this process changes its own copy.
    #[expect(unsafe_code, reason = "a mapped file is memory that others could change")]
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        // SAFETY: nobody writes to a file of the cache once it has its name, and nobody can write to a sealed one, so
        // its bytes do not change; where it is removed, its pages stay until they are unmapped.
        let map = unsafe { MmapOptions::new().map_copy_read_only(file) }?;
        Ok(Self(map))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Copies numbers out, and lets go of the pages that they came from.
    pub(crate) fn read(&self, range: Range<usize>) -> Vec<f64> {
        let mut numbers = Vec::with_capacity(range.len() / size_of::<f64>());
        for from in range.clone().step_by(CHUNK) {
            let bytes = &self.0[from..(from + CHUNK).min(range.end)];
            numbers.extend_from_slice(bytemuck::cast_slice(bytes));
            self.let_go(from, bytes.len());
        }
        numbers
    }

    #[expect(unsafe_code, reason = "advice that would lose what was written, were there such a thing")]
    fn let_go(&self, from: usize, len: usize) {
        // SAFETY: no page of this mapping was ever written to, so each is read from the file again when it is asked
        // for.
        let advised = unsafe { self.0.unchecked_advise_range(UncheckedAdvice::DontNeed, from, len) };
        // Advice that is not taken costs memory and nothing else.
        drop(advised);
    }
}
