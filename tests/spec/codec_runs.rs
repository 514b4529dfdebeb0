//! Encodings that shift between character sets, as they are written: one run where one is possible.

use std::fmt::Write as _;
use std::io::Write as _;

use iolite::text::{FmtWriter, TextPosition};
use iolite::{
    BufferedRandom, BufferedReader, BufferedRwPair, BufferedWriter, BytesIo, Encoding, Error,
    ErrorPolicy, IoBase, Result, TextIo, TextIoExt, TextIoWrapper, Utf8Writer,
};
use rstest::rstest;

use crate::codec_tables::options;
use crate::support::devices::Behaviour::{Room, Unseekable};
use crate::support::devices::{Hostile, hampering};
use crate::support::naive::Dice;

/// An encoding, and three characters of one of its sets beyond ASCII.
#[cfg(feature = "encodings")]
const SHIFTING: [(&str, &str); 9] = [
    ("iso2022_jp", "日本語"),
    ("iso2022_jp_1", "日本語"),
    ("iso2022_jp_2", "한국어"),
    ("iso2022_jp_2004", "日本語"),
    ("iso2022_jp_3", "日本語"),
    ("iso2022_jp_ext", "ﾆﾎﾝ"),
    ("iso2022_kr", "한국어"),
    ("hz", "中文字"),
    ("utf-7", "日本語"),
];
#[cfg(not(feature = "encodings"))]
const SHIFTING: [(&str, &str); 1] = [("utf-7", "日本語")];

type Writer = TextIoWrapper<BufferedWriter<BytesIo>>;
type Update = TextIoWrapper<BufferedRandom<BytesIo>>;

fn writer(name: &str) -> Result<Writer> {
    let buffer = BufferedWriter::new(BytesIo::new());
    let options = options(name.parse()?, ErrorPolicy::Strict);
    Ok(TextIoWrapper::with_options(buffer, options))
}

fn update(name: &str, bytes: &[u8]) -> Result<Update> {
    let buffer = BufferedRandom::new(BytesIo::from(bytes.to_vec()))?;
    let options = options(name.parse()?, ErrorPolicy::Strict);
    Ok(TextIoWrapper::with_options(buffer, options))
}

fn bytes_of(stream: Writer) -> Result<Vec<u8>> {
    Ok(stream.detach()?.detach()?.into_inner())
}

fn file_of(stream: Update) -> Result<Vec<u8>> {
    Ok(stream.detach()?.detach()?.into_inner())
}

/// A text written at once.
fn whole(name: &str, text: &str) -> Result<Vec<u8>> {
    let mut stream = writer(name)?;
    stream.write_str(text)?;
    bytes_of(stream)
}

/// What bytes say.
fn read(name: &str, bytes: &[u8]) -> Result<String> {
    let (encoding, mut text) = (name.parse::<Encoding>()?, String::new());
    let buffer = BufferedReader::new(BytesIo::from(bytes.to_vec()));
    TextIoWrapper::with_options(buffer, options(encoding, ErrorPolicy::Strict))
        .read_to_string(&mut text)?;
    Ok(text)
}

/// Whether a run ends and the next one begins in the same place: two escape sequences side by side,
/// between which the Web's decoders see an error.
fn has_seam(bytes: &[u8]) -> bool {
    let seams: [&[u8]; 5] = [b"\x1b(B\x1b", b"~}~{", b"\x0f\x0e", b"-+", b"\x1b(J\x1b("];
    let is_seam = |seam: &&[u8]| bytes.windows(seam.len()).any(|part| part == *seam);
    seams.iter().any(is_seam)
}

/// Text of more than one piece of any size, in runs of every length.
fn mixed(word: &str) -> String {
    let mut text = String::new();
    for n in [1, 2, 900, 1, 3000, 7] {
        text.push_str("plain ");
        text.push_str(&word.repeat(n));
    }
    text.push_str(word);
    text
}

#[test]
fn leg_7_a_long_text_is_one_run() -> Result<()> {
    for (name, word) in SHIFTING {
        // What stands before and behind the codes of one word stands before and behind all of them.
        let (one, two) = (whole(name, word)?, whole(name, &word.repeat(2))?);
        let many = whole(name, &word.repeat(10_000))?;
        let len = two.len() - one.len();
        let is_one_run = (0..=one.len() - len).any(|start| {
            let (before, rest) = one.split_at(start);
            let (codes, behind) = rest.split_at(len);
            let run = |n| [before, &codes.repeat(n), behind].concat();
            run(2) == two && run(10_000) == many
        });
        assert!(is_one_run, "{name}: {} bytes", many.len());
    }
    Ok(())
}

