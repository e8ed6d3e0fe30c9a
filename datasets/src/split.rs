//! Which rows are held out: at random, class by class, fold by fold, or as the set's authors say.
//!
//! The integers drawn here are the same on every platform, and outlive changes of `rand`'s algorithms.

use rand::Rng;
use rand_pcg::Pcg64;

use crate::draw::Draw;
use crate::error::{DataError, PrepareError};
use crate::options::{Options, SplitKind};
use crate::table::{Table, Target};

/// The rows of the training and of the test part, each in their original order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) train: Vec<usize>,
    pub(crate) test: Vec<usize>,
}

/// The rows of the parts, as the options say.
pub(crate) fn split(table: &Table, options: &Options, draw: &Draw<'_>) -> Result<Split, DataError> {
    let n = table.n;
    if let Some(folds) = options.folds {
        let order = |rng: &mut Pcg64| order(table, options.stratify, rng);
        return fold(n, folds, draw, order);
    }
    let by_chance = options.test_fraction > 0.0 || options.split == Some(SplitKind::Random);
    match table.test_from {
        Some(first) if !by_chance => return Ok(Split { train: (0..first).collect(), test: (first..n).collect() }),
        None if options.split == Some(SplitKind::Official) => {
            return Err(PrepareError::NoOfficialSplit { dataset: table.name.clone() }.into());
        }
        _ => {}
    }
    let mut rng = draw.split();
    if options.stratify {
        let order = order(table, true, &mut rng)?;
        return stratified(&order, options.test_fraction);
    }
    random(n, options.test_fraction, &mut rng)
}

/// All rows shuffled, and sorted by class for `stratify`.
fn order(table: &Table, stratify: bool, rng: &mut Pcg64) -> Result<Vec<usize>, DataError> {
    let mut rows: Vec<usize> = (0..table.n).collect();
    shuffle(&mut rows, rng);
    if stratify {
        let Target::Classes { labels, .. } = &table.target else { return Err(PrepareError::StratifyReal.into()) };
        rows.sort_by_key(|&row| labels[row]);
    }
    Ok(rows)
}

/// Deals the rows to the folds in turn, and holds one of them out.
fn fold(
    n: usize,
    folds: usize,
    draw: &Draw<'_>,
    order: impl Fn(&mut Pcg64) -> Result<Vec<usize>, DataError>,
) -> Result<Split, DataError> {
    if folds > n {
        return Err(PrepareError::TooManyFolds { folds, n }.into());
    }
    let (held_out, mut rng) = draw.fold(folds);
    Ok(parts(order(&mut rng)?.into_iter().enumerate().map(|(place, row)| (row, place % folds == held_out))))
}

/// Holds out round(`test_fraction` · n) of the rows, spread evenly over their order.
fn stratified(order: &[usize], test_fraction: f64) -> Result<Split, DataError> {
    let n = order.len();
    let n_test = n_test(n, test_fraction)?;
    let before = |place: usize| place as u128 * n_test as u128 / n as u128;
    Ok(parts(order.iter().enumerate().map(|(place, &row)| (row, before(place + 1) > before(place)))))
}

/// The parts from rows and whether they are held out.
fn parts(rows: impl Iterator<Item = (usize, bool)>) -> Split {
    let (mut test, mut train): (Vec<_>, Vec<_>) = rows.partition(|&(_, is_test)| is_test);
    train.sort_unstable();
    test.sort_unstable();
    let rows = |part: Vec<(usize, bool)>| part.into_iter().map(|(row, _)| row).collect();
    Split { train: rows(train), test: rows(test) }
}

/// How many of `n` rows are held out; neither part may be empty.
fn n_test(n: usize, test_fraction: f64) -> Result<usize, DataError> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fraction of n, checked by `Options::check_values` to be in [0, 1)"
    )]
    let n_test = (test_fraction * n as f64).round() as usize;
    let empty = |part| DataError::from(PrepareError::EmptyPart { test_fraction, n, part });
    match n_test {
        0 => Err(empty("test")),
        _ if n_test >= n => Err(empty("training")),
        _ => Ok(n_test),
    }
}

