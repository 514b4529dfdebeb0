//! [`Feed`]: the bytes that are not decoded yet.

use crate::chunk::Chunk;

/// The bytes that are not decoded yet: a chunk, and in front of it perhaps the first bytes of a
/// character whose rest is in the chunk. Of a sequence longer than that the chunk holds all.
#[derive(Clone)]
pub(super) struct Feed {
    /// The carried bytes, and behind them copies of the chunk's first ones.
    stitch: [u8; Feed::STITCH],
    /// How many bytes of `stitch` are carried: not in the chunk any more.
    carried: usize,
    /// How many bytes of `stitch` are set.
    stitched: usize,
    chunk: Chunk,
    /// The stream's byte offset of the first byte here.
    pub(super) offset: u64,
}

impl Feed {
    /// Twice the longest sequence of any encoding of ours, which is an escape sequence.
    const STITCH: usize = 32;

    pub(super) fn new(offset: u64) -> Feed {
        Feed {
            stitch: [0; Feed::STITCH],
            carried: 0,
            stitched: 0,
            chunk: Chunk::new(),
            offset,
        }
    }

    /// The stream's byte offset behind everything that is here.
    pub(super) fn end(&self) -> u64 {
        self.offset + (self.carried + self.chunk.len()) as u64
    }

    pub(super) fn is_empty(&self) -> bool {
        self.carried == 0 && self.chunk.is_empty()
    }

    /// A copy of everything that is here.
    pub(super) fn to_vec(&self) -> Vec<u8> {
        [&self.stitch[..self.carried], &self.chunk].concat()
    }

    /// The chunk, if nothing is carried in front of it.
    pub(super) fn whole(&self) -> Option<&Chunk> {
        (self.carried == 0).then_some(&self.chunk)
    }

    /// As many bytes as can be shown in one piece.
    pub(super) fn front(&self) -> &[u8] {
        match self.carried {
            0 => &self.chunk,
            _ => &self.stitch[..self.stitched],
        }
    }

    /// The first `n` bytes, which can be shown in one piece; a chunk's without a copy.
    pub(super) fn first(&self, n: usize) -> Chunk {
        match self.whole() {
            Some(chunk) => chunk.slice(..n),
            None => Chunk::copy_from_slice(&self.front()[..n]),
        }
    }

    /// Lets a chunk go that is used up: it has a share in the memory of the buffer.
    pub(super) fn let_go(&mut self) {
        if self.chunk.is_empty() {
            self.chunk = Chunk::new();
        }
    }

    pub(super) fn refill(&mut self, chunk: Chunk) {
        self.chunk = if self.chunk.is_empty() {
            chunk
        } else {
            Chunk::from([&*self.chunk, &*chunk].concat())
        };
        self.stitch_on();
    }

    /// Puts carried bytes and chunk together, if not all of it could be shown in one piece.
    pub(super) fn unite(&mut self) -> bool {
        let hidden = self.carried + self.chunk.len() > self.front().len();
        if hidden {
            let carried = &self.stitch[..self.carried];
            self.chunk = Chunk::from([carried, &*self.chunk].concat());
            self.carried = 0;
        }
        hidden
    }

    /// Fills what is free behind the carried bytes with the chunk's first ones.
    fn stitch_on(&mut self) {
        if self.carried > 0 {
            let n = self.chunk.len().min(Feed::STITCH - self.carried);
            self.stitched = self.carried + n;
            self.stitch[self.carried..self.stitched].copy_from_slice(&self.chunk[..n]);
        }
    }

    pub(super) fn consume(&mut self, n: usize) {
        self.offset += n as u64;
        let carried = n.min(self.carried);
        self.stitch.copy_within(carried..self.carried, 0);
        self.carried -= carried;
        self.chunk.advance(n - carried);
        self.stitch_on();
    }

    /// Forgets what lies before a byte offset of the stream that is not behind everything here.
    pub(super) fn skip_to(&mut self, offset: u64) {
        let n = usize::try_from(offset - self.offset);
        self.consume(n.expect("what is here fits in memory"));
    }

    /// Carries everything that is left, which is the start of a character; a long one stays in the
    /// chunk.
    pub(super) fn save(&mut self) {
        let n = self.chunk.len();
        if self.carried + n > Feed::STITCH {
            return;
        }
        self.stitch[self.carried..self.carried + n].copy_from_slice(&self.chunk);
        self.carried += n;
        self.stitched = self.carried;
        self.chunk = Chunk::new();
    }
}
