//! Downloads from a server on this machine that answers well and badly.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::server::{Reply, Server};
use super::*;
use crate::published::{Holds, hex};

/// Keeps what it is told.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Watch for Notes {
    fn begin(&self, file: &str, _url: &str, have: u64, bytes: u64) {
        self.0.lock().unwrap().push(format!("begin {file} {have}/{bytes}"));
    }

    fn advance(&self, _have: u64) {}

    fn failed(&self, _url: &str, reason: &str) {
        self.0.lock().unwrap().push(reason.to_owned());
    }
}

fn content() -> Vec<u8> {
    (0..5000_u32).flat_map(u32::to_le_bytes).collect()
}

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// A source with the given mirrors.
fn source(urls: &[&str], content: &[u8]) -> Source {
    let urls: Vec<&'static str> = urls.iter().map(|&url| leak(url.to_owned())).collect();
    Source {
        path: "set/file.bin",
        also: &[],
        holds: Holds::Rows,
        bytes: Some(content.len() as u64),
        sha256: Some(leak(hex(&Sha256::digest(content)))),
        urls: Box::leak(urls.into_boxed_slice()),
        archive: None,
    }
}

fn get(source: &Source, folder: &Path, notes: &Notes) -> Result<Fetched, FetchError> {
    fetch_file("test", "nowhere", source, folder, None, notes)
}

/// Fetches with one server of these replies; returns what came of it, the requests and whether the file is right.
fn run(replies: &[Reply]) -> (Result<Fetched, String>, Vec<Option<usize>>, bool) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::new(&content(), replies);
    let source = source(&[&server.url], &content());
    let outcome = get(&source, dir.path(), &Notes::default()).map_err(|error| error.to_string());
    let path = dir.path().join("set/file.bin");
    let is_right = fs::read(&path).is_ok_and(|bytes| bytes == content());
    assert_eq!(path.exists(), is_right, "a file is whole or not there");
    let ranges = server.ranges.lock().unwrap().clone();
    (outcome, ranges, is_right)
}

#[test]
fn a_good_server() {
    let (outcome, ranges, is_right) = run(&[Reply::Good]);
    assert!(matches!(outcome, Ok(Fetched::Downloaded(_))) && is_right);
    assert_eq!(ranges, [None]);
}

#[test]
fn a_reply_that_is_cut_off_is_resumed() {
    let (outcome, ranges, is_right) = run(&[Reply::CutOff(7000), Reply::CutOff(3000), Reply::Good]);
    assert!(outcome.is_ok() && is_right, "{outcome:?}");
    assert_eq!(ranges, [None, Some(7000), Some(10_000)]);
}

#[test]
fn a_server_that_cannot_resume_starts_over() {
    let (outcome, ranges, is_right) = run(&[Reply::CutOff(7000), Reply::Whole]);
    assert!(outcome.is_ok() && is_right, "{outcome:?}");
    assert_eq!(ranges, [None, Some(7000)]);
}

#[test]
fn a_later_fetch_goes_on_where_an_earlier_one_ended() {
    let dir = tempfile::tempdir().unwrap();
    let broken = Server::new(&content(), &[Reply::CutOff(6000), Reply::Status(503)]);
    let notes = Notes::default();
    assert!(get(&source(&[&broken.url], &content()), dir.path(), &notes).is_err());
    let good = Server::new(&content(), &[Reply::Good]);
    let source = source(&[&good.url], &content());
    assert!(matches!(get(&source, dir.path(), &notes), Ok(Fetched::Downloaded(_))));
    assert_eq!(*good.ranges.lock().unwrap(), [Some(6000)]);
    assert!(matches!(get(&source, dir.path(), &notes), Ok(Fetched::Present(_))));
    assert_eq!(good.ranges.lock().unwrap().len(), 1, "what is there is not asked for again");
}

#[test]
fn a_wrong_file_is_quarantined_and_the_next_mirror_asked() {
    let dir = tempfile::tempdir().unwrap();
    let wrong = Server::new(&content(), &[Reply::Wrong]);
    let good = Server::new(&content(), &[Reply::Good]);
    let notes = Notes::default();
    let outcome = get(&source(&[&wrong.url, &good.url], &content()), dir.path(), &notes);
    assert!(outcome.is_ok(), "{outcome:?}");
    let kept: Vec<_> = fs::read_dir(dir.path().join("quarantine")).unwrap().collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(*good.ranges.lock().unwrap(), [None], "nothing of the wrong file is used");
    assert!(notes.0.lock().unwrap().iter().any(|note| note.contains("SHA-256") && note.contains("expected")));
    let only_wrong = run(&[Reply::Wrong]);
    assert!(only_wrong.0.unwrap_err().contains("kept as") && !only_wrong.2);
}

