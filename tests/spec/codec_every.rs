//! What holds in every encoding there is.

use iolite::text::TextPosition;
use iolite::{
    BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Encoding, Error, ErrorPolicy, Result,
    TextIo, TextIoExt, TextIoWrapper,
};
use rstest::rstest;

use crate::codec_tables::{block_text, nonsense, options, shifts, written};
use crate::support::full_or_quick;
use crate::support::naive::Dice;
use crate::support::progress::Progress;

/// Characters of many scripts, and those that mean something to some encoding.
const SAMPLE: &str = "a+-\\~é\r\nжя\n€\u{1f600}日本語a日,アｱか\u{309a}かæ\u{300}æÊ\u{304}˩˥˩¥‾한갂\rαšūאاก©%\u{a0}\u{2028}Ωz";

/// What a reader meets: a character, or malformed bytes and their place.
#[derive(Clone, Debug, PartialEq)]
enum Event {
    Char(char),
    Bad(u64, Vec<u8>),
}

/// All that comes, and before each event the place.
fn events(stream: &mut TextIoWrapper<BufferedReader<BytesIo>>) -> (Vec<Event>, Vec<TextPosition>) {
    let (mut events, mut places) = (Vec::new(), Vec::new());
    loop {
        places.push(stream.tell().expect("seekable"));
        let mut one = String::new();
        match stream.read_chars(1, &mut one) {
            Ok(0) => return (events, places),
            Ok(_) => events.extend(one.chars().map(Event::Char)),
            Err(Error::Decode { offset, bytes, .. }) => events.push(Event::Bad(offset, bytes)),
            Err(error) => panic!("{error}"),
        }
    }
}

fn reader(
    bytes: &[u8],
    encoding: Encoding,
    capacity: usize,
) -> TextIoWrapper<BufferedReader<BytesIo>> {
    reader_with(bytes, encoding, capacity, ErrorPolicy::Strict)
}

fn reader_with(
    bytes: &[u8],
    encoding: Encoding,
    capacity: usize,
    errors: ErrorPolicy,
) -> TextIoWrapper<BufferedReader<BytesIo>> {
    let buffer = BufferedReader::with_capacity(capacity, BytesIo::from(bytes.to_vec()));
    TextIoWrapper::with_options(buffer, options(encoding, errors))
}

/// Error policies to read an encoding with.
fn policies(encoding: Encoding) -> impl Iterator<Item = ErrorPolicy> {
    let shifts = shifts(encoding);
    crate::text_policies::POLICIES
        .into_iter()
        .filter(move |&errors| errors != ErrorPolicy::Escape || !shifts)
}

/// Text, nonsense, and text again.
fn file(encoding: Encoding, seed: u64) -> Vec<u8> {
    let mut bytes = written(SAMPLE, encoding).expect("written");
    bytes.extend(nonsense(encoding, &mut Dice::new(seed), 12));
    bytes.extend(written("\nEnde 日\r\n", encoding).expect("written"));
    bytes.extend(nonsense(encoding, &mut Dice::new(seed + 99), 3));
    bytes
}

/// How many files are tried in each encoding.
const SEEDS: u64 = full_or_quick(20, 2) as u64;

#[test]
fn leg_2_any_split_gives_the_same() {
    let mut progress = Progress::start();
    for encoding in Encoding::all() {
        progress.at(encoding);
        for seed in 0..SEEDS {
            let bytes = file(encoding, seed);
            for errors in policies(encoding) {
                let whole = events(&mut reader_with(&bytes, encoding, 1000, errors)).0;
                for capacity in [1, 2, 3, 4, 5, 7, 8, 9, 16] {
                    let split = events(&mut reader_with(&bytes, encoding, capacity, errors)).0;
                    let at = format!("{encoding}, {errors}, {bytes:x?}, capacity {capacity}");
                    assert_eq!(split, whole, "{at}");
                }
            }
        }
    }
}

#[test]
fn leg_3_every_place_is_found_again() {
    let mut progress = Progress::start();
    for encoding in Encoding::all() {
        progress.at(encoding);
        for (seed, errors) in policies(encoding).enumerate() {
            let bytes = file(encoding, seed as u64);
            let mut stream = reader_with(&bytes, encoding, 5 + seed, errors);
            let (all, places) = events(&mut stream);
            assert!(places.is_sorted(), "{encoding}: {places:?}");
            for (n, place) in places.into_iter().enumerate().rev() {
                let at = format!("{encoding}, {errors}, {bytes:x?}, back to {place}");
                stream.seek(place).expect("seekable");
                assert_eq!(stream.tell().ok(), Some(place), "{at}");
                assert_eq!(events(&mut stream).0, all[n..], "{at}");
            }
        }
    }
}

