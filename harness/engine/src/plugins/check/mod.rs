//! `harness plugin check`: the rules of the contract, each tried in a process of its own.
//!
//! [`check`] stays outside: it starts one process per case, which calls [`run_case`], and judges what that leaves
//! behind: a note, an exit, a signal, or nothing at all before the limit.

mod cases;
mod declared;
mod host;
mod inside;
mod limits;
mod outside;
mod saved;
mod session;
mod verdict;

pub use inside::run_case;
pub use outside::{CheckError, CheckOptions, case_names, check};
pub use verdict::{CheckStatus, Verdict};
