//! SPEC.md, "Pipes": records, separators, and what searching costs.

use crate::pipe_forms::Forms;
use iolite::chunk::{PipeError, PipeOptions, Progress, RecordBatch, Terminator};
use iolite::{Chunk, Error, Pipe, Separator};
use proptest::prelude::*;
use rstest::rstest;

use crate::pipe::{pieces, sharing};

const ALL: usize = usize::MAX;

fn separator(bytes: &str) -> Separator {
    Separator::new(bytes).unwrap()
}

/// The next record, as text, in every form that is left to try.
fn record(pipe: &mut Pipe, ends: &Separator, edge: Terminator) -> Option<String> {
    let chunk = pipe.chunk_record(ends, edge, ALL).unwrap().ready()?;
    Some(String::from_utf8(chunk.to_vec()).unwrap())
}

fn records(pipe: &mut Pipe, ends: &Separator) -> Vec<String> {
    std::iter::from_fn(|| record(pipe, ends, Terminator::Strip)).collect()
}

#[test]
fn pip_15_chunkedbuffer_took_an_empty_line_for_the_end() {
    // There an empty line without its separator was b'', which is also what the end was.
    let crlf = Separator::crlf();
    let mut pipe = pieces([&b"\r\n\r"[..], b"\nx"]);
    assert_eq!(
        pipe.chunk_record(&crlf, Terminator::Strip, 0).unwrap(),
        Progress::Ready(Chunk::new())
    );
    assert_eq!(
        pipe.chunk_record(&crlf, Terminator::Keep, 0)
            .unwrap()
            .ready()
            .unwrap(),
        "\r\n"
    );
    assert_eq!(
        pipe.chunk_record(&crlf, Terminator::Strip, 9).unwrap(),
        Progress::Pending
    );
    pipe.skip(1);
    pipe.close(None);
    assert_eq!(
        pipe.chunk_record(&crlf, Terminator::Strip, 9).unwrap(),
        Progress::End
    );
}

#[test]
fn pip_15_every_form_gives_the_same_record() {
    for edge in [Terminator::Keep, Terminator::Strip] {
        let want = &b"one, "[..if edge == Terminator::Keep { 5 } else { 3 }];
        let comma = separator(", ");
        let mut pipe = pieces(b"one, one, one, one, ".chunks(3));
        assert_eq!(
            pipe.chunk_record(&comma, edge, 3).unwrap().ready().unwrap(),
            want
        );
        assert_eq!(
            pipe.chain_record(&comma, edge, 3).unwrap().ready().unwrap(),
            &want
        );
        assert_eq!(
            pipe.slice_record(&comma, edge, 3).unwrap(),
            Progress::Ready(want)
        );
        let batch = pipe.next_batch(&comma, 3).unwrap().ready().unwrap();
        assert_eq!((batch.get(0), pipe.len()), (Some(&b"one"[..]), 0));
    }
}

#[test]
fn pip_15_an_unfinished_record_stays() {
    let mut pipe = pieces([&b"ab"[..], b"c"]);
    pipe.close(None);
    for _ in 0..2 {
        let error = pipe
            .chunk_record(&Separator::lf(), Terminator::Strip, 9)
            .unwrap_err();
        assert!(matches!(
            error,
            PipeError::PartialRead {
                available: 3,
                expected: 4,
                ..
            }
        ));
        assert!(pipe.next_batch(&Separator::lf(), 9).is_err());
    }
    assert_eq!(pipe.drain_rest(), b"abc");
    assert!(pipe.next_batch(&Separator::lf(), 9).unwrap().is_end());
}

#[test]
fn pip_16_chunkedbuffer_accepted_an_empty_separator() {
    // There it gave empty records for ever, or an IndexError where there were two pieces; its
    // successor read out of bounds.
    for empty in [
        Separator::new(""),
        Separator::any_of(["a", ""]),
        Separator::any_of([""; 0]),
    ] {
        assert!(matches!(
            empty,
            Err(Error::InvalidArgument {
                argument: "separator",
                ..
            })
        ));
    }
}

