//! The C header is generated from `src/abi.rs`, committed, current, and read by C as Rust reads the original.
//!
//! `UPDATE_EXPECT=1 cargo test -p harness-plugin-api --test header` writes it anew.

#![expect(clippy::unwrap_used, reason = "a test")]

mod offsets;
mod translate;

use std::process::Command;

const SOURCE: &str = include_str!("../../src/abi.rs");
const HEAD: &str = include_str!("head.h");
const TAIL: &str = include_str!("tail.h");

/// What the header should be.
fn header() -> String {
    let rules: String =
        translate::module_docs(SOURCE).iter().map(|line| format!(" * {line}").trim_end().to_owned() + "\n").collect();
    format!("{}{}{TAIL}", HEAD.replace(" * @RULES@\n", &rules), translate::declarations(SOURCE))
}

/// One test, since the second half needs what the first may write.
#[test]
fn the_header_is_current_and_c_agrees_with_rust_on_every_offset() {
    check_current();
    check_offsets();
}

fn check_current() {
    let path = offsets::include().join("harness_plugin.h");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::create_dir_all(offsets::include()).unwrap();
        std::fs::write(&path, header()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == header(),
        "plugins/api/include/harness_plugin.h is not what src/abi.rs says: run \
         `UPDATE_EXPECT=1 cargo test -p harness-plugin-api --test header` and commit the difference"
    );
}

fn check_offsets() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    for (compiler, flags, source) in [
        ("cc", &["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"][..], "offsets.c"),
        ("c++", &["-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"][..], "offsets.cpp"),
        ("c++", &["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror"][..], "offsets.cpp"),
    ] {
        let (source, binary) = (folder.join(source), folder.join(format!("offsets-{compiler}")));
        std::fs::write(&source, offsets::program()).unwrap();
        let mut compile = Command::new(compiler);
        compile.args(flags).arg("-I").arg(offsets::include()).arg(&source).arg("-o").arg(&binary);
        offsets::run(&mut compile);
        assert_eq!(offsets::run(&mut Command::new(&binary)), offsets::expected(), "{compiler}");
    }
}
