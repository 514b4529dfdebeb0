//! The conformance suite: one module per chapter of SPEC.md.

mod linecount;
