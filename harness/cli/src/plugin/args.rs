//! Flags of `harness plugin`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use crate::args::PluginArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum PluginVerb {
    /// Write the sources of a new plugin that builds and runs as it is
    #[command(after_help = "examples:\n  \
        harness plugin new my_descent                    in plugins/ of the workspace, in Rust\n  \
        harness plugin new my_descent --lang c --out .   anywhere, in C\n  \
        harness plugin new my_descent --lang python")]
    New(NewArgs),
    /// Hold a plugin to the rules: each case in a process of its own, with a time limit
    #[command(after_help = "examples:\n  \
        harness plugin check target/release/libmine.so\n  \
        harness plugin check libmine.so --case threads --json\n  \
        harness plugin check my_optimizer.py --set step=0.1\n\n\
        exit codes: 0 nothing failed, 1 the check itself failed, 2 bad usage, 3 a case failed")]
    Check(CheckArgs),
    /// List the plugins that are found, where, and why others are refused
    #[command(after_help = "examples:\n  \
        harness plugin list\n  harness plugin list --plugin-dir ~/my-plugins --json")]
    List(ListArgs),
    /// One case of `check`, in this process
    #[command(hide = true)]
    Case(CaseArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct NewArgs {
    /// Name of the optimizer: lower case letters, digits and `_`
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Language
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    pub(crate) lang: Language,
    /// Folder in which the folder NAME is made; unless given, `plugins/` of the workspace for Rust, the current folder
    /// for other languages and outside of a workspace
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Take a name that another optimizer has: to use the two together, one has to be renamed
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// A crate that depends on the API crate alone
    Rust,
    /// C99 and the header
    C,
    /// A class, run by the plugin `python`
    Python,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// The plugin: a shared library, or a Python file
    #[arg(value_name = "LIB")]
    pub(crate) library: PathBuf,
    /// Only this optimizer of the library; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) optimizer: Vec<String>,
    /// Only this case; repeatable
    #[arg(long, value_name = "CASE")]
    pub(crate) case: Vec<String>,
    /// Value of a hyper-parameter instead of its default; repeatable
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_setting)]
    pub(crate) set: Vec<(String, String)>,
    /// Seconds that a case may take
    #[arg(long, default_value_t = 20, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86400))]
    pub(crate) limit: u32,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ListArgs {
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) plugins: PluginArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CaseArgs {
    /// The plugin
    pub(crate) library: PathBuf,
    /// The case
    pub(crate) case: String,
    /// Where the verdict is written
    pub(crate) verdict: PathBuf,
    /// The optimizer
    #[arg(long)]
    pub(crate) optimizer: Option<String>,
    /// Values
    #[arg(long, value_parser = parse_setting)]
    pub(crate) set: Vec<(String, String)>,
}

fn parse_setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE expected")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
