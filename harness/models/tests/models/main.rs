//! The crate from outside: likelihoods, EM, mirror descent, costs and alignment on random problems.
#![expect(clippy::unwrap_used, reason = "tests")]

mod align;
mod common;
mod cost;
mod em;
mod hard_cases;
mod likelihood;
mod metrics;
mod mirror;
