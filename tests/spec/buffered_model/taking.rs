//! Calls that read, and what plain memory answers to them.

use std::io::{IoSliceMut, SeekFrom};

use iolite::{BufferedIo, BufferedReader, BufferedRwPair, Chunk, Error, Separator};

use super::{PATIENCE, SEPARATORS, Said, passes, said};
use crate::support::devices::Hostile;
use crate::support::naive::File;

/// A call that reads.
#[derive(Clone, Debug)]
pub(super) enum Take {
    Read(usize),
    ReadExact(usize),
    /// Into slices of these sizes.
    ReadVectored(usize, usize, usize),
    ReadToEnd,
    ReadToString,
    ReadChunk(usize),
    Fill(usize),
    Peek(usize),
    ReadUntil(u8),
    ReadLine,
    Slice(u8),
    Record(usize),
    SkipUntil(u8),
    SkipRecord(usize),
    Limit(Option<usize>),
    Seek(SeekFrom),
    Tell,
}

/// A stream that reads, and what only its reading half can do.
pub(super) trait Reads: BufferedIo {
    fn half(&mut self) -> &mut BufferedReader<Hostile>;
}

impl Reads for BufferedReader<Hostile> {
    fn half(&mut self) -> &mut BufferedReader<Hostile> {
        self
    }
}

impl Reads for BufferedRwPair<Hostile, Hostile> {
    fn half(&mut self) -> &mut BufferedReader<Hostile> {
        self.reader_mut()
    }
}

pub(super) fn separator(i: usize) -> Separator {
    Separator::any_of(SEPARATORS[i]).unwrap()
}

/// Makes the call once.
fn take(stream: &mut impl Reads, call: &Take, kept: &mut Vec<Chunk>) -> iolite::Result<Said> {
    let mut buf = [0xEE; 64];
    Ok(match *call {
        Take::Read(n) => {
            let n = stream.read(&mut buf[..n])?;
            Said::Bytes(buf[..n].to_vec())
        }
        Take::ReadExact(n) => {
            stream.read_exact(&mut buf[..n])?;
            Said::Bytes(buf[..n].to_vec())
        }
        Take::ReadVectored(one, two, three) => {
            let (head, rest) = buf.split_at_mut(one);
            let (middle, tail) = rest.split_at_mut(two);
            let slices = [head, middle, &mut tail[..three]];
            let n = stream.read_vectored(&mut slices.map(IoSliceMut::new))?;
            Said::Bytes(buf[..n].to_vec())
        }
        Take::ReadToEnd | Take::ReadToString => unreachable!("checked apart"),
        Take::ReadChunk(n) => {
            let chunk = stream.read_chunk(n)?;
            let bytes = chunk.to_vec();
            kept.push(chunk);
            Said::Bytes(bytes)
        }
        Take::Fill(n) => {
            let shown = stream.fill_buf()?;
            let some = shown[..n.min(shown.len())].to_vec();
            stream.consume(some.len());
            Said::Bytes(some)
        }
        Take::Peek(n) => Said::Bytes(stream.peek(n)?.to_vec()),
        Take::ReadUntil(byte) => {
            let mut line = Vec::new();
            let outcome = stream.read_until(byte, &mut line);
            assert!(
                outcome.is_ok() || line.is_empty(),
                "a failed call gave {line:?}"
            );
            assert_eq!(outcome?, line.len());
            Said::Bytes(line)
        }
        Take::ReadLine => {
            let mut line = String::new();
            let outcome = stream.read_line(&mut line);
            assert!(
                outcome.is_ok() || line.is_empty(),
                "a failed call gave {line:?}"
            );
            assert_eq!(outcome?, line.len());
            Said::Bytes(line.into_bytes())
        }
        Take::Slice(byte) => Said::Bytes(stream.half().slice_until(byte)?.to_vec()),
        Take::Record(i) => Said::Bytes(stream.half().next_record(&separator(i))?.to_vec()),
        Take::SkipUntil(byte) => {
            stream.skip_until(byte)?;
            Said::Skipped
        }
        Take::SkipRecord(i) => {
            stream.half().skip_record(&separator(i))?;
            Said::Skipped
        }
        Take::Limit(limit) => {
            stream.half().set_line_limit(limit);
            Said::Nothing
        }
        Take::Seek(to) => Said::Position(stream.seek(to)?),
        Take::Tell => Said::Position(stream.stream_position()?),
    })
}

