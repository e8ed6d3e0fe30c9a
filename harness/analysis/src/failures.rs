//! Runs that failed, grouped so that a reader sees at once whose they are.

use std::collections::BTreeMap;

use harness_engine::results::Status;

use crate::series::Problem;

/// Failed runs of one series with one status.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure<'a> {
    /// Problem name.
    pub problem: &'a str,
    /// Optimizer and setting.
    pub series: String,
    /// How they ended.
    pub status: Status,
    /// How many.
    pub count: usize,
    /// Of how many runs.
    pub runs: usize,
    /// The reason of the first.
    pub reason: &'a str,
}

/// All groups of failed runs, in the order of problems and optimizers.
pub fn failures<'a>(problems: &[Problem<'a>]) -> Vec<Failure<'a>> {
    let mut all = Vec::new();
    for problem in problems {
        for series in &problem.series {
            let mut by_status: BTreeMap<Status, (usize, &'a str)> = BTreeMap::new();
            for record in series.runs.iter().map(|run| run.record).filter(|record| record.status.is_failure()) {
                by_status.entry(record.status).or_insert((0, &record.reason)).0 += 1;
            }
            all.extend(by_status.into_iter().map(|(status, (count, reason))| Failure {
                problem: problem.name,
                series: series.title(),
                status,
                count,
                runs: series.runs.len(),
                reason,
            }));
        }
    }
    all
}

/// All failures in one sentence: `3 of 120 runs failed: GD step=10 diverged on 3/12 (iris).`
pub fn sentence(problems: &[Problem<'_>], failures: &[Failure<'_>]) -> String {
    const SHOWN: usize = 4;
    let runs: usize = problems.iter().flat_map(|problem| &problem.series).map(|series| series.runs.len()).sum();
    let failed: usize = failures.iter().map(|failure| failure.count).sum();
    if failed == 0 {
        return format!("No run failed ({runs} run{}).", if runs == 1 { "" } else { "s" });
    }
    let mut largest: Vec<&Failure<'_>> = failures.iter().collect();
    largest.sort_by_key(|failure| std::cmp::Reverse(failure.count));
    let mut parts: Vec<String> = largest
        .iter()
        .take(SHOWN)
        .map(|f| format!("{} {} on {} of {} ({})", f.series, verb(f.status), f.count, seeds(f.runs), f.problem))
        .collect();
    if largest.len() > SHOWN {
        let rest: usize = largest[SHOWN..].iter().map(|failure| failure.count).sum();
        parts.push(format!("{rest} more in the table of failures"));
    }
    let noun = if runs == 1 { "run" } else { "runs" };
    let verb = if failed == 1 { "counts as a miss" } else { "count as misses" };
    format!("{failed} of {runs} {noun} failed and {verb}: {}.", parts.join("; "))
}

fn seeds(n: usize) -> String {
    if n == 1 { "1 seed".to_owned() } else { format!("{n} seeds") }
}

fn verb(status: Status) -> &'static str {
    match status {
        Status::Diverged => "diverged",
        Status::Timeout => "timed out",
        Status::Crashed => "crashed",
        _ => "reported an error",
    }
}
