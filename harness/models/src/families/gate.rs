//! The gate, and every other softmax with a reference: the last logit is fixed to 0.

/// `log sum exp` of the logits and a zero.
pub(crate) fn log_sum_exp_with_zero(logits: &[f64]) -> f64 {
    let largest = logits.iter().fold(0.0_f64, |a, &b| a.max(b));
    let sum: f64 = logits.iter().map(|logit| (logit - largest).exp()).sum();
    largest + (sum + (-largest).exp()).ln()
}

/// Log probabilities of the softmax; `log_pi` is one longer than `logits`.
pub(crate) fn log_probabilities(logits: &[f64], log_pi: &mut [f64]) {
    let total = log_sum_exp_with_zero(logits);
    let (last, rest) = log_pi.split_last_mut().expect("a softmax has an outcome");
    for (target, logit) in rest.iter_mut().zip(logits) {
        *target = logit - total;
    }
    *last = -total;
}

/// The posterior `r_z = pi_z p_z / sum`, from logs; returns the log of the sum.
pub(crate) fn posterior(log_pi: &[f64], log_density: &[f64], r: &mut [f64]) -> f64 {
    let mut largest = f64::NEG_INFINITY;
    for ((target, pi), density) in r.iter_mut().zip(log_pi).zip(log_density) {
        *target = pi + density;
        largest = largest.max(*target);
    }
    let mut sum = 0.0;
    for value in r.iter_mut() {
        *value = (*value - largest).exp();
        sum += *value;
    }
    for value in r.iter_mut() {
        *value /= sum;
    }
    largest + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one_even_far_out() {
        for logits in [[0.3, -1.2], [700.0, -800.0], [-900.0, -1000.0], [900.0, 900.0]] {
            let mut log_pi = [0.0; 3];
            log_probabilities(&logits, &mut log_pi);
            let total: f64 = log_pi.iter().map(|value| value.exp()).sum();
            assert!((total - 1.0).abs() < 1e-12, "{logits:?}: {total}");
            assert!((log_pi[0] - log_pi[2] - logits[0]).abs() < 1e-12);
        }
    }

    #[test]
    fn posterior_of_distant_densities_is_finite() {
        let mut r = [0.0; 2];
        let log_sum = posterior(&[0.5_f64.ln(), 0.5_f64.ln()], &[-5e17, -5e17 - 1e6], &mut r);
        assert!(log_sum.is_finite());
        assert!((r[0] - 1.0).abs() < 1e-15 && r[1] >= 0.0);
    }
}
