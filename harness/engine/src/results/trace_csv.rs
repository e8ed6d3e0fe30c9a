//! `trace.csv`: one row per recorded point, appended as it is made. Numbers in shortest round-trip form.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use super::point::{Maybe, TracePoint, TraceRow};
use crate::plan::Unit;

const HEAD: &str = "unit,problem,optimizer,config,seed,iteration,passes,values,gradients,estep,inner,cpu_s,wall_s,eval_s,loss,nll,grad_norm,step_norm,test_nll";

/// Which test metric a trace has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestMetric {
    /// `test_accuracy`, for classes.
    Accuracy,
    /// `test_rmse`, for real targets.
    Rmse,
}

impl TestMetric {
    fn column(self) -> &'static str {
        match self {
            TestMetric::Accuracy => "test_accuracy",
            TestMetric::Rmse => "test_rmse",
        }
    }
}

/// Appends points to a file; a row is on its way to the disk before the next step begins.
#[derive(Debug)]
pub(crate) struct TraceWriter<W: Write> {
    out: W,
    prefix: String,
    metric: TestMetric,
    row: String,
}

impl<W: Write> TraceWriter<W> {
    pub(crate) fn new(mut out: W, unit: &Unit, metric: TestMetric) -> io::Result<Self> {
        writeln!(out, "{HEAD},{},gate_error,expert_error,slope_before,slope_after", metric.column())?;
        let mut prefix = csv::Writer::from_writer(Vec::new());
        let seed = unit.seed.to_string();
        prefix.write_record([&unit.hash, &unit.problem, &unit.optimizer, &unit.config, &seed])?;
        let bytes = prefix.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        let prefix = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        Ok(Self { out, prefix, metric, row: String::new() })
    }

    pub(crate) fn write(&mut self, written: &TraceRow) -> io::Result<()> {
        let (point, row) = (&written.point, &mut self.row);
        row.clear();
        row.push_str(&self.prefix);
        // Writing to a string does not fail.
        let _ = write!(
            row,
            ",{},{:?},{},{},{},{}",
            point.iteration, point.passes, written.values, written.gradients, written.estep, written.inner
        );
        let (eval_s, nll) = (written.eval_s, written.nll);
        for number in [point.cpu_s, point.wall_s, eval_s, point.loss, nll, point.grad_norm, point.step_norm] {
            let _ = write!(row, ",{number:?}");
        }
        let metric = match self.metric {
            TestMetric::Accuracy => point.test_accuracy,
            TestMetric::Rmse => point.test_rmse,
        };
        for number in
            [point.test_nll, metric, point.gate_error, point.expert_error, point.slope_before, point.slope_after]
        {
            row.push(',');
            if let Some(number) = number.get() {
                let _ = write!(row, "{number:?}");
            }
        }
        row.push('\n');
        self.out.write_all(row.as_bytes())
    }

    /// Where the rows go.
    pub(crate) fn out(&self) -> &W {
        &self.out
    }
}

/// Reads the rows back, one after another.
///
/// # Errors
///
/// What is wrong with the file, and where.
pub(crate) fn read(path: &Path, take: impl FnMut(TraceRow)) -> Result<(), String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    parse(file, take)
}

/// Reads the rows that a writer which died has left: whole ones, up to the first that is not.
pub(crate) fn salvage(path: &Path) -> Vec<TraceRow> {
    let bytes = std::fs::read(path).unwrap_or_default();
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let mut rows = Vec::new();
    // What comes after the first bad row is as little to be trusted as the row.
    let _ = parse(&bytes[..end], |row| rows.push(row));
    rows
}