#[test]
fn leg_7_pieces_are_written_as_the_whole_is() -> Result<()> {
    for (name, word) in SHIFTING {
        let text = mixed(word);
        let expected = whole(name, &text)?;
        assert!(!has_seam(&expected), "{name}");
        for size in [1, 2, 5, 1000] {
            let chars: Vec<char> = text.chars().collect();
            let pieces: Vec<String> = chars.chunks(size).map(String::from_iter).collect();
            let mut plain = writer(name)?;
            let mut formatted = writer(name)?;
            let mut fmt = FmtWriter::new(writer(name)?);
            let mut bytes = Utf8Writer::new(writer(name)?);
            for pair in pieces.chunks(2) {
                let (first, second) = (&*pair[0], pair.get(1).map_or("", |piece| piece));
                plain.write_str(first)?;
                plain.write_str(second)?;
                write!(formatted, "{first}{second}")?;
                write!(fmt, "{first}{second}").expect("all of it can be written");
                write!(bytes, "{first}{second}")?;
            }
            let (fmt, outcome) = fmt.into_parts();
            outcome?;
            for stream in [plain, formatted, fmt, bytes.into_inner()?] {
                assert!(bytes_of(stream)? == expected, "{name}, pieces of {size}");
            }
        }
    }
    Ok(())
}

/// A flush leaves a shift open, as what comes next may go on in it; what is there says all.
#[test]
fn leg_7_what_was_flushed_can_be_read() -> Result<()> {
    for (name, word) in SHIFTING {
        let (mut stream, mut text) = (writer(name)?, String::new());
        for piece in ["a", word, word, "b", word, "-", word, "+", word] {
            stream.write_str(piece)?;
            text.push_str(piece);
            stream.flush()?;
            let device = stream.get_ref().get_ref().as_slice();
            assert_eq!(read(name, device)?, text, "{name}");
            assert!(name == "utf-7" || !has_seam(device), "{name}");
        }
        let expected = whole(name, &text)?;
        let bytes = bytes_of(stream)?;
        assert!(name == "utf-7" || bytes == expected, "{name}");
    }
    Ok(())
}

/// What ends a stream, in each way, after text that ended in a shift.
#[test]
fn leg_7_the_end_of_a_stream_returns_to_ascii() -> Result<()> {
    for (name, word) in SHIFTING {
        let expected = whole(name, word)?;
        for way in 0..4 {
            let device = Hostile::new(b"");
            let probe = device.probe();
            let buffer = BufferedWriter::new(device);
            let options = options(name.parse()?, ErrorPolicy::Strict);
            let mut stream = TextIoWrapper::with_options(buffer, options);
            stream.write_str(word)?;
            if way % 2 == 1 {
                stream.flush()?;
            }
            match way {
                0 => stream.close()?,
                1 => drop(stream),
                2 => drop(stream.detach()?),
                _ => stream.reconfigure(stream.options().encoding(Encoding::ASCII))?,
            }
            assert_eq!(probe.content(), expected, "{name}, {way}");
        }
    }
    Ok(())
}

/// Nobody finds an escape sequence in a file that was read only, or where nothing was written.
#[test]
fn leg_7_who_writes_nothing_ends_nothing() -> Result<()> {
    for (name, word) in SHIFTING {
        let bytes = whole(name, &word.repeat(3))?;
        let mut stream = update(name, &bytes)?;
        stream.read_chars(2, &mut String::new())?;
        let inside = stream.tell()?;
        stream.write_str("")?;
        assert_eq!(stream.tell()?, inside, "{name}");
        stream.seek(TextPosition::START)?;
        stream.seek(inside)?;
        stream.write_str("")?;
        let mut rest = String::new();
        stream.read_to_string(&mut rest)?;
        assert_eq!(rest.chars().count(), 7, "{name}");
        assert_eq!(file_of(stream)?, bytes, "{name}");
    }
    Ok(())
}

