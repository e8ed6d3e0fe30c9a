//! The crate from outside: likelihoods, EM, mirror descent, costs and alignment on random problems.
#![expect(clippy::unwrap_used, reason = "tests")]

mod align;
mod common;
mod cost;
mod em;
mod equivalence;
mod floor;
mod hard_cases;
mod large;
mod likelihood;
mod metrics;
mod mirror;
mod narrow;
mod theory;

#[test]
fn the_build_hash_is_of_128_bits() {
    assert_eq!(harness_models::BUILD_HASH.len(), 32);
    assert!(harness_models::BUILD_HASH.bytes().all(|byte| byte.is_ascii_hexdigit()));
}
