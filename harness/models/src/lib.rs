//! Mixture-of-experts likelihoods and the kernels that optimizers call.