#[test]
fn pip_16_chunkedbuffer_missed_a_match_over_three_pieces() {
    // Its successor looked over one seam at a time: `xab`, `c`, `dyyy` hid an `abcd`; and a
    // piece shorter than the separator between two others was "not implemented".
    let mut pipe = pieces([&b"xab"[..], b"c", b"dyyy"]);
    assert_eq!(pipe.find(&separator("abcd"), ..), Some(1..5));
    assert_eq!(
        record(&mut pipe, &separator("abcd"), Terminator::Strip).unwrap(),
        "x"
    );
    let mut pipe = pieces([&b"x"[..], b"y", b"z", b"abc"]);
    assert_eq!(
        record(&mut pipe, &separator("abc"), Terminator::Strip).unwrap(),
        "xyz"
    );
}

#[test]
fn pip_16_chunkedbuffer_cut_the_line_by_the_number_of_the_piece() {
    // Its successor gave 'hello' for `hello `, `world\n`: it took the place in the last piece
    // for the place in the line.
    let mut pipe = pieces([&b"hello "[..], b"world\nrest"]);
    assert_eq!(
        record(&mut pipe, &Separator::lf(), Terminator::Strip).unwrap(),
        "hello world"
    );
    let mut pipe = pieces([&b"hello"[..], b"\nrest"]);
    assert_eq!(
        record(&mut pipe, &Separator::lf(), Terminator::Strip).unwrap(),
        "hello"
    );
    assert_eq!(pipe.drain_rest(), b"rest");
}

#[rstest]
#[case::pip_16_a_byte(1)]
#[case::pip_16_two(2)]
#[case::pip_16_as_long_as_the_scratch(64)]
#[case::pip_16_longer_than_the_stack_has(1000)]
fn a_separator_is_found_over_any_pieces(#[case] length: usize) {
    // A false start: all but the last byte, twice.
    let mut needle = vec![b'a'; length];
    needle[length - 1] = b'b';
    let mut bytes = vec![b'x'; 100];
    bytes.extend_from_slice(&needle[..length - 1]);
    bytes.extend_from_slice(&needle);
    let place = bytes.len() - length;
    let ends = Separator::new(&needle).unwrap();
    for size in [1, 2, 3, 63, 64, 65, 1024, 5000] {
        let mut pipe = pieces(bytes.chunks(size));
        let at = pipe.find(&ends, ..).unwrap();
        assert_eq!(at, place..bytes.len(), "{size}");
        let record = pipe.chunk_record(&ends, Terminator::Strip, ALL).unwrap();
        assert_eq!(record.ready().unwrap(), bytes[..place], "{size}");
    }
}

#[rstest]
#[case::pip_17_any_line(Separator::any_line(), "a\nb\r\nc\rd\r\re\n\r", &["a", "b", "c", "d", "", "e", ""])]
#[case::pip_17_lf(Separator::lf(), "a\nb\r\nc\rd\n", &["a", "b\r", "c\rd"])]
#[case::pip_17_crlf(Separator::crlf(), "a\nb\r\r\nc\rd\r\n", &["a\nb\r", "c\rd"])]
#[case::pip_17_either_of_two(Separator::any_of([",", ";"]).unwrap(), ",a;b,;c", &["", "a", "b", ""])]
#[case::pip_17_either_of_three(Separator::any_of([",", ";", "\n"]).unwrap(), "a;b\n,c;d", &["a", "b", "", "c"])]
#[case::pip_17_a_longer_one_first(Separator::any_of(["b", "abcd"]).unwrap(), "xabcdyabz", &["x", "ya"])]
#[case::pip_17_the_longest_of_one_place(Separator::any_of(["a", "ab", "abc"]).unwrap(), "1abc2ab3a", &["1", "2", "3"])]
fn several_separators(#[case] ends: Separator, #[case] text: &str, #[case] want: &[&str]) {
    for size in 1..=text.len() {
        // All there at once, in pieces, …
        let mut pipe = pieces(text.as_bytes().chunks(size));
        pipe.close(None);
        let mut got = Vec::new();
        while let Ok(Progress::Ready(record)) = pipe.chunk_record(&ends, Terminator::Strip, ALL) {
            got.push(String::from_utf8(record.to_vec()).unwrap());
        }
        assert_eq!(got, want, "{size}");
        // … and asked for after each piece.
        let (mut pipe, mut got) = (Pipe::new(), Vec::new());
        for piece in text.as_bytes().chunks(size) {
            pipe.append(piece).unwrap();
            got.extend(records(&mut pipe, &ends));
        }
        pipe.close(None);
        while let Ok(Progress::Ready(record)) = pipe.chunk_record(&ends, Terminator::Strip, ALL) {
            got.push(String::from_utf8(record.to_vec()).unwrap());
        }
        assert_eq!(got, want, "{size}, one by one");
    }
}

