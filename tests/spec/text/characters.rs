//! Characters one by one.

use iolite::text::TextPosition;
use iolite::{
    BufferedRandom, BufferedReader, BytesIo, Error, ErrorPolicy, IoBase, Newline, Result, StringIo,
    TextIo, TextIoExt, TextIoWrapper,
};
use rstest::rstest;

use super::options;
use crate::text_codecs;

const TEXT: &str = "é1\r\n\n\r日本\r\r\n\t😀\nend\r";

fn stream(encoding: &str, newline: Newline, text: &str) -> TextIoWrapper<BufferedReader<BytesIo>> {
    let bytes = text_codecs::encoding(encoding).encode(text).unwrap();
    let device = BytesIo::from(bytes.into_owned());
    let buffer = BufferedReader::with_capacity(7, device);
    TextIoWrapper::with_options(buffer, options(encoding, newline, ErrorPolicy::Strict))
}

/// All of it, as one string shows it.
fn all(encoding: &str, newline: Newline) -> String {
    let mut all = String::new();
    let mut stream = stream(encoding, newline, TEXT);
    stream.read_to_string(&mut all).unwrap();
    all
}

#[rstest]
fn txt_65_characters_are_those_of_the_text(
    #[values("utf-8", "utf-16-le", "gb18030", "utf-7")] encoding: &str,
    #[values(
        Newline::Universal,
        Newline::Keep,
        Newline::Lf,
        Newline::Cr,
        Newline::CrLf
    )]
    newline: Newline,
) -> Result<()> {
    if encoding == "gb18030" && !cfg!(feature = "encodings") {
        return Ok(());
    }
    let expected = all(encoding, newline);
    let chars: String = stream(encoding, newline, TEXT)
        .chars()
        .collect::<Result<_>>()?;
    assert_eq!(chars, expected);
    let (mut one, mut got) = (stream(encoding, newline, TEXT), String::new());
    while let Some(ch) = one.next_char()? {
        got.push(ch);
    }
    assert_eq!((&got, one.next_char()?), (&expected, None));
    Ok(())
}

/// Beside a stream that is read in the ways that have nothing to do with characters.
#[rstest]
fn txt_65_calls_of_all_kinds_go_on_after_each_other(
    #[values(
        Newline::Universal,
        Newline::Keep,
        Newline::Lf,
        Newline::Cr,
        Newline::CrLf
    )]
    newline: Newline,
    #[values(true, false)] in_memory: bool,
) -> Result<()> {
    let text = TEXT.repeat(3);
    for seed in 0..200_u32 {
        let mut state = seed;
        let mut dice = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        let make = || -> Box<dyn TextIo> {
            if in_memory {
                Box::new(StringIo::with_newline(text.as_str(), newline))
            } else {
                Box::new(stream("utf-8", newline, &text))
            }
        };
        let (mut one, mut other) = (make(), make());
        for _ in 0..40 {
            let step = dice(5);
            let (n, mut got, mut expected) = (dice(4) as usize, String::new(), String::new());
            match step {
                0 => {
                    let line = one.next_line()?.map(|line| line.to_owned());
                    assert_eq!(line, other.next_line()?.map(|line| line.to_owned()));
                    continue;
                }
                1 => got.extend(one.next_char()?),
                2 => {
                    let taken: Result<String> = (&mut one).chars().take(n).collect();
                    got = taken?;
                }
                3 => drop(one.read_chars(n, &mut got)?),
                _ => {
                    assert_eq!(one.tell()?, other.tell()?, "{seed}");
                    let to = one.tell()?;
                    one.seek(to)?;
                    continue;
                }
            }
            for _ in got.chars() {
                let shown = other.fill_str()?.chars().next().expect("as much as there");
                other.consume(shown.len_utf8());
                expected.push(shown);
            }
            assert_eq!(got, expected, "{seed} {newline}");
        }
        // What is over may have been the last.
        let (mut rest, mut other_rest) = (String::new(), String::new());
        one.read_to_string(&mut rest)?;
        other.read_to_string(&mut other_rest)?;
        assert_eq!(rest, other_rest, "{seed} {newline}");
        assert_eq!(one.newlines(), other.newlines(), "{seed} {newline}");
    }
    Ok(())
}

#[test]
fn txt_65_the_stream_stands_after_the_last_character_given() -> Result<()> {
    let mut text = stream("utf-16-le", Newline::Universal, "日本語\r\nrest");
    assert_eq!((&mut text).chars().take(4).count(), 4);
    assert_eq!(text.fill_str()?, "rest");
    let mut chars = text.chars();
    assert_eq!(chars.next().transpose()?, Some('r'));
    let mut text = chars.into_inner();
    assert_eq!(text.byte_offset(), 12);
    text.seek(TextPosition::START)?;
    assert_eq!(text.next_char()?, Some('日'));
    Ok(())
}

#[test]
fn txt_65_errors_come_in_their_place_and_do_not_end_it() {
    let bytes = BufferedReader::new(BytesIo::from(b"a\xffb\xfe".to_vec()));
    let mut chars = TextIoWrapper::new(bytes).chars();
    assert!(matches!(chars.next(), Some(Ok('a'))));
    assert!(matches!(
        chars.next(),
        Some(Err(Error::Decode { offset: 1, .. }))
    ));
    assert!(matches!(chars.next(), Some(Ok('b'))));
    assert!(matches!(
        chars.next(),
        Some(Err(Error::Decode { offset: 3, .. }))
    ));
    assert!(chars.next().is_none());
}

#[test]
fn txt_65_a_closed_stream_says_so_once_and_then_ends() {
    let mut text = stream("utf-8", Newline::Lf, "abc");
    assert!(matches!(text.next_char(), Ok(Some('a'))));
    text.close().unwrap();
    assert!(matches!(text.next_char(), Err(Error::Closed)));
    let mut chars = text.chars();
    assert!(matches!(chars.next(), Some(Err(Error::Closed))));
    assert!(chars.next().is_none());
    let mut text = StringIo::from("abc");
    text.close().unwrap();
    assert!(matches!(text.next_char(), Err(Error::Closed)));
}

/// What is written in between is what comes next.
#[test]
fn txt_65_a_write_ends_what_was_found_ahead() -> Result<()> {
    let device = BytesIo::from(b"abcdef".to_vec());
    let mut text = TextIoWrapper::new(BufferedRandom::new(device)?);
    assert_eq!(text.next_char()?, Some('a'));
    text.write_str("XY")?;
    assert_eq!(text.next_char()?, Some('d'));
    Ok(())
}
