//! [`Lookahead`]: the calls that need more than the next byte, once for all buffered streams.
//!
//! Peeking, filling a slice, records, lines and text to the end are the same work whether a stream
//! reads in order or goes anywhere: look at the unread bytes in memory, read more after them until
//! there are enough, and only then take them. So a call that fails has taken nothing, and repeating
//! it goes on where it stopped.

use std::io::{self, ErrorKind, IoSliceMut, Read};
use std::ops::Range;

use super::resume::{Delimiter, ResumePoints};
use super::{reserve, reserve_text};
use crate::chunk::Search;
use crate::error::{Error, Result, not_utf8, whole_chars};
use crate::raw::scatter;

/// `read_to_string` reads at least so many bytes at a time, however small the buffer is: each piece
/// is validated by a call of its own.
const PIECE: usize = 8 * 1024;

/// A `read_exact` that fails after so many bytes moves the device back, if it can, instead of
/// keeping them: one that asks for more than a large file has would need its memory twice.
const MOVE_BACK_FROM: usize = 1 << 20;

/// A stream with its unread bytes in one piece of memory, as far as they were read.
///
/// The functions of this module expect that the stream may be read and knows where it stands.
pub(super) trait Lookahead {
    /// The unread bytes that are in memory.
    fn data(&self) -> &[u8];

    /// Takes `n` of them; at most all, as std's `BufReader` does.
    fn consume(&mut self, n: usize);

    /// How many bytes the device is asked for at a time.
    fn capacity(&self) -> usize;

    /// Reads once from the device, to after the unread bytes; 0 is the end. The device is offered
    /// room for `want` bytes at least, if it has to be made, and for `offer` at most.
    fn fill_some(&mut self, want: usize, offer: usize) -> Result<usize>;

    /// Takes what is in memory, or reads the device once. `buf` is not empty.
    fn read(&mut self, buf: &mut [u8]) -> Result<usize>;

    /// The same, but never reads more than `buf` takes.
    fn read_direct(&mut self, buf: &mut [u8]) -> Result<usize>;

    /// Makes `bytes`, which were taken last, unread again. There is nothing unread in memory.
    fn put_back(&mut self, bytes: &[u8]);

    /// Makes the `n` bytes that were taken last unread again without having them: the device will
    /// give them once more. An error, where it cannot be moved back, changes nothing.
    fn move_back(&mut self, n: usize) -> Result<()>;

    /// Numbers the first unread byte: a byte that is read twice has the same number again.
    fn number(&self) -> u64;

    /// The position of the first unread byte for an error; where there are no positions, how many
    /// bytes came before it since reading began.
    fn offset(&mut self) -> Result<u64>;

    /// How many bytes there may be to the end; 0 if nobody knows.
    fn rest_hint(&mut self) -> Result<usize>;

    fn unfinished(&self) -> &Unfinished;

    fn unfinished_mut(&mut self) -> &mut Unfinished;
}

/// What calls that could not complete leave for the next ones.
pub(super) struct Unfinished {
    /// What the last searches found out, if they did not come to their end.
    searches: ResumePoints,
    /// How long a record may be, in bytes without what ends it; `usize::MAX` is no limit.
    limit: usize,
    /// A record that was refused to `read_until` or `read_line` because it is too long, by the
    /// [number](Lookahead::number) of its first byte, and what ends it: the next such call passes
    /// over it, unless the limit was changed or the stream moved in between.
    refused: Option<(u64, u8)>,
    /// The number of the first byte of a long `read_exact` that failed. It is collected in the
    /// buffer from then on: copying it to the caller and back each time would cost a multiple of
    /// its length.
    stalled: Option<u64>,
}

impl Default for Unfinished {
    fn default() -> Unfinished {
        Unfinished {
            searches: ResumePoints::default(),
            limit: usize::MAX,
            refused: None,
            stalled: None,
        }
    }
}

