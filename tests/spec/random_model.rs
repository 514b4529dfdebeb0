//! SPEC.md, "Random access": any calls on any device, against a plain file.

use iolite::{BufferedIo, BufferedRandom, Chunk};
use proptest::prelude::*;

use crate::support::contracts::{self, Giving, Op, Rules, persist};
use crate::support::devices::{Behaviour, EIO, Hostile, Probe, hampering};
use crate::support::naive::{self, File};

/// What can be done to the stream, and around it.
#[derive(Clone, Debug)]
enum Act {
    Call(Op),
    WriteAll(Vec<u8>),
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
struct Both {
    stream: BufferedRandom<Hostile>,
    file: File,
    probe: Probe,
    rules: Rules,
    kept: Vec<(Chunk, Vec<u8>)>,
}

impl Both {
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
    #![proptest_config(ProptestConfig { cases: 900, failure_persistence: None, ..ProptestConfig::default() })]

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
        let stream = match way {
            Way::Window => BufferedRandom::with_capacity(size, device),
            Way::Cache(blocks) => BufferedRandom::with_cache(blocks, size, device),
            Way::Turns => BufferedRandom::in_turns(size, device),
        };
        let mut both = Both {
            stream: stream.unwrap(),
            file: File::new(&content),
            probe: probe.clone(),
            rules: Rules { appends, memory: false },
            kept: Vec::new(),
        };
        for (i, act) in acts.iter().enumerate() {
            let at = format!("{i}: {act:?}");
            both.perform(act, &at);
            both.compare(&at);
        }
        let Both { stream, file, kept, .. } = both;
        let device = detach(stream);
        prop_assert_eq!((probe.content(), probe.position()), (file.content, file.position));
        drop((device, kept));
    }
}

/// The device, once it let go of everything.
fn detach(mut stream: BufferedRandom<Hostile>) -> Hostile {
    for _ in 0..1000 {
        match stream.detach() {
            Ok(device) => return device,
            Err(error) => stream = error.into_parts().1,
        }
    }
    panic!("it does not detach");
}
