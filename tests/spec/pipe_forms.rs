//! Every way to find bytes in a pipe, with every way to take them, each in one call.
//!
//! This is also how the operations of chunkedbuffer are written here; see the table in SPEC.md.

use std::io::{self, BufRead, ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::pipe::pieces;
use iolite::chunk::{Backpressure, PipeError, PipeOptions, Progress, Span, Terminator};
use iolite::{Chain, Chunk, Error, Pipe, Result, Separator};

type Answer<T> = std::result::Result<Progress<T>, PipeError>;

pub(crate) trait Forms {
    fn chunk_at_most(&mut self, n: usize) -> Answer<Chunk>;
    fn chain_at_most(&mut self, n: usize) -> Answer<Chain>;
    fn slice_at_most(&mut self, n: usize) -> Answer<&[u8]>;
    fn chunk_exactly(&mut self, n: usize) -> Answer<Chunk>;
    fn chain_exactly(&mut self, n: usize) -> Answer<Chain>;
    fn slice_exactly(&mut self, n: usize) -> Answer<&[u8]>;
    fn skip_exactly(&mut self, n: usize) -> Answer<usize>;
    fn peek_chunk_at_most(&mut self, n: usize) -> Answer<Chunk>;
    fn peek_chain_at_most(&mut self, n: usize) -> Answer<Chain>;
    fn peek_slice_at_most(&mut self, n: usize) -> Answer<&[u8]>;
    fn peek_chunk_exactly(&mut self, n: usize) -> Answer<Chunk>;
    fn peek_chain_exactly(&mut self, n: usize) -> Answer<Chain>;
    fn peek_slice_exactly(&mut self, n: usize) -> Answer<&[u8]>;
    fn chunk_record(&mut self, ends: &Separator, how: Terminator, limit: usize) -> Answer<Chunk>;
    fn chain_record(&mut self, ends: &Separator, how: Terminator, limit: usize) -> Answer<Chain>;
    fn slice_record(&mut self, ends: &Separator, how: Terminator, limit: usize) -> Answer<&[u8]>;
    fn choose(&mut self, prefixes: &[&[u8]]) -> Result<Progress<Option<usize>>>;
    fn skip(&mut self, n: usize) -> usize;
    fn rest(&mut self) -> Chain;
    fn drain_rest(&mut self) -> Chain;
    fn is_at_end(&self) -> bool;
}

/// What a look has put together, lent by the pipe itself.
fn looked_at(pipe: &mut Pipe, found: Progress<usize>) -> Progress<&[u8]> {
    found.map(|n| match n {
        0 => &[],
        n => &pipe.fill_buf().unwrap()[..n],
    })
}

fn look(mut span: Span<'_>) -> usize {
    let len = span.len();
    assert_eq!(span.bytes().len(), len);
    len
}

impl Forms for Pipe {
    fn chunk_at_most(&mut self, n: usize) -> Answer<Chunk> {
        Ok(self.at_most(n)?.map(Span::take_chunk))
    }

    fn chain_at_most(&mut self, n: usize) -> Answer<Chain> {
        Ok(self.at_most(n)?.map(Span::take_chain))
    }

    fn slice_at_most(&mut self, n: usize) -> Answer<&[u8]> {
        Ok(self.at_most(n)?.map(Span::take))
    }

    fn chunk_exactly(&mut self, n: usize) -> Answer<Chunk> {
        Ok(self.exactly(n)?.map(Span::take_chunk))
    }

    fn chain_exactly(&mut self, n: usize) -> Answer<Chain> {
        Ok(self.exactly(n)?.map(Span::take_chain))
    }

    fn slice_exactly(&mut self, n: usize) -> Answer<&[u8]> {
        Ok(self.exactly(n)?.map(Span::take))
    }

    fn skip_exactly(&mut self, n: usize) -> Answer<usize> {
        Ok(self.exactly(n)?.map(Span::consume))
    }

    fn peek_chunk_at_most(&mut self, n: usize) -> Answer<Chunk> {
        Ok(self.at_most(n)?.map(|span| span.chunk()))
    }

    fn peek_chain_at_most(&mut self, n: usize) -> Answer<Chain> {
        Ok(self.at_most(n)?.map(|span| span.chain()))
    }

    fn peek_slice_at_most(&mut self, n: usize) -> Answer<&[u8]> {
        let found = self.at_most(n)?.map(look);
        Ok(looked_at(self, found))
    }

    fn peek_chunk_exactly(&mut self, n: usize) -> Answer<Chunk> {
        Ok(self.exactly(n)?.map(|span| span.chunk()))
    }

    fn peek_chain_exactly(&mut self, n: usize) -> Answer<Chain> {
        Ok(self.exactly(n)?.map(|span| span.chain()))
    }

    fn peek_slice_exactly(&mut self, n: usize) -> Answer<&[u8]> {
        let found = self.exactly(n)?.map(look);
        Ok(looked_at(self, found))
    }

    fn chunk_record(&mut self, ends: &Separator, how: Terminator, limit: usize) -> Answer<Chunk> {
        Ok(self.next_record(ends, how, limit)?.map(Span::take_chunk))
    }

    fn chain_record(&mut self, ends: &Separator, how: Terminator, limit: usize) -> Answer<Chain> {
        Ok(self.next_record(ends, how, limit)?.map(Span::take_chain))
    }

    fn slice_record(&mut self, ends: &Separator, how: Terminator, limit: usize) -> Answer<&[u8]> {
        Ok(self.next_record(ends, how, limit)?.map(Span::take))
    }

    /// Which of the prefixes comes next; it is taken. Okio: `select`.
    fn choose(&mut self, prefixes: &[&[u8]]) -> Result<Progress<Option<usize>>> {
        if prefixes.iter().any(|prefix| prefix.is_empty()) {
            return Err(Error::InvalidArgument {
                argument: "prefixes",
                problem: "one is empty",
            });
        }
        for (index, prefix) in prefixes.iter().enumerate() {
            let mut next = match self.at_most(prefix.len())? {
                Progress::Ready(next) => next,
                Progress::Pending => return Ok(Progress::Pending),
                Progress::End => return Ok(Progress::End),
            };
            if next.bytes() == *prefix {
                next.consume();
                return Ok(Progress::Ready(Some(index)));
            }
            if prefix.starts_with(next.bytes()) && !self.is_closed() {
                // Pending, or an error if so much can never come.
                return Ok(self.exactly(prefix.len())?.map(|_| None));
            }
        }
        Ok(Progress::Ready(None))
    }

    /// Drops the next bytes, `n` at most; 0 where there are none, whatever the reason.
    fn skip(&mut self, n: usize) -> usize {
        let found = self.at_most(n).ok().and_then(Progress::ready);
        found.map_or(0, Span::consume)
    }

    /// A look at everything there is. An empty pipe is not even asked.
    fn rest(&mut self) -> Chain {
        if self.is_empty() {
            return Chain::new();
        }
        let found = self.at_most(usize::MAX).unwrap().ready().unwrap();
        let chain = found.chain();
        assert!(found.views().eq(chain.views()));
        chain
    }

    fn drain_rest(&mut self) -> Chain {
        let rest = self.rest();
        self.skip(usize::MAX);
        rest
    }

    fn is_at_end(&self) -> bool {
        self.is_closed() && self.is_empty()
    }
}

/// A device that gives these answers in turn.
struct Answers(std::vec::IntoIter<Reply>);

type Reply = Box<dyn FnOnce(&mut [u8]) -> io::Result<usize>>;

impl Read for Answers {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.next().map_or(Ok(0), |answer| answer(room))
    }
}

