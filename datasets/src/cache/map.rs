//! A file mapped into memory. The only unsafe code of this crate.

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::ptr::{NonNull, null_mut};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, mmap_anonymous, munmap};

/// Bytes that are read out at a time.
const CHUNK: usize = 4 << 20;

/// A mapped file begins at a multiple of this, so that the system can use large pages for it.
const LARGE_PAGE: usize = 2 << 20;

/// A mapped file, read and never written.
pub(crate) struct Mapping {
    /// What was reserved, of which the file is a part.
    reserved: (NonNull<c_void>, usize),
    file: NonNull<u8>,
    len: usize,
}

// SAFETY: memory that nobody writes to may be read from any thread.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps a file of the cache, whose files are made whole under another name and then only renamed and removed, or
    /// one that is sealed. The mapping is private: whoever makes it writable in this process changes its own copy.
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        let none = || io::Error::from(io::ErrorKind::InvalidData);
        let room = len.checked_add(LARGE_PAGE).filter(|_| len > 0).ok_or_else(none)?;
        // SAFETY: at an address of the system's choice.
        let reserved = unsafe { mmap_anonymous(null_mut(), room, ProtFlags::empty(), MapFlags::PRIVATE) }?;
        let mut mapping =
            Self { reserved: (NonNull::new(reserved).ok_or_else(none)?, room), file: NonNull::dangling(), len };
        let place = reserved.map_addr(|address| address.next_multiple_of(LARGE_PAGE));
        // SAFETY: the place is in what was reserved for it. Nobody writes to a file of the cache once it has its name,
        // and nobody can write to a sealed one, so the bytes do not change; where a file is removed, its pages stay
        // until they are unmapped.
        let mapped = unsafe { mmap(place, len, ProtFlags::READ, MapFlags::PRIVATE | MapFlags::FIXED, file, 0) }?;
        mapping.file = NonNull::new(mapped.cast()).ok_or_else(none)?;
        Ok(mapping)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: so many bytes are mapped until `self` goes, and do not change.
        unsafe { std::slice::from_raw_parts(self.file.as_ptr(), self.len) }
    }

    /// Copies numbers out, and lets go of the pages that they came from.
    pub(crate) fn read<T: bytemuck::Pod>(&self, range: Range<usize>) -> Vec<T> {
        let mut numbers = Vec::with_capacity(range.len() / size_of::<T>());
        self.pass_over(range, |bytes| numbers.extend_from_slice(bytemuck::cast_slice(bytes)));
        numbers
    }

    /// Shows bytes in their order, some at a time, and lets go of the pages that they are in.
    pub(super) fn pass_over(&self, range: Range<usize>, mut look: impl FnMut(&[u8])) {
        for from in range.clone().step_by(CHUNK) {
            let bytes = &self.bytes()[from..(from + CHUNK).min(range.end)];
            look(bytes);
            self.let_go(from, bytes.len());
        }
    }

    fn let_go(&self, from: usize, len: usize) {
        let from = from / rustix::param::page_size() * rustix::param::page_size();
        let place = self.bytes()[from..].as_ptr().cast_mut().cast();
        // SAFETY: no page of this mapping was ever written to, so each is read from the file again when it is asked
        // for. Advice that is not taken costs memory and nothing else.
        let _ = unsafe { madvise(place, len, Advice::LinuxDontNeed) };
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: what was reserved, the file in it; no reference outlives `self`.
        let _ = unsafe { munmap(self.reserved.0.as_ptr(), self.reserved.1) };
    }
}
