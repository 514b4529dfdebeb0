//! SPEC.md, "Pipes": the provided methods of std's traits.

use std::io::{self, BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Write};

use crate::pipe::sharing;
use crate::pipe_forms::Forms;
use iolite::chunk::PipeOptions;
use iolite::{Error, Pipe};
use rstest::rstest;

/// A pipe whose bytes lie in a piece each.
fn scattered(bytes: &[u8]) -> Pipe {
    let mut pipe = sharing();
    for &byte in bytes {
        pipe.push(vec![byte]).unwrap();
    }
    pipe
}

fn appended(bytes: &[u8]) -> Pipe {
    let mut pipe = Pipe::new();
    pipe.append(bytes).unwrap();
    pipe
}

fn ended(mut pipe: Pipe) -> Pipe {
    pipe.close(None);
    pipe
}

fn reset() -> Error {
    Error::Io(ErrorKind::ConnectionReset.into())
}

fn kind<T: std::fmt::Debug>(outcome: io::Result<T>) -> ErrorKind {
    outcome.unwrap_err().kind()
}

/// Text with characters of one to four bytes, cut everywhere in turn.
const TEXT: &str = "aé€😀\nbç\n𝄞\r\nend";

#[rstest]
#[case::pip_35_in_one_piece(appended)]
#[case::pip_35_in_pieces(scattered)]
fn text_that_comes_in_two_halves(#[case] make: fn(&[u8]) -> Pipe) {
    for at in 0..=TEXT.len() {
        let (before, behind) = TEXT.as_bytes().split_at(at);
        let mut pipe = make(before);
        let mut text = String::from("kept");
        assert_eq!(
            kind(pipe.read_to_string(&mut text)),
            ErrorKind::WouldBlock,
            "{at}"
        );
        let whole = (0..=at).rfind(|&at| TEXT.is_char_boundary(at)).unwrap();
        assert_eq!(text[4..], TEXT[..whole], "the whole characters");
        assert_eq!((pipe.position(), pipe.len()), (whole as u64, at - whole));
        pipe.append(behind).unwrap();
        pipe.close(None);
        let n = pipe.read_to_string(&mut text).unwrap();
        assert_eq!((n, &text[4..]), (TEXT.len() - whole, TEXT));
        assert_eq!(pipe.read_to_string(&mut text).unwrap(), 0);
    }
}

#[rstest]
#[case::pip_35_malformed_at_the_start(b"\xffab", 0, b"\xff", "invalid start byte")]
#[case::pip_35_malformed_in_the_middle(
    b"a\xc3\xa9\xe2\x82(b",
    3,
    b"\xe2\x82",
    "invalid continuation byte"
)]
#[case::pip_35_malformed_at_the_end(b"ab\x80", 2, b"\x80", "invalid start byte")]
#[case::pip_35_a_surrogate(b"a\xed\xa0\x80", 1, b"\xed", "invalid continuation byte")]
#[case::pip_35_cut_by_the_end(b"ab\xf0\x9f\x98", 2, b"\xf0\x9f\x98", "unexpected end of data")]
fn what_is_no_text_stays(
    #[case] bytes: &[u8],
    #[case] at: usize,
    #[case] malformed: &[u8],
    #[case] why: &str,
) {
    for mut pipe in [appended(bytes), scattered(bytes)] {
        pipe.close(None);
        let first = usize::from(at > 0);
        // Offsets are counted from the start of the stream.
        Read::read_exact(&mut pipe, &mut vec![0; first]).unwrap();
        let mut text = String::new();
        for _ in 0..3 {
            let error = Error::from(pipe.read_to_string(&mut text).unwrap_err());
            let Error::Decode {
                encoding,
                offset,
                bytes,
                reason,
                ..
            } = error
            else {
                panic!("{error:?}");
            };
            assert_eq!((encoding, offset, reason), ("utf-8", at as u64, why));
            assert_eq!(bytes, malformed);
            assert_eq!(pipe.position(), at as u64, "before the byte");
        }
        assert_eq!(text.as_bytes(), &bytes[first..at]);
        let mut rest = Vec::new();
        assert_eq!(pipe.read_to_end(&mut rest).unwrap(), bytes.len() - at);
        assert_eq!(rest, &bytes[at..]);
    }
}

#[test]
fn pip_35_the_writer_s_error_explains_a_character_that_is_cut() {
    let mut pipe = scattered(b"ab\xc3");
    pipe.close(Some(reset()));
    let mut text = String::new();
    for _ in 0..2 {
        assert_eq!(
            kind(pipe.read_to_string(&mut text)),
            ErrorKind::ConnectionReset
        );
        assert_eq!((&*text, pipe.len()), ("ab", 1));
    }
}

