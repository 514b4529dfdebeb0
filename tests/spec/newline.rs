//! "Newlines": NL clauses.

use std::borrow::Cow;

use iolite::text::{LineCounter, LineEnding, LineEndings, NewlineDecoder, NewlineEncoder};
use iolite::{
    BufferedReader, BytesIo, Error, Line, Newline, Result, TextIo, TextIoExt, TextIoWrapper,
    TextOptions,
};
use rstest::rstest;

use crate::text_naive::NEWLINES;

const PLATFORM: &str = if cfg!(windows) { "\r\n" } else { "\n" };

fn reader(text: &str, newline: Newline) -> TextIoWrapper<BufferedReader<BytesIo>> {
    let buffer = BufferedReader::new(BytesIo::from(text.as_bytes().to_vec()));
    TextIoWrapper::with_options(buffer, TextOptions::new().newline(newline))
}

/// The lines as Python shows them: with their terminators.
fn lines(text: &str, newline: Newline) -> Vec<String> {
    let mut text = reader(text, newline);
    let mut lines = Vec::new();
    let mut line = String::new();
    while text.read_line(&mut line).expect("text") > 0 {
        lines.push(std::mem::take(&mut line));
    }
    lines
}

const MIXED: &str = "a\nb\rc\r\nd\n\re";

#[rstest]
#[case::nl_1_universal_knows_every_end(Newline::Universal, &["a\n", "b\n", "c\n", "d\n", "\n", "e"])]
#[case::nl_2_keep_knows_every_end_and_keeps_it(Newline::Keep, &["a\n", "b\r", "c\r\n", "d\n", "\r", "e"])]
#[case::nl_3_lf_alone(Newline::Lf, &["a\n", "b\rc\r\n", "d\n", "\re"])]
#[case::nl_3_cr_alone(Newline::Cr, &["a\nb\r", "c\r", "\nd\n\r", "e"])]
#[case::nl_3_crlf_alone(Newline::CrLf, &["a\nb\rc\r\n", "d\n\re"])]
fn where_lines_end(#[case] newline: Newline, #[case] expected: &[&str]) {
    assert_eq!(lines(MIXED, newline), expected);
}

#[test]
fn nl_4_native_is_what_the_platform_has() {
    let same = if cfg!(windows) {
        Newline::CrLf
    } else {
        Newline::Lf
    };
    assert_eq!(lines(MIXED, Newline::Native), lines(MIXED, same));
    assert_eq!(Newline::Native.written(), same.written());
}

#[test]
fn nl_5_nothing_else_ends_a_line() {
    let text = "a\x0bb\x0cc\x1cd\x1de\x1ef\u{85}g\u{2028}h\u{2029}i";
    for newline in NEWLINES {
        assert_eq!(lines(text, newline), [text], "{newline}");
    }
}

#[rstest]
#[case::nl_6_universal(Newline::Universal, PLATFORM)]
#[case::nl_6_keep(Newline::Keep, "\n")]
#[case::nl_6_lf(Newline::Lf, "\n")]
#[case::nl_6_cr(Newline::Cr, "\r")]
#[case::nl_6_crlf(Newline::CrLf, "\r\n")]
#[case::nl_6_native(Newline::Native, PLATFORM)]
fn what_a_newline_is_written_as(#[case] newline: Newline, #[case] expected: &str) -> Result<()> {
    let written = newline.written().unwrap_or("\n");
    assert_eq!(written, expected);
    let buffer = iolite::BufferedWriter::new(BytesIo::new());
    let mut text = TextIoWrapper::with_options(buffer, TextOptions::new().newline(newline));
    // A `\r` stays as it is, and so `\r\n` may become `\r\r\n`.
    text.write_str("a\n\nb\rc\r\n")?;
    let expected = format!("a{expected}{expected}b\rc\r{expected}");
    assert_eq!(text.detach()?.detach()?.as_slice(), expected.as_bytes());
    Ok(())
}

