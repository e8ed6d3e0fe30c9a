//! Units grouped as a reader thinks of them: problems, in them series (an optimizer at one setting), in them runs
//! (one per seed). Order is the order of first appearance, so it is the benchmark's.

use std::collections::{BTreeMap, HashMap};

use harness_engine::results::{Allowance, Record, Results, Status, Timing as TimingPass, TracePoint, UnitResult};
use harness_engine::spec::{AnalysisOptions, Headline};

use crate::best;
use crate::budget;
use crate::gap;
use crate::ladder;
use crate::metric::Metric;
use crate::quantile;
use crate::reference::{self, Reference};
use crate::summary::{self, Summary};
use crate::target::{self, Cost};
use crate::twins::{self, Course};

/// One problem with all that ran on it.
#[derive(Debug, Clone)]
pub struct Problem<'a> {
    /// Its name, sweep point included.
    pub name: &'a str,
    /// One entry per optimizer and setting.
    pub series: Vec<Series<'a>>,
    /// The seeds on which anything ran, ascending.
    pub seeds: Vec<u64>,
    /// Those of them that are not wholly a repetition of an earlier one.
    pub distinct_seeds: Vec<u64>,
    /// The timing pass of the benchmark, if there was one.
    pub pass: Option<&'a TimingPass>,
    /// Headline target for the gap: the statistical precision p/(2n), or what the benchmark file gives.
    pub target: f64,
    /// Whether the target is the statistical precision.
    pub target_is_statistical: bool,
    /// Median gap of the starts; the ladder hangs from it.
    pub start_gap: f64,
    /// Cost up to which all optimizers can be compared, on the axis that decides.
    pub budget: Option<f64>,
    /// Targets from the start down to the floor, for everything that looks at many targets at once.
    pub ladder: Vec<f64>,
    /// Parameters of the model, p.
    pub dim: usize,
    /// Training rows, n.
    pub n_train: usize,
    /// Gaps below this are not resolved: rounding, or a reference that was itself still falling.
    pub floor: f64,
    /// Whether the floor is rounding alone; false if the best run had not settled.
    pub floor_is_rounding: bool,
    /// Best known value on the data of each seed.
    pub references: BTreeMap<u64, Reference<'a>>,
    /// What is measured on the test rows, if anything.
    pub metric: Option<Metric>,
}

/// An optimizer at one setting on one problem.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    /// Label of the optimizer.
    pub optimizer: &'a str,
    /// The setting; empty where there is only one.
    pub config: &'a str,
    /// Does a whole fit in one step; drawn as a point.
    pub one_shot: bool,
    /// Brings its own start; left out of paired comparisons.
    pub own_start: bool,
    /// Runs that took place, by seed; skipped ones are not among them.
    pub runs: Vec<Run<'a>>,
    /// Units that the optimizer could not work on.
    pub skipped: Vec<&'a Record>,
    /// What the runs amount to.
    pub summary: Summary,
    /// How many settings of this optimizer there are on this problem.
    pub settings: usize,
    /// Is this the best of them?
    pub is_best: bool,
}

impl Problem<'_> {
    /// Is the best known value known ten times better than the target asks? Otherwise who is within the target depends on
    /// who happened to find that value.
    pub fn resolves_target(&self) -> bool {
        self.target >= 10.0 * self.floor
    }
}

impl Series<'_> {
    /// Label and setting: `adam step=0.1`.
    pub fn title(&self) -> String {
        if self.config.is_empty() { self.optimizer.to_owned() } else { format!("{} {}", self.optimizer, self.config) }
    }

    /// May this stand in paired comparisons? One-shot fits have no path, own starts are not the shared start.
    pub fn is_comparable(&self) -> bool {
        !self.one_shot && !self.own_start && !self.runs.is_empty()
    }

    /// Was its own work charged in passes? Library fits do it out of the host's sight.
    pub fn counts_passes(&self) -> bool {
        !self.one_shot || self.runs.iter().any(|run| run.record.spent.passes > 0.0)
    }
}

/// One run, measured against the best known value.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// Its record.
    pub record: &'a Record,
    /// Its points within the budget of passes and iterations, up to the first whose loss is not finite; of a one-shot
    /// optimizer the result alone.
    pub points: &'a [TracePoint],
    /// Best-so-far gap at each of the points, never negative.
    pub gaps: Vec<f64>,
    /// Gap at the end, infinite if the run failed or has no points.
    pub last_gap: f64,
    /// Cost of the first point within the target; none for a run that failed, wherever it was before.
    pub hit: Option<Cost>,
    /// What the run used in all, hit or not.
    pub spent: Cost,
    /// Its course; runs with the same one repeat each other.
    pub course: Course,
}

