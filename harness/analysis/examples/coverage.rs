//! Do the intervals cover what they claim? Simulates results with known answers and counts:
//! `cargo run --release -p harness-analysis --example coverage -- 2000`. Ends with 1 if a gate is missed.

#[path = "../tests/simulation/mod.rs"]
mod simulation;

use std::process::ExitCode;

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn main() -> ExitCode {
    let rounds: usize = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(2000);
    let gates = simulation::gates(rounds);
    for gate in &gates {
        let verdict = if gate.holds(0.0) { "ok" } else { "MISSED" };
        println!("{:<52} {:.3}  (at least {:.3})  {verdict}", gate.name, gate.covered, gate.least);
    }
    if gates.iter().all(|gate| gate.holds(0.0)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
