//! From a table to the parts that a model sees: split, transform, standardize by the training rows, add the intercept.
//!
//! This step defines the problem that optimizers are compared on, so the truth, where known, is carried along.

use crate::draw::Draw;
use crate::error::{DataError, PrepareError};
use crate::matrix::Matrix;
use crate::options::Options;
use crate::row_maker::{Column, RowMaker};
use crate::scale::Scale;
use crate::split::{Split, split};
use crate::table::{Table, Target, Truth};
use crate::transforms::{self, Frame};

/// The name of the column of ones.
const INTERCEPT: &str = "intercept";

/// A dataset as a model sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The name of the dataset.
    pub name: String,
    /// The content hash of its source, in hex.
    pub hash: String,
    /// The rows to learn from.
    pub train: Part,
    /// The rows held out; `None` where `test_fraction` is 0.
    pub test: Option<Part>,
    /// The names of the columns of both parts; an intercept is the last.
    pub columns: Vec<String>,
    /// The names of the columns dropped because they are constant in the training rows.
    pub dropped: Vec<String>,
    /// The truth in the parts' columns; `None` where none is known, or where no parameters of the family give the same
    /// law in these columns.
    pub truth: Option<Truth>,
}

/// Some rows of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The columns' values, row by row.
    pub x: Matrix,
    /// The number of rows.
    pub n: usize,
    /// The number of columns, the intercept included.
    pub d: usize,
    /// The target of every row.
    pub target: Target,
}

/// Splits, transforms, standardizes and adds the intercept, as `options` say.
///
/// The training rows are made in the memory that the table's are in: a second copy of a large table would not fit.
pub fn prepare(table: Table, options: &Options, draw: &Draw<'_>) -> Result<Prepared, DataError> {
    let rows = split(&table, options, draw)?;
    if options.transforms.len() <= table.applied && !table.fills_gaps {
        return finish(table, &rows, options);
    }
    let (applied, mut frame) = (table.applied, Frame::new(table, rows));
    frame.fill_missing()?;
    transforms::apply(&mut frame, &options.transforms, applied, draw)?;
    let (changed, rows) = frame.into_table();
    finish(changed, &rows, options)
}

/// Standardizes and adds the intercept.
fn finish(table: Table, rows: &Split, options: &Options) -> Result<Prepared, DataError> {
    let columns = if options.standardize {
        standardized_columns(&table, &rows.train)
    } else {
        (0..table.d).map(|source| Column { source, scale: Scale::NONE }).collect()
    };
    if columns.is_empty() {
        return Err(PrepareError::AllConstant { dataset: table.name }.into());
    }
    let mut names: Vec<String> = columns.iter().map(|column| table.columns[column.source].clone()).collect();
    if options.intercept {
        if names.iter().any(|name| name == INTERCEPT) {
            return Err(PrepareError::InterceptTaken { dataset: table.name }.into());
        }
        names.push(INTERCEPT.to_owned());
    }
    let target_scale = if options.standardize_target { target_scale(&table, &rows.train)? } else { Scale::NONE };
    let mut kept = vec![false; table.d];
    for column in &columns {
        kept[column.source] = true;
    }
    let dropped: Vec<usize> = (0..table.d).filter(|&j| !kept[j]).collect();
    let truth = match &table.truth {
        Some(truth) if !options.standardize_target => {
            let constants = dropped.iter().map(|&j| (j, table.x[rows.train[0] * table.d + j])).collect();
            Mapping { columns: &columns, constants, intercept: options.intercept }.truth(truth)
        }
        _ => None,
    };
    let dropped = dropped.iter().map(|&j| table.columns[j].clone()).collect();
    let target = |rows: &[usize]| {
        let mut target = table.target.select(rows);
        if let Target::Real(values) = &mut target {
            for value in values {
                *value = target_scale.apply(*value);
            }
        }
        target
    };
    let (train_target, test_target) = (target(&rows.train), target(&rows.test));
    let maker = RowMaker { columns: &columns, intercept: options.intercept, from: table.d };
    let d = maker.width();
    let mut x = table.x.into_vec();
    let test = maker.copied(&x, &rows.test);
    maker.in_place(&mut x, &rows.train);
    let store = |x: Vec<f64>| {
        let too_large = |at: usize| PrepareError::BeyondF32 { column: names[at % d].clone() };
        Matrix::new(x, options.storage).map_err(too_large)
    };
    // The test rows first: storing the training rows gives memory back.
    let (test, x) = (store(test)?, store(x)?);
    Ok(Prepared {
        name: table.name,
        hash: table.hash,
        train: Part { x, n: rows.train.len(), d, target: train_target },
        test: (!rows.test.is_empty()).then(|| Part { x: test, n: rows.test.len(), d, target: test_target }),
        columns: names,
        dropped,
        truth,
    })
}

