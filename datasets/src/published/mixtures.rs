//! Small sets of the literature on mixtures of regressions.

use super::{Published, Source};
use crate::format::Format;
use crate::options::{Missing, Task};
use crate::registry::{Info, MISSING, Parameter};

pub(super) static ALL: [Published; 4] = [
    Published {
        info: Info {
            name: "mcycle",
            summary: "acceleration of the head in a simulated motorcycle crash, by time",
            tasks: &[Task::Regression],
            n: Some(133),
            d: Some(1),
            classes: None,
            targets: &["accel"],
            licence: "none stated; R package MASS",
            source: "R package MASS; https://github.com/vincentarelbundock/Rdatasets",
            citation: "B. W. Silverman, Some aspects of the spline smoothing approach to non-parametric regression curve fitting, Journal of the Royal Statistical Society B 47, 1985",
            parameters: &[Parameter { name: "target", default: "accel", summary: "the only target" }, MISSING],
            sources: &[Source::local(
                "tabular/mcycle.csv",
                1320,
                "93d06e3d834a5c21056b40f16fcd03c4384acff5020e273453d5cd62d730f0c8",
            )],
        },
        format: Format::Csv,
        missing: Missing::Error,
        categorical: &[],
        left_out: &[],
        features: None,
    },
    Published {
        info: Info {
            name: "faithful",
            summary: "waiting time between eruptions of Old Faithful, by their length",
            tasks: &[Task::Regression],
            n: Some(272),
            d: Some(1),
            classes: None,
            targets: &["waiting"],
            licence: "none stated; R package datasets",
            source: "R package datasets; https://github.com/vincentarelbundock/Rdatasets",
            citation: "A. Azzalini, A. W. Bowman, A look at some data on the Old Faithful geyser, Applied Statistics 39, 1990",
            parameters: &[Parameter { name: "target", default: "waiting", summary: "the only target" }, MISSING],
            sources: &[Source::local(
                "tabular/faithful.csv",
                2271,
                "d40b983752ab7ec0b15b740089c3ca7b7b59d0c7433a029a1714d134de1e8d14",
            )],
        },
        format: Format::Csv,
        missing: Missing::Error,
        categorical: &[],
        left_out: &[],
        features: None,
    },
    Published {
        info: Info {
            name: "tone_perception",
            summary: "the classic mixture of regressions: tones tuned by a musician, by their stretch ratio",
            tasks: &[Task::Regression],
            n: Some(150),
            d: Some(1),
            classes: None,
            targets: &["tuned"],
            licence: "GPL (>= 2); R package mixtools",
            source: "R package mixtools, tonedata; https://cran.r-project.org/package=mixtools",
            citation: "E. A. Cohen, The influence of nonharmonic partials on tone perception, PhD thesis, Stanford University, 1980; R. D. De Veaux, Mixtures of linear regressions, Computational Statistics and Data Analysis 8, 1989",
            parameters: &[Parameter { name: "target", default: "tuned", summary: "the only target" }, MISSING],
            sources: &[Source::local(
                "tabular/tonedata.csv",
                1542,
                "26836b79ef5047b00bd17fdbe707a4c63a599e8b578a97d04abf15e8797432f9",
            )],
        },
        format: Format::Csv,
        missing: Missing::Error,
        categorical: &[],
        left_out: &[],
        features: None,
    },
    Published {
        info: Info {
            name: "ais",
            summary: "blood and body of Australian athletes, by sex and sport",
            tasks: &[Task::Regression],
            n: Some(202),
            d: Some(22),
            classes: None,
            targets: &["RCC", "WCC", "Hc", "Hg", "Fe", "BMI", "SSF", "Bfat", "LBM", "Ht", "Wt"],
            licence: "GPL (>= 3); R package MoEClust",
            source: "R package MoEClust, ais; https://cran.r-project.org/package=MoEClust",
            citation: "R. D. Cook, S. Weisberg, An Introduction to Regression Graphics, Wiley, 1994",
            parameters: &[
                Parameter {
                    name: "target",
                    default: "required",
                    summary: "one of RCC, WCC, Hc, Hg, Fe, BMI, SSF, Bfat, LBM, Ht, Wt",
                },
                MISSING,
            ],
            sources: &[Source::local(
                "tabular/ais.csv",
                13_159,
                "e51db17c3160f6aa06e5c5329d184611a99cac7ac07c7f67041f997e001b673b",
            )],
        },
        format: Format::Csv,
        missing: Missing::Error,
        categorical: &[],
        left_out: &[],
        features: None,
    },
];
