//! Reading bytes: each call of each buffered stream, repeated after each error until all is there.

use std::io::{IoSliceMut, Read, Seek, SeekFrom};

use iolite::text::TextPosition;
use iolite::{
    BlockCache, BufferedIo, BufferedRandom, BufferedReader, BufferedRwPair, Chunk, Error, Separator,
};

use crate::device::{Faulty, Plan};
use crate::fault::Fault;
use crate::ledger::{Outcome, Row, guarded};

/// Lines of several lengths, one empty, one that does not end; every byte but `\n` stands there once.
pub(crate) const CONTENT: &[u8] =
    "abc\nd\n\nefghijklm\u{e9}opq\nrs\u{20ac}tuvwxyz\nABCDEFGH".as_bytes();

/// What was read, and where the stream stands by that.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) bytes: Vec<u8>,
    /// For calls that append to a string: what the last one appended.
    pub(crate) text: String,
    /// In bytes from the start, with what was passed over.
    pub(crate) at: usize,
    /// Whether malformed bytes are taken by the error that shows them, as from a text stream.
    pub(crate) takes_malformed: bool,
    /// Where a text stream is to go back to.
    pub(crate) place: Option<TextPosition>,
}

impl Taken {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.at += bytes.len();
    }

    /// What the last call appended is taken, whatever became of the call.
    fn settle(&mut self) {
        self.bytes.extend(self.text.drain(..).as_str().bytes());
        self.at = self.at.max(self.bytes.len());
    }

    fn malformed(&mut self, error: &Error) {
        if let (true, Error::Decode { bytes, .. }) = (self.takes_malformed, error) {
            self.push(bytes);
        }
    }

    /// Whether what was read so far is whole lines, an odd number of them.
    fn is_after_odd_line(&self) -> bool {
        let read = &CONTENT[..self.at.min(CONTENT.len())];
        let lines = read.iter().filter(|byte| **byte == b'\n').count();
        lines % 2 == 1 && read.ends_with(b"\n")
    }
}

/// Makes the call once; `false` at the end.
pub(crate) type Step<S> = fn(&mut S, &mut Taken) -> Result<bool, Error>;

/// So often a call fails before the caller gives up, or somebody does something about it.
const TRIES: usize = 3;

/// Repeats a call until nothing more comes, or until the fault is there to stay: then what is still
/// there is added by the caller, and the answer is `true`.
pub(crate) fn read_all<S>(
    stream: &mut S,
    plan: &Plan,
    outcome: &mut Outcome,
    taken: &mut Taken,
    step: Step<S>,
    tell: Tell<S>,
) -> bool {
    let (mut calls, mut ends, mut failures) = (0, 0, 0);
    let fault = plan.fault();
    loop {
        calls += 1;
        if calls > 4 * outcome.expected.len() + 100 {
            outcome.is_hung = true;
            return false;
        }
        let done = guarded(outcome, || step(stream, taken));
        taken.settle();
        let tellable = match done {
            Some(Ok(true)) => false,
            Some(Ok(false)) => {
                ends += 1;
                if ends == TRIES {
                    return fault == Fault::Reset;
                }
                true
            }
            Some(Err(error)) => {
                failures += 1;
                taken.malformed(&error);
                if plan.struck() == 0 || !fault.explains(&error) {
                    outcome.is_wrong(|| format!("an error that is not the device's: {error}"));
                }
                if failures == TRIES && fault.lasts() {
                    return true;
                }
                true
            }
            None if outcome.is_panicked => return false,
            None => true,
        };
        if tellable {
            let place = guarded(outcome, || tell(stream)).flatten();
            if place.is_some_and(|place| place != taken.at as u64) {
                let at = taken.at;
                outcome.is_wrong(|| format!("it stands at {place:?}, and {at} bytes were read"));
            }
        }
    }
}

