//! [`Adapter`]: any reader or writer of std as a raw stream; [`Finishing`]: a value inside it that ends
//! with a call of its own.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};

use crate::error::{
    Error, Operation, Result, both, checked_count, checked_write, report_at_drop, retry,
};
use crate::io_base::IoBase;
use crate::raw::RawIo;
use crate::raw::unread::{self, GiveBack, Unread};
use crate::raw::whole::{self, total};

/// Any [`Read`], [`Write`] or both, with or without [`Seek`], as a raw stream.
///
/// The constructor says what the value can do, because std has no way to ask. Boxed trait objects
/// (`Box<dyn Read + Send>`) work as any other value. Do not wrap a buffered value of std: its bytes
/// would be buffered twice. For anything with a descriptor (a child process's pipe, say) prefer
/// [`FileIo`](crate::FileIo), which keeps the descriptor accessible.
///
/// A value that claims more bytes than there was room for is an [`Error::BadCount`], in all calls.
///
/// # How the value ends
///
/// Closing flushes the value and **drops it, and an error inside a drop is lost**. A writer that
/// has to be finished, such as a compressor, an archive or a cipher, needs
/// [`with_finish`](Adapter::with_finish); otherwise `close` may return `Ok` although the file is
/// truncated.
///
/// # What could not be delivered
///
/// `read_exact` fills its buffer or takes nothing, and `read_to_string` takes exactly the
/// characters that it delivers. A value that can seek is moved back for that; for any other the
/// rest is kept here (at most 64 KiB, or what one read brought), and the next read returns it
/// first: [`unread`](Adapter::unread) shows it.
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
pub struct Adapter<T, H = Option<T>> {
    /// Empty once closed.
    inner: H,
    reads: Option<Reads<T>>,
    writes: Option<Writes<T>>,
    seeks: Option<SeekFn<T>>,
    /// What a call could not deliver, and the next read returns.
    unread: Unread,
}

type SeekFn<T> = fn(&mut T, SeekFrom) -> io::Result<u64>;

/// The calls of a [`Read`] that are the value's own. Function pointers instead of bounds, so that
/// one type serves values with and without each direction.
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

impl<T: Write> Writes<T> {
    const CALLS: Writes<T> = Writes {
        write: T::write,
        write_vectored: T::write_vectored,
        flush: T::flush,
    };
}

impl<T: Read> Adapter<T> {
    /// A stream that can be read.
    pub fn reader(inner: T) -> Adapter<T> {
        Adapter::over(inner, Some(Reads::CALLS), None)
    }
}

impl<T: Write> Adapter<T> {
    /// A stream that can be written.
    ///
    /// Closing it flushes the value and drops it. **Not for a writer that has to be finished**
    /// (gzip, zstd, zip, a cipher): its drop cannot report that the end could not be written. Use
    /// [`writer_with`](Adapter::writer_with).
    pub fn writer(inner: T) -> Adapter<T> {
        Adapter::over(inner, None, Some(Writes::CALLS))
    }

    /// A stream that can be written and is ended by `finish`:
    /// [`Adapter::writer`]`(inner).`[`with_finish`](Adapter::with_finish)`(finish)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use flate2::{Compression, write::GzEncoder};
    /// use iolite::{Adapter, BufferedWriter, IoBase, TextIo, TextIoWrapper};
    ///
    /// let mut full = [0; 12];                             // the header alone has ten bytes
    /// let gzip = GzEncoder::new(&mut full[..], Compression::default());
    /// let gzip = Adapter::writer_with(gzip, |gzip| gzip.finish().map(drop));
    /// let mut text = TextIoWrapper::new(BufferedWriter::new(gzip));
    /// text.write_str("some text\n")?;
    /// assert!(text.close().is_err());
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn writer_with(
        inner: T,
        finish: impl FnOnce(T) -> io::Result<()> + Send + Sync + 'static,
    ) -> Adapter<T, Finishing<T>> {
        Adapter::writer(inner).with_finish(finish)
    }
}

