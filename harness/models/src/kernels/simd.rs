//! What the kernels ask of a vector unit, and which one this machine has.
//!
//! A kernel is written once, over [`Simd`]; [`Level::run`] compiles it for AVX-512, for AVX2 with FMA
//! and for the baseline, and picks one when the program runs. A value of a [`Simd`] type proves that
//! the machine has the unit: [`Level::best`] is the only place that makes one.

use super::portable::Portable;
#[cfg(target_arch = "x86_64")]
use super::{avx2::Avx2, avx512::Avx512};

/// The most lanes of any unit, in f64; panels are padded to a multiple of it.
pub const MOST_LANES: usize = 8;

/// A vector unit. All methods are lane by lane unless they say otherwise.
///
/// `max` and `min` return their second argument where either is NaN, so that NaN can be made to pass.
pub trait Simd: Copy + Send + Sync {
    /// A vector of f64.
    type Vector: Copy;
    /// A truth value per lane.
    type Mask: Copy;
    /// Lanes of a vector.
    const LANES: usize;

    /// The same number in every lane.
    fn splat(self, value: f64) -> Self::Vector;
    /// # Safety
    ///
    /// `LANES` numbers are readable at `from`.
    unsafe fn load(self, from: *const f64) -> Self::Vector;
    /// The first `count` lanes; the others are zero.
    ///
    /// # Safety
    ///
    /// `count` is at most `LANES`, and so many numbers are readable at `from`.
    unsafe fn load_first(self, from: *const f64, count: usize) -> Self::Vector;
    /// As [`Simd::load`], of f32.
    ///
    /// # Safety
    ///
    /// `LANES` numbers are readable at `from`.
    unsafe fn widen(self, from: *const f32) -> Self::Vector;
    /// As [`Simd::load_first`], of f32.
    ///
    /// # Safety
    ///
    /// `count` is at most `LANES`, and so many numbers are readable at `from`.
    unsafe fn widen_first(self, from: *const f32, count: usize) -> Self::Vector;
    /// # Safety
    ///
    /// `LANES` numbers are writable at `to`.
    unsafe fn store(self, to: *mut f64, vector: Self::Vector);
    /// Stores the first `count` lanes.
    ///
    /// # Safety
    ///
    /// `count` is at most `LANES`, and so many numbers are writable at `to`.
    unsafe fn store_first(self, to: *mut f64, count: usize, vector: Self::Vector);

    /// `a + b`.
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a - b`.
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a * b`.
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a / b`.
    fn div(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a * b + c`, rounded once where the unit can.
    fn fma(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// `c - a * b`, rounded once where the unit can.
    fn fnma(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// The larger; `b` where either is NaN.
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// The smaller; `b` where either is NaN.
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a < b`.
    fn less(self, a: Self::Vector, b: Self::Vector) -> Self::Mask;
    /// `a == b`.
    fn equal(self, a: Self::Vector, b: Self::Vector) -> Self::Mask;
    /// `a` where the mask holds, else `b`.
    fn select(self, mask: Self::Mask, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// The nearest integer, as a float.
    fn round(self, a: Self::Vector) -> Self::Vector;
    /// `a * 2^n` for integers n in -1100..=1100 and a between 1/2 and 2; denormals and infinity are right.
    fn scale(self, a: Self::Vector, n: Self::Vector) -> Self::Vector;
    /// Mantissa in 1..2 and exponent of positive normal numbers; NaN and infinity may give anything.
    fn split(self, a: Self::Vector) -> (Self::Vector, Self::Vector);

    /// Transposes `LANES` vectors in place.
    fn transpose(self, rows: &mut [Self::Vector]);
    /// Lane i of the result is the sum over the lanes of `rows[i]`, for `LANES` vectors.
    fn sum_each(self, rows: &[Self::Vector]) -> Self::Vector;
    /// The sum over the lanes.
    fn sum(self, a: Self::Vector) -> f64;

    /// Brings the line at `from` into the second-level cache; no address is wrong.
    fn prefetch(self, from: *const u8);

    /// Lanes `at..at + LANES` of a slice.
    #[inline(always)]
    fn read(self, from: &[f64], at: usize) -> Self::Vector {
        let lanes = &from[at..at + Self::LANES];
        // SAFETY: the slice has `LANES` numbers.
        unsafe { self.load(lanes.as_ptr()) }
    }

    /// Lanes from `at` on, as many as there are; the others are zero.
    #[inline(always)]
    fn read_rest(self, from: &[f64], at: usize) -> Self::Vector {
        let lanes = &from[at..];
        // SAFETY: the slice has so many numbers.
        unsafe { self.load_first(lanes.as_ptr(), lanes.len().min(Self::LANES)) }
    }

    /// Writes lanes `at..at + LANES` of a slice.
    #[inline(always)]
    fn write(self, to: &mut [f64], at: usize, vector: Self::Vector) {
        let lanes = &mut to[at..at + Self::LANES];
        // SAFETY: the slice has `LANES` numbers.
        unsafe { self.store(lanes.as_mut_ptr(), vector) }
    }

    /// `-a`.
    #[inline(always)]
    fn negate(self, a: Self::Vector) -> Self::Vector {
        self.sub(self.splat(0.0), a)
    }

    /// `|a|`.
    #[inline(always)]
    fn abs(self, a: Self::Vector) -> Self::Vector {
        self.max(self.negate(a), a)
    }
}

/// Work that is compiled for every unit. `run` has to be `#[inline(always)]`, and all that it calls.
pub trait Kernel {
    /// What the work returns.
    type Output;
    /// Does the work.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// A vector unit that this machine has.
#[derive(Clone, Copy, Debug)]
pub enum Level {
    /// What every machine of the architecture has.
    Portable(Portable),
    /// AVX2 with FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// AVX-512 F, DQ and VL.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
}

impl Level {
    /// The widest unit of this machine.
    pub fn best() -> Self {
        Self::all().next_back().unwrap_or(Self::Portable(Portable))
    }

    /// All units of this machine, the widest last.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let wide = [Avx2::detect().map(Self::Avx2), Avx512::detect().map(Self::Avx512)];
        #[cfg(not(target_arch = "x86_64"))]
        let wide: [Option<Self>; 0] = [];
        std::iter::once(Self::Portable(Portable)).chain(wide.into_iter().flatten())
    }

    /// A word for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable(_) => "baseline",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
        }
    }

    /// Runs a kernel on this unit.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            Self::Portable(simd) => kernel.run(simd),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => simd.run(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) => simd.run(kernel),
        }
    }
}
