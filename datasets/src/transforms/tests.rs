//! What the transforms make of small tables, number by number; what is drawn is pinned.

use crate::options::Options;
use crate::table::{Table, Target};
use crate::{Draw, Prepared, prepare};

fn table(columns: &[&str], x: &[f64], target: Target) -> Table {
    Table {
        name: "small".to_owned(),
        columns: columns.iter().map(|&name| name.to_owned()).collect(),
        n: target.len(),
        d: columns.len(),
        x: x.to_vec().into(),
        target_name: "y".to_owned(),
        target,
        ..Table::empty()
    }
}

fn real(n: usize) -> Target {
    Target::Real((0..n).map(|i| i as f64).collect())
}

fn classes(labels: &[u32]) -> Target {
    Target::Classes { labels: labels.to_vec(), names: ["a", "b", "c"].map(String::from).to_vec() }
}

fn run(table: &Table, yaml: &str) -> Result<Prepared, String> {
    let options: Options = serde_yaml::from_str(yaml).unwrap();
    options.check_values().map_err(|error| error.to_string())?;
    prepare(table.clone(), &options, &Draw::new("transforms", 0)).map_err(|error| error.to_string())
}

#[track_caller]
fn refused(table: &Table, transform: &str, message: &str) {
    assert_eq!(run(table, &format!("transforms: [{transform}]")).unwrap_err(), message);
}

#[test]
fn columns_are_chosen_in_the_tables_order() {
    let table = table(&["a", "b=u", "b=v", "c"], &[1.0, 0.0, 1.0, 2.0, 3.0, 1.0, 0.0, 4.0], real(2));
    let prepared = run(&table, "transforms: [{ kind: drop, columns: [c] }]").unwrap();
    assert_eq!(prepared.columns, ["a", "b=u", "b=v"]);
    let prepared = run(&table, "transforms: [{ kind: select, columns: [c, b] }]").unwrap();
    assert_eq!(
        (prepared.columns, prepared.train.x.wide().into_owned()),
        (vec!["b=u".to_owned(), "b=v".to_owned(), "c".to_owned()], vec![0.0, 1.0, 2.0, 1.0, 0.0, 4.0])
    );
    let prepared = run(&table, "transforms: [{ kind: drop, columns: [\"b=v\", a] }]").unwrap();
    assert_eq!(prepared.columns, ["b=u", "c"]);
    refused(&table, "{ kind: drop, columns: [x] }", "dataset `small` has no column `x`, which `transforms` names");
    refused(&table, "{ kind: drop, columns: [a, b, c] }", "dataset `small`: the transform `drop` leaves no column");
}

#[test]
fn one_hot_columns_are_sorted_by_value() {
    let table = table(&["a", "b"], &[10.0, 1.0, 9.0, 2.0, -1.0, 3.0, 9.0, 4.0], real(4));
    let prepared = run(&table, "transforms: [{ kind: one_hot, columns: [a] }]").unwrap();
    assert_eq!(prepared.columns, ["a=-1", "a=9", "a=10", "b"]);
    assert_eq!(prepared.train.x.wide()[..8], [0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 2.0]);
    let prepared = run(&table, "transforms: [{ kind: one_hot, columns: [a], drop_first: true }]").unwrap();
    assert_eq!(prepared.columns, ["a=9", "a=10", "b"]);
    let words = super::tests::table(&["w=x", "w=y", "b"], &[1.0, 0.0, 5.0, 0.0, 1.0, 6.0], real(2));
    let prepared = run(&words, "transforms: [{ kind: one_hot, columns: [w], drop_first: true }]").unwrap();
    assert_eq!(prepared.columns, ["w=y", "b"]);
}

#[test]
fn scales_are_of_the_training_rows() {
    let table = table(&["a", "b"], &[0.0, 5.0, 2.0, 5.0, 4.0, 5.0, 8.0, 5.0], real(4));
    let prepared = run(&table, "{ test_fraction: 0.25, transforms: [{ kind: scale01 }] }").unwrap();
    let column = |x: &[f64], j: usize| x.iter().skip(j).step_by(2).copied().collect::<Vec<_>>();
    let a = column(&prepared.train.x.wide(), 0);
    assert_eq!(a.iter().copied().fold(f64::INFINITY, f64::min), 0.0);
    assert_eq!(a.iter().copied().fold(f64::NEG_INFINITY, f64::max), 1.0);
    assert_eq!(column(&prepared.train.x.wide(), 1), [0.0; 3]);
    let prepared = run(&table, "transforms: [{ kind: scale01, by: all }]").unwrap();
    assert_eq!(prepared.train.x.wide()[..4], [0.0, 0.625, 0.25, 0.625]);
    let prepared = run(&table, "transforms: [{ kind: standardize, columns: [a] }]").unwrap();
    assert!((column(&prepared.train.x.wide(), 0).iter().sum::<f64>()).abs() < 1e-14);
    assert_eq!(column(&prepared.train.x.wide(), 1), [5.0; 4]);
}