/// A buffered stream that is read.
pub(crate) trait Source: BufferedIo + Sized + 'static {
    const NAME: &'static str;

    fn open(content: &[u8], plan: &Plan, capacity: usize) -> Self;

    /// What is still there when the stream is taken apart: what was read ahead, and the rest of
    /// the device. `at` is where the stream stands.
    fn rest(self, at: usize) -> Vec<u8>;
}

impl Source for BufferedReader<Faulty> {
    const NAME: &'static str = "`BufferedReader` of a file";

    fn open(content: &[u8], plan: &Plan, capacity: usize) -> Self {
        BufferedReader::with_capacity(capacity, Faulty::file(content, plan))
    }

    fn rest(self, _: usize) -> Vec<u8> {
        let (device, ahead) = self.into_parts();
        [&ahead, device.probe().file().rest()].concat()
    }
}

/// The reading half has the content, the writing half nothing.
impl Source for BufferedRwPair<Faulty, Faulty> {
    const NAME: &'static str = "`BufferedRwPair`";

    fn open(content: &[u8], plan: &Plan, capacity: usize) -> Self {
        let (reader, writer) = (Faulty::pipe(content, plan), Faulty::pipe(b"", plan));
        BufferedRwPair::with_capacity(capacity, reader, writer)
    }

    fn rest(self, _: usize) -> Vec<u8> {
        let ((device, ahead), _) = self.into_parts();
        [&ahead, device.probe().file().rest()].concat()
    }
}

impl Source for BufferedRandom<Faulty> {
    const NAME: &'static str = "`BufferedRandom`";

    fn open(content: &[u8], plan: &Plan, capacity: usize) -> Self {
        let device = Faulty::file(content, plan);
        BufferedRandom::with_capacity(capacity, device).expect("it can seek")
    }

    /// A window is a part of the file.
    fn rest(self, at: usize) -> Vec<u8> {
        let (device, _) = self.into_parts();
        device.probe().file().content[at..].to_vec()
    }
}

impl Source for BufferedRandom<BlockCache<Faulty>> {
    const NAME: &'static str = "`BufferedRandom` of a `BlockCache`";

    fn open(content: &[u8], plan: &Plan, capacity: usize) -> Self {
        let device = Faulty::file(content, plan).positioned();
        let cache = BlockCache::builder().blocks(2).block_size(capacity);
        let cache = cache.build(device).expect("it can seek");
        BufferedRandom::with_capacity(3, cache).expect("it can seek")
    }

    fn rest(self, at: usize) -> Vec<u8> {
        let (device, _) = self.into_parts().0.into_parts();
        device.probe().file().content[at..].to_vec()
    }
}

fn name<S: Source>() -> String {
    format!("{}, read", S::NAME)
}

/// Where the stream says that it stands.
type Tell<S> = fn(&mut S) -> Option<u64>;

fn tell<S: Seek>(stream: &mut S) -> Option<u64> {
    stream.stream_position().ok()
}

/// Reads all of a stream by one call, and compares. After a step of several calls it may stand
/// elsewhere, and is not asked.
fn run<S: Source>(
    (plan, capacity): (&Plan, usize),
    step: Step<S>,
    tell: Option<Tell<S>>,
    expected: &[u8],
) -> Outcome {
    let mut outcome = Outcome::new(expected);
    let mut taken = Taken::default();
    let mut stream = S::open(CONTENT, plan, capacity);
    let is_told = tell.is_some();
    let tell = tell.unwrap_or(|_| None);
    let gave_up = read_all(&mut stream, plan, &mut outcome, &mut taken, step, tell);
    let at = taken.at;
    outcome.got = taken.bytes;
    if gave_up && is_told {
        let rest = stream.rest(at);
        outcome.got.extend(rest);
    } else if gave_up {
        // In the middle of a step: what was read is what was to be read first.
        outcome.expected.truncate(outcome.got.len());
    }
    outcome
}