impl Unfinished {
    pub(super) fn limit(&self) -> Option<usize> {
        (self.limit < usize::MAX).then_some(self.limit)
    }

    pub(super) fn set_limit(&mut self, limit: Option<usize>) {
        self.limit = limit.unwrap_or(usize::MAX);
        self.refused = None;
    }

    /// Whether a record of `length` bytes, without what ends it, is short enough.
    #[inline]
    pub(super) fn allows(&self, length: usize) -> bool {
        length <= self.limit
    }

    /// The stream was moved: the next record is another one.
    pub(super) fn moved(&mut self) {
        self.refused = None;
    }

    /// Bytes may have changed: what searches found out is forgotten.
    pub(super) fn forget_searches(&mut self) {
        self.searches = ResumePoints::default();
    }

    /// Whether no search has left anything.
    #[inline]
    pub(super) fn has_no_searches(&self) -> bool {
        self.searches.is_empty()
    }
}

/// Reads once after what is there; 0 is the end. `missing` is how many bytes are known to be
/// wanted.
pub(super) fn fill(stream: &mut impl Lookahead, missing: usize) -> Result<usize> {
    let capacity = stream.capacity();
    // As much as is there already, so that few calls fetch what is far more than a buffer; but not
    // all of it at once: it may be far more than the device has.
    let offer = missing.min(stream.data().len()).max(capacity);
    stream.fill_some(missing.min(capacity), offer)
}

/// Reads until `n` bytes are there or the device ends; returns whether they are.
fn fill_to(stream: &mut impl Lookahead, n: usize) -> Result<bool> {
    while stream.data().len() < n {
        let missing = n - stream.data().len();
        if fill(stream, missing)? == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What is unread; reads once if nothing is in memory.
pub(super) fn fill_if_empty(stream: &mut impl Lookahead) -> Result<&[u8]> {
    if stream.data().is_empty() {
        fill(stream, 0)?;
    }
    Ok(stream.data())
}

/// The next `n` bytes, fewer only at the end.
pub(super) fn peek(stream: &mut impl Lookahead, n: usize) -> Result<&[u8]> {
    fill_to(stream, n)?;
    let data = stream.data();
    Ok(&data[..n.min(data.len())])
}

/// Fills the slices one after the other from what is in memory, after one read of the device if
/// that is nothing.
///
/// The device is never given more than one slice: a count that is too large for the first one, and
/// not for all of them, could not be distinguished from a true one.
pub(super) fn read_vectored(
    stream: &mut impl Lookahead,
    bufs: &mut [IoSliceMut<'_>],
) -> Result<usize> {
    let Some(first) = bufs.iter_mut().find(|buf| !buf.is_empty()) else {
        return Ok(0);
    };
    if stream.data().is_empty() && first.len() >= stream.capacity() {
        return stream.read(first);
    }
    let n = scatter(fill_if_empty(stream)?, bufs);
    stream.consume(n);
    Ok(n)
}

/// Fills `buf`, or takes nothing.
#[inline]
pub(super) fn read_exact(stream: &mut impl Lookahead, buf: &mut [u8]) -> Result<()> {
    match stream.data().get(..buf.len()) {
        Some(bytes) => {
            buf.copy_from_slice(bytes);
            stream.consume(buf.len());
            Ok(())
        }
        None => read_exact_slow(stream, buf),
    }
}

/// The same where not all of it is in memory.
fn read_exact_slow<S: Lookahead>(stream: &mut S, buf: &mut [u8]) -> Result<()> {
    let (expected, available) = (buf.len(), stream.data().len());
    // Straight into the caller's memory, unless that has failed here before.
    let is_long = expected - available >= stream.capacity();
    if is_long && stream.unfinished().stalled != Some(stream.number()) {
        return LongRead::new(stream, buf).fill();
    }
    if !fill_to(stream, expected)? {
        let available = stream.data().len();
        return Err(Error::partial_read(available, expected));
    }
    buf.copy_from_slice(&stream.data()[..expected]);
    stream.consume(expected);
    Ok(())
}

/// Memory of the caller that is being filled. Unless it becomes full, everything in it is unread
/// again when this is dropped: after an error, at the end, and where the device panics.
pub(super) struct LongRead<'a, S: Lookahead> {
    stream: &'a mut S,
    buf: &'a mut [u8],
    done: usize,
}

impl<'a, S: Lookahead> LongRead<'a, S> {
    /// Begins with what is in memory, which is not enough.
    fn new(stream: &'a mut S, buf: &'a mut [u8]) -> LongRead<'a, S> {
        let done = stream.data().len();
        buf[..done].copy_from_slice(stream.data());
        stream.consume(done);
        LongRead { stream, buf, done }
    }

    /// Begins with `done` bytes, which were just taken.
    pub(super) fn with(stream: &'a mut S, buf: &'a mut [u8], done: usize) -> LongRead<'a, S> {
        LongRead { stream, buf, done }
    }

    /// Goes on with the device.
    pub(super) fn fill(mut self) -> Result<()> {
        while self.done < self.buf.len() {
            let outcome = self.stream.read_direct(&mut self.buf[self.done..]);
            match outcome {
                Ok(n) if n > 0 => self.done += n,
                outcome => return Err(self.fail(outcome.err())),
            }
        }
        Ok(())
    }

    /// The error of a read that failed or met the end; what it had got is unread again.
    fn fail(&mut self, error: Option<Error>) -> Error {
        let (available, expected) = (self.done, self.buf.len());
        // The device gives them again: no second copy of a gigabyte in memory.
        if available >= MOVE_BACK_FROM && self.stream.move_back(available).is_ok() {
            self.done = 0;
            self.stall();
        }
        error.unwrap_or(Error::partial_read(available, expected))
    }

    fn stall(&mut self) {
        self.stream.unfinished_mut().stalled = Some(self.stream.number());
    }
}

