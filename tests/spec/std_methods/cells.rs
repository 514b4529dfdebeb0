//! What each row is crossed with: contents, devices, sizes of the buffer.

use std::fmt;
use std::io::ErrorKind;

use crate::support::devices::Behaviour::{
    self, ErrorAfter, Halves, Interrupted, KindAfter, Lies, LyingCounts, NoProgress, OneByte, Room,
    ShortWrites, TimedOut, WouldBlock, Zeros,
};
use crate::support::devices::hampering;
use crate::support::naive;

/// Sizes of a buffer in bytes: the smallest ones, and the usual one.
pub(super) const CAPACITIES: &[usize] = &[1, 2, 3, 4, 7, 16, 65_536];

/// Enough for what only stands before another row's type.
pub(super) const FEW_CAPACITIES: &[usize] = &[1, 3, 16];

/// For what has no buffer.
pub(super) const NO_BUFFER: &[usize] = &[0];

/// Characters of one to four bytes, lines that end in both ways, and one that does not end.
pub(super) const TEXT: &str = "aé€😀\nbç\n𝄞\r\nend";

/// Contents that are empty, or have a malformed byte in the first place, in the middle, in the
/// last place, or are cut at the end.
const OTHERS: [&[u8]; 13] = [
    b"",
    b"\n",
    b"\n\n\n",
    b"a\r\n",
    b"no end",
    b"\xffab\n\xc3\xa9\n",
    MIDDLE,
    b"ab\n\xff",
    CUT,
    b"\xed\xa0\x80x\n",
    b"\xf0\x9f\x98",
    b"\xc3\xa9\xc3\xa9\x80\n\x80\n",
    b"\x80",
];

/// Malformed in the middle: the first byte of a character, and no second one.
const MIDDLE: &[u8] = b"a\xc3\xa9\n\xc3(b\nok\n";

/// Ends inside a character.
const CUT: &[u8] = b"ab\n\xe2\x82";

/// One place of the table in a row.
pub(super) struct Cell {
    /// What is there to be read, or is to be written.
    pub(super) content: Vec<u8>,
    pub(super) device: Vec<Behaviour>,
    /// Of the buffer, in bytes; 0 where there is none.
    pub(super) capacity: usize,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "capacity {}, device {:?}, ", self.capacity, self.device)?;
        if self.content.len() < 80 {
            return write!(f, "content b\"{}\"", self.content.escape_ascii());
        }
        write!(f, "text of {} bytes", self.content.len())
    }
}

impl Cell {
    fn new(content: &[u8], device: &[Behaviour], capacity: usize) -> Cell {
        Cell {
            content: content.to_vec(),
            device: device.to_vec(),
            capacity,
        }
    }

    /// A cell in which nothing is in the way.
    pub(super) fn plain(content: &[u8], capacity: usize) -> Cell {
        Cell::new(content, &[], capacity)
    }

    /// Whether nothing is in the way.
    pub(super) fn is_plain(&self) -> bool {
        self.device.is_empty()
    }
}

/// Devices and contents for a reader whose buffer has this capacity.
pub(super) fn for_readers(capacity: usize) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut add = |content: &[u8], device: &[Behaviour]| {
        cells.push(Cell::new(content, device, capacity));
    };
    for content in [TEXT.as_bytes(), MIDDLE, CUT] {
        for at in 0..=content.len() {
            add(content, &[KindAfter(at, ErrorKind::WouldBlock)]);
        }
    }
    for at in [0, 1, 2, 5, 9, 10, 17, TEXT.len()] {
        add(TEXT.as_bytes(), &[KindAfter(at, ErrorKind::TimedOut)]);
        add(TEXT.as_bytes(), &[ErrorAfter(at)]);
        add(TEXT.as_bytes(), &[ErrorAfter(at), OneByte, Interrupted]);
    }
    for device in hampering() {
        add(TEXT.as_bytes(), &device);
    }
    add(TEXT.as_bytes(), &[Lies]);
    add(TEXT.as_bytes(), &[Lies, OneByte]);
    for content in OTHERS {
        for device in [&[][..], &[OneByte], &[WouldBlock, OneByte], &[Lies, Halves]] {
            add(content, device);
        }
    }
    for len in around(capacity) {
        let text = sized(len);
        add(&text, &[]);
        add(&text, &[Halves]);
        add(&text, &[ErrorAfter(capacity.min(len)), Halves]);
    }
    cells
}

