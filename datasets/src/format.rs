//! The formats of files: their names in a benchmark file, and which options each uses.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::FileError;
use crate::options::Options;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Cells between commas, or another delimiter.
    Csv,
    /// Cells between tabs.
    Tsv,
    /// Sparse rows `label index:value …`.
    Libsvm,
    /// The arrays of MNIST and its relatives.
    Idx,
    /// Records of a label byte and 3072 pixel bytes.
    Cifar10,
    /// An array of NumPy.
    Npy,
    /// Several arrays of NumPy in an archive.
    Npz,
    /// Columns in Apache Parquet.
    Parquet,
    /// The text format of Weka.
    Arff,
}

impl Format {
    /// The name in a benchmark file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Libsvm => "libsvm",
            Self::Idx => "idx",
            Self::Cifar10 => "cifar10",
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Parquet => "parquet",
            Self::Arff => "arff",
        }
    }

    /// Every format, in the order of the documentation.
    pub const ALL: [Self; 9] =
        [Self::Csv, Self::Tsv, Self::Arff, Self::Parquet, Self::Npy, Self::Npz, Self::Idx, Self::Libsvm, Self::Cifar10];

    /// The options of files that it uses; another would be of no effect.
    pub fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Csv | Self::Tsv => {
                &["target", "format", "header", "delimiter", "missing", "missing_values", "categorical", "test_file"]
            }
            Self::Arff | Self::Parquet => {
                &["target", "format", "missing", "missing_values", "categorical", "test_file"]
            }
            Self::Npy => {
                &["target", "format", "missing", "missing_values", "categorical", "labels", "test_file", "test_labels"]
            }
            Self::Npz => &["target", "format", "missing", "missing_values", "categorical"],
            Self::Idx => &["format", "labels", "test_file", "test_labels"],
            Self::Libsvm => &["format", "features", "test_file"],
            Self::Cifar10 => &["format", "test_file"],
        }
    }

    /// Refuses options that it does not use. Files whose columns have no names call their target `label`.
    pub(crate) fn check(self, path: &Path, options: &Options) -> Result<(), FileError> {
        let takes = self.takes();
        let is_label = options.target.as_deref() == Some("label");
        let is_used = |option: &&str| takes.contains(option) || (*option == "target" && is_label);
        match options.specific().find(|option| !is_used(option)) {
            None => Ok(()),
            Some("labels" | "test_file" | "test_labels") if self == Self::Npz => {
                Err(FileError::OneFile { format: self })
            }
            Some(option) => Err(FileError::OptionNotTaken { path: path.to_owned(), format: self, option }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::FILE_OPTIONS;

    #[test]
    fn every_option_of_files_is_of_some_format() {
        for option in FILE_OPTIONS {
            assert!(Format::ALL.iter().any(|format| format.takes().contains(&option)), "{option}");
        }
        for format in Format::ALL {
            assert!(format.takes().iter().all(|option| FILE_OPTIONS.contains(option)), "{}", format.name());
        }
    }

    #[test]
    fn options_without_effect_are_refused() {
        let refused = |format: Format, yaml: &str| {
            let error = format.check(Path::new("a"), &serde_yaml::from_str(yaml).unwrap()).unwrap_err();
            (error.to_string(), error.help().unwrap(), error.option())
        };
        assert_eq!(
            refused(Format::Idx, "{ file: a, delimiter: ';' }"),
            (
                "a: the format idx does not take `delimiter`".to_owned(),
                "it takes `format`, `labels`, `test_file`, `test_labels`".to_owned(),
                "delimiter"
            )
        );
        assert_eq!(refused(Format::Csv, "{ file: a, features: 3 }").2, "features");
        assert_eq!(refused(Format::Libsvm, "{ file: a, target: y }").2, "target");
        assert!(refused(Format::Npz, "{ file: a, test_file: b }").1.contains("`x_test` and `y_test`"));
        let label: Options = serde_yaml::from_str("{ file: a, target: label }").unwrap();
        assert!(Format::Libsvm.check(Path::new("a"), &label).is_ok());
    }
}