#[test]
fn pip_35_a_character_that_does_not_fit_into_the_pipe_never_comes() {
    let mut pipe = PipeOptions::new().limit(2).build().unwrap();
    pipe.append(b"\xe2\x82").unwrap();
    let error = Error::from(pipe.read_to_string(&mut String::new()).unwrap_err());
    assert!(
        matches!(error, Error::TooLarge { limit: 2, .. }),
        "{error:?}"
    );
}

#[test]
fn pip_36_reading_to_the_end_takes_what_it_hands_out() {
    let mut pipe = scattered(b"abc");
    let mut all = b"kept ".to_vec();
    assert_eq!(kind(pipe.read_to_end(&mut all)), ErrorKind::WouldBlock);
    assert_eq!((&all[..], pipe.len()), (&b"kept abc"[..], 0));
    pipe.append(b"def").unwrap();
    pipe.close(Some(reset()));
    assert_eq!(kind(pipe.read_to_end(&mut all)), ErrorKind::ConnectionReset);
    assert_eq!((&all[..], pipe.len()), (&b"kept abcdef"[..], 0));
}

#[test]
fn pip_36_a_short_read_exact_says_how_much_there_is() {
    let mut pipe = ended(appended(b"abc"));
    for available in [3, 0] {
        let error = Error::from(Read::read_exact(&mut pipe, &mut [0; 5]).unwrap_err());
        assert!(
            matches!(error, Error::PartialRead { available: there, expected: 5 } if there == available)
        );
        pipe.skip(3);
    }
}

#[test]
fn pip_37_all_slices_are_used() {
    let mut pipe = scattered(b"abcdefgh");
    let (mut one, mut two, mut three) = ([0; 2], [0; 3], [0; 9]);
    let slices = [&mut [][..], &mut one, &mut two, &mut [], &mut three];
    let n = pipe.read_vectored(&mut slices.map(IoSliceMut::new));
    assert_eq!((n.unwrap(), pipe.len()), (8, 0));
    assert_eq!((&one, &two, &three[..3]), (b"ab", b"cde", &b"fgh"[..]));
    let nothing = pipe.read_vectored(&mut [IoSliceMut::new(&mut [])]);
    assert_eq!(nothing.unwrap(), 0);
    let kind_of = kind(pipe.read_vectored(&mut [IoSliceMut::new(&mut one)]));
    assert_eq!(kind_of, ErrorKind::WouldBlock);

    let mut pipe = PipeOptions::new().limit(6).build().unwrap();
    let slices = [&b""[..], b"ab", b"", b"cde", b"fgh"].map(IoSlice::new);
    assert_eq!(pipe.write_vectored(&slices).unwrap(), 6);
    assert_eq!(kind(pipe.write_vectored(&slices)), ErrorKind::WouldBlock);
    assert_eq!(pipe.write_vectored(&slices[..1]).unwrap(), 0);
    assert_eq!(pipe.write_vectored(&[]).unwrap(), 0);
    assert_eq!(pipe.drain_rest(), b"abcdef");
    pipe.close(None);
    for slices in [&slices[..], &slices[..1], &[]] {
        let error = Error::from(pipe.write_vectored(slices).unwrap_err());
        assert!(matches!(error, Error::Closed));
    }
}

#[test]
fn pip_37_thousands_of_slices_are_no_error() {
    let mut pipe = Pipe::new();
    let slices: Vec<IoSlice<'_>> = (0..5000).map(|_| IoSlice::new(b"x")).collect();
    assert_eq!(pipe.write_vectored(&slices).unwrap(), 5000);
    let mut bytes = [0; 6000];
    let mut slices: Vec<_> = bytes.chunks_mut(1).map(IoSliceMut::new).collect();
    assert_eq!(pipe.read_vectored(&mut slices).unwrap(), 5000);
}

#[test]
fn pip_38_formatting_counts_the_whole_text() {
    let mut pipe = PipeOptions::new().limit(12).build().unwrap();
    let (a, b, c) = ("a".repeat(5), "b".repeat(5), "c".repeat(5));
    let error = Error::from(write!(pipe, "{a}{b}{c}").unwrap_err());
    assert!(
        matches!(error, Error::WouldBlock { written: 12 }),
        "{error:?}"
    );
    assert_eq!(pipe.drain_rest(), b"aaaaabbbbbcc");
    write!(pipe, "{}-{}", 1, 2).unwrap();
    assert_eq!(pipe.drain_rest(), b"1-2");
    pipe.close(None);
    assert!(matches!(
        write!(pipe, "x").unwrap_err().into(),
        Error::Closed
    ));
}

