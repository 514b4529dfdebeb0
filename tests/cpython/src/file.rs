//! [`File`]: files for Python.

use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::path::PathBuf;

use iolite::{Error, FileIo, FileMode, IoBase, RawIo};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::arguments::{Target, bytes_of, place, size};
use crate::errors::to_python;
use crate::guarded::Guarded;

/// The crate's `FileIo`; nothing once its descriptor was given back.
#[pyclass(frozen)]
pub(crate) struct File(Guarded<Option<FileIo>>);

const MODES: [FileMode; 8] = [
    FileMode::Read,
    FileMode::Write,
    FileMode::Append,
    FileMode::CreateNew,
    FileMode::ReadUpdate,
    FileMode::WriteUpdate,
    FileMode::AppendUpdate,
    FileMode::CreateNewUpdate,
];

/// The mode of that canonical name.
fn mode_of(name: &str) -> PyResult<FileMode> {
    let found = MODES.into_iter().find(|mode| mode.as_str() == name);
    found.ok_or_else(|| PyValueError::new_err(format!("invalid mode: {name}")))
}

impl File {
    fn over(file: FileIo) -> File {
        File(Guarded::new(Some(file)))
    }

    /// A call of the system, without the interpreter's lock.
    fn call<R: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut FileIo) -> io::Result<R> + Send,
    ) -> PyResult<R> {
        self.0.with(py, |file| {
            let file = file.as_mut().ok_or_else(|| to_python(Error::Closed))?;
            py.detach(|| call(file)).map_err(to_python)
        })
    }
}

/// `None` for "not now".
fn now<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

#[pymethods]
impl File {
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf, mode: &str) -> PyResult<File> {
        let mode = mode_of(mode)?;
        let file = py.detach(|| FileIo::open(path, mode));
        Ok(File::over(file.map_err(to_python)?))
    }

    /// Takes a descriptor over; one that does not fit stays open.
    #[staticmethod]
    fn from_fd(fd: RawFd, mode: &str) -> PyResult<File> {
        let mode = mode_of(mode)?;
        // SAFETY: it is borrowed for this call, and is not negative: `iolite_io` checked that.
        let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
        FileIo::borrow(borrowed, mode).map_err(to_python)?;
        // SAFETY: it is open, and the Python caller gave it away (or `release` gives it back).
        let owned = unsafe { OwnedFd::from_raw_fd(fd) };
        let file = FileIo::from_fd(owned, mode).map_err(to_python)?;
        Ok(File::over(file))
    }

    /// Lets go of the descriptor without closing it, and returns it.
    fn release(&self, py: Python<'_>) -> PyResult<Option<RawFd>> {
        self.0.with(py, |file| {
            let file = file.take().and_then(FileIo::into_inner);
            Ok(file.map(IntoRawFd::into_raw_fd))
        })
    }

    fn read<'py>(&self, py: Python<'py>, n: usize) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let data = self.call(py, |file| {
            let mut data = Vec::new();
            data.try_reserve_exact(n)
                .map_err(|_| io::ErrorKind::OutOfMemory)?;
            data.resize(n, 0);
            let read = now(file.read(&mut data))?;
            Ok(read.map(|n| {
                data.truncate(n);
                data
            }))
        })?;
        Ok(data.map(|data| PyBytes::new(py, &data)))
    }

    fn readinto(&self, py: Python<'_>, target: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
        let target = Target::new(target)?;
        let mut data = vec![0; target.len()?];
        let read = self.call(py, |file| now(file.read(&mut data)))?;
        read.map(|n| target.fill(&data[..n])).transpose()
    }

    fn write(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
        let data = bytes_of(data)?;
        self.call(py, |file| now(file.write(&data)))
    }

    fn seek(&self, py: Python<'_>, position: i64, whence: i32) -> PyResult<u64> {
        let to = place(position, whence)?;
        self.call(py, |file| file.seek(to))
    }

    fn tell(&self, py: Python<'_>) -> PyResult<u64> {
        self.call(py, |file| file.stream_position())
    }

    fn truncate(&self, py: Python<'_>, to: Option<i64>) -> PyResult<u64> {
        let to = size(to)?;
        self.call(py, |file| Ok(file.truncate(to)?))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, |file| Ok(file.close()?))
    }

    fn fileno(&self, py: Python<'_>) -> PyResult<RawFd> {
        self.call(py, |file| match file.descriptor()? {
            Some(fd) => Ok(fd.as_raw_fd()),
            None => Err(Error::Closed.into()),
        })
    }

    fn isatty(&self, py: Python<'_>) -> PyResult<bool> {
        self.call(py, |file| Ok(file.is_terminal()))
    }

    fn seekable(&self, py: Python<'_>) -> PyResult<bool> {
        self.call(py, |file| Ok(file.seekable()))
    }

    fn appends(&self, py: Python<'_>) -> PyResult<bool> {
        self.call(py, |file| Ok(file.appends()))
    }

    fn block_size(&self, py: Python<'_>) -> PyResult<Option<usize>> {
        self.call(py, |file| Ok(file.block_size()))
    }
}
