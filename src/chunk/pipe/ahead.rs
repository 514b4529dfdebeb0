//! [`Ahead`]: the next places of a byte, found 64 bytes at a time.

use crate::chunk::index::{ByteIndex, Marked};

/// A [`ByteIndex`] of the piece that a pipe is read from, by positions in the stream: so it stays
/// right when the bytes move to another piece. It looks at no byte twice.
#[derive(Default)]
pub(super) struct Ahead {
    ends: ByteIndex,
    /// Where the block began that was looked at.
    origin: u64,
    /// Before this it says nothing.
    since: u64,
}

impl Ahead {
    /// How far the next `byte` is from `from`, if it was looked at.
    #[inline(always)]
    pub(super) fn ready(&self, byte: u8, from: u64) -> Option<usize> {
        if !self.ends.is_ready(Marked::Byte(byte)) {
            return None;
        }
        let at = self.origin + self.ends.ready()? as u64;
        at.checked_sub(from).map(|content| content as usize)
    }

    #[inline(always)]
    pub(super) fn pass(&mut self) {
        self.ends.pass();
    }

    /// How far the next `byte` is from `from`, how far no other one is, and how many bytes were
    /// looked at for that; `None` where nothing can be said.
    #[inline]
    pub(super) fn look(
        &mut self,
        (origin, block): (u64, &[u8]),
        byte: u8,
        from: u64,
    ) -> Option<(Option<usize>, usize, usize)> {
        if from < self.since.max(origin) {
            return None;
        }
        let marked = Marked::Byte(byte);
        if !self.ends.is_of(marked) {
            if from < self.end() {
                // Two in turn would make it look at everything again and again.
                return None;
            }
            self.ends.mark(marked);
            self.origin = origin;
        }
        if origin != self.origin {
            self.ends.shift(self.end().saturating_sub(origin) as usize);
            self.origin = origin;
        }
        let from = (from - origin) as usize;
        let before = self.ends.seen().max(from);
        let found = self.ends.first(block, from);
        let looked_at = self.ends.seen().saturating_sub(before);
        let seen = block.len().saturating_sub(from);
        Some((found.map(|at| at - from), seen, looked_at))
    }

    /// Up to where it was looked.
    fn end(&self) -> u64 {
        self.origin + self.ends.seen() as u64
    }

    /// Says nothing any more about what was looked at.
    pub(super) fn go_back(&mut self) {
        self.since = self.since.max(self.end());
        self.ends.restart(self.ends.seen());
    }
}

#[cfg(test)]
mod tests {
    use crate::chunk::{Chunk, Edge, Got, Pipe, Separator};

    /// Everything that moves bytes or the place, in any order, beside a `Vec` of all of them.
    #[test]
    fn records_are_the_same_whatever_moves() {
        let separators = [b'\n', b':', b'\n'].map(|byte| (byte, Separator::byte(byte)));
        for seed in 0..400_u64 {
            let mut state = seed;
            let mut random = move |below: u64| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                ((state >> 33) % below) as usize
            };
            let (mut pipe, mut stream) = (Pipe::new(), Vec::new());
            let spread = [3, 40, 200][random(3)];
            let mut mark = pipe.mark();
            for _ in 0..200 {
                let at = pipe.position() as usize;
                match random(12) {
                    0 => mark = pipe.mark(),
                    1 => pipe.rewind(&mark).expect("a mark of this pipe"),
                    2 if at > 9 => {
                        let bytes = &b"a\nb:::\n\nc"[..random(10)];
                        stream[at - bytes.len()..at].copy_from_slice(bytes);
                        pipe.unread(Chunk::from(bytes.to_vec())).expect("so many");
                        mark = pipe.mark();
                    }
                    3 => drop(pipe.skip(random(90))),
                    4 => assert!(pipe.peek_slice(random(300)).is_ok()),
                    5 | 6 => {
                        let more: Vec<u8> = (0..random(400))
                            .map(|_| *b"\n:..".get(random(spread)).unwrap_or(&b"x"[0]))
                            .collect();
                        stream.extend_from_slice(&more);
                        match random(2) {
                            0 => drop(pipe.append(&more)),
                            _ => drop(pipe.link(Chunk::from(more))),
                        }
                    }
                    other => {
                        let (byte, separator) = &separators[random(3)];
                        let limit = [20, 1000][random(2)];
                        let found = stream[at..].iter().position(|it| it == byte);
                        let expected = found.filter(|&content| content <= limit);
                        let expected = expected.map(|content| &stream[at..=at + content]);
                        let got = match other {
                            7 => {
                                let got = pipe.read_until(separator, Edge::Keep, limit);
                                got.ok().and_then(Got::data).map(|it| it.to_vec())
                            }
                            _ => {
                                let got = pipe.read_until_slice(separator, Edge::Keep, limit);
                                got.ok().and_then(Got::data).map(<[u8]>::to_vec)
                            }
                        };
                        assert_eq!(got.as_deref(), expected, "seed {seed}, at {at}");
                    }
                }
            }
        }
    }
}
