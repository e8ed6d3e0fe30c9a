//! Numbers of a table: in memory, or mapped from the cache on disk and shared by the processes that use them.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::cache::Mapping;

/// A list of numbers that is read and not changed.
#[derive(Clone)]
pub struct Numbers(Source);

#[derive(Clone)]
enum Source {
    Owned(Vec<f64>),
    /// A mapped file, and where the numbers are in it.
    Mapped(Arc<Mapping>, usize),
}

impl Numbers {
    /// The numbers of a mapped file from a byte on; `None` where they cannot begin there.
    pub(crate) fn mapped(file: Arc<Mapping>, from: usize) -> Option<Self> {
        bytemuck::try_cast_slice::<u8, f64>(file.bytes().get(from..)?).ok()?;
        Some(Self(Source::Mapped(file, from)))
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
            Source::Mapped(file, from) => bytemuck::cast_slice(&file.bytes()[*from..]),
        }
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
