//! Reading and writing alternately, and changing the options of a stream that is in use.
//!
//! A stream that both reads and writes has two places: where the window stands, which may have read
//! ahead, and where the buffer stands. [`Direction`] says which of them is true. To turn to
//! writing, the buffer goes back to where the window stands; to turn to reading, what is pending is
//! written, and the window forgets what it has.

use std::io::SeekFrom;

use super::super::codec::Decoder;
use super::super::decoder::TextWindow;
use super::super::options::TextOptions;
use super::super::position::TextPosition;
use super::write::TextSink;
use super::{TextCore, TextIoWrapper};
use crate::buffered::BufferedIo;
use crate::error::{Error, Operation, Result};
use crate::io_base::is_over;

/// What the last call did: it decides what the next one has to do first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// Nothing, and the stream began in the middle of a file whose encoding has a byte-order mark.
    Unstarted,
    /// The window knows where the stream is.
    Read,
    /// The buffer knows where the stream is; what the window shows is out of date.
    Write,
    /// The descriptor was handed out, so the position is unknown and the buffer has to be asked.
    Lent,
    /// Nothing: the buffer failed to tell its position, and has to be asked again.
    Unplaced,
}

impl Direction {
    /// That of a new stream, which begins at a byte of the file. `has_mark`: in an encoding that has a
    /// byte-order mark.
    pub(super) fn first(offset: u64, has_mark: bool) -> Direction {
        if offset > 0 && has_mark {
            Direction::Unstarted
        } else {
            Direction::Read
        }
    }

    /// Whether the buffer has to be asked where the stream is.
    pub(super) fn is_unknown(self) -> bool {
        matches!(self, Direction::Lent | Direction::Unplaced)
    }
}

/// The length of the longest byte-order mark.
const MARK: usize = 4;

impl<B: BufferedIo> TextCore<B> {
    #[inline]
    pub(super) fn check_open(&self) -> Result<()> {
        if is_over(&self.buffer) {
            Err(Error::Closed)
        } else {
            Ok(())
        }
    }

    /// What reading takes, at the stream's place.
    #[inline]
    pub(super) fn reading(&mut self) -> Result<(&mut B, &mut TextWindow)> {
        if self.direction != Direction::Read {
            self.turn_to_reading()?;
        }
        self.check_open()?;
        Ok((&mut self.buffer, &mut self.window))
    }

    /// Makes the window see what was written.
    fn turn_to_reading(&mut self) -> Result<()> {
        self.find_place()?;
        self.check_open()?;
        if self.direction == Direction::Read {
            return Ok(());
        }
        supported(self.buffer.readable(), Operation::Read)?;
        if self.direction == Direction::Unstarted {
            self.begin_in_the_middle()?;
        } else if self.one_position {
            self.sink.finish_pending(&mut self.buffer)?;
            let state = self.sink.encoder.codec.state();
            self.restart_here(state)?;
        } else {
            self.sink.finish_held(&mut self.buffer)?;
        }
        self.turn_to(Direction::Read);
        Ok(())
    }

    /// Finds out what the file's byte-order mark says, for reading that begins after it; unless
    /// a mark stands here, too, as it does where one file holds several.
    fn begin_in_the_middle(&mut self) -> Result<()> {
        if self.window.position().state == 0
            && self.has_order()
            && self.mark_here()?.is_none()
            && let Some(state) = self.file_mark()?
        {
            self.set_state(state);
        }
        Ok(())
    }

    /// What writing takes, at the stream's place.
    pub(super) fn writing(&mut self) -> Result<(&mut B, &mut TextSink)> {
        if self.direction != Direction::Write {
            self.turn_to_writing()?;
        }
        self.check_open()?;
        Ok((&mut self.buffer, &mut self.sink))
    }

    /// Moves the buffer to where reading stopped.
    fn turn_to_writing(&mut self) -> Result<()> {
        self.find_place()?;
        self.check_open()?;
        supported(self.buffer.writable(), Operation::Write)?;
        if self.one_position {
            self.step_back()?;
            self.look_at_mark()?;
            if self.window.position().offset == 0
                && self.has_order()
                && let Some(state) = self.mark_here()?
            {
                // A mark that is written over stays what it is: so does what follows it.
                self.sink.place(true, state);
            }
        }
        // So that no line is taken from the window while the stream writes: its fast path looks at
        // no state.
        self.window.park();
        self.turn_to(Direction::Write);
        Ok(())
    }

