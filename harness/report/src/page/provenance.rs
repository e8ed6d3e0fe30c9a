//! Where the numbers come from: the data of each problem, the state of the machine, how to get the program again.

use std::collections::BTreeSet;

use harness_analysis::Analysis;
use harness_analysis::format::{number, rough};
use harness_analysis::quantile::median;
use harness_engine::results::{HostRecord, Record};
use serde::Serialize;

/// What stands below "Settings and provenance" beside the tables.
#[derive(Serialize)]
pub(super) struct Provenance<'a> {
    data: Vec<DataRow<'a>>,
    /// Word and value.
    conditions: Vec<(&'static str, String)>,
    /// The commit to check out, if one program ran everything and it is known exactly.
    commit: Option<&'a str>,
    /// File names of plugins that do not come with the program.
    plugins: BTreeSet<&'a str>,
}

#[derive(Serialize)]
struct DataRow<'a> {
    problem: &'a str,
    dataset: &'a str,
    shape: String,
    /// Of the source: one, unless runs of several versions of it stand together.
    hashes: Vec<&'a str>,
}

pub(super) fn provenance<'a>(analysis: &'a Analysis<'a>) -> Provenance<'a> {
    let hosts = || analysis.results.units.iter().map(|unit| &unit.record.host);
    let commits: BTreeSet<&str> = hosts().map(|host| host.commit.as_str()).collect();
    let commit = commits.first().copied().filter(|commit| {
        commits.len() == 1 && commit.len() >= 7 && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    let used = analysis.results.units.iter().map(|unit| &unit.record.used);
    Provenance {
        data: analysis.problems.iter().filter_map(data).collect(),
        conditions: conditions(hosts),
        commit,
        plugins: used.filter(|used| used.outside).map(|used| used.plugin.as_str()).collect(),
    }
}

fn data<'a>(problem: &harness_analysis::Problem<'a>) -> Option<DataRow<'a>> {
    let records: Vec<&'a Record> =
        problem.series.iter().flat_map(|series| series.runs.iter().map(|run| run.record)).collect();
    let first = records.first()?;
    let hashes: BTreeSet<&str> = records.iter().map(|record| record.data.hash.as_str()).collect();
    let shape = format!("{} + {} rows, {} columns", first.data.n_train, first.data.n_test, first.data.d);
    Some(DataRow { problem: problem.name, dataset: &first.data.dataset, shape, hashes: hashes.into_iter().collect() })
}

fn conditions<'h, I: Iterator<Item = &'h HostRecord>>(hosts: impl Fn() -> I) -> Vec<(&'static str, String)> {
    let mut conditions = Vec::new();
    let most = hosts().filter_map(|host| host.load).fold(f64::NEG_INFINITY, f64::max);
    if let Some(load) = median(hosts().filter_map(|host| host.load)) {
        let cores = hosts().map(|host| host.cores).max().unwrap_or(1);
        let value = format!("median {}, at most {}, on {cores} logical processors", rough(load), rough(most));
        conditions.push(("load when runs began", value));
    }
    let distinct = |value: &dyn Fn(&HostRecord) -> String| {
        hosts().map(value).filter(|value| !value.is_empty()).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    let governors = distinct(&|host| host.governor.clone().unwrap_or_default());
    let governors = if governors.is_empty() { "not known".to_owned() } else { governors.join(", ") };
    conditions.push(("frequency governor", governors));
    let threads = distinct(&|host| if host.threads > 0 { number(host.threads as f64) } else { String::new() });
    conditions.push(("threads per run", threads.join(", ")));
    let bound = distinct(&|host| match host.processors[..] {
        [] => "none".to_owned(),
        ref places => places.iter().map(ToString::to_string).collect::<Vec<_>>().join("+"),
    });
    conditions.push(("bound to processors", bound.join(", ")));
    let isolated = hosts().filter(|host| host.isolated).count();
    let all = hosts().count();
    let isolated = if isolated == all { "yes".to_owned() } else { format!("{isolated} of {all} runs") };
    conditions.push(("a process for each run", isolated));
    conditions
}
