//! What the settings of an optimizer do: how sensitive it is, what trying only some of them would give, and whether the
//! best stands at the edge of what was tried.

use crate::best;
use crate::quantile::Quartiles;
use crate::series::{Problem, Series};
use crate::target::Axis;
use crate::twins::Course;

/// The settings of one optimizer on one problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuning<'a> {
    /// Label.
    pub optimizer: &'a str,
    /// The hyper-parameter that varies alone and as a number, if there is one.
    pub parameter: Option<&'a str>,
    /// Settings in ascending order of that parameter, or as they stand in the benchmark.
    pub trials: Vec<Trial<'a>>,
    /// Expected median cost of the best of k settings tried, k = 1, 2, …; infinite where all k may miss.
    pub expected_best: Vec<f64>,
    /// Where the best setting stands at the end of the values that were tried, one entry per hyper-parameter.
    pub edges: Vec<Edge<'a>>,
    /// Groups of settings, by their place in `trials`, that ran the same to the last bit on every seed.
    pub unchanged: Vec<Vec<usize>>,
    /// Share of the settings within twice the cost of the best.
    pub tunability: f64,
    /// What the runs of all settings spent.
    pub spent: f64,
}

/// A hyper-parameter whose best value is the smallest or the largest that was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge<'a> {
    /// Its name.
    pub parameter: &'a str,
    /// The value.
    pub value: f64,
    /// The largest, or else the smallest.
    pub is_largest: bool,
    /// How many values were tried.
    pub tried: usize,
}

/// One setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial<'a> {
    /// The setting in words.
    pub config: &'a str,
    /// Value of the parameter that varies.
    pub value: Option<f64>,
    /// Cost to the target.
    pub cost: Option<Quartiles>,
    /// Runs that reach it.
    pub hits: usize,
    /// All runs.
    pub runs: usize,
    /// Is it the best?
    pub is_best: bool,
}

/// The optimizers of a problem that have more than one setting.
pub fn tunings<'a>(problem: &Problem<'a>, axis: Axis) -> Vec<Tuning<'a>> {
    problem
        .series
        .chunk_by(|a, b| a.optimizer == b.optimizer)
        .filter(|settings| settings.iter().filter(|series| !series.runs.is_empty()).count() > 1)
        .map(|settings| tuning(settings, axis))
        .collect()
}

fn tuning<'a>(settings: &[Series<'a>], axis: Axis) -> Tuning<'a> {
    let parameter = varying(settings);
    let mut trials: Vec<Trial<'a>> = settings
        .iter()
        .filter(|series| !series.runs.is_empty())
        .map(|series| Trial {
            config: series.config,
            value: parameter.and_then(|name| number_of(series, name)),
            cost: series.summary.cost(axis),
            hits: series.summary.hits,
            runs: series.summary.runs,
            is_best: series.is_best,
        })
        .collect();
    if parameter.is_some() {
        trials.sort_by(|a, b| a.value.unwrap_or(f64::NAN).total_cmp(&b.value.unwrap_or(f64::NAN)));
    }
    let median = |trial: &Trial<'_>| trial.cost.map_or(f64::INFINITY, |cost| cost.median);
    let costs: Vec<f64> = trials.iter().map(median).collect();
    let best = costs.iter().copied().fold(f64::INFINITY, f64::min);
    Tuning {
        optimizer: settings[0].optimizer,
        parameter,
        edges: edges(settings, axis),
        unchanged: unchanged(settings, &trials),
        expected_best: expected_best(&costs),
        tunability: if best.is_finite() {
            costs.iter().filter(|cost| **cost <= 2.0 * best).count() as f64 / costs.len() as f64
        } else {
            0.0
        },
        spent: settings.iter().flat_map(|series| &series.runs).map(|run| run.spent.on(axis)).sum(),
        trials,
    }
}

impl Tuning<'_> {
    /// Whether the best setting stands at an end of what was tried: a wider grid might do better.
    pub fn is_best_at_edge(&self) -> bool {
        !self.edges.is_empty()
    }
}