#[test]
#[cfg_attr(debug_assertions, ignore = "half a minute without --release")]
fn leg_4_what_is_written_is_read() -> Result<()> {
    let mut progress = Progress::start();
    for encoding in Encoding::all() {
        progress.at(encoding);
        let mut count = 0;
        for block in (0..0xd8).chain(0xe0..0x300) {
            let buffer = BufferedWriter::new(BytesIo::new());
            let mut taker =
                TextIoWrapper::with_options(buffer, options(encoding, ErrorPolicy::Strict));
            let mut text = block_text(block);
            text.retain(|ch| taker.write_str(ch.encode_utf8(&mut [0; 4])).is_ok());
            let bytes = written(&text, encoding)?;
            let mut read = String::new();
            reader(&bytes, encoding, 4096).read_to_string(&mut read)?;
            assert_eq!(read, text, "{encoding}, block {block:x}");
            count += text.chars().count();
        }
        assert!(count >= 127, "{encoding}: {count} characters");
    }
    Ok(())
}

/// CPython writes them as other characters, or in a way that it cannot read.
#[cfg(feature = "encodings")]
#[rstest]
#[case::leg_5_cp932("cp932", "¢£¬‖−〜")]
#[case::leg_5_cp950("cp950", "¢£¥•‾∼☉♁､")]
#[case::leg_5_euc_jp("euc_jp", "¥‾")]
#[case::leg_5_iso2022_jp("iso2022_jp", "\x1b")]
#[case::leg_5_iso2022_jp_3("iso2022_jp_3", "\x1b\u{9b1d}")]
#[case::leg_5_iso2022_kr("iso2022_kr", "\x1b\x0e\x0f")]
#[case::leg_5_euc_kr("euc_kr", "\u{3164}")]
#[case::leg_5_shift_jis("shift_jis", "¥‾")]
fn characters_that_would_not_come_back_are_missing(#[case] name: &str, #[case] lost: &str) {
    let encoding: Encoding = name.parse().expect("known");
    for missing in lost.chars() {
        let buffer = BufferedWriter::new(BytesIo::new());
        let mut stream =
            TextIoWrapper::with_options(buffer, options(encoding, ErrorPolicy::Strict));
        let outcome = stream.write_str(&["a日", &missing.to_string()].concat());
        assert!(
            matches!(outcome, Err(Error::Encode { ch, offset: 4, .. }) if ch == missing),
            "{name}, {missing}: {outcome:?}"
        );
    }
}

/// The shortest text that CPython 3.13 was found to write as something it cannot read, and longer ones:
/// each `~` between two shifts, where its buffer grows.
#[cfg(feature = "encodings")]
#[test]
fn leg_12_a_tilde_is_written_twice() -> Result<()> {
    let hz = "hz".parse()?;
    assert_eq!(
        written("~ü~ü~ü~üaü~ü", hz)?,
        b"~~~{(9~}~~~{(9~}~~~{(9~}~~~{(9~}a~{(9~}~~~{(9~}"
    );
    for n in 0..300 {
        let text = format!("{}a{}ü~", "ü~".repeat(n), "~ü".repeat(n));
        let mut read = String::new();
        reader(&written(&text, hz)?, hz, 64).read_to_string(&mut read)?;
        assert_eq!(read, text);
    }
    Ok(())
}

#[cfg(feature = "encodings")]
#[rstest]
#[case::leg_6_lead_alone("shift_jis", b"a\x84\n", &[(1, 1)])]
#[case::leg_6_invalid_trail("gbk", b"a\x81\xffb", &[(1, 1), (2, 1)])]
#[case::leg_6_cut_off("euc_jp", b"a\x8f\xa1", &[(1, 2)])]
#[case::leg_6_cut_off_four("gb18030", b"a\x81\x30\x81", &[(1, 3)])]
#[case::leg_6_four("gb18030", b"\x84\x31\xa5\x30", &[(0, 1), (2, 2)])]
#[case::leg_6_escape_cut_off("iso2022_jp", b"a\x1b$", &[(1, 2)])]
#[case::leg_6_unknown_set("iso2022_jp", b"a\x1b$Ab", &[(1, 3)])]
#[case::leg_6_unknown_set_of_korea("iso2022_kr", b"a\x1b(Jb", &[(1, 3)])]
#[case::leg_6_single_shift("iso2022_jp_2", b"\x1b.A\x1bN\x80b", &[(3, 3)])]
#[case::leg_6_not_yet("euc_jisx0213", b"a\xae\xa1b", &[(1, 2)])]
#[case::leg_6_tilde("hz", b"~a~{\x80VP~}", &[(0, 1), (4, 1)])]
#[case::leg_6_pair_cut_off("iso2022_jp", b"\x1b$B$\"$", &[(5, 1)])]
fn malformed_sequences(#[case] name: &str, #[case] bytes: &[u8], #[case] bad: &[(u64, usize)]) {
    let (events, _) = events(&mut reader(bytes, name.parse().expect("known"), 64));
    let met: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Bad(offset, bytes) => Some((*offset, bytes.len())),
            Event::Char(_) => None,
        })
        .collect();
    assert_eq!(met, bad, "{events:?}");
}

fn update(bytes: &[u8], name: &str) -> Result<TextIoWrapper<BufferedRandom<BytesIo>>> {
    let buffer = BufferedRandom::new(BytesIo::from(bytes.to_vec()))?;
    let options = options(name.parse()?, ErrorPolicy::Strict);
    Ok(TextIoWrapper::with_options(buffer, options))
}

