//! From records to statistics: pure functions.
