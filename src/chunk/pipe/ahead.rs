//! [`Ahead`]: where the next records end, found many at a time.

use super::store::distance;
use crate::chunk::find::Separator;
use crate::scan::{LineEnds, Pattern};

/// [`LineEnds`] by positions in the stream: where a byte stands in the piece that a pipe is read
/// from. So it stays right when the bytes move to another piece. It looks at no byte twice.
pub(super) struct Ahead {
    byte: u8,
    ends: LineEnds,
    /// Where the piece began when it was looked at last: `ends` counts from there.
    origin: u64,
    /// Before this it says nothing.
    since: u64,
}

impl Default for Ahead {
    fn default() -> Ahead {
        Ahead {
            byte: b'\n',
            ends: LineEnds::default(),
            origin: 0,
            since: 0,
        }
    }
}

impl Ahead {
    /// The end of the next record, if it was found and the `separator` is what ended it. Where the
    /// place went on without it, this is no more than the place.
    // Inlined for row 6a, which is little more than this.
    #[inline(always)]
    pub(super) fn ready(&mut self, separator: &Separator) -> Option<u64> {
        if !separator.is_byte(self.byte) {
            return None;
        }
        let at = self.ends.peek()?;
        Some(self.origin.wrapping_add(at as u64) + 1)
    }

    #[inline(always)]
    pub(super) fn pass(&mut self) {
        self.ends.advance();
    }

    /// Everything before this position was looked at.
    fn seen(&self) -> u64 {
        self.origin + self.ends.scanned() as u64
    }

    /// How far the next `byte` is from `from`, how far no other one is, and how many bytes were
    /// looked at for that; `None` where nothing can be said.
    pub(super) fn look(
        &mut self,
        (start, block): (u64, &[u8]),
        byte: u8,
        from: u64,
    ) -> Option<(Option<usize>, usize, usize)> {
        if from < self.since.max(start) {
            return None;
        }
        let (seen, at) = (self.seen(), distance(from - start));
        if at > block.len() {
            return None;
        }
        if byte != self.byte && from < seen {
            // Two in turn would make it look at everything again and again.
            return None;
        }
        if byte != self.byte || from > seen {
            self.byte = byte;
            self.ends.set_pattern(Pattern::Byte(byte));
            self.ends.restart(at);
        } else if start != self.origin {
            self.ends.shift(distance(start.wrapping_sub(self.origin)));
        }
        self.origin = start;
        let found = self.ends.find(block, at);
        let looked_at = self.seen() - seen.max(from);
        let clear = found.unwrap_or(self.ends.scanned()) - at;
        Some((found.map(|end| end - at), clear, distance(looked_at)))
    }

    /// Says nothing any more about what was looked at.
    pub(super) fn go_back(&mut self) {
        self.since = self.since.max(self.seen());
        self.ends.restart(self.ends.scanned());
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
                let at = usize::try_from(pipe.position()).expect("it is in memory");
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
                        let most = [400, 400, 6000][random(3)];
                        let more: Vec<u8> = (0..random(most))
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
