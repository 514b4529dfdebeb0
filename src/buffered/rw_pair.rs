//! [`BufferedRwPair`]: reads one device and writes another.

use std::fmt;
use std::io::{self, BufRead, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use super::buffered_io::BufferedIo;
use super::reader::BufferedReader;
use super::writer::BufferedWriter;
use crate::chunk::Chunk;
use crate::error::{DetachError, Error, Operation, Result, both};
use crate::io_base::{BorrowedDevice, IoBase};
use crate::raw::RawIo;
#[cfg(all(feature = "socket", any(unix, windows)))]
use crate::raw::{SocketIo, SocketReader, SocketWriter};

/// A [`BufferedReader`] and a [`BufferedWriter`] as one stream, for devices whose two directions
/// have nothing to do with each other: sockets, terminals, a child's pipes (CPython's
/// `BufferedRWPair`).
///
/// Everything that reads goes to one, everything that writes to the other. Reading does **not**
/// write what is pending: flush a question before you wait for its answer, or both sides wait.
/// Bytes that wait to be written are written at drop as a [`BufferedWriter`]'s are, without a word
/// if that fails: call `close`.
///
/// A time-out on either side, and a device that is not ready, are recognised by one question,
/// [`Error::is_would_block`], and lose nothing: see [`BufferedReader`] and [`BufferedWriter`] for
/// how to go on.
///
/// For a file, where reading and writing share a position, this is the wrong type: see
/// [`BufferedRandom`](super::BufferedRandom).
///
/// # Examples
///
/// ```
/// use std::io::{BufRead, Write};
/// use std::net::{TcpListener, TcpStream};
/// use iolite::{Adapter, BufferedRwPair, IoBase};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let client = TcpStream::connect(listener.local_addr()?)?;
/// let server = listener.accept()?.0;
/// (&server).write_all(b"220 ready\r\n")?;
///
/// let mut chat = BufferedRwPair::new(Adapter::reader(&client), Adapter::writer(&client));
/// let mut greeting = String::new();
/// chat.read_line(&mut greeting)?;
/// write!(chat, "HELO {}\r\n", "x")?;
/// chat.flush()?;
/// assert_eq!(greeting, "220 ready\r\n");
/// chat.close()?;
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "BufferedRWPair")]
pub struct BufferedRwPair<R, W: RawIo> {
    reader: BufferedReader<R>,
    writer: BufferedWriter<W>,
}

#[cfg(all(feature = "socket", any(unix, windows)))]
impl BufferedRwPair<SocketReader, SocketWriter> {
    /// A pair over the two halves of a socket, which stays one descriptor. When the writing half
    /// is closed the other side sees the end, and its answer can still be read.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] if the socket is.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{BufRead, Read, Write};
    /// use std::net::TcpListener;
    /// use iolite::{BufferedRwPair, IoBase, SocketIo};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let mut client = BufferedRwPair::from_socket(SocketIo::connect(listener.local_addr()?)?)?;
    /// let mut server = BufferedRwPair::from_socket(SocketIo::from(listener.accept()?.0))?;
    ///
    /// client.write_all(b"all of it")?;
    /// client.writer_mut().close()?;
    /// let mut question = String::new();
    /// server.read_to_string(&mut question)?;
    /// writeln!(server, "{question}, please")?;
    /// server.close()?;
    /// let mut answer = String::new();
    /// client.read_line(&mut answer)?;
    /// assert_eq!(answer, "all of it, please\n");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn from_socket(socket: SocketIo) -> Result<Self> {
        let (reader, writer) = socket.split()?;
        Ok(BufferedRwPair::new(reader, writer))
    }
}

