//! The best known value of the objective, to which gaps are measured: the least loss over all stored points of all
//! runs on the same data, or the value that the benchmark file states if that is lower. Never one optimizer's own
//! minimum, which would make one that stops early in a bad basin look best.

use std::collections::{BTreeMap, HashMap};

use harness_engine::results::{KnownOptimum, MULTISTART, Record, UnitResult};

/// Names the data that a unit's objective is made of: the first seed of the problem that has the same rows.
pub type DataKey = u64;

/// The data of each seed. Seeds with the same rows have the same objective and hence the same reference; those of
/// records that do not say which rows they saw stand for themselves.
fn keys(units: &[&UnitResult]) -> BTreeMap<u64, DataKey> {
    let mut first: BTreeMap<&str, u64> = BTreeMap::new();
    let rows = |record: &Record| !record.data.rows_hash.is_empty();
    for record in units.iter().map(|unit| &unit.record).filter(|record| rows(record)) {
        let seed = first.entry(&record.data.rows_hash).or_insert(record.seed);
        *seed = record.seed.min(*seed);
    }
    let key = |record: &Record| first.get(record.data.rows_hash.as_str()).copied().unwrap_or(record.seed);
    units.iter().map(|unit| (unit.record.seed, key(&unit.record))).collect()
}

/// Best known value on one set of data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reference<'a> {
    /// The loss.
    pub value: f64,
    /// Where it comes from.
    pub found_by: FoundBy<'a>,
    /// How far the run that found it still fell over the last tenth of its points: gaps below this say more about
    /// where that run was cut off than about the others. 0 for a stated value.
    pub resolution: f64,
}

impl Reference<'_> {
    /// The lower of two.
    #[must_use]
    pub(crate) fn lower(self, other: Self) -> Self {
        if other.value < self.value { other } else { self }
    }
}

/// Where a reference value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy<'a> {
    /// `reference:` of the benchmark file.
    Stated,
    /// Newton's method from the end of a run.
    Polished {
        /// Label of the optimizer.
        optimizer: &'a str,
        /// Its setting.
        config: &'a str,
    },
    /// EM from a further start, polished by Newton's method.
    Multistart,
    /// A run of this benchmark.
    Run {
        /// Label of the optimizer.
        optimizer: &'a str,
        /// Its setting.
        config: &'a str,
    },
}

/// The reference of every seed of a problem, shared by seeds with the same data; `known` are polished optima, which may
/// lie below every run.
pub fn references<'a>(units: &[&'a UnitResult], known: &[KnownOptimum]) -> BTreeMap<u64, Reference<'a>> {
    let keys = keys(units);
    let by_data = by_data(units, known, &keys);
    keys.iter().filter_map(|(seed, key)| Some((*seed, *by_data.get(key)?))).collect()
}

fn by_data<'a>(
    units: &[&'a UnitResult],
    known: &[KnownOptimum],
    keys: &BTreeMap<u64, DataKey>,
) -> BTreeMap<DataKey, Reference<'a>> {
    let data_key = |record: &Record| keys[&record.seed];
    let mut best: BTreeMap<DataKey, (f64, Option<&'a UnitResult>)> = BTreeMap::new();
    for unit in units {
        let key = data_key(&unit.record);
        let found = unit.trace.iter().map(|p| p.loss).filter(|loss| loss.is_finite()).fold(f64::INFINITY, f64::min);
        let stated = unit.record.reference.filter(|value| value.is_finite()).unwrap_or(f64::INFINITY);
        let (value, by) = if stated < found { (stated, None) } else { (found, Some(*unit)) };
        if value.is_finite() && best.get(&key).is_none_or(|(least, _)| value < *least) {
            best.insert(key, (value, by));
        }
    }
    let mut references: BTreeMap<DataKey, Reference<'a>> =
        best.into_iter().map(|(key, (value, by))| (key, reference(value, by))).collect();
    let problem = units.first().map(|unit| unit.record.problem.as_str());
    let known: HashMap<u64, &KnownOptimum> =
        known.iter().filter(|known| Some(known.problem.as_str()) == problem).map(|known| (known.seed, known)).collect();
    for unit in units {
        let record = &unit.record;
        let is_found_here = |known: &&&KnownOptimum| known.found_by == record.unit || known.found_by == MULTISTART;
        let polished = known.get(&record.seed).filter(is_found_here);
        let (Some(polished), Some(found)) = (polished, references.get_mut(&data_key(record))) else { continue };
        // Rounding may leave a run a hair below the polished value, which is then still what it comes to.
        let rounding = crate::gap::float_floor(polished.value, record.data.n_train);
        if polished.value <= found.value + rounding {
            found.value = found.value.min(polished.value);
            found.resolution = 10.0 * polished.decrement;
            if found.found_by != FoundBy::Stated {
                found.found_by = if polished.found_by == MULTISTART {
                    FoundBy::Multistart
                } else {
                    FoundBy::Polished { optimizer: &record.optimizer, config: &record.config }
                };
            }
        }
    }
    references
}

fn reference(value: f64, by: Option<&UnitResult>) -> Reference<'_> {
    let Some(unit) = by else {
        return Reference { value, found_by: FoundBy::Stated, resolution: 0.0 };
    };
    let found_by = FoundBy::Run { optimizer: &unit.record.optimizer, config: &unit.record.config };
    let resolution = if unit.record.used.one_shot { 0.0 } else { last_fall(unit, value) };
    Reference { value, found_by, resolution }
}

fn last_fall(unit: &UnitResult, value: f64) -> f64 {
    let at = unit.trace.iter().position(|point| point.loss <= value).unwrap_or(0);
    let before = at.saturating_sub((at / 10).max(1));
    let best_before =
        unit.trace[..=before].iter().map(|p| p.loss).filter(|l| l.is_finite()).fold(f64::INFINITY, f64::min);
    if best_before.is_finite() { (best_before - value).max(0.0) } else { 0.0 }
}
