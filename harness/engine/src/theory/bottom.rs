//! The bottoms of basins while they are being collected, and the places that relabelled experts give each of them.

use harness_models::theory::{Information, LocalRates, Polished, distance};
use harness_models::{Model, Objective};

use crate::results::{Basin, BasinKind};

/// Ends whose values and places differ by less than these are one basin.
pub(super) const SAME_LOSS: f64 = 1e-9;
const SAME_PLACE: f64 = 1e-3;

/// The bottom of a basin.
pub(super) struct Bottom {
    pub(super) polished: Polished,
    /// There.
    pub(super) rates: Option<LocalRates>,
    /// The same model with its experts in another order, where a run has ended: the expert whose gate is fixed at zero is
    /// another one, so that the geometry which gradients see is another one too.
    copies: Vec<Copy>,
}

struct Copy {
    theta: Vec<f64>,
    rates: Option<LocalRates>,
}

impl Bottom {
    /// The place of this polished end among the copies.
    pub(super) fn copy(&mut self, theta: Vec<f64>) -> usize {
        let at = self.copies.iter().position(|copy| is_same_place(&copy.theta, &theta));
        at.unwrap_or_else(|| {
            self.copies.push(Copy { theta, rates: None });
            self.copies.len() - 1
        })
    }

    /// Finds the rates at the bottom and at its copies.
    pub(super) fn find_rates(&mut self, objective: &mut Objective) {
        let mut at = |theta: &[f64]| {
            let information = Information::new(objective, theta);
            LocalRates::new(information, objective.model().layout())
        };
        self.rates = at(&self.polished.theta);
        for copy in self.copies.iter_mut().filter(|copy| !is_same_place(&copy.theta, &self.polished.theta)) {
            copy.rates = at(&copy.theta);
        }
    }

    /// The rates at a copy, or at the bottom itself.
    pub(super) fn rates_at(&self, copy: Option<usize>) -> Option<&LocalRates> {
        let copy = copy.map(|copy| &self.copies[copy]);
        match copy.filter(|copy| !is_same_place(&copy.theta, &self.polished.theta)) {
            Some(copy) => copy.rates.as_ref(),
            None => self.rates.as_ref(),
        }
    }

    /// For the record.
    pub(super) fn basin(&self) -> Basin {
        let polished = &self.polished;
        let kind = if polished.least_curvature.is_some_and(|least| least < 0.0) {
            BasinKind::Saddle
        } else if polished.vanishing_directions > 0 {
            BasinKind::Infinite
        } else if polished.is_stationary() {
            BasinKind::Minimum
        } else {
            BasinKind::Unknown
        };
        Basin { loss: polished.loss, kind, lambda_max: self.rates.as_ref().and_then(LocalRates::em) }
    }
}

/// Whether two lists of parameters are one point, labels of the experts included.
fn is_same_place(a: &[f64], b: &[f64]) -> bool {
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    let apart = norm(&mut a.iter().zip(b).map(|(a, b)| a - b));
    apart <= SAME_PLACE * norm(&mut b.iter().copied()).max(1.0)
}

/// The basin of an end, a new one if it is like none.
pub(super) fn place(bottoms: &mut Vec<Bottom>, polished: Polished, model: &Model) -> usize {
    let is_same = |bottom: &Bottom| {
        let loss = bottom.polished.loss;
        (loss - polished.loss).abs() <= SAME_LOSS * loss.abs().max(1.0)
            && (distance(model, &polished.theta, &bottom.polished.theta) <= SAME_PLACE
                // Along directions that mean nothing one optimum has many places.
                || bottom.polished.flat_directions.max(polished.flat_directions) > 0
                || !(bottom.polished.is_optimum() || polished.is_optimum()))
    };
    if let Some(at) = bottoms.iter().position(is_same) {
        if polished.decrement < bottoms[at].polished.decrement {
            bottoms[at].polished = polished;
        }
        return at;
    }
    bottoms.push(Bottom { polished, rates: None, copies: Vec::new() });
    bottoms.len() - 1
}

/// From the lowest on.
pub(super) fn order(bottoms: &[Bottom]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..bottoms.len()).collect();
    order.sort_by(|a, b| bottoms[*a].polished.loss.total_cmp(&bottoms[*b].polished.loss));
    order
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use harness_datasets::stream;
    use harness_models::theory::polish;
    use harness_models::{Data, Family, ModelOptions, Target};
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    /// Three lines, of which the gate tells which one by the first feature.
    fn objective() -> Objective {
        let (n, d) = (600, 2);
        let mut rng = stream("bottom", 0, "data");
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let x: Vec<f64> = (0..n).flat_map(|_| [1.5 * normal(), 1.0]).collect();
        let y = x.chunks(d).map(|row| {
            let slope = [-1.5, 0.3, 2.0][usize::from(row[0] + normal() > -0.7) + usize::from(row[0] + normal() > 0.9)];
            slope * row[0] + 0.5 * normal()
        });
        let target = Target::Real(y.collect());
        let mut options = ModelOptions::new(Family::Linear);
        (options.experts, options.ridge) = (Some(3), 0.0);
        let model = Model::new(&options, d, None, n).unwrap();
        Objective::new(Arc::new(model), Arc::new(Data::new(x, n, d, target).unwrap())).unwrap()
    }

    /// The same model, the second expert called the first, the third the second, the first the third.
    fn relabelled(theta: &[f64]) -> Vec<f64> {
        let (gate, experts) = theta.split_at(4);
        let second = [gate[2] - gate[0], gate[3] - gate[1]];
        let third = [-gate[0], -gate[1]];
        [&second, &third, &experts[2..], &experts[..2]].concat()
    }

    #[test]
    fn a_relabelled_end_is_the_same_basin_with_other_rates_for_gradients() {
        let mut objective = objective();
        let model = Arc::clone(objective.model());
        let start = [-2.0, -1.0, 0.5, 0.5, -1.5, 0.0, 0.3, 0.0, 2.0, 0.0];
        let first = polish(&mut objective, &start);
        assert!(first.is_optimum(), "{first:?}");
        let second = polish(&mut objective, &relabelled(&first.theta));
        assert!((first.loss - second.loss).abs() < 1e-13);
        let (mut bottoms, ends) = (Vec::new(), [first.theta.clone(), second.theta.clone()]);
        assert_eq!([first, second].map(|end| place(&mut bottoms, end, &model)), [0, 0]);
        let bottom = &mut bottoms[0];
        let copies = ends.clone().map(|theta| bottom.copy(theta));
        assert_eq!((copies, bottom.copy(ends[0].clone())), ([0, 1], 0));
        bottom.find_rates(&mut objective);
        let rates = copies.map(|copy| bottom.rates_at(Some(copy)).unwrap());
        let em = rates.map(|rates| rates.em().unwrap());
        assert!((em[0] - em[1]).abs() < 1e-9, "{em:?}");
        let gradient = rates.map(|rates| rates.best_gradient_descent().unwrap().rate);
        let slower = gradient[0].ln() / gradient[1].ln();
        assert!((slower - 1.0).abs() > 0.1, "{gradient:?}");
    }
}
