//! SPEC.md, "Pipes": any calls, against a plain vector of bytes.

use crate::pipe::sharing;
use crate::pipe_forms::Forms;
use crate::support::full_or_quick;
use iolite::chunk::{Mark, PipeError, PipeOptions, Progress, Terminator};
use iolite::{Chunk, Pipe, Separator};
use proptest::prelude::*;

/// The separators that are asked for, with their strings.
const SEPARATORS: [&[&str]; 8] = [
    &["\n"],
    &["\r\n"],
    &["b", "\n"],
    &["b", "\n", "\r"],
    &["\n", "\r\n", "\r"],
    &["aab"],
    &["a", "ab", "ba\r\n"],
    &["abababababababababababababababab"],
];

/// A pipe that is nothing but a vector: everything that was ever written, and a place in it.
#[derive(Clone, Debug, Default)]
struct Plain {
    bytes: Vec<u8>,
    position: usize,
    ended: bool,
    limit: usize,
}

/// What can be answered, without the data's form.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Bytes(Vec<u8>),
    Pending,
    Eof,
    Partial,
    TooLong,
    TooLarge,
}

fn said<T>(got: Result<Progress<T>, PipeError>, bytes: impl Fn(T) -> Vec<u8>) -> Said {
    match got {
        Ok(Progress::Ready(data)) => Said::Bytes(bytes(data)),
        Ok(Progress::Pending) => Said::Pending,
        Ok(Progress::End) => Said::Eof,
        Err(PipeError::PartialRead { .. }) => Said::Partial,
        Err(PipeError::LineTooLong { .. }) => Said::TooLong,
        Err(PipeError::TooLarge { .. }) => Said::TooLarge,
        Err(error) => panic!("{error}"),
    }
}

impl Plain {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.position..]
    }

    fn room(&self) -> usize {
        self.limit.saturating_sub(self.rest().len())
    }

    fn lacking(&self, expected: usize) -> Said {
        match (self.ended, self.rest().is_empty()) {
            (false, _) if expected > self.limit => Said::TooLarge,
            (false, _) => Said::Pending,
            (true, true) => Said::Eof,
            (true, false) => Said::Partial,
        }
    }

    fn first(&self, n: usize) -> Said {
        if n > self.rest().len() {
            return self.lacking(n);
        }
        Said::Bytes(self.rest()[..n].to_vec())
    }

    fn at_most(&self, n: usize) -> Said {
        self.first(n.min(self.rest().len().max(1)))
    }

    fn consume(&mut self, said: &Said) {
        if let Said::Bytes(bytes) = said {
            self.position += bytes.len();
        }
    }

    /// Where the record at `from` in the rest ends and its separator does; or where it cannot
    /// end before.
    fn ends(&self, strings: &[&str], from: usize) -> Result<(usize, usize), usize> {
        let rest = self.rest();
        for start in from..rest.len() {
            let here = &rest[start..];
            let whole = strings.iter().filter(|s| here.starts_with(s.as_bytes()));
            let best = whole.map(|s| s.len()).max().unwrap_or(0);
            let open = |s: &&&str| s.len() > best && s.as_bytes().starts_with(here);
            if !self.ended && strings.len() > 1 && strings.iter().any(|s| open(&s)) {
                return Err(start);
            }
            if best > 0 {
                return Ok((start, start + best));
            }
        }
        // What a single string has begun is not looked at closer: it is as if it had.
        let begun = if strings.len() == 1 && !self.ended {
            strings[0].len() - 1
        } else {
            0
        };
        Err(rest.len().saturating_sub(begun).max(from))
    }

    fn record(&self, strings: &[&str], edge: Terminator, limit: usize) -> (Said, usize) {
        match self.ends(strings, 0) {
            Ok((end, _)) | Err(end) if end > limit => (Said::TooLong, 0),
            Err(_) => (self.lacking(self.rest().len() + 1), 0),
            Ok((end, next)) => {
                let shown = if edge == Terminator::Keep { next } else { end };
                (Said::Bytes(self.rest()[..shown].to_vec()), next)
            }
        }
    }
}

/// What can be done to a pipe; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Act {
    Append(Vec<u8>),
    Link(Vec<u8>),
    Lend(usize, Vec<u8>),
    Read(Form, usize),
    ReadExact(Form, usize),
    Peek(Form, usize),
    PeekExact(Form, usize),
    Until(Form, usize, Terminator, usize),
    Batch(usize, usize),
    Skip(usize),
    Find(usize, usize, usize),
    Mark,
    Rewind(usize),
    Forget(usize),
    Unread(Vec<u8>),
    Eof,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Chunk,
    Chain,
    Slice,
}

