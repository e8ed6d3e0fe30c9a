//! Prepared data that several processes use: the first of them prepares, the others wait and map the same memory.
//!
//! The memory is a file without a name. It goes with the last process that holds it, however that one ends, and once
//! it is filled it is sealed, so that nobody can change what the others see. Being sealed is also what tells a whole
//! file from one whose maker died.

mod layout;

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::prepare::Prepared;

/// Room for one dataset in memory that processes share.
#[derive(Debug)]
pub struct SharedFile(File);

impl SharedFile {
    /// An empty one, to be given to every process that needs the dataset.
    ///
    /// # Errors
    ///
    /// The system has no such files, or no more of them.
    pub fn new() -> io::Result<Self> {
        Ok(Self(File::from(system::create()?)))
    }

    /// The data in it; where there are none yet, those that `prepare` makes, which are in it afterwards. What cannot
    /// be shared is used all the same.
    ///
    /// Waits for another process that is at it.
    ///
    /// # Errors
    ///
    /// Those of `prepare`.
    pub fn get_or_prepare<E>(&self, prepare: impl Fn() -> Result<Prepared, E>) -> Result<Prepared, E> {
        let Ok(_lock) = system::Lock::of(&self.0) else { return prepare() };
        if let Some(whole) = self.whole() {
            return Ok(whole);
        }
        // Storing takes the numbers apart, so that no second copy is needed: where it fails they are made again.
        if layout::write(&self.0, prepare()?).and_then(|()| Ok(system::seal(&self.0)?)).is_ok()
            && let Some(whole) = self.whole()
        {
            return Ok(whole);
        }
        let _ = self.0.set_len(0);
        prepare()
    }

    fn whole(&self) -> Option<Prepared> {
        system::is_sealed(&self.0).then(|| layout::mapped(&self.0))?
    }
}

impl From<OwnedFd> for SharedFile {
    fn from(descriptor: OwnedFd) -> Self {
        Self(File::from(descriptor))
    }
}

