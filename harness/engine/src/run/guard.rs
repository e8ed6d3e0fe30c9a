//! θ as a plugin gets it: its last number ends where a page that nobody may touch begins, and known bytes lie before the
//! first. Writing past the end faults at once, in the guilty step; writing before the beginning is seen after it.

use std::ffi::c_void;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

/// What lies before θ.
const CANARY: u8 = 0xa5;
/// First address and end of the page behind the θ in use, for the one who explains a fault.
static FORBIDDEN: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

/// Whether an address lies in the page behind θ. Safe to call from a signal handler.
pub(crate) fn is_behind_theta(address: usize) -> bool {
    (FORBIDDEN[0].load(Ordering::Relaxed)..FORBIDDEN[1].load(Ordering::Relaxed)).contains(&address)
}

/// Numbers between known bytes and a forbidden page.
#[derive(Debug)]
pub(crate) struct GuardedTheta {
    map: NonNull<c_void>,
    map_len: usize,
    /// Bytes before the first number.
    offset: usize,
    len: usize,
}

// SAFETY: the mapping is owned by this value alone.
unsafe impl Send for GuardedTheta {}

impl GuardedTheta {
    /// A copy of `theta`.
    pub(crate) fn new(theta: &[f64]) -> std::io::Result<Self> {
        let page = rustix::param::page_size();
        let bytes = size_of_val(theta);
        // At least some known bytes before θ, whatever its size.
        let data_len = (bytes + 64).next_multiple_of(page);
        let map_len = data_len + page;
        // SAFETY: a fresh private mapping; no address is asked for.
        let map = unsafe {
            mmap_anonymous(std::ptr::null_mut(), map_len, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE)
        }?;
        let map = NonNull::new(map).ok_or_else(|| std::io::Error::other("a mapping at address 0"))?;
        let guarded = Self { map, map_len, offset: data_len - bytes, len: theta.len() };
        // SAFETY: the last page of our own mapping, which nothing refers to.
        unsafe { mprotect(map.as_ptr().byte_add(data_len), page, MprotectFlags::empty()) }?;
        // SAFETY: the bytes of our own mapping before θ, and θ itself, whose place is aligned: pages are, and the
        // bytes of θ are a multiple of 8.
        unsafe {
            map.cast::<u8>().as_ptr().write_bytes(CANARY, guarded.offset);
            guarded.first().copy_from_nonoverlapping(theta.as_ptr(), theta.len());
        }
        let end = map.as_ptr() as usize + map_len;
        FORBIDDEN[0].store(end - page, Ordering::Relaxed);
        FORBIDDEN[1].store(end, Ordering::Relaxed);
        Ok(guarded)
    }

    /// Whether the bytes before θ are as they were.
    pub(crate) fn is_intact(&self) -> bool {
        // SAFETY: our own mapping, initialised in `new`; bytes have no invalid values.
        let before = unsafe { std::slice::from_raw_parts(self.map.cast::<u8>().as_ptr(), self.offset) };
        before.iter().all(|byte| *byte == CANARY)
    }

    fn first(&self) -> *mut f64 {
        // SAFETY: inside the mapping.
        unsafe { self.map.as_ptr().byte_add(self.offset).cast() }
    }
}

impl Deref for GuardedTheta {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        // SAFETY: `len` numbers inside the mapping, initialised in `new`.
        unsafe { std::slice::from_raw_parts(self.first(), self.len) }
    }
}

impl DerefMut for GuardedTheta {
    fn deref_mut(&mut self) -> &mut [f64] {
        // SAFETY: as above, and `self` is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.first(), self.len) }
    }
}

impl Drop for GuardedTheta {
    fn drop(&mut self) {
        // SAFETY: our own mapping, unmapped once.
        let _ = unsafe { munmap(self.map.as_ptr(), self.map_len) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn theta_ends_at_a_forbidden_page_and_begins_after_known_bytes() {
        for len in [1, 7, 512, 1000] {
            let numbers: Vec<f64> = (0..len).map(f64::from).collect();
            let mut theta = GuardedTheta::new(&numbers).unwrap();
            assert_eq!(theta[..], numbers);
            let behind = theta.as_ptr_range().end as usize;
            assert!(is_behind_theta(behind) && !is_behind_theta(behind - 1));
            theta[0] = 5.0;
            assert!(theta.is_intact());
            // SAFETY: known bytes of the mapping, at least 64 of them.
            unsafe { theta.as_mut_ptr().sub(2).write(0.0) };
            assert!(!theta.is_intact());
        }
    }
}
