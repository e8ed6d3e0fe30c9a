//! Where the random numbers of a preparation come from: a stream for the split, and one for every transform.

use rand_pcg::Pcg64;

use crate::stream::stream;
use crate::transforms::Transform;

/// The problem and the seed that a dataset is prepared for.
#[derive(Clone, Copy, Debug)]
pub struct Draw<'a> {
    problem: &'a str,
    seed: u64,
}

impl<'a> Draw<'a> {
    /// The draws of a problem at a seed.
    pub fn new(problem: &'a str, seed: u64) -> Self {
        Self { problem, seed }
    }

    /// For the rows that are held out.
    pub(crate) fn split(&self) -> Pcg64 {
        stream(self.problem, self.seed, "split")
    }

    /// Which of `folds` parts is held out, and the stream that cuts them, which is the same for seeds that hold out
    /// parts of one cut: the first `folds` seeds, the next, …
    pub(crate) fn fold(&self, folds: usize) -> (usize, Pcg64) {
        let folds = folds as u64;
        let fold = usize::try_from(self.seed % folds).expect("below a usize");
        (fold, stream(self.problem, self.seed / folds, "folds"))
    }

    /// For a transform at its place in the list; one with a seed of its own draws the same for all problems and seeds.
    pub(crate) fn transform(&self, place: usize, transform: &Transform) -> Pcg64 {
        let kind = transform.kind.name();
        match transform.seed {
            Some(seed) => stream("", seed, &format!("transform {kind}")),
            None => stream(self.problem, self.seed, &format!("transform {place} {kind}")),
        }
    }
}
