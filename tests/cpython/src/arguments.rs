//! Python's bytes-like objects and positions as arguments.

use std::borrow::Cow;
use std::io::SeekFrom;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PySlice};

use crate::errors::invalid;

/// Any object with a buffer, as one of plain bytes.
fn plain(object: &Bound<'_, PyAny>) -> PyResult<PyBuffer<u8>> {
    let view = PyMemoryView::from(object)?;
    PyBuffer::get(&view.call_method1("cast", ("B",))?)
}

/// The bytes of a bytes-like object; those of `bytes` itself without a copy.
pub(crate) fn bytes_of<'a>(object: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
    match object.cast::<PyBytes>() {
        Ok(bytes) => Ok(Cow::Borrowed(bytes.as_bytes())),
        Err(_) => Ok(Cow::Owned(plain(object)?.to_vec(object.py())?)),
    }
}

/// Memory of Python's that is to be filled.
pub(crate) struct Target<'py>(Bound<'py, PyAny>);

impl<'py> Target<'py> {
    pub(crate) fn new(object: &Bound<'py, PyAny>) -> PyResult<Target<'py>> {
        let view = PyMemoryView::from(object)?;
        match view.getattr("readonly")?.is_truthy()? {
            true => Err(PyTypeError::new_err(
                "argument must be read-write bytes-like object",
            )),
            false => Ok(Target(view.call_method1("cast", ("B",))?)),
        }
    }

    pub(crate) fn len(&self) -> PyResult<usize> {
        self.0.len()
    }

    /// Copies `data` to the start of the memory.
    pub(crate) fn fill(&self, data: &[u8]) -> PyResult<usize> {
        let n = data.len();
        let start = PySlice::new(self.0.py(), 0, n.cast_signed(), 1);
        self.0.set_item(start, PyBytes::new(self.0.py(), data))?;
        Ok(n)
    }
}

/// A place to go to, from Python's two numbers.
pub(crate) fn place(position: i64, whence: i32) -> PyResult<SeekFrom> {
    match whence {
        0 => Ok(SeekFrom::Start(position.try_into().map_err(|_| invalid())?)),
        1 => Ok(SeekFrom::Current(position)),
        2 => Ok(SeekFrom::End(position)),
        _ => Err(PyValueError::new_err(format!("invalid whence: {whence}"))),
    }
}

/// A size, from Python's number or `None`.
pub(crate) fn size(size: Option<i64>) -> PyResult<Option<u64>> {
    let size = size.map(u64::try_from).transpose();
    size.map_err(|_| invalid())
}
