//! `harness plugin`: making, checking and finding plugins.

pub(crate) mod args;
mod list;

use crate::error::CliError;
use args::PluginVerb;

/// Runs a verb.
pub(crate) fn run(verb: &PluginVerb) -> Result<(), CliError> {
    match verb {
        PluginVerb::List(args) => list::run(args),
        PluginVerb::New(_) | PluginVerb::Check(_) | PluginVerb::Case(_) => Err(CliError::Failed("not yet".to_owned())),
    }
}
