//! Where CPython's `io` loses data, damages files or leaves a question open, next to what happens
//! here.
//!
//! Each test has the Python program and what CPython 3.13.0 prints for it. Where an interpreter is
//! there (`$ORACLE_PYTHON`, or `python3`), it is asked again: 3.13.0 must still say so, another
//! version may have been repaired, which is told.

mod chapter;
mod devices;
mod more;
mod record;
mod ten;
