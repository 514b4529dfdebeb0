//! "Text in memory": STR clauses.

use iolite::text::{LineEnding, TextPosition};
use iolite::{Error, IoBase, Newline, Result, StringIo, TextIo, TextIoExt};
use rstest::rstest;

use crate::support::CpuTime;
use crate::support::naive::Dice;

#[test]
fn str_1_the_position_starts_at_0_and_writing_overwrites() -> Result<()> {
    let mut text = StringIo::from("abcdef");
    text.write_str("XY")?;
    assert_eq!(text.as_str(), "XYcdef");
    assert_eq!(text.fill_str()?, "cdef");
    Ok(())
}

#[test]
fn str_2_writing_overwrites_characters_and_positions_are_bytes() -> Result<()> {
    let mut text = StringIo::from("a€\u{1f600}z");
    text.write_str("éé")?;
    assert_eq!(text.as_str(), "éé\u{1f600}z");
    assert_eq!(text.tell()?.to_string(), "4/0");
    text.write_str("12345")?;
    assert_eq!(text.as_str(), "éé12345");
    Ok(())
}

#[rstest]
#[case::str_3_universal(Newline::Universal, "a\nb\nc\n")]
#[case::str_3_keep(Newline::Keep, "a\r\nb\rc\n")]
#[case::str_3_lf(Newline::Lf, "a\r\nb\rc\n")]
#[case::str_3_cr(Newline::Cr, "a\r\rb\rc\r")]
#[case::str_3_crlf(Newline::CrLf, "a\r\r\nb\rc\r\n")]
fn newlines_are_translated_when_written(
    #[case] newline: Newline,
    #[case] stored: &str,
) -> Result<()> {
    let given = StringIo::with_newline("a\r\nb\rc\n", newline);
    assert_eq!(given.as_str(), stored);
    let mut text = StringIo::with_newline("", newline);
    text.write_str("a\r\nb\rc\n")?;
    assert_eq!(text.as_str(), stored);
    assert_eq!(text.tell()?.to_string(), format!("{}/0", stored.len()));
    text.seek(TextPosition::START)?;
    let mut read = String::new();
    text.read_to_string(&mut read)?;
    assert_eq!(read, stored);
    Ok(())
}

#[test]
fn str_4_each_write_ends_what_it_has() -> Result<()> {
    let mut text = StringIo::with_newline("", Newline::Universal);
    text.write_str("a\r")?;
    text.write_str("\nb")?;
    assert_eq!(text.as_str(), "a\n\nb");
    Ok(())
}

#[rstest]
#[case::str_5_keep(Newline::Keep, &[("a", LineEnding::CrLf), ("b", LineEnding::Cr), ("c", LineEnding::None)])]
#[case::str_5_lf(Newline::Lf, &[("a\r", LineEnding::Lf), ("b\rc", LineEnding::None)])]
fn lines_end_as_the_policy_says(
    #[case] newline: Newline,
    #[case] expected: &[(&str, LineEnding)],
) -> Result<()> {
    let mut text = StringIo::with_newline("a\r\nb\rc", newline);
    for &(line, ending) in expected {
        let next = text.next_line()?.expect("a line");
        assert_eq!((next.as_str(), next.ending()), (line, ending));
    }
    assert!(text.next_line()?.is_none());
    Ok(())
}

#[test]
fn str_6_truncate_only_cuts_and_a_gap_is_filled_with_nul() -> Result<()> {
    let mut text = StringIo::from("abcdef");
    text.read_chars(5, &mut String::new())?;
    assert_eq!(text.truncate(Some(100))?, 100);
    assert_eq!(text.as_str(), "abcdef");
    assert_eq!(text.truncate(None)?, 5);
    assert_eq!(text.truncate(Some(2))?, 2);
    assert_eq!(text.tell()?.to_string(), "5/0");
    assert_eq!(text.as_str(), "ab");
    assert_eq!(text.fill_str()?, "");
    text.write_str("")?;
    assert_eq!(text.as_str(), "ab");
    text.write_str("x")?;
    assert_eq!(text.as_str(), "ab\0\0\0x");
    Ok(())
}

#[rstest]
#[case::str_7_inside_a_character("1/0", false)]
#[case::str_7_between_characters("2/0", true)]
#[case::str_7_beyond_the_end("9/0", true)]
fn positions_lie_between_characters(#[case] place: &str, #[case] good: bool) -> Result<()> {
    let mut text = StringIo::from("éé");
    match text.seek(place.parse()?) {
        Ok(()) => assert_eq!((text.tell()?.to_string().as_str(), good), (place, true)),
        Err(error) => assert!(
            !good
                && matches!(
                    error,
                    Error::InvalidArgument {
                        argument: "position",
                        ..
                    }
                ),
            "{error:?}"
        ),
    }
    let cut = text.truncate(Some(1)).expect_err("inside a character");
    assert!(matches!(cut, Error::InvalidArgument { .. }), "{cut:?}");
    assert_eq!(text.as_str(), "éé");
    Ok(())
}