/// The columns that vary in the training rows.
fn standardized_columns(table: &Table, train: &[usize]) -> Vec<Column> {
    let mut values = Vec::with_capacity(train.len());
    (0..table.d)
        .filter_map(|source| {
            values.clear();
            values.extend(train.iter().map(|&i| table.x[i * table.d + source]));
            let scale = Scale::of(&values)?;
            Some(Column { source, scale })
        })
        .collect()
}

fn target_scale(table: &Table, train: &[usize]) -> Result<Scale, DataError> {
    let Target::Real(values) = &table.target else {
        return Err(PrepareError::StandardizeClasses.into());
    };
    let values: Vec<f64> = train.iter().map(|&i| values[i]).collect();
    Scale::of(&values).ok_or_else(|| PrepareError::ConstantTarget { target: table.target_name.clone() }.into())
}

/// How coefficients of the table's columns become coefficients of the prepared ones.
struct Mapping<'a> {
    columns: &'a [Column],
    /// The dropped columns and their values.
    constants: Vec<(usize, f64)>,
    intercept: bool,
}

impl Mapping<'_> {
    fn truth(&self, truth: &Truth) -> Option<Truth> {
        let columns = |columns: &[Vec<f64>]| columns.iter().map(|c| self.column(c)).collect::<Option<Vec<_>>>();
        Some(Truth {
            gate: columns(&truth.gate)?,
            experts: truth.experts.iter().map(|expert| columns(expert)).collect::<Option<Vec<_>>>()?,
            sigma: truth.sigma,
            family: truth.family.clone(),
        })
    }

    /// The coefficients with the same logits in every row, or `None` where that takes an intercept and there is none.
    fn column(&self, coefficients: &[f64]) -> Option<Vec<f64>> {
        let mut mapped = Vec::with_capacity(self.columns.len() + usize::from(self.intercept));
        let mut shift: f64 = self.constants.iter().map(|&(j, value)| coefficients[j] * value).sum();
        for Column { source, scale } in self.columns {
            let coefficient = coefficients[*source];
            mapped.push(coefficient * (scale.deviation * scale.unit));
            shift += coefficient * (scale.mean * scale.unit);
        }
        if self.intercept {
            mapped.push(shift);
        } else if shift != 0.0 {
            return None;
        }
        Some(mapped)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Task, load, stream};

    fn options(yaml: &str) -> Options {
        serde_yaml::from_str(yaml).unwrap()
    }

    fn table(columns: &[&str], x: &[f64], y: &[f64]) -> Table {
        Table {
            name: "small".to_owned(),
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            n: y.len(),
            d: columns.len(),
            x: x.to_vec().into(),
            target_name: "y".to_owned(),
            target: Target::Real(y.to_vec()),
            ..Table::empty()
        }
    }

    fn small() -> Table {
        table(&["a", "b"], &[1.0, 7.0, 2.0, 7.0, 3.0, 7.0, 6.0, 7.0], &[1.0, 2.0, 3.0, 4.0])
    }

    fn prepared(table: &Table, yaml: &str) -> Prepared {
        prepare(table.clone(), &options(yaml), &Draw::new("prepare", 0)).unwrap()
    }

    fn refused(table: &Table, yaml: &str) -> String {
        prepare(table.clone(), &options(yaml), &Draw::new("prepare", 0)).unwrap_err().to_string()
    }

    /// Mean and 1/n standard deviation of a column.
    fn moments(part: &Part, column: usize) -> (f64, f64) {
        let n = part.n as f64;
        let values = || part.x.wide().iter().skip(column).step_by(part.d).copied().collect::<Vec<f64>>();
        let mean = values().iter().sum::<f64>() / n;
        (mean, (values().iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * (1.0 + b.abs())
    }

    #[test]
    fn nothing_asked_nothing_changed() {
        let table = small();
        let prepared = prepared(&table, "{}");
        assert_eq!(table.x, prepared.train.x.wide());
        assert_eq!(prepared.train.target, table.target);
        assert_eq!(prepared.columns, table.columns);
        assert!(prepared.test.is_none() && prepared.dropped.is_empty());
    }

    #[test]
    fn the_intercept_is_the_last_column_and_not_standardized() {
        let prepared = prepared(&small(), "{ standardize: true, intercept: true }");
        assert_eq!(prepared.columns, ["a", "intercept"]);
        assert_eq!(prepared.dropped, ["b"]);
        assert_eq!(prepared.train.d, 2);
        assert!(prepared.train.x.wide().iter().skip(1).step_by(2).all(|&v| v == 1.0));
        // (1, 2, 3, 6): mean 3, 1/n variance (4 + 1 + 0 + 9)/4.
        assert!(close(prepared.train.x.wide()[0], -2.0 / 3.5_f64.sqrt()));
    }

    #[test]
    fn the_moments_are_of_the_training_rows_alone() {
        let mut rng = stream("moments", 0, "data");
        let table = load(&options("{ name: diabetes }"), Task::Regression, Path::new("."), &mut rng).unwrap();
        let prepared =
            prepared(&table, "{ name: diabetes, standardize: true, standardize_target: true, test_fraction: 0.25 }");
        let test = prepared.test.unwrap();
        assert_eq!((prepared.train.n, test.n), (331, 111));
        for column in 0..table.d {
            let (mean, deviation) = moments(&prepared.train, column);
            assert!(mean.abs() < 1e-14 && (deviation - 1.0).abs() < 1e-14, "{column}: {mean} {deviation}");
            let (mean, _) = moments(&test, column);
            assert!(mean.abs() > 1e-6);
        }
        let Target::Real(y) = prepared.train.target else { panic!("real") };
        let y = Part { n: y.len(), d: 1, x: Matrix::F64(y.into()), target: Target::Real(Vec::new()) };
        let (mean, deviation) = moments(&y, 0);
        assert!(mean.abs() < 1e-14 && (deviation - 1.0).abs() < 1e-14);
    }

    #[test]
    fn the_test_rows_use_the_training_scale() {
        let table = small();
        let yaml = "{ standardize: true, test_fraction: 0.25 }";
        let rows = split(&table, &options(yaml), &Draw::new("prepare", 0)).unwrap();
        let training: Vec<f64> = rows.train.iter().map(|&i| table.x[2 * i]).collect();
        let mean = training.iter().sum::<f64>() / 3.0;
        let deviation = (training.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 3.0).sqrt();
        let test = prepared(&table, yaml).test.unwrap();
        assert!(close(test.x.wide()[0], (table.x[2 * rows.test[0]] - mean) / deviation));
    }

    #[test]
    fn a_class_absent_from_the_training_rows_keeps_its_label() {
        let mut table = small();
        let names: Vec<String> = ["a", "b", "c", "d"].map(String::from).to_vec();
        table.target = Target::Classes { labels: vec![3, 2, 1, 0], names: names.clone() };
        let prepared = prepared(&table, "{ test_fraction: 0.5 }");
        for part in [prepared.train, prepared.test.unwrap()] {
            let Target::Classes { labels, names: kept } = part.target else { panic!("classes") };
            assert_eq!((labels.len(), kept), (2, names.clone()));
        }
    }

    #[test]
    fn what_cannot_be_prepared() {
        assert_eq!(
            refused(&table(&["a"], &[1.0, 1.0], &[1.0, 2.0]), "{ standardize: true, intercept: true }"),
            "dataset `small`: every feature is constant in the training rows"
        );
        assert_eq!(
            refused(&table(&["a"], &[1.0, 2.0], &[5.0, 5.0]), "{ standardize_target: true }"),
            "`standardize_target`: the target `y` is constant in the training rows"
        );
        assert_eq!(
            refused(&table(&["intercept"], &[1.0, 2.0], &[5.0, 6.0]), "{ intercept: true }"),
            "`intercept: true` adds a column `intercept`, but dataset `small` has a feature of that name"
        );
    }

    #[test]
    fn stored_as_f32_the_numbers_are_the_nearest() {
        let yaml = "{ standardize: true, intercept: true, test_fraction: 0.5 }";
        let wide = prepared(&small(), yaml);
        let narrow = prepared(&small(), &yaml.replace('}', ", storage: f32 }"));
        for (wide, narrow) in
            [(&wide.train, &narrow.train), (wide.test.as_ref().unwrap(), narrow.test.as_ref().unwrap())]
        {
            #[expect(clippy::cast_possible_truncation, reason = "what is tested")]
            let rounded: Vec<f64> = wide.x.wide().iter().map(|&v| f64::from(v as f32)).collect();
            assert!(matches!(narrow.x, Matrix::F32(_)));
            assert_eq!(narrow.x.wide(), rounded);
            assert_eq!(narrow.target, wide.target);
        }
        assert_eq!(
            refused(&table(&["a", "b"], &[1.0, 1.0, 1.0, 1e40], &[1.0, 2.0]), "{ storage: f32 }"),
            "`storage: f32`: column `b` holds numbers beyond 3.4e38, the largest of f32"
        );
    }

    /// All logits of a truth in every row of a part.
    fn logits(truth: &Truth, x: &[f64], d: usize) -> Vec<f64> {
        let columns: Vec<&Vec<f64>> = truth.gate.iter().chain(truth.experts.iter().flatten()).collect();
        x.chunks(d)
            .flat_map(|row| columns.iter().map(move |c| c.iter().zip(row).map(|(c, v)| c * v).sum::<f64>()))
            .collect()
    }

    #[test]
    fn the_truth_in_prepared_columns_has_the_same_logits() {
        for (name, task) in [("linear", Task::Regression), ("logistic", Task::Classification)] {
            let yaml = format!("{{ name: {name}, n: 40, d: 3, experts: 3 }}");
            let mut table = load(&options(&yaml), task, Path::new("."), &mut stream("map", 0, "data")).unwrap();
            // A column that is constant, so dropped, but counts in the logits.
            let mut x = table.x.to_vec();
            x.iter_mut().skip(1).step_by(3).for_each(|v| *v = 0.7);
            table.x = x.into();
            let before = logits(table.truth.as_ref().unwrap(), &table.x, 3);
            for preparation in ["{ intercept: true }", "{ standardize: true, intercept: true }", "{}"] {
                let prepared = prepared(&table, preparation);
                let truth = prepared.truth.unwrap();
                assert_eq!((truth.family.as_str(), truth.sigma), (name, 1.0));
                let after = logits(&truth, &prepared.train.x.wide(), prepared.train.d);
                assert!(before.iter().zip(&after).all(|(&a, &b)| close(a, b)), "{preparation}");
            }
        }
    }

    #[test]
    fn a_truth_that_cannot_be_kept_is_none() {
        let yaml = "{ name: symmetric_linear, n: 40 }";
        let table = load(&options(yaml), Task::Regression, Path::new("."), &mut stream("map", 0, "data")).unwrap();
        assert!(prepared(&table, "{ standardize: true }").truth.is_none());
        assert!(prepared(&table, "{ intercept: true, standardize_target: true }").truth.is_none());
    }
}