impl<S: Lookahead> Drop for LongRead<'_, S> {
    fn drop(&mut self) {
        if (1..self.buf.len()).contains(&self.done) {
            self.stream.put_back(&self.buf[..self.done]);
            self.stall();
        }
    }
}

/// Appends everything to the end. What was appended before an error is taken.
pub(super) fn read_to_end(stream: &mut impl Lookahead, buf: &mut Vec<u8>) -> Result<usize> {
    let rest = stream.rest_hint()?;
    reserve(buf, rest);
    Ok(Plain(stream).read_to_end(buf)?)
}

/// A stream with no call of its own but `read`: std's loops over that read straight into the
/// caller's memory, in pieces that grow with what comes.
struct Plain<'a, S>(&'a mut S);

impl<S: Lookahead> Read for Plain<'_, S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        Ok(self.0.read(buf)?)
    }
}

/// Appends everything to the end as text. Whole characters are taken, and nothing else: what is
/// malformed stays, and so does a character whose other bytes are not there.
pub(super) fn read_to_string(stream: &mut impl Lookahead, buf: &mut String) -> Result<usize> {
    let before = buf.len();
    let rest = stream.rest_hint()?;
    reserve_text(buf, rest);
    let piece = stream.capacity().max(PIECE);
    let mut ended = false;
    loop {
        let (text, wrong) = whole_chars(stream.data(), ended);
        let no_memory = |_| Error::Io(ErrorKind::OutOfMemory.into());
        buf.try_reserve(text.len()).map_err(no_memory)?;
        buf.push_str(text);
        let taken = text.len();
        stream.consume(taken);
        if let Some(wrong) = wrong {
            return Err(wrong.at(stream.offset()?));
        }
        if ended {
            return Ok(buf.len() - before);
        }
        // A quarter at least: what is left of the block is used before another one is needed.
        ended = stream.fill_some(piece / 4, piece)? == 0;
    }
}

