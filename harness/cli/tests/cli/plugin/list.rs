//! Discovery: what is found where, what is refused and why, and that a clash is an error.

use std::path::Path;

use serde_json::Value;

use super::{compile, include};
use crate::support::Scratch;

/// A plugin with one optimizer that does nothing; `edit` changes the source.
fn plugin(scratch: &Scratch, library: &str, edit: impl Fn(&str) -> String) {
    let source = r#"#include "harness_plugin.h"
static HarnessStatus create(const HarnessHost *h, const HarnessProblem *p, const HarnessConfig *c, const double *t, void **i) {
    (void)h; (void)p; (void)c; (void)t; (void)i;
    return HARNESS_OK;
}
static HarnessStatus step(void *i, double *t, HarnessStep *r) {
    (void)i; (void)t; (void)r;
    return HARNESS_OK;
}
static void destroy(void *i) { (void)i; }
static const HarnessOptimizer ONE = {
    .struct_size = sizeof(HarnessOptimizer), .name = HARNESS_STR("idle"), .version = HARNESS_STR("0.3.0"),
    .summary = HARNESS_STR("s"), .doc = HARNESS_STR("d"), .create = create, .step = step, .destroy = destroy };
static const HarnessOptimizer *const ALL[] = { &ONE };
HARNESS_PLUGIN(ALL);
"#;
    let source = scratch.write(&format!("{library}.c"), edit(source));
    compile(&[&source], &include(), &scratch.write(library, ""));
}

fn list(scratch: &Scratch, arguments: &[&str], environment: &[(&str, &str)]) -> (i32, Vec<Value>, String) {
    let mut command = scratch.command(&["plugin", "list", "--json"]);
    let output = command.args(arguments).envs(environment.iter().copied()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let places: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    (output.status.code().unwrap(), places.as_array().unwrap().clone(), stderr)
}

#[test]
fn every_place_is_searched_and_refusals_have_reasons() {
    let scratch = Scratch::new();
    plugin(&scratch, "folder/libidle.so", str::to_owned);
    plugin(&scratch, "folder/libmajor.so", |code| {
        code.replace("HARNESS_PLUGIN(ALL);", "HARNESS_EXPORT const HarnessEntry harness_plugin_entry;\nconst HarnessEntry harness_plugin_entry = { HARNESS_MAGIC, 2, 3, 0, sizeof(HarnessEntry), ALL, 1 };")
    });
    plugin(&scratch, "folder/libno_step.so", |code| {
        code.replace(".step = step, ", "").replace("static HarnessStatus step", "HarnessStatus step")
    });
    scratch.write("folder/libtext.so", "not a library");
    scratch.write("folder/readme.txt", "left out");
    plugin(&scratch, "environment/libother.so", |code| code.replace("\"idle\"", "\"other\""));
    plugin(&scratch, "home/harness/plugins/libmine.so", |code| code.replace("\"idle\"", "\"mine\""));
    let environment = scratch.path("environment");
    let home = scratch.path("home");
    let (code, places, stderr) = list(
        &scratch,
        &["--plugin-dir", "folder"],
        &[("HARNESS_PLUGIN_PATH", environment.to_str().unwrap()), ("XDG_DATA_HOME", home.to_str().unwrap())],
    );
    assert_eq!(code, 0, "{stderr}");
    let kinds: Vec<&str> = places.iter().map(|place| place["place"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["folder", "environment", "workspace", "user"]);
    let folder = places[0]["plugins"].as_array().unwrap();
    assert_eq!(folder.len(), 4);
    assert_eq!((&folder[0]["abi"], &folder[0]["optimizers"][0]["version"]), (&"1.1".into(), &"0.3.0".into()));
    assert_eq!(folder[1]["refused"], "built for plugin ABI 2.3, this harness speaks 1.1");
    assert_eq!(folder[2]["refused"], "`idle` has no `step`");
    assert!(folder[3]["refused"].as_str().unwrap().starts_with("not a loadable library: "), "{}", folder[3]);
    assert_eq!(places[1]["plugins"][0]["optimizers"][0]["name"], "other");
    let workspace = places[2]["plugins"].as_array().unwrap();
    let names: Vec<&str> = workspace
        .iter()
        .flat_map(|plugin| plugin["optimizers"].as_array().unwrap())
        .filter_map(|optimizer| optimizer["name"].as_str())
        .collect();
    assert!(["adam", "em", "linfa_gmm"].iter().all(|name| names.contains(name)), "{names:?}");
    assert_eq!(places[3]["plugins"][0]["optimizers"][0]["name"], "mine");
}

#[test]
fn a_clash_of_names_is_an_error_that_shows_both() {
    let scratch = Scratch::new();
    plugin(&scratch, "one/libidle.so", str::to_owned);
    plugin(&scratch, "two/libidle_too.so", |code| code.replace("0.3.0", "0.4.0"));
    let (code, places, stderr) = list(&scratch, &["--plugin-dir", "one", "--plugin-dir", "two"], &[]);
    assert_eq!((code, places.len() >= 3), (2, true));
    assert!(stderr.contains("two plugins offer the optimizer `idle`: "), "{stderr}");
    assert!(stderr.contains("one/libidle.so") && stderr.contains("two/libidle_too.so"), "{stderr}");
    // The same file by two ways is no clash.
    let (code, ..) = list(&scratch, &["--plugin-dir", "one", "--plugin", "one/libidle.so"], &[]);
    assert_eq!(code, 0);
}

#[test]
fn a_named_plugin_that_is_refused_is_an_error() {
    let scratch = Scratch::new();
    scratch.write("libtext.so", "not a library");
    let (code, _, stderr) = list(&scratch, &["--plugin", "libtext.so"], &[]);
    assert_eq!(code, 2);
    assert!(stderr.contains("error: libtext.so: not a loadable library: "), "{stderr}");
    let run = scratch.harness(&["plugin", "list", "--plugin-dir", "nowhere"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("plugin folder nowhere: "), "{}", run.stderr);
    assert!(!Path::new("nowhere").exists());
}

#[test]
fn the_text_names_place_file_version_and_optimizers() {
    let scratch = Scratch::new();
    plugin(&scratch, "folder/libidle.so", str::to_owned);
    scratch.write("folder/libtext.so", "not a library");
    let run = scratch.harness(&["plugin", "list", "--plugin-dir", "folder"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("--plugin-dir: folder\n"), "{}", run.stdout);
    assert!(run.stdout.contains("libidle.so\n        ABI 1.1, idle 0.3.0\n"), "{}", run.stdout);
    assert!(run.stdout.contains("folder/libtext.so\n        refused: not a loadable library: "), "{}", run.stdout);
    assert!(run.stdout.contains("\nworkspace: "), "{}", run.stdout);
}