#[rstest]
#[case::pip_39_in_one_piece(appended)]
#[case::pip_39_in_pieces(scattered)]
fn lines_that_come_in_two_halves(#[case] make: fn(&[u8]) -> Pipe) {
    for at in 0..=TEXT.len() {
        let (before, behind) = TEXT.as_bytes().split_at(at);
        let mut pipe = make(before);
        let (mut got, mut waited) = (Vec::new(), 0);
        // A new iterator each time, as after any error.
        while let Some(line) = BufRead::lines(&mut pipe).next() {
            match line {
                Ok(line) => got.push(line),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock, "{at}");
                    waited += 1;
                    pipe.append(behind).unwrap();
                    pipe.close(None);
                }
            }
        }
        assert_eq!(
            (got, waited),
            (
                vec!["aé€😀".into(), "bç".into(), "𝄞".into(), "end".into()],
                1
            )
        );
    }
}

#[test]
fn pip_39_what_waits_takes_and_appends_nothing() {
    let mut pipe = scattered(b"ab");
    let (mut bytes, mut text) = (b"kept".to_vec(), String::from("kept"));
    for _ in 0..3 {
        assert_eq!(
            kind(BufRead::read_until(&mut pipe, b';', &mut bytes)),
            ErrorKind::WouldBlock
        );
        assert_eq!(kind(pipe.read_line(&mut text)), ErrorKind::WouldBlock);
        assert_eq!(kind(pipe.skip_until(b';')), ErrorKind::WouldBlock);
        let split = BufRead::split(&mut pipe, b';').next().unwrap();
        assert_eq!(kind(split), ErrorKind::WouldBlock);
        assert_eq!((&*bytes, &*text, pipe.len()), (&b"kept"[..], "kept", 2));
    }
    pipe.append(b"c;d\n;e").unwrap();
    assert_eq!(pipe.skip_until(b';').unwrap(), 4);
    assert_eq!(pipe.read_line(&mut text).unwrap(), 2);
    assert_eq!(BufRead::read_until(&mut pipe, b';', &mut bytes).unwrap(), 1);
    pipe.close(None);
    assert_eq!(BufRead::read_until(&mut pipe, b';', &mut bytes).unwrap(), 1);
    assert_eq!(pipe.read_line(&mut text).unwrap(), 0);
    assert_eq!((&*bytes, &*text), (&b"kept;e"[..], "keptd\n"));
}

#[test]
#[expect(clippy::lines_filter_map_ok, reason = "that it ends is tried here")]
fn pip_39_a_line_that_is_not_utf_8_is_handed_back() {
    for mut pipe in [
        appended(b"one\nb\xc3\xa9 \xff!\ntwo\ncut \xe2\x82"),
        scattered(b"one\nb\xc3\xa9 \xff!\ntwo\ncut \xe2\x82"),
    ] {
        pipe.close(None);
        let mut line = String::from("kept");
        assert_eq!(pipe.read_line(&mut line).unwrap(), 4);
        let error = Error::from(pipe.read_line(&mut line).unwrap_err());
        let Error::NotUtf8 { line: back, source } = error else {
            panic!("{error:?}");
        };
        assert_eq!((&*back, &*line), (&b"b\xc3\xa9 \xff!\n"[..], "keptone\n"));
        let Error::Decode { offset, bytes, .. } = *source else {
            panic!("{source:?}");
        };
        assert_eq!((offset, &*bytes), (8, &b"\xff"[..]));
        let rest: Vec<_> = BufRead::lines(&mut pipe).filter_map(Result::ok).collect();
        assert_eq!(rest, ["two"]);
        assert!(pipe.is_at_end());
    }
}

#[test]
fn pip_39_the_writer_s_error_comes_behind_the_last_line() {
    let mut pipe = scattered(b"one\ntw");
    pipe.close(Some(reset()));
    let mut lines = BufRead::lines(&mut pipe);
    assert_eq!(lines.next().unwrap().unwrap(), "one");
    assert_eq!(lines.next().unwrap().unwrap(), "tw");
    assert_eq!(kind(lines.next().unwrap()), ErrorKind::ConnectionReset);
}