// Records: bytes up to and with what ends them.
//
// Those of this crate leave everything in place when they fail. std's `read_until` and `read_line`,
// which its iterators `lines` and `split` are made of, get past what is wrong with the data: an
// iterator that is asked again must not meet the same error forever.

/// The search for `delimiter` in the unread bytes, as far as it has come.
#[inline]
pub(super) fn resume(stream: &impl Lookahead, delimiter: &Delimiter) -> Search {
    let here = stream.number();
    let bytes = here..here + stream.data().len() as u64;
    stream.unfinished().searches.resume(delimiter, bytes)
}

/// Goes on with a search in the unread bytes. Returns the match, counted from the first of them, or
/// before where none begins; with `ended` no more bytes follow that could decide otherwise.
fn go_on(
    stream: &mut impl Lookahead,
    delimiter: &Delimiter,
    search: &mut Search,
    ended: bool,
) -> std::result::Result<Range<usize>, usize> {
    let here = stream.number();
    let place = |at: u64| usize::try_from(at - here).expect("it is in memory");
    delimiter.feed(search, &stream.data()[place(search.at)..]);
    if let Some(found) = search.found(ended) {
        return Ok(place(found.start)..place(found.end));
    }
    remember(stream, delimiter, search.clone());
    Err(place(search.earliest()))
}

/// A search has come so far in the unread bytes, and found nothing.
pub(super) fn remember(stream: &mut impl Lookahead, delimiter: &Delimiter, search: Search) {
    let here = stream.number();
    let searches = &mut stream.unfinished_mut().searches;
    searches.remember(delimiter, here, search);
}

fn check_limit(stream: &impl Lookahead, length: usize) -> Result<()> {
    let unfinished = stream.unfinished();
    if unfinished.allows(length) {
        Ok(())
    } else {
        let limit = unfinished.limit;
        Err(Error::LineTooLong { path: None, limit })
    }
}

/// Reads until the record is complete or the device ends. Returns its length with what ends it, or
/// that of everything; takes nothing. Each byte is looked at once, however often this is called
/// within one search.
pub(super) fn find(stream: &mut impl Lookahead, delimiter: &Delimiter) -> Result<usize> {
    let mut search = resume(stream, delimiter);
    let mut ended = false;
    loop {
        let none_before = match go_on(stream, delimiter, &mut search, ended) {
            Ok(found) => {
                check_limit(stream, found.start)?;
                return Ok(found.end);
            }
            Err(none_before) => none_before,
        };
        if ended {
            let all = stream.data().len();
            check_limit(stream, all)?;
            return Ok(all);
        }
        check_limit(stream, none_before)?;
        ended = fill(stream, 0)? == 0;
    }
}

/// Drops what is left of the record, and what ends it; returns how many bytes these were. Needs no
/// more memory than a block; after an error it goes on when it is called again.
pub(super) fn skip_record(stream: &mut impl Lookahead, delimiter: &Delimiter) -> Result<u64> {
    let mut search = resume(stream, delimiter);
    let (mut skipped, mut ended) = (0, false);
    loop {
        let (n, done) = match go_on(stream, delimiter, &mut search, ended) {
            Ok(found) => (found.end, true),
            Err(_) if ended => (stream.data().len(), true),
            Err(none_before) => (none_before, false),
        };
        stream.consume(n);
        skipped += n as u64;
        if done {
            return Ok(skipped);
        }
        ended = fill(stream, 0)? == 0;
    }
}

/// Appends up to and with `byte`, or to the end, or takes nothing. A record that was too long for
/// the last call is passed over.
pub(super) fn read_until(
    stream: &mut impl Lookahead,
    byte: u8,
    buf: &mut Vec<u8>,
) -> Result<usize> {
    let n = find_or_refuse(stream, byte)?;
    buf.extend_from_slice(&stream.data()[..n]);
    stream.consume(n);
    Ok(n)
}