/// Places told while text is written, wherever a shift is open, are found again, to read and to
/// write the same text once more.
#[test]
fn leg_3_places_told_between_pieces_are_found_again() -> Result<()> {
    for (name, word) in SHIFTING {
        for seed in 0..20 {
            let mut dice = Dice::new(seed);
            let mut stream = update(name, b"")?;
            let (mut text, mut places) = (String::new(), Vec::new());
            for _ in 0..12 {
                if dice.roll(2) == 0 {
                    places.push((stream.tell()?, text.len()));
                }
                if dice.roll(3) == 0 {
                    stream.flush()?;
                }
                let piece = [word, "a", "a-", &word[..3], "+\n", word][dice.roll(6)];
                stream.write_str(piece)?;
                text.push_str(piece);
            }
            stream.seek(TextPosition::START)?;
            let mut all = String::new();
            stream.read_to_string(&mut all)?;
            assert_eq!(all, text, "{name}, {seed}");
            for &(place, at) in &places {
                stream.seek(place)?;
                let mut rest = String::new();
                stream.read_to_string(&mut rest)?;
                assert_eq!(rest, text[at..], "{name}, {seed}: {place}");
            }
            // From the first place on the text is written once more.
            if let Some(&(place, at)) = places.first() {
                stream.seek(place)?;
                stream.truncate(None)?;
                stream.write_str(&text[at..])?;
                assert_eq!(
                    read(name, &file_of(stream)?)?,
                    text,
                    "{name}, {seed}: {place}"
                );
            }
        }
    }
    Ok(())
}

/// Text that is written over other text in the middle of a run: what stands behind is in that run.
#[test]
fn leg_7_what_stands_behind_is_read_as_before() -> Result<()> {
    for (name, word) in SHIFTING.iter().filter(|(name, _)| *name != "utf-7") {
        let chars: Vec<char> = word.chars().collect();
        let text = ["ab", &word.repeat(2), "cd"].concat();
        let bytes = whole(name, &text)?;
        let expected = text.replacen(chars[1], &chars[2].to_string(), 1);
        for way in 0..4 {
            let mut stream = update(name, &bytes)?;
            stream.read_chars(3, &mut String::new())?;
            if way == 3 {
                let place = stream.tell()?;
                stream.seek(TextPosition::START)?;
                stream.seek(place)?;
            }
            stream.write_str(&chars[2].to_string())?;
            match way {
                0 => {
                    let mut rest = String::new();
                    stream.read_to_string(&mut rest)?;
                    assert!(
                        expected.ends_with(&rest) && rest.chars().count() == 6,
                        "{name}"
                    );
                }
                1 => stream.seek(TextPosition::START)?,
                _ => {}
            }
            assert_eq!(read(name, &file_of(stream)?)?, expected, "{name}, {way}");
        }
    }
    Ok(())
}

/// Another set goes back to the one that was open.
#[cfg(feature = "encodings")]
#[rstest]
#[case::leg_7_iso2022_jp("iso2022_jp", "日本語日本語ab", "wxyz", "日wxyzab")]
#[case::leg_7_hz("hz", "中文字中文ab", "wx", "中wx文ab")]
#[case::leg_7_iso2022_kr("iso2022_kr", "한국어한ab", "wx", "한wx한ab")]
fn another_set_in_the_middle_of_a_run(
    #[case] name: &str,
    #[case] before: &str,
    #[case] text: &str,
    #[case] behind: &str,
) -> Result<()> {
    let bytes = whole(name, before)?;
    let mut stream = update(name, &bytes)?;
    stream.read_chars(1, &mut String::new())?;
    stream.write_str(text)?;
    let after = file_of(stream)?;
    assert_eq!((after.len(), &*read(name, &after)?), (bytes.len(), behind));
    Ok(())
}

/// Reading from a peer is no reason to end a run that is written to it.
#[test]
fn leg_7_a_pair_goes_on_in_its_run() -> Result<()> {
    for (name, word) in SHIFTING {
        let pair = BufferedRwPair::new(BytesIo::from(b"1\n2\n".to_vec()), BytesIo::new());
        let options = options(name.parse()?, ErrorPolicy::Strict);
        let mut stream = TextIoWrapper::with_options(pair, options);
        stream.write_str(word)?;
        assert_eq!(stream.next_line()?.as_deref(), Some("1"));
        stream.write_str(word)?;
        assert_eq!(stream.next_line()?.as_deref(), Some("2"));
        stream.write_str(word)?;
        // Also where reading was the last that was done.
        assert_eq!(stream.next_line()?, None);
        let (_, writer) = stream.detach()?.detach()?;
        assert_eq!(writer.as_slice(), whole(name, &word.repeat(3))?, "{name}");
    }
    Ok(())
}

