//! `harness clean`: deletes results, and nothing that is not one.

use harness_engine::results::ResultsFolder;

use crate::args::CleanArgs;
use crate::error::CliError;
use crate::output::say;

/// Deletes the results in the named folders.
pub(crate) fn run(args: &CleanArgs) -> Result<(), CliError> {
    let folders = args.results.iter().map(|path| ResultsFolder::open(path)).collect::<Result<Vec<_>, _>>()?;
    for folder in folders {
        let path = folder.root().to_owned();
        let rest = folder.delete()?;
        say!("deleted the results in {}", path.display());
        if let Some(first) = rest.first() {
            say!("the folder stays, since it holds something else: {}", first.display());
        }
    }
    Ok(())
}
