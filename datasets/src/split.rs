//! Which rows are held out: a pure function of the number of rows, the fraction and the random stream.

use rand::Rng;

use crate::error::DataError;

/// The rows of the training and of the test part, each in their original order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) train: Vec<usize>,
    pub(crate) test: Vec<usize>,
}

/// Shuffles `n` rows and makes the first round(`test_fraction` · `n`) of them the test part.
///
/// A fraction of 0 draws nothing from `rng`.
pub(crate) fn split<R: Rng + ?Sized>(n: usize, test_fraction: f64, rng: &mut R) -> Result<Split, DataError> {
    if test_fraction == 0.0 {
        return Ok(Split { train: (0..n).collect(), test: Vec::new() });
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fraction of n, checked by `Options::check_values` to be in [0, 1)"
    )]
    let n_test = (test_fraction * n as f64).round() as usize;
    let empty = |part| DataError::EmptyPart { test_fraction, n, part };
    if n_test == 0 {
        return Err(empty("test"));
    }
    if n_test >= n {
        return Err(empty("training"));
    }
    let mut rows: Vec<usize> = (0..n).collect();
    shuffle(&mut rows, rng);
    let mut train = rows.split_off(n_test);
    let mut test = rows;
    train.sort_unstable();
    test.sort_unstable();
    Ok(Split { train, test })
}

/// Fisher and Yates, from the last place down. Written out because the splits of published reports must outlive
/// changes of `rand`'s algorithms.
fn shuffle<R: Rng + ?Sized>(rows: &mut [usize], rng: &mut R) {
    for last in (1..rows.len()).rev() {
        rows.swap(last, below(last as u64 + 1, rng));
    }
}

/// A uniform number below `bound`, without bias: Lemire's multiplication with rejection.
fn below<R: Rng + ?Sized>(bound: u64, rng: &mut R) -> usize {
    let threshold = bound.wrapping_neg() % bound;
    loop {
        let product = u128::from(rng.next_u64()) * u128::from(bound);
        #[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
        let low = product as u64;
        if low >= threshold {
            return usize::try_from(product >> 64).expect("below `bound`, which came from a usize");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream;

    #[test]
    fn golden() {
        let split = split(10, 0.3, &mut stream("golden", 0, "split")).unwrap();
        assert_eq!(split.test, [1, 2, 7]);
    }

    #[test]
    fn parts_cover_the_rows_once_in_order() {
        for n in [2_usize, 3, 17, 100] {
            for test_fraction in [0.25, 0.5, 0.6] {
                let split = split(n, test_fraction, &mut stream("cover", n as u64, "split")).unwrap();
                assert!(split.train.is_sorted() && split.test.is_sorted());
                let mut all = [split.train.clone(), split.test.clone()].concat();
                all.sort_unstable();
                assert_eq!(all, (0..n).collect::<Vec<_>>());
                assert!((split.test.len() as f64 - test_fraction * n as f64).abs() <= 0.5);
            }
        }
    }

    #[test]
    fn every_row_is_held_out_equally_often() {
        let mut rng = stream("uniform", 0, "split");
        let mut counts = [0_u32; 8];
        for _ in 0..4000 {
            for row in split(8, 0.25, &mut rng).unwrap().test {
                counts[row] += 1;
            }
        }
        // Binomial(4000, 1/4): standard deviation 27.4; five of them.
        assert!(counts.iter().all(|&c| (f64::from(c) - 1000.0).abs() < 137.0), "{counts:?}");
    }

    #[test]
    fn no_test_part_draws_nothing() {
        let mut rng = stream("none", 0, "split");
        let split = split(4, 0.0, &mut rng).unwrap();
        assert_eq!((split.train.len(), split.test.len()), (4, 0));
        assert_eq!(rng, stream("none", 0, "split"));
    }

    #[test]
    fn an_empty_part_is_an_error() {
        let message = |n, f| split(n, f, &mut stream("empty", 0, "split")).unwrap_err().to_string();
        assert_eq!(message(3, 0.1), "`test_fraction: 0.1` of 3 rows leaves the test part empty");
        assert_eq!(message(3, 0.9), "`test_fraction: 0.9` of 3 rows leaves the training part empty");
        assert_eq!(message(1, 0.5), "`test_fraction: 0.5` of 1 rows leaves the training part empty");
    }
}
