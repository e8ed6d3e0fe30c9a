//! `harness export`: results for other tools.

use std::fs;

use harness_analysis::Axis;
use harness_engine::results::ResultsFolder;

use crate::args::ExportArgs;
use crate::error::CliError;
use crate::{output, report};

/// Writes results in COCO's format.
pub(crate) fn run(args: &ExportArgs) -> Result<(), CliError> {
    let results = report::read(&ResultsFolder::open(&args.results)?)?;
    let axis = args.cost.map_or_else(|| results.analysis.cost.into(), Axis::from);
    let files = harness_report::coco_files(&harness_analysis::analyze(&results), axis);
    for (name, content) in &files {
        let path = args.out.join(name);
        let folder = path.parent().unwrap_or(&args.out);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, content))
            .map_err(|error| CliError::Failed(format!("{}: {error}", path.display())))?;
    }
    output::print(&format!("{}: {} files\n", args.out.display(), files.len()))
}
