//! A drawing surface in CSS pixels over plotters' SVG backend. Knows lines, areas, text and markers; knows nothing of
//! data.

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, DrawingArea, DrawingAreaErrorKind, IntoDrawingArea, PathElement, Polygon, RGBColor, SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, TextStyle};

use crate::style::{Ink, Look, Marker, PAPER};
use crate::svg::{self, UNITS};

/// What plotters reports; its backend writes to memory, so none is expected.
pub(crate) type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// A point in CSS pixels from the upper left corner.
pub(crate) type Point = (f64, f64);

/// Text is read in this size unless said otherwise.
pub(crate) const FONT: f64 = 13.0;

/// A stroke.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stroke {
    pub(crate) ink: Ink,
    pub(crate) width: f64,
    pub(crate) opacity: f64,
    pub(crate) dashed: bool,
}

impl Stroke {
    pub(crate) fn solid(ink: Ink, width: f64) -> Self {
        Self { ink, width, opacity: 1.0, dashed: false }
    }
}

/// Where text hangs from its point.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    Start,
    Middle,
    End,
}

/// How text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Type {
    pub(crate) ink: Ink,
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) side: Side,
}

/// The surface.
pub(crate) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

impl<'a> Canvas<'a> {
    /// A surface that is written to `buffer` when it is dropped.
    pub(crate) fn new(buffer: &'a mut String, width: i32, height: i32) -> Self {
        let size = ((width * UNITS).unsigned_abs(), (height * UNITS).unsigned_abs());
        Self { area: SVGBackend::with_string(buffer, size).into_drawing_area() }
    }

    /// The ground, so that the figure is right on any page.
    pub(crate) fn paper(&self) -> Drawn {
        self.area.fill(&rgb(PAPER.light))
    }

    /// Begins a group with these attributes.
    pub(crate) fn group(&self, attributes: &str) -> Drawn {
        self.mark(&svg::group(attributes))
    }

    /// Ends the group.
    pub(crate) fn end_group(&self) -> Drawn {
        self.mark(&svg::group_end())
    }

    /// What belongs to one optimizer, as a group, so that a page can hide it.
    pub(crate) fn of(&self, look: Look, draw: impl FnOnce() -> Drawn) -> Drawn {
        self.group(&format!("class=\"o{}\"", look.place))?;
        draw()?;
        self.end_group()
    }

    /// A line in dashes that leave room for those of others; whole without them.
    pub(crate) fn shared_line(&self, points: &[Point], stroke: Stroke, dashes: Option<&str>) -> Drawn {
        let Some(dashes) = dashes else { return self.line(points, stroke) };
        self.group(dashes)?;
        self.line(points, stroke)?;
        self.end_group()
    }

    fn mark(&self, text: &str) -> Drawn {
        let style = TextStyle::from(("sans-serif", 10.0).into_font());
        self.area.draw(&Text::new(text.to_owned(), (0, 0), style))
    }

    /// A line through points.
    pub(crate) fn line(&self, points: &[Point], stroke: Stroke) -> Drawn {
        if points.len() < 2 {
            return Ok(());
        }
        let color = if stroke.dashed { svg::dashed(stroke.ink) } else { stroke.ink.light };
        let width = units(stroke.width).unsigned_abs();
        let path: Vec<(i32, i32)> = points.iter().map(place).collect();
        self.area.draw(&PathElement::new(path, rgb(color).mix(stroke.opacity).stroke_width(width)))
    }

    /// A filled area.
    pub(crate) fn area(&self, corners: &[Point], ink: Ink, opacity: f64) -> Drawn {
        if corners.len() < 3 {
            return Ok(());
        }
        let path: Vec<(i32, i32)> = corners.iter().map(place).collect();
        self.area.draw(&Polygon::new(path, rgb(ink.light).mix(opacity).filled()))
    }

    /// Text, its height centred on the point.
    pub(crate) fn text(&self, text: &str, at: Point, typeface: Type) -> Drawn {
        let side = match typeface.side {
            Side::Start => HPos::Left,
            Side::Middle => HPos::Center,
            Side::End => HPos::Right,
        };
        // Plotters divides the size by 1.24.
        let size = (typeface.size * f64::from(UNITS) * 1.24).round();
        let style = if typeface.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = ("sans-serif", size).into_font().style(style);
        let color = rgb(typeface.ink.light);
        let style = TextStyle::from(font).color(&color).pos(Pos::new(side, VPos::Center));
        self.area.draw(&Text::new(svg::plain(text), place(&at), style))
    }

    /// A marker with a rim that sets it off from lines.
    pub(crate) fn marker(&self, marker: Marker, at: Point, radius: f64, ink: Ink) -> Drawn {
        self.markers(marker, &[at], radius, ink)
    }

    /// Several of them: all rims, then all shapes, which makes two paths of them.
    pub(crate) fn markers(&self, marker: Marker, places: &[Point], radius: f64, ink: Ink) -> Drawn {
        places.iter().try_for_each(|at| self.shape(marker, *at, radius + 1.0, PAPER, 1.0))?;
        places.iter().try_for_each(|at| self.shape(marker, *at, radius, ink, 1.0))
    }

    /// A marker without rim.
    pub(crate) fn shape(&self, marker: Marker, at: Point, radius: f64, ink: Ink, opacity: f64) -> Drawn {
        let corners = marker.corners();
        if corners.is_empty() {
            let style = rgb(ink.light).mix(opacity).filled();
            return self.area.draw(&Circle::new(place(&at), units(radius).unsigned_abs(), style));
        }
        let corners: Vec<Point> = corners.iter().map(|(x, y)| (at.0 + radius * x, at.1 + radius * y)).collect();
        self.area(&corners, ink, opacity)
    }

    /// A small × where something broke off.
    pub(crate) fn cross(&self, at: Point, ink: Ink) -> Drawn {
        let arm = 3.2;
        for turn in [1.0, -1.0] {
            let ends = [(at.0 - arm, at.1 - turn * arm), (at.0 + arm, at.1 + turn * arm)];
            self.line(&ends, Stroke::solid(ink, 1.6))?;
        }
        Ok(())
    }
}

fn rgb(color: u32) -> RGBColor {
    let [_, red, green, blue] = color.to_be_bytes();
    RGBColor(red, green, blue)
}

fn place(point: &Point) -> (i32, i32) {
    (units(point.0), units(point.1))
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a figure")]
fn units(pixels: f64) -> i32 {
    (pixels * f64::from(UNITS)).round() as i32
}

/// An estimate of how wide text is, good enough to leave room for it.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    text.chars()
        .map(|c| {
            if c.is_uppercase() || "mwMW@".contains(c) {
                0.74
            } else if "iljtf.,:;|' ".contains(c) {
                0.34
            } else {
                0.58
            }
        })
        .sum::<f64>()
        * size
}

/// Text cut to a width, with an ellipsis where something is missing.
pub(crate) fn fit(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if text_width(&kept, size) + 0.8 * size > width {
            break;
        }
    }
    kept.pop();
    kept + "…"
}
