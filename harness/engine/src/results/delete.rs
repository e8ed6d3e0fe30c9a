//! Deleting results: what the program has written, and nothing else that lies beside it.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::folder::{ResultsError, ResultsFolder};

/// What a results folder holds.
const FILES: [&str; 6] = ["benchmark.yaml", "plan.json", "references.json", "traces.parquet", "timing.csv", ".lock"];
const FOLDERS: [&str; 4] = ["units", "unfinished", "timing", "tables"];

impl ResultsFolder {
    /// Deletes the results; returns what else was in the folder, which then stays with it.
    ///
    /// # Errors
    ///
    /// The folder does not hold results, though it has a file named `plan.json`; or the system refuses.
    pub fn delete(self) -> Result<Vec<PathBuf>, ResultsError> {
        let root = self.root().to_owned();
        let text = fs::read_to_string(root.join("plan.json")).map_err(ResultsError::io(&root))?;
        let plan: Value = serde_json::from_str(&text).unwrap_or_default();
        if !(plan["schema"].is_u64() && plan["benchmark"].is_string() && plan["units"].is_array()) {
            let reason = "`plan.json` is not the plan of a benchmark, so nothing is deleted".to_owned();
            return Err(ResultsError::NotResults { path: root, reason });
        }
        let _lock = self.take_lock()?;
        for name in FOLDERS.iter().filter(|name| root.join(name).is_dir()) {
            fs::remove_dir_all(root.join(name)).map_err(ResultsError::io(&root))?;
        }
        // The plan goes last: until then the folder can be recognised and deleted again.
        for name in FILES.iter().rev().filter(|name| **name != "plan.json" && root.join(name).is_file()) {
            fs::remove_file(root.join(name)).map_err(ResultsError::io(&root))?;
        }
        fs::remove_file(root.join("plan.json")).map_err(ResultsError::io(&root))?;
        let rest: Vec<PathBuf> =
            fs::read_dir(&root).map_err(ResultsError::io(&root))?.flatten().map(|entry| entry.path()).collect();
        if rest.is_empty() {
            fs::remove_dir(&root).map_err(ResultsError::io(&root))?;
        }
        Ok(rest)
    }
}
