//! A few optimizers as their plugins would declare them.

use crate::plugins::{Catalog, OptimizerInfo, ParamInfo, ParamKind, ParamValue};

pub(super) fn catalog() -> Catalog {
    let optimizers = [
        optimizer("em", vec![real("inner_tolerance", Some(1e-12), (0.0, true), (1.0, false))]),
        optimizer(
            "adam",
            vec![
                real("step", Some(0.001), (0.0, true), (f64::INFINITY, true)),
                real("beta1", Some(0.9), (0.0, false), (1.0, true)),
                real("beta2", Some(0.999), (0.0, false), (1.0, true)),
                ParamInfo {
                    name: "batch_size".to_owned(),
                    doc: "rows in each batch; all rows if unset".to_owned(),
                    kind: ParamKind::Integer,
                    default: None,
                    min: (1.0, false),
                    max: (f64::INFINITY, true),
                    search: None,
                },
            ],
        ),
        optimizer(
            "gradient_descent",
            vec![
                real("step", Some(0.1), (0.0, true), (f64::INFINITY, true)),
                ParamInfo {
                    kind: ParamKind::Choice(["none", "heavy_ball", "nesterov"].map(str::to_owned).to_vec()),
                    default: Some(ParamValue::Text("none".to_owned())),
                    ..real("momentum", None, (0.0, false), (1.0, true))
                },
                ParamInfo {
                    kind: ParamKind::Boolean,
                    default: Some(ParamValue::Boolean(false)),
                    ..real("decay", None, (0.0, false), (1.0, true))
                },
            ],
        ),
        optimizer("mirror_descent", vec![real("step", Some(1.0), (0.0, true), (f64::INFINITY, true))]),
        optimizer("linfa_kmeans", vec![]),
    ];
    optimizers.into_iter().map(|info| (info.name.clone(), info)).collect()
}

fn optimizer(name: &str, params: Vec<ParamInfo>) -> OptimizerInfo {
    OptimizerInfo {
        name: name.to_owned(),
        version: "0.1.0".to_owned(),
        summary: String::new(),
        doc: String::new(),
        one_shot: false,
        own_start: false,
        descent: false,
        requires: Vec::new(),
        params,
    }
}

fn real(name: &str, default: Option<f64>, min: (f64, bool), max: (f64, bool)) -> ParamInfo {
    ParamInfo {
        name: name.to_owned(),
        doc: String::new(),
        kind: ParamKind::Real,
        default: default.map(ParamValue::Real),
        min,
        max,
        search: None,
    }
}
