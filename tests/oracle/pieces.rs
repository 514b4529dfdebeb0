//! Programs about decoders that get their bytes in pieces, and about bytes that are no text and come
//! through it unharmed.
//!
//! `decoder` feeds CPython's incremental decoders, of `codecs` and of newlines; here a stream reads
//! a device that has just these pieces, and a [`TextDecoder`] is given the same. `escape` reads and writes the same text: with CPython's
//! `surrogateescape`, which a `str` cannot be compared with, and our [`ErrorPolicy::Escape`].

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read};
use std::rc::Rc;

use iolite::text::{DecoderState, TextDecoder};
use iolite::{
    Adapter, BufferedReader, BytesIo, ErrorPolicy, Newline, Result, TextIo, TextIoExt,
    TextIoWrapper, TextOptions,
};

use crate::answer::{self, Answer, bytes, number, text};
use crate::device::Device;
use crate::generate::{calls, setup};
use crate::program::{self, Program, data, show};
use crate::random::Random;
use crate::text::seen;
use crate::text_programs::{FOREIGN, LEGACY, SHIFTS, encoded, encoding, some_text};

/// What a decoder gets next: bytes, and whether they are the last ones.
#[derive(Clone, Debug, Default)]
struct Piece {
    bytes: Vec<u8>,
    last: bool,
}

/// A device that has what it is given: nothing more now, or the end.
#[derive(Debug)]
struct Fed(Rc<RefCell<Piece>>);

impl Read for Fed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut piece = self.0.borrow_mut();
        if piece.bytes.is_empty() && !piece.last {
            return Err(ErrorKind::WouldBlock.into());
        }
        let n = buf.len().min(piece.bytes.len());
        buf[..n].copy_from_slice(&piece.bytes[..n]);
        piece.bytes.drain(..n);
        Ok(n)
    }
}

/// Encodings with a byte-order mark.
const MARKED: [&str; 3] = ["utf-16", "utf-32", "utf-8-sig"];

fn options(encoding: &str, errors: ErrorPolicy, newline: Newline) -> TextOptions {
    TextOptions::new()
        .encoding(encoding.parse().unwrap())
        .errors(errors)
        .newline(newline)
}

/// Gives the decoder a piece, and compares what it makes of that with the stream's text or error;
/// `false`: that was an error. (The device drops what the stream has not read then.)
fn push(decoder: &mut TextDecoder, piece: &Piece, stream: &Result<String>) -> bool {
    let mut text = String::new();
    let decoded = decoder.decode(&piece.bytes, &mut text).and_then(|()| {
        if piece.last {
            decoder.finish();
            decoder.decode(b"", &mut text)?;
        }
        Ok(())
    });
    match (decoded, stream) {
        (Ok(()), Ok(expected)) => assert_eq!(text, *expected),
        (Err(ours), Err(expected)) => {
            assert_eq!(ours.to_string(), expected.to_string());
            return false;
        }
        (ours, expected) => panic!("{ours:?} and {expected:?}"),
    }
    if piece.last {
        // A stream's end is not for ever.
        let DecoderState { position, pending } = decoder.state().unwrap();
        decoder
            .set_state(DecoderState { position, pending })
            .unwrap();
    }
    true
}

/// Runs a program about a decoder.
pub(crate) fn decode(program: &Program, theirs: &[&str]) -> Vec<String> {
    let [_, encoding, errors, newline] = &program.setup[..] else {
        panic!("no such decoder: {program}")
    };
    let piece = Rc::new(RefCell::new(Piece::default()));
    let options = options(encoding, errors.parse().unwrap(), newline.parse().unwrap());
    let reader = BufferedReader::new(Adapter::reader(Fed(piece.clone())));
    let mut stream = TextIoWrapper::with_options(reader, options);
    let decoder = RefCell::new(TextDecoder::with_options(options));
    let newlines = Cell::new(stream.newlines());
    let mut is_good = true;
    let (mut ours_so_far, mut theirs_so_far) = (String::new(), String::new());
    let mut feed = |call: &[String], theirs: &str| -> Answer {
        let last = call[2] == "1";
        let bytes = data(&call[1]);
        let next = Piece { bytes, last };
        *piece.borrow_mut() = next.clone();
        let read = all(&mut stream);
        is_good = is_good && push(&mut decoder.borrow_mut(), &next, &read);
        newlines.set(stream.newlines());
        // A byte that is malformed whatever follows may wait for the next one.
        let waits = !last && LEGACY.contains(&&**encoding);
        let read = match read {
            Ok(_) if waits && theirs.starts_with("!decode") => return Ok(theirs.to_owned()),
            read => read?,
        };
        let Some(word) = theirs.strip_prefix('t') else {
            return Ok(text(&read));
        };
        ours_so_far.push_str(&read);
        theirs_so_far.push_str(&program::text(word));
        let same = ours_so_far == theirs_so_far;
        match same || waits && theirs_so_far.starts_with(&ours_so_far) {
            true => Ok(theirs.to_owned()),
            false => Ok(text(&read)),
        }
    };
    let mut results = Vec::new();
    for (i, call) in program.calls.iter().enumerate() {
        let theirs = theirs.get(i).copied().unwrap_or_default();
        results.push(match call[0].as_str() {
            "newlines" => seen(newlines.get()),
            "pending" => bytes(&decoder.borrow().state().unwrap().pending),
            _ => answer::word(feed(call, theirs)),
        });
    }
    results
}