/// The ends at which the best setting stands, and with it every other that is as good.
fn edges<'a>(settings: &[Series<'a>], axis: Axis) -> Vec<Edge<'a>> {
    let ran: Vec<&Series<'a>> = settings.iter().filter(|series| !series.runs.is_empty()).collect();
    let Some(best) = ran.iter().find(|series| series.is_best) else { return Vec::new() };
    let names = best.runs[0].record.used.params.keys();
    let edge = |name: &'a String| {
        let value = number_of(best, name)?;
        let values: Option<Vec<f64>> = ran.iter().map(|series| number_of(series, name)).collect();
        let mut values = values?;
        values.sort_by(f64::total_cmp);
        values.dedup();
        let (first, last) = (*values.first()?, *values.last()?);
        let as_good = |series: &&&Series<'a>| best::order(&series.summary, &best.summary, axis).is_eq();
        let inside = |series: &Series<'a>| number_of(series, name).is_some_and(|v| v > first && v < last);
        if first >= last || ran.iter().filter(as_good).any(|series| inside(series)) {
            return None;
        }
        let both_ends = ran
            .iter()
            .filter(as_good)
            .filter_map(|series| number_of(series, name))
            .any(|v| v.total_cmp(&value).is_ne());
        let is_largest = value >= last;
        ((value <= first || is_largest) && !both_ends).then_some(Edge {
            parameter: name,
            value,
            is_largest,
            tried: values.len(),
        })
    };
    names.filter_map(edge).collect()
}

/// Settings that ran the same on all their seeds.
fn unchanged(settings: &[Series<'_>], trials: &[Trial<'_>]) -> Vec<Vec<usize>> {
    type Courses = Vec<(u64, Course)>;
    let mut groups: Vec<(Courses, Vec<usize>)> = Vec::new();
    for (at, trial) in trials.iter().enumerate() {
        let Some(series) = settings.iter().find(|series| series.config == trial.config) else { continue };
        let courses: Courses = series.runs.iter().map(|run| (run.record.seed, run.course)).collect();
        match groups.iter_mut().find(|(other, _)| *other == courses) {
            Some((_, group)) => group.push(at),
            None => groups.push((courses, vec![at])),
        }
    }
    groups.into_iter().map(|(_, group)| group).filter(|group| group.len() > 1).collect()
}

/// The only hyper-parameter that differs between settings, if all its values are distinct numbers.
fn varying<'a>(settings: &[Series<'a>]) -> Option<&'a str> {
    let records: Vec<_> = settings.iter().filter_map(|series| series.runs.first()).map(|run| run.record).collect();
    let first = records.first()?;
    let mut names = first
        .used
        .params
        .iter()
        .filter(|(name, value)| records.iter().any(|record| record.used.params.get(*name) != Some(*value)))
        .map(|(name, _)| name.as_str());
    let name = names.next().filter(|_| names.next().is_none())?;
    let values: Option<Vec<f64>> = settings
        .iter()
        .filter(|series| !series.runs.is_empty())
        .map(|series| number_of(series, name).filter(|value| *value > 0.0))
        .collect();
    let mut values = values?;
    values.sort_by(f64::total_cmp);
    values.windows(2).all(|pair| pair[0] < pair[1]).then_some(name)
}

/// Expected least of k values drawn without replacement: Σᵢ v₍ᵢ₎ C(N−i, k−1) / C(N, k), which is exact.
pub fn expected_best(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    (1..=n)
        .map(|k| {
            // Weight of the best value, C(N−1, k−1)/C(N, k) = k/N; each next one by C(N−i−1, k−1)/C(N−i, k−1).
            let mut weight = k as f64 / n as f64;
            let mut expected = 0.0;
            for (i, value) in sorted.iter().enumerate().take(n + 1 - k) {
                expected += weight * value;
                let left = (n - 1 - i) as f64;
                if left > 0.0 {
                    weight *= (left - (k as f64 - 1.0)) / left;
                }
            }
            expected
        })
        .collect()
}

/// The value of a hyper-parameter, if it is a number or a text that reads as one.
fn number_of(series: &Series<'_>, name: &str) -> Option<f64> {
    let value = series.runs.first()?.record.used.params.get(name)?;
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::expected_best;

    /// All subsets, one by one.
    fn enumerated(values: &[f64], k: u32) -> f64 {
        let subsets = (0_u32..1 << values.len()).filter(|set| set.count_ones() == k);
        let least = |set: u32| {
            values.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, v)| *v).fold(f64::INFINITY, f64::min)
        };
        let all: Vec<f64> = subsets.map(least).collect();
        all.iter().sum::<f64>() / all.len() as f64
    }

    #[test]
    fn agrees_with_all_subsets() {
        let values = [5.0, 1.0, 3.0, 8.0, 2.0, 13.0];
        for (expected, k) in expected_best(&values).iter().zip(1..) {
            assert!((expected - enumerated(&values, k)).abs() < 1e-12);
        }
    }

    #[test]
    fn a_setting_that_misses_makes_few_trials_infinite() {
        let expected = expected_best(&[1.0, f64::INFINITY, 2.0]);
        assert!(expected[0].is_infinite() && expected[1..] == [4.0 / 3.0, 1.0], "{expected:?}");
    }
}
