//! `harness data` on folders that have nothing, something wrong, or a link that leads out; no connection is opened.

use std::path::Path;
use std::process::{Command, Output};

fn harness(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(arguments)
        .args(["--data-dir", folder.to_str().unwrap()])
        .output()
        .unwrap()
}

fn text(bytes: &[u8], folder: &Path) -> String {
    let folder = folder.to_str().unwrap();
    String::from_utf8_lossy(bytes).replace(folder, "DIR")
}

#[test]
fn the_folder_comes_from_the_flag_or_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let output = harness(folder.path(), &["data", "path"]);
    assert_eq!(text(&output.stdout, folder.path()), "DIR\n");
    let output = Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(["data", "path", "a9a"])
        .env("HARNESS_DATA_DIR", folder.path())
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout, folder.path()), "DIR/libsvm/a9a\nDIR/libsvm/a9a.t\n");
    assert_eq!(output.status.code(), Some(2), "they are not there");
    let message = text(&output.stderr, folder.path());
    assert!(message.contains("dataset `a9a` needs `libsvm/a9a` in the data folder DIR: no such file"), "{message}");
    assert!(message.contains("get it with `harness data fetch a9a`"), "{message}");
}

#[test]
fn the_list_says_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tabular")).unwrap();
    std::fs::write(folder.path().join("tabular/pima.csv"), "a,class\n1,0\n").unwrap();
    let output = harness(folder.path(), &["data", "list"]);
    let list = text(&output.stdout, folder.path());
    assert!(list.starts_with("data folder: DIR\n"), "{list}");
    let line = |name: &str| list.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(line("pima ").contains("wrong"), "{list}");
    assert!(line("mnist ").contains("missing") && line("mnist ").contains("fetch"), "{list}");
    assert!(line("concrete ").contains("by hand"), "{list}");
    let json: serde_json::Value =
        serde_json::from_slice(&harness(folder.path(), &["data", "list", "--json"]).stdout).unwrap();
    assert!(json["datasets"].as_array().is_some_and(|sets| sets.len() > 30));
}

#[test]
fn verify_tells_right_from_wrong() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(harness(folder.path(), &["data", "verify"]).status.code(), Some(0), "nothing there, nothing wrong");
    let output = harness(folder.path(), &["data", "verify", "heart"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout, folder.path()), "missing  libsvm/heart_scale\n");
    std::fs::create_dir(folder.path().join("libsvm")).unwrap();
    std::fs::write(folder.path().join("libsvm/heart_scale"), vec![b'1'; 27_670]).unwrap();
    let output = harness(folder.path(), &["data", "verify", "heart"]);
    let shown = text(&output.stdout, folder.path());
    assert!(shown.starts_with("wrong    libsvm/heart_scale: DIR/libsvm/heart_scale: found SHA-256 "), "{shown}");
    let message = text(&output.stderr, folder.path());
    assert!(message.contains("0 right, 0 missing, 1 wrong in DIR"), "{message}");
    assert!(message.contains("help: move what is wrong away and fetch it again"), "{message}");
}

#[test]
fn verify_misses_the_rest_of_a_set_that_is_partly_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("libsvm")).unwrap();
    std::fs::write(folder.path().join("libsvm/a9a.t"), "not it").unwrap();
    let output = harness(folder.path(), &["data", "verify"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output.stdout, folder.path());
    assert!(shown.starts_with("missing  libsvm/a9a\nwrong    libsvm/a9a.t: "), "{shown}");
    assert_eq!(shown.lines().count(), 2, "{shown}");
    let message = text(&output.stderr, folder.path());
    assert!(message.contains("0 right, 1 missing, 1 wrong in DIR"), "{message}");
    assert!(message.contains("get what is missing with `harness data fetch`; move what is wrong away"), "{message}");
}

#[test]
fn what_cannot_be_fetched_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let error = |name: &str| {
        let output = harness(folder.path(), &["data", "fetch", name]);
        assert_eq!(output.status.code(), Some(2));
        text(&output.stderr, folder.path())
    };
    assert!(error("iris").contains("dataset `iris` has no files"));
    assert!(error("fashon_mnist").contains("did you mean `fashion_mnist`?"));
    let by_hand = error("concrete");
    assert!(by_hand.contains("no checksum of a file at its source is known"), "{by_hand}");
    assert!(by_hand.contains("put it at DIR/tabular/concrete.csv"), "{by_hand}");
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("libsvm")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("libsvm/heart_scale")).unwrap();
    let output = harness(folder.path(), &["data", "path", "heart"]);
    let message = text(&output.stderr, folder.path());
    assert!(message.contains("DIR/libsvm/heart_scale: leads out of the data folder DIR"), "{message}");
}

/// Serves this body for every request, and says how many there were.
fn serve(body: Vec<u8>) -> (String, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&requests);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            // The program hangs up on a reply that is too long.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    (url, requests)
}

#[test]
fn what_a_mirror_has_is_checked_and_never_used_if_wrong() {
    let folder = tempfile::tempdir().unwrap();
    // As many bytes as the file has, and more of them.
    for (bytes, problem) in [(1320, "SHA-256"), (4000, "longer than the 1320 bytes")] {
        let (url, requests) = serve(vec![b'1'; bytes]);
        let output = harness(folder.path(), &["data", "fetch", "mcycle", "--mirror", &url]);
        let message = text(&output.stderr, folder.path());
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(
            message.contains("error: `tabular/mcycle.csv` could not be fetched: ") && message.contains(problem),
            "{message}"
        );
        assert!(!folder.path().join("tabular/mcycle.csv").exists());
        assert_eq!(requests.load(std::sync::atomic::Ordering::Relaxed), 1, "{message}");
    }
    let kept: Vec<_> = std::fs::read_dir(folder.path().join("quarantine")).unwrap().flatten().collect();
    assert_eq!(kept.len(), 1, "the wrong file of the right size is kept to be looked at");
}

#[test]
fn a_set_that_cannot_be_fetched_does_not_keep_the_others_away() {
    let folder = tempfile::tempdir().unwrap();
    let (url, requests) = serve(vec![b'1'; 1320]);
    let sets = ["data", "fetch", "mcycle", "concrete", "pima", "--mirror", &url, "--timeout", "5"];
    let output = harness(folder.path(), &sets);
    let message = text(&output.stderr, folder.path());
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert_eq!(requests.load(std::sync::atomic::Ordering::Relaxed), 3, "each is asked for: {message}");
    for file in ["mcycle", "concrete", "pima"] {
        assert!(message.contains(&format!("error: `tabular/{file}.csv` could not be fetched: ")), "{message}");
    }
    assert!(message.ends_with("error: 3 of 3 datasets could not be fetched: mcycle, concrete, pima\n"), "{message}");
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    // Connections are taken by the system and never answered.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let output = harness(folder.path(), &["data", "fetch", "mcycle", "--mirror", &url, "--timeout", "0.2"]);
    let message = text(&output.stderr, folder.path());
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("the server did not answer within 200ms"), "{message}");
    let output = harness(folder.path(), &["data", "fetch", "mcycle", "--timeout", "0"]);
    assert_eq!(output.status.code(), Some(2));
}
