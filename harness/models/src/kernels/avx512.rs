//! AVX-512: eight lanes.

use std::arch::x86_64::{
    __m512d, __mmask8, _CMP_EQ_OQ, _CMP_LT_OQ, _MM_HINT_T1, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_ZERO, _mm_prefetch,
    _mm256_loadu_ps, _mm256_maskz_loadu_ps, _mm512_add_pd, _mm512_cmp_pd_mask, _mm512_cvtps_pd, _mm512_div_pd,
    _mm512_fmadd_pd, _mm512_fnmadd_pd, _mm512_getexp_pd, _mm512_getmant_pd, _mm512_loadu_pd, _mm512_mask_blend_pd,
    _mm512_mask_storeu_pd, _mm512_maskz_loadu_pd, _mm512_max_pd, _mm512_min_pd, _mm512_mul_pd, _mm512_reduce_add_pd,
    _mm512_roundscale_pd, _mm512_scalef_pd, _mm512_set1_pd, _mm512_shuffle_f64x2, _mm512_storeu_pd, _mm512_sub_pd,
    _mm512_unpackhi_pd, _mm512_unpacklo_pd,
};

use super::simd::{Kernel, Simd};

/// Proof that the machine has AVX-512 F, DQ and VL.
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

impl Avx512 {
    pub(super) fn detect() -> Option<Self> {
        let has_all = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("fma");
        has_all.then_some(Self(()))
    }

    #[inline]
    pub(super) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[target_feature(enable = "avx512f,avx512dq,avx512vl,fma")]
        fn run<K: Kernel>(simd: Avx512, kernel: K) -> K::Output {
            kernel.run(simd)
        }
        // SAFETY: `self` proves that the machine has the features.
        unsafe { run(self, kernel) }
    }
}

/// The first `count` lanes.
#[inline(always)]
fn first_lanes(count: usize) -> __mmask8 {
    debug_assert!(count <= 8);
    #[expect(clippy::cast_possible_truncation, reason = "eight bits are asked for")]
    {
        ((1_u32 << count) - 1) as __mmask8
    }
}

impl Simd for Avx512 {
    type Vector = __m512d;
    type Mask = __mmask8;
    const LANES: usize = 8;

