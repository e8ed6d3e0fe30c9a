//! Red wine: a taster's mark from physical and chemical measurements. A number with an order, so it is read either way.

use super::{Contents, Embedded};
use crate::options::Task;
use crate::registry::{Info, Parameter};

pub(crate) static WINEQUALITY: Embedded = Embedded {
    info: Info {
        name: "winequality",
        summary: "marks of red vinho verde, 3 to 8, from physical and chemical measurements",
        tasks: &[Task::Regression, Task::Classification],
        n: Some(1599),
        d: Some(11),
        classes: Some(6),
        targets: &["quality"],
        licence: "CC BY 4.0 (UCI)",
        source: "linfa-datasets 0.8; https://archive.ics.uci.edu/dataset/186/wine+quality",
        citation: "P. Cortez, A. Cerdeira, F. Almeida, T. Matos, J. Reis, Modeling wine preferences by data mining from \
                   physicochemical properties, Decision Support Systems 47(4), 2009",
        parameters: &[Parameter { name: "target", default: "quality", summary: "the only target" }],
        sources: &[],
    },
    read,
};

fn read() -> Contents {
    let set = linfa_datasets::winequality();
    let quality = set.targets().iter().map(|&mark| mark as f64).collect();
    Contents::new(&set, vec![quality])
}
