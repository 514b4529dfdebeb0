//! The end of an object and the frames of a stream are the same however the bytes are cut. The input
//! is: how to cut, and the bytes.
#![no_main]

use iolite::chunk::Progress;
use iolite::link::frame::{
    CborSequence, Framing, JsonLines, LengthPrefixed, Prefixed, SerialPackerOptions,
};
use iolite::link::object::{ItemError, ItemLimits, Object, Scanner};
use iolite::{Chunk, Pipe};
use libfuzzer_sys::fuzz_target;

const LIMITS: ItemLimits = ItemLimits {
    bytes: 200,
    depth: 6,
};

fuzz_target!(|input: &[u8]| {
    let [seed, bytes @ ..] = input else {
        return;
    };
    let pieces = pieces(bytes, *seed);
    check_scanner(bytes, &pieces);
    for which in 0..8 {
        let whole = frames(&mut *framing(which), &[bytes]);
        let cut = frames(&mut *framing(which), &pieces);
        assert_eq!(cut, whole, "framing {which}");
    }
});

/// The pieces that a seed makes of bytes: mostly short ones.
fn pieces(bytes: &[u8], seed: u8) -> Vec<&[u8]> {
    let (mut rest, mut random) = (bytes, u32::from(seed));
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (piece, more) = rest.split_at((random >> 29) as usize % rest.len() + 1);
        pieces.push(piece);
        rest = more;
    }
    pieces
}

fn check_scanner(bytes: &[u8], pieces: &[&[u8]]) {
    let whole = scan(&[bytes]);
    assert_eq!(scan(pieces), whole);
    let (Ok(None) | Err(_)) = whole else {
        let end = whole.expect("it is whole").expect("it is whole");
        let object = Object::new(Chunk::copy_from_slice(&bytes[..end]));
        object.expect("the scanner says so");
        return;
    };
    for n in 0..=bytes.len() {
        let part = Object::new(Chunk::copy_from_slice(&bytes[..n]));
        assert!(part.is_err() || n as u64 > LIMITS.bytes as u64 || whole.is_err());
    }
}

/// Where the first item ends.
fn scan(pieces: &[&[u8]]) -> Result<Option<usize>, ItemError> {
    let mut scanner = Scanner::new(LIMITS);
    let mut before = 0;
    for piece in pieces {
        if let Some(n) = scanner.scan(piece)? {
            assert_eq!(scanner.examined(), (before + n) as u64);
            return Ok(Some(before + n));
        }
        before += piece.len();
    }
    Ok(None)
}

fn framing(which: u8) -> Box<dyn Framing> {
    let packer = SerialPackerOptions::new().max_packet(200).depth(6);
    let packer = match which {
        0 => return Box::new(CborSequence::new(LIMITS)),
        1 => return Box::new(Prefixed::new(0xfe, LIMITS)),
        2 => return Box::new(LengthPrefixed::new(LIMITS)),
        3 => return Box::new(JsonLines::new(LIMITS)),
        4 => packer,
        5 => packer.max_packet(300).start(Some(0x85)),
        6 => packer.mark(Some(0xf7)),
        _ => packer.start(None),
    };
    Box::new(packer.build().expect("the options are right"))
}

/// What comes out of a stream, as text, and the console.
fn frames(framing: &mut dyn Framing, pieces: &[&[u8]]) -> (Vec<String>, Vec<u8>) {
    let mut pipe = Pipe::new();
    let (mut found, mut console) = (Vec::new(), Vec::new());
    for index in 0..=pieces.len() {
        match pieces.get(index) {
            Some(piece) => drop(pipe.append(piece).expect("it is open")),
            None => pipe.close(None),
        }
        while !framing.has_failed() {
            let decoded = framing.decode(&mut pipe);
            framing.console().views().for_each(|view| console.extend_from_slice(view));
            match decoded {
                Ok(Progress::Ready(object)) => found.push(object.diagnostic().to_string()),
                Ok(Progress::Pending | Progress::End) => break,
                Err(error) => found.push(error.to_string()),
            }
        }
    }
    (found, console)
}