impl<T: Read + Write> Adapter<T> {
    /// A stream that can be read and written.
    pub fn duplex(inner: T) -> Adapter<T> {
        Adapter::over(inner, Some(Reads::CALLS), Some(Writes::CALLS))
    }
}

impl<T> Adapter<T> {
    fn over(inner: T, reads: Option<Reads<T>>, writes: Option<Writes<T>>) -> Adapter<T> {
        Adapter {
            inner: Some(inner),
            reads,
            writes,
            seeks: None,
            unread: Unread::default(),
        }
    }

    /// The same stream, whose value is ended by `finish` instead of a flush and a drop: to write a
    /// compressor's last block, the directory of an archive, or the closing message of an encrypted
    /// connection; for a reader, to compare a checksum or ask for a child process's status.
    ///
    /// [`close`](IoBase::close) calls it once and returns its error. The stream is closed even if
    /// that failed: to be able to retry, call something repeatable (flate2's `try_finish`, say)
    /// through [`get_mut`](Adapter::get_mut), and close afterwards. A stream that is dropped
    /// without a close calls it as well, and reports its error to the
    /// [drop hook](crate::error::set_global_drop_hook). [`into_inner`](Adapter::into_inner) does
    /// not call it.
    ///
    /// Finish everything inside: `|zip| zip.finish().map(drop)` *drops* the inner writer, which is
    /// fine for a file, but not for a std `BufWriter`: use `|zip| zip.finish()?.flush()`.
    ///
    /// # Examples
    ///
    /// Getting the inner value out when it is finished:
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use std::sync::mpsc;
    /// use flate2::{Compression, read::GzDecoder, write::GzEncoder};
    /// use iolite::{Adapter, IoBase};
    ///
    /// let (sender, receiver) = mpsc::channel();
    /// let gzip = GzEncoder::new(Vec::new(), Compression::default());
    /// let mut gzip = Adapter::writer(gzip).with_finish(move |gzip| {
    ///     let _ = sender.send(gzip.finish()?);
    ///     Ok(())
    /// });
    /// gzip.write_all(b"packed")?;
    /// gzip.close()?;
    ///
    /// let packed = receiver.recv().expect("it was finished");
    /// let mut text = String::new();
    /// GzDecoder::new(&packed[..]).read_to_string(&mut text)?;
    /// assert_eq!(text, "packed");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[must_use]
    pub fn with_finish(
        self,
        finish: impl FnOnce(T) -> io::Result<()> + Send + Sync + 'static,
    ) -> Adapter<T, Finishing<T>> {
        Adapter {
            inner: Finishing::new(self.inner, finish),
            reads: self.reads,
            writes: self.writes,
            seeks: self.seeks,
            unread: self.unread,
        }
    }
}

impl<T: Seek, H> Adapter<T, H> {
    /// The same stream, able to seek.
    #[must_use]
    pub fn with_seek(self) -> Adapter<T, H> {
        Adapter {
            seeks: Some(T::seek),
            ..self
        }
    }
}

impl<T, H: Holds<T>> Adapter<T, H> {
    /// The value inside, unless closed.
    pub fn get_ref(&self) -> Option<&T> {
        self.inner.held()
    }

    /// The value inside for changing it, unless closed. Its position is after what is
    /// [`unread`](Adapter::unread).
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.inner.held_mut()
    }

    /// Returns the value, unless closed, without flushing or finishing it. What is
    /// [`unread`](Adapter::unread) is dropped with the stream: check it first if a `read_to_string`
    /// or `read_exact` of a value that cannot seek has failed.
    #[must_use = "the value is dropped otherwise, neither flushed nor finished"]
    pub fn into_inner(mut self) -> Option<T> {
        self.inner.take_out()
    }

    /// The bytes that were read from the value and
    /// [given back](#what-could-not-be-delivered), which the next read returns; nearly always none.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    /// use iolite::Adapter;
    ///
    /// let (mut reader, mut text) = (Adapter::reader(&b"good\xffbad"[..]), String::new());
    /// assert!(reader.read_to_string(&mut text).is_err());
    /// assert_eq!((&*text, reader.unread()), ("good", &b"\xffbad"[..]));
    /// ```
    pub fn unread(&self) -> &[u8] {
        self.unread.as_slice()
    }
}

