//! `TextEncoder`.

use iolite::text::TextEncoder;
use iolite::{Encoding, Error, ErrorPolicy, Newline, TextOptions};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::counting::allocations;
use crate::input::{encodings, policy, texts};
use crate::text_naive::NEWLINES;

/// A text in pieces of so many characters.
fn pieces<'a>(text: &'a str, sizes: &'a [usize]) -> impl Iterator<Item = &'a str> {
    let mut rest = text;
    let mut sizes = sizes.iter();
    std::iter::from_fn(move || {
        let n = sizes.next().copied().unwrap_or(usize::MAX);
        let end = rest.char_indices().nth(n).map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty() || !rest.is_empty()).then_some(piece)
    })
}

proptest! {
    /// Also if each text is encoded twice, and the first time taken back.
    #[test]
    fn dor_11_any_cut_gives_the_bytes_of_the_whole(
        encoding in encodings(),
        errors in any::<Index>(),
        newline in select(&NEWLINES[..]),
        text in texts(),
        sizes in vec(0_usize..5, 0..40),
        is_repeated: bool,
    ) {
        let errors = policy(encoding, errors);
        let options = TextOptions::new().encoding(encoding).errors(errors).newline(newline);
        let mut encoder = TextEncoder::with_options(options);
        let (mut bytes, mut kept) = (Vec::new(), String::new());
        // The mark comes also if there is no text.
        encoder.encode("", &mut bytes).unwrap();
        for piece in pieces(&text, &sizes) {
            let (state, before) = (encoder.state(), bytes.len());
            if is_repeated && encoder.encode(piece, &mut bytes).is_ok() {
                bytes.truncate(before);
                encoder.set_state(state).unwrap();
            }
            match encoder.encode(piece, &mut bytes) {
                Ok(()) => kept.push_str(piece),
                Err(Error::Encode { offset, ch, .. }) => {
                    prop_assert_eq!(bytes.len(), before);
                    prop_assert!(piece[offset..].starts_with(ch));
                }
                Err(error) => prop_assert!(false, "{}", error),
            }
        }
        encoder.finish(&mut bytes);
        let whole = encoding.encode_with(&kept, errors, newline).unwrap();
        prop_assert_eq!(bytes, whole.into_owned());
    }
}

#[test]
fn dor_12_a_text_is_refused_as_a_whole() {
    let mut encoder = TextEncoder::new(Encoding::UTF_8_SIG);
    assert_eq!(encoder.encoding(), Encoding::UTF_8_SIG);
    let mut bytes = b"kept".to_vec();
    let mut ascii = TextEncoder::new(Encoding::ASCII);
    let error = ascii.encode("abcé", &mut bytes).unwrap_err();
    assert!(matches!(
        error,
        Error::Encode {
            offset: 3,
            ch: 'é',
            ..
        }
    ));
    assert_eq!(bytes, b"kept");
    encoder.encode("a", &mut bytes).unwrap();
    assert_eq!(bytes, b"kept\xef\xbb\xbfa");
}

#[test]
fn dor_13_a_mark_is_written_once_and_after_a_reset_again() {
    let mut encoder = TextEncoder::new(Encoding::UTF_16);
    let mut bytes = Vec::new();
    encoder.encode("a", &mut bytes).unwrap();
    encoder.encode("b", &mut bytes).unwrap();
    encoder.finish(&mut bytes);
    encoder.encode("c", &mut bytes).unwrap();
    assert_eq!(bytes, b"\xff\xfea\0b\0c\0");
    encoder.reset();
    bytes.clear();
    encoder.encode("", &mut bytes).unwrap();
    assert_eq!(bytes, b"\xff\xfe");
}

#[test]
fn dor_13_a_run_of_base64_is_readable_after_a_flush() {
    let mut encoder = TextEncoder::new(Encoding::UTF_7);
    let mut bytes = Vec::new();
    encoder.encode("é", &mut bytes).unwrap();
    encoder.flush(&mut bytes);
    assert_eq!(Encoding::UTF_7.decode(&bytes).unwrap(), "é");
    encoder.encode("日", &mut bytes).unwrap();
    encoder.finish(&mut bytes);
    assert_eq!(Encoding::UTF_7.decode(&bytes).unwrap(), "é日");
}

#[cfg(feature = "encodings")]
#[test]
fn dor_13_a_shift_stays_open_and_a_pair_is_put_together() {
    let mut encoder = TextEncoder::new(Encoding::ISO_2022_JP);
    let mut bytes = Vec::new();
    encoder.encode("日", &mut bytes).unwrap();
    encoder.encode("本", &mut bytes).unwrap();
    encoder.finish(&mut bytes);
    assert_eq!(bytes, b"\x1b$BF|K\\\x1b(B");
    let mut encoder = TextEncoder::new("euc_jis_2004".parse().unwrap());
    bytes.clear();
    encoder.encode("か", &mut bytes).unwrap();
    encoder.encode("\u{309a}", &mut bytes).unwrap();
    assert_eq!(bytes, b"\xa4\xf7");
}

#[test]
fn dor_13_a_state_of_another_encoding_is_refused() {
    let state = TextEncoder::new(Encoding::UTF_16).state();
    let mut encoder = TextEncoder::new(Encoding::UTF_8);
    let refused = encoder.set_state(state);
    assert!(matches!(
        refused,
        Err(Error::InvalidArgument {
            argument: "state",
            ..
        })
    ));
}

#[test]
fn dor_13_places_that_were_made_up_are_no_panic() {
    for encoding in Encoding::all() {
        for number in [1, 2, 3, 7, 255, 1 << 20, u64::MAX] {
            let mut encoder = TextEncoder::new(encoding);
            encoder.resume_at(format!("5/{number}").parse().unwrap());
            let mut bytes = Vec::new();
            let _ = encoder.encode("a日é", &mut bytes);
            encoder.finish(&mut bytes);
        }
    }
}

#[test]
fn dor_13_nothing_is_allocated_where_there_is_room() {
    for encoding in [
        Encoding::UTF_8,
        Encoding::LATIN_1,
        Encoding::UTF_16,
        Encoding::UTF_7,
    ] {
        let options = TextOptions::new().encoding(encoding).newline(Newline::CrLf);
        let mut encoder = TextEncoder::with_options(options.errors(ErrorPolicy::Replace));
        let mut bytes = Vec::with_capacity(1 << 16);
        // Memory of its own it has from its first text on.
        encoder.encode("a line, é\n", &mut bytes).unwrap();
        let allocated = allocations(|| {
            (0..100).for_each(|_| encoder.encode("a line, é\n", &mut bytes).unwrap());
        });
        assert_eq!(allocated, 0, "{encoding}");
    }
}
