//! `harness plugin new`: the sources of a plugin that builds and runs as it is.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use harness_engine::plugins::{Library, Search, Wanted, Workspace, survey};

use super::args::{Language, NewArgs};
use crate::error::CliError;
use crate::output;

/// Where this program was built: the API crate may lie there.
const BUILT_IN: &str = env!("CARGO_MANIFEST_DIR");

/// A file to write, and the commands to show.
struct Scaffold {
    files: Vec<(String, String)>,
    commands: Vec<String>,
    notes: Vec<String>,
}

/// Writes the files and says what to do with them.
pub(crate) fn run(args: &NewArgs) -> Result<(), CliError> {
    check_name(&args.name)?;
    let workspace = Workspace::find();
    if !args.force
        && let Some(owner) = owner(&args.name, workspace.as_ref())?
    {
        let message = format!("`{}` is an optimizer already: {owner}", args.name);
        let help = "two of a name cannot be used together: choose another, or insist with `--force`".to_owned();
        return Err(CliError::Input { message, help: Some(help) });
    }
    let inside = workspace.as_ref().map(|workspace| workspace.root().join("plugins"));
    let parent = match (&args.out, &inside, args.lang) {
        (Some(folder), ..) => folder.clone(),
        // Only crates belong there.
        (None, Some(plugins), Language::Rust) => plugins.clone(),
        _ => PathBuf::from("."),
    };
    let folder = parent.join(&args.name);
    if folder.exists() {
        return Err(CliError::input(format!("{} exists already: choose another name or `--out`", folder.display())));
    }
    let is_member = args.lang == Language::Rust && inside.is_some_and(|plugins| is_same(&plugins, &parent));
    let scaffold = match args.lang {
        Language::Rust => rust(&args.name, &folder, is_member),
        Language::C => c(&args.name, &folder),
        Language::Python => python(&args.name, &folder),
    };
    let mut text = String::new();
    for (name, content) in &scaffold.files {
        let path = folder.join(name);
        let failed = |error: std::io::Error| CliError::Failed(format!("{}: {error}", path.display()));
        std::fs::create_dir_all(path.parent().unwrap_or(&folder)).map_err(failed)?;
        std::fs::write(&path, content).map_err(failed)?;
        let _ = writeln!(text, "wrote {}", path.display());
    }
    for note in &scaffold.notes {
        let _ = writeln!(text, "{note}");
    }
    text.push_str("\nnext:\n");
    for command in &scaffold.commands {
        let _ = writeln!(text, "  {command}");
    }
    output::print(&text)
}

fn check_name(name: &str) -> Result<(), CliError> {
    let is_fine = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && name.len() <= 64;
    if is_fine {
        return Ok(());
    }
    let message = format!("`{name}` is no name for an optimizer");
    let help = "lower case letters, digits and `_`, a letter first: `my_descent`".to_owned();
    Err(CliError::Input { message, help: Some(help) })
}

/// Who has this name: a package of the workspace, or a library that is found without being named.
fn owner(name: &str, workspace: Option<&Workspace>) -> Result<Option<String>, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Failed(error.to_string());
    if let Some(workspace) = workspace
        && let Some(package) = workspace.package_of(name).map_err(|error| failed(&error))?
    {
        return Ok(Some(workspace.plugins().join(package).display().to_string()));
    }
    // What the workspace has is known by now, so that nothing of it is built.
    let places = survey(&Search::default(), Wanted::Names(&[]), &mut |_| ()).map_err(|error| failed(&error))?;
    let libraries = places.iter().flat_map(|place| &place.libraries).flatten();
    let has = |library: &&Library| library.optimizers.iter().any(|optimizer| optimizer.info.name == name);
    Ok(libraries.into_iter().find(has).map(|library| library.path.display().to_string()))
}

fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(one, other)| one == other)
}

/// `my_descent` as `MyDescent`.
fn type_name(name: &str) -> String {
    name.split('_')
        .filter_map(|word| Some(word.chars().next()?.to_uppercase().chain(word.chars().skip(1)).collect::<String>()))
        .collect()
}

