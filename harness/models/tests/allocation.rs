//! Steps allocate nothing: all buffers are made with the objective.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use harness_models::{Data, Family, Model, ModelOptions, Objective, Target, Tolerance};

thread_local! {
    /// Of this thread alone: that of the test's runner allocates when it likes.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: hands everything to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: by the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: by the caller's promise.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn a_step_allocates_nothing() {
    // Rows enough for several chunks; features on both sides of every limit between methods.
    for (family, d) in [(Family::Logistic, 5), (Family::Logistic, 90), (Family::Linear, 5), (Family::Linear, 140)] {
        let n = 4500;
        let x: Vec<f64> = (0..n * d).map(|i| ((i * 7919 + 13 * (i / d)) % 1009) as f64 / 504.5 - 1.0).collect();
        let y: Vec<f64> = x.chunks_exact(d).map(|row| row[0] + row[1] * row[2]).collect();
        let target = if family == Family::Linear {
            Target::Real(y)
        } else {
            let labels = y.iter().map(|y| u32::from(*y > -0.3) + u32::from(*y > 0.3)).collect();
            Target::Classes { labels, n_classes: 3 }
        };
        let data = Data::new(x, n, d, target).unwrap();
        let mut options = ModelOptions::new(family);
        options.ridge = 0.01;
        let model = Model::new(&options, d, data.n_classes(), n).unwrap();
        let mut theta: Vec<f64> = (0..model.dim()).map(|i| ((i % 7) as f64 - 3.0) / 50.0).collect();
        let mut grad = theta.clone();
        let rows: Vec<u32> = (0..300).map(|i| i * 11).collect();
        let mut objective = Objective::new(Arc::new(model), Arc::new(data)).unwrap();
        let mut step = |count: usize| {
            let before = ALLOCATIONS.get();
            objective.value_gradient(&theta, &mut grad);
            objective.value_gradient_rows(&theta, &rows, &mut grad);
            objective.e_step(&theta);
            objective.surrogate_gradient(&theta, &mut grad).unwrap();
            objective.m_step(&mut theta, Tolerance::default()).unwrap();
            let made = ALLOCATIONS.get() - before;
            // What faer's products keep for a thread is made by the first.
            assert!(count == 0 || made == 0, "{family} with {d} features: {made} allocations in step {count}");
        };
        (0..3).for_each(&mut step);
    }
}
