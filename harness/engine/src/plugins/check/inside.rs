//! A case, in its own process: loads the library, tries the rule, writes a note.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use harness_models::Family;

use super::cases::CASES;
use super::host::Behaviour;
use super::session::{Subject, is_unsupported};
use super::verdict::{CheckStatus, Finding, Note};
use crate::plugins::values::CallValues;
use crate::plugins::{LoadedOptimizer, ParamInfo, ParamKind, ParamValue, load};

/// Opening a library that takes longer makes every start of the harness slow.
const SLOW: Duration = Duration::from_millis(100);

/// Runs one case and writes its note to `verdict`.
///
/// # Errors
///
/// The note cannot be written, or the case does not exist.
pub fn run_case(
    library: &Path,
    case: &str,
    optimizer: Option<&str>,
    settings: &[(String, String)],
    verdict: &Path,
) -> Result<(), String> {
    let note = if case == "load" { load_case(library) } else { optimizer_case(library, case, optimizer, settings)? };
    let text = serde_json::to_string(&note).map_err(|error| error.to_string())?;
    std::fs::write(verdict, text).map_err(|error| format!("{}: {error}", verdict.display()))
}

fn load_case(library: &Path) -> Note {
    let begun = Instant::now();
    let loaded = load(library);
    let took = begun.elapsed();
    match loaded {
        Err(error) => Note { status: CheckStatus::Failed, detail: error.reason(), optimizers: Vec::new() },
        Ok(loaded) => {
            let optimizers: Vec<String> = loaded.optimizers.iter().map(|one| one.info.name.clone()).collect();
            let (major, minor) = loaded.abi;
            let detail = format!("ABI {major}.{minor}: {}", optimizers.join(", "));
            let slow = format!("loading took {} ms", took.as_millis());
            let (status, detail) =
                if took > SLOW { (CheckStatus::Warning, slow) } else { (CheckStatus::Passed, detail) };
            Note { status, detail, optimizers }
        }
    }
}

fn optimizer_case(
    library: &Path,
    case: &str,
    optimizer: Option<&str>,
    settings: &[(String, String)],
) -> Result<Note, String> {
    let case = CASES.iter().find(|known| known.name == case).ok_or_else(|| format!("no such case: `{case}`"))?;
    let loaded = load(library).map_err(|error| error.to_string())?;
    let found = loaded.optimizers.iter().find(|one| optimizer.is_none_or(|name| one.info.name == name));
    let found = found.ok_or_else(|| format!("{}: no such optimizer", library.display()))?;
    let subject = match subject(found, settings) {
        Ok(subject) => subject,
        Err(finding) => return Ok(finding.into()),
    };
    Ok((case.run)(&subject).into())
}

/// The optimizer with its values, on the first family of problems that it applies to.
fn subject(optimizer: &Arc<LoadedOptimizer>, settings: &[(String, String)]) -> Result<Subject, Finding> {
    let params = params(optimizer, settings).map_err(Finding::Failed)?;
    let missing = optimizer.info.params.iter().find(|declared| {
        declared.kind == ParamKind::File
            && !params.iter().any(|(name, value)| *name == declared.name && value.is_some())
    });
    if let Some(declared) = missing {
        return Err(Finding::Skipped(format!("it needs a file: give --set {}=PATH", declared.name)));
    }
    let here = std::env::current_dir().unwrap_or_default();
    let mut reason = String::new();
    for family in [Family::Linear, Family::Logistic, Family::SymmetricLinear, Family::SymmetricLogistic] {
        let values = CallValues::new(&optimizer.info, &params, &here);
        let subject = Subject { optimizer: Arc::clone(optimizer), values, family };
        match applies(&subject) {
            Ok(()) => return Ok(subject),
            Err(message) => reason = message,
        }
    }
    Err(Finding::Skipped(format!("it applies to none of the test problems: {reason}")))
}

fn applies(subject: &Subject) -> Result<(), String> {
    // The extensions of these problems are complete, so only a refusal by the plugin itself counts.
    // A step is taken, since ending an instance before its first one is the matter of a case of its own.
    let outcome = subject.begin(Behaviour::GOOD, 1).and_then(|mut session| session.step());
    match outcome {
        Err(failure) if is_unsupported(&failure) => Err(failure.to_string()),
        _ => Ok(()),
    }
}

/// Defaults, overridden by `--set`.
fn params(
    optimizer: &LoadedOptimizer,
    settings: &[(String, String)],
) -> Result<Vec<(String, Option<ParamValue>)>, String> {
    let info = &optimizer.info;
    let declared = info.params.iter().filter(|param| param.kind != ParamKind::Options);
    let mut params: Vec<_> = declared.map(|param| (param.name.clone(), param.default.clone())).collect();
    for (name, text) in settings {
        let declared = info.declared(name);
        if declared.is_none() && info.free_options().is_none() {
            return Err(format!("`{}` has no parameter `{name}`", info.name));
        }
        let value = parse(declared, text);
        if let Some(declared) = declared {
            declared.check(&value).map_err(|reason| format!("`{name}`: {reason}"))?;
        }
        match params.iter_mut().find(|(known, _)| known == name) {
            Some(param) => param.1 = Some(value),
            None => params.push((name.clone(), Some(value))),
        }
    }
    Ok(params)
}

fn parse(declared: Option<&ParamInfo>, text: &str) -> ParamValue {
    let number = || text.parse().map(ParamValue::Integer).ok().or_else(|| text.parse().map(ParamValue::Real).ok());
    let boolean = || text.parse().map(ParamValue::Boolean).ok();
    let parsed = match declared.map(|param| &param.kind) {
        Some(ParamKind::Real) => text.parse().map(ParamValue::Real).ok(),
        Some(ParamKind::Integer) => text.parse().map(ParamValue::Integer).ok(),
        Some(ParamKind::Boolean) => boolean(),
        Some(ParamKind::Choice(_) | ParamKind::Text | ParamKind::File) => None,
        Some(ParamKind::Options) | None => number().or_else(boolean),
    };
    parsed.unwrap_or_else(|| ParamValue::Text(text.to_owned()))
}