impl<R: RawIo, W: RawIo> BufferedRwPair<R, W> {
    /// A pair with two buffers of [`DEFAULT_BUFFER_SIZE`](super::DEFAULT_BUFFER_SIZE) bytes, or of
    /// the devices' block sizes if these are larger. Allocates nothing before the first use.
    pub fn new(reader: R, writer: W) -> BufferedRwPair<R, W> {
        let (reader, writer) = (BufferedReader::new(reader), BufferedWriter::new(writer));
        BufferedRwPair::from_halves(reader, writer)
    }

    /// A pair with two buffers of `capacity` bytes, 1 at least.
    pub fn with_capacity(capacity: usize, reader: R, writer: W) -> BufferedRwPair<R, W> {
        BufferedRwPair {
            reader: BufferedReader::with_capacity(capacity, reader),
            writer: BufferedWriter::with_capacity(capacity, writer),
        }
    }

    /// A pair of two buffers with all that is in them.
    pub fn from_halves(reader: BufferedReader<R>, writer: BufferedWriter<W>) -> Self {
        BufferedRwPair { reader, writer }
    }

    /// The two buffers with all that is in them, for two threads as an example.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use iolite::{BufferedRwPair, BytesIo};
    ///
    /// let question = BytesIo::from(b"6 * 7".to_vec());
    /// let (mut reader, mut writer) = BufferedRwPair::new(question, BytesIo::new()).into_halves();
    /// let answering = std::thread::spawn(move || writer.write_all(b"42"));
    /// let mut text = String::new();
    /// reader.read_to_string(&mut text)?;
    /// assert_eq!(text, "6 * 7");
    /// answering.join().unwrap()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_halves(self) -> (BufferedReader<R>, BufferedWriter<W>) {
        (self.reader, self.writer)
    }

    /// The reading half.
    pub fn reader(&self) -> &BufferedReader<R> {
        &self.reader
    }

    /// The reading half, for what only a reader has: a limit for lines, records, its device
    /// ([`get_mut`](BufferedReader::get_mut)).
    pub fn reader_mut(&mut self) -> &mut BufferedReader<R> {
        &mut self.reader
    }

    /// The writing half.
    pub fn writer(&self) -> &BufferedWriter<W> {
        &self.writer
    }

    /// The writing half, for what only a writer has: its device
    /// ([`get_mut`](BufferedWriter::get_mut)), and closing it alone, which tells the other side
    /// that nothing more comes, if the device can.
    pub fn writer_mut(&mut self) -> &mut BufferedWriter<W> {
        &mut self.writer
    }

    /// The device that is read and what was read ahead of it, and the device that is written and
    /// what it did not take yet: moves nothing, loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{BufRead, Write};
    /// use iolite::{BufferedRwPair, BytesIo};
    ///
    /// let mut pair = BufferedRwPair::new(BytesIo::from(b"to read".to_vec()), BytesIo::new());
    /// pair.fill_buf()?;
    /// pair.write_all(b"to write")?;
    /// let ((_, read_ahead), (_, pending)) = pair.into_parts();
    /// assert_eq!((&read_ahead[..], &pending[..]), (&b"to read"[..], &b"to write"[..]));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use = "what was read ahead and what is pending is lost with the returned value"]
    pub fn into_parts(self) -> ((R, Chunk), (W, Chunk)) {
        (self.reader.into_parts(), self.writer.into_parts())
    }

    /// The devices, after everything was written, and the one that is read moved back to where
    /// reading stopped if it can seek. CPython's pair cannot be taken apart.
    ///
    /// # Errors
    ///
    /// What the flush says, and [`Error::Unsupported`] if something was read ahead of a device
    /// that cannot seek or does not move when it is asked to; the error holds the stream.
    pub fn detach(mut self) -> Result<(R, W), DetachError<Self>> {
        if let Err(error) = self.writer.flush() {
            return Err(DetachError::new(error.into(), self));
        }
        match self.reader.detach() {
            Ok(reader) => Ok((reader, self.writer.into_parts().0)),
            Err(failed) => {
                let (error, reader) = failed.into_parts();
                let pair = BufferedRwPair::from_halves(reader, self.writer);
                Err(DetachError::new(error, pair))
            }
        }
    }

    fn refuse<T>(&self, operation: Operation) -> Result<T> {
        if self.is_closed() {
            return Err(Error::Closed);
        }
        Err(Error::Unsupported { operation })
    }
}

