//! SPEC.md, "Random access": any calls on any device, against a plain file.

use std::io::{IoSlice, IoSliceMut};

use iolite::error::DetachError;
use iolite::{BlockCache, BufferedIo, BufferedRandom, Chunk, Error, RawIo};
use proptest::prelude::*;

use crate::random_turns::Turns;
use crate::support::contracts::{self, Giving, Op, Rules, persist};
use crate::support::devices::{Behaviour, EIO, Hostile, Probe, hampering};
use crate::support::full_or_quick;
use crate::support::layer::cache;
use crate::support::naive::{self, File};

/// What can be done to the stream, and around it.
#[derive(Clone, Debug)]
enum Act {
    Call(Op),
    WriteAll(Vec<u8>),
    /// Reads into several slices, of these sizes.
    ReadVectored([usize; 3]),
    /// Writes several slices, cut at these places.
    WriteVectored(Vec<u8>, [usize; 2]),
    /// Formats pieces.
    Format(Vec<String>),
    ReadToEnd,
    ReadToString,
    /// Calls that are given nothing.
    Nothing,
    /// Takes a chunk and keeps it.
    Keep(usize),
    /// Lets go of what was kept.
    Drop,
    /// The next call of the device fails.
    Fail,
}

fn act() -> impl Strategy<Value = Act> {
    // Around the size of a block, and around that of a record.
    let n = || prop_oneof![0..6_usize, 0..50_usize];
    let bytes = move || n().prop_flat_map(|n| prop::collection::vec(0..16_u8, n));
    let place = || 0..130_u64;
    prop_oneof![
        4 => n().prop_map(|n| Act::Call(Op::Read(n))),
        3 => n().prop_map(|n| Act::Call(Op::ReadExact(n))),
        2 => n().prop_map(|n| Act::Call(Op::FillAndConsume(n))),
        2 => (0..16_u8).prop_map(|byte| Act::Call(Op::ReadUntil(byte))),
        2 => n().prop_map(|n| Act::Call(Op::Peek(n))),
        3 => n().prop_map(Act::Keep),
        2 => [n(), n(), n()].prop_map(Act::ReadVectored),
        2 => (bytes(), [n(), n()]).prop_map(|(bytes, cuts)| Act::WriteVectored(bytes, cuts)),
        2 => prop::collection::vec("[a-é]{0,6}", 0..5).prop_map(Act::Format),
        1 => Just(Act::ReadToEnd),
        1 => Just(Act::ReadToString),
        1 => Just(Act::Nothing),
        4 => bytes().prop_map(|bytes| Act::Call(Op::Write(bytes))),
        3 => bytes().prop_map(Act::WriteAll),
        3 => bytes().prop_map(|bytes| Act::Call(Op::WriteChunk(bytes))),
        1 => Just(Act::Call(Op::Flush)),
        2 => Just(Act::Call(Op::Tell)),
        4 => place().prop_map(|to| Act::Call(Op::SeekStart(to))),
        5 => (-40..40_i64).prop_map(|by| Act::Call(Op::SeekCurrent(by))),
        2 => (-90..20_i64).prop_map(|by| Act::Call(Op::SeekEnd(by))),
        1 => prop::option::of(place()).prop_map(|size| Act::Call(Op::Truncate(size))),
        1 => Just(Act::Drop),
        2 => Just(Act::Fail),
    ]
}

/// The stream, the file it has to be like, and the chunks that were kept with their content.
struct Both<S> {
    stream: S,
    file: File,
    probe: Probe,
    rules: Rules,
    kept: Vec<(Chunk, Vec<u8>)>,
}

