//! Diabetes: the progress of the disease after a year, from ten measurements that come centered and scaled.
//!
//! linfa reads its files, which have no header, as if they had one, and so loses the first of the 442 patients. The row
//! is put back here, from the same files.

use super::{Contents, Embedded};
use crate::options::Task;
use crate::registry::{Info, Parameter};

pub(crate) static DIABETES: Embedded = Embedded {
    info: Info {
        name: "diabetes",
        summary: "progress of diabetes after a year from ten measurements of a patient",
        tasks: &[Task::Regression],
        n: Some(PATIENTS),
        d: Some(10),
        classes: None,
        targets: &["progression"],
        licence: "none stated; published with the paper's software",
        source: "linfa-datasets 0.8; https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
        citation: "B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, Least angle regression, Annals of Statistics 32(2), 2004",
        parameters: &[Parameter { name: "target", default: "progression", summary: "the only target" }],
        sources: &[],
    },
    read,
};

const PATIENTS: usize = 442;

/// The row that linfa loses.
const FIRST: [f64; 10] = [
    3.807_590_643_342_41e-2,
    5.068_011_873_981_87e-2,
    6.169_620_651_868_85e-2,
    2.187_235_499_495_58e-2,
    -4.422_349_842_444_64e-2,
    -3.482_076_283_769_86e-2,
    -4.340_084_565_202_69e-2,
    -2.592_261_998_182_82e-3,
    1.990_842_087_631_83e-2,
    -1.764_612_515_980_52e-2,
];
const FIRST_PROGRESSION: f64 = 151.0;

fn read() -> Contents {
    let set = linfa_datasets::diabetes();
    let mut contents = Contents::new(&set, vec![set.targets().to_vec()]);
    if contents.targets[0].len() + 1 == PATIENTS {
        contents.x.splice(0..0, FIRST);
        contents.targets[0].insert(0, FIRST_PROGRESSION);
    }
    contents
}
