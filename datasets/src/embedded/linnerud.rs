//! Linnerud: three exercises and three body measurements of twenty men; the measurements are the targets.

use super::{Contents, Embedded};
use crate::options::Task;
use crate::registry::{Info, Parameter};

pub(crate) static LINNERUD: Embedded = Embedded {
    info: Info {
        name: "linnerud",
        summary: "weight, waist or pulse of twenty men from what they do at exercise",
        tasks: &[Task::Regression],
        n: Some(20),
        d: Some(3),
        classes: None,
        targets: &["Weight", "Waist", "Pulse"],
        licence: "none stated",
        source: "linfa-datasets 0.8",
        citation: "M. Tenenhaus, La régression PLS: théorie et pratique, Éditions Technip, 1998, table p. 15",
        parameters: &[Parameter { name: "target", default: "required", summary: "Weight, Waist or Pulse" }],
        sources: &[],
    },
    read,
};

fn read() -> Contents {
    let set = linfa_datasets::linnerud();
    let targets = set.targets().columns().into_iter().map(|target| target.to_vec()).collect();
    Contents::new(&set, targets)
}
