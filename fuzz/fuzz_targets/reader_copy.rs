//! A `BufferedReader` and copies out of it, over devices that give little, fail, would block, time
//! out and lie, are a vector with a position. A copy that fails says how far it got, and what it
//! says is the truth.
//!
//! The input is: the sizes, how both devices behave, and the calls.
#![no_main]

#[path = "../../tests/support/devices.rs"]
#[allow(dead_code, reason = "not every device is of use here")]
mod devices;
mod input;
#[path = "../../tests/support/naive.rs"]
#[allow(dead_code, reason = "not every oracle is of use here")]
mod naive;
mod reading;

use std::io::{BufRead, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use devices::{Behaviour, EIO, Hostile, Probe};
use input::{Input, behaviours, is_passing, text};
use iolite::copy::{CopyError, CopyOptions, copy_with};
use iolite::{BufferedReader, BufferedWriter, Chunk, Error, Separator, copy};
use libfuzzer_sys::fuzz_target;
use reading::Reading;

fuzz_target!(|input: &[u8]| {
    let mut input = Input::new(input);
    // Now and then more than a copy moves at once; not byte by byte, which the device would take
    // minutes for.
    let is_large = input.one_in(60);
    let content = if is_large {
        text(140_000 + input.below(200), input.byte())
    } else {
        text(input.below(300), input.byte())
    };
    let tiny = |b: &Behaviour| matches!(b, Behaviour::OneByte | Behaviour::ShortWrites(_));
    let behave = |input: &mut Input<'_>| {
        let mut all = behaviours(input);
        all.retain(|behaviour| !(is_large && tiny(behaviour)));
        all
    };
    let mut all = behave(&mut input);
    let seekable = !input.one_in(3);
    if !seekable {
        all.push(Behaviour::Unseekable);
    }
    let device = Hostile::new(&content).with_all(&all);
    let probe = device.probe();
    let target = Hostile::new(b"").with_all(&behave(&mut input));
    let size = match input.below(4) {
        0 => input.below(120),
        _ => input.below(12),
    };
    let mut pair = Pair {
        reader: BufferedReader::with_capacity(size, device),
        content,
        position: 0,
        seekable,
        probe,
        target_probe: target.probe(),
        target: match input.one_in(3) {
            true => Target::Raw(target),
            false => Target::Buffered(BufferedWriter::with_capacity(input.below(40), target)),
        },
        written: Vec::new(),
        carry: Chunk::new(),
        kept: Vec::new(),
    };
    while !input.is_empty() {
        pair.act(&mut input);
    }
    pair.end();
});

enum Target {
    Raw(Hostile),
    Buffered(BufferedWriter<Hostile>),
}

/// The streams, and what they have to be like.
struct Pair {
    reader: BufferedReader<Hostile>,
    content: Vec<u8>,
    position: u64,
    seekable: bool,
    probe: Probe,
    target: Target,
    target_probe: Probe,
    /// What the target was given.
    written: Vec<u8>,
    /// What a copy has read and could not write.
    carry: Chunk,
    /// Chunks that were lent, and what was in them.
    kept: Vec<(Chunk, Vec<u8>)>,
}

impl Reading for Pair {
    type Stream = BufferedReader<Hostile>;

    fn stream(&mut self) -> &mut Self::Stream {
        &mut self.reader
    }
    fn content(&self) -> &[u8] {
        &self.content
    }
    fn position(&self) -> u64 {
        self.position
    }
    fn set_position(&mut self, position: u64) {
        self.position = position;
    }
    fn kept(&mut self) -> &mut Vec<(Chunk, Vec<u8>)> {
        &mut self.kept
    }
}

impl Pair {
    fn act(&mut self, input: &mut Input) {
        let n = match input.below(3) {
            0 => input.below(500),
            _ => input.below(14),
        };
        let act = match self.carry.is_empty() {
            true => input.below(20),
            // It comes before anything else that is read.
            false => 16,
        };
        match act {
            0 => self.read(n),
            1 => self.read_exact(n),
            2 => self.read_vectored([n, input.below(9), input.below(40)]),
            3 => self.read_chunk(n, input.one_in(3)),
            4 => self.fill_and_consume(n),
            5 => self.read_until(text(1, input.byte())[0]),
            6 => self.read_line(),
            7 => self.skip_until(text(1, input.byte())[0]),
            8 => self.peek(n),
            9 => self.read_to_end(),
            10 => self.read_to_string(),
            11 => self.slice_until(text(1, input.byte())[0]),
            12 => self.next_record(&text(2, input.byte())),
            13 => self.seek(SeekFrom::Start(input.below(400) as u64)),
            14 => self.seek(SeekFrom::Current(input.below(160) as i64 - 80)),
            15 => self.seek(SeekFrom::End(input.below(160) as i64 - 120)),
            16 | 17 => self.copy(input),
            18 => self.fail(input),
            _ => self.kept.clear(),
        }
        for (chunk, bytes) in &self.kept {
            assert_eq!(chunk, &bytes[..], "what was lent has changed");
        }
        if self.seekable && input.one_in(2) {
            let position = self.persist(|pair| Ok(pair.reader.stream_position()?));
            assert_eq!(position, self.position, "after act {act} of {n}");
        }
        self.check_target();
    }

