//! The C example beside its twins in Rust: the same problems, starts and steps, and the same numbers to the last bit.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{compile, include, root};
use crate::support::Scratch;

#[test]
fn the_c_example_takes_the_path_of_its_twin_in_rust() {
    let scratch = Scratch::new();
    let folder = root().join("plugins/examples/c");
    let sources = ["plugin.c", "gradient_descent.c", "em.c"].map(|name| folder.join(name));
    compile(&sources.each_ref().map(std::path::PathBuf::as_path), &include(), &scratch.path("libc_examples.so"));
    let yaml = std::fs::read_to_string(folder.join("benchmark.yaml")).unwrap().replace("seeds: 2", "seeds: 1");
    scratch.write("b.yaml", yaml);
    let run = scratch.harness(&["bench", "b.yaml", "--plugin", "libc_examples.so"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("c_em") && run.stdout.contains("c_gradient_descent"), "{}", run.stdout);

    let plan: Value = serde_json::from_str(&scratch.read("results/c_examples/plan.json")).unwrap();
    let iterates: BTreeMap<&str, String> = plan["units"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unit| {
            let file = format!("results/c_examples/units/{}/theta.csv", unit["hash"].as_str().unwrap());
            (unit["optimizer"].as_str().unwrap(), scratch.read(&file))
        })
        .collect();
    assert_eq!(iterates["em"].lines().count(), 52);
    assert_eq!(iterates["c_em"], iterates["em"]);
    assert_eq!(iterates["c_gradient_descent"], iterates["gradient_descent"]);
    assert_ne!(iterates["em"], iterates["gradient_descent"]);
}

/// The header's own comment holds a whole plugin: it must compile as it stands there.
#[test]
fn the_example_in_the_header_compiles() {
    let header = std::fs::read_to_string(include().join("harness_plugin.h")).unwrap();
    let begin = header.find(" *     #include <math.h>").unwrap();
    let end = header.find(" *     cc -O2 -shared").unwrap();
    let code: String = header[begin..end]
        .lines()
        .map(|line| line.trim_start_matches(" *").trim_start_matches("     ").to_owned() + "\n")
        .map(|line| line.split_once("//").map_or(line.clone(), |(code, _)| code.to_owned() + "\n"))
        .collect();
    let scratch = Scratch::new();
    let source = scratch.write("my_descent.c", code);
    compile(&[&source], &include(), &scratch.path("libmy_descent.so"));
    let run = scratch.harness(&["list", "optimizers", "my_descent", "--plugin", "libmy_descent.so"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("step"), "{}", run.stdout);
}

/// C++ reads the header and exports the entry all the same.
#[test]
fn a_plugin_in_cpp_loads() {
    let scratch = Scratch::new();
    let source = scratch.write(
        "p.cpp",
        r#"#include "harness_plugin.h"
static HarnessStatus create(const HarnessHost *, const HarnessProblem *, const HarnessConfig *, const double *, void **instance) {
    *instance = nullptr;
    return HARNESS_OK;
}
static HarnessStatus step(void *, double *, HarnessStep *report) {
    report->flow = HARNESS_FLOW_CONVERGED;
    return HARNESS_OK;
}
static void destroy(void *) {}
static const HarnessOptimizer NOTHING = {
    sizeof(HarnessOptimizer), HARNESS_STR("nothing"), HARNESS_STR("1.0.0"), HARNESS_STR("stays where it is"),
    HARNESS_STR("theta+ = theta"), 0, nullptr, 0, nullptr, 0, create, step, destroy, nullptr};
static const HarnessOptimizer *const OPTIMIZERS[] = {&NOTHING};
HARNESS_PLUGIN(OPTIMIZERS);
"#,
    );
    let library = scratch.path("libnothing.so");
    let mut compiler = super::tool("c++", "g++");
    compiler.args(["-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-shared", "-fPIC"]);
    let output = compiler.arg("-I").arg(include()).arg(&source).arg("-o").arg(&library).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let run = scratch.harness(&["list", "optimizers", "nothing", "--plugin", "libnothing.so"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}
