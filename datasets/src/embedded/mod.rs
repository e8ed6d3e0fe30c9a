//! Real sets that are part of the program, through `linfa-datasets`; one file each.

mod diabetes;
mod iris;
mod linnerud;
mod winequality;

use linfa::DatasetBase;
use linfa::dataset::AsTargets;
use ndarray::Array2;
use rand::Rng;

pub(crate) use self::diabetes::DIABETES;
pub(crate) use self::iris::IRIS;
pub(crate) use self::linnerud::LINNERUD;
pub(crate) use self::winequality::WINEQUALITY;
use crate::error::DataError;
use crate::options::{Options, Task};
use crate::registry::{Entry, Info};
use crate::table::{Table, Target};

/// An embedded set: what it is, and how to have it.
pub(crate) struct Embedded {
    pub(crate) info: Info,
    pub(crate) read: fn() -> Contents,
}

/// What an embedded set holds.
pub(crate) struct Contents {
    pub(crate) columns: Vec<String>,
    /// The features, row by row.
    pub(crate) x: Vec<f64>,
    /// The values of every target of [`Info::targets`]; for classes, whole numbers.
    pub(crate) targets: Vec<Vec<f64>>,
    /// The names of the classes by value, where they are not the numbers themselves; sorted by codepoint.
    pub(crate) class_names: &'static [&'static str],
}

impl Contents {
    /// The features and their names as linfa has them.
    fn new<T>(set: &DatasetBase<Array2<f64>, T>, targets: Vec<Vec<f64>>) -> Self
    where
        T: AsTargets,
    {
        Self {
            columns: set.feature_names().to_vec(),
            x: set.records().iter().copied().collect(),
            targets,
            class_names: &[],
        }
    }

