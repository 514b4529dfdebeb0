//! [`Newlines`]: newlines on the way in for Python.

use iolite::text::NewlineDecoder;
use pyo3::prelude::*;

use crate::guarded::Guarded;
use crate::text::{newline_of, seen};

/// The crate's `NewlineDecoder`.
#[pyclass(frozen)]
pub(crate) struct Newlines(Guarded<NewlineDecoder>);

#[pymethods]
impl Newlines {
    #[new]
    fn new(newline: Option<&str>) -> PyResult<Newlines> {
        let decoder = NewlineDecoder::new(newline_of(newline)?);
        Ok(Newlines(Guarded::new(decoder)))
    }

    fn decode(&self, py: Python<'_>, text: &str, last: bool) -> PyResult<String> {
        self.0.with(py, |decoder| {
            let mut out = String::with_capacity(text.len());
            decoder.decode(text, last, &mut out);
            Ok(out)
        })
    }

    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        self.0.with(py, |decoder| {
            decoder.reset();
            Ok(())
        })
    }

    fn state(&self, py: Python<'_>) -> PyResult<bool> {
        self.0.with(py, |decoder| Ok(decoder.state()))
    }

    fn set_state(&self, py: Python<'_>, state: bool) -> PyResult<()> {
        self.0.with(py, |decoder| {
            decoder.set_state(state);
            Ok(())
        })
    }

    fn newlines(&self, py: Python<'_>) -> PyResult<Vec<&'static str>> {
        self.0.with(py, |decoder| Ok(seen(decoder.newlines())))
    }
}
