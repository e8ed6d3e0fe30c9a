//! Sets whose files are fetched in one archive.

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

/// A tar of these files.
fn tar(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, content) in files {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[156] = b'0';
        tar.extend(header);
        tar.extend(content);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    io::Write::write_all(&mut encoder, &tar).unwrap();
    encoder.finish().unwrap()
}

/// A source of an archive that a server has.
fn member(path: &'static str, content: &[u8], packed: &[u8], url: &str) -> Source {
    let archive = Archive {
        name: "a.tar.gz",
        bytes: packed.len() as u64,
        sha256: leak(hex(&Sha256::digest(packed))),
        urls: Box::leak(vec![leak(url.to_owned())].into_boxed_slice()),
        folder: "folder",
    };
    Source { path, archive: Some(Box::leak(Box::new(archive))), ..source(&[], content) }
}

#[test]
fn an_archive_is_fetched_once_and_read_once_for_all_of_its_members() {
    let files = [("folder/a.bin", vec![1; 700]), ("folder/other.bin", vec![2; 10]), ("folder/b.bin", content())];
    let packed = tar(&files);
    let dir = tempfile::tempdir().unwrap();
    let server = Server::new(&packed, &[Reply::Good]);
    let sources = [
        member("set/a.bin", &files[0].1, &packed, &server.url),
        member("set/b.bin", &files[2].1, &packed, &server.url),
    ];
    let notes = Notes::default();
    let outcomes = all(&sources, dir.path(), None, &notes);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(Fetched::Downloaded(_)))), "{outcomes:?}");
    assert_eq!(fs::read(dir.path().join("set/b.bin")).unwrap(), content());
    assert!(!notes.has("checking"), "what was checked as it came is not checked again");
    for path in ["set/a.bin", "set/b.bin"] {
        fs::remove_file(dir.path().join(path)).unwrap();
    }
    assert!(all(&sources, dir.path(), None, &notes).iter().all(Result::is_ok));
    let checks = notes.0.lock().unwrap().iter().filter(|note| *note == "checking a.tar.gz").count();
    assert_eq!((checks, server.ranges.lock().unwrap().len()), (1, 1));
    // A member that the archive has not, beside one that it has.
    let gone = member("set/none.bin", b"x", &packed, &server.url);
    fs::remove_file(dir.path().join("set/a.bin")).unwrap();
    let error = all(&[sources[0], gone], dir.path(), None, &notes).pop().unwrap().unwrap_err();
    assert!(error.to_string().ends_with("has no member `folder/none.bin`"), "{error}");
    assert_eq!(fs::read_dir(dir.path().join("set")).unwrap().count(), 2, "a.bin, b.bin and no part");
}
