//! Makes programs: every class, every call, sizes around the buffer's, and calls that are wrong.

use crate::program::{Program, show};
use crate::random::Random;
use crate::text_programs;
use crate::{changes, faults, hindered, pieces};

/// The classes a program can be about.
pub(crate) const CLASSES: &[&str] = &[
    "bytesio", "stringio", "reader", "writer", "random", "pair", "file", "text", "textfile",
    "newlines", "policies", "shifts", "faults", "hindered", "decoders", "escapes", "changes",
];

/// Those about one matter, of which fewer programs show as much.
pub(crate) const NARROW: &[&str] = &[
    "policies", "shifts", "faults", "hindered", "decoders", "escapes", "changes",
];

/// Program `number` of a seed, about a class.
pub(crate) fn program(class: &str, seed: u64, number: u64) -> Program {
    let mut random = Random::new(seed, number);
    let random = &mut random;
    let mut program = match class {
        "bytesio" => bytesio(random),
        "reader" => reader(random),
        "writer" => writer(random),
        "random" => both_ways(random),
        "pair" => pair(random),
        "file" => file(random),
        "faults" => faults::program(random),
        "hindered" => hindered::program(random),
        "decoders" => pieces::decoder(random),
        "changes" => changes::program(random),
        "escapes" => pieces::escaped(random),
        class => text_programs::program(class, random),
    };
    tidy(&mut program);
    program
}

/// Drops the calls whose answers Python leaves open, or that differ for a reason: see
/// deviations.rs. Shrinking may have taken away what made them right.
pub(crate) fn tidy(program: &mut Program) {
    let detach = program.calls.iter().position(|call| call[0] == "detach");
    if let Some(at) = detach {
        let then = |call: &Vec<String>| call[0] == "then" && program.setup[0] == "text";
        let kept = program.calls[at + 1..]
            .iter()
            .filter(|call| then(call))
            .cloned();
        let kept: Vec<_> = kept.collect();
        program.calls.truncate(at + 1);
        program.calls.extend(kept);
    }
    let stalls = |device: &str| {
        device
            .split('/')
            .nth(1)
            .is_some_and(|marks| marks.contains(['w', 'e', 'x', 'X']))
    };
    if program.setup.get(2).is_some_and(|device| stalls(device)) {
        // CPython's calls the device twice, and forgets what it met the first time (BUF-13).
        program.calls.retain(|call| call[0] != "readinto1");
        if program.kind() == "pair" {
            // So does its pair's `peek`, with which it looks for a line's end (RWP-9).
            program
                .calls
                .retain(|call| !call[0].contains("line") && !LISTS.contains(&&*call[0]));
        }
    }
    if program.kind() == "pair" {
        // CPython's gives more than the limit if the line does not lie in one piece (RWP-9).
        program
            .calls
            .retain(|call| call[0] != "readline" || ["-1", "none"].contains(&&*call[1]));
    }
    if program.kind() == "file" {
        let raw = program.setup[2] == "0";
        let only_raw = ["readall"];
        let only_buffered = [
            "peek",
            "read1",
            "readinto1",
            "readline",
            "readlines",
            "list",
            "next",
        ];
        let others = if raw { &only_buffered[..] } else { &only_raw };
        let reads = program.setup[1].contains(['r', '+']);
        program
            .calls
            .retain(|call| !others.contains(&&*call[0]) && (reads || call[0] != "peek"));
    }
    if program.kind() == "file" && program.setup[1].contains('a') {
        after_appending(program);
    }
    if program.setup.iter().any(|word| word.contains('/')) {
        faults::tidy(program);
        hindered::tidy(program);
    }
    if program.kind() == "text" {
        changes::tidy(program);
    }
    text_programs::tidy(program);
}

