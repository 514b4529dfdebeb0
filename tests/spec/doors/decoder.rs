//! `TextDecoder`.

use std::ops::Range;

use iolite::chunk::Progress;
use iolite::text::{DecoderState, LineEnding, TextDecoder, TextPosition};
use iolite::{Chunk, Encoding, Error, ErrorPolicy, Newline, Result, TextOptions};
use proptest::prelude::*;

use crate::counting::{allocations, live};
use crate::input::{Event, Input, Placed, failed, inputs, of_stream, text_of_stream, unlimited};
use crate::text_policies::Odd;

/// Gives a decoder bytes, each time in another way.
fn give(decoder: &mut TextDecoder, bytes: &[u8], way: usize) {
    match way % 3 {
        0 => decoder.append(bytes).unwrap(),
        // Shared, however few they are.
        1 => decoder.push(Chunk::from(bytes.to_vec())).unwrap(),
        _ => {
            let room = decoder.spare_mut(bytes.len()).unwrap();
            room[..bytes.len()].copy_from_slice(bytes);
            decoder.commit(bytes.len()).unwrap();
        }
    }
}

/// The next event; `None`: not yet, or the end.
fn next(decoder: &mut TextDecoder, is_too_long: &mut bool) -> Option<(Event, Option<Range<u64>>)> {
    let mut bytes = None;
    let event = if *is_too_long {
        decoder.skip_line().map(|ending| match ending {
            // Here the end says so; a stream gives an ending that is none.
            Progress::End => Some(Event::Skipped(LineEnding::None)),
            ending => ending.ready().map(Event::Skipped),
        })
    } else {
        decoder.next_line().map(|line| {
            let line = line.ready()?;
            bytes = Some(line.byte_range());
            Some(Event::Line {
                text: line.as_str().to_owned(),
                ending: line.ending(),
                terminator: line.terminator(),
            })
        })
    };
    let event = event.unwrap_or_else(|error| Some(failed(error)))?;
    *is_too_long = match event {
        Event::TooLong => true,
        Event::Bad { .. } => *is_too_long,
        _ => false,
    };
    Some((event, bytes))
}

/// Everything that a decoder gives, and the ranges of its lines. `between` is called between two
/// pieces.
fn of_decoder(
    input: &Input,
    mut between: impl FnMut(&mut TextDecoder),
) -> (Vec<Placed>, Vec<Range<u64>>) {
    let mut decoder = TextDecoder::with_options(input.options);
    let (mut events, mut ranges, mut is_too_long) = (Vec::new(), Vec::new(), false);
    let mut drain = |decoder: &mut TextDecoder| {
        while let Some((event, range)) = next(decoder, &mut is_too_long) {
            let is_end = event == Event::Skipped(LineEnding::None);
            events.push((event, decoder.position()));
            ranges.extend(range);
            if is_end {
                break;
            }
        }
    };
    for (way, piece) in input.pieces().enumerate() {
        give(&mut decoder, piece, way);
        between(&mut decoder);
        drain(&mut decoder);
        between(&mut decoder);
    }
    decoder.finish();
    drain(&mut decoder);
    assert!(decoder.next_line().unwrap().is_end());
    assert_eq!(decoder.byte_offset(), input.bytes.len() as u64);
    (events, ranges)
}

