//! From options to a table: the one place that decides between a registered dataset and a file.

use std::path::{Path, PathBuf};

use rand::Rng;

use crate::error::{DataError, PrepareError};
use crate::formats::{self, DataFile, Files, Reading};
use crate::options::{Options, Task};
use crate::registry::{Entry, FILE_OPTIONS, find};
use crate::table::Table;

/// Refuses options that cannot be honoured, without opening a file: unknown names, options that the dataset does not
/// take, impossible values.
pub fn validate(options: &Options) -> Result<(), DataError> {
    options.check_values()?;
    match source(options)? {
        Source::Entry(entry) => entry.validate(options),
        // What the name does not tell, the content does when it is read.
        Source::File(file) => match options.format.or_else(|| formats::by_name(file)) {
            Some(format) => Ok(format.check(file, options)?),
            None => Ok(()),
        },
    }
}

/// Loads the whole table, its target read for `task`, which is what the model needs.
///
/// A relative `file:` is relative to `base_dir`. Only generators draw from `rng`: each seed makes a fresh dataset.
pub fn load(options: &Options, task: Task, base_dir: &Path, rng: &mut (impl Rng + ?Sized)) -> Result<Table, DataError> {
    validate(options)?;
    if let Some(given) = options.task.filter(|&given| given != task) {
        return Err(DataError::TaskConflict { given, needed: task });
    }
    if options.standardize_target && task == Task::Classification {
        return Err(PrepareError::StandardizeClasses.into());
    }
    match source(options)? {
        Source::Entry(entry) => {
            entry.info().check_task(task)?;
            let mut rng = rng;
            entry.load(options, task, &mut rng)
        }
        Source::File(file) => {
            let path = base_dir.join(file);
            options.format.map_or_else(|| formats::detect(&path), Ok)?.check(file, options)?;
            let mut table = formats::read(&files(file, options, base_dir)?, &Reading::new(options, task))?;
            table.name = file.display().to_string();
            Ok(table)
        }
    }
}

/// The hash of the source in hex: of a file's bytes (what `b3sum` prints), of an embedded set's name and numbers, of a
/// generator's name, version and resolved options.
///
/// Neither the seed nor the preparation (split, standardization, intercept, choice of target) is in it.
pub fn content_hash(options: &Options, base_dir: &Path) -> Result<String, DataError> {
    validate(options)?;
    match source(options)? {
        Source::Entry(entry) => entry.content_hash(options),
        Source::File(file) => files(file, options, base_dir)?.hash(),
    }
}

/// The files that the options name, and those that belong to them.
fn files(file: &Path, options: &Options, base_dir: &Path) -> Result<Files, DataError> {
    let part = |rows: &Path, labels: Option<&PathBuf>| DataFile {
        rows: base_dir.join(rows),
        labels: labels.map(|labels| base_dir.join(labels)),
    };
    let files = Files {
        train: vec![part(file, options.labels.as_ref())],
        test: options.test_file.iter().map(|test| part(test, options.test_labels.as_ref())).collect(),
    };
    files.with_labels(options.format)
}