    /// Asks the buffer where the stream is, if that is unknown: after its descriptor was handed
    /// out, or if asking failed before.
    pub(super) fn find_place(&mut self) -> Result<()> {
        let is_new = self.direction == Direction::Unplaced;
        if !self.direction.is_unknown() {
            return Ok(());
        }
        self.check_open()?;
        let direction = if self.buffer.seekable() {
            self.restart_here(0)?;
            let mut state = 0;
            if !is_new {
                state = self.sink.encoder.codec.state();
                if self.has_order() && self.buffer.readable() {
                    state = self.file_mark()?.unwrap_or(state);
                }
            }
            self.set_state(state);
            match is_new {
                true => Direction::first(
                    self.window.position().offset,
                    self.sink.encoder.codec.has_mark(),
                ),
                false => Direction::Read,
            }
        } else {
            Direction::Read
        };
        self.turn_to(direction);
        Ok(())
    }

    /// The only place where the direction changes: what is written next is never taken for more of what
    /// was written before.
    pub(super) fn turn_to(&mut self, direction: Direction) {
        self.direction = direction;
        self.sink.stop();
    }

    /// Forgets what was read and goes on where the buffer stands.
    fn restart_here(&mut self, state: u64) -> Result<()> {
        let offset = self.buffer.stream_position()?;
        self.window.restart(TextPosition::new(offset, state));
        Ok(())
    }

    /// Sets the decoder's state here, where nothing was read ahead.
    fn set_state(&mut self, state: u64) {
        let TextPosition { offset, .. } = self.window.position();
        self.window.restart(TextPosition::new(offset, state));
        self.sink.place(offset == 0, state);
    }

    /// Moves the buffer back to before what was read ahead.
    pub(super) fn step_back(&mut self) -> Result<()> {
        if self.window.has_nothing_ahead() {
            return Ok(());
        }
        let place = self.window.position();
        supported(self.buffer.seekable(), Operation::Seek)?;
        self.buffer.seek(SeekFrom::Start(place.offset))?;
        self.window.restart(place);
        Ok(())
    }

    /// Writes what is pending and goes to a byte offset, and past some characters of what stands
    /// there.
    pub(super) fn go(&mut self, to: SeekFrom, state: u64, skip: u32) -> Result<()> {
        self.check_open()?;
        supported(self.buffer.seekable(), Operation::Seek)?;
        self.sink.finish_pending(&mut self.buffer)?;
        let offset = self.buffer.seek(to)?;
        self.window.restart(TextPosition {
            offset,
            state,
            skip,
        });
        self.sink.place(offset == 0, state);
        self.turn_to(Direction::Read);
        Ok(())
    }

    /// Finds the place where that takes more than an addition.
    #[inline(never)] // row 9c
    pub(super) fn tell_slow(&mut self) -> Result<TextPosition> {
        if self.direction == Direction::Unplaced {
            self.find_place()?;
        }
        self.check_open()?;
        supported(self.buffer.seekable(), Operation::Tell)?;
        if matches!(self.direction, Direction::Read | Direction::Unstarted) {
            return Ok(self.window.position());
        }
        self.sink.pause();
        let offset = self.buffer.stream_position()? + self.sink.pending() as u64;
        let state = match offset {
            0 => 0,
            _ => self.sink.encoder.codec.state(),
        };
        Ok(TextPosition::new(offset, state))
    }

    /// Brings the buffer to where the stream is, with everything written.
    pub(super) fn finish_direction(&mut self) -> Result<()> {
        self.check_open()?;
        // The writing half of a pair may be inside a shift even if the last call was a read.
        self.sink.finish_pending(&mut self.buffer)?;
        match self.direction {
            Direction::Write | Direction::Lent | Direction::Unplaced => {
                self.sink.flush(&mut self.buffer)
            }
            Direction::Read | Direction::Unstarted => self.step_back(),
        }
    }

    /// Finds out what the file's byte-order mark says, if that matters and is not known: text that
    /// is written after it goes on in its order. Buffer and window are at rest, and stay where they
    /// are.
    pub(super) fn look_at_mark(&mut self) -> Result<()> {
        let TextPosition { offset, state, .. } = self.window.position();
        let is_unknown = offset != 0 && state == 0 && self.sink.encoder.codec.has_mark();
        let found = match self.sink.encoder.codec.state_inside() {
            _ if !is_unknown => None,
            Some(state) => Some(state),
            None if self.has_order() => self.file_mark()?,
            // `utf-8-sig`: its mark is at the start or missing, and there is nothing to learn from
            // it.
            None => Some(1),
        };
        if let Some(state) = found {
            self.window.restart(TextPosition::new(offset, state));
        }
        self.sink.place(offset == 0, found.unwrap_or(state));
        Ok(())
    }

