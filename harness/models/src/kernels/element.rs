//! How numbers of a design matrix are stored: as f64, or as f32 and turned into f64 as they are loaded.

use std::borrow::Cow;

use super::simd::Simd;

/// A stored number; all arithmetic is in f64.
pub(crate) trait Element: Copy + Into<f64> {
    /// # Safety
    ///
    /// `S::LANES` numbers are readable at `from`.
    unsafe fn load<S: Simd>(simd: S, from: *const Self) -> S::Vector;
    /// The first `count` lanes; the others are zero.
    ///
    /// # Safety
    ///
    /// `count` is at most `S::LANES`, and so many numbers are readable at `from`.
    unsafe fn load_first<S: Simd>(simd: S, from: *const Self, count: usize) -> S::Vector;
}

impl Element for f64 {
    #[inline(always)]
    unsafe fn load<S: Simd>(simd: S, from: *const Self) -> S::Vector {
        // SAFETY: by the caller's promise.
        unsafe { simd.load(from) }
    }
    #[inline(always)]
    unsafe fn load_first<S: Simd>(simd: S, from: *const Self, count: usize) -> S::Vector {
        // SAFETY: by the caller's promise.
        unsafe { simd.load_first(from, count) }
    }
}

impl Element for f32 {
    #[inline(always)]
    unsafe fn load<S: Simd>(simd: S, from: *const Self) -> S::Vector {
        // SAFETY: by the caller's promise.
        unsafe { simd.widen(from) }
    }
    #[inline(always)]
    unsafe fn load_first<S: Simd>(simd: S, from: *const Self, count: usize) -> S::Vector {
        // SAFETY: by the caller's promise.
        unsafe { simd.widen_first(from, count) }
    }
}

/// Numbers as they are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Elements<'a> {
    F64(&'a [f64]),
    F32(&'a [f32]),
}

impl<'a> Elements<'a> {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::F64(numbers) => numbers.len(),
            Self::F32(numbers) => numbers.len(),
        }
    }

    /// The numbers from `from` on, cut after `len` of them.
    pub(crate) fn split(self, from: usize, len: usize) -> (Self, Self) {
        match self {
            Self::F64(numbers) => {
                let (first, rest) = numbers[from..].split_at(len);
                (Self::F64(first), Self::F64(rest))
            }
            Self::F32(numbers) => {
                let (first, rest) = numbers[from..].split_at(len);
                (Self::F32(first), Self::F32(rest))
            }
        }
    }

    /// All as f64: a copy of what is stored as f32.
    pub(crate) fn to_f64(self) -> Cow<'a, [f64]> {
        match self {
            Self::F64(numbers) => Cow::Borrowed(numbers),
            Self::F32(numbers) => Cow::Owned(numbers.iter().map(|&number| number.into()).collect()),
        }
    }

    /// As many f64 as `into` has, from `from` on.
    pub(crate) fn copy(self, from: usize, into: &mut [f64]) {
        let range = from..from + into.len();
        match self {
            Self::F64(numbers) => into.copy_from_slice(&numbers[range]),
            Self::F32(numbers) => {
                for (into, number) in into.iter_mut().zip(&numbers[range]) {
                    *into = f64::from(*number);
                }
            }
        }
    }

    /// The same as f64: in place where they are, in `into`, which has as many, where they are not.
    pub(crate) fn wide(self, into: &'a mut [f64]) -> &'a [f64] {
        if let Self::F64(numbers) = self {
            return numbers;
        }
        self.copy(0, into);
        into
    }
}