impl<S: BufferedIo> Both<S> {
    fn perform(&mut self, act: &Act, at: &str) {
        let (stream, file) = (&mut self.stream, &mut self.file);
        match act {
            Act::Call(op) => contracts::apply(stream, file, self.rules, op, at),
            Act::WriteAll(bytes) => {
                // How far the position went says how much was taken, unless it goes to the end.
                let way = match self.rules.appends {
                    true => Giving::Write,
                    false => Giving::WriteAll,
                };
                contracts::give(stream, file, self.rules, way, bytes, at);
            }
            Act::ReadVectored(sizes) => {
                let mut bufs = sizes.map(|size| vec![0; size]);
                let n = persist(at, || {
                    let mut slices = bufs.each_mut().map(|buf| IoSliceMut::new(buf));
                    Ok(stream.read_vectored(&mut slices)?)
                });
                let (n, all) = (n.unwrap(), bufs.concat());
                assert!(file.rest().starts_with(&all[..n]), "{at}");
                assert_eq!(n == 0, all.is_empty() || file.rest().is_empty(), "{at}");
                file.position += n as u64;
            }
            Act::WriteVectored(bytes, [one, two]) => {
                let (first, rest) = bytes.split_at(bytes.len().min(*one));
                let (second, third) = rest.split_at(rest.len().min(*two));
                let slices = [first, second, third].map(IoSlice::new);
                let n = persist(at, || Ok(stream.write_vectored(&slices)?)).unwrap();
                assert_eq!(n == 0, bytes.is_empty(), "{at}");
                self.took(&bytes[..n]);
            }
            Act::Format(pieces) => {
                let [one, two, three] =
                    [0, 1, 2].map(|i| pieces.get(i).map_or("", |piece| piece.as_str()));
                let outcome = write!(stream, "{one}{two}-{three}");
                let whole = format!("{one}{two}-{three}");
                let n = match outcome.map_err(Error::from) {
                    Ok(()) => whole.len(),
                    Err(Error::WouldBlock { written } | Error::WriteFailed { written, .. }) => {
                        written
                    }
                    Err(error) => {
                        assert!(contracts::passes(&error), "{at}: {error}");
                        0
                    }
                };
                self.took(&whole.as_bytes()[..n]);
            }
            Act::ReadToEnd => {
                let mut all = Vec::new();
                let outcome = persist(at, || Ok(stream.read_to_end(&mut all)?));
                assert!(outcome.unwrap() <= all.len(), "{at}");
                assert_eq!(all, file.rest(), "{at}");
                file.position += all.len() as u64;
            }
            Act::ReadToString => {
                let mut text = String::new();
                let outcome = persist(at, || Ok(stream.read_to_string(&mut text)?));
                let valid = match std::str::from_utf8(file.rest()) {
                    Ok(rest) => {
                        assert!(outcome.unwrap() <= rest.len(), "{at}");
                        rest.len()
                    }
                    Err(error) => {
                        let valid = error.valid_up_to();
                        let offset = file.position + valid as u64;
                        let outcome = outcome.unwrap_err();
                        let expected =
                            matches!(outcome, Error::Decode { offset: o, .. } if o == offset);
                        assert!(expected, "{at}: {outcome:?}");
                        valid
                    }
                };
                assert_eq!(text.as_bytes(), &file.rest()[..valid], "{at}");
                file.position += valid as u64;
            }
            Act::Nothing => {
                let calls = self.probe.calls();
                assert_eq!(stream.write(&[]).unwrap(), 0, "{at}");
                assert_eq!(stream.read(&mut []).unwrap(), 0, "{at}");
                stream.write_all(&[]).unwrap();
                stream.write_chunk(Chunk::new()).unwrap();
                write!(stream, "").unwrap();
                assert_eq!(self.probe.calls(), calls, "{at}");
            }
            Act::Keep(n) => {
                let chunk = persist(at, || stream.read_chunk(*n)).unwrap();
                assert!(file.rest().starts_with(&chunk), "{at}: {chunk:?}");
                let ended = *n == 0 || file.rest().is_empty();
                assert_eq!(chunk.is_empty(), ended, "{at}: empty is the end");
                file.position += chunk.len() as u64;
                let copy = chunk.to_vec();
                self.kept.push((chunk, copy));
            }
            Act::Drop => self.kept.clear(),
            Act::Fail => self.probe.fail_next(EIO),
        }
    }

