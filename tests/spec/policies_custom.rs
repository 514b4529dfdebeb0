//! "Error policies": POL clauses on a caller's own.

use std::borrow::Cow;
use std::sync::Mutex;

use iolite::text::{ErrorHandler, MalformedBytes, Replacement, UnencodableChar};
use iolite::{Error, ErrorPolicy, Result, TextIo};
use rstest::rstest;

use crate::policies::{decoded, encoded, reader};

/// Keeps what it was told, and answers in its way.
#[derive(Debug)]
struct Told {
    seen: Mutex<Vec<String>>,
    text: Option<&'static str>,
}

impl Told {
    /// One that lives as long as the process.
    fn new(text: Option<&'static str>) -> &'static Told {
        Box::leak(Box::new(Told {
            seen: Mutex::new(Vec::new()),
            text,
        }))
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl ErrorHandler for Told {
    fn name(&self) -> &str {
        "told"
    }

    fn decode(&self, malformed: &MalformedBytes<'_>) -> Option<Cow<'static, str>> {
        let MalformedBytes {
            encoding,
            offset,
            bytes,
            reason,
            ..
        } = malformed;
        let seen = format!("{encoding} {offset} {bytes:x?} {reason}");
        self.seen.lock().unwrap().push(seen);
        self.text.map(Cow::Borrowed)
    }

    fn encode(&self, missing: &UnencodableChar) -> Option<Replacement> {
        let seen = format!("{} {} {}", missing.encoding, missing.offset, missing.ch);
        self.seen.lock().unwrap().push(seen);
        Some(match (missing.ch, self.text) {
            ('\u{1f600}', _) => Replacement::Bytes(Cow::Borrowed(b"\xf0\x9f")),
            (_, text) => Replacement::Text(text?.into()),
        })
    }
}

/// The parts of the trait that need no word are strict.
#[derive(Debug)]
struct Silent(&'static str);

impl ErrorHandler for Silent {
    fn name(&self) -> &str {
        self.0
    }
}

#[test]
fn pol_10_a_handler_is_told_what_a_decode_error_says() -> Result<()> {
    let told = Told::new(Some("<>"));
    let text = decoded(b"ab\xe2\x82c\xff", "utf-8", ErrorPolicy::Custom(told))?;
    assert_eq!(text, "ab<>c<>");
    assert_eq!(
        told.seen(),
        [
            "utf-8 2 [e2, 82] invalid continuation byte",
            "utf-8 5 [ff] invalid start byte",
        ]
    );
    Ok(())
}

#[test]
fn pol_10_what_it_refuses_is_an_error() -> Result<()> {
    for errors in [
        ErrorPolicy::Custom(Told::new(None)),
        ErrorPolicy::Custom(&Silent("silent")),
    ] {
        let mut stream = reader(b"ab\xffc", "utf-8", errors);
        let mut text = String::new();
        let error = stream.read_to_string(&mut text).expect_err("refused");
        assert!(
            matches!(error, Error::Decode { offset: 2, .. }),
            "{error:?}"
        );
        stream.read_to_string(&mut text)?;
        assert_eq!(text, "abc");
        let error = encoded("aé", "ascii", errors).expect_err("refused");
        assert!(
            matches!(error, Error::Encode { offset: 1, .. }),
            "{error:?}"
        );
    }
    Ok(())
}

#[test]
fn pol_10_a_newline_in_its_text_ends_a_line() -> Result<()> {
    let mut stream = reader(
        b"a\xffb",
        "ascii",
        ErrorPolicy::Custom(Told::new(Some("1\n2"))),
    );
    assert_eq!(stream.next_line()?.as_deref(), Some("a1"));
    assert_eq!(stream.tell()?.to_string(), "1/0/2");
    assert_eq!(stream.next_line()?.as_deref(), Some("2b"));
    Ok(())
}

/// The lines of one replacement are taken apart and put together again, and every place in them
/// is found again.
#[test]
fn pol_12_a_place_in_a_replacement_of_many_lines_is_found_again() -> Result<()> {
    let errors = ErrorPolicy::Custom(Told::new(Some("\r\nä\n\n€\r")));
    let bytes = b"x\xff\ny\xff\xff\r\nz\xff";
    let mut whole = String::new();
    reader(bytes, "ascii", errors).read_to_string(&mut whole)?;
    let mut stream = reader(bytes, "ascii", errors);
    let (mut before, mut places) = (String::new(), Vec::new());
    loop {
        places.push((stream.tell()?, before.len()));
        let line = stream
            .next_line()?
            .map(|line| [&*line, line.terminator()].concat());
        let Some(line) = line else { break };
        before += &line;
    }
    assert_eq!(before, whole);
    assert!(places.is_sorted());
    for (place, len) in places.into_iter().rev() {
        stream.seek(place)?;
        assert_eq!(stream.tell()?, place);
        let mut rest = String::new();
        stream.read_to_string(&mut rest)?;
        assert_eq!(rest, whole[len..], "{place}");
    }
    Ok(())
}

#[test]
fn pol_11_it_is_asked_once_about_each_missing_character() -> Result<()> {
    let told = Told::new(Some("?!"));
    let text = ["é", &"x".repeat(20_000), "\u{1f600}€"].concat();
    let bytes = encoded(&text, "ascii", ErrorPolicy::Custom(told))?;
    let expected = ["?!", &"x".repeat(20_000)].concat();
    assert_eq!(bytes, [expected.as_bytes(), b"\xf0\x9f?!"].concat());
    let seen = ["ascii 0 é", "ascii 20002 \u{1f600}", "ascii 20006 €"];
    assert_eq!(told.seen(), seen);
    Ok(())
}

#[rstest]
#[case::pol_11_not_in_the_encoding("ä")]
#[case::pol_11_in_part("aä")]
fn text_that_is_missing_itself_is_an_error(#[case] text: &'static str) {
    let told = Told::new(Some(text));
    let error = encoded("ab€", "ascii", ErrorPolicy::Custom(told)).expect_err("missing");
    assert!(
        matches!(
            error,
            Error::Encode {
                offset: 2,
                ch: '€',
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn pol_14_handlers_are_the_same_if_they_are_one_object_of_one_name() {
    let (one, other) = (Told::new(None), Told::new(None));
    assert_eq!(ErrorPolicy::Custom(one), ErrorPolicy::Custom(one));
    assert_ne!(ErrorPolicy::Custom(one), ErrorPolicy::Custom(other));
    assert_ne!(ErrorPolicy::Custom(one), ErrorPolicy::Strict);
    static SILENT: [Silent; 2] = [Silent("one"), Silent("two")];
    assert_ne!(
        ErrorPolicy::Custom(&SILENT[0]),
        ErrorPolicy::Custom(&SILENT[1])
    );
    assert_eq!(ErrorPolicy::Custom(&SILENT[1]).to_string(), "two");
}
