//! [`File`]: files for Python.

use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::path::PathBuf;

use iolite::open::Mode;
use iolite::raw::FileMode;
use iolite::{Error, FileIo, IoBase, RawIo};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rustix::fs::{OFlags, SeekFrom};

use crate::arguments::{Target, bytes_of, place, size};
use crate::errors::{invalid, to_python};
use crate::guarded::Guarded;

/// Python's `os.SEEK_DATA` and `os.SEEK_HOLE`, as Linux has them.
const SEEK_DATA: i32 = 3;
const SEEK_HOLE: i32 = 4;

/// The crate's `FileIo`; nothing once its descriptor was given back.
#[pyclass(frozen)]
pub(crate) struct File(Guarded<Option<FileIo>>);

/// The mode of that name.
fn mode_of(name: &str) -> PyResult<FileMode> {
    let mode = name.parse::<Mode>().map_err(to_python)?;
    Ok(mode.file())
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
        // SAFETY: the Python caller gave it away (or `release` gives it back), and it is not
        // negative: `iolite_io` checked that.
        let owned = unsafe { OwnedFd::from_raw_fd(fd) };
        match FileIo::try_from_file(owned.into(), mode) {
            Ok(file) => Ok(File::over(file)),
            Err(error) => {
                let (error, file) = error.into_parts();
                let _stays_open = file.into_raw_fd();
                Err(to_python(error))
            }
        }
    }

    /// The flags of `open(2)` for a mode.
    #[staticmethod]
    fn open_flags(mode: &str) -> PyResult<i32> {
        let mode = mode_of(mode)?;
        let direction = match (mode.readable(), mode.writable()) {
            (true, true) => OFlags::RDWR,
            (false, true) => OFlags::WRONLY,
            (_, false) => OFlags::RDONLY,
        };
        let creation = match mode.as_str().as_bytes()[0] {
            b'w' => OFlags::CREATE | OFlags::TRUNC,
            b'a' => OFlags::CREATE | OFlags::APPEND,
            b'x' => OFlags::CREATE | OFlags::EXCL,
            _ => OFlags::empty(),
        };
        let flags = direction | creation | OFlags::CLOEXEC;
        Ok(flags.bits().cast_signed())
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
        if !matches!(whence, SEEK_DATA | SEEK_HOLE) {
            let to = place(position, whence)?;
            return self.call(py, |file| file.seek(to));
        }
        let from = u64::try_from(position).map_err(|_| invalid())?;
        let to = match whence {
            SEEK_DATA => SeekFrom::Data(from),
            _ => SeekFrom::Hole(from),
        };
        self.call(py, |file| match file.flush_and_borrow_fd()? {
            Some(fd) => Ok(rustix::fs::seek(fd, to)?),
            None => Err(io::ErrorKind::InvalidInput.into()),
        })
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
        self.call(py, |file| match file.flush_and_borrow_fd()? {
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

    fn is_append_only(&self, py: Python<'_>) -> PyResult<bool> {
        self.call(py, |file| Ok(file.is_append_only()))
    }

    fn block_size(&self, py: Python<'_>) -> PyResult<Option<usize>> {
        self.call(py, |file| Ok(file.block_size()))
    }
}