/// What is read, as plain memory.
pub(super) struct Source {
    pub(super) file: File,
    pub(super) limit: Option<usize>,
    pub(super) seekable: bool,
    /// Where a line was too long for std's calls, and what would have ended it.
    pub(super) refused: Option<(u64, u8)>,
    /// The chunks that came, if they are to be kept, and what they showed then.
    pub(super) kept: Option<Vec<(Chunk, Vec<u8>)>>,
}

impl Source {
    fn keep(&mut self, chunks: Vec<Chunk>) {
        if let Some(kept) = &mut self.kept {
            kept.extend(
                chunks
                    .into_iter()
                    .map(|chunk| (chunk.clone(), chunk.to_vec())),
            );
        }
    }

    pub(super) fn check_kept(&self) {
        for (chunk, shown) in self.kept.iter().flatten() {
            assert_eq!(chunk, shown, "a chunk has changed");
        }
    }

    /// Where the record that comes next ends, without and with what ends it.
    fn record(&self, strings: &[&[u8]]) -> (usize, usize) {
        let rest = self.file.rest();
        for at in 0..rest.len() {
            let here = strings.iter().filter(|s| rest[at..].starts_with(s));
            if let Some(longest) = here.map(|s| s.len()).max() {
                return (at, at + longest);
            }
        }
        (rest.len(), rest.len())
    }

    /// Whether the call passes over the line that was too long for the last one.
    fn passes_over(&self, call: &Take) -> bool {
        let byte = match *call {
            Take::ReadUntil(byte) => byte,
            Take::ReadLine => b'\n',
            _ => return false,
        };
        self.refused == Some((self.file.position, byte))
    }

    /// A line as std's calls take it.
    fn std_line(&mut self, call: &Take, byte: u8, text: bool) -> Said {
        if self.passes_over(call) {
            self.skip(&[&[byte]]);
        }
        self.refused = None;
        let line = self.line(&[&[byte]], text);
        if line == Said::TooLong {
            self.refused = Some((self.file.position, byte));
        }
        line
    }

    fn line(&mut self, strings: &[&[u8]], text: bool) -> Said {
        let (length, end) = self.record(strings);
        let line = self.file.rest()[..end].to_vec();
        if self.limit.is_some_and(|limit| length > limit) {
            return Said::TooLong;
        }
        if text && let Err(error) = std::str::from_utf8(&line) {
            let at = self.file.position + error.valid_up_to() as u64;
            self.file.position += end as u64;
            return Said::NotText(at);
        }
        self.file.position += end as u64;
        Said::Bytes(line)
    }

    fn skip(&mut self, strings: &[&[u8]]) -> Said {
        self.file.position += self.record(strings).1 as u64;
        Said::Skipped
    }

    /// What the call has to answer; moves on. `answer` decides where there is a choice.
    fn take(&mut self, call: &Take, answer: &Said) -> Said {
        let strings =
            |i: usize| -> Vec<&[u8]> { SEPARATORS[i].iter().map(|s| s.as_bytes()).collect() };
        match *call {
            Take::Read(n) | Take::ReadChunk(n) | Take::Fill(n) => self.some(n, answer),
            Take::ReadExact(n) if n > self.file.rest().len() => {
                Said::Partial(self.file.rest().len())
            }
            Take::ReadExact(n) => {
                let bytes = self.file.rest()[..n].to_vec();
                self.file.position += n as u64;
                Said::Bytes(bytes)
            }
            Take::Peek(n) => {
                let rest = self.file.rest();
                Said::Bytes(rest[..n.min(rest.len())].to_vec())
            }
            Take::ReadVectored(one, two, three) => self.some(one + two + three, answer),
            Take::ReadToEnd | Take::ReadToString => unreachable!("checked apart"),
            Take::ReadUntil(byte) => self.std_line(call, byte, false),
            Take::ReadLine => self.std_line(call, b'\n', true),
            Take::Slice(byte) => self.line(&[&[byte]], false),
            Take::Record(i) => self.line(&strings(i), false),
            Take::SkipUntil(byte) => self.skip(&[&[byte]]),
            Take::SkipRecord(i) => self.skip(&strings(i)),
            Take::Limit(limit) => {
                (self.limit, self.refused) = (limit, None);
                Said::Nothing
            }
            Take::Seek(_) | Take::Tell if !self.seekable => Said::Unsupported,
            Take::Seek(to) => match self.file.seek(to) {
                Some(position) => {
                    self.refused = None;
                    Said::Position(position)
                }
                None => Said::Refused,
            },
            Take::Tell => Said::Position(self.file.position),
        }
    }