#[rstest]
#[case::nl_7_lf("a\n", Newline::Universal, LineEnding::Lf, "\n")]
#[case::nl_7_cr("a\r", Newline::Universal, LineEnding::Cr, "\n")]
#[case::nl_7_crlf("a\r\n", Newline::Universal, LineEnding::CrLf, "\n")]
#[case::nl_7_none("a", Newline::Universal, LineEnding::None, "")]
#[case::nl_7_kept_cr("a\r", Newline::Keep, LineEnding::Cr, "\r")]
#[case::nl_7_kept_crlf("a\r\n", Newline::Keep, LineEnding::CrLf, "\r\n")]
#[case::nl_7_native("a\r\n", Newline::CrLf, LineEnding::CrLf, "\r\n")]
fn a_line_knows_what_ended_it(
    #[case] content: &str,
    #[case] newline: Newline,
    #[case] ending: LineEnding,
    #[case] terminator: &str,
) -> Result<()> {
    let mut text = reader(content, newline);
    let line: Line<'_> = text.next_line()?.expect("a line");
    assert_eq!((line.as_str(), line.ending()), ("a", ending));
    assert_eq!(line.terminator(), terminator);
    assert_eq!((format!("{line:>3}").as_str(), line == "a"), ("  a", true));
    Ok(())
}

#[test]
fn nl_8_characters_are_counted_as_they_are_read() -> Result<()> {
    let mut got = String::new();
    assert_eq!(
        reader("a\r\nb", Newline::Universal).read_chars(3, &mut got)?,
        3
    );
    assert_eq!(std::mem::take(&mut got), "a\nb");
    // A pair may be cut in two where it is kept; its second half is a line of its own then.
    let mut text = reader("a\r\nb", Newline::Keep);
    text.read_chars(2, &mut got)?;
    assert_eq!(got, "a\r");
    assert_eq!(
        text.next_line()?.map(|line| line.ending()),
        Some(LineEnding::Lf)
    );
    Ok(())
}

#[rstest]
#[case::nl_9_universal("universal", Newline::Universal)]
#[case::nl_9_keep("keep", Newline::Keep)]
#[case::nl_9_lf("lf", Newline::Lf)]
#[case::nl_9_cr("cr", Newline::Cr)]
#[case::nl_9_crlf("crlf", Newline::CrLf)]
#[case::nl_9_native("native", Newline::Native)]
fn names_are_read_and_written(#[case] name: &str, #[case] newline: Newline) -> Result<()> {
    assert_eq!(name.parse::<Newline>()?, newline);
    assert_eq!(newline.to_string(), name);
    Ok(())
}

#[rstest]
#[case::nl_10_keep("", Newline::Keep)]
#[case::nl_10_lf("\n", Newline::Lf)]
#[case::nl_10_cr("\r", Newline::Cr)]
#[case::nl_10_crlf("\r\n", Newline::CrLf)]
fn pythons_strings_are_names_too(#[case] name: &str, #[case] newline: Newline) -> Result<()> {
    assert_eq!(name.parse::<Newline>()?, newline);
    Ok(())
}

#[rstest]
#[case::nl_11_two("\n\n")]
#[case::nl_11_backwards("\n\r")]
#[case::nl_11_none("None")]
#[case::nl_11_letter("x")]
fn other_names_are_refused(#[case] name: &str) {
    let error = name.parse::<Newline>().expect_err("no newline");
    assert!(
        matches!(
            error,
            Error::InvalidArgument {
                argument: "newline",
                ..
            }
        ),
        "{error:?}"
    );
}

/// The counter agrees with the number of lines that were ended, however the text is cut.
#[test]
fn nl_12_the_counter_counts_line_ends_across_pieces() {
    let text = "a\r\n\rb\n\r\n\nc\r\r\n";
    for newline in NEWLINES {
        let mut whole = reader(text, newline);
        let mut read = String::new();
        whole.read_to_string(&mut read).expect("text");
        let ended = lines(text, newline)
            .iter()
            .filter(|line| match newline {
                Newline::Cr => line.ends_with('\r'),
                Newline::CrLf => line.ends_with("\r\n"),
                _ => line.ends_with(['\r', '\n']),
            })
            .count() as u64;
        for size in 1..=read.len() {
            let mut counter = LineCounter::new(newline);
            for piece in read.as_bytes().chunks(size) {
                counter.push(std::str::from_utf8(piece).expect("ASCII"));
                counter.push("");
            }
            assert_eq!(counter.lines(), ended, "{newline}, pieces of {size}");
        }
    }
}

#[test]
fn nl_13_the_default_is_universal() {
    assert_eq!(Newline::default(), Newline::Universal);
}

