//! What a benchmark file says of a transform: a `kind`, and the options that the kind takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::PrepareError;

/// A change to the columns or rows of a dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "transform")]
pub struct Transform {
    /// What is done.
    pub kind: Kind,
    /// `drop`, `select`, `one_hot`, `standardize`, `scale01`: the columns; a column of words by its name in the file.
    /// All columns for `standardize` and `scale01` if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// `random_invert`: the probability that a row is inverted (0.5). `label_noise`: that a training row gets another
    /// class, each of the others alike; required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub probability: Option<f64>,
    /// Draw the same for every seed of the benchmark: from this seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// `subsample`: how many rows are kept, of the training and the test part together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub n: Option<usize>,
    /// `subsample`: the share of the rows that is kept, in (0, 1].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 1.0))]
    pub fraction: Option<f64>,
    /// `one_hot`: leave out the first category of every column, so that the columns do not add up to the intercept
    /// (false).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop_first: Option<bool>,
    /// `scale01`: the range of each `column` (the default), or one for `all`, as suits the pixels of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// `polynomial`: all products of up to this many columns (2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 5))]
    pub degree: Option<usize>,
    /// `random_fourier`: the number of features that replace the columns; required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub features: Option<usize>,
    /// `random_fourier`: the width of the Gaussian kernel (1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub width: Option<f64>,
    /// `pca`: the number of components that replace the columns; required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub components: Option<usize>,
}

/// The kinds of transforms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", rename = "transform_kind")]
pub enum Kind {
    /// Leaves columns out.
    Drop,
    /// Keeps these columns only, in the table's order.
    Select,
    /// A column of 0 and 1 for every value of a column.
    OneHot,
    /// Mean 0 and 1/n standard deviation 1 in the training rows.
    Standardize,
    /// The least value of the training rows becomes 0 and the largest 1.
    #[serde(rename = "scale01")]
    Scale01,
    /// Mirrors whole rows in the middle of the training rows' range, at random: 0 becomes 255 and 255 becomes 0.
    RandomInvert,
    /// Keeps some rows, drawn at random: the same share of the training and the test part.
    Subsample,
    /// Gives training rows a wrong class, at random.
    LabelNoise,
    /// Adds products of columns.
    Polynomial,
    /// Replaces the columns by √(2/m)·cos(wᵀx + b), whose inner products approximate a Gaussian kernel.
    RandomFourier,
    /// Replaces the columns by the principal components of the training rows.
    Pca,
}

/// What a range is taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", rename = "transform_by")]
pub enum By {
    /// Each column by itself.
    #[default]
    Column,
    /// All columns together.
    All,
}

impl Kind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::Drop,
        Self::Select,
        Self::OneHot,
        Self::Standardize,
        Self::Scale01,
        Self::RandomInvert,
        Self::Subsample,
        Self::LabelNoise,
        Self::Polynomial,
        Self::RandomFourier,
        Self::Pca,
    ];

    /// The name in a benchmark file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Select => "select",
            Self::OneHot => "one_hot",
            Self::Standardize => "standardize",
            Self::Scale01 => "scale01",
            Self::RandomInvert => "random_invert",
            Self::Subsample => "subsample",
            Self::LabelNoise => "label_noise",
            Self::Polynomial => "polynomial",
            Self::RandomFourier => "random_fourier",
            Self::Pca => "pca",
        }
    }

    /// What it does, in a line.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Drop => "leaves columns out",
            Self::Select => "keeps these columns only, in the table's order",
            Self::OneHot => "a column of 0 and 1 for every value of a column; columns of words are encoded so anyway",
            Self::Standardize => "mean 0 and 1/n standard deviation 1 in the training rows",
            Self::Scale01 => "the training rows' least value becomes 0, the largest 1; of each column, or of all",
            Self::RandomInvert => "mirrors whole rows in the middle of the training rows' range, at random",
            Self::Subsample => "keeps some rows, drawn at random: the same share of the training and the test part",
            Self::LabelNoise => "gives training rows another class, at random",
            Self::Polynomial => "adds the products of up to `degree` columns",
            Self::RandomFourier => "replaces the columns by random Fourier features of a Gaussian kernel",
            Self::Pca => "replaces the columns by the principal components of the training rows",
        }
    }

    /// The options that it takes.
    pub fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Drop | Self::Select | Self::Standardize => &["columns"],
            Self::OneHot => &["columns", "drop_first"],
            Self::Scale01 => &["columns", "by"],
            Self::RandomInvert | Self::LabelNoise => &["probability", "seed"],
            Self::Subsample => &["n", "fraction", "seed"],
            Self::Polynomial => &["degree"],
            Self::RandomFourier => &["features", "width", "seed"],
            Self::Pca => &["components"],
        }
    }
}

impl Transform {
    /// Refuses options that the kind does not take, that it lacks, and values that they cannot have.
    pub(crate) fn check(&self) -> Result<(), PrepareError> {
        let given = [
            ("columns", !self.columns.is_empty()),
            ("probability", self.probability.is_some()),
            ("seed", self.seed.is_some()),
            ("n", self.n.is_some()),
            ("fraction", self.fraction.is_some()),
            ("drop_first", self.drop_first.is_some()),
            ("by", self.by.is_some()),
            ("degree", self.degree.is_some()),
            ("features", self.features.is_some()),
            ("width", self.width.is_some()),
            ("components", self.components.is_some()),
        ];
        let kind = self.kind;
        if let Some((option, _)) = given.iter().find(|(option, given)| *given && !kind.takes().contains(option)) {
            return Err(PrepareError::TransformNotTaken { kind, option });
        }
        let needs = |option, given: bool| {
            if given { Ok(()) } else { Err(PrepareError::TransformNeeds { kind, option }) }
        };
        let value =
            |option, found: String, expected| Err(PrepareError::TransformValue { kind, option, found, expected });
        match kind {
            Kind::Drop | Kind::Select | Kind::OneHot => needs("columns", !self.columns.is_empty())?,
            Kind::LabelNoise => needs("probability", self.probability.is_some())?,
            Kind::RandomFourier => needs("features", self.features.is_some())?,
            Kind::Pca => needs("components", self.components.is_some())?,
            Kind::Subsample if self.n.is_some() == self.fraction.is_some() => {
                return Err(PrepareError::TransformNeeds { kind, option: "n` or `fraction" });
            }
            _ => {}
        }
        if let Some(found) = self.probability.filter(|p| !(0.0..=1.0).contains(p)) {
            return value("probability", found.to_string(), "between 0 and 1");
        }
        if let Some(found) = self.fraction.filter(|&f| !(f > 0.0 && f <= 1.0)) {
            return value("fraction", found.to_string(), "above 0 and at most 1");
        }
        if let Some(found) = self.width.filter(|&w| !(w > 0.0 && w.is_finite())) {
            return value("width", found.to_string(), "a finite number above 0");
        }
        if let Some(found) = self.degree.filter(|degree| !(2..=5).contains(degree)) {
            return value("degree", found.to_string(), "2 to 5");
        }
        for (option, found) in [("n", self.n), ("features", self.features), ("components", self.components)] {
            if found == Some(0) {
                return value(option, "0".to_owned(), "at least 1");
            }
        }
        Ok(())
    }
}
