//! The bytes of a user's file, whatever its format.

use std::fs;
use std::io;
use std::path::Path;

use crate::error::DataError;

/// The bytes of the file at `path`, which must be a regular file: a pipe could block for ever.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => DataError::Missing { path: path.to_owned() },
        _ => DataError::Read { path: path.to_owned(), source },
    };
    let kind = fs::metadata(path).map_err(failed)?.file_type();
    if !kind.is_file() {
        return Err(DataError::NotAFile {
            path: path.to_owned(),
            found: if kind.is_dir() { "a directory" } else { "no regular file" },
        });
    }
    fs::read(path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreadable_paths() {
        let dir = tempfile::tempdir().unwrap();
        let shown = |path: &Path| read(path).unwrap_err().to_string().replace(dir.path().to_str().unwrap(), "DIR");
        assert_eq!(shown(&dir.path().join("no.csv")), "DIR/no.csv: no such file");
        assert_eq!(shown(dir.path()), "DIR: found a directory, expected a CSV file");
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(
            shown(&file.join("inside.csv")),
            "DIR/file/inside.csv: cannot read the file: Not a directory (os error 20)"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_read() {
        assert_eq!(
            read(Path::new("/dev/zero")).unwrap_err().to_string(),
            "/dev/zero: found no regular file, expected a CSV file"
        );
    }
}