/// A gap that no memory can fill is an error, and nothing is changed by it.
#[test]
fn str_7_a_place_out_of_reach_cannot_be_written_at() -> Result<()> {
    let mut text = StringIo::from("ab");
    text.seek(format!("{}/0", usize::MAX >> 1).parse()?)?;
    assert_eq!(text.fill_str()?, "");
    let error = text.write_str("x").expect_err("too far");
    assert_eq!(error.kind(), std::io::ErrorKind::OutOfMemory);
    assert_eq!(text.as_str(), "ab");
    Ok(())
}

/// It was said to be inside a character.
#[cfg(target_pointer_width = "32")]
#[test]
fn str_7_a_place_beyond_all_addresses_is_refused() -> Result<()> {
    let mut text = StringIo::from("ab");
    let error = text.seek("4294967296/0".parse()?).expect_err("too far");
    let Error::InvalidArgument { argument, problem } = error else {
        panic!("{error:?}");
    };
    assert_eq!(
        (argument, problem),
        ("position", "beyond what memory can hold")
    );
    assert_eq!(text.fill_str()?, "ab");
    Ok(())
}

#[test]
fn str_8_the_text_outlives_close() -> Result<()> {
    let mut text = StringIo::from("abc");
    assert!(text.readable() && text.writable() && text.seekable() && !text.is_terminal());
    text.close()?;
    text.close()?;
    assert!(text.is_closed() && !text.readable() && !text.writable() && !text.seekable());
    let closed = |outcome: Result<()>| assert!(matches!(outcome, Err(Error::Closed)));
    closed(text.fill_str().map(drop));
    closed(text.next_line().map(drop));
    closed(text.next_line_part(0).map(drop));
    closed(text.read_chars(0, &mut String::new()).map(drop));
    closed(text.write_str("x"));
    closed(text.write_str(""));
    closed(text.flush());
    closed(text.tell().map(drop));
    closed(text.seek(TextPosition::START));
    closed(text.truncate(None).map(drop));
    assert_eq!(text.as_str(), "abc");
    assert_eq!(text.into_inner(), "abc");
    Ok(())
}

#[test]
fn str_9_a_string_is_taken_over_without_a_copy() {
    let content = String::from("the caller's own memory");
    let start = content.as_ptr();
    let mut text = StringIo::from(content);
    assert_eq!(text.fill_str().expect("open").as_ptr(), start);
    let line = text.next_line().expect("open").expect("a line");
    assert_eq!(line.as_ptr(), start);
    let content = text.into_inner();
    assert_eq!(content.as_ptr(), start);
}

#[test]
#[should_panic(expected = "consume inside a character")]
fn str_10_only_whole_characters_can_be_consumed() {
    let mut text = StringIo::from("é");
    text.consume(1);
}

#[test]
fn str_11_empty_streams_and_ends_are_empty_answers() -> Result<()> {
    let mut text = StringIo::default();
    for _ in 0..2 {
        assert_eq!(text.fill_str()?, "");
        assert_eq!(text.next_line()?, None);
        assert_eq!(text.read_chars(3, &mut String::new())?, 0);
    }
    text.write_str("a")?;
    assert_eq!(text.fill_str()?, "");
    Ok(())
}

/// A list of characters and a place in it.
#[test]
fn str_12_reading_and_writing_in_turns_behave_as_a_list_of_characters() -> Result<()> {
    for seed in 0..300 {
        let mut dice = Dice::new(seed);
        let mut model: Vec<char> = "aé€\u{1f600}\nxyz".chars().collect();
        let mut at = 0;
        let mut text = StringIo::from(model.iter().collect::<String>());
        let mut places = vec![(TextPosition::START, 0)];
        for step in 0..40 {
            let here = format!("seed {seed}, step {step}, character {at}");
            match dice.roll(5) {
                0 => {
                    let n = dice.roll(4);
                    let mut got = String::new();
                    text.read_chars(n, &mut got)?;
                    let end = model.len().min(at + n);
                    assert_eq!(got, model[at..end].iter().collect::<String>(), "{here}");
                    at = end;
                }
                1 => {
                    let new = ["", "b", "éé", "€\n", "\u{1f600}"][dice.roll(5)];
                    text.write_str(new)?;
                    let new: Vec<char> = new.chars().collect();
                    let end = model.len().min(at + new.len());
                    at += new.len();
                    model.splice(at - new.len()..end, new);
                    // Places behind it are not the same any more.
                    places.truncate(1);
                }
                2 => places.push((text.tell()?, at)),
                3 => {
                    let (place, character) = places[dice.roll(places.len())];
                    text.seek(place)?;
                    at = character;
                }
                _ if dice.roll(4) == 0 => {
                    text.truncate(None)?;
                    model.truncate(at);
                    places.truncate(1);
                }
                _ => {
                    let line: String = model[at..].iter().collect();
                    let line = line
                        .split_inclusive('\n')
                        .next()
                        .unwrap_or_default()
                        .to_owned();
                    let mut got = String::new();
                    text.read_line(&mut got)?;
                    assert_eq!(got, line, "{here}");
                    at += line.chars().count();
                }
            }
            assert_eq!(text.as_str(), model.iter().collect::<String>(), "{here}");
        }
    }
    Ok(())
}

