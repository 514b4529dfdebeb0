//! [`Str`]: text in memory for Python.

use iolite::{IoBase, Result, StringIo, TextIo};
use pyo3::prelude::*;

use crate::errors::to_python;
use crate::guarded::Guarded;
use crate::text::{newline_of, read, read_line, seen};

/// The crate's `StringIo`, with positions in characters.
#[pyclass(frozen)]
pub(crate) struct Str(Guarded<StringIo>);

impl Str {
    fn call<R>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut StringIo) -> Result<R>,
    ) -> PyResult<R> {
        self.0.with(py, |stream| call(stream).map_err(to_python))
    }
}

#[pymethods]
impl Str {
    #[new]
    fn new(text: &str, newline: Option<&str>) -> PyResult<Str> {
        let stream = StringIo::with_newline(text, newline_of(newline)?);
        Ok(Str(Guarded::new(stream)))
    }

    fn getvalue(&self, py: Python<'_>) -> PyResult<String> {
        self.call(py, |stream| Ok(stream.as_str().to_owned()))
    }

    fn read(&self, py: Python<'_>, n: Option<usize>) -> PyResult<String> {
        self.call(py, |stream| read(stream, n))
    }

    fn readline(&self, py: Python<'_>, max: Option<usize>) -> PyResult<String> {
        self.call(py, |stream| read_line(stream, max))
    }

    fn write(&self, py: Python<'_>, text: &str) -> PyResult<()> {
        self.call(py, |stream| stream.write_str(text))
    }

    fn tell(&self, py: Python<'_>) -> PyResult<u64> {
        self.call(py, |stream| stream.tell_chars())
    }

    fn seek(&self, py: Python<'_>, position: u64) -> PyResult<()> {
        self.call(py, |stream| stream.seek_chars(position))
    }

    fn seek_end(&self, py: Python<'_>) -> PyResult<u64> {
        self.call(py, |stream| {
            stream.seek_chars(stream.as_str().chars().count() as u64)?;
            stream.tell_chars()
        })
    }

    fn truncate(&self, py: Python<'_>, size: Option<u64>) -> PyResult<u64> {
        self.call(py, |stream| stream.truncate_chars(size))
    }

    fn newlines(&self, py: Python<'_>) -> PyResult<Vec<&'static str>> {
        self.call(py, |stream| Ok(seen(stream.newlines())))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, |stream| stream.close())
    }

    fn is_closed(&self, py: Python<'_>) -> PyResult<bool> {
        self.call(py, |stream| Ok(stream.is_closed()))
    }
}
