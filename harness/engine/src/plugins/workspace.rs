//! Plugins of the source tree: found by their manifests, and built by cargo when they are missing or older than their
//! sources.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use serde::Deserialize;

use super::registry::Wanted;

/// Why a plugin of the workspace is not to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkspaceError {
    /// A manifest cannot be read.
    #[error("{path}: {reason}", path = .path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Cargo could not be started.
    #[error("cannot run cargo to build the plugins: {reason}")]
    Cargo {
        /// Why.
        reason: String,
    },
    /// The build failed; cargo has said why.
    #[error("building the plugins failed: {packages}\n{output}")]
    Build {
        /// What was being built.
        packages: String,
        /// What cargo printed.
        output: String,
    },
}

/// A checkout of the product that the running binary was built from, or runs in.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    /// Where cargo puts what it builds for the profile of the running binary: `target/release`.
    output: PathBuf,
}

/// A crate below `plugins/` that makes a shared library.
#[derive(Debug)]
struct PluginCrate {
    package: String,
    library: PathBuf,
    optimizers: Vec<String>,
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
    lib: Option<Lib>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(default)]
    harness: HarnessMetadata,
}

#[derive(Deserialize, Default)]
struct HarnessMetadata {
    /// The optimizers that the library holds; the package's own name unless stated.
    optimizers: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Lib {
    name: Option<String>,
    #[serde(default, rename = "crate-type")]
    crate_type: Vec<String>,
}

impl Workspace {
    /// The checkout around the binary (`<root>/target/release/harness`), else around the working directory; `None` for
    /// an installed program.
    pub fn find() -> Option<Self> {
        let exe = std::env::current_exe().ok()?;
        let output = exe.parent()?;
        // `cargo test` puts test binaries one folder deeper.
        let output = if output.ends_with("deps") { output.parent()? } else { output };
        let is_cargo_output = output.join(".fingerprint").is_dir();
        if !is_cargo_output {
            return None;
        }
        let root = output.ancestors().find(|folder| is_root(folder)).map(Path::to_owned);
        let root = root.or_else(|| {
            let here = std::env::current_dir().ok()?;
            here.ancestors().find(|folder| is_root(folder)).map(Path::to_owned)
        })?;
        Some(Self { root, output: output.to_owned() })
    }

    /// The folder of the plugins' sources.
    pub fn plugins(&self) -> PathBuf {
        self.root.join("plugins")
    }

    /// The root of the checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The libraries that offer what is wanted, built first where they are missing or stale.
    ///
    /// # Errors
    ///
    /// A manifest is wrong, or the build fails.
    pub fn libraries(
        &self,
        wanted: Wanted<'_>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Vec<PathBuf>, WorkspaceError> {
        let crates: Vec<PluginCrate> = self
            .crates()?
            .into_iter()
            .filter(|plugin| match wanted {
                Wanted::All => true,
                Wanted::Names(names) => plugin.optimizers.iter().any(|name| names.contains(name)),
            })
            .collect();
        let stale: Vec<&PluginCrate> = crates.iter().filter(|plugin| self.is_stale(plugin)).collect();
        if !stale.is_empty() {
            self.build(&stale, progress)?;
        }
        Ok(crates.into_iter().map(|plugin| plugin.library).collect())
    }

    /// The package that offers an optimizer, by its manifest: nothing is built or loaded.
    ///
    /// # Errors
    ///
    /// A manifest is wrong.
    pub fn package_of(&self, optimizer: &str) -> Result<Option<String>, WorkspaceError> {
        let offers = |plugin: &PluginCrate| plugin.optimizers.iter().any(|name| name == optimizer);
        Ok(self.crates()?.into_iter().find(offers).map(|plugin| plugin.package))
    }

