//! Programs about text.

use iolite::{BytesIo, Encoding, ErrorPolicy, Newline, TextIo, TextIoWrapper, TextOptions};

use crate::generate::{about, calls, setup, size};
use crate::program::{self, Program, show};
use crate::random::Random;

pub(crate) const NEWLINES: &[&str] = &["universal", "keep", "lf", "cr", "crlf"];

pub(crate) fn program(class: &str, random: &mut Random) -> Program {
    match class {
        "stringio" => stringio(random),
        "text" => text(random),
        "textfile" => text_file(random),
        "newlines" => newline_decoder(random),
        "policies" => policies(random),
        "shifts" => shifts(random),
        _ => panic!("no such class: {class}"),
    }
}

/// Up to `max` pieces of text, line ends and characters of every length among them.
pub(crate) fn some_text(random: &mut Random, pieces: &[&str], max: usize) -> String {
    let len = random.below(max + 1);
    let text: String = (0..len).map(|_| random.pick(pieces)).collect();
    show(text.as_bytes())
}

const ANY: &[&str] = &[
    "a", "bc", "d ", "\n", "\r", "\r\n", "\n", "é", "€", "𐐀", "\u{85}", "\u{2028}", "\0",
];

fn stringio(random: &mut Random) -> Program {
    let newline = random.pick(NEWLINES);
    let content = some_text(random, ANY, 16);
    Program {
        setup: setup(format!("stringio {newline} {content}")),
        calls: calls(random, |random| match random.below(16) {
            0..6 => reading(random),
            6..10 => writing(random, ANY),
            10 => format!("seek {} 0", random.below(24)),
            11 => random
                .pick(&["seek 0 2", "start", "mark", "goto 0", "goto 1"])
                .to_owned(),
            12 => format!("truncate {}", random.below(20)),
            13 => random
                .pick(&["truncate none", "tell", "tell", "getvalue"])
                .to_owned(),
            14 => "tell".to_owned(),
            _ => about(random),
        }),
    }
}

fn reading(random: &mut Random) -> String {
    let size = size(random);
    match random.below(8) {
        0..3 => format!("readline {size}"),
        3 => format!("readlines {size}"),
        4 => "list".to_owned(),
        _ => format!("read {size}"),
    }
}

pub(crate) fn writing(random: &mut Random, pieces: &[&str]) -> String {
    match random.below(5) {
        0 => {
            let lines = [(); 3].map(|()| some_text(random, pieces, 4));
            format!("writelines {}", lines.join(" "))
        }
        _ => format!("write {}", some_text(random, pieces, 10)),
    }
}

/// Encodings, the common ones more often. Python's names.
const ENCODINGS: &[&str] = &[
    "utf-8",
    "utf-8",
    "utf-8",
    "utf-8",
    "utf-8-sig",
    "utf-8-sig",
    "utf-16",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
    "ascii",
    "latin-1",
    "latin-1",
    "cp1252",
    "koi8-r",
    "cp437",
    "iso8859-15",
    "mac-roman",
    "utf-7",
    "cp932",
    "shift_jis",
    "euc_jp",
    "gb18030",
    "gbk",
    "gb2312",
    "big5",
    "euc_kr",
    "cp949",
    "cp950",
    "iso2022_jp",
];

/// Those that are not there without the feature `encodings`.
pub(crate) const LEGACY: &[&str] = &[
    "cp932",
    "shift_jis",
    "euc_jp",
    "gb18030",
    "gbk",
    "gb2312",
    "big5",
    "euc_kr",
    "cp949",
    "cp950",
    "iso2022_jp",
];

/// Text that some encodings have and some have not.
pub(crate) const FOREIGN: &[&str] = &[
    "a", "b", "c+", "-", "\n", "\r", "\r\n", "\n", "é", "€", "𐐀", "日本", "あ", "한", "Ж", "\u{85}",
];

/// A name that this build knows.
pub(crate) fn encoding(random: &mut Random) -> &'static str {
    loop {
        let name = random.pick(ENCODINGS);
        if name.parse::<Encoding>().is_ok() {
            return name;
        }
    }
}

