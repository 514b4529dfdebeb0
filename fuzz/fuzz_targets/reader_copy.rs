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

use std::io::{BufRead, IoSliceMut, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use devices::{Behaviour, EIO, Hostile, Probe};
use input::{Input, behaviours, is_passing, text};
use iolite::{
    BufferedIo, BufferedReader, BufferedWriter, Chunk, CopyError, CopyOptions, Error, Result,
    Separator, copy, copy_with,
};
use libfuzzer_sys::fuzz_target;

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
    position: usize,
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
            12 => self.read_record(&text(2, input.byte())),
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
            assert_eq!(position, self.position as u64, "after act {act} of {n}");
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
        let mut options = CopyOptions::new().first(first.clone());
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
        self.position += copied + carry.len() - first.len();
        self.carry = carry;
    }

    fn rest(&self) -> &[u8] {
        self.content.get(self.position..).unwrap_or_default()
    }

    /// Tries once. What fails may fail so, and has done nothing.
    fn passes<T>(&mut self, call: impl FnOnce(&mut Pair) -> Result<T>) -> Option<T> {
        match call(self) {
            Ok(done) => Some(done),
            Err(error) if is_passing(&error) => None,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Tries until it works.
    fn persist<T>(&mut self, mut call: impl FnMut(&mut Pair) -> Result<T>) -> T {
        for _ in 0..10_000 {
            if let Some(done) = self.passes(&mut call) {
                return done;
            }
        }
        panic!("it does not go on");
    }

    /// The stream gave these of up to `n` bytes; none are the end.
    fn took(&mut self, bytes: &[u8], n: usize) {
        assert!(self.rest().starts_with(bytes));
        assert!(bytes.len() <= n);
        assert_eq!(
            bytes.is_empty(),
            n == 0 || self.rest().is_empty(),
            "an empty answer is the end"
        );
        self.position += bytes.len();
    }

    fn read(&mut self, n: usize) {
        let mut buf = vec![0; n];
        if let Some(k) = self.passes(|pair| Ok(pair.reader.read(&mut buf)?)) {
            self.took(&buf[..k], n);
        }
    }

    fn read_exact(&mut self, n: usize) {
        let mut buf = vec![0; n];
        match self.reader.read_exact(&mut buf).map_err(Error::from) {
            Ok(()) => {
                assert_eq!(self.rest().get(..n), Some(&buf[..]));
                self.position += n;
            }
            Err(Error::PartialRead {
                available,
                expected,
            }) => assert_eq!((available, expected), (self.rest().len(), n)),
            Err(error) => assert!(is_passing(&error), "{error:?}"),
        }
    }

    fn read_vectored(&mut self, sizes: [usize; 3]) {
        let mut bufs = sizes.map(|size| vec![0; size]);
        let outcome = self.passes(|pair| {
            let mut slices = bufs.each_mut().map(|buf| IoSliceMut::new(buf));
            Ok(pair.reader.read_vectored(&mut slices)?)
        });
        if let Some(k) = outcome {
            self.took(&bufs.concat()[..k], sizes.iter().sum());
        }
    }

    fn read_chunk(&mut self, n: usize, keep: bool) {
        if let Some(chunk) = self.passes(|pair| pair.reader.read_chunk(n)) {
            self.took(&chunk, n);
            if keep {
                let bytes = chunk.to_vec();
                self.kept.push((chunk, bytes));
            }
        }
    }

    fn fill_and_consume(&mut self, n: usize) {
        let filled = self.passes(|pair| Ok(pair.reader.fill_buf()?.to_vec()));
        if let Some(bytes) = filled {
            assert!(self.rest().starts_with(&bytes));
            assert_eq!(bytes.is_empty(), self.rest().is_empty());
            let n = n.min(bytes.len());
            self.reader.consume(n);
            self.position += n;
        }
    }

    /// The next record, up to and with `ending` or to the end.
    fn record(&self, ending: &[u8]) -> Vec<u8> {
        let rest = self.rest();
        let at = rest
            .windows(ending.len())
            .position(|window| window == ending);
        rest[..at.map_or(rest.len(), |at| at + ending.len())].to_vec()
    }

    fn read_until(&mut self, byte: u8) {
        let mut record = b"kept".to_vec();
        let outcome = self.passes(|pair| Ok(pair.reader.read_until(byte, &mut record)?));
        let expected = match outcome {
            Some(n) => {
                let expected = self.record(&[byte]);
                assert_eq!(n, expected.len());
                self.position += n;
                expected
            }
            None => Vec::new(),
        };
        assert_eq!(record, [b"kept", &expected[..]].concat());
    }

    fn slice_until(&mut self, byte: u8) {
        if let Some(line) = self.passes(|pair| Ok(pair.reader.slice_until(byte)?.to_vec())) {
            assert_eq!(line, self.record(&[byte]));
            self.position += line.len();
        }
    }

    fn read_record(&mut self, ending: &[u8]) {
        let separator = Separator::new(ending).expect("it is not empty");
        if let Some(record) = self.passes(|pair| pair.reader.read_record(&separator)) {
            assert_eq!(record, self.record(ending)[..]);
            self.position += record.len();
        }
    }

    fn read_line(&mut self) {
        let mut text = String::from("kept");
        let expected = self.record(b"\n");
        match self.reader.read_line(&mut text).map_err(Error::from) {
            Ok(n) => {
                assert_eq!((n, &text.as_bytes()[4..]), (expected.len(), &expected[..]));
                self.position += n;
            }
            Err(Error::NotUtf8 { line, source }) => {
                assert_eq!((&line, &*text), (&expected, "kept"));
                self.check_decode(*source, &expected);
                self.position += expected.len();
            }
            Err(error) => {
                assert!(is_passing(&error), "{error:?}");
                assert_eq!(text, "kept");
            }
        }
    }

    /// The error is that of these bytes, which are the next ones.
    fn check_decode(&self, error: Error, bytes: &[u8]) {
        let wrong = std::str::from_utf8(bytes).expect_err("this is an error");
        let at = wrong.valid_up_to();
        let malformed = &bytes[at..wrong.error_len().map_or(bytes.len(), |n| at + n)];
        match error {
            Error::Decode { offset, bytes, .. } => {
                let place = (self.position + at) as u64;
                assert_eq!((offset, &bytes[..]), (place, malformed));
            }
            error => panic!("{error:?}"),
        }
    }

    /// What was passed before an error is gone.
    fn skip_until(&mut self, byte: u8) {
        let expected = self.record(&[byte]);
        for _ in 0..10_000 {
            let outcome = self.passes(|pair| Ok(pair.reader.skip_until(byte)?));
            if let Some(n) = outcome {
                assert!(n <= expected.len());
                self.position += expected.len();
                return;
            }
        }
        panic!("it does not go on");
    }

    fn peek(&mut self, n: usize) {
        if let Some(bytes) = self.passes(|pair| Ok(pair.reader.peek(n)?.to_vec())) {
            assert_eq!(bytes, self.rest()[..n.min(self.rest().len())]);
        }
    }

    fn read_to_end(&mut self) {
        let mut all = b"kept".to_vec();
        let outcome = self.passes(|pair| Ok(pair.reader.read_to_end(&mut all)?));
        let bytes = all.strip_prefix(b"kept").expect("what was there stays");
        assert!(self.rest().starts_with(bytes));
        if let Some(n) = outcome {
            assert_eq!((n, bytes), (bytes.len(), self.rest()));
        }
        self.position += bytes.len();
    }

    fn read_to_string(&mut self) {
        let mut all = String::from("kept");
        let outcome = self.reader.read_to_string(&mut all).map_err(Error::from);
        let text = all.strip_prefix("kept").expect("what was there stays");
        assert!(self.rest().starts_with(text.as_bytes()));
        let rest = self.rest().to_vec();
        match outcome {
            Ok(n) => assert_eq!((n, text.as_bytes()), (text.len(), &rest[..])),
            Err(error @ Error::Decode { .. }) => {
                self.check_decode(error, &rest);
                let wrong = std::str::from_utf8(&rest).expect_err("it was found to be");
                assert_eq!(text.len(), wrong.valid_up_to());
            }
            Err(error) => assert!(is_passing(&error), "{error:?}"),
        }
        self.position += text.len();
    }

    fn seek(&mut self, to: SeekFrom) {
        if !self.seekable {
            assert!(self.reader.seek(to).is_err());
            return;
        }
        let target = match to {
            SeekFrom::Start(target) => Some(target),
            SeekFrom::Current(by) => (self.position as u64).checked_add_signed(by),
            SeekFrom::End(by) => (self.content.len() as u64).checked_add_signed(by),
        };
        match self.reader.seek(to).map_err(Error::from) {
            Ok(position) => {
                assert_eq!(Some(position), target);
                self.position = usize::try_from(position).expect("places are near");
            }
            Err(error) => assert!(is_passing(&error) || target.is_none(), "{error:?}"),
        }
    }
}

fn both_pass(error: &Error) -> bool {
    match error {
        Error::Both { first, second } => both_pass(first) && both_pass(second),
        Error::WriteFailed { source, .. } => both_pass(source),
        error => is_passing(error),
    }
}
