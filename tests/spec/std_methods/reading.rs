//! The methods of `Read`, one check each. A check that returns has seen that what was handed out
//! and what is left are everything.

use std::io::{self, ErrorKind, IoSliceMut, Read};
use std::str;

use iolite::Error;

use super::case::{Case, first_malformed};
use super::rows::{Exact, Gives, Trait};
use super::stream::Stream;
use crate::support::devices::Behaviour::{ErrorAfter, KindAfter, Lies, TimedOut, WouldBlock};

pub(super) fn read(case: &mut Case<'_>) {
    let mut all = Vec::new();
    for size in [1, 2, 3, 5, 8, 13].into_iter().cycle() {
        let mut buf = vec![0; case.few_or_many(size)];
        match case.persist(|stream| stream.read().read(&mut buf)) {
            0 => break,
            n => all.extend_from_slice(&buf[..n]),
        }
        case.stands_at_bytes(&all);
    }
    case.and_the_rest(&all);
}

/// Slices are filled in order; memory, buffers and queues fill all that they have bytes for.
pub(super) fn read_vectored(case: &mut Case<'_>) {
    let mut all = Vec::new();
    loop {
        let has = match (case.row.gives, case.row.has(Trait::BufRead)) {
            (Gives::Everything, _) => case.cell.content.len() - all.len(),
            (Gives::Buffer, true) => case.persist(|stream| Ok(stream.lines().fill_buf()?.len())),
            _ => 0,
        };
        let (mut one, mut two) = ([0; 1], [0; 3]);
        let mut three = vec![0; case.few_or_many(16)];
        let room = 4 + three.len();
        let n = case.persist(|stream| {
            let slices = [&mut [][..], &mut one, &mut two, &mut [], &mut three[..]];
            stream
                .read()
                .read_vectored(&mut slices.map(IoSliceMut::new))
        });
        assert!(n <= room, "{n} of {room} bytes");
        // What another side has not sent yet is not there.
        if case.row.gives != Gives::Everything || case.cell.is_plain() {
            assert!(n >= has.min(room), "{n} bytes where {has} are at hand");
        }
        if n == 0 {
            break;
        }
        let slices = [&one[..], &two, &three].concat();
        all.extend_from_slice(&slices[..n]);
        case.stands_at_bytes(&all);
    }
    case.and_the_rest(&all);
}

/// More slices than the system takes at once are no error.
pub(super) fn many_slices(case: &mut Case<'_>) {
    let mut bytes = [0; 5000];
    let mut all = Vec::new();
    loop {
        let n = case.persist(|stream| {
            let mut slices: Vec<_> = bytes.chunks_mut(1).map(IoSliceMut::new).collect();
            stream.read().read_vectored(&mut slices)
        });
        if n == 0 {
            break;
        }
        all.extend_from_slice(&bytes[..n]);
    }
    case.and_the_rest(&all);
}

/// Reading nothing takes nothing, and is not the end.
pub(super) fn nothing(case: &mut Case<'_>) {
    let mut all = Vec::new();
    for _ in 0..3 {
        assert_eq!(case.persist(|stream| stream.read().read(&mut [])), 0);
        let slices = |stream: &mut dyn Stream| stream.read().read_vectored(&mut []);
        assert_eq!(case.persist(slices), 0);
        let empty = |stream: &mut dyn Stream| {
            let mut slices = [IoSliceMut::new(&mut []), IoSliceMut::new(&mut [])];
            stream.read().read_vectored(&mut slices)
        };
        assert_eq!(case.persist(empty), 0);
        case.persist(|stream| stream.read().read_exact(&mut []));
        let mut text = String::new();
        let mut take = |text: &mut String| case.reader().take(0).read_to_string(text);
        assert_eq!(take(&mut text).ok(), Some(0));
        case.stands_at_bytes(&all);
        let mut byte = [0];
        let n = case.persist(|stream| stream.read().read(&mut byte));
        all.extend_from_slice(&byte[..n]);
    }
    case.and_the_rest(&all);
}

/// Whatever a call appended before its error it took, and nothing else.
pub(super) fn read_to_end(case: &mut Case<'_>) {
    let mut all = b"kept".to_vec();
    loop {
        let before = all.len();
        match case.reader().read_to_end(&mut all) {
            Ok(n) => {
                assert_eq!(n, all.len() - before, "the count");
                break;
            }
            Err(error) => case.pass(error),
        }
        case.stands_at_bytes(&all[4..]);
    }
    assert_eq!(all[..4], *b"kept");
    case.and_the_rest(&all[4..]);
}

