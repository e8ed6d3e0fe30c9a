//! Random problems, and the likelihood by plain enumeration for comparison.
