//! What surrounds the data: title, axes, ticks, grid, horizontal reference lines, and the names at line ends.

use super::canvas::{Canvas, Drawn, FONT, Point, Side, Stroke, Type, fit, text_width};
use super::scale::Scale;
use crate::style::{GRID, Look, MUTED, RULE, TEXT};

/// Width of all figures in CSS pixels: what a phone shows nearly unscaled.
pub(crate) const WIDTH: i32 = 430;

/// Lines of text stand at least this far apart.
const LINE_HEIGHT: f64 = 16.0;

/// A line that ends farther from the right edge, in pixels, is led there by a dotted one.
const FAR: f64 = 12.0;

/// Half the width of an arrow's head.
const ARROW: f64 = 3.2;

/// Text of the second rank.
const SMALL: f64 = 12.0;

/// The plotting area and its axes.
pub(crate) struct Frame {
    pub(crate) x: Scale,
    pub(crate) y: Option<Scale>,
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

/// The words around a plot.
pub(crate) struct Words<'a> {
    /// Problem name, cut where it is too long.
    pub(crate) problem: &'a str,
    /// What is shown of it.
    pub(crate) what: &'a str,
    /// What the y axis shows, written above it.
    pub(crate) y: &'a str,
    pub(crate) x: &'a str,
}

/// A name at the end of a line.
pub(crate) struct EndLabel<'a> {
    pub(crate) name: &'a str,
    pub(crate) look: Look,
    /// Where the line ends.
    pub(crate) end: Point,
}

impl Frame {
    /// Of a figure with both axes, with room for `names` at the right.
    pub(crate) fn new<'n>(x: Scale, y: Scale, names: impl Iterator<Item = &'n str>, height: i32) -> Self {
        let right = f64::from(WIDTH) - margin(names);
        Self { x, y: Some(y), left: 48.0, right, top: 46.0, bottom: f64::from(height) - 42.0 }
    }

    /// Horizontal place of a value.
    pub(crate) fn px(&self, value: f64) -> Option<f64> {
        self.x.at(value).map(|share| self.left + share * (self.right - self.left))
    }

    /// Vertical place of a value.
    pub(crate) fn py(&self, value: f64) -> Option<f64> {
        self.y.as_ref().and_then(|y| y.at(value)).map(|share| self.bottom - share * (self.bottom - self.top))
    }

    /// An upright bar at the place `x` over an interval of values; an end beyond the axis is an arrow at its edge.
    pub(crate) fn bar(&self, canvas: &Canvas<'_>, x: f64, (low, high): (f64, f64), stroke: Stroke) -> Drawn {
        let Some(scale) = &self.y else { return Ok(()) };
        let place = |value: f64| match self.py(value) {
            Some(y) => (y, false),
            None if value < scale.low() => (self.bottom, true),
            None => (self.top, true),
        };
        let ((below, is_low_beyond), (above, is_high_beyond)) = (place(low), place(high));
        canvas.line(&[(x, below), (x, above)], stroke)?;
        if is_low_beyond {
            canvas.line(&[(x - ARROW, below - ARROW), (x, below), (x + ARROW, below - ARROW)], stroke)?;
        }
        if is_high_beyond {
            canvas.line(&[(x - ARROW, above + ARROW), (x, above), (x + ARROW, above + ARROW)], stroke)?;
        }
        Ok(())
    }

    /// Both.
    pub(crate) fn point(&self, x: f64, y: f64) -> Option<Point> {
        Some((self.px(x)?, self.py(y)?))
    }

    /// Title, grid, axes and ticks. The group's attributes say how to read coordinates back: kind, ends, pixels.
    pub(crate) fn draw(&self, canvas: &Canvas<'_>, words: &Words<'_>) -> Drawn {
        let y = self.y.as_ref().map_or(String::new(), |y| format!(" data-y=\"{}\"", y.describe(self.bottom, self.top)));
        canvas.group(&format!("class=\"axes\" data-x=\"{}\"{y}", self.x.describe(self.left, self.right)))?;
        self.surroundings(canvas, words)?;
        canvas.end_group()
    }

    fn surroundings(&self, canvas: &Canvas<'_>, words: &Words<'_>) -> Drawn {
        let title = Type { ink: TEXT, size: 14.0, bold: true, side: Side::Start };
        let room = f64::from(WIDTH) - 16.0;
        // Bold is wider than the estimate, which is made for regular type.
        let what = format!(": {}", words.what);
        let name = fit(words.problem, title.size * 1.15, room - text_width(&what, title.size * 1.15));
        canvas.text(&(name + &what), (8.0, 15.0), title)?;
        let small = Type { ink: MUTED, size: SMALL, bold: false, side: Side::Start };
        canvas.text(&fit(words.y, SMALL, room), (8.0, 33.0), small)?;

        let grid = Stroke::solid(GRID, 0.8);
        let tick = Type { ink: MUTED, size: FONT, bold: false, side: Side::End };
        if let Some(y) = &self.y {
            for value in y.minor.iter().chain(&y.ticks) {
                if let Some(at) = self.py(*value) {
                    canvas.line(
                        &[(self.left, at), (self.right, at)],
                        Stroke { opacity: if y.ticks.contains(value) { 1.0 } else { 0.5 }, ..grid },
                    )?;
                }
            }
            for (value, label) in y.ticks.iter().zip(y.labels()) {
                if let Some(at) = self.py(*value) {
                    canvas.text(&label, (self.left - 6.0, at), tick)?;
                }
            }
        }
        let tick = Type { side: Side::Middle, ..tick };
        for (value, label) in self.x.ticks.iter().zip(self.x.labels()) {
            if let Some(at) = self.px(*value) {
                canvas.line(&[(at, self.top), (at, self.bottom)], grid)?;
                canvas.line(&[(at, self.bottom), (at, self.bottom + 4.0)], Stroke::solid(RULE, 1.0))?;
                canvas.text(&label, (at, self.bottom + 13.0), tick)?;
            }
        }
        canvas.line(&[(self.left, self.bottom), (self.right, self.bottom)], Stroke::solid(RULE, 1.0))?;
        // Centred below the plot, or at the edge of the figure where it would stick out.
        let (centre, edge) = (f64::midpoint(self.left, self.right), f64::from(WIDTH) - 8.0);
        let (at, side) =
            if centre + text_width(words.x, SMALL) / 2.0 > edge { (edge, Side::End) } else { (centre, Side::Middle) };
        canvas.text(words.x, (at, self.bottom + 31.0), Type { side, ..small })
    }

    /// Names in the right margin, each at its line's height or as near as the others let it.
    pub(crate) fn end_labels(&self, canvas: &Canvas<'_>, labels: &[EndLabel<'_>]) -> Drawn {
        let wanted: Vec<f64> = labels.iter().map(|label| label.end.1).collect();
        let places = spread(&wanted, LINE_HEIGHT, self.top + 4.0, self.bottom - 2.0);
        for (label, at) in labels.iter().zip(places) {
            canvas.of(label.look, || {
                let link = Stroke { opacity: 0.6, ..Stroke::solid(label.look.ink, 0.8) };
                let (x, y) = label.end;
                if x < self.right - FAR {
                    canvas.line(&[(x + FAR / 2.0, y), (self.right + 1.0, y)], Stroke { dashed: true, ..link })?;
                }
                canvas.line(&[(self.right + 1.0, y), (self.right + 10.0, at)], link)?;
                canvas.marker(label.look.marker, (self.right + 14.0, at), 3.4, label.look.ink)?;
                let typeface = Type { ink: TEXT, size: FONT, bold: false, side: Side::Start };
                let room = f64::from(WIDTH) - self.right - 24.0;
                canvas.text(&fit(label.name, FONT, room), (self.right + 21.0, at), typeface)
            })?;
        }
        Ok(())
    }
}