#[test]
fn pip_17_a_last_cr_waits_for_what_follows() {
    let ends = Separator::any_line();
    let mut pipe = pieces([&b"a\r"[..]]);
    assert_eq!(
        pipe.chunk_record(&ends, Terminator::Keep, ALL).unwrap(),
        Progress::Pending
    );
    pipe.push("\nb\r").unwrap();
    assert_eq!(record(&mut pipe, &ends, Terminator::Keep).unwrap(), "a\r\n");
    assert_eq!(
        pipe.next_batch(&ends, ALL)
            .unwrap()
            .ready()
            .map(|b| b.len()),
        None
    );
    pipe.close(None);
    assert_eq!(record(&mut pipe, &ends, Terminator::Keep).unwrap(), "b\r");
}

#[rstest]
#[case::pip_18_its_end_is_there(&["abcdef\n"])]
#[case::pip_18_its_end_is_not_there(&["abcdef"])]
#[case::pip_18_in_pieces(&["a", "bcd", "ef"])]
fn a_long_record_stays(#[case] parts: &[&str]) {
    let ends = Separator::lf();
    let mut pipe = pieces(parts.iter().map(|part| part.as_bytes()));
    for limit in [0, 5] {
        let error = pipe
            .chunk_record(&ends, Terminator::Strip, limit)
            .unwrap_err();
        assert!(matches!(error, PipeError::LineTooLong { limit: l, .. } if l == limit));
        assert!(matches!(
            pipe.next_batch(&ends, limit),
            Err(PipeError::LineTooLong { .. })
        ));
    }
    let scanned = pipe.stats().scanned;
    pipe.append(b"\n").unwrap();
    assert_eq!(
        pipe.slice_record(&ends, Terminator::Strip, 6).unwrap(),
        Progress::Ready(&b"abcdef"[..])
    );
    assert!(pipe.stats().scanned <= scanned + 1);
}

#[test]
fn pip_18_a_separator_that_has_begun_is_not_content() {
    let ends = Separator::crlf();
    let mut pipe = pieces([&b"abc\r"[..]]);
    assert_eq!(
        pipe.chunk_record(&ends, Terminator::Strip, 3).unwrap(),
        Progress::Pending
    );
    pipe.append(b"\n").unwrap();
    assert_eq!(record(&mut pipe, &ends, Terminator::Strip).unwrap(), "abc");
    pipe.append(b"abcd\r").unwrap();
    assert!(pipe.chunk_record(&ends, Terminator::Strip, 3).is_err());
    pipe.close(None);
    assert!(matches!(
        pipe.chunk_record(&ends, Terminator::Strip, 4),
        Err(PipeError::LineTooLong { .. })
    ));
    assert!(matches!(
        pipe.chunk_record(&ends, Terminator::Strip, 5),
        Err(PipeError::PartialRead { .. })
    ));
}

/// Feeds `bytes` in pieces of `size` and asks for a record of each separator after every one;
/// returns how many bytes were looked at, and how often was asked.
fn fed(bytes: &[u8], size: usize, ends: &[&Separator]) -> (u64, u64) {
    let (mut pipe, mut calls) = (sharing(), 0);
    for piece in bytes.chunks(size) {
        pipe.push(Chunk::copy_from_slice(piece)).unwrap();
        for separator in ends {
            let got = pipe
                .chunk_record(separator, Terminator::Strip, ALL)
                .unwrap();
            assert!(got.is_pending());
            calls += 1;
        }
    }
    (pipe.stats().scanned, calls)
}

