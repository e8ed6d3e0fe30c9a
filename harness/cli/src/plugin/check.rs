//! `harness plugin check`: the verdicts as text while they come, or as JSON.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use harness_engine::plugins::check::{CheckError, CheckOptions, CheckStatus, Verdict, case_names, check, run_case};
use harness_engine::plugins::{Search, Wanted, survey};
use harness_engine::spec::nearest;
use serde_json::json;

use super::args::{CaseArgs, CheckArgs};
use crate::error::CliError;
use crate::output::{self, say};

/// Checks a plugin and prints what was found.
pub(crate) fn run(args: &CheckArgs) -> Result<(), CliError> {
    let names = case_names();
    if let Some(wrong) = args.case.iter().find(|case| !names.contains(&case.as_str())) {
        let message = format!("no such case: `{wrong}`");
        return Err(CliError::Input { message, help: Some(nearest::help(wrong, &names, "cases")) });
    }
    if !args.library.is_file() {
        return Err(CliError::input(format!("{}: no such file", args.library.display())));
    }
    let (library, settings) = subject(args)?;
    let exe = std::env::current_exe().map_err(|error| CliError::Failed(format!("cannot find myself: {error}")))?;
    let options = CheckOptions {
        program: vec![exe.to_string_lossy().into_owned(), "plugin".to_owned(), "case".to_owned()],
        optimizers: args.optimizer.clone(),
        cases: args.case.clone(),
        settings,
        limit: Duration::from_secs(args.limit.into()),
    };
    let mut broken = None;
    let mut last: Option<String> = None;
    let verdicts = check(&library, &options, &mut |verdict| {
        if !args.json && broken.is_none() {
            let heading = verdict.optimizer.clone().filter(|name| last.as_ref() != Some(name));
            broken = output::print(&line(verdict, heading.as_deref())).err();
            last.clone_from(&verdict.optimizer);
        }
    });
    let verdicts = verdicts.map_err(|error| match error {
        CheckError::Optimizer { .. } => CliError::input(error.to_string()),
        _ => CliError::Failed(error.to_string()),
    })?;
    if let Some(error) = broken {
        return Err(error);
    }
    let count = |status: fn(CheckStatus) -> bool| verdicts.iter().filter(|verdict| status(verdict.status)).count();
    let n_failed = count(CheckStatus::is_failure);
    let (n_passed, n_warned) =
        (count(|status| status == CheckStatus::Passed), count(|status| status == CheckStatus::Warning));
    let n_skipped = count(|status| status == CheckStatus::Skipped);
    if args.json {
        let all = json!({
            "plugin": args.library,
            "passed": n_passed, "warnings": n_warned, "failed": n_failed, "skipped": n_skipped,
            "cases": verdicts,
        });
        output::print(&format!("{all:#}\n"))?;
    } else {
        output::print(&format!("\n{n_passed} passed, {n_warned} warnings, {n_failed} failed, {n_skipped} skipped\n"))?;
    }
    if n_failed > 0 { Err(CliError::FailedCases(n_failed)) } else { Ok(()) }
}

/// The hidden verb: one case, in this process.
pub(crate) fn run_one(args: &CaseArgs) -> Result<(), CliError> {
    run_case(&args.library, &args.case, args.optimizer.as_deref(), &args.set, &args.verdict).map_err(CliError::Failed)
}

/// A Python file is checked through the bridge that runs it.
fn subject(args: &CheckArgs) -> Result<(PathBuf, Vec<(String, String)>), CliError> {
    let mut settings = args.set.clone();
    if args.library.extension().is_none_or(|extension| extension != "py") {
        return Ok((args.library.clone(), settings));
    }
    let file = std::path::absolute(&args.library).unwrap_or_else(|_| args.library.clone());
    settings.push(("file".to_owned(), file.to_string_lossy().into_owned()));
    Ok((bridge()?, settings))
}

fn bridge() -> Result<PathBuf, CliError> {
    let names = ["python".to_owned()];
    let places = survey(&Search::default(), Wanted::Names(&names), &mut |message| say!("{message}"))?;
    let libraries = places.into_iter().flat_map(|place| place.libraries).flatten();
    let mut found = libraries.filter(|library| library.optimizers.iter().any(|one| one.info.name == "python"));
    let library = found.next().map(|library| library.path);
    library.ok_or_else(|| {
        CliError::input("the plugin `python`, which runs Python files, is not there: see `harness plugin list`")
    })
}

fn line(verdict: &Verdict, heading: Option<&str>) -> String {
    let mut text = heading.map_or(String::new(), |name| format!("\n{name}\n"));
    let indent = if verdict.optimizer.is_some() { "  " } else { "" };
    let _ = writeln!(text, "{indent}{:<9}  {:<13}  {}", verdict.status.as_str(), verdict.case, verdict.rule);
    if !verdict.detail.is_empty() {
        let _ = writeln!(text, "{indent}{:26}{}", "", verdict.detail);
    }
    text
}