    #[inline(always)]
    fn splat(self, value: f64) -> __m512d {
        // SAFETY: `self` proves the features, here and in all methods below.
        unsafe { _mm512_set1_pd(value) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f64) -> __m512d {
        // SAFETY: the features by `self`, the memory by the caller's promise.
        unsafe { _mm512_loadu_pd(from) }
    }
    #[inline(always)]
    unsafe fn load_first(self, from: *const f64, count: usize) -> __m512d {
        // SAFETY: the features by `self`; lanes beyond `count` are not read.
        unsafe { _mm512_maskz_loadu_pd(first_lanes(count), from) }
    }
    #[inline(always)]
    unsafe fn widen(self, from: *const f32) -> __m512d {
        // SAFETY: the features by `self`, the memory by the caller's promise.
        unsafe { _mm512_cvtps_pd(_mm256_loadu_ps(from)) }
    }
    #[inline(always)]
    unsafe fn widen_first(self, from: *const f32, count: usize) -> __m512d {
        // SAFETY: the features by `self`; lanes beyond `count` are not read.
        unsafe { _mm512_cvtps_pd(_mm256_maskz_loadu_ps(first_lanes(count), from)) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f64, vector: __m512d) {
        // SAFETY: the features by `self`, the memory by the caller's promise.
        unsafe { _mm512_storeu_pd(to, vector) }
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f64, count: usize, vector: __m512d) {
        // SAFETY: the features by `self`; lanes beyond `count` are not written.
        unsafe { _mm512_mask_storeu_pd(to, first_lanes(count), vector) }
    }
    #[inline(always)]
    fn add(self, a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: as in `splat`.
        unsafe { _mm512_add_pd(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: as in `splat`.
        unsafe { _mm512_sub_pd(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: as in `splat`.
        unsafe { _mm512_mul_pd(a, b) }
    }
    #[inline(always)]
    fn div(self, a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: as in `splat`.
        unsafe { _mm512_div_pd(a, b) }
    }
    #[inline(always)]
    fn fma(self, a: __m512d, b: __m512d, c: __m512d) -> __m512d {
        // SAFETY: as in `splat`.
        unsafe { _mm512_fmadd_pd(a, b, c) }
    }
    #[inline(always)]
    fn fnma(self, a: __m512d, b: __m512d, c: __m512d) -> __m512d {
        // SAFETY: as in `splat`.
        unsafe { _mm512_fnmadd_pd(a, b, c) }
    }
    #[inline(always)]
    fn max(self, a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: as in `splat`.
        unsafe { _mm512_max_pd(a, b) }
    }
    #[inline(always)]
    fn min(self, a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: as in `splat`.
        unsafe { _mm512_min_pd(a, b) }
    }
    #[inline(always)]
    fn less(self, a: __m512d, b: __m512d) -> __mmask8 {
        // SAFETY: as in `splat`.
        unsafe { _mm512_cmp_pd_mask::<_CMP_LT_OQ>(a, b) }
    }
    #[inline(always)]
    fn equal(self, a: __m512d, b: __m512d) -> __mmask8 {
        // SAFETY: as in `splat`.
        unsafe { _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(a, b) }
    }
    #[inline(always)]
    fn select(self, mask: __mmask8, a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: as in `splat`.
        unsafe { _mm512_mask_blend_pd(mask, b, a) }
    }
    #[inline(always)]
    fn round(self, a: __m512d) -> __m512d {
        // SAFETY: as in `splat`.
        unsafe { _mm512_roundscale_pd::<0x08>(a) }
    }
    #[inline(always)]
    fn scale(self, a: __m512d, n: __m512d) -> __m512d {
        // SAFETY: as in `splat`.
        unsafe { _mm512_scalef_pd(a, n) }
    }
    #[inline(always)]
    fn split(self, a: __m512d) -> (__m512d, __m512d) {
        // SAFETY: as in `splat`.
        unsafe { (_mm512_getmant_pd::<_MM_MANT_NORM_1_2, _MM_MANT_SIGN_ZERO>(a), _mm512_getexp_pd(a)) }
    }
    #[inline(always)]
    fn transpose(self, r: &mut [__m512d]) {
        // SAFETY: as in `splat`.
        unsafe {
            // Pairs of rows, then pairs of pairs, then halves.
            let (a0, a1) = (_mm512_unpacklo_pd(r[0], r[1]), _mm512_unpackhi_pd(r[0], r[1]));
            let (a2, a3) = (_mm512_unpacklo_pd(r[2], r[3]), _mm512_unpackhi_pd(r[2], r[3]));
            let (a4, a5) = (_mm512_unpacklo_pd(r[4], r[5]), _mm512_unpackhi_pd(r[4], r[5]));
            let (a6, a7) = (_mm512_unpacklo_pd(r[6], r[7]), _mm512_unpackhi_pd(r[6], r[7]));
            let (b0, b2) = (_mm512_shuffle_f64x2::<0x88>(a0, a2), _mm512_shuffle_f64x2::<0xdd>(a0, a2));
            let (b1, b3) = (_mm512_shuffle_f64x2::<0x88>(a1, a3), _mm512_shuffle_f64x2::<0xdd>(a1, a3));
            let (b4, b6) = (_mm512_shuffle_f64x2::<0x88>(a4, a6), _mm512_shuffle_f64x2::<0xdd>(a4, a6));
            let (b5, b7) = (_mm512_shuffle_f64x2::<0x88>(a5, a7), _mm512_shuffle_f64x2::<0xdd>(a5, a7));
            r[0] = _mm512_shuffle_f64x2::<0x88>(b0, b4);
            r[4] = _mm512_shuffle_f64x2::<0xdd>(b0, b4);
            r[2] = _mm512_shuffle_f64x2::<0x88>(b2, b6);
            r[6] = _mm512_shuffle_f64x2::<0xdd>(b2, b6);
            r[1] = _mm512_shuffle_f64x2::<0x88>(b1, b5);
            r[5] = _mm512_shuffle_f64x2::<0xdd>(b1, b5);
            r[3] = _mm512_shuffle_f64x2::<0x88>(b3, b7);
            r[7] = _mm512_shuffle_f64x2::<0xdd>(b3, b7);
        }
    }
    #[inline(always)]
    fn sum_each(self, r: &[__m512d]) -> __m512d {
        // SAFETY: as in `splat`.
        unsafe {
            // After each round a lane holds the sum of twice as many lanes.
            let pair = |a, b| _mm512_add_pd(_mm512_unpacklo_pd(a, b), _mm512_unpackhi_pd(a, b));
            let quad = |a, b| _mm512_add_pd(_mm512_shuffle_f64x2::<0x88>(a, b), _mm512_shuffle_f64x2::<0xdd>(a, b));
            let (p0, p1, p2, p3) = (pair(r[0], r[1]), pair(r[2], r[3]), pair(r[4], r[5]), pair(r[6], r[7]));
            quad(quad(p0, p1), quad(p2, p3))
        }
    }
    #[inline(always)]
    fn sum(self, a: __m512d) -> f64 {
        // SAFETY: as in `splat`.
        unsafe { _mm512_reduce_add_pd(a) }
    }
    #[inline(always)]
    fn prefetch(self, from: *const u8) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(from.cast()) }
    }
}
