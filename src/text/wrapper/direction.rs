//! Reading and writing in turns: which of the two is behind, and how it catches up; other options
//! for a stream that is in use.
//!
//! A stream that both reads and writes has two places: where the window stands, which may have read
//! ahead, and where the buffer stands. [`Direction`] says which of them is true. To turn to writing,
//! the buffer goes back to where the window stands; to turn to reading, what is pending is written,
//! and the window forgets what it has.

use std::io::SeekFrom;

use super::super::codec::{Decoder, Step};
use super::super::line::Line;
use super::super::position::TextPosition;
use super::lines::TextWindow;
use super::write::TextSink;
use super::{TextIoWrapper, TextOptions};
use crate::buffered::BufferedIo;
use crate::error::{Error, Operation, Result};

/// What the last call did, as far as it matters to the next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// None, and the stream began in the middle of one that begins with a byte-order mark.
    Unstarted,
    /// The window knows where the stream is.
    Read,
    /// The window is behind.
    Write,
    /// The descriptor was handed out: nobody knows, and the buffer has to be asked.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has descriptors"))]
    Lent,
    /// Nothing was done, as the buffer did not say where it stands: it has to be asked again.
    Unplaced,
}

impl Direction {
    /// Whether the buffer has to be asked where the stream is.
    pub(super) fn is_unknown(self) -> bool {
        matches!(self, Direction::Lent | Direction::Unplaced)
    }
}