/// Text in an encoding, and malformed bytes in it if the policy has a say.
pub(crate) fn encoded(random: &mut Random, encoding: &str) -> String {
    let options = TextOptions::new()
        .encoding(encoding.parse().unwrap())
        .errors(ErrorPolicy::Ignore)
        .newline(Newline::Lf);
    let mut text = TextIoWrapper::with_options(BytesIo::new(), options);
    text.write_str(&program::text(&some_text(random, FOREIGN, 40)))
        .unwrap();
    let mut bytes = text.detach().unwrap().into_inner();
    // These have programs of their own, see [`shifts`].
    if random.one_in(3) && !SHIFTS.contains(&encoding) {
        damage(random, encoding, &mut bytes);
    }
    show(&bytes)
}

fn damage(random: &mut Random, encoding: &str, bytes: &mut Vec<u8>) {
    let wide = encoding.starts_with("utf-16") || encoding.starts_with("utf-32");
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        match wide {
            // What is left of the mark is the start of one.
            true => bytes.truncate(at),
            false => bytes.insert(at, random.pick(b"\xff\xe3\x80\xc3\xf0\x9f\xed\xa0\x1b\x81")),
        }
    }
}

fn text(random: &mut Random) -> Program {
    let encoding = encoding(random);
    let errors = random.pick(&["strict", "ignore", "replace"]);
    text_in(random, encoding, errors)
}

/// The policies that spell out what is malformed or missing.
fn policies(random: &mut Random) -> Program {
    let encoding = match random.one_in(3) {
        true => encoding(random),
        false => random.pick(&["ascii", "latin-1", "cp1252", "koi8-r", "cp437", "utf-8"]),
    };
    let errors = random.pick(SPELLING);
    text_in(random, encoding, errors)
}

const SPELLING: &[&str] = &[
    "backslashreplace",
    "backslashreplace",
    "xmlcharrefreplace",
    #[cfg(feature = "names")]
    "namereplace",
];

/// Encodings in which a character may be shifts away from what says how to read it.
pub(crate) const SHIFTS: &[&str] = &["utf-7", "iso2022_jp"];

fn shifts(random: &mut Random) -> Program {
    let known: Vec<&str> = SHIFTS
        .iter()
        .copied()
        .filter(|name| name.parse::<Encoding>().is_ok())
        .collect();
    let encoding = random.pick(&known);
    // What is malformed in utf-7 begins elsewhere, so it is not spelled alike (ENC-19).
    let policies = ["strict", "ignore", "replace", "backslashreplace"];
    let known = if encoding == "utf-7" { 3 } else { 4 };
    let errors = random.pick(&policies[..known]);
    let mut program = text_in(random, encoding, errors);
    let device = program.setup.last_mut().unwrap();
    let (content, rest) = device.split_once('/').unwrap();
    let mut bytes = program::data(content);
    for _ in 0..random.below(4) {
        let at = random.below(bytes.len() + 1);
        match random.below(3) {
            0 if at < bytes.len() => drop(bytes.remove(at)),
            1 => bytes.insert(at, random.pick(b"+-/A\x1b$B(J\x80\n")),
            _ => drop(bytes.splice(at..at, random.pick(PARTS).iter().copied())),
        }
    }
    *device = format!("{}/{rest}", show(&bytes));
    program
}

/// What shifts are made of.
const PARTS: &[&[u8]] = &[
    b"+2AE-", b"+AOk", b"+2AE", b"+3AE-", b"+AA-", b"+//-", b"\x1b$B", b"\x1b(B", b"\x1b(J",
    b"\x1b$@", b"\x1b$", b"\x1b(I",
];