#[test]
fn pip_19_chunkedbuffer_searched_from_the_start_at_each_call() {
    // There 64 KiB with one false start took 43 ms, and the time grew with the square.
    let mut bytes = vec![b'a'; 10_000];
    bytes[5000] = b'\r';
    for size in [1, 7, 100, 10_000] {
        for (needle, length) in [("\n", 1), ("\r\n", 2), ("aaaaaaaaaaaaaaab", 16)] {
            let (scanned, calls) = fed(&bytes, size, &[&separator(needle)]);
            assert!(
                scanned <= 2 * 10_000 + length * calls,
                "{needle:?}, {size}: {scanned}"
            );
        }
        let (scanned, calls) = fed(&bytes[..5000], size, &[&Separator::any_line()]);
        assert!(scanned <= 3 * 2 * 5000 + 4 * calls, "{size}: {scanned}");
        let (one, other) = (separator("\r\n\r\n"), separator("ab"));
        let (scanned, calls) = fed(&bytes, size, &[&one, &other]);
        assert!(
            scanned <= 2 * 2 * 10_000 + 4 * calls,
            "in turn, {size}: {scanned}"
        );
    }
}

#[test]
fn pip_19_a_separator_made_anew_is_the_same() {
    let mut pipe = Pipe::new();
    for _ in 0..2000 {
        pipe.append(b"x").unwrap();
        for ends in [separator("\n"), Separator::any_of(["\r", "\n"]).unwrap()] {
            assert!(
                pipe.slice_record(&ends, Terminator::Keep, ALL)
                    .unwrap()
                    .is_pending()
            );
        }
    }
    assert!(
        pipe.stats().scanned <= 2 * 3 * 2000,
        "{}",
        pipe.stats().scanned
    );
}

#[test]
fn pip_19_pieces_do_not_make_a_search_dear() {
    let mut bytes = vec![b'a'; 10_000];
    bytes.extend(b"b\n");
    for needle in ["\n", "aab\n", "aaaaaaaaaaaaaaab"] {
        for size in [1, 2, 3, 33, 64, 65, 10_000] {
            let mut pipe = pieces(bytes.chunks(size));
            assert!(
                pipe.chunk_record(&separator(needle), Terminator::Keep, ALL)
                    .unwrap()
                    .is_ready()
            );
            let scanned = pipe.stats().scanned;
            assert!(scanned <= 2 * 10_002 + 64, "{needle:?}, {size}: {scanned}");
        }
    }
}

#[test]
fn pip_19_going_back_forgets_nothing() {
    let (colon, lf) = (Separator::byte(b':'), Separator::lf());
    let mut pipe = pieces([&b"head:"[..]]);
    let start = pipe.mark();
    for _ in 0..1000 {
        pipe.append(b"x").unwrap();
        assert_eq!(
            record(&mut pipe, &colon, Terminator::Strip).unwrap(),
            "head"
        );
        assert!(record(&mut pipe, &lf, Terminator::Strip).is_none());
        pipe.rewind(&start).unwrap();
        assert!(record(&mut pipe, &lf, Terminator::Strip).is_none());
    }
    assert!(pipe.stats().scanned < 10_000, "{}", pipe.stats().scanned);
}

#[test]
fn pip_19_a_batch_looks_once_at_each_byte() {
    let text = "some line of a text\n".repeat(1000);
    let mut pipe = pieces(text.as_bytes().chunks(4096));
    let batch = pipe
        .next_batch(&Separator::lf(), ALL)
        .unwrap()
        .ready()
        .unwrap();
    assert_eq!((batch.len(), pipe.stats().scanned), (1000, 20_000));
}

#[test]
fn pip_19_one_record_of_many_looks_at_few_bytes_more() {
    let text = "some line of a text\n".repeat(1000);
    let (mut pipe, lf) = (pieces([text.as_bytes()]), Separator::lf());
    for _ in 0..2 {
        assert!(
            pipe.chunk_record(&lf, Terminator::Keep, ALL)
                .unwrap()
                .is_ready()
        );
    }
    let scanned = pipe.stats().scanned;
    assert!(scanned <= 1024, "{scanned}");
    while pipe
        .chunk_record(&lf, Terminator::Keep, ALL)
        .unwrap()
        .is_ready()
    {}
    assert_eq!(pipe.stats().scanned, 20_000);
}

