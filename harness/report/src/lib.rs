//! From statistics to figures, pages and tables.
//!
//! Belongs here: everything that a reader sees. [`render`] writes a report folder; [`verdict_table`] is its summary for
//! the terminal; [`gallery`] is the page over all reports. Does not belong here: statistics and the sentences that
//! follow from them (`harness-analysis`).
//!
//! A new plot is one file under `figures/` and one line in `figures/mod.rs`; a new table one file under `tables/`.

#![forbid(unsafe_code)]

mod coco;
mod difference;
mod figures;
mod files;
mod gallery;
mod page;
mod records;
mod style;
mod svg;
mod tables;
mod terminal;

use std::path::{Path, PathBuf};

use harness_analysis::Analysis;
use harness_engine::results::Results;

pub use crate::coco::{coco_files, evaluations_per_unit};
pub use crate::difference::{difference_csv, difference_table};
pub use crate::gallery::{Gallery, gallery};
pub use crate::terminal::{Glyphs, verdict_table};

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// There is nothing to report.
    #[error("no finished unit in the results of `{name}`")]
    Empty {
        /// Benchmark name.
        name: String,
    },
    /// The folder to write holds something else.
    #[error("not a report of this program, so nothing is written there: `{}`; move it away or choose another folder", path.display())]
    NotAReport {
        /// The folder.
        path: PathBuf,
    },
    /// A file of somebody else has a name that the report needs.
    #[error("not written by this program, so it is not replaced: `{}`; move it away", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A figure could not be drawn.
    #[error("cannot draw figure `{figure}`: {reason}")]
    Draw {
        /// Its name.
        figure: String,
        /// What plotters says.
        reason: String,
    },
    /// The page could not be filled in.
    #[error("cannot fill in the page")]
    Page(#[from] minijinja::Error),
    /// A folder of reports could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The page.
    pub index: PathBuf,
    /// The figures.
    pub figures: Vec<PathBuf>,
    /// The tables.
    pub tables: Vec<PathBuf>,
}

/// Writes the report of `results` to the folder `out` (`reports/<name>`), replacing an older report there.
///
/// The folder appears whole or not at all, and the same results give the same bytes.
pub fn render(results: &Results, out: &Path) -> Result<Rendered, ReportError> {
    render_analysis(&harness_analysis::analyze(results), out, None)
}

/// As [`render`], for results that are analysed already and were read from the folder `records`, to which the page links
/// if it is `results/<name>` beside `reports/<name>`.
pub fn render_analysis(analysis: &Analysis<'_>, out: &Path, records: Option<&Path>) -> Result<Rendered, ReportError> {
    if analysis.problems.is_empty() {
        return Err(ReportError::Empty { name: analysis.results.name.clone() });
    }
    let suite = figures::suite(analysis)?;
    let problems = figures::all(analysis)?;
    let sweeps = figures::sweeps(analysis)?;
    let tables = tables::Tables::new(analysis);
    let files = tables.files();
    let records = records.and_then(|records| records::seen_from(out, records));
    let page = page::html(analysis, &suite, &problems, &sweeps, &tables, &files, records.as_deref())?;

    let mut folder = files::Folder::beside(out)?;
    let mut rendered = Rendered { index: out.join("index.html"), figures: Vec::new(), tables: Vec::new() };
    folder.write("index.html", &page)?;
    drop(page);
    folder.write("benchmark.yaml", &analysis.results.benchmark_yaml)?;
    let sets = std::iter::once(&suite).chain(&problems);
    for figure in sets.flat_map(|set| &set.figures).chain(&sweeps) {
        let name = format!("figures/{}.svg", figure.stem);
        folder.write(&name, &figure.standalone())?;
        rendered.figures.push(out.join(name));
    }
    let mut write_table = |name: &str, content: &str| {
        let name = format!("tables/{name}");
        folder.write(&name, content)?;
        rendered.tables.push(out.join(name));
        Ok::<_, ReportError>(())
    };
    for (name, content) in files {
        write_table(&name, &content)?;
    }
    for (name, content) in tables::DATA {
        write_table(name, &content(analysis))?;
    }
    let about = gallery::summary(analysis, &suite, &problems, folder.names());
    folder.write(files::ABOUT, &about)?;
    folder.swap_in(out)?;
    Ok(rendered)
}
