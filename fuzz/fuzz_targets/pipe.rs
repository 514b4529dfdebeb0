//! A pipe gives the records that the whole text has, however it arrives. The input is: which
//! separators, how to cut, and the text.
#![no_main]

use iolite::chunk::{PipeError, PipeOptions, Progress, Span, Terminator};
use iolite::{Chunk, Pipe, Separator};
use libfuzzer_sys::fuzz_target;

const SEPARATORS: [&[&str]; 7] = [
    &["\n"],
    &["a", "\n"],
    &["a", "b", "\n"],
    &["\r\n"],
    &["\n", "\r\n", "\r"],
    &["a", "ab", "ba\r"],
    &["abababab"],
];

fuzz_target!(|input: &[u8]| {
    let [which, seed, text @ ..] = input else {
        return;
    };
    let strings = SEPARATORS[usize::from(*which) % SEPARATORS.len()];
    let separator = Separator::any_of(strings).expect("none is empty");
    let options = PipeOptions::new().copy_threshold(0);
    let (mut pipe, mut got) = (options.build().expect("it is right"), Vec::new());
    let (mut rest, mut random) = (text, u32::from(*seed));
    while !rest.is_empty() {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (piece, more) = rest.split_at((random >> 28) as usize % rest.len() + 1);
        rest = more;
        write(&mut pipe, piece, random >> 24 & 3);
        if random & 0x20_0000 != 0 {
            // A look puts pieces together and changes nothing else.
            let n = (random >> 8 & 31) as usize;
            let found = pipe.exactly(n).expect("it has not ended");
            if let Progress::Ready(mut bytes) = found {
                assert_eq!(bytes.bytes().len(), n);
            }
        }
        if random & 0x10_0000 != 0 {
            take(&mut pipe, &separator, random >> 16 & 3, &mut got);
        }
    }
    pipe.close(None);
    take(&mut pipe, &separator, 0, &mut got);
    let left = match pipe.at_most(usize::MAX) {
        Ok(Progress::Ready(left)) => left.take_chunk(),
        _ => Chunk::new(),
    };
    let (want, tail) = naive(strings, text);
    assert_eq!((got, &*left), (want, tail));
    assert!(pipe.is_empty() && pipe.is_closed());
});

fn write(pipe: &mut Pipe, piece: &[u8], how: u32) {
    match how {
        0 => drop(pipe.append(piece).expect("there is no limit")),
        1 => {
            let room = pipe.spare_mut(piece.len()).expect("there is no limit");
            room[..piece.len()].copy_from_slice(piece);
            pipe.commit(piece.len()).expect("as much was lent");
        }
        _ => drop(
            pipe.push(Chunk::copy_from_slice(piece))
                .expect("there is no limit"),
        ),
    }
}

/// Takes the records that are complete, in one of the forms.
fn take(pipe: &mut Pipe, separator: &Separator, how: u32, got: &mut Vec<Vec<u8>>) {
    loop {
        let answer = match how {
            0..3 => pipe
                .next_record(separator, Terminator::Strip, usize::MAX)
                .map(|found| found.map(|record| vec![in_form(record, how)])),
            _ => pipe
                .next_batch(separator, usize::MAX)
                .map(|got| got.map(|b| b.iter().map(<[u8]>::to_vec).collect())),
        };
        match answer {
            Ok(Progress::Ready(records)) => got.extend(records),
            Ok(Progress::Pending | Progress::End) | Err(PipeError::PartialRead { .. }) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

fn in_form(record: Span<'_>, how: u32) -> Vec<u8> {
    match how {
        0 => record.take_chunk().to_vec(),
        1 => record.take().to_vec(),
        _ => record.take_chain().to_chunk().to_vec(),
    }
}

/// The records of a text and what comes behind the last.
fn naive<'a>(strings: &[&str], text: &'a [u8]) -> (Vec<Vec<u8>>, &'a [u8]) {
    let (mut records, mut start, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        let here = strings
            .iter()
            .filter(|s| text[at..].starts_with(s.as_bytes()));
        match here.map(|s| s.len()).max() {
            Some(length) => {
                records.push(text[start..at].to_vec());
                at += length;
                start = at;
            }
            None => at += 1,
        }
    }
    (records, &text[start..])
}