fn act() -> impl Strategy<Value = Act> {
    let byte = || prop::sample::select(b"aaabb\r\nx".to_vec());
    let bytes = move || prop::collection::vec(byte(), 0..9);
    let many = || prop::collection::vec(prop::sample::select(b"ab".to_vec()), 0..200);
    let form = || prop::sample::select(vec![Form::Chunk, Form::Chain, Form::Slice]);
    let edge = || prop::sample::select(vec![Terminator::Keep, Terminator::Strip]);
    let few = || 0..12usize;
    let limit = || prop_oneof![Just(usize::MAX), 0..9usize];
    prop_oneof![
        3 => bytes().prop_map(Act::Append),
        1 => many().prop_map(Act::Append),
        6 => bytes().prop_map(Act::Link),
        3 => (0..200usize, bytes()).prop_map(|(hint, bytes)| Act::Lend(hint, bytes)),
        2 => (form(), few()).prop_map(|(form, n)| Act::Read(form, n)),
        2 => (form(), few()).prop_map(|(form, n)| Act::ReadExact(form, n)),
        1 => (form(), few()).prop_map(|(form, n)| Act::Peek(form, n)),
        1 => (form(), few()).prop_map(|(form, n)| Act::PeekExact(form, n)),
        8 => (form(), 0..SEPARATORS.len(), edge(), limit())
            .prop_map(|(form, which, edge, limit)| Act::Until(form, which, edge, limit)),
        2 => (0..SEPARATORS.len(), limit()).prop_map(|(which, limit)| Act::Batch(which, limit)),
        1 => few().prop_map(Act::Skip),
        2 => (0..SEPARATORS.len(), any::<usize>(), any::<usize>())
            .prop_map(|(which, from, to)| Act::Find(which, from, to)),
        1 => Just(Act::Mark),
        2 => any::<usize>().prop_map(Act::Rewind),
        1 => any::<usize>().prop_map(Act::Forget),
        1 => bytes().prop_map(Act::Unread),
        1 => prop::bool::weighted(0.2).prop_map(|end| if end { Act::Eof } else { Act::Mark }),
    ]
}

/// The pipe, the plain one, and the marks in the first.
struct Both {
    pipe: Pipe,
    plain: Plain,
    marks: Vec<Mark>,
    separators: Vec<Separator>,
}

impl Both {
    fn new(options: &PipeOptions, limit: usize) -> Both {
        Both {
            pipe: options
                .clone()
                .limit(limit)
                .copy_threshold(0)
                .build()
                .unwrap(),
            plain: Plain {
                limit,
                ..Plain::default()
            },
            marks: Vec::new(),
            separators: SEPARATORS
                .iter()
                .map(|s| Separator::any_of(*s).unwrap())
                .collect(),
        }
    }

    fn write(&mut self, bytes: &[u8], write: impl FnOnce(&mut Pipe) -> Result<(), PipeError>) {
        let written = write(&mut self.pipe);
        if self.plain.ended {
            assert!(matches!(written, Err(PipeError::Closed)));
        } else if bytes.len() > self.plain.limit {
            assert!(matches!(written, Err(PipeError::TooLarge { .. })));
        } else if bytes.len() > self.plain.room() {
            assert!(matches!(written, Err(PipeError::Full { .. })));
        } else {
            written.unwrap();
            self.plain.bytes.extend_from_slice(bytes);
        }
    }

