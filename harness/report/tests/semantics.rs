//! What is drawn is what the tables say: coordinates of figures, read back through the axes that the figures state,
//! are the values of the CSV files, to the pixel.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use harness_analysis::testing;

/// Units of a figure's coordinates per pixel.
const UNITS: f64 = 10.0;

/// Half a pixel.
const TOLERANCE: f64 = 0.5 * UNITS;

/// An axis as `data-x` and `data-y` state it: kind, both ends, both places in pixels.
struct Axis {
    is_log: bool,
    ends: [f64; 2],
    places: [f64; 2],
}

impl Axis {
    fn parse(text: &str) -> Self {
        let words: Vec<&str> = text.split(' ').collect();
        let number = |at: usize| words[at].parse::<f64>().unwrap();
        Self { is_log: words[0] == "log", ends: [number(1), number(2)], places: [UNITS * number(3), UNITS * number(4)] }
    }

    /// Where a value belongs.
    fn place(&self, value: f64) -> f64 {
        let f = |value: f64| if self.is_log { value.log10() } else { value };
        let share = (f(value) - f(self.ends[0])) / (f(self.ends[1]) - f(self.ends[0]));
        self.places[0] + share * (self.places[1] - self.places[0])
    }
}

/// A closed shape or a line of a figure, by the optimizer whose group it stands in.
struct Mark {
    optimizer: usize,
    is_shape: bool,
    attributes: String,
    points: Vec<(f64, f64)>,
}

impl Mark {
    /// Of a regular shape.
    fn centre(&self) -> (f64, f64) {
        let count = self.points.len() as f64;
        let sum = self.points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
        (sum.0 / count, sum.1 / count)
    }
}

struct Figure {
    x: Axis,
    y: Option<Axis>,
    marks: Vec<Mark>,
}

fn attribute<'t>(element: &'t str, name: &str) -> Option<&'t str> {
    element.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

/// Reads a figure back with nothing but its file.
fn figure(out: &Path, name: &str) -> Figure {
    let text = fs::read_to_string(out.join("figures").join(format!("{name}.svg"))).unwrap();
    let drawing = &text[text.find("</style>").unwrap()..];
    let axes = drawing.split("<g ").find(|part| part.starts_with("class=\"axes\"")).unwrap();
    let axes = format!(" {axes}");
    let mut groups: Vec<Option<usize>> = Vec::new();
    let mut marks = Vec::new();
    for element in drawing.split('<').skip(1) {
        if let Some(rest) = element.strip_prefix("g ") {
            let place = attribute(&format!(" {rest}"), "class").and_then(|class| class.strip_prefix('o')?.parse().ok());
            groups.push(place);
        } else if element.starts_with("/g>") {
            groups.pop();
        }
        let Some(optimizer) = groups.iter().rev().find_map(|group| *group) else { continue };
        if !element.starts_with("path") {
            continue;
        }
        for d in attribute(element, "d").unwrap().split('M').skip(1) {
            // A disc is the round end of a line without length.
            let is_shape = d.ends_with('z') || d.ends_with("l0 0");
            marks.push(Mark { optimizer, is_shape, attributes: element.to_owned(), points: vertices(d) });
        }
    }
    Figure {
        x: Axis::parse(attribute(&axes, "data-x").unwrap()),
        y: attribute(&axes, "data-y").map(Axis::parse),
        marks,
    }
}

/// Corners of `10 20l3-2-4 12z`.
fn vertices(path: &str) -> Vec<(f64, f64)> {
    let spaced = path.replace('-', " -").replace(['l', 'z'], " ");
    let numbers: Vec<f64> = spaced.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let mut at = (0.0, 0.0);
    numbers
        .chunks(2)
        .map(|step| {
            at = (at.0 + step[0], at.1 + step[1]);
            at
        })
        .collect()
}

