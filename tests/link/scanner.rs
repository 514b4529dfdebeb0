//! Where an item ends, and what is none, however its bytes arrive.

use iolite::link::frame::{CborSequence, FrameError, Framing};
use iolite::link::object::{ItemError, ItemLimits, ItemProblem, Object, Scanner};
use iolite::{Chunk, Pipe};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::vectors::{cases, unhex};

/// The length of the item that `bytes` begin with, by RFC 8949's own pseudo-code (appendix C):
/// `Err(true)` if it is cut short, `Err(false)` if it is not well-formed.
fn naive(bytes: &[u8]) -> Result<usize, bool> {
    match naive_item(bytes, false)? {
        Naive::Break(_) => Err(false),
        Naive::Item(end) => Ok(end),
    }
}

enum Naive {
    Item(usize),
    Break(usize),
}

fn naive_item(bytes: &[u8], breakable: bool) -> Result<Naive, bool> {
    let first = *bytes.first().ok_or(true)?;
    let (major, info) = (first >> 5, first & 31);
    if matches!(info, 28..31) {
        return Err(false);
    }
    let size = match info {
        24..28 => 1 << (info - 24),
        _ => 0,
    };
    let argument = bytes.get(1..1 + size).ok_or(true)?;
    let argument = argument.iter().fold(0, |n: u64, &b| n << 8 | u64::from(b));
    let count = if info < 24 { info.into() } else { argument };
    let mut end = 1 + size;
    // Rust 1.88 does not find the type of the error by itself.
    let item = |end: usize, breakable| -> Result<Naive, bool> {
        match naive_item(&bytes[end..], breakable)? {
            Naive::Item(n) => Ok(Naive::Item(end + n)),
            Naive::Break(n) => Ok(Naive::Break(end + n)),
        }
    };
    if info == 31 {
        let mut items = 0;
        return match major {
            7 if breakable => Ok(Naive::Break(end)),
            0 | 1 | 6 | 7 => Err(false),
            _ => loop {
                if matches!(major, 2 | 3) {
                    let next = *bytes.get(end).ok_or(true)?;
                    if next != 0xff && (next >> 5 != major || next & 31 == 31) {
                        return Err(false);
                    }
                }
                match item(end, true)? {
                    Naive::Break(_) if major == 5 && items % 2 == 1 => return Err(false),
                    Naive::Break(end) => return Ok(Naive::Item(end)),
                    Naive::Item(n) => end = n,
                }
                items += 1;
            },
        };
    }
    let items = match major {
        2 | 3 => {
            let length = usize::try_from(count).unwrap();
            let string = bytes.get(end..end.saturating_add(length));
            if major == 3 {
                let there = string.unwrap_or(&bytes[end..]);
                match std::str::from_utf8(there) {
                    Err(error) if error.error_len().is_some() || string.is_some() => {
                        return Err(false);
                    }
                    _ => {}
                }
            }
            string.ok_or(true)?;
            end += length;
            0
        }
        4 => count,
        5 => count * 2,
        6 => 1,
        7 if info == 24 && argument < 32 => return Err(false),
        _ => 0,
    };
    for _ in 0..items {
        match item(end, false)? {
            Naive::Item(n) => end = n,
            Naive::Break(_) => return Err(false),
        }
    }
    Ok(Naive::Item(end))
}

/// What a scanner says of bytes in pieces of one size; where the item ends is counted over all of them.
fn scan(bytes: &[u8], size: usize) -> Result<Option<usize>, ItemError> {
    let mut scanner = Scanner::new(ItemLimits::default());
    let mut before = 0;
    for piece in bytes.chunks(size) {
        if let Some(n) = scanner.scan(piece)? {
            assert_eq!(scanner.length(), 0, "it stands before the next item");
            assert_eq!(scanner.examined(), (before + n) as u64);
            return Ok(Some(before + n));
        }
        before += piece.len();
        assert_eq!(scanner.length(), before as u64);
    }
    Ok(None)
}

/// That a scanner says what the naive one says, in pieces of any size.
fn check(bytes: &[u8]) {
    let expected = naive(bytes);
    for size in [1, 2, 3, 7, usize::MAX] {
        let found = match scan(bytes, size) {
            Ok(Some(end)) => Ok(end),
            Ok(None) => Err(true),
            Err(_) => Err(false),
        };
        assert_eq!(found, expected, "{bytes:02x?} in pieces of {size}");
    }
}