    /// The stream took these bytes.
    fn took(&mut self, bytes: &[u8]) {
        if self.rules.appends && !bytes.is_empty() {
            self.file.position = self.file.content.len() as u64;
        }
        if !bytes.is_empty() {
            self.file.write(bytes);
        }
    }

    fn compare(&self, at: &str) {
        for (chunk, copy) in &self.kept {
            assert_eq!(chunk, &copy[..], "{at}: what was lent has changed");
        }
    }
}

/// The ways to get a stream.
#[derive(Clone, Copy, Debug)]
enum Way {
    Window,
    Cache(usize),
    Turns,
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        Just(Way::Window),
        (1..=4_usize).prop_map(Way::Cache),
        Just(Way::Turns),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: full_or_quick(900, 150) as u32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rnd_1_any_calls_on_any_device_are_like_those_of_a_file(
        acts in prop::collection::vec(act(), 1..40),
        size in prop_oneof![5 => 1..=40_usize, 1 => 65..=150_usize],
        way in way(),
        behaviours in prop::sample::select(hampering()),
        positioned: bool,
        appends in prop::bool::weighted(0.2),
    ) {
        let content = naive::ramp(90);
        let mut device = Hostile::new(&content).with_all(&behaviours);
        if positioned {
            device = device.with(Behaviour::Positioned);
        }
        if appends {
            device = device.with(Behaviour::Appending);
        }
        let probe = device.probe();
        let run = Run { acts: &acts, content: &content, probe, appends };
        match way {
            Way::Window => {
                let stream = BufferedRandom::with_capacity(size, device).expect("it can seek");
                run.over(stream, |stream| drop(detach(stream)))?;
            }
            Way::Cache(blocks) => {
                let cache = cache(blocks, size, device);
                let stream = BufferedRandom::with_capacity(size, cache).expect("it can seek");
                run.over(stream, |stream| drop(persist_detach(detach(stream), BlockCache::detach)))?;
            }
            Way::Turns => {
                let stream = Turns::new(size, device).expect("it can seek");
                run.over(stream, |stream| {
                    let mut stream = Some(stream);
                    while let Some(attached) = stream.take() {
                        stream = attached.detach().err().map(|failed| failed.1);
                    }
                })?;
            }
        }
    }
}

/// What is done, and to what.
struct Run<'a> {
    acts: &'a [Act],
    content: &'a [u8],
    probe: Probe,
    appends: bool,
}

impl Run<'_> {
    fn over<S: BufferedIo>(self, stream: S, detach: impl FnOnce(S)) -> Result<(), TestCaseError> {
        let mut both = Both {
            stream,
            file: File::new(self.content),
            probe: self.probe.clone(),
            rules: Rules {
                appends: self.appends,
                memory: false,
            },
            kept: Vec::new(),
        };
        for (i, act) in self.acts.iter().enumerate() {
            let at = format!("{i}: {act:?}");
            both.perform(act, &at);
            both.compare(&at);
        }
        let Both {
            stream, file, kept, ..
        } = both;
        detach(stream);
        let found = (self.probe.content(), self.probe.position());
        prop_assert_eq!(found, (file.content, file.position));
        drop(kept);
        Ok(())
    }
}

/// The device, once it let go of everything.
fn detach<D: RawIo>(stream: BufferedRandom<D>) -> D {
    persist_detach(stream, BufferedRandom::detach)
}

fn persist_detach<S, D>(mut stream: S, detach: fn(S) -> Result<D, DetachError<S>>) -> D {
    for _ in 0..1000 {
        match detach(stream) {
            Ok(device) => return device,
            Err(error) => stream = error.into_parts().1,
        }
    }
    panic!("it does not detach");
}
