//! Calls that read, and what plain memory answers to them.

use std::io::SeekFrom;

use iolite::{BufferedIo, BufferedReader, BufferedRwPair, Separator};

use super::{PATIENCE, SEPARATORS, Said, passes, said};
use crate::support::devices::Hostile;
use crate::support::naive::File;

/// A call that reads.
#[derive(Clone, Debug)]
pub(super) enum Take {
    Read(usize),
    ReadExact(usize),
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
pub(super) fn take(stream: &mut impl Reads, call: &Take) -> iolite::Result<Said> {
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
        Take::ReadChunk(n) => Said::Bytes(stream.read_chunk(n)?.to_vec()),
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
        Take::Record(i) => Said::Bytes(stream.half().read_record(&separator(i))?.to_vec()),
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
}

impl Source {
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

    fn line(&mut self, strings: &[&[u8]], text: bool) -> Said {
        let (length, end) = self.record(strings);
        let line = self.file.rest()[..end].to_vec();
        if self.limit.is_some_and(|limit| length > limit) {
            return Said::TooLong;
        }
        if text && let Err(error) = std::str::from_utf8(&line) {
            return Said::NotText(self.file.position + error.valid_up_to() as u64);
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
            Take::ReadUntil(byte) | Take::Slice(byte) => self.line(&[&[byte]], false),
            Take::ReadLine => self.line(&[b"\n"], true),
            Take::Record(i) => self.line(&strings(i), false),
            Take::SkipUntil(byte) => self.skip(&[&[byte]]),
            Take::SkipRecord(i) => self.skip(&strings(i)),
            Take::Limit(limit) => {
                self.limit = limit;
                Said::Nothing
            }
            Take::Seek(_) | Take::Tell if !self.seekable => Said::Unsupported,
            Take::Seek(to) => self.file.seek(to).map_or(Said::Refused, Said::Position),
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
    for _ in 0..PATIENCE {
        match take(stream, call).or_else(said) {
            Ok(answer) => {
                assert_eq!(answer, source.take(call, &answer), "{call:?}");
                return check_place(stream, source, call);
            }
            Err(error) => {
                assert!(
                    passes(&error) || error.is_would_block(),
                    "{call:?}: {error:?}"
                );
                if !matches!(call, Take::SkipUntil(_) | Take::SkipRecord(_)) {
                    check_place(stream, source, call);
                }
            }
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