/// What a decoder makes of pieces, which it makes into a string of its own, too.
fn decoded(newline: Newline, pieces: &[&str]) -> (String, LineEndings) {
    let (mut decoder, mut out) = (NewlineDecoder::new(newline), String::new());
    let (mut lender, mut lent) = (decoder.clone(), String::new());
    for piece in pieces {
        decoder.decode(piece, false, &mut out);
        lent += &lender.decode_cow(piece, false);
        assert_eq!(lender.state(), decoder.state(), "{newline}, {pieces:?}");
    }
    decoder.decode("", true, &mut out);
    lent += &lender.decode_cow("", true);
    assert_eq!(lent, out, "{newline}, {pieces:?}");
    assert_eq!(lender.newlines(), decoder.newlines());
    (out, decoder.newlines())
}

#[test]
fn nl_14_any_cut_gives_the_same() {
    for text in ["\r\n\r\r\n\n\ré\r", "a\rb\nc\r\nd", "\n\r", "\r", "", "é"] {
        for newline in NEWLINES {
            let mut counted: LineEndings = lines_of(text, Newline::Keep).collect();
            let (out, seen) = decoded(newline, &[text]);
            let expected = match newline {
                Newline::Universal => text.replace("\r\n", "\n").replace('\r', "\n"),
                _ => text.to_owned(),
            };
            if !matches!(newline, Newline::Universal | Newline::Keep) {
                counted = LineEndings::new();
            }
            assert_eq!((out, seen), (expected, counted), "{newline}, {text:?}");
            let cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            for &first in &cuts {
                for &second in cuts.iter().filter(|&&at| at >= first) {
                    let pieces = [&text[..first], &text[first..second], &text[second..]];
                    let at = format!("{newline}, {pieces:?}");
                    assert_eq!(decoded(newline, &pieces), decoded(newline, &[text]), "{at}");
                }
            }
        }
    }
}

fn lines_of(text: &str, newline: Newline) -> impl Iterator<Item = LineEnding> {
    let mut endings = Vec::new();
    let outcome: Result<()> = reader(text, newline).for_each_line(|line| {
        endings.push(line.ending());
        Ok(())
    });
    outcome.expect("text");
    endings.into_iter()
}

#[test]
fn nl_15_a_return_is_held_back_until_it_is_judged() {
    for (newline, alone, pair) in [
        (Newline::Universal, "\n", "\n"),
        (Newline::Keep, "\r", "\r\n"),
        (Newline::CrLf, "\r", "\r\n"),
    ] {
        for (next, last, expected) in [("x", false, alone), ("", true, alone), ("\n", false, pair)]
        {
            let (mut decoder, mut out) = (NewlineDecoder::new(newline), String::new());
            decoder.decode("a\r", false, &mut out);
            decoder.decode("", false, &mut out);
            assert_eq!(out, "a", "{newline}: held back");
            decoder.decode(next, last, &mut out);
            let expected = format!("a{expected}{}", next.trim_start_matches('\n'));
            assert_eq!(out, expected, "{newline}, {next:?}");
        }
    }
    let (mut decoder, mut out) = (NewlineDecoder::new(Newline::Lf), String::new());
    decoder.decode("a\r", false, &mut out);
    assert_eq!(out, "a\r", "nothing depends on what follows");
}

#[test]
fn nl_16_the_state_is_whether_a_return_is_held() {
    let (mut decoder, mut out) = (NewlineDecoder::new(Newline::Universal), String::new());
    decoder.decode("a\nb\r", false, &mut out);
    let state = decoder.state();
    assert!(state);
    decoder.decode("\n", false, &mut out);
    assert_eq!((decoder.state(), decoder.newlines().len()), (false, 2));
    decoder.set_state(state);
    assert_eq!(decoder.newlines().len(), 2, "no part of the state");
    decoder.decode("x", false, &mut out);
    assert_eq!(out, "a\nb\n\nx");
    decoder.set_state(true);
    decoder.reset();
    assert!(!decoder.state() && decoder.newlines().is_empty());
}