    fn perform(&mut self, act: Act) {
        let pipe = &mut self.pipe;
        match act {
            Act::Append(bytes) => self.write(&bytes, |pipe| pipe.append(&bytes).map(drop)),
            Act::Link(bytes) => self.write(&bytes, |pipe| {
                pipe.push(bytes.clone()).map(drop).map_err(PipeError::from)
            }),
            Act::Lend(hint, bytes) => {
                let hint = hint.min(self.plain.room()).max(bytes.len());
                if hint > 0 {
                    self.write(&bytes, |pipe| {
                        // A full pipe lends nothing, whatever is to be written.
                        let room = pipe.spare_mut(hint)?;
                        assert!(room.len() >= hint);
                        room.fill(b'?');
                        room[..bytes.len()].copy_from_slice(&bytes);
                        pipe.commit(bytes.len()).map(drop)
                    });
                }
            }
            Act::Read(form, n) => {
                let want = self.plain.at_most(n);
                let got = match form {
                    Form::Chunk => said(pipe.chunk_at_most(n), |c| c.to_vec()),
                    Form::Chain => said(pipe.chain_at_most(n), |c| c.to_chunk().to_vec()),
                    Form::Slice => said(pipe.slice_at_most(n), <[u8]>::to_vec),
                };
                assert_eq!(got, want);
                self.plain.consume(&got);
            }
            Act::ReadExact(form, n) => {
                let want = self.plain.first(n);
                let got = match form {
                    Form::Chunk => said(pipe.chunk_exactly(n), |c| c.to_vec()),
                    Form::Chain => said(pipe.chain_exactly(n), |c| c.to_chunk().to_vec()),
                    Form::Slice => said(pipe.slice_exactly(n), <[u8]>::to_vec),
                };
                assert_eq!(got, want);
                self.plain.consume(&got);
            }
            Act::Peek(form, n) => {
                let got = match form {
                    Form::Chunk => said(pipe.peek_chunk_at_most(n), |c| c.to_vec()),
                    Form::Chain => said(pipe.peek_chain_at_most(n), |c| c.to_chunk().to_vec()),
                    Form::Slice => said(pipe.peek_slice_at_most(n), <[u8]>::to_vec),
                };
                assert_eq!(got, self.plain.at_most(n));
            }
            Act::PeekExact(form, n) => {
                let got = match form {
                    Form::Chunk => said(pipe.peek_chunk_exactly(n), |c| c.to_vec()),
                    Form::Chain => said(pipe.peek_chain_exactly(n), |c| c.to_chunk().to_vec()),
                    Form::Slice => said(pipe.peek_slice_exactly(n), <[u8]>::to_vec),
                };
                assert_eq!(got, self.plain.first(n));
            }
            Act::Until(form, which, edge, limit) => {
                let (want, next) = self.plain.record(SEPARATORS[which], edge, limit);
                let ends = &self.separators[which];
                let got = match form {
                    Form::Chunk => said(pipe.chunk_record(ends, edge, limit), |c| c.to_vec()),
                    Form::Chain => said(pipe.chain_record(ends, edge, limit), |c| {
                        c.to_chunk().to_vec()
                    }),
                    Form::Slice => said(pipe.slice_record(ends, edge, limit), <[u8]>::to_vec),
                };
                assert_eq!(got, want);
                self.plain.position += next;
            }
            Act::Batch(which, limit) => self.batch(which, limit),
            Act::Skip(n) => {
                let skipped = pipe.skip(n);
                assert_eq!(skipped, n.min(self.plain.rest().len()));
                self.plain.position += skipped;
            }
            Act::Find(which, from, to) => self.find(which, from, to),
            Act::Mark => self.marks.push(pipe.mark()),
            Act::Rewind(which) if !self.marks.is_empty() => {
                let mark = &self.marks[which % self.marks.len()];
                pipe.rewind(mark).unwrap();
                self.plain.position = mark.position() as usize;
            }
            Act::Forget(which) if !self.marks.is_empty() => {
                self.marks.swap_remove(which % self.marks.len());
            }
            Act::Rewind(_) | Act::Forget(_) => {}
            Act::Unread(bytes) => {
                let position = self.plain.position;
                let fits = bytes.len() <= position;
                assert_eq!(pipe.unread(Chunk::from(bytes.clone())).is_ok(), fits);
                if fits {
                    self.plain.position -= bytes.len();
                    self.plain.bytes[position - bytes.len()..position].copy_from_slice(&bytes);
                }
            }
            Act::Eof => {
                pipe.close(None);
                self.plain.ended = true;
            }
        }
    }

    fn batch(&mut self, which: usize, limit: usize) {
        let strings = SEPARATORS[which];
        let (first, _) = self.plain.record(strings, Terminator::Keep, limit);
        let got = self.pipe.next_batch(&self.separators[which], limit);
        let Ok(Progress::Ready(batch)) = got else {
            return assert_eq!(said(got, |_| Vec::new()), first);
        };
        let (mut at, mut want) = (0, Vec::new());
        while let Ok((end, next)) = self.plain.ends(strings, at) {
            if end - at > limit {
                break;
            }
            want.push(&self.plain.rest()[at..end]);
            at = next;
        }
        assert_eq!(batch.iter().collect::<Vec<_>>(), want);
        assert_eq!(batch.bytes(), &self.plain.rest()[..at]);
        self.plain.position += at;
    }

    fn find(&mut self, which: usize, from: usize, to: usize) {
        let len = self.plain.rest().len() + 2;
        let (from, to) = (from % len, to % len);
        let part = &self.plain.rest()[..to.min(len - 2)];
        let part = part.get(from..).unwrap_or_default();
        let mut want = None;
        for at in 0..part.len() {
            let here = SEPARATORS[which]
                .iter()
                .filter(|s| part[at..].starts_with(s.as_bytes()));
            if let Some(length) = here.map(|s| s.len()).max() {
                want = Some(from + at..from + at + length);
                break;
            }
        }
        let got = self.pipe.find(&self.separators[which], from..to);
        assert_eq!(got, want);
    }

