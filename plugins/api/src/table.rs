//! Reading a table that the other side filled, which may be older and shorter, or newer and longer, than ours.
//!
//! What lies behind the other side's `struct_size` does not exist for us and reads as zero: no function, no text, no
//! flag. What lies behind ours is of a later version and is left alone. So every version of a major can meet every
//! other, as long as a table has at least the fields of 1.0.

use std::mem::MaybeUninit;

use crate::abi::{
    HarnessBatch, HarnessBlock, HarnessConfig, HarnessData, HarnessEm, HarnessEntry, HarnessHessian, HarnessHost,
    HarnessMirror, HarnessModel, HarnessOptimizer, HarnessParamSpec, HarnessPrepare, HarnessProblem, HarnessState,
    HarnessStatistics, HarnessStep, HarnessValue,
};

/// A struct of the ABI that says how large it is.
///
/// # Safety
///
/// `repr(C)`, valid when all bytes are zero, with a `struct_size: usize` at [`SIZE_AT`](Table::SIZE_AT).
pub unsafe trait Table {
    /// The name, for messages.
    const NAME: &'static str;
    /// Bytes in version 1.0, for ever.
    const SIZE_1_0: usize;
    /// Where the size stands; first, but for the entry.
    const SIZE_AT: usize = 0;
}

/// Copies a table, as far as both sides know it.
///
/// # Safety
///
/// `table` is null or points to a table whose `struct_size` tells how many bytes may be read (rule 1).
///
/// # Errors
///
/// The pointer is null or the table shorter than in version 1.0, in words.
pub unsafe fn read<T: Table>(table: *const T) -> Result<T, String> {
    if table.is_null() || !table.is_aligned() {
        return Err(format!("no {}: the pointer is null or not aligned", T::NAME));
    }
    // SAFETY: every version of the table has its size at this place.
    let found = unsafe { table.byte_add(T::SIZE_AT).cast::<usize>().read() };
    if found < T::SIZE_1_0 {
        return Err(format!("{} of {found} bytes, {} needed", T::NAME, T::SIZE_1_0));
    }
    let mut copy = MaybeUninit::<T>::zeroed();
    // SAFETY: `found` bytes may be read, `size_of::<T>()` written; the two do not overlap.
    unsafe {
        std::ptr::copy_nonoverlapping(table.cast::<u8>(), copy.as_mut_ptr().cast(), found.min(size_of::<T>()));
    }
    // SAFETY: zeros are a valid table by the promise of the trait, and so is what the other side filled.
    Ok(unsafe { copy.assume_init() })
}

macro_rules! tables {
    ($($type:ident: $size:literal),+ $(,)?) => {
        $(
            const _: () = assert!(size_of::<$type>() >= $size, "a table has become shorter than in 1.0");
            // SAFETY: `repr(C)` structs of integers, numbers, pointers and optional functions that begin with their size.
            unsafe impl Table for $type {
                const NAME: &'static str = stringify!($type);
                const SIZE_1_0: usize = $size;
            }
        )+
    };
}

tables! {
    HarnessOptimizer: 144,
    HarnessParamSpec: 128,
    HarnessValue: 48,
    HarnessConfig: 32,
    HarnessHost: 48,
    HarnessBlock: 56,
    HarnessProblem: 72,
    HarnessModel: 64,
    HarnessBatch: 24,
    HarnessEm: 48,
    HarnessMirror: 16,
    HarnessHessian: 16,
    HarnessStatistics: 16,
    HarnessData: 72,
    HarnessState: 24,
    HarnessStep: 16,
    HarnessPrepare: 16,
}

// SAFETY: as above; the size stands behind magic number, version and layout.
unsafe impl Table for HarnessEntry {
    const NAME: &'static str = "HarnessEntry";
    const SIZE_1_0: usize = 48;
    const SIZE_AT: usize = std::mem::offset_of!(HarnessEntry, struct_size);
}

#[cfg(test)]
mod tests {
    use super::{Table, read};
    use crate::abi::{HARNESS_FLOW_CONVERGED, HarnessStep};

    /// A version 1.9 of some table: longer than 1.0, which ended after `flow`.
    #[repr(C)]
    struct Later {
        struct_size: usize,
        flow: u32,
        appended: Option<extern "C" fn()>,
    }

    // SAFETY: `repr(C)`, begins with its size, valid when zero.
    unsafe impl Table for Later {
        const NAME: &'static str = "Later";
        const SIZE_1_0: usize = 16;
    }

    extern "C" fn something() {}

    #[test]
    fn what_an_older_side_does_not_have_is_absent() {
        let old = HarnessStep { struct_size: 16, flow: HARNESS_FLOW_CONVERGED };
        // SAFETY: 16 bytes may be read.
        let read = unsafe { read(std::ptr::from_ref(&old).cast::<Later>()) }.unwrap();
        assert_eq!((read.flow, read.appended.is_none()), (HARNESS_FLOW_CONVERGED, true));
    }

    #[test]
    fn what_a_newer_side_has_more_is_left_alone() {
        let new = Later { struct_size: size_of::<Later>(), flow: HARNESS_FLOW_CONVERGED, appended: Some(something) };
        // SAFETY: 24 bytes may be read.
        let read = unsafe { read(std::ptr::from_ref(&new).cast::<HarnessStep>()) }.unwrap();
        assert_eq!((read.flow, read.struct_size), (HARNESS_FLOW_CONVERGED, size_of::<Later>()));
    }

    #[test]
    fn less_than_1_0_is_refused() {
        let short = HarnessStep { struct_size: 8, flow: 0 };
        // SAFETY: the first 8 bytes may be read.
        let error = unsafe { read(&raw const short) }.unwrap_err();
        assert_eq!(error, "HarnessStep of 8 bytes, 16 needed");
    }
}
