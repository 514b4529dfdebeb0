//! [`Stream`]: what all buffered streams of the crate can do for Python.

use std::io::{self, BufRead, ErrorKind, Read};

use iolite::{BufferedIo, BufferedReader, BufferedRwPair, BufferedWriter, BytesIo, Error};

use crate::py_raw::PyRaw;
use crate::turns::Turns;

/// A buffered stream, and the two things that each of them has in its own way.
pub(crate) trait Stream: BufferedIo + Send {
    /// How many bytes can be read without the device; `None` if the stream does not say.
    fn read_ahead(&self) -> Option<usize>;

    /// How many bytes go past the buffer when they are asked for.
    fn capacity(&self) -> usize {
        usize::MAX
    }

    /// Lets go of the device, or says why it cannot.
    fn detach(self: Box<Self>) -> Result<(), (Error, Box<dyn Stream>)>;
}

macro_rules! detach {
    () => {
        fn detach(self: Box<Self>) -> Result<(), (Error, Box<dyn Stream>)> {
            match (*self).detach() {
                Ok(_) => Ok(()),
                Err(failed) => {
                    let (error, stream) = failed.into_parts();
                    Err((error, Box::new(stream)))
                }
            }
        }
    };
}

impl Stream for BufferedReader<PyRaw> {
    fn read_ahead(&self) -> Option<usize> {
        Some(self.buffer().len())
    }

    fn capacity(&self) -> usize {
        BufferedReader::capacity(self)
    }

    detach!();
}

impl Stream for BufferedWriter<PyRaw> {
    fn read_ahead(&self) -> Option<usize> {
        Some(0)
    }

    detach!();
}

impl Stream for Turns<PyRaw> {
    fn read_ahead(&self) -> Option<usize> {
        Some(self.buffer().len())
    }

    fn capacity(&self) -> usize {
        Turns::capacity(self)
    }

    fn detach(self: Box<Self>) -> Result<(), (Error, Box<dyn Stream>)> {
        match (*self).detach() {
            Ok(_) => Ok(()),
            Err(failed) => {
                let (error, stream) = *failed;
                Err((error, Box::new(stream)))
            }
        }
    }
}

impl Stream for BufferedRwPair<PyRaw, PyRaw> {
    fn read_ahead(&self) -> Option<usize> {
        Some(self.reader().buffer().len())
    }

    fn capacity(&self) -> usize {
        self.reader().capacity()
    }

    detach!();
}

impl Stream for BytesIo {
    fn read_ahead(&self) -> Option<usize> {
        None
    }

    fn detach(self: Box<Self>) -> Result<(), (Error, Box<dyn Stream>)> {
        let operation = iolite::error::Operation::Read;
        Err((Error::Unsupported { operation }, self))
    }
}

/// Up to `n` bytes: fewer at the end or where no more are there now, `None` if none are there now.
/// After any other error everything is still there.
pub(crate) fn read(stream: &mut dyn Stream, n: usize) -> io::Result<Option<Vec<u8>>> {
    let mut data = Vec::new();
    data.try_reserve_exact(n)
        .map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
    data.resize(n, 0);
    let Err(error) = stream.read_exact(&mut data) else {
        return Ok(Some(data));
    };
    let there = match Error::from(error) {
        Error::PartialRead { available, .. } => available,
        error if error.is_would_block() => match stream.read_ahead() {
            Some(0) => return Ok(None),
            Some(there) => there.min(n),
            None => return take(stream, data),
        },
        error => return Err(error.into()),
    };
    data.truncate(there);
    stream.read_exact(&mut data)?;
    Ok(Some(data))
}

/// One read, of a stream that does not say what is there.
fn take(stream: &mut dyn Stream, mut data: Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    match stream.read(&mut data) {
        Ok(n) => {
            data.truncate(n);
            Ok(Some(data))
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// Up to `n` bytes: what is there, and one read of the device, for a rest that goes past the buffer
/// or where nothing is there.
pub(crate) fn read_once(stream: &mut dyn Stream, n: usize) -> io::Result<Option<Vec<u8>>> {
    let ahead = stream.read_ahead().unwrap_or(0);
    let Some(mut data) = take(stream, vec![0; n])? else {
        return Ok(None);
    };
    if ahead == 0 || n - data.len() <= stream.capacity() {
        return Ok(Some(data));
    }
    // What the device says now, it says again at the next call.
    if let Ok(Some(more)) = take(stream, vec![0; n - data.len()]) {
        data.extend_from_slice(&more);
    }
    Ok(Some(data))
}

/// All bytes up to the end, or those that are there now.
pub(crate) fn read_all(stream: &mut dyn Stream) -> io::Result<Option<Vec<u8>>> {
    if stream.read_ahead().is_some() {
        // Looked at first, so that an error on the way to the end loses nothing.
        return match stream.peek(usize::MAX).map(<[u8]>::len) {
            Ok(n) => read(stream, n),
            Err(error) if error.is_would_block() => match stream.read_ahead() {
                None | Some(0) => Ok(None),
                Some(n) => read(stream, n),
            },
            Err(error) => Err(error.into()),
        };
    }
    let mut data = Vec::new();
    match stream.read_to_end(&mut data) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            Ok(Some(data).filter(|data| !data.is_empty()))
        }
        Err(error) => Err(error),
        Ok(_) => Ok(Some(data)),
    }
}

/// A line, or what is there now of it, in at most `limit` bytes.
pub(crate) fn read_line(stream: &mut dyn Stream, limit: u64) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    match stream.take(limit).read_until(b'\n', &mut line) {
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Ok(line),
    }
}
