//! Data for the reader goes to stdout through here; everything else goes to stderr.

use std::io::{self, Write};

use crate::error::CliError;

/// Prints to stdout. A reader that has gone away (`| head`) is no error.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(CliError::BrokenPipe),
        Err(error) => Err(CliError::Failed(format!("cannot write the output: {error}"))),
    }
}