/// The call, or the error that there is none. Closed is checked before unsupported.
#[inline]
fn supported<T, F>(
    inner: &mut impl Holds<T>,
    call: Option<F>,
    operation: Operation,
) -> Result<(&mut T, F)> {
    let inner = inner.held_mut().ok_or(Error::Closed)?;
    let call = call.ok_or(Error::Unsupported { operation })?;
    Ok((inner, call))
}

impl<T, H: Holds<T>> IoBase for Adapter<T, H> {
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
        self.inner.held().is_none()
    }

    /// Flushes the value inside and drops it, or [finishes](Adapter::with_finish) it.
    fn close(&mut self) -> Result<()> {
        self.unread.clear();
        let flushed = match &self.writes {
            Some(_) if !H::FINISHES && !self.is_closed() => self.flush(),
            _ => Ok(()),
        };
        let ended = self.inner.end();
        both(flushed.map_err(Error::from), ended.map_err(Error::from))
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        self.inner.held().ok_or(Error::Closed)?;
        Err(Error::Unsupported {
            operation: Operation::Truncate,
        })
    }
}

impl<T, H: Holds<T>> RawIo for Adapter<T, H> {}

impl<T, H: Holds<T>> GiveBack for Adapter<T, H> {
    #[inline]
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let (inner, reads) = supported(&mut self.inner, self.reads.as_ref(), Operation::Read)?;
        let n = retry(|| (reads.read)(inner, buf))?;
        Ok(checked_count(Operation::Read, n, buf.len())?)
    }

    fn read_device_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let (inner, reads) = supported(&mut self.inner, self.reads.as_ref(), Operation::Read)?;
        let n = retry(|| (reads.read_vectored)(inner, bufs))?;
        Ok(checked_count(Operation::Read, n, total(bufs))?)
    }

    fn seek_device(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (inner, seek) = supported(&mut self.inner, self.seeks, Operation::Seek)?;
        retry(|| seek(inner, to))
    }

    fn unread(&mut self) -> &mut Unread {
        &mut self.unread
    }
}

impl<T, H: Holds<T>> Read for Adapter<T, H> {
    unread::read_calls!(self => self, "Adapter");
}

impl<T, H: Holds<T>> Write for Adapter<T, H> {
    /// A value that returns 0 for a non-empty write is an [`Error::NoProgress`].
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let (inner, writes) = supported(&mut self.inner, self.writes.as_ref(), Operation::Write)?;
        let n = retry(|| (writes.write)(inner, buf))?;
        Ok(checked_write(n, buf.len())?)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let (inner, writes) = supported(&mut self.inner, self.writes.as_ref(), Operation::Write)?;
        let n = retry(|| (writes.write_vectored)(inner, bufs))?;
        Ok(checked_write(n, total(bufs))?)
    }

    whole::write_calls!(self);

    fn flush(&mut self) -> io::Result<()> {
        let inner = self.inner.held_mut().ok_or(Error::Closed)?;
        match &self.writes {
            Some(writes) => retry(|| (writes.flush)(inner)),
            None => Ok(()),
        }
    }
}

impl<T, H: Holds<T>> Seek for Adapter<T, H> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        unread::seek(self, to)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        let (inner, seek) = supported(&mut self.inner, self.seeks, Operation::Tell)?;
        let position = retry(|| seek(inner, SeekFrom::Current(0)))?;
        Ok(position.saturating_sub(self.unread.len() as u64))
    }
}