/// Devices and contents for a writer whose buffer has this capacity.
pub(super) fn for_writers(capacity: usize) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut add = |content: &[u8], device: &[Behaviour]| {
        cells.push(Cell::new(content, device, capacity));
    };
    let text = TEXT.as_bytes();
    for at in [0, 1, 2, 5, 9, 10, 17, TEXT.len() - 1] {
        add(text, &[KindAfter(at, ErrorKind::WouldBlock)]);
        add(text, &[KindAfter(at, ErrorKind::TimedOut)]);
        add(text, &[ErrorAfter(at)]);
        add(text, &[ErrorAfter(at), OneByte, Interrupted]);
    }
    for device in hampering() {
        add(text, &device);
    }
    for device in [
        &[Lies][..],
        &[Lies, ShortWrites(3)],
        &[Zeros],
        &[Zeros, OneByte],
        &[Room(0)],
        &[Room(4)],
        &[Room(9), Halves],
        &[TimedOut, Zeros, Interrupted],
    ] {
        add(text, device);
    }
    add(b"", &[]);
    add(b"", &[WouldBlock]);
    // More than a pipe or a socket of the system holds.
    add(&naive::text(10_000), &[Room(0)]);
    for len in around(capacity) {
        let text = sized(len);
        add(&text, &[]);
        add(&text, &[Halves]);
        add(&text, &[ErrorAfter(capacity.min(len)), Halves]);
    }
    cells
}

/// Devices that never do what they say.
pub(super) fn hopeless_readers(capacity: usize) -> Vec<Cell> {
    vec![Cell::new(TEXT.as_bytes(), &[LyingCounts], capacity)]
}

/// The same for a writer.
pub(super) fn hopeless_writers(capacity: usize) -> Vec<Cell> {
    let devices = [
        &[LyingCounts][..],
        &[NoProgress],
        &[NoProgress, Interrupted],
    ];
    devices
        .map(|device| Cell::new(TEXT.as_bytes(), device, capacity))
        .into()
}

/// Those with nothing in the way, and not too large.
pub(super) fn plain(cells: Vec<Cell>) -> Vec<Cell> {
    let plain = |cell: &Cell| cell.is_plain() && cell.content.len() < 1000;
    cells.into_iter().filter(plain).collect()
}

/// Text of so many bytes. A long one has few lines, for each costs time.
fn sized(len: usize) -> Vec<u8> {
    let mut text = naive::text(len);
    for (at, byte) in text.iter_mut().enumerate() {
        if *byte == b'\n' && at % 8192 > 100 {
            *byte = b'-';
        }
    }
    text
}

/// Sizes of contents, in bytes, that just fit a buffer or do not.
fn around(capacity: usize) -> Vec<usize> {
    match capacity {
        0 => vec![100],
        1..1000 => vec![capacity - 1, capacity, capacity + 1, 4 * capacity + 1],
        _ => vec![capacity, capacity + 1],
    }
}

/// The pieces in which another process sends `content` where each is asked for by "nothing now",
/// if that is how the device behaves.
pub(super) fn pieces(cell: &Cell) -> Result<Vec<Vec<u8>>, &'static str> {
    let content = &cell.content[..];
    match cell.device[..] {
        [] => Ok(vec![content.to_vec()]),
        [KindAfter(at, ErrorKind::WouldBlock)] if at <= content.len() => {
            Ok(vec![content[..at].to_vec(), content[at..].to_vec()])
        }
        [WouldBlock, OneByte] => {
            let bytes = content.iter().map(|&byte| vec![byte]);
            Ok([vec![]].into_iter().chain(bytes).collect())
        }
        _ => Err("it has something now, nothing now or its end, and does not fail between them"),
    }
}