#[test]
fn lnk_4_every_short_sequence_of_telling_bytes_is_seen_as_by_the_rfc() {
    let telling = [
        0x00, 0x01, 0x18, 0x1c, 0x1f, 0x20, 0x40, 0x41, 0x5f, 0x60, 0x61, 0x62, 0x7f, 0x80, 0x81,
        0x82, 0x9f, 0xa0, 0xa1, 0xbf, 0xc0, 0xc3, 0xa9, 0xe0, 0xf8, 0xf9, 0xff,
    ];
    let count = telling.len();
    for len in 0..=4_u32 {
        for number in 0..count.pow(len) {
            let byte = |place| telling[number / count.pow(place) % count];
            let bytes: Vec<u8> = (0..len).map(byte).collect();
            check(&bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn lnk_4_any_bytes_are_seen_as_by_the_rfc(
        // Lengths of more than one byte would end most cases at once.
        bytes in vec(any::<u8>().prop_filter("short", |b| !matches!(b & 31, 25..28)), 0..64),
    ) {
        check(&bytes);
    }
}

#[test]
fn lnk_4_numbers_of_every_width_end_where_the_rfc_says() {
    let numbers: [&[u8]; 8] = [
        b"\x17",
        b"\x38\xff",
        b"\x19\xff\xff",
        b"\x3a\xff\xff\xff\xff",
        b"\xfb\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xf9\x7c\x00",
        b"\xf8\xff",
        b"\xf6",
    ];
    for count in 0..=8 {
        let array = [&[0x80 + count], &numbers[..count.into()].concat()[..]].concat();
        for end in 0..=array.len() {
            check(&array[..end]);
        }
        check(&[&array[..], b"\xff\xff"].concat());
    }
    let mut scanner = Scanner::new(ItemLimits::default());
    let two = b"\x82\x17\x38\xff\x81\x82\x00";
    assert_eq!(scanner.scan(two), Ok(Some(4)));
    assert_eq!(scanner.scan(&two[4..]), Ok(None));
    assert_eq!(scanner.scan(b"\xf4"), Ok(Some(1)));
    assert_eq!(scanner.examined(), 8);
    // Limits that a short array may be beyond.
    for (bytes, depth) in [(3, 8), (1000, 0)] {
        let mut scanner = Scanner::new(ItemLimits { bytes, depth });
        assert!(scanner.scan(&two[..4]).is_err());
    }
}

#[test]
fn the_examples_of_the_rfc_are_what_it_says() {
    for case in cases("appendix_f.txt") {
        for line in &case.lines {
            let hexes = [&*line.sign].into_iter().chain(line.text.split(' '));
            for hex in hexes.filter(|hex| !hex.is_empty()) {
                let found = Object::new(unhex(hex)).unwrap_err().problem;
                let is_right = match &*case.name {
                    "cut short" => matches!(found, ItemProblem::CutShort),
                    "no item" => matches!(found, ItemProblem::NoItem { .. }),
                    "simple value" => matches!(found, ItemProblem::SimpleValue { .. }),
                    "no piece" => matches!(found, ItemProblem::NoPiece { .. }),
                    "break" => matches!(found, ItemProblem::UnexpectedBreak),
                    "key without value" => matches!(found, ItemProblem::KeyWithoutValue),
                    other => panic!("{other}?"),
                };
                assert!(is_right, "{hex} is {found}");
            }
        }
    }
}

#[test]
fn an_error_says_where_the_byte_stands_that_shows_it() {
    let cases: [(&[u8], u64); 8] = [
        (b"\x82\x01\x1c", 2),
        (b"\x82\x01\xff", 2),
        (b"\x63a\xffb", 2),
        (b"\x62a\xc3", 2),
        (b"\x7f\x61\xc3\x61\xa9\xff", 2),
        (b"\xbf\x01\xff", 2),
        (b"\x5f\x41\x01\x61", 3),
        (b"\x82\x01\xf8\x18", 2),
    ];
    for (bytes, offset) in cases {
        for size in 1..=bytes.len() {
            assert_eq!(
                scan(bytes, size).unwrap_err().offset,
                offset,
                "{bytes:x?} by {size}"
            );
        }
    }
}

#[test]
fn lnk_5_what_is_only_claimed_is_refused_with_the_byte_that_claims_it() {
    let limits = ItemLimits {
        bytes: 1000,
        depth: 8,
    };
    let too_long: [(&[u8], u64); 7] = [
        (b"\x5b\x00\x00\x10\x00\x00\x00\x00\x00", 0), // 16 TiB of bytes
        (b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff", 0), // more than there is memory in the world
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", 0), // so many elements
        (b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff", 0), // twice as many
        (b"\xbb\x80\x00\x00\x00\x00\x00\x00\x00", 0),
        (b"\x82\x19\x00\x00\x99\x03\xe8", 4),
        (b"\x59\x03\xe6", 0),
    ];
    for (bytes, offset) in too_long {
        let error = Scanner::new(limits).scan(bytes).unwrap_err();
        assert_eq!(error.offset, offset, "{error}");
        assert!(
            matches!(error.problem, ItemProblem::TooLong { limit: 1000, .. }),
            "{error}"
        );
    }
    assert_eq!(
        Scanner::new(limits).scan(b"\x59\x03\xe5").unwrap(),
        None,
        "1000 bytes in all"
    );
    Scanner::new(limits).scan(&[0x9f; 9]).unwrap_err();
    assert_eq!(Scanner::new(limits).scan(&[0x9f; 8]).unwrap(), None);
    for nesting in [0x81, 0x9f, 0xa1, 0xbf, 0xc0, 0xd8] {
        let error = Scanner::new(limits)
            .scan(&[nesting; 1_000_000])
            .unwrap_err();
        assert_eq!(error.problem, ItemProblem::TooDeep { limit: 8 });
        assert!(error.offset <= 16, "{error}");
    }
}

#[test]
fn an_item_without_end_is_refused_at_the_limit() {
    let limits = ItemLimits {
        bytes: 1000,
        depth: 8,
    };
    for piece in [b"\x00", b"\x60"] {
        let mut scanner = Scanner::new(limits);
        assert_eq!(scanner.scan(b"\x9f").unwrap(), None);
        let refused = (0..).find(|_| scanner.scan(piece).is_err());
        assert_eq!(refused, Some(999));
    }
}

#[test]
fn lnk_4_bytes_one_by_one_are_looked_at_once_each() {
    // 256 KiB of small integers in one array: in pieces MoaT took 14 s for them, as it began anew with
    // each.
    let mut message = vec![0x9a, 0x00, 0x04, 0x00, 0x00];
    message.extend((0..0x4_0000_u32).map(|n| (n % 24) as u8));
    let mut framing = CborSequence::default();
    let mut pipe = Pipe::new();
    for (index, byte) in message.iter().enumerate() {
        assert!(framing.decode(&mut pipe).unwrap().is_pending());
        pipe.append(&[*byte]).unwrap();
        assert!(framing.examined() == index as u64);
    }
    let object = framing.decode(&mut pipe).unwrap().ready().unwrap();
    assert_eq!(object.bytes(), &message);
    assert_eq!(framing.examined(), message.len() as u64);
}

#[test]
fn each_message_that_ended_a_server_of_moat_is_a_typed_error_or_an_object() {
    let deep = [vec![0x81; 1000], vec![0]].concat();
    let malformed: [(&[u8], &str); 8] = [
        (
            b"\xff",
            "byte 0 of the stream: expected an item, found a break",
        ),
        (b"\x61\xff", "byte 1 of the stream: text that is not UTF-8"),
        (
            b"\xf8\x10",
            "byte 0 of the stream: simple value 16 in two bytes",
        ),
        (&deep, "byte 64 of the stream: nested deeper than 64 levels"),
        // These are objects, and none of the framing's business.
        (b"\x05", ""),
        (b"\x80", ""),
        (b"\xa0", ""),
        (b"\xf9\x7c\x00", ""),
    ];
    for (bytes, expected) in malformed {
        let mut pipe = Pipe::new();
        pipe.append(bytes).unwrap();
        let mut framing = CborSequence::default();
        let decoded = framing.decode(&mut pipe);
        assert_eq!(
            decoded
                .as_ref()
                .map_or_else(ToString::to_string, |_| String::new()),
            expected
        );
        assert_eq!(framing.has_failed(), !expected.is_empty());
        if let Err(error) = decoded {
            assert!(matches!(error, FrameError::Object { .. }));
            pipe.append(b"\x00").unwrap();
            let again = framing.decode(&mut pipe).unwrap_err();
            assert_eq!(again.to_string(), expected, "nothing marks another object");
        }
    }
}

#[test]
fn an_object_is_one_item_and_nothing_else() {
    let error = Object::new(Chunk::from(b"\x01\x02\x03")).unwrap_err();
    assert_eq!(
        (error.offset, error.problem),
        (1, ItemProblem::TrailingBytes { bytes: 2 })
    );
    let error = Object::new(Chunk::new()).unwrap_err();
    assert_eq!((error.offset, error.problem), (0, ItemProblem::CutShort));
    let deepest = [vec![0x81; 255], vec![0]].concat();
    assert!(Object::new(deepest.into()).is_ok());
    let deeper = [vec![0x81; 256], vec![0]].concat();
    let error = Object::new(deeper.into()).unwrap_err();
    assert_eq!(error.problem, ItemProblem::TooDeep { limit: 255 });
}
