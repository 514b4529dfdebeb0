//! Reading text: each call of a text stream, over each buffered stream, in several encodings.

use iolite::{
    BufferedReader, Encoding, Error, Line, Newline, TextIo, TextIoExt, TextIoWrapper, TextOptions,
};

use crate::device::{Faulty, Plan};
use crate::fault::Fault;
use crate::ledger::{Outcome, Row, guarded};
use crate::reading::{Source, Step, Taken, read_all};

/// Characters of one to three bytes, an empty line, ends of each kind; it does not end with one.
pub(crate) const TEXT: &str = "ab\n\u{436}d\r\n\n\u{65e5}\u{672c}\u{8a9e}x\ryz\n\u{6700}\u{5f8c}";

type Text<B> = TextIoWrapper<B>;

/// How a group of rows reads.
#[derive(Clone, Copy)]
pub(crate) struct Reads {
    pub(crate) encoding: Encoding,
    pub(crate) newline: Newline,
}

impl Reads {
    /// Whether the bytes of the text are the stream's.
    fn is_verbatim(self) -> bool {
        self.encoding == Encoding::UTF_8 && self.newline == Newline::Keep
    }
}

/// What is read of the whole, and of every other line.
fn expected(newline: Newline, is_all: bool) -> String {
    let mut text = TEXT.to_owned();
    let ends: &[&str] = match newline {
        Newline::Universal => {
            text = text.replace("\r\n", "\n").replace('\r', "\n");
            &["\n"]
        }
        _ => &["\r\n", "\n", "\r"],
    };
    if is_all {
        return text;
    }
    let (mut odd, mut rest, mut is_odd) = (String::new(), &*text, true);
    while !rest.is_empty() {
        let found = ends
            .iter()
            .filter_map(|end| Some(rest.find(end)? + end.len()));
        // A `\r\n` is found as such, and by its `\r`.
        let starts = ends.iter().filter_map(|end| rest.find(end)).min();
        let len = found.filter(|len| starts.is_some_and(|start| *len <= start + 2));
        let len = match (starts, len.max()) {
            (Some(start), Some(_)) if rest[start..].starts_with("\r\n") => start + 2,
            (Some(start), _) => start + 1,
            (None, _) => rest.len(),
        };
        if is_odd {
            odd.push_str(&rest[..len]);
        }
        rest = &rest[len..];
        is_odd = !is_odd;
    }
    odd
}

/// After a step of several calls the stream may stand elsewhere, and is not asked (`is_told`).
fn run<B: Source>(
    (plan, capacity): (&Plan, usize),
    reads: Reads,
    (step, is_told): (Step<Text<B>>, bool),
    expected: &str,
) -> Outcome {
    let mut outcome = Outcome::new(expected.as_bytes());
    let mut taken = Taken {
        takes_malformed: reads.is_verbatim(),
        ..Taken::default()
    };
    let content = reads
        .encoding
        .encode(TEXT)
        .expect("it has these characters");
    let options = TextOptions::new().encoding(reads.encoding);
    let options = options.newlines(reads.newline, Newline::Lf);
    let buffer = B::open(&content, plan, capacity);
    let opened = guarded(&mut outcome, || Text::with_options(buffer, options));
    let Some(mut stream) = opened else {
        // It asks where the buffer stands; nothing was read.
        return Outcome::default();
    };
    let is_whole = is_told && expected == TEXT && reads.is_verbatim();
    let tell = match is_whole {
        true => |stream: &mut Text<B>| Some(stream.byte_offset()),
        false => |_: &mut Text<B>| None,
    };
    let gave_up = read_all(&mut stream, plan, &mut outcome, &mut taken, step, tell);
    outcome.got = taken.bytes;
    if gave_up && is_whole {
        let (buffer, pending) = stream.into_parts();
        let ahead = pending.read.len() + pending.undecoded.len();
        let at = outcome.got.len() + ahead;
        outcome.got.extend(pending.read.bytes());
        outcome.got.extend(pending.undecoded);
        outcome.got.extend(buffer.rest(at));
    } else if gave_up {
        outcome.expected.truncate(outcome.got.len());
    }
    outcome
}

/// An end in the middle of a character makes it malformed (TXT-6), in the middle of a `\r\n` two line
/// ends (TXT-7), and one in the middle of a line that is passed over ends that. Only where the
/// bytes are seen as they are can these be counted.
const ENDS: &[Fault] = &[Fault::Stuck, Fault::Reset];

fn append(line: Line<'_>, taken: &mut Taken) {
    taken.text.push_str(&line);
    taken.text.push_str(line.terminator());
}

