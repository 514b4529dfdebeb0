//! A thousand files, the same ones in every run: encodings, line ends, marks, NULs, cut characters,
//! malformed bytes, odd characters, nothing at all.

use crate::generated::{Dice, Known};

/// A file that the programs are given.
pub(crate) struct Sample {
    /// What it is, for whoever reads of a difference.
    pub(crate) what: String,
    /// Its encoding, as far as it has one.
    pub(crate) encoding: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// The same text in UTF-8, if there is one.
    pub(crate) utf_8: Option<String>,
}

/// Characters that programs see differently: spaces of all kinds, controls, zero and double width, what
/// is not assigned.
const ODD: &str = "\t \u{a0}\u{2007}\u{202f}\u{3000}\u{2028}\u{2029}\u{85}\u{200b}\u{2060}\u{feff}\
    \u{1}\u{7}\u{8}\u{b}\u{c}\r\u{1b}\u{7f}\u{9b}e\u{301}\u{20dd}漢字カナ한글ｱｶﾞ😀👍🏽🏳️‍🌈ßǅﬁİı\u{ad}\u{34f}\
    \u{e000}\u{10ffff}\u{378}\u{1f9ff}ไทยกำ\u{5d0}\u{5b8}\u{640}\u{600}\u{180e}x";

/// The sample of this number.
pub(crate) fn sample(number: usize) -> Sample {
    let mut dice = Dice::new(number as u64 + 77_000);
    let known = Known::new(number / 10 * 4 + number % 10);
    let (language, encoding) = (known.language, known.kind.encoding);
    let plain = format!("{language} in {encoding}");
    let of_known = |what: String, bytes: Vec<u8>| Sample {
        what,
        encoding,
        bytes,
        utf_8: None,
    };
    let mut bytes = known.bytes;
    let somewhere = |dice: &mut Dice, bytes: &[u8]| dice.below(bytes.len() + 1);
    match number % 10 {
        0..=3 => Sample {
            what: plain,
            encoding,
            bytes,
            utf_8: Some(known.text),
        },
        4 => {
            for _ in 0..=dice.below(4) {
                let at = somewhere(&mut dice, &bytes);
                bytes.insert(at, 0);
            }
            of_known(format!("{plain} with NULs"), bytes)
        }
        5 => {
            let at = somewhere(&mut dice, &bytes);
            bytes.truncate(at);
            of_known(format!("{plain}, cut after {at} bytes"), bytes)
        }
        6 => {
            for _ in 0..=dice.below(4) {
                let at = somewhere(&mut dice, &bytes);
                bytes.insert(
                    at,
                    *dice.one_of(b"\xff\xfe\xc3\xe2\x80\x81\xed\xf5\xf8\x8e"),
                );
            }
            of_known(format!("{plain} with other bytes"), bytes)
        }
        7 => {
            let odd: Vec<char> = ODD.chars().collect();
            let mut text = String::new();
            for _ in 0..dice.below(300) {
                text.push(match dice.below(8) {
                    0 => '\n',
                    1..=3 => *dice.one_of(&['a', 'B', ' ', '.']),
                    _ => *dice.one_of(&odd),
                });
            }
            utf_8("odd characters", text)
        }
        8 => few_bytes(number / 10, &mut dice),
        _ => {
            let line = "A line that is long or short, Größe 漢字. ";
            let mut text = String::new();
            while text.len() < 1000 * dice.below(300) {
                text.push_str(&line.repeat(dice.below(200)));
                text.push_str(dice.one_of::<&str>(&["\n", "\n\n", "\r\n", "\r", ""]));
            }
            utf_8("long", text)
        }
    }
}

fn utf_8(what: &str, text: String) -> Sample {
    Sample {
        what: what.into(),
        encoding: "utf-8",
        bytes: text.clone().into_bytes(),
        utf_8: Some(text),
    }
}

/// Nothing, next to nothing, and any bytes.
fn few_bytes(number: usize, dice: &mut Dice) -> Sample {
    const FEW: [&[u8]; 16] = [
        b"",
        b"\n",
        b"\r",
        b"\r\n",
        b"a",
        b"a\n",
        b"\n\n\n",
        b"\r\r\r",
        b"\n\r\n\r",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\0",
        b"\xff\xfe\0\0",
        b" \t ",
        b"\xc3",
    ];
    let (what, bytes) = match FEW.get(number) {
        Some(bytes) => (format!("{bytes:02x?}"), bytes.to_vec()),
        None => {
            let length = dice.below(2000);
            let bytes = (0..length).map(|_| dice.below(256) as u8);
            ("any bytes".into(), bytes.collect())
        }
    };
    Sample {
        what,
        encoding: "utf-8",
        bytes,
        utf_8: None,
    }
}

/// One line of a hundred megabytes.
pub(crate) fn one_line() -> Sample {
    utf_8(
        "one line of 100 MB",
        "0123456789 words é".repeat(100_000_000 / 19),
    )
}
