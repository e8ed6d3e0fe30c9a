//! Times analysis and rendering of synthetic results apart:
//! `cargo run --release -p harness-report --example speed -- 15000 1000000` (numbers of points).

use std::time::Instant;

use harness_analysis::testing::{self, UnitSpec};
use harness_engine::results::{Results, Status};

const OPTIMIZERS: [&str; 5] = ["em", "mirror_descent", "gd", "adam", "lbfgs"];
const SEEDS: u64 = 12;

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wanted: Vec<usize> = std::env::args().skip(1).map(|size| size.parse()).collect::<Result<_, _>>()?;
    println!("{:>9} {:>6} {:>9} {:>10} {:>10} {:>9}", "points", "units", "problems", "analysis", "rendering", "peak");
    for points in wanted {
        let results = synthetic(points);
        let count: usize = results.units.iter().map(|unit| unit.trace.len()).sum();
        let out = std::env::temp_dir().join(format!("harness-speed-{}", std::process::id()));
        let start = Instant::now();
        let analysis = harness_analysis::analyze(&results);
        let analysed = start.elapsed();
        let start = Instant::now();
        harness_report::render_analysis(&analysis, &out, None)?;
        let rendered = start.elapsed();
        std::fs::remove_dir_all(&out)?;
        println!(
            "{count:>9} {:>6} {:>9} {:>8.0}ms {:>8.0}ms {:>9}",
            results.units.len(),
            analysis.problems.len(),
            analysed.as_secs_f64() * 1e3,
            rendered.as_secs_f64() * 1e3,
            peak()
        );
    }
    Ok(())
}

/// Runs of 50 points up to 50 000 of them, then longer ones: benchmarks grow in problems first.
fn synthetic(points: usize) -> Results {
    let per_problem = OPTIMIZERS.len() * 2 * usize::try_from(SEEDS).unwrap_or(1);
    let problems = (points / (per_problem * 50)).clamp(1, 10);
    let length = (points / (per_problem * problems)).max(2) as u64;
    let units = (0..problems).flat_map(|problem| {
        (0..SEEDS).flat_map(move |seed| {
            OPTIMIZERS.iter().enumerate().flat_map(move |(place, optimizer)| {
                (0..2).map(move |setting| {
                    let noise = ((seed * 7 + place as u64 * 3 + problem as u64) % 11) as f64 / 11.0;
                    UnitSpec {
                        config: format!("step={}", [0.1, 1.0][setting]),
                        rate: 10_f64.powf(-(8.0 + 4.0 * noise) / (length as f64 * (1.0 + setting as f64))),
                        passes: 1.0 + place as f64 / 2.0,
                        iterations: length - 1,
                        status: Status::Budget,
                        ..UnitSpec::new(&format!("problem-{problem}"), optimizer, seed)
                    }
                })
            })
        })
    });
    testing::results("speed", units)
}

/// The most memory that this process has held, where the system says.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or(" unknown");
    line.trim().to_owned()
}
