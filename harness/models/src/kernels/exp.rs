//! Exponentials and logarithms of vectors, within 2 units in the last place.
//!
//! `exp x = 2^n exp r` with n the nearest integer to `x / log 2` and r the rest, whose exponential is a
//! polynomial; `log` is that of Sun's fdlibm, which reduces to an odd series in `f / (2 + f)`.

use std::marker::PhantomData;

use super::simd::{Kernel, Level, MOST_LANES, Simd};

/// Where the exponential is already 0, and already infinite.
const RANGE: (f64, f64) = (-750.0, 712.0);
/// log 2 in two parts; products of the first with integers up to 2^20 are exact.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// `(exp r - 1 - r) / r^2`, interpolated at the Chebyshev points of `|r| <= log(2) / 2` in 50 digits; with
/// these doubles `exp r` is off by at most 0.08 units in the last place.
const EXP: [f64; 10] = [
    0.500_000_000_000_000_1,
    0.166_666_666_666_666_69,
    0.041_666_666_666_623_99,
    0.008_333_333_333_330_051,
    0.001_388_888_891_728_179_4,
    0.000_198_412_698_631_059_68,
    2.480_152_119_021_773e-5,
    2.755_726_837_868_419_2e-6,
    2.762_013_871_973_399_4e-7,
    2.510_042_415_700_506_7e-8,
];
/// fdlibm's series of `log`.
const LN: [f64; 7] = [
    0.666_666_666_666_673_5,
    0.399_999_999_994_094_2,
    0.285_714_287_436_623_9,
    0.222_221_984_321_497_84,
    0.181_835_721_616_180_5,
    0.153_138_376_992_093_73,
    0.147_981_986_051_165_86,
];

/// `e^x`; denormals, zero, infinity and NaN as they should be.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    let x = simd.min(simd.splat(RANGE.1), simd.max(simd.splat(RANGE.0), x));
    let n = simd.round(simd.mul(x, simd.splat(std::f64::consts::LOG2_E)));
    let r = simd.fnma(n, simd.splat(LN_2_HIGH), x);
    let r = simd.fnma(n, simd.splat(LN_2_LOW), r);
    // Estrin's scheme: half the depth of Horner's.
    let coefficient = |i: usize| simd.splat(EXP[i]);
    let square = simd.mul(r, r);
    let pair = |i| simd.fma(coefficient(i + 1), r, coefficient(i));
    let (low, middle, high) = (pair(0), pair(2), pair(4));
    let (higher, highest) = (pair(6), pair(8));
    let fourth = simd.mul(square, square);
    let q = simd.fma(simd.fma(highest, square, higher), fourth, simd.fma(high, square, middle));
    // `q` holds the coefficients from the third on.
    let q = simd.fma(q, square, low);
    let p = simd.fma(q, square, r);
    simd.scale(simd.add(simd.splat(1.0), p), n)
}

/// The natural logarithm of positive normal numbers; NaN passes.
#[inline(always)]
pub(crate) fn ln<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    let (mantissa, exponent) = simd.split(x);
    let is_small = simd.less(mantissa, simd.splat(std::f64::consts::SQRT_2));
    let mantissa = simd.select(is_small, mantissa, simd.mul(mantissa, simd.splat(0.5)));
    let exponent = simd.select(is_small, exponent, simd.add(exponent, simd.splat(1.0)));
    let f = simd.sub(mantissa, simd.splat(1.0));
    let s = simd.div(f, simd.add(f, simd.splat(2.0)));
    let z = simd.mul(s, s);
    let mut series = simd.splat(LN[6]);
    for coefficient in LN[..6].iter().rev() {
        series = simd.fma(series, z, simd.splat(*coefficient));
    }
    let series = simd.mul(series, z);
    let half_square = simd.mul(simd.mul(f, f), simd.splat(0.5));
    let correction = simd.fma(s, simd.add(half_square, series), simd.mul(exponent, simd.splat(LN_2_LOW)));
    let rest = simd.sub(simd.sub(half_square, correction), f);
    let result = simd.sub(simd.mul(exponent, simd.splat(LN_2_HIGH)), rest);
    simd.select(simd.equal(x, x), result, x)
}

/// A function of vectors: a trait and not a closure, since calls of closures go through code that is not
/// compiled for the vector unit.
trait Function {
    /// What padding is replaced by; any number that the function takes.
    const PAD: f64;
    fn of<S: Simd>(simd: S, x: S::Vector) -> S::Vector;
}

struct Exp;

impl Function for Exp {
    const PAD: f64 = 0.0;
    #[inline(always)]
    fn of<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
        exp(simd, x)
    }
}

struct Ln;

impl Function for Ln {
    const PAD: f64 = 1.0;
    #[inline(always)]
    fn of<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
        ln(simd, x)
    }
}

