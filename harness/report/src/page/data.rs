//! The data of the live chart as compact JSON: what has to be known at once, and the curves, as they are drawn. Points
//! that no line needs are left out. Costs and gaps are whole multiples of a small step of their logarithm, each written
//! as the difference to the one before; a gap below the floor is `false`, a missing one `null`.

use std::fmt::Write;

use harness_analysis::curves::gap_curve;
use harness_analysis::{Analysis, Axis, Problem, Run, Sample, Series, Spacing, ecdf};

use crate::figures::{Set, polyline};
use crate::style;

/// More settings than this are drawn at their best alone.
const MOST_SERIES: usize = 300;

/// Pixels of the largest chart.
const SIZE: (f64, f64) = (800.0, 420.0);

/// How far a line may be from its points, in pixels of that chart.
const TOLERANCE: f64 = 0.6;

/// Steps per decade of a cost: three digits of it come back.
const COST_STEPS: f64 = 2400.0;

/// Steps per decade of a gap: it comes back to 0.2 %.
const GAP_STEPS: f64 = 600.0;

/// The text between the tags of a JSON script element: names and looks, without curves.
pub(super) fn head(analysis: &Analysis<'_>, sets: &[Set], files: &[&str]) -> String {
    let mut out = String::from("{\"optimizers\":[");
    for (place, label) in analysis.optimizers.iter().enumerate() {
        let look = style::look(place);
        let (light, dark) = (look.ink.light, look.ink.dark);
        comma(&mut out);
        let symbol = look.marker.symbol();
        let _ = write!(out, "[{},\"{symbol}\",\"#{light:06x}\",\"#{dark:06x}\"]", text(label));
    }
    let (axis, colors) = (analysis.axis.name(), style::COLORS);
    let _ = write!(out, "],\"axis\":\"{axis}\",\"colors\":{colors},\"jobs\":{},", analysis.jobs);
    let _ = write!(out, "\"steps\":[{COST_STEPS},{GAP_STEPS}],\"problems\":[");
    for (problem, set) in analysis.problems.iter().zip(sets) {
        comma(&mut out);
        let (id, name) = (text(&set.stem), text(problem.name));
        let (target, floor) = (digits(problem.target), digits(problem.floor));
        let _ = write!(out, "{{\"id\":{id},\"name\":{name},\"target\":{target},\"floor\":{floor}}}");
    }
    out.push_str("],\"files\":[");
    for name in files {
        comma(&mut out);
        out.push_str(&text(name));
    }
    out.push_str("]}");
    // Nothing in it may end the element that it stands in.
    out.replace('<', "\\u003c")
}

/// Curves of the settings of each problem.
pub(super) fn series(analysis: &Analysis<'_>) -> String {
    let mut out = String::from("[");
    let count: usize = analysis.problems.iter().map(|problem| problem.series.len()).sum();
    for problem in &analysis.problems {
        comma(&mut out);
        out.push('[');
        let first = Axis::ALL.map(|axis| first_cost(problem, axis));
        for series in problem.series.iter().filter(|series| !series.runs.is_empty()) {
            if series.is_best || count <= MOST_SERIES {
                comma(&mut out);
                one(&mut out, analysis, problem, series, first);
            }
        }
        out.push(']');
    }
    out + "]"
}

/// Shares of targets reached against each cost.
pub(super) fn runtimes(analysis: &Analysis<'_>) -> String {
    let mut out = String::from("{");
    for axis in Axis::ALL {
        comma(&mut out);
        let _ = write!(out, "\"{}\":", axis.name());
        distribution(&mut out, analysis, axis);
    }
    out + "}"
}

/// The least cost above 0 of any point, where a logarithmic axis begins.
fn first_cost(problem: &Problem<'_>, axis: Axis) -> f64 {
    let runs = problem.series.iter().filter(|series| !series.one_shot).flat_map(|series| &series.runs);
    let first = |run: &Run<'_>| run.points.iter().map(|point| axis.of(point)).find(|cost| *cost > 0.0);
    runs.filter_map(first).fold(f64::INFINITY, f64::min)
}

fn one(out: &mut String, analysis: &Analysis<'_>, problem: &Problem<'_>, series: &Series<'_>, first: [f64; 4]) {
    let place = analysis.optimizers.iter().position(|label| *label == series.optimizer).unwrap_or(0);
    let _ = write!(out, "{{\"o\":{place},\"c\":{},\"best\":{}", text(series.config), u8::from(series.is_best));
    if series.one_shot {
        let gap = series.summary.median_gap();
        let _ = write!(out, ",\"level\":{}}}", digits(gap));
        return;
    }
    for (axis, first) in Axis::ALL.into_iter().zip(first) {
        let samples = thinned(&gap_curve(series, axis, Spacing::Log).steps(first).samples, problem.floor);
        let _ = write!(out, ",\"{}\":[", axis.name());
        logarithms(out, COST_STEPS, 0.0, samples.iter().map(|sample| sample.x));
        let mut column = |pick: &dyn Fn(&Sample) -> f64| {
            out.push(',');
            logarithms(out, GAP_STEPS, problem.floor, samples.iter().map(pick));
        };
        column(&|sample| sample.y.median);
        if series.is_best {
            column(&|sample| sample.y.q1);
            column(&|sample| sample.y.q3);
        }
        out.push(']');
    }
    out.push('}');
}

