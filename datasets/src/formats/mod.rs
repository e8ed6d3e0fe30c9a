//! Readers of users' files, one format a file. A reader knows bytes and columns, not the registry and not the split.

pub(crate) mod csv;
mod labels;
mod read;

pub(crate) use self::read::read;
