//! Summaries for the terminal: at most 80 columns, readable without colour, in ASCII where the terminal has nothing else.

use std::fmt::Write;

use harness_analysis::format::{number, rough};
use harness_analysis::{Analysis, Axis, Problem, Series, Spacing, Verdict, curves};

pub(crate) const WIDTH: usize = 80;

/// Width of the course of the gap.
const SPARK: usize = 12;

/// Which signs a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// Everything.
    Unicode,
    /// ASCII but for the user's own names.
    Ascii,
}

impl Glyphs {
    /// From the least to the greatest.
    fn levels(self) -> [char; 8] {
        match self {
            Glyphs::Unicode => ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
            Glyphs::Ascii => ['_', '.', ':', '-', '=', '+', '*', '#'],
        }
    }

    pub(crate) fn text(self, text: &str) -> String {
        match self {
            Glyphs::Unicode => text.to_owned(),
            Glyphs::Ascii => {
                text.replace('×', "x").replace('≤', "<=").replace(['–', '−'], "-").replace('∞', "inf").replace('·', "-")
            }
        }
    }
}

/// What the program says at the end: a table of the best settings per problem, then the verdicts.
pub fn verdict_table(analysis: &Analysis<'_>, glyphs: Glyphs) -> String {
    let mut text = String::new();
    for (problem, verdict) in analysis.problems.iter().zip(&analysis.verdicts) {
        let _ = writeln!(text, "{}", heading(problem, glyphs));
        let axis = if analysis.axis.is_time() { Axis::Passes } else { analysis.axis };
        let _ = writeln!(
            text,
            "  {:<23} {:>8} {:>9} {:>9} {:>8}  {}",
            "optimizer",
            "reached",
            axis.name(),
            "seconds",
            "gap",
            format_args!("gap by {}", analysis.axis.name())
        );
        let course = Course::new(problem, analysis.axis);
        for (at, series) in problem.series.iter().enumerate().filter(|(_, series)| series.is_best) {
            let _ = writeln!(text, "{}", row(problem, verdict, at, series, axis, &course, glyphs).trim_end());
        }
        let mut words = verdict.answer();
        for detail in &verdict.details {
            words = words + " " + detail;
        }
        text += &wrap(&glyphs.text(&words), "  ");
        text.push('\n');
    }
    let mut last = String::new();
    for sentence in [&analysis.overview, &analysis.failure_sentence, &analysis.times] {
        if !sentence.is_empty() {
            last += &wrap(&glyphs.text(sentence), "");
        }
    }
    if analysis.verdicts.iter().any(|verdict| !verdict.first().is_empty()) {
        last += "* first, or not separated from the leader and beaten by no other of these\n";
    }
    text + &last
}

fn heading(problem: &Problem<'_>, glyphs: Glyphs) -> String {
    let seeds = problem.seeds.len();
    let plural = if seeds == 1 { "" } else { "s" };
    let note = glyphs.text(&format!("target: gap ≤ {}, {seeds} seed{plural}", number(problem.target)));
    let room = WIDTH.saturating_sub(note.chars().count() + 2);
    let name = cut(problem.name, room);
    let gap = WIDTH.saturating_sub(name.chars().count() + note.chars().count());
    format!("{name}{}{note}", " ".repeat(gap.max(2)))
}

fn row(
    problem: &Problem<'_>,
    verdict: &Verdict,
    at: usize,
    series: &Series<'_>,
    axis: Axis,
    course: &Course,
    glyphs: Glyphs,
) -> String {
    let summary = &series.summary;
    let is_first = verdict.first().contains(&at);
    let star = if is_first { '*' } else { ' ' };
    let title = cut(&series.title(), 23);
    if summary.runs == 0 {
        let reason = series.skipped.first().map_or("", |record| record.reason.as_str());
        return format!("{star} {title:<23} skipped: {}", cut(&glyphs.text(reason), WIDTH - 35));
    }
    let cost = |axis| {
        let median = summary.median_cost(axis);
        if axis == Axis::Passes && !series.counts_passes() {
            "n/a".to_owned()
        } else if median.is_finite() {
            number(median)
        } else {
            "-".to_owned()
        }
    };
    let gap = summary.median_gap();
    let gap = if gap <= problem.floor { format!("<{}", rough(problem.floor)) } else { glyphs.text(&number(gap)) };
    let reached = format!("{}/{}", summary.hits, summary.runs);
    let spark = course.spark(series, glyphs);
    let failed = if summary.failed == 0 { String::new() } else { format!("{} failed", summary.failed) };
    let last = if spark.is_empty() { failed } else { spark };
    format!("{star} {title:<23} {reached:>8} {:>9} {:>9} {gap:>8}  {last}", cost(axis), cost(Axis::Seconds))
}

