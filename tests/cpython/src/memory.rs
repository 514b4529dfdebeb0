//! [`Memory`]: bytes in memory for Python.

use std::ffi::c_int;
use std::io::{self, Read, Seek, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use iolite::{BytesIo, IoBase};
use pyo3::exceptions::{PyBufferError, PyMemoryError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3::{PyRef, ffi};

use crate::arguments::{Target, bytes_of, place, size};
use crate::errors::to_python;
use crate::guarded::Guarded;
use crate::stream::{read_all, read_line};

/// The crate's `BytesIo`. A view of its bytes is a `memoryview` of this.
#[pyclass(frozen)]
pub(crate) struct Memory {
    stream: Guarded<BytesIo>,
    /// How many views are alive. While there are any, nothing may move the bytes.
    views: AtomicUsize,
}

impl Memory {
    fn call<R>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut BytesIo) -> io::Result<R>,
    ) -> PyResult<R> {
        self.stream
            .with(py, |stream| call(stream).map_err(to_python))
    }

    /// A call that may move the bytes.
    fn change<R>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut BytesIo) -> io::Result<R>,
    ) -> PyResult<R> {
        self.stream
            .with(py, |stream| match self.views.load(Ordering::Relaxed) {
                0 => call(stream).map_err(to_python),
                _ => Err(PyBufferError::new_err(
                    "Existing exports of data: object cannot be re-sized",
                )),
            })
    }
}

#[pymethods]
impl Memory {
    #[new]
    fn new(content: &Bound<'_, PyAny>) -> PyResult<Memory> {
        Ok(Memory {
            stream: Guarded::new(bytes_of(content)?.into_owned().into()),
            views: AtomicUsize::new(0),
        })
    }

    fn getvalue<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.call(py, |stream| Ok(PyBytes::new(py, stream.as_slice())))
    }

    /// # Safety
    ///
    /// `view` is null or points to a view that the interpreter wants filled.
    unsafe fn __getbuffer__(
        slf: PyRef<'_, Self>,
        view: *mut ffi::Py_buffer,
        flags: c_int,
    ) -> PyResult<()> {
        let py = slf.py();
        let (start, len) = slf.call(py, |stream| {
            let bytes = stream.get_mut();
            Ok((bytes.as_mut_ptr(), bytes.len()))
        })?;
        // SAFETY: the object lives as long as the view, which holds a reference to it, and its
        // bytes stay where they are as long as there are views. Python code that reads or writes
        // them holds the interpreter's lock, as does all code that calls `stream`.
        let filled = unsafe {
            ffi::PyBuffer_FillInfo(
                view,
                slf.as_ptr(),
                start.cast(),
                len.cast_signed(),
                0,
                flags,
            )
        };
        if filled != 0 {
            return Err(PyErr::take(py).unwrap_or_else(|| PyMemoryError::new_err(())));
        }
        slf.views.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// # Safety
    ///
    /// It is a view that `__getbuffer__` filled.
    unsafe fn __releasebuffer__(&self, _view: *mut ffi::Py_buffer) {
        self.views.fetch_sub(1, Ordering::Relaxed);
    }

    fn read<'py>(&self, py: Python<'py>, n: Option<usize>) -> PyResult<Bound<'py, PyBytes>> {
        let data = self.call(py, |stream| match n {
            Some(n) => {
                let mut data = Vec::new();
                stream.take(n as u64).read_to_end(&mut data)?;
                Ok(data)
            }
            None => Ok(read_all(stream)?.unwrap_or_default()),
        })?;
        Ok(PyBytes::new(py, &data))
    }

    fn readinto(&self, py: Python<'_>, target: &Bound<'_, PyAny>) -> PyResult<usize> {
        let target = Target::new(target)?;
        let mut data = vec![0; target.len()?];
        let n = self.call(py, |stream| stream.read(&mut data))?;
        target.fill(&data[..n])
    }

    fn readline<'py>(&self, py: Python<'py>, limit: i64) -> PyResult<Bound<'py, PyBytes>> {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let line = self.call(py, |stream| read_line(stream, limit))?;
        Ok(PyBytes::new(py, &line))
    }

    fn write(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<usize> {
        let data = bytes_of(data)?;
        self.change(py, |stream| stream.write(&data))
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
        self.change(py, |stream| Ok(stream.truncate(to)?))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.change(py, |stream| Ok(stream.close()?))
    }

    fn is_closed(&self, py: Python<'_>) -> PyResult<bool> {
        self.call(py, |stream| Ok(stream.is_closed()))
    }
}
