//! `AsyncText`, by both doors.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex};
use std::thread;

use iolite::text::{LineEnding, PendingText, TextPosition};
use iolite::{Encoding, Error, ErrorPolicy, Newline, TextOptions};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::input::{
    Event, Input, encodings, failed, inputs, of_stream, policy, text_of_stream, texts,
};
use crate::polled::{Patience, Scripted, Step, attempt, finish, patience, steps};
use crate::text_naive::NEWLINES;

/// The byte offset of a position.
fn offset(place: TextPosition) -> u64 {
    let place = place.to_string();
    place.split('/').next().unwrap().parse().unwrap()
}

/// Whether a call is to be repeated.
fn passes(error: &Error) -> bool {
    error.kind() == ErrorKind::TimedOut
}

/// The tests of a door.
macro_rules! door {
    ($module:ident, $door:ident) => {
        mod $module {
            use iolite::$door::AsyncText;

            use super::*;

            /// Lines, some of which are given up and asked for again.
            fn lines(input: &Input, steps: &[Step], polls: &[usize]) -> Vec<(Event, u64)> {
                let device = Scripted::new(&input.bytes, steps);
                let mut text = AsyncText::with_options(device, input.options);
                let mut patience = Patience::new(polls);
                let (mut events, mut is_too_long) = (Vec::new(), false);
                loop {
                    let polls = patience.next();
                    let event = if is_too_long {
                        let ending = attempt(text.skip_line(), polls);
                        ending.map(|ending| ending.map(|ending| Some(Event::Skipped(ending))))
                    } else {
                        let line = attempt(text.next_line(), polls);
                        line.map(|line| {
                            Ok(line?.map(|line| Event::Line {
                                text: line.as_str().to_owned(),
                                ending: line.ending(),
                                terminator: line.terminator(),
                            }))
                        })
                    };
                    let event = match event {
                        None => continue,
                        Some(Err(error)) if passes(&error) => continue,
                        Some(Err(error)) => failed(error),
                        Some(Ok(Some(event))) => event,
                        Some(Ok(None)) => return events,
                    };
                    is_too_long = match event {
                        Event::TooLong => true,
                        Event::Bad { .. } => is_too_long,
                        _ => false,
                    };
                    events.push((event, text.byte_offset()));
                }
            }

            proptest! {
                #[test]
                fn dor_19_lines_are_those_of_a_stream(
                    input in inputs(),
                    steps in steps(),
                    polls in patience(),
                ) {
                    let whole = of_stream(&input).into_iter();
                    let whole: Vec<_> = whole.map(|(event, at)| (event, offset(at))).collect();
                    prop_assert_eq!(lines(&input, &steps, &polls), whole);
                }

                #[test]
                fn dor_19_text_and_batches_are_those_of_a_stream(
                    input in inputs(),
                    steps in steps(),
                    polls in patience(),
                    way in 0..3_usize,
                ) {
                    let options = input.options.line_limit(None);
                    let input = Input { options, ..input };
                    let device = Scripted::new(&input.bytes, &steps);
                    let mut text = AsyncText::with_options(device, options);
                    let mut patience = Patience::new(&polls);
                    let (mut texts, mut errors) = (vec![String::new()], Vec::new());
                    loop {
                        let got = texts.last_mut().unwrap();
                        let polls = patience.next();
                        let is_end = match way {
                            0 => attempt(text.read_to_string(got), polls).map(|n| n.map(|_| true)),
                            1 => attempt(text.next_batch(), polls).map(|batch| {
                                let batch = batch?;
                                for line in batch.iter().flat_map(|batch| batch.iter()) {
                                    got.push_str(&line);
                                    got.push_str(line.terminator());
                                }
                                Ok(batch.is_none())
                            }),
                            _ => {
                                let piece = attempt(text.fill_str(), polls);
                                let piece = piece.map(|piece| piece.map(str::to_owned));
                                piece.map(|piece| {
                                    let piece = piece?;
                                    got.push_str(&piece);
                                    text.consume(piece.len());
                                    Ok(piece.is_empty())
                                })
                            }
                        };
                        match is_end {
                            None | Some(Ok(false)) => {}
                            Some(Ok(true)) => break,
                            Some(Err(error)) if passes(&error) => {}
                            Some(Err(error)) => {
                                errors.push(failed(error));
                                texts.push(String::new());
                            }
                        }
                    }
                    prop_assert_eq!((texts, errors), text_of_stream(&input));
                }

                /// A text whose future was dropped has not been written, and is written again.
                #[test]
                fn dor_20_what_is_written_is_the_whole(
                    encoding in encodings(),
                    errors in any::<Index>(),
                    newline in select(&NEWLINES[..]),
                    pieces in vec(texts(), 0..6),
                    is_buffered in any::<bool>(),
                    steps in steps(),
                    polls in patience(),
                ) {
                    let errors = policy(encoding, errors);
                    let options = TextOptions::new().encoding(encoding).errors(errors);
                    let options = options.newline(newline).line_buffering(is_buffered);
                    let mut text = AsyncText::with_options(Scripted::new(b"", &steps), options);
                    let mut patience = Patience::new(&polls);
                    let mut kept = String::new();
                    for piece in &pieces {
                        loop {
                            match attempt(text.write_str(piece), patience.next()) {
                                None => continue,
                                Some(Ok(())) => kept.push_str(piece),
                                Some(Err(Error::WriteFailed { written, .. })) => {
                                    assert_eq!(written, piece.len());
                                    kept.push_str(piece);
                                }
                                // A flush that follows an empty text fails without a count.
                                Some(Err(error)) if passes(&error) && !piece.is_empty() => continue,
                                Some(Err(_)) => {}
                            }
                            break;
                        }
                        let _ = attempt(text.flush(), patience.next());
                    }
                    loop {
                        match attempt(text.flush(), patience.next()) {
                            Some(Ok(())) => break,
                            Some(Err(error)) => assert!(passes(&error), "{error}"),
                            None => {}
                        }
                    }
                    text.get_mut().steps.clear();
                    while attempt(text.close(), patience.next()).is_none() {}
                    prop_assert!(text.get_ref().is_closed);
                    let whole = encoding.encode_with(&kept, errors, newline).unwrap();
                    let taken = &*text.get_ref().taken;
                    if encoding == Encoding::UTF_7 {
                        // A flush ends a run of base64.
                        prop_assert_eq!(encoding.decode(taken).unwrap(), encoding.decode(&whole).unwrap());
                    } else if !pieces.is_empty() {
                        prop_assert_eq!(taken, &*whole);
                    }
                }
            }

            fn text_of(steps: &[Step]) -> AsyncText<Scripted> {
                let options = TextOptions::new().newline(Newline::Lf);
                AsyncText::with_options(Scripted::new(b"", steps), options)
            }

            #[test]
            fn dor_21_a_write_waits_only_while_much_is_pending() {
                let mut text = text_of(&[Step::Pending, Step::Pending, Step::Some(1000)]);
                let block = "x".repeat(1 << 16);
                finish(text.write_str("small")).unwrap();
                assert_eq!((text.pending(), text.get_ref().taken.len()), (5, 0));
                assert!(attempt(text.write_str(&block), 1).unwrap().is_ok());
                assert_eq!(text.pending(), 5 + block.len());
                // Now it waits, and writes nothing of its own as long as it does.
                assert!(attempt(text.write_str("late"), 2).is_none());
                assert_eq!(text.pending(), 5 + block.len());
                finish(text.write_str("late")).unwrap();
                assert_eq!(
                    (text.pending(), text.get_ref().taken.len()),
                    (4, 5 + block.len())
                );
                finish(text.flush()).unwrap();
                assert_eq!((text.pending(), text.get_ref().flushes), (0, 1));
            }

            /// What the stream took of it is room enough.
            #[test]
            fn dor_21_a_write_does_not_wait_for_all_that_is_pending() {
                let mut text = text_of(&[Step::Some(10), Step::Pending]);
                let block = "x".repeat(1 << 16);
                finish(text.write_str(&block)).unwrap();
                attempt(text.write_str("late"), 1).unwrap().unwrap();
                assert_eq!(text.pending(), block.len() - 10 + 4);
                assert_eq!(text.get_ref().taken.len(), 10);
            }

            #[test]
            fn dor_21_a_line_is_tried_at_once_and_not_waited_for() {
                let options = TextOptions::new().newline(Newline::Lf).line_buffering(true);
                let device = Scripted::new(b"", &[Step::Some(9), Step::Some(1), Step::Pending]);
                let mut text = AsyncText::with_options(device, options);
                attempt(text.write_str("now\n"), 1).unwrap().unwrap();
                assert_eq!(text.get_ref().taken, b"now\n");
                attempt(text.write_str("later\n"), 1).unwrap().unwrap();
                assert_eq!((&*text.get_ref().taken, text.pending()), (&b"now\n"[..], 6));
                finish(text.flush()).unwrap();
                assert_eq!(text.get_ref().taken, b"now\nlater\n");
            }

            #[test]
            fn dor_21_a_line_that_fails_was_taken() {
                let options = TextOptions::new().newline(Newline::Lf).write_through(true);
                let device = Scripted::new(b"", &[Step::TimedOut]);
                let mut text = AsyncText::with_options(device, options);
                let error = finish(text.write_str("é")).unwrap_err();
                assert!(
                    matches!(error, Error::WriteFailed { written: 2, .. }),
                    "{error:?}"
                );
                finish(text.flush()).unwrap();
                assert_eq!(text.get_ref().taken, "é".as_bytes());
            }

            #[test]
            fn dor_22_a_close_goes_on_and_closes_whatever_happens() {
                for steps in [
                    &[
                        Step::Pending,
                        Step::Some(2),
                        Step::Pending,
                        Step::Some(9),
                        Step::Pending,
                    ][..],
                    &[Step::Pending, Step::Some(2), Step::TimedOut, Step::Pending],
                ] {
                    let mut text = text_of(steps);
                    finish(text.write_str("abcdef")).unwrap();
                    let mut outcome = None;
                    for _ in 0..9 {
                        outcome = outcome.or_else(|| attempt(text.close(), 1));
                    }
                    let fails = steps.iter().any(|step| matches!(step, Step::TimedOut));
                    assert_eq!(outcome.expect("it ended").is_err(), fails);
                    assert!(text.get_ref().is_closed);
                    finish(text.close()).unwrap();
                    let closed = |outcome: iolite::Result<()>| {
                        assert!(matches!(outcome, Err(Error::Closed)), "{outcome:?}");
                    };
                    closed(finish(text.write_str("x")));
                    closed(finish(text.flush()));
                    closed(finish(text.next_line()).map(drop));
                    let (device, pending) = text.into_parts();
                    let all = [device.taken, pending.unwritten].concat();
                    assert_eq!(all, b"abcdef");
                }
            }

            /// However much is pending: that of a closed stream is not written any more.
            #[test]
            fn dor_22_a_closed_stream_refuses_text_while_much_is_pending() {
                let mut text = text_of(&[Step::TimedOut]);
                finish(text.write_str(&"x".repeat(1 << 16))).unwrap();
                finish(text.close()).unwrap_err();
                for late in ["late", ""] {
                    let error = finish(text.write_str(late)).unwrap_err();
                    assert!(matches!(error, Error::Closed), "{error:?}");
                }
                assert_eq!((text.pending(), text.get_ref().taken.len()), (1 << 16, 0));
            }

            #[test]
            fn dor_22_nothing_is_lost_in_parts() {
                let options = TextOptions::new().encoding(Encoding::UTF_16);
                let bytes = Encoding::UTF_16.encode("one\ntwo").unwrap().into_owned();
                let device = Scripted::new(&bytes, &[Step::Some(13)]);
                let mut text = AsyncText::with_options(device, options);
                assert_eq!(finish(text.next_line()).unwrap().unwrap(), "one");
                finish(text.write_str("x")).unwrap();
                let (_, pending) = text.into_parts();
                let PendingText {
                    read,
                    undecoded,
                    unwritten,
                    ..
                } = pending;
                assert_eq!(
                    (&*read, &*undecoded, &*unwritten),
                    ("t", &b"w"[..], &b"\xff\xfex\0"[..])
                );
            }

            #[test]
            fn dor_23_an_error_of_the_stream_ends_nothing() {
                let steps = [
                    Step::Some(2),
                    Step::TimedOut,
                    Step::Interrupted,
                    Step::Some(1),
                ];
                let mut text = AsyncText::new(Scripted::new(b"caf\xc3\xa9\nx", &steps));
                let error = finish(text.next_line()).unwrap_err();
                assert!(passes(&error), "{error:?}");
                assert_eq!(finish(text.next_line()).unwrap().unwrap(), "café");
                assert_eq!(
                    finish(text.next_line()).unwrap().unwrap().ending(),
                    LineEnding::None
                );
                assert!(finish(text.next_line()).unwrap().is_none());
                assert!(finish(text.next_line()).unwrap().is_none());
            }

            #[test]
            fn dor_23_an_interrupted_call_is_repeated() {
                // Before each write, flush and close.
                let again = [Step::Interrupted, Step::Interrupted, Step::Some(9)];
                let mut text = text_of(&again.repeat(4));
                finish(text.write_str("abc")).unwrap();
                finish(text.flush()).unwrap();
                finish(text.close()).unwrap();
                let device = text.get_ref();
                assert_eq!((&*device.taken, device.is_closed), (&b"abc"[..], true));
                assert!(device.steps.is_empty());
            }

            #[test]
            fn dor_23_a_stream_that_lies_is_found_out() {
                for claimed in [0, 4] {
                    let mut text = text_of(&[]);
                    text.get_mut().lies = Some(claimed);
                    finish(text.write_str("abc")).unwrap();
                    let error = finish(text.flush()).unwrap_err();
                    match claimed {
                        0 => assert!(matches!(error, Error::NoProgress { .. })),
                        _ => assert!(matches!(
                            error,
                            Error::BadCount {
                                claimed: 4,
                                limit: 3,
                                ..
                            }
                        )),
                    }
                    text.get_mut().lies = None;
                    finish(text.flush()).unwrap();
                    assert_eq!(text.get_ref().taken, b"abc");
                }
            }

            #[test]
            fn dor_22_options_change_from_the_position_on() {
                let device = Scripted::new(b"# koi8-r\n\xf0\xf2\n", &[]);
                let options = TextOptions::new().encoding(Encoding::LATIN_1);
                let mut text = AsyncText::with_options(device, options);
                assert_eq!(finish(text.next_line()).unwrap().unwrap(), "# koi8-r");
                text.reconfigure(text.options().encoding(Encoding::KOI8_R))
                    .unwrap();
                assert_eq!(finish(text.next_line()).unwrap().unwrap(), "ПР");
                assert_eq!(text.newlines().only(), Some(LineEnding::Lf));
                let refused = text
                    .options()
                    .encoding(Encoding::UTF_7)
                    .errors(ErrorPolicy::Escape);
                assert!(text.reconfigure(refused).is_err());
            }

            #[test]
            fn dor_25_the_futures_can_be_sent() {
                fn is_send<T: Send>(_: T) {}
                let mut text = AsyncText::new(Scripted::default());
                is_send(text.next_line());
                is_send(text.write_str("x"));
                is_send(text.close());
                is_send(&text);
            }
        }
    };
}

door!(by_tokio, tokio);
door!(by_futures, futures);

/// One of the crate's few globals, so once.
#[test]
fn dor_22_drop_tells_of_what_was_not_written() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let (seen, me) = (Arc::clone(&told), thread::current().id());
    iolite::error::set_global_drop_hook(Some(Box::new(move |_: &Error, lost: usize| {
        // Other tests drop streams, too.
        if thread::current().id() == me {
            seen.lock().unwrap().push(lost);
        }
    })));
    let text = || {
        let options = TextOptions::new()
            .encoding(Encoding::UTF_16LE)
            .newline(Newline::Lf);
        let mut text = iolite::tokio::AsyncText::with_options(Scripted::default(), options);
        finish(text.write_str("lost")).unwrap();
        text
    };
    drop(text());
    assert_eq!(*told.lock().unwrap(), [8]);
    let mut flushed = text();
    finish(flushed.flush()).unwrap();
    drop(flushed);
    drop(text().into_parts());
    iolite::error::set_global_drop_hook(None);
    assert_eq!(*told.lock().unwrap(), [8]);
}
