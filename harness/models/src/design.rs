//! The numbers of a design matrix: in memory of their own, or in memory that somebody else keeps.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::buffer::Buffer;

/// Numbers that somebody else keeps, such as a mapped file.
pub(crate) type Shared = Arc<dyn Deref<Target = [f64]> + Send + Sync>;

#[derive(Clone)]
pub(crate) enum Design {
    Owned(Buffer),
    Shared(Shared),
}

impl Deref for Design {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        match self {
            Self::Owned(numbers) => numbers,
            Self::Shared(numbers) => numbers,
        }
    }
}

impl PartialEq for Design {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Design {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
