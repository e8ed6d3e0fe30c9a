//! `harness bench`: from a benchmark file to a report.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use harness_engine::plan::Plan;
use harness_engine::plugins::{Registry, Search, Wanted};
use harness_engine::results::{Record, Results, ResultsFolder};
use harness_engine::run::{self, Action, RunOptions};
use harness_engine::spec::{self, Benchmark, Parsed, nearest};
use harness_engine::theory;

use crate::args::{BenchArgs, PluginArgs};
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::output::{self, say};
use crate::progress::{Bar, Loudness, Steps, duration, name, plural};
use crate::report;

/// Most kinds of failure that are listed in the terminal.
const LISTED_FAILURES: usize = 8;

/// Checks every file before the first one runs, then runs them in order.
pub(crate) fn run(args: &BenchArgs) -> Result<(), CliError> {
    let plans = args.files.iter().map(|file| plan(file, args)).collect::<Result<Vec<_>, _>>()?;
    check_names(&plans, args)?;
    check_selection(&plans, &args.only)?;
    if args.dry_run {
        return plans.iter().try_for_each(|plan| dry_run(plan, args));
    }
    let interrupt = Interrupt::listen(args.in_process)?;
    let mut failed = 0;
    for plan in &plans {
        failed += execute(plan, args, &interrupt)?;
    }
    if failed > 0 { Err(CliError::FailedUnits(failed)) } else { Ok(()) }
}

/// Two files with one name would write to one folder.
fn check_names(plans: &[Plan], args: &BenchArgs) -> Result<(), CliError> {
    for (i, plan) in plans.iter().enumerate() {
        let name = &plan.benchmark.name;
        if let Some(j) = plans[..i].iter().position(|other| other.benchmark.name == *name) {
            let (first, second) = (args.files[j].display(), args.files[i].display());
            let message = format!("two benchmarks are named `{name}`: {first} and {second}");
            let help = "give one of them another `name`: it is the folder of its results".to_owned();
            return Err(CliError::Input { message, help: Some(help) });
        }
    }
    Ok(())
}

/// A text of `--only` that no unit holds is a mistake.
fn check_selection(plans: &[Plan], only: &[String]) -> Result<(), CliError> {
    for text in only {
        let names_none = |plan| run::selected(plan, std::slice::from_ref(text)).next().is_none();
        if text.is_empty() || plans.iter().all(names_none) {
            let units = plans.iter().flat_map(|plan| &plan.units).map(|planned| &planned.unit);
            let names: BTreeSet<&str> =
                units.flat_map(|unit| [unit.problem.as_str(), unit.optimizer.as_str()]).collect();
            let names: Vec<&str> = names.into_iter().collect();
            let message = format!("`--only {text}`: no unit's `problem/optimizer/setting` holds this text");
            return Err(CliError::Input {
                message,
                help: Some(nearest::help(text, &names, "problems and optimizers")),
            });
        }
    }
    Ok(())
}

fn plan(file: &Path, args: &BenchArgs) -> Result<Plan, CliError> {
    let parsed = spec::load(file)?;
    let places = parsed.places();
    let (mut benchmark, registry) = resolve(parsed, &args.plugins)?;
    if let Some(seeds) = &args.seeds {
        benchmark.seeds.clone_from(&seeds.0);
    }
    Plan::new(benchmark, &registry).map_err(|error| CliError::of_plan(&error, &places))
}

/// What a benchmark file means, and the plugins that it needs.
pub(crate) fn resolve(parsed: Parsed, plugins: &PluginArgs) -> Result<(Benchmark, Registry), CliError> {
    let names: Vec<String> = parsed.optimizer_names().into_iter().map(str::to_owned).collect();
    let registry = gather(plugins, Wanted::Names(&names))?;
    let unknown = names.iter().any(|name| registry.get(name).is_none());
    // Only a name that nobody offers is worth building the rest of the workspace, for the suggestion.
    let registry = if unknown { gather(plugins, Wanted::All)? } else { registry };
    let resolved = parsed.resolve(&registry.catalog()).inspect_err(|_| {
        if unknown {
            for refused in &registry.refused {
                say!("note: refused plugin: {refused}");
            }
        }
    });
    Ok((resolved?, registry))
}

/// Plugins from all places, with a line on stderr before anything slow.
pub(crate) fn gather(args: &PluginArgs, wanted: Wanted<'_>) -> Result<Registry, CliError> {
    let search = Search { files: args.files.clone(), folders: args.folders.clone() };
    Ok(Registry::gather(&search, wanted, &mut |message| say!("{message}"))?)
}

fn loudness(args: &BenchArgs) -> Loudness {
    match (args.quiet, args.verbose) {
        (true, _) => Loudness::Quiet,
        (false, false) => Loudness::Normal,
        (false, true) => Loudness::Verbose,
    }
}

