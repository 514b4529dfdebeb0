//! What of a text is counted character by character: words and columns.

use unicode_width::UnicodeWidthChar;

/// Counts words in text that comes in pieces: runs of printable characters between white space.
#[derive(Default)]
pub(super) struct WordCounter {
    words: u64,
    inside: bool,
}

impl WordCounter {
    pub(super) fn push(&mut self, text: &str) {
        for ch in text.chars() {
            match class(ch) {
                Class::Separator => self.inside = false,
                Class::Printable => {
                    self.words += u64::from(!self.inside);
                    self.inside = true;
                }
                Class::Neither => {}
            }
        }
    }

    pub(super) fn words(&self) -> u64 {
        self.words
    }
}

enum Class {
    Separator,
    Printable,
    /// Neither begins nor ends a word.
    Neither,
}

/// How `wc` sees a character in a UTF-8 locale. (It also skips code points that its C library
/// does not know yet; they are printable here.)
fn class(ch: char) -> Class {
    match ch {
        '!'..='~' => Class::Printable,
        '\t'..='\r' | ' ' => Class::Separator,
        '\u{2060}' => Class::Separator,
        '\u{2028}' | '\u{2029}' => Class::Neither,
        _ if ch.is_control() => Class::Neither,
        _ if ch.is_whitespace() => Class::Separator,
        _ => Class::Printable,
    }
}

/// Measures lines in columns of a terminal, in text that comes in pieces.
#[derive(Default)]
pub(super) struct Ruler {
    column: u64,
    longest: u64,
}

impl Ruler {
    pub(super) fn push(&mut self, text: &str) {
        for ch in text.chars() {
            match ch {
                ' '..='~' => self.column += 1,
                // A page ends a line, and a carriage return goes back to its start.
                '\n' | '\r' | '\x0c' => {
                    self.longest = self.longest.max(self.column);
                    self.column = 0;
                }
                // They are not printed, as for words.
                '\u{2028}' | '\u{2029}' => {}
                '\t' => self.column += 8 - self.column % 8,
                _ => self.column += ch.width().unwrap_or(0) as u64,
            }
        }
    }

    pub(super) fn longest(&self) -> u64 {
        self.longest.max(self.column)
    }
}
