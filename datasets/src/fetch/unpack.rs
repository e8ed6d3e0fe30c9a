//! One file out of a `.tar.gz`: regular files of the classic and the POSIX tar formats, nothing else.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::FetchError;
use crate::error::DataError;
use crate::formats::Input;

/// A tar file is made of blocks of this size.
const BLOCK: usize = 512;

/// Writes the member `folder/name of path` of an archive to `path`.
pub(super) fn member(archive: &Path, folder: &str, path: &Path) -> Result<(), FetchError> {
    let problem = |problem: String| FetchError::Archive { path: archive.to_owned(), problem };
    let damaged = |error: DataError| problem(error.to_string());
    let wanted = format!("{folder}/{}", path.file_name().unwrap_or_default().to_string_lossy());
    let mut input = Input::open(archive).map_err(damaged)?;
    input.expect_at_most(input.most());
    let mut block = [0; BLOCK];
    loop {
        input.read_exact(&mut block, || format!("the member `{wanted}`")).map_err(damaged)?;
        if block.iter().all(|&byte| byte == 0) {
            return Err(problem(format!("has no member `{wanted}`")));
        }
        let size = octal(&block[124..136]).ok_or_else(|| problem("has a damaged header".to_owned()))?;
        let blocks = size.div_ceil(BLOCK as u64);
        let is_wanted = text(&block[..100]).trim_start_matches("./") == wanted && matches!(block[156], 0 | b'0');
        let write = |source| FetchError::Write { path: path.to_owned(), source };
        let part = path.with_extension("part");
        let mut file = None;
        if is_wanted {
            fs::create_dir_all(path.parent().unwrap_or(path)).map_err(write)?;
            file = Some(fs::File::create(&part).map_err(write)?);
        }
        for i in 0..blocks {
            input.read_exact(&mut block, || format!("the rest of `{wanted}`")).map_err(damaged)?;
            let left = usize::try_from((size - i * BLOCK as u64).min(BLOCK as u64)).unwrap_or(BLOCK);
            if let Some(file) = &mut file {
                file.write_all(&block[..left]).map_err(write)?;
            }
        }
        if let Some(file) = file {
            file.sync_all().map_err(write)?;
            return fs::rename(&part, path).map_err(write);
        }
    }
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

fn octal(field: &[u8]) -> Option<u64> {
    u64::from_str_radix(text(field).trim(), 8).ok()
}
