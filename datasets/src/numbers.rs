//! Numbers of a table: in memory, or in a mapped file and shared by the processes that use them.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use bytemuck::Pod;

use crate::cache::Mapping;

/// A list of numbers that is read and not changed.
#[derive(Clone)]
pub struct Numbers<T = f64>(Source<T>);

#[derive(Clone)]
enum Source<T> {
    Owned(Vec<T>),
    /// A mapped file, and the bytes of it that the numbers are.
    Mapped(Arc<Mapping>, Range<usize>),
}

impl<T: Pod> Numbers<T> {
    /// So many numbers of a mapped file from a byte on; `None` where they are not there or cannot begin there.
    pub(crate) fn mapped(file: &Arc<Mapping>, from: usize, len: usize) -> Option<Self> {
        let range = from..from.checked_add(len.checked_mul(size_of::<T>())?)?;
        bytemuck::try_cast_slice::<u8, T>(file.bytes().get(range.clone())?).ok()?;
        Some(Self(Source::Mapped(Arc::clone(file), range)))
    }

    /// The numbers as memory of this process.
    pub fn into_vec(self) -> Vec<T> {
        match self.0 {
            Source::Owned(numbers) => numbers,
            Source::Mapped(file, range) => file.read(range),
        }
    }

    /// Whether they are in a mapped file.
    pub fn is_mapped(&self) -> bool {
        matches!(self.0, Source::Mapped(..))
    }
}

impl<T: Pod> Deref for Numbers<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Source::Owned(numbers) => numbers,
            Source::Mapped(file, range) => bytemuck::cast_slice(&file.bytes()[range.clone()]),
        }
    }
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T> From<Vec<T>> for Numbers<T> {
    fn from(numbers: Vec<T>) -> Self {
        Self(Source::Owned(numbers))
    }
}

impl<U: AsRef<[f64]> + ?Sized> PartialEq<U> for Numbers {
    fn eq(&self, other: &U) -> bool {
        **self == *other.as_ref()
    }
}

impl<T: Pod + PartialEq> PartialEq for Numbers<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for Numbers<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
