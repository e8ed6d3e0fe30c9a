//! Loads datasets and prints what came out, how long it took and how much memory it needed, one JSON object a line.
//!
//!     cargo run --release -p harness-datasets --example loading -- '{ name: fashion_mnist }' '{ file: a.csv, target: y }'
//!
//! `scripts/loading_speed.py` puts these lines beside the loaders of pandas and scikit-learn.
#![expect(clippy::print_stdout, reason = "an example for the terminal")]

use std::path::Path;
use std::time::Instant;

use harness_datasets::{Options, Target, Task, load, stream};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for yaml in std::env::args().skip(1) {
        let options: Options = serde_yaml::from_str(&yaml)?;
        let task = options.task.unwrap_or(match &options.name {
            Some(name) => harness_datasets::find(name)?.info().tasks[0],
            None => Task::Regression,
        });
        let before = peak_bytes();
        let (began, cpu_before) = (Instant::now(), cpu_seconds());
        let table = load(&options, task, Path::new("."), &mut stream("loading", 0, "data"));
        let seconds = began.elapsed().as_secs_f64();
        let cpu = cpu_seconds().zip(cpu_before).map(|(after, before)| after - before);
        match table {
            Err(error) => {
                let (message, help) = (error.to_string(), error.help());
                println!("{}", serde_json::json!({ "dataset": yaml, "error": message, "help": help }));
            }
            Ok(table) => {
                let classes = match &table.target {
                    Target::Real(_) => None,
                    Target::Classes { names, .. } => Some(names.len()),
                };
                let matrix = (table.x.len() * 8) as u64;
                let grown = peak_bytes().zip(before).map(|(after, before)| after.saturating_sub(before));
                println!(
                    "{}",
                    serde_json::json!({
                        "dataset": yaml, "n": table.n, "d": table.d, "classes": classes, "test_from": table.test_from,
                        "seconds": seconds, "cpu_seconds": cpu, "is_mapped": table.x.is_mapped(), "matrix_bytes": matrix, "grown_bytes": grown,
                        "grown_by_matrix": grown.map(|grown| grown as f64 / matrix as f64),
                    })
                );
            }
        }
    }
    Ok(())
}

/// Processor time that this process has used, on Linux, in its ticks of a hundredth of a second.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may hold spaces; user and system time are fields 14 and 15.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}

/// The most memory that this process has used, on Linux.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}