fn all(stream: &mut impl TextIo) -> Result<String> {
    let mut read = String::new();
    match stream.read_to_string(&mut read) {
        Err(error) if !error.is_would_block() => Err(error),
        _ => Ok(read),
    }
}

/// Runs a program about bytes that come through.
pub(crate) fn escape(program: &Program) -> Vec<String> {
    let options = options(&program.setup[1], ErrorPolicy::Escape, Newline::Keep);
    let (device, _) = Device::new(&program.setup[2]);
    let mut source = TextIoWrapper::with_options(BufferedReader::with_capacity(7, device), options);
    let mut target = TextIoWrapper::with_options(BytesIo::new(), options);
    let mut copy = |call: &[String]| -> Answer {
        let mut text = String::new();
        match call[0].as_str() {
            "copy" => drop(source.read_chars(call[1].parse().unwrap(), &mut text)?),
            "line" => drop(source.read_line(&mut text)?),
            "rest" => drop(source.read_to_string(&mut text)?),
            _ => text = program::text(&call[1]),
        }
        target.write_str(&text)?;
        Ok(number(text.chars().count() as u64))
    };
    let mut results: Vec<String> = program
        .calls
        .iter()
        .map(|call| answer::word(copy(call)))
        .collect();
    results.push(answer::word(copy(&["rest".to_owned()])));
    let target = target.detach().unwrap();
    results.push(bytes(target.as_slice()));
    results
}

/// Whether CPython's bytes did not come through, and ours did.
pub(crate) fn came_through(program: &Program, ours: &[String]) -> bool {
    let puts = program.calls.iter().any(|call| call[0] == "put");
    let content = data(program.setup.last().unwrap().split('/').next().unwrap());
    program.kind() == "escape" && !puts && ours.last() == Some(&bytes(&content))
}

pub(crate) fn decoder(random: &mut Random) -> Program {
    // CPython's utf-7 gives nothing before its base64 ends.
    let encoding = match encoding(random) {
        "utf-7" => "utf-8",
        name => name,
    };
    let errors = random.pick(&["strict", "ignore", "replace", "backslashreplace"]);
    // Half a `\r\n` is held back, by `codecs` alone it is not.
    let newline = random.pick(&["universal", "universal", "keep", "keep", "lf", "cr"]);
    let mut content = data(&encoded(random, encoding));
    // CPython waits for a third byte behind half a surrogate before it says that it is malformed.
    content
        .iter_mut()
        .filter(|byte| **byte == 0xed)
        .for_each(|byte| *byte = 0xee);
    let mut rest = &content[..];
    let longest = random.pick(&[1, 2, 3, 8, 30]);
    let mut calls = Vec::new();
    while !rest.is_empty() && calls.len() < 40 {
        let (piece, behind) = rest.split_at(random.below(longest + 1).min(rest.len()));
        rest = behind;
        // The mark of what has one comes whole.
        let ends = random.one_in(20) && !MARKED.contains(&encoding);
        let last = u8::from(rest.is_empty() || ends);
        calls.push(setup(format!("feed {} {last}", show(piece))));
        if random.one_in(5) && !LEGACY.contains(&encoding) {
            calls.push(setup("newlines".to_owned()));
        }
        // Half a `\r\n` is a byte to us and a number to CPython.
        let is_bytes = ["lf", "cr"].contains(&newline);
        if random.one_in(3) && is_bytes && errors != "strict" && !LEGACY.contains(&encoding) {
            calls.push(setup("pending".to_owned()));
        }
    }
    Program {
        setup: setup(format!("decoder {encoding} {errors} {newline}")),
        calls,
    }
}

pub(crate) fn escaped(random: &mut Random) -> Program {
    let encoding = loop {
        let name = encoding(random);
        if !SHIFTS.contains(&name) && !MARKED.contains(&name) {
            break name;
        }
    };
    let mut content = data(&encoded(random, encoding));
    for _ in 0..random.below(6) {
        let at = random.below(content.len() + 1);
        content.insert(
            at,
            random.pick(b"\xff\x80\xc3\xe2\x82\xac\xf4\x8f\xb8\xed\xa0\x81\x8e\xa1"),
        );
    }
    // CPython brings not everything through elsewhere, and then we look at the bytes alone.
    let puts = ["utf-8", "ascii", "latin-1", "cp1252", "koi8-r", "cp437"].contains(&encoding);
    Program {
        setup: setup(format!("escape {encoding} {}///rs", show(&content))),
        calls: calls(random, |random| match random.below(6) {
            0 => "line".to_owned(),
            1 if puts => format!("put {}", some_text(random, &FOREIGN[..8], 3)),
            _ => format!("copy {}", random.below(8)),
        }),
    }
}
