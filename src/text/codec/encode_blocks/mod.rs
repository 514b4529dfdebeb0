//! [`BlockEncoder`]: text to bytes 64 bytes at a time, in the encodings in which a character is
//! written alike wherever it stands.
//!
//! A character at a time takes a branch for each that depends on how long it is, and where that varies
//! it is mispredicted at every other word. So a block becomes masks first: where ASCII stands, and
//! where characters begin. Then there are three ways:
//!
//! * All is ASCII: it is copied or widened, in registers.
//! * Few characters are longer: each is looked up, and 16 bytes after it are copied as if they were
//!   ASCII, however much of them is. The next character is written over the rest.
//! * Many are longer: at every place of the block the UTF-16 code unit of a character that would begin
//!   there is computed, in registers, and then those that do are looked up, one after the other.
//!
//! A character beyond U+FFFF, or one that is not written as most are, ends a block and is encoded by
//! itself. A newline that becomes something else is one more character that is looked up.

mod newlines;

use std::array;

use wide::{CmpGt, i8x16, u16x8};

use self::newlines::{AsTheyAre, BlockNewlines, NewlineCode};
use super::family::{Code, EncodeStop, Encoded, encode_chars};
use crate::scan::{GROUP as BLOCK, SetBits, mask64_where, not_ascii};

/// How much is copied after a character as if it were ASCII: more than most words have.
const STEP: usize = 16;

/// Up to this many characters of a block that are not ASCII are taken one after the other: about as
/// many cost what all code units of a block do.
const FEW: u32 = 12;

/// A block, and what is read after it: the end of a character that begins in it, and what is copied
/// after that.
const WINDOW: usize = BLOCK + STEP;

/// A power of two, and no less than a block becomes: each of its bytes may be a newline that becomes two
/// characters of four bytes. A mask keeps an index inside it.
const MOST: usize = 8 * BLOCK;

/// The room for that, and for what is stored beyond its end.
const ROOM: usize = MOST + 4 * STEP;

/// A character's bytes, the first one the lowest, and how many there are; 0: it is not written so.
pub(super) type ShortCode = (u32, usize);

/// An encoding in which a character of ASCII has `W` bytes, and most others have a [`ShortCode`].
pub(super) trait BlockEncoder<const W: usize> {
    /// The bytes of a character of ASCII.
    fn ascii(&self, byte: u8) -> [u8; W];

    /// How ASCII is written.
    fn ascii_kind(&self) -> AsciiKind<'_> {
        AsciiKind::Plain
    }

    /// The bytes of a character below U+10000, ASCII too: no more than `W` for each byte that it has in
    /// UTF-8.
    fn short(&self, unit: u16) -> ShortCode;

    /// The bytes of a character that has no short code, if it has others: no more than four for each byte
    /// that it has in UTF-8.
    fn long(&self, ch: char) -> Option<Code>;

    /// Encodes as much of `text` as goes into `room`, as [`Family::encode`](super::family::Family::encode),
    /// with `newline` for each `\n`.
    #[inline]
    fn encode_text(&self, text: &str, newline: Option<&str>, room: &mut [u8]) -> Encoded
    where
        Self: Sized,
    {
        let bytes = text.as_bytes();
        let newline = newline.map(|text| NewlineCode::new(self, text));
        let part = match newline {
            None => encode_blocks(self, bytes, AsTheyAre, room),
            Some(newline) => encode_blocks(self, bytes, newline, room),
        };
        match part.end {
            End::Text => part.encoded(EncodeStop::Done),
            End::Missing => {
                let missing = text[part.read..].chars().next();
                part.encoded(missing.map_or(EncodeStop::Done, EncodeStop::Missing))
            }
            // What still fits, one by one.
            End::Room => {
                let (text, room) = (&text[part.read..], &mut room[part.written..]);
                let rest = encode_chars(&mut (), text, room, |(), ch| match newline {
                    Some(newline) if ch == '\n' => Some(newline.code()),
                    _ => encode_char(self, ch),
                });
                let (read, written) = (part.read + rest.read, part.written + rest.written);
                Encoded::new(read, written, rest.stop)
            }
        }
    }
}

