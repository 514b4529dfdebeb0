//! Writing: ours beside std's.
//!
//! ```text
//! cargo bench --bench write -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Every row writes the same records to `/dev/null`, and what arrives there is counted and
//! checked.

mod support;

use std::hint::black_box;
use std::io::{self, BufWriter, Write};

use iolite::{
    Adapter, BufferedWriter, Encoding, FmtWriter, Newline, TextIo, TextIoWrapper, TextOptions,
    Utf8Writer,
};

use support::bench::Bench;
use support::by_hand::{BLOCK, Minimal, Null, write_spans};
use support::python;
use support::table::Kind;

/// What the loops of this file are in Python; `{…}` are the arguments of `open`.
const PYTHON: &str = "
f = open('/dev/null', {})
record, count = {}, int(sys.argv[2])
start = clock()
write = f.write
for _ in range(count):
    write(record)
f.close()
end = clock()
check = int(sys.argv[3])
";

fn main() -> io::Result<()> {
    let mut bench = Bench::new("write", 64)?;
    for size in [16, 80, 256] {
        records(&mut bench, size)?;
    }
    for (size, target) in [(16, 0.30), (80, 0.48), (256, 0.95)] {
        translated(&mut bench, size, target)?;
    }
    for case in ENCODED {
        encoded(&mut bench, case)?;
    }
    formatted(&mut bench)?;
    bench.finish()
}

/// An encoding, what a peer has for it, and a line.
type Encoded = (
    &'static str,
    Option<&'static encoding_rs::Encoding>,
    &'static str,
);

const WESTERN: &str =
    "Die Größe des Feldes überträgt sich auf façade, naïve und jalapeño: 1234567.\n";
const JAPANESE: &str = "吾輩は猫である。名前はまだ無い。どこで生れたか (1905) 見当がつかぬ。\n";
const CHINESE: &str = "学而时习之，不亦说乎？有朋自远方来 (2500)，不亦乐乎？人不知而不愠。\n";

const ENCODED: [Encoded; 6] = [
    ("cp1252", Some(encoding_rs::WINDOWS_1252), WESTERN),
    ("latin-1", Some(encoding_rs::WINDOWS_1252), WESTERN),
    ("utf-16-le", None, WESTERN),
    ("utf-16-le", None, JAPANESE),
    ("cp932", Some(encoding_rs::SHIFT_JIS), JAPANESE),
    ("gbk", Some(encoding_rs::GBK), CHINESE),
];

/// A line of that many bytes.
fn line(size: usize) -> String {
    "x".repeat(size - 1) + "\n"
}

fn records(bench: &mut Bench, size: usize) -> io::Result<()> {
    let Some(table) = bench.table("3a", &format!("{size}-byte records to /dev/null")) else {
        return Ok(());
    };
    let line = line(size);
    let (record, text, count) = (line.as_bytes(), line.as_str(), bench.size / size);
    let bytes = (count * size) as u64;
    let mut table = table
        .bytes(bytes)
        .items(count as u64, "record")
        .peer("std BufWriter 64 KiB, write_all", || {
            let mut out = BufWriter::with_capacity(BLOCK, Null::open()?);
            for _ in 0..count {
                out.write_all(black_box(record))?;
            }
            Ok(out.into_inner()?.taken)
        })
        .peer("std BufWriter 64 KiB, write", || {
            let mut out = BufWriter::with_capacity(BLOCK, Null::open()?);
            for _ in 0..count {
                assert_eq!(out.write(black_box(record))?, size);
            }
            Ok(out.into_inner()?.taken)
        })
        .limit("one block, memcpy, write(2)", || {
            let mut out = Minimal::new(Null::open()?);
            for _ in 0..count {
                out.write(black_box(record));
            }
            out.drain();
            Ok(out.device.taken)
        })
        .ours("BufferedWriter, write_all", || {
            let mut out = writer()?;
            for _ in 0..count {
                out.write_all(black_box(record))?;
            }
            taken(out)
        })
        .at_most(1.03)
        .ours("BufferedWriter, write", || {
            let mut out = writer()?;
            for _ in 0..count {
                assert_eq!(out.write(black_box(record))?, size);
            }
            taken(out)
        })
        .ours("TextIoWrapper, write_str, newlines as they are", || {
            let mut out = text_writer(Newline::Lf)?;
            for _ in 0..count {
                out.write_str(black_box(text))?;
            }
            taken(detached(out)?)
        })
        .ours("Utf8Writer over that, write_all", || {
            let mut out = Utf8Writer::new(text_writer(Newline::Lf)?);
            for _ in 0..count {
                out.write_all(black_box(record))?;
            }
            let text = out.into_inner().map_err(|failed| failed.into_parts().0)?;
            taken(detached(text)?)
        });
    if let Some(python) = python::interpreter() {
        let arguments = [line.clone(), count.to_string(), bytes.to_string()];
        table = table.row(Kind::Python, "BufferedWriter.write", move || {
            let code = python_loop("'wb'", "sys.argv[1].encode()");
            python::time(&python, &code, &arguments)
        });
    }
    bench.run(table)
}