impl<T, H: Holds<T>> fmt::Debug for Adapter<T, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adapter")
            .field("readable", &self.readable())
            .field("writable", &self.writable())
            .field("seekable", &self.seekable())
            .finish_non_exhaustive()
    }
}

/// What an [`Adapter`] holds, and how that ends. Sealed: there are the two.
pub trait Holds<T> {
    /// Whether the end brings out what was written, so that no flush is called before.
    #[doc(hidden)]
    const FINISHES: bool;
    #[doc(hidden)]
    fn held(&self) -> Option<&T>;
    #[doc(hidden)]
    fn held_mut(&mut self) -> Option<&mut T>;
    /// Takes the value out, and does not end it.
    #[doc(hidden)]
    fn take_out(&mut self) -> Option<T>;
    /// Ends the value, if it is there.
    #[doc(hidden)]
    fn end(&mut self) -> io::Result<()>;
}

/// What is dropped in the end, and has no way to say that this failed.
impl<T> Holds<T> for Option<T> {
    const FINISHES: bool = false;

    #[inline]
    fn held(&self) -> Option<&T> {
        self.as_ref()
    }

    #[inline]
    fn held_mut(&mut self) -> Option<&mut T> {
        self.as_mut()
    }

    fn take_out(&mut self) -> Option<T> {
        self.take()
    }

    fn end(&mut self) -> io::Result<()> {
        *self = None;
        Ok(())
    }
}

/// A value inside an [`Adapter`] that is ended by a function: what
/// [`Adapter::with_finish`] makes.
///
/// If it is dropped before it was ended or taken out, the function is called then, and its error
/// goes to the [drop hook](crate::error::set_global_drop_hook).
///
/// # Examples
///
/// As a part of a type that has a name:
///
/// ```
/// use std::fs::File;
/// use flate2::write::GzEncoder;
/// use iolite::{Adapter, BufferedWriter, TextIoWrapper};
/// use iolite::raw::Finishing;
///
/// type Gzip = GzEncoder<File>;
/// struct Log {
///     text: TextIoWrapper<BufferedWriter<Adapter<Gzip, Finishing<Gzip>>>>,
/// }
/// ```
pub struct Finishing<T> {
    /// `None` once ended or taken out.
    inner: Option<T>,
    finish: Option<Finish<T>>,
}

type Finish<T> = Box<dyn FnOnce(T) -> io::Result<()> + Send + Sync>;

// The function is called once and consumes the value: what a panic leaves behind is never seen.
impl<T: UnwindSafe> UnwindSafe for Finishing<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Finishing<T> {}

impl<T> Finishing<T> {
    fn new(
        inner: Option<T>,
        finish: impl FnOnce(T) -> io::Result<()> + Send + Sync + 'static,
    ) -> Finishing<T> {
        Finishing {
            inner,
            finish: Some(Box::new(finish)),
        }
    }
}

impl<T> Holds<T> for Finishing<T> {
    const FINISHES: bool = true;

    #[inline]
    fn held(&self) -> Option<&T> {
        self.inner.as_ref()
    }

    #[inline]
    fn held_mut(&mut self) -> Option<&mut T> {
        self.inner.as_mut()
    }

    fn take_out(&mut self) -> Option<T> {
        self.inner.take()
    }

    fn end(&mut self) -> io::Result<()> {
        match (self.inner.take(), self.finish.take()) {
            (Some(inner), Some(finish)) => finish(inner),
            _ => Ok(()),
        }
    }
}

impl<T> Drop for Finishing<T> {
    fn drop(&mut self) {
        // 0, because the number of bytes lost with the end of a format is unknown.
        match catch_unwind(AssertUnwindSafe(|| self.end())) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => report_at_drop(&error.into(), 0),
            Err(_) => report_at_drop(&Error::Poisoned, 0),
        }
    }
}

impl<T> fmt::Debug for Finishing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_open = self.inner.is_some();
        f.debug_struct("Finishing")
            .field("open", &is_open)
            .finish_non_exhaustive()
    }
}
