//! `harness report`, `harness gallery` and `harness show`: what is read from results and reports, again.

use std::path::Path;

use harness_engine::results::{Results, ResultsFolder};

use crate::args::{GalleryArgs, ReportArgs, ShowArgs};
use crate::error::CliError;
use crate::output::{self, say};

/// Renders the reports of results folders.
pub(crate) fn render(args: &ReportArgs) -> Result<(), CliError> {
    for path in &args.results {
        let folder = ResultsFolder::open(path)?;
        publish(&folder, &read(&folder)?, &args.out)?;
    }
    Ok(())
}

/// Writes the page over all reports, and says which folders it leaves out.
pub(crate) fn gallery(args: &GalleryArgs) -> Result<(), CliError> {
    let made = harness_report::gallery(&args.reports)?;
    for (folder, reason) in &made.left_out {
        say!("note: left out: {}: {reason}; write it again with `harness report`", folder.display());
    }
    let count = made.reports.len();
    output::print(&format!("{} ({count} report{})\n", made.index.display(), if count == 1 { "" } else { "s" }))
}

/// Prints verdicts.
pub(crate) fn show(args: &ShowArgs) -> Result<(), CliError> {
    for path in &args.results {
        let results = read(&ResultsFolder::open(path)?)?;
        output::print(&harness_report::verdict_table(&harness_analysis::analyze(&results), output::glyphs()))?;
    }
    Ok(())
}

/// Reads results, and says what is damaged and left out.
pub(crate) fn read(folder: &ResultsFolder) -> Result<Results, CliError> {
    let (results, damaged) = folder.read_noting_damage()?;
    for damage in damaged {
        say!("note: {damage}");
    }
    for differing in results.timing.iter().flat_map(|timing| &timing.differing) {
        say!("note: the timing pass did otherwise, so that its times are not used: {differing}");
    }
    Ok(results)
}

/// Writes everything that follows from results: the table of all traces, the references, the report; then prints the
/// verdict and where the report lies.
pub(crate) fn publish(folder: &ResultsFolder, results: &Results, out: &Path) -> Result<(), CliError> {
    folder.write_traces(results)?;
    if let Some(timing) = &results.timing {
        folder.write_timing(timing)?;
    }
    let analysis = harness_analysis::analyze(results);
    let to = out.join("reports").join(&results.name);
    let rendered = harness_report::render_analysis(&analysis, &to, Some(folder.root()))?;
    let table = harness_report::verdict_table(&analysis, output::glyphs());
    match output::print(&format!("{table}\nreport: {}\n", rendered.index.display())) {
        // Whoever does not read to the end may still want to know how it ended.
        Err(CliError::BrokenPipe) => Ok(()),
        result => result,
    }
}