#[test]
fn inverted_rows_are_mirrored_whole() {
    let x: Vec<f64> = (0..200).map(f64::from).collect();
    let table = table(&["a", "b"], &x, real(100));
    let prepared = run(&table, "transforms: [{ kind: random_invert, seed: 3 }]").unwrap();
    let inverted: Vec<usize> = (0..100).filter(|&i| prepared.train.x.wide()[2 * i] != x[2 * i]).collect();
    assert!((30..70).contains(&inverted.len()), "{}", inverted.len());
    // Pinned: masks are the same on every platform.
    assert_eq!(inverted[..8], GOLDEN_INVERTED);
    for &i in &inverted {
        assert_eq!(prepared.train.x.wide()[2 * i..2 * i + 2], [199.0 - x[2 * i], 199.0 - x[2 * i + 1]]);
    }
    let again = run(&table, "transforms: [{ kind: drop, columns: [b] }, { kind: random_invert, seed: 3 }]").unwrap();
    assert!(
        inverted.iter().all(|&i| again.train.x.wide()[i] != x[2 * i]),
        "a seed fixes the rows, whatever comes before"
    );
    for (probability, expected) in [(0.0, 0), (1.0, 200)] {
        let yaml = format!("transforms: [{{ kind: random_invert, probability: {probability} }}]");
        let changed = run(&table, &yaml).unwrap().train.x.wide().iter().zip(&x).filter(|(a, b)| a != b).count();
        assert_eq!(changed, expected);
    }
}

const GOLDEN_INVERTED: [usize; 8] = [0, 1, 4, 6, 7, 9, 10, 14];

#[test]
fn a_subsample_keeps_the_share_of_the_parts() {
    let x: Vec<f64> = (0..100).map(f64::from).collect();
    let table = table(&["a"], &x, real(100));
    let prepared = run(&table, "{ test_fraction: 0.2, transforms: [{ kind: subsample, n: 10 }] }").unwrap();
    assert_eq!((prepared.train.n, prepared.test.unwrap().n), (8, 2));
    assert!(prepared.train.x.wide().is_sorted());
    let all = run(&table, "test_fraction: 0.2").unwrap();
    assert!(prepared.train.x.wide().iter().all(|v| all.train.x.wide().contains(v)), "a row does not change its part");
    assert_eq!(prepared.train.x.wide()[..], GOLDEN_SUBSAMPLE);
    let half = run(&table, "transforms: [{ kind: subsample, fraction: 0.5 }]").unwrap();
    assert_eq!(half.train.n, 50);
    refused(
        &table,
        "{ kind: subsample, n: 101 }",
        "the transform `subsample`: impossible `n`: found 101, expected at most the number of rows",
    );
}

const GOLDEN_SUBSAMPLE: [f64; 8] = [0.0, 17.0, 22.0, 26.0, 28.0, 43.0, 71.0, 82.0];

#[test]
fn label_noise_is_on_training_rows_and_always_wrong() {
    let labels: Vec<u32> = (0..300).map(|i| i % 3).collect();
    let table = table(&["a"], &(0..300).map(f64::from).collect::<Vec<_>>(), classes(&labels));
    let yaml = "{ test_fraction: 0.5, transforms: [{ kind: label_noise, probability: 1 }] }";
    let prepared = run(&table, yaml).unwrap();
    let wrong = |part: &crate::Part| {
        let Target::Classes { labels, .. } = &part.target else { panic!("classes") };
        part.x.wide().iter().zip(labels).filter(|(x, label)| **x % 3.0 != f64::from(**label)).count()
    };
    assert_eq!(wrong(&prepared.train), 150);
    assert_eq!(wrong(prepared.test.as_ref().unwrap()), 0);
    let some = run(&table, "transforms: [{ kind: label_noise, probability: 0.2, seed: 1 }]").unwrap();
    assert!((30..90).contains(&wrong(&some.train)));
    let real = super::tests::table(&["a"], &[1.0, 2.0], real(2));
    refused(
        &real,
        "{ kind: label_noise, probability: 0.1 }",
        "the transform `label_noise` needs classes: found a real target",
    );
}

