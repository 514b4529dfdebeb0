//! Text to bytes in an encoding: ours beside encoding_rs's, std's and CPython's.
//!
//! ```text
//! cargo bench --bench encode -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Every row writes the same text to `/dev/null`, in pieces of 32 KiB unless another length is said,
//! and what arrives there is counted and checked.
//!
//! The fastest peer is not among the rows: simdutf, in C++, whose calls are unsafe and which every
//! build of the tests would have to compile. Rows by hand stand in its place.

mod support;

use std::fs;
use std::hint::black_box;
use std::io::{self, Write};
use std::ops::Range;

use iolite::{Encoding, Newline, TextIo};

use support::bench::Bench;
use support::by_hand::Null;
use support::encode_by_hand::{TwoLevels, utf16};
use support::inputs::{self, Input};
use support::python;
use support::sink::{detached, taken, text_writer};
use support::table::{Kind, Table};

/// How long a piece of text is, in bytes, and how long a line.
const PIECE: usize = 32 * 1024;
const LINE: usize = 50;

/// An encoding here and there, and a text of its own.
type Own = (&'static str, &'static encoding_rs::Encoding, Input);

const EAST_ASIAN: [Own; 6] = [
    ("shift_jis", encoding_rs::SHIFT_JIS, Input::ShiftJis),
    ("euc_jp", encoding_rs::EUC_JP, Input::ShiftJis),
    ("gbk", encoding_rs::GBK, Input::Gbk),
    ("gb18030", encoding_rs::GB18030, Input::Gbk),
    ("big5", encoding_rs::BIG5, Input::Traditional),
    ("euc_kr", encoding_rs::EUC_KR, Input::Korean),
];

fn main() -> io::Result<()> {
    let mut bench = Bench::new("encode", 64)?;
    for encoding in ["utf-16-le", "utf-16-be"] {
        for input in [Input::Ascii, Input::Latin1, Input::Gbk, Input::Mixed] {
            to_utf16(&mut bench, encoding, input)?;
        }
    }
    for (encoding, input) in [
        ("utf-16-le", Input::Ascii),
        ("cp1252", Input::Latin1),
        ("gbk", Input::Gbk),
        ("utf-7", Input::Ascii),
    ] {
        in_lines(&mut bench, encoding, input)?;
    }
    for input in [Input::Ascii, Input::Latin1, Input::Gbk] {
        beside_ours(&mut bench, "10c", input, "utf-16-le", "utf-32-le", 2.2)?;
    }
    for (input, target) in [(Input::Ascii, 0.9), (Input::Latin1, 0.5)] {
        to_windows_1252(&mut bench, input, target)?;
    }
    for (input, target) in [(Input::Ascii, 1.1), (Input::Latin1, 0.8)] {
        to_latin_1(&mut bench, input, target)?;
    }
    for (base, encoding, input) in [
        ("cp1252", "cp437", Input::Latin1),
        ("cp1252", "cp037", Input::Latin1),
        ("cp1252", "koi8-r", Input::Ascii),
        ("cp1251", "koi8-r", Input::Russian),
    ] {
        beside_ours(&mut bench, "10f", input, base, encoding, 1.3)?;
    }
    for (encoding, peer, input) in EAST_ASIAN {
        to_east_asian(&mut bench, encoding, peer, input, 1.0)?;
    }
    for (encoding, peer, _) in EAST_ASIAN {
        to_east_asian(&mut bench, encoding, peer, Input::Ascii, 1.1)?;
    }
    for (encoding, input) in [
        ("utf-7", Input::Ascii),
        ("utf-7", Input::Latin1),
        ("hz", Input::Ascii),
        ("hz", Input::Gbk),
        ("iso2022_jp", Input::Ascii),
        ("iso2022_jp", Input::ShiftJis),
        ("iso2022_kr", Input::Korean),
    ] {
        to_shifts(&mut bench, encoding, input)?;
    }
    for (encoding, input) in [
        ("utf-16-le", Input::Ascii),
        ("cp1252", Input::Latin1),
        ("gbk", Input::Gbk),
    ] {
        with_newlines(&mut bench, encoding, input)?;
    }
    bench.finish()
}

/// What a row writes: a text, so many times.
struct Work {
    text: String,
    times: usize,
    /// Pieces of [`PIECE`] bytes.
    blocks: Vec<Range<usize>>,
}

