//! Errors of the crate as Python's exceptions, and back.

use std::io::{self, ErrorKind};

use iolite::Error;
use iolite::error::Operation;
use pyo3::exceptions::{
    PyBlockingIOError, PyInterruptedError, PyLookupError, PyMemoryError, PyOSError,
    PyUnicodeDecodeError, PyUnicodeEncodeError, PyValueError,
};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rustix::io::Errno;

use crate::codec::raised;

const BLOCKED: &str = "write could not complete without blocking";

/// What a Python device raised, on its way through the crate.
pub(crate) fn from_python(py: Python<'_>, error: PyErr) -> io::Error {
    let kind = if error.is_instance_of::<PyBlockingIOError>(py) {
        ErrorKind::WouldBlock
    } else if error.is_instance_of::<PyInterruptedError>(py) {
        ErrorKind::Interrupted
    } else {
        ErrorKind::Other
    };
    io::Error::new(kind, error)
}

/// The exception for an error; one that came from Python comes out unchanged.
pub(crate) fn to_python(error: impl Into<Error>) -> PyErr {
    Python::attach(|py| exception(py, error.into()))
}

fn exception(py: Python<'_>, error: Error) -> PyErr {
    let sentence = error.to_string();
    match error {
        Error::Unsupported { .. } => unsupported(py, sentence),
        Error::Closed => PyValueError::new_err("I/O operation on closed file."),
        Error::WouldBlock { written } => {
            let number = Errno::AGAIN.raw_os_error();
            PyBlockingIOError::new_err((number, BLOCKED, written))
        }
        Error::WriteFailed { source, .. } => exception(py, *source),
        Error::Combined { first, second } => {
            let (first, second) = (exception(py, *first), exception(py, *second));
            match second.value(py).setattr("__context__", first.value(py)) {
                Ok(()) => second,
                Err(error) => error,
            }
        }
        Error::Decode {
            encoding,
            bytes,
            reason,
            ..
        } => {
            let (end, bytes) = (bytes.len(), PyBytes::new(py, &bytes).unbind());
            PyUnicodeDecodeError::new_err((encoding, bytes, 0, end, reason))
        }
        Error::Encode { encoding, ch, .. } => {
            let reason = "the encoding does not have the character";
            PyUnicodeEncodeError::new_err((encoding, ch.to_string(), 0, 1, reason))
        }
        Error::BadCount {
            operation: Operation::Decode | Operation::Encode,
            ..
        } => raised().unwrap_or_else(|| PyValueError::new_err(sentence)),
        Error::UnknownEncoding { name } => {
            PyLookupError::new_err(format!("unknown encoding: {name}"))
        }
        Error::InvalidMode { .. } | Error::InvalidArgument { .. } | Error::LineTooLong { .. } => {
            PyValueError::new_err(sentence)
        }
        Error::Open { source, .. } if source.kind() == ErrorKind::InvalidInput => {
            PyValueError::new_err(source.to_string())
        }
        Error::Open { path, source, .. } | Error::File { path, source, .. } => {
            system(source, Some(path.into_os_string()))
        }
        Error::Io(error) => system(error, None),
        _ => PyOSError::new_err(sentence),
    }
}

fn system(error: io::Error, path: Option<std::ffi::OsString>) -> PyErr {
    if error.kind() == ErrorKind::OutOfMemory {
        return PyMemoryError::new_err(());
    }
    match (error.raw_os_error(), path) {
        (Some(number), Some(path)) => PyOSError::new_err((number, strerror(number), path)),
        (Some(number), None) => PyOSError::new_err((number, strerror(number))),
        _ => match error.downcast::<PyErr>() {
            Ok(raised) => raised,
            Err(error) => PyOSError::new_err(error.to_string()),
        },
    }
}

/// The system's words alone.
fn strerror(number: i32) -> String {
    let error = Error::from(io::Error::from_raw_os_error(number));
    error.os_message().unwrap_or_default()
}

fn unsupported(py: Python<'_>, sentence: String) -> PyErr {
    let class = py
        .import("io")
        .and_then(|io| io.getattr("UnsupportedOperation"));
    match class.and_then(|class| class.call1((sentence,))) {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// `EINVAL`, as the system says it of a negative position.
pub(crate) fn invalid() -> PyErr {
    let number = Errno::INVAL.raw_os_error();
    PyOSError::new_err((number, strerror(number)))
}
