//! `harness clean`: deletes results folders, and nothing that is not one.

use crate::args::CleanArgs;
use crate::error::CliError;
use harness_engine::results::ResultsFolder;

/// Deletes the named results folders.
pub(crate) fn run(args: &CleanArgs) -> Result<(), CliError> {
    let folders = args.results.iter().map(|path| ResultsFolder::open(path)).collect::<Result<Vec<_>, _>>()?;
    for folder in folders {
        let path = folder.root();
        std::fs::remove_dir_all(path).map_err(|error| CliError::Failed(format!("{}: {error}", path.display())))?;
        eprintln!("deleted {}", path.display());
    }
    Ok(())
}