/// Behind an appending write CPython's position is wrong (OPN-14), and what it had read ahead too,
/// until the write has gone out.
fn after_appending(program: &mut Program) {
    let (mut lost, mut pending) = (false, false);
    program.calls.retain(|call| {
        match call[0].as_str() {
            "write" | "writelines" => (lost, pending) = (true, true),
            "seek" => {
                pending &= call[2] != "2";
                lost &= call[2] == "1" || pending;
            }
            "flush" => {
                pending = false;
                return true;
            }
            "close" => return true,
            "tell" => return false,
            _ => {}
        }
        !lost || call[0].starts_with("write")
    });
}

const LISTS: &[&str] = &["list", "next"];

fn words(line: String) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// Some calls, each made by `one`.
pub(crate) fn calls(
    random: &mut Random,
    mut one: impl FnMut(&mut Random) -> String,
) -> Vec<Vec<String>> {
    let count = 1 + random.below(12);
    (0..count).map(|_| words(one(random))).collect()
}

pub(crate) fn setup(line: String) -> Vec<String> {
    words(line)
}

/// Up to `max` bytes with line ends among them.
pub(crate) fn some_bytes(random: &mut Random, max: usize) -> String {
    let len = random.below(max + 1);
    let bytes: Vec<u8> = (0..len)
        .map(|_| random.pick(b"abcdefgh\n\n\r\x00\xff"))
        .collect();
    show(&bytes)
}

/// A size for a read, often none.
pub(crate) fn size(random: &mut Random) -> String {
    match random.below(10) {
        0 => "-1".to_owned(),
        1 => "none".to_owned(),
        2 => "0".to_owned(),
        3 => random.below(100).to_string(),
        _ => random.below(12).to_string(),
    }
}

pub(crate) fn seek(random: &mut Random) -> String {
    match random.below(6) {
        0..3 => format!("seek {} 0", random.below(40)),
        3 => format!("seek {} 2", random.below(24) as i64 - 20),
        _ => format!("seek {} 1", random.below(16) as i64 - 8),
    }
}

pub(crate) fn about(random: &mut Random) -> String {
    match random.below(14) {
        0 => "close",
        1..4 => "flush",
        4..8 => "tell",
        8 => "readable",
        9 => "writable",
        10 => "seekable",
        11 => "isatty",
        _ => "closed",
    }
    .to_owned()
}

pub(crate) fn taking(random: &mut Random) -> String {
    let size = size(random);
    match random.below(10) {
        0 => format!("read1 {}", random.below(16) as i64 - 1),
        1 => format!("readinto {}", random.below(24)),
        2 | 3 => format!("readline {size}"),
        4 => format!("readlines {size}"),
        5 => random.pick(&["next", "next", "list"]).to_owned(),
        6 => format!("readinto1 {}", 1 + random.below(24)),
        _ => format!("read {size}"),
    }
}

pub(crate) fn giving(random: &mut Random) -> String {
    match random.below(5) {
        0 => {
            let lines = [(); 3].map(|()| some_bytes(random, 8));
            format!("writelines {}", lines.join(" "))
        }
        _ => format!("write {}", some_bytes(random, 24)),
    }
}

pub(crate) fn truncate(random: &mut Random) -> String {
    match random.below(2) {
        0 => "truncate none".to_owned(),
        _ => format!("truncate {}", random.below(30)),
    }
}

fn bytesio(random: &mut Random) -> Program {
    let content = some_bytes(random, 40);
    Program {
        setup: setup(format!("bytesio {content}")),
        calls: calls(random, |random| match random.below(12) {
            0..5 => taking(random),
            5..8 => giving(random),
            8 | 9 => seek(random),
            10 => truncate(random),
            _ if random.one_in(3) => "getvalue".to_owned(),
            _ => about(random),
        }),
    }
}

pub(crate) fn capacity(random: &mut Random) -> usize {
    match random.below(8) {
        0 => 0,
        _ => 1 + random.below(16),
    }
}

/// Marks for one direction, in order.
fn marks(random: &mut Random, kinds: &[char]) -> String {
    if random.one_in(4) {
        return String::new();
    }
    let count = random.below(8);
    marks_from(random, 1, count, kinds)
}

