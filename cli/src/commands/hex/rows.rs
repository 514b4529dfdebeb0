//! Rows of bytes and characters, as `xxd` lays them out.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::cells::{NOT_SHOWN, REST, shown};
use super::characters::ByteCell;
use crate::json::{self, Bytes};
use crate::messages;
use crate::output::Output;
use crate::status::Failure;

const NOTHING: Style = Style::new().dimmed();
const ASCII: Style = AnsiColor::Cyan.on_default();
const CONTROL: Style = AnsiColor::Green.on_default();
const OTHER: Style = AnsiColor::Yellow.on_default();
const MALFORMED: Style = AnsiColor::Red.on_default();

/// How rows look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) columns: usize,
    /// 0: all of a row.
    pub(super) group: usize,
    pub(super) uppercase: bool,
    pub(super) decimal: bool,
    pub(super) json: bool,
}

/// The rows of a file, from its first bytes that are not printed on.
pub(super) struct Rows<'a> {
    layout: Layout,
    name: &'a OsStr,
    /// Where the first byte is in the file, and the first one that is shown.
    place: u64,
    bytes: Vec<u8>,
    /// What the bytes are, each by itself.
    cells: Vec<Cell>,
    /// What stands in cells, and is longer than a byte of ASCII.
    texts: String,
    line: String,
}

/// A byte in the column of characters.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell {
    /// It belongs to a character, and is covered by it or not.
    Inside {
        is_covered: bool,
        style: Style,
    },
    /// Here a character begins: what is written of `texts`, and how many bytes it has.
    Start {
        from: usize,
        to: usize,
        bytes: u64,
        style: Style,
    },
    Malformed,
}

/// A row in JSON.
#[derive(Serialize)]
struct RowObject<'a> {
    path: Bytes<'a>,
    /// The place in the file.
    byte: u64,
    hex: String,
    characters: Vec<CharacterObject<'a>>,
    /// The places of bytes that are none.
    malformed: Vec<u64>,
}

#[derive(Serialize)]
struct CharacterObject<'a> {
    byte: u64,
    end: u64,
    text: &'a str,
}

impl<'a> Rows<'a> {
    /// For bytes from `place` on.
    pub(super) fn new(layout: Layout, name: &'a OsStr, place: u64) -> Rows<'a> {
        Rows {
            layout,
            name,
            place,
            bytes: Vec::new(),
            cells: Vec::new(),
            texts: String::new(),
            line: String::new(),
        }
    }

    /// The name of the file, above its rows.
    pub(super) fn heading(&mut self, number: usize, out: &mut Output) -> Result<(), Failure> {
        let gap = if number > 0 { "\n" } else { "" };
        let heading = format!("{gap}==> {} <==\n", messages::shown(self.name));
        out.write_all(heading.as_bytes()).map_err(Failure::output)
    }

    /// Adds bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        // What nothing is said of is no text: a mark, a shift.
        let nothing = Cell::Inside {
            is_covered: false,
            style: NOTHING,
        };
        self.cells.resize(self.bytes.len(), nothing);
    }

    /// The place after the last of them.
    pub(super) fn end(&self) -> u64 {
        self.place + self.bytes.len() as u64
    }

    /// Says what some of them are.
    pub(super) fn cell(&mut self, cell: ByteCell<'_>) {
        // Of what begins before the first byte nothing is shown.
        let Some(at) = cell.place.checked_sub(self.place).map(|at| at as usize) else {
            return;
        };
        if at >= self.cells.len() {
            return;
        }
        let end = (at + cell.len as usize).min(self.cells.len());
        let Some(text) = cell.text else {
            self.cells[at..end].fill(Cell::Malformed);
            return;
        };
        let style = style_of(text);
        let from = self.texts.len();
        let width = if self.layout.json {
            self.texts.push_str(text);
            1
        } else {
            shown(text, cell.len as usize, &mut self.texts)
        };
        let to = self.texts.len();
        for (number, cell) in self.cells[at..end].iter_mut().enumerate() {
            *cell = Cell::Inside {
                is_covered: number < width,
                style,
            };
        }
        self.cells[at] = Cell::Start {
            from,
            to,
            bytes: cell.len,
            style,
        };
    }

    /// Prints the rows that are whole, and known up to `place`.
    pub(super) fn print(&mut self, place: u64, out: &mut Output) -> Result<(), Failure> {
        let known = (place.saturating_sub(self.place) as usize).min(self.bytes.len());
        self.print_rows(known - known % self.layout.columns, out)
    }

    /// Prints the rest.
    pub(super) fn finish(&mut self, out: &mut Output) -> Result<(), Failure> {
        self.print_rows(self.bytes.len(), out)
    }