fn text_in(random: &mut Random, encoding: &str, errors: &str) -> Program {
    let newline = random.pick(NEWLINES);
    let lines = random.below(2);
    let chunk = random.pick(&[0, 1, 2, 3, 4, 5, 7, 16]);
    let base = random.pick(&["bytesio", "reader", "reader", "writer", "random"]);
    let (marks, cap) = (cuts(random), 1 + random.below(16));
    let content = encoded(random, encoding);
    let flags = match base {
        "reader" => "rs",
        "writer" => "ws",
        _ => "rws",
    };
    let options = format!("{encoding} {errors} {newline} {lines} {chunk}");
    Program {
        setup: setup(format!(
            "text {base} {cap} {options} {content}/{marks}/{marks}/{flags}"
        )),
        calls: calls(random, one_text_call),
    }
}

fn cuts(random: &mut Random) -> String {
    let mut at = 0;
    let mut word = String::new();
    for _ in 0..random.below(6) {
        at += 1 + random.below(9);
        word.push_str(&format!("{at}c"));
    }
    word
}

fn one_text_call(random: &mut Random) -> String {
    match random.below(24) {
        0..9 => reading(random),
        9..13 => writing(random, FOREIGN),
        13..15 => "mark".to_owned(),
        15..17 => format!("goto {}", random.below(4)),
        17 | 18 => random.pick(&["start", "end"]).to_owned(),
        19 => format!("truncate {}", random.below(20)),
        20 => random
            .pick(&["truncate none", "detach", "flush"])
            .to_owned(),
        21 => match random.below(3) {
            0 => format!("reconfigure encoding {}", encoding(random)),
            1 => format!("reconfigure newline {}", random.pick(NEWLINES)),
            _ => format!("reconfigure errors {}", random.pick(&["ignore", "replace"])),
        },
        _ => match about(random) {
            tell if tell == "tell" => "mark".to_owned(),
            other => other,
        },
    }
}

fn text_file(random: &mut Random) -> Program {
    let encoding = encoding(random);
    let errors = random.pick(&["strict", "ignore", "replace"]);
    let newline = random.pick(NEWLINES);
    let mode = random.pick(MODES);
    let buffering = random.pick(&["-1", "1", "2", "5", "16"]);
    let content = match random.below(3) {
        0 => "!".to_owned(),
        _ => encoded(random, encoding),
    };
    let options = format!("{mode} {buffering} {encoding} {errors} {newline}");
    Program {
        setup: setup(format!("textfile {options} {content}")),
        calls: calls(random, one_text_call),
    }
}

const MODES: &[&str] = &[
    "r", "r", "r+", "w", "w+", "a", "a+", "x", "x+", "rt", "tr+", "q", "rw", "+",
];

fn newline_decoder(random: &mut Random) -> Program {
    let translate = random.below(2);
    Program {
        setup: setup(format!("newlines {translate}")),
        calls: calls(random, |random| match random.below(10) {
            0 => "reset".to_owned(),
            1..3 => "newlines".to_owned(),
            _ => {
                let last = u8::from(random.one_in(5));
                format!("decode {} {last}", some_text(random, ANY, 6))
            }
        }),
    }
}

/// Drops what Python leaves open; see [`crate::generate::tidy`].
pub(crate) fn tidy(program: &mut Program) {
    if program.kind() == "stringio" {
        after_a_cut(program);
    }
    if program.kind().starts_with("text") {
        text_in_order(program);
    }
}

const READING: &[&str] = &["read", "readline", "readlines", "list"];

/// What the calls so far allow.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Placed,
    Read,
    Written,
    /// The position is to be given anew.
    Lost,
}

