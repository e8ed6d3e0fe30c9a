//! The numbers of a design matrix: in memory of their own, or in memory that somebody else keeps; as f64, or as f32.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::buffer::Buffer;
use crate::kernels::element::Elements;

/// Numbers that somebody else keeps, such as a mapped file.
pub(crate) type Shared<T> = Arc<dyn Deref<Target = [T]> + Send + Sync>;

#[derive(Clone)]
pub(crate) enum Design {
    Owned(Buffer),
    Shared(Shared<f64>),
    Narrow(Shared<f32>),
}

impl Design {
    pub(crate) fn elements(&self) -> Elements<'_> {
        match self {
            Self::Owned(numbers) => Elements::F64(numbers),
            Self::Shared(numbers) => Elements::F64(numbers),
            Self::Narrow(numbers) => Elements::F32(numbers),
        }
    }
}

impl PartialEq for Design {
    fn eq(&self, other: &Self) -> bool {
        match (self.elements(), other.elements()) {
            (Elements::F64(a), Elements::F64(b)) => a == b,
            (Elements::F32(a), Elements::F32(b)) => a == b,
            _ => false,
        }
    }
}

impl fmt::Debug for Design {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.elements().fmt(f)
    }
}
