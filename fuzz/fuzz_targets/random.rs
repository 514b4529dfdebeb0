//! `BufferedRandom`, over a `BlockCache` too, over devices that give little, fail, would block, time out and
//! lie, is a vector with a position. A call that fails changes nothing but what it says.
//!
//! The input is: the way, the sizes, how the device behaves, and the calls.
#![no_main]

#[path = "../../tests/support/devices.rs"]
#[allow(dead_code, reason = "not every device is of use here")]
mod devices;
mod input;
#[path = "../../tests/support/layer.rs"]
#[allow(dead_code, reason = "not every way is of use here")]
mod layer;
#[path = "../../tests/support/naive.rs"]
#[allow(dead_code, reason = "not every oracle is of use here")]
mod naive;
mod reading;

use std::io::{self, BufRead, IoSlice, Read, Seek, SeekFrom, Write};

use devices::{Behaviour, EIO, Hostile, Probe};
use input::{Input, behaviours, is_passing, text};
use iolite::{BufferedIo, BufferedRandom, Chunk, Error, IoBase};
use layer::{Layer, cache, take_apart};
use libfuzzer_sys::fuzz_target;
use reading::Reading;

/// Places are below this, but for those that are far away.
const PLACES: u64 = 300;
const LAST: u64 = i64::MAX.cast_unsigned();

fuzz_target!(|input: &[u8]| {
    let mut input = Input::new(input);
    let content = text(input.below(200), input.byte());
    let mut all = behaviours(&mut input);
    if input.one_in(2) {
        all.push(Behaviour::Positioned);
    }
    let appends = input.one_in(5);
    if appends {
        all.push(Behaviour::Appending);
    }
    let device = Hostile::new(&content).with_all(&all);
    let probe = device.probe();
    let size = match input.below(4) {
        0 => input.below(120),
        _ => input.below(12),
    };
    let layer = if input.one_in(2) {
        Layer::Cached(cache(input.below(5), input.below(20), device))
    } else {
        Layer::Plain(device)
    };
    let stream = BufferedRandom::with_capacity(size, layer);
    let mut pair = Pair {
        stream: stream.expect("it is seekable"),
        content,
        position: 0,
        appends,
        probe,
        kept: Vec::new(),
    };
    while !input.is_empty() {
        pair.act(&mut input);
    }
    pair.end(input.byte() & 1 == 0);
});

/// The stream, and what it has to be like.
struct Pair {
    stream: BufferedRandom<Layer<Hostile>>,
    content: Vec<u8>,
    position: u64,
    appends: bool,
    probe: Probe,
    /// Chunks that were lent, and what was in them.
    kept: Vec<(Chunk, Vec<u8>)>,
}

impl Reading for Pair {
    type Stream = BufferedRandom<Layer<Hostile>>;

    fn stream(&mut self) -> &mut Self::Stream {
        &mut self.stream
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
        let act = input.below(26);
        let n = match input.below(3) {
            0 => input.below(150),
            _ => input.below(14),
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
            11 => self.write(&text(n, input.byte())),
            12 => self.write_all(&text(n, input.byte())),
            13 => self.write_vectored(&text(n, input.byte()), input.below(5), input.below(30)),
            14 => self.write_chunk(&text(n, input.byte())),
            15 => self.write_fmt(n, input.below(20)),
            16 => drop(self.passes(|pair| Ok(pair.stream.flush()?))),
            17 => self.seek(SeekFrom::Start(input.below(PLACES as usize) as u64)),
            18 => self.seek(SeekFrom::Current(input.below(160) as i64 - 80)),
            19 => self.seek(SeekFrom::End(input.below(160) as i64 - 120)),
            20 => self.far(input.below(4)),
            21 => self.truncate(input.one_in(2).then(|| input.below(PLACES as usize) as u64)),
            22 => self.probe.fail_next(EIO),
            23 => self.nothing(input.below(7)),
            24 => self.kept.clear(),
            _ => drop(self.passes(|pair| Ok(pair.stream.stream_position()?))),
        }
        for (chunk, bytes) in &self.kept {
            assert_eq!(chunk, &bytes[..], "what was lent has changed");
        }
        // Not each time: an appending stream writes when it is asked where it is.
        if input.one_in(2) {
            let position = self.persist(|pair| Ok(pair.stream.stream_position()?));
            assert_eq!(position, self.position, "after act {act} of {n}");
        }
    }

    /// Everything that was given is on the device, or comes out with its place.
    fn end(mut self, by_detaching: bool) {
        if by_detaching {
            self.persist(|pair| Ok(pair.stream.flush()?));
            let device = self.stream.detach();
            // The position is asked before; nothing is left to fail but the one error that waits.
            drop(device);
            assert_eq!(self.probe.content(), self.content);
            return;
        }
        let (device, pending) = take_apart(self.stream);
        let mut all = self.probe.content();
        for write in pending {
            let start = match write.offset {
                Some(offset) => usize::try_from(offset).expect("places are near"),
                None => all.len(),
            };
            let end = start + write.bytes.len();
            all.resize(all.len().max(end), 0);
            all[start..end].copy_from_slice(&write.bytes);
        }
        drop(device);
        assert_eq!(all, self.content);
    }

