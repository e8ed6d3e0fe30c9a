//! The rule of versions, held by binaries: a plugin built with the frozen header of 1.0 goes on loading and running, and
//! one of a later 1.x, with longer tables, does too.
//!
//! `frozen/harness_plugin_1_0.h` is never changed once 1.0 is released: it is what plugins out there were built with.

use std::path::PathBuf;

use super::{compile, root};
use crate::support::Scratch;

fn frozen(scratch: &Scratch, edit: impl Fn(String) -> String) -> PathBuf {
    let header = root().join("harness/cli/tests/cli/plugin/frozen/harness_plugin_1_0.h");
    let text = edit(std::fs::read_to_string(header).unwrap());
    scratch.write("include/harness_plugin.h", text).parent().unwrap().to_owned()
}

fn build(scratch: &Scratch, include: &std::path::Path) {
    let folder = root().join("plugins/examples/c");
    let sources = ["plugin.c", "gradient_descent.c", "em.c"].map(|name| folder.join(name));
    compile(&sources.each_ref().map(PathBuf::as_path), include, &scratch.path("libc_examples.so"));
}

#[test]
fn a_plugin_of_1_0_loads_runs_and_passes() {
    let scratch = Scratch::new();
    build(&scratch, &frozen(&scratch, |text| text));
    let run = scratch.harness(&["plugin", "check", "libc_examples.so"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains("ABI 1.0: c_gradient_descent, c_em"), "{}", run.stdout);
}

/// Version 1.7 has appended a field to every table that a plugin fills, and knows further flags.
#[test]
fn a_plugin_of_a_later_version_loads_runs_and_passes() {
    let scratch = Scratch::new();
    let include = frozen(&scratch, |text| {
        let mut text = text
            .replace("#define HARNESS_ABI_MINOR UINT32_C(0)", "#define HARNESS_ABI_MINOR UINT32_C(7)")
            .replace("        HARNESS_ABI_LAYOUT, ", "        HARNESS_ABI_LAYOUT ^ 1, ");
        for last in [
            "    const void *(*get_extension)(HarnessStr id);\n",
            "    const HarnessStr *choices;\n    /* How many. */\n    size_t n_choices;\n",
        ] {
            assert_eq!(text.matches(last).count(), 1);
            text = text.replace(last, &format!("{last}    uint64_t appended[5];\n"));
        }
        text
    });
    build(&scratch, &include);
    let run = scratch.harness(&["plugin", "check", "libc_examples.so"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains("ABI 1.7: c_gradient_descent, c_em"), "{}", run.stdout);
}

/// The same version number with another layout is a plugin built with a header that never was one.
#[test]
fn another_layout_of_this_version_is_refused() {
    let scratch = Scratch::new();
    let header = std::fs::read_to_string(super::include().join("harness_plugin.h")).unwrap();
    let edited = header.replace("        HARNESS_ABI_LAYOUT, ", "        HARNESS_ABI_LAYOUT ^ 1, ");
    let include = scratch.write("include/harness_plugin.h", edited);
    build(&scratch, include.parent().unwrap());
    let run = scratch.harness(&["plugin", "list", "--plugin", "libc_examples.so"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("rebuild it with the header of this version"), "{}", run.stderr);
}
