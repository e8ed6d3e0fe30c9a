//! The kernels and whole operations, one by one: `cargo bench -p harness-models`.
//!
//! Counters turn times into rates: items are function values or multiply-adds (2 flops each), bytes those of
//! the data read once. `limits` measures what the machine has to give.

#![expect(clippy::inline_always, reason = "kernels have to be compiled into code of their vector unit")]

use std::hint::black_box;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use harness_models::kernels::{Kernel, Level, Simd, exp_in_place, ln_in_place};
use harness_models::{Data, Family, Model, ModelOptions, Objective, Target, Tolerance};

fn main() {
    divan::main();
}

/// Numbers that repeat after a long while.
fn numbers(len: usize, scale: f64) -> Vec<f64> {
    (0..len).map(|i| scale * (((i * 7919 + i / 1009) % 2003) as f64 / 1001.0 - 1.0)).collect()
}

/// Units by number, 0 the baseline; those that this machine lacks repeat the widest.
fn level(number: usize) -> Level {
    Level::all().nth(number).unwrap_or_else(Level::best)
}

#[divan::bench_group]
mod limits {
    use super::{Bencher, BytesCount, ItemsCount, Kernel, Level, Simd, black_box, numbers};

    struct Read<'a>(&'a [f64]);

    impl Kernel for Read<'_> {
        type Output = f64;
        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> f64 {
            let mut sums = [simd.splat(0.0); 8];
            for block in self.0.chunks_exact(8 * S::LANES) {
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum = simd.add(*sum, simd.read(block, i * S::LANES));
                }
            }
            sums.iter().map(|sum| simd.sum(*sum)).sum()
        }
    }

    const TIMES: usize = 10_000;

    struct MultiplyAdd;

    impl Kernel for MultiplyAdd {
        type Output = (f64, usize);
        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> (f64, usize) {
            let mut sums = [simd.splat(1.0); 20];
            let (a, b) = (simd.splat(black_box(0.999)), simd.splat(black_box(1e-3)));
            for _ in 0..TIMES {
                for sum in &mut sums {
                    *sum = simd.fma(*sum, a, b);
                }
            }
            (sums.iter().map(|sum| simd.sum(*sum)).sum(), 20 * S::LANES * TIMES)
        }
    }

    /// A read of 376 MB.
    #[divan::bench(sample_count = 10)]
    fn read_memory(bencher: Bencher<'_, '_>) {
        let x = numbers(60_000 * 784, 1.0);
        bencher.counter(BytesCount::of_slice(&x)).bench(|| Level::best().run(Read(&x)));
    }

    /// Multiply-adds in registers.
    #[divan::bench(args = [0, 1, 2])]
    fn multiply_add(bencher: Bencher<'_, '_>, unit: usize) {
        let (_, items) = super::level(unit).run(MultiplyAdd);
        bencher.counter(ItemsCount::new(items)).bench(|| super::level(unit).run(MultiplyAdd));
    }
}

#[divan::bench_group]
mod functions {
    use super::{Bencher, ItemsCount, exp_in_place, level, ln_in_place, numbers};

    const LEN: usize = 4096;

    #[divan::bench]
    fn exp_of_std(bencher: Bencher<'_, '_>) {
        let bencher = bencher.with_inputs(|| numbers(LEN, 20.0)).counter(ItemsCount::new(LEN));
        bencher.bench_local_refs(|x| x.iter_mut().for_each(|x| *x = x.exp()));
    }

    #[divan::bench(args = [0, 1, 2])]
    fn exp(bencher: Bencher<'_, '_>, unit: usize) {
        let bencher = bencher.with_inputs(|| numbers(LEN, 20.0)).counter(ItemsCount::new(LEN));
        bencher.bench_local_refs(|x| exp_in_place(level(unit), x));
    }

    #[divan::bench(args = [0, 1, 2])]
    fn ln(bencher: Bencher<'_, '_>, unit: usize) {
        let bencher = bencher.with_inputs(|| numbers(LEN, 1.0).iter().map(|x| x + 2.0).collect::<Vec<_>>());
        bencher.counter(ItemsCount::new(LEN)).bench_local_refs(|x| ln_in_place(level(unit), x));
    }
}

/// Two experts on `n` rows of `d` features: linear ones, or with classes logistic ones.
fn objective(n: usize, d: usize, classes: usize) -> (Objective, Vec<f64>) {
    let x = numbers(n * d, 1.0);
    let y: Vec<f64> = x.chunks_exact(d).map(|row| row[0] - row[1] * row[2]).collect();
    let (family, target) = if classes == 0 {
        (Family::Linear, Target::Real(y))
    } else {
        let labels = (0..n).map(|i| u32::try_from(i * 31 % classes).expect("few classes")).collect();
        (Family::Logistic, Target::Classes { labels, n_classes: classes })
    };
    let data = Data::new(x, n, d, target).expect("finite numbers");
    let mut options = ModelOptions::new(family);
    options.ridge = 1e-3;
    let model = Model::new(&options, d, data.n_classes(), n).expect("a valid model");
    let theta = numbers(model.dim(), 0.05);
    (Objective::new(Arc::new(model), Arc::new(data)).expect("fits its data"), theta)
}

#[divan::bench_group(sample_count = 10)]
mod passes {
    use super::{Bencher, BytesCount, ItemsCount, Tolerance, objective};

    type Shape = (usize, usize, usize);

    /// Rows, features, classes.
    const SHAPES: [Shape; 5] =
        [(60_000, 784, 0), (60_000, 784, 10), (100_000, 50, 0), (100_000, 50, 10), (100_000, 10, 0)];

    #[divan::bench(args = SHAPES)]
    fn value_gradient(bencher: Bencher<'_, '_>, (n, d, classes): Shape) {
        let (mut objective, theta) = objective(n, d, classes);
        let mut grad = vec![0.0; theta.len()];
        bencher
            .counter(ItemsCount::new(2 * n * theta.len()))
            .counter(BytesCount::new(8 * n * d))
            .bench_local(|| objective.value_gradient(&theta, &mut grad));
    }

    #[divan::bench(args = SHAPES)]
    fn e_step(bencher: Bencher<'_, '_>, (n, d, classes): Shape) {
        let (mut objective, theta) = objective(n, d, classes);
        bencher
            .counter(ItemsCount::new(n * theta.len()))
            .counter(BytesCount::new(8 * n * d))
            .bench_local(|| objective.e_step(&theta));
    }

    #[divan::bench(args = [(100_000, 50, 0), (100_000, 10, 0), (100_000, 10, 3)])]
    fn m_step(bencher: Bencher<'_, '_>, (n, d, classes): Shape) {
        let (mut objective, theta) = objective(n, d, classes);
        objective.e_step(&theta);
        bencher.with_inputs(|| theta.clone()).bench_local_refs(|theta| {
            objective.m_step(theta, Tolerance::default()).expect("a ridge makes it definite")
        });
    }
}
