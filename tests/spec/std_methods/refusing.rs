//! What a stream does not do, and a stream that is closed.

use std::io::{BufRead, IoSlice, IoSliceMut, Read};

use iolite::Error;
use iolite::error::Operation;

use super::case::Case;
use super::rows::Trait;
use super::stream::Stream;

/// What is to be written, as text.
const TEXT: &str = "x";

type Outcome = std::io::Result<()>;
type Call = (&'static str, fn(&mut dyn Stream) -> Outcome);

const READING: &[Call] = &[
    ("read", |s| s.read().read(&mut [0]).map(drop)),
    ("read_vectored", |s| {
        s.read()
            .read_vectored(&mut [IoSliceMut::new(&mut [0])])
            .map(drop)
    }),
    ("read_exact", |s| s.read().read_exact(&mut [0])),
    ("read_to_end", |s| {
        s.read().read_to_end(&mut Vec::new()).map(drop)
    }),
    ("read_to_string", |s| {
        s.read().read_to_string(&mut String::new()).map(drop)
    }),
    ("bytes", |s| {
        s.read()
            .bytes()
            .next()
            .map_or(Ok(()), |item| item.map(drop))
    }),
    ("take", |s| {
        s.read().take(1).read_to_end(&mut Vec::new()).map(drop)
    }),
    ("chain", |s| {
        s.read()
            .chain(&b"x"[..])
            .read_to_end(&mut Vec::new())
            .map(drop)
    }),
];

const READING_NOTHING: &[Call] = &[
    ("read of nothing", |s| s.read().read(&mut []).map(drop)),
    ("read_vectored of nothing", |s| {
        s.read().read_vectored(&mut []).map(drop)
    }),
    ("read_exact of nothing", |s| s.read().read_exact(&mut [])),
];

const LINES: &[Call] = &[
    ("fill_buf", |s| s.lines().fill_buf().map(drop)),
    ("read_until", |s| {
        s.lines().read_until(b'x', &mut Vec::new()).map(drop)
    }),
    ("skip_until", |s| s.lines().skip_until(b'x').map(drop)),
    ("read_line", |s| {
        s.lines().read_line(&mut String::new()).map(drop)
    }),
    ("split", |s| {
        s.lines()
            .split(b'x')
            .next()
            .map_or(Ok(()), |item| item.map(drop))
    }),
    ("lines", |s| {
        s.lines()
            .lines()
            .next()
            .map_or(Ok(()), |item| item.map(drop))
    }),
];

const WRITING: &[Call] = &[
    ("write", |s| s.write().write(b"x").map(drop)),
    ("write_vectored", |s| {
        s.write().write_vectored(&[IoSlice::new(b"x")]).map(drop)
    }),
    ("write_all", |s| s.write().write_all(b"x")),
    ("write_fmt", |s| write!(s.write(), "{TEXT}")),
];

const WRITING_NOTHING: &[Call] = &[
    ("write of nothing", |s| s.write().write(b"").map(drop)),
    ("write_vectored of nothing", |s| {
        s.write().write_vectored(&[]).map(drop)
    }),
    ("write_all of nothing", |s| s.write().write_all(b"")),
    ("write_fmt of nothing", |s| write!(s.write(), "")),
    ("flush", |s| s.write().flush()),
];

const SEEKING: &[Call] = &[
    ("rewind", |s| s.seek().rewind()),
    ("seek_relative", |s| s.seek().seek_relative(1)),
];

const TELLING: &[Call] = &[("stream_position", |s| s.seek().stream_position().map(drop))];

const SEEKING_NOWHERE: &[Call] = &[("seek_relative of nothing", |s| s.seek().seek_relative(0))];

/// Each call of a trait that the stream has in name only is `Unsupported` and says what was asked
/// for; nothing is lost by asking.
pub(super) fn unsupported(case: &mut Case<'_>) {
    for refused in case.row.refuses {
        let calls: &[(&[Call], Operation)] = match refused {
            Trait::Read => &[(READING, Operation::Read)],
            Trait::BufRead => &[(LINES, Operation::Read)],
            Trait::Write => &[(WRITING, Operation::Write)],
            Trait::Seek => &[(SEEKING, Operation::Seek), (TELLING, Operation::Seek)],
        };
        for &(calls, expected) in calls {
            for (name, call) in calls {
                match call(case.stream()).map_err(Error::from) {
                    Err(Error::Unsupported { operation }) => {
                        assert_eq!(one_of_two(operation), expected, "{name}");
                    }
                    other => panic!("{name} says {other:?}"),
                }
            }
        }
    }
    if case.is_read {
        case.and_the_rest(b"");
    }
}

/// Telling is a kind of seeking, to a device that has nothing else.
fn one_of_two(operation: Operation) -> Operation {
    match operation {
        Operation::Tell => Operation::Seek,
        other => other,
    }
}

/// Every call on a closed stream says so, also one that would move nothing.
pub(super) fn closed(case: &mut Case<'_>) {
    case.stream().base().close().expect("nothing is in the way");
    let all = case.row.implements().into_iter().flat_map(|it| match it {
        Trait::Read => [READING, READING_NOTHING].concat(),
        Trait::BufRead => LINES.to_vec(),
        Trait::Write => [WRITING, WRITING_NOTHING].concat(),
        Trait::Seek => [SEEKING, TELLING, SEEKING_NOWHERE].concat(),
    });
    let mut wrong = Vec::new();
    for (name, call) in all {
        let outcome = call(case.stream()).map_err(Error::from);
        if !matches!(outcome, Err(Error::Closed)) {
            wrong.push(format!("{name} says {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "closed: {}", wrong.join("; "));
}
