//! The two directions in turns: who is behind, and how it catches up.

use std::io::SeekFrom;

use super::super::codec::{Decoder, Step};
use super::super::position::TextPosition;
use super::encode::TextSink;
use super::window::TextWindow;
use super::{Last, TextIoWrapper};
use crate::buffered::BufferedIo;
use crate::error::{Error, Operation, Result};

impl<B: BufferedIo> TextIoWrapper<B> {
    #[inline]
    pub(super) fn parts(&mut self) -> Result<Parts<'_, B>> {
        match &mut self.buffer {
            Some(buffer) if !buffer.is_closed() => Ok((buffer, &mut self.window, &mut self.sink)),
            _ => Err(Error::Closed),
        }
    }

    /// The parts for reading, at the same place.
    #[inline]
    pub(super) fn reading(&mut self) -> Result<(&mut B, &mut TextWindow)> {
        if self.last != Last::Read {
            self.turn_to_reading()?;
        }
        let (buffer, window, _) = self.parts()?;
        Ok((buffer, window))
    }

    /// Makes the window see what was written.
    #[cold]
    pub(super) fn turn_to_reading(&mut self) -> Result<()> {
        if self.last.is_unknown() {
            self.look_again()?;
            if self.last != Last::Nothing {
                return Ok(());
            }
        }
        if self.last == Last::Nothing {
            return self.begin_in_the_middle();
        }
        let one_position = self.one_position;
        let (buffer, window, sink) = self.parts()?;
        supported(buffer.readable(), Operation::Read)?;
        if !one_position {
            sink.rest(buffer)?;
        } else {
            sink.settle(buffer)?;
            let offset = buffer.stream_position()?;
            window.restart(TextPosition::new(offset, sink.decoder_state()));
        }
        self.last = Last::Read;
        Ok(())
    }

    /// Finds out where the stream is after its descriptor was handed out, or if that failed before.
    #[cold]
    pub(super) fn look_again(&mut self) -> Result<()> {
        let is_new = self.last == Last::Unplaced;
        let (buffer, window, sink) = self.parts()?;
        if buffer.seekable() {
            let offset = buffer.stream_position()?;
            window.restart(TextPosition::new(offset, 0));
            let state = match is_new {
                true => 0,
                false if has_order(sink) && buffer.readable() => {
                    let found = file_mark(buffer, window, sink)?;
                    found.unwrap_or(sink.decoder_state())
                }
                false => sink.decoder_state(),
            };
            window.restart(TextPosition::new(offset, state));
            sink.place(offset == 0, state);
            if is_new && offset > 0 && sink.has_mark() {
                self.last = Last::Nothing;
                return Ok(());
            }
        }
        self.last = Last::Read;
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
        self.last = Last::Read;
        Ok(())
    }

    /// The parts for writing, at the same place.
    pub(super) fn writing(&mut self) -> Result<(&mut B, &mut TextSink)> {
        if self.last != Last::Wrote {
            self.turn_to_writing()?;
        }
        let (buffer, _, sink) = self.parts()?;
        Ok((buffer, sink))
    }

    /// Writes where text does not just go into the buffer's room.
    #[cold]
    pub(super) fn write_cold(&mut self, text: &str) -> Result<()> {
        let (buffer, sink) = self.writing()?;
        sink.write(buffer, text)
    }

    /// Tells the place where that takes more than a sum.
    #[inline(never)]
    pub(super) fn tell_measured(&mut self) -> Result<TextPosition> {
        if self.last == Last::Unplaced {
            self.look_again()?;
        }
        let last = self.last;
        let (buffer, window, sink) = self.parts()?;
        supported(buffer.seekable(), Operation::Tell)?;
        if matches!(last, Last::Read | Last::Nothing) {
            return Ok(window.position());
        }
        sink.pause();
        let offset = buffer.stream_position()? + sink.pending() as u64;
        let state = if offset == 0 { 0 } else { sink.decoder_state() };
        Ok(TextPosition::new(offset, state))
    }

    /// Moves the buffer to where reading stopped.
    #[cold]
    pub(super) fn turn_to_writing(&mut self) -> Result<()> {
        if self.last.is_unknown() {
            self.look_again()?;
        }
        let one_position = self.one_position;
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
        self.last = Last::Wrote;
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
        if self.last != Last::Nothing || !has_order(&self.sink) {
            return Ok(());
        }
        if let Some(state) = mark_in(&first(MARK)?, &self.sink) {
            self.sink.place(false, state);
        }
        Ok(())
    }

    /// Writes what is pending and goes to a byte offset, and behind some characters of what
    /// stands there.
    pub(super) fn go(&mut self, to: SeekFrom, state: u64, skip: u32) -> Result<()> {
        let (buffer, window, sink) = self.parts()?;
        supported(buffer.seekable(), Operation::Seek)?;
        sink.settle(buffer)?;
        let offset = buffer.seek(to)?;
        window.restart(TextPosition {
            offset,
            state,
            skip,
        });
        sink.place(offset == 0, state);
        self.last = Last::Read;
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
    if offset == 0 || state != 0 || !sink.has_mark() {
        return Ok(());
    }
    if let Some(state) = sink.state_inside() {
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
    Decoder::new(sink.encoding()).awaits_order()
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
    let mut decoder = Decoder::new(sink.encoding());
    let mut text = String::new();
    match decoder.step(start, true, &mut text) {
        Step::Read(_) if text.is_empty() => Some(decoder.state()),
        _ => None,
    }
}

/// The length of the longest byte-order mark.
const MARK: usize = 4;
