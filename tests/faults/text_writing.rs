//! Writing text: each call of a text stream, over each buffered stream, in several encodings.

use std::str;

use iolite::{Encoding, Error, IoBase, Newline, TextIo, TextIoWrapper, TextOptions};

use crate::device::{Plan, Probe};
use crate::fault::Fault;
use crate::ledger::{Outcome, Row, guarded};
use crate::writing::{End, Put, Sink, Stop, Writing, lost_at_drop, together, whole};

/// Characters of one to three bytes, and of both sets that ISO 2022 shifts between.
const TEXT: &str =
    "ab\n\u{436}d\n\n\u{65e5}\u{672c}\u{8a9e}x\nyz\u{6700}\u{5f8c}0123456789\u{7d42}\n";

type Text<B> = TextIoWrapper<B>;

/// How a group of rows writes.
#[derive(Clone, Copy)]
pub(crate) struct Writes {
    pub(crate) encoding: Encoding,
    pub(crate) newline: Newline,
}

impl Writes {
    /// What a file has when this was written into it, its end included.
    fn file(self, text: &str) -> Vec<u8> {
        let text = match self.newline {
            Newline::CrLf => text.replace('\n', "\r\n"),
            _ => text.to_owned(),
        };
        self.encoding
            .encode(&text)
            .expect("it has these")
            .into_owned()
    }

    /// The same before its end: a shift may be open.
    fn least(self, text: &str) -> Vec<u8> {
        let whole = self.file(text);
        let more = self.file(&format!("{text}{}", "\u{65e5}"));
        let common = whole
            .iter()
            .zip(&more)
            .take_while(|(one, other)| one == other);
        let common = common.count();
        match self.has_shifts() {
            true => whole[..common].to_vec(),
            false => whole,
        }
    }

    fn has_shifts(self) -> bool {
        [Encoding::ISO_2022_JP, Encoding::UTF_7].contains(&self.encoding)
    }

    fn reads_as(self, bytes: &[u8], text: &str) -> bool {
        let newlines = |text: &str| text.replace("\r\n", "\n");
        let read = self.encoding.decode(bytes);
        read.is_ok_and(|read| newlines(&read) == text)
    }
}

/// The ends of the pieces in which the text is written, in characters.
const CUTS: [usize; 7] = [1, 3, 4, 12, 14, 25, usize::MAX];

fn run<B: Sink>(
    (plan, capacity): (&Plan, usize),
    writes: Writes,
    put: Put<Text<B>>,
    end: End,
) -> Outcome {
    let (buffer, probe) = B::open(b"", plan, capacity);
    let options = TextOptions::new().encoding(writes.encoding);
    let options = options.newlines(Newline::Keep, writes.newline);
    let mut writing = Writing::new(plan, b"");
    let opened = guarded(&mut writing.outcome, || Text::with_options(buffer, options));
    let Some(mut text) = opened else {
        // It asks where the buffer stands; nothing was written.
        return writing.outcome;
    };
    let mut stopped = Ok(());
    let (mut rest, mut before) = (TEXT, 0);
    for cut in CUTS {
        let end = rest.char_indices().nth(cut.saturating_sub(before));
        let (piece, after) = rest.split_at(end.map_or(rest.len(), |(end, _)| end));
        (rest, before) = (after, cut);
        stopped = writing.put(&mut text, piece.as_bytes(), put);
        if stopped.is_err() {
            break;
        }
    }
    if stopped.is_ok() && end == End::Flush {
        stopped = writing.repeat(&mut text, |text| text.flush());
    }
    finish(writing, text, &probe, stopped, (end, writes))
}

/// The device's bytes, with all that is on the way.
fn apart<B: Sink>(text: Text<B>, probe: &Probe) -> Vec<u8> {
    let (buffer, pending) = text.into_parts();
    let mut all = together(probe, buffer.apart());
    all.extend(pending.unwritten);
    all
}

