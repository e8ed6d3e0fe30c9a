//! What to do about an error, and which option it is about; names are suggested by their likeness.

use super::{CellProblem, DataError};

impl DataError {
    /// What to do about it, as one line without a period; `None` where the message says it all.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoSource => "give `name` for a registered dataset, or `file` and `target` for a CSV file".to_owned(),
            Self::TwoSources { .. } => "keep one of them".to_owned(),
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
            Self::Missing { .. } => "a relative path is relative to the benchmark file".to_owned(),
            Self::InvalidUtf8 { .. } => "save the file as CSV text in UTF-8".to_owned(),
            Self::UnnamedColumn { .. } => "name the column in the header, or remove it".to_owned(),
            Self::DuplicateColumn { .. } => "rename or remove one of them".to_owned(),
            Self::FileNeedsTarget { columns, .. } => {
                format!("set `target` to one of the columns: {}", quoted_list(columns))
            }
            Self::MissingColumn { target, columns, suspicion, .. } => {
                match (suspicion, did_you_mean(&nearest(target, columns))) {
                    (Some(suspicion), _) => (*suspicion).to_owned(),
                    (None, Some(help)) => help,
                    (None, None) => format!("the columns are {}", quoted_list(columns)),
                }
            }
            Self::Ragged { .. } => "a cell that holds a comma or a line break must be in quotes".to_owned(),
            Self::Cell { problem, .. } => problem.help().to_owned(),
            Self::OneClass { .. } => "choose another target, or a model family for regression".to_owned(),
            Self::EmptyPart { part: "test", .. } => "raise `test_fraction`, or remove it".to_owned(),
            Self::EmptyPart { .. } => "lower `test_fraction`".to_owned(),
            Self::AllConstant { .. } => "check the file, or remove `standardize`".to_owned(),
            Self::StandardizeClasses | Self::ConstantTarget { .. } => "remove `standardize_target`".to_owned(),
            Self::InterceptTaken { .. } => "remove `intercept`, or rename the feature".to_owned(),
            Self::Value { .. }
            | Self::NotAFile { .. }
            | Self::Read { .. }
            | Self::Empty { .. }
            | Self::NoRows { .. }
            | Self::NoFeatures { .. }
            | Self::Csv { .. } => return None,
        })
    }

    /// The option of the benchmark file that the error is about, for a message that shows its line; `None` where it is
    /// the dataset as a whole.
    pub fn option(&self) -> Option<&'static str> {
        match self {
            Self::UnknownName { .. } | Self::TwoSources { .. } => Some("name"),
            Self::NotTaken { option, .. } | Self::Value { option, .. } => Some(option),
            Self::UnknownTarget { .. } | Self::MissingColumn { .. } => Some("target"),
            Self::TaskConflict { .. } => Some("task"),
            Self::Missing { .. }
            | Self::NotAFile { .. }
            | Self::Read { .. }
            | Self::Empty { .. }
            | Self::NoRows { .. }
            | Self::InvalidUtf8 { .. }
            | Self::UnnamedColumn { .. }
            | Self::DuplicateColumn { .. }
            | Self::FileNeedsTarget { .. }
            | Self::NoFeatures { .. }
            | Self::Ragged { .. }
            | Self::Cell { .. }
            | Self::Csv { .. } => Some("file"),
            Self::EmptyPart { .. } => Some("test_fraction"),
            Self::StandardizeClasses | Self::ConstantTarget { .. } => Some("standardize_target"),
            Self::InterceptTaken { .. } => Some("intercept"),
            Self::NoSource
            | Self::TooLarge { .. }
            | Self::NeedsTarget { .. }
            | Self::TaskUnavailable { .. }
            | Self::OneClass { .. }
            | Self::AllConstant { .. } => None,
        }
    }
}

impl CellProblem {
    fn help(&self) -> &'static str {
        match self {
            Self::Empty | Self::Missing(_) => "fill in the value or remove the row: missing values are not supported",
            Self::TextFeature(_) => "drop or encode the column: columns of categories are not supported",
            Self::TextTarget(_) => "choose a numeric target, or a model family for classification",
            Self::NotFinite(_) => "correct the value or remove the row",
            Self::NotWhole(_) => "choose a model family for regression, or a target of classes",
            Self::MixedLabels { .. } => "correct the label, or rename the classes",
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

fn did_you_mean(nearest: &[String]) -> Option<String> {
    nearest.first().map(|name| format!("did you mean `{name}`?"))
}

/// Names in backticks; long lists are cut.
fn quoted_list(names: &[String]) -> String {
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