fn too_large<T: std::fmt::Debug>(outcome: io::Result<T>) {
    let error = Error::from(outcome.unwrap_err());
    assert!(
        matches!(error, Error::TooLarge { limit: 8, .. }),
        "{error:?}"
    );
}

#[test]
fn pip_40_a_line_that_does_not_fit_is_reported_once_and_passed_by() {
    let mut pipe = PipeOptions::new().limit(8).build().unwrap();
    pipe.append(b"01234567").unwrap();
    let mut line = String::new();
    too_large(pipe.read_line(&mut line));
    assert_eq!(pipe.len(), 8, "it stays: who wants it can take it");
    // The next call passes it by, as it comes.
    assert_eq!(kind(pipe.read_line(&mut line)), ErrorKind::WouldBlock);
    assert_eq!((pipe.len(), pipe.room()), (0, 8));
    pipe.append(b"89").unwrap();
    assert_eq!(kind(pipe.read_line(&mut line)), ErrorKind::WouldBlock);
    pipe.append(b"ab\nnext\n").unwrap();
    assert_eq!(pipe.read_line(&mut line).unwrap(), 5);
    assert_eq!(line, "next\n");
    assert_eq!(kind(pipe.read_line(&mut line)), ErrorKind::WouldBlock);
    pipe.append(b"cut off!").unwrap();
    too_large(pipe.read_line(&mut line));
    pipe.close(None);
    assert_eq!(
        pipe.read_line(&mut line).unwrap(),
        0,
        "passed by to the end"
    );
}

#[test]
fn pip_40_an_overlong_line_that_is_read_in_another_way_is_not_passed_by() {
    let mut pipe = PipeOptions::new().limit(8).build().unwrap();
    pipe.append(b"01234567").unwrap();
    too_large(pipe.read_line(&mut String::new()));
    assert_eq!(pipe.chunk_at_most(3).unwrap().ready().unwrap(), "012");
    pipe.append(b"8\n").unwrap();
    let mut line = String::new();
    assert_eq!(pipe.read_line(&mut line).unwrap(), 7);
    assert_eq!(line, "345678\n");
    // Nor by a search for something else.
    pipe.append(b"a;bcdefg").unwrap();
    too_large(pipe.read_line(&mut line));
    let mut field = Vec::new();
    assert_eq!(BufRead::read_until(&mut pipe, b';', &mut field).unwrap(), 2);
}

#[test]
fn pip_40_std_s_lines_come_to_the_end_over_lines_that_do_not_fit() {
    let text = "short\nthis one does not fit\nok\nand neither does this";
    let mut pipe = PipeOptions::new().limit(8).build().unwrap();
    let (mut rest, mut got, mut errors) = (text.as_bytes(), Vec::new(), 0);
    for _ in 0..1000 {
        let n = pipe.write(rest).unwrap_or(0);
        rest = &rest[n..];
        if rest.is_empty() {
            pipe.close(None);
        }
        match BufRead::lines(&mut pipe).next() {
            None => break,
            Some(Ok(line)) => got.push(line),
            Some(Err(error)) => errors += usize::from(error.kind() == ErrorKind::InvalidData),
        }
    }
    assert_eq!((got, errors), (vec!["short".into(), "ok".to_owned()], 2));
    assert!(pipe.is_at_end());
}

#[test]
fn pip_40_skipping_does_not_mind_what_does_not_fit() {
    let mut pipe = PipeOptions::new().limit(8).build().unwrap();
    pipe.append(b"01234567").unwrap();
    assert_eq!(kind(pipe.skip_until(b'\n')), ErrorKind::WouldBlock);
    assert_eq!(pipe.room(), 8, "dropped as it comes");
    pipe.append(b"89\nab\n").unwrap();
    assert_eq!(pipe.skip_until(b'\n').unwrap(), 11, "all of it is counted");
    assert_eq!(pipe.skip_until(b'\n').unwrap(), 3);
    pipe.close(None);
    assert_eq!(pipe.skip_until(b'\n').unwrap(), 0);
}

#[test]
fn pip_40_a_line_that_trickles_in_is_looked_at_once() {
    let mut pipe = Pipe::new();
    let mut line = Vec::new();
    for _ in 0..10_000 {
        pipe.append(b"x").unwrap();
        assert_eq!(
            kind(BufRead::read_until(&mut pipe, b'\n', &mut line)),
            ErrorKind::WouldBlock
        );
    }
    let scanned = pipe.stats().scanned;
    assert!(scanned <= 3 * 10_000, "{scanned}");
    assert!(line.is_empty());
}