fn translated(bench: &mut Bench, size: usize, target: f64) -> io::Result<()> {
    let work = format!("{size}-byte lines, \\n to \\r\\n, to /dev/null");
    let Some(table) = bench.table("3b", &work) else {
        return Ok(());
    };
    let line = line(size);
    let (text, count) = (line.as_str(), bench.size / size);
    let bytes = (count * (size + 1)) as u64;
    let mut table = table
        .bytes(bytes)
        .items(count as u64, "line")
        .peer("std BufWriter 64 KiB, memchr, spans", || {
            let mut out = BufWriter::with_capacity(BLOCK, Null::open()?);
            for _ in 0..count {
                write_spans(&mut out, black_box(text).as_bytes())?;
            }
            Ok(out.into_inner()?.taken)
        })
        .limit("one block, translated while copying 16 bytes", || {
            let mut out = Minimal::new(Null::open()?);
            for _ in 0..count {
                out.write_crlf(black_box(text).as_bytes());
            }
            out.drain();
            Ok(out.device.taken)
        })
        .ours("TextIoWrapper, write_str", || {
            let mut out = text_writer(Newline::CrLf)?;
            for _ in 0..count {
                out.write_str(black_box(text))?;
            }
            taken(detached(out)?)
        })
        .at_most(target);
    if let Some(python) = python::interpreter() {
        let arguments = [line.clone(), count.to_string(), bytes.to_string()];
        table = table.row(Kind::Python, "TextIOWrapper.write", move || {
            let code = python_loop("'w', newline='\\r\\n'", "sys.argv[1]");
            python::time(&python, &code, &arguments)
        });
    }
    bench.run(table)
}

fn encoded(bench: &mut Bench, (name, peer, line): Encoded) -> io::Result<()> {
    let kind = if line.is_ascii() || line == WESTERN {
        "western"
    } else {
        "East Asian"
    };
    let Some(table) = bench.table("3d", &format!("{kind} lines in {name} to /dev/null")) else {
        return Ok(());
    };
    let count = bench.size / line.len();
    let table = table
        .bytes((count * line.len()) as u64)
        .items(count as u64, "line");
    let table = match peer {
        Some(peer) => table.peer("encoding_rs, a block of 64 KiB", || {
            let mut out = BufWriter::with_capacity(BLOCK, Null::open()?);
            let (mut encoder, mut room) = (peer.new_encoder(), [0; 512]);
            for _ in 0..count {
                let (_, _, n, _) = encoder.encode_from_utf8(black_box(line), &mut room, false);
                out.write_all(&room[..n])?;
            }
            Ok(out.into_inner()?.taken)
        }),
        None => table.peer("str::encode_utf16, a block of 64 KiB", || {
            let mut out = BufWriter::with_capacity(BLOCK, Null::open()?);
            for _ in 0..count {
                for unit in black_box(line).encode_utf16() {
                    out.write_all(&unit.to_le_bytes())?;
                }
            }
            Ok(out.into_inner()?.taken)
        }),
    };
    let encoding: Encoding = name.parse()?;
    bench.run(table.ours("TextIoWrapper, write_str", || {
        let options = TextOptions::new().encoding(encoding).newline(Newline::Lf);
        let mut out = TextIoWrapper::with_options(writer()?, options);
        for _ in 0..count {
            out.write_str(black_box(line))?;
        }
        taken(detached(out)?)
    }))
}

fn formatted(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = bench.table("3c", "formatted lines to /dev/null") else {
        return Ok(());
    };
    let count = bench.size as u64 / 64;
    bench.run(
        table
            .items(count, "line")
            .peer("std BufWriter 64 KiB, writeln!", || {
                let mut out = BufWriter::with_capacity(BLOCK, Null::open()?);
                for i in 0..count {
                    writeln!(out, "{i} value={}", i * 7)?;
                }
                Ok(out.into_inner()?.taken)
            })
            .limit("one block as fmt::Write", || {
                let mut out = Minimal::new(Null::open()?);
                for i in 0..count {
                    let done =
                        std::fmt::Write::write_fmt(&mut out, format_args!("{i} value={}\n", i * 7));
                    done.map_err(io::Error::other)?;
                }
                out.drain();
                Ok(out.device.taken)
            })
            .ours("BufferedWriter, writeln!", || {
                let mut out = writer()?;
                for i in 0..count {
                    writeln!(out, "{i} value={}", i * 7)?;
                }
                taken(out)
            })
            .at_most(1.05)
            .ours("TextIoWrapper, writeln!", || {
                let mut out = text_writer(Newline::Lf)?;
                for i in 0..count {
                    writeln!(out, "{i} value={}", i * 7)?;
                }
                taken(detached(out)?)
            })
            .at_most(1.05)
            .ours("FmtWriter, writeln!", || {
                let mut out = FmtWriter::new(text_writer(Newline::Lf)?);
                for i in 0..count {
                    let done =
                        std::fmt::Write::write_fmt(&mut out, format_args!("{i} value={}\n", i * 7));
                    done.map_err(io::Error::other)?;
                }
                taken(detached(out.into_parts().0)?)
            })
            .at_most(1.05),
    )
}

fn python_loop(open: &str, record: &str) -> String {
    PYTHON.replacen("{}", open, 1).replacen("{}", record, 1)
}

type Writer = BufferedWriter<Adapter<Null>>;

fn writer() -> io::Result<Writer> {
    Ok(BufferedWriter::with_capacity(
        BLOCK,
        Adapter::writer(Null::open()?),
    ))
}

fn text_writer(newline: Newline) -> io::Result<TextIoWrapper<Writer>> {
    let options = TextOptions::new().newline(newline);
    Ok(TextIoWrapper::with_options(writer()?, options))
}

fn detached(text: TextIoWrapper<Writer>) -> io::Result<Writer> {
    Ok(text.detach().map_err(|failed| failed.into_parts().0)?)
}

/// What the device was given, after everything was written.
fn taken(out: Writer) -> io::Result<u64> {
    let device = out.detach().map_err(|failed| failed.into_parts().0)?;
    device
        .into_inner()
        .map(|null| null.taken)
        .ok_or_else(|| io::ErrorKind::BrokenPipe.into())
}
