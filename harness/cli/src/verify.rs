//! `harness verify`: runs a sample of finished units again and compares what they did, times aside.

use std::sync::Arc;

use harness_engine::plan::{Plan, Unit};
use harness_engine::results::{ResultsFolder, Scratch, Status, UnitResult};
use harness_engine::run::{self, RunOptions};
use harness_engine::spec;

use crate::args::VerifyArgs;
use crate::bench::resolve;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::output::{self, say};
use crate::progress::{Bar, Loudness};
use crate::report;

/// Verifies every results folder that is named.
pub(crate) fn run(args: &VerifyArgs) -> Result<(), CliError> {
    let interrupt = Interrupt::listen(false)?;
    let mut different = 0;
    for path in &args.results {
        different += verify(&ResultsFolder::open(path)?, args, &interrupt)?;
    }
    match different {
        0 => Ok(()),
        1 => Err(CliError::Failed("1 unit does not repeat itself".to_owned())),
        count => Err(CliError::Failed(format!("{count} units do not repeat themselves"))),
    }
}

/// The number of units that differ.
fn verify(folder: &ResultsFolder, args: &VerifyArgs, interrupt: &Interrupt) -> Result<usize, CliError> {
    let results = report::read(folder)?;
    let file = folder.root().join("benchmark.yaml");
    let parsed = spec::load_in(&file, &folder.base_dir()?)?;
    let places = parsed.places();
    let (benchmark, registry) = resolve(parsed, &args.plugins)?;
    let mut plan = Plan::new(benchmark, &registry).map_err(|error| CliError::of_plan(&error, &places))?;

    // Hashes are in no order that means anything: the first of them are a sample, and always the same one.
    let mut sample: Vec<&UnitResult> = results.units.iter().filter(|unit| says_something(unit.record.status)).collect();
    sample.sort_by(|a, b| a.record.unit.cmp(&b.record.unit));
    sample.truncate(args.sample);
    if args.sample == 0 {
        return Err(CliError::input("`--sample 0` runs nothing again; give 1 or more"));
    }
    if sample.is_empty() {
        return Err(CliError::input(format!("{}: no finished unit to run again", folder.root().display())));
    }
    plan.units.retain(|planned| sample.iter().any(|unit| is_same(unit, &planned.unit)));
    let rebuilt = plan.units.iter().filter(|planned| sample.iter().all(|unit| unit.record.unit != planned.unit.hash));
    let rebuilt = rebuilt.count();
    if rebuilt > 0 {
        say!(
            "note: {rebuilt} of the units were made by another build of a plugin or of the models, or from other data"
        );
    }

    let place = Scratch::new()?;
    let again = ResultsFolder::create(place.path(), &results.name)?;
    again.write_plan(&plan)?;
    let bar = Bar::new(&results.name, Loudness::Normal);
    let options = RunOptions {
        jobs: usize::from(args.jobs),
        threads: 1,
        force: false,
        only: Vec::new(),
        in_process: false,
        cancelled: Arc::clone(&interrupt.cancelled),
        stop_now: Arc::clone(&interrupt.stop_now),
    };
    let outcome = interrupt.watched(|| run::run(&plan, &again, &options, &bar));
    bar.end();
    outcome?;
    if interrupt.is_cancelled() {
        return Err(CliError::Failed("interrupted".to_owned()));
    }

    let repeated = again.read()?.units;
    let mut differences = 0;
    for old in &sample {
        let difference = match repeated.iter().find(|new| identity(new) == identity(old)) {
            Some(new) => folder.difference(old, &again, new)?,
            None => Some("did not run".to_owned()),
        };
        if let Some(difference) = difference {
            differences += 1;
            output::print(&format!("{}: {difference}\n", old.record.name()))?;
        }
    }
    let equal = sample.len() - differences;
    output::print(&format!("{}: {equal} of {} units repeat themselves\n", results.name, sample.len()))?;
    Ok(differences)
}

/// Skipped units did nothing, and interrupted ones have not ended.
fn says_something(status: Status) -> bool {
    !matches!(status, Status::Skipped | Status::Interrupted)
}

fn identity(result: &UnitResult) -> (&str, &str, &str, u64) {
    let record = &result.record;
    (&record.problem, &record.optimizer, &record.config, record.seed)
}

fn is_same(result: &UnitResult, unit: &Unit) -> bool {
    identity(result) == (unit.problem.as_str(), unit.optimizer.as_str(), unit.config.as_str(), unit.seed)
}
