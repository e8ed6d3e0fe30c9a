//! What plotters' SVG backend leaves out, added to its output: a scalable size, a title and a description for screen
//! readers, dashes, and colours that follow the reader's light or dark setting.
//!
//! Dashes travel through plotters as a colour whose last bit is flipped: no two inks differ by that bit alone.

use std::fmt::Write;

use crate::style::{self, Ink};

/// Units per CSS pixel. Plotters rounds to whole units; ten of them make curves smooth at any zoom.
pub(crate) const UNITS: i32 = 10;

/// The colour by which plotters draws a dashed line in `ink`.
pub(crate) fn dashed(ink: Ink) -> u32 {
    ink.light ^ 1
}

/// Width and height in CSS pixels, and the words that go with a drawing.
pub(crate) struct Heading<'a> {
    pub(crate) stem: &'a str,
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    pub(crate) width: i32,
    pub(crate) height: i32,
}

/// A file of its own, with its style sheet inside.
pub(crate) fn standalone(heading: &Heading<'_>, body: &str) -> String {
    let size =
        format!(r#" width="{}" height="{}" style="max-width:100%;height:auto""#, heading.width * 2, heading.height * 2);
    let style = format!("<style>\n{}</style>\n", style_sheet());
    document(heading, r#" xmlns="http://www.w3.org/2000/svg""#, &size, &style, body)
}

/// A part of a page that has [`style_sheet`] in its own, and the description in a caption with the identity that the
/// drawing names.
pub(crate) fn inline(heading: &Heading<'_>, body: &str) -> String {
    document(&Heading { description: "", ..*heading }, "", "", "", body)
}

/// Rules that hold for every figure. Presentation attributes are weaker than any rule, so those of the light drawing
/// are overridden where the reader prefers dark.
pub(crate) fn style_sheet() -> String {
    let mut css = String::from(
        ".hf{font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,sans-serif}\n\
         .hf text{paint-order:stroke;stroke:#FFFFFF;stroke-width:30px;stroke-linejoin:round}\n\
         @media screen and (prefers-color-scheme:dark){\n",
    );
    for ink in style::inks() {
        let (light, dark) = (ink.light, ink.dark);
        let _ = writeln!(
            css,
            ".hf [fill=\"#{light:06X}\"]{{fill:#{dark:06X}}}.hf [stroke=\"#{light:06X}\"]{{stroke:#{dark:06X}}}"
        );
    }
    let _ = writeln!(css, ".hf text{{stroke:#{:06X}}}\n}}", style::PAPER.dark);
    css
}

/// Escapes text for markup.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Stands for markup in a text element, which is the only place where plotters lets words through: a character that no
/// font has and no name should hold.
const MARK: char = '\u{E000}';

/// The text that [`body`] turns into the beginning of a group.
pub(crate) fn group(attributes: &str) -> String {
    format!("{MARK}{attributes}{MARK}")
}

/// The text that [`body`] turns into the end of a group.
pub(crate) fn group_end() -> String {
    MARK.to_string()
}

/// Without the character that stands for markup.
pub(crate) fn plain(text: &str) -> String {
    text.replace(MARK, "")
}

/// Text elements that stand for groups, as groups.
fn grouped(body: &str) -> String {
    let mut parts = body.split("<text ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (element, rest) = part.split_once("</text>").unwrap_or((part, ""));
        let mut pieces = element.splitn(3, MARK);
        match (pieces.next(), pieces.next(), pieces.next()) {
            (_, Some(attributes), Some(_)) => {
                out = out + "<g " + &attributes.replace("&quot;", "\"") + ">" + rest;
            }
            (_, Some(_), None) => out = out + "</g>" + rest,
            _ => out = out + "<text " + part,
        }
    }
    out
}

/// The drawing proper, out of what plotters wrote: without its outer element, dashes put in, lines as short paths.
pub(crate) fn body(plotters: &str) -> String {
    let start = plotters.find('>').map_or(0, |at| at + 1);
    let end = plotters.rfind("</svg>").unwrap_or(plotters.len());
    let mut body = plotters[start..end]
        .replace(" font-family=\"sans-serif\"", "")
        .replace(" opacity=\"1\"", "")
        .replace(" text-anchor=\"start\"", "")
        .replace(">\n", ">")
        .replace("\n<", "<")
        .replace(" \"/>", "\"/>");
    body = joined(&grouped(&short_lines(&whole_font_sizes(&body))));
    for ink in style::series_inks() {
        body = body.replace(
            &format!("stroke=\"#{:06X}\"", dashed(ink)),
            &format!("stroke=\"#{:06X}\" stroke-dasharray=\"35 30\" stroke-linecap=\"butt\"", ink.light),
        );
    }
    body.replace("><", ">\n<").trim().to_owned()
}

/// Plotters divides sizes by 1.24, which leaves endless digits.
fn whole_font_sizes(body: &str) -> String {
    let mut parts = body.split("font-size=\"");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (size, rest) = part.split_once('"').unwrap_or((part, ""));
        let size = size.parse::<f64>().map_or_else(|_| size.to_owned(), |size| format!("{size:.0}"));
        whole = whole + "font-size=\"" + &size + "\"" + rest;
    }
    whole
}

/// Lines and areas as paths with relative moves, which are a third shorter; discs as the round ends of lines without
/// length.
fn short_lines(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    for element in body.split_inclusive('>') {
        if let Some(disc) = element.strip_prefix("<circle ").and_then(disc) {
            out.push_str(&disc);
            continue;
        }
        let is_area = element.starts_with("<polygon");
        let points = element.split_once(" points=\"").and_then(|(head, rest)| Some((head, rest.split_once('"')?)));
        match points {
            Some((head, (points, tail))) if is_area || element.starts_with("<polyline") => {
                let attributes = head.split_once(' ').map_or("", |(_, attributes)| attributes);
                let close = if is_area { "z" } else { "" };
                let _ = write!(out, "<path d=\"{}{close}\" {}{tail}", relative(points), attributes.trim_end());
            }
            _ => out.push_str(element),
        }
    }
    out
}

/// A circle of plotters, filled and without rim.
fn disc(attributes: &str) -> Option<String> {
    let (x, y) = (attribute(attributes, "cx")?, attribute(attributes, "cy")?);
    let radius: i64 = attribute(attributes, "r")?.parse().ok()?;
    let opacity = attribute(attributes, "opacity").map_or(String::new(), |value| format!(" opacity=\"{value}\""));
    let (ink, width) = (attribute(attributes, "fill")?, 2 * radius);
    Some(format!("<path d=\"M{x} {y}l0 0\"{opacity} fill=\"none\" stroke=\"{ink}\" stroke-width=\"{width}\"/>"))
}

fn attribute<'t>(attributes: &'t str, name: &str) -> Option<&'t str> {
    let mut found = attributes.split(' ').filter_map(|part| part.split_once("=\""));
    found.find(|(other, _)| *other == name).and_then(|(_, value)| value.split('"').next())
}