impl Run<'_> {
    /// Smallest gap on the way, infinite if there is no point.
    pub fn best_gap(&self) -> f64 {
        self.gaps.last().copied().unwrap_or(f64::INFINITY)
    }

    /// Cost to the target, or all that was spent without reaching it.
    pub fn charged(&self) -> Cost {
        self.hit.unwrap_or(self.spent)
    }

    /// Smallest gap on the way if the run counts, infinite if it failed.
    pub fn counted_gap(&self) -> f64 {
        if self.record.status.is_failure() { f64::INFINITY } else { self.best_gap() }
    }

    /// Cost of the first point within any target; none for a run that failed.
    pub fn hit_at(&self, target: f64) -> Option<Cost> {
        if self.record.status.is_failure() { None } else { target::hit(self.points, &self.gaps, target) }
    }
}

/// Optimizer labels in order of first appearance.
pub fn labels(results: &Results) -> Vec<&str> {
    let mut labels = Vec::new();
    for unit in &results.units {
        let label = unit.record.optimizer.as_str();
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

/// Groups, measures and summarizes.
pub fn problems(results: &Results) -> Vec<Problem<'_>> {
    problems_beside(results, None, &results.analysis)
}

/// The same against the best known values of two results: what the other has found on the same objective counts too.
pub(crate) fn problems_beside<'a>(
    results: &'a Results,
    other: Option<&'a Results>,
    options: &AnalysisOptions,
) -> Vec<Problem<'a>> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_problem: HashMap<&str, Vec<&UnitResult>> = HashMap::new();
    for unit in &results.units {
        let name = unit.record.problem.as_str();
        by_problem
            .entry(name)
            .or_insert_with(|| {
                order.push(name);
                Vec::new()
            })
            .push(unit);
    }
    let labels = labels(results);
    order
        .into_iter()
        .map(|name| {
            let units = &by_problem[name];
            let mut references = reference::references(units, &results.references);
            if let Some(other) = other {
                let theirs: Vec<&UnitResult> =
                    other.units.iter().filter(|unit| unit.record.problem == name && shared(units, unit)).collect();
                for (seed, found) in reference::references(&theirs, &other.references) {
                    references.entry(seed).and_modify(|own| *own = own.lower(found)).or_insert(found);
                }
            }
            let mut problem = problem(name, units, references, &labels, options);
            problem.pass = results.timing.as_ref();
            problem
        })
        .collect()
}

/// Whether a unit of another result has the same objective as those with its seed.
fn shared(units: &[&UnitResult], other: &UnitResult) -> bool {
    units.iter().find(|unit| unit.record.seed == other.record.seed).is_some_and(|unit| {
        let (one, other) = (&unit.record, &other.record);
        one.model == other.model && one.data.rows_hash == other.data.rows_hash && one.data.n_train == other.data.n_train
    })
}

fn problem<'a>(
    name: &'a str,
    units: &[&'a UnitResult],
    references: BTreeMap<u64, Reference<'a>>,
    labels: &[&str],
    options: &AnalysisOptions,
) -> Problem<'a> {
    let ran = || units.iter().filter(|unit| unit.record.status != Status::Skipped).map(|unit| &unit.record);
    let shape = ran().next().or_else(|| units.first().map(|unit| &unit.record));
    let (dim, n_train) = shape.map_or((0, 0), |record| (record.model.dim, record.data.n_train));

    let rounding = references.values().map(|r| gap::float_floor(r.value, n_train)).fold(0.0, f64::max);
    let unsettled = quantile::median(references.values().map(|r| r.resolution)).unwrap_or(0.0);
    let target = target::headline(options.target.headline, dim, n_train);
    let mut problem = Problem {
        name,
        series: group(units, labels, &references, target),
        seeds: ran().map(|record| record.seed).collect::<std::collections::BTreeSet<_>>().into_iter().collect(),
        distinct_seeds: Vec::new(),
        pass: None,
        target,
        target_is_statistical: options.target.headline == Headline::Statistical,
        start_gap: f64::NAN,
        budget: None,
        ladder: Vec::new(),
        dim,
        n_train,
        floor: rounding.max(unsettled),
        floor_is_rounding: unsettled <= rounding,
        references,
        metric: Metric::of(units),
    };
    problem.budget = budget::common(&problem, options.cost.into());
    for series in &mut problem.series {
        let within = (options.cost.into(), problem.budget.unwrap_or(f64::INFINITY));
        series.summary = summary::summarize(&series.runs, &series.skipped, problem.metric, within, options.ci.level);
    }
    problem.distinct_seeds = distinct_seeds(&problem);
    best::mark(&mut problem.series, options.cost.into());
    problem.start_gap = ladder::start_gap(&problem);
    problem.ladder = ladder::ladder(problem.start_gap, problem.floor, options.target);
    problem
}

