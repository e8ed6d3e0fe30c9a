//! Verbs and flags.

use std::path::PathBuf;

use crate::data::DataVerb;
use crate::plugin::args::PluginVerb;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Compares optimizers on mixture-of-experts likelihoods: who gets how far, how fast, at what cost, and how sure we are.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "examples:\n  \
        harness bench benchmarks/real_data.yaml      run a benchmark and write its report\n  \
        harness bench my.yaml --only iris --jobs 2   part of it, two units at a time\n  \
        harness list optimizers                      what can be compared, with parameters\n  \
        harness show results/real_data               the verdict, in the terminal\n  \
        harness compare old/real_data new/real_data  what got better or worse\n  \
        harness plugin new my_descent                an optimizer of your own\n\n\
        exit codes: 0 done, 1 failed, 2 bad usage or file, 3 finished with failed units, or worse"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    /// Folder of the files of published datasets; without it, the platform's folder for data
    #[arg(long, global = true, env = "HARNESS_DATA_DIR", value_name = "DIR", hide_env_values = true)]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run benchmarks and write their reports; what has run before is not run again
    #[command(after_help = "examples:\n  \
        harness bench benchmarks/real_data.yaml\n  \
        harness bench my.yaml --seeds 5 --dry-run\n  \
        harness bench my.yaml --timing --seeds 3      and how fast, measured with care\n  \
        harness bench my.yaml --plugin target/release/libmine.so --only mine")]
    Bench(BenchArgs),
    /// Write the reports of results again, without running anything
    #[command(after_help = "example:\n  harness report results/real_data --out .")]
    Report(ReportArgs),
    /// Write the page over all reports of a folder, `index.html`
    #[command(after_help = "example:\n  harness gallery reports")]
    Gallery(GalleryArgs),
    /// Print the verdict of results
    #[command(after_help = "example:\n  harness show results/real_data")]
    Show(ShowArgs),
    /// Compare two results of a benchmark, say of two commits: what got better, worse, or stayed the same
    ///
    /// Series are matched by problem, optimizer and setting, runs by seed, data and start, and measured against the lower
    /// of both best known values. B is better or worse than A if the exact paired test, corrected over all series that differ, and the
    /// interval of the ratio of costs say so, or if it fails more often; it is unclear if they do not, as with fewer than 6
    /// seeds.
    #[command(after_help = "examples:\n  \
        harness compare old/results/real_data results/real_data\n  \
        harness compare main.results branch.results --cost iterations --changes\n  \
        harness compare before after --csv > changes.csv\n\n\
        in CI, with the results of the main branch kept as an artifact:\n  \
        harness bench benchmarks/ci.yaml && harness compare main/results/ci results/ci\n\n\
        exit codes: 0 nothing got worse, 3 something did, 2 no results there or nothing in common")]
    Compare(CompareArgs),
    /// Write results in the format of another tool: COCO's, for `cocopp`
    ///
    /// One folder per optimizer at its best setting, one function per problem, one instance per seed; evaluations are
    /// steps, thousandths of a pass or microseconds. Failed runs never come nearer than their start.
    #[command(after_help = "example:\n  \
        harness export results/real_data --out coco/real_data && python -m cocopp coco/real_data/*")]
    Export(ExportArgs),
    /// List what a benchmark file can name, with parameters and defaults
    #[command(
        after_help = "examples:\n  harness list optimizers\n  harness list optimizers adam\n  harness list models --verbose\n  harness list datasets --json"
    )]
    List(ListArgs),
    /// Make, check and find plugins
    #[command(subcommand)]
    Plugin(PluginVerb),
    /// Run a sample of finished units again and compare
    #[command(after_help = "example:\n  harness verify results/real_data --sample 20")]
    Verify(VerifyArgs),
    /// Say what theory predicts for the problems of a benchmark: optimum, spectra, rates, best steps
    #[command(after_help = "examples:\n  \
        harness inspect benchmarks/synthetic.yaml\n  \
        harness inspect my.yaml --only iris --seed 3 --json")]
    Inspect(InspectArgs),
    /// Get and check the files of published datasets
    #[command(subcommand)]
    Data(DataVerb),
    /// Delete the results of benchmarks
    #[command(after_help = "example:\n  harness clean results/real_data")]
    Clean(CleanArgs),
    /// Print the JSON Schema of benchmark files, for editors
    Schema,
    /// Print a completion script for a shell
    #[command(after_help = "example:\n  harness completions bash > ~/.local/share/bash-completion/completions/harness")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Load a plugin to see whether that ends well; not for people
    #[command(hide = true)]
    Probe {
        /// The plugin
        file: PathBuf,
    },
    /// Run the units that `bench` sends; not for people
    #[command(hide = true)]
    Worker,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PluginArgs {
    /// Also load this plugin (a shared library); repeatable
    #[arg(long = "plugin", id = "plugin", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Also load the plugins in this folder; repeatable. `HARNESS_PLUGIN_PATH` holds more, separated by `:`
    #[arg(long = "plugin-dir", id = "plugin-dir", value_name = "DIR")]
    pub(crate) folders: Vec<PathBuf>,
}

#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct BenchArgs {
    /// Benchmark files (YAML)
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Seeds instead of the file's: a count (0 to N−1), or a list such as 3,5,8
    #[arg(long, value_name = "N|LIST", value_parser = parse_seeds)]
    pub(crate) seeds: Option<Seeds>,
    /// Units that run side by side; with more than 1, times are not comparable and are marked so
    #[arg(long, short, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: u16,
    /// Threads of every unit's passes over the data; results are the same for any number, bit for bit
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=16))]
    pub(crate) threads: u16,
    /// Only units in whose `problem/optimizer/setting` this text occurs; repeatable
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Vec<String>,
    /// Run again what has run before
    #[arg(long)]
    pub(crate) force: bool,
    /// Then time the finished units: N more runs of each, one at a time and interleaved, with controls [default: 5]
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "5")]
    #[arg(conflicts_with = "in_process", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) timing: Option<u16>,
    /// Look for better optima than the runs have found: EM from N further starts, for each problem and seed
    #[arg(long, default_value_t = 0, value_name = "N", hide_default_value = true)]
    pub(crate) multistart: u16,
    /// Say what would run and how long it is likely to take, and run nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Go on with what an earlier run has left: the default, stated
    #[arg(long, conflicts_with = "force")]
    pub(crate) resume: bool,
    /// Run units in this process, one at a time, for a debugger: a plugin that crashes ends everything
    #[arg(long, conflicts_with = "jobs")]
    pub(crate) in_process: bool,
    /// Say nothing but errors and the verdict
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// A line for every unit, and what plugins print
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Folder for `results/` and `reports/`
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) plugins: PluginArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ReportArgs {
    /// Results folders, such as results/real_data
    #[arg(required = true, value_name = "RESULTS")]
    pub(crate) results: Vec<PathBuf>,
    /// Folder for `reports/`
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct GalleryArgs {
    /// Folder of reports
    #[arg(default_value = "reports", value_name = "REPORTS")]
    pub(crate) reports: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ShowArgs {
    /// Results folders, such as results/real_data
    #[arg(required = true, value_name = "RESULTS")]
    pub(crate) results: Vec<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CompareArgs {
    /// Results folder to compare with, such as one of the main branch
    #[arg(value_name = "A")]
    pub(crate) before: PathBuf,
    /// Results folder to judge; its benchmark file's `analysis:` counts
    #[arg(value_name = "B")]
    pub(crate) after: PathBuf,
    /// The cost to compare instead of the benchmark's; times say something only on one machine, and need at least 6 runs
    /// to tell its noise
    #[arg(long, value_enum, value_name = "COST")]
    pub(crate) cost: Option<CostArg>,
    /// Leave out what stayed the same
    #[arg(long)]
    pub(crate) changes: bool,
    /// As CSV, in full precision
    #[arg(long)]
    pub(crate) csv: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExportArgs {
    /// Results folder, such as results/real_data
    #[arg(value_name = "RESULTS")]
    pub(crate) results: PathBuf,
    /// Folder to write to; made if need be
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The cost that counts as evaluations, instead of the benchmark's
    #[arg(long, value_enum, value_name = "COST")]
    pub(crate) cost: Option<CostArg>,
}

/// A measure of cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CostArg {
    /// The optimizer's own steps
    Iterations,
    /// Passes over the data
    Passes,
    /// Wall-clock seconds
    Seconds,
    /// CPU seconds
    Cpu,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct VerifyArgs {
    /// Results folders, such as results/real_data
    #[arg(required = true, value_name = "RESULTS")]
    pub(crate) results: Vec<PathBuf>,
    /// How many units to run again
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub(crate) sample: usize,
    /// Units that run side by side
    #[arg(long, short, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: u16,
    #[command(flatten)]
    pub(crate) plugins: PluginArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InspectArgs {
    /// A benchmark file (YAML)
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Seed of data and start
    #[arg(long, default_value_t = 0, value_name = "SEED")]
    pub(crate) seed: u64,
    /// Only problems in whose name this text occurs; repeatable
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Vec<String>,
    /// As JSON, with the parameters, in full precision
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) plugins: PluginArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CleanArgs {
    /// Results folders, such as results/real_data
    #[arg(required = true, value_name = "RESULTS")]
    pub(crate) results: Vec<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ListArgs {
    /// What to list; without it, the names of everything
    #[arg(value_enum)]
    pub(crate) what: Option<ListKind>,
    /// Show these only, with parameters, defaults and documentation
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Show everything of all of them
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) plugins: PluginArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListKind {
    /// Optimizers of all plugins
    Optimizers,
    /// Embedded sets and generators
    Datasets,
    /// Model families
    Models,
}

/// Seeds of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seeds(pub(crate) Vec<u64>);

fn parse_seeds(text: &str) -> Result<Seeds, String> {
    let numbers: Result<Vec<u64>, _> = text.split(',').map(|part| part.trim().parse::<u64>()).collect();
    let numbers = numbers.map_err(|_| "a count, or whole numbers separated by commas, expected".to_owned())?;
    let seeds = match numbers[..] {
        [0] => return Err("at least 1 seed is needed".to_owned()),
        [count] if count > 1_000_000 => return Err("more than a million seeds".to_owned()),
        [count] if !text.contains(',') => (0..count).collect(),
        _ => numbers,
    };
    let distinct: std::collections::BTreeSet<u64> = seeds.iter().copied().collect();
    if distinct.len() < seeds.len() {
        return Err("a seed is given twice".to_owned());
    }
    Ok(Seeds(seeds))
}

#[cfg(test)]
mod tests {
    use super::{Seeds, parse_seeds};

    #[test]
    fn seeds_are_a_count_or_a_list() {
        assert_eq!(parse_seeds("3"), Ok(Seeds(vec![0, 1, 2])));
        assert_eq!(parse_seeds("3, 8"), Ok(Seeds(vec![3, 8])));
        for wrong in ["0", "-1", "a", "1,1", ""] {
            assert!(parse_seeds(wrong).is_err(), "{wrong}");
        }
    }
}