/// Every other line.
fn odd_lines() -> Vec<u8> {
    let lines = CONTENT.split_inclusive(|byte| *byte == b'\n');
    lines.step_by(2).collect::<Vec<_>>().concat()
}

/// The calls that every buffered stream has.
pub(crate) fn rows<S: Source>() -> Vec<Row> {
    let row = |call, step: Step<S>| {
        Row::new(name::<S>(), call, move |plan, capacity| {
            run((plan, capacity), step, Some(tell), CONTENT)
        })
    };
    let skips = |call, step: Step<S>| {
        Row::new(name::<S>(), call, move |plan, capacity| {
            run((plan, capacity), step, None, &odd_lines())
        })
    };
    vec![
        row("`read`", |stream, taken| {
            let mut buf = [0; 5];
            let n = stream.read(&mut buf)?;
            taken.push(&buf[..n]);
            Ok(n > 0)
        }),
        row("`read_vectored`", |stream, taken| {
            let (mut one, mut two) = ([0; 2], [0; 9]);
            let mut bufs = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
            let n = stream.read_vectored(&mut bufs)?;
            taken.push(&[&one[..], &two].concat()[..n]);
            Ok(n > 0)
        }),
        row("`read_exact`", |stream, taken| {
            let mut buf = [0; 6];
            let n = (CONTENT.len() - taken.at).min(buf.len());
            stream.read_exact(&mut buf[..n])?;
            taken.push(&buf[..n]);
            Ok(n > 0)
        }),
        row("`read_exact`, large", |stream, taken| {
            let mut buf = [0; 100];
            let n = (CONTENT.len() - taken.at).min(40);
            stream.read_exact(&mut buf[..n])?;
            taken.push(&buf[..n]);
            Ok(n > 0)
        }),
        row("`read_to_end`", |stream, taken| {
            Ok(stream.read_to_end(&mut taken.bytes)? > 0)
        }),
        row("`read_to_string`", |stream, taken| {
            Ok(stream.read_to_string(&mut taken.text)? > 0)
        }),
        row("`read_until`", |stream, taken| {
            Ok(stream.read_until(b'\n', &mut taken.bytes)? > 0)
        }),
        row("`read_line`", |stream, taken| {
            Ok(stream.read_line(&mut taken.text)? > 0)
        })
        // An end inside a character: the line is no text, and is in the error.
        .without(&[Fault::Stuck, Fault::Reset]),
        skips("`skip_until`", |stream, taken| {
            if !taken.is_after_odd_line() {
                let before = taken.bytes.len();
                let read = stream.read_until(b'\n', &mut taken.bytes);
                taken.at += taken.bytes.len() - before;
                return Ok(read? > 0);
            }
            let n = stream.skip_until(b'\n')?;
            // After an error it counts the rest only, and stands after the line all the same.
            let rest = &CONTENT[taken.at..];
            let line = rest.iter().position(|byte| *byte == b'\n');
            taken.at += line.map_or(rest.len(), |end| end + 1);
            Ok(n > 0)
        })
        // An end in the middle of what is passed over is the end of it.
        .without(&[Fault::Stuck, Fault::Reset]),
        row("`fill_buf`, `consume`", |stream, taken| {
            let piece = stream.fill_buf()?;
            let n = piece.len().min(4);
            taken.push(&piece[..n]);
            stream.consume(n);
            Ok(n > 0)
        }),
        row("`peek`, `read_chunk`", |stream, taken| {
            let seen = stream.peek(9)?.to_vec();
            let chunk = stream.read_chunk(7)?;
            // An end that was none is shown once.
            let is_same = seen.starts_with(&chunk) || chunk.starts_with(&seen);
            assert!(is_same, "it showed something else");
            taken.push(&chunk);
            Ok(!chunk.is_empty())
        }),
        row("`read_chunk`", |stream, taken| {
            let chunk: Chunk = stream.read_chunk(7)?;
            taken.push(&chunk);
            Ok(!chunk.is_empty())
        }),
    ]
}

