//! Problems that differ in one swept number, put in its order: what a sweep shows as a function of it.
//!
//! The swept number is read off the names, `snr[beta_norm=0.5]`. Sweeps over several paths, or over words, have no axis.

use crate::series::Problem;

/// The problems of one sweep over one number.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep<'a> {
    /// Name before the brackets.
    pub name: &'a str,
    /// The swept path, its last word where that is enough.
    pub path: &'a str,
    /// Value and index of the problem, ascending.
    pub points: Vec<(f64, usize)>,
}

/// All sweeps with at least two points, in the order of the benchmark.
pub fn sweeps<'a>(problems: &[Problem<'a>]) -> Vec<Sweep<'a>> {
    let mut found: Vec<Sweep<'a>> = Vec::new();
    for (at, problem) in problems.iter().enumerate() {
        let Some((name, path, value)) = parse(problem.name) else { continue };
        match found.iter_mut().find(|sweep| sweep.name == name && sweep.path == path) {
            Some(sweep) => sweep.points.push((value, at)),
            None => found.push(Sweep { name, path, points: vec![(value, at)] }),
        }
    }
    for sweep in &mut found {
        sweep.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    found.retain(|sweep| sweep.points.len() > 1);
    found
}

fn parse(name: &str) -> Option<(&str, &str, f64)> {
    let (name, rest) = name.split_once('[')?;
    let (path, value) = rest.strip_suffix(']')?.split_once('=')?;
    let value: f64 = value.trim().parse().ok()?;
    value.is_finite().then_some((name, path, value))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_swept_number_is_read_off_the_name() {
        assert_eq!(parse("snr[beta_norm=0.5]"), Some(("snr", "beta_norm", 0.5)));
        for other in ["snr", "snr[x=gaussian]", "snr[a=1, b=2]", "snr[a=1"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
