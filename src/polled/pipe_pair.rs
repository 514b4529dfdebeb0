//! [`PipePair`]: what comes in and what goes out, as one buffered stream that never waits.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::mem;

use crate::buffered::BufferedIo;
use crate::chunk::{Chunk, Pipe};
use crate::error::{Error, Result, report_at_drop};
use crate::io_base::IoBase;

/// Two pipes under a stream of text. Everything is forwarded to one of them.
#[derive(Default)]
pub(crate) struct PipePair {
    pub(super) input: Pipe,
    pub(super) output: Pipe,
    /// Whether the text stream asked for a flush, as it does after each line with line buffering.
    pub(super) is_flush_due: bool,
    /// Whether an error told of what is still in `output`.
    pub(super) is_reported: bool,
}

impl PipePair {
    /// All bytes that are in both.
    pub(super) fn take_bytes(&mut self) -> (Vec<u8>, Vec<u8>) {
        let [input, output] = [&mut self.input, &mut self.output].map(|pipe| {
            let mut bytes = Vec::with_capacity(pipe.len());
            pipe.views().for_each(|view| bytes.extend_from_slice(view));
            // Nothing is left for drop to tell of.
            drop(mem::take(pipe));
            bytes
        });
        (input, output)
    }
}

impl Drop for PipePair {
    /// Nobody can wait here for the device to take what is left.
    fn drop(&mut self) {
        if !self.output.is_empty() && !self.is_reported {
            report_at_drop(&Error::WouldBlock { written: 0 }, self.output.len());
        }
    }
}

impl IoBase for PipePair {
    fn readable(&self) -> bool {
        self.input.readable()
    }

    fn writable(&self) -> bool {
        self.output.writable()
    }

    fn seekable(&self) -> bool {
        false
    }

    fn is_closed(&self) -> bool {
        IoBase::is_closed(&self.output)
    }

    fn close(&mut self) -> Result<()> {
        IoBase::close(&mut self.input)?;
        IoBase::close(&mut self.output)
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.output.truncate(size)
    }
}

impl Read for PipePair {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.input.read(buf)
    }
}

impl BufRead for PipePair {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        BufRead::consume(&mut self.input, n);
    }
}

impl Write for PipePair {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.output.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.is_flush_due = true;
        self.output.flush()
    }
}

impl Seek for PipePair {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.output.seek(to)
    }
}

impl BufferedIo for PipePair {
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        self.input.read_chunk(max)
    }

    fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        self.output.write_chunk(chunk)
    }

    fn peek(&mut self, n: usize) -> Result<&[u8]> {
        self.input.peek(n)
    }

    fn spare_mut(&mut self) -> &mut [u8] {
        BufferedIo::spare_mut(&mut self.output)
    }

    fn commit(&mut self, n: usize) {
        BufferedIo::commit(&mut self.output, n);
    }

    fn append_if_room(&mut self, bytes: &[u8]) -> bool {
        self.output.append_if_room(bytes)
    }
}