#[rstest]
#[case::str_13_universal(Newline::Universal, 3)]
#[case::str_13_keep(Newline::Keep, 3)]
#[case::str_13_crlf(Newline::CrLf, 0)]
fn newlines_are_those_of_what_was_written(
    #[case] newline: Newline,
    #[case] kinds: usize,
) -> Result<()> {
    let mut text = StringIo::with_newline("a\r\n", newline);
    let only = text.newlines().only();
    assert_eq!(only, (kinds > 0).then_some(LineEnding::CrLf));
    text.write_str("b\r")?;
    text.write_str("\n")?;
    text.seek(TextPosition::START)?;
    assert_eq!(text.newlines().len(), kinds);
    Ok(())
}

#[test]
fn str_14_positions_in_characters_and_in_bytes() -> Result<()> {
    let mut text = StringIo::from("a€é");
    for (chars, bytes) in [(0, 0), (1, 1), (2, 4), (3, 6), (4, 7), (9, 12)] {
        text.seek_chars(chars)?;
        assert_eq!((text.tell_chars()?, text.byte_offset()), (chars, bytes));
        assert_eq!(text.tell()?.to_string(), format!("{bytes}/0"));
    }
    text.write_str("!")?;
    assert_eq!(text.as_str(), "a€é\0\0\0\0\0\0!");
    let far = text.seek_chars(u64::MAX).expect_err("no such memory");
    assert!(matches!(far, Error::InvalidArgument { .. }), "{far:?}");
    assert_eq!(text.tell_chars()?, 10);
    text.close()?;
    assert!(matches!(text.tell_chars(), Err(Error::Closed)));
    assert!(matches!(text.seek_chars(0), Err(Error::Closed)));
    Ok(())
}

#[test]
fn str_15_a_line_comes_in_parts() -> Result<()> {
    let mut text = StringIo::with_newline("été\r\nb", Newline::Keep);
    let mut parts = Vec::new();
    while let Some(line) = text.next_line_part(2)? {
        parts.push(format!("{line}{}", line.terminator()));
    }
    assert_eq!(parts, ["ét", "é\r", "\n", "b"]);
    assert_eq!(text.next_line_part(0)?.as_deref(), Some(""));
    // This panicked: nothing can be cut where there is no text.
    text.seek_chars(9)?;
    assert_eq!(text.next_line_part(0)?.as_deref(), Some(""));
    assert!(text.next_line_part(1)?.is_none());
    Ok(())
}

#[test]
fn str_16_a_text_is_cut_at_a_number_of_characters() -> Result<()> {
    let mut text = StringIo::from("été€\u{1f600}");
    text.seek_chars(2)?;
    assert_eq!(text.truncate_chars(Some(9))?, 9);
    assert_eq!(text.as_str(), "été€\u{1f600}", "it only cuts");
    assert_eq!((text.truncate_chars(Some(4))?, text.as_str()), (4, "été€"));
    assert_eq!((text.truncate_chars(None)?, text.as_str()), (2, "ét"));
    assert_eq!((text.truncate_chars(Some(1))?, text.tell_chars()?), (1, 2));
    assert_eq!(text.truncate_chars(Some(u64::MAX))?, u64::MAX);
    text.write_str("x")?;
    assert_eq!(text.as_str(), "é\0x", "the position stayed");
    text.close()?;
    assert!(matches!(text.truncate_chars(None), Err(Error::Closed)));
    assert!(matches!(text.truncate_chars(Some(0)), Err(Error::Closed)));
    Ok(())
}

/// Shorter or longer characters over those that are there: what is behind them was moved for each.
#[test]
fn str_12_writing_over_text_moves_nothing_for_each_character() -> Result<()> {
    for (old, new) in [("é", "e"), ("e", "é"), ("😀", "a"), ("a", "😀")] {
        let count = 200_000;
        let mut text = StringIo::from(old.repeat(count) + "end");
        let start = CpuTime::now();
        for _ in 0..count - 1 {
            text.write_str(new)?;
        }
        assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
        let expected = new.repeat(count - 1) + old + "end";
        assert_eq!(text.as_str(), expected);
        assert_eq!(text.fill_str()?, format!("{old}end"));
        assert_eq!(text.as_str(), expected);
        text.write_str(&new.repeat(9))?;
        assert_eq!(text.into_inner(), new.repeat(count + 8));
    }
    Ok(())
}

#[test]
fn str_12_a_clone_goes_its_own_way() -> Result<()> {
    let mut text = StringIo::from("abcd");
    text.write_str("é")?;
    // With a gap still open in it.
    let mut other = text.clone();
    other.write_str("ß")?;
    text.write_str("--")?;
    assert_eq!((text.as_str(), other.as_str()), ("é--d", "éßcd"));
    Ok(())
}
