//! Text with the marks that `cat` makes: numbers, `$` at line ends, `^X` and `M-x`.
//!
//! What is pushed goes on where the last piece ended, also from one file to the next: a line that has
//! no end goes on with the next file.

use std::io::Write;

use memchr::memchr;

/// Which lines are numbered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Numbers {
    #[default]
    None,
    All,
    NotEmpty,
}

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Marks {
    pub(super) numbers: Numbers,
    /// Of several empty lines one is left.
    pub(super) squeezes: bool,
    pub(super) ends: bool,
    pub(super) tabs: bool,
    pub(super) nonprinting: bool,
}

/// Makes marks.
#[derive(Debug, Default)]
pub(super) struct Marked {
    marks: Marks,
    number: u64,
    /// Whether the last byte was inside of a line.
    is_inside: bool,
    /// How many empty lines came last: 0, 1, or more.
    empty: u8,
    /// A `\r`, of which the next byte says whether it belongs to a line end.
    has_return: bool,
}

/// The characters that stand for bytes which are no text: this one for byte 0.
const ESCAPED: u32 = 0x10_fe00;

impl Marked {
    pub(super) fn new(marks: Marks) -> Marked {
        Marked {
            marks,
            ..Marked::default()
        }
    }

    pub(super) fn marks(&self) -> Marks {
        self.marks
    }

    /// Appends bytes with their marks to `out`.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.each_line(bytes, out, Marked::inside);
    }

    /// The same for text, of which characters are shown that are no controls.
    pub(super) fn push_text(&mut self, text: &str, out: &mut Vec<u8>) {
        self.each_line(text.as_bytes(), out, |marked, line, out| {
            for piece in line.utf8_chunks() {
                for ch in piece.valid().chars() {
                    match u32::from(ch) {
                        code @ (0..=0x9f | ESCAPED..=0x10_feff) => marked.visible(code as u8, out),
                        _ => out.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes()),
                    }
                }
            }
        });
    }

    /// Appends what was kept.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.has_return) {
            out.push(b'\r');
        }
    }

    fn each_line(
        &mut self,
        mut bytes: &[u8],
        out: &mut Vec<u8>,
        inside: impl Fn(&Marked, &[u8], &mut Vec<u8>),
    ) {
        while !bytes.is_empty() {
            let end = memchr(b'\n', bytes);
            let line = &bytes[..end.unwrap_or(bytes.len())];
            if !line.is_empty() {
                self.finish(out);
                self.begin_line(out);
                self.empty = 0;
                // Only where `$` is shown, and the `\r` would be taken for a part of the line.
                let keeps = self.marks.ends && !self.marks.nonprinting && line.ends_with(b"\r");
                self.has_return = keeps;
                inside(self, &line[..line.len() - usize::from(keeps)], out);
            }
            let Some(end) = end else { return };
            self.end_line(out);
            bytes = &bytes[end + 1..];
        }
    }

    /// Numbers a line that is not empty.
    fn begin_line(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.is_inside, true) && self.marks.numbers != Numbers::None {
            self.count(out);
        }
    }

    fn count(&mut self, out: &mut Vec<u8>) {
        self.number += 1;
        // Into memory it cannot fail.
        let _ = write!(out, "{:6}\t", self.number);
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        if !std::mem::take(&mut self.is_inside) {
            self.empty = (self.empty + 1).min(2);
            if self.empty == 2 && self.marks.squeezes {
                return;
            }
            if self.marks.numbers == Numbers::All {
                self.count(out);
            }
        }
        if self.marks.ends {
            if std::mem::take(&mut self.has_return) {
                out.extend_from_slice(b"^M");
            }
            out.push(b'$');
        }
        out.push(b'\n');
    }

    fn inside(&self, line: &[u8], out: &mut Vec<u8>) {
        if !self.marks.nonprinting && (!self.marks.tabs || memchr(b'\t', line).is_none()) {
            out.extend_from_slice(line);
            return;
        }
        let mut left = line;
        while !left.is_empty() {
            // Most of a text is what needs no mark.
            let plain = left.iter().position(|&byte| self.is_marked(byte));
            let (plain, rest) = left.split_at(plain.unwrap_or(left.len()));
            out.extend_from_slice(plain);
            left = rest;
            if let Some((&byte, rest)) = left.split_first() {
                self.visible(byte, out);
                left = rest;
            }
        }
    }

    /// Whether a byte inside of a line is not shown as it is.
    fn is_marked(&self, byte: u8) -> bool {
        match byte {
            b'\t' => self.marks.tabs,
            b' '..=b'~' => false,
            _ => self.marks.nonprinting,
        }
    }

    /// A byte as `-v` shows it.
    fn visible(&self, byte: u8, out: &mut Vec<u8>) {
        if byte == b'\t' && !self.marks.tabs {
            return out.push(byte);
        }
        if byte >= 0x80 {
            out.extend_from_slice(b"M-");
        }
        match byte & 0x7f {
            0x7f => out.extend_from_slice(b"^?"),
            low @ 0..0x20 => out.extend_from_slice(&[b'^', low + 0x40]),
            low => out.push(low),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Marked, Marks, Numbers};

    #[test]
    fn pieces_change_nothing() {
        let text = b"one\r\n\n\n\n\ttwo\r\rthree\xff\0\r\n\r\n\n\nend\r";
        for bits in 0..48 {
            let marks = Marks {
                numbers: [Numbers::None, Numbers::All, Numbers::NotEmpty][bits / 16],
                squeezes: bits & 1 > 0,
                ends: bits & 2 > 0,
                tabs: bits & 4 > 0,
                nonprinting: bits & 8 > 0,
            };
            let pushed = |size: usize| {
                let (mut marked, mut out) = (Marked::new(marks), Vec::new());
                text.chunks(size)
                    .for_each(|piece| marked.push(piece, &mut out));
                marked.finish(&mut out);
                out
            };
            let whole = pushed(text.len());
            for size in 1..text.len() {
                assert_eq!(pushed(size), whole, "{marks:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn text_keeps_its_characters() {
        let marks = Marks {
            nonprinting: true,
            ..Marks::default()
        };
        let (mut marked, mut out) = (Marked::new(marks), Vec::new());
        marked.push_text("é日\t\u{1b}\u{85}\u{10feff}\n", &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "é日\t^[M-^EM-^?\n");
    }
}