    /// What was passed before an error is gone.
    fn skip_until(&mut self, byte: u8) {
        let expected = self.record(&[byte]);
        match self.passes(|pair| Ok(pair.stream.skip_until(byte)?)) {
            Some(n) => {
                assert_eq!(n, expected.len());
                self.position += n as u64;
            }
            None => {
                let position = self.persist(|pair| Ok(pair.stream.stream_position()?));
                let passed = position.checked_sub(self.position).expect("it goes ahead");
                assert!(passed <= expected.len() as u64);
                self.position = position;
            }
        }
    }

    /// The stream took these bytes.
    fn gave(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if self.appends {
            self.position = self.content.len() as u64;
        }
        let start = usize::try_from(self.position).expect("places are near");
        let end = start + bytes.len();
        self.content.resize(self.content.len().max(end), 0);
        self.content[start..end].copy_from_slice(bytes);
        self.position = end as u64;
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(n) = self.passes(|pair| Ok(pair.stream.write(bytes)?)) {
            assert!(n > 0 || bytes.is_empty());
            self.gave(&bytes[..n]);
        }
    }

    fn write_vectored(&mut self, bytes: &[u8], one: usize, two: usize) {
        let (first, rest) = bytes.split_at(one.min(bytes.len()));
        let (second, third) = rest.split_at(two.min(rest.len()));
        let bufs = [first, second, &[], third].map(IoSlice::new);
        if let Some(n) = self.passes(|pair| Ok(pair.stream.write_vectored(&bufs)?)) {
            assert!(n > 0 || bytes.is_empty());
            self.gave(&bytes[..n]);
        }
    }

    fn write_all(&mut self, bytes: &[u8]) {
        let outcome = self.stream.write_all(bytes);
        self.gave_some(outcome, bytes);
    }

    fn write_fmt(&mut self, n: usize, m: usize) {
        let (one, two) = (text(n, 1), text(m, 2));
        let [one, two] = [&one, &two].map(|bytes| String::from_utf8_lossy(bytes));
        let outcome = write!(self.stream, "{one}-{two}!");
        self.gave_some(outcome, format!("{one}-{two}!").as_bytes());
    }

    /// The error says how much was taken.
    fn gave_some(&mut self, outcome: io::Result<()>, bytes: &[u8]) {
        let n = match outcome.map_err(Error::from) {
            Ok(()) => bytes.len(),
            Err(Error::WouldBlock { written }) => written,
            Err(Error::WriteFailed { written, source }) if is_passing(&source) => written,
            Err(error) if is_passing(&error) => 0,
            Err(error) => panic!("{error:?}"),
        };
        self.gave(&bytes[..n]);
    }

    fn write_chunk(&mut self, bytes: &[u8]) {
        let chunk = Chunk::copy_from_slice(bytes);
        if self.passes(|pair| pair.stream.write_chunk(chunk)).is_some() {
            self.gave(bytes);
        }
    }

    /// To where nothing can be, and back.
    fn far(&mut self, back: usize) {
        let here = self.position;
        let far = LAST - back as u64;
        if self
            .passes(|pair| Ok(pair.stream.seek(SeekFrom::Start(far))?))
            .is_none()
        {
            return;
        }
        self.position = far;
        let too_far = |outcome: io::Result<()>| match Error::from(outcome.expect_err("too far")) {
            Error::InvalidArgument { .. } => {}
            error => assert!(is_passing(&error), "{error:?}"),
        };
        too_far(self.stream.seek_relative(back as i64 + 1));
        too_far(self.stream.seek_relative(i64::MAX));
        if !self.appends {
            too_far(self.stream.write_all(&vec![b'x'; back + 1]));
        }
        self.read(5);
        self.peek(3);
        let position = self.persist(|pair| Ok(pair.stream.stream_position()?));
        assert_eq!(position, far);
        self.position = self.persist(|pair| Ok(pair.stream.seek(SeekFrom::Start(here))?));
    }

    fn truncate(&mut self, size: Option<u64>) {
        if let Some(size) = self.passes(|pair| pair.stream.truncate(size)) {
            let size = usize::try_from(size).expect("places are near");
            self.content.resize(size, 0);
        }
    }

    /// Calls that are given nothing do nothing, and cannot fail.
    fn nothing(&mut self, which: usize) {
        let before = self.probe.calls();
        match which {
            0 => drop(self.stream.write(&[]).expect("nothing to write")),
            1 => self.stream.write_all(&[]).expect("nothing to write"),
            2 => drop(self.stream.write_vectored(&[]).expect("nothing to write")),
            3 => self
                .stream
                .write_chunk(Chunk::new())
                .expect("nothing to write"),
            4 => write!(self.stream, "").expect("nothing to write"),
            5 => drop(self.stream.read(&mut []).expect("nothing to read")),
            _ => drop(self.stream.peek(0).expect("nothing to see")),
        }
        assert_eq!(self.probe.calls(), before);
        assert!(self.stream.writable());
    }
}
