//! Where files come to be: one process at a time, and nowhere but in the data folder.

use std::sync::mpsc;

use super::*;

/// Says when it waits.
struct Signal(mpsc::Sender<()>);

impl Watch for Signal {
    fn begin(&self, _file: &str, _url: &str, _have: u64, _bytes: u64) {}
    fn advance(&self, _have: u64) {}
    fn failed(&self, _url: &str, _reason: &str) {}
    fn waiting(&self, _part: &Path) {
        self.0.send(()).unwrap();
    }
    fn checking(&self, _path: &Path) {}
}

#[test]
fn of_several_at_once_one_downloads() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("set/file.bin");
    let server = Server::new(&content(), &[Reply::Good]);
    let source = source(&[&server.url], &content());
    let settings = Settings { mirror: None, patience: PATIENCE };
    // Twice: the one that was at it brings the file, or gives up in the middle.
    for is_brought in [true, false] {
        let mut first = part::Part::take(&path, dir.path(), &Notes::default()).unwrap();
        let (sender, waits) = mpsc::channel();
        let outcome = std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                let watch = Signal(sender);
                let fetch =
                    Fetch { dataset: "test", origin: "", folder: dir.path(), settings: &settings, watch: &watch };
                fetch.all(&[source]).pop().unwrap().unwrap()
            });
            waits.recv().unwrap();
            io::Write::write_all(&mut first, &content()[..if is_brought { 20_000 } else { 6000 }]).unwrap();
            if is_brought {
                first.settle().unwrap();
            } else {
                drop(first);
            }
            second.join().unwrap()
        });
        let expected = if is_brought { Fetched::Present(path.clone()) } else { Fetched::Downloaded(path.clone()) };
        assert_eq!(outcome, expected);
        assert_eq!(fs::read(&path).unwrap(), content());
        assert_eq!(fs::read_dir(dir.path().join("set")).unwrap().count(), 1, "no part is left");
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(*server.ranges.lock().unwrap(), [Some(6000)]);
}

#[test]
fn nothing_is_written_through_links_or_into_pipes() {
    let server = Server::new(&content(), &[Reply::Good]);
    let source = source(&[&server.url], &content());
    let refused = |prepare: &dyn Fn(&Path), message: &str| {
        let dir = tempfile::tempdir().unwrap();
        let (folder, outside) = (dir.path().join("data"), dir.path().join("outside"));
        fs::create_dir_all(folder.join("set")).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("mine"), "precious").unwrap();
        prepare(dir.path());
        let error = get(&source, &folder, &Notes::default()).unwrap_err().to_string();
        assert_eq!(error.replace(dir.path().to_str().unwrap(), "DIR"), message);
        assert_eq!(fs::read(outside.join("mine")).unwrap(), b"precious");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    };
    let link = |from: &Path, to: &Path| std::os::unix::fs::symlink(to, from).unwrap();
    let pipe = |path: &Path| {
        rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    };
    let expected = "expected a regular file or nothing";
    refused(
        &|dir| link(&dir.join("data/set/file.bin.part"), &dir.join("outside/mine")),
        &format!("DIR/data/set/file.bin.part: found a symbolic link, {expected}"),
    );
    refused(
        &|dir| link(&dir.join("data/set/file.bin"), &dir.join("outside/new")),
        &format!("DIR/data/set/file.bin: found a symbolic link, {expected}"),
    );
    refused(
        &|dir| pipe(&dir.join("data/set/file.bin.part")),
        &format!("DIR/data/set/file.bin.part: found a pipe or a device, {expected}"),
    );
    refused(
        &|dir| {
            fs::remove_dir(dir.join("data/set")).unwrap();
            link(&dir.join("data/set"), &dir.join("outside"));
        },
        "DIR/data/set: leads out of the data folder DIR/data",
    );
    refused(
        &|dir| pipe(&dir.join("data/set/file.bin")),
        "DIR/data/set/file.bin: found no regular file, expected a data file",
    );
    assert_eq!(server.ranges.lock().unwrap().len(), 0, "no connection is opened");
}