/// What only streams have that can seek.
pub(crate) fn seeking_rows<S: Source>() -> Vec<Row> {
    let row = |call, step: Step<S>| {
        Row::new(name::<S>(), call, move |plan, capacity| {
            run((plan, capacity), step, None, CONTENT)
        })
    };
    vec![
        row("`seek`, absolute", |stream, taken| {
            // Far away, and back; there is nothing there.
            stream.seek(SeekFrom::Start(200))?;
            let back = stream.seek(SeekFrom::Start(taken.at as u64))?;
            assert_eq!(back, taken.at as u64, "it went elsewhere");
            let mut buf = [0; 4];
            let n = stream.read(&mut buf)?;
            taken.push(&buf[..n]);
            Ok(n > 0)
        }),
        row("`seek`, relative", |stream, taken| {
            stream.seek(SeekFrom::Start(taken.at as u64))?;
            let by = i64::from(taken.at >= 2) * 2;
            stream.seek(SeekFrom::Current(-by))?;
            stream.seek_relative(by)?;
            let mut buf = [0; 4];
            let n = stream.read(&mut buf)?;
            taken.push(&buf[..n]);
            Ok(n > 0)
        }),
        row("`seek`, from the end", |stream, taken| {
            let left = i64::try_from(CONTENT.len() - taken.at).expect("short");
            stream.seek(SeekFrom::End(-left))?;
            let mut buf = [0; 4];
            let n = stream.read(&mut buf)?;
            taken.push(&buf[..n]);
            Ok(n > 0)
        }),
        row("`stream_position`", |stream, taken| {
            let place = stream.stream_position()?;
            assert_eq!(place, taken.at as u64, "it stands elsewhere");
            let mut buf = [0; 4];
            let n = stream.read(&mut buf)?;
            taken.push(&buf[..n]);
            Ok(n > 0)
        }),
    ]
}

/// What a reader alone has.
pub(crate) fn reader_rows() -> Vec<Row> {
    type Reader = BufferedReader<Faulty>;
    let row = |call, step: Step<Reader>| {
        Row::new(name::<Reader>(), call, move |plan, capacity| {
            run((plan, capacity), step, Some(tell), CONTENT)
        })
    };
    vec![
        row("`slice_until`", |stream, taken| {
            let line = stream.slice_until(b'\n')?.to_vec();
            taken.push(&line);
            Ok(!line.is_empty())
        }),
        row("`next_record`", |stream, taken| {
            let record = stream.next_record(&Separator::new(b"\nd\n").expect("not empty"))?;
            taken.push(&record);
            Ok(!record.is_empty())
        }),
        Row::new(name::<Reader>(), "`detach`", |plan, capacity| {
            let mut outcome = Outcome::new(CONTENT);
            let mut taken = Taken::default();
            let mut stream = Reader::open(CONTENT, plan, capacity);
            let few: Step<Reader> = |stream, taken| {
                if taken.at >= 10 {
                    return Ok(false);
                }
                let mut buf = [0; 3];
                let n = stream.read(&mut buf)?;
                taken.push(&buf[..n]);
                Ok(n > 0)
            };
            read_all(&mut stream, plan, &mut outcome, &mut taken, few, tell);
            let mut tries = 0;
            // The device stands where reading stopped, or the stream comes back.
            let rest = loop {
                tries += 1;
                let mut kept = Some(stream);
                let detached = guarded(&mut outcome, || kept.take().expect("it").detach());
                match detached {
                    Some(Ok(device)) => break device.probe().file().rest().to_vec(),
                    Some(Err(failed)) => {
                        stream = failed.into_parts().1;
                        if tries > 3 {
                            break stream.rest(taken.at);
                        }
                    }
                    None => return outcome,
                }
            };
            outcome.got = [taken.bytes, rest].concat();
            outcome
        })
        // A panic in it takes the stream along.
        .without(&[Fault::Panics]),
    ]
}
