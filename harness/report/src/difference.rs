//! What changed between two results: for the terminal, at most 80 columns, and as CSV.

use std::fmt::Write;

use harness_analysis::Axis;
use harness_analysis::diff::{Change, Difference};
use harness_analysis::format::{factor, rough};

use crate::tables::{csv, exact};
use crate::terminal::{Glyphs, WIDTH, cut};

/// The differences `shown`, and how many of `all` there are of each kind. `sides` say what A and B are.
pub fn difference_table(
    shown: &[Difference],
    all: &[Difference],
    sides: [String; 2],
    axis: Axis,
    glyphs: Glyphs,
) -> String {
    let mut text = String::new();
    for (letter, side) in ["A", "B"].iter().zip(sides) {
        let _ = writeln!(text, "{}", cut(&format!("{letter}: {side}"), WIDTH));
    }
    let ratio = format!("{} B/A", axis.name());
    let _ = writeln!(text, "\n{:<34} {:>7} {:>7} {ratio:>18}  B is", "", "A", "B");
    let mut problem = "";
    for difference in shown {
        if difference.problem != problem {
            problem = &difference.problem;
            let _ = writeln!(text, "{}", cut(problem, WIDTH));
        }
        let _ = writeln!(text, "{}", cut(&glyphs.text(&line(difference)), WIDTH));
    }
    let count = |change: Change| all.iter().filter(|difference| difference.change == change).count();
    let counts = Change::ALL.into_iter().filter(|change| count(*change) > 0);
    let counts: Vec<String> = counts.map(|change| format!("{} {}", count(change), change.as_str())).collect();
    let _ = writeln!(text, "\n{}", counts.join(", "));
    text
}

fn line(difference: &Difference) -> String {
    let reached = |side: usize| match difference.seeds {
        0 => "-".to_owned(),
        seeds => format!("{}/{seeds}", difference.hits[side]),
    };
    let ratio = difference.ratio.map_or("-".to_owned(), |ratio| {
        let interval = ratio.interval;
        format!("{} ({}–{})", factor(ratio.estimate), rough(interval.low), rough(interval.high))
    });
    let [before, after] = difference.failed;
    let failed = if before == after { String::new() } else { format!(" (failed {before}, {after})") };
    let on = difference.ratio.filter(|ratio| ratio.pairs < difference.seeds);
    let on = on.map_or(String::new(), |ratio| format!(" ({}/{} seeds)", ratio.pairs, difference.seeds));
    format!(
        "  {:<32} {:>7} {:>7} {ratio:>18}  {}{failed}{on}",
        cut(&difference.series, 32),
        reached(0),
        reached(1),
        difference.change.as_str()
    )
}

/// The same for programs, in full precision.
pub fn difference_csv(differences: &[Difference], axis: Axis) -> String {
    let header = [
        "axis",
        "problem",
        "series",
        "seeds",
        "hits_a",
        "hits_b",
        "failed_a",
        "failed_b",
        "ratio_b_over_a",
        "ratio_low",
        "ratio_high",
        "p_holm",
        "b_is",
        "ratio_seeds",
    ];
    let rows = differences.iter().map(|difference| {
        let ratio = difference.ratio.map(|ratio| [ratio.estimate, ratio.interval.low, ratio.interval.high]);
        let mut row = vec![
            axis.name().to_owned(),
            difference.problem.clone(),
            difference.series.clone(),
            difference.seeds.to_string(),
        ];
        row.extend(difference.hits.iter().chain(&difference.failed).map(usize::to_string));
        row.extend(ratio.map_or([const { String::new() }; 3], |ratio| ratio.map(exact)));
        row.push(difference.p.map_or(String::new(), exact));
        row.push(difference.change.as_str().to_owned());
        row.push(difference.ratio.map_or(String::new(), |ratio| ratio.pairs.to_string()));
        row
    });
    csv(header.map(String::from).to_vec(), rows)
}

#[cfg(test)]
mod tests {
    use harness_analysis::{diff, testing};

    use super::*;

    #[test]
    fn differences_fit_80_columns_and_are_counted() {
        let (a, mut b) = (testing::demo(8), testing::demo(8));
        for unit in b.units.iter_mut().filter(|unit| unit.record.optimizer == "em") {
            for point in &mut unit.trace {
                point.passes *= 3.0;
            }
        }
        let all = diff::differences(&a, &b, Axis::Passes);
        let sides = ["before".to_owned(), "after, with a long description that ends somewhere ".repeat(3)];
        let table = difference_table(&all, &all, sides, Axis::Passes, Glyphs::Ascii);
        assert!(table.is_ascii() && table.lines().all(|line| line.chars().count() <= WIDTH), "{table}");
        insta::assert_snapshot!(table);
        let csv = difference_csv(&all, Axis::Passes);
        assert_eq!(csv.lines().count(), 1 + all.len());
        assert!(
            csv.lines().any(|line| line.starts_with("passes,iris,em,8,8,8,0,0,3") && line.ends_with(",worse,8")),
            "{csv}"
        );
    }
}