impl<B: BufferedIo> TextIoWrapper<B> {
    #[inline]
    pub(super) fn parts(&mut self) -> Result<Parts<'_, B>> {
        let core = &mut *self.core;
        if core.buffer.is_closed() {
            return Err(Error::Closed);
        }
        Ok((&mut core.buffer, &mut core.window, &mut core.sink))
    }

    /// The parts for reading, at the same place.
    #[inline]
    pub(super) fn reading(&mut self) -> Result<(&mut B, &mut TextWindow)> {
        if self.core.direction != Direction::Read {
            self.turn_to_reading()?;
        }
        let (buffer, window, _) = self.parts()?;
        Ok((buffer, window))
    }

    /// Makes the window see what was written.
    #[cold]
    pub(super) fn turn_to_reading(&mut self) -> Result<()> {
        if self.core.direction.is_unknown() {
            self.look_again()?;
            if self.core.direction != Direction::Unstarted {
                return Ok(());
            }
        }
        if self.core.direction == Direction::Unstarted {
            return self.begin_in_the_middle();
        }
        let one_position = self.core.one_position;
        let (buffer, window, sink) = self.parts()?;
        supported(buffer.readable(), Operation::Read)?;
        if !one_position {
            sink.finish_held(buffer)?;
        } else {
            sink.finish_pending(buffer)?;
            let offset = buffer.stream_position()?;
            window.restart(TextPosition::new(offset, sink.encoder.state()));
        }
        self.core.direction = Direction::Read;
        Ok(())
    }

    /// Finds out where the stream is after its descriptor was handed out, or if that failed before.
    #[cold]
    pub(super) fn look_again(&mut self) -> Result<()> {
        let is_new = self.core.direction == Direction::Unplaced;
        let (buffer, window, sink) = self.parts()?;
        if buffer.seekable() {
            let offset = buffer.stream_position()?;
            window.restart(TextPosition::new(offset, 0));
            let state = match is_new {
                true => 0,
                false if has_order(sink) && buffer.readable() => {
                    let found = file_mark(buffer, window, sink)?;
                    found.unwrap_or(sink.encoder.state())
                }
                false => sink.encoder.state(),
            };
            window.restart(TextPosition::new(offset, state));
            sink.place(offset == 0, state);
            if is_new && offset > 0 && sink.encoder.has_mark() {
                self.core.direction = Direction::Unstarted;
                return Ok(());
            }
        }
        self.core.direction = Direction::Read;
        Ok(())
    }

    /// Finds out what the file's byte-order mark says, for reading that begins behind it; unless
    /// a mark stands here, too, as it does where one file holds several.
    #[cold]
    fn begin_in_the_middle(&mut self) -> Result<()> {
        let (buffer, window, sink) = self.parts()?;
        supported(buffer.readable(), Operation::Read)?;
        let TextPosition { offset, state, .. } = window.position();
        if state == 0
            && has_order(sink)
            && mark_here(buffer, sink)?.is_none()
            && let Some(state) = file_mark(buffer, window, sink)?
        {
            window.restart(TextPosition::new(offset, state));
            sink.place(false, state);
        }
        self.core.direction = Direction::Read;
        Ok(())
    }

    /// The parts for writing, at the same place.
    pub(super) fn writing(&mut self) -> Result<(&mut B, &mut TextSink)> {
        if self.core.direction != Direction::Write {
            self.turn_to_writing()?;
        }
        let (buffer, _, sink) = self.parts()?;
        Ok((buffer, sink))
    }

    /// A line whose end was not looked for, or that has to be put together.
    #[inline(never)]
    pub(super) fn next_line_slow(&mut self) -> Result<Option<Line<'_>>> {
        let (buffer, window) = self.reading()?;
        window.next_line(buffer)
    }

    /// Writes where text does not just go into the buffer's room.
    #[cold]
    pub(super) fn write_slow(&mut self, text: &str) -> Result<()> {
        let (buffer, sink) = self.writing()?;
        sink.write(buffer, text)
    }

    /// Tells the place where that takes more than a sum.
    #[inline(never)]
    pub(super) fn tell_slow(&mut self) -> Result<TextPosition> {
        if self.core.direction == Direction::Unplaced {
            self.look_again()?;
        }
        let direction = self.core.direction;
        let (buffer, window, sink) = self.parts()?;
        supported(buffer.seekable(), Operation::Tell)?;
        if matches!(direction, Direction::Read | Direction::Unstarted) {
            return Ok(window.position());
        }
        sink.pause();
        let offset = buffer.stream_position()? + sink.pending() as u64;
        let state = if offset == 0 { 0 } else { sink.encoder.state() };
        Ok(TextPosition::new(offset, state))
    }

    /// Brings the buffer to where the stream is, with everything written.
    pub(super) fn finish_direction(&mut self) -> Result<()> {
        let direction = self.core.direction;
        let (buffer, window, sink) = self.parts()?;
        // A pair's run may be open though reading was the last that was done.
        sink.finish_pending(buffer)?;
        match direction {
            Direction::Write | Direction::Lent | Direction::Unplaced => sink.flush(buffer),
            Direction::Read | Direction::Unstarted => step_back(buffer, window),
        }
    }

    /// Moves the buffer to where reading stopped.
    #[cold]
    pub(super) fn turn_to_writing(&mut self) -> Result<()> {
        if self.core.direction.is_unknown() {
            self.look_again()?;
        }
        let one_position = self.core.one_position;
        let (buffer, window, sink) = self.parts()?;
        supported(buffer.writable(), Operation::Write)?;
        if one_position {
            step_back(buffer, window)?;
            look_at_mark(buffer, window, sink)?;
            let TextPosition { offset, state, .. } = window.position();
            let old = match offset == 0 && has_order(sink) {
                // A mark that is written over stays what it is: so does what is behind it.
                true => mark_here(buffer, sink)?,
                false => None,
            };
            sink.place(offset == 0, old.unwrap_or(state));
        }
        window.park();
        self.core.direction = Direction::Write;
        Ok(())
    }

    /// See the function of that name.
    pub(super) fn look_at_mark(&mut self) -> Result<()> {
        let (buffer, window, sink) = self.parts()?;
        look_at_mark(buffer, window, sink)?;
        sink.place(window.position().offset == 0, window.position().state);
        Ok(())
    }

    /// Goes on writing in the byte order of the file's mark, where the buffer cannot read it.
    /// `first` gives so many of the file's first bytes, or all; it is asked only if they matter.
    pub(crate) fn go_on_in_order(
        &mut self,
        first: impl FnOnce(usize) -> Result<Vec<u8>>,
    ) -> Result<()> {
        if self.core.direction != Direction::Unstarted || !has_order(&self.core.sink) {
            return Ok(());
        }
        if let Some(state) = mark_in(&first(MARK)?, &self.core.sink) {
            self.core.sink.place(false, state);
        }
        Ok(())
    }

    /// Writes what is pending and goes to a byte offset, and behind some characters of what
    /// stands there.
    pub(super) fn go(&mut self, to: SeekFrom, state: u64, skip: u32) -> Result<()> {
        let (buffer, window, sink) = self.parts()?;
        supported(buffer.seekable(), Operation::Seek)?;
        sink.finish_pending(buffer)?;
        let offset = buffer.seek(to)?;
        window.restart(TextPosition {
            offset,
            state,
            skip,
        });
        sink.place(offset == 0, state);
        self.core.direction = Direction::Read;
        Ok(())
    }

    /// The options as they are now.
    pub fn options(&self) -> TextOptions {
        self.core.options
    }

    /// Whether a write with `\n` or `\r` in it flushes.
    pub fn line_buffering(&self) -> bool {
        self.core.options.line_buffering
    }

    /// Whether every write flushes.
    pub fn write_through(&self) -> bool {
        self.core.options.write_through
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
        if self.core.direction.is_unknown() {
            self.look_again()?;
        }
        let (old, turned) = (
            self.core.options,
            self.core.direction == Direction::Write && self.core.one_position,
        );
        let same_encoding = options.encoding == old.encoding;
        let same = same_encoding && (options.errors, options.newline) == (old.errors, old.newline);
        let (buffer, window, sink) = self.parts()?;
        if !same {
            sink.finish_pending(buffer)?;
        }
        if buffer.writable() {
            sink.flush(buffer)?;
        }
        if !same && buffer.readable() {
            if turned {
                let state = if same_encoding {
                    sink.encoder.state()
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
        if !same && (turned || self.core.direction == Direction::Unstarted) {
            self.core.direction = Direction::Read;
        }
        self.core.options = options;
        Ok(())
    }
}

/// The floors of a stream, borrowed together.
pub(super) type Parts<'a, B> = (&'a mut B, &'a mut TextWindow, &'a mut TextSink);

#[inline]
pub(super) fn supported(yes: bool, operation: Operation) -> Result<()> {
    if yes {
        Ok(())
    } else {
        Err(Error::Unsupported { operation })
    }
}

/// Gives back to the buffer what was read ahead.
pub(super) fn step_back(buffer: &mut impl BufferedIo, window: &mut TextWindow) -> Result<()> {
    if window.is_at_rest() {
        return Ok(());
    }
    let place = window.position();
    supported(buffer.seekable(), Operation::Seek)?;
    buffer.seek(SeekFrom::Start(place.offset))?;
    window.restart(place);
    Ok(())
}

/// Finds out what the file's byte-order mark says, if that matters and is not known: text that is
/// written behind it goes on in its order. Buffer and window are at rest, and stay where they are.
fn look_at_mark(
    buffer: &mut impl BufferedIo,
    window: &mut TextWindow,
    sink: &TextSink,
) -> Result<()> {
    let TextPosition { offset, state, .. } = window.position();
    if offset == 0 || state != 0 || !sink.encoder.has_mark() {
        return Ok(());
    }
    if let Some(state) = sink.encoder.state_inside() {
        window.restart(TextPosition::new(offset, state));
        return Ok(());
    }
    if !has_order(sink) {
        // A mark stands at the start or nowhere, and says nothing.
        window.restart(TextPosition::new(offset, 1));
    } else if let Some(state) = file_mark(buffer, window, sink)? {
        window.restart(TextPosition::new(offset, state));
    }
    Ok(())
}

/// Whether the byte order is that of a mark at the start.
fn has_order(sink: &TextSink) -> bool {
    Decoder::new(sink.encoder.encoding()).awaits_order()
}

/// The decoder's state behind the byte-order mark at the start of the file, if one stands there.
/// The buffer goes there, and back to where the window is.
fn file_mark(
    buffer: &mut impl BufferedIo,
    window: &mut TextWindow,
    sink: &TextSink,
) -> Result<Option<u64>> {
    let back = window.position().offset;
    buffer.seek(SeekFrom::Start(0))?;
    let found = mark_here(buffer, sink);
    if let Err(error) = buffer.seek(SeekFrom::Start(back)) {
        window.restart(TextPosition::START);
        return Err(error.into());
    }
    found
}

/// The same where the buffer stands.
fn mark_here(buffer: &mut impl BufferedIo, sink: &TextSink) -> Result<Option<u64>> {
    Ok(mark_in(buffer.peek(MARK)?, sink))
}

/// The same in the first bytes of a file.
fn mark_in(start: &[u8], sink: &TextSink) -> Option<u64> {
    if start.is_empty() {
        return None;
    }
    let mut decoder = Decoder::new(sink.encoder.encoding());
    let mut text = String::new();
    match decoder.step(start, true, &mut text) {
        Step::Read(_) if text.is_empty() => Some(decoder.state()),
        _ => None,
    }
}

/// The length of the longest byte-order mark.
const MARK: usize = 4;