/// How an encoding writes ASCII.
#[derive(Clone, Copy)]
pub(super) enum AsciiKind<'a> {
    /// As [`ascii`](BlockEncoder::ascii) says.
    Plain,
    /// The same after each byte was looked up here, as in EBCDIC.
    Recoded(&'a [u8; 256]),
    /// Some of it is missing, or is written in several bytes.
    Partial,
}

impl AsciiKind<'_> {
    fn is_plain(self) -> bool {
        matches!(self, AsciiKind::Plain)
    }

    fn is_partial(self) -> bool {
        matches!(self, AsciiKind::Partial)
    }
}

/// The bytes of a character.
pub(super) fn encode_char<const W: usize>(
    encoder: &impl BlockEncoder<W>,
    ch: char,
) -> Option<Code> {
    let short = u16::try_from(u32::from(ch)).map(|unit| encoder.short(unit));
    match short {
        Ok((bytes, len @ 1..)) => Some(Code::first_of(bytes.to_le_bytes(), len)),
        _ => encoder.long(ch),
    }
}

/// How much was encoded in blocks.
#[derive(Clone, Copy)]
struct EncodedBlocks {
    read: usize,
    written: usize,
    end: End,
}

impl EncodedBlocks {
    fn new(read: usize, written: usize, end: End) -> EncodedBlocks {
        EncodedBlocks { read, written, end }
    }

    fn encoded(self, stop: EncodeStop) -> Encoded {
        Encoded::new(self.read, self.written, stop)
    }

    /// Adds what comes after it.
    #[inline]
    fn add(&mut self, part: EncodedBlocks) {
        self.read += part.read;
        self.written += part.written;
        self.end = part.end;
    }
}

/// How much of a window was encoded.
#[derive(Clone, Copy)]
struct BlockProgress {
    read: usize,
    written: usize,
}

impl BlockProgress {
    #[inline]
    fn new(read: usize, written: usize) -> BlockProgress {
        BlockProgress { read, written }
    }

    #[inline]
    fn blocks(self, end: End) -> EncodedBlocks {
        EncodedBlocks::new(self.read, self.written, end)
    }
}

/// Where blocks end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// With the text.
    Text,
    /// Where there is no room for another one.
    Room,
    /// Before a character that the encoding does not have.
    Missing,
}

/// Encodes as long as whole blocks fit.
#[inline]
fn encode_blocks<const W: usize>(
    encoder: &impl BlockEncoder<W>,
    text: &[u8],
    newlines: impl BlockNewlines,
    room: &mut [u8],
) -> EncodedBlocks {
    let mut all = EncodedBlocks::new(0, 0, End::Text);
    while let Some(window) = text[all.read..].first_chunk::<WINDOW>()
        && let Some(place) = room[all.written..].first_chunk_mut()
    {
        let part = fill(encoder, window, BLOCK, newlines, place);
        all.add(part);
        if all.end != End::Text {
            return all;
        }
        // Where something is not ASCII there are fewer bytes than this. Most ASCII comes in long runs.
        if part.read == BLOCK && part.written >= BLOCK * W && encoder.ascii_kind().is_plain() {
            let (text, room) = (&text[all.read..], &mut room[all.written..]);
            let ascii = newlines.encode_ascii(encoder, text, room);
            all.add(ascii.blocks(End::Text));
        }
    }
    let (text, room) = (&text[all.read..], &mut room[all.written..]);
    all.add(encode_rest(encoder, text, newlines, room));
    all
}

