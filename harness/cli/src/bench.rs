//! `harness bench`: from a benchmark file to a report.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use harness_engine::plan::Plan;
use harness_engine::plugins::{Registry, Search, Wanted};
use harness_engine::results::{Results, ResultsFolder};
use harness_engine::run::{self, RunOptions};
use harness_engine::spec;

use crate::args::{BenchArgs, PluginArgs};
use crate::error::CliError;
use crate::output;
use crate::progress::Bar;
use crate::report;

/// Checks every file before the first one runs, then runs them in order.
pub(crate) fn run(args: &BenchArgs) -> Result<(), CliError> {
    let plans = args.files.iter().map(|file| plan(file, args)).collect::<Result<Vec<_>, _>>()?;
    let mut failed = 0;
    for plan in &plans {
        failed += if args.dry_run { dry_run(plan, args)? } else { execute(plan, args)? };
    }
    if failed > 0 { Err(CliError::FailedUnits(failed)) } else { Ok(()) }
}

fn plan(file: &Path, args: &BenchArgs) -> Result<Plan, CliError> {
    let parsed = spec::load(file)?;
    let names: Vec<String> = parsed.optimizer_names().into_iter().map(str::to_owned).collect();
    let registry = gather(&args.plugins, Wanted::Names(&names))?;
    let unknown = names.iter().any(|name| registry.get(name).is_none());
    // Only a name that nobody offers is worth building the rest of the workspace, for the suggestion.
    let registry = if unknown { gather(&args.plugins, Wanted::All)? } else { registry };
    let resolved = parsed.resolve(&registry.catalog()).inspect_err(|_| {
        if unknown {
            for refused in &registry.refused {
                eprintln!("note: refused plugin: {refused}");
            }
        }
    });
    let mut benchmark = resolved?;
    if let Some(seeds) = &args.seeds {
        benchmark.seeds.clone_from(&seeds.0);
    }
    Ok(Plan::new(benchmark, &registry)?)
}

/// Plugins from all places, with a line on stderr before anything slow.
pub(crate) fn gather(args: &PluginArgs, wanted: Wanted<'_>) -> Result<Registry, CliError> {
    let search = Search { files: args.files.clone(), folders: args.folders.clone() };
    Ok(Registry::gather(&search, wanted, &mut |message| eprintln!("{message}"))?)
}

fn options(args: &BenchArgs) -> RunOptions {
    RunOptions {
        jobs: usize::from(args.jobs),
        force: args.force,
        only: args.only.clone(),
        cancelled: Arc::new(AtomicBool::new(false)),
    }
}

fn dry_run(plan: &Plan, args: &BenchArgs) -> Result<usize, CliError> {
    let name = &plan.benchmark.name;
    let folder = ResultsFolder::at(&args.out, name);
    let options = options(args);
    let (to_run, summary) = run::pending(plan, &folder, &options);
    let mut text = String::new();
    for planned in &to_run {
        let unit = &planned.unit;
        let config = if unit.config.is_empty() { String::new() } else { format!(" {}", unit.config) };
        text.push_str(&format!("{} {} {}{config} seed {}\n", unit.hash, unit.problem, unit.optimizer, unit.seed));
    }
    output::print(&text)?;
    eprintln!("{name}: {} to run, {} already there, {} left out", summary.ran, summary.cached, summary.left_out);
    Ok(0)
}

/// Runs a plan and writes its report; returns the number of failed units.
fn execute(plan: &Plan, args: &BenchArgs) -> Result<usize, CliError> {
    let folder = ResultsFolder::create(&args.out, &plan.benchmark.name)?;
    folder.write_plan(plan)?;
    let bar = Bar::new(&plan.benchmark.name);
    let outcome = run::run(plan, &folder, &options(args), &bar);
    bar.end();
    outcome?;
    let results = folder.read()?;
    report::publish(&folder, &results, &args.out)?;
    Ok(failed_units(&results))
}

fn failed_units(results: &Results) -> usize {
    results.units.iter().filter(|unit| unit.record.status.is_failure()).count()
}
