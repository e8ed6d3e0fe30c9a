//! What to do about an error, and which option it is about; names are suggested by their likeness.

use super::DataError;

impl DataError {
    /// What to do about it, as one line without a period; `None` where the message says it all.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::File(error) => return error.help(),
            Self::Prepare(error) => return error.help(),
            Self::NoSource => "give `name` for a registered dataset, or `file` and `target` for a data file".to_owned(),
            Self::UnknownName { nearest, known, .. } => match did_you_mean(nearest) {
                Some(help) => help,
                None => format!("known datasets: {}", quoted_list(known)),
            },
            Self::NotTaken { takes, .. } => {
                if takes.is_empty() {
                    "remove it".to_owned()
                } else {
                    format!("it takes {}", quoted_list(takes))
                }
            }
            Self::TooLarge { .. } => "lower `n`, `d`, `experts` or `classes`".to_owned(),
            Self::NeedsTarget { choices, .. } => format!("choose one of {}", quoted_list(choices)),
            Self::UnknownTarget { target, choices, .. } => match did_you_mean(&nearest(target, choices)) {
                Some(help) => help,
                None => format!("choose one of {}", quoted_list(choices)),
            },
            Self::TaskConflict { needed, .. } => {
                format!("write `task: {needed}`, remove `task`, or choose another model family")
            }
            Self::TaskUnavailable { offered, .. } => format!("choose a model family for {offered}"),
            Self::OneClass { .. } => "choose another target, or a model family for regression".to_owned(),
            Self::NoSuchColumn { column, columns, .. } => column_help(column, columns),
            Self::NotThere { dataset, fetchable: true, .. } => format!(
                "get it with `harness data fetch {dataset}`, or name the folder that has it with `--data-dir` or \
                 `HARNESS_DATA_DIR`"
            ),
            Self::NotThere { origin, .. } => format!(
                "it cannot be fetched, since no checksum of a file at its source is known ({origin}); name the folder \
                 that has it with `--data-dir` or `HARNESS_DATA_DIR`"
            ),
            Self::WrongFile { .. } => {
                "move it away and get the right one, or use it as it is with `file` instead of `name`".to_owned()
            }
            Self::Outside { .. } => "put the file itself into the data folder".to_owned(),
            Self::NoDataDir => "give `--data-dir DIR`".to_owned(),
            Self::TwoSources { .. } => "keep one of them".to_owned(),
            Self::Value { .. } => return None,
        })
    }

    /// The option of the benchmark file that the error is about, for a message that shows its line; `None` where it is
    /// the dataset as a whole.
    pub fn option(&self) -> Option<&'static str> {
        match self {
            Self::File(error) => Some(error.option()),
            Self::Prepare(error) => error.option(),
            Self::UnknownTarget { .. } => Some("target"),
            Self::TaskConflict { .. } => Some("task"),
            Self::NotTaken { option, .. } | Self::Value { option, .. } | Self::NoSuchColumn { option, .. } => {
                Some(option)
            }
            Self::UnknownName { .. }
            | Self::TwoSources { .. }
            | Self::NotThere { .. }
            | Self::WrongFile { .. }
            | Self::Outside { .. } => Some("name"),
            Self::NoSource
            | Self::TooLarge { .. }
            | Self::NeedsTarget { .. }
            | Self::TaskUnavailable { .. }
            | Self::OneClass { .. }
            | Self::NoDataDir => None,
        }
    }
}

/// The names of `known` that look like `name`, nearest first, at most three.
pub(crate) fn nearest<S: AsRef<str>>(name: &str, known: &[S]) -> Vec<String> {
    let lowered = name.to_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .iter()
        .map(|candidate| {
            let candidate = candidate.as_ref();
            (strsim::normalized_damerau_levenshtein(&lowered, &candidate.to_lowercase()), candidate)
        })
        .filter(|&(score, _)| score >= SIMILAR)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(3).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// The share of letters that must agree for a name to be suggested: one typo in a name of three letters passes.
const SIMILAR: f64 = 0.6;

pub(super) fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

pub(super) fn did_you_mean(nearest: &[String]) -> Option<String> {
    nearest.first().map(|name| format!("did you mean `{name}`?"))
}

/// What to do about a column that is not there: columns go by their whole names alone.
pub(super) fn column_help(column: &str, columns: &[String]) -> String {
    let all = format!("the columns are {}", quoted_list(columns));
    if let Some(help) = did_you_mean(&nearest(column, columns)) {
        return format!("{help} {all}");
    }
    if column.contains(['*', '?', '[', '^', '$']) {
        return format!("columns are named one by one, not by a pattern: {all}");
    }
    match column.parse::<usize>().ok().and_then(|place| columns.get(place.checked_sub(1)?)) {
        Some(name) => format!("columns go by name, not by number: column {column} is `{name}`; {all}"),
        None => all,
    }
}

/// Names in backticks; long lists are cut.
pub(super) fn quoted_list(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(" and ");
        text.push_str(&(names.len() - SHOWN).to_string());
        text.push_str(" more");
    }
    text
}

/// A piece of a file for a message: control characters escaped, cut at 40 characters.
pub(crate) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown = String::new();
    for c in text.chars().take(SHOWN) {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
