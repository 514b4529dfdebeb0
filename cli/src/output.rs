//! Standard output: buffered, with errors that are named after it.

use std::io::{self, Write};

use anstyle::Style;
use iolite::prelude::*;
use iolite::{BufferedWriter, FileIo, stdio};

use crate::status::Failure;

/// Standard output. What is written fails with std's errors, which [`Failure::output`] gives their
/// name; [`close`](Self::close) it at the end, or what is still buffered fails without a word.
pub(crate) struct Output {
    writer: BufferedWriter<FileIo>,
    colored: bool,
}

impl Output {
    pub(crate) fn stdout() -> Result<Output, Failure> {
        let choice = anstream::AutoStream::choice(&io::stdout());
        Ok(Output {
            writer: stdio::stdout_bytes().map_err(Failure::output)?,
            colored: choice != anstream::ColorChoice::Never,
        })
    }

    /// Whether colours are wanted.
    pub(crate) fn is_colored(&self) -> bool {
        self.colored
    }

    /// This style where colours are wanted, else none: `{style}text{style:#}`.
    pub(crate) fn style(&self, style: Style) -> Style {
        if self.colored { style } else { Style::new() }
    }

    /// Writes what is buffered: before a message, so that both come in their order.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        Write::flush(&mut self.writer).map_err(Failure::output)
    }

    /// Writes what is buffered, and hears what closing says.
    pub(crate) fn close(mut self) -> Result<(), Failure> {
        self.writer.close().map_err(Failure::output)
    }

    /// The stream itself, for calls that take one of iolite's.
    pub(crate) fn stream(&mut self) -> &mut BufferedWriter<FileIo> {
        &mut self.writer
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.writer)
    }
}
