//! [`PyBuffer`]: a Python object as a buffered stream of bytes.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use iolite::error::Operation;
use iolite::{BufferedIo, Chunk, Error, IoBase, Result};
use pyo3::exceptions::{PyBlockingIOError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::arguments::bytes_of;
use crate::py_raw::PyRaw;

/// A Python object with the methods of `io.BufferedIOBase` as a buffered stream of the crate.
///
/// The object is the buffer: bytes are here only between a look at them and their being taken.
pub(crate) struct PyBuffer {
    object: PyRaw,
    /// The method that reads: `read1` where there is one.
    read: &'static str,
    looked_at: Chunk,
    /// How many bytes are asked for at most (Python's `_CHUNK_SIZE`).
    limit: Arc<AtomicUsize>,
}

impl PyBuffer {
    pub(crate) fn new(object: &Bound<'_, PyAny>, limit: Arc<AtomicUsize>) -> PyResult<PyBuffer> {
        let read = match object.hasattr("read1")? {
            true => "read1",
            false => "read",
        };
        Ok(PyBuffer {
            object: PyRaw(object.clone().unbind()),
            read,
            looked_at: Chunk::new(),
            limit,
        })
    }

    fn ask(&self, max: usize) -> io::Result<Chunk> {
        let n = max.min(self.limit.load(Ordering::Relaxed));
        let data = self.object.call(self.read, (n,), |answer| {
            if answer.is_none() {
                return Ok(None);
            }
            match bytes_of(answer) {
                Ok(bytes) => Ok(Some(bytes.into_owned())),
                Err(_) => Err(PyTypeError::new_err(format!(
                    "underlying {}() should have returned a bytes-like object, not '{}'",
                    self.read,
                    answer.get_type().name()?
                ))),
            }
        })?;
        data.map(Chunk::from)
            .ok_or_else(|| io::ErrorKind::WouldBlock.into())
    }
}

impl IoBase for PyBuffer {
    fn readable(&self) -> bool {
        self.object.readable()
    }

    fn writable(&self) -> bool {
        self.object.writable()
    }

    fn seekable(&self) -> bool {
        self.object.seekable()
    }

    fn is_closed(&self) -> bool {
        self.object.is_closed()
    }

    fn close(&mut self) -> Result<()> {
        self.object.close()
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.object.truncate(size)
    }

    fn is_terminal(&self) -> bool {
        self.object.is_terminal()
    }
}

impl BufferedIo for PyBuffer {
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        if self.looked_at.is_empty() {
            // Objects that cannot read may have the method all the same.
            let operation = Operation::Read;
            return match self.readable() {
                true => Ok(self.ask(max)?),
                false => Err(Error::Unsupported { operation }),
            };
        }
        let n = max.min(self.looked_at.len());
        Ok(self.looked_at.split_to(n))
    }

    fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        Ok(self.write_all(&chunk)?)
    }

    fn peek(&mut self, n: usize) -> Result<&[u8]> {
        if self.looked_at.is_empty() {
            self.looked_at = self.ask(n)?;
        }
        Ok(&self.looked_at[..n.min(self.looked_at.len())])
    }
}

impl BufRead for PyBuffer {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.peek(usize::MAX)?)
    }

    fn consume(&mut self, n: usize) {
        self.looked_at.advance(n);
    }
}

impl Read for PyBuffer {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let chunk = self.read_chunk(buf.len())?;
        buf[..chunk.len()].copy_from_slice(&chunk);
        Ok(chunk.len())
    }
}

impl Write for PyBuffer {
    /// What would block may have taken a part: that much was written.
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        // Looking is not reading: the object stands behind what was looked at.
        let looked_at = i64::try_from(self.looked_at.len()).map_err(io::Error::other)?;
        if looked_at > 0 {
            self.seek(SeekFrom::Current(-looked_at))?;
        }
        Python::attach(|py| {
            let data = PyBytes::new(py, buf).unbind();
            match self.object.moved("write", (data,)) {
                Err(error) => match taken(py, &error) {
                    0 => Err(error),
                    n => Ok(n),
                },
                written => written,
            }
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.object.flush()
    }
}

/// `characters_written` of Python's exception.
fn taken(py: Python<'_>, error: &io::Error) -> usize {
    let raised = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<PyErr>());
    raised
        .filter(|raised| raised.is_instance_of::<PyBlockingIOError>(py))
        .and_then(|raised| raised.value(py).getattr("characters_written").ok())
        .and_then(|count| count.extract().ok())
        .unwrap_or(0)
}

impl Seek for PyBuffer {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.looked_at = Chunk::new();
        self.object.seek(to)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        Ok(self
            .object
            .stream_position()?
            .saturating_sub(self.looked_at.len() as u64))
    }
}