impl Work {
    fn new(bench: &Bench, input: Input) -> Work {
        let mut text = inputs::text(input, bench.size.min(8 << 20));
        if let Input::ShiftJis | Input::Gbk | Input::Traditional = input {
            // Words stand side by side in these languages. ISO 2022 has no narrow katakana.
            text = text.replace(' ', "").replace("ﾊﾝｶｸ", "半角");
        }
        let mut work = Work {
            times: bench.size / text.len() + 1,
            text,
            blocks: Vec::new(),
        };
        work.blocks = work.pieces(PIECE);
        work
    }

    /// A table about it, and how many lines there are.
    fn table<'a>(&self, table: Table<'a>) -> Table<'a> {
        let lines = self.text.lines().count() * self.times;
        table
            .bytes((self.text.len() * self.times) as u64)
            .items(lines as u64, "line")
    }

    /// Where the text is cut into pieces of at most `len` bytes.
    fn pieces(&self, len: usize) -> Vec<Range<usize>> {
        let (mut pieces, mut start) = (Vec::new(), 0);
        while start < self.text.len() {
            let mut end = self.text.len().min(start + len);
            while !self.text.is_char_boundary(end) {
                end -= 1;
            }
            pieces.push(start..end);
            start = end;
        }
        pieces
    }

    /// Calls `each` with one piece after the other.
    fn for_each(
        &self,
        pieces: &[Range<usize>],
        mut each: impl FnMut(&str) -> io::Result<()>,
    ) -> io::Result<()> {
        for _ in 0..self.times {
            let text = black_box(self.text.as_str());
            for piece in pieces {
                each(&text[piece.clone()])?;
            }
        }
        Ok(())
    }

    /// By ours.
    fn write(&self, encoding: &str, newline: Newline, pieces: &[Range<usize>]) -> io::Result<u64> {
        let mut out = text_writer(encoding.parse()?, newline)?;
        self.for_each(pieces, |piece| Ok(out.write_str(piece)?))?;
        taken(detached(out)?)
    }

    /// By what encodes a piece into a room that is large enough.
    fn encode(&self, mut encode: impl FnMut(&str, &mut [u8]) -> usize) -> io::Result<u64> {
        let (mut device, mut room) = (Null::open()?, vec![0; 4 * PIECE]);
        self.for_each(&self.blocks, |piece| {
            let n = encode(piece, &mut room);
            device.write_all(&room[..n])
        })?;
        Ok(device.taken)
    }
}

/// A table's name, and what its rows write; `None` if nobody asked for it.
fn table<'a>(
    bench: &Bench,
    id: &'static str,
    encoding: &str,
    input: Input,
) -> Option<(Table<'a>, Work)> {
    let table = bench.table(id, &format!("{} in {encoding}", input.name()))?;
    let work = Work::new(bench, input);
    Some((work.table(table), work))
}

fn to_utf16(bench: &mut Bench, encoding: &'static str, input: Input) -> io::Result<()> {
    let Some((table, work)) = table(bench, "10a", encoding, input) else {
        return Ok(());
    };
    bench.run(
        table
            .limit("by hand, ASCII widened 64 bytes at a time", || {
                work.encode(utf16)
            })
            .peer("str::encode_utf16", || {
                work.encode(|text, room| {
                    let places = room.as_chunks_mut::<2>().0.iter_mut();
                    let units = places.zip(text.encode_utf16());
                    2 * units
                        .map(|(place, unit)| *place = unit.to_le_bytes())
                        .count()
                })
            })
            .ours("TextIoWrapper, write_str", || {
                work.write(encoding, Newline::Lf, &work.blocks)
            })
            .at_most(1.15),
    )
}

fn in_lines(bench: &mut Bench, encoding: &'static str, input: Input) -> io::Result<()> {
    let Some((table, work)) = table(bench, "10b", encoding, input) else {
        return Ok(());
    };
    let lines = work.pieces(LINE);
    let count = lines.len() * work.times;
    bench.run(
        table
            .items(count as u64, "piece")
            .ours("write_str, 32 KiB", || {
                work.write(encoding, Newline::Lf, &work.blocks)
            })
            .ours("write_str, 50 bytes", || {
                work.write(encoding, Newline::Lf, &lines)
            }),
    )
}

