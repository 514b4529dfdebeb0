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

use iolite::text::FmtWriter;
use iolite::{Encoding, Newline, TextIo, Utf8Writer};

use support::bench::Bench;
use support::by_hand::{BLOCK, Minimal, Null, write_spans};
use support::python;
use support::sink::{detached, taken, text_writer, writer};
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
    formatted(&mut bench)?;
    bench.finish()
}

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
            let mut out = text_writer(Encoding::UTF_8, Newline::Lf)?;
            for _ in 0..count {
                out.write_str(black_box(text))?;
            }
            taken(detached(out)?)
        })
        .ours("Utf8Writer over that, write_all", || {
            let mut out = Utf8Writer::new(text_writer(Encoding::UTF_8, Newline::Lf)?);
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
            let mut out = text_writer(Encoding::UTF_8, Newline::CrLf)?;
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
                let mut out = text_writer(Encoding::UTF_8, Newline::Lf)?;
                for i in 0..count {
                    writeln!(out, "{i} value={}", i * 7)?;
                }
                taken(detached(out)?)
            })
            .at_most(1.05)
            .ours("FmtWriter, writeln!", || {
                let mut out = FmtWriter::new(text_writer(Encoding::UTF_8, Newline::Lf)?);
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