/// Encodes what is less than a window, as many a text is as a whole, and where there may not be room for
/// everything that a block can become. It is a function of its own for that: here nothing is prepared for a
/// long loop.
#[inline(never)]
fn encode_rest<const W: usize>(
    encoder: &impl BlockEncoder<W>,
    text: &[u8],
    newlines: impl BlockNewlines,
    room: &mut [u8],
) -> EncodedBlocks {
    let mut all = EncodedBlocks::new(0, 0, End::Text);
    while all.read < text.len() && all.end == End::Text {
        let rest = &text[all.read..];
        let shown = rest.len().min(WINDOW);
        let mut window = [0; WINDOW];
        window[..shown].copy_from_slice(&rest[..shown]);
        let room = &mut room[all.written..];
        let mut spare = None;
        let place = match room.first_chunk_mut() {
            Some(place) => place,
            None => spare.insert([0; ROOM]),
        };
        let part = fill(encoder, &window, shown.min(BLOCK), newlines, place);
        if let Some(spare) = &spare {
            let Some(room) = room.get_mut(..part.written) else {
                all.end = End::Room;
                return all;
            };
            room.copy_from_slice(&spare[..part.written]);
        }
        all.add(part);
    }
    all
}

/// Encodes the characters that begin in the first `len` bytes of a window, at the start of which one
/// does.
#[inline(always)] // benches/encode.rs
fn fill<const W: usize, N: BlockNewlines>(
    encoder: &impl BlockEncoder<W>,
    window: &[u8; WINDOW],
    len: usize,
    newlines: N,
    place: &mut [u8; ROOM],
) -> EncodedBlocks {
    let block = &window.as_chunks::<BLOCK>().0[0];
    let high = not_ascii(block);
    let ends = N::places(block);
    let kind = encoder.ascii_kind();
    let recoded;
    let ascii = match kind {
        AsciiKind::Recoded(table) => {
            recoded = recode(table, window);
            &recoded
        }
        AsciiKind::Plain | AsciiKind::Partial => window,
    };
    if high | ends == 0 && !kind.is_partial() {
        put_ascii(encoder, &ascii.as_chunks::<BLOCK>().0[0], place);
        return EncodedBlocks::new(len, len * W, End::Text);
    }
    // As signed numbers: bytes of a character after its first one, and the first one of a character
    // beyond U+FFFF.
    let tails = mask64_where(block, |bytes| i8x16::splat(-64).cmp_gt(bytes));
    let beyond = mask64_where(block, |bytes| bytes & bytes.cmp_gt(i8x16::splat(-17)));
    let end = len.min(beyond.trailing_zeros() as usize);
    let starts = !tails & below(end);
    let leads = (high | ends) & starts;
    let done = if end == 0 {
        BlockProgress::new(0, 0)
    } else if kind.is_partial() || leads.count_ones() > FEW {
        encode_many(encoder, window, starts, newlines, place)
    } else {
        encode_few(encoder, window, ascii, leads, end, newlines, place)
    };
    if done.read >= len {
        return done.blocks(End::Text);
    }
    encode_long(encoder, window, len, place, done)
}

/// Encodes the characters before which a block ended, that have no short code, one after the other.
#[inline(never)]
fn encode_long<const W: usize>(
    encoder: &impl BlockEncoder<W>,
    window: &[u8; WINDOW],
    len: usize,
    place: &mut [u8; ROOM],
    mut done: BlockProgress,
) -> EncodedBlocks {
    while done.read < len {
        let bytes = &window[done.read % BLOCK..];
        let text = str::from_utf8(&bytes[..char_len(bytes[0])]).unwrap_or_default();
        let Some(ch) = text.chars().next() else {
            break;
        };
        let unit = u16::try_from(u32::from(ch));
        if unit.is_ok_and(|unit| encoder.short(unit).1 > 0) {
            break;
        }
        let code = encoder.long(ch);
        let Some(end) = code.and_then(|code| code.put(place, done.written % MOST)) else {
            return done.blocks(End::Missing);
        };
        done = BlockProgress::new(done.read + text.len(), end);
    }
    done.blocks(End::Text)
}

