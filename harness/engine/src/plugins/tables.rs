//! Reading what a plugin says of its optimizers, from its tables alone: none of its code runs.

use harness_plugin_api::abi::{
    HARNESS_FLAG_DESCENT, HARNESS_FLAG_ONE_SHOT, HARNESS_FLAG_OWN_START, HARNESS_PARAM_BOOLEAN, HARNESS_PARAM_CHOICE,
    HARNESS_PARAM_FILE, HARNESS_PARAM_INTEGER, HARNESS_PARAM_MAX_OPEN, HARNESS_PARAM_MIN_OPEN, HARNESS_PARAM_OPTIONAL,
    HARNESS_PARAM_OPTIONS, HARNESS_PARAM_REAL, HARNESS_PARAM_TEXT, HARNESS_SCALE_LOG, HarnessOptimizer,
    HarnessParamSpec, HarnessStr,
};
use harness_plugin_api::table;

use super::info::{OptimizerInfo, ParamInfo, ParamKind, ParamValue};

/// The most entries that any list of a plugin is believed to have: beyond lies a count that nobody set.
pub(super) const MOST: usize = 4096;
/// The longest text that is believed, in bytes.
const LONGEST: usize = 1 << 20;

/// Reads the description of an optimizer, and checks that it can be called.
pub(super) fn read_optimizer(table: &HarnessOptimizer) -> Result<OptimizerInfo, String> {
    let name = text(table.name, "name of an optimizer")?;
    if !is_name(&name) {
        return Err(format!("`{name}` is no name for an optimizer: lower case letters, digits and `_` are"));
    }
    for (function, is_missing) in
        [("create", table.create.is_none()), ("step", table.step.is_none()), ("destroy", table.destroy.is_none())]
    {
        if is_missing {
            return Err(format!("`{name}` has no `{function}`"));
        }
    }
    let mut requires = Vec::new();
    let missing = |pointer: bool, count: usize, what: &str| match count {
        0 => Ok(()),
        _ if pointer => Err(format!("`{name}` counts {count} {what} but points to none")),
        1..=MOST => Ok(()),
        _ => Err(format!("`{name}` counts {count} {what}, {MOST} at most are expected")),
    };
    missing(table.required.is_null(), table.n_required, "required extensions")?;
    missing(table.params.is_null(), table.n_params, "parameters")?;
    for i in 0..table.n_required {
        // SAFETY: an array of `n_required` texts of a library that stays loaded.
        requires.push(text(unsafe { *table.required.add(i) }, "a required extension")?);
    }
    let mut params: Vec<ParamInfo> = Vec::new();
    for i in 0..table.n_params {
        // SAFETY: rule 2, an array of `n_params` pointers to statics of a library that stays loaded.
        let spec = unsafe { table::read(*table.params.add(i)) }.map_err(|reason| format!("`{name}`: {reason}"))?;
        let param = read_param(&spec).map_err(|reason| format!("`{name}`: {reason}"))?;
        if params.iter().any(|other| other.name == param.name) {
            return Err(format!("`{name}` declares `{}` twice", param.name));
        }
        if params.last().is_some_and(|previous| previous.kind == ParamKind::Options) {
            return Err(format!("`{name}` declares `{}` after its free options, which must come last", param.name));
        }
        params.push(param);
    }
    Ok(OptimizerInfo {
        version: text(table.version, "version")?,
        summary: text(table.summary, "summary")?,
        doc: text(table.doc, "documentation")?,
        one_shot: table.flags & HARNESS_FLAG_ONE_SHOT != 0,
        own_start: table.flags & HARNESS_FLAG_OWN_START != 0,
        descent: table.flags & HARNESS_FLAG_DESCENT != 0,
        name,
        requires,
        params,
    })
}

fn read_param(spec: &HarnessParamSpec) -> Result<ParamInfo, String> {
    let name = text(spec.name, "name of a parameter")?;
    if !is_name(&name) || RESERVED.contains(&name.as_str()) {
        return Err(format!(
            "`{name}` is no name for a parameter: lower case letters, digits and `_` are, but for {RESERVED:?}"
        ));
    }
    if (spec.choices.is_null() && spec.n_choices > 0) || spec.n_choices > MOST {
        return Err(format!("`{name}` counts {} choices but points to none, or to more than {MOST}", spec.n_choices));
    }
    let mut choices = Vec::new();
    for i in 0..spec.n_choices {
        // SAFETY: an array of `n_choices` texts of a library that stays loaded.
        choices.push(text(unsafe { *spec.choices.add(i) }, "a choice")?);
    }
    let (kind, default) = match spec.kind {
        HARNESS_PARAM_REAL => (ParamKind::Real, ParamValue::Real(spec.default_number)),
        #[expect(clippy::cast_possible_truncation, reason = "defaults of integers are whole numbers of modest size")]
        HARNESS_PARAM_INTEGER => (ParamKind::Integer, ParamValue::Integer(spec.default_number as i64)),
        HARNESS_PARAM_BOOLEAN => (ParamKind::Boolean, ParamValue::Boolean(spec.default_number != 0.0)),
        HARNESS_PARAM_CHOICE => (ParamKind::Choice(choices), ParamValue::Text(text(spec.default_text, "a default")?)),
        HARNESS_PARAM_TEXT => (ParamKind::Text, ParamValue::Text(text(spec.default_text, "a default")?)),
        HARNESS_PARAM_FILE => (ParamKind::File, ParamValue::Text(text(spec.default_text, "a default")?)),
        HARNESS_PARAM_OPTIONS => (ParamKind::Options, ParamValue::Text("{}".to_owned())),
        other => return Err(format!("`{name}` has an unknown kind: {other}")),
    };
    let is_optional = spec.flags & HARNESS_PARAM_OPTIONAL != 0;
    let param = ParamInfo {
        doc: text(spec.doc, "documentation of a parameter")?,
        kind,
        default: (!is_optional).then_some(default),
        min: (spec.min, spec.flags & HARNESS_PARAM_MIN_OPEN != 0),
        max: (spec.max, spec.flags & HARNESS_PARAM_MAX_OPEN != 0),
        search: (spec.search_min.is_finite() && spec.search_max.is_finite() && spec.search_min < spec.search_max)
            .then_some((spec.search_min, spec.search_max, spec.scale == HARNESS_SCALE_LOG)),
        name,
    };
    if let Some(default) = &param.default {
        param.check(default).map_err(|reason| format!("default of `{}`: {reason}", param.name))?;
    }
    Ok(param)
}

/// Keys that have a meaning of their own in the optimizer entry of a benchmark file.
const RESERVED: [&str; 4] = ["use", "label", "grid", "tune"];

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn text(raw: HarnessStr, what: &str) -> Result<String, String> {
    if raw.len > LONGEST {
        return Err(format!("{what}: a text of {} bytes", raw.len));
    }
    // SAFETY: rule 3, texts of tables are statics of a library that stays loaded.
    unsafe { raw.as_str() }.map(str::to_owned).map_err(|reason| format!("{what}: {reason}"))
}