#[test]
fn pip_20_chunkedbuffer_found_what_ended_behind_the_range() {
    // There find(b'ti', 0, 4) in b'testing' was 3; the match ends at 5.
    let mut pipe = pieces([&b"test"[..], b"i", b"ng!"]);
    let needle = separator("ti");
    assert_eq!(pipe.find(&needle, ..), Some(3..5));
    assert_eq!(pipe.find(&needle, 0..5), Some(3..5));
    assert_eq!(
        (pipe.find(&needle, 0..4), pipe.find(&needle, 4..)),
        (None, None)
    );
    assert_eq!(
        (pipe.find(&needle, 3..=4), pipe.find(&needle, ..=3)),
        (Some(3..5), None)
    );
    assert_eq!(
        (
            pipe.find(&Separator::byte(b't'), ..).map(|at| at.start),
            pipe.find(&Separator::byte(b'x'), ..).map(|at| at.start)
        ),
        (Some(0), None)
    );
    pipe.skip(1);
    // Offsets are those from where reading is.
    assert_eq!(
        (
            pipe.find(&Separator::byte(b't'), ..).map(|at| at.start),
            pipe.find(&needle, ..)
        ),
        (Some(2), Some(2..4))
    );
    #[expect(clippy::reversed_empty_ranges, reason = "nothing lies in it")]
    let reversed = pipe.find(&needle, 7..2);
    assert_eq!((reversed, pipe.find(&needle, 100..)), (None, None));
    let several = Separator::any_of(["ing", "in", "!"]).unwrap();
    assert_eq!(pipe.find(&several, ..), Some(3..6));
    assert_eq!(pipe.find(&several, 0..5), Some(3..5));
}

#[test]
fn pip_23_what_was_put_back_is_searched() {
    let lf = Separator::lf();
    let mut pipe = pieces([&b"abcdef"[..]]);
    assert!(record(&mut pipe, &lf, Terminator::Strip).is_none());
    pipe.skip(4);
    pipe.unread(Chunk::from("x\ny")).unwrap();
    assert_eq!(record(&mut pipe, &lf, Terminator::Strip).unwrap(), "x");
    assert!(record(&mut pipe, &separator("ye"), Terminator::Strip).is_some());
    assert_eq!(pipe.drain_rest(), b"f");
}

#[test]
fn pip_24_a_batch_is_one_value() {
    fn sendable<T: Send + Sync + 'static>(_: &T) {}
    let mut pipe = Pipe::new();
    pipe.append(b"one\r\n\nthree\rfour\r").unwrap();
    let address = pipe.rest().views().next().unwrap().as_ptr();
    let batch: RecordBatch = pipe
        .next_batch(&Separator::any_line(), ALL)
        .unwrap()
        .ready()
        .unwrap();
    sendable(&batch);
    assert_eq!(
        batch.iter().collect::<Vec<_>>(),
        [&b"one"[..], b"", b"three"]
    );
    assert_eq!((batch.len(), batch.bytes().as_ptr()), (3, address));
    assert_eq!((batch.get(2), batch.get(3)), (Some(&b"three"[..]), None));
    assert_eq!(
        (batch.chunk(0), batch.chunk(2)),
        (Chunk::from("one"), Chunk::from("three"))
    );
    assert_eq!((pipe.len(), pipe.stats().copied), (5, 0));
}

#[test]
fn pip_24_a_long_record_ends_the_batch_before_it() {
    let lf = Separator::lf();
    let mut pipe = pieces(b"a\nbb\nccc\nd\n".chunks(2));
    let batch = pipe.next_batch(&lf, 2).unwrap().ready().unwrap();
    assert_eq!(batch.iter().collect::<Vec<_>>(), [&b"a"[..], b"bb"]);
    assert!(matches!(
        pipe.next_batch(&lf, 2),
        Err(PipeError::LineTooLong { limit: 2, .. })
    ));
    assert_eq!(pipe.next_batch(&lf, 3).unwrap().ready().unwrap().len(), 2);
    assert!(pipe.next_batch(&lf, 3).unwrap().is_pending());
}

