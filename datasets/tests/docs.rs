//! The page of the datasets says what the registry says. `UPDATE_EXPECT=1` writes it again.

use std::path::Path;

#[test]
fn the_page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/datasets.md");
    let current = harness_datasets::markdown();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &current).expect("the folder of the docs can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let again = "UPDATE_EXPECT=1 cargo test -p harness-datasets --test docs";
    assert!(written == current, "docs/datasets.md is not current: {again}");
}