/// Shuffles `n` rows and makes the first round(`test_fraction` · `n`) of them the test part.
///
/// A fraction of 0 draws nothing from `rng`.
fn random<R: Rng + ?Sized>(n: usize, test_fraction: f64, rng: &mut R) -> Result<Split, DataError> {
    if test_fraction == 0.0 {
        return Ok(Split { train: (0..n).collect(), test: Vec::new() });
    }
    let n_test = n_test(n, test_fraction)?;
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
pub(crate) fn shuffle<R: Rng + ?Sized>(rows: &mut [usize], rng: &mut R) {
    for last in (1..rows.len()).rev() {
        rows.swap(last, below(last as u64 + 1, rng));
    }
}

/// A uniform number below `bound`, without bias: Lemire's multiplication with rejection.
pub(crate) fn below<R: Rng + ?Sized>(bound: u64, rng: &mut R) -> usize {
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

/// A uniform number in [0, 1), from the upper 53 bits.
pub(crate) fn unit<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    (rng.next_u64() >> 11) as f64 * STEP
}

/// True with probability `p`; draws one number whatever `p` is.
pub(crate) fn coin<R: Rng + ?Sized>(p: f64, rng: &mut R) -> bool {
    unit(rng) < p
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream;

    #[test]
    fn golden() {
        let split = random(10, 0.3, &mut stream("golden", 0, "split")).unwrap();
        assert_eq!(split.test, [1, 2, 7]);
    }

    #[test]
    fn parts_cover_the_rows_once_in_order() {
        for n in [2_usize, 3, 17, 100] {
            for test_fraction in [0.25, 0.5, 0.6] {
                let split = random(n, test_fraction, &mut stream("cover", n as u64, "split")).unwrap();
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
            for row in random(8, 0.25, &mut rng).unwrap().test {
                counts[row] += 1;
            }
        }
        // Binomial(4000, 1/4): standard deviation 27.4; five of them.
        assert!(counts.iter().all(|&c| (f64::from(c) - 1000.0).abs() < 137.0), "{counts:?}");
    }

    #[test]
    fn no_test_part_draws_nothing() {
        let mut rng = stream("none", 0, "split");
        let split = random(4, 0.0, &mut rng).unwrap();
        assert_eq!((split.train.len(), split.test.len()), (4, 0));
        assert_eq!(rng, stream("none", 0, "split"));
    }

    #[test]
    fn an_empty_part_is_an_error() {
        let message = |n, f| random(n, f, &mut stream("empty", 0, "split")).unwrap_err().to_string();
        assert_eq!(message(3, 0.1), "`test_fraction: 0.1` of 3 rows leaves the test part empty");
        assert_eq!(message(3, 0.9), "`test_fraction: 0.9` of 3 rows leaves the training part empty");
        assert_eq!(message(1, 0.5), "`test_fraction: 0.5` of 1 rows leaves the training part empty");
    }

    /// Rows of 60, 30 and 10 of three classes, mixed.
    fn table() -> Table {
        let labels = (0..100).map(|row| [0, 0, 1, 0, 2, 0, 1, 0, 1, 0][row * 7 % 10]).collect();
        let names = ["a", "b", "c"].map(String::from).to_vec();
        Table { n: 100, target: Target::Classes { labels, names }, ..Table::empty() }
    }

    fn split_of(table: &Table, yaml: &str, seed: u64) -> Result<Split, String> {
        let options: Options = serde_yaml::from_str(yaml).unwrap();
        options.check_values().map_err(|error| error.to_string())?;
        split(table, &options, &Draw::new("split", seed)).map_err(|error| error.to_string())
    }

    fn counts(table: &Table, rows: &[usize]) -> [usize; 3] {
        let Target::Classes { labels, .. } = &table.target else { panic!("classes") };
        [0, 1, 2].map(|class| rows.iter().filter(|&&row| labels[row] == class).count())
    }

    #[test]
    fn every_class_is_held_out_by_its_share() {
        let table = table();
        let split = split_of(&table, "{ test_fraction: 0.2, stratify: true }", 0).unwrap();
        assert_eq!(counts(&table, &split.test), [12, 6, 2]);
        assert_eq!(counts(&table, &split.train), [48, 24, 8]);
        assert_eq!(split.test[..6], GOLDEN_STRATIFIED);
        let real = Table { n: 3, target: Target::Real(vec![1.0, 2.0, 3.0]), ..Table::empty() };
        let error = split_of(&real, "{ test_fraction: 0.4, stratify: true }", 0).unwrap_err();
        assert_eq!(error, "`stratify: true` needs classes: found a real target");
        assert!(split_of(&table, "stratify: true", 0).unwrap_err().contains("needs `test_fraction` or `folds`"));
    }

    const GOLDEN_STRATIFIED: [usize; 6] = [10, 17, 19, 20, 21, 34];

    #[test]
    fn the_folds_of_a_cut_hold_out_every_row_once() {
        let table = table();
        for yaml in ["folds: 7", "{ folds: 7, stratify: true }"] {
            let folds: Vec<Split> = (0..14).map(|seed| split_of(&table, yaml, seed).unwrap()).collect();
            for cut in folds.chunks(7) {
                let mut all: Vec<usize> = cut.iter().flat_map(|fold| fold.test.clone()).collect();
                all.sort_unstable();
                assert_eq!(all, (0..100).collect::<Vec<_>>(), "{yaml}");
                assert!(
                    cut.iter()
                        .all(|fold| (14..=15).contains(&fold.test.len()) && fold.train.len() + fold.test.len() == 100)
                );
            }
            assert_ne!(folds[0].test, folds[7].test, "the next seeds cut anew");
        }
        let stratified = split_of(&table, "{ folds: 5, stratify: true }", 3).unwrap();
        assert_eq!(counts(&table, &stratified.test), [12, 6, 2]);
        assert_eq!(split_of(&table, "folds: 5", 0).unwrap().test[..6], GOLDEN_FOLD);
        assert_eq!(split_of(&table, "folds: 101", 0).unwrap_err(), "`folds: 101` of 100 rows leaves parts empty");
    }

    const GOLDEN_FOLD: [usize; 6] = [7, 9, 10, 17, 23, 25];

    #[test]
    fn the_official_part_is_held_out_unless_another_is_asked_for() {
        let official = Table { test_from: Some(80), ..table() };
        let last: Vec<usize> = (80..100).collect();
        for yaml in ["{}", "split: official"] {
            assert_eq!(split_of(&official, yaml, 0).unwrap().test, last);
        }
        for yaml in ["test_fraction: 0.2", "{ split: random, test_fraction: 0.2 }", "folds: 5"] {
            let split = split_of(&official, yaml, 0).unwrap();
            assert!(split.test.len() == 20 && split.test != last, "{yaml}");
        }
        assert_eq!(split_of(&official, "split: random", 0).unwrap().test, Vec::<usize>::new());
        assert_eq!(split_of(&table(), "split: official", 0).unwrap_err(), "dataset `` has no official split");
        for yaml in [
            "{ test_fraction: 0.2, folds: 3 }",
            "{ split: official, folds: 3 }",
            "{ split: official, test_fraction: 0.1 }",
        ] {
            assert!(split_of(&official, yaml, 0).unwrap_err().contains("are two ways to hold rows out"), "{yaml}");
        }
    }
}
