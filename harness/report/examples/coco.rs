//! Writes constructed results in COCO's format, for `tests/fixtures/write_coco_cases.py`:
//! `cargo run -p harness-report --example coco -- FOLDER`.

use std::path::PathBuf;

use harness_analysis::{Axis, testing};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "coco".to_owned()));
    let results = testing::demo(12);
    let analysis = harness_analysis::analyze(&results);
    for (name, content) in harness_report::coco_files(&analysis, Axis::Passes) {
        let path = out.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&out))?;
        std::fs::write(path, content)?;
    }
    Ok(())
}
