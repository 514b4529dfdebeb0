//! [`PyRaw`]: a Python object as a raw device.

use std::io::{self, Read, Seek, SeekFrom, Write};

use iolite::{IoBase, RawIo, Result};
use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView};

use crate::errors::from_python;

/// A Python object with the methods of `io.RawIOBase` as a device of the crate.
///
/// `None` from it is "not now"; an exception goes through the crate and comes out unchanged.
pub(crate) struct PyRaw(pub(crate) Py<PyAny>);

/// A count or a position that Python gave; a negative one is a lie, for the crate to find.
fn number(answer: &Bound<'_, PyAny>) -> PyResult<usize> {
    let number: i64 = answer.extract()?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

fn position(answer: &Bound<'_, PyAny>) -> PyResult<u64> {
    let position: i64 = answer.extract()?;
    u64::try_from(position)
        .map_err(|_| PyOSError::new_err(format!("the device says an invalid position: {position}")))
}

pub(crate) fn whence(to: SeekFrom) -> (i64, i32) {
    match to {
        SeekFrom::Start(position) => (i64::try_from(position).unwrap_or(i64::MAX), 0),
        SeekFrom::Current(distance) => (distance, 1),
        SeekFrom::End(distance) => (distance, 2),
    }
}

impl PyRaw {
    /// Calls a method and looks at its answer.
    pub(crate) fn call<T>(
        &self,
        method: &str,
        arguments: impl for<'py> PyCallArgs<'py>,
        look: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> io::Result<T> {
        Python::attach(|py| {
            let answer = self.0.bind(py).call_method1(method, arguments);
            answer
                .and_then(|answer| look(&answer))
                .map_err(|error| from_python(py, error))
        })
    }

    /// What a predicate answers; one that raises answers no.
    fn is(&self, method: &str) -> bool {
        self.call(method, (), |answer| answer.is_truthy())
            .unwrap_or(false)
    }

    fn attribute(&self, name: &str) -> bool {
        Python::attach(|py| {
            let value = self.0.bind(py).getattr(name);
            value.and_then(|value| value.is_truthy()).unwrap_or(false)
        })
    }

    /// Calls a method that moves bytes; `None` is "not now".
    pub(crate) fn moved(
        &self,
        method: &str,
        arguments: impl for<'py> PyCallArgs<'py>,
    ) -> io::Result<usize> {
        let count = self.call(method, arguments, |answer| match answer.is_none() {
            true => Ok(None),
            false => number(answer).map(Some),
        })?;
        count.ok_or_else(|| io::ErrorKind::WouldBlock.into())
    }
}

impl IoBase for PyRaw {
    fn readable(&self) -> bool {
        self.is("readable")
    }

    fn writable(&self) -> bool {
        self.is("writable")
    }

    fn seekable(&self) -> bool {
        self.is("seekable")
    }

    fn is_closed(&self) -> bool {
        self.attribute("closed")
    }

    fn close(&mut self) -> Result<()> {
        Ok(self.call("close", (), |_| Ok(()))?)
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        Ok(self.call("truncate", (size,), position)?)
    }

    fn is_terminal(&self) -> bool {
        self.is("isatty")
    }
}

impl RawIo for PyRaw {
    fn is_append_only(&self) -> bool {
        self.attribute("_appends")
    }
}

impl Read for PyRaw {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let room = PyByteArray::new_with(py, buf.len(), |_| Ok(()))
                .map_err(|error| from_python(py, error))?;
            // A view cannot change its length, whatever the device does to it.
            let view = PyMemoryView::from(&room).map_err(|error| from_python(py, error))?;
            let n = self.moved("readinto", (view.unbind(),))?;
            if let Some(buf) = buf.get_mut(..n) {
                buf.copy_from_slice(&room.to_vec()[..n]);
            }
            Ok(n)
        })
    }
}

impl Write for PyRaw {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Python::attach(|py| self.moved("write", (PyBytes::new(py, buf).unbind(),)))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.call("flush", (), |_| Ok(()))
    }
}

impl Seek for PyRaw {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.call("seek", whence(to), position)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        self.call("tell", (), position)
    }
}
