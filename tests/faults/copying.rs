//! What moves bytes from one stream to another, and the streams without a buffer of their own:
//! `copy`, `Pipe::fill_from`, `Adapter`.

use std::io::{Read, Write};

use iolite::copy::{CopyError, CopyOptions, copy_with};
use iolite::{Adapter, BufferedReader, BufferedWriter, Chunk, Error, Pipe};

use crate::device::{Faulty, Plan};
use crate::fault::Fault;
use crate::ledger::{Outcome, Row, guarded};
use crate::reading::{CONTENT, Step, Taken, read_all};
use crate::writing::{Put, Stop, Writing, data, whole};

/// Makes one copy, beginning with what the last one could not write.
type Copies<R, W> = fn(&mut R, &mut W, Chunk) -> Result<u64, CopyError>;

/// Copies again and again, until there is nothing more or no hope. What is left at the source is
/// added.
fn run<R, W>(
    plan: &Plan,
    (mut from, mut to): (R, W),
    copies: Copies<R, W>,
    end: impl FnOnce(R, W, Vec<u8>) -> Vec<u8>,
) -> Outcome {
    let mut writing = Writing::new(plan, CONTENT);
    let (mut ends, mut calls, mut unwritten) = (0, 0, Chunk::new());
    while ends < 3 {
        calls += 1;
        if calls > 4 * CONTENT.len() + 100 {
            writing.outcome.is_hung = true;
            break;
        }
        let prefix = std::mem::take(&mut unwritten);
        match guarded(&mut writing.outcome, || copies(&mut from, &mut to, prefix)) {
            Some(Ok(0)) => ends += 1,
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                unwritten = error.unwritten;
                if writing.is_hopeless(&error.source) {
                    break;
                }
            }
            None => break,
        }
    }
    writing.outcome.got = end(from, to, unwritten.to_vec());
    writing.outcome
}

/// A panic takes along what was on its way.
const NO_PANICS: &[Fault] = &[Fault::Panics, Fault::PanicsLate];

fn copy_rows() -> Vec<Row> {
    let raw = |call, from: fn(&[u8], &Plan) -> Faulty| {
        let mut row = Row::new("`copy`", call, move |plan, _| {
            let (from, to) = (from(CONTENT, plan), Faulty::pipe(b"", plan));
            let (source, target) = (from.probe(), to.probe());
            let copies: Copies<Faulty, Faulty> =
                |from, to, prefix| copy_with(from, to, CopyOptions::new().prefix(prefix));
            run(plan, (from, to), copies, |_, _, unwritten| {
                [&target.file().content, &unwritten, source.file().rest()].concat()
            })
        });
        row.capacities = &[0];
        row.without(NO_PANICS)
    };
    type Reader = BufferedReader<Faulty>;
    type Writer = BufferedWriter<Faulty>;
    let buffered = |call, copies: Copies<Reader, Writer>| {
        Row::new("`copy`", call, move |plan, capacity| {
            let (from, to) = (Faulty::pipe(CONTENT, plan), Faulty::pipe(b"", plan));
            let (source, target) = (from.probe(), to.probe());
            let from = BufferedReader::with_capacity(capacity, from);
            let to = BufferedWriter::with_capacity(capacity, to);
            run(plan, (from, to), copies, |from, to, unwritten| {
                let pending = to.into_parts().1;
                let ahead = from.into_parts().1;
                let source = source.file();
                let target = target.file().content;
                [&target, &pending[..], &unwritten, &ahead, source.rest()].concat()
            })
        })
        .without(NO_PANICS)
    };
    vec![
        raw("from a file to a pipe", Faulty::file),
        raw("from a pipe to a pipe", Faulty::pipe),
        buffered("from a reader to a writer", |from, to, prefix| {
            copy_with(from, to, CopyOptions::new().prefix(prefix))
        }),
        buffered("at most 7 bytes a call", |from, to, prefix| {
            copy_with(from, to, CopyOptions::new().prefix(prefix).limit(7))
        }),
    ]
}