#[test]
fn pip_24_a_line_over_two_blocks_makes_no_copy_of_them() {
    // The rest of a block is carried to the next one, so that a batch lies in one piece.
    let (lf, mut copied) = (Separator::lf(), 0);
    let mut pipe = Pipe::new();
    let mut kept = Vec::new();
    for _ in 0..50 {
        let room = pipe.spare_mut(1).unwrap();
        let n = room.len();
        room.fill(b'x');
        room[..n - 10]
            .chunks_mut(100)
            .for_each(|line| line[0] = b'\n');
        pipe.commit(n).unwrap();
        kept.extend(pipe.next_batch(&lf, ALL).unwrap().ready());
        copied = pipe.stats().copied;
    }
    assert_eq!((kept.len(), copied), (50, 0));
}

#[test]
fn pip_23_what_was_put_back_can_begin_a_match() {
    // A first version took "searched up to the end" for "none begins before the end", also for
    // the bytes that came back in front of it.
    let ends = separator("ab");
    let mut pipe = pieces([&b"xa"[..]]);
    pipe.skip(2);
    assert!(record(&mut pipe, &ends, Terminator::Strip).is_none());
    pipe.unread(Chunk::from("a")).unwrap();
    assert!(record(&mut pipe, &ends, Terminator::Strip).is_none());
    pipe.append(b"b").unwrap();
    assert_eq!(record(&mut pipe, &ends, Terminator::Strip).unwrap(), "");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Sets of strings that begin, end and lie in each other, over bytes that come a few at a time.
    #[test]
    fn pip_17_any_strings_are_found_however_the_bytes_arrive(
        strings in prop::collection::vec("[ab]{1,9}", 1..6),
        text in "[ab]{0,60}",
        cuts in prop::collection::vec(1..5usize, 1..20),
        is_linked: bool,
        in_batches: bool,
    ) {
        let separator = Separator::any_of(&strings).unwrap();
        // The first of them in what is there; `None` as long as a better one may come.
        let first = |there: &str, ended: bool| {
            for start in 0..there.len() {
                let here = &there[start..];
                let whole = strings.iter().filter(|string| here.starts_with(*string));
                let best = whole.map(String::len).max().unwrap_or(0);
                let is_open = |string: &String| string.len() > best && string.starts_with(here);
                if !ended && strings.iter().any(is_open) {
                    return None;
                }
                if best > 0 {
                    return Some((start, start + best));
                }
            }
            None
        };
        let options = PipeOptions::new().block_sizes(16..=64);
        let mut pipe = options.copy_threshold(0).build().unwrap();
        let (mut taken, mut written) = (0, 0);
        for cut in cuts.iter().cycle() {
            let piece = &text[written..text.len().min(written + cut)];
            written += piece.len();
            match (piece, is_linked) {
                ("", _) => pipe.close(None),
                (piece, true) => drop(pipe.push(piece.to_owned()).unwrap()),
                (piece, false) => {
                    let mut device = piece.as_bytes();
                    while !device.is_empty() {
                        pipe.fill_from(&mut device).unwrap();
                    }
                }
            }
            let mut wanted = Vec::new();
            while let Some((content, next)) = first(&text[taken..written], piece.is_empty()) {
                wanted.push(&text.as_bytes()[taken..taken + content]);
                taken += next;
            }
            let mut found = Vec::new();
            if in_batches {
                if let Ok(Progress::Ready(batch)) = pipe.next_batch(&separator, 99) {
                    found.extend(batch.iter().map(<[u8]>::to_vec));
                }
            } else {
                while let Ok(Progress::Ready(record)) = pipe.next_record(&separator, Terminator::Strip, 99) {
                    found.push(record.take().to_vec());
                }
            }
            prop_assert_eq!(found, wanted);
            prop_assert_eq!(pipe.position(), taken as u64);
            if piece.is_empty() {
                break;
            }
        }
    }
}
