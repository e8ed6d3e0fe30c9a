//! The resolved benchmark as YAML: every default written out, every sweep and grid taken apart, loadable again.
//!
//! A swept problem is written with its base name and a `sweep:` of one value, so that it keeps its name. Paths are
//! written as they were given: they stay relative to the folder of the first file.

use serde::Serialize;
use serde_yaml::{Mapping, Value};

use super::benchmark::{Benchmark, OptimizerConfig, Problem, Start};
use super::question;

/// Writes a benchmark; the same benchmark always gives the same text.
#[expect(clippy::missing_panics_doc, reason = "plain values always have a YAML form")]
pub fn to_yaml(benchmark: &Benchmark) -> String {
    let mut root = Mapping::new();
    put(&mut root, "name", &benchmark.name);
    if benchmark.seeds.iter().copied().eq(0..benchmark.seeds.len() as u64) {
        put(&mut root, "seeds", benchmark.seeds.len());
    } else {
        put(&mut root, "seeds", &benchmark.seeds);
    }

    let mut budget = Mapping::new();
    put(&mut budget, "iterations", benchmark.budget.iterations);
    put_some(&mut budget, "passes", benchmark.budget.passes);
    put_some(&mut budget, "seconds", benchmark.budget.seconds);
    put(&mut root, "budget", budget);

    let mut limit = Mapping::new();
    put_some(&mut limit, "seconds", benchmark.limit.seconds);
    put_some(&mut limit, "memory", benchmark.limit.memory);
    put_unless_empty(&mut root, "limit", limit);

    let mut stop = Mapping::new();
    put_some(&mut stop, "grad_norm", benchmark.stop.grad_norm);
    put_some(&mut stop, "target", benchmark.stop.target);
    put_unless_empty(&mut root, "stop", stop);

    let mut record = Mapping::new();
    put(&mut record, "theta", benchmark.record.theta);
    put(&mut root, "record", record);

    put(&mut root, "analysis", &benchmark.analysis);

    put(&mut root, "problems", benchmark.problems.iter().map(problem).collect::<Vec<_>>());
    put(&mut root, "optimizers", benchmark.optimizers.iter().map(optimizer).collect::<Vec<_>>());
    let yaml = serde_yaml::to_string(&root).expect("plain values always have a YAML form");
    format!("{}{yaml}", question::write(&benchmark.question))
}

fn problem(problem: &Problem) -> Mapping {
    let mut map = Mapping::new();
    // A bracket begins the swept values: names that users give have none.
    put(&mut map, "name", problem.name.split('[').next().unwrap_or_default());
    put(&mut map, "dataset", &problem.dataset);
    put(&mut map, "model", &problem.model);
    put(&mut map, "start", start(&problem.start));
    put_some(&mut map, "reference", problem.reference);
    let mut sweep = Mapping::new();
    for (path, text) in &problem.sweep {
        remove(&mut map, path);
        let value: Value = serde_yaml::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()));
        put(&mut sweep, path, [value]);
    }
    put_unless_empty(&mut map, "sweep", sweep);
    map
}

fn start(start: &Start) -> Mapping {
    let mut map = Mapping::new();
    match start {
        Start::Gaussian { scale } => {
            put(&mut map, "kind", "gaussian");
            put(&mut map, "scale", scale);
        }
        Start::File { path } => {
            put(&mut map, "kind", "file");
            put(&mut map, "path", path);
        }
        Start::TruthOffset { gate, experts } => {
            put(&mut map, "kind", "truth_offset");
            put(&mut map, "gate", gate);
            put(&mut map, "experts", experts);
        }
    }
    map
}

fn optimizer(config: &OptimizerConfig) -> Mapping {
    let mut map = Mapping::new();
    put(&mut map, "use", &config.use_name);
    if config.label != config.use_name {
        put(&mut map, "label", &config.label);
    }
    for (name, value) in &config.params {
        put_some(&mut map, name, value.as_ref());
    }
    map
}

fn put(map: &mut Mapping, key: &str, value: impl Serialize) {
    let value = serde_yaml::to_value(value).expect("plain values always have a YAML form");
    map.insert(Value::from(key), value);
}

fn put_some(map: &mut Mapping, key: &str, value: Option<impl Serialize>) {
    if let Some(value) = value {
        put(map, key, value);
    }
}

fn put_unless_empty(map: &mut Mapping, key: &str, inner: Mapping) {
    if !inner.is_empty() {
        put(map, key, inner);
    }
}

/// Removes what a dotted path leads to.
fn remove(map: &mut Mapping, path: &str) {
    match path.split_once('.') {
        None => {
            map.shift_remove(path);
        }
        Some((key, rest)) => {
            if let Some(Value::Mapping(inner)) = map.get_mut(key) {
                remove(inner, rest);
            }
        }
    }
}