fn group<'a>(
    units: &[&'a UnitResult],
    labels: &[&str],
    references: &BTreeMap<u64, Reference<'a>>,
    target: f64,
) -> Vec<Series<'a>> {
    let mut all: Vec<Series<'a>> = Vec::new();
    let mut index: HashMap<(&str, &str), usize> = HashMap::new();
    for unit in units {
        let record = &unit.record;
        let at = *index.entry((&record.optimizer, &record.config)).or_insert_with(|| {
            all.push(Series {
                optimizer: &record.optimizer,
                config: &record.config,
                one_shot: false,
                own_start: false,
                runs: Vec::new(),
                skipped: Vec::new(),
                summary: Summary::default(),
                settings: 1,
                is_best: false,
            });
            all.len() - 1
        });
        let series = &mut all[at];
        series.one_shot |= record.used.one_shot;
        series.own_start |= record.used.own_start;
        if record.status == Status::Skipped {
            series.skipped.push(record);
        } else {
            series.runs.push(measure(unit, references.get(&record.seed), target));
        }
    }
    for series in &mut all {
        series.runs.sort_by_key(|run| run.record.seed);
    }
    // Settings of one optimizer stand together even if a partial result has them in another order.
    all.sort_by_key(|series| labels.iter().position(|label| *label == series.optimizer));
    all
}

fn measure<'a>(unit: &'a UnitResult, reference: Option<&Reference<'_>>, target: f64) -> Run<'a> {
    let record = &unit.record;
    let finite = unit.trace.iter().take_while(|point| point.loss.is_finite()).count();
    let stayed_finite = finite == unit.trace.len() && finite > 0;
    let points = match record.used.one_shot {
        true if stayed_finite => &unit.trace[finite - 1..],
        true => &[],
        false => within_budget(&unit.trace[..finite], record.allowance),
    };
    let value = reference.map_or(f64::NEG_INFINITY, |reference| reference.value);
    let gaps = gap::best_so_far(points, value);
    let counts = stayed_finite && !record.status.is_failure();
    let mut run = Run {
        record,
        points,
        last_gap: points.last().filter(|_| counts).map_or(f64::INFINITY, |point| (point.loss - value).max(0.0)),
        hit: None,
        gaps,
        spent: Cost::spent(record),
        course: twins::course(record, &unit.trace),
    };
    run.hit = run.hit_at(target);
    run
}

/// The last step of a run may go over its budget of passes; what it found there was not to be had within it. Seconds
/// are not asked: whether a step is over them is the clock's whim.
fn within_budget(points: &[TracePoint], allowance: Allowance) -> &[TracePoint] {
    // A hair of tolerance: passes are sums of fractions.
    let passes = allowance.passes.unwrap_or(f64::INFINITY) * (1.0 + 1e-9);
    let within = |point: &TracePoint| point.passes <= passes && point.iteration <= allowance.iterations;
    &points[..points.partition_point(within)]
}

/// Places of the runs that do not repeat an earlier one.
pub fn distinct<'s, 'a>(runs: &'s [Run<'a>]) -> Vec<&'s Run<'a>> {
    let courses: Vec<Course> = runs.iter().map(|run| run.course).collect();
    twins::firsts(&courses).into_iter().map(|at| &runs[at]).collect()
}

/// Seeds that are not wholly repetitions: two are the same if all that ran on one ran on the other with the same course.
fn distinct_seeds(problem: &Problem<'_>) -> Vec<u64> {
    let mut on: BTreeMap<u64, Vec<(usize, Course)>> = BTreeMap::new();
    for (at, series) in problem.series.iter().enumerate() {
        for run in &series.runs {
            on.entry(run.record.seed).or_default().push((at, run.course));
        }
    }
    let (seeds, all): (Vec<u64>, Vec<_>) = on.into_iter().unzip();
    twins::firsts(&all).into_iter().map(|at| seeds[at]).collect()
}
