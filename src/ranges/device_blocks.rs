//! [`DeviceBlocks`]: blocks of a device, from anywhere.

use std::mem;

use crate::error::Result;
use crate::raw::{RawIo, read_at, size};
use crate::text::StreamBlock;

/// Reads a device in blocks, and keeps the last one.
#[derive(Debug)]
pub(super) struct DeviceBlocks {
    /// The size of the device when it was asked, in bytes: what comes later does not count.
    size: u64,
    block: Vec<u8>,
    /// Where the block stands.
    offset: u64,
}

impl DeviceBlocks {
    pub(super) fn new(device: &mut impl RawIo) -> Result<DeviceBlocks> {
        Ok(DeviceBlocks {
            size: size(device)?,
            block: Vec::new(),
            offset: 0,
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The bytes from one place to another, or as many as there are.
    pub(super) fn load(
        &mut self,
        device: &mut impl RawIo,
        from: u64,
        to: u64,
    ) -> Result<StreamBlock<'_>> {
        let to = to.min(self.size).max(from);
        let len = usize::try_from(to - from).unwrap_or(usize::MAX);
        if !self.has(from, len) {
            self.read(device, from, len)?;
        }
        let start = usize::try_from(from - self.offset).unwrap_or(usize::MAX);
        let bytes = self.block.get(start..).unwrap_or_default();
        let bytes = &bytes[..len.min(bytes.len())];
        Ok(StreamBlock {
            bytes,
            offset: from,
            // A file that was cut meanwhile ends where it does now.
            is_last: to == self.size || bytes.len() < len,
        })
    }

    fn has(&self, from: u64, len: usize) -> bool {
        let end = from.saturating_add(len as u64);
        self.offset <= from && end <= self.offset + self.block.len() as u64
    }

    fn read(&mut self, device: &mut impl RawIo, from: u64, len: usize) -> Result<()> {
        let mut block = mem::take(&mut self.block);
        block.resize(len, 0);
        let mut filled = 0;
        while filled < len {
            match read_at(device, &mut block[filled..], from + filled as u64)? {
                0 => break,
                n => filled += n,
            }
        }
        block.truncate(filled);
        (self.block, self.offset) = (block, from);
        Ok(())
    }
}