/// The frame in which the gaps of a problem are drawn as levels: logarithmic both ways, the same for all its rows.
struct Course {
    axis: Axis,
    from: f64,
    to: f64,
    low: f64,
    high: f64,
}

impl Course {
    fn new(problem: &Problem<'_>, axis: Axis) -> Self {
        let best = || problem.series.iter().filter(|series| series.is_best && !series.one_shot);
        let points = || best().flat_map(|series| &series.runs).flat_map(|run| run.points);
        let from = points().map(|point| axis.of(point)).filter(|x| *x > 0.0).fold(f64::INFINITY, f64::min);
        let to = points().map(|point| axis.of(point)).fold(0.0, f64::max);
        let least = best().map(|series| series.summary.median_gap()).fold(f64::INFINITY, f64::min);
        Self { axis, from, to, low: least.max(problem.floor), high: problem.start_gap }
    }

    /// The median gap at places that are even in the logarithm of the cost.
    fn spark(&self, series: &Series<'_>, glyphs: Glyphs) -> String {
        let curve = curves::gap_curve(series, self.axis, Spacing::Log);
        let is_drawn = self.from < self.to && self.low < self.high && self.low > 0.0 && !series.one_shot;
        if curve.samples.is_empty() || !is_drawn {
            return String::new();
        }
        let levels = glyphs.levels();
        (0..SPARK)
            .map(|place| {
                let share = (place + 1) as f64 / SPARK as f64;
                let x = self.from * (self.to / self.from).powf(share);
                let at = curve.samples.partition_point(|sample| sample.x <= x).saturating_sub(1);
                let gap = curve.samples[at].y.median.clamp(self.low, self.high);
                let height = (gap / self.low).ln() / (self.high / self.low).ln() * (levels.len() - 1) as f64;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 7")]
                let level = height.round() as usize;
                levels[level.min(levels.len() - 1)]
            })
            .collect()
    }
}

pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(2)).collect::<String>() + ".."
}

fn wrap(text: &str, indent: &str) -> String {
    let mut wrapped = String::new();
    let mut line = String::from(indent);
    for word in text.split_whitespace() {
        let has_words = line.len() > indent.len();
        if has_words && line.chars().count() + 1 + word.chars().count() > WIDTH {
            wrapped = wrapped + &line + "\n";
            indent.clone_into(&mut line);
        } else if has_words {
            line.push(' ');
        }
        line += word;
    }
    wrapped + &line + "\n"
}

#[cfg(test)]
mod tests {
    use harness_analysis::testing;

    use super::*;

    #[test]
    fn the_table_fits_80_columns() {
        let results = testing::demo(12);
        let analysis = harness_analysis::analyze(&results);
        let table = verdict_table(&analysis, Glyphs::Ascii);
        assert!(table.is_ascii(), "{table}");
        let unicode = verdict_table(&analysis, Glyphs::Unicode);
        for line in table.lines().chain(unicode.lines()) {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        assert!(unicode.contains('█') && unicode.contains('▁'), "{unicode}");
        insta::assert_snapshot!(table);
    }

    #[test]
    fn long_names_are_cut() {
        let mut results = testing::demo(6);
        for unit in &mut results.units {
            unit.record.problem += &"-very-long".repeat(12);
            unit.record.optimizer += &"-with-a-name-that-does-not-end".repeat(2);
        }
        let table = verdict_table(&harness_analysis::analyze(&results), Glyphs::Ascii);
        let headings = table.lines().filter(|line| line.contains("target: gap") || line.contains("/6 "));
        assert!(headings.clone().count() > 4 && headings.clone().all(|line| line.chars().count() <= WIDTH), "{table}");
    }
}