/// Appends a line of UTF-8, or takes nothing. A line that is not UTF-8 is taken, and handed back
/// in the error.
pub(super) fn read_line(stream: &mut impl Lookahead, buf: &mut String) -> Result<usize> {
    let n = find_or_refuse(stream, b'\n')?;
    match simdutf8::compat::from_utf8(&stream.data()[..n]) {
        Ok(line) => buf.push_str(line),
        Err(_) => {
            // Before anything is taken: if the device fails to tell its position, that is the
            // error.
            let offset = stream.offset()?;
            let line = stream.data()[..n].to_vec();
            stream.consume(n);
            return Err(not_utf8(offset, line));
        }
    }
    stream.consume(n);
    Ok(n)
}

/// [`find`] for std's calls: a record that is too long is an error the first time and passed over
/// the second.
fn find_or_refuse(stream: &mut impl Lookahead, byte: u8) -> Result<usize> {
    if stream.unfinished().refused.is_some() {
        pass_over(stream, byte)?;
    }
    let outcome = find(stream, &Delimiter::Byte(byte));
    if let Err(Error::LineTooLong { .. }) = outcome {
        stream.unfinished_mut().refused = Some((stream.number(), byte));
    }
    outcome
}

/// Passes over the record that was refused, if the stream still stands there. After an error the
/// next call goes on with that.
fn pass_over(stream: &mut impl Lookahead, byte: u8) -> Result<()> {
    let here = Some((stream.number(), byte));
    if stream.unfinished_mut().refused.take() != here {
        return Ok(());
    }
    let outcome = skip_record(stream, &Delimiter::Byte(byte));
    if outcome.is_err() {
        stream.unfinished_mut().refused = Some((stream.number(), byte));
    }
    outcome.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffered::read_window::ReadWindow;
    use crate::chunk::Separator;
    use crate::raw::Adapter;

    /// Gives one byte, and then nothing for now, in turns.
    pub(in crate::buffered) struct Trickle(usize);

    impl Read for Trickle {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 % 2 {
                0 => Err(io::ErrorKind::WouldBlock.into()),
                _ => io::repeat(b'.').read(&mut buf[..1]),
            }
        }
    }

    /// How many unread bytes a search for `delimiter` need not look at.
    fn seen(window: &impl Lookahead, delimiter: &Delimiter) -> usize {
        let seen = resume(window, delimiter).at - window.number();
        usize::try_from(seen).expect("a length")
    }

    #[test]
    fn a_repeated_search_goes_on_where_it_stopped() {
        let lines = Delimiter::Byte(b'\n');
        let heads = Delimiter::Any(Separator::new("\r\n\r\n").expect("it is not empty"));
        let mut window = ReadWindow::new(4, Adapter::reader(Trickle(0)));
        for there in 1..50 {
            for delimiter in [&heads, &lines] {
                assert!(find(&mut window, delimiter).is_err());
                let all = window.data().len();
                assert_eq!(seen(&window, delimiter), all, "no byte is left to look at");
            }
            assert_eq!(window.data().len(), 2 * there);
            let seen = seen(&window, &heads);
            assert_eq!(seen, 2 * there - 1, "and so is the other one");
        }
        window.consume(30);
        assert_eq!(seen(&window, &lines), window.data().len());
    }

    /// Marks for one byte are gone when those for another are wanted.
    #[test]
    fn slices_that_are_wanted_in_turn_are_searched_for_once() {
        let mut window = ReadWindow::new(1000, Adapter::reader(Trickle(0)));
        for there in 1..200 {
            for byte in *b"\n,;" {
                assert!(window.slice_until(byte).is_err());
            }
            assert_eq!(window.data().len(), 3 * there);
            for (byte, unseen) in [(b'\n', 2), (b',', 1), (b';', 0)] {
                assert_eq!(seen(&window, &Delimiter::Byte(byte)), 3 * there - unseen);
            }
        }
    }
}