    fn print_rows(&mut self, len: usize, out: &mut Output) -> Result<(), Failure> {
        let columns = self.layout.columns;
        for at in (0..len).step_by(columns) {
            let end = (at + columns).min(len);
            if self.layout.json {
                self.object(at, end, out)?;
                continue;
            }
            self.line.clear();
            self.write_bytes(at, end, out.is_colored());
            self.write_characters(at, end, out.is_colored());
            self.line.push('\n');
            out.write_all(self.line.as_bytes())
                .map_err(Failure::output)?;
        }
        self.forget(len);
        Ok(())
    }

    /// Forgets what was printed.
    fn forget(&mut self, len: usize) {
        self.place += len as u64;
        self.bytes.drain(..len);
        self.cells.drain(..len);
        let next = self.cells.iter().find_map(|cell| match cell {
            Cell::Start { from, .. } => Some(*from),
            _ => None,
        });
        let gone = next.unwrap_or(self.texts.len());
        self.texts.drain(..gone);
        for cell in &mut self.cells {
            if let Cell::Start { from, to, .. } = cell {
                (*from, *to) = (*from - gone, *to - gone);
            }
        }
    }

    fn write_bytes(&mut self, from: usize, to: usize, is_colored: bool) {
        const DIGITS: [&[u8; 16]; 2] = [b"0123456789abcdef", b"0123456789ABCDEF"];
        let Layout {
            columns,
            group,
            uppercase,
            decimal,
            ..
        } = self.layout;
        let group = if group == 0 { columns } else { group };
        let place = self.place + from as u64;
        // Into a string it cannot fail.
        let _ = if decimal {
            write!(self.line, "{place:08}: ")
        } else {
            write!(self.line, "{place:08x}: ")
        };
        let digits = DIGITS[usize::from(uppercase)];
        let mut width = 0;
        for (number, at) in (from..to).enumerate() {
            if number > 0 && number % group == 0 {
                self.line.push(' ');
                width += 1;
            }
            let byte = self.bytes[at];
            let style = is_colored.then(|| self.cells[at].style(byte));
            self.begin_style(style);
            self.line.push(char::from(digits[usize::from(byte >> 4)]));
            self.line.push(char::from(digits[usize::from(byte & 15)]));
            self.end_style(style);
            width += 2;
        }
        // As wide as a whole row, and a gap.
        let whole = ((2 * group + 1) * columns - 1) / group;
        for _ in width..whole + 2 {
            self.line.push(' ');
        }
    }

    fn write_characters(&mut self, from: usize, to: usize, is_colored: bool) {
        for at in from..to {
            let cell = self.cells[at];
            let style = is_colored.then(|| cell.style(self.bytes[at]));
            // A character that began in the row before covers nothing of this one.
            let is_covered = matches!(
                cell,
                Cell::Inside {
                    is_covered: true,
                    ..
                }
            );
            if is_covered && self.begins_in_row(from, at) {
                continue;
            }
            self.begin_style(style);
            match cell {
                Cell::Start { from, to, .. } => self.line.push_str(&self.texts[from..to]),
                Cell::Inside { .. } => self.line.push(REST),
                Cell::Malformed => self.line.push(NOT_SHOWN),
            }
            self.end_style(style);
        }
    }

    fn begins_in_row(&self, from: usize, at: usize) -> bool {
        self.cells[from..at]
            .iter()
            .any(|cell| matches!(cell, Cell::Start { .. }))
    }

    fn begin_style(&mut self, style: Option<Style>) {
        if let Some(style) = style {
            let _ = write!(self.line, "{style}");
        }
    }

    fn end_style(&mut self, style: Option<Style>) {
        if let Some(style) = style {
            let _ = write!(self.line, "{style:#}");
        }
    }

    fn object(&self, from: usize, to: usize, out: &mut Output) -> Result<(), Failure> {
        let mut hex = String::with_capacity(2 * (to - from));
        let (mut characters, mut malformed) = (Vec::new(), Vec::new());
        for at in from..to {
            let _ = write!(hex, "{:02x}", self.bytes[at]);
            let byte = self.place + at as u64;
            match self.cells[at] {
                Cell::Start {
                    from, to, bytes, ..
                } => characters.push(CharacterObject {
                    byte,
                    end: byte + bytes,
                    text: &self.texts[from..to],
                }),
                Cell::Malformed => malformed.push(byte),
                Cell::Inside { .. } => {}
            }
        }
        let (path, byte) = (Bytes::name(self.name), self.place + from as u64);
        json::line(
            out,
            &RowObject {
                path,
                byte,
                hex,
                characters,
                malformed,
            },
        )
    }
}

impl Cell {
    fn style(self, byte: u8) -> Style {
        match self {
            Cell::Malformed => MALFORMED,
            _ if byte == 0 => NOTHING,
            Cell::Inside { style, .. } | Cell::Start { style, .. } => style,
        }
    }
}

fn style_of(text: &str) -> Style {
    match text.chars().next() {
        Some('\0') | None => NOTHING,
        Some(ch) if ch.is_control() || ch.is_whitespace() => CONTROL,
        Some(ch) if ch.is_ascii() => ASCII,
        Some(_) => OTHER,
    }
}