#[test]
fn nl_17_newlines_are_written_the_same_wherever_they_are_cut() {
    let text = "a\n\r\n\né\r";
    for newline in NEWLINES {
        let (encoder, mut whole) = (NewlineEncoder::new(newline), String::new());
        encoder.encode(text, &mut whole);
        assert_eq!(
            whole,
            crate::text_naive::written(newline, text),
            "{newline}"
        );
        let mut pieces = String::new();
        for piece in text.split_inclusive(|_| true) {
            encoder.encode(piece, &mut pieces);
        }
        assert_eq!(pieces, whole, "{newline}");
    }
}

#[test]
fn nl_18_a_set_is_in_pythons_order() {
    use LineEnding::{Cr, CrLf, Lf};
    let all: LineEndings = [CrLf, Lf, LineEnding::None, Cr].into_iter().collect();
    assert_eq!(all.iter().collect::<Vec<_>>(), [Cr, Lf, CrLf]);
    assert_eq!((all.len(), all.only()), (3, None));
    assert!(!all.contains(LineEnding::None));
    let one: LineEndings = [CrLf].into_iter().collect();
    assert_eq!((one.only(), one.is_empty()), (Some(CrLf), false));
    assert!(LineEndings::new().is_empty());
}

/// A batch keeps no endings: it sees them again in its text.
#[rstest]
fn nl_19_lines_of_a_batch_end_as_lines_read_alone(
    #[values("universal", "keep", "lf", "cr", "crlf", "native")] policy: &str,
    #[values("", "\n", "\r", "\r\n", "x")] end: &str,
) {
    let text = format!("a\nb\rc\r\n\n\r\r\r\n\n\rd\n\re{end}");
    let newline = policy.parse().unwrap();
    let open = || {
        let bytes = BufferedReader::new(BytesIo::from(text.clone().into_bytes()));
        TextIoWrapper::with_options(bytes, TextOptions::new().newline(newline))
    };
    let (mut alone, mut batches) = (open(), open());
    while let Some(batch) = batches.next_batch().unwrap() {
        for (index, line) in batch.iter().enumerate() {
            assert_eq!(Some(line), alone.next_line().unwrap(), "{policy} {text:?}");
            assert_eq!(Some(line), batch.get(index));
        }
    }
    assert_eq!(alone.next_line().unwrap(), None);
}

/// Whether that is `text` itself.
fn is_lent(answer: Cow<'_, str>, text: &str) -> bool {
    matches!(answer, Cow::Borrowed(lent) if lent.as_ptr() == text.as_ptr() && lent == text)
}

#[rstest]
#[case::nl_20_no_return(Newline::Universal, "a\nb", true)]
#[case::nl_20_a_return(Newline::Universal, "a\rb", false)]
#[case::nl_20_a_pair(Newline::Universal, "a\r\n", false)]
#[case::nl_20_nothing(Newline::Universal, "", true)]
#[case::nl_20_keep(Newline::Keep, "a\r\nb\rc\n", true)]
#[case::nl_20_cr(Newline::Cr, "a\rb\r\n", true)]
#[case::nl_20_crlf(Newline::CrLf, "a\r\nb\rc\n", true)]
#[case::nl_20_lf(Newline::Lf, "a\r\nb\r", true)]
fn what_is_read_as_it_stands_is_lent(
    #[case] newline: Newline,
    #[case] text: &str,
    #[case] lent: bool,
) {
    let answer = NewlineDecoder::new(newline).decode_cow(text, true);
    assert_eq!(is_lent(answer, text), lent);
}

#[test]
fn nl_20_what_is_held_back_is_not_lent_and_comes_with_the_next() {
    let mut decoder = NewlineDecoder::new(Newline::Keep);
    let text = "a\r";
    assert!(is_lent(decoder.decode_cow(text, false), &text[..1]));
    assert_eq!(decoder.decode_cow("", false), "");
    assert_eq!(decoder.decode_cow("\nb", false), "\r\nb");
    assert!(is_lent(decoder.decode_cow(text, true), text), "the last");
}

#[rstest]
#[case::nl_20_no_newline(Newline::CrLf, "a\rb", true)]
#[case::nl_20_a_newline(Newline::CrLf, "a\n", false)]
#[case::nl_20_written_as_return(Newline::Cr, "a\n", false)]
#[case::nl_20_written_as_it_is(Newline::Lf, "a\r\n", true)]
#[case::nl_20_written_untranslated(Newline::Keep, "a\r\n", true)]
fn what_is_written_as_it_stands_is_lent(
    #[case] newline: Newline,
    #[case] text: &str,
    #[case] lent: bool,
) {
    let encoder = NewlineEncoder::new(newline);
    let (answer, mut out) = (encoder.encode_cow(text), String::new());
    encoder.encode(text, &mut out);
    assert_eq!(answer, out);
    assert_eq!(is_lent(answer, text), lent);
}

