//! Bytes to text where some are no text: ours beside CPython's.
//!
//! ```text
//! cargo bench --bench malformed -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```

mod support;

use std::{fs, io};

use iolite::text::TextEncoder;
use iolite::{ErrorPolicy, Newline, TextOptions};

use support::bench::Bench;
use support::cpython::against_cpython;
use support::inputs::{self, Dice, Input};

/// An encoding of each family, a text, and what is no text there.
const FAMILIES: [(&str, Input, &[u8]); 14] = [
    ("utf-8", Input::Mixed, b"\xff"),
    ("ascii", Input::Ascii, b"\xff"),
    ("utf-16-le", Input::Mixed, b"\x00\xdc"),
    ("utf-32-le", Input::Mixed, b"\x00\x00\x11\x00"),
    ("utf-7", Input::Latin1, b"\xff"),
    ("cp1252", Input::Latin1, b"\x81"),
    ("shift_jis", Input::ShiftJis, b"\xff"),
    ("euc_jp", Input::ShiftJis, b"\xff"),
    ("gbk", Input::Gbk, b"\xff"),
    ("gb18030", Input::Gbk, b"\xff"),
    ("big5", Input::Traditional, b"\xff"),
    ("euc_kr", Input::Korean, b"\xff"),
    ("hz", Input::Gbk, b"\xff"),
    ("iso2022_jp", Input::ShiftJis, b"\xff"),
];

/// About how many bytes of text there are between two places that are no text, and how large a text is
/// for each byte of other inputs: CPython asks a handler at each of these places.
const APART: usize = 64;
const SMALLER: usize = 16;

fn main() -> io::Result<()> {
    let mut bench = Bench::new("malformed", 64)?;
    for (encoding, input, bad) in FAMILIES {
        let (text, mut bytes) = (inputs::text(input, bench.size / SMALLER), Vec::new());
        let options = TextOptions::new()
            .encoding(encoding.parse()?)
            .errors(ErrorPolicy::Ignore)
            .newline(Newline::Lf);
        let mut encoder = TextEncoder::with_options(options);
        let (mut dice, mut rest) = (Dice(1), text.as_str());
        while !rest.is_empty() {
            let mut at = rest.len().min(1 + dice.up_to(2 * APART));
            while !rest.is_char_boundary(at) {
                at += 1;
            }
            let (piece, after) = rest.split_at(at);
            encoder.encode(piece, &mut bytes)?;
            encoder.flush(&mut bytes);
            bytes.extend_from_slice(bad);
            rest = after;
        }
        encoder.finish(&mut bytes);
        let path = bench.path(encoding);
        fs::write(&path, &bytes)?;
        for errors in [ErrorPolicy::Replace, ErrorPolicy::Ignore] {
            against_cpython(&mut bench, "10q", &path, (encoding, errors), Some(1.0))?;
        }
    }
    bench.finish()
}
