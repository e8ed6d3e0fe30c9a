//! Intervals and tests against scipy: `fixtures/write_scipy_cases.py` writes the cases.

#![expect(clippy::unwrap_used, reason = "a test")]

use harness_analysis::stats::{Ratio, friedman, holm, interval, sign_test, signed_rank};
use serde_json::Value;

const FIXTURE: &str = include_str!("fixtures/scipy.json");

fn cases(name: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(FIXTURE).unwrap();
    let cases = all[name].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    cases
}

fn number(case: &Value, key: &str) -> f64 {
    case[key].as_f64().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[track_caller]
fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs().max(1e-12), "{found} {expected}");
}

#[test]
fn signed_rank() {
    for case in cases("signed_rank") {
        close(signed_rank::p_value(&numbers(&case["differences"])), number(&case, "p"), 1e-9);
    }
}

#[test]
fn sign() {
    let count = |case: &Value, key: &str| usize::try_from(case[key].as_u64().unwrap()).unwrap();
    for case in cases("sign") {
        close(sign_test::p_value(count(&case, "wins"), count(&case, "losses")), number(&case, "p"), 1e-9);
    }
}

#[test]
fn wilson() {
    for case in cases("wilson") {
        let n = usize::try_from(case["n"].as_u64().unwrap()).unwrap();
        let found = interval::wilson(number(&case, "hits"), n, number(&case, "level"));
        close(found.low + 1.0, number(&case, "low") + 1.0, 1e-10);
        close(found.high, number(&case, "high"), 1e-10);
    }
}

#[test]
fn quantiles() {
    for case in cases("t") {
        close(interval::t_quantile(number(&case, "p"), number(&case, "degrees")), number(&case, "t"), 1e-8);
    }
    for case in cases("normal") {
        close(interval::normal_quantile(number(&case, "p")) + 10.0, number(&case, "z") + 10.0, 1e-9);
    }
}

#[test]
fn ratio() {
    for case in cases("ratio") {
        let found = Ratio::of(&numbers(&case["logs"]), 0.95).unwrap();
        close(found.estimate, number(&case, "estimate"), 1e-9);
        close(found.interval.low, number(&case, "low"), 1e-7);
        close(found.interval.high, number(&case, "high"), 1e-7);
    }
}

#[test]
fn friedman() {
    for case in cases("friedman") {
        let blocks: Vec<Vec<f64>> = case["blocks"].as_array().unwrap().iter().map(numbers).collect();
        let found = friedman::friedman(&blocks).unwrap();
        close(found.statistic, number(&case, "statistic"), 1e-9);
        close(found.p, number(&case, "p"), 1e-8);
    }
}

#[test]
fn holm() {
    for case in cases("holm") {
        for (found, expected) in holm::holm(&numbers(&case["p"])).into_iter().zip(numbers(&case["adjusted"])) {
            close(found, expected, 1e-12);
        }
    }
}
