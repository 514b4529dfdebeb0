//! "Encodings of one's own": codecs that lie or panic while text is written.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use iolite::error::Operation;
use iolite::text::{Codec, DecodeStep, ErrorHandler, Replacement, UnencodableChar};
use iolite::{
    BufferedRandom, BytesIo, Encoding, Error, ErrorPolicy, Result, TextIo, TextIoWrapper,
    TextOptions,
};

type Update = TextIoWrapper<BufferedRandom<BytesIo>>;

fn options(encoding: Encoding) -> TextOptions {
    TextOptions::new().encoding(encoding)
}

fn update(bytes: &[u8], options: TextOptions) -> Update {
    let buffer = BufferedRandom::new(BytesIo::from(bytes.to_vec())).expect("seekable");
    TextIoWrapper::with_options(buffer, options)
}

fn bytes_of(stream: Update) -> Vec<u8> {
    let buffer = stream.detach().expect("written");
    buffer.detach().expect("written").into_inner()
}

/// A lie about a substitute, or about what a stream begins with, is one, too.
#[test]
fn cod_10_a_lie_is_not_a_character_that_is_missing() -> Result<()> {
    /// Has digits, and lies about whatever else is encoded in one call.
    #[derive(Debug)]
    struct Digits;
    impl Codec for Digits {
        fn name(&self) -> &str {
            "digits"
        }
        fn decode(&self, _: &mut u64, _: &[u8], _: bool, _: &mut String) -> DecodeStep {
            DecodeStep::Unfinished
        }
        fn encode(&self, _: &mut u64, text: &str, bytes: &mut Vec<u8>) -> usize {
            match text {
                "" => 7,
                "?" => 2,
                text => {
                    let is_other = |ch: char| !ch.is_ascii_digit();
                    let end = text.find(is_other).unwrap_or(text.len());
                    bytes.extend_from_slice(&text.as_bytes()[..end]);
                    end
                }
            }
        }
    }
    let digits = Encoding::custom(&Digits);
    let is_lie = |error: &Error, lie: usize| matches!(error, Error::BadCount { operation: Operation::Encode, claimed, .. } if *claimed == lie);
    // At the start of a stream.
    let mut stream = update(b"", options(digits));
    for text in ["", "12"] {
        let error = stream.write_str(text).expect_err("a lie");
        assert!(is_lie(&error, 7), "{error:?}");
    }
    assert_eq!(bytes_of(stream), b"");
    // In the place of a character, which is asked for by itself.
    let marks: &'static dyn ErrorHandler = &Marks;
    let mut stream = update(b"0", options(digits).errors(ErrorPolicy::Custom(marks)));
    stream.seek_end()?;
    let error = stream.write_str("1é").expect_err("a lie");
    assert!(is_lie(&error, 2), "{error:?}");
    stream.write_str("2")?;
    assert_eq!(bytes_of(stream), b"02");
    Ok(())
}

/// Has a question mark written.
#[derive(Debug)]
struct Marks;

impl ErrorHandler for Marks {
    fn name(&self) -> &str {
        "marks"
    }

    fn encode(&self, _: &UnencodableChar) -> Option<Replacement> {
        Some(Replacement::Text("?".into()))
    }
}

/// Whoever panics in the middle of a text has written nothing of it.
#[test]
fn cod_10_a_codec_that_panics_leaves_the_stream_as_it_was() -> Result<()> {
    /// Writes a lock before capital letters, and panics at an exclamation mark when it is told to.
    #[derive(Debug)]
    struct Panics(AtomicU64);
    impl Codec for Panics {
        fn name(&self) -> &str {
            "panics"
        }
        fn decode(&self, _: &mut u64, bytes: &[u8], _: bool, text: &mut String) -> DecodeStep {
            text.extend(bytes.iter().map(|&byte| char::from(byte)));
            DecodeStep::Read(bytes.len())
        }
        fn encode(&self, state: &mut u64, text: &str, bytes: &mut Vec<u8>) -> usize {
            for ch in text.chars() {
                if ch.is_ascii_uppercase() != (*state == 1) {
                    bytes.push(b'^');
                    *state ^= 1;
                }
                if ch == '!' && self.0.fetch_sub(1, Ordering::Relaxed) == 1 {
                    panic!("as it was told");
                }
                bytes.push(ch as u8);
            }
            text.len()
        }
    }
    // In the first pass, and in the second.
    for at in 1..=2 {
        let codec: &'static Panics = Box::leak(Box::new(Panics(AtomicU64::new(at))));
        let mut stream = update(b"", options(Encoding::custom(codec)));
        stream.write_str("aB")?;
        let write = AssertUnwindSafe(|| stream.write_str("cD!"));
        assert!(catch_unwind(write).is_err());
        stream.write_str("Ef")?;
        assert_eq!(bytes_of(stream), b"a^BE^f", "{at}");
    }
    Ok(())
}