/// So many marks in order, none of them before `first`.
pub(crate) fn marks_from(
    random: &mut Random,
    first: usize,
    count: usize,
    kinds: &[char],
) -> String {
    let mut at = first;
    let mut word = String::new();
    for _ in 0..count {
        at += random.below(9);
        word.push_str(&format!("{at}{}", random.pick(kinds)));
        at += 1;
    }
    word
}

fn device(random: &mut Random, reads: &[char], writes: &[char], flags: &str) -> String {
    let content = some_bytes(random, 60);
    let (reads, writes) = (marks(random, reads), marks(random, writes));
    format!("{content}/{reads}/{writes}/{flags}")
}

fn reader(random: &mut Random) -> Program {
    let cap = capacity(random);
    let flags = random.pick(&["r", "rs", "rs", "rs"]);
    let device = device(random, &['c', 'c', 'w', 'e'], &['c'], flags);
    Program {
        setup: setup(format!("reader {cap} {device}")),
        calls: calls(random, |random| match random.below(24) {
            0..12 => taking(random),
            12 | 13 => format!("peek {}", random.below(20)),
            14..19 => seek(random),
            19 => giving(random),
            20 => truncate(random),
            _ => about(random),
        }),
    }
}

fn writer(random: &mut Random) -> Program {
    let cap = capacity(random);
    let flags = random.pick(&["w", "ws", "ws", "ws"]);
    let device = device(random, &['c'], &['c', 'c', 'w'], flags);
    let mut program = Program {
        setup: setup(format!("writer {cap} {device}")),
        calls: calls(random, |random| match random.below(24) {
            0..13 => giving(random),
            13..18 => seek(random),
            18 | 19 => truncate(random),
            20 => taking(random),
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
    let writes = random.pick(&[&['c'][..], &['c', 'c', 'w']]);
    let device = device(random, &['c'], writes, "rws");
    let mut program = Program {
        setup: setup(format!("random {cap} {device}")),
        calls: calls(random, |random| match random.below(24) {
            0..8 => taking(random),
            8 | 9 => format!("peek {}", random.below(20)),
            10..16 => giving(random),
            16..20 => seek(random),
            20 | 21 => truncate(random),
            _ => about(random),
        }),
    };
    if random.one_in(6) {
        program.calls.push(setup("detach".to_owned()));
    }
    program
}

fn pair(random: &mut Random) -> Program {
    let cap = capacity(random);
    let source = device(random, &['c', 'c', 'w', 'e'], &['c'], "r");
    let target = device(random, &['c'], &['c', 'c', 'w'], "w");
    Program {
        setup: setup(format!("pair {cap} {source} {target}")),
        calls: calls(random, |random| match random.below(24) {
            0..11 => taking(random),
            11 => format!("peek {}", random.below(20)),
            12..20 => giving(random),
            20 => seek(random),
            21 => truncate(random),
            _ => about(random),
        }),
    }
}

fn file(random: &mut Random) -> Program {
    let modes = [
        "rb", "rb", "rb+", "rb+", "wb", "wb+", "ab", "ab+", "xb", "xb+", "br", "+bw", "bb", "wxb",
    ];
    let mode = random.pick(&modes);
    let buffering = random.pick(&["-1", "0", "0", "2", "5", "16"]);
    let content = match random.below(3) {
        0 => "!".to_owned(),
        _ => some_bytes(random, 40),
    };
    Program {
        setup: setup(format!("file {mode} {buffering} {content}")),
        calls: calls(random, |random| match random.below(24) {
            0..8 if buffering == "0" => match random.below(3) {
                0 => format!("readinto {}", random.below(20)),
                1 => "readall".to_owned(),
                _ => format!("read {}", size(random)),
            },
            0..8 => taking(random),
            8 if buffering != "0" => "peek 3".to_owned(),
            9..16 => format!("write {}", some_bytes(random, 16)),
            16..20 => seek(random),
            20 | 21 => truncate(random),
            _ => about(random),
        }),
    }
}
