//! Downloads from a server on this machine that answers well and badly.

mod archives;
mod places;

use std::fs;
use std::path::Path;
use std::sync::Mutex;

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

    fn waiting(&self, _part: &Path) {
        self.0.lock().unwrap().push("waiting".to_owned());
    }

    fn checking(&self, path: &Path) {
        self.0.lock().unwrap().push(format!("checking {}", path.file_name().unwrap().to_string_lossy()));
    }
}

impl Notes {
    fn has(&self, text: &str) -> bool {
        self.0.lock().unwrap().iter().any(|note| note.contains(text))
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

/// Servers of these tests answer at once or never.
const PATIENCE: Duration = Duration::from_millis(300);

fn all(sources: &[Source], folder: &Path, mirror: Option<&str>, notes: &Notes) -> Vec<Result<Fetched, FetchError>> {
    let settings = Settings { mirror, patience: PATIENCE };
    Fetch { dataset: "test", origin: "nowhere", folder, settings: &settings, watch: notes }.all(sources)
}

fn get(source: &Source, folder: &Path, notes: &Notes) -> Result<Fetched, FetchError> {
    all(&[*source], folder, None, notes).pop().unwrap()
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
        let outcome = all(&[*source], &dir.path().join(folder), mirror, &notes).pop().unwrap();
        outcome.map_err(|error| error.to_string())
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
    assert!(message.contains("the server did not answer within 300ms"), "{message}");
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
fn a_server_that_stalls_is_left_and_what_came_is_kept() {
    let (outcome, ranges, is_right) = run(&[Reply::Stalled(6000), Reply::Status(503)]);
    let message = outcome.unwrap_err();
    assert!(message.contains("the server sent nothing for 300ms after 6000 of 20000 bytes"), "{message}");
    assert_eq!((ranges, is_right), (vec![None, Some(6000)], false));
    let (outcome, ranges, is_right) = run(&[Reply::Stalled(6000), Reply::Good]);
    assert!(outcome.is_ok() && is_right, "{outcome:?}");
    assert_eq!(ranges, [None, Some(6000)]);
}

#[test]
fn a_part_that_began_wrongly_is_thrown_away() {
    // An error page of one mirror is where the others would go on.
    let dir = tempfile::tempdir().unwrap();
    let wrong = Server::new(&content(), &[Reply::Short(500)]);
    let good = Server::new(&content(), &[Reply::Good]);
    let notes = Notes::default();
    let outcome = get(&source(&[&wrong.url, &good.url], &content()), dir.path(), &notes);
    assert!(matches!(outcome, Ok(Fetched::Downloaded(_))), "{outcome:?}");
    assert_eq!(*good.ranges.lock().unwrap(), [Some(500), None]);
    assert!(notes.has("what was there from before is thrown away"));
    // The same from one server.
    let (outcome, ranges, is_right) = run(&[Reply::Short(500), Reply::Good]);
    assert!(outcome.is_ok() && is_right, "{outcome:?}");
    assert_eq!(ranges, [None, Some(500), None]);
    // One that has another file is asked once more, not for ever.
    let (outcome, ranges, is_right) = run(&[Reply::CutOff(7000), Reply::Other]);
    assert!(outcome.unwrap_err().contains("kept as") && !is_right);
    assert_eq!(ranges, [None, Some(7000), None]);
}

#[test]
fn a_part_beyond_the_end_of_the_servers_file_is_thrown_away() {
    let (outcome, ranges, is_right) = run(&[Reply::CutOff(7000), Reply::Unsatisfiable]);
    assert!(outcome.is_ok() && is_right, "{outcome:?}");
    assert_eq!(ranges, [None, Some(7000), None]);
}

#[test]
fn a_reply_of_another_size_leaves_the_part_alone() {
    let dir = tempfile::tempdir().unwrap();
    let broken = Server::new(&content(), &[Reply::CutOff(6000), Reply::Status(503)]);
    let short = Server::new(b"another file", &[Reply::Whole]);
    let good = Server::new(&content(), &[Reply::Good]);
    let notes = Notes::default();
    let outcome = get(&source(&[&broken.url, &short.url, &good.url], &content()), dir.path(), &notes);
    assert!(outcome.is_ok(), "{outcome:?}");
    assert!(notes.has("the reply is shorter than the 20000 bytes of the file: it has 12"));
    assert_eq!(*good.ranges.lock().unwrap(), [Some(6000)]);
}

#[test]
fn a_file_that_cannot_be_had_does_not_keep_the_others_away() {
    let dir = tempfile::tempdir().unwrap();
    let good = Server::new(&content(), &[Reply::Good]);
    let none = source(&[], &content());
    let there = Source { path: "set/other.bin", ..source(&[&good.url], &content()) };
    let outcomes = all(&[none, there], dir.path(), None, &Notes::default());
    assert!(matches!(outcomes[..], [Err(FetchError::NotFetchable { .. }), Ok(Fetched::Downloaded(_))]), "{outcomes:?}");
}
