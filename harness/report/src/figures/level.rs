//! Horizontal reference lines, and the words beside them, each where the fewest curves run.

use super::canvas::{Canvas, Drawn, Point, Side, Stroke, Type, text_width};
use super::frame::Frame;
use crate::style::{MUTED, RULE};

const SIZE: f64 = 11.8;

/// From the line to the middle of its words.
const AWAY: f64 = 9.0;

/// Half the height that words take.
const HALF: f64 = 6.5;

/// Distance of the places that are tried, and of the points at which a curve is looked at.
const STEP: f64 = 8.0;

/// A value that curves are compared with.
pub(crate) struct Level<'a> {
    pub(crate) value: f64,
    /// The words, and shorter ones for where those have no room.
    pub(crate) words: &'a [&'a str],
}

/// A box that words would take.
#[derive(Clone, Copy)]
struct Room {
    left: f64,
    right: f64,
    middle: f64,
}

impl Room {
    fn holds(&self, point: &Point) -> bool {
        (self.left - 2.0..=self.right + 2.0).contains(&point.0) && (point.1 - self.middle).abs() <= HALF
    }

    fn meets(&self, other: &Room) -> bool {
        self.left < other.right && other.left < self.right && (self.middle - other.middle).abs() < 2.0 * HALF
    }
}

/// The lines of the levels, behind the curves.
pub(crate) fn lines(canvas: &Canvas<'_>, frame: &Frame, levels: &[Level<'_>]) -> Drawn {
    for at in levels.iter().filter_map(|level| frame.py(level.value)) {
        let stroke = Stroke { dashed: true, ..Stroke::solid(RULE, 1.1) };
        canvas.line(&[(frame.left, at), (frame.right, at)], stroke)?;
    }
    Ok(())
}

/// The words of the levels, drawn last so that no curve crosses them.
pub(crate) fn words(canvas: &Canvas<'_>, frame: &Frame, levels: &[Level<'_>], curves: &[Vec<Point>]) -> Drawn {
    let points: Vec<Point> = curves.iter().flat_map(|curve| dense(curve)).collect();
    let mut taken: Vec<Room> = Vec::new();
    for level in levels {
        let Some(at) = frame.py(level.value) else { continue };
        let mut best: Option<(usize, &str, Room)> = None;
        for words in level.words {
            let crossed = |room: &Room| points.iter().filter(|point| room.holds(point)).count();
            let rooms = rooms(frame, at, text_width(words, SIZE));
            let free = rooms.iter().filter(|room| !taken.iter().any(|other| other.meets(room)));
            let Some((count, room)) = free.map(|room| (crossed(room), room)).min_by_key(|found| found.0) else {
                continue;
            };
            if best.is_none_or(|(least, ..)| count < least) {
                best = Some((count, words, *room));
            }
        }
        let Some((_, words, room)) = best else { continue };
        let typeface = Type { ink: MUTED, size: SIZE, bold: false, side: Side::Start };
        canvas.text(words, (room.left, room.middle), typeface)?;
        taken.push(room);
    }
    Ok(())
}

/// Places below and above a line, those at its ends first: of places that are as good the first is taken.
fn rooms(frame: &Frame, at: f64, width: f64) -> Vec<Room> {
    let (first, last) = (frame.left + 3.0, (frame.right - 3.0 - width).max(frame.left + 3.0));
    let mut lefts = vec![first, last];
    lefts.extend((1..).map(|step| first + f64::from(step) * STEP).take_while(|left| *left < last));
    let middles = [at + AWAY, at - AWAY].into_iter().filter(|y| *y - HALF > frame.top && *y + HALF < frame.bottom);
    let all = middles.flat_map(|middle| lefts.iter().map(move |left| (middle, *left)));
    all.map(|(middle, left)| Room { left, right: left + width, middle }).collect()
}

/// Points along a curve that are no farther apart than a step of half a letter.
fn dense(curve: &[Point]) -> Vec<Point> {
    curve
        .windows(2)
        .flat_map(|pair| {
            let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
            let count = (dx.hypot(dy) / (STEP / 2.0)).ceil().max(1.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred")]
            let count = count as u32;
            let from = pair[0];
            (0..count).map(move |i| {
                let share = f64::from(i) / f64::from(count);
                (from.0 + share * dx, from.1 + share * dy)
            })
        })
        .chain(curve.last().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::scale::Scale;
    use super::*;

    #[test]
    fn words_stand_where_no_curve_runs() {
        let frame = Frame::new(Scale::linear(0.0, 1.0, 5), Scale::linear(0.0, 1.0, 5), ["em"].into_iter(), 300);
        let at = frame.py(0.5).unwrap();
        let best = |curves: &[Vec<Point>]| {
            let points: Vec<Point> = curves.iter().flat_map(|curve| dense(curve)).collect();
            let rooms = rooms(&frame, at, 80.0);
            *rooms.iter().min_by_key(|room| points.iter().filter(|point| room.holds(point)).count()).unwrap()
        };
        let free = best(&[]);
        assert_eq!((free.left, free.middle), (frame.left + 3.0, at + AWAY));
        // A curve along the lower side: above it is free; a curve down through the left: the right is.
        let along = vec![(frame.left, at + AWAY), (frame.right, at + AWAY)];
        assert!((best(&[along]).middle - (at - AWAY)).abs() < 1e-9);
        let through = vec![(frame.left + 20.0, frame.top), (frame.left + 20.0, frame.bottom)];
        assert!(best(&[through]).left > frame.left + 20.0);
    }
}
