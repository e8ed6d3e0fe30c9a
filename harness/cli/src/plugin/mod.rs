//! `harness plugin`: making, checking and finding plugins.

pub(crate) mod args;
mod check;
mod list;
mod new;

use crate::error::CliError;
use args::PluginVerb;

/// Runs a verb.
pub(crate) fn run(verb: &PluginVerb) -> Result<(), CliError> {
    match verb {
        PluginVerb::List(args) => list::run(args),
        PluginVerb::Check(args) => check::run(args),
        PluginVerb::Case(args) => check::run_one(args),
        PluginVerb::New(args) => new::run(args),
    }
}
