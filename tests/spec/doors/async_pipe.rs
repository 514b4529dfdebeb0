//! `AsyncPipe`, by both doors; and tokio's own calls over a `Pipe`.

use std::io::ErrorKind;

use iolite::chunk::{PipeOptions, Terminator};
use iolite::{Error, Separator};
use proptest::prelude::*;

use crate::polled::{Patience, Scripted, Step, attempt, finish, patience, steps};

macro_rules! door {
    ($module:ident, $door:ident) => {
        mod $module {
            use iolite::$door::AsyncPipe;

            use super::*;

            proptest! {
                #[test]
                fn dor_24_records_are_found_whatever_is_pending(
                    records in proptest::collection::vec("[a-z]{0,20}", 0..12),
                    steps in steps(),
                    polls in patience(),
                ) {
                    let content: String = records.iter().map(|it| it.clone() + "\r\n").collect();
                    let mut pipe = AsyncPipe::new(Scripted::new(content.as_bytes(), &steps));
                    let mut patience = Patience::new(&polls);
                    let (crlf, mut found) = (Separator::crlf(), Vec::new());
                    loop {
                        let next = pipe.next_record(&crlf, Terminator::Strip, 99);
                        match attempt(next, patience.next()) {
                            None => {}
                            Some(Ok(Some(span))) => {
                                found.push(String::from_utf8(span.take().to_vec()).unwrap());
                            }
                            Some(Ok(None)) => break,
                            Some(Err(error)) => assert_eq!(error.kind(), ErrorKind::TimedOut),
                        }
                    }
                    prop_assert_eq!(found, records);
                }
            }

            #[test]
            fn dor_24_bytes_by_number_and_what_there_is() {
                let steps = [Step::Pending, Step::Some(3), Step::Pending, Step::Some(4)];
                let mut pipe = AsyncPipe::new(Scripted::new(b"abcdefghij", &steps));
                assert!(attempt(pipe.exactly(5), 1).is_none());
                assert!(attempt(pipe.exactly(5), 1).is_none());
                let span = finish(pipe.exactly(5)).unwrap().unwrap();
                assert_eq!(span.take_chunk(), "abcde");
                // A span that is dropped has taken nothing.
                let _ = finish(pipe.at_most(9)).unwrap();
                assert_eq!(finish(pipe.at_most(9)).unwrap().unwrap().take(), b"fg");
                let error = finish(pipe.exactly(9)).unwrap_err();
                assert!(matches!(
                    error,
                    Error::PartialRead {
                        available: 3,
                        expected: 9
                    }
                ));
                assert_eq!(finish(pipe.at_most(9)).unwrap().unwrap().take(), b"hij");
                assert!(finish(pipe.exactly(9)).unwrap().is_none());
                assert!(matches!(finish(pipe.fill()), Err(Error::Closed)));
            }

            #[test]
            fn dor_24_a_full_pipe_is_an_error_and_not_a_wait() {
                let limited = PipeOptions::new().limit(4).build().unwrap();
                let mut pipe = AsyncPipe::with_pipe(Scripted::new(b"abcdefgh", &[]), limited);
                assert_eq!(finish(pipe.fill()).unwrap(), 4);
                let error = finish(pipe.fill()).unwrap_err();
                assert!(error.is_would_block());
                let record = finish(pipe.next_record(&Separator::lf(), Terminator::Keep, 99));
                assert!(matches!(record, Err(Error::TooLarge { limit: 4, .. })));
                assert_eq!(
                    pipe.pipe_mut()
                        .at_most(9)
                        .unwrap()
                        .ready()
                        .unwrap()
                        .consume(),
                    4
                );
                assert_eq!((finish(pipe.fill()).unwrap(), pipe.pipe().len()), (4, 4));
                let (device, pipe) = pipe.into_parts();
                assert_eq!((device.given, pipe.position()), (8, 4));
            }

            #[test]
            fn dor_24_the_end_is_filled_once() {
                let mut pipe = AsyncPipe::new(Scripted::new(b"x", &[]));
                assert_eq!(finish(pipe.fill()).unwrap(), 1);
                assert_eq!(finish(pipe.fill()).unwrap(), 0);
                assert!(pipe.pipe().is_closed());
            }
        }
    };
}

door!(by_tokio, tokio);
door!(by_futures, futures);

#[test]
fn dor_23_a_stream_that_lies_about_what_it_read_is_found_out() {
    let mut device = Scripted::new(b"abc", &[]);
    device.lies = Some(1 << 30);
    let mut pipe = iolite::futures::AsyncPipe::new(device);
    let error = finish(pipe.fill()).unwrap_err();
    assert!(matches!(error, Error::BadCount { .. }), "{error:?}");
    pipe.get_mut().lies = None;
    assert_eq!(finish(pipe.at_most(9)).unwrap().unwrap().take(), b"abc");
}

/// `select!` drops the future that reads, at any await; the pipe is what tokio reads into.
#[cfg(feature = "bytes")]
#[test]
fn dor_17_tokio_reads_into_a_pipe_and_may_be_cancelled() {
    use iolite::Pipe;
    use iolite::chunk::Progress;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(async {
        let (mut near, mut far) = tokio::io::duplex(16);
        let sender = tokio::spawn(async move {
            for piece in "one\ntwo\nthree\n".repeat(50).as_bytes().chunks(5) {
                far.write_all(piece).await.unwrap();
                tokio::time::sleep(Duration::from_millis(7)).await;
            }
        });
        let (mut pipe, lf, mut lines, mut ticks) = (Pipe::new(), Separator::lf(), 0, 0);
        let mut clock = tokio::time::interval(Duration::from_millis(3));
        loop {
            match pipe.next_record(&lf, Terminator::Strip, 99).unwrap() {
                Progress::Ready(line) => {
                    assert_eq!(line.take(), ["one", "two", "three"][lines % 3].as_bytes());
                    lines += 1;
                }
                Progress::End => break,
                Progress::Pending => tokio::select! {
                    read = near.read_buf(&mut pipe) => {
                        if read.unwrap() == 0 {
                            pipe.close(None);
                        }
                    }
                    _ = clock.tick() => ticks += 1,
                },
            }
        }
        sender.await.unwrap();
        assert!(lines == 150 && ticks > 100, "{lines} lines, {ticks} ticks");
    });
}

/// The same of text, by a time-out around each call.
#[test]
fn dor_19_lines_under_time_outs_of_tokio() {
    use std::time::Duration;
    use tokio::io::AsyncWriteExt;

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(async {
        let (near, mut far) = tokio::io::duplex(16);
        let sender = tokio::spawn(async move {
            for piece in "één\r\ntwee\r\n".repeat(30).as_bytes().chunks(3) {
                far.write_all(piece).await.unwrap();
                tokio::time::sleep(Duration::from_millis(7)).await;
            }
        });
        let mut text = iolite::tokio::AsyncText::new(near);
        let (mut lines, mut late) = (0, 0);
        loop {
            let line = tokio::time::timeout(Duration::from_millis(5), text.next_line());
            match line.await {
                Err(_) => late += 1,
                Ok(Ok(Some(line))) => {
                    assert_eq!(line.as_str(), ["één", "twee"][lines % 2]);
                    lines += 1;
                }
                Ok(Ok(None)) => break,
                Ok(Err(error)) => panic!("{error}"),
            }
        }
        sender.await.unwrap();
        assert!(lines == 60 && late > 50, "{lines} lines, {late} late");
    });
}
