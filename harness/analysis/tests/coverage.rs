//! Intervals cover what they claim, and tests err no more often than they say; `examples/coverage.rs` has more rounds.

mod simulation;

#[test]
fn intervals_cover_and_tests_keep_their_level() {
    for gate in simulation::gates(150) {
        // Two standard errors of a share of 150 rounds, so that what holds in the long run holds here.
        assert!(gate.holds(0.04), "{}: {} < {}", gate.name, gate.covered, gate.least);
    }
}
