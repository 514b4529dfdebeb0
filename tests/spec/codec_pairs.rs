//! Codes that are two characters, in the encodings that have such.
#![cfg(feature = "encodings")]

use iolite::text::TextPosition;
use iolite::{
    BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Encoding, Error, ErrorPolicy, IoBase,
    Result, TextIo, TextIoExt, TextIoWrapper,
};
use rstest::rstest;

use crate::codec_tables::{options, written};
use crate::support::devices::Hostile;
use crate::support::naive::Dice;

const PAIRED: [&str; 5] = [
    "big5hkscs",
    "euc_jis_2004",
    "iso2022_jp_2004",
    "iso2022_jp_3",
    "shift_jisx0213",
];

type Writer = TextIoWrapper<BufferedWriter<BytesIo>>;

fn writer(name: &str, errors: ErrorPolicy) -> Result<Writer> {
    let buffer = BufferedWriter::new(BytesIo::new());
    Ok(TextIoWrapper::with_options(
        buffer,
        options(name.parse()?, errors),
    ))
}

fn update(bytes: &[u8], name: &str) -> Result<TextIoWrapper<BufferedRandom<BytesIo>>> {
    let buffer = BufferedRandom::new(BytesIo::from(bytes.to_vec()))?;
    let options = options(name.parse()?, ErrorPolicy::Strict);
    Ok(TextIoWrapper::with_options(buffer, options))
}

/// What the device has of a stream.
fn device_of(stream: &Writer) -> &[u8] {
    stream.get_ref().get_ref().as_slice()
}

/// The bytes of a stream that was written to.
fn bytes_of(stream: Writer) -> Result<Vec<u8>> {
    Ok(stream.detach()?.detach()?.into_inner())
}

#[rstest]
#[case::leg_10_euc("euc_jis_2004", b"\xa4\xf7", "か\u{309a}")]
#[case::leg_10_shift_jis("shift_jisx0213", b"\x86\x63", "æ\u{300}")]
#[case::leg_10_hkscs("big5hkscs", b"\x88\xa5", "ê\u{30c}")]
fn a_code_is_two_characters(
    #[case] name: &str,
    #[case] code: &[u8],
    #[case] text: &str,
) -> Result<()> {
    let encoding: Encoding = name.parse()?;
    assert_eq!(written(text, encoding)?, code);
    let bytes = [b"a", code, b"b"].concat();
    let buffer = BufferedReader::new(BytesIo::from(bytes));
    let mut stream = TextIoWrapper::with_options(buffer, options(encoding, ErrorPolicy::Strict));
    let mut taken = String::new();
    stream.read_chars(2, &mut taken)?;
    let between = stream.tell()?;
    assert_eq!(between.to_string(), "1/0/1");
    for _ in 0..2 {
        let mut rest = String::new();
        stream.read_to_string(&mut rest)?;
        assert_eq!([&taken, rest.as_str()].concat(), ["a", text, "b"].concat());
        stream.seek(between)?;
    }
    Ok(())
}

/// The bytes without escape sequences, all of which are said where they are needed.
fn codes(bytes: &[u8]) -> Vec<u8> {
    let mut codes = Vec::new();
    let mut parts = bytes.split(|&byte| byte == 0x1b);
    codes.extend_from_slice(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.iter().position(u8::is_ascii_uppercase);
        codes.extend_from_slice(&part[end.map_or(0, |end| end + 1)..]);
    }
    codes
}

/// Whether a text is given in one piece or in many, flushed or not.
#[test]
fn leg_10_pieces_are_written_as_the_whole() -> Result<()> {
    let characters: Vec<char> = "か\u{309a}æ\u{300}\u{301}˩˥Ê\u{304}ê\u{30c}a\n日～"
        .chars()
        .collect();
    for name in PAIRED {
        let mut dice = Dice::new(10);
        for n in 0..400 {
            let text: String = (0..n % 9)
                .map(|_| characters[dice.roll(characters.len())])
                .collect();
            let whole = written(&text, name.parse()?)?;
            let mut stream = writer(name, ErrorPolicy::Ignore)?;
            for ch in text.chars() {
                stream.write_str(&ch.to_string())?;
                if dice.roll(3) == 0 {
                    stream.flush()?;
                }
            }
            let bytes = bytes_of(stream)?;
            match name.starts_with("iso2022") {
                // Each piece ends in ASCII.
                true => assert_eq!(codes(&bytes), codes(&whole), "{name}: {text:?}"),
                false => assert_eq!(bytes, whole, "{name}: {text:?}"),
            }
        }
    }
    Ok(())
}