/// The calls that every text stream has.
pub(crate) fn rows<B: Source>(name: &str, reads: Reads) -> Vec<Row> {
    let leaves_out: &[Fault] = if reads.is_verbatim() { &[] } else { ENDS };
    let row = |call, step: Step<Text<B>>| {
        Row::new(name, call, move |plan, capacity| {
            let expected = expected(reads.newline, true);
            run((plan, capacity), reads, (step, true), &expected)
        })
        .without(leaves_out)
        .with_few_sizes()
    };
    let skips = |call, step: Step<Text<B>>| {
        Row::new(name, call, move |plan, capacity| {
            let expected = expected(reads.newline, false);
            run((plan, capacity), reads, (step, true), &expected)
        })
        .without(ENDS)
        .with_few_sizes()
    };
    vec![
        row("`next_line`", |text, taken| {
            let line = text.next_line()?;
            Ok(line.map(|line| append(line, taken)).is_some())
        }),
        row("`read_line`", |text, taken| {
            Ok(text.read_line(&mut taken.text)? > 0)
        }),
        row("`for_each_line`", |text, taken| {
            let before = taken.text.len();
            text.for_each_line(|line| {
                append(line, taken);
                Ok::<(), Error>(())
            })?;
            Ok(taken.text.len() > before)
        }),
        row("`next_line_part`", |text, taken| {
            let part = text.next_line_part(3)?;
            Ok(part.map(|part| append(part, taken)).is_some())
        }),
        row("`read_line_part`", |text, taken| {
            Ok(text.read_line_part(2, &mut taken.text)? > 0)
        }),
        row("`next_batch`", |text, taken| {
            let batch = text.next_batch()?;
            let lines = batch.iter().flatten();
            lines.for_each(|line| append(line, taken));
            Ok(batch.is_some())
        }),
        row("`next_char`", |text, taken| {
            let ch = text.next_char()?;
            taken.text.extend(ch);
            Ok(ch.is_some())
        }),
        row("`read_chars`", |text, taken| {
            Ok(text.read_chars(5, &mut taken.text)? > 0)
        }),
        row("`fill_str`, `consume`", |text, taken| {
            let piece = text.fill_str()?;
            let few = piece.chars().take(3).map(char::len_utf8).sum();
            taken.text.push_str(&piece[..few]);
            text.consume(few);
            Ok(few > 0)
        }),
        row("`read_to_string`", |text, taken| {
            Ok(text.read_to_string(&mut taken.text)? > 0)
        }),
        skips("`skip_line`", |text, taken| {
            // Every other line is passed over: which one is next its end tells.
            let read = str::from_utf8(&taken.bytes).expect("text");
            let is_skipped = read.ends_with(['\n', '\r']) && taken.at == taken.bytes.len();
            if is_skipped {
                text.skip_line()?;
                // Noted by one byte more than was read.
                taken.at += 1;
                return Ok(true);
            }
            let n = text.read_line(&mut taken.text)?;
            taken.at = 0;
            Ok(n > 0)
        }),
    ]
}

/// What only text has that can seek.
pub(crate) fn seeking_rows<B: Source>(name: &str, reads: Reads) -> Vec<Row> {
    let row = |call, step: Step<Text<B>>| {
        Row::new(name, call, move |plan, capacity| {
            let expected = expected(reads.newline, true);
            run((plan, capacity), reads, (step, false), &expected)
        })
        .without(ENDS)
        .with_few_sizes()
    };
    vec![row("`tell`, `seek`", |text, taken| {
        // Looks ahead and comes back, as often as it takes.
        let place = match taken.place {
            Some(place) => place,
            None => {
                let place = text.tell()?;
                taken.place = Some(place);
                text.read_chars(2, &mut String::new())?;
                place
            }
        };
        text.seek(place)?;
        taken.place = None;
        Ok(text.read_chars(1, &mut taken.text)? > 0)
    })]
}

/// Text over a file that is read, for encodings other than those that stand in all rows.
pub(crate) fn encoded_rows(encoding: Encoding) -> Vec<Row> {
    let reads = Reads {
        encoding,
        newline: Newline::Universal,
    };
    let name = format!("`TextIoWrapper` that reads {encoding}, `Universal`");
    let mut rows = rows::<BufferedReader<Faulty>>(&name, reads);
    rows.extend(seeking_rows::<BufferedReader<Faulty>>(&name, reads));
    rows
}

/// UTF-8 with its line ends as they are.
pub(crate) fn verbatim_rows<B: Source>(seeks: bool) -> Vec<Row> {
    let reads = Reads {
        encoding: Encoding::UTF_8,
        newline: Newline::Keep,
    };
    let name = format!(
        "`TextIoWrapper` over {}, utf-8, `Keep`",
        B::NAME.trim_end_matches(" of a file")
    );
    let mut all = rows::<B>(&name, reads);
    if seeks {
        all.extend(seeking_rows::<B>(&name, reads));
    }
    all
}
