//! A file mapped into memory. The only unsafe code of this crate.

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// A mapped file, read and never written.
pub(crate) struct Mapping(Mmap);

impl Mapping {
    /// Maps a file of the cache, whose files are made whole under another name and then only renamed and removed.
    #[expect(unsafe_code, reason = "a mapped file is memory that others could change")]
    pub(super) fn of(file: &File) -> io::Result<Self> {
        // SAFETY: nobody writes to a file of the cache once it has its name, so its bytes do not change; where it is
        // removed, its pages stay until they are unmapped.
        let map = unsafe { Mmap::map(file) }?;
        Ok(Self(map))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