proptest! {
    #[test]
    fn dor_4_any_cut_gives_what_a_stream_gives(input in inputs()) {
        let (events, _) = of_decoder(&input, |_| {});
        prop_assert_eq!(events, of_stream(&input));
    }

    #[test]
    fn dor_4_text_in_any_cut_is_the_text_of_a_stream(input in inputs()) {
        let mut decoder = TextDecoder::with_options(input.options);
        let (mut texts, mut errors) = (vec![String::new()], Vec::new());
        let mut decode = |decoder: &mut TextDecoder, piece: &[u8]| {
            let mut done = decoder.decode(piece, texts.last_mut().unwrap());
            while let Err(error) = done {
                errors.push(failed(error));
                texts.push(String::new());
                done = decoder.decode(b"", texts.last_mut().unwrap());
            }
        };
        input.pieces().for_each(|piece| decode(&mut decoder, piece));
        decoder.finish();
        decode(&mut decoder, b"");
        prop_assert_eq!((texts, errors), text_of_stream(&input));
    }

    /// Ranges of lines and of pieces of text adjoin, but for what an error tells of.
    #[test]
    fn dor_5_ranges_adjoin(input in inputs()) {
        let (events, ranges) = of_decoder(&input, |_| {});
        let mut at = TextPosition::START.to_string();
        let mut ranges = ranges.into_iter();
        for (event, after) in events {
            if let Event::Line { .. } = event {
                let Range { start, end } = ranges.next().unwrap();
                prop_assert_eq!(offset(&at), start);
                prop_assert_eq!(offset(&after.to_string()), end);
            }
            at = after.to_string();
        }
        let (mut decoder, mut at) = (TextDecoder::with_options(input.options), 0);
        let mut drain = |decoder: &mut TextDecoder| loop {
            match decoder.next_text() {
                Ok(Progress::Ready(text)) => {
                    let Range { start, end } = text.byte_range();
                    assert!(start == at && start <= end, "{start}..{end} after {at}");
                    at = end;
                }
                Ok(_) => break,
                Err(_) => at = decoder.byte_offset(),
            }
        };
        for (way, piece) in input.pieces().enumerate() {
            give(&mut decoder, piece, way);
            drain(&mut decoder);
        }
        decoder.finish();
        drain(&mut decoder);
    }

    /// A decoder whose state is saved and set at every seam, in a new one each time.
    #[test]
    fn dor_7_a_state_is_gone_on_from_anywhere(input in inputs()) {
        let (mut events, ranges) = of_decoder(&input, |decoder| {
            let DecoderState { position, pending } = decoder.state().unwrap();
            let position = position.to_string().parse().unwrap();
            *decoder = TextDecoder::with_options(input.options);
            decoder.set_state(DecoderState { position, pending }).unwrap();
        });
        // A mark that is missing is missed again at the start.
        events.dedup();
        // Before a line that is too long its place may be before a mark, or after it.
        let placed = |(event, place): Placed| {
            let place = Some(place).filter(|_| event != Event::TooLong);
            (event, place)
        };
        let events: Vec<_> = events.into_iter().map(placed).collect();
        let whole: Vec<_> = of_stream(&input).into_iter().map(placed).collect();
        prop_assert_eq!(events, whole);
        // But what is no text, before the first line that comes then, may have been left behind.
        let whole = of_decoder(&input, |_| {}).1;
        prop_assert_eq!(ranges.len(), whole.len());
        for (range, whole) in ranges.iter().zip(&whole) {
            prop_assert!(range.end == whole.end && range.start >= whole.start);
        }
    }

    /// From the place of any line the same lines follow.
    #[test]
    fn dor_7_a_place_is_gone_on_from_with_the_bytes_after_it(input in unlimited()) {
        let all = of_stream(&input);
        let (_, place) = match all.get(all.len() / 2) {
            Some(middle) => middle,
            None => return Ok(()),
        };
        // The rest of a line that was begun is another line.
        if matches!(all[all.len() / 2].0, Event::Bad { .. }) {
            return Ok(());
        }
        let mut decoder = TextDecoder::with_options(input.options);
        decoder.append(b"forgotten\xff").unwrap();
        decoder.finish();
        decoder.restart_at(*place);
        let start = usize::try_from(offset(&place.to_string())).unwrap();
        decoder.append(&input.bytes[start..]).unwrap();
        decoder.finish();
        let mut rest = Vec::new();
        while let Some((event, _)) = next(&mut decoder, &mut false) {
            rest.push((event, decoder.position()));
        }
        if offset(&place.to_string()) > 0 {
            prop_assert_eq!(&rest[..], &all[all.len() / 2 + 1..]);
        }
    }
}

/// The byte offset of a position as it is written.
fn offset(position: &str) -> u64 {
    position.split('/').next().unwrap().parse().unwrap()
}

fn lines(decoder: &mut TextDecoder) -> Vec<String> {
    let mut lines = Vec::new();
    while let Progress::Ready(line) = decoder.next_line().unwrap() {
        lines.push(line.to_string());
    }
    lines
}

