//! `seek(tell())` changes nothing. The input is: which encoding, how to read, and the file.
#![no_main]

use iolite::{
    BufferedReader, BytesIo, Encoding, ErrorPolicy, Newline, TextIo, TextIoExt, TextIoWrapper,
    TextOptions,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let [which, how, file @ ..] = input else {
        return;
    };
    let encodings: Vec<Encoding> = Encoding::all().collect();
    let (size, keep) = (usize::from(how >> 1) % 9 + 1, how & 1 == 1);
    let options = TextOptions::new()
        .encoding(encodings[usize::from(*which) % encodings.len()])
        .errors(ErrorPolicy::Replace)
        .newline(if keep {
            Newline::Keep
        } else {
            Newline::Universal
        });
    let buffer = BufferedReader::with_capacity(size, BytesIo::from(file.to_vec()));
    let mut stream = TextIoWrapper::with_options(buffer, options);
    let (mut text, mut places) = (String::new(), Vec::new());
    loop {
        let Ok(place) = stream.tell() else { return };
        places.push((place, text.len()));
        match stream.read_chars(size, &mut text) {
            Ok(0) => break,
            Ok(_) => {}
            // A missing mark is an error under every policy.
            Err(_) => return,
        }
    }
    for (place, before) in places.into_iter().rev() {
        let (mut rest, place) = (String::new(), place.to_string().parse().expect("written"));
        stream.seek(place).expect("memory can seek");
        stream
            .read_to_string(&mut rest)
            .expect("everything is replaced");
        assert_eq!(rest, text[before..]);
    }
});
