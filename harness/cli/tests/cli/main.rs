//! Integration tests: the real binary, on real files, in scratch folders. One binary, so that it links once.

#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]

mod bad_input;
mod bench;
mod compare;
mod data;
mod docs;
mod formats;
mod gallery;
mod hard_cases;
#[cfg(unix)]
mod hostile;
mod inspect;
mod interrupt;
mod isolation;
mod iterates;
mod list;
mod plugin;
mod rates;
mod references;
mod resume;
mod rivals;
mod support;
mod timing;
