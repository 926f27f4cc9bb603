//! The test suite: one binary, one module per kind of test.

mod architecture;
