//! Programs about devices that fail in the middle, and how their calls are spelled here.

use std::io::SeekFrom;

use iolite::Error;

use crate::answer::{Answer, NOTHING, number};
use crate::bytes::{Bytes, READS, again, one};
use crate::generate::{
    about, calls, capacity, giving, marks_from, seek, setup, some_bytes, taking, truncate,
};
use crate::program::{Program, data};
use crate::random::Random;

/// One call and, if the device failed, what brings both sides to the same place.
///
/// While it reads that is where the call began: we are there (BUF-19, BUF-20) or have handed out
/// what was taken, CPython has lost it. While it writes what is pending goes out: what did stays in
/// CPython's way, so it has less room than we have (BUF-42).
pub(crate) fn attentive(stream: &mut Bytes, call: &[String], theirs: &str) -> Answer {
    let leaves = ["close", "detach"].contains(&&*call[0]);
    if !stream.fails() || stream.stream().is_closed() {
        return one(stream, call, theirs);
    }
    if matches!(stream, Bytes::Random(_)) {
        if leaves {
            before_leaving(stream)?;
        }
        return insist(stream, call, theirs);
    }
    if leaves {
        return one(stream, call, theirs);
    }
    let before = stream.stream().stream_position().ok();
    let answer = one(stream, call, theirs);
    if !answer.as_ref().is_err_and(is_fault) {
        return answer;
    }
    let Some(before) = before.filter(|_| takes(&call[0])) else {
        if !takes(&call[0]) {
            settle(stream);
        }
        return answer;
    };
    if is_whole(call) {
        let at = stream.stream().stream_position().ok();
        assert_eq!(at, Some(before), "{call:?}");
    }
    stream.stream().seek(SeekFrom::Start(before))?;
    answer
}

/// What waits in random access goes out first: ours waits for longer (RND-10).
pub(crate) fn before_leaving(stream: &mut Bytes) -> Result<(), Error> {
    match stream {
        Bytes::Random(_) => insist(stream, &["flush".to_owned()], "").map(drop),
        _ => Ok(()),
    }
}

/// Makes a call until the device lets it through.
fn insist(stream: &mut Bytes, call: &[String], theirs: &str) -> Answer {
    let before = stream.stream().stream_position()?;
    let lines: Vec<u8> = call[1..].iter().flat_map(|word| data(word)).collect();
    let mut rest = &lines[..];
    for _ in 0..100 {
        let outcome = match call[0].as_str() {
            "write" | "writelines" => match stream.stream().write_all(rest).map_err(Error::from) {
                Ok(()) if call[0] == "write" => Ok(number(lines.len() as u64)),
                Err(Error::WriteFailed { written, source }) => {
                    rest = &rest[written..];
                    Err(Error::WriteFailed { written, source })
                }
                outcome => outcome.map(|()| NOTHING.to_owned()),
            },
            _ => one(stream, call, theirs),
        };
        match outcome {
            Err(error) if is_fault(&error) => {}
            outcome => return outcome,
        }
        if is_whole(call) {
            assert_eq!(stream.stream().stream_position()?, before, "{call:?}");
        }
        if takes(&call[0]) {
            stream.stream().seek(SeekFrom::Start(before))?;
        }
    }
    panic!("failed for ever")
}

pub(crate) fn is_fault(error: &Error) -> bool {
    [Some(5), Some(28)].contains(&error.raw_os_error())
}

fn takes(call: &str) -> bool {
    READS[..9].contains(&call)
}

/// Whether a call takes all or nothing, and not the rest after an error as another one.
fn is_whole(call: &[String]) -> bool {
    let line = call[0] == "readline" && ["-1", "none"].contains(&&*call[1]);
    line || ["next", "peek"].contains(&&*call[0])
}

fn settle(stream: &mut Bytes) {
    for _ in 0..3 {
        if again(|| Ok(stream.stream().flush()?)).is_ok() {
            return;
        }
    }
}

pub(crate) fn program(random: &mut Random) -> Program {
    match random.below(4) {
        0 => reader(random),
        1 => writer(random),
        2 => both_ways(random),
        _ => pair(random),
    }
}

/// Marks in order, some of which fail.
fn marks(random: &mut Random, kinds: &[char]) -> String {
    let count = random.below(5);
    marks_from(random, 0, count, kinds)
}

const READING: &[char] = &['x', 'x', 'X', 'c', 'e'];
const WRITING: &[char] = &['x', 'x', 'n', 'n', 'X', 'N', 'c', 'w'];

