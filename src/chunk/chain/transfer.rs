//! [`Chain`] and devices: one gather write out, one scatter read in.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};

use super::{Chain, size_of_block};
use crate::chunk::Tail;

/// How many pieces one system call is given: more than pay, and below every system's limit.
const PIECES: usize = 64;

impl Chain {
    /// Writes everything to `device`, with gather writes of up to 64 pieces, and returns how
    /// many bytes those were.
    ///
    /// # Errors
    ///
    /// What the device says, [`WriteZero`](ErrorKind::WriteZero) if it takes nothing. What it took
    /// is gone from the chain, the rest is still there: calling again goes on.
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
            match device.write_vectored(&pieces[..count]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) if n > self.len() => return Err(ErrorKind::InvalidData.into()),
                Ok(n) => drop(self.skip(n)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(before)
    }

    /// Reads once from `source`, `max` bytes at most, to the end of the chain, and returns how
    /// many bytes those were; 0 is the end. The bytes go straight into blocks, into several of
    /// them with one scatter read if `max` is more than the room in one.
    ///
    /// # Errors
    ///
    /// What the source says; the chain is as it was. `Interrupted` is retried.
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
        if own.spare_mut().len() >= max {
            let n = read_once(source, &mut [IoSliceMut::new(&mut own.spare_mut()[..max])]);
            return self.adopt_all([own], n);
        }
        let mut blocks = self.with_more(own, max);
        let n = read_once(source, &mut room_in(&mut blocks, max));
        self.adopt_all(blocks, n)
    }

    fn new_block(&self) -> Tail {
        self.pool.acquire(size_of_block(self.block))
    }

    /// Hands the block out, with room in it and nothing of it open.
    fn release_tail(&mut self) -> Tail {
        self.seal();
        self.tail_with_room();
        self.start = 0;
        self.tail.take().unwrap_or_else(|| self.new_block())
    }

    /// Takes a block in of which the last `n` bytes are open.
    fn adopt(&mut self, block: Tail, n: usize) {
        self.seal();
        self.start = block.frozen().len() - n;
        self.tail = Some(block);
        self.len += n;
    }

    /// Takes in the blocks that were read into, as far as they were, and the first in any case.
    fn adopt_all(
        &mut self,
        blocks: impl IntoIterator<Item = Tail>,
        outcome: io::Result<usize>,
    ) -> io::Result<usize> {
        let mut rest = *outcome.as_ref().unwrap_or(&0);
        for mut block in blocks {
            let part = rest.min(block.spare_mut().len());
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
    fn with_more(&self, mut own: Tail, max: usize) -> Vec<Tail> {
        let mut room = own.spare_mut().len();
        let mut blocks = vec![own];
        while room < max && blocks.len() < PIECES {
            let block = self.new_block();
            room += block.capacity();
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
    let limit: usize = room.iter().map(|slice| slice.len()).sum();
    loop {
        match source.read_vectored(room) {
            Ok(n) if n > limit => return Err(ErrorKind::InvalidData.into()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}
