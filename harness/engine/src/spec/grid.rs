//! Combinations of a grid's values, and the short texts that tell configurations of one label apart.

use super::benchmark::OptimizerConfig;
use super::node::number_text;
use crate::plugins::ParamValue;

/// All ways to choose one index below each count, the last varying fastest; one empty way if there are no counts.
pub(super) fn combinations(counts: &[usize]) -> Vec<Vec<usize>> {
    let mut chosen = vec![Vec::new()];
    for &count in counts {
        chosen = chosen
            .into_iter()
            .flat_map(|way| {
                (0..count).map(move |index| {
                    let mut longer = way.clone();
                    longer.push(index);
                    longer
                })
            })
            .collect();
    }
    chosen
}

/// Sets the `config` of each: the hyper-parameters in which those of its label differ, in declared order.
pub(super) fn name_configs(configs: &mut [OptimizerConfig]) {
    let texts: Vec<String> = configs
        .iter()
        .map(|config| {
            let rivals = || configs.iter().filter(|other| other.label == config.label);
            let varies = |index: usize| rivals().any(|other| other.params.get(index) != config.params.get(index));
            let params = config.params.iter().enumerate().filter(|(index, _)| varies(*index));
            params.map(|(_, (name, value))| format!("{name}={}", value_text(value.as_ref()))).collect::<Vec<_>>().join(",")
        })
        .collect();
    for (config, text) in configs.iter_mut().zip(texts) {
        config.config = text;
    }
}

/// A value as configurations show it.
pub(super) fn value_text(value: Option<&ParamValue>) -> String {
    match value {
        None => "unset".to_owned(),
        Some(ParamValue::Real(value)) => number_text(*value),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_varies_fastest() {
        assert_eq!(combinations(&[2, 2]), [[0, 0], [0, 1], [1, 0], [1, 1]]);
        assert_eq!(combinations(&[]), [Vec::<usize>::new()]);
    }
}