fn finish<B: Sink>(
    mut writing: Writing<'_>,
    mut text: Text<B>,
    probe: &Probe,
    stopped: Result<(), Stop>,
    (end, writes): (End, Writes),
) -> Outcome {
    if writing.accepted > 0 {
        writing.outcome.expected = writes.file(&TEXT[..writing.accepted]);
    }
    match (stopped, end) {
        (Err(Stop::Panicked(given)), _) => {
            let before = probe.file().content;
            let (buffer, pending) = text.into_parts();
            writing.after_panic(probe, &before, buffer.apart());
            // The call may have taken any part of what it was given, of a character too; and what
            // the text stream was handing over may be there twice.
            let most = writes.file(&TEXT[..writing.accepted + given]);
            let least = writes.least(&TEXT[..writing.accepted]);
            let there = writing.outcome.got.clone();
            let candidates = (0..=pending.unwritten.len())
                .map(|twice| [&there, &pending.unwritten[twice..]].concat());
            let is_right = |all: &Vec<u8>| all.starts_with(&least) && most.starts_with(all);
            match candidates.into_iter().find(is_right) {
                Some(all) => {
                    writing.outcome.expected.clone_from(&all);
                    writing.outcome.got = all;
                }
                None => writing.outcome.got.extend(pending.unwritten),
            }
        }
        (Err(Stop::GaveUp), _) | (Ok(()), End::Apart | End::Flush) => {
            writing.outcome.got = apart(text, probe);
            let taken = &TEXT[..writing.accepted];
            // A shift that was closed and opened again is the same text.
            if writes.has_shifts() && writes.reads_as(&writing.outcome.got, taken) {
                writing.outcome.got.clone_from(&writing.outcome.expected);
            }
            // A mark that came before the first text is none.
            if writing.accepted == 0 && writing.outcome.got == writes.file("") {
                writing.outcome.got.clear();
            }
        }
        (Ok(()), End::Close) => {
            let first = guarded(&mut writing.outcome, || text.close());
            if let Some(Err(error)) = &first {
                writing.is_hopeless(error);
            }
            let again = guarded(&mut writing.outcome, || text.close());
            if first.is_some() && !matches!(again, Some(Ok(()))) {
                writing
                    .outcome
                    .is_wrong(|| format!("one more close: {again:?}"));
            }
            writing.outcome.got = apart(text, probe);
        }
        (Ok(()), End::Detach) => {
            let buffer = loop {
                match guarded(&mut writing.outcome, || text.detach()) {
                    Some(Ok(buffer)) => break buffer,
                    Some(Err(failed)) => {
                        let (error, kept) = failed.into_parts();
                        text = kept;
                        if writing.is_hopeless(&error) {
                            writing.outcome.got = apart(text, probe);
                            return writing.outcome;
                        }
                    }
                    None => return writing.outcome,
                }
            };
            writing.outcome.got = together(probe, buffer.apart());
        }
        (Ok(()), End::Drop) => {
            let outcome = &mut writing.outcome;
            let lost = lost_at_drop(|| _ = guarded(outcome, || drop(text)));
            let mut got = probe.file().content;
            if writing.is_told(&got, lost) {
                got.clone_from(&writing.outcome.expected);
            }
            writing.outcome.got = got;
        }
    }
    writing.outcome
}

fn given(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("whole characters were taken")
}

/// The calls that take text, and each way to end.
pub(crate) fn rows<B: Sink>(name: &str, writes: Writes) -> Vec<Row> {
    let row = |call, end, put: Put<Text<B>>| {
        Row::new(name, call, move |plan, capacity| {
            run((plan, capacity), writes, put, end)
        })
        .with_few_sizes()
    };
    let put: Put<Text<B>> = |text, bytes| whole(text.write_str(given(bytes)), bytes.len());
    vec![
        row("`write_str`", End::Flush, put),
        row("`write!`", End::Flush, |text, bytes| {
            let all = given(bytes);
            let middle = all.char_indices().nth(2).map_or(0, |(middle, _)| middle);
            let (one, two) = all.split_at(middle);
            whole(write!(text, "{one}{two}"), bytes.len())
        }),
        row("`tell`", End::Flush, |text, bytes| match text.tell() {
            Err(Error::Unsupported { .. }) | Ok(_) => {
                whole(text.write_str(given(bytes)), bytes.len())
            }
            Err(error) => (0, Err(error)),
        }),
        row("`close`, `into_parts`", End::Close, put).without(&[Fault::Panics, Fault::PanicsLate]),
        row("`detach`", End::Detach, put).without(&[Fault::Panics, Fault::PanicsLate]),
        row("`into_parts`", End::Apart, put),
        row("drop, and its hook", End::Drop, put),
    ]
}

/// The rows of a stream in an encoding.
pub(crate) fn encoded_rows<B: Sink>(encoding: Encoding, newline: Newline) -> Vec<Row> {
    let end = if newline == Newline::CrLf {
        ", `CrLf`"
    } else {
        ""
    };
    let name = format!("`TextIoWrapper` over {}, writes {encoding}{end}", B::NAME);
    rows::<B>(&name, Writes { encoding, newline })
}
