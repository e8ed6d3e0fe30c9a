//! What an instance must give back when it ends.

use super::host::Behaviour;
use super::session::Subject;
use super::verdict::Finding;

/// Open files before and after many instances.
pub(super) fn descriptors(subject: &Subject) -> Finding {
    const INSTANCES: usize = 16;
    let run = || -> bool {
        let Ok(mut session) = subject.begin(Behaviour::GOOD, 1) else { return false };
        session.step().is_ok() | session.step().is_ok()
    };
    // What is opened once, such as an interpreter's files, may stay.
    if !run() || !run() {
        return Finding::see_runs();
    }
    let Some(before) = open_files() else { return Finding::Skipped("this system does not list open files".to_owned()) };
    for _ in 0..INSTANCES {
        run();
    }
    match open_files() {
        Some(after) if after >= before + INSTANCES => {
            Finding::Failed(format!("{INSTANCES} instances left {} files open", after - before))
        }
        _ => Finding::passed(),
    }
}

fn open_files() -> Option<usize> {
    Some(std::fs::read_dir("/dev/fd").ok()?.count())
}
