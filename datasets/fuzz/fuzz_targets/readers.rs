//! Any bytes for every reader; the first byte chooses the format, the second the options.
#![no_main]

use harness_datasets::fuzzing::{FORMATS, run};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some((format, bytes)) = bytes.split_first() {
        run(FORMATS[usize::from(*format) % FORMATS.len()], bytes);
    }
});
