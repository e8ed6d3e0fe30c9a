//! Renders constructed results, to look at figures and page without running a benchmark:
//! `cargo run --release -p harness-report --example demo -- target/demo`.

use std::path::PathBuf;
use std::time::Instant;

use harness_analysis::testing;

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let out = PathBuf::from(args.next().unwrap_or_else(|| "demo".to_owned()));
    let seeds = args.next().map_or(Ok(12), |seeds| seeds.parse())?;
    let results = testing::demo(seeds);
    let points: usize = results.units.iter().map(|unit| unit.trace.len()).sum();
    let start = Instant::now();
    let analysis = harness_analysis::analyze(&results);
    let analysed = start.elapsed();
    let rendered = harness_report::render_analysis(&analysis, &out, None)?;
    println!("{}", harness_report::verdict_table(&analysis, harness_report::Glyphs::Unicode));
    println!("{points} points: analysis {analysed:?}, all {:?}", start.elapsed());
    println!("{}", rendered.index.display());
    Ok(())
}
