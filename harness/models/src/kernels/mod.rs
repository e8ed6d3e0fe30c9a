//! The inner loops, written once over a vector unit and compiled for each that a machine may have.
//!
//! Here is all of this crate's `unsafe`: vector instructions behind [`Simd`], the products' address
//! arithmetic, and advice to the system on pages. Nothing here knows of likelihoods, files or threads.

pub(crate) mod element;
pub(crate) mod exp;
pub(crate) mod pages;
mod portable;
pub(crate) mod products;
pub(crate) mod scale;
mod simd;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;

pub use exp::{exp_in_place, ln_in_place};
pub use simd::{Kernel, Level, MOST_LANES, Simd};
