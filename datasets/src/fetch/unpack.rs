//! Files out of a `.tar.gz`: regular files of the classic and the POSIX tar formats, nothing else.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::part::Part;
use super::{FetchError, Watch};
use crate::error::DataError;
use crate::formats::Input;

/// A tar file is made of blocks of this size.
const BLOCK: usize = 512;

/// Writes the members `inside/name of path` of an archive to `paths` in the data folder, in one reading.
pub(super) fn members(
    archive: &Path,
    inside: &str,
    paths: &[PathBuf],
    folder: &Path,
    watch: &dyn Watch,
) -> Result<(), FetchError> {
    let mut parts = Vec::new();
    for path in paths {
        let mut part = Part::take(path, folder, watch)?;
        // Another process may have been at it.
        if !path.exists() {
            part.clear().map_err(|source| part.failed(source))?;
            let name = format!("{inside}/{}", path.file_name().unwrap_or_default().to_string_lossy());
            parts.push((name, part));
        }
    }
    let outcome = unpack(archive, &mut parts);
    // Nothing is left of what could not be finished.
    for (_, part) in &mut parts {
        part.clear().map_err(|source| part.failed(source))?;
    }
    outcome
}

/// Fills the parts by the names of their members, and takes those that are whole out of the list.
fn unpack(archive: &Path, parts: &mut Vec<(String, Part)>) -> Result<(), FetchError> {
    let problem = |problem: String| FetchError::Archive { path: archive.to_owned(), problem };
    let damaged = |error: DataError| problem(error.to_string());
    let mut input = Input::open(archive).map_err(damaged)?;
    input.expect_at_most(input.most());
    let mut block = [0; BLOCK];
    while let Some((first, _)) = parts.first() {
        input.read_exact(&mut block, || format!("the member `{first}`")).map_err(damaged)?;
        if block.iter().all(|&byte| byte == 0) {
            return Err(problem(format!("has no member `{first}`")));
        }
        let size = octal(&block[124..136]).ok_or_else(|| problem("has a damaged header".to_owned()))?;
        let name = text(&block[..100]);
        let is_file = matches!(block[156], 0 | b'0');
        let place = parts.iter().position(|(wanted, _)| is_file && name.trim_start_matches("./") == wanted);
        for i in 0..size.div_ceil(BLOCK as u64) {
            input.read_exact(&mut block, || format!("the rest of `{name}`")).map_err(damaged)?;
            let left = usize::try_from((size - i * BLOCK as u64).min(BLOCK as u64)).unwrap_or(BLOCK);
            if let Some(place) = place {
                let part = &mut parts[place].1;
                part.write_all(&block[..left]).map_err(|source| part.failed(source))?;
            }
        }
        if let Some(place) = place {
            let (_, part) = parts.swap_remove(place);
            part.flush_to_disk().map_err(|source| part.failed(source))?;
            part.settle()?;
        }
    }
    Ok(())
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

fn octal(field: &[u8]) -> Option<u64> {
    u64::from_str_radix(text(field).trim(), 8).ok()
}
