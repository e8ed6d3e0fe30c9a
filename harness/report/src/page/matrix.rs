//! The pair matrix of a problem: row against column, one cell each.

use harness_analysis::format::{factor, rough};
use harness_analysis::{Analysis, Comparison, Judgement, compare};
use serde::Serialize;

/// The optimizers of a problem against each other, best first.
#[derive(Serialize)]
pub(super) struct Matrix<'a> {
    stem: &'a str,
    problem: &'a str,
    names: Vec<Name<'a>>,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize, Clone)]
struct Name<'a> {
    text: &'a str,
    place: usize,
}

#[derive(Serialize)]
struct Row<'a> {
    name: Name<'a>,
    cells: Vec<PairCell>,
}

#[derive(Serialize)]
struct PairCell {
    text: String,
    tone: &'static str,
    /// The whole comparison, which the script shows on request.
    #[serde(skip)]
    words: String,
}

impl Matrix<'_> {
    /// Anchor of the problem.
    pub(super) fn stem(&self) -> &str {
        self.stem
    }

    /// One line for each cell, row by row.
    pub(super) fn words(&self) -> String {
        let cells = self.rows.iter().flat_map(|row| &row.cells);
        cells.map(|cell| cell.words.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// Nothing where fewer than two optimizers were compared.
pub(super) fn matrix<'a>(analysis: &'a Analysis<'a>, at: usize, stem: &'a str) -> Option<Matrix<'a>> {
    let problem = &analysis.problems[at];
    let order = &analysis.verdicts[at].ranking.order;
    if order.len() < 2 {
        return None;
    }
    let name = |index: usize| {
        let text = problem.series[index].optimizer;
        Name { text, place: analysis.optimizers.iter().position(|label| *label == text).unwrap_or(0) }
    };
    let rows = order
        .iter()
        .map(|&a| Row {
            name: name(a),
            cells: order
                .iter()
                .map(|&b| match compare::between(&analysis.comparisons[at], a, b) {
                    Some(pair) => cell(&pair, problem.series[a].optimizer, problem.series[b].optimizer),
                    None => PairCell { text: String::new(), tone: "self", words: String::new() },
                })
                .collect(),
        })
        .collect();
    Some(Matrix { stem, problem: problem.name, names: order.iter().map(|&index| name(index)).collect(), rows })
}

fn cell(pair: &Comparison, a: &str, b: &str) -> PairCell {
    let tone = match pair.judgement {
        Judgement::Better => "good",
        Judgement::Worse => "bad",
        Judgement::Equivalent => "same",
        Judgement::Inconclusive => "none",
    };
    let text = match (pair.judgement, pair.ratio) {
        (Judgement::Equivalent, _) => "=".to_owned(),
        (_, Some(ratio)) if ratio.pairs < pair.seeds => factor(ratio.estimate) + "*",
        (_, Some(ratio)) => factor(ratio.estimate),
        (_, None) => format!("{}:{}", pair.wins, pair.losses),
    };
    let ratio = pair.ratio.map_or(String::new(), |ratio| {
        format!(
            "{b} needs {} of {a} ({}–{}{}), ",
            factor(ratio.estimate),
            rough(ratio.interval.low),
            rough(ratio.interval.high),
            pair.ratio_seeds().map_or(String::new(), |on| format!(", {on}"))
        )
    });
    let words = format!(
        "{a} is {} against {b}: {ratio}{} wins, {} ties, {} losses, corrected p = {}",
        pair.judgement.as_str(),
        pair.wins,
        pair.ties,
        pair.losses,
        rough(pair.p_holm)
    );
    PairCell { text, tone, words }
}
