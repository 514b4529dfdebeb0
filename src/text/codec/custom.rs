//! [`Codec`]: an encoding that the user writes; it decodes in [`DecodeStep`]s.
//!
//! [`CustomFamily`] makes it a [`Family`] like all others and checks what it returns: whatever that is,
//! no stream panics, hangs or loses its position.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;

use super::family::{
    DecodeContext, DecodeOutput, DecodeStop, Decoded, DecodedPart, EncodeStop, Encoded, Family,
    Measure, Properties, start_of,
};
use crate::error::{Error, Operation};

/// An encoding of your own, for [`Encoding::custom`](crate::Encoding::custom) (Python:
/// `codecs.register`). Streams treat it as any other: lines, newlines, places before every
/// character, error policies, writing where reading stopped.
///
/// Both directions append to memory of the caller's, which grows as it is needed, where the
/// encodings of this crate are given a slice of room: a `String` keeps its promise without `unsafe`,
/// and a codec need not stop and go on where the room ends.
///
/// A codec is pure: it sees no stream and keeps nothing. What bytes mean depends on a `state` of
/// your choice, a number, and on nothing else before them. It is 0 at the start of a stream, and
/// the same for both directions: what a decoder knows after bytes, however they came about. So a
/// position can be taken before every character and found again, and text is written where reading
/// stopped, even after a shift.
///
/// # Contract
///
/// - The text, and what is malformed, is the same however the bytes are cut into calls: what one
///   call reads and what the next one reads after it is what one call would read of both. What
///   is not read is shown again, with more after it.
/// - The same call returns the same result. `tell` decodes bytes again.
/// - Both directions have the same characters everywhere; what is missing does not depend on the
///   state.
///
/// A codec that breaks it gives wrong text or places, and no panic and no hang. Counts that cannot
/// be are [`Error::BadCount`](crate::Error::BadCount), and bytes that are never read, of which
/// 64 KiB are shown at once, [`Error::NoProgress`](crate::Error::NoProgress).
///
/// [`ErrorPolicy::Escape`](crate::ErrorPolicy::Escape) cannot be kept with a codec of your own, which may
/// spell one text in many ways: it is an [`InvalidArgument`](crate::Error::InvalidArgument).
///
/// # Examples
///
/// The six-bit characters of old DEC machines (here one in each byte), with a lock for capital
/// letters, which are all that they had:
///
/// ```
/// use iolite::{BufferedRandom, BytesIo, Encoding, TextIo, TextIoWrapper, TextOptions};
/// use iolite::text::{Codec, DecodeStep, TextPosition};
///
/// #[derive(Debug)]
/// struct Sixbit;
///
/// const LOCK: u8 = 0x3e;
/// const NEWLINE: u8 = 0x3f;
///
/// impl Codec for Sixbit {
///     fn name(&self) -> &str {
///         "sixbit"
///     }
///
///     // The state is 1 after a lock, and 0 again after the next.
///     fn decode(&self, state: &mut u64, bytes: &[u8], _: bool, text: &mut String) -> DecodeStep {
///         for (at, &byte) in bytes.iter().enumerate() {
///             match byte {
///                 LOCK => *state ^= 1,
///                 NEWLINE => text.push('\n'),
///                 0..LOCK if *state == 0 => text.push((byte + 0x20).to_ascii_lowercase().into()),
///                 0..LOCK => text.push((byte + 0x20).into()),
///                 _ if at > 0 => return DecodeStep::Read(at),
///                 _ => return DecodeStep::Malformed { len: 1, reason: "more than six bits" },
///             }
///         }
///         DecodeStep::Read(bytes.len())
///     }
///
///     fn encode(&self, state: &mut u64, text: &str, bytes: &mut Vec<u8>) -> usize {
///         for (at, ch) in text.char_indices() {
///             if ch.is_ascii_alphabetic() && ch.is_ascii_uppercase() != (*state == 1) {
///                 bytes.push(LOCK);
///                 *state ^= 1;
///             }
///             match ch.to_ascii_uppercase() {
///                 '\n' => bytes.push(NEWLINE),
///                 capital @ ' '..=']' => bytes.push(capital as u8 - 0x20),
///                 _ => return at,
///             }
///         }
///         text.len()
///     }
/// }
///
/// let options = TextOptions::new().encoding(Encoding::custom(&Sixbit));
/// let mut stream = TextIoWrapper::with_options(BufferedRandom::new(BytesIo::new())?, options);
/// stream.write_str("PDP-10\nTops-20\n")?;
/// assert!(stream.write_str("é").is_err());
/// stream.seek(TextPosition::START)?;
/// stream.next_line()?;
/// let second = stream.tell()?;
/// assert_eq!(stream.next_line()?.as_deref(), Some("Tops-20"));
/// stream.seek(second)?;
/// stream.write_str("Tenex")?;
/// assert_eq!(stream.next_line()?.as_deref(), Some("20"));
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "codecs")]
#[doc(alias = "CodecInfo")]
#[doc(alias = "IncrementalDecoder")]
#[doc(alias = "IncrementalEncoder")]
pub trait Codec: fmt::Debug + Send + Sync {
    /// The encoding's name, for `Display` and in errors. Two codecs are equal if they are one
    /// object and have one name. It is not found by `FromStr`.
    fn name(&self) -> &str;