/// Fills a pipe, and takes what came.
fn pipe_rows() -> Vec<Row> {
    let mut row = Row::new("`Pipe`", "`fill_from`", |plan, _| {
        let mut outcome = Outcome::new(CONTENT);
        let mut taken = Taken::default();
        let device = Faulty::pipe(CONTENT, plan);
        let source = device.probe();
        let mut both = (Pipe::new(), device);
        let step: Step<(Pipe, Faulty)> = |(pipe, device), taken| {
            let n = pipe.fill_from(device)?;
            let mut read = vec![0; pipe.len()];
            pipe.read_exact(&mut read)?;
            taken.push(&read);
            Ok(n > 0)
        };
        let gave_up = read_all(&mut both, plan, &mut outcome, &mut taken, step, |_| None);
        outcome.got = taken.bytes;
        if gave_up {
            outcome.got.extend(source.file().rest());
        }
        outcome
    });
    row.capacities = &[0];
    vec![row]
}

type Raw = Adapter<Faulty>;

fn adapter_rows() -> Vec<Row> {
    let reads = |call, step: Step<Raw>| {
        let mut row = Row::new("`Adapter`", call, move |plan, seeks| {
            let mut outcome = Outcome::new(CONTENT);
            let mut taken = Taken::default();
            let device = Faulty::file(CONTENT, plan);
            let source = device.probe();
            let mut stream = Adapter::reader(device);
            if seeks == 1 {
                stream = stream.with_seek();
            }
            let gave_up = read_all(&mut stream, plan, &mut outcome, &mut taken, step, |_| None);
            outcome.got = taken.bytes;
            if gave_up {
                outcome.got.extend(stream.unread());
                outcome.got.extend(source.file().rest());
            }
            outcome
        });
        // Without seeking, and with it.
        row.capacities = &[0, 1];
        row
    };
    let writes = |call, put: Put<Raw>| {
        let mut row = Row::new("`Adapter`", call, move |plan, _| {
            let data = data();
            let device = Faulty::pipe(b"", plan);
            let target = device.probe();
            let mut stream = Adapter::writer(device);
            let mut writing = Writing::new(plan, &data);
            let stopped = writing.put(&mut stream, &data, put);
            writing.outcome.expected.truncate(writing.accepted);
            writing.outcome.got = target.file().content;
            if let Err(Stop::Panicked(given)) = stopped {
                writing.outcome.expected = data;
                writing.expect_between(given);
            }
            writing.outcome
        });
        row.capacities = &[0];
        row
    };
    vec![
        reads("`read`", |stream, taken| {
            let mut buf = [0; 5];
            let n = stream.read(&mut buf)?;
            taken.push(&buf[..n]);
            Ok(n > 0)
        })
        .without(&[Fault::Interrupted]),
        reads("`read_exact`", |stream, taken| {
            let mut buf = [0; 9];
            let n = (CONTENT.len() - taken.at).min(buf.len());
            stream.read_exact(&mut buf[..n])?;
            taken.push(&buf[..n]);
            Ok(n > 0)
        }),
        reads("`read_to_end`", |stream, taken| {
            Ok(stream.read_to_end(&mut taken.bytes)? > 0)
        }),
        reads("`read_to_string`", |stream, taken| {
            Ok(stream.read_to_string(&mut taken.text)? > 0)
        }),
        writes("`write_all`", |stream, bytes| {
            whole(stream.write_all(bytes).map_err(Error::from), bytes.len())
        }),
        writes("`write!`", |stream, bytes| {
            let text = str::from_utf8(bytes).expect("ASCII");
            let (one, two) = text.split_at(text.len() / 2);
            whole(
                write!(stream, "{one}{two}").map_err(Error::from),
                bytes.len(),
            )
        }),
    ]
}

pub(crate) fn rows() -> Vec<Row> {
    [copy_rows(), pipe_rows(), adapter_rows()]
        .into_iter()
        .flatten()
        .collect()
}