    /// At least one byte unless at the end, and at most `n`.
    fn some(&mut self, n: usize, answer: &Said) -> Said {
        let most = n.min(self.file.rest().len());
        let len = match answer {
            Said::Bytes(bytes) => bytes.len().clamp(most.min(1), most),
            _ => most,
        };
        let bytes = self.file.rest()[..len].to_vec();
        self.file.position += len as u64;
        Said::Bytes(bytes)
    }
}

/// Makes the call until the device does not fail any more, and compares. A failed call has taken
/// nothing; one that skips is somewhere in its record.
pub(super) fn check_take(stream: &mut impl Reads, source: &mut Source, call: &Take) {
    if let Take::ReadToEnd | Take::ReadToString = call {
        return check_whole(stream, source, call);
    }
    for _ in 0..PATIENCE {
        let mut chunks = Vec::new();
        match take(stream, call, &mut chunks).or_else(said) {
            Ok(answer) => {
                source.keep(chunks);
                assert_eq!(answer, source.take(call, &answer), "{call:?}");
                return check_place(stream, source, call);
            }
            Err(error) => {
                assert!(
                    passes(&error) || error.is_would_block(),
                    "{call:?}: {error:?}"
                );
                let skips = matches!(call, Take::SkipUntil(_) | Take::SkipRecord(_));
                if !skips && !source.passes_over(call) {
                    check_place(stream, source, call);
                }
            }
        }
    }
    panic!("{call:?}: no progress in {PATIENCE} calls");
}

/// The same with a call that takes what it can: what it gave is what it took, whatever it says.
fn check_whole(stream: &mut impl Reads, source: &mut Source, call: &Take) {
    for _ in 0..PATIENCE {
        let mut taken = b"kept".to_vec();
        let outcome = match call {
            Take::ReadToEnd => stream.read_to_end(&mut taken),
            _ => {
                let mut text = String::from("kept");
                let outcome = stream.read_to_string(&mut text);
                taken = text.into_bytes();
                outcome
            }
        };
        let taken = taken.strip_prefix(b"kept").expect("what was there is kept");
        assert!(source.file.rest().starts_with(taken), "{call:?}: {taken:?}");
        source.file.position += taken.len() as u64;
        check_place(stream, source, call);
        match outcome.map_err(Error::from) {
            Ok(n) => {
                assert_eq!((n, source.file.rest()), (taken.len(), &b""[..]), "{call:?}");
                return;
            }
            Err(Error::Decode { offset, bytes, .. }) => {
                assert_eq!(offset, source.file.position, "{call:?}");
                let wrong = source.file.rest().utf8_chunks().next().unwrap();
                assert_eq!(
                    (wrong.valid(), wrong.invalid()),
                    ("", &bytes[..]),
                    "{call:?}"
                );
                return;
            }
            Err(error) => assert!(
                passes(&error) || error.is_would_block(),
                "{call:?}: {error:?}"
            ),
        }
    }
    panic!("{call:?}: no progress in {PATIENCE} calls");
}

pub(super) fn check_place(stream: &mut impl Reads, source: &Source, call: &Take) {
    assert!(
        source.file.rest().starts_with(stream.half().buffer()),
        "{call:?}: what is buffered does not come next"
    );
    if source.seekable {
        let position = stream.stream_position().unwrap();
        assert_eq!(position, source.file.position, "{call:?}");
    }
}
