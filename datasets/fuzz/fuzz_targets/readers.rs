//! Any bytes for the reader of the format that `HARNESS_FUZZ_FORMAT` names; the first byte chooses the options.
#![no_main]

use std::sync::LazyLock;

use harness_datasets::Format;
use harness_datasets::fuzzing::{FORMATS, run};
use libfuzzer_sys::fuzz_target;

static FORMAT: LazyLock<Format> = LazyLock::new(|| {
    let name = std::env::var("HARNESS_FUZZ_FORMAT").unwrap_or_default();
    let names = FORMATS.map(Format::name).join(", ");
    let format = FORMATS.into_iter().find(|format| format.name() == name);
    format.unwrap_or_else(|| panic!("HARNESS_FUZZ_FORMAT is {name:?}, expected one of {names}"))
});

fuzz_target!(|bytes: &[u8]| run(*FORMAT, bytes));
