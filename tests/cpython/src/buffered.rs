//! [`Buffered`]: the buffered streams for Python.

use std::io;

use iolite::{BufferedReader, BufferedRwPair, BufferedWriter};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::arguments::{Target, bytes_of, place, size};
use crate::errors::to_python;
use crate::guarded::Guarded;
use crate::py_raw::PyRaw;
use crate::stream::{Stream, read, read_all, read_line, read_once};
use crate::turns::Turns;

/// A buffered stream over Python objects; nothing once it was detached.
#[pyclass(frozen)]
pub(crate) struct Buffered(Guarded<Option<Box<dyn Stream>>>);

impl Buffered {
    fn over(stream: impl Stream + 'static) -> Buffered {
        Buffered(Guarded::new(Some(Box::new(stream))))
    }

    fn call<R>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut dyn Stream) -> io::Result<R>,
    ) -> PyResult<R> {
        self.0.with(py, |stream| match stream {
            Some(stream) => call(&mut **stream).map_err(to_python),
            None => Err(PyValueError::new_err("raw stream has been detached")),
        })
    }
}

#[pymethods]
impl Buffered {
    #[staticmethod]
    fn reader(raw: Py<PyAny>, capacity: usize) -> Buffered {
        Buffered::over(BufferedReader::with_capacity(capacity, PyRaw(raw)))
    }

    #[staticmethod]
    fn writer(raw: Py<PyAny>, capacity: usize) -> Buffered {
        Buffered::over(BufferedWriter::with_capacity(capacity, PyRaw(raw)))
    }

    #[staticmethod]
    fn random(raw: Py<PyAny>, capacity: usize) -> PyResult<Buffered> {
        let stream = Turns::new(capacity, PyRaw(raw));
        Ok(Buffered::over(stream.map_err(to_python)?))
    }

    #[staticmethod]
    fn pair(reader: Py<PyAny>, writer: Py<PyAny>, capacity: usize) -> Buffered {
        let (reader, writer) = (PyRaw(reader), PyRaw(writer));
        Buffered::over(BufferedRwPair::with_capacity(capacity, reader, writer))
    }

    fn read<'py>(
        &self,
        py: Python<'py>,
        n: Option<usize>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let data = self.call(py, |stream| match n {
            Some(n) => read(stream, n),
            None => read_all(stream),
        })?;
        Ok(data.map(|data| PyBytes::new(py, &data)))
    }

    /// At most one read of the device.
    fn read1<'py>(&self, py: Python<'py>, n: usize) -> PyResult<Option<Bound<'py, PyBytes>>> {
        self.call(py, |stream| match stream.read_chunk(n) {
            Ok(chunk) => Ok(Some(PyBytes::new(py, &chunk))),
            Err(error) if error.is_would_block() => Ok(None),
            Err(error) => Err(error.into()),
        })
    }

    fn peek<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.call(py, |stream| match stream.fill_buf() {
            Ok(data) => Ok(PyBytes::new(py, data)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(PyBytes::new(py, b"")),
            Err(error) => Err(error),
        })
    }

    fn readinto(&self, py: Python<'_>, target: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
        let target = Target::new(target)?;
        let n = target.len()?;
        let data = self.call(py, |stream| read(stream, n))?;
        data.map(|data| target.fill(&data)).transpose()
    }

    fn readinto1(&self, py: Python<'_>, target: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
        let target = Target::new(target)?;
        let n = target.len()?;
        let data = self.call(py, |stream| read_once(stream, n))?;
        data.map(|data| target.fill(&data)).transpose()
    }

    fn readline<'py>(&self, py: Python<'py>, limit: i64) -> PyResult<Bound<'py, PyBytes>> {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let line = self.call(py, |stream| read_line(stream, limit))?;
        Ok(PyBytes::new(py, &line))
    }

    fn write(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<usize> {
        let data = bytes_of(data)?;
        self.call(py, |stream| {
            stream.write_all(&data)?;
            Ok(data.len())
        })
    }

    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, |stream| stream.flush())
    }

    fn seek(&self, py: Python<'_>, position: i64, whence: i32) -> PyResult<u64> {
        let to = place(position, whence)?;
        self.call(py, |stream| stream.seek(to))
    }

    fn tell(&self, py: Python<'_>) -> PyResult<u64> {
        self.call(py, |stream| stream.stream_position())
    }

    fn truncate(&self, py: Python<'_>, to: Option<i64>) -> PyResult<u64> {
        let to = size(to)?;
        self.call(py, |stream| Ok(stream.truncate(to)?))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, |stream| Ok(stream.close()?))
    }

    fn detach(&self, py: Python<'_>) -> PyResult<()> {
        self.0.with(py, |place| {
            let Some(stream) = place.take() else {
                return Err(PyValueError::new_err("raw stream has been detached"));
            };
            stream.detach().map_err(|(error, stream)| {
                *place = Some(stream);
                to_python(error)
            })
        })
    }
}
