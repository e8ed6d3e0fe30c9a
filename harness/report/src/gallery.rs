//! The page over all published reports: one entry each, with its verdict and a picture. It is made from the
//! `report.json` of the reports alone, so that it can be made again without results.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use harness_analysis::Analysis;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, value::Serde};
use serde::{Deserialize, Serialize};

use crate::ReportError;
use crate::figures::Set;
use crate::files;
use crate::page;
use crate::records::encoded;

const TEMPLATE: &str = include_str!("../templates/gallery.html");
const STYLE: &str = include_str!("../templates/style.css");

/// Version of `report.json`.
const SCHEMA: u32 = 1;

/// What a report says of itself: `report.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Summary {
    schema: u32,
    name: String,
    question: String,
    overview: String,
    failures: String,
    facts: Vec<String>,
    /// The picture of the gallery, relative to the report.
    thumbnail: Option<String>,
    problems: Vec<ProblemSummary>,
    /// All files of the report but this one: what a later report in its place may remove.
    files: BTreeSet<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ProblemSummary {
    name: String,
    anchor: String,
    badge: String,
    tone: String,
    headline: String,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gallery {
    /// The page.
    pub index: PathBuf,
    /// Names of the reports on it.
    pub reports: Vec<String>,
    /// Folders that hold a page but no `report.json` that can be read, with the reason.
    pub left_out: Vec<(PathBuf, String)>,
}

/// The text of `report.json`.
pub(crate) fn summary(analysis: &Analysis<'_>, suite: &Set, sets: &[Set], files: &BTreeSet<String>) -> String {
    let results = analysis.results;
    let picture = suite.figures.iter().chain(sets.iter().flat_map(|set| &set.figures)).next();
    let problems = analysis.problems.iter().zip(&analysis.verdicts).zip(sets);
    let many = analysis.problems.len() > page::MANY;
    let summary = Summary {
        schema: SCHEMA,
        name: results.name.clone(),
        question: page::question(results).0.to_owned(),
        overview: analysis.overview.clone(),
        failures: analysis.failure_sentence.clone(),
        facts: page::facts(analysis),
        thumbnail: picture.map(|figure| format!("figures/{}.svg", figure.stem)),
        problems: problems
            .map(|((problem, verdict), set)| ProblemSummary {
                name: problem.name.to_owned(),
                anchor: set.stem.clone(),
                badge: verdict.standing.badge().to_owned(),
                tone: page::tone(verdict.standing).to_owned(),
                headline: if many { verdict.short.clone() } else { verdict.headline.clone() },
            })
            .collect(),
        files: files.clone(),
    };
    serde_json::to_string_pretty(&summary).unwrap_or_default() + "\n"
}

/// Writes `index.html` over all reports in the folder `reports`, in the order of their names.
pub fn gallery(reports: &Path) -> Result<Gallery, ReportError> {
    let read = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| ReportError::Read { path, source }
    };
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(reports).map_err(read(reports))? {
        let path = entry.map_err(read(reports))?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.join("index.html").is_file() && !is_hidden {
            folders.push(path);
        }
    }
    folders.sort();
    let mut entries = Vec::new();
    let mut left_out = Vec::new();
    for folder in folders {
        match summary_in(&folder) {
            Ok(summary) => {
                let folder = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
                entries.push(Entry { folder: encoded(&folder), summary });
            }
            Err(reason) => left_out.push((folder, reason)),
        }
    }
    let names = entries.iter().map(|entry| entry.summary.name.clone()).collect();
    let index = reports.join("index.html");
    if index.exists() && !files::is_ours(&index) {
        return Err(ReportError::Foreign { path: index });
    }
    let html = html(&entries)?;
    let beside = reports.join(format!(".index.{}.part", std::process::id()));
    fs::write(&beside, html)
        .and_then(|()| fs::rename(&beside, &index))
        .map_err(|source| ReportError::Write { path: index.clone(), source })?;
    Ok(Gallery { index, reports: names, left_out })
}

#[derive(Serialize)]
struct Entry {
    /// For links.
    folder: String,
    summary: Summary,
}

fn summary_in(folder: &Path) -> Result<Summary, String> {
    let text = fs::read_to_string(folder.join(files::ABOUT)).map_err(|error| error.to_string())?;
    let summary: Summary = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if summary.schema != SCHEMA {
        return Err(format!("layout {} of report.json, {SCHEMA} expected", summary.schema));
    }
    // It becomes a link: only what the report itself writes.
    let is_plain = |path: &String| {
        path.strip_prefix("figures/").is_some_and(|name| !name.contains(['/', '\\', ':', '?', '#', '%']))
    };
    if summary.thumbnail.as_ref().is_some_and(|path| !is_plain(path)) {
        return Err("the thumbnail lies elsewhere".to_owned());
    }
    Ok(summary)
}

fn html(entries: &[Entry]) -> Result<String, minijinja::Error> {
    #[derive(Serialize)]
    struct Page<'a> {
        style: &'static str,
        reports: &'a [Entry],
    }
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("gallery.html", TEMPLATE)?;
    environment.get_template("gallery.html")?.render(Serde(Page { style: STYLE, reports: entries }))
}

#[cfg(test)]
mod tests {
    use harness_analysis::testing;

    use super::*;

    #[test]
    fn lists_all_reports_and_says_what_it_leaves_out() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b", "a"] {
            let mut results = testing::demo(6);
            results.name = name.to_owned();
            crate::render(&results, &root.path().join(name)).unwrap();
        }
        fs::create_dir(root.path().join("old")).unwrap();
        fs::write(root.path().join("old/index.html"), "").unwrap();
        fs::create_dir(root.path().join("notes")).unwrap();
        let made = gallery(root.path()).unwrap();
        assert_eq!(made.reports, ["a", "b"]);
        assert_eq!(made.left_out.len(), 1);
        let page = fs::read_to_string(&made.index).unwrap();
        assert!(page.find("href=\"a/index.html\"").unwrap() < page.find("href=\"b/index.html\"").unwrap());
        for link in page.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(root.path().join(link.replace("&#x2f;", "/")).is_file(), "{link}");
        }
        assert_eq!(fs::read_to_string(&gallery(root.path()).unwrap().index).unwrap(), page, "the same bytes again");
    }

    #[test]
    fn folders_and_texts_cannot_break_out() {
        let root = tempfile::tempdir().unwrap();
        let mut results = testing::demo(6);
        results.name = "<script>alert(1)</script>".to_owned();
        let out = root.path().join("x");
        crate::render(&results, &out).unwrap();
        assert!(!fs::read_to_string(gallery(root.path()).unwrap().index).unwrap().contains("<script"));
        let text = fs::read_to_string(out.join(files::ABOUT)).unwrap();
        fs::write(out.join(files::ABOUT), text.replace("figures/suite", "figures/../../suite")).unwrap();
        assert_eq!(gallery(root.path()).unwrap().reports.len(), 0);
    }
}
