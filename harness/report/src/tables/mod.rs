//! Tables: for people as HTML, Markdown and LaTeX, for programs as CSV with full precision.

mod accuracy;
pub(crate) mod basins;
mod certificates;
mod data;
mod environment;
mod failures;
mod headline;
mod pairs;
mod rates;
mod suite;
mod table;
mod targets;
mod theory;
mod tuning;
mod values;

use harness_analysis::Analysis;

pub(crate) use table::{Table, exact};

/// The tables that the page shows. A new one is one more line here.
pub(crate) struct Tables {
    /// All problems together.
    pub(crate) suite: Table,
    /// Cost to the target, per problem.
    pub(crate) headline: Table,
    /// Average runtime to several targets.
    pub(crate) targets: Table,
    /// What was reached in the end.
    pub(crate) accuracy: Table,
    /// Optimizers in pairs.
    pub(crate) pairs: Table,
    /// Rates near the limit.
    pub(crate) rates: Table,
    /// Optima that Newton's method leads to from the ends of runs.
    pub(crate) basins: Table,
    /// What theory guarantees, and was seen to hold.
    pub(crate) certificates: Table,
    /// Settings.
    pub(crate) tuning: Table,
    /// Failed runs.
    pub(crate) failures: Table,
    /// Machine, program, settings of the analysis, references.
    pub(crate) environment: Table,
}

impl Tables {
    /// Of an analysis.
    pub(crate) fn new(analysis: &Analysis<'_>) -> Self {
        Self {
            suite: suite::table(analysis),
            headline: headline::table(analysis),
            targets: targets::table(analysis),
            accuracy: accuracy::table(analysis),
            pairs: pairs::table(analysis),
            rates: rates::table(analysis),
            basins: basins::table(analysis),
            certificates: certificates::table(analysis),
            tuning: tuning::table(analysis),
            failures: failures::table(analysis),
            environment: environment::table(analysis),
        }
    }

    /// In the order of the page.
    pub(crate) fn all(&self) -> [&Table; 11] {
        let Self {
            suite,
            headline,
            targets,
            accuracy,
            pairs,
            rates,
            basins,
            certificates,
            tuning,
            failures,
            environment,
        } = self;
        [suite, headline, targets, accuracy, pairs, rates, basins, certificates, tuning, failures, environment]
    }

    /// Names and contents of their files; tables without rows have none.
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        for table in self.all().into_iter().filter(|table| !table.rows.is_empty()) {
            // Apart from the files of data, whose names say what they hold.
            files.push((format!("table-{}.csv", table.stem), table.csv()));
            files.push((format!("table-{}.md", table.stem), table.markdown()));
            files.push((format!("table-{}.tex", table.stem), table.latex()));
        }
        files
    }
}

/// A file of data, made when it is written: with many units it is long.
pub(crate) type DataFile = fn(&Analysis<'_>) -> String;

/// Everything that is known of series, pairs, units, rates and optima, for programs, by the names of the files.
pub(crate) const DATA: [(&str, DataFile); 7] = [
    ("summary.csv", data::summary),
    ("comparisons.csv", data::comparisons),
    ("units.csv", data::units),
    ("rates.csv", theory::rates),
    ("optima.csv", theory::optima),
    ("basins.csv", basins::all),
    ("certificates.csv", certificates::all),
];

/// Place of an optimizer in the benchmark.
fn place(analysis: &Analysis<'_>, label: &str) -> Option<usize> {
    analysis.optimizers.iter().position(|other| *other == label)
}

/// Comma-separated values: one header row, then the others.
pub(crate) fn csv(header: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in std::iter::once(header).chain(rows) {
        writer.write_record(&row).expect("writing to memory, rows of equal length");
    }
    let bytes = writer.into_inner().expect("writing to memory");
    String::from_utf8(bytes).expect("made of strings")
}
