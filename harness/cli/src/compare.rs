//! `harness compare`: two results of a benchmark side by side, with an exit code for CI.

use std::path::Path;

use harness_analysis::Axis;
use harness_analysis::diff::{self, Change};
use harness_engine::results::{Results, ResultsFolder};

use crate::args::{CompareArgs, CostArg};
use crate::error::CliError;
use crate::output;
use crate::report;

impl From<CostArg> for Axis {
    fn from(cost: CostArg) -> Axis {
        match cost {
            CostArg::Iterations => Axis::Iterations,
            CostArg::Passes => Axis::Passes,
            CostArg::Seconds => Axis::Seconds,
            CostArg::Cpu => Axis::Cpu,
        }
    }
}

/// Prints the differences; an error if anything got worse, or if there was nothing to compare.
pub(crate) fn run(args: &CompareArgs) -> Result<(), CliError> {
    let (before, after) = (read(&args.before)?, read(&args.after)?);
    let axis = args.cost.map_or_else(|| after.analysis.cost.into(), Axis::from);
    let differences = diff::differences(&before, &after, axis);
    let in_common = differences.iter().filter(|difference| difference.seeds > 0).count();
    if in_common == 0 {
        return Err(CliError::Input {
            message: format!("{} and {} have no unit in common", args.before.display(), args.after.display()),
            help: Some(
                "compare results of the same benchmark: same problems, optimizers, settings, data and seeds".into(),
            ),
        });
    }
    let shown: Vec<_> = differences.iter().filter(|one| !args.changes || one.change != Change::Same).cloned().collect();
    if args.csv {
        output::print(&harness_report::difference_csv(&shown, axis))?;
    } else {
        let sides = [(&args.before, &before), (&args.after, &after)].map(|(path, results)| side(path, results));
        output::print(&harness_report::difference_table(&shown, &differences, sides, axis, output::glyphs()))?;
    }
    match differences.iter().filter(|difference| difference.change == Change::Worse).count() {
        0 => Ok(()),
        worse => Err(CliError::Worse(worse)),
    }
}

fn read(path: &Path) -> Result<Results, CliError> {
    report::read(&ResultsFolder::open(path)?)
}

/// Where results lie, and which program and machine they are of.
fn side(path: &Path, results: &Results) -> String {
    let host = results.units.first().map(|unit| &unit.record.host);
    let origin = host.map_or(String::new(), |host| format!(" ({}, {})", host.commit, host.cpu));
    format!("{}{origin}", path.display())
}
