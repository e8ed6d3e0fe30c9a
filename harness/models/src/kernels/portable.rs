//! The baseline unit: four lanes in plain Rust, which every architecture compiles to what it has.

use super::simd::Simd;

/// Plain Rust.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

/// 1.5 * 2^52: adding and subtracting it rounds to an integer, as long as |a| < 2^51.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

#[inline(always)]
fn each(a: [f64; 4], b: [f64; 4], op: impl Fn(f64, f64) -> f64) -> [f64; 4] {
    std::array::from_fn(|lane| op(a[lane], b[lane]))
}

/// A call into libm where the target has no such instruction, so only where it has.
#[inline(always)]
fn multiply_add(a: f64, b: f64, c: f64) -> f64 {
    if cfg!(any(target_arch = "aarch64", target_feature = "fma")) { a.mul_add(b, c) } else { a * b + c }
}

/// `2^n` for normal results.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an exponent of a normal number")]
fn power_of_two(n: f64) -> f64 {
    f64::from_bits(((n as i64 + 1023) as u64) << 52)
}

impl Simd for Portable {
    type Vector = [f64; 4];
    type Mask = [bool; 4];
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(self, value: f64) -> [f64; 4] {
        [value; 4]
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f64) -> [f64; 4] {
        // SAFETY: by the caller's promise; arrays of f64 are aligned like f64.
        unsafe { from.cast::<[f64; 4]>().read() }
    }
    #[inline(always)]
    unsafe fn load_first(self, from: *const f64, count: usize) -> [f64; 4] {
        // SAFETY: by the caller's promise, `lane < count` is readable.
        std::array::from_fn(|lane| if lane < count { unsafe { from.add(lane).read() } } else { 0.0 })
    }
    #[inline(always)]
    unsafe fn widen(self, from: *const f32) -> [f64; 4] {
        // SAFETY: by the caller's promise; arrays of f32 are aligned like f32.
        unsafe { from.cast::<[f32; 4]>().read() }.map(f64::from)
    }
    #[inline(always)]
    unsafe fn widen_first(self, from: *const f32, count: usize) -> [f64; 4] {
        // SAFETY: by the caller's promise, `lane < count` is readable.
        std::array::from_fn(|lane| if lane < count { f64::from(unsafe { from.add(lane).read() }) } else { 0.0 })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f64, vector: [f64; 4]) {
        // SAFETY: by the caller's promise.
        unsafe { to.cast::<[f64; 4]>().write(vector) }
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f64, count: usize, vector: [f64; 4]) {
        for (lane, value) in vector.into_iter().enumerate().take(count) {
            // SAFETY: by the caller's promise, `lane < count` is writable.
            unsafe { to.add(lane).write(value) }
        }
    }
    #[inline(always)]
    fn add(self, a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
        each(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
        each(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
        each(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
        each(a, b, |a, b| a / b)
    }
    #[inline(always)]
    fn fma(self, a: [f64; 4], b: [f64; 4], c: [f64; 4]) -> [f64; 4] {
        std::array::from_fn(|lane| multiply_add(a[lane], b[lane], c[lane]))
    }
    #[inline(always)]
    fn fnma(self, a: [f64; 4], b: [f64; 4], c: [f64; 4]) -> [f64; 4] {
        std::array::from_fn(|lane| multiply_add(-a[lane], b[lane], c[lane]))
    }
    #[inline(always)]
    fn max(self, a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
        each(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn min(self, a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
        each(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn less(self, a: [f64; 4], b: [f64; 4]) -> [bool; 4] {
        std::array::from_fn(|lane| a[lane] < b[lane])
    }
    #[inline(always)]
    #[expect(clippy::float_cmp, reason = "this is the comparison")]
    fn equal(self, a: [f64; 4], b: [f64; 4]) -> [bool; 4] {
        std::array::from_fn(|lane| a[lane] == b[lane])
    }
    #[inline(always)]
    fn select(self, mask: [bool; 4], a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
        std::array::from_fn(|lane| if mask[lane] { a[lane] } else { b[lane] })
    }
    #[inline(always)]
    fn round(self, a: [f64; 4]) -> [f64; 4] {
        a.map(|a| (a + ROUNDER) - ROUNDER)
    }
    #[inline(always)]
    fn scale(self, a: [f64; 4], n: [f64; 4]) -> [f64; 4] {
        // In two steps, since 2^n itself may overflow or be denormal.
        each(a, n, |a, n| {
            let half = ((0.5 * n + ROUNDER) - ROUNDER).clamp(-600.0, 600.0);
            a * power_of_two(half) * power_of_two((n - half).clamp(-600.0, 600.0))
        })
    }
    #[inline(always)]
    #[expect(clippy::cast_possible_wrap, reason = "an exponent has 11 bits")]
    fn split(self, a: [f64; 4]) -> ([f64; 4], [f64; 4]) {
        let mantissa = a.map(|a| f64::from_bits((a.to_bits() & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000));
        let exponent = a.map(|a| (((a.to_bits() >> 52) & 0x7ff) as i64 - 1023) as f64);
        (mantissa, exponent)
    }
    #[inline(always)]
    fn transpose(self, rows: &mut [[f64; 4]]) {
        let given = [rows[0], rows[1], rows[2], rows[3]];
        for (i, row) in rows.iter_mut().enumerate() {
            *row = given.map(|row| row[i]);
        }
    }
    #[inline(always)]
    fn sum_each(self, rows: &[[f64; 4]]) -> [f64; 4] {
        std::array::from_fn(|row| self.sum(rows[row]))
    }
    #[inline(always)]
    fn sum(self, a: [f64; 4]) -> f64 {
        (a[0] + a[2]) + (a[1] + a[3])
    }
    #[inline(always)]
    fn prefetch(self, _from: *const u8) {}
}