/// Rows of a CSV file by heading.
fn table(out: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(out.join("tables").join(name)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> Option<f64> {
    row[column].parse().ok().filter(|value: &f64| value.is_finite())
}

struct Rendered {
    _root: tempfile::TempDir,
    out: std::path::PathBuf,
    /// In the order of the benchmark.
    optimizers: Vec<String>,
    summary: Vec<BTreeMap<String, String>>,
    units: Vec<BTreeMap<String, String>>,
}

fn rendered() -> Rendered {
    let results = testing::demo(12);
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("demo");
    harness_report::render(&results, &out).unwrap();
    let mut optimizers: Vec<String> = Vec::new();
    for unit in &results.units {
        if !optimizers.contains(&unit.record.optimizer) {
            optimizers.push(unit.record.optimizer.clone());
        }
    }
    let (summary, units) = (table(&out, "summary.csv"), table(&out, "units.csv"));
    Rendered { _root: root, out, optimizers, summary, units }
}

impl Rendered {
    /// Settings that figures show, with the place of their optimizer.
    fn best(&self, problem: &str) -> Vec<(usize, &BTreeMap<String, String>)> {
        let best = self.summary.iter().filter(|row| row["problem"] == problem && row["best_setting"] == "true");
        best.map(|row| (self.optimizers.iter().position(|name| *name == row["optimizer"]).unwrap(), row)).collect()
    }

    /// Values of the runs of a setting.
    fn runs(&self, setting: &BTreeMap<String, String>, column: &str) -> Vec<Option<f64>> {
        let same = |unit: &&BTreeMap<String, String>| {
            ["problem", "optimizer", "config"].iter().all(|key| unit[*key] == setting[*key])
        };
        self.units
            .iter()
            .filter(same)
            .filter(|unit| unit["status"] != "skipped")
            .map(|unit| number(unit, column))
            .collect()
    }
}

/// Every run of a strip stands at its value, or in the gutter outside the axis.
fn check_strip(report: &Rendered, problem: &str, name: &str, column: &str) -> usize {
    let figure = figure(&report.out, &format!("{problem}-{name}"));
    let [left, right] = figure.x.places;
    let mut compared = 0;
    for (place, setting) in report.best(problem) {
        let of_run =
            |mark: &&Mark| mark.optimizer == place && mark.is_shape && mark.attributes.contains("opacity=\"0.75\"");
        let (mut drawn, gutter): (Vec<f64>, Vec<f64>) = figure
            .marks
            .iter()
            .filter(of_run)
            .map(|mark| mark.centre().0)
            .partition(|x| (left - TOLERANCE..=right + TOLERANCE).contains(x));
        if drawn.is_empty() && gutter.is_empty() {
            continue;
        }
        let values = report.runs(setting, column);
        let mut expected: Vec<f64> = values.iter().flatten().map(|value| figure.x.place(*value)).collect();
        expected.sort_by(f64::total_cmp);
        drawn.sort_by(f64::total_cmp);
        assert_eq!((drawn.len(), gutter.len()), (expected.len(), values.len() - expected.len()), "{name} {place}");
        for (drawn, expected) in drawn.iter().zip(&expected) {
            assert!((drawn - expected).abs() <= TOLERANCE, "{name} of {place}: {drawn} drawn, {expected} expected");
            compared += 1;
        }
    }
    compared
}

#[test]
fn points_of_runs_stand_at_their_values() {
    let report = rendered();
    for problem in ["iris", "diabetes"] {
        assert!(check_strip(&report, problem, "passes-to-target", "passes_to_target") > 40);
    }
    assert!(check_strip(&report, "iris", "final-accuracy", "final_metric") > 60);
    assert!(check_strip(&report, "diabetes", "final-rmse", "final_metric") > 40);
}

#[test]
fn lines_of_the_gap_end_at_the_median_or_at_the_floor() {
    let report = rendered();
    let mut floored = 0;
    for problem in ["iris", "diabetes"] {
        for axis in ["iterations", "passes", "seconds", "cpu"] {
            let figure = figure(&report.out, &format!("{problem}-gap-{axis}"));
            let y = figure.y.as_ref().unwrap();
            for (place, setting) in report.best(problem).into_iter().filter(|(_, row)| row["one_shot"] == "false") {
                if setting["runs"] == "0" {
                    continue;
                }
                // The bold line, and its thin dashes after half of the runs have ended.
                let is_line = |mark: &&Mark| {
                    let width = attribute(&mark.attributes, "stroke-width");
                    mark.optimizer == place && !mark.is_shape && matches!(width, Some("21" | "12"))
                };
                let ends = figure.marks.iter().filter(is_line).map(|mark| mark.points[mark.points.len() - 1]);
                let end = ends.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
                let (median, floor) = (number(setting, "best_gap_median").unwrap(), number(setting, "floor").unwrap());
                floored += usize::from(median <= floor);
                let expected = y.place(median.max(floor));
                assert!((end.1 - expected).abs() <= TOLERANCE, "{problem} {axis} {place}: {} for {expected}", end.1);
                // Nothing is drawn below the floor.
                let right = figure.x.places[1] + 1.0;
                let own = figure.marks.iter().filter(|mark| mark.optimizer == place && !mark.is_shape);
                let inside = own.flat_map(|mark| &mark.points).filter(|point| point.0 <= right);
                let lowest = inside.map(|point| point.1).fold(0.0, f64::max);
                assert!(lowest <= y.place(floor).min(y.places[0]) + TOLERANCE, "{problem} {axis} {place}: {lowest}");
            }
        }
    }
    assert!(floored > 0, "some median goes below the floor");
}

#[test]
fn average_runtimes_stand_at_the_values_of_the_table() {
    let report = rendered();
    let targets = table(&report.out, "table-targets.csv");
    let mut compared = 0;
    for problem in ["iris", "diabetes"] {
        let figure = figure(&report.out, &format!("{problem}-fixed-target"));
        let y = figure.y.as_ref().unwrap();
        for (place, _) in report.best(problem) {
            let is_line = |mark: &&Mark| {
                mark.optimizer == place && !mark.is_shape && attribute(&mark.attributes, "stroke-width") == Some("20")
            };
            let Some(line) = figure.marks.iter().find(is_line) else { continue };
            let row = targets
                .iter()
                .find(|row| row["problem"] == problem && row["optimizer"] == report.optimizers[place])
                .unwrap();
            for digits in [1.0, 2.0, 4.0, 6.0, 8.0] {
                let column = row.keys().find(|key| **key == format!("art_{digits}"));
                let Some(art) = column.and_then(|column| number(row, column)) else { continue };
                let at = figure.x.place(digits);
                let Some(pair) = line.points.windows(2).find(|pair| pair[0].0 <= at && at <= pair[1].0) else {
                    continue;
                };
                let share = (at - pair[0].0) / (pair[1].0 - pair[0].0).max(1e-9);
                let drawn = pair[0].1 + share * (pair[1].1 - pair[0].1);
                assert!(
                    (drawn - y.place(art)).abs() <= TOLERANCE,
                    "{problem} {place} {digits}: {drawn} {}",
                    y.place(art)
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 10, "{compared}");
}