#[test]
fn leg_7_cutting_a_file_leaves_no_escape_behind_its_end() -> Result<()> {
    for (name, word) in SHIFTING {
        let mut stream = update(name, b"")?;
        stream.write_str("ab")?;
        let place = stream.tell()?;
        stream.write_str(word)?;
        stream.truncate(Some(0))?;
        stream.close()?;
        assert_eq!(stream.get_ref().get_ref().as_slice(), b"", "{name}");

        // Cut where it stands, in the middle of a run: the run goes on there.
        let mut stream = update(name, b"")?;
        stream.write_str(&[word, word].concat())?;
        stream.truncate(None)?;
        stream.write_str(word)?;
        assert_eq!(read(name, &file_of(stream)?)?, word.repeat(3), "{name}");

        // And before that, where text goes on after a seek.
        let mut stream = update(name, b"")?;
        stream.write_str(&["ab", word].concat())?;
        stream.seek(place)?;
        stream.truncate(None)?;
        stream.write_str(word)?;
        assert_eq!(
            file_of(stream)?,
            whole(name, &["ab", word].concat())?,
            "{name}"
        );
    }
    Ok(())
}

/// A text of which nothing could be written changes nothing: what was open or waited still does.
#[test]
fn leg_7_a_device_that_takes_nothing_loses_no_shift() -> Result<()> {
    for (name, word) in SHIFTING {
        let text = [word, "a", word, word, "b"].concat();
        for room in 0..40 {
            let device = Hostile::new(b"").with(Room(room)).with(Unseekable);
            let probe = device.probe();
            let buffer = BufferedWriter::with_capacity(1, device);
            let options = options(name.parse()?, ErrorPolicy::Strict);
            let mut stream = TextIoWrapper::with_options(buffer, options);
            for ch in text.chars() {
                let one = ch.to_string();
                while let Err(error) = stream.write_str(&one) {
                    assert!(error.is_would_block(), "{error}");
                    let Error::WouldBlock { written: 0 } = error else {
                        break;
                    };
                    probe.make_room(1);
                }
            }
            probe.make_room(1000);
            stream.close()?;
            assert_eq!(probe.content(), whole(name, &text)?, "{name}, {room}");
        }
    }
    Ok(())
}

#[test]
fn enc_20_a_run_is_closed_where_text_has_to_be_readable() -> Result<()> {
    let mut stream = update("utf-7", b"")?;
    stream.write_str("é")?;
    stream.write_str("é")?;
    let place = stream.tell()?;
    assert_eq!(place.to_string(), "8/0");
    stream.write_str("é")?;
    stream.flush()?;
    stream.write_str("é")?;
    assert_eq!(file_of(stream)?, b"+AOkA6Q-+AOk-+AOk-");
    Ok(())
}

#[rstest]
#[case::enc_20_digit("x", b"+AOkA6Q-x")]
#[case::enc_20_hyphen("-", b"+AOkA6Q--")]
#[case::enc_20_space(" ", b"+AOkA6Q ")]
#[case::enc_20_plus("+", b"+AOkA6QAr-")]
fn what_follows_base64_in_another_piece(#[case] next: &str, #[case] bytes: &[u8]) -> Result<()> {
    let mut stream = writer("utf-7")?;
    for piece in ["é", "é", next] {
        stream.write_str(piece)?;
    }
    assert_eq!(bytes_of(stream)?, bytes);
    assert_eq!(whole("utf-7", &["éé", next].concat())?, bytes);
    Ok(())
}

/// A device that said "not now" when it was asked what stands behind was taken to have nothing
/// there: the text behind was then read in another character set.
#[test]
fn leg_7_a_passing_error_does_not_hide_what_stands_behind() -> Result<()> {
    for (name, word) in SHIFTING.iter().filter(|(name, _)| *name != "utf-7") {
        let chars: Vec<char> = word.chars().collect();
        let text = ["ab", &word.repeat(4), "cd"].concat();
        let other = chars[2].to_string();
        let expected = text.replacen(chars[1], &other, 1);
        for (behaviours, capacity) in hampering().into_iter().zip([1, 3, 8].into_iter().cycle()) {
            let device = Hostile::new(&whole(name, &text)?).with_all(&behaviours);
            let probe = device.probe();
            let options = options(name.parse()?, ErrorPolicy::Strict);
            let buffer = BufferedRandom::with_capacity(capacity, device)?;
            let mut stream = TextIoWrapper::with_options(buffer, options);
            let mut before = String::new();
            while before.chars().count() < 3 {
                let missing = 3 - before.chars().count();
                let _ = stream.read_chars(missing, &mut before);
            }
            while stream.write_str(&other).is_err() {}
            while stream.seek(TextPosition::START).is_err() {}
            while stream.flush().is_err() {}
            let got = read(name, &probe.content())?;
            assert_eq!(got, expected, "{name}, {capacity}, {behaviours:?}");
        }
    }
    Ok(())
}
