//! Errors of a benchmark file, shown with the line that they are about, as rustc shows its own.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// The text of a benchmark file, kept for errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file, as the user named it.
    pub path: PathBuf,
    /// Its text, without a byte order mark.
    pub text: String,
}

/// Why a benchmark file is refused: one fault or several, in the order of the file.
///
/// `Display` is the complete message, several lines long, with the path, the line and the column of each fault.
#[derive(Debug, Clone)]
pub struct SpecError {
    source: Arc<Source>,
    faults: Vec<Fault>,
}

/// One fault: what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// What is wrong, with the value found.
    pub(super) title: String,
    /// The bytes of the text that it is about; `None` where it is the file as a whole.
    pub(super) span: Option<Range<usize>>,
    /// A remark under the line.
    pub(super) label: Option<String>,
    /// What to do about it.
    pub(super) help: Option<String>,
}

impl Fault {
    /// A fault of the file as a whole.
    pub(super) fn new(title: impl Into<String>) -> Self {
        Fault { title: title.into(), span: None, label: None, help: None }
    }

    pub(super) fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }
}

impl SpecError {
    pub(super) fn new(source: Arc<Source>, mut faults: Vec<Fault>) -> Self {
        faults.sort_by_key(|fault| fault.span.as_ref().map_or(0, |span| span.start));
        SpecError { source, faults }
    }

    /// An error about a file that could not be read at all.
    pub(super) fn file(path: &Path, fault: Fault) -> Self {
        let source = Source { path: path.to_owned(), text: String::new() };
        SpecError { source: Arc::new(source), faults: vec![fault] }
    }

    /// The number of faults found.
    pub fn count(&self) -> usize {
        self.faults.len()
    }

    /// Line and column of the first fault, both from 1, the column in characters; `None` where it is the file as a whole.
    pub fn location(&self) -> Option<(usize, usize)> {
        let span = self.faults.first()?.span.as_ref()?;
        Some(line_col(&self.source.text, span.start))
    }
}

impl std::error::Error for SpecError {}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        for (index, fault) in self.faults.iter().take(SHOWN).enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            f.write_str(&render(&self.source, fault))?;
        }
        match self.faults.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n\nand {more} more"),
        }
    }
}

/// Line and column of a byte, both from 1, the column in characters.
pub(super) fn line_col(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn render(source: &Source, fault: &Fault) -> String {
    let path = source.path.to_string_lossy();
    let title = Level::ERROR.primary_title(&fault.title);
    let mut group = match &fault.span {
        Some(span) => {
            let mut annotation = AnnotationKind::Primary.span(span.clone());
            if let Some(label) = &fault.label {
                annotation = annotation.label(label);
            }
            title.element(Snippet::source(&source.text).path(&*path).annotation(annotation))
        }
        None => Group::with_title(title).element(Origin::path(&*path)),
    };
    if let Some(help) = &fault.help {
        group = group.element(Level::HELP.message(help));
    }
    Renderer::plain().render(&[group])
}