#[test]
fn pip_41_a_pipe_fills_itself_whatever_the_device_does() {
    let answer = |bytes: &'static [u8]| -> Reply {
        Box::new(|room| {
            room[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        })
    };
    let fails = |kind: ErrorKind| -> Reply {
        Box::new(move |room| {
            room.fill(b'?');
            Err(kind.into())
        })
    };
    let mut device = Answers(
        vec![
            answer(b"one\ntw"),
            fails(ErrorKind::WouldBlock),
            fails(ErrorKind::Interrupted),
            answer(b"o\n"),
            fails(ErrorKind::ConnectionReset),
            Box::new(|room| Ok(room.len() + 1)),
            Box::new(|_| panic!("a device that panics")),
            answer(b"three"),
        ]
        .into_iter(),
    );
    let mut pipe = Pipe::new();
    assert_eq!(pipe.fill_from(&mut device).unwrap(), 6);
    assert!(pipe.fill_from(&mut device).unwrap_err().is_would_block());
    assert!(pipe.commit(1).is_err(), "nothing is lent");
    assert_eq!(pipe.fill_from(&mut device).unwrap(), 2);
    let error = pipe.fill_from(&mut device).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let error = pipe.fill_from(&mut device).unwrap_err();
    assert!(
        matches!(error, Error::BadCount { claimed, limit, .. } if claimed == limit + 1),
        "{error:?}"
    );
    assert!(pipe.commit(1).is_err(), "nothing is lent");
    let panicked = catch_unwind(AssertUnwindSafe(|| pipe.fill_from(&mut device)));
    assert!(panicked.is_err());
    assert!(pipe.commit(1).is_err(), "nothing is lent");
    assert_eq!(pipe.fill_from(&mut device).unwrap(), 5);
    assert_eq!(pipe.fill_from(&mut device).unwrap(), 0);
    assert!(!pipe.is_closed());
    assert_eq!(pipe.drain_rest(), b"one\ntwo\nthree");
}