    fn compare(&mut self) {
        let rest = self.pipe.rest();
        let bytes: Vec<u8> = rest.views().flatten().copied().collect();
        assert_eq!(bytes, self.plain.rest());
        assert_eq!(self.pipe.len(), bytes.len());
        assert_eq!(self.pipe.position(), self.plain.position as u64);
        assert_eq!(self.pipe.room(), self.plain.room());
        assert_eq!(self.pipe.is_at_end(), self.plain.ended && bytes.is_empty());
        assert!(rest.views().all(|view| !view.is_empty()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: full_or_quick(500, 200) as u32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pip_26_any_calls_do_what_they_do_to_a_plain_vector(
        block in 1..200usize,
        limit in prop_oneof![3 => Just(usize::MAX), 1 => 1..60usize],
        acts in prop::collection::vec(act(), 1..60),
    ) {
        let options = PipeOptions::new().block_sizes(block..=200);
        let mut both = Both::new(&options, limit);
        for act in acts {
            both.perform(act);
            both.compare();
        }
    }

    #[test]
    fn pip_26_records_are_the_same_however_the_bytes_arrive(
        text in prop::collection::vec(prop::sample::select(b"aab\r\n".to_vec()), 0..60),
        cuts in prop::collection::vec(1..9usize, 1..60),
        which in 0..SEPARATORS.len(),
    ) {
        let mut both = Both::new(&PipeOptions::new(), usize::MAX);
        let mut rest = &text[..];
        for cut in cuts.into_iter().cycle().take_while(|_| !text.is_empty()) {
            let (piece, more) = rest.split_at(cut.min(rest.len()));
            rest = more;
            both.perform(Act::Link(piece.to_vec()));
            both.perform(Act::Until(Form::Chunk, which, Terminator::Strip, usize::MAX));
            if rest.is_empty() {
                break;
            }
        }
        both.perform(Act::Eof);
        for _ in 0..text.len() {
            both.perform(Act::Until(Form::Chain, which, Terminator::Keep, usize::MAX));
        }
        both.compare();
    }
}

/// Everything that moves bytes or the place, in any order, beside a `Vec` of all of them.
#[test]
fn pip_26_records_are_the_same_whatever_moves() {
    let separators = [b'\n', b':', b'\n'].map(|byte| (byte, Separator::byte(byte)));
    for seed in 0..400_u64 {
        let mut state = seed;
        let mut random = move |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % below) as usize
        };
        let (mut pipe, mut stream) = (sharing(), Vec::new());
        let spread = [3, 40, 200][random(3)];
        let mut mark = pipe.mark();
        for _ in 0..200 {
            let at = usize::try_from(pipe.position()).unwrap();
            match random(12) {
                0 => mark = pipe.mark(),
                1 => pipe.rewind(&mark).unwrap(),
                2 if at > 9 => {
                    let bytes = &b"a\nb:::\n\nc"[..random(10)];
                    stream[at - bytes.len()..at].copy_from_slice(bytes);
                    pipe.unread(Chunk::from(bytes.to_vec())).unwrap();
                    mark = pipe.mark();
                }
                3 => drop(pipe.skip(random(90))),
                4 => {
                    if let Progress::Ready(mut some) = pipe.at_most(random(300)).unwrap() {
                        assert!(some.bytes().len() <= 300);
                    }
                }
                5 | 6 => {
                    let most = [400, 400, 6000][random(3)];
                    let more: Vec<u8> = (0..random(most))
                        .map(|_| *b"\n:..".get(random(spread)).unwrap_or(&b"x"[0]))
                        .collect();
                    stream.extend_from_slice(&more);
                    match random(2) {
                        0 => drop(pipe.append(&more)),
                        _ => drop(pipe.push(more)),
                    }
                }
                other => {
                    let (byte, separator) = &separators[random(3)];
                    let limit = [20, 1000][random(2)];
                    let found = stream[at..].iter().position(|it| it == byte);
                    let expected = found.filter(|&content| content <= limit);
                    let expected = expected.map(|content| &stream[at..=at + content]);
                    let got = pipe.next_record(separator, Terminator::Keep, limit);
                    let got = got.ok().and_then(Progress::ready);
                    let got = got.map(|record| match other {
                        7 => record.take_chunk().to_vec(),
                        _ => record.take().to_vec(),
                    });
                    assert_eq!(got.as_deref(), expected, "seed {seed}, at {at}");
                }
            }
        }
    }
}
