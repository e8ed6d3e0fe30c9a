//! The registry of datasets: embedded sets, synthetic generators, files.
