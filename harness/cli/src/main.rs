//! The program: verbs, terminal output, exit codes, nothing else.
//!
//! Exit codes: 0 all units done, 1 the command failed, 2 bad usage or bad file, 3 finished with failed units, or worse than before.

#![forbid(unsafe_code)]

mod args;
mod bench;
mod clean;
mod compare;
mod data;
mod error;
mod export;
mod inspect;
mod interrupt;
mod list;
mod output;
mod plugin;
mod progress;
mod report;
mod verify;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::args::{Args, Verb};

fn main() -> ExitCode {
    let code = run();
    // Not by returning: libraries of plugins may do anything when a program ends, or be gone from the disk.
    output::flush();
    harness_engine::plugins::flush_output();
    harness_engine::plugins::end(code)
}

fn run() -> u8 {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are asked for: they go to stdout and are no error.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return code;
        }
    };
    if let Some(folder) = &args.data_dir {
        // Workers have it from the environment, and may be elsewhere.
        harness_datasets::set_data_dir(&std::path::absolute(folder).unwrap_or_else(|_| folder.clone()));
    }
    let outcome = match args.verb {
        Verb::Bench(options) => bench::run(&options),
        Verb::Report(options) => report::render(&options),
        Verb::Gallery(options) => report::gallery(&options),
        Verb::Show(options) => report::show(&options),
        Verb::Compare(options) => compare::run(&options),
        Verb::Export(options) => export::run(&options),
        Verb::List(options) => list::run(&options),
        Verb::Plugin(verb) => plugin::run(&verb),
        Verb::Verify(options) => verify::run(&options),
        Verb::Inspect(options) => inspect::run(&options),
        Verb::Data(verb) => data::run(&verb),
        Verb::Clean(options) => clean::run(&options),
        Verb::Probe { file } => return harness_engine::plugins::probe(&file),
        Verb::Worker => harness_engine::run::serve().map_err(|error| error::CliError::Failed(error.to_string())),
        Verb::Schema => output::print(&format!("{:#}\n", harness_engine::spec::json_schema())),
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "harness", &mut script);
            output::print(&String::from_utf8_lossy(&script))
        }
    };
    match outcome {
        Ok(()) => 0,
        Err(error) => {
            error.print();
            error.code()
        }
    }
}