#[test]
fn a_mirror_is_asked_first_and_for_files_that_are_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::new(&content(), &[Reply::Good]);
    let notes = Notes::default();
    let mirror = Some(server.url.as_str());
    let fetch = |source: &Source, folder: &str| {
        fetch_file("test", "nowhere", source, &dir.path().join(folder), mirror, &notes)
            .map_err(|error| error.to_string())
    };
    assert!(matches!(fetch(&source(&[], &content()), "a"), Ok(Fetched::Downloaded(_))));
    assert_eq!(fs::read(dir.path().join("a/set/file.bin")).unwrap(), content());
    let own = Server::new(b"another", &[Reply::Good]);
    let other = source(&[&own.url], b"another");
    assert!(matches!(fetch(&other, "b"), Ok(Fetched::Downloaded(_))), "what the mirror has wrong is had elsewhere");
    assert_eq!(fs::read(dir.path().join("b/set/file.bin")).unwrap(), b"another");
    let unknown = Source { sha256: None, ..source(&[], &content()) };
    assert!(fetch(&unknown, "c").unwrap_err().contains("no checksum"), "a file that cannot be checked is not taken");
}

#[test]
fn a_reply_without_end_is_left() {
    let (outcome, ranges, is_right) = run(&[Reply::Oversized]);
    assert!(outcome.unwrap_err().contains("longer than the 20000 bytes") && !is_right);
    assert_eq!(ranges.len(), 1);
}

#[test]
fn a_slow_and_a_silent_server_are_left() {
    let message = run(&[Reply::Slow, Reply::Status(500)]).0.unwrap_err();
    assert!(message.contains("too slow"), "{message}");
    let message = run(&[Reply::Silent]).0.unwrap_err();
    assert!(message.to_lowercase().contains("timeout"), "{message}");
}

#[test]
fn a_server_that_refuses_and_one_that_is_not_there() {
    assert!(run(&[Reply::Status(404)]).0.unwrap_err().contains("status 404"));
    let dir = tempfile::tempdir().unwrap();
    let error = get(&source(&["http://127.0.0.1:1/file"], &content()), dir.path(), &Notes::default()).unwrap_err();
    assert!(error.to_string().starts_with("`set/file.bin` could not be fetched: http://127.0.0.1:1/file: "), "{error}");
}

#[test]
fn what_cannot_be_fetched_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let error = get(&source(&[], &content()), dir.path(), &Notes::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`set/file.bin` cannot be fetched, since no checksum of a file at its source is known: nowhere"
    );
    fs::create_dir_all(dir.path().join("set")).unwrap();
    fs::write(dir.path().join("set/file.bin"), "another").unwrap();
    let error = get(&source(&[], &content()), dir.path(), &Notes::default()).unwrap_err();
    assert!(error.to_string().contains("found 7 bytes, expected 20000 as dataset `test` has"), "{error}");
}

#[test]
fn a_member_of_an_archive() {
    let mut tar = Vec::new();
    for (name, content) in [("folder/other.bin", vec![1_u8; 700]), ("folder/file.bin", content())] {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[156] = b'0';
        tar.extend(header);
        tar.extend(&content);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    let dir = tempfile::tempdir().unwrap();
    let packed = dir.path().join("a.tar.gz");
    let mut encoder = GzEncoder::new(fs::File::create(&packed).unwrap(), Compression::fast());
    io::Write::write_all(&mut encoder, &tar).unwrap();
    encoder.finish().unwrap();
    unpack::member(&packed, "folder", &dir.path().join("out/file.bin")).unwrap();
    assert_eq!(fs::read(dir.path().join("out/file.bin")).unwrap(), content());
    let error = unpack::member(&packed, "folder", &dir.path().join("out/none.bin")).unwrap_err();
    assert!(error.to_string().ends_with("has no member `folder/none.bin`"));
}