/// Ours beside ours: `encoding` writes as many characters as `base`.
fn beside_ours(
    bench: &mut Bench,
    id: &'static str,
    input: Input,
    base: &'static str,
    encoding: &'static str,
    target: f64,
) -> io::Result<()> {
    let Some((table, work)) = table(bench, id, encoding, input) else {
        return Ok(());
    };
    let characters = work.text.chars().count();
    // One byte, two, or four for each.
    let write = |encoding: &str| {
        let bytes = work.write(encoding, Newline::Lf, &work.blocks)? as usize;
        assert_eq!(bytes % characters, 0);
        Ok(characters as u64)
    };
    bench.run(
        table
            .ours(&format!("write_str in {base}"), || write(base))
            .ours(&format!("write_str in {encoding}"), || write(encoding))
            .at_most(target),
    )
}

fn to_windows_1252(bench: &mut Bench, input: Input, target: f64) -> io::Result<()> {
    let Some((table, work)) = table(bench, "10d", "cp1252", input) else {
        return Ok(());
    };
    bench.run(
        table
            .peer("encoding_rs", || {
                let mut encoder = encoding_rs::WINDOWS_1252.new_encoder();
                work.encode(|text, room| encoder.encode_from_utf8(text, room, false).2)
            })
            .ours("TextIoWrapper, write_str", || {
                work.write("cp1252", Newline::Lf, &work.blocks)
            })
            .at_most(target),
    )
}

fn to_latin_1(bench: &mut Bench, input: Input, target: f64) -> io::Result<()> {
    let Some((table, work)) = table(bench, "10e", "latin-1", input) else {
        return Ok(());
    };
    bench.run(
        table
            .peer("encoding_rs::mem", || {
                work.encode(|text, room| {
                    encoding_rs::mem::convert_utf8_to_latin1_lossy(text.as_bytes(), room)
                })
            })
            .ours("TextIoWrapper, write_str", || {
                work.write("latin-1", Newline::Lf, &work.blocks)
            })
            .at_most(target),
    )
}

fn to_east_asian(
    bench: &mut Bench,
    encoding: &'static str,
    peer: &'static encoding_rs::Encoding,
    input: Input,
    target: f64,
) -> io::Result<()> {
    let Some((table, work)) = table(bench, "10g", encoding, input) else {
        return Ok(());
    };
    let by_hand = TwoLevels::new(peer);
    bench.run(
        table
            .limit("a table of two levels by hand", || {
                work.encode(|text, room| by_hand.encode(text, room))
            })
            .peer("encoding_rs", || {
                let mut encoder = peer.new_encoder();
                work.encode(|text, room| encoder.encode_from_utf8(text, room, false).2)
            })
            .ours("TextIoWrapper, write_str", || {
                work.write(encoding, Newline::Lf, &work.blocks)
            })
            .at_most(target),
    )
}

/// Encodings with shifts: CPython's are the only other ones.
fn to_shifts(bench: &mut Bench, encoding: &'static str, input: Input) -> io::Result<()> {
    const ENCODE: &str = r"
text, times = open(sys.argv[1], encoding='utf-8').read(), int(sys.argv[3])
start = clock()
for _ in range(times):
    encoded = text.encode(sys.argv[2])
end = clock()
check = 0";
    let Some((table, work)) = table(bench, "10h", encoding, input) else {
        return Ok(());
    };
    let Some(python) = &python::interpreter() else {
        return Ok(());
    };
    let path = bench.path("text");
    fs::write(&path, &work.text)?;
    let times = work.times.to_string();
    let arguments = [path.as_os_str(), encoding.as_ref(), times.as_ref()];
    bench.run(
        table
            .row(Kind::Python, "str.encode, in memory", || {
                let (_, time) = python::time(python, ENCODE, &arguments)?;
                Ok((None, time))
            })
            .ours("TextIoWrapper, write_str", || {
                work.write(encoding, Newline::Lf, &work.blocks)
            })
            .at_most(0.5),
    )
}

fn with_newlines(bench: &mut Bench, encoding: &'static str, input: Input) -> io::Result<()> {
    let Some((table, work)) = table(bench, "10i", encoding, input) else {
        return Ok(());
    };
    let encoding_of: Encoding = encoding.parse()?;
    let is_wide = encoding_of == Encoding::UTF_16LE;
    let lines = (work.text.lines().count() * work.times) as u64 * if is_wide { 2 } else { 1 };
    bench.run(
        table
            .ours("write_str, newlines as they are", || {
                work.write(encoding, Newline::Lf, &work.blocks)
            })
            .ours("write_str, \\n to \\r\\n", || {
                Ok(work.write(encoding, Newline::CrLf, &work.blocks)? - lines)
            })
            .at_most(1.2),
    )
}