fn fill(template: &str, name: &str) -> String {
    template.replace("@NAME@", name).replace("@TYPE@", &type_name(name))
}

fn benchmark(name: &str, usage: &str, run: &str) -> String {
    fill(include_str!("templates/benchmark.yaml"), name).replace("@USE@", usage).replace("@RUN@", run)
}

fn rust(name: &str, folder: &Path, is_member: bool) -> Scaffold {
    let shown = folder.display();
    let library = format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let mut manifest = fill(include_str!("templates/rust.Cargo.toml"), name);
    let mut notes = Vec::new();
    let (commands, run) = if is_member {
        manifest = manifest.replace("@API@", "{ workspace = true }").replace("@OWN_WORKSPACE@\n", "");
        let run = format!("plugins/{name}/benchmark.yaml");
        let commands = vec![
            format!("cargo test -p {name}"),
            format!("harness bench {run}      (builds the plugin when its source has changed)"),
            format!("harness plugin check target/release/{library}"),
        ];
        (commands, run)
    } else {
        let api = Path::new(BUILT_IN).join("../../plugins/api");
        let api = Workspace::find().map_or(api, |workspace| workspace.root().join("plugins/api"));
        let dependency = if let Ok(path) = api.canonicalize() {
            notes.push(format!("it depends on the API crate alone, by path: {}", path.display()));
            format!("{{ path = {:?} }}", path.display().to_string())
        } else {
            let version = env!("CARGO_PKG_VERSION");
            notes.push(format!("it depends on the API crate alone, by version: {version}"));
            format!("{version:?}")
        };
        let own = "\n# Not a part of any workspace above it.\n[workspace]";
        manifest = manifest.replace("@API@", &dependency).replace("@OWN_WORKSPACE@", own);
        let run = format!("benchmark.yaml --plugin target/release/{library}");
        let commands = vec![
            format!("cd {shown}"),
            "cargo test".to_owned(),
            "cargo build --release".to_owned(),
            format!("harness plugin check target/release/{library}"),
            format!("harness bench {run}"),
        ];
        (commands, run)
    };
    let files = vec![
        ("Cargo.toml".to_owned(), manifest),
        ("src/lib.rs".to_owned(), fill(include_str!("templates/rust.lib.rs"), name)),
        ("benchmark.yaml".to_owned(), benchmark(name, name, &run)),
    ];
    Scaffold { files, commands, notes }
}

fn c(name: &str, folder: &Path) -> Scaffold {
    let library = format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let run = format!("benchmark.yaml --plugin {library}");
    let files = vec![
        (format!("{name}.c"), fill(include_str!("templates/c.c"), name)),
        ("harness_plugin.h".to_owned(), include_str!("../../../../plugins/api/include/harness_plugin.h").to_owned()),
        ("Makefile".to_owned(), fill(include_str!("templates/c.Makefile"), name)),
        ("benchmark.yaml".to_owned(), benchmark(name, name, &run)),
    ];
    let commands = vec![
        format!("cd {}", folder.display()),
        "make".to_owned(),
        format!("harness plugin check {library}"),
        format!("harness bench {run}"),
    ];
    Scaffold { files, commands, notes: Vec::new() }
}

fn python(name: &str, folder: &Path) -> Scaffold {
    let usage = format!("python, label: {name}, file: {name}.py");
    let files = vec![
        (format!("{name}.py"), fill(include_str!("templates/python.py"), name)),
        (format!("test_{name}.py"), fill(include_str!("templates/python.test.py"), name)),
        ("benchmark.yaml".to_owned(), benchmark(name, &usage, "benchmark.yaml")),
    ];
    let commands = vec![
        format!("cd {}", folder.display()),
        format!("python3 test_{name}.py"),
        format!("harness plugin check {name}.py"),
        "harness bench benchmark.yaml".to_owned(),
    ];
    Scaffold { files, commands, notes: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::type_name;

    #[test]
    fn words_become_one_name() {
        assert_eq!(type_name("my_descent_2"), "MyDescent2");
    }
}
