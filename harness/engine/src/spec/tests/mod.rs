//! Benchmark files as data: what is read from them, and every message that a bad one gets.

mod catalog;
mod errors;
mod free_options;
mod garbage;
mod round_trip;

use std::path::Path;

use super::{Benchmark, SpecError, parse};

/// Reads a text as the file `bench.yaml`, against the catalog of these tests.
fn read(yaml: &str) -> Result<Benchmark, SpecError> {
    parse(Path::new("bench.yaml"), yaml)?.resolve(&catalog::catalog())
}

/// Adds the parts that a text leaves out, below it, so that the lines of the text keep their numbers.
fn complete(yaml: &str) -> String {
    let mut text = yaml.to_owned();
    for (key, part) in [
        ("seeds", "seeds: 2\n"),
        ("problems", "problems: [{ name: p, dataset: { name: iris }, model: { family: logistic } }]\n"),
        ("optimizers", "optimizers: [em]\n"),
    ] {
        if !yaml.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))) {
            text.push_str(part);
        }
    }
    text
}
