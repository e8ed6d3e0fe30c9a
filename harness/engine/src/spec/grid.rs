//! Combinations of a grid's values, and the short texts that tell configurations of one label apart.

use std::collections::HashMap;

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
    // All configurations of a label are of one optimizer, so their hyper-parameters stand in the same places.
    let mut varying: HashMap<String, Vec<bool>> = HashMap::new();
    let mut first_of: HashMap<&str, &OptimizerConfig> = HashMap::new();
    for config in configs.iter() {
        let first = *first_of.entry(&config.label).or_insert(config);
        let varies = varying.entry(config.label.clone()).or_insert_with(|| vec![false; config.params.len()]);
        for (varies, (param, first)) in varies.iter_mut().zip(config.params.iter().zip(&first.params)) {
            *varies |= param != first;
        }
    }
    for config in configs {
        let params = config.params.iter().zip(&varying[&config.label]).filter(|(_, varies)| **varies);
        let texts: Vec<String> =
            params.map(|((name, value), _)| format!("{name}={}", value_text(value.as_ref()))).collect();
        config.config = texts.join(",");
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
