//! [`Utf8Reader`]: a text stream as bytes of UTF-8, to read.

use std::io::{self, BufRead, Read};

use super::text_io::TextIo;

/// Makes a text stream a [`Read`] and [`BufRead`] of std: its text as UTF-8, whatever the
/// encoding of the stream. So parsers of bytes (CSV, JSON …) read any encoding, translated
/// newlines included.
///
/// Copies nothing: `fill_buf` shows the text where it lies. A decode error becomes an
/// [`io::Error`] with the [`Error`](crate::Error) inside.
///
/// # Examples
///
/// ```
/// use std::io::Read;
/// use iolite::{BufferedReader, BytesIo, Encoding, TextIoWrapper, TextOptions, Utf8Reader};
///
/// let bytes = BufferedReader::new(BytesIo::from(b"caf\xe9\r\n".to_vec()));
/// let options = TextOptions::new().encoding(Encoding::LATIN_1);
/// let mut utf_8 = Vec::new();
/// Utf8Reader::new(TextIoWrapper::with_options(bytes, options)).read_to_end(&mut utf_8)?;
/// assert_eq!(utf_8, "café\n".as_bytes());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Utf8Reader<T> {
    stream: T,
    /// Bytes of the stream's next character that were taken: less than the whole.
    taken: usize,
}

impl<T: TextIo> Utf8Reader<T> {
    /// A reader of `stream`, which may be a `&mut` of one.
    pub fn new(stream: T) -> Utf8Reader<T> {
        Utf8Reader { stream, taken: 0 }
    }

    /// The stream. It stands before a character of which only some bytes were taken.
    pub fn get_ref(&self) -> &T {
        &self.stream
    }

    /// Hands the stream out, which stands where [`get_ref`](Utf8Reader::get_ref) says.
    pub fn into_inner(self) -> T {
        self.stream
    }
}

impl<T: TextIo> Read for Utf8Reader<T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let n = self.fill_buf()?.read(buf)?;
        self.consume(n);
        Ok(n)
    }
}

impl<T: TextIo> BufRead for Utf8Reader<T> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let text = self.stream.fill_str()?;
        Ok(text.as_bytes().get(self.taken..).unwrap_or_default())
    }

    /// # Panics
    ///
    /// If that is more than there was.
    fn consume(&mut self, n: usize) {
        if n == 0 {
            return;
        }
        // What `fill_buf` showed is there without asking the device.
        let text = self.stream.fill_str().unwrap_or_default();
        let end = self.taken + n;
        assert!(end <= text.len(), "consume beyond what was given");
        let mut whole = end;
        while !text.is_char_boundary(whole) {
            whole -= 1;
        }
        self.taken = end - whole;
        self.stream.consume(whole);
    }
}
