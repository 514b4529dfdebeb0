//! Newlines are the same wherever the text is cut. The input is: which policy, how to cut, and
//! the text.
#![no_main]

use iolite::text::{LineEndings, NewlineDecoder};
use iolite::{BufferedReader, BytesIo, Newline, TextIo, TextIoExt, TextIoWrapper, TextOptions};
use libfuzzer_sys::fuzz_target;

const POLICIES: [Newline; 5] = [
    Newline::Universal,
    Newline::Keep,
    Newline::Lf,
    Newline::Cr,
    Newline::CrLf,
];

fuzz_target!(|input: &[u8]| {
    let [which, seed, text @ ..] = input else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let newline = POLICIES[usize::from(*which) % POLICIES.len()];
    let whole = decoded(newline, text, usize::MAX);
    assert_eq!(decoded(newline, text, usize::from(*seed) + 1), whole);
    assert_eq!(read(newline, text, usize::from(*seed) + 1), whole);
});

/// What a decoder makes of pieces of so many characters.
fn decoded(newline: Newline, text: &str, size: usize) -> (String, LineEndings) {
    let (mut decoder, mut out) = (NewlineDecoder::new(newline), String::new());
    let (mut lender, mut lent) = (decoder.clone(), String::new());
    let mut rest = text;
    while !rest.is_empty() {
        let cut = rest
            .char_indices()
            .nth(size)
            .map_or(rest.len(), |(at, _)| at);
        let (piece, behind) = rest.split_at(cut);
        rest = behind;
        decoder.decode(piece, false, &mut out);
        lent += &lender.decode_cow(piece, false);
    }
    decoder.decode("", true, &mut out);
    lent += &lender.decode_cow("", true);
    assert_eq!((&lent, lender.newlines()), (&out, decoder.newlines()));
    (out, decoder.newlines())
}

/// What a stream gives out of a buffer of so many bytes, by lines of at most so many characters.
fn read(newline: Newline, text: &str, size: usize) -> (String, LineEndings) {
    let bytes = BytesIo::from(text.as_bytes().to_vec());
    let buffer = BufferedReader::with_capacity(size, bytes);
    let options = TextOptions::new().newline(newline);
    let mut stream = TextIoWrapper::with_options(buffer, options);
    let mut out = String::new();
    while stream.read_line_part(size, &mut out).expect("UTF-8") > 0 {}
    (out, stream.newlines())
}
