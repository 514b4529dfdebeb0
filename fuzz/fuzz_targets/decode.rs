//! Text and errors do not depend on how the input is cut. The input is: which encoding, which
//! newline policy, the sizes of the reads, and the file.
#![no_main]

use std::io::{self, Read};

use iolite::{
    Adapter, BufferedReader, BytesIo, Encoding, Error, Newline, RawIo, TextIo, TextIoWrapper,
    TextOptions,
};
use libfuzzer_sys::fuzz_target;

const NEWLINES: [Newline; 5] = [
    Newline::Universal,
    Newline::Keep,
    Newline::Lf,
    Newline::Cr,
    Newline::CrLf,
];

/// Gives a file in reads of the sizes 1 to 9 in turn.
struct Cut<'a> {
    file: &'a [u8],
    sizes: std::iter::Cycle<std::slice::Iter<'a, u8>>,
}

impl Read for Cut<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let size = self
            .sizes
            .next()
            .map_or(1, |size| usize::from(size % 9) + 1);
        let room = buf.len().min(size);
        self.file.read(&mut buf[..room])
    }
}

/// What is read: lines with what ended them, and in between the errors with place and bytes.
fn events(device: impl RawIo, options: TextOptions) -> Vec<(String, String, u64)> {
    let mut stream = TextIoWrapper::with_options(BufferedReader::new(device), options);
    let mut events = Vec::new();
    loop {
        let (text, end) = match stream.next_line() {
            Ok(None) => return events,
            Ok(Some(line)) => (line.to_string(), format!("{:?}", line.ending())),
            Err(error @ Error::Decode { .. }) => (error.to_string(), "error".to_owned()),
            Err(error) => panic!("memory has no errors: {error}"),
        };
        events.push((text, end, stream.byte_offset()));
    }
}

fuzz_target!(|input: &[u8]| {
    let [which, newline, a, b, c, file @ ..] = input else {
        return;
    };
    let encodings: Vec<Encoding> = Encoding::all().collect();
    let options = TextOptions::new()
        .encoding(encodings[usize::from(*which) % encodings.len()])
        .newline(NEWLINES[usize::from(*newline) % NEWLINES.len()]);
    let sizes = [*a, *b, *c];
    let cut = Cut {
        file,
        sizes: sizes.iter().cycle(),
    };
    let whole = events(BytesIo::from(file.to_vec()), options);
    assert_eq!(events(Adapter::reader(cut), options), whole);
});