/// Room for names at the right.
pub(crate) fn margin<'a>(names: impl Iterator<Item = &'a str>) -> f64 {
    names.map(|name| text_width(name, FONT)).fold(0.0, f64::max).clamp(30.0, 112.0) + 26.0
}

/// Moves places apart to at least `distance`, as little as possible, within `low..high`.
fn spread(wanted: &[f64], distance: f64, low: f64, high: f64) -> Vec<f64> {
    let distance = distance.min((high - low) / wanted.len().saturating_sub(1).max(1) as f64);
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]).then(a.cmp(&b)));
    // Groups of labels that touch, each kept centred on what its members want.
    let mut groups: Vec<(f64, Vec<usize>)> = Vec::new();
    for at in order {
        groups.push((wanted[at], vec![at]));
        while let [.., before, last] = groups.as_mut_slice() {
            let half = |members: &[usize]| (members.len() - 1) as f64 * distance / 2.0;
            if before.0 + half(&before.1) + distance <= last.0 - half(&last.1) {
                break;
            }
            before.1.append(&mut last.1);
            let mean = before.1.iter().map(|&at| wanted[at]).sum::<f64>() / before.1.len() as f64;
            before.0 = mean.clamp(low + half(&before.1), (high - half(&before.1)).max(low + half(&before.1)));
            groups.pop();
        }
    }
    let mut places = vec![0.0; wanted.len()];
    for (centre, members) in groups {
        let half = (members.len() - 1) as f64 * distance / 2.0;
        let centre = centre.clamp(low + half, (high - half).max(low + half));
        for (place, at) in members.into_iter().enumerate() {
            places[at] = centre - half + place as f64 * distance;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_never_overlap_and_stay_inside() {
        for wanted in
            [vec![10.0, 11.0, 12.0, 90.0], vec![99.0, 100.0, 100.0, 100.0], vec![0.0, 0.0, 50.0], vec![5.0; 20]]
        {
            let mut places = spread(&wanted, 15.0, 0.0, 100.0);
            assert!(places.iter().all(|y| (-1e-9..=100.0 + 1e-9).contains(y)), "{places:?}");
            places.sort_by(f64::total_cmp);
            let least = 15.0_f64.min(100.0 / (wanted.len() - 1) as f64) - 1e-9;
            assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= least), "{places:?}");
        }
    }

    #[test]
    fn a_bar_beyond_the_axis_ends_in_an_arrow_at_its_edge() {
        let drawn = |ends: (f64, f64)| {
            let names = std::iter::once("em");
            let frame = Frame::new(Scale::linear(0.0, 8.0, 4), Scale::log(1.0, 100.0, 5), names, 200);
            let mut svg = String::new();
            {
                let canvas = Canvas::new(&mut svg, WIDTH, 200);
                frame.bar(&canvas, 100.0, ends, Stroke::solid(TEXT, 1.0)).unwrap();
            }
            let lines: Vec<String> =
                svg.split("points=\"").skip(1).map(|line| line.split('"').next().unwrap().trim().to_owned()).collect();
            lines
        };
        assert_eq!(drawn((1.0, 10.0)), ["1000,1580 1000,1020"]);
        assert_eq!(drawn((10.0, 1e6)), ["1000,1020 1000,460", "968,492 1000,460 1032,492"], "an arrow up");
        assert_eq!(drawn((1e-9, f64::INFINITY)).len(), 3, "arrows both ways");
    }

    #[test]
    fn labels_with_room_stay_where_they_are() {
        assert_eq!(spread(&[80.0, 10.0], 15.0, 0.0, 100.0), [80.0, 10.0]);
    }
}
