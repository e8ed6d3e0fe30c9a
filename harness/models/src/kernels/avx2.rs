//! AVX2 with FMA: four lanes.

use std::arch::x86_64::{
    __m256d, _CMP_EQ_OQ, _CMP_LT_OQ, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _MM_HINT_T1, _mm_add_pd, _mm_add_sd,
    _mm_cmpgt_epi32, _mm_cvtsd_f64, _mm_loadu_ps, _mm_maskload_ps, _mm_prefetch, _mm_set1_epi32, _mm_setr_epi32,
    _mm_unpackhi_pd, _mm256_add_epi64, _mm256_add_pd, _mm256_and_si256, _mm256_blendv_pd, _mm256_castpd_si256,
    _mm256_castpd256_pd128, _mm256_castsi256_pd, _mm256_cmp_pd, _mm256_cmpgt_epi64, _mm256_cvtps_pd, _mm256_div_pd,
    _mm256_extractf128_pd, _mm256_fmadd_pd, _mm256_fnmadd_pd, _mm256_hadd_pd, _mm256_loadu_pd, _mm256_maskload_pd,
    _mm256_maskstore_pd, _mm256_max_pd, _mm256_min_pd, _mm256_mul_pd, _mm256_or_si256, _mm256_permute2f128_pd,
    _mm256_round_pd, _mm256_set1_epi64x, _mm256_set1_pd, _mm256_setr_epi64x, _mm256_slli_epi64, _mm256_srli_epi64,
    _mm256_storeu_pd, _mm256_sub_epi64, _mm256_sub_pd, _mm256_unpackhi_pd, _mm256_unpacklo_pd,
};

use super::simd::{Kernel, Simd};

/// Proof that the machine has AVX2 and FMA.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

/// 1.5 * 2^52: a small integer added to it stands in the low bits of the sum.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// What stored exponents are larger by.
const BIAS: f64 = 1023.0;

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }

    #[inline]
    pub(super) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[target_feature(enable = "avx2,fma")]
        fn run<K: Kernel>(simd: Avx2, kernel: K) -> K::Output {
            kernel.run(simd)
        }
        // SAFETY: `self` proves that the machine has the features.
        unsafe { run(self, kernel) }
    }
}

/// All ones in the first `count` lanes.
macro_rules! first_lanes {
    ($count:expr) => {
        _mm256_cmpgt_epi64(_mm256_set1_epi64x($count as i64), _mm256_setr_epi64x(0, 1, 2, 3))
    };
}

