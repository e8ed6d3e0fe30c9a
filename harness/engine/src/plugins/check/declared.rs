//! What an optimizer says of itself: names, documents, ranges, and whether its own values are usable.

use std::path::Path;

use harness_plugin_api::abi::HARNESS_ERR_CONFIG;

use super::host::Behaviour;
use super::session::{Subject, is_unsupported};
use super::verdict::Finding;
use crate::plugins::values::CallValues;
use crate::plugins::{ParamInfo, ParamKind, ParamValue};

/// The tables beyond what loading has checked already.
pub(super) fn declared(subject: &Subject) -> Finding {
    let info = &subject.optimizer.info;
    for param in &info.params {
        let name = &param.name;
        if let Some((low, high, by_ratio)) = param.search {
            let inside = |value: f64| value >= param.min.0 && value <= param.max.0;
            if !inside(low) || !inside(high) {
                return Finding::Failed(format!(
                    "`{name}` is searched from {low} to {high}, but must be {}",
                    param.range_text()
                ));
            }
            if by_ratio && low <= 0.0 {
                return Finding::Failed(format!("`{name}` is searched by ratio from {low}, which is not above 0"));
            }
        }
        if let ParamKind::Choice(words) = &param.kind
            && words.is_empty()
        {
            return Finding::Failed(format!("`{name}` is one of no words"));
        }
    }
    let undocumented = info.params.iter().find(|param| param.doc.trim().is_empty()).map(|param| param.name.as_str());
    let empty = [("version", &info.version), ("summary", &info.summary), ("doc", &info.doc)];
    if let Some((what, _)) = empty.iter().find(|(_, text)| text.trim().is_empty()) {
        return Finding::Warning(format!("`{what}` is empty"));
    }
    if let Some(name) = undocumented {
        return Finding::Warning(format!("parameter `{name}` has no `doc`"));
    }
    if info.summary.contains('\n') {
        return Finding::Warning("`summary` is more than a line".to_owned());
    }
    if let Some(param) = info
        .params
        .iter()
        .find(|param| ["lr", "learning_rate", "stepsize", "step_size", "eta"].contains(&param.name.as_str()))
    {
        return Finding::Warning(format!("`{}`: every step size of the harness is called `step`", param.name));
    }
    Finding::Passed(format!("{} parameters", info.params.len()))
}

/// Every word of a choice and both ends of every range: a refusal with HARNESS_ERR_CONFIG is an answer too.
pub(super) fn values(subject: &Subject) -> Finding {
    let info = &subject.optimizer.info;
    if subject.begin(Behaviour::GOOD, 1).and_then(|mut session| session.step()).is_err() {
        return Finding::see_runs();
    }
    let mut n_tried = 0;
    for param in &info.params {
        for value in edges(param) {
            n_tried += 1;
            let params: Vec<(String, Option<ParamValue>)> = info
                .params
                .iter()
                .map(|other| {
                    let value = if other.name == param.name { Some(value.clone()) } else { other.default.clone() };
                    (other.name.clone(), value)
                })
                .collect();
            let values = CallValues::new(info, &params, Path::new("."));
            let failure = match subject.begin_with(&values) {
                Ok(mut session) => session.steps(2).err(),
                Err(failure) => Some(failure),
            };
            let Some(failure) = failure else { continue };
            // A step may fail where a value is extreme; a word that is offered must work or be refused as such.
            let is_word = matches!(param.kind, ParamKind::Choice(_) | ParamKind::Boolean);
            if is_word && failure.status != HARNESS_ERR_CONFIG && !is_unsupported(&failure) {
                return Finding::Failed(format!("with `{}: {value}` {failure}", param.name));
            }
        }
    }
    if n_tried == 0 {
        Finding::Skipped("no parameter has an edge to try".to_owned())
    } else {
        Finding::Passed(format!("{n_tried} values"))
    }
}

fn edges(param: &ParamInfo) -> Vec<ParamValue> {
    match &param.kind {
        ParamKind::Choice(words) => words.iter().cloned().map(ParamValue::Text).collect(),
        ParamKind::Boolean => vec![ParamValue::Boolean(false), ParamValue::Boolean(true)],
        ParamKind::Real => {
            let ends = [(param.min.0, param.min.1), (param.max.0, param.max.1)];
            ends.iter().filter(|(end, open)| end.is_finite() && !open).map(|(end, _)| ParamValue::Real(*end)).collect()
        }
        // The greatest count may be a request for as much memory.
        #[expect(clippy::cast_possible_truncation, reason = "bounds of integers are whole numbers of modest size")]
        ParamKind::Integer if param.min.0.is_finite() && !param.min.1 => vec![ParamValue::Integer(param.min.0 as i64)],
        _ => Vec::new(),
    }
}
