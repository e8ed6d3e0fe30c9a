//! Statistics as cells: what people read, and what programs read.

use harness_analysis::format::{factor, number, rough};
use harness_analysis::{Art, Interval, Quartiles, Ratio, compare};

use super::table::{Cell, exact};

/// Nothing, in a column of as many values.
pub(super) fn missing(text: &str, values: usize) -> Cell {
    Cell { text: text.to_owned(), raw: vec![String::new(); values], tone: "none", ..Cell::default() }
}

/// Median with quartiles; `none` where there is none.
pub(super) fn quartiles(quartiles: Option<Quartiles>, none: &str) -> Cell {
    shown(quartiles, none, number)
}

/// A gap; what is below the floor is said to be.
pub(super) fn gap(quartiles: Option<Quartiles>, floor: f64) -> Cell {
    shown(quartiles, "–", |gap| if gap <= floor { format!("<{}", rough(floor)) } else { number(gap) })
}

fn shown(quartiles: Option<Quartiles>, none: &str, show: impl Fn(f64) -> String) -> Cell {
    let Some(q) = quartiles else { return missing(none, 3) };
    let raw = [q.median, q.q1, q.q3].map(exact).to_vec();
    if !q.median.is_finite() {
        return Cell { raw, ..missing(none, 3) };
    }
    let (low, high) = (show(q.q1), show(q.q3));
    let note = if low == high { String::new() } else { format!("{low}–{high}") };
    Cell { text: show(q.median), note, raw, ..Cell::default() }
}

/// An average runtime; a lower bound where no run hits.
pub(super) fn art(art: Art) -> Cell {
    let ends = art.interval.map_or([String::new(), String::new()], |i| [exact(i.low), exact(i.high)]);
    let raw = std::iter::once(exact(art.value)).chain(ends).collect();
    if art.hits == 0 {
        let text = if art.runs == 0 { "–".to_owned() } else { format!("> {}", number(art.spent)) };
        return Cell { raw, ..missing(&text, 3) };
    }
    let note = match art.interval {
        Some(interval) => format!("{}{}", if art.is_approximate() { "≈ " } else { "" }, ends_of(interval, number)),
        None if art.has_too_few_hits() => "too few hits".to_owned(),
        None => String::new(),
    };
    Cell { text: number(art.value), note, raw, ..Cell::default() }
}

/// A ratio with its interval, and the seeds that it rests on where it leaves some of `seeds` out; four values.
pub(super) fn ratio(ratio: Option<Ratio>, seeds: usize) -> Cell {
    let Some(r) = ratio else { return missing("–", 4) };
    let mut raw = [r.estimate, r.interval.low, r.interval.high].map(exact).to_vec();
    raw.push(r.pairs.to_string());
    let on = compare::ratio_seeds(r, seeds).map_or(String::new(), |on| format!(", {on}"));
    Cell { text: factor(r.estimate), note: ends_of(r.interval, rough) + &on, raw, ..Cell::default() }
}

/// `12/12` with Wilson's interval of the share.
pub(super) fn reached(hits: usize, runs: usize, interval: Interval) -> Cell {
    let percent = |share: f64| format!("{:.0}", 100.0 * share);
    Cell {
        text: format!("{hits}/{runs}"),
        note: if runs == 0 { String::new() } else { format!("{} %", ends_of(interval, percent)) },
        raw: vec![hits.to_string(), runs.to_string(), exact(interval.low), exact(interval.high)],
        tone: if hits < runs { "some" } else { "" },
        ..Cell::default()
    }
}

fn ends_of(interval: Interval, show: impl Fn(f64) -> String) -> String {
    format!("{}–{}", show(interval.low), show(interval.high))
}

#[cfg(test)]
mod tests {
    use harness_analysis::art;

    use super::*;

    #[test]
    fn average_runtimes_of_few_hits_say_so() {
        let of = |hits: usize| art(art::average((0..12).map(|run| (8.0 + run as f64, run < hits)), 0.95));
        assert_eq!(of(2).note, "too few hits");
        assert!(of(5).note.starts_with("≈ "), "{:?}", of(5));
        assert_eq!((of(0).text.as_str(), of(0).note.as_str()), ("> 162", ""));
    }

    #[test]
    fn a_ratio_tells_the_seeds_that_it_leaves_out() {
        let known = Ratio::of(&[0.5, 0.6, 0.7, 0.5], 0.95);
        let cell = ratio(known, 5);
        assert!(cell.note.ends_with(", on 4 of 5 seeds") && cell.raw[3] == "4", "{cell:?}");
        assert!(!ratio(known, 4).note.contains("seeds"));
        assert_eq!(ratio(None, 5).raw.len(), 4);
    }
}