    fn hash(&self, name: &str) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"harness/1 embedded\0");
        for name in std::iter::once(name).chain(self.columns.iter().map(String::as_str)) {
            hasher.update(name.as_bytes());
            hasher.update(b"\0");
        }
        for value in self.x.iter().chain(self.targets.iter().flatten()) {
            hasher.update(&value.to_le_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

impl Entry for Embedded {
    fn info(&self) -> &Info {
        &self.info
    }

    fn validate(&self, options: &Options) -> Result<(), DataError> {
        self.info.check(options)
    }

    fn content_hash(&self, _options: &Options) -> Result<String, DataError> {
        Ok((self.read)().hash(self.info.name))
    }

    fn load(&self, options: &Options, task: Task, _rng: &mut dyn Rng) -> Result<Table, DataError> {
        let mut contents = (self.read)();
        let hash = contents.hash(self.info.name);
        let chosen = self.info.target(options)?;
        let values = contents.targets.swap_remove(chosen);
        let n = values.len();
        let mut target = match task {
            Task::Regression => Target::Real(values),
            Task::Classification => Target::from_whole_numbers(&values),
        };
        if let (Target::Classes { names, .. }, false) = (&mut target, contents.class_names.is_empty()) {
            *names = contents.class_names.iter().map(|&name| name.to_owned()).collect();
        }
        Ok(Table {
            name: self.info.name.to_owned(),
            n,
            d: contents.columns.len(),
            columns: contents.columns,
            x: contents.x.into(),
            target_name: self.info.targets[chosen].to_owned(),
            target,
            truth: None,
            test_from: None,
            fills_gaps: false,
            applied: 0,
            hash,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream;

    fn load(entry: &Embedded, yaml: &str, task: Task) -> Table {
        let options: Options = serde_yaml::from_str(yaml).unwrap();
        entry.validate(&options).unwrap();
        entry.load(&options, task, &mut stream("embedded", 0, "data")).unwrap()
    }

    fn refused(entry: &Embedded, yaml: &str) -> (String, String) {
        let error = entry.validate(&serde_yaml::from_str(yaml).unwrap()).unwrap_err();
        (error.to_string(), error.help().unwrap())
    }

    #[test]
    fn tables_are_what_the_registry_says() {
        for (entry, target) in
            [(&IRIS, "{}"), (&WINEQUALITY, "{}"), (&DIABETES, "{}"), (&LINNERUD, "{ target: Pulse }")]
        {
            for &task in entry.info.tasks {
                let table = load(entry, target, task);
                assert_eq!((Some(table.n), Some(table.d)), (entry.info.n, entry.info.d));
                assert_eq!((table.columns.len(), table.x.len()), (table.d, table.n * table.d));
                assert_eq!(table.target.len(), table.n);
                assert!(table.x.iter().all(|v| v.is_finite()));
                if let Target::Classes { names, labels } = &table.target {
                    assert_eq!(Some(names.len()), entry.info.classes);
                    assert!(labels.iter().all(|&l| (l as usize) < names.len()));
                }
            }
        }
    }

    #[test]
    fn iris_has_fifty_of_each() {
        let table = load(&IRIS, "{}", Task::Classification);
        assert_eq!(table.columns, ["sepal length", "sepal width", "petal length", "petal width"]);
        assert_eq!(table.x[..4], [5.1, 3.5, 1.4, 0.2]);
        let Target::Classes { labels, names } = table.target else { panic!("iris has classes") };
        assert!(names.is_sorted());
        assert_eq!(labels, [[0; 50], [1; 50], [2; 50]].concat());
    }

    #[test]
    fn winequality_is_read_either_way() {
        let Target::Real(marks) = load(&WINEQUALITY, "{}", Task::Regression).target else { panic!("real") };
        let Target::Classes { labels, names } = load(&WINEQUALITY, "{ target: quality }", Task::Classification).target
        else {
            panic!("classes")
        };
        assert_eq!(names, ["3", "4", "5", "6", "7", "8"]);
        assert!(marks.iter().zip(&labels).all(|(&mark, &label)| mark == f64::from(label) + 3.0));
    }

    #[test]
    fn diabetes_has_all_its_patients() {
        let table = load(&DIABETES, "{}", Task::Regression);
        // The columns come with mean 0 and sum of squares 1 over all 442 patients, so not without the first.
        for j in 0..table.d {
            let column = || table.x.iter().skip(j).step_by(table.d);
            assert!(column().sum::<f64>().abs() < 1e-12);
            assert!((column().map(|v| v * v).sum::<f64>() - 1.0).abs() < 1e-12);
        }
        let Target::Real(y) = table.target else { panic!("real") };
        assert_eq!(y[..3], [151.0, 75.0, 141.0]);
        assert!((y.iter().sum::<f64>() / 442.0 - 152.133_484_162_895_9).abs() < 1e-9);
    }

    #[test]
    fn linnerud_needs_a_target() {
        assert_eq!(
            refused(&LINNERUD, "{}"),
            (
                "dataset `linnerud` has several targets: expected `target` to name one".to_owned(),
                "choose one of `Weight`, `Waist`, `Pulse`".to_owned()
            )
        );
        assert_eq!(
            refused(&LINNERUD, "{ target: pulse }"),
            ("dataset `linnerud` has no target `pulse`".to_owned(), "did you mean `Pulse`?".to_owned())
        );
        let table = load(&LINNERUD, "{ target: Waist }", Task::Regression);
        assert_eq!(table.x[..3], [5.0, 162.0, 60.0]);
        assert_eq!(table.target_name, "Waist");
        let Target::Real(y) = table.target else { panic!("real") };
        assert_eq!(y[0], 36.0);
    }

    #[test]
    fn options_that_an_entry_does_not_take() {
        assert_eq!(
            refused(&IRIS, "{ n: 10 }"),
            ("dataset `iris` does not take `n`".to_owned(), "it takes `target`".to_owned())
        );
        assert_eq!(
            refused(&IRIS, "{ task: regression }"),
            (
                "dataset `iris` is for classification only: regression is needed".to_owned(),
                "choose a model family for classification".to_owned()
            )
        );
        assert_eq!(refused(&IRIS, "{ standardize_target: true }").1, "remove `standardize_target`");
    }

    /// A change here means that the data changed: results computed before are no longer comparable.
    #[test]
    fn golden_hashes() {
        let hash = |entry: &Embedded| entry.content_hash(&Options::default()).unwrap()[..16].to_owned();
        assert_eq!(
            [hash(&IRIS), hash(&WINEQUALITY), hash(&DIABETES), hash(&LINNERUD)],
            ["e21e55201f422217", "ba7ec8d7a02c9cc7", "d79c6969a45ba561", "6dbd45a6f16b22b6"]
        );
    }
}