impl<R: RawIo, W: RawIo> IoBase for BufferedRwPair<R, W> {
    fn readable(&self) -> bool {
        self.reader.readable()
    }

    fn writable(&self) -> bool {
        self.writer.writable()
    }

    /// Never, whatever the devices can: there is no one position.
    fn seekable(&self) -> bool {
        false
    }

    /// Whether the writing half is closed (CPython).
    fn is_closed(&self) -> bool {
        self.writer.is_closed()
    }

    /// Closes the writing half and then the reading one, even if the first failed: if both fail
    /// the error is an [`Error::Combined`].
    fn close(&mut self) -> Result<()> {
        let written = self.writer.close();
        let read = self.reader.close();
        both(written, read)
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        self.refuse(Operation::Truncate)
    }

    /// Whether one of the two is a terminal.
    fn is_terminal(&self) -> bool {
        self.reader.is_terminal() || self.writer.is_terminal()
    }

    /// None: there are two.
    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
        if self.is_closed() {
            Err(Error::Closed)
        } else {
            Ok(None)
        }
    }
}

impl<R: RawIo, W: RawIo> BufferedIo for BufferedRwPair<R, W> {
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        self.reader.read_chunk(max)
    }

    fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        self.writer.write_chunk(chunk)
    }

    fn peek(&mut self, n: usize) -> Result<&[u8]> {
        self.reader.peek(n)
    }

    #[inline]
    fn spare_mut(&mut self) -> &mut [u8] {
        self.writer.spare_mut()
    }

    #[inline]
    fn commit(&mut self, n: usize) {
        self.writer.commit(n);
    }

    #[inline]
    fn append_if_room(&mut self, bytes: &[u8]) -> bool {
        self.writer.append_if_room(bytes)
    }

    fn write_counted(&mut self, bytes: &[u8]) -> (usize, Result<()>) {
        self.writer.write_counted(bytes)
    }

    fn close_writer(&mut self) -> Result<()> {
        self.writer.close()
    }
}

impl<R: RawIo, W: RawIo> Read for BufferedRwPair<R, W> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.reader.read_vectored(bufs)
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.reader.read_to_end(buf)
    }

    /// Takes whole characters, and nothing else: see [`BufferedReader`].
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        self.reader.read_to_string(buf)
    }

    /// Fills `buf`, or leaves everything in place: see [`Error::PartialRead`].
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        self.reader.read_exact(buf)
    }
}

impl<R: RawIo, W: RawIo> BufRead for BufferedRwPair<R, W> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.reader.consume(n);
    }

    fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.reader.read_until(byte, buf)
    }

    fn read_line(&mut self, buf: &mut String) -> io::Result<usize> {
        self.reader.read_line(buf)
    }

    fn skip_until(&mut self, byte: u8) -> io::Result<usize> {
        self.reader.skip_until(byte)
    }
}

impl<R: RawIo, W: RawIo> Write for BufferedRwPair<R, W> {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.writer.write(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.writer.write_vectored(bufs)
    }

    /// Takes all of `buf`, or the error says how much: see [`BufferedWriter`].
    #[inline]
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        self.writer.write_all(buf)
    }

    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        self.writer.write_fmt(args)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl<R: RawIo, W: RawIo> Seek for BufferedRwPair<R, W> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(self.refuse(Operation::Seek)?)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        Ok(self.refuse(Operation::Tell)?)
    }
}

impl<R, W: RawIo> fmt::Debug for BufferedRwPair<R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferedRwPair")
            .field("reader", &self.reader)
            .field("writer", &self.writer)
            .finish()
    }
}
