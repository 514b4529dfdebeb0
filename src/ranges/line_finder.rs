//! [`LineFinder`]: line starts near a place of a device.

use super::device_blocks::DeviceBlocks;
use crate::error::Result;
use crate::raw::RawIo;
use crate::text::{LineStarts, StreamBlock, TextOptions, TextPosition};

/// How many bytes are looked at together.
pub(super) const BLOCK: u64 = 64 * 1024;

/// Finds where lines begin for certain: see [`LineStarts`].
#[derive(Debug)]
pub(super) struct LineFinder {
    starts: LineStarts,
    blocks: DeviceBlocks,
}

impl LineFinder {
    /// For the lines of a device as these options read them.
    pub(super) fn new(device: &mut impl RawIo, options: &TextOptions) -> Result<LineFinder> {
        let mut blocks = DeviceBlocks::new(device)?;
        let mark = blocks.load(device, 0, LineStarts::MARK as u64)?;
        let starts = LineStarts::new(options, mark.bytes)?;
        Ok(LineFinder { starts, blocks })
    }

    /// The size of the device when it was asked, in bytes.
    pub(super) fn size(&self) -> u64 {
        self.blocks.size()
    }

    /// A place where a line begins as a position of text.
    pub(super) fn position(&self, place: u64) -> TextPosition {
        self.starts.position(place)
    }

    /// The bytes from one place to another, or as many as there are.
    pub(super) fn load(
        &mut self,
        device: &mut impl RawIo,
        from: u64,
        to: u64,
    ) -> Result<StreamBlock<'_>> {
        self.blocks.load(device, from, to)
    }

    /// The first line start at or after a place; the size of the device if there is none.
    pub(super) fn first_from(&mut self, device: &mut impl RawIo, place: u64) -> Result<u64> {
        let unit = self.starts.unit() as u64;
        if place == 0 {
            return Ok(0);
        }
        let mut next = place.checked_next_multiple_of(unit);
        while let Some(from) = next.filter(|&from| from < self.size()) {
            let low = from.saturating_sub(self.starts.before() as u64);
            let high = from + BLOCK + LineStarts::AFTER as u64;
            let block = self.blocks.load(device, low, high)?;
            let seen = low + block.bytes.len() as u64;
            let to = if block.is_last {
                seen
            } else {
                seen - LineStarts::AFTER as u64
            };
            if let Some(found) = self.starts.first(block, from..=to) {
                return Ok(found);
            }
            if block.is_last {
                break;
            }
            next = (to + 1).checked_next_multiple_of(unit);
        }
        Ok(self.size())
    }

    /// The last line start before a place that is not the first.
    pub(super) fn last_before(&mut self, device: &mut impl RawIo, place: u64) -> Result<u64> {
        let unit = self.starts.unit() as u64;
        let mut end = place;
        while end > 1 {
            let from = end.saturating_sub(BLOCK).max(1);
            let low = from.saturating_sub(self.starts.before() as u64);
            let low = low - low % unit;
            let block = self
                .blocks
                .load(device, low, end + LineStarts::AFTER as u64)?;
            if let Some(found) = self.starts.last(block, from..=end - 1) {
                return Ok(found);
            }
            end = from;
        }
        Ok(0)
    }
}
