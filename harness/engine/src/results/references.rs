//! `references.json`: for each problem and seed the best known value of the objective, the optima that Newton's method
//! leads to from the ends of runs, and the rate that theory predicts for each run at its own.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};

use super::folder::{ResultsError, ResultsFolder};
use super::seal;
use crate::theory::Prediction;

/// Name of the file.
const FILE: &str = "references.json";
/// Version of its layout, and of how references are found.
pub const REFERENCES_SCHEMA: u32 = 1;

/// What is known of one problem at one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownOptimum {
    /// Problem.
    pub problem: String,
    /// Seed.
    pub seed: u64,
    /// Raised whenever a better value is found: reports made with an older one are stale.
    pub version: u32,
    /// The least value of all runs, after polishing.
    pub value: f64,
    /// Newton decrement ½gᵀH⁺g there: about how far above its minimum it still is.
    pub decrement: f64,
    /// Norm of the gradient there.
    pub grad_norm: f64,
    /// Least curvature, the Hessian scaled by the data; none where the model is too large for matrices.
    pub least_curvature: Option<f64>,
    /// Whether it is a minimum at a finite place, to the decrement of a reference.
    pub is_optimum: bool,
    /// The unit whose end was polished, or [`MULTISTART`].
    pub found_by: String,
    /// Starts of EM beside those of the runs that were tried (`bench --multistart`).
    #[serde(default)]
    pub multistart: usize,
    /// L at the truth, where that is known.
    pub truth_loss: Option<f64>,
    /// Errors of gate and experts that the data supports, √(tr I⁻¹/n) relative to the truth, where that is known.
    pub estimation_floor: Option<(f64, f64)>,
    /// The optima that Newton's method leads to from the ends of runs, best first.
    pub basins: Vec<Basin>,
    /// Where each run ends, by unit.
    pub runs: BTreeMap<String, RunEnd>,
}

/// Stands in the place of a unit where a further start of EM found the best value.
pub const MULTISTART: &str = "multistart";

/// An optimum, or what else Newton's method ends in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Basin {
    /// L there.
    pub loss: f64,
    /// What it is.
    pub kind: BasinKind,
    /// λ_max of the missing information matrix there.
    pub lambda_max: Option<f64>,
}

/// What a basin's bottom is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BasinKind {
    /// A minimum.
    Minimum,
    /// Parameters run off while L still falls: separated data.
    Infinite,
    /// A saddle.
    Saddle,
    /// Newton's method did not come to rest.
    Unknown,
}

/// Where a run ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEnd {
    /// Its iterations when this was found out; a longer run is looked at again.
    pub iterations: u64,
    /// Index of its basin; none where the model is too large to look at every run.
    pub basin: Option<usize>,
    /// Distance of its last iterate from the bottom, over the symmetries of the model.
    pub distance: Option<f64>,
    /// The local rate that theory predicts there.
    pub prediction: Prediction,
}

#[derive(Serialize, Deserialize)]
struct ReferencesFile<'a> {
    schema: u32,
    problems: Cow<'a, [KnownOptimum]>,
}

impl ResultsFolder {
    /// What is known; nothing if there is no file.
    ///
    /// # Errors
    ///
    /// What is wrong with the file.
    pub fn references(&self) -> Result<Vec<KnownOptimum>, String> {
        let path = self.root().join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        let file: ReferencesFile<'_> =
            seal::read(&text, REFERENCES_SCHEMA).map_err(|reason| format!("{}: {reason}", path.display()))?;
        Ok(file.problems.into_owned())
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn write_references(&self, problems: &[KnownOptimum]) -> Result<(), ResultsError> {
        let json = seal::write(&ReferencesFile { schema: REFERENCES_SCHEMA, problems: problems.into() });
        let json = json.map_err(|error| ResultsError::io(&self.root().join(FILE))(error.into()))?;
        self.write_file(FILE, json.as_bytes())
    }
}
