//! `harness plugin list`: every place that is searched, what lies there, and why some of it is refused.

use std::fmt::Write as _;

use harness_engine::plugins::{Library, Place, PlaceKind, PluginError, Registry, Search, Wanted, survey};
use serde_json::{Value, json};

use super::args::ListArgs;
use crate::error::CliError;
use crate::output::{self, say};

/// Prints the list; a clash of names, or a named plugin that is refused, is an error after it.
pub(crate) fn run(args: &ListArgs) -> Result<(), CliError> {
    let search = Search { files: args.plugins.files.clone(), folders: args.plugins.folders.clone() };
    let places = survey(&search, Wanted::All, &mut |message| say!("{message}"))?;
    if args.json {
        let all: Vec<Value> = places.iter().map(place_json).collect();
        output::print(&format!("{:#}\n", json!(all)))?;
    } else {
        output::print(&places.iter().map(place_text).collect::<String>())?;
    }
    Registry::from_places(places)?;
    Ok(())
}

fn place_text(place: &Place) -> String {
    let mut text = format!("{}: {}\n", title(place.kind), place.path.display());
    if !place.exists {
        text.push_str("    no such place\n");
    } else if place.libraries.is_empty() {
        text.push_str("    no plugins\n");
    }
    for library in &place.libraries {
        match library {
            Ok(library) => {
                let optimizers: Vec<String> = library
                    .optimizers
                    .iter()
                    .map(|optimizer| format!("{} {}", optimizer.info.name, optimizer.info.version))
                    .collect();
                let _ = writeln!(text, "    {}", library.path.display());
                let _ = writeln!(text, "        ABI {}, {}", version(library), optimizers.join(", "));
            }
            Err(error) => {
                let _ = writeln!(text, "    {}", error.path().display());
                let _ = writeln!(text, "        refused: {}", error.reason());
            }
        }
    }
    text
}

fn place_json(place: &Place) -> Value {
    json!({
        "place": name(place.kind),
        "path": place.path,
        "exists": place.exists,
        "plugins": place.libraries.iter().map(library_json).collect::<Vec<_>>(),
    })
}

fn library_json(library: &Result<Library, PluginError>) -> Value {
    match library {
        Ok(library) => {
            let optimizers: Vec<Value> = library
                .optimizers
                .iter()
                .map(|optimizer| json!({ "name": optimizer.info.name, "version": optimizer.info.version }))
                .collect();
            json!({ "path": library.path, "abi": version(library), "hash": library.hash, "optimizers": optimizers })
        }
        Err(error) => json!({ "path": error.path(), "refused": error.reason() }),
    }
}

fn version(library: &Library) -> String {
    format!("{}.{}", library.abi.0, library.abi.1)
}

fn title(kind: PlaceKind) -> &'static str {
    match kind {
        PlaceKind::File => "named plugin",
        PlaceKind::Folder => "--plugin-dir",
        PlaceKind::Environment => "HARNESS_PLUGIN_PATH",
        PlaceKind::Workspace => "workspace",
        PlaceKind::Installed => "installed plugins",
        PlaceKind::User => "your plugins",
    }
}

fn name(kind: PlaceKind) -> &'static str {
    match kind {
        PlaceKind::File => "file",
        PlaceKind::Folder => "folder",
        PlaceKind::Environment => "environment",
        PlaceKind::Workspace => "workspace",
        PlaceKind::Installed => "installed",
        PlaceKind::User => "user",
    }
}