/// A first byte that was met alone had changed the state of the place before it.
#[test]
fn dor_4_a_place_is_the_same_whether_its_bytes_came_at_once() {
    let options = TextOptions::new().encoding("utf-8-sig".parse().unwrap());
    // Its text for malformed bytes has a line end in it.
    let options = options.errors(ErrorPolicy::Custom(&Odd));
    let places = [&[&b"\xc2\0"[..]][..], &[b"\xc2", b"\0"]].map(|pieces| {
        let mut decoder = TextDecoder::with_options(options);
        let mut has_line = false;
        for piece in pieces {
            decoder.append(piece).unwrap();
            has_line = decoder.next_line().unwrap().is_ready();
        }
        assert!(has_line);
        decoder.position().to_string()
    });
    assert_eq!(places[0], places[1]);
}

#[test]
fn dor_4_what_is_not_complete_waits() {
    let mut decoder = TextDecoder::new(Encoding::UTF_8);
    decoder.append(b"one\ntw\xc3").unwrap();
    assert_eq!(lines(&mut decoder), ["one"]);
    assert_eq!(decoder.byte_offset(), 4);
    decoder.append(b"\xb6\r").unwrap();
    assert!(decoder.next_line().unwrap().is_pending());
    decoder.append(b"\nx").unwrap();
    assert_eq!(lines(&mut decoder), ["twö"]);
    decoder.finish();
    assert_eq!(lines(&mut decoder), ["x"]);
    assert!(decoder.next_line().unwrap().is_end() && decoder.is_finished());
}

#[test]
fn dor_5_a_piece_says_which_bytes_it_is() {
    let options = TextOptions::new()
        .encoding(Encoding::UTF_16LE)
        .newline(Newline::Universal);
    let mut decoder = TextDecoder::with_options(options);
    let bytes = Encoding::UTF_16LE.encode("a\u{1f600}\r\nb\rc").unwrap();
    decoder.append(&bytes).unwrap();
    decoder.finish();
    let (mut pieces, mut all) = (Vec::new(), String::new());
    while let Progress::Ready(text) = decoder.next_text().unwrap() {
        all.push_str(&text);
        pieces.push(text.byte_range());
        let Range { start, end } = text.byte_range();
        let (start, end) = (
            usize::try_from(start).unwrap(),
            usize::try_from(end).unwrap(),
        );
        let again = Encoding::UTF_16LE
            .decode_with(&bytes[start..end], ErrorPolicy::Strict, Newline::Universal)
            .unwrap();
        assert_eq!(again, text.as_str());
    }
    assert_eq!(all, "a\u{1f600}\nb\nc");
    assert_eq!(
        (pieces[0].start, pieces.last().unwrap().end),
        (0, bytes.len() as u64)
    );
}

#[test]
fn dor_6_nothing_comes_in_after_the_end() {
    let mut decoder = TextDecoder::new(Encoding::UTF_8);
    decoder.append(b"last").unwrap();
    decoder.finish();
    let refused = |outcome: Result<()>| assert!(matches!(outcome, Err(Error::Closed)));
    refused(decoder.append(b"x"));
    refused(decoder.push(b"x".to_vec()));
    refused(decoder.spare_mut(1).map(drop));
    refused(decoder.commit(0));
    refused(decoder.decode(b"x", &mut String::new()));
    assert_eq!(lines(&mut decoder), ["last"]);
    decoder.reset();
    assert_eq!(decoder.byte_offset(), 0);
    decoder.append(b"again\n").unwrap();
    assert_eq!(lines(&mut decoder), ["again"]);
}

#[test]
fn dor_6_a_character_that_is_cut_at_the_end_is_malformed() {
    let mut decoder = TextDecoder::new(Encoding::UTF_8);
    let mut text = String::new();
    decoder.decode(b"a\xe6\x97", &mut text).unwrap();
    decoder.finish();
    let error = decoder.decode(b"", &mut text).unwrap_err();
    assert!(matches!(error, Error::Decode { offset: 1, bytes, .. } if bytes == b"\xe6\x97"));
    decoder.decode(b"", &mut text).unwrap();
    assert_eq!((text.as_str(), decoder.byte_offset()), ("a", 3));
}

