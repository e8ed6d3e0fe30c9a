//! Optimizers that take a file and whatever other keys the user gives: the bridge to another language.

use super::complete;
use crate::plugins::{Catalog, OptimizerInfo, ParamInfo, ParamKind, ParamValue};
use crate::spec::{Benchmark, SpecError, load};

fn check(entry: &str) -> Result<Benchmark, SpecError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.py"), "").unwrap();
    let path = folder.path().join("bench.yaml");
    std::fs::write(&path, complete(&format!("optimizers: [{entry}]\n"))).unwrap();
    load(&path).unwrap().resolve(&catalog())
}

fn catalog() -> Catalog {
    let param = |name: &str, kind: ParamKind| ParamInfo {
        name: name.to_owned(),
        doc: String::new(),
        kind,
        default: None,
        min: (f64::NEG_INFINITY, false),
        max: (f64::INFINITY, false),
        search: None,
    };
    let bridge = OptimizerInfo {
        name: "python".to_owned(),
        params: vec![
            param("file", ParamKind::File),
            param("class", ParamKind::Text),
            param("options", ParamKind::Options),
        ],
        ..OptimizerInfo::default()
    };
    Catalog::from([("python".to_owned(), bridge)])
}

#[test]
fn free_keys_may_be_swept_like_any_other() {
    let benchmark = check("{ use: python, file: mine.py, words: a b, grid: { step: [0.1, 1] } }").unwrap();
    let values: Vec<String> = benchmark.optimizers.iter().map(|config| format!("{:?}", config.params)).collect();
    let expected = |step: &str| {
        format!(
            r#"[("file", Some(Text("mine.py"))), ("class", None), ("step", Some({step})), ("words", Some(Text("a b")))]"#
        )
    };
    assert_eq!(values, [expected("Real(0.1)"), expected("Integer(1)")]);
    let first = &benchmark.optimizers[0];
    assert_eq!(first.given["step"], ParamValue::Real(0.1));
}

#[test]
fn a_file_that_is_not_there_is_said_before_anything_runs() {
    let message = check("{ use: python, file: other.py }").unwrap_err().to_string();
    assert!(message.contains("`file`: ") && message.contains("other.py does not exist"), "{message}");
    assert!(message.contains("relative to the folder of the benchmark file"), "{message}");
    let message = check("{ use: python, file: 3 }").unwrap_err().to_string();
    assert!(message.contains("expected the path of a file for `file`, found"), "{message}");
}
