//! A matrix that sees nothing is worth nothing: streams with mistakes that real ones have had, and
//! what the matrix says of each.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use crate::device::{Faulty, Plan};
use crate::fault::FAULTS;
use crate::ledger::{Cell, Outcome, Row};
use crate::reading::{CONTENT, Step, Taken, read_all};
use crate::writing::{Put, Stop, Writing, counted, data};

/// The cell of a row under the column with this head.
fn cell(row: &Row, head: &str) -> Cell {
    crate::run_quietly();
    let column = FAULTS.iter().find(|(_, other)| *other == head);
    row.cell(column.expect("a column").0, &mut 0, &|_| true)
}

fn reads<S: 'static>(open: fn(Faulty, usize) -> S, step: Step<S>) -> Row {
    Row::new("a broken one", "reads", move |plan: &Plan, capacity| {
        let mut outcome = Outcome::new(CONTENT);
        let mut taken = Taken::default();
        let mut stream = open(Faulty::pipe(CONTENT, plan), capacity);
        read_all(&mut stream, plan, &mut outcome, &mut taken, step, |_| None);
        outcome.got = taken.bytes;
        outcome
    })
}

fn writes<S: Write + 'static>(open: fn(Faulty, usize) -> S, put: Put<S>) -> Row {
    Row::new("a broken one", "writes", move |plan: &Plan, capacity| {
        let data = data();
        let device = Faulty::pipe(b"", plan);
        let probe = device.probe();
        let mut stream = open(device, capacity);
        let mut writing = Writing::new(plan, &data);
        let stopped = data
            .chunks(7)
            .try_for_each(|piece| writing.put(&mut stream, piece, put));
        let stopped = stopped.and_then(|()| writing.repeat(&mut stream, |s| Ok(s.flush()?)));
        if matches!(stopped, Err(Stop::GaveUp)) {
            writing.outcome.expected.truncate(writing.accepted);
        }
        writing.outcome.got = probe.file().content;
        std::mem::forget(stream);
        writing.outcome
    })
}

/// std says of `read_exact` that after an error nobody knows what was read.
#[test]
fn a_read_that_loses_what_came_before_an_error_is_seen() {
    let row = reads(
        |device, capacity| BufReader::with_capacity(capacity, device),
        |stream, taken| {
            let mut buf = [0; 9];
            let n = (CONTENT.len() - taken.at).min(buf.len());
            stream.read_exact(&mut buf[..n])?;
            taken.push(&buf[..n]);
            Ok(n > 0)
        },
    );
    let cell = cell(&row, "error once");
    assert!(cell.lost > 0 && cell.doubled == 0, "{cell}");
}

#[test]
fn a_signal_that_is_not_repeated_is_seen() {
    let row = reads(
        |device, capacity| BufReader::with_capacity(capacity, device),
        |stream, taken| {
            let piece = stream.fill_buf()?;
            let n = piece.len();
            taken.push(&piece[..n]);
            stream.consume(n);
            Ok(n > 0)
        },
    );
    let cell = cell(&row, "EINTR");
    assert!(cell.wrong > 0 && cell.lost == 0, "{cell}");
}

/// The same bytes again after a failure.
#[test]
fn a_write_that_is_begun_again_is_seen() {
    let row = writes(
        |device, _| device,
        |stream, bytes| match stream.write_all(bytes) {
            Ok(()) => (bytes.len(), Ok(())),
            // Nothing was taken, it says.
            Err(error) => (0, Err(error.into())),
        },
    );
    let cell = cell(&row, "would block");
    assert!(cell.doubled > 0 && cell.lost == 0, "{cell}");
}

#[test]
fn a_short_write_that_counts_as_whole_is_seen() {
    let row = writes(
        |device, _| device,
        |stream, bytes| match stream.write(bytes) {
            Ok(_) => (bytes.len(), Ok(())),
            Err(error) => counted(error.into()),
        },
    );
    let cell = cell(&row, "short");
    assert!(cell.lost > 0 && cell.doubled == 0, "{cell}");
}

/// A buffer that writes its later half first.
struct Swapped<W>(W, Vec<u8>);

impl<W: Write> Write for Swapped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let middle = self.1.len() / 2;
        self.1.rotate_left(middle);
        while !self.1.is_empty() {
            let n = self.0.write(&self.1)?;
            self.1.drain(..n);
        }
        Ok(())
    }
}

#[test]
fn bytes_out_of_order_are_seen() {
    let row = writes(
        |device, _| Swapped(device, Vec::new()),
        |stream, bytes| (bytes.len(), stream.write_all(bytes).map_err(Into::into)),
    );
    let cell = cell(&row, "short");
    assert!(
        cell.misplaced > 0 && cell.lost + cell.doubled == 0,
        "{cell}"
    );
}

/// std's own buffer, where the call is `write`.
#[test]
fn what_is_not_broken_is_clean() {
    let row = writes(
        |device, capacity| BufWriter::with_capacity(capacity, device),
        |stream, bytes| match stream.write(bytes) {
            Ok(n) => (n, Ok(())),
            Err(error) => counted(error.into()),
        },
    );
    for head in ["short", "would block", "error once"] {
        let cell = cell(&row, head);
        assert!(cell.first.is_none() && cell.runs > 50, "{head}: {cell}");
    }
}

/// One that asks a device again without end.
#[test]
fn a_call_that_is_repeated_without_end_is_seen() {
    let row = writes(
        |device, _| device,
        |stream, bytes| match stream.write(bytes) {
            Ok(n) => (n, Ok(())),
            Err(_) => (0, Ok(())),
        },
    );
    let cell = cell(&row, "EPIPE");
    assert!(cell.hung > 0, "{cell}");
}