    fn end(mut self) {
        // What was read ahead, and what the device still has, is what is left.
        let rest = self.rest().to_vec();
        let (mut device, mut left) = {
            let (device, ahead) = self.reader.into_parts();
            (device, ahead.to_vec())
        };
        for _ in 0..10_000_000 {
            let mut buf = [0; 4096];
            match device.read(&mut buf) {
                Ok(0) => break,
                Ok(n) if n > buf.len() => {}
                Ok(n) => left.extend_from_slice(&buf[..n]),
                Err(_) => {}
            }
        }
        assert_eq!(left, rest);
        if let Target::Buffered(writer) = self.target {
            let (_, pending) = writer.into_parts();
            self.written.truncate(self.written.len() - pending.len());
        }
        assert_eq!(self.target_probe.content(), self.written);
    }

    fn fail(&mut self, input: &mut Input) {
        match input.one_in(2) {
            true => self.probe.fail_next(EIO),
            false => self.target_probe.fail_next(EIO),
        }
    }

    fn check_target(&self) {
        let content = self.target_probe.content();
        let pending = match &self.target {
            Target::Raw(_) => 0,
            Target::Buffered(writer) => writer.pending(),
        };
        assert_eq!(content.len() + pending, self.written.len());
        assert_eq!(content, self.written[..content.len()]);
    }

    fn copy(&mut self, input: &mut Input) {
        let limit = input.one_in(2).then(|| input.below(400) as u64);
        let stop = input.one_in(4).then(|| input.below(60) as u64 + 1);
        let first = std::mem::take(&mut self.carry);
        let all = [&first[..], self.rest()].concat();
        let mut options = CopyOptions::new().prefix(first.clone());
        if let Some(limit) = limit {
            options = options.limit(limit);
        }
        if let Some(stop) = stop {
            options = options.progress(stop, |_| ControlFlow::Break(()));
        }
        let is_plain = first.is_empty() && limit.is_none() && stop.is_none();
        let reader = &mut self.reader;
        let outcome = match &mut self.target {
            Target::Raw(target) if is_plain => copy(reader, target),
            Target::Raw(target) => copy_with(reader, target, options),
            Target::Buffered(target) if is_plain => copy(reader, target),
            Target::Buffered(target) => copy_with(reader, target, options),
        };
        let (copied, carry) = match outcome {
            Ok(copied) => {
                let ends = limit.unwrap_or(u64::MAX).max(first.len() as u64);
                let ends = ends.min(all.len() as u64);
                match stop {
                    Some(_) => assert!(copied <= ends),
                    None => assert_eq!(copied, ends, "all, or up to the limit"),
                }
                (copied, Chunk::new())
            }
            Err(CopyError {
                copied,
                unwritten,
                source,
                ..
            }) => {
                assert!(both_pass(&source), "{source:?}");
                (copied, unwritten)
            }
        };
        let copied = usize::try_from(copied).expect("it is in memory");
        self.written.extend_from_slice(&all[..copied]);
        assert!(
            all[copied..].starts_with(&carry),
            "what is unwritten comes next"
        );
        self.advance(copied + carry.len() - first.len());
        self.carry = carry;
    }

    fn slice_until(&mut self, byte: u8) {
        if let Some(line) = self.passes(|pair| Ok(pair.reader.slice_until(byte)?.to_vec())) {
            assert_eq!(line, self.record(&[byte]));
            self.advance(line.len());
        }
    }

    fn next_record(&mut self, ending: &[u8]) {
        let separator = Separator::new(ending).expect("it is not empty");
        if let Some(record) = self.passes(|pair| pair.reader.next_record(&separator)) {
            assert_eq!(record, self.record(ending)[..]);
            self.advance(record.len());
        }
    }

    /// What was passed before an error is gone.
    fn skip_until(&mut self, byte: u8) {
        let expected = self.record(&[byte]);
        // A long record goes by a small buffer at a time, and some of these calls fail.
        for _ in 0..10_000 + 4 * expected.len() {
            let outcome = self.passes(|pair| Ok(pair.reader.skip_until(byte)?));
            if let Some(n) = outcome {
                assert!(n <= expected.len());
                self.advance(expected.len());
                return;
            }
        }
        panic!("it does not go on");
    }

    fn seek(&mut self, to: SeekFrom) {
        match self.seekable {
            true => Reading::seek(self, to),
            false => assert!(self.reader.seek(to).is_err()),
        }
    }
}

fn both_pass(error: &Error) -> bool {
    match error {
        Error::Combined { first, second } => both_pass(first) && both_pass(second),
        Error::WriteFailed { source, .. } => both_pass(source),
        error => is_passing(error),
    }
}
