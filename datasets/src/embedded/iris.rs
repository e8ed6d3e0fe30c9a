//! Iris: three species of 50 flowers each.

use super::{Contents, Embedded};
use crate::options::Task;
use crate::registry::{Info, Parameter};

pub(crate) static IRIS: Embedded = Embedded {
    info: Info {
        name: "iris",
        summary: "species of iris flowers from the sizes of sepals and petals",
        tasks: &[Task::Classification],
        n: Some(150),
        d: Some(4),
        classes: Some(3),
        targets: &["species"],
        licence: "CC BY 4.0 (UCI)",
        source: "linfa-datasets 0.8; https://archive.ics.uci.edu/dataset/53/iris",
        citation: "R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7(2), 1936",
        parameters: &[Parameter { name: "target", default: "species", summary: "the only target" }],
        sources: &[],
    },
    read,
};

fn read() -> Contents {
    let set = linfa_datasets::iris();
    let species = set.targets().iter().map(|&label| label as f64).collect();
    Contents { class_names: &["setosa", "versicolor", "virginica"], ..Contents::new(&set, vec![species]) }
}
