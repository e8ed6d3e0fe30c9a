//! Numbers of a table: in memory, or in a mapped file and shared by the processes that use them.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::cache::Mapping;

/// A list of numbers that is read and not changed.
#[derive(Clone)]
pub struct Numbers(Source);

#[derive(Clone)]
enum Source {
    Owned(Vec<f64>),
    /// A mapped file, and the bytes of it that the numbers are.
    Mapped(Arc<Mapping>, Range<usize>),
}

impl Numbers {
    /// So many numbers of a mapped file from a byte on; `None` where they are not there or cannot begin there.
    pub(crate) fn mapped(file: &Arc<Mapping>, from: usize, len: usize) -> Option<Self> {
        let range = from..from.checked_add(len.checked_mul(size_of::<f64>())?)?;
        bytemuck::try_cast_slice::<u8, f64>(file.bytes().get(range.clone())?).ok()?;
        Some(Self(Source::Mapped(Arc::clone(file), range)))
    }

    /// The numbers as memory of this process.
    pub fn into_vec(self) -> Vec<f64> {
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

impl Deref for Numbers {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        match &self.0 {
            Source::Owned(numbers) => numbers,
            Source::Mapped(file, range) => bytemuck::cast_slice(&file.bytes()[range.clone()]),
        }
    }
}

impl Default for Numbers {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl From<Vec<f64>> for Numbers {
    fn from(numbers: Vec<f64>) -> Self {
        Self(Source::Owned(numbers))
    }
}

impl<T: AsRef<[f64]> + ?Sized> PartialEq<T> for Numbers {
    fn eq(&self, other: &T) -> bool {
        **self == *other.as_ref()
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
