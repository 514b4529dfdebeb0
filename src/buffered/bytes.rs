//! [`BytesIo`] as a buffered stream: memory is its own buffer.

use std::io::{BufRead, Write};

use super::buffered_io::BufferedIo;
use crate::chunk::Chunk;
use crate::error::Result;
use crate::raw::{BytesIo, RawIo};

impl BufferedIo for BytesIo {
    /// The next bytes, at most `max`; shares the memory, and copies nothing.
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        Ok(self.lend(max)?.unwrap_or_default())
    }

    /// Writes all of `chunk`. Copies it: the bytes of a `BytesIo` lie in one piece.
    fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        Ok(self.write_all(&chunk)?)
    }

    /// Shows the next `n` bytes, fewer only at the end; copies nothing.
    fn peek(&mut self, n: usize) -> Result<&[u8]> {
        let rest = self.fill_buf()?;
        Ok(&rest[..n.min(rest.len())])
    }
}
