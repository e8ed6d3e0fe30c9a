//! The summary for the terminal: at most 80 columns, ASCII but for the user's own names, readable without colour.

use std::fmt::Write;

use harness_analysis::format::number;
use harness_analysis::{Analysis, Axis, Problem, Series};

const WIDTH: usize = 80;

/// What the program says at the end: a table of the best settings per problem, then the verdicts.
pub fn verdict_table(analysis: &Analysis<'_>) -> String {
    let mut text = String::new();
    for (problem, verdict) in analysis.problems.iter().zip(&analysis.verdicts) {
        let _ = writeln!(text, "{}", heading(problem));
        let _ = writeln!(
            text,
            "  {:<30} {:>8} {:>9} {:>9} {:>9} {:>8}",
            "optimizer", "reached", "passes", "seconds", "gap", "failed"
        );
        for series in problem.series.iter().filter(|series| series.is_best) {
            let _ = writeln!(text, "{}", row(problem, series));
        }
        let mut words = verdict.headline.clone();
        for detail in &verdict.details {
            words = words + " " + detail;
        }
        text += &wrap(&ascii(&words), "  ");
        text.push('\n');
    }
    let mut last = String::new();
    for sentence in [&analysis.overview, &analysis.failure_sentence] {
        if !sentence.is_empty() {
            last += &wrap(&ascii(sentence), "");
        }
    }
    text + &last
}

fn heading(problem: &Problem<'_>) -> String {
    let seeds = problem.seeds.len();
    let plural = if seeds == 1 { "" } else { "s" };
    let note = format!("target: gap <= {}, {seeds} seed{plural}", number(problem.target));
    let room = WIDTH.saturating_sub(note.chars().count() + 2);
    let name = cut(problem.name, room);
    let gap = WIDTH.saturating_sub(name.chars().count() + note.chars().count());
    format!("{name}{}{note}", " ".repeat(gap.max(2)))
}

fn row(problem: &Problem<'_>, series: &Series<'_>) -> String {
    let summary = &series.summary;
    let mut title = series.title();
    if series.settings > 1 {
        let _ = write!(title, " (1 of {})", series.settings);
    }
    let title = cut(&title, 30);
    if summary.runs == 0 {
        let reason = series.skipped.first().map_or("", |record| record.reason.as_str());
        return format!("  {title:<30} skipped: {}", cut(&ascii(reason), WIDTH - 42));
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
    let gap = if gap <= problem.floor {
        format!("<{}", harness_analysis::format::rough(problem.floor))
    } else {
        ascii(&number(gap))
    };
    format!(
        "  {title:<30} {:>8} {:>9} {:>9} {gap:>9} {:>8}",
        format!("{}/{}", summary.hits, summary.runs),
        cost(Axis::Passes),
        cost(Axis::Seconds),
        if summary.failed == 0 { "-".to_owned() } else { summary.failed.to_string() }
    )
}

/// The few signs that sentences use, as ASCII.
fn ascii(text: &str) -> String {
    text.replace('×', "x").replace('≤', "<=").replace(['–', '−'], "-").replace('∞', "inf")
}

fn cut(text: &str, width: usize) -> String {
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
        let table = verdict_table(&harness_analysis::analyze(&results));
        assert!(table.is_ascii());
        assert!(table.lines().all(|line| line.chars().count() <= WIDTH), "{table}");
        insta::assert_snapshot!(table);
    }

    #[test]
    fn long_names_are_cut() {
        let mut results = testing::demo(6);
        for unit in &mut results.units {
            unit.record.problem += &"-very-long".repeat(12);
            unit.record.optimizer += &"-with-a-name-that-does-not-end".repeat(2);
        }
        let table = verdict_table(&harness_analysis::analyze(&results));
        let headings = table.lines().filter(|line| line.contains("target: gap") || line.contains("/6 "));
        assert!(headings.clone().count() > 4 && headings.clone().all(|line| line.chars().count() <= WIDTH), "{table}");
    }
}
