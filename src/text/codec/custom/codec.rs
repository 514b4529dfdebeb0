//! [`Codec`]: an encoding of the caller's own.

use std::fmt;

use super::Decoded;

/// An encoding of your own, for [`Encoding::custom`](crate::Encoding::custom) (Python:
/// `codecs.register`). Streams treat it as any other: lines, newlines, places before every
/// character, error policies, writing where reading stopped.
///
/// A codec is pure: it sees no stream and keeps nothing. What bytes mean depends on a `state` of
/// your choice, a number, and on nothing else before them. It is 0 at the start of a stream, and
/// the same for both directions: what a decoder knows behind bytes, whoever wrote them. So a
/// place can be told before every character and found again, and text is written where reading
/// stopped, be it behind a shift.
///
/// # Contract
///
/// - The text, and what is malformed, is the same however the bytes are cut into calls: what one
///   call reads and what the next one reads behind it is what one call would read of both. What
///   is not read is shown again, with more behind it.
/// - The same call gives the same answer. Bytes are decoded again when their places are told.
/// - Both directions have the same characters everywhere; what is missing does not depend on the
///   state.
///
/// A codec that breaks it gives wrong text or places, and no panic and no hang. Counts that cannot
/// be are [`Error::BadCount`](crate::Error::BadCount), and bytes that are never read, of which
/// 64 KiB are shown at once, [`Error::NoProgress`](crate::Error::NoProgress).
///
/// [`OnError::Escape`](crate::OnError::Escape) cannot be kept with a codec of your own, which may
/// spell one text in many ways: it is an [`InvalidArgument`](crate::Error::InvalidArgument).
///
/// # Examples
///
/// The six-bit characters of old DEC machines (here one in each byte), with a lock for capital
/// letters, which are all that they had:
///
/// ```
/// use iolite::{
///     BufferedRandom, BytesIo, Codec, Decoded, Encoding, TextIo, TextIoWrapper, TextOptions,
///     TextPosition,
/// };
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
///     // The state is 1 behind a lock, and 0 again behind the next.
///     fn decode(&self, state: &mut u64, bytes: &[u8], _: bool, text: &mut String) -> Decoded {
///         for (at, &byte) in bytes.iter().enumerate() {
///             match byte {
///                 LOCK => *state ^= 1,
///                 NEWLINE => text.push('\n'),
///                 0..LOCK if *state == 0 => text.push((byte + 0x20).to_ascii_lowercase().into()),
///                 0..LOCK => text.push((byte + 0x20).into()),
///                 _ if at > 0 => return Decoded::Read(at),
///                 _ => return Decoded::Malformed { len: 1, reason: "more than six bits" },
///             }
///         }
///         Decoded::Read(bytes.len())
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
    fn decode(&self, state: &mut u64, bytes: &[u8], last: bool, text: &mut String) -> Decoded;

    /// Appends the bytes of `text`, up to the first character that the encoding does not have, and
    /// returns where that is in `text`, in bytes; the length of `text` if there is none. `state` is
    /// a decoder's where the bytes go, and becomes the one behind them.
    ///
    /// Is asked twice about each text: nothing of it is written if a character is missing. With
    /// state 0 and an empty text it is asked for what a stream begins with (a byte-order mark).
    /// What follows may never come: nothing can be kept back for it. What follows does come in
    /// further calls, in the state that the last one left: a shift that is open need not be ended
    /// and begun again.
    fn encode(&self, state: &mut u64, text: &str, bytes: &mut Vec<u8>) -> usize;

    /// The state that is assumed where text is written behind bytes that nobody has read: at the
    /// end of a file, say. It is 0 unless a stream begins with something that is not repeated; then
    /// no bytes but those of the start may be left in state 0.
    fn state_inside(&self) -> u64 {
        0
    }
}