#[expect(clippy::cast_possible_wrap, reason = "lane counts are small")]
impl Simd for Avx2 {
    type Vector = __m256d;
    type Mask = __m256d;
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(self, value: f64) -> __m256d {
        // SAFETY: `self` proves the features, here and in all methods below.
        unsafe { _mm256_set1_pd(value) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f64) -> __m256d {
        // SAFETY: the features by `self`, the memory by the caller's promise.
        unsafe { _mm256_loadu_pd(from) }
    }
    #[inline(always)]
    unsafe fn load_first(self, from: *const f64, count: usize) -> __m256d {
        // SAFETY: the features by `self`; lanes beyond `count` are not read.
        unsafe { _mm256_maskload_pd(from, first_lanes!(count)) }
    }
    #[inline(always)]
    unsafe fn widen(self, from: *const f32) -> __m256d {
        // SAFETY: the features by `self`, the memory by the caller's promise.
        unsafe { _mm256_cvtps_pd(_mm_loadu_ps(from)) }
    }
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "at most the lanes")]
    unsafe fn widen_first(self, from: *const f32, count: usize) -> __m256d {
        // SAFETY: the features by `self`; lanes beyond `count` are not read.
        unsafe {
            let lanes = _mm_cmpgt_epi32(_mm_set1_epi32(count as i32), _mm_setr_epi32(0, 1, 2, 3));
            _mm256_cvtps_pd(_mm_maskload_ps(from, lanes))
        }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f64, vector: __m256d) {
        // SAFETY: the features by `self`, the memory by the caller's promise.
        unsafe { _mm256_storeu_pd(to, vector) }
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f64, count: usize, vector: __m256d) {
        // SAFETY: the features by `self`; lanes beyond `count` are not written.
        unsafe { _mm256_maskstore_pd(to, first_lanes!(count), vector) }
    }
    #[inline(always)]
    fn add(self, a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: as in `splat`.
        unsafe { _mm256_add_pd(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: as in `splat`.
        unsafe { _mm256_sub_pd(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: as in `splat`.
        unsafe { _mm256_mul_pd(a, b) }
    }
    #[inline(always)]
    fn div(self, a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: as in `splat`.
        unsafe { _mm256_div_pd(a, b) }
    }
    #[inline(always)]
    fn fma(self, a: __m256d, b: __m256d, c: __m256d) -> __m256d {
        // SAFETY: as in `splat`.
        unsafe { _mm256_fmadd_pd(a, b, c) }
    }
    #[inline(always)]
    fn fnma(self, a: __m256d, b: __m256d, c: __m256d) -> __m256d {
        // SAFETY: as in `splat`.
        unsafe { _mm256_fnmadd_pd(a, b, c) }
    }
    #[inline(always)]
    fn max(self, a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: as in `splat`.
        unsafe { _mm256_max_pd(a, b) }
    }
    #[inline(always)]
    fn min(self, a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: as in `splat`.
        unsafe { _mm256_min_pd(a, b) }
    }
    #[inline(always)]
    fn less(self, a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: as in `splat`.
        unsafe { _mm256_cmp_pd::<_CMP_LT_OQ>(a, b) }
    }
    #[inline(always)]
    fn equal(self, a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: as in `splat`.
        unsafe { _mm256_cmp_pd::<_CMP_EQ_OQ>(a, b) }
    }
    #[inline(always)]
    fn select(self, mask: __m256d, a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: as in `splat`.
        unsafe { _mm256_blendv_pd(b, a, mask) }
    }
    #[inline(always)]
    fn round(self, a: __m256d) -> __m256d {
        // SAFETY: as in `splat`.
        unsafe { _mm256_round_pd::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a) }
    }
    #[inline(always)]
    fn scale(self, a: __m256d, n: __m256d) -> __m256d {
        // In two steps, since 2^n itself may overflow or be denormal; both biased exponents are read off sums
        // with the rounder, `half` rounding on the way.
        let half = self.fma(n, self.splat(0.5), self.splat(ROUNDER + BIAS));
        let whole = self.add(n, self.splat(ROUNDER + 2.0 * BIAS));
        // SAFETY: as in `splat`.
        unsafe {
            let (half, whole) = (_mm256_castpd_si256(half), _mm256_castpd_si256(whole));
            let power = |bits| _mm256_castsi256_pd(_mm256_slli_epi64::<52>(bits));
            self.mul(self.mul(a, power(half)), power(_mm256_sub_epi64(whole, half)))
        }
    }
    #[inline(always)]
    fn split(self, a: __m256d) -> (__m256d, __m256d) {
        // SAFETY: as in `splat`.
        unsafe {
            let bits = _mm256_castpd_si256(a);
            let fraction = _mm256_and_si256(bits, _mm256_set1_epi64x(0x000f_ffff_ffff_ffff));
            let one = _mm256_castpd_si256(self.splat(1.0));
            let rounder = _mm256_castpd_si256(self.splat(ROUNDER));
            // A small integer added to the rounder's bits is added to its value.
            let exponent = _mm256_castsi256_pd(_mm256_add_epi64(_mm256_srli_epi64::<52>(bits), rounder));
            let exponent = self.sub(exponent, self.splat(ROUNDER + BIAS));
            (_mm256_castsi256_pd(_mm256_or_si256(fraction, one)), exponent)
        }
    }
    #[inline(always)]
    fn transpose(self, rows: &mut [__m256d]) {
        // SAFETY: as in `splat`.
        unsafe {
            let (a, b) = (_mm256_unpacklo_pd(rows[0], rows[1]), _mm256_unpackhi_pd(rows[0], rows[1]));
            let (c, d) = (_mm256_unpacklo_pd(rows[2], rows[3]), _mm256_unpackhi_pd(rows[2], rows[3]));
            rows[0] = _mm256_permute2f128_pd::<0x20>(a, c);
            rows[1] = _mm256_permute2f128_pd::<0x20>(b, d);
            rows[2] = _mm256_permute2f128_pd::<0x31>(a, c);
            rows[3] = _mm256_permute2f128_pd::<0x31>(b, d);
        }
    }
    #[inline(always)]
    fn sum_each(self, rows: &[__m256d]) -> __m256d {
        // SAFETY: as in `splat`.
        unsafe {
            let (low, high) = (_mm256_hadd_pd(rows[0], rows[1]), _mm256_hadd_pd(rows[2], rows[3]));
            let (a, b) = (_mm256_permute2f128_pd::<0x20>(low, high), _mm256_permute2f128_pd::<0x31>(low, high));
            self.add(a, b)
        }
    }
    #[inline(always)]
    fn sum(self, a: __m256d) -> f64 {
        // SAFETY: as in `splat`.
        unsafe {
            let pair = _mm_add_pd(_mm256_castpd256_pd128(a), _mm256_extractf128_pd::<1>(a));
            _mm_cvtsd_f64(_mm_add_sd(pair, _mm_unpackhi_pd(pair, pair)))
        }
    }
    #[inline(always)]
    fn prefetch(self, from: *const u8) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(from.cast()) }
    }
}