fn reader(random: &mut Random) -> Program {
    let cap = capacity(random);
    let flags = random.pick(&["rs", "rs", "rs", "rs", "r", "rsk", "rsC", "rsF"]);
    let content = some_bytes(random, 60);
    // Going back takes a seek.
    let kinds = if flags == "rsk" { &['c'] } else { READING };
    let reads = marks(random, kinds);
    Program {
        setup: setup(format!("reader {cap} {content}/{reads}//{flags}")),
        calls: twice(random, |random| match random.below(24) {
            0..14 => taking(random),
            14 | 15 => format!("peek {}", random.below(20)),
            16..22 => seek(random),
            _ => about(random),
        }),
    }
}

fn writer(random: &mut Random) -> Program {
    let cap = capacity(random);
    let flags = random.pick(&[
        "ws", "ws", "ws", "w", "wsk", "wsK", "wst", "wsT", "wsF", "wsC",
    ]);
    let content = some_bytes(random, 60);
    let writes = marks(random, WRITING);
    let mut program = Program {
        setup: setup(format!("writer {cap} {content}//{writes}/{flags}")),
        calls: twice(random, |random| match random.below(24) {
            0..14 => giving(random),
            14..16 => truncate(random),
            16..19 => seek(random),
            19 | 20 => "flush".to_owned(),
            _ => about(random),
        }),
    };
    if random.one_in(6) {
        program.calls.push(setup("detach".to_owned()));
    }
    program
}

fn both_ways(random: &mut Random) -> Program {
    let cap = capacity(random);
    let flags = random.pick(&["rws", "rws", "rwst"]);
    let content = some_bytes(random, 60);
    let reads = marks(random, &['x', 'x', 'c']);
    let writes = marks(random, &['x', 'n', 'c']);
    Program {
        setup: setup(format!("random {cap} {content}/{reads}/{writes}/{flags}")),
        calls: twice(random, |random| match random.below(24) {
            0..8 => taking(random),
            8 => format!("peek {}", random.below(20)),
            9..16 => giving(random),
            16..20 => seek(random),
            20 => truncate(random),
            _ => about(random),
        }),
    }
}

fn pair(random: &mut Random) -> Program {
    let cap = capacity(random);
    let (source, target) = (some_bytes(random, 40), some_bytes(random, 20));
    let (reads, writes) = (marks(random, READING), marks(random, WRITING));
    let (one, other) = (
        random.pick(&["r", "r", "rC"]),
        random.pick(&["w", "w", "wC", "wF"]),
    );
    Program {
        setup: setup(format!(
            "pair {cap} {source}/{reads}//{one} {target}//{writes}/{other}"
        )),
        calls: twice(random, |random| match random.below(24) {
            0..8 => taking(random),
            8 => format!("peek {}", random.below(20)),
            9..20 => giving(random),
            _ => about(random),
        }),
    }
}

/// Some calls, many of them twice: what failed is to go on.
fn twice(random: &mut Random, mut one: impl FnMut(&mut Random) -> String) -> Vec<Vec<String>> {
    let mut last = None;
    calls(random, |random| match last.take() {
        Some(again) => again,
        None => {
            let call = one(random);
            last = random.one_in(3).then(|| call.clone());
            call
        }
    })
}

/// Whether CPython has lost bytes that cannot be read again, or its room for ever.
pub(crate) fn is_lost(program: &Program, call: &str, theirs: &str) -> bool {
    let seeks = program
        .setup
        .get(2)
        .is_some_and(|device| device.contains("/rs"));
    let reads = ["reader", "pair"].contains(&program.kind()) && takes(call);
    let for_ever = |device: &String| {
        device
            .split('/')
            .nth(2)
            .is_some_and(|marks| marks.contains(['X', 'N']))
    };
    let stays = !takes(call) && program.setup.iter().any(for_ever);
    (reads && !seeks || stays) && theirs.starts_with("!os:")
}

/// Drops what is answered otherwise for a reason.
pub(crate) fn tidy(program: &mut Program) {
    if program.kind() == "reader" && program.setup[2].ends_with('k') {
        // Seeks inside of the buffer are no calls of the device, and the buffers are not the same.
        program
            .calls
            .retain(|call| call[0] != "seek" || call[2] == "2");
    }
    let flags = |device: &String| device.rsplit('/').next().unwrap_or_default().to_owned();
    if program
        .setup
        .iter()
        .skip(2)
        .map(flags)
        .any(|flags| flags.contains('F'))
    {
        // CPython's writer does not flush its device (BUF-48), its reader does (BUF-31).
        program
            .calls
            .retain(|call| !["flush", "truncate", "detach"].contains(&&*call[0]));
    }
}