/// A window, the block of which is looked up in a table: what is after it is copied in vain.
#[inline(never)]
fn recode(table: &[u8; 256], window: &[u8; WINDOW]) -> [u8; WINDOW] {
    let mut recoded = *window;
    for byte in &mut recoded[..BLOCK] {
        *byte = table[usize::from(*byte)];
    }
    recoded
}

/// The places before one.
fn below(place: usize) -> u64 {
    match place {
        BLOCK => u64::MAX,
        place => (1 << place) - 1,
    }
}

/// Stores characters of ASCII at the start of a room.
#[inline(always)] // benches/encode.rs
fn put_ascii<const W: usize, const N: usize>(
    encoder: &impl BlockEncoder<W>,
    ascii: &[u8; N],
    room: &mut [u8],
) {
    // A register at a time: of a loop over 64 bytes the compiler makes loads of single bytes, too.
    let places = room[..W * N].as_chunks_mut().0.as_chunks_mut().0;
    for (places, step) in places.iter_mut().zip(ascii.as_chunks::<STEP>().0) {
        *places = step.map(|byte| encoder.ascii(byte));
    }
}

/// Encodes the bytes of a window up to `end`, of which those that are not ASCII begin at `leads`,
/// or those before a character that has no short code. `ascii` is the window as ASCII is written.
#[inline(always)] // benches/encode.rs
fn encode_few<const W: usize>(
    encoder: &impl BlockEncoder<W>,
    window: &[u8; WINDOW],
    ascii: &[u8; WINDOW],
    leads: u64,
    end: usize,
    newlines: impl BlockNewlines,
    place: &mut [u8; ROOM],
) -> BlockProgress {
    // A place that stands for the end comes after the others.
    let mut leads = leads | !below(end);
    // What was read, and what was written. After that comes ASCII, up to the next of the places.
    let (mut read, mut written) = (0, 0);
    loop {
        let at = leads.trailing_zeros() as usize;
        let len = at.saturating_sub(read);
        put_step(encoder, ascii, read, place, written);
        if len > STEP {
            for done in (STEP..len).step_by(STEP) {
                put_step(encoder, ascii, read + done, place, written + done * W);
            }
        }
        written += len * W;
        if at == end {
            return BlockProgress::new(read.max(end), written);
        }
        if let Some(done) = newlines.put(window[at % BLOCK], place, BlockProgress::new(at, written))
        {
            (read, written) = (done.read, done.written);
            leads &= leads - 1;
            continue;
        }
        let (unit, len) = unit_at(window, at);
        let (bytes, n) = encoder.short(unit);
        if n == 0 {
            return BlockProgress::new(at, written);
        }
        put_short(bytes, place, written);
        (read, written) = (at + len, written + n);
        leads &= leads - 1;
    }
}

/// Stores a few bytes as if they were ASCII. If they are not of the block, they may be others.
#[inline(always)] // benches/encode.rs
fn put_step<const W: usize>(
    encoder: &impl BlockEncoder<W>,
    window: &[u8; WINDOW],
    from: usize,
    place: &mut [u8; ROOM],
    to: usize,
) {
    if let Some(step) = window[from % BLOCK..].first_chunk::<STEP>() {
        put_ascii(encoder, step, &mut place[to % MOST..]);
    }
}

/// Stores the bytes of a [`ShortCode`], and zeros after them.
#[inline(always)] // benches/encode.rs
fn put_short(bytes: u32, place: &mut [u8; ROOM], to: usize) {
    place[to % MOST..][..4].copy_from_slice(&bytes.to_le_bytes());
}

/// The code unit of a character of two bytes or three, and how many these are.
#[inline(always)] // benches/encode.rs
#[expect(clippy::cast_possible_truncation, reason = "16 bits, or less")]
fn unit_at(window: &[u8; WINDOW], at: usize) -> (u16, usize) {
    let [first, second, third] = [0, 1, 2].map(|n| u32::from(window[at % BLOCK + n]));
    let all = (first & 0x1f) << 12 | (second & 0x3f) << 6 | third & 0x3f;
    if first >= 0xe0 {
        (all as u16, 3)
    } else {
        ((all >> 6) as u16, 2)
    }
}