#[test]
fn pip_41_a_pipe_fills_itself_up_to_its_limit() {
    let mut pipe = PipeOptions::new()
        .limit(10)
        .watermarks(4..=8)
        .build()
        .unwrap();
    let mut device = &b"0123456789abc"[..];
    assert_eq!(pipe.fill_from(&mut device).unwrap(), 10);
    assert_eq!(pipe.backpressure(), Backpressure::Pause);
    assert!(pipe.fill_from(&mut device).unwrap_err().is_would_block());
    assert_eq!(pipe.skip(9), 9);
    assert_eq!(pipe.fill_from(&mut device).unwrap(), 3);
    assert_eq!(pipe.drain_rest(), b"9abc");
    pipe.close(None);
    let error = pipe.fill_from(&mut device).unwrap_err();
    assert!(matches!(error, Error::Closed));
}

#[test]
fn pip_11_a_span_that_is_dropped_has_taken_nothing() {
    let mut pipe = Pipe::new();
    pipe.append(b"a\nb\n").unwrap();
    let lf = Separator::lf();
    for _ in 0..3 {
        let record = pipe.next_record(&lf, Terminator::Strip, 9).unwrap();
        assert_eq!(record.ready().unwrap().bytes(), b"a");
    }
    let record = pipe.next_record(&lf, Terminator::Strip, 9).unwrap();
    assert_eq!(record.ready().unwrap().consume(), 2);
    let record = pipe.next_record(&lf, Terminator::Keep, 9).unwrap();
    assert_eq!(
        format!("{:?}", record.ready().unwrap()),
        "Span { position: 2, len: 2, .. }"
    );
    assert!(pipe.exactly(0).unwrap().ready().unwrap().is_empty());
    assert_eq!(pipe.drain_rest(), b"b\n");
}

/// Each row of the table in SPEC.md, in its order; the seeds' names are in the comments.
#[test]
fn pip_42_every_operation_of_the_seeds_is_possible() {
    let (lf, keep) = (Separator::lf(), Terminator::Keep);
    let mut pipe = Pipe::new();
    // get_buffer, get_chunk; buffer_written, chunk_written
    pipe.spare_mut(4).unwrap()[..4].copy_from_slice(b"abcd");
    pipe.commit(4).unwrap();
    // append, extend
    pipe.append(b"efgh").unwrap();
    pipe.push(Chunk::from("ij")).unwrap();
    pipe.push(Chain::from("kl\nmn\r\nop\nq")).unwrap();
    // peek, peekexact; peek_zerocopy, peekexact_zerocopy
    assert_eq!(pipe.at_most(2).unwrap().ready().unwrap().bytes(), b"ab");
    assert_eq!(pipe.exactly(2).unwrap().ready().unwrap().chunk(), "ab");
    assert_eq!(pipe.at_most(2).unwrap().ready().unwrap().chain(), b"ab");
    assert_eq!(pipe.exactly(2).unwrap().ready().unwrap().chain(), b"ab");
    // read, take; read_zerocopy; readexact; readexact_zerocopy
    assert_eq!(pipe.at_most(1).unwrap().ready().unwrap().take_chunk(), "a");
    assert_eq!(pipe.at_most(1).unwrap().ready().unwrap().take_chain(), b"b");
    assert_eq!(pipe.exactly(1).unwrap().ready().unwrap().take_chunk(), "c");
    assert_eq!(pipe.exactly(1).unwrap().ready().unwrap().take_chain(), b"d");
    // skip; skipexact; skip_if_startswith
    assert_eq!(pipe.at_most(1).unwrap().ready().unwrap().consume(), 1);
    assert_eq!(pipe.exactly(1).unwrap().ready().unwrap().consume(), 1);
    let mut next = pipe.exactly(2).unwrap().ready().unwrap();
    if next.bytes() == b"gh" {
        next.consume();
    }
    // find, findbyte; chunks
    assert_eq!(pipe.find(&Separator::new("kl").unwrap(), 1..), Some(2..4));
    assert_eq!(pipe.find(&Separator::byte(b'k'), ..3), Some(2..3));
    let (len, all) = (pipe.len(), pipe.at_most(usize::MAX).unwrap());
    let lengths = all.ready().unwrap().views().map(<[u8]>::len).sum::<usize>();
    assert_eq!(lengths, len);
    // readuntil, takeuntil; takeline; readuntil_zerocopy
    let record = pipe.next_record(&lf, Terminator::Strip, 99).unwrap();
    assert_eq!(record.ready().unwrap().take_chunk(), "ijkl");
    let line = pipe.next_record(&Separator::any_line(), keep, 99).unwrap();
    assert_eq!(line.ready().unwrap().take(), b"mn\r\n");
    let record = pipe.next_record(&lf, keep, 99).unwrap();
    assert_eq!(record.ready().unwrap().take_chain(), b"op\n");
    // eof, closed, reached_eof; PartialReadError.leftover
    pipe.close(Some(Error::NoProgress {
        operation: iolite::error::Operation::Read,
    }));
    assert!(pipe.is_closed() && pipe.error().is_some() && !pipe.is_empty());
    let error = pipe.exactly(2).unwrap_err();
    assert!(matches!(error, PipeError::PartialRead { available: 1, .. }));
    let leftover = pipe.at_most(usize::MAX).unwrap().ready().unwrap();
    assert_eq!(leftover.take_chain(), b"q");
    assert!(pipe.is_closed() && pipe.is_empty());
    assert!(matches!(pipe.exactly(1), Err(PipeError::Failed(_))));
    // unreadview
    pipe.unread(Chunk::from("r")).unwrap();
    assert_eq!(pipe.drain_rest(), b"r");

    let (mut chain, mut other) = (Chain::new(), Chain::new());
    // write, writeview; unwriteview; readview; unreadview; merge
    chain.push_shared(Chunk::from("ab"));
    chain.push_shared(Chunk::from("cd"));
    assert_eq!(chain.pop().unwrap(), "cd");
    assert_eq!(chain.pop_front().unwrap(), "ab");
    chain.push_front(Chunk::from("ef"));
    other.push_shared(Chunk::from("gh"));
    other.push_shared(Chunk::from("ijkl"));
    chain.join(&mut other);
    // copy; toview; read1; readinto, readinto1; seek; truncate
    let copy = chain.clone();
    assert_eq!(copy.to_chunk(), "efghijkl");
    assert_eq!(chain.take_view(9), "ef");
    let mut two = [0; 2];
    chain.read_exact(&mut two).unwrap();
    assert_eq!(&two, b"gh");
    assert_eq!((chain.read(&mut two).unwrap(), chain.skip(1)), (2, 1));
    chain.truncate(0);
    assert!(chain.is_empty() && copy.len() == 8);
}

