//! What is written, as bytes or as text in any encoding, to devices that take little, fail, would block, time
//! out and lie, is on the device or comes out of the streams: all of it, once, in order.
//!
//! The input is: which of the two, the sizes, how the device behaves, and the calls.
#![no_main]

#[path = "../../tests/support/devices.rs"]
#[allow(dead_code, reason = "not every device is of use here")]
mod devices;
mod input;

use std::io::{self, IoSlice, Write};

use devices::{EIO, Hostile, Probe};
use input::{Input, behaviours, is_passing, text};
use iolite::{
    BufferedIo, BufferedWriter, Chunk, Encoding, Error, ErrorPolicy, IoBase, Newline, Result,
    TextIo, TextIoWrapper, TextOptions,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut input = Input::new(input);
    let device = Hostile::new(b"").with_all(&behaviours(&mut input));
    let probe = device.probe();
    let size = match input.below(4) {
        0 => input.below(200),
        _ => input.below(14),
    };
    let buffer = BufferedWriter::with_capacity(size, device);
    if input.one_in(2) {
        Bytes {
            buffer,
            probe,
            given: Vec::new(),
        }
        .run(&mut input);
    } else {
        Text::new(buffer, probe, &mut input).run(&mut input);
    }
});

/// How much of `len` bytes a call took; its error may only be the device's.
fn taken(outcome: Result<()>, len: usize) -> usize {
    let taken = match outcome {
        Ok(()) => len,
        Err(Error::WouldBlock { written }) => written,
        Err(Error::WriteFailed { written, source }) if is_passing(&source) => written,
        Err(error) if is_passing(&error) => 0,
        Err(error) => panic!("{error:?}"),
    };
    assert!(taken <= len, "{taken} of {len}");
    taken
}

fn may_fail(outcome: Result<()>) {
    if let Err(error) = outcome {
        assert!(is_passing(&error), "{error:?}");
    }
}

/// A writer of bytes, and what it took.
struct Bytes {
    buffer: BufferedWriter<Hostile>,
    probe: Probe,
    given: Vec<u8>,
}

impl Bytes {
    fn run(mut self, input: &mut Input) {
        while !input.is_empty() {
            self.act(input);
            let written = self.probe.content();
            assert!(self.given.starts_with(&written));
            assert_eq!(written.len() + self.buffer.pending(), self.given.len());
        }
        let (_, pending) = self.buffer.into_parts();
        assert_eq!([&self.probe.content()[..], &pending].concat(), self.given);
    }

    fn act(&mut self, input: &mut Input) {
        let n = match input.below(3) {
            0 => input.below(150),
            _ => input.below(14),
        };
        let bytes = text(n, input.byte());
        let taken = match input.below(9) {
            0 => self.one(|buffer| buffer.write(&bytes), bytes.len()),
            1 => {
                let (one, two) = bytes.split_at(input.below(bytes.len() + 1));
                let slices = [one, &[], two].map(IoSlice::new);
                self.one(|buffer| buffer.write_vectored(&slices), bytes.len())
            }
            2 => taken(self.buffer.write_all(&bytes).map_err(Error::from), n),
            3 => {
                let (count, stopped) = self.buffer.write_counted(&bytes);
                let said = match stopped {
                    // All of it may have been taken by a buffer whose device would block.
                    Err(error) => taken(Err(error), n).max(count),
                    Ok(()) => n,
                };
                assert_eq!(said, count);
                count
            }
            4 => match self.buffer.write_chunk(Chunk::copy_from_slice(&bytes)) {
                Ok(()) => n,
                failed => {
                    may_fail(failed);
                    0
                }
            },
            5 => {
                let room = self.buffer.spare_mut();
                let n = n.min(room.len());
                room[..n].copy_from_slice(&bytes[..n]);
                self.buffer.commit(n);
                n
            }
            6 => {
                let text = String::from_utf8_lossy(&bytes);
                let text = format!("{text}-{n}");
                let outcome = write!(
                    self.buffer,
                    "{}-{n}",
                    &text[..text.len() - format!("-{n}").len()]
                );
                let taken = taken(outcome.map_err(Error::from), text.len());
                self.given.extend_from_slice(&text.as_bytes()[..taken]);
                return;
            }
            7 => {
                self.probe.fail_next(EIO);
                0
            }
            _ => {
                may_fail(self.buffer.flush().map_err(Error::from));
                0
            }
        };
        self.given.extend_from_slice(&bytes[..taken]);
    }