    /// Decodes some of `bytes`, from their start, and appends the text. `bytes` are never empty;
    /// `last`: nothing follows them. As much as possible should be read at once.
    #[doc(alias = "getstate")]
    #[doc(alias = "setstate")]
    fn decode(&self, state: &mut u64, bytes: &[u8], last: bool, text: &mut String) -> DecodeStep;

    /// Appends the bytes of `text`, up to the first character that the encoding does not have, and
    /// returns where that is in `text`, in bytes; the length of `text` if there is none. `state` is
    /// a decoder's where the bytes go, and becomes the one after them.
    ///
    /// Is asked twice about each text: nothing of it is written if a character is missing. With
    /// state 0 and an empty text it is asked for what a stream begins with (a byte-order mark).
    /// What follows may never come: nothing can be kept back for it. What follows does come in
    /// further calls, in the state that the last one left: a shift that is open need not be ended
    /// and begun again.
    fn encode(&self, state: &mut u64, text: &str, bytes: &mut Vec<u8>) -> usize;

    /// The state that is assumed where text is written after bytes that nobody has read: at the
    /// end of a file, say. It is 0 unless a stream begins with something that is not repeated; then
    /// no bytes but those of the start may be left in state 0.
    fn state_inside(&self) -> u64 {
        0
    }
}

/// What a [`Codec`](super::Codec) made of the bytes it was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeStep {
    /// So many bytes at the start, 1 at least, were read, and their text was appended. There may
    /// be none: a shift or a byte-order mark is not text. The state is the one after them.
    Read(usize),
    /// The bytes are the start of something: show them again with more after. Nothing was read;
    /// state and text stay as they were, whatever was made of them. Where nothing follows, the
    /// bytes are malformed.
    Unfinished,
    /// The first bytes are no text, and the error policy says what becomes of them. What comes
    /// before them was read by an earlier call. The state is the one after them; text stays as it
    /// was.
    Malformed {
        /// How many bytes, 1 at least.
        len: usize,
        /// What is wrong with them, in a few words.
        reason: &'static str,
    },
}

/// A custom codec. Two are the same if they are one object and have one name.
#[derive(Clone, Copy, Debug)]
pub(super) struct CustomFamily(pub(super) &'static dyn Codec);

// As for error handlers: a codec is shared by reference between threads.
impl UnwindSafe for CustomFamily {}
impl RefUnwindSafe for CustomFamily {}

impl PartialEq for CustomFamily {
    /// The name tells those apart that have no size and may share an address.
    fn eq(&self, other: &CustomFamily) -> bool {
        ptr::addr_eq(self.0, other.0) && self.0.name() == other.0.name()
    }
}

impl Eq for CustomFamily {}

impl Hash for CustomFamily {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name().hash(state);
    }
}