/// Paths that follow each other and look the same, as one: `M10 20l3-2z` and `M15 25l3-2z` as `M10 20l3-2zM15 25l3-2z`.
fn joined(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut last: Option<(String, String)> = None;
    let flush = |last: Option<(String, String)>, out: &mut String| {
        if let Some((path, tail)) = last {
            let _ = write!(out, "<path d=\"{path}\"{tail}");
        }
    };
    for element in body.split_inclusive('>') {
        let path = element.strip_prefix("<path d=\"").and_then(|rest| rest.split_once('"'));
        match (path, &mut last) {
            (Some((path, tail)), Some((before, same))) if tail == same => before.push_str(path),
            (Some((path, tail)), _) => flush(last.replace((path.to_owned(), tail.to_owned())), &mut out),
            (None, _) => {
                flush(last.take(), &mut out);
                out.push_str(element);
            }
        }
    }
    flush(last, &mut out);
    out
}

/// A path through whole numbers: `M10 20l3-2-4 12`.
fn relative(points: &str) -> String {
    let mut path = String::new();
    let mut last = (0_i64, 0_i64);
    for (index, point) in points.split_whitespace().enumerate() {
        let Some((x, y)) = point.split_once(',') else { continue };
        let (Ok(x), Ok(y)) = (x.parse::<i64>(), y.parse::<i64>()) else { continue };
        let (dx, dy) = (x - last.0, y - last.1);
        let lead = match index {
            0 => "M",
            1 => "l",
            _ if dx < 0 => "",
            _ => " ",
        };
        let _ = write!(path, "{lead}{dx}{}{dy}", if dy < 0 { "" } else { " " });
        last = (x, y);
    }
    path
}