#[test]
fn products_of_columns() {
    let table = table(&["a", "b"], &[2.0, 3.0], real(1));
    let prepared = run(&table, "transforms: [{ kind: polynomial, degree: 3 }]").unwrap();
    assert_eq!(prepared.columns, ["a", "b", "a^2", "a*b", "b^2", "a^3", "a^2*b", "a*b^2", "b^3"]);
    assert_eq!(prepared.train.x.wide()[..], [2.0, 3.0, 4.0, 6.0, 9.0, 8.0, 12.0, 18.0, 27.0]);
    let huge = super::tests::table(&["a"], &[1e200], real(1));
    refused(
        &huge,
        "{ kind: polynomial }",
        "dataset `small`: the transform `polynomial` gives no finite number for `a^2` in row 1",
    );
    let wide =
        super::tests::table(&vec!["a"; 100_000].iter().map(|_| "a").collect::<Vec<_>>(), &vec![0.0; 100_000], real(1));
    assert!(run(&wide, "transforms: [{ kind: polynomial, degree: 5 }]").unwrap_err().contains("numbers, at most"));
}

#[test]
fn fourier_features_approximate_the_kernel() {
    let x = [0.3, -1.0, 0.8, 0.5];
    let table = table(&["a", "b"], &x, real(2));
    let yaml = "transforms: [{ kind: random_fourier, features: 20000, width: 2, seed: 1 }]";
    let prepared = run(&table, yaml).unwrap();
    let x = prepared.train.x.wide();
    let (u, v) = x.split_at(20_000);
    let kernel = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let expected = (-(0.5_f64.powi(2) + 1.5_f64.powi(2)) / 8.0).exp();
    assert!((kernel(u, v) - expected).abs() < 0.03, "{} {expected}", kernel(u, v));
    assert!((kernel(u, u) - 1.0).abs() < 0.03);
}

#[test]
fn components_are_uncorrelated_and_fall_in_variance() {
    let x: Vec<f64> = (0..200)
        .flat_map(|i| {
            let (a, b) = (f64::from(i), f64::from((i * 37) % 101));
            [a, 0.5 * a + b, 3.0]
        })
        .collect();
    let table = table(&["a", "b", "c"], &x, real(200));
    let prepared = run(&table, "transforms: [{ kind: pca, components: 2 }]").unwrap();
    assert_eq!(prepared.columns, ["pc1", "pc2"]);
    let column = |j: usize| prepared.train.x.wide().iter().skip(j).step_by(2).copied().collect::<Vec<f64>>();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (first, second) = (column(0), column(1));
    assert!(dot(&first, &first) > dot(&second, &second));
    assert!(dot(&first, &second).abs() < 1e-8 * dot(&first, &first));
    // Nothing is lost: the third column does not vary.
    let total = dot(&first, &first) + dot(&second, &second);
    let centered = |j: usize| {
        let values: Vec<f64> = x.iter().skip(j).step_by(3).copied().collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
    };
    assert!((total / (centered(0) + centered(1)) - 1.0).abs() < 1e-12);
    refused(
        &table,
        "{ kind: pca, components: 4 }",
        "the transform `pca`: impossible `components`: found 4, expected at most the number of columns, and of training rows",
    );
}

#[test]
fn options_are_checked_by_kind() {
    let table = table(&["a"], &[1.0], real(1));
    refused(&table, "{ kind: drop }", "the transform `drop` needs `columns`");
    refused(&table, "{ kind: pca, degree: 2 }", "the transform `pca` does not take `degree`");
    refused(&table, "{ kind: pca }", "the transform `pca` needs `components`");
    refused(&table, "{ kind: subsample }", "the transform `subsample` needs `n` or `fraction`");
    refused(&table, "{ kind: subsample, n: 1, fraction: 1 }", "the transform `subsample` needs `n` or `fraction`");
    refused(
        &table,
        "{ kind: random_invert, probability: 1.5 }",
        "the transform `random_invert`: impossible `probability`: found 1.5, expected between 0 and 1",
    );
}

#[test]
fn missing_numbers_become_the_training_mean() {
    let mut table = table(&["a"], &[1.0, f64::NAN, 3.0, 5.0], real(4));
    table.fills_gaps = true;
    assert_eq!(run(&table, "{}").unwrap().train.x.wide()[..], [1.0, 3.0, 3.0, 5.0]);
}

#[test]
fn every_kind_names_what_it_takes() {
    let schema = serde_json::to_value(schemars::schema_for!(super::Transform)).unwrap();
    for kind in super::Kind::ALL {
        for option in kind.takes() {
            assert!(schema["properties"][option].is_object(), "{option}");
        }
        assert_eq!(serde_yaml::from_str::<super::Kind>(kind.name()).unwrap(), kind);
    }
}
