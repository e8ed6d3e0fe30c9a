//! The nearest valid spelling of a word that is not known, and the line of help that offers it.

/// The candidate that looks most like `word`, if any looks like it at all.
///
/// Case, `-` and `_` make no difference; a swap, a missing, a doubled or a wrong letter is tolerated in short words, more
/// in long ones, and a word that begins or ends a candidate (or the reverse) is near it.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(word);
    candidates
        .into_iter()
        .filter_map(|candidate| distance(&folded, &fold(candidate)).map(|distance| (distance, candidate)))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// One line of help: ``did you mean `step`?``, or else all the candidates after `heading`.
pub fn help(word: &str, candidates: &[&str], heading: &str) -> String {
    match nearest(word, candidates.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => format!("{heading}: {}", list(candidates)),
    }
}

/// Names in backticks, separated by commas; long lists are cut.
pub fn list(names: &[&str]) -> String {
    const SHOWN: usize = 24;
    let text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// How far apart two folded words are, in edits; `None` beyond what a slip of the fingers explains.
fn distance(word: &str, candidate: &str) -> Option<usize> {
    let length = word.chars().count().max(candidate.chars().count());
    let edits = strsim::damerau_levenshtein(word, candidate);
    let tolerated = if length <= 2 { 0 } else { (length / 3).max(1) };
    if edits <= tolerated {
        return Some(edits);
    }
    let (short, long) = if word.len() < candidate.len() { (word, candidate) } else { (candidate, word) };
    (short.chars().count() >= 3 && (long.starts_with(short) || long.ends_with(short))).then_some(edits)
}

fn fold(word: &str) -> String {
    word.to_lowercase().replace(['-', ' '], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_word() {
        for (word, found) in [
            ("bta1", Some("beta1")),
            ("beta_1", Some("beta1")),
            ("Step", Some("step")),
            ("setp", Some("step")),
            ("inner-steps", Some("inner_steps")),
            ("tolerance", Some("inner_tolerance")),
            ("zzz", None),
            ("a", None),
            ("", None),
        ] {
            let candidates = ["beta1", "step", "inner_steps", "inner_tolerance", "mu"];
            assert_eq!(nearest(word, candidates), found, "{word}");
        }
    }

    #[test]
    fn help_offers_one_or_lists_all() {
        assert_eq!(help("stp", &["step", "mu"], "valid keys"), "did you mean `step`?");
        assert_eq!(help("rate", &["step", "mu"], "valid keys"), "valid keys: `step`, `mu`");
    }
}