#[test]
fn leg_11_the_first_of_two_waits_through_a_flush() -> Result<()> {
    let mut stream = writer("euc_jis_2004", ErrorPolicy::Strict)?;
    stream.write_str("aか")?;
    stream.flush()?;
    assert_eq!(device_of(&stream), b"a");
    assert_eq!(stream.tell()?.to_string(), "1/0");
    stream.write_str("\u{309a}")?;
    stream.flush()?;
    assert_eq!(device_of(&stream), b"a\xa4\xf7");
    assert_eq!(stream.tell()?.to_string(), "3/0");
    Ok(())
}

/// What ends the wait.
type End = fn(&mut TextIoWrapper<BufferedRandom<Hostile>>) -> Result<()>;

#[test]
fn leg_11_what_waits_is_written() -> Result<()> {
    let ends: &[(&str, End)] = &[
        ("seek", |stream| stream.seek(TextPosition::START)),
        ("seek_end", |stream| stream.seek_end()),
        ("reading", |stream| stream.next_line().map(drop)),
        ("close", |stream| stream.close()),
        ("errors", |stream| {
            stream.reconfigure(stream.options().errors(ErrorPolicy::Ignore))
        }),
        ("encoding", |stream| {
            stream.reconfigure(stream.options().encoding(Encoding::ASCII))
        }),
        #[cfg(unix)]
        ("descriptor", |stream| {
            stream.flush_and_borrow_fd().map(drop)
        }),
    ];
    for (what, end) in ends {
        let device = Hostile::new(b"");
        let probe = device.probe();
        let options = options("euc_jis_2004".parse()?, ErrorPolicy::Strict);
        let mut stream = TextIoWrapper::with_options(BufferedRandom::new(device)?, options);
        stream.write_str("か")?;
        end(&mut stream)?;
        if !stream.is_closed() {
            // Which would not write it.
            stream.flush()?;
        }
        assert_eq!(probe.content(), b"\xa4\xab", "{what}");
    }
    Ok(())
}

#[test]
fn leg_11_what_waits_is_written_at_drop() -> Result<()> {
    let device = Hostile::new(b"");
    let probe = device.probe();
    let options = options("big5hkscs".parse()?, ErrorPolicy::Strict);
    let mut stream = TextIoWrapper::with_options(BufferedWriter::new(device), options);
    stream.write_str("Ê")?;
    drop(stream);
    assert_eq!(probe.content(), b"\x88\x66");
    Ok(())
}

/// CPython's test_seek_with_encoder_state.
#[test]
fn leg_11_a_place_told_while_one_waits_is_before_it() -> Result<()> {
    let mut stream = update(b"", "euc_jis_2004")?;
    stream.write_str("æ\u{300}")?;
    stream.write_str("æ")?;
    let place = stream.tell()?;
    stream.seek(place)?;
    stream.write_str("\u{300}")?;
    stream.seek(TextPosition::START)?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    assert_eq!(text, "æ\u{300}\u{300}");
    Ok(())
}

#[test]
fn leg_11_a_second_character_may_need_the_first() -> Result<()> {
    let mut stream = writer("euc_jis_2004", ErrorPolicy::Strict)?;
    let alone = stream.write_str("\u{309a}");
    assert!(matches!(alone, Err(Error::Encode { offset: 0, .. })));
    stream.write_str("か")?;
    stream.write_str("\u{309a}か\u{309a}")?;
    let twice = stream.write_str("か\u{309a}\u{309a}");
    assert!(
        matches!(twice, Err(Error::Encode { offset: 6, .. })),
        "{twice:?}"
    );
    assert_eq!(bytes_of(stream)?, b"\xa4\xf7\xa4\xf7");
    Ok(())
}

/// What is left out, or put in the place of a missing character, parts the two.
#[rstest]
#[case::leg_11_ignored(ErrorPolicy::Ignore, b"\xa9\xdc\xab\xdc")]
#[case::leg_11_replaced(ErrorPolicy::Replace, b"\xa9\xdc?\xab\xdc")]
#[case::leg_11_spelt(ErrorPolicy::XmlCharRefReplace, b"\xa9\xdc&#65535;\xab\xdc")]
fn a_missing_character_parts_them(#[case] errors: ErrorPolicy, #[case] bytes: &[u8]) -> Result<()> {
    let mut stream = writer("euc_jis_2004", errors)?;
    stream.write_str("æ\u{ffff}\u{300}")?;
    assert_eq!(bytes_of(stream)?, bytes);
    Ok(())
}
