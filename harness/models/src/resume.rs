//! Taking up the accounts of an earlier run, so that a run continued in another process counts on to the last bit.

use crate::cost::Cost;
use crate::objective::Objective;

/// What an objective remembers of the work done on it, beyond what the next operation makes anew.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Account {
    /// Charged so far.
    pub cost: Cost,
    /// The Gram matrix that is charged once in an objective's life has been made.
    pub has_unit_gram: bool,
}

impl Objective {
    /// The account so far.
    pub fn account(&self) -> Account {
        Account { cost: self.cost, has_unit_gram: self.unit_gram.is_made() }
    }

    /// Goes on as an objective with this account would. Responsibilities are not kept: the next E-step makes them.
    pub fn resume(&mut self, account: Account) {
        if account.has_unit_gram {
            self.unit_gram.get(&self.data, &mut self.panel, &mut self.cost, self.prices);
        }
        self.cost = account.cost;
    }
}