fn parse(file: impl Read, mut take: impl FnMut(TraceRow)) -> Result<(), String> {
    let mut reader = csv::Reader::from_reader(file);
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    let column = |name: &str| headers.iter().position(|header| header == name);
    let required = |name: &str| column(name).ok_or_else(|| format!("no column `{name}`"));
    let counts =
        [required("iteration")?, required("values")?, required("gradients")?, required("estep")?, required("inner")?];
    let numbers = [
        required("passes")?,
        required("cpu_s")?,
        required("wall_s")?,
        required("eval_s")?,
        required("loss")?,
        required("nll")?,
        required("grad_norm")?,
        required("step_norm")?,
    ];
    let optional =
        ["test_nll", "test_accuracy", "test_rmse", "gate_error", "expert_error", "slope_before", "slope_after"]
            .map(column);

    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(|error| error.to_string())? {
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |index: usize| row.get(index).unwrap_or("");
        let bad = |index: usize| format!("line {line}: `{}` is no value for `{}`", cell(index), &headers[index]);
        let count = |index: usize| cell(index).parse::<u64>().map_err(|_| bad(index));
        let number = |index: usize| cell(index).parse::<f64>().map_err(|_| bad(index));
        let maybe = |index: Option<usize>| match index {
            Some(index) if !cell(index).is_empty() => number(index).map(|number| Maybe::from(Some(number))),
            _ => Ok(Maybe::NONE),
        };
        let point = TracePoint {
            iteration: count(counts[0])?,
            passes: number(numbers[0])?,
            cpu_s: number(numbers[1])?,
            wall_s: number(numbers[2])?,
            loss: number(numbers[4])?,
            grad_norm: number(numbers[6])?,
            step_norm: number(numbers[7])?,
            test_nll: maybe(optional[0])?,
            test_accuracy: maybe(optional[1])?,
            test_rmse: maybe(optional[2])?,
            gate_error: maybe(optional[3])?,
            expert_error: maybe(optional[4])?,
            slope_before: maybe(optional[5])?,
            slope_after: maybe(optional[6])?,
        };
        take(TraceRow {
            point,
            values: count(counts[1])?,
            gradients: count(counts[2])?,
            estep: count(counts[3])?,
            inner: count(counts[4])?,
            eval_s: number(numbers[3])?,
            nll: number(numbers[5])?,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{TestMetric, TraceWriter, read, salvage};
    use crate::plan::Unit;
    use crate::results::{Maybe, TracePoint, TraceRow};

    #[test]
    fn what_is_written_is_read_back_to_the_last_bit() {
        let unit = Unit {
            hash: "ab".repeat(16),
            problem: "snr[beta_norm=0.5]".to_owned(),
            optimizer: "GD, \"tuned\"".to_owned(),
            config: "step=0.1".to_owned(),
            seed: 3,
        };
        let point = TracePoint {
            iteration: 12,
            passes: 1.0 / 3.0,
            cpu_s: 1e-7,
            wall_s: 2.5e-6,
            loss: -1.234_567_890_123_456_7,
            grad_norm: 1e-300,
            step_norm: 1e300,
            test_nll: Some(0.1 + 0.2).into(),
            test_accuracy: Maybe::NONE,
            test_rmse: Some(5.0).into(),
            gate_error: Maybe::NONE,
            expert_error: Maybe::NONE,
            slope_before: Some(-0.1).into(),
            slope_after: Some(1e-17).into(),
        };
        let row = TraceRow { point, values: 1, gradients: 2, estep: 3, inner: 4, eval_s: 0.0, nll: -1.3 };
        let next = TraceRow { point: TracePoint { iteration: 13, ..point }, ..row };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.csv");
        let mut writer = TraceWriter::new(Vec::new(), &unit, TestMetric::Rmse).unwrap();
        writer.write(&row).unwrap();
        writer.write(&next).unwrap();
        let bytes = writer.out().clone();
        std::fs::write(&path, &bytes).unwrap();
        let mut read_back = Vec::new();
        read(&path, |row| read_back.push(row)).unwrap();
        assert_eq!(read_back, [row, next]);
        // A writer that died in the middle of the last row.
        std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
        assert!(read(&path, drop).is_err());
        assert_eq!(salvage(&path), [row]);
    }
}