    fn one(
        &mut self,
        write: impl FnOnce(&mut BufferedWriter<Hostile>) -> io::Result<usize>,
        len: usize,
    ) -> usize {
        match write(&mut self.buffer).map_err(Error::from) {
            Ok(n) => {
                assert!(n > 0 || len == 0);
                n
            }
            Err(error) => {
                may_fail(Err(error));
                0
            }
        }
    }
}

/// A writer of text, and what it took.
struct Text {
    stream: TextIoWrapper<BufferedWriter<Hostile>>,
    probe: Probe,
    encoding: Encoding,
    newline: Newline,
    given: String,
}

impl Text {
    fn new(buffer: BufferedWriter<Hostile>, probe: Probe, input: &mut Input) -> Text {
        let encodings: Vec<Encoding> = Encoding::all().collect();
        let encoding = encodings[input.below(encodings.len())];
        let newline = [Newline::Universal, Newline::Lf, Newline::Cr, Newline::CrLf][input.below(4)];
        let options = TextOptions::new()
            .encoding(encoding)
            .errors(ErrorPolicy::Strict)
            .newline(newline)
            .line_buffering(input.one_in(3));
        Text {
            stream: TextIoWrapper::with_options(buffer, options),
            probe,
            encoding,
            newline,
            given: String::new(),
        }
    }

    fn run(mut self, input: &mut Input) {
        while !input.is_empty() {
            self.act(input);
        }
        let end = match self.stream.close() {
            Ok(()) => Vec::new(),
            Err(error) => {
                match error {
                    // The text's own end, and the device's.
                    Error::Combined { first, second } => {
                        may_fail(Err(*first));
                        may_fail(Err(*second));
                    }
                    error => may_fail(Err(error)),
                }
                let (buffer, pending) = self.stream.into_parts();
                let (_, queued) = buffer.into_parts();
                [&queued[..], &pending.unwritten].concat()
            }
        };
        let text = match self.newline {
            Newline::Cr => self.given.replace('\n', "\r"),
            Newline::CrLf => self.given.replace('\n', "\r\n"),
            _ => self.given,
        };
        let all = [&self.probe.content()[..], &end].concat();
        let expected = self.encoding.encode(&text).expect("it was taken");
        // A stream in which nothing is written has no mark either.
        if text.is_empty() || all == *expected {
            return;
        }
        // A flush between two shifts ends the first one: other bytes, the same text.
        let [all, expected] = [&all[..], &expected].map(|bytes| self.encoding.decode(bytes));
        let all = all.unwrap_or_else(|error| panic!("{:?}: {error}", self.encoding));
        assert_eq!(
            all,
            expected.expect("it was encoded"),
            "{:?}",
            self.encoding
        );
    }

    fn act(&mut self, input: &mut Input) {
        let bytes = text(input.below(60), input.byte() & 0x7f);
        let text = String::from_utf8_lossy(&bytes);
        match input.below(5) {
            0 => self.probe.fail_next(EIO),
            1 => may_fail(TextIo::flush(&mut self.stream)),
            _ => {
                let outcome = match self.stream.write_str(&text) {
                    // None of it is accepted, and what was before stays.
                    Err(Error::Encode { .. }) => return,
                    outcome => outcome,
                };
                let taken = taken(outcome, text.len());
                self.given.push_str(&text[..taken]);
            }
        }
    }
}