enum Source<'a> {
    Entry(&'static dyn Entry),
    File(&'a Path),
}

fn source(options: &Options) -> Result<Source<'_>, DataError> {
    match (&options.name, &options.file) {
        (None, None) => Err(DataError::NoSource),
        (Some(name), Some(file)) => Err(DataError::TwoSources { name: name.clone(), file: file.clone() }),
        (Some(name), None) => find(name).map(Source::Entry),
        (None, Some(file)) => {
            if let Some(option) = options.specific().find(|option| !FILE_OPTIONS.contains(option)) {
                return Err(DataError::NotTaken {
                    dataset: file.display().to_string(),
                    option,
                    takes: FILE_OPTIONS.map(str::to_owned).to_vec(),
                });
            }
            if options.test_labels.is_some() && options.test_file.is_none() {
                return Err(DataError::NotTaken {
                    dataset: file.display().to_string(),
                    option: "test_labels",
                    takes: vec!["test_labels` together with `test_file".to_owned()],
                });
            }
            Ok(Source::File(file))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::stream;

    fn options(yaml: &str) -> Options {
        serde_yaml::from_str(yaml).unwrap()
    }

    #[track_caller]
    fn refused(yaml: &str, message: &str, help: &str) {
        let error = validate(&options(yaml)).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.help().unwrap_or_default(), help);
    }

    fn load_in(dir: &Path, yaml: &str, task: Task) -> Result<Table, DataError> {
        load(&options(yaml), task, dir, &mut stream("load", 0, "data"))
    }

    #[test]
    fn a_dataset_is_a_name_or_a_file() {
        refused(
            "{ standardize: true }",
            "the dataset has neither `name` nor `file`",
            "give `name` for a registered dataset, or `file` and `target` for a data file",
        );
        refused(
            "{ name: iris, file: a.csv }",
            "the dataset has both `name: iris` and `file: a.csv`",
            "keep one of them",
        );
        refused("{ name: winequalty }", "unknown dataset `winequalty`", "did you mean `winequality`?");
    }

    #[test]
    fn options_of_generators_are_refused_elsewhere() {
        refused(
            "{ file: a.csv, target: y, n: 5 }",
            "dataset `a.csv` does not take `n`",
            &format!("it takes `{}`", FILE_OPTIONS.join("`, `")),
        );
        refused(
            "{ name: symmetric_linear, experts: 3 }",
            "dataset `symmetric_linear` does not take `experts`",
            "it takes `n`, `d`, `gate_norm`, `beta_norm`, `sigma`, `x`, `outliers`, `collinearity`, `imbalance`",
        );
        refused(
            "{ name: logistic, sigma: 1 }",
            "dataset `logistic` does not take `sigma`",
            "it takes `n`, `d`, `experts`, `classes`, `gate_norm`, `beta_norm`, `x`, `outliers`, `collinearity`, `imbalance`",
        );
        refused(
            "{ name: linear, target: y }",
            "dataset `linear` does not take `target`",
            "it takes `n`, `d`, `experts`, `gate_norm`, `beta_norm`, `sigma`, `x`, `outliers`, `collinearity`, `imbalance`",
        );
    }

    #[test]
    fn the_model_decides_the_task() {
        let here = Path::new(".");
        let error = load_in(here, "{ name: winequality, task: regression }", Task::Classification).unwrap_err();
        assert_eq!(error.to_string(), "`task: regression` conflicts with the model: it needs classification");
        assert_eq!(error.option(), Some("task"));
        let error = load_in(here, "{ name: diabetes }", Task::Classification).unwrap_err();
        assert_eq!(error.to_string(), "dataset `diabetes` is for regression only: classification is needed");
        let error = load_in(here, "{ name: winequality, standardize_target: true }", Task::Classification).unwrap_err();
        assert_eq!(error.to_string(), "`standardize_target` needs a real target: found classes");
        assert!(load_in(here, "{ name: winequality }", Task::Classification).is_ok());
    }

    #[test]
    fn a_file_is_found_beside_the_benchmark_and_hashed_by_its_bytes() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("data")).unwrap();
        let text = "a,y\n1,2\n";
        fs::write(dir.path().join("data/my.csv"), text).unwrap();
        let yaml = "{ file: data/my.csv, target: y }";
        let table = load_in(dir.path(), yaml, Task::Regression).unwrap();
        assert_eq!(table.name, "data/my.csv");
        assert_eq!(table.hash, blake3::hash(text.as_bytes()).to_hex().as_str());
        assert_eq!(content_hash(&options(yaml), dir.path()).unwrap(), table.hash);
    }

    #[test]
    fn the_hash_of_a_table_is_the_content_hash() {
        for (yaml, task) in [("{ name: iris }", Task::Classification), ("{ name: linear, n: 5 }", Task::Regression)] {
            let table = load_in(Path::new("."), yaml, task).unwrap();
            assert_eq!(table.hash, content_hash(&options(yaml), Path::new(".")).unwrap());
        }
    }
}