/// How many bytes a codec is shown at first. All that one call reads is decoded again when a
/// position inside it is looked for, so this bounds what `tell` costs.
const RUN: usize = 4 * 1024;

/// How many bytes a codec may leave unread, waiting for more. Without a limit a codec that never
/// reads would have the whole stream kept in memory.
const LONGEST: usize = 64 * 1024;

impl Family for CustomFamily {
    fn properties(&self) -> Properties {
        Properties {
            has_mark: true,
            has_shifts: true,
            ..Properties::default()
        }
    }

    fn decode(&self, context: &mut DecodeContext, bytes: &[u8], out: DecodeOutput<'_>) -> Decoded {
        let before = out.text.len();
        let mut len = bytes.len().min(RUN);
        let stop = loop {
            let shown = &bytes[..len];
            let is_all = len == bytes.len();
            let (mut state, last) = (context.state, context.last && is_all);
            match self.0.decode(&mut state, shown, last, out.text) {
                DecodeStep::Unfinished if !is_all && len < LONGEST => {
                    out.text.truncate(before);
                    len = bytes.len().min(2 * len);
                }
                DecodeStep::Unfinished => break unfinished(shown, is_all, last),
                DecodeStep::Read(n) | DecodeStep::Malformed { len: n, .. } if n == 0 || n > len => {
                    break DecodeStop::Broken {
                        claimed: n,
                        limit: len,
                    };
                }
                DecodeStep::Malformed { len, reason } => {
                    context.state = state;
                    break DecodeStop::Malformed { len, reason };
                }
                DecodeStep::Read(n) => {
                    (context.state, context.measure, context.shown) =
                        (state, Measure::Whole, Some(len));
                    return Ok(DecodedPart::new(n, 0));
                }
            }
        };
        out.text.truncate(before);
        Err(stop)
    }

    fn known_state(&self, number: u64) -> u64 {
        number
    }

    /// A codec appends to memory of its own, and of that what fits is taken. What does not fit as
    /// a whole is tried by halves.
    fn encode(&self, state: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        let (mut bytes, mut some) = (Vec::new(), text);
        loop {
            bytes.clear();
            let mut after = *state;
            let read = self.0.encode(&mut after, some, &mut bytes);
            let Some(rest) = some.get(read..) else {
                return Encoded::new(0, 0, EncodeStop::Broken(read));
            };
            if let Some(place) = room.get_mut(..bytes.len()) {
                place.copy_from_slice(&bytes);
                *state = after;
                let stop = match rest.chars().next() {
                    Some(ch) => EncodeStop::Missing(ch),
                    None if read < text.len() => EncodeStop::Full,
                    None => EncodeStop::Done,
                };
                return Encoded::new(read, bytes.len(), stop);
            }
            some = start_of(some, some.len() / 2);
            if some.is_empty() {
                return Encoded::new(0, 0, EncodeStop::Full);
            }
        }
    }

    fn mark(&self, state: &mut u64, bytes: &mut Vec<u8>) -> Result<(), Error> {
        match self.0.encode(state, "", bytes) {
            0 => Ok(()),
            claimed => Err(Error::BadCount {
                operation: Operation::Encode,
                claimed,
                limit: 0,
            }),
        }
    }

    /// A decoder's state 0 says that nobody knows, unless it is the start of a stream.
    fn place(&self, state: &mut u64, at_start: bool, read: u64) {
        *state = match (at_start, read) {
            (true, _) => 0,
            (false, 0) => self.0.state_inside(),
            (false, read) => read,
        };
    }

    fn decoder_state(&self, state: u64) -> u64 {
        state
    }

    fn state_inside(&self) -> Option<u64> {
        Some(self.0.state_inside())
    }
}

/// Everything that could be shown was, and is the start of something.
fn unfinished(shown: &[u8], is_all: bool, last: bool) -> DecodeStop {
    match (is_all, last) {
        (true, true) => DecodeStop::Malformed {
            len: shown.len(),
            reason: "unexpected end of data",
        },
        (true, false) => DecodeStop::Unfinished,
        (false, _) => DecodeStop::Broken {
            claimed: 0,
            limit: shown.len(),
        },
    }
}
