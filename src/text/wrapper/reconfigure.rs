//! Other options for a stream that is in use.

use super::super::position::TextPosition;
use super::turns::{step_back, supported};
use super::{Last, TextIoWrapper, TextOptions};
use crate::buffered::BufferedIo;
use crate::error::{Operation, Result};

impl<B: BufferedIo> TextIoWrapper<B> {
    /// The options as they are now.
    pub fn options(&self) -> TextOptions {
        self.options
    }

    /// Whether a write with `\n` or `\r` in it flushes.
    pub fn line_buffering(&self) -> bool {
        self.options.line_buffering
    }

    /// Whether every write flushes.
    pub fn write_through(&self) -> bool {
        self.options.write_through
    }

    /// Goes on with other options, from the position on; flushes first if the stream can write.
    ///
    /// Unlike CPython's, this changes encoding, error policy and newlines after reading has begun,
    /// too: text that was decoded ahead but not taken yet is decoded again from its bytes. So the
    /// declaration on the first line of an XML or Python file can be read as Latin-1, and the rest
    /// as what it declares. A new encoding starts afresh: it expects its byte-order mark if it
    /// needs one, and writes none where text was written before. What [`newlines`] has seen stays.
    ///
    /// Positions that were told before belong to the encoding and the error policy they were told
    /// in. Inside of what one error policy made of malformed bytes, another one is asked about them
    /// anew.
    ///
    /// [`newlines`]: crate::TextIo::newlines
    ///
    /// # Errors
    ///
    /// What the buffer says to the flush, and [`Unsupported`](crate::Error::Unsupported) where
    /// the bytes that were read ahead are gone: on a stream that cannot seek, in the middle of a
    /// line that was looked at and lies in more than one chunk.
    /// [`InvalidArgument`](crate::Error::InvalidArgument) for an encoding in which an error policy
    /// cannot be kept ([`OnError::Escape`](crate::OnError::Escape)). Nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedReader, BytesIo, Encoding, TextIo, TextIoWrapper, TextOptions};
    ///
    /// let file = b"# -*- coding: koi8-r -*-\n\xf0\xf2\xe9\xf7\xe5\xf4\n".to_vec();
    /// let options = TextOptions::new().encoding(Encoding::LATIN_1);
    /// let mut text = TextIoWrapper::with_options(BufferedReader::new(BytesIo::from(file)), options);
    /// let line = text.next_line()?.expect("a declaration");
    /// let name = line.split(' ').nth(3).expect("a name").to_owned();
    /// text.reconfigure(text.options().encoding(name.parse()?))?;
    /// assert_eq!(text.next_line()?.as_deref(), Some("ПРИВЕТ"));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn reconfigure(&mut self, options: TextOptions) -> Result<()> {
        options.check()?;
        if self.last.is_unknown() {
            self.look_again()?;
        }
        let (old, turned) = (self.options, self.last == Last::Wrote && self.one_position);
        let same_encoding = options.encoding == old.encoding;
        let same = same_encoding && (options.errors, options.newline) == (old.errors, old.newline);
        let (buffer, window, sink) = self.parts()?;
        if !same {
            sink.settle(buffer)?;
        }
        if buffer.writable() {
            sink.flush(buffer)?;
        }
        if !same && buffer.readable() {
            if turned {
                let state = if same_encoding {
                    sink.decoder_state()
                } else {
                    0
                };
                window.restart(TextPosition::new(buffer.stream_position()?, state));
            } else if buffer.seekable() {
                step_back(buffer, window)?;
            } else {
                supported(window.take_back(), Operation::Seek)?;
            }
        }
        window.reconfigure(&options);
        sink.reconfigure(&options);
        if !same && (turned || self.last == Last::Nothing) {
            self.last = Last::Read;
        }
        self.options = options;
        Ok(())
    }
}