/// What CPython's decoders hold back, and where ours stand then.
#[test]
fn dor_7_the_state_is_the_bytes_that_wait() {
    let state = |encoding: Encoding, bytes: &[u8]| {
        let (mut decoder, mut text) = (TextDecoder::new(encoding), String::new());
        decoder.decode(bytes, &mut text).unwrap();
        let DecoderState { position, pending } = decoder.state().unwrap();
        (position.to_string(), pending)
    };
    assert_eq!(
        state(Encoding::UTF_8, b"ab\xf0\x9f"),
        ("2/0".to_owned(), b"\xf0\x9f".to_vec())
    );
    assert_eq!(
        state(Encoding::UTF_16, b"\xfe"),
        ("0/0".to_owned(), b"\xfe".to_vec())
    );
    let (place, pending) = state(Encoding::UTF_16, b"\xfe\xff\0a\xd8");
    assert_eq!((offset(&place), pending), (4, b"\xd8".to_vec()));
    // A mark alone was read, and is part of the place.
    let (place, pending) = state(Encoding::UTF_16, b"\xfe\xff");
    assert_eq!((offset(&place), pending), (2, vec![]));
}

/// Memory is that of the line, and a mebibyte.
#[test]
fn dor_7_of_a_long_line_and_of_ignored_bytes_no_more_than_a_mebibyte_is_kept() {
    let most = 3 << 20;
    let options = TextOptions::new()
        .errors(ErrorPolicy::Ignore)
        .line_limit(Some(100));
    for start in [&b""[..], b"a line\r", b"\r"] {
        let mut decoder = TextDecoder::with_options(options);
        decoder.append(start).unwrap();
        let before = live();
        for _ in 0..200 {
            decoder.push(vec![0xff; 1 << 16]).unwrap();
            assert!(decoder.next_line().unwrap().is_pending());
            let kept = live() - before;
            assert!(kept < most, "{kept} after {start:?}");
        }
        // Where nothing but ignored bytes is there, decoding can go on after them.
        match decoder.state() {
            Ok(state) => assert!(start.is_empty() && state.pending.is_empty()),
            Err(error) => assert!(matches!(error, Error::Unsupported { .. }) && !start.is_empty()),
        }
        let refused = decoder
            .reconfigure(options.encoding(Encoding::LATIN_1))
            .is_err();
        assert_eq!(refused, !start.is_empty());
        decoder.append(b"\nnext\n").unwrap();
        assert!(decoder.next_line().unwrap().is_ready());
    }
}

#[test]
fn dor_7_a_state_that_was_made_up_is_no_panic() {
    for encoding in Encoding::all() {
        for number in [1, 2, 3, 7, 255, 1 << 20, u64::MAX] {
            let mut decoder = TextDecoder::new(encoding);
            let position = format!("5/{number}/3").parse().unwrap();
            let pending = b"\x1b$B\xff\x80ab\n".to_vec();
            decoder
                .set_state(DecoderState { position, pending })
                .unwrap();
            decoder.finish();
            let mut text = String::new();
            (0..100).for_each(|_| drop(decoder.decode(b"", &mut text)));
            assert_eq!(decoder.byte_offset(), 13, "{encoding}");
        }
    }
}

#[test]
fn dor_8_a_line_over_the_limit_is_an_error_at_once_and_can_be_passed() {
    let options = TextOptions::new().line_limit(Some(8));
    let mut decoder = TextDecoder::with_options(options);
    decoder.append(b"12345678\n123456789").unwrap();
    assert_eq!(
        decoder.next_line().unwrap().ready().unwrap().as_str(),
        "12345678"
    );
    for _ in 0..3 {
        assert!(matches!(
            decoder.next_line(),
            Err(Error::LineTooLong { limit: 8, .. })
        ));
    }
    assert_eq!(decoder.byte_offset(), 9);
    for _ in 0..1000 {
        assert!(decoder.skip_line().unwrap().is_pending());
        decoder.append(&[b'x'; 1000]).unwrap();
    }
    assert!(
        decoder.state().unwrap().pending.len() <= 1000,
        "what was passed is gone"
    );
    decoder.append(b"\r\ngood\n").unwrap();
    assert_eq!(decoder.skip_line().unwrap().ready(), Some(LineEnding::CrLf));
    assert_eq!(lines(&mut decoder), ["good"]);
}

