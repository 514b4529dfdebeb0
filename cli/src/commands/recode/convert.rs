//! [`Conversion`]: one text from one stream to another. Memory does not grow with it.

use std::io::{self, ErrorKind};

use indicatif::ProgressBar;
use iolite::prelude::*;
use iolite::text::LineCounter;
use iolite::{
    Adapter, BufferedReader, BufferedWriter, Encoding, Error, ErrorPolicy, FileIo, Newline,
    TextIoWrapper, TextOptions,
};

use crate::messages::Place;

/// How text is converted.
pub(super) struct Conversion {
    pub(super) from: Encoding,
    pub(super) to: Encoding,
    pub(super) newline: Option<Newline>,
    pub(super) unconvertible: Unconvertible,
}

/// What becomes of malformed bytes and of characters that the output lacks.
#[derive(Clone, Copy)]
pub(super) enum Unconvertible {
    Policy(ErrorPolicy),
    /// They are left out, and it is told that something was.
    LeftOut,
}

impl Unconvertible {
    fn policy(self) -> ErrorPolicy {
        match self {
            Unconvertible::Policy(policy) => policy,
            // The conversion passes each of them, and sees it.
            Unconvertible::LeftOut => ErrorPolicy::Strict,
        }
    }
}

/// Where converted text goes.
pub(super) type Output<W> = TextIoWrapper<BufferedWriter<Adapter<W>>>;

/// Whether everything could be converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    All,
    /// Something was left out.
    Part,
}

/// Whose fault it was that a text could not be converted to its end.
pub(super) enum Trouble {
    Input(Place, Error),
    Output(Error),
}

/// How much is read and written at a time, in bytes.
const BUFFER: usize = 64 * 1024;

impl Conversion {
    /// The text that a device is to become.
    pub(super) fn output<W: io::Write>(&self, device: W) -> Output<W> {
        // A line that is to end otherwise is written with `\n` here, which this turns into that.
        let newline = self.newline.unwrap_or(Newline::Keep);
        let options = TextOptions::new().encoding(self.to).newline(newline);
        let options = options.errors(self.unconvertible.policy());
        let buffer = BufferedWriter::with_capacity(BUFFER, Adapter::writer(device));
        TextIoWrapper::with_options(buffer, options)
    }

    /// Converts a text to its end.
    pub(super) fn convert<W: io::Write>(
        &self,
        input: FileIo,
        output: &mut Output<W>,
        progress: &ProgressBar,
    ) -> Result<Share, Trouble> {
        // Line ends are translated by reading, if they are to be others, else by nobody.
        let newline = match self.newline {
            Some(_) => Newline::Universal,
            None => Newline::Keep,
        };
        let options = TextOptions::new().encoding(self.from).newline(newline);
        let options = options.errors(self.unconvertible.policy());
        let buffer = BufferedReader::with_capacity(BUFFER, input);
        let mut text = TextIoWrapper::with_options(buffer, options);
        let leaves_out = matches!(self.unconvertible, Unconvertible::LeftOut);
        let (mut share, mut last) = (Share::All, text.byte_offset());
        // For messages: counting costs next to nothing.
        let mut lines = LineCounter::new(newline);
        loop {
            let piece = match text.fill_str() {
                Ok("") => return Ok(share),
                Ok(piece) => piece,
                // The malformed bytes are passed: asking again goes on behind them.
                Err(Error::Decode { .. }) if leaves_out => {
                    share = Share::Part;
                    continue;
                }
                Err(error) => return Err(Trouble::Input(place(&error, &lines), error)),
            };
            let taken = match output.write_str(piece) {
                Ok(()) => piece.len(),
                Err(Error::Encode { offset, ch, .. }) => {
                    let good = &piece[..offset];
                    output.write_str(good).map_err(Trouble::Output)?;
                    lines.push(good);
                    if !leaves_out {
                        text.consume(offset);
                        let byte = text.byte_offset();
                        let place = Place {
                            line: Some(lines.lines() + 1),
                            byte: Some(byte),
                        };
                        return Err(Trouble::Input(place, unwritable(self.to, byte, ch)));
                    }
                    share = Share::Part;
                    lines.push(&piece[offset..offset + ch.len_utf8()]);
                    text.consume(offset + ch.len_utf8());
                    continue;
                }
                Err(error) => return Err(Trouble::Output(error)),
            };
            lines.push(piece);
            text.consume(taken);
            progress.inc(text.byte_offset() - last);
            last = text.byte_offset();
        }
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

/// The error about a character of the input.
fn unwritable(to: Encoding, byte: u64, ch: char) -> Error {
    let code = u32::from(ch);
    let message = format!("{to} has no {ch:?} (U+{code:04X}), byte {byte} of the input");
    io::Error::new(ErrorKind::InvalidData, message).into()
}