/// The same, and after its first error somebody reads on in another way.
pub(super) fn read_to_end_once(case: &mut Case<'_>) {
    let mut all = b"kept".to_vec();
    if let Err(error) = case.reader().read_to_end(&mut all) {
        case.pass(error);
    }
    assert_eq!(all[..4], *b"kept");
    case.and_the_rest(&all[4..]);
}

pub(super) fn read_to_string(case: &mut Case<'_>) {
    to_string(case, 0, usize::MAX);
}

/// The same, and after its first error somebody reads on in another way.
pub(super) fn read_to_string_once(case: &mut Case<'_>) {
    to_string(case, 0, 1);
}

/// The same, from a place that is not the start, and may be inside a character.
pub(super) fn read_to_string_from(case: &mut Case<'_>) {
    for start in [1, 2, 4, 8] {
        if start < case.cell.content.len() && !case.row.is_text {
            return to_string(case, start, usize::MAX);
        }
    }
    to_string(case, 0, usize::MAX);
}

/// Why some calls are not repeated until they succeed.
const NO_FURTHER: &str = "without a buffer the device is moved back after each error, and one that \
    fails at every second call gets no further; no device that seeks is so";

fn gets_no_further(case: &Case<'_>) -> bool {
    let always = [WouldBlock, TimedOut, Lies];
    let has_buffer = case.cell.capacity > 0;
    !has_buffer
        && case.row.has(Trait::Seek)
        && case.cell.device.iter().any(|it| always.contains(it))
}

/// Reads `start` bytes in another way, and then `calls` times text. The string has the whole
/// characters, the stream has the rest.
fn to_string(case: &mut Case<'_>, start: usize, calls: usize) {
    if calls > 1 && gets_no_further(case) {
        return case.skip(NO_FURTHER);
    }
    let expected = case.expected();
    for _ in 0..start {
        case.persist(|stream| stream.read().read(&mut [0]));
    }
    let text_end = match first_malformed(&expected[start..]) {
        Some((at, _)) => start + at,
        None => expected.len(),
    };
    let mut text = String::from("kept");
    for _ in 0..calls {
        let before = text.len();
        let outcome = case.reader().read_to_string(&mut text);
        let got = start + text.len() - 4;
        assert!(text.starts_with("kept"), "what was there before");
        assert!(
            expected[start..].starts_with(&text.as_bytes()[4..]),
            "wrong text: {text:?}"
        );
        match outcome.map_err(Error::from) {
            Ok(n) => {
                assert_eq!(n, text.len() - before, "the count");
                assert_eq!(text_end, expected.len(), "malformed bytes went unsaid");
                assert_eq!(got, expected.len(), "it ended early");
                break;
            }
            Err(Error::Decode {
                encoding,
                offset,
                bytes,
                ..
            }) if !case.row.is_text => {
                assert_eq!(got, text_end, "the text before what is malformed");
                assert_eq!(encoding, "utf-8");
                let (_, bad) = first_malformed(&expected[text_end..]).expect("it is malformed");
                assert_eq!(bytes, bad, "which bytes are malformed");
                let begun = start + before - 4;
                let from = if case.row.tells_offsets { 0 } else { begun };
                assert_eq!(offset, (text_end - from) as u64, "where they are");
                case.stands_at(text_end);
                still_malformed(case, &text, (text_end - from) as u64);
                break;
            }
            Err(error) => {
                case.pass(io::Error::from(error));
                everything_that_came(case, &expected, got);
            }
        }
        case.stands_at_bytes(&expected[..got]);
    }
    let got = start + text.len() - 4;
    case.and_the_rest(&expected[..got]);
}

/// A device that fails once has given all before: the whole characters of it are in the string.
fn everything_that_came(case: &Case<'_>, expected: &[u8], got: usize) {
    if let [ErrorAfter(at) | KindAfter(at, _)] = case.cell.device[..]
        && !case.row.is_text
        && case.passed == 1
    {
        let came = &expected[..at.min(expected.len())];
        let unfinished = came.len() - got;
        assert!(unfinished < 4, "{unfinished} bytes of a character");
        let whole = str::from_utf8(&came[got..]).is_err_and(|error| error.valid_up_to() == 0);
        assert!(
            whole || unfinished == 0,
            "whole characters that are not in the string"
        );
    }
}

/// Asking again changes nothing, and says the same.
fn still_malformed(case: &mut Case<'_>, text: &str, offset: u64) {
    for _ in 0..3 {
        let mut more = String::new();
        match case.reader().read_to_string(&mut more).map_err(Error::from) {
            Err(Error::Decode { offset: again, .. }) => {
                let expected = if case.row.tells_offsets { offset } else { 0 };
                assert_eq!(again, expected, "the place when asked again");
                assert_eq!(more, "", "after {text:?}");
                return;
            }
            Err(error) => case.pass(error.into()),
            Ok(_) => panic!("the malformed bytes are gone: {more:?} after {text:?}"),
        }
    }
}

