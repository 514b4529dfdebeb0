//! Programs about text streams that change: their options, their place, what they stand on.

use crate::generate::{calls, giving, setup, size, some_bytes, taking};
use crate::program::Program;
use crate::random::Random;
use crate::text_programs::{NEWLINES, some_text, writing};

const PIECES: &[&str] = &["a", "bc", "d ", "\n", "\n", "\r", "\r\n", "é", "€", "日"];
const ENCODINGS: &[&str] = &[
    "utf-8",
    "utf-8",
    "latin-1",
    "cp1252",
    "ascii",
    "koi8-r",
    "utf-16-le",
];
const POLICIES: &[&str] = &["ignore", "replace", "backslashreplace", "xmlcharrefreplace"];

pub(crate) fn program(random: &mut Random) -> Program {
    match random.below(4) {
        0 => options(random),
        1 => ends(random),
        2 => places(random),
        _ => detached(random),
    }
}

/// Options that change between writes, and what the device has then.
fn options(random: &mut Random) -> Program {
    let (encoding, errors) = (random.pick(ENCODINGS), random.pick(POLICIES));
    let (newline, lines) = (random.pick(NEWLINES), random.below(2));
    let (cap, chunk) = (1 + random.below(40), random.pick(&[0, 1, 3, 8]));
    Program {
        setup: setup(format!(
            "text writer {cap} {encoding} {errors} {newline} {lines} {chunk} *///ws"
        )),
        calls: calls(random, |random| match random.below(20) {
            0..6 => writing(random, PIECES),
            6..10 => "below".to_owned(),
            10 => "flush".to_owned(),
            11 | 12 => format!("reconfigure line_buffering {}", random.below(2)),
            13 => format!("reconfigure write_through {}", random.below(2)),
            14 => format!("reconfigure newline {}", random.pick(NEWLINES)),
            15 | 16 => format!("reconfigure errors {}", random.pick(POLICIES)),
            17 => format!("reconfigure encoding {}", random.pick(ENCODINGS)),
            18 => random.pick(&["start", "end", "mark"]).to_owned(),
            _ => format!("truncate {}", random.below(20)),
        }),
    }
}

/// Which line ends were seen, after each step.
fn ends(random: &mut Random) -> Program {
    let (newline, cap) = (random.pick(NEWLINES), 1 + random.below(16));
    let chunk = random.pick(&[0, 1, 2, 3, 5]);
    let base = random.pick(&["reader", "random", "bytesio"]);
    let content = some_text(random, PIECES, 24);
    let steps = calls(random, |random| match random.below(8) {
        0..3 => format!("read {}", size(random)),
        3..6 => format!("readline {}", size(random)),
        6 => "list".to_owned(),
        _ => "start".to_owned(),
    });
    let ends = setup("ends".to_owned());
    Program {
        setup: setup(format!(
            "text {base} {cap} utf-8 strict {newline} 0 {chunk} {content}///rws"
        )),
        calls: steps
            .into_iter()
            .flat_map(|step| [step, ends.clone()])
            .collect(),
    }
}

/// Places that were told before something was written, and are gone back to behind it.
fn places(random: &mut Random) -> Program {
    let encoding = random.pick(&["utf-8", "utf-8", "latin-1", "cp1252"]);
    let errors = random.pick(POLICIES);
    // Under the others a place may be half of a line end.
    let newline = random.pick(&["lf", "cr", "crlf"]);
    let (cap, chunk) = (1 + random.below(16), random.pick(&[0, 1, 2, 5]));
    let base = random.pick(&["random", "random", "bytesio"]);
    let content = some_text(random, &["a", "bc", "\n"], 16);
    Program {
        setup: setup(format!(
            "text {base} {cap} {encoding} {errors} {newline} 0 {chunk} {content}///rws"
        )),
        calls: calls(random, |random| match random.below(20) {
            0..4 => format!("read {}", size(random)),
            4 | 5 => format!("readline {}", size(random)),
            6..10 => writing(random, PIECES),
            10..13 => "keep".to_owned(),
            13..17 => format!("back {}", random.below(4)),
            17 => random.pick(&["start", "end"]).to_owned(),
            18 => format!("truncate {}", random.below(20)),
            _ => "flush".to_owned(),
        }),
    }
}

/// A stream that is detached in the middle, and what it stood on goes on.
fn detached(random: &mut Random) -> Program {
    let base = random.pick(&["random", "writer", "reader", "bytesio"]);
    let (cap, chunk) = (1 + random.below(16), random.pick(&[0, 1, 2, 5]));
    let newline = random.pick(NEWLINES);
    let flags = match base {
        "reader" => "rs",
        "writer" => "ws",
        _ => "rws",
    };
    let content = some_bytes(random, 30);
    let mut steps = calls(random, |random| match random.below(10) {
        0..4 if base != "writer" => format!("read {}", size(random)),
        4 => random.pick(&["start", "end"]).to_owned(),
        _ => writing(random, PIECES),
    });
    steps.push(setup("detach".to_owned()));
    steps.push(setup(format!("then seek {} 0", random.below(30))));
    let rest = calls(random, |random| match random.below(4) {
        0 | 1 => format!("then {}", taking(random)),
        2 => format!("then {}", giving(random)),
        _ => random
            .pick(&["then tell", "then flush", "then truncate none"])
            .to_owned(),
    });
    steps.extend(rest);
    Program {
        setup: setup(format!(
            "text {base} {cap} latin-1 replace {newline} 0 {chunk} {content}///{flags}"
        )),
        calls: steps,
    }
}

/// Drops looks at the device where CPython still holds something back, and what comes behind a
/// stream that is gone.
pub(crate) fn tidy(program: &mut Program) {
    let options = program.setup.get(6).map(String::as_str);
    let (mut lines, mut strict, mut even) = (
        options == Some("1"),
        program
            .setup
            .get(4)
            .is_some_and(|errors| errors == "strict"),
        true,
    );
    let mut detached = false;
    program.calls.retain(|call| {
        let is_new_line = |word: &String| word.contains("%0A") || word.contains("%0D");
        match call[0].as_str() {
            "write" => even = lines && !strict && is_new_line(&call[1]),
            "writelines" => even = false,
            "reconfigure" => {
                even = true;
                match call[1].as_str() {
                    "line_buffering" => lines = call[2] == "1",
                    "errors" => strict = call[2] == "strict",
                    "encoding" => strict = true,
                    _ => {}
                }
            }
            "flush" | "start" | "end" | "truncate" => even = true,
            "below" => return even,
            "then" => return detached,
            _ => {}
        }
        detached |= call[0] == "detach";
        true
    });
}
