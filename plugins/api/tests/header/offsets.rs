//! What C makes of the header: sizes, offsets and constants, against those of Rust.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use harness_plugin_api::abi;
use harness_plugin_api::layout::TABLES;

/// A C program that prints the layout as `HarnessStr 16 8 ptr=0 len=8`.
pub(super) fn program() -> String {
    let mut code =
        "#include <stdio.h>\n#include \"harness_plugin.h\"\nstruct Probe { char c; };\nint main(void) {\n".to_owned();
    for table in TABLES {
        let name = table.name;
        writeln!(code, "  {{ struct P {{ char c; {name} x; }}; printf(\"{name} %zu %zu\", sizeof({name}), offsetof(struct P, x)); }}").unwrap();
        for (field, _) in table.fields {
            writeln!(code, "  printf(\" {field}=%zu\", offsetof({name}, {field}));").unwrap();
        }
        code.push_str("  printf(\"\\n\");\n");
    }
    code.push_str("  printf(\"magic %llx\\n\", (unsigned long long)HARNESS_MAGIC);\n");
    code.push_str("  printf(\"layout %llx\\n\", (unsigned long long)HARNESS_ABI_LAYOUT);\n");
    code.push_str("  printf(\"version %u.%u\\n\", HARNESS_ABI_MAJOR, HARNESS_ABI_MINOR);\n");
    code.push_str("  return 0;\n}\n");
    code
}

/// The same lines, as Rust has it.
pub(super) fn expected() -> String {
    let mut lines = String::new();
    for table in TABLES {
        write!(lines, "{} {} {}", table.name, table.size, table.align).unwrap();
        for (field, offset) in table.fields {
            write!(lines, " {field}={offset}").unwrap();
        }
        lines.push('\n');
    }
    writeln!(lines, "magic {:x}", abi::HARNESS_MAGIC).unwrap();
    writeln!(lines, "layout {:x}", abi::HARNESS_ABI_LAYOUT).unwrap();
    writeln!(lines, "version {}.{}", abi::HARNESS_ABI_MAJOR, abi::HARNESS_ABI_MINOR).unwrap();
    lines
}

/// Runs a command; a missing tool or a non-empty complaint is a failure that says what to do.
pub(super) fn run(command: &mut Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().unwrap_or_else(|error| {
        panic!("cannot run `{program}`, which this test needs (apt-get install gcc g++): {error}")
    });
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "{command:?}\n{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// The folder that holds the header.
pub(super) fn include() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/include"))
}