/// Replaces each number by a function of it, the last few through a padded copy.
struct Each<'a, F>(&'a mut [f64], PhantomData<F>);

impl<F: Function> Kernel for Each<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let whole = self.0.len() / S::LANES * S::LANES;
        let (full, rest) = self.0.split_at_mut(whole);
        for lanes in full.chunks_exact_mut(S::LANES) {
            let image = F::of(simd, simd.read(lanes, 0));
            simd.write(lanes, 0, image);
        }
        let mut padded = [F::PAD; MOST_LANES];
        padded[..rest.len()].copy_from_slice(rest);
        let image = F::of(simd, simd.read(&padded, 0));
        simd.write(&mut padded, 0, image);
        rest.copy_from_slice(&padded[..rest.len()]);
    }
}

/// Replaces every number by its exponential, at most 2 units in the last place off.
pub fn exp_in_place(level: Level, values: &mut [f64]) {
    level.run(Each::<Exp>(values, PhantomData));
}

/// Replaces every number, positive and normal, by its logarithm, at most 2 units in the last place off.
pub fn ln_in_place(level: Level, values: &mut [f64]) {
    level.run(Each::<Ln>(values, PhantomData));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    /// Distance in representable numbers of the same sign; glibc's functions err by at most 0.52 of
    /// them, so 2 of the true value are at most 2.5 here, that is 2.
    fn distance(a: f64, b: f64) -> u64 {
        a.to_bits().abs_diff(b.to_bits())
    }

    #[test]
    fn exp_is_within_two_units_of_the_last_place() {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(1);
        let mut x: Vec<f64> = (0..200_000).map(|_| rng.random_range(-745.2..709.8)).collect();
        x.extend((0..200_000).map(|_| rng.random_range(-2.0..2.0_f64)));
        x.extend((0..100_000).map(|_| rng.random_range(-1.0..1.0_f64) * 2.0_f64.powf(rng.random_range(-60.0..10.0))));
        // The last finite one, the first infinite one, the last normal one, denormal ones, the last positive one.
        x.extend([709.782_712_893_383_9, 709.782_712_893_384, -708.396_418_532_264_1, -708.4, -744.9]);
        x.extend([-745.133_219_101_941_1, -745.133_219_101_941_2, -1074.0, 1024.0, f64::MIN, f64::MAX]);
        x.extend([0.0, -0.0, 5e-324, 1e-300, -1e-17, f64::MIN_POSITIVE, f64::EPSILON, -f64::EPSILON]);
        for level in Level::all() {
            let mut found = x.clone();
            exp_in_place(level, &mut found);
            let worst = x.iter().zip(&found).map(|(x, found)| distance(*found, x.exp())).max().unwrap();
            assert!(worst <= 2, "{}: {worst}", level.name());
        }
    }

    #[test]
    fn ln_is_within_two_units_of_the_last_place() {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(2);
        let mut x: Vec<f64> = (0..200_000).map(|_| rng.random_range(0.5..3.0_f64)).collect();
        x.extend((0..100_000).map(|_| rng.random_range(-700.0..700.0_f64).exp()));
        x.extend([1.0, f64::MIN_POSITIVE, f64::MAX, 1.0 + f64::EPSILON]);
        for level in Level::all() {
            let mut found = x.clone();
            ln_in_place(level, &mut found);
            for (x, found) in x.iter().zip(&found) {
                assert!(distance(*found, x.ln()) <= 2, "{}: ln {x:e} = {found:e}", level.name());
            }
        }
    }

    /// Values in 30 digits from mpmath, so that not only the platform's own function is compared with.
    #[test]
    fn exp_equals_tabulated_values() {
        let table = [
            (1.0, std::f64::consts::E),
            (-0.5, 0.606_530_659_712_633_4),
            (10.5, 36_315.502_674_246_636),
            (-700.0, 9.859_676_543_759_77e-305),
            (0.1, 1.105_170_918_075_647_7),
        ];
        for level in Level::all() {
            for (x, expected) in table {
                let mut found = [x];
                exp_in_place(level, &mut found);
                assert!(distance(found[0], expected) <= 2, "{}: exp {x}", level.name());
            }
        }
    }

    #[test]
    fn special_values() {
        for level in Level::all() {
            let mut values = [f64::NEG_INFINITY, -1e300, 1e300, f64::INFINITY, f64::NAN, 0.0];
            exp_in_place(level, &mut values);
            assert_eq!(values[..4], [0.0, 0.0, f64::INFINITY, f64::INFINITY]);
            assert!(values[4].is_nan() && values[5].to_bits() == 1.0_f64.to_bits());
            let mut nan = [f64::NAN];
            ln_in_place(level, &mut nan);
            assert!(nan[0].is_nan());
        }
    }
}
