//! Lines in several encodings, as bytes, written down here and not made by the library.

use crate::random::Random;

/// How a connection is served: what its lines are, and what the server does with them.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) served: Served,
    /// The width of an ASCII character, which is the first byte of it.
    width: usize,
    words: &'static [&'static [u8]],
    /// What is malformed, and what comes back for it: nothing if the connection ends then.
    pub(super) malformed: Option<(&'static [u8], Option<&'static [u8]>)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Served {
    /// Records of bytes, from a pipe into a pipe.
    Records,
    /// Text in this encoding from a pipe into a pipe; whether malformed bytes are replaced.
    Text(&'static str, bool),
    /// Text over the socket itself.
    Direct,
}

pub(super) const KINDS: [Kind; 6] = [
    Kind {
        name: "records",
        served: Served::Records,
        width: 1,
        words: &[b"word", b"\xff\0\x80", b"\r", b"x"],
        malformed: None,
    },
    Kind {
        name: "utf-8, malformed bytes replaced",
        served: Served::Text("utf-8", true),
        width: 1,
        words: &[
            b"word",
            "für".as_bytes(),
            "漢字".as_bytes(),
            "😀".as_bytes(),
        ],
        malformed: Some((b"\xe6\xbc", Some("\u{fffd}".as_bytes()))),
    },
    Kind {
        name: "utf-16-le",
        served: Served::Text("utf-16-le", false),
        width: 2,
        words: &[b"w\0o\0", b"\xfc\0", b"\x22\x6f", b"\x3d\xd8\x00\xde"],
        // Half a pair.
        malformed: Some((b"\x00\xde", None)),
    },
    Kind {
        name: "latin-1",
        served: Served::Text("latin-1", false),
        width: 1,
        words: &[b"word", b"f\xfcr", b"\xe9t\xe9"],
        malformed: None,
    },
    Kind {
        name: "shift_jis",
        served: Served::Text("shift_jis", false),
        width: 1,
        words: &[
            b"word",
            b"\x93\xfa\x96\x7b",
            b"\x82\xa9\x82\xc8",
            b"\xb6\xc5",
        ],
        malformed: Some((b"\x81\x20", None)),
    },
    Kind {
        name: "utf-8 over the socket itself",
        served: Served::Direct,
        width: 1,
        words: &[
            b"word",
            "für".as_bytes(),
            "漢字".as_bytes(),
            "😀".as_bytes(),
        ],
        malformed: Some((b"\xff", None)),
    },
];

impl Kind {
    /// Text in ASCII as this kind has it.
    pub(super) fn ascii(&self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len() * self.width);
        for byte in text.bytes() {
            bytes.push(byte);
            bytes.resize(bytes.len() + self.width - 1, 0);
        }
        bytes
    }

    /// What a line says: which one it is, and words of at most about `length` bytes.
    pub(super) fn line(&self, number: u64, length: usize, random: &mut Random) -> Vec<u8> {
        let mut line = self.ascii(&format!("{number} "));
        while line.len() < length {
            line.extend(*random.pick::<&[u8]>(self.words));
        }
        line
    }

    /// A line end as it is sent: it comes back as `\n`.
    pub(super) fn line_end(&self, random: &mut Random) -> Vec<u8> {
        let is_text = self.served != Served::Records;
        self.ascii(if is_text && random.one_in(3) {
            "\r\n"
        } else {
            "\n"
        })
    }
}