    /// Whether the byte order is that of a mark at the start.
    fn has_order(&self) -> bool {
        Decoder::new(self.sink.encoder.encoding()).awaits_order()
    }

    /// The decoder's state after the byte-order mark at the start of the file, if one stands there.
    /// The buffer goes there, and back to where the window is.
    fn file_mark(&mut self) -> Result<Option<u64>> {
        let back = self.window.position().offset;
        self.buffer.seek(SeekFrom::Start(0))?;
        let found = self.mark_here();
        if let Err(error) = self.buffer.seek(SeekFrom::Start(back)) {
            self.window.restart(TextPosition::START);
            return Err(error.into());
        }
        found
    }

    /// The same where the buffer stands.
    fn mark_here(&mut self) -> Result<Option<u64>> {
        Ok(mark_in(self.buffer.peek(MARK)?, &self.sink))
    }

    fn reconfigure(&mut self, options: TextOptions) -> Result<()> {
        options.check()?;
        self.find_place()?;
        self.check_open()?;
        let old = self.options;
        let has_turned = self.direction == Direction::Write && self.one_position;
        let same_encoding = options.encoding == old.encoding;
        let same = same_encoding && (options.errors, options.newline) == (old.errors, old.newline);
        if !same {
            self.sink.finish_pending(&mut self.buffer)?;
        }
        if self.buffer.writable() {
            self.sink.flush(&mut self.buffer)?;
        }
        if !same && self.buffer.readable() {
            if has_turned {
                let state = if same_encoding {
                    self.sink.encoder.codec.state()
                } else {
                    0
                };
                self.restart_here(state)?;
            } else if self.buffer.seekable() {
                self.step_back()?;
            } else {
                supported(self.window.take_back(), Operation::Seek)?;
            }
        }
        self.window.reconfigure(&options);
        self.sink.reconfigure(&options);
        if !same && (has_turned || self.direction == Direction::Unstarted) {
            self.turn_to(Direction::Read);
        }
        self.options = options;
        Ok(())
    }
}

impl<B: BufferedIo> TextIoWrapper<B> {
    /// Goes on writing in the byte order of the file's mark, where the buffer cannot read it.
    /// `first` gives so many of the file's first bytes, or all; it is asked only if they matter.
    pub(crate) fn go_on_in_order(
        &mut self,
        first: impl FnOnce(usize) -> Result<Vec<u8>>,
    ) -> Result<()> {
        let core = &mut *self.core;
        if core.direction == Direction::Unstarted
            && core.has_order()
            && let Some(state) = mark_in(&first(MARK)?, &core.sink)
        {
            core.sink.place(false, state);
        }
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

    /// Continues with other options from the position on; flushes first if the stream can write.
    ///
    /// Unlike CPython's, this changes encoding, error policy and newlines after reading has begun,
    /// too: text that was decoded ahead but not taken yet is decoded again from its bytes. So the
    /// declaration on the first line of an XML or Python file can be read as Latin-1, and the rest
    /// as what it declares. A new encoding starts afresh: it expects its byte-order mark if it
    /// needs one, and writes none where text was written before. What [`newlines`] has seen stays.
    ///
    /// Positions from before belong to the encoding and the error policy that they came from.
    /// Inside what one error policy made of malformed bytes, reading continues with all of what the
    /// other one makes of them.
    ///
    /// [`newlines`]: crate::TextIo::newlines
    ///
    /// # Errors
    ///
    /// What the buffer says to the flush, and [`Unsupported`](crate::Error::Unsupported) where the
    /// bytes that were read ahead are gone: on a stream that cannot seek, in the middle of a line
    /// that was looked at and lies in more than one chunk.
    /// [`InvalidArgument`](crate::Error::InvalidArgument) for an encoding in which an error policy
    /// cannot be kept ([`ErrorPolicy::Escape`](crate::ErrorPolicy::Escape)). Nothing has changed
    /// then.
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
        self.core.reconfigure(options)
    }
}

#[inline]
pub(super) fn supported(yes: bool, operation: Operation) -> Result<()> {
    if yes {
        Ok(())
    } else {
        Err(Error::Unsupported { operation })
    }
}

/// The decoder's state after the byte-order mark in the first bytes of a file, if one is there.
fn mark_in(start: &[u8], sink: &TextSink) -> Option<u64> {
    if start.is_empty() {
        return None;
    }
    let mut decoder = Decoder::new(sink.encoder.encoding());
    let mut text = String::new();
    match decoder.step(start, true, &mut text) {
        Ok(_) if text.is_empty() => Some(decoder.state()),
        _ => None,
    }
}