fn dry_run(plan: &Plan, args: &BenchArgs) -> Result<(), CliError> {
    let benchmark = &plan.benchmark.name;
    let folder = ResultsFolder::at(&args.out, benchmark);
    let pending = run::pending(plan, &folder, args.force, &args.only);
    let mut text = String::new();
    for due in &pending.due {
        let unit = &due.planned.unit;
        let continued = if due.action == Action::Run { "" } else { " (continued)" };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{} {} seed {}{continued}", unit.hash, name(unit), unit.seed);
    }
    output::print(&text)?;
    for damage in &pending.damaged {
        say!("note: unit {} is damaged and would run again: {}", damage.unit.hash, damage.reason);
    }
    let summary = pending.summary;
    let time = match pending.seconds {
        Some(seconds) if summary.ran > 0 => format!(" ({})", duration(seconds / f64::from(args.jobs))),
        _ => String::new(),
    };
    say!("{benchmark}: {} to run{time}, {} already there, {} left out", summary.ran, summary.cached, summary.left_out);
    if let Some(repetitions) = args.timing {
        let units = run::selected(plan, &args.only).count();
        say!("{benchmark}: then the timing pass: {repetitions} repetitions of up to {units} units that ended well");
    }
    Ok(())
}

/// Runs a plan and writes its report; returns the number of failed units.
fn execute(plan: &Plan, args: &BenchArgs, interrupt: &Interrupt) -> Result<usize, CliError> {
    let folder = ResultsFolder::create(&args.out, &plan.benchmark.name)?;
    folder.write_plan(plan)?;
    let bar = Bar::new(&plan.benchmark.name, loudness(args));
    let options = RunOptions {
        jobs: usize::from(args.jobs),
        threads: usize::from(args.threads),
        force: args.force,
        only: args.only.clone(),
        in_process: args.in_process,
        cancelled: Arc::clone(&interrupt.cancelled),
        stop_now: Arc::clone(&interrupt.stop_now),
    };
    let outcome = interrupt.watched(|| run::run(plan, &folder, &options, &bar));
    let done = bar.end();
    let summary = outcome?;
    if interrupt.is_cancelled() {
        return Err(CliError::Interrupted { done, of: summary.ran });
    }
    if let Some(repetitions) = args.timing {
        time(plan, &folder, repetitions.into(), &options, args, interrupt)?;
    }
    let mut results = report::read(&folder)?;
    let steps = Steps::new(&format!("{}, best known values", plan.benchmark.name), loudness(args));
    let (starts, threads) = (args.multistart.into(), args.jobs.into());
    theory::update_references(plan, &folder, &mut results, starts, threads, &|done, of| steps.done(done, of))?;
    report::publish(&folder, &results, &args.out)?;
    let asked: HashSet<&str> = run::selected(plan, &args.only).map(|planned| planned.unit.hash.as_str()).collect();
    let failures = failures(&results, &asked);
    if !args.quiet {
        list_failures(&failures);
    }
    let there: HashSet<&str> = results.units.iter().map(|unit| unit.record.unit.as_str()).collect();
    let missing = asked.difference(&there).count();
    if missing > 0 {
        say!("{missing} {} left no result that can be read", plural(missing));
    }
    Ok(failures.len() + missing)
}

/// The timing pass over what has finished.
fn time(
    plan: &Plan,
    folder: &ResultsFolder,
    repetitions: usize,
    options: &RunOptions,
    args: &BenchArgs,
    interrupt: &Interrupt,
) -> Result<(), CliError> {
    let bar = Bar::new(&format!("{}, timing", plan.benchmark.name), loudness(args));
    let outcome = interrupt.watched(|| run::time(plan, folder, repetitions, options, &bar));
    let done = bar.end();
    let summary = outcome?;
    if interrupt.is_cancelled() { Err(CliError::Interrupted { done, of: summary.ran }) } else { Ok(()) }
}

/// The failed units among those that were asked for.
fn failures<'r>(results: &'r Results, asked: &HashSet<&str>) -> Vec<&'r Record> {
    let records = results.units.iter().map(|unit| &unit.record);
    records.filter(|record| record.status.is_failure() && asked.contains(record.unit.as_str())).collect()
}

/// Says which units failed and why, alike ones together.
fn list_failures(failures: &[&Record]) {
    let mut kinds: BTreeMap<(String, String), usize> = BTreeMap::new();
    for record in failures {
        let config = if record.config.is_empty() { String::new() } else { format!(" {}", record.config) };
        let who = format!("{} {}{config}: {}", record.problem, record.optimizer, record.status);
        *kinds.entry((who, record.reason.clone())).or_default() += 1;
    }
    for ((who, reason), count) in kinds.iter().take(LISTED_FAILURES) {
        let count = if *count > 1 { format!(" ({count} units)") } else { String::new() };
        say!("{who}: {reason}{count}");
    }
    if kinds.len() > LISTED_FAILURES {
        let more = kinds.len() - LISTED_FAILURES;
        say!("and {more} more {} of failure", if more == 1 { "kind" } else { "kinds" });
    }
}
