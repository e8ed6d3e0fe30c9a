//! Integration tests: the real binary, on real files, in scratch folders. One binary, so that it links once.

mod bad_input;
mod bench;
mod docs;
mod inspect;
mod iterates;
mod list;
mod plugin;
mod support;