impl AsFd for SharedFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs::File;
    use std::os::fd::OwnedFd;

    use rustix::fs::{FlockOperation, MemfdFlags, SealFlags};
    use rustix::io::Result;

    const SEALS: SealFlags = SealFlags::WRITE.union(SealFlags::GROW).union(SealFlags::SHRINK).union(SealFlags::SEAL);

    pub(super) fn create() -> Result<OwnedFd> {
        rustix::fs::memfd_create("harness-data", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)
    }

    pub(super) fn seal(file: &File) -> Result<()> {
        rustix::fs::fcntl_add_seals(file, SEALS)
    }

    pub(super) fn is_sealed(file: &File) -> bool {
        rustix::fs::fcntl_get_seals(file).is_ok_and(|seals| seals.contains(SEALS))
    }

    /// Held by one process at a time; the system takes it back from one that dies.
    pub(super) struct Lock<'a>(&'a File);

    impl<'a> Lock<'a> {
        pub(super) fn of(file: &'a File) -> Result<Self> {
            // The locks of `flock` would not do: the processes share one open file, which is what those belong to.
            rustix::fs::fcntl_lock(file, FlockOperation::LockExclusive).map(|()| Self(file))
        }
    }

    impl Drop for Lock<'_> {
        fn drop(&mut self) {
            let _ = rustix::fs::fcntl_lock(self.0, FlockOperation::Unlock);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::fs::File;
    use std::io::{Error, ErrorKind, Result};
    use std::os::fd::OwnedFd;

    pub(super) fn create() -> Result<OwnedFd> {
        Err(Error::from(ErrorKind::Unsupported))
    }

    pub(super) fn seal(_file: &File) -> Result<()> {
        Err(Error::from(ErrorKind::Unsupported))
    }

    pub(super) fn is_sealed(_file: &File) -> bool {
        false
    }

    pub(super) struct Lock;

    impl Lock {
        pub(super) fn of(_file: &File) -> Result<Self> {
            Err(Error::from(ErrorKind::Unsupported))
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::cell::Cell;
    use std::io::Write;

    use super::*;
    use crate::matrix::{Matrix, Storage};
    use crate::prepare::Part;
    use crate::table::{Target, Truth};

    fn prepared() -> Prepared {
        let names = vec!["no".to_owned(), "yes".to_owned()];
        let part = |x: &[f64], labels: &[u32]| Part {
            x: Matrix::F64(x.to_vec().into()),
            n: labels.len(),
            d: 2,
            target: Target::Classes { labels: labels.to_vec(), names: names.clone() },
        };
        Prepared {
            name: "small".to_owned(),
            hash: "0123".to_owned(),
            train: part(&[1.0, -0.0, f64::MIN_POSITIVE, 4.0, 5e300, 6.0], &[1, 0, 1]),
            test: Some(part(&[0.1, 0.2], &[1])),
            columns: vec!["a".to_owned(), "intercept".to_owned()],
            dropped: vec!["b".to_owned()],
            truth: Some(Truth {
                gate: vec![vec![0.1 + 0.2, 1.0]],
                experts: vec![vec![vec![1e-300, 2.0 / 3.0]]],
                sigma: 1.0,
                family: "logistic".to_owned(),
            }),
        }
    }

    fn never() -> Result<Prepared, String> {
        Err("prepared again".to_owned())
    }

    #[test]
    fn prepared_once_and_the_same_for_all() {
        let real = |n: usize| Target::Real((0..n).map(|i| i as f64 / 3.0).collect());
        let mut regression = prepared();
        regression.train.target = real(3);
        (regression.test, regression.truth) = (None, None);
        let mut narrow = prepared();
        narrow.train.x = Matrix::new(vec![0.1, -0.0, 1e-38, 4.0, 3e38, 6.0], Storage::F32).unwrap();
        narrow.test = None;
        for made in [prepared(), regression, narrow] {
            let file = SharedFile::new().unwrap();
            let first = file.get_or_prepare(|| Ok::<_, String>(made.clone())).unwrap();
            let second = file.get_or_prepare(never).unwrap();
            for found in [first, second] {
                assert!(found.train.x.is_mapped());
                assert_eq!(found, made);
                let from = match &found.train.x {
                    Matrix::F64(numbers) => numbers.as_ptr().addr(),
                    Matrix::F32(numbers) => numbers.as_ptr().addr(),
                };
                assert_eq!(from % 64, 0);
            }
        }
    }

    #[test]
    fn nobody_can_change_it() {
        let file = SharedFile::new().unwrap();
        file.get_or_prepare(|| Ok::<_, String>(prepared())).unwrap();
        assert!((&file.0).write_all(b"x").is_err());
        assert!(file.0.set_len(0).is_err());
    }

    #[test]
    fn what_a_dead_process_left_is_made_again() {
        let file = SharedFile::new().unwrap();
        layout::write(&file.0, prepared()).unwrap();
        let calls = Cell::new(0);
        let found = file.get_or_prepare(|| {
            calls.set(calls.get() + 1);
            Ok::<_, String>(Prepared { hash: "later".to_owned(), ..prepared() })
        });
        assert_eq!((found.unwrap().hash.as_str(), calls.get()), ("later", 1));
    }

    #[test]
    fn a_failure_leaves_it_empty() {
        let file = SharedFile::new().unwrap();
        assert_eq!(file.get_or_prepare(never).unwrap_err(), "prepared again");
        assert!(file.get_or_prepare(|| Ok::<_, String>(prepared())).unwrap().train.x.is_mapped());
    }

    #[test]
    fn what_cannot_be_stored_is_used_all_the_same() {
        let (read, _write) = rustix::pipe::pipe().unwrap();
        let found = SharedFile::from(read).get_or_prepare(|| Ok::<_, String>(prepared())).unwrap();
        assert!(!found.train.x.is_mapped());
        assert_eq!(found, prepared());
    }
}