/// Encodes the characters that begin at `starts`, the first places of a window in which one does, or those
/// before one that has no short code.
#[inline(always)] // benches/encode.rs
fn encode_many<const W: usize>(
    encoder: &impl BlockEncoder<W>,
    window: &[u8; WINDOW],
    starts: u64,
    newlines: impl BlockNewlines,
    place: &mut [u8; ROOM],
) -> BlockProgress {
    let units = code_units(window);
    let mut written = 0;
    for at in SetBits(starts) {
        if let Some(done) = newlines.put(window[at], place, BlockProgress::new(at, written)) {
            written = done.written;
            continue;
        }
        let (bytes, n) = encoder.short(units[at]);
        if n == 0 {
            return BlockProgress::new(at, written);
        }
        put_short(bytes, place, written);
        written += n;
    }
    let last = (BLOCK - 1).saturating_sub(starts.leading_zeros() as usize);
    BlockProgress::new(last + char_len(window[last]), written)
}

/// The length of a character that begins with this byte: as many ones as bytes, or none.
fn char_len(first: u8) -> usize {
    first.leading_ones().max(1) as usize
}

/// For each byte of a block the code unit of the character of three bytes at most that begins with
/// it; for a byte with which none does, any.
#[inline(always)] // benches/encode.rs
fn code_units(window: &[u8; WINDOW]) -> [u16; BLOCK] {
    let mut units = [0; BLOCK];
    for (number, places) in units.as_chunks_mut::<STEP>().0.iter_mut().enumerate() {
        // Three calls: `[0, 1, 2].map(…)` is not inlined here by a build without LTO, which then takes half
        // as long again.
        let at = number * STEP;
        let (first, second) = (step_of(window, at), step_of(window, at + 1));
        let third = step_of(window, at + 2);
        let all = |byte: u8| i8x16::splat(byte.cast_signed());
        // As signed numbers, so ASCII is three bytes here.
        let is_three = first.cmp_gt(all(0xdf));
        let is_ascii = first.cmp_gt(all(0xff));
        // The last two bytes have six bits each of the unit, of which the last eight are `low`.
        let (last_but_one, last) = (is_three.blend(second, first), is_three.blend(third, second));
        let low = shift(last_but_one, |it| it << 6) & all(0xc0) | last & all(0x3f);
        let two = shift(first, |it| it >> 2) & all(0x07);
        let three =
            shift(first, |it| it << 4) & all(0xf0) | shift(second, |it| it >> 2) & all(0x0f);
        let high = is_three.blend(three, two) & !is_ascii;
        let low = is_ascii.blend(first, low);
        let low = low.to_array().map(i8::cast_unsigned);
        let high = high.to_array().map(i8::cast_unsigned);
        *places = array::from_fn(|n| u16::from_le_bytes([low[n], high[n]]));
    }
    units
}

/// The bytes of a window from a place on.
#[inline(always)] // benches/encode.rs
fn step_of(window: &[u8; WINDOW], from: usize) -> i8x16 {
    let bytes = window[from..].first_chunk().map_or([0; STEP], |it| *it);
    i8x16::new(bytes.map(u8::cast_signed))
}

/// Shifts bytes two by two, as there are no registers that shift each. Bits that come over from the
/// other byte are for the caller to clear.
#[inline(always)] // benches/encode.rs
fn shift(bytes: i8x16, by: impl Fn(u16x8) -> u16x8) -> i8x16 {
    let bytes = bytes.to_array().map(i8::cast_unsigned);
    let pairs = u16x8::new(array::from_fn(|n| {
        u16::from_le_bytes([bytes[2 * n], bytes[2 * n + 1]])
    }));
    let pairs = by(pairs).to_array().map(u16::to_le_bytes);
    i8x16::new(array::from_fn(|n| pairs[n / 2][n % 2].cast_signed()))
}
