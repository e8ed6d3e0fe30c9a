//! Optimizers against each other: row against column, how many times as much the column needs, one cell each.

use harness_analysis::format::factor;
use harness_analysis::{Analysis, Comparison, Judgement, compare};

use super::canvas::{Canvas, Drawn, FONT, Side, Stroke, Type, fit, text_width};
use super::frame::WIDTH;
use super::{Plot, basis};
use crate::style::{GRID, Ink, MUTED, PAPER, TEXT, look};

const ROW: f64 = 26.0;
const TOP: f64 = 74.0;
const BELOW: f64 = 12.0;

/// Words in narrower cells could not be read.
const NARROWEST: f64 = 38.0;

/// Nothing where fewer than two optimizers were compared.
pub(super) fn plan(analysis: &Analysis<'_>, at: usize) -> Option<Plot> {
    let problem = &analysis.problems[at];
    let count = analysis.verdicts[at].ranking.order.len();
    #[expect(clippy::cast_possible_truncation, reason = "a few hundred pixels")]
    let height = (TOP + ROW * count as f64 + BELOW) as i32;
    (count > 1).then(|| Plot {
        kind: "pairs".to_owned(),
        title: format!("{}: pairs of optimizers", problem.name),
        how_to_read: format!(
            "Row against column: how many times as much the column needs ({} to the target, geometric mean, seed by seed); \
             a:b counts wins where one side misses the target. Green, +: the row is better; red, −: worse; blue, =: \
             equivalent; grey, ·: not decided by these seeds. Best first. {}.",
            analysis.axis.name(),
            basis(problem)
        ),
        height,
    })
}

pub(super) fn draw(canvas: &Canvas<'_>, analysis: &Analysis<'_>, at: usize) -> Drawn {
    let problem = &analysis.problems[at];
    let order = &analysis.verdicts[at].ranking.order;
    let title = Type { ink: TEXT, size: 14.0, bold: true, side: Side::Start };
    let room = f64::from(WIDTH) - 16.0;
    let what = ": pairs of optimizers";
    let name = fit(problem.name, title.size * 1.15, room - text_width(what, title.size * 1.15));
    canvas.text(&(name + what), (8.0, 15.0), title)?;
    let small = Type { ink: MUTED, size: 12.0, bold: false, side: Side::Start };
    canvas.text("how many times as much the column needs", (8.0, 33.0), small)?;

    let names = order.iter().map(|&index| text_width(problem.series[index].optimizer, FONT));
    let left = 30.0 + names.fold(40.0, f64::max).min(112.0);
    let width = ((f64::from(WIDTH) - 8.0 - left) / order.len() as f64).min(64.0);
    let place = |index: usize| {
        let optimizer = problem.series[index].optimizer;
        analysis.optimizers.iter().position(|label| *label == optimizer).unwrap_or(0)
    };
    for (row, &a) in order.iter().enumerate() {
        let look = look(place(a));
        let middle = TOP + ROW * (row as f64 + 0.5);
        canvas.marker(look.marker, (14.0, middle), 3.8, look.ink)?;
        let name = fit(problem.series[a].optimizer, FONT, left - 28.0);
        canvas.text(&name, (22.0, middle), Type { ink: TEXT, size: FONT, bold: false, side: Side::Start })?;
        canvas.marker(look.marker, (left + width * (row as f64 + 0.5), TOP - 12.0), 3.8, look.ink)?;
        for (column, &b) in order.iter().enumerate() {
            let pair = compare::between(&analysis.comparisons[at], a, b);
            cell(canvas, pair.as_ref(), (left + width * column as f64, middle - ROW / 2.0), width)?;
        }
    }
    Ok(())
}

/// One cell, from its upper left corner; none for an optimizer against itself.
fn cell(canvas: &Canvas<'_>, pair: Option<&Comparison>, from: (f64, f64), width: f64) -> Drawn {
    let (right, bottom) = (from.0 + width, from.1 + ROW);
    let corners = [from, (right, from.1), (right, bottom), (from.0, bottom)];
    let Some(pair) = pair else { return canvas.area(&corners, GRID, 0.6) };
    let (ink, sign) = tone(pair.judgement);
    canvas.area(&corners, ink, if pair.judgement == Judgement::Inconclusive { 0.0 } else { 0.28 })?;
    canvas.line(&[from, (right, from.1), (right, bottom), (from.0, bottom), from], Stroke::solid(GRID, 0.8))?;
    let text = match pair.ratio {
        _ if width < NARROWEST || pair.judgement == Judgement::Equivalent => sign.to_owned(),
        Some(ratio) => factor(ratio.estimate),
        None => format!("{}:{}", pair.wins, pair.losses),
    };
    let ink = if pair.judgement == Judgement::Inconclusive { MUTED } else { TEXT };
    let typeface = Type { ink, size: 11.8, bold: false, side: Side::Middle };
    canvas.text(&text, (from.0 + width / 2.0, from.1 + ROW / 2.0), typeface)
}

/// Green, red and blue of the data, and a sign for those who do not tell them apart.
fn tone(judgement: Judgement) -> (Ink, &'static str) {
    match judgement {
        Judgement::Better => (look(2).ink, "+"),
        Judgement::Worse => (look(1).ink, "−"),
        Judgement::Equivalent => (look(0).ink, "="),
        Judgement::Inconclusive => (PAPER, "·"),
    }
}
