//! [`Chain`] and devices: one gather write out, one scatter read in.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};

use super::{Chain, new_block};
use crate::chunk::Tail;
use crate::error::{Operation, checked_count, checked_write, retry};

/// How many pieces one system call is given: more than pay, and below every system's limit (1024 on
/// Linux, 16 where POSIX is taken at its word; std cuts down further where it knows a lower one).
const PIECES: usize = 64;

impl Chain {
    /// Writes everything to `device`, with gather writes of up to 64 pieces, and returns how
    /// many bytes those were.
    ///
    /// # Errors
    ///
    /// What the device says; [`NoProgress`](Error::NoProgress) if it takes nothing;
    /// [`BadCount`](Error::BadCount) if it claims more than it was given, which does not count as
    /// written. What it took is gone from the chain, the rest is still there: calling again goes on.
    /// An interrupted call is repeated, unless the [hook](crate::set_interrupt_hook) objects.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Chain, Chunk};
    ///
    /// let mut chain = Chain::from_iter([Chunk::from("head "), Chunk::from("body")]);
    /// let mut device = Vec::new();
    /// assert_eq!(chain.write_to(&mut device)?, 9);
    /// assert_eq!((device.as_slice(), chain.len()), (&b"head body"[..], 0));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_to(&mut self, device: &mut impl Write) -> io::Result<usize> {
        let before = self.len();
        while !self.is_empty() {
            let mut pieces = [IoSlice::new(&[]); PIECES];
            let count = self.io_slices(&mut pieces);
            let pieces = &pieces[..count];
            let limit = pieces.iter().map(|piece| piece.len()).sum();
            let taken = retry(|| device.write_vectored(pieces))?;
            self.skip(checked_write(taken, limit)?);
        }
        Ok(before)
    }

    /// Reads once from `source`, `max` bytes at most, to the end of the chain, and returns how
    /// many bytes those were; 0 is the end. The bytes go straight into blocks, into several of
    /// them with one scatter read if `max` is more than the room in one.
    ///
    /// # Errors
    ///
    /// What the source says; [`BadCount`](Error::BadCount) if it claims more than it was asked for.
    /// The chain is as it was. An interrupted call is repeated, unless the
    /// [hook](crate::set_interrupt_hook) objects.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Chain;
    ///
    /// let mut chain = Chain::with_block_size(64);
    /// let mut source = &[7; 1000][..];
    /// assert_eq!(chain.read_from(&mut source, 200)?, 200);
    /// assert_eq!((chain.len(), source.len()), (200, 800));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read_from(&mut self, source: &mut impl Read, max: usize) -> io::Result<usize> {
        let mut own = self.release_tail();
        if own.room() >= max {
            let n = read_once(source, &mut [IoSliceMut::new(&mut own.spare_mut()[..max])]);
            return self.adopt_all([own], n);
        }
        let mut blocks = self.with_more(own, max);
        let n = read_once(source, &mut room_in(&mut blocks, max));
        self.adopt_all(blocks, n)
    }

    /// Hands the block out, with room in it and nothing of it open.
    fn release_tail(&mut self) -> Tail {
        self.seal();
        self.tail_with_room();
        self.start = 0;
        self.tail.take().expect("a block with room was just made")
    }

    /// Takes a block in of which the last `n` bytes are open.
    fn adopt(&mut self, block: Tail, n: usize) {
        self.seal();
        self.start = block.frozen().len() - n;
        self.tail = Some(block);
        self.lengthen(n);
    }

    /// Takes in the blocks that were read into, as far as they were, and the first in any case.
    fn adopt_all(
        &mut self,
        blocks: impl IntoIterator<Item = Tail>,
        outcome: io::Result<usize>,
    ) -> io::Result<usize> {
        let mut rest = *outcome.as_ref().unwrap_or(&0);
        for mut block in blocks {
            let part = rest.min(block.room());
            block.commit(part);
            rest -= part;
            self.adopt(block, part);
            if rest == 0 {
                break;
            }
        }
        outcome
    }

    /// The block and as many new ones as `max` bytes take.
    fn with_more(&self, own: Tail, max: usize) -> Vec<Tail> {
        let mut room = own.room();
        let mut blocks = vec![own];
        while room < max && blocks.len() < PIECES {
            let block = new_block(&self.pool, self.block);
            room = room.saturating_add(block.capacity());
            blocks.push(block);
        }
        blocks
    }
}

/// The room of all blocks, at most `max` bytes.
fn room_in(blocks: &mut [Tail], max: usize) -> Vec<IoSliceMut<'_>> {
    let mut left = max;
    let room = blocks.iter_mut().map(|block| {
        let spare = block.spare_mut();
        let part = left.min(spare.len());
        left -= part;
        IoSliceMut::new(&mut spare[..part])
    });
    room.collect()
}

/// One scatter read, repeated only for signals, with its count checked.
fn read_once(source: &mut impl Read, room: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
    let limit = room.iter().map(|slice| slice.len()).sum();
    let read = retry(|| source.read_vectored(room))?;
    Ok(checked_count(Operation::Read, read, limit)?)
}