/// The samples that any of the three lines needs, on logarithmic axes.
fn thinned(samples: &[Sample], floor: f64) -> Vec<Sample> {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return Vec::new() };
    let width = (last.x / first.x).ln().max(1e-9);
    let tallest = samples.iter().map(|s| s.y.q3).filter(|y| y.is_finite()).fold(floor * 10.0, f64::max);
    let height = (tallest / floor).ln().max(1e-9);
    let mut keep = vec![false; samples.len()];
    for pick in [|s: &Sample| s.y.median, |s: &Sample| s.y.q1, |s: &Sample| s.y.q3] {
        let place = |sample: &Sample| {
            let y = pick(sample).clamp(floor, tallest * 1e3);
            ((sample.x / first.x).ln() / width * SIZE.0, (y / floor).ln() / height * SIZE.1)
        };
        let line: Vec<(f64, f64)> = samples.iter().map(place).collect();
        for (keep, kept) in keep.iter_mut().zip(polyline::kept(TOLERANCE, &line)) {
            *keep |= kept;
        }
    }
    samples.iter().zip(keep).filter(|(_, keep)| *keep).map(|(sample, _)| *sample).collect()
}

fn distribution(out: &mut String, analysis: &Analysis<'_>, axis: Axis) {
    let bands = Some(analysis.results.analysis.ci).filter(|_| axis == analysis.axis);
    let runtimes = ecdf::runtimes(&analysis.problems, &analysis.optimizers, axis, bands);
    out.push_str("{\"x\":");
    logarithms(out, COST_STEPS, 0.0, runtimes.grid.iter().copied());
    out.push_str(",\"lines\":[");
    for profile in &runtimes.profiles {
        comma(out);
        let _ = write!(out, "{{\"o\":{},\"y\":", profile.place);
        shares(out, profile.values.iter().copied());
        if !profile.bands.is_empty() {
            out.push_str(",\"l\":");
            shares(out, profile.bands.iter().map(|band| band.low));
            out.push_str(",\"h\":");
            shares(out, profile.bands.iter().map(|band| band.high));
        }
        out.push('}');
    }
    out.push_str("]}");
}

/// Values as steps of the logarithm; those up to `floor` are not resolved.
fn logarithms(out: &mut String, steps: f64, floor: f64, values: impl Iterator<Item = f64>) {
    differences(out, values.map(|value| if value <= floor { Err("false") } else { Ok(value.log10() * steps) }));
}

/// Shares in thousandths.
fn shares(out: &mut String, values: impl Iterator<Item = f64>) {
    differences(out, values.map(|value| Ok(value * 1e3)));
}

/// Whole numbers, each as the difference to the last; what is not finite is `null`.
fn differences(out: &mut String, values: impl Iterator<Item = Result<f64, &'static str>>) {
    let mut last = 0.0;
    out.push('[');
    for value in values {
        comma(out);
        match value {
            Err(word) => out.push_str(word),
            Ok(value) if !value.is_finite() => out.push_str("null"),
            Ok(value) => {
                let value = value.round();
                // Zero is added so that no negative zero is written.
                let _ = write!(out, "{}", value - last + 0.0);
                last = value;
            }
        }
    }
    out.push(']');
}

/// A comma unless a list or a mapping has just begun.
fn comma(out: &mut String) {
    if !out.ends_with(['[', '{']) {
        out.push(',');
    }
}

/// Four significant digits, as short as JSON allows; `null` where there is no number.
fn digits(value: f64) -> String {
    if !value.is_finite() {
        return "null".to_owned();
    }
    let scientific = format!("{value:.3e}");
    let rounded: f64 = scientific.parse().unwrap_or(value);
    let plain = format!("{rounded}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let short = format!("{mantissa}e{exponent}");
    if plain.len() <= short.len() { plain } else { short }
}

/// A string of JSON.
pub(super) fn text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_right() {
        for (value, expected) in
            [(0.0, "0"), (12.0, "12"), (1.234_56e-9, "1.235e-9"), (0.5, "0.5"), (1e6, "1e6"), (f64::INFINITY, "null")]
        {
            assert_eq!(digits(value), expected);
        }
    }

    #[test]
    fn values_come_back_from_differences_of_logarithms() {
        let mut out = String::new();
        logarithms(&mut out, 100.0, 1e-9, [1000.0, 10.0, 1e-10, 10.0, f64::INFINITY, 100.0].into_iter());
        assert_eq!(out, "[300,-200,false,0,null,100]");
        out.clear();
        shares(&mut out, [0.0, 0.5, 0.25].into_iter());
        assert_eq!(out, "[0,500,-250]");
    }

    #[test]
    fn names_stay_within_their_quotes() {
        assert_eq!(text("a\"b\\\n\r"), "\"a\\\"b\\\\\\n\\u000d\"");
    }
}