/// Texts of line ends that are dense, sparse or rows of one kind, longer than the groups that are
/// looked at together.
fn dense_texts() -> impl Iterator<Item = String> {
    let seeds = [
        "\r",
        "\n",
        "\r\n",
        "\r\r\n",
        "\n\r",
        "x\r\ny\rz\n",
        "é\r",
        "\r\n\r",
    ];
    let lengths = [0, 1, 62, 63, 64, 65, 127, 128, 129, 200, 1000, 5000];
    let rows = seeds.into_iter().flat_map(move |seed| {
        lengths.map(|length| {
            let before = "x".repeat(length % 67);
            before + &seed.repeat(length / seed.len() + 1)
        })
    });
    let mut state = 1_u64;
    let random = (0..200).map(move |number| {
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let sparse = 1 + number % 40;
        (0..next() % 700)
            .map(|_| match next() % (2 + sparse) {
                0 => '\r',
                1 => '\n',
                2 => 'é',
                _ => 'x',
            })
            .collect()
    });
    rows.chain(random)
}

/// Beside a walk by characters.
#[test]
fn nl_21_line_ends_are_the_same_however_dense_they_are() {
    for text in dense_texts() {
        let (mut expected, mut seen, mut counts) = (String::new(), LineEndings::new(), [0; 3]);
        let mut rest = text.as_str();
        while let Some(ch) = rest.chars().next() {
            let (ending, len) = match ch {
                '\r' if rest.starts_with("\r\n") => (LineEnding::CrLf, 2),
                '\r' => (LineEnding::Cr, 1),
                '\n' => (LineEnding::Lf, 1),
                _ => (LineEnding::None, ch.len_utf8()),
            };
            seen.insert(ending);
            match ending {
                LineEnding::None => expected.push(ch),
                LineEnding::Lf => counts[0] += 1,
                LineEnding::Cr => counts[1] += 1,
                LineEnding::CrLf => counts[2] += 1,
            }
            if ending != LineEnding::None {
                expected.push('\n');
            }
            rest = &rest[len..];
        }
        for size in [1, 63, 64, 1000] {
            let mut decoders = [Newline::Universal, Newline::Keep].map(NewlineDecoder::new);
            let mut out = [String::new(), String::new()];
            let policies = [
                Newline::Keep,
                Newline::CrLf,
                Newline::Cr,
                Newline::Universal,
            ];
            let mut counters = policies.map(LineCounter::new);
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let mut end = size.min(rest.len());
                while !rest.is_char_boundary(end) {
                    end += 1;
                }
                let (piece, behind) = rest.split_at(end);
                for (decoder, out) in decoders.iter_mut().zip(&mut out) {
                    decoder.decode(piece, behind.is_empty(), out);
                }
                counters.iter_mut().for_each(|counter| counter.push(piece));
                rest = behind;
            }
            assert_eq!(out, [&*expected, &*text], "{text:?} in {size}");
            assert_eq!(
                decoders.map(|d| d.newlines()),
                [seen; 2],
                "{text:?} in {size}"
            );
            let [lf, cr, crlf] = counts;
            let wanted = [lf + cr + crlf, crlf, cr + crlf, lf + crlf];
            assert_eq!(counters.map(|c| c.lines()), wanted, "{text:?} in {size}");
        }
    }
}

#[test]
fn nl_13_the_default_counts_and_translates_as_universal_does() {
    let (mut text, mut counter) = (String::new(), LineCounter::default());
    NewlineDecoder::default().decode("a\rb\r\n", true, &mut text);
    counter.push(&text);
    assert_eq!((&*text, counter.lines()), ("a\nb\n", 2));
    let (mut one, mut other) = (String::new(), String::new());
    NewlineEncoder::default().encode(&text, &mut one);
    NewlineEncoder::new(Newline::Universal).encode(&text, &mut other);
    assert_eq!(one, other);
}