/// Whoever searches the documentation for a name of the table's first column finds it.
#[test]
fn pip_42_the_seeds_names_are_aliases() {
    let spec = include_str!("../../SPEC.md").lines();
    let rows = spec.skip_while(|line| !line.starts_with("| chunkedbuffer, streamview"));
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    let code = [
        include_str!("../../src/chunk/pipe/mod.rs"),
        include_str!("../../src/chunk/pipe/positions.rs"),
        include_str!("../../src/chunk/pipe/read.rs"),
        include_str!("../../src/chunk/pipe/span.rs"),
        include_str!("../../src/chunk/pipe/write.rs"),
        include_str!("../../src/chunk/chain/mod.rs"),
    ]
    .concat();
    let mut names = 0;
    for row in rows {
        let seeds = row.split('|').nth(1).unwrap().split('`');
        for seed in seeds.skip(1).step_by(2) {
            let name = seed.split('(').next().unwrap().rsplit('.').next().unwrap();
            let is_found = [format!("alias = \"{name}\""), format!("pub fn {name}(")];
            assert!(is_found.iter().any(|text| code.contains(text)), "{name}");
            names += 1;
        }
    }
    assert!(names > 40, "{names} names");
}

#[test]
fn pip_25_the_first_of_the_list_is_taken() {
    let list: &[&[u8]] = &[b"abc", b"ab", b"x"];
    let mut pipe = pieces([&b"a"[..]]);
    assert_eq!(pipe.choose(list).unwrap(), Progress::Pending);
    pipe.push("b").unwrap();
    assert_eq!(pipe.choose(list).unwrap(), Progress::Pending);
    pipe.push("xy").unwrap();
    assert_eq!(pipe.choose(list).unwrap(), Progress::Ready(Some(1)));
    assert_eq!(pipe.choose(list).unwrap(), Progress::Ready(Some(2)));
    assert_eq!(pipe.choose(list).unwrap(), Progress::Ready(None));
    assert_eq!(pipe.len(), 1);
    assert!(pipe.choose(&[b"y", b""]).is_err());
}

#[test]
fn pip_25_at_the_end_nothing_could_still_match() {
    let list: &[&[u8]] = &[b"abc", b"ab"];
    let mut pipe = pieces([&b"ab"[..], b"a"]);
    pipe.close(None);
    assert_eq!(pipe.choose(list).unwrap(), Progress::Ready(Some(1)));
    assert_eq!(pipe.choose(list).unwrap(), Progress::Ready(None));
    pipe.skip(1);
    assert_eq!(pipe.choose(list).unwrap(), Progress::End);
}