    fn crates(&self) -> Result<Vec<PluginCrate>, WorkspaceError> {
        let folder = self.root.join("plugins");
        let manifest_error = |path: &Path, reason: String| WorkspaceError::Manifest { path: path.to_owned(), reason };
        let entries = std::fs::read_dir(&folder).map_err(|error| manifest_error(&folder, error.to_string()))?;
        let mut manifests: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path().join("Cargo.toml")).filter(|path| path.is_file()).collect();
        manifests.sort();
        let mut crates = Vec::new();
        for path in manifests {
            let text = std::fs::read_to_string(&path).map_err(|error| manifest_error(&path, error.to_string()))?;
            let manifest: Manifest = toml::from_str(&text).map_err(|error| manifest_error(&path, error.to_string()))?;
            let Some(lib) = manifest.lib.filter(|lib| lib.crate_type.iter().any(|kind| kind == "cdylib")) else {
                continue;
            };
            let package = manifest.package.name;
            let stem = lib.name.unwrap_or_else(|| package.replace('-', "_"));
            crates.push(PluginCrate {
                library: self.output.join(format!(
                    "{}{stem}{}",
                    std::env::consts::DLL_PREFIX,
                    std::env::consts::DLL_SUFFIX
                )),
                optimizers: manifest.package.metadata.harness.optimizers.unwrap_or_else(|| vec![package.clone()]),
                package,
            });
        }
        Ok(crates)
    }

    /// Whether the library is missing, or older than a source that cargo's dep-info file lists. Asking cargo itself
    /// would take longer than everything else that `harness list` does.
    fn is_stale(&self, plugin: &PluginCrate) -> bool {
        let Some(built) = modified(&plugin.library).max(modified(&self.stamp(&plugin.package))) else { return true };
        if !plugin.library.is_file() {
            return true;
        }
        let Ok(dep_info) = std::fs::read_to_string(plugin.library.with_extension("d")) else { return true };
        let sources = dep_info.split_once(": ").map_or("", |(_, sources)| sources);
        // Cargo writes a space inside a path as `\ `.
        let sources = sources.replace("\\ ", "\0");
        let sources = sources.split_whitespace().map(|path| PathBuf::from(path.replace('\0', " ")));
        let manifests = [self.root.join("Cargo.lock"), self.root.join("Cargo.toml")];
        sources.chain(manifests).any(|source| modified(&source).is_none_or(|changed| changed > built))
    }

    fn build(&self, plugins: &[&PluginCrate], progress: &mut dyn FnMut(&str)) -> Result<(), WorkspaceError> {
        let packages: Vec<&str> = plugins.iter().map(|plugin| plugin.package.as_str()).collect();
        progress(&format!("building plugins: {}", packages.join(", ")));
        let profile = match self.output.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(other) => other,
        };
        let cargo_error = |error: std::io::Error| WorkspaceError::Cargo { reason: error.to_string() };
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root).args(["build", "--quiet", "--profile", profile]);
        command.arg("--target-dir").arg(self.output.parent().unwrap_or(&self.output));
        for package in &packages {
            command.args(["--package", package]);
        }
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(cargo_error)?;
        let mut output = String::new();
        if let Some(stderr) = &mut child.stderr {
            stderr.read_to_string(&mut output).map_err(cargo_error)?;
        }
        if !child.wait().map_err(cargo_error)?.success() {
            return Err(WorkspaceError::Build { packages: packages.join(", "), output: output.trim_end().to_owned() });
        }
        for package in &packages {
            // Cargo leaves the library as it is when only its manifest changed; the stamp remembers that it was asked.
            // Without it the next call asks again, which is slower but not wrong.
            let _ = std::fs::write(self.stamp(package), "");
        }
        Ok(())
    }

    fn stamp(&self, package: &str) -> PathBuf {
        self.output.join(format!(".harness-built-{package}"))
    }
}

fn is_root(folder: &Path) -> bool {
    folder.join("plugins/api/Cargo.toml").is_file() && folder.join("harness/cli/Cargo.toml").is_file()
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}