fn document(heading: &Heading<'_>, namespace: &str, size: &str, style: &str, body: &str) -> String {
    let Heading { stem, title, description, width, height } = heading;
    let description = match *description {
        "" => String::new(),
        words => format!("<desc id=\"{stem}--d\">{}</desc>\n", escape(words)),
    };
    format!(
        "<svg{namespace} class=\"hf\" viewBox=\"0 0 {} {}\"{size} role=\"img\" aria-labelledby=\"{stem}--t {stem}--d\" \
         font-family=\"sans-serif\" stroke-linejoin=\"round\" stroke-linecap=\"round\">\n\
         <title id=\"{stem}--t\">{}</title>\n{description}{style}{body}\n</svg>\n",
        width * UNITS,
        height * UNITS,
        escape(title),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_are_put_in_and_no_two_inks_clash() {
        let ink = style::look(0).ink;
        let line = format!("<svg a=\"b\">\n<line opacity=\"1\" stroke=\"#{:06X}\"/>\n</svg>\n", dashed(ink));
        assert_eq!(body(&line), "<line stroke=\"#0072B2\" stroke-dasharray=\"35 30\" stroke-linecap=\"butt\"/>");
        assert!(style::inks().all(|one| style::inks().all(|other| one.light != dashed(other))));
    }

    #[test]
    fn lines_become_relative_paths_and_marks_become_groups() {
        let drawing = "<svg>\n<polyline fill=\"none\" stroke=\"#000000\" points=\"10,20 13,18 9,30 \"/>\n</svg>\n";
        assert_eq!(body(drawing), "<path d=\"M10 20l3-2-4 12\" fill=\"none\" stroke=\"#000000\"/>");
        let twice = "<svg><polyline stroke=\"#000000\" points=\"1,2 3,4\"/>\n<polyline stroke=\"#000000\" points=\"5,6 7,8\"/></svg>";
        assert_eq!(body(twice), "<path d=\"M1 2l2 2M5 6l2 2\" stroke=\"#000000\"/>");
        let disc = "<svg><circle cx=\"5\" cy=\"6\" r=\"7\" opacity=\"0.5\" fill=\"#00FF00\" stroke=\"none\" stroke-width=\"1\"/></svg>";
        let round = "<path d=\"M5 6l0 0\" opacity=\"0.5\" fill=\"none\" stroke=\"#00FF00\" stroke-width=\"14\"/>";
        assert_eq!(body(disc), round);
        let text = |content: &str| format!("<text x=\"0\">\n{content}\n</text>\n");
        let marked = format!("<svg>{}<rect/>\n{}</svg>", text(&group("class=\"o3\"")), text(&group_end()));
        assert_eq!(body(&marked), "<g class=\"o3\">\n<rect/>\n</g>");
    }

    #[test]
    fn titles_are_escaped() {
        let heading = Heading { stem: "a", title: "<b>&", description: "", width: 1, height: 1 };
        assert!(inline(&heading, "").contains("&lt;b&gt;&amp;"));
    }
}
