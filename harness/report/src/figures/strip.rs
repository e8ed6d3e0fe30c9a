//! One row per optimizer, every run a point: nothing is averaged away, nothing is left out. Runs without a value stand
//! in a gutter at the bad end.

use harness_analysis::Quartiles;

use super::canvas::{Canvas, Drawn, FONT, Side, Stroke, Type, fit, text_width};
use super::frame::{Frame, WIDTH, Words};
use super::scale::Scale;
use crate::style::{GRID, Look, MUTED, TEXT};

pub(super) const ROW: f64 = 40.0;
pub(super) const TOP: f64 = 48.0;
pub(super) const RIGHT: f64 = WIDTH as f64 - 16.0;
const BELOW: f64 = 44.0;
const GUTTER: f64 = 72.0;
const GAP: f64 = 14.0;
const RADIUS: f64 = 2.7;

/// Runs at one place that are drawn one by one; more of them look the same.
const MOST_STACKED: usize = 24;

/// The runs of one optimizer.
pub(super) struct Row<'a> {
    pub(super) name: &'a str,
    /// The setting, below the name.
    pub(super) note: &'a str,
    pub(super) look: Look,
    pub(super) values: Vec<f64>,
}

/// A whole plot.
pub(super) struct Strip<'a> {
    pub(super) problem: &'a str,
    pub(super) what: &'a str,
    pub(super) subtitle: &'a str,
    pub(super) x: &'a str,
    pub(super) scale: Scale,
    /// Heading of the gutter.
    pub(super) gutter: &'a str,
    /// The infinite value that stands for none; its sign says at which end the gutter is.
    pub(super) gutter_value: f64,
    pub(super) rows: Vec<Row<'a>>,
}

/// Height for a number of rows.
pub(super) fn height(rows: usize) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "a few hundred pixels")]
    let height = (TOP + BELOW + ROW * rows as f64) as i32;
    height
}

/// What to say where more runs are than are drawn.
pub(super) fn words(rows: &[Row<'_>]) -> String {
    if rows.iter().all(|row| row.values.len() <= MOST_STACKED) {
        return String::new();
    }
    format!(" Of more than {MOST_STACKED} runs at one place, {MOST_STACKED} are drawn.")
}

pub(super) fn draw(canvas: &Canvas<'_>, strip: &Strip<'_>) -> Drawn {
    let has_gutter = strip.rows.iter().any(|row| row.values.iter().any(|value| value.is_infinite()));
    let left = left(&strip.rows);
    let right = RIGHT;
    let taken = if has_gutter { GUTTER + GAP } else { 0.0 };
    let at_right = strip.gutter_value > 0.0;
    let frame = Frame {
        x: strip.scale.clone(),
        y: None,
        left: left + if at_right { 0.0 } else { taken },
        right: right - if at_right { taken } else { 0.0 },
        top: TOP,
        bottom: TOP + ROW * strip.rows.len() as f64,
    };
    let gutter = if at_right { right - GUTTER / 2.0 } else { left + GUTTER / 2.0 };
    if has_gutter {
        let (low, high) = (gutter - GUTTER / 2.0, gutter + GUTTER / 2.0);
        let corners = [(low, TOP), (high, TOP), (high, frame.bottom), (low, frame.bottom)];
        canvas.area(&corners, GRID, 0.6)?;
        let typeface = Type { ink: MUTED, size: 11.8, bold: false, side: Side::Middle };
        canvas.text(strip.gutter, (gutter, frame.bottom + 13.0), typeface)?;
    }
    frame.draw(canvas, &Words { problem: strip.problem, what: strip.what, y: strip.subtitle, x: strip.x })?;
    for (place, row) in strip.rows.iter().enumerate() {
        let middle = TOP + ROW * (place as f64 + 0.5);
        if place > 0 {
            let rule = middle - ROW / 2.0;
            canvas.line(&[(8.0, rule), (right, rule)], Stroke::solid(GRID, 0.8))?;
        }
        canvas.of(row.look, || {
            name(canvas, row, middle, left)?;
            quartiles(canvas, &frame, row, middle, gutter)?;
            canvas.group(&format!("class=\"runs\" data-none=\"{}\"", strip.gutter))?;
            points(canvas, &frame, row, middle, gutter)?;
            canvas.end_group()
        })?;
    }
    Ok(())
}

/// Where the names end.
pub(super) fn left(rows: &[Row<'_>]) -> f64 {
    let names = rows.iter().map(|row| text_width(row.name, FONT).max(text_width(row.note, FONT - 1.5)));
    names.fold(0.0, f64::max).clamp(40.0, 118.0) + 30.0
}

/// Marker, name and setting of a row.
pub(super) fn name(canvas: &Canvas<'_>, row: &Row<'_>, middle: f64, left: f64) -> Drawn {
    canvas.marker(row.look.marker, (14.0, middle), 3.8, row.look.ink)?;
    let room = left - 30.0;
    let typeface = Type { ink: TEXT, size: FONT, bold: false, side: Side::Start };
    if row.note.is_empty() {
        return canvas.text(&fit(row.name, FONT, room), (22.0, middle), typeface);
    }
    canvas.text(&fit(row.name, FONT, room), (22.0, middle - 7.0), typeface)?;
    let small = Type { ink: MUTED, size: FONT - 1.5, ..typeface };
    canvas.text(&fit(row.note, FONT - 1.5, room), (22.0, middle + 8.0), small)
}

fn quartiles(canvas: &Canvas<'_>, frame: &Frame, row: &Row<'_>, middle: f64, gutter: f64) -> Drawn {
    let Some(Quartiles { q1, median, q3 }) = Quartiles::of(row.values.iter().copied()) else { return Ok(()) };
    let place = |value: f64| if value.is_finite() { frame.px(value) } else { Some(gutter) };
    let y = middle + ROW / 2.0 - 6.5;
    if let (Some(low), Some(high)) = (place(q1), place(q3)) {
        canvas.line(&[(low, y), (high, y)], Stroke { opacity: 0.7, ..Stroke::solid(row.look.ink, 2.0) })?;
    }
    match place(median) {
        Some(x) => canvas.line(&[(x, y - 4.0), (x, y + 4.0)], Stroke::solid(TEXT, 2.4)),
        None => Ok(()),
    }
}

/// Points that would coincide are stacked, evenly up and down; many of them closer together, until more could not be
/// told apart. Of those, the ends and every so many between stand for all.
fn points(canvas: &Canvas<'_>, frame: &Frame, row: &Row<'_>, middle: f64, gutter: f64) -> Drawn {
    let mut places: Vec<f64> = row
        .values
        .iter()
        .filter_map(|value| if value.is_infinite() { Some(gutter) } else { frame.px(*value) })
        .collect();
    places.sort_by(f64::total_cmp);
    let centre = middle - 4.5;
    let mut rest = places.as_slice();
    while let Some(first) = rest.first() {
        let (stack, after) = rest.split_at(rest.partition_point(|x| x - first < 1.6 * RADIUS));
        rest = after;
        let shown = stack.len().min(MOST_STACKED);
        let stack: Vec<f64> = (0..shown).map(|at| stack[at * (stack.len() - 1) / (shown - 1).max(1)]).collect();
        let step = (2.2 * RADIUS).min((ROW - 20.0) / stack.len() as f64);
        for (level, x) in stack.iter().enumerate() {
            let y = centre + step * (level as f64 - (stack.len() - 1) as f64 / 2.0);
            canvas.shape(row.look.marker, (*x, y), RADIUS, row.look.ink, 0.75)?;
        }
    }
    Ok(())
}
