//! Characters one by one: between two line ends nothing has to be looked at but the character.

use super::super::newline::LineEnding;
use super::input::ChunkSource;
use super::lines::TextWindow;
use super::ready::ReadyEnd;
use crate::error::Result;

impl TextWindow {
    /// The next character, if it is known to be shown as it is and to end no line. Such ones are ready
    /// only while the stream is open and reads.
    #[inline(always)] // row 10k
    pub(in crate::text) fn ready_char(&mut self) -> Option<char> {
        let start = self.start;
        if start >= self.calm {
            return None;
        }
        let text: &str = &self.block.text;
        let ch = match text.as_bytes().get(start) {
            Some(&byte) if byte.is_ascii() => char::from(byte),
            _ => text.get(start..)?.chars().next()?,
        };
        self.start = start + ch.len_utf8();
        self.shown.len = 0;
        Some(ch)
    }

    /// The next character, translated; `None` at the end.
    pub(in crate::text) fn next_char(
        &mut self,
        buffer: &mut impl ChunkSource,
    ) -> Result<Option<char>> {
        if let Some(ch) = self.ready_lf() {
            return Ok(Some(ch));
        }
        let Some(ch) = self.fill(buffer)?.chars().next() else {
            return Ok(None);
        };
        self.consume(ch.len_utf8());
        if !self.inside_crlf {
            let text = &self.block.text.as_bytes()[..self.visible];
            self.calm = self.ends.find(text, self.start).unwrap_or(text.len());
        }
        Ok(Some(ch))
    }

    /// A `\n` whose line's end was found ahead, and is kept for the lines after it.
    fn ready_lf(&mut self) -> Option<char> {
        let is_whole = !self.inside_crlf;
        match self.ready_end() {
            Some(ReadyEnd::Lf(end)) if end == self.start && is_whole => {
                self.pass_ready(end, LineEnding::Lf);
                self.calm = self.ends.peek().unwrap_or(0);
                Some('\n')
            }
            _ => None,
        }
    }
}