#[test]
fn dor_9_no_line_and_no_piece_allocates() {
    for encoding in [Encoding::UTF_8, Encoding::LATIN_1, Encoding::UTF_16LE] {
        let text = "a line of text, and é\r\nshort\n".repeat(2000);
        let bytes = Chunk::from(encoding.encode(&text).unwrap().into_owned());
        let mut decoder = TextDecoder::new(encoding);
        let mut count = 0;
        for round in 0..20 {
            decoder.push(bytes.clone()).unwrap();
            let allocated = allocations(|| {
                while let Progress::Ready(line) = decoder.next_line().unwrap() {
                    count += usize::from(line.byte_range().end > 0);
                }
            });
            assert!(
                allocated <= 2 || round < 3,
                "{encoding}: {allocated} in round {round}"
            );
        }
        assert_eq!(count, 20 * 4000);
    }
}

/// Bytes that come one by one are not searched, copied or decoded again for each of them.
#[test]
fn dor_9_a_line_costs_what_it_is_long_however_it_comes() {
    for encoding in [Encoding::UTF_8, Encoding::LATIN_1, Encoding::UTF_16LE] {
        let line = encoding.encode("é").unwrap().repeat(60_000);
        let mut decoder = TextDecoder::new(encoding);
        for byte in &line {
            decoder.append(&[*byte]).unwrap();
            assert!(decoder.next_line().unwrap().is_pending());
        }
        decoder.finish();
        let line = decoder.next_line().unwrap().ready().unwrap();
        assert_eq!(line.chars().count(), 60_000);
    }
}

#[test]
fn dor_9_utf_8_that_was_pushed_is_not_copied() {
    let bytes = Chunk::from("a line of text\n".repeat(1000).into_bytes());
    let mut decoder = TextDecoder::new(Encoding::UTF_8);
    decoder.push(bytes.clone()).unwrap();
    let line = decoder.next_line().unwrap().ready().unwrap();
    assert_eq!(line.as_ptr(), bytes.as_ptr());
    assert_eq!(line.to_chunk().as_ptr(), bytes.as_ptr());
}

#[test]
fn dor_10_options_change_from_the_position_on() {
    let mut decoder = TextDecoder::new(Encoding::LATIN_1);
    // The second line comes in two pieces, and was looked at.
    decoder.append(b"# koi8-r\n\xf0\xf2").unwrap();
    assert_eq!(lines(&mut decoder), ["# koi8-r"]);
    decoder.append(b"\xe9\xf7").unwrap();
    assert!(decoder.next_line().unwrap().is_pending());
    decoder
        .reconfigure(decoder.options().encoding(Encoding::KOI8_R))
        .unwrap();
    decoder.append(b"\xe5\xf4\r\xff\n").unwrap();
    decoder
        .reconfigure(decoder.options().newline(Newline::Lf))
        .unwrap();
    assert_eq!(lines(&mut decoder), ["ПРИВЕТ\rЪ"]);
    let refused = decoder.reconfigure(
        TextOptions::new()
            .encoding(Encoding::UTF_7)
            .errors(ErrorPolicy::Escape),
    );
    assert!(matches!(refused, Err(Error::InvalidArgument { .. })));
    assert_eq!(decoder.options().get_encoding(), Encoding::KOI8_R);
}

#[test]
fn dor_10_a_policy_that_cannot_be_kept_is_refused() {
    let options = TextOptions::new()
        .encoding(Encoding::UTF_7)
        .errors(ErrorPolicy::Escape);
    let mut decoder = TextDecoder::with_options(options);
    decoder.append(b"abc\n").unwrap();
    let error = decoder.next_line().unwrap_err();
    assert!(matches!(error, Error::InvalidArgument { .. }));
    assert!(matches!(
        Encoding::UTF_7.encode_with("a", ErrorPolicy::Escape, Newline::Lf),
        Err(Error::InvalidArgument { .. })
    ));
}
