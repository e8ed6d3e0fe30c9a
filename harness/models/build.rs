//! Hashes the sources that decide a likelihood's numbers, so that cached results know when they are stale.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// Sources that decide the numbers: this crate, the datasets it is fed, and how the engine prepares problems, serves
/// them to optimizers and takes their steps.
const SOURCES: [&str; 5] =
    ["src", "../../datasets/src", "../engine/src/oracle", "../engine/src/run/problem.rs", "../engine/src/run/unit.rs"];

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let mut hash = Fnv128::new();
    for source in SOURCES {
        if !Path::new(source).exists() {
            continue;
        }
        println!("cargo:rerun-if-changed={source}");
        let mut files = Vec::new();
        collect(Path::new(source), &mut files)?;
        files.sort();
        for file in files {
            let name = file.to_string_lossy().replace('\\', "/");
            let contents = fs::read(&file)?;
            for part in [name.as_bytes(), &contents] {
                hash.write(&(part.len() as u64).to_le_bytes());
                hash.write(part);
            }
        }
    }
    println!("cargo:rustc-env=HARNESS_MODELS_BUILD_HASH={:032x}", hash.0);
    Ok(())
}

fn collect(source: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if source.is_dir() {
        return fs::read_dir(source)?.try_for_each(|entry| collect(&entry?.path(), files));
    }
    if source.extension().is_some_and(|ending| ending == "rs") {
        files.push(source.to_owned());
    }
    Ok(())
}

/// FNV-1a with 128 bits: stable across platforms and compilers.
struct Fnv128(u128);

impl Fnv128 {
    fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    }
}
