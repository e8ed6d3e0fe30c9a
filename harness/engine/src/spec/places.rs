//! Where the problems of a benchmark are in its file: for what is found wrong with them only when their data are read.

use std::sync::Arc;

use harness_datasets::{DataError, FileError};
use harness_models::ModelError;

use super::check::{Place, data_place, id_of, place_of};
use super::error::{Fault, SpecError};
use super::load::{Document, Parsed};
use super::node::{Node, Value};
use super::sweep;

/// The problems of a benchmark file, each with its lines.
#[derive(Debug)]
pub struct Places(Document);

impl Parsed {
    /// Where the problems are, for errors that come later.
    pub fn places(&self) -> Places {
        Places(Document { source: Arc::clone(&self.document.source), root: self.document.root.clone() })
    }
}

impl Places {
    /// An error about the data of a problem, with the line of the option that it is about; `None` where it is about what
    /// is in a file of data.
    pub fn of_data(&self, problem: &str, error: &DataError) -> Option<SpecError> {
        let lacks_an_option = |error: &FileError| {
            matches!(error, FileError::FileNeedsTarget { .. } | FileError::NeedsLabels { .. })
                || error.option() != "file"
        };
        if matches!(error, DataError::File(error) if !lacks_an_option(error)) {
            return None;
        }
        let fault = Fault::new(format!("problem `{problem}`: {error}")).help_if(error.help());
        self.locate(problem, "dataset", data_place(error), fault)
    }

    /// An error about the model of a problem, with the line of the option that it is about.
    pub fn of_model(&self, problem: &str, error: &ModelError) -> Option<SpecError> {
        self.locate(problem, "model", place_of(error), Fault::new(format!("problem `{problem}`: {error}")))
    }

    fn locate(&self, problem: &str, section: &str, place: Place, fault: Fault) -> Option<SpecError> {
        let node = self.problem(problem)?;
        let fault = self.0.fault(id_of(&node, section, place), fault);
        Some(SpecError::new(Arc::clone(&self.0.source), vec![fault]))
    }

    /// The node of a problem, which may be one of a sweep.
    fn problem(&self, name: &str) -> Option<Node> {
        self.0.root.get("problems")?.items().iter().find_map(|node| {
            let Value::Text(own) = &node.get("name")?.value else { return None };
            let swept = name.starts_with(own.as_str()).then(|| sweep::expand(&self.0, node, &mut Vec::new()))??;
            swept
                .into_iter()
                .find(|swept| name == format!("{own}{}", sweep::suffix(&swept.values)))
                .map(|swept| swept.node)
        })
    }
}
