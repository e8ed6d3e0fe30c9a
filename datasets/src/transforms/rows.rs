//! Transforms of rows at random: inverting, leaving out, mislabelling. What is drawn for a row does not depend on the
//! part that it is in.

use rand_pcg::Pcg64;

use super::frame::Frame;
use super::options::Transform;
use super::scale::range;
use crate::error::{DataError, PrepareError};
use crate::split::{below, coin, shuffle};
use crate::table::{Target, label};

/// Where the paper inverts images, half of them are.
const PROBABILITY: f64 = 0.5;

/// Mirrors rows in the middle of the range of all training values.
pub(super) fn random_invert(frame: &mut Frame, transform: &Transform, rng: &mut Pcg64) {
    let probability = transform.probability.unwrap_or(PROBABILITY);
    let (low, high) = range((0..frame.d).flat_map(|column| frame.training_values(column)));
    for row in frame.x.chunks_exact_mut(frame.d) {
        if coin(probability, rng) {
            for value in row {
                *value = (low - *value) + high;
            }
        }
    }
    frame.keeps_truth = false;
}

/// Keeps the same share of the rows of both parts, at least one each.
pub(super) fn subsample(frame: &mut Frame, transform: &Transform, rng: &mut Pcg64) -> Result<(), DataError> {
    let total = frame.rows.train.len() + frame.rows.test.len();
    let share = match (transform.n, transform.fraction) {
        (Some(n), _) if n > total => {
            return Err(PrepareError::TransformValue {
                kind: transform.kind,
                option: "n",
                found: n.to_string(),
                expected: "at most the number of rows",
            }
            .into());
        }
        (Some(n), _) => n as f64 / total as f64,
        (None, fraction) => fraction.unwrap_or(1.0),
    };
    let mut left = transform.n;
    for part in [&mut frame.rows.train, &mut frame.rows.test] {
        if part.is_empty() {
            continue;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the part")]
        let by_share = (share * part.len() as f64).round() as usize;
        // A number of rows is kept exactly: what the first part does not take is the second's.
        let is_second = left != transform.n;
        let kept = left.filter(|_| is_second).unwrap_or(by_share).clamp(1, part.len());
        left = left.map(|left| left.saturating_sub(kept));
        shuffle(part, rng);
        part.truncate(kept);
        part.sort_unstable();
    }
    Ok(())
}

/// Gives training rows another class, each of the others alike.
pub(super) fn label_noise(frame: &mut Frame, transform: &Transform, rng: &mut Pcg64) -> Result<(), DataError> {
    let Target::Classes { labels, names } = &mut frame.target else {
        return Err(PrepareError::NeedsClasses { kind: transform.kind }.into());
    };
    let probability = transform.probability.unwrap_or(0.0);
    let mut is_training = vec![false; frame.n];
    for &row in &frame.rows.train {
        is_training[row] = true;
    }
    for (class, is_training) in labels.iter_mut().zip(is_training) {
        let is_wrong = coin(probability, rng);
        let shift = 1 + label(below(names.len().max(2) as u64 - 1, rng));
        if is_wrong && is_training {
            *class = (*class + shift) % label(names.len());
        }
    }
    frame.keeps_truth = false;
    Ok(())
}
