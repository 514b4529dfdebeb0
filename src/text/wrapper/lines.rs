//! More ways to take lines than every text stream has.

use super::super::batch::TextBatch;
use super::super::line::Line;
use super::super::newline::LineEnding;
use super::TextIoWrapper;
use crate::buffered::BufferedIo;
use crate::error::Result;

impl<B: BufferedIo> TextIoWrapper<B> {
    /// The next line together with all further ones that are there already: at most one block of
    /// the buffer is asked for. `None` at the end. For lines that go to other threads.
    ///
    /// Shares the memory of the chunk that was read where [`Line::to_chunk`] would, else copies
    /// all of it once; allocates the list of the line ends.
    ///
    /// # Errors
    ///
    /// As for [`TextIo::next_line`], about the first line; one that is too long behind others
    /// ends the batch before it.
    ///
    /// [`Line::to_chunk`]: crate::Line::to_chunk
    /// [`TextIo::next_line`]: crate::TextIo::next_line
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedReader, BytesIo, TextIoWrapper};
    ///
    /// let bytes = BytesIo::from(b"one\n\nthree\n".to_vec());
    /// let mut text = TextIoWrapper::new(BufferedReader::new(bytes));
    /// let batch = text.next_batch()?.expect("three lines");
    /// let lengths = std::thread::spawn(move || batch.iter().map(|l| l.len()).collect::<Vec<_>>());
    /// assert_eq!(lengths.join().expect("no panic"), [3, 0, 5]);
    /// assert!(text.next_batch()?.is_none());
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn next_batch(&mut self) -> Result<Option<TextBatch>> {
        let (buffer, window) = self.reading()?;
        window.next_batch(buffer)
    }

    /// A line whose end was not looked for, or that is not as usual.
    #[inline(never)]
    pub(super) fn unusual_line(&mut self) -> Result<Option<Line<'_>>> {
        let (buffer, window) = self.reading()?;
        window.next_line(buffer)
    }

    /// Goes behind the end of the current line and says what that was; [`LineEnding::None`]: the
    /// stream ended. Keeps nothing of the line, however long it is: the way past one that is
    /// [too long](crate::Error::LineTooLong).
    ///
    /// # Errors
    ///
    /// What the device says, and [`Decode`](crate::Error::Decode) at malformed bytes. What was
    /// passed before stays behind: call again to get to the end of the line.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedReader, BytesIo, Error, TextIo, TextIoWrapper, TextOptions};
    ///
    /// let bytes = BufferedReader::new(BytesIo::from(b"much too long\nfine\n".to_vec()));
    /// let options = TextOptions::new().line_limit(Some(4));
    /// let mut text = TextIoWrapper::with_options(bytes, options);
    /// while let Err(Error::LineTooLong { .. }) = text.next_line() {
    ///     text.skip_line()?;
    /// }
    /// assert_eq!(text.byte_offset(), 19);
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn skip_line(&mut self) -> Result<LineEnding> {
        let (buffer, window) = self.reading()?;
        window.skip_line(buffer)
    }
}
