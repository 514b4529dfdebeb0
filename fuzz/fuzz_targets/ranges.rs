//! The lines of all ranges, and the lines from the end, are those of one reader. The input is: the encoding,
//! the newlines, how many ranges, and the file.
#![no_main]

use std::num::NonZeroUsize;

use iolite::ranges::{LineRange, RevLines};
use iolite::text::LineEnding;
use iolite::{
    BufferedIo, BufferedReader, BytesIo, Encoding, Error, ErrorPolicy, Newline, TextIo,
    TextIoWrapper, TextOptions,
};
use libfuzzer_sys::fuzz_target;

type Item = (String, LineEnding, u64);

fuzz_target!(|input: &[u8]| {
    let [which, how, count, file @ ..] = input else {
        return;
    };
    let encodings: Vec<Encoding> = Encoding::all().collect();
    let newlines = [
        Newline::Universal,
        Newline::Keep,
        Newline::Lf,
        Newline::Cr,
        Newline::CrLf,
    ];
    let options = TextOptions::new()
        .encoding(encodings[usize::from(*which) % encodings.len()])
        .newline(newlines[usize::from(*how) % newlines.len()])
        .errors(ErrorPolicy::Replace);
    let mut device = BytesIo::from(file.to_vec());
    let count = NonZeroUsize::new(usize::from(*count) % 9 + 1).expect("it is more than 0");
    let ranges = match LineRange::split(&mut device, options, count) {
        Ok(ranges) => ranges,
        Err(Error::Unsplittable { .. } | Error::Decode { .. }) => return,
        Err(error) => panic!("{error:?}"),
    };
    let Some(whole) = lines(BytesIo::from(file.to_vec()), options) else {
        return;
    };

    let (mut all, mut at) = (Vec::new(), 0);
    for range in &ranges {
        assert_eq!(range.bytes().start, at, "the ranges are in a row");
        at = range.bytes().end;
        let stream = range.read(&mut device).expect("memory can be read");
        all.extend(of(stream).expect("everything is replaced"));
    }
    assert_eq!(at, file.len() as u64);
    assert_eq!(all, whole);

    let backwards = RevLines::new(device, options).expect("it was split");
    let mut backwards: Vec<Item> = backwards
        .map(|line| {
            let line = line.expect("everything is replaced");
            (line.to_string(), line.ending(), line.byte_range().end)
        })
        .collect();
    backwards.reverse();
    assert_eq!(backwards, whole);
});

/// `None` where even replacing does not help: a mark is missing.
fn lines(device: BytesIo, options: TextOptions) -> Option<Vec<Item>> {
    of(TextIoWrapper::with_options(
        BufferedReader::new(device),
        options,
    ))
}

fn of<B: BufferedIo>(mut stream: TextIoWrapper<B>) -> Option<Vec<Item>> {
    let mut lines = Vec::new();
    loop {
        let (text, ending) = match stream.next_line() {
            Ok(None) => return Some(lines),
            Ok(Some(line)) => (line.to_string(), line.ending()),
            Err(Error::Decode { .. }) => return None,
            Err(error) => panic!("{error:?}"),
        };
        lines.push((text, ending, stream.byte_offset()));
    }
}