/// The bytes of a file that was read to its end and then written to.
fn appended(before: &[u8], name: &str, text: &str) -> Result<Vec<u8>> {
    let mut stream = update(before, name)?;
    stream.read_to_string(&mut String::new())?;
    stream.write_str(text)?;
    Ok(stream.detach()?.detach()?.into_inner())
}

#[test]
fn enc_20_what_is_written_behind_base64_ends_it() -> Result<()> {
    assert_eq!(appended(b"+AOk", "utf-7", "x")?, b"+AOk-x");
    assert_eq!(appended(b"+AOk-", "utf-7", "x")?, b"+AOk-x");
    Ok(())
}

#[cfg(feature = "encodings")]
#[test]
fn leg_7_what_is_written_behind_a_shift_goes_on_in_it() -> Result<()> {
    let bytes = appended(b"\x1b$B$\"", "iso2022_jp", "x")?;
    assert_eq!(bytes, b"\x1b$B$\"\x1b(Bx");
    let bytes = appended(b"\x1b$B$\"", "iso2022_jp", "あx")?;
    assert_eq!(bytes, b"\x1b$B$\"$\"\x1b(Bx");
    assert_eq!(appended(b"~{VP", "hz", "x")?, b"~{VP~}x");
    assert_eq!(appended(b"~{VP", "hz", "中")?, b"~{VPVP~}");
    let bytes = appended(b"\x1b$)C\x0e0!", "iso2022_kr", "\u{ac00}")?;
    assert_eq!(bytes, b"\x1b$)C\x0e0!0!\x0f");
    Ok(())
}

#[rstest]
#[case::enc_20_utf_7("utf-7", "aé日!", b"a+AOll5Q!")]
#[case::enc_20_closed("utf-7", "é", b"+AOk-")]
#[case::enc_20_plus("utf-7", "+é-", b"+-+AOk--")]
fn a_run_of_base64_is_closed(
    #[case] name: &str,
    #[case] text: &str,
    #[case] bytes: &[u8],
) -> Result<()> {
    assert_eq!(written(text, name.parse()?)?, bytes);
    Ok(())
}

/// Two pieces of text.
#[cfg(feature = "encodings")]
#[rstest]
#[case::leg_7_iso2022_jp("iso2022_jp", "aあ¥", "あ", b"a\x1b$B$\"\x1b(J\\\x1b$B$\"\x1b(B")]
#[case::leg_7_iso2022_jp_2("iso2022_jp_2", "한", "é", b"\x1b$(CGQ\x1b$(D+1\x1b(B")]
#[case::leg_7_iso2022_kr("iso2022_kr", "한a", "한", b"\x1b$)C\x0eGQ\x0fa\x0eGQ\x0f")]
#[case::leg_7_hz("hz", "中~", "中", b"~{VP~}~~~{VP~}")]
fn a_piece_begins_where_the_one_before_it_ended(
    #[case] name: &str,
    #[case] first: &str,
    #[case] second: &str,
    #[case] bytes: &[u8],
) -> Result<()> {
    let mut stream = update(b"", name)?;
    stream.write_str(first)?;
    stream.write_str(second)?;
    assert_eq!(stream.detach()?.detach()?.into_inner(), bytes);
    Ok(())
}

#[cfg(feature = "encodings")]
#[rstest]
#[case::leg_8_hz("HZ-GB-2312", "hz")]
#[case::leg_8_iso2022_kr("csISO2022KR", "iso2022_kr")]
#[case::leg_8_iso2022_jp_2("iso-2022-jp-2", "iso2022_jp_2")]
#[case::leg_8_jis_2004("jisx0213", "euc_jis_2004")]
#[case::leg_8_sjis_2004("s-jis-2004", "shift_jis_2004")]
#[case::leg_8_johab("cp1361", "johab")]
#[case::leg_8_hkscs("hkscs", "big5hkscs")]
fn encodings_of_east_asia(#[case] alias: &str, #[case] name: &str) {
    let encoding: Encoding = alias.parse().expect("known");
    assert_eq!(encoding.name(), name);
}

#[rstest]
#[case::leg_8_idna("idna")]
#[case::leg_8_punycode("punycode")]
#[case::leg_8_unicode_escape("unicode_escape")]
#[case::leg_8_raw_unicode_escape("raw-unicode-escape")]
#[case::leg_8_charmap("charmap")]
#[case::leg_8_undefined("undefined")]
#[case::leg_8_mbcs("mbcs")]
#[case::leg_8_oem("oem")]
#[case::leg_8_koi8_ru("koi8-ru")]
fn encodings_that_are_not_there(#[case] name: &str) {
    assert!(matches!(
        name.parse::<Encoding>(),
        Err(Error::UnknownEncoding { .. })
    ));
}

#[test]
fn leg_9_multi_byte_encodings_are_a_feature() {
    assert_eq!(
        "shift_jis".parse::<Encoding>().is_ok(),
        cfg!(feature = "encodings")
    );
}
