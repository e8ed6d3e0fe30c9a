//! The checked values of an optimizer's hyper-parameters as the table that a plugin reads.

use std::path::Path;

use harness_plugin_api::abi::{
    HARNESS_PARAM_BOOLEAN, HARNESS_PARAM_CHOICE, HARNESS_PARAM_FILE, HARNESS_PARAM_INTEGER, HARNESS_PARAM_OPTIONS,
    HARNESS_PARAM_REAL, HARNESS_PARAM_TEXT, HarnessConfig, HarnessStr, HarnessValue,
};

use crate::plugins::{OptimizerInfo, ParamKind, ParamValue};

/// Values in declared order, and the texts that they point to. Texts are boxed: they stay where they are when this moves.
#[derive(Debug)]
pub(crate) struct CallValues {
    values: Vec<HarnessValue>,
    pointers: Vec<*const HarnessValue>,
    _texts: Vec<Box<str>>,
}

// SAFETY: nothing changes after `new`; the pointers lead to what this value owns.
unsafe impl Send for CallValues {}
// SAFETY: as above.
unsafe impl Sync for CallValues {}

impl CallValues {
    /// `params` hold the declared ones and, for an optimizer with free options, others. Relative paths of files are
    /// taken to be relative to `base_dir`.
    pub(crate) fn new(info: &OptimizerInfo, params: &[(String, Option<ParamValue>)], base_dir: &Path) -> Self {
        let mut texts = Vec::new();
        let values: Vec<HarnessValue> = info
            .params
            .iter()
            .map(|declared| {
                let given =
                    params.iter().find(|(name, _)| *name == declared.name).and_then(|(_, value)| value.as_ref());
                let text = match (&declared.kind, given) {
                    (ParamKind::Options, _) => Some(free_options(info, params)),
                    (ParamKind::File, Some(ParamValue::Text(path))) => Some(absolute(base_dir, path)),
                    (_, Some(ParamValue::Text(text))) => Some(text.clone()),
                    _ => None,
                };
                let text = text.map(String::into_boxed_str);
                let raw = raw_value(&declared.kind, given, text.as_deref());
                texts.extend(text);
                raw
            })
            .collect();
        let pointers = values.iter().map(std::ptr::from_ref).collect();
        Self { values, pointers, _texts: texts }
    }

    /// The table; valid as long as this value.
    pub(crate) fn table(&self, seed: u64) -> HarnessConfig {
        HarnessConfig {
            struct_size: size_of::<HarnessConfig>(),
            values: self.pointers.as_ptr(),
            n_values: self.values.len(),
            seed,
        }
    }
}

/// The JSON object of all values that are not declared, sorted by name.
fn free_options(info: &OptimizerInfo, params: &[(String, Option<ParamValue>)]) -> String {
    let mut free: Vec<(&String, &ParamValue)> = params
        .iter()
        .filter(|(name, _)| info.declared(name).is_none())
        .filter_map(|(name, value)| Some((name, value.as_ref()?)))
        .collect();
    free.sort_by_key(|(name, _)| *name);
    let object: serde_json::Map<String, serde_json::Value> = free
        .into_iter()
        .map(|(name, value)| (name.clone(), serde_json::to_value(value).unwrap_or(serde_json::Value::Null)))
        .collect();
    serde_json::Value::Object(object).to_string()
}

/// The path as a plugin receives it.
pub(crate) fn absolute(base_dir: &Path, path: &str) -> String {
    let joined = base_dir.join(path);
    std::path::absolute(&joined).unwrap_or(joined).to_string_lossy().into_owned()
}

fn raw_value(kind: &ParamKind, value: Option<&ParamValue>, text: Option<&str>) -> HarnessValue {
    let mut raw = HarnessValue {
        struct_size: size_of::<HarnessValue>(),
        kind: match kind {
            ParamKind::Real => HARNESS_PARAM_REAL,
            ParamKind::Integer => HARNESS_PARAM_INTEGER,
            ParamKind::Boolean => HARNESS_PARAM_BOOLEAN,
            ParamKind::Choice(_) => HARNESS_PARAM_CHOICE,
            ParamKind::Text => HARNESS_PARAM_TEXT,
            ParamKind::File => HARNESS_PARAM_FILE,
            ParamKind::Options => HARNESS_PARAM_OPTIONS,
        },
        is_set: u32::from(value.is_some() || text.is_some()),
        number: f64::NAN,
        integer: 0,
        text: text.map_or(HarnessStr::EMPTY, HarnessStr::borrowed),
    };
    match value {
        Some(ParamValue::Boolean(value)) => {
            raw.integer = i64::from(*value);
            raw.number = f64::from(u8::from(*value));
        }
        Some(ParamValue::Integer(value)) => {
            raw.integer = *value;
            raw.number = *value as f64;
        }
        Some(ParamValue::Real(value)) => raw.number = *value,
        Some(ParamValue::Text(_)) | None => {}
    }
    raw
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{CallValues, ParamKind, ParamValue};
    use crate::plugins::{OptimizerInfo, ParamInfo};

    fn declare(name: &str, kind: ParamKind) -> ParamInfo {
        ParamInfo {
            name: name.to_owned(),
            doc: String::new(),
            kind,
            default: None,
            min: (f64::NEG_INFINITY, false),
            max: (f64::INFINITY, false),
            search: None,
        }
    }

    #[test]
    fn what_is_not_declared_arrives_as_json_and_files_as_absolute_paths() {
        let info = OptimizerInfo {
            params: vec![declare("file", ParamKind::File), declare("options", ParamKind::Options)],
            ..OptimizerInfo::default()
        };
        let params = [
            ("file".to_owned(), Some(ParamValue::Text("a.py".to_owned()))),
            ("step".to_owned(), Some(ParamValue::Real(0.1))),
            ("memory".to_owned(), Some(ParamValue::Integer(5))),
        ];
        let values = CallValues::new(&info, &params, Path::new("/folder"));
        // SAFETY: the texts live as long as `values`.
        let texts: Vec<&str> = values.values.iter().map(|value| unsafe { value.text.as_str() }.unwrap()).collect();
        assert_eq!(texts, ["/folder/a.py", r#"{"memory":5,"step":0.1}"#]);
        assert!(values.values.iter().all(|value| value.is_set == 1));
    }
}
