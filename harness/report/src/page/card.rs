//! The card of a problem: its verdict, its data, its figures.

use harness_analysis::format::number;
use harness_analysis::{Analysis, Problem, Standing};
use serde::Serialize;

use super::views::{FigureView, Views};
use crate::figures::Set;
use crate::tables::{Table, Tables, basins};

/// One problem.
#[derive(Serialize)]
pub(super) struct Card<'a> {
    stem: &'a str,
    name: &'a str,
    badge: &'static str,
    tone: &'static str,
    short: &'a str,
    headline: &'a str,
    beside: &'a [String],
    details: &'a [String],
    data: String,
    /// Whether any rate could be measured.
    has_rates: bool,
    /// Whether theory predicts any.
    has_predictions: bool,
    figures: Vec<FigureView<'a>>,
    rates: Table,
    basins: Table,
    certificates: Table,
    /// How many basins there are, if not all are shown.
    all_basins: Option<usize>,
    more: Vec<FigureView<'a>>,
}

impl Card<'_> {
    /// Its rates with the name of the table.
    pub(super) fn rates(&self) -> (String, &Table) {
        (format!("rates--{}", self.stem), &self.rates)
    }

    /// Its certificates with the name of the table.
    pub(super) fn certificates(&self) -> (String, &Table) {
        (format!("certificates--{}", self.stem), &self.certificates)
    }

    /// Its basins with the name of the table.
    pub(super) fn basins(&self) -> (String, &Table) {
        (format!("basins--{}", self.stem), &self.basins)
    }
}

pub(super) fn card<'a>(
    analysis: &'a Analysis<'a>,
    at: usize,
    set: &'a Set,
    views: &Views<'a>,
    tables: &Tables,
) -> Card<'a> {
    let problem = &analysis.problems[at];
    let verdict = &analysis.verdicts[at];
    Card {
        stem: &set.stem,
        name: problem.name,
        badge: verdict.standing.badge(),
        tone: tone(verdict.standing),
        short: &verdict.short,
        headline: &verdict.headline,
        beside: &verdict.beside,
        details: &verdict.details,
        data: data(problem),
        has_rates: analysis.rates[at].iter().any(|rates| rates.fitted.is_some()),
        has_predictions: analysis.rates[at].iter().any(|rates| rates.predicted.is_some()),
        figures: views.shown(&set.figures),
        rates: tables.rates.of_group(problem.name),
        certificates: tables.certificates.of_group(problem.name),
        all_basins: basins::beyond(analysis, problem),
        basins: tables.basins.of_group(problem.name),
        more: views.more(&set.figures),
    }
}

/// How a badge is coloured.
pub(crate) fn tone(standing: Standing) -> &'static str {
    match standing {
        Standing::Clear => "good",
        Standing::Tied | Standing::Undecided | Standing::TradeOff => "even",
        Standing::TooFewSeeds
        | Standing::MetAtStart
        | Standing::Unsettled
        | Standing::Untimed
        | Standing::Alone
        | Standing::Nothing => "open",
        Standing::NobodyReaches => "bad",
    }
}

fn data(problem: &Problem<'_>) -> String {
    let Some(record) = problem.series.iter().flat_map(|series| &series.runs).map(|run| run.record).next() else {
        return String::new();
    };
    let classes = record.model.classes.map_or(String::new(), |classes| format!(", {classes} classes"));
    format!(
        "{}: {} training and {} test rows, {} columns; {} mixture of {} experts{classes}, {} parameters, ridge {}. \
         Target: gap ≤ {}",
        record.data.dataset,
        record.data.n_train,
        record.data.n_test,
        record.data.d,
        record.model.family,
        record.model.experts,
        record.model.dim,
        number(record.model.ridge),
        number(problem.target)
    )
}
