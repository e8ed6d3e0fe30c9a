//! What to do about an error, and which option it is about; names are suggested by their likeness.

use super::{CellProblem, DataError};

impl DataError {
    /// What to do about it, as one line without a period; `None` where the message says it all.
    pub fn help(&self) -> Option<String> {
        Some(match self {
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
            Self::Missing { .. } => "a relative path is relative to the benchmark file".to_owned(),
            Self::InvalidUtf8 { .. } => "save the file as text in UTF-8, or say what it is with `format`".to_owned(),
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
            Self::Ragged { .. } => "a cell that holds a delimiter or a line break must be in quotes; `delimiter` and \
                                    `header` say how the file is written"
                .to_owned(),
            Self::Cell { problem, .. } => problem.help().to_owned(),
            Self::OneClass { .. } => "choose another target, or a model family for regression".to_owned(),
            Self::EmptyPart { part: "test", .. } => "raise `test_fraction`, or remove it".to_owned(),
            Self::EmptyPart { .. } => "lower `test_fraction`".to_owned(),
            Self::AllConstant { .. } => "check the file, or remove `standardize`".to_owned(),
            Self::StandardizeClasses | Self::ConstantTarget { .. } => "remove `standardize_target`".to_owned(),
            Self::InterceptTaken { .. } => "remove `intercept`, or rename the feature".to_owned(),
            Self::TooLong { .. } => "decompress it first if it is what it should be".to_owned(),
            Self::FileTooLarge { .. } => "drop columns with `transforms`, or use fewer rows".to_owned(),
            Self::TooSparse { .. } => "say how many features there are with `features`".to_owned(),
            Self::LabelsNotTaken { .. } => "remove `labels`".to_owned(),
            Self::OneFile { .. } => "put the arrays `x_test` and `y_test` into it".to_owned(),
            Self::NeedsLabels { .. } => "name it with `labels`".to_owned(),
            Self::NoSuchColumn { column, columns, .. } => match did_you_mean(&nearest(column, columns)) {
                Some(help) => help,
                None => format!("the columns are {}", quoted_list(columns)),
            },
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
            Self::TwoSources { .. } | Self::SplitConflict { .. } => "keep one of them".to_owned(),
            Self::NothingToStratify | Self::StratifyReal => "remove `stratify`".to_owned(),
            Self::NoOfficialSplit { .. } => "use `test_fraction`, `folds`, or `test_file` for a file".to_owned(),
            Self::TooManyFolds { .. } => "lower `folds`".to_owned(),
            Self::TransformNotTaken { kind, .. } => format!("it takes {}", quoted_list(&owned(kind.takes()))),
            Self::NeedsClasses { .. } => "remove it, or choose a model family for classification".to_owned(),
            Self::TransformTooLarge { .. } => "drop columns or rows before".to_owned(),
            Self::TooManyValues { .. } => "drop the column, or keep it as a number".to_owned(),
            Self::NotFinite { .. } | Self::NoComponents { .. } => "put `standardize` before it".to_owned(),
            Self::NoMean { .. } => "drop the column, or the rows with `missing: drop_rows`".to_owned(),
            Self::Value { .. }
            | Self::TransformNeeds { .. }
            | Self::TransformValue { .. }
            | Self::ColumnTwice { .. }
            | Self::NoColumnsLeft { .. }
            | Self::Malformed { .. }
            | Self::NotAFile { .. }
            | Self::Read { .. }
            | Self::Empty { .. }
            | Self::NoRows { .. }
            | Self::NoFeatures { .. } => return None,
        })
    }

    /// The option of the benchmark file that the error is about, for a message that shows its line; `None` where it is
    /// the dataset as a whole.
    pub fn option(&self) -> Option<&'static str> {
        match self {
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
            | Self::Malformed { .. }
            | Self::TooLong { .. }
            | Self::FileTooLarge { .. }
            | Self::TooSparse { .. }
            | Self::NeedsLabels { .. } => Some("file"),
            Self::LabelsNotTaken { .. } => Some("labels"),
            Self::OneFile { .. } => Some("test_file"),
            Self::NotTaken { option, .. }
            | Self::Value { option, .. }
            | Self::NoSuchColumn { option, .. }
            | Self::SplitConflict { option, .. } => Some(option),
            Self::UnknownName { .. }
            | Self::TwoSources { .. }
            | Self::NotThere { .. }
            | Self::WrongFile { .. }
            | Self::Outside { .. } => Some("name"),
            Self::NothingToStratify | Self::StratifyReal => Some("stratify"),
            Self::NoOfficialSplit { .. } => Some("split"),
            Self::TooManyFolds { .. } => Some("folds"),
            Self::TransformNotTaken { .. }
            | Self::TransformNeeds { .. }
            | Self::TransformValue { .. }
            | Self::NeedsClasses { .. }
            | Self::NoColumnsLeft { .. }
            | Self::ColumnTwice { .. }
            | Self::TransformTooLarge { .. }
            | Self::TooManyValues { .. }
            | Self::NotFinite { .. }
            | Self::NoComponents { .. } => Some("transforms"),
            Self::NoMean { .. } => Some("missing"),
            Self::EmptyPart { .. } => Some("test_fraction"),
            Self::StandardizeClasses | Self::ConstantTarget { .. } => Some("standardize_target"),
            Self::InterceptTaken { .. } => Some("intercept"),
            Self::NoSource
            | Self::TooLarge { .. }
            | Self::NeedsTarget { .. }
            | Self::TaskUnavailable { .. }
            | Self::OneClass { .. }
            | Self::NoDataDir
            | Self::AllConstant { .. } => None,
        }
    }
}

impl CellProblem {
    fn help(&self) -> &'static str {
        match self {
            Self::Empty | Self::Missing(_) => {
                "fill it in, or say what to do with `missing: drop_rows`, `mean` or `category`"
            }
            Self::TextFeature(_) => {
                "correct the value, or list the column under `categorical` if it is one of categories"
            }
            Self::NumberAmongWords(_) => {
                "correct the value, or list the column under `categorical`; in a file without a header write \
                 `header: false`"
            }
            Self::TooManyWords { .. } => "drop the column with `transforms`, or list it under `categorical`",
            Self::Undeclared(_) => "correct the value or its declaration",
            Self::Kind(_) => "convert the column, or drop it with `transforms: [{ kind: drop, columns: [...] }]`",
            Self::NoValues => "drop the column with `transforms: [{ kind: drop, columns: [...] }]`",
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

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

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
