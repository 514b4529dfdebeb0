//! [`Conversion`]: one text from one stream to another. Memory does not grow with it.

use std::io;

use iolite::prelude::*;
use iolite::text::LineCounter;
use iolite::{
    Adapter, BufferedWriter, Encoding, Error, Newline, Result, TextIoWrapper, TextOptions,
};

use super::lines::{LineEnds, find_binary};
use crate::messages::Place;

/// How line ends are converted.
pub(super) struct Conversion {
    pub(super) ends: LineEnds,
    /// `None`: what the mark says, else whatever stands over ASCII.
    pub(super) encoding: Option<Encoding>,
    pub(super) binary_too: bool,
}

/// What became of a text.
pub(super) enum Outcome<W> {
    /// All of it was written here, and flushed.
    Done(W),
    /// There is a character in it that no text has. What is before it was written.
    Binary(Place, char),
}

/// Which side of a conversion failed, and where.
pub(super) enum Trouble {
    Input(Place, Error),
    Output(Error),
}

impl Trouble {
    pub(super) fn input(error: impl Into<Error>) -> Trouble {
        Trouble::Input(Place::default(), error.into())
    }

    pub(super) fn output(error: impl Into<Error>) -> Trouble {
        Trouble::Output(error.into())
    }
}

/// How much of a file is looked at to know its encoding: the longest byte-order mark.
const MARK: usize = 4;

/// How much is read and written at a time, in bytes.
pub(super) const BUFFER: usize = 64 * 1024;

/// How a text is read so that what is written in the same way is the same bytes.
pub(super) fn options<B: BufferedIo>(
    reader: &mut B,
    given: Option<Encoding>,
) -> Result<TextOptions> {
    let mark = reader.peek(MARK)?;
    // Each byte as a character, and back: whatever stands over ASCII stays as it is.
    let unmarked = match given {
        Some(encoding) if !stands_over_ascii(encoding) => encoding,
        _ => Encoding::LATIN_1,
    };
    let encoding = match (Encoding::detect(mark, unmarked), given) {
        ((marked, _), _) if marked == Encoding::UTF_8_SIG => Encoding::LATIN_1,
        // What was said counts, also against the mark: that may be text of another encoding.
        (_, Some(_)) => unmarked.with_bom_as_text(mark),
        // The mark is text, so that it is written again.
        ((encoding, _), None) => encoding.with_bom_as_text(mark),
    };
    Ok(TextOptions::new().encoding(encoding).newline(Newline::Keep))
}

fn stands_over_ascii(encoding: Encoding) -> bool {
    let ascii = "az AZ 09\t\r\n";
    encoding
        .decode(ascii.as_bytes())
        .is_ok_and(|text| text == ascii)
}

impl Conversion {
    /// Copies text with the line ends that are wanted.
    pub(super) fn convert<B: BufferedIo, W: io::Write>(
        &self,
        mut reader: B,
        device: W,
    ) -> Result<Outcome<W>, Trouble> {
        let options = options(&mut reader, self.encoding).map_err(Trouble::input)?;
        let mut text = TextIoWrapper::with_options(reader, options);
        let buffer = BufferedWriter::with_capacity(BUFFER, Adapter::writer(device));
        let mut converted = TextIoWrapper::with_options(buffer, options);
        let mut lines = LineCounter::new(Newline::Keep);
        let mut room = String::new();
        loop {
            // A piece never ends between the two halves of a line end.
            let piece = match text.fill_str() {
                Ok("") => break,
                Ok(piece) => piece,
                Err(error) => {
                    // What came before is good, and goes out before the message.
                    converted.flush().map_err(Trouble::Output)?;
                    return Err(Trouble::Input(place(&error, &lines), error));
                }
            };
            let binary = if self.binary_too {
                None
            } else {
                find_binary(piece)
            };
            let good = &piece[..binary.unwrap_or(piece.len())];
            lines.push(good);
            let written = self.ends.convert(good, &mut room);
            converted.write_str(written).map_err(Trouble::Output)?;
            let good = good.len();
            let ch = piece[good..].chars().next();
            text.consume(good);
            if let Some(ch) = ch {
                converted.flush().map_err(Trouble::Output)?;
                let (line, byte) = (Some(lines.lines() + 1), Some(text.byte_offset()));
                return Ok(Outcome::Binary(Place { line, byte }, ch));
            }
        }
        let buffer = converted.detach().map_err(Trouble::output)?;
        let device = buffer.detach().map_err(Trouble::output)?;
        let device = device.into_inner().ok_or(Trouble::Output(Error::Closed))?;
        Ok(Outcome::Done(device))
    }
}

/// Where an error of the input is.
fn place(error: &Error, lines: &LineCounter) -> Place {
    match error {
        Error::Decode { offset, .. } => Place {
            line: Some(lines.lines() + 1),
            byte: Some(*offset),
        },
        _ => Place::default(),
    }
}
