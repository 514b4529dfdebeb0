//! [`Text`]: text over buffered streams for Python.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use iolite::text::TextPosition;
use iolite::{
    Encoding, Error, ErrorPolicy, IoBase, Newline, Result, TextIo, TextIoExt, TextIoWrapper,
    TextOptions,
};
use pyo3::exceptions::{PyLookupError, PyValueError};
use pyo3::prelude::*;

use crate::codec;
use crate::errors::to_python;
use crate::guarded::Guarded;
use crate::py_buffer::PyBuffer;

/// The crate's `TextIoWrapper` over a Python object; nothing once it was detached.
#[pyclass(frozen)]
pub(crate) struct Text {
    stream: Guarded<Option<TextIoWrapper<PyBuffer>>>,
    chunk_size: Arc<AtomicUsize>,
}

/// Python's `newline=`.
pub(crate) fn newline_of(newline: Option<&str>) -> PyResult<Newline> {
    match newline {
        None => Ok(Newline::Universal),
        Some("") => Ok(Newline::Keep),
        Some("\n") => Ok(Newline::Lf),
        Some("\r") => Ok(Newline::Cr),
        Some("\r\n") => Ok(Newline::CrLf),
        Some(other) => Err(PyValueError::new_err(format!(
            "illegal newline value: {other}"
        ))),
    }
}

/// The crate's encoding of a name, or else Python's.
fn encoding_of(py: Python<'_>, name: &str) -> PyResult<Encoding> {
    match name.parse() {
        Ok(encoding) => Ok(encoding),
        Err(error @ Error::UnknownEncoding { .. }) if name.contains('\0') => Err(to_python(error)),
        Err(_) => codec::lookup(py, name),
    }
}

fn errors_of(name: &str) -> PyResult<ErrorPolicy> {
    let words = || format!("unknown error handler name '{name}'");
    name.parse()
        .map_err(|_: Error| PyLookupError::new_err(words()))
}

/// All text up to the end, or up to `n` characters; what is there now.
pub(crate) fn read(stream: &mut impl TextIo, n: Option<usize>) -> Result<String> {
    let mut text = String::new();
    let outcome = match n {
        Some(n) => stream.read_chars(n, &mut text),
        None => stream.read_to_string(&mut text),
    };
    match outcome {
        Err(error) if !error.is_would_block() => Err(error),
        _ => Ok(text),
    }
}

/// A line with what ends it, or a part of `max` characters.
pub(crate) fn read_line(stream: &mut impl TextIo, max: Option<usize>) -> Result<String> {
    let mut line = String::new();
    let outcome = match max {
        Some(max) => stream.read_line_part(max, &mut line),
        None => stream.read_line(&mut line),
    };
    match outcome {
        Err(error) if !error.is_would_block() => Err(error),
        _ => Ok(line),
    }
}

/// The line ends that were seen, in Python's order.
pub(crate) fn seen(endings: iolite::text::LineEndings) -> Vec<&'static str> {
    endings.iter().map(|ending| ending.as_str()).collect()
}

impl Text {
    fn call<R>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut TextIoWrapper<PyBuffer>) -> Result<R>,
    ) -> PyResult<R> {
        self.stream.with(py, |stream| match stream {
            Some(stream) => call(stream).map_err(to_python),
            None => Err(PyValueError::new_err("underlying buffer has been detached")),
        })
    }
}

#[pymethods]
impl Text {
    /// Python's `write_through` asks for nothing: text is handed to the buffer at once anyway, and
    /// the crate's option of that name flushes the buffer, too.
    #[new]
    fn new(
        py: Python<'_>,
        buffer: &Bound<'_, PyAny>,
        encoding: &str,
        errors: &str,
        newline: Option<&str>,
        line_buffering: bool,
        chunk_size: usize,
    ) -> PyResult<Text> {
        let options = TextOptions::new()
            .encoding(encoding_of(py, encoding)?)
            .errors(errors_of(errors)?)
            .newline(newline_of(newline)?)
            .line_buffering(line_buffering);
        let chunk_size = Arc::new(AtomicUsize::new(chunk_size));
        let buffer = PyBuffer::new(buffer, Arc::clone(&chunk_size))?;
        let stream = TextIoWrapper::with_options(buffer, options);
        Ok(Text {
            stream: Guarded::new(Some(stream)),
            chunk_size,
        })
    }

    /// Whether the crate takes these arguments; said before a file is opened.
    #[staticmethod]
    fn check(py: Python<'_>, encoding: &str, errors: &str, newline: Option<&str>) -> PyResult<()> {
        encoding_of(py, encoding)?;
        errors_of(errors)?;
        newline_of(newline)?;
        Ok(())
    }

    fn set_chunk_size(&self, size: usize) {
        self.chunk_size.store(size, Ordering::Relaxed);
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

    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, |stream| stream.flush())
    }

    /// The numbers of a position: where, in which state, and behind how many characters.
    fn tell(&self, py: Python<'_>) -> PyResult<(u64, u64, u64)> {
        let position = self.call(py, |stream| stream.tell())?.to_string();
        let mut parts = position.split('/').map(str::parse);
        let mut next = || parts.next().unwrap_or(Ok(0));
        Ok((next()?, next()?, next()?))
    }

    fn seek(&self, py: Python<'_>, offset: u64, state: u64, skip: u64) -> PyResult<()> {
        let position = match skip {
            0 => format!("{offset}/{state}"),
            skip => format!("{offset}/{state}/{skip}"),
        };
        let position = position.parse::<TextPosition>();
        self.call(py, |stream| stream.seek(position?))
    }

    fn seek_end(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, |stream| stream.seek_end())
    }

    fn truncate(&self, py: Python<'_>, size: Option<u64>) -> PyResult<u64> {
        self.call(py, |stream| stream.truncate(size))
    }

    fn newlines(&self, py: Python<'_>) -> PyResult<Vec<&'static str>> {
        self.call(py, |stream| Ok(seen(stream.newlines())))
    }

    /// What is `None` stays as it is; `newline` is a tuple of the new one, or empty.
    fn reconfigure(
        &self,
        py: Python<'_>,
        encoding: Option<&str>,
        errors: Option<&str>,
        newline: Vec<Option<String>>,
        line_buffering: Option<bool>,
    ) -> PyResult<()> {
        let (encoding, errors) = (
            encoding.map(|name| encoding_of(py, name)).transpose()?,
            errors.map(errors_of).transpose()?,
        );
        let newline = newline
            .first()
            .map(|newline| newline_of(newline.as_deref()))
            .transpose()?;
        self.call(py, |stream| {
            let line_buffering = line_buffering.unwrap_or(stream.line_buffering());
            let mut new = stream.options().line_buffering(line_buffering);
            if let Some(encoding) = encoding {
                new = new.encoding(encoding);
            }
            if let Some(errors) = errors {
                new = new.errors(errors);
            }
            if let Some(newline) = newline {
                new = new.newline(newline);
            }
            stream.reconfigure(new)
        })
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, |stream| stream.close())
    }

    fn detach(&self, py: Python<'_>) -> PyResult<()> {
        self.stream.with(py, |place| {
            let Some(stream) = place.take() else {
                return Err(PyValueError::new_err("underlying buffer has been detached"));
            };
            stream.detach().map(drop).map_err(|failed| {
                let (error, stream) = failed.into_parts();
                *place = Some(stream);
                to_python(error)
            })
        })
    }
}
