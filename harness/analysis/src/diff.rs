//! Two results of the same benchmark, say of two commits: what got better, worse, or stayed the same.
//!
//! Series are matched by problem, optimizer and setting, runs by seed. Both sides are measured against the same
//! reference, the least loss of either, so that a side that finds a better optimum is seen to.

use std::collections::{BTreeMap, HashMap};

use harness_engine::results::{Results, UnitResult};

use crate::compare::MIN_SEEDS;
use crate::gap;
use crate::stats::interval::wilson;
use crate::stats::{Ratio, sign_test, signed_rank};
use crate::target::{self, Axis, Cost};

/// How a series changed from A to B.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Costs more, reaches the target less often, or fails more often.
    Worse,
    /// Costs less, or reaches the target more often.
    Better,
    /// The same, up to the factor that counts as equal.
    Same,
    /// Not decided by these seeds.
    Unclear,
    /// Only in A.
    Gone,
    /// Only in B.
    New,
}

impl Change {
    /// The word used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Worse => "worse",
            Change::Better => "better",
            Change::Same => "same",
            Change::Unclear => "unclear",
            Change::Gone => "only in A",
            Change::New => "only in B",
        }
    }
}

/// One series in both results.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Problem.
    pub problem: String,
    /// Optimizer and setting.
    pub series: String,
    /// Seeds on which both ran.
    pub seeds: usize,
    /// Seeds that reach the target in A and in B.
    pub hits: [usize; 2],
    /// Failed runs in A and in B.
    pub failed: [usize; 2],
    /// Cost in B over cost in A, where both reach the target.
    pub ratio: Option<Ratio>,
    /// What follows.
    pub change: Change,
}

type Key<'a> = (&'a str, &'a str, &'a str);

/// Compares B with A on an axis; settings are those of B's benchmark file.
pub fn differences(a: &Results, b: &Results, axis: Axis) -> Vec<Difference> {
    let references = references(a, b);
    let (of_a, of_b) = (series(a), series(b));
    let mut order: Vec<Key<'_>> = Vec::new();
    for unit in b.units.iter().chain(&a.units) {
        let key = key(unit);
        if !order.contains(&key) {
            order.push(key);
        }
    }
    order
        .into_iter()
        .map(|key| {
            let empty = BTreeMap::new();
            let (one, other) = (of_a.get(&key).unwrap_or(&empty), of_b.get(&key).unwrap_or(&empty));
            difference(key, one, other, &references, b, axis)
        })
        .collect()
}

fn key(unit: &UnitResult) -> Key<'_> {
    (&unit.record.problem, &unit.record.optimizer, &unit.record.config)
}

fn series(results: &Results) -> HashMap<Key<'_>, BTreeMap<u64, &UnitResult>> {
    let mut all: HashMap<Key<'_>, BTreeMap<u64, &UnitResult>> = HashMap::new();
    for unit in &results.units {
        all.entry(key(unit)).or_default().insert(unit.record.seed, unit);
    }
    all
}

/// The least loss per problem and seed, over both results.
fn references<'a>(a: &'a Results, b: &'a Results) -> HashMap<(&'a str, u64), f64> {
    let mut least: HashMap<(&str, u64), f64> = HashMap::new();
    for unit in a.units.iter().chain(&b.units) {
        let found = unit.trace.iter().map(|point| point.loss).filter(|loss| loss.is_finite());
        let found = found.chain(unit.record.reference).fold(f64::INFINITY, f64::min);
        let entry = least.entry((&unit.record.problem, unit.record.seed)).or_insert(f64::INFINITY);
        *entry = entry.min(found);
    }
    least
}

fn hit(unit: &UnitResult, reference: f64, results: &Results) -> Option<Cost> {
    let finite = unit.trace.iter().take_while(|point| point.loss.is_finite()).count();
    let points = &unit.trace[..finite];
    let record = &unit.record;
    let target = target::headline(results.analysis.target.headline, record.model.dim, record.data.n_train);
    target::hit(points, &gap::best_so_far(points, reference), target)
}

fn difference(
    key: Key<'_>,
    a: &BTreeMap<u64, &UnitResult>,
    b: &BTreeMap<u64, &UnitResult>,
    references: &HashMap<(&str, u64), f64>,
    results: &Results,
    axis: Axis,
) -> Difference {
    let options = &results.analysis;
    let mut logs = Vec::new();
    let (mut seeds, mut hits, mut failed) = (0, [0, 0], [0, 0]);
    let (mut gained, mut lost) = (0, 0);
    for (seed, one) in a {
        let Some(other) = b.get(seed) else { continue };
        seeds += 1;
        for (side, unit) in [one, other].into_iter().enumerate() {
            failed[side] += usize::from(unit.record.status.is_failure());
        }
        let reference = references.get(&(key.0, *seed)).copied().unwrap_or(f64::NEG_INFINITY);
        let of = [hit(one, reference, results), hit(other, reference, results)];
        for (side, hit) in of.iter().enumerate() {
            hits[side] += usize::from(hit.is_some());
        }
        match of {
            [Some(one), Some(other)] => {
                let (one, other) = (one.on(axis), other.on(axis));
                if one > 0.0 && other > 0.0 {
                    logs.push((other / one).ln());
                } else if one <= 0.0 && other <= 0.0 {
                    logs.push(0.0);
                }
            }
            [Some(_), None] => lost += 1,
            [None, Some(_)] => gained += 1,
            [None, None] => {}
        }
    }
    let ratio = Ratio::of(&logs, options.ci.level);
    let change = match (a.is_empty(), b.is_empty()) {
        (false, true) => Change::Gone,
        (true, false) => Change::New,
        _ => change(seeds, [gained, lost], failed, &logs, ratio, options),
    };
    let series = if key.2.is_empty() { key.1.to_owned() } else { format!("{} {}", key.1, key.2) };
    Difference { problem: key.0.to_owned(), series, seeds, hits, failed, ratio, change }
}

fn change(
    seeds: usize,
    [gained, lost]: [usize; 2],
    failed: [usize; 2],
    logs: &[f64],
    ratio: Option<Ratio>,
    options: &harness_engine::spec::AnalysisOptions,
) -> Change {
    let rope = options.test.rope;
    // Deterministic runs that all cost the same, or that failed before and do not now, need no test.
    if gained + lost == 0 && failed[0] == failed[1] && logs.iter().all(|log| *log == 0.0) {
        return Change::Same;
    }
    if seeds < MIN_SEEDS {
        return if failed[1] > failed[0] { Change::Worse } else { Change::Unclear };
    }
    let unreliable = lost > gained
        && (sign_test::p_value(gained, lost) <= options.test.level
            || wilson(lost as f64, seeds, options.ci.level).low > 0.05);
    if failed[1] > failed[0] || unreliable {
        return Change::Worse;
    }
    let significant = signed_rank::p_value(logs) <= options.test.level;
    match ratio.map(|ratio| ratio.interval) {
        Some(interval) if significant && interval.low > rope => Change::Worse,
        Some(interval) if significant && interval.high < rope.recip() && lost == 0 => Change::Better,
        Some(interval) if interval.is_within(rope.recip(), rope) && gained + lost == 0 => Change::Same,
        _ if gained > lost && sign_test::p_value(gained, lost) <= options.test.level => Change::Better,
        _ => Change::Unclear,
    }
}