/// CPython settles no order of reading and writing text without seeking in between.
fn text_in_order(program: &mut Program) {
    let file = program.kind() == "textfile";
    let base = program.setup[1].clone();
    let encoding = program.setup[3].clone();
    let appends = file && base.contains('a');
    let one_position = ["random", "bytesio"].contains(&&*base) || file && base.contains('+');
    // With a mark, or with shifts, the decoder has to be told where it is (TXT-28, LEG-7).
    let stateful =
        |name: &str| ["utf-16", "utf-32", "utf-8-sig", "utf-7", "iso2022_jp"].contains(&name);
    let mut plain = !stateful(&encoding);
    let mut kept = encoding;
    let broken = kept == "iso2022_jp" && is_broken(program.setup.last().unwrap());
    let (mut walked, mut sought) = (false, appends);
    let (mut state, mut ever_read, mut ever_written) = (State::Placed, false, false);
    program.calls.retain(|call| {
        let name = call[0].as_str();
        let fine = match name {
            _ if READING.contains(&name) => {
                // A write goes to where reading stopped, CPython's to elsewhere (TXT-30); and what
                // is read behind a write is read by a decoder that starts afresh (TXT-29).
                // Nor does CPython see what its `read1` was not told of (RND-2).
                let fine = !one_position || state != State::Written || plain && base == "bytesio";
                fine && state != State::Lost
            }
            "write" | "writelines" => {
                // The end of a text returns to ASCII, CPython's does not (LEG-7); and it may crash
                // where it has no character.
                let fits = |word: &String| {
                    let text = program::text(word);
                    let has = |ch: char| ch.is_ascii() || "日本あЖ".contains(ch);
                    text.chars().all(has) && !text.ends_with(|ch: char| !ch.is_ascii())
                };
                let shifts = kept == "iso2022_jp" && (sought || !call[1..].iter().all(fits));
                (!one_position || state != State::Read) && state != State::Lost && !shifts
            }
            // Behind an iteration CPython tells wrong places (TXT-8).
            "mark" | "keep" if walked => false,
            // CPython's decoder forgets its character sets when it is reset, or does not (LEG-3).
            "start" | "end" | "goto" | "mark" if broken => false,
            // And it crashes at places that were told behind a write.
            "mark" if kept == "iso2022_jp" && ever_written => false,
            "mark" | "keep" => state != State::Lost && !(appends && state == State::Written),
            // Without a size CPython cuts where the buffer is (TXT-31).
            "truncate" => {
                let here = state != State::Read && !(appends && state == State::Written);
                plain && state != State::Lost && (here || call[1] != "none")
            }
            // Only before reading (TXT-44), and the mark's place is another matter (TXT-46).
            "reconfigure" => {
                let plain_both = plain && !stateful(&call[2]);
                !ever_read
                    && (!ever_written || base == "writer")
                    && (call[1] != "encoding" || plain_both)
            }
            _ => true,
        };
        if !fine {
            return false;
        }
        match name {
            "readlines" | "list" => walked = true,
            "start" | "end" | "goto" | "back" => (walked, sought) = (false, true),
            // Its encoder is made anew.
            "reconfigure" => sought = true,
            _ => {}
        }
        match name {
            _ if READING.contains(&name) => (state, ever_read) = (State::Read, true),
            "write" | "writelines" => (state, ever_written) = (State::Written, true),
            // CPython may read on from an earlier place (TXT-30).
            "goto" if one_position => state = State::Read,
            "start" | "end" | "goto" | "back" => state = State::Placed,
            "truncate" => state = State::Lost,
            "reconfigure" if call[1] == "encoding" => {
                kept.clone_from(&call[2]);
                plain = !stateful(&kept);
            }
            _ => {}
        }
        true
    });
}

/// Whether an escape of iso2022_jp leads nowhere.
fn is_broken(device: &str) -> bool {
    let content = device.split('/').next().unwrap_or_default();
    let options = TextOptions::new().encoding("iso2022_jp".parse().unwrap());
    let mut stream = TextIoWrapper::with_options(BytesIo::from(program::data(content)), options);
    let mut text = String::new();
    stream.read_to_string(&mut text).is_err() || text.contains('\x1b')
}

/// Behind a cut the position is to be given anew: what is beyond the end is counted in bytes
/// here and in characters there (STR-2).
fn after_a_cut(program: &mut Program) {
    let mut cut = false;
    program.calls.retain(|call| {
        match call[0].as_str() {
            "seek" | "start" | "goto" => cut = false,
            "truncate" if !cut => {
                cut = true;
                return true;
            }
            _ => {}
        }
        !cut
    });
}
