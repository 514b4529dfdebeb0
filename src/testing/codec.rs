//! What a codec promises: it ends, it counts right, and it does not care where its input is cut.

use super::chunking::assert_chunking_invariant;
use crate::chunk::Chunk;
use crate::text::{Codec, DecodeStep};

/// What a codec made of bytes: text, and malformed bytes by their offset and number.
#[derive(Debug, Default, PartialEq)]
struct DecodedText {
    text: String,
    malformed: Vec<(usize, usize)>,
}

/// Asserts that a codec of your own reads back what it writes, however the text is cut for writing
/// and the bytes are cut for reading.
///
/// `text` should have each kind of character that the encoding has. Returns its bytes, to be
/// compared with what they should be.
///
/// # Panics
///
/// If the codec cannot encode all of `text`, reads something else, or breaks the contract of
/// [`Codec`].
///
/// # Examples
///
/// ```
/// use iolite::text::{Codec, DecodeStep};
/// use iolite::testing::{assert_codec, assert_decoding_ends};
///
/// /// Seven bits, upside down.
/// #[derive(Debug)]
/// struct UpsideDown;
///
/// impl Codec for UpsideDown {
///     fn name(&self) -> &str {
///         "upside-down"
///     }
///     fn decode(&self, _: &mut u64, bytes: &[u8], _: bool, text: &mut String) -> DecodeStep {
///         let good = bytes.iter().take_while(|&&byte| byte >= 0x80).count();
///         text.extend(bytes[..good].iter().map(|&byte| char::from(!byte)));
///         match good {
///             0 => DecodeStep::Malformed { len: 1, reason: "the right way up" },
///             good => DecodeStep::Read(good),
///         }
///     }
///     fn encode(&self, _: &mut u64, text: &str, bytes: &mut Vec<u8>) -> usize {
///         let good = text.bytes().take_while(u8::is_ascii).count();
///         bytes.extend(text.bytes().take(good).map(|byte| !byte));
///         good
///     }
/// }
///
/// assert_eq!(assert_codec(&UpsideDown, "ab\n"), [0x9e, 0x9d, 0xf5]);
/// assert_decoding_ends(&UpsideDown, b"\x9eab\xff\x00");
/// ```
pub fn assert_codec(codec: &dyn Codec, text: &str) -> Vec<u8> {
    let whole = encode(codec, &[text]);
    let characters: Vec<&str> = text.split_inclusive(|_| true).collect();
    for bytes in [&whole, &encode(codec, &characters)] {
        let decoded = assert_decoding_ends(codec, bytes);
        assert_eq!(decoded, text, "{}: read from {bytes:02x?}", codec.name());
    }
    whole
}

/// Asserts that a codec of your own comes to the end of any bytes, makes progress with each call,
/// and gives the same text and the same malformed bytes wherever its input is cut.
///
/// Feed it nonsense: random bytes, good ones with one byte changed, all short sequences. Returns
/// the text, without what was malformed.
///
/// # Panics
///
/// If the codec breaks the contract of [`Codec`].
pub fn assert_decoding_ends(codec: &dyn Codec, bytes: &[u8]) -> String {
    assert_chunking_invariant(bytes, 1, |pieces| decode(codec, pieces)).text
}

fn encode(codec: &dyn Codec, pieces: &[&str]) -> Vec<u8> {
    let name = codec.name();
    let (mut state, mut bytes) = (0, Vec::new());
    // What a stream begins with.
    assert_eq!(
        codec.encode(&mut state, "", &mut bytes),
        0,
        "{name}: nothing was asked for"
    );
    for piece in pieces {
        let before = bytes.clone();
        let n = codec.encode(&mut state, piece, &mut bytes);
        assert_eq!(n, piece.len(), "{name}: it does not have all of {piece:?}");
        assert!(bytes.starts_with(&before), "{name}: it only may append");
    }
    bytes
}

/// Decodes bytes that come in pieces, as a stream does.
fn decode(codec: &dyn Codec, pieces: &[Chunk]) -> DecodedText {
    let (mut state, mut decoded, mut pending) = (0, DecodedText::default(), Vec::new());
    let mut position = 0;
    for (i, piece) in pieces.iter().enumerate() {
        let last = i + 1 == pieces.len();
        pending.extend_from_slice(piece);
        while !pending.is_empty() {
            let Some(n) = decode_step(codec, &mut state, &pending, last, position, &mut decoded)
            else {
                break;
            };
            pending.drain(..n);
            position += n;
        }
    }
    decoded
}

/// One call: how many bytes are done with, or `None` where more are needed.
fn decode_step(
    codec: &dyn Codec,
    state: &mut u64,
    bytes: &[u8],
    last: bool,
    position: usize,
    decoded: &mut DecodedText,
) -> Option<usize> {
    let name = codec.name();
    let (before, old_state) = (decoded.text.len(), *state);
    let step = codec.decode(state, bytes, last, &mut decoded.text);
    let n = match step {
        DecodeStep::Read(n) => n,
        DecodeStep::Malformed { len, .. } => {
            decoded.malformed.push((position, len));
            decoded.text.truncate(before);
            len
        }
        DecodeStep::Unfinished => {
            decoded.text.truncate(before);
            *state = old_state;
            if !last {
                return None;
            }
            // Where nothing follows, the start of something is malformed.
            decoded.malformed.push((position, bytes.len()));
            bytes.len()
        }
    };
    assert!(
        (1..=bytes.len()).contains(&n),
        "{name}: {step:?} of {} bytes",
        bytes.len()
    );
    Some(n)
}