/// All of the bytes, or nothing is taken.
pub(super) fn read_exact(case: &mut Case<'_>) {
    if gets_no_further(case) {
        return case.skip(NO_FURTHER);
    }
    let expected = case.expected();
    let mut taken = 0;
    for size in [1, 0, 3, 7, expected.len() + 1] {
        let rest = expected.len() - taken;
        let mut buf = vec![0xEE; size];
        match exactly(case, &mut buf, taken) {
            Ok(()) => {
                assert_eq!(buf, expected[taken..taken + size]);
                taken += size;
            }
            Err(error) => {
                let error = Error::from(error);
                assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{error:?}");
                assert!(rest < size, "{error} with {rest} bytes left for {size}");
                if case.row.exact == Exact::PartialRead {
                    let Error::PartialRead {
                        available,
                        expected,
                    } = error
                    else {
                        panic!("does not say how many bytes there are: {error:?}");
                    };
                    assert_eq!((available, expected), (rest, size));
                }
            }
        }
        case.stands_at_bytes(&expected[..taken]);
    }
    case.and_the_rest(&expected[..taken]);
}

/// Repeats the call as long as an error passes; each time nothing was taken.
fn exactly(case: &mut Case<'_>, buf: &mut [u8], taken: usize) -> io::Result<()> {
    loop {
        let outcome = case.reader().read_exact(buf);
        match outcome {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(error),
            Err(error) => case.pass(error),
            Ok(()) => return Ok(()),
        }
        let expected = case.expected();
        case.stands_at_bytes(&expected[..taken]);
    }
}

pub(super) fn bytes(case: &mut Case<'_>) {
    let mut all = Vec::new();
    while all.len() < 1000 {
        match case.reader().bytes().next() {
            Some(Ok(byte)) => all.push(byte),
            Some(Err(error)) => case.pass(error),
            None => break,
        }
        assert!(all.len() <= case.cell.content.len(), "it does not end");
    }
    case.and_the_rest(&all);
}

/// Before and after another reader.
pub(super) fn chain(case: &mut Case<'_>) {
    let mut all = Vec::new();
    loop {
        let mut chained = case.reader().chain(&b"tail"[..]);
        match chained.read_to_end(&mut all) {
            Ok(_) => break,
            Err(error) => case.pass(error),
        }
    }
    let all = all.strip_suffix(b"tail").expect("the second one's bytes");
    let mut last = Vec::new();
    let mut chained = b"head".chain(case.reader());
    let outcome = chained.read_to_end(&mut last);
    assert_eq!(last, b"head");
    if let Err(error) = outcome {
        case.pass(error);
    }
    case.and_the_rest(all);
}

/// Takes just so many bytes, whatever passes in between, and by each method.
pub(super) fn take(case: &mut Case<'_>) {
    let len = case.expected().len();
    let mut all = Vec::new();
    for most in [1, 0, len / 2, 3, len + 3] {
        let end = len.min(all.len() + most);
        loop {
            let missing = (end - all.len()) as u64;
            let outcome = case.reader().take(missing).read_to_end(&mut all);
            match outcome {
                Ok(_) => break,
                Err(error) => case.pass(error),
            }
        }
        assert_eq!(all.len(), end, "took more or less than {most}");
        case.stands_at_bytes(&all);
    }
    case.and_the_rest(&all);
}

/// What was begun through `by_ref` goes on in the stream.
pub(super) fn by_ref(case: &mut Case<'_>) {
    let mut all = Vec::new();
    let mut buf = [0; 3];
    let mut reader = case.reader();
    let outcome = Read::by_ref(&mut reader).read(&mut buf);
    match outcome {
        Ok(n) => all.extend_from_slice(&buf[..n]),
        Err(error) => case.pass(error),
    }
    let few = case.few_or_many(2) as u64;
    loop {
        let mut reader = case.reader();
        let outcome = Read::by_ref(&mut reader).take(few).read_to_end(&mut all);
        match outcome {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => case.pass(error),
        }
    }
    case.and_the_rest(&all);
}

impl Case<'_> {
    /// The position is behind these bytes. Text that was malformed has no bytes where it is
    /// delivered, but has them in the stream: its position is not asked.
    pub(super) fn stands_at_bytes(&mut self, bytes: &[u8]) {
        if !self.row.is_text {
            self.stands_at(bytes.len());
        }
    }
}
