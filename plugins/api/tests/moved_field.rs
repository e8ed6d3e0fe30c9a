//! Moving a field of the ABI stops the build, and says where to read on.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Two fields of the same type: nothing but their order can tell.
const BEFORE: &str = "    /// Numbers in θ.\n    pub dim: usize,\n    /// Training rows.\n    pub n_rows: usize,\n";
const AFTER: &str = "    /// Training rows.\n    pub n_rows: usize,\n    /// Numbers in θ.\n    pub dim: usize,\n";

/// Builds a copy of the crate whose `abi.rs` is edited; what the compiler says, if it refuses.
fn build(name: &str, edit: impl Fn(&str) -> String) -> Option<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&copy).unwrap();
    for entry in std::fs::read_dir(here.join("src")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let text = if path.ends_with("abi.rs") { edit(&text) } else { text };
        std::fs::write(copy.join(path.file_name().unwrap()), text).unwrap();
    }
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--out-dir"]).arg(&copy);
    let output = rustc.arg(copy.join("lib.rs")).env("CARGO_PKG_VERSION", "0.0.0").output().unwrap();
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn moving_a_field_stops_the_build() {
    assert_eq!(build("as_it_is", str::to_owned), None);
    let refusal = build("moved", |text| {
        assert_eq!(text.matches(BEFORE).count(), 1);
        text.replace(BEFORE, AFTER)
    });
    let refusal = refusal.expect("a moved field must not compile");
    assert!(refusal.contains("a field of the plugin ABI has moved: see layout.rs"), "{refusal}");
    let grown =
        build("grown", |text| text.replace("    pub flow: u32,\n}", "    pub flow: u32,\n    pub more: u64,\n}"));
    assert!(grown.is_some_and(|refusal| refusal.contains("has moved")), "a new field needs a new minor version");
}
