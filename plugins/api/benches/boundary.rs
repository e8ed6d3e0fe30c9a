//! What a step costs beyond its mathematics: plugins in Rust, C and Python on a problem that costs next to nothing.
//!
//! `cargo bench -p harness-plugin-api` builds the plugins, takes steps of gradient descent on L(θ) = ½‖θ‖² in eight
//! dimensions, one callback each, and prints the least time per step of nine rounds.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program that measures and prints")]

use std::ffi::c_void;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use harness_plugin_api::abi::{
    HARNESS_BLOCK_GATE, HARNESS_ENTRY_SYMBOL, HARNESS_FLOW_CONTINUE, HARNESS_OK, HarnessBlock, HarnessConfig,
    HarnessEntry, HarnessHost, HarnessOptimizer, HarnessParamSpec, HarnessProblem, HarnessStatus, HarnessStep,
    HarnessStr, HarnessValue,
};

const DIM: usize = 8;
const ROUNDS: usize = 9;

unsafe extern "C" fn value_gradient(
    _ctx: *mut c_void,
    theta: *const f64,
    value: *mut f64,
    gradient: *mut f64,
) -> HarnessStatus {
    let mut sum = 0.0;
    for i in 0..DIM {
        // SAFETY: `DIM` numbers each, by the contract.
        unsafe {
            let parameter = *theta.add(i);
            *gradient.add(i) = parameter;
            sum += parameter * parameter;
        }
    }
    // SAFETY: as above.
    unsafe { *value = 0.5 * sum };
    HARNESS_OK
}

unsafe extern "C" fn set_error(_ctx: *mut c_void, message: HarnessStr) {
    // SAFETY: a text that lives for the call.
    println!("error: {}", unsafe { message.as_str() }.unwrap());
}

unsafe extern "C" fn cancelled(_ctx: *mut c_void) -> u32 {
    0
}

unsafe extern "C" fn no_extension(_ctx: *mut c_void, _id: HarnessStr) -> *const c_void {
    std::ptr::null()
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    run(Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "-p", "gradient_descent", "-p", "python"])
        .current_dir(&root));
    let c = folder.join("libboundary_c.so");
    let mut cc = Command::new("cc");
    cc.args(["-std=c99", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-I"]).arg(root.join("plugins/api/include"));
    for source in ["plugin.c", "gradient_descent.c", "em.c"] {
        cc.arg(root.join("plugins/examples/c").join(source));
    }
    run(cc.arg("-o").arg(&c));
    let release = target(&folder).join("release");
    let library =
        |name: &str| release.join(format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX));
    let file = root.join("plugins/examples/python/gradient_descent.py").display().to_string();
    println!("gradient descent, {DIM} parameters, one callback per step; least of {ROUNDS} rounds");
    println!("  in process        {:8.1} ns", in_process());
    println!("  Rust plugin       {:8.1} ns", measure(&library("gradient_descent"), "", 1_000_000));
    println!("  C plugin          {:8.1} ns", measure(&c, "", 1_000_000));
    println!("  Python plugin     {:8.1} ns", measure(&library("python"), &file, 20_000));
}

/// `<target>/tmp` to `<target>`.
fn target(tmp: &Path) -> PathBuf {
    tmp.parent().unwrap().to_owned()
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

/// The same arithmetic without a boundary, behind a pointer that the compiler cannot see through.
fn in_process() -> f64 {
    let gradient_of = std::hint::black_box(value_gradient as unsafe extern "C" fn(_, _, _, _) -> _);
    let (mut theta, mut gradient, mut value) = ([1.0; DIM], [0.0; DIM], 0.0);
    best(1_000_000, || {
        // SAFETY: arrays of `DIM` numbers.
        unsafe { gradient_of(std::ptr::null_mut(), theta.as_ptr(), &raw mut value, gradient.as_mut_ptr()) };
        for (parameter, derivative) in theta.iter_mut().zip(&gradient) {
            *parameter -= 1e-9 * derivative;
        }
    })
}

fn best(steps: u32, mut step: impl FnMut()) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for _ in 0..steps {
            step();
        }
        least = least.min(begun.elapsed().as_secs_f64() * 1e9 / f64::from(steps));
    }
    least
}

