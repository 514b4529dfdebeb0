//! [`Adapter`]: anything of std as a raw stream.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use super::raw_io::RawIo;
use crate::error::{Error, Operation, Result, retry};
use crate::io_base::IoBase;

/// Any [`Read`], [`Write`] or both, with or without [`Seek`], as a raw stream.
///
/// What the value can do is chosen by the constructor, since std has no way to ask. Boxed trait
/// objects (`Box<dyn Read + Send>`) go inside as any other value.
/// Do not put a buffered value of std inside: it would be buffered twice. What has a descriptor
/// (a child process's pipe) is better off in a [`FileIo`](crate::FileIo), which has it too.
///
/// # Examples
///
/// ```
/// use std::io::{Cursor, Seek};
/// use iolite::{Adapter, IoBase};
///
/// let reader = Adapter::reader(std::io::empty());
/// assert!(reader.readable() && !reader.writable() && !reader.seekable());
///
/// let mut both = Adapter::duplex(Cursor::new(vec![1, 2, 3])).with_seek();
/// assert!(both.readable() && both.writable() && both.seekable());
/// assert_eq!(both.stream_position()?, 0);
///
/// let chosen_at_run_time: Box<dyn std::io::Write + Send> = Box::new(Vec::new());
/// assert!(Adapter::writer(chosen_at_run_time).writable());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Adapter<T> {
    /// `None` once closed.
    inner: Option<T>,
    reads: Option<Reads<T>>,
    writes: Option<Writes<T>>,
    seeks: Option<SeekFn<T>>,
}

type SeekFn<T> = fn(&mut T, SeekFrom) -> io::Result<u64>;

/// The calls of a [`Read`] that a device has of its own.
struct Reads<T> {
    read: fn(&mut T, &mut [u8]) -> io::Result<usize>,
    read_vectored: fn(&mut T, &mut [IoSliceMut<'_>]) -> io::Result<usize>,
}

impl<T: Read> Reads<T> {
    const CALLS: Reads<T> = Reads {
        read: T::read,
        read_vectored: T::read_vectored,
    };
}

/// The three calls of a [`Write`].
struct Writes<T> {
    write: fn(&mut T, &[u8]) -> io::Result<usize>,
    write_vectored: fn(&mut T, &[IoSlice<'_>]) -> io::Result<usize>,
    flush: fn(&mut T) -> io::Result<()>,
}

impl<T: Read> Adapter<T> {
    /// A stream that can be read.
    pub fn reader(inner: T) -> Adapter<T> {
        Adapter {
            inner: Some(inner),
            reads: Some(Reads::CALLS),
            writes: None,
            seeks: None,
        }
    }
}

impl<T: Write> Adapter<T> {
    /// A stream that can be written.
    pub fn writer(inner: T) -> Adapter<T> {
        Adapter {
            inner: Some(inner),
            reads: None,
            writes: Some(Writes {
                write: T::write,
                write_vectored: T::write_vectored,
                flush: T::flush,
            }),
            seeks: None,
        }
    }
}

impl<T: Read + Write> Adapter<T> {
    /// A stream that can be read and written.
    pub fn duplex(inner: T) -> Adapter<T> {
        Adapter {
            reads: Some(Reads::CALLS),
            ..Adapter::writer(inner)
        }
    }
}

impl<T: Seek> Adapter<T> {
    /// The same stream, and its position can be moved.
    #[must_use]
    pub fn with_seek(self) -> Adapter<T> {
        Adapter {
            seeks: Some(T::seek),
            ..self
        }
    }
}

impl<T> Adapter<T> {
    /// The value inside, unless closed.
    pub fn get_ref(&self) -> Option<&T> {
        self.inner.as_ref()
    }

    /// The value inside for changing it, unless closed.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.inner.as_mut()
    }

    /// Hands the value out, unless closed.
    pub fn into_inner(self) -> Option<T> {
        self.inner
    }

    fn open(&mut self) -> Result<&mut T> {
        self.inner.as_mut().ok_or(Error::Closed)
    }
}

/// The call, or the error that there is none. Closed beats unsupported.
fn supported<T, F>(
    inner: &mut Option<T>,
    call: Option<F>,
    operation: Operation,
) -> Result<(&mut T, F)> {
    let inner = inner.as_mut().ok_or(Error::Closed)?;
    let call = call.ok_or(Error::Unsupported { operation })?;
    Ok((inner, call))
}

impl<T> IoBase for Adapter<T> {
    fn readable(&self) -> bool {
        !self.is_closed() && self.reads.is_some()
    }

    fn writable(&self) -> bool {
        !self.is_closed() && self.writes.is_some()
    }

    fn seekable(&self) -> bool {
        !self.is_closed() && self.seeks.is_some()
    }

    fn is_closed(&self) -> bool {
        self.inner.is_none()
    }

    /// Flushes the value inside and drops it.
    fn close(&mut self) -> Result<()> {
        let flushed = match &self.writes {
            Some(_) if !self.is_closed() => self.flush(),
            _ => Ok(()),
        };
        self.inner = None;
        Ok(flushed?)
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        self.open()?;
        Err(Error::Unsupported {
            operation: Operation::Truncate,
        })
    }
}

impl<T> RawIo for Adapter<T> {}

impl<T> Read for Adapter<T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let (inner, reads) = supported(&mut self.inner, self.reads.as_ref(), Operation::Read)?;
        retry(|| (reads.read)(inner, buf))
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let (inner, reads) = supported(&mut self.inner, self.reads.as_ref(), Operation::Read)?;
        retry(|| (reads.read_vectored)(inner, bufs))
    }
}

impl<T> Write for Adapter<T> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let (inner, writes) = supported(&mut self.inner, self.writes.as_ref(), Operation::Write)?;
        retry(|| (writes.write)(inner, buf))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let (inner, writes) = supported(&mut self.inner, self.writes.as_ref(), Operation::Write)?;
        retry(|| (writes.write_vectored)(inner, bufs))
    }

    fn flush(&mut self) -> io::Result<()> {
        let inner = self.inner.as_mut().ok_or(Error::Closed)?;
        match &self.writes {
            Some(writes) => retry(|| (writes.flush)(inner)),
            None => Ok(()),
        }
    }
}

impl<T> Seek for Adapter<T> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (inner, seek) = supported(&mut self.inner, self.seeks, Operation::Seek)?;
        retry(|| seek(inner, to))
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        let (inner, seek) = supported(&mut self.inner, self.seeks, Operation::Tell)?;
        retry(|| seek(inner, SeekFrom::Current(0)))
    }
}

impl<T> fmt::Debug for Adapter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adapter")
            .field("readable", &self.readable())
            .field("writable", &self.writable())
            .field("seekable", &self.seekable())
            .finish_non_exhaustive()
    }
}