/// Nanoseconds per step of the first optimizer of a library.
fn measure(library: &Path, file: &str, steps: u32) -> f64 {
    // SAFETY: our own plugins.
    let library = unsafe { libloading::Library::new(library) }.unwrap();
    // SAFETY: the symbol is an entry of this version.
    let optimizer: &HarnessOptimizer = unsafe {
        let entry = *library.get::<*const HarnessEntry>(HARNESS_ENTRY_SYMBOL.to_bytes_with_nul()).unwrap();
        &**(*entry).optimizers
    };
    let values: Vec<HarnessValue> = (0..optimizer.n_params)
        // SAFETY: an array of `n_params` pointers.
        .map(|i| value_of(unsafe { &**optimizer.params.add(i) }, file))
        .collect();
    let pointers: Vec<*const HarnessValue> = values.iter().map(std::ptr::from_ref).collect();
    let config = HarnessConfig {
        struct_size: size_of::<HarnessConfig>(),
        values: pointers.as_ptr(),
        n_values: pointers.len(),
        seed: 1,
    };
    let host = HarnessHost {
        struct_size: size_of::<HarnessHost>(),
        ctx: std::ptr::null_mut(),
        set_error: Some(set_error),
        log: None,
        cancelled: Some(cancelled),
        get_extension: Some(no_extension),
    };
    let block = HarnessBlock {
        struct_size: size_of::<HarnessBlock>(),
        name: HarnessStr::new("gate"),
        kind: HARNESS_BLOCK_GATE,
        offset: 0,
        rows: DIM,
        cols: 1,
    };
    let blocks = [&raw const block];
    let problem = HarnessProblem {
        struct_size: size_of::<HarnessProblem>(),
        ctx: std::ptr::null_mut(),
        dim: DIM,
        n_rows: 1,
        blocks: blocks.as_ptr(),
        n_blocks: 1,
        value: None,
        value_gradient: Some(value_gradient),
        get_extension: Some(no_extension),
    };
    let mut theta = [1.0; DIM];
    let mut instance = std::ptr::null_mut();
    let (create, step) = (optimizer.create.unwrap(), optimizer.step.unwrap());
    // SAFETY: all pointers are valid for the call, the tables until the end.
    let status =
        unsafe { create(&raw const host, &raw const problem, &raw const config, theta.as_ptr(), &raw mut instance) };
    assert_eq!(status, HARNESS_OK);
    let nanoseconds = best(steps, || {
        let mut report = HarnessStep { struct_size: size_of::<HarnessStep>(), flow: HARNESS_FLOW_CONTINUE };
        // SAFETY: the instance is alive; `theta` holds `DIM` numbers.
        let status = unsafe { step(instance, theta.as_mut_ptr(), &raw mut report) };
        assert_eq!(status, HARNESS_OK);
    });
    // SAFETY: once.
    unsafe { optimizer.destroy.unwrap()(instance) };
    std::mem::forget(library);
    nanoseconds
}

/// Every default, and a file.
fn value_of(spec: &HarnessParamSpec, file: &str) -> HarnessValue {
    // SAFETY: statics of the plugin.
    let name = unsafe { spec.name.as_str() }.unwrap();
    let text = if name == "file" { HarnessStr::borrowed(file) } else { spec.default_text };
    let is_set = u32::from(spec.flags & harness_plugin_api::abi::HARNESS_PARAM_OPTIONAL == 0 || name == "file");
    #[expect(clippy::cast_possible_truncation, reason = "defaults are small")]
    let integer = spec.default_number as i64;
    HarnessValue {
        struct_size: size_of::<HarnessValue>(),
        kind: spec.kind,
        is_set,
        number: spec.default_number,
        integer,
        text,
    }
}
