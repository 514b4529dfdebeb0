//! Streams in memory: ours beside std's.
//!
//! ```text
//! cargo bench --bench memory -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Every row moves the same bytes, 64 at a time, and how many those were is checked.

mod support;

use std::hint::black_box;
use std::io::{self, Cursor, Read, Seek, Write};

use bytes::BytesMut;
use iolite::{BytesIo, Chain, IoBase, StringIo, TextIo};

use support::bench::Bench;
use support::python;
use support::table::Kind;

const RECORD: usize = 64;

/// What the loops of this file are in Python; `{…}` are the stream and what is done with it.
const PYTHON: &str = "
import io
count, record = int(sys.argv[1]), 'x' * 63 + '\\n'
stream = {}
{}
start = clock()
for _ in range(count):
    call(argument)
end = clock()
check = stream.tell()
";

fn main() -> io::Result<()> {
    let mut bench = Bench::new("memory", 128)?;
    let record = "x".repeat(RECORD - 1) + "\n";
    writes(&mut bench, record.as_bytes())?;
    recycled_writes(&mut bench, record.as_bytes())?;
    reads(&mut bench, record.as_bytes())?;
    text_writes(&mut bench, &record)?;
    bench.finish()
}

fn writes(bench: &mut Bench, record: &[u8]) -> io::Result<()> {
    let Some(table) = bench.table("8a", "64-byte writes into fresh memory") else {
        return Ok(());
    };
    let count = bench.size / RECORD;
    let mut table = table
        .bytes((count * RECORD) as u64)
        .items(count as u64, "write")
        .peer("Vec::extend_from_slice, growing", || {
            let mut out = Vec::new();
            for _ in 0..count {
                out.extend_from_slice(black_box(record));
            }
            Ok(black_box(out).len() as u64)
        })
        .peer("std Cursor<Vec<u8>>::write_all, growing", || {
            let mut out = Cursor::new(Vec::new());
            for _ in 0..count {
                out.write_all(black_box(record))?;
            }
            Ok(black_box(out).into_inner().len() as u64)
        })
        .peer("BytesMut::extend_from_slice, growing", || {
            let mut out = BytesMut::new();
            for _ in 0..count {
                out.extend_from_slice(black_box(record));
            }
            Ok(black_box(out).len() as u64)
        })
        .ours("BytesIo::write_all", || {
            let mut out = BytesIo::new();
            for _ in 0..count {
                out.write_all(black_box(record))?;
            }
            Ok(black_box(out).as_slice().len() as u64)
        })
        .at_most(1.05);
    if let Some(python) = python::interpreter() {
        let code = python_loop(
            "io.BytesIO()",
            "call, argument = stream.write, record.encode()",
        );
        table = table.row(Kind::Python, "BytesIO.write", move || {
            python::time(&python, &code, &[count.to_string()])
        });
    }
    bench.run(table)
}

fn recycled_writes(bench: &mut Bench, record: &[u8]) -> io::Result<()> {
    let Some(table) = bench.table("8a", "64-byte writes into memory that is used again") else {
        return Ok(());
    };
    let count = bench.size / RECORD;
    let mut vector = Vec::with_capacity(count * RECORD);
    let mut cursor = Cursor::new(Vec::with_capacity(count * RECORD));
    let mut stream = BytesIo::from(Vec::with_capacity(count * RECORD));
    let mut chain = Chain::with_block_size(64 * 1024);
    bench.run(
        table
            .bytes((count * RECORD) as u64)
            .items(count as u64, "write")
            .peer("Vec::extend_from_slice, growing, fresh", || {
                let mut out = Vec::new();
                for _ in 0..count {
                    out.extend_from_slice(black_box(record));
                }
                Ok(black_box(out).len() as u64)
            })
            .limit("Vec::extend_from_slice, cleared", || {
                vector.clear();
                for _ in 0..count {
                    vector.extend_from_slice(black_box(record));
                }
                Ok(black_box(&vector).len() as u64)
            })
            .peer("std Cursor<Vec<u8>>::write_all, from the start", || {
                cursor.set_position(0);
                for _ in 0..count {
                    cursor.write_all(black_box(record))?;
                }
                Ok(black_box(&cursor).position())
            })
            .ours("BytesIo::write_all, truncated", || {
                stream.rewind()?;
                stream.truncate(Some(0))?;
                for _ in 0..count {
                    stream.write_all(black_box(record))?;
                }
                Ok(black_box(&stream).as_slice().len() as u64)
            })
            .at_most(0.40)
            .ours(
                "Chain::append, 64 KiB blocks of the pool, taken at once",
                || {
                    let mut sum = 0;
                    for i in 0..count {
                        chain.append(black_box(record));
                        if i % 1024 == 1023 || i + 1 == count {
                            sum += chain.take_chunk(usize::MAX).len() as u64;
                        }
                    }
                    Ok(sum)
                },
            ),
    )
}

fn reads(bench: &mut Bench, record: &[u8]) -> io::Result<()> {
    let Some(table) = bench.table("8c", "64-byte reads into a slice") else {
        return Ok(());
    };
    let count = bench.size / RECORD;
    let bytes = record.repeat(count);
    let mut cursor = Cursor::new(bytes.clone());
    let mut stream = BytesIo::from(bytes.clone());
    let mut table = table
        .bytes(bytes.len() as u64)
        .items(count as u64, "read")
        .peer("std Cursor::read", || {
            cursor.set_position(0);
            sum_of_reads(|slice| cursor.read(slice))
        })
        .limit("one copy each", || {
            let (mut slice, mut sum) = ([0; RECORD], 0);
            for piece in bytes.chunks_exact(RECORD) {
                slice.copy_from_slice(piece);
                sum += black_box(&slice).len() as u64;
            }
            Ok(sum)
        })
        .ours("BytesIo::read", || {
            stream.rewind()?;
            sum_of_reads(|slice| stream.read(slice))
        })
        .at_most(1.05);
    if let Some(python) = python::interpreter() {
        let code = python_loop(
            "io.BytesIO(record.encode() * count)",
            "call, argument = stream.read, 64",
        );
        table = table.row(Kind::Python, "BytesIO.read", move || {
            python::time(&python, &code, &[count.to_string()])
        });
    }
    bench.run(table)
}

/// Reads up to the end; how many bytes there were.
fn sum_of_reads(mut read: impl FnMut(&mut [u8]) -> io::Result<usize>) -> io::Result<u64> {
    let (mut slice, mut sum) = ([0; RECORD], 0);
    loop {
        match read(&mut slice[..])? {
            0 => return Ok(sum),
            n => sum += n as u64,
        }
        black_box(&slice);
    }
}

fn text_writes(bench: &mut Bench, record: &str) -> io::Result<()> {
    let Some(table) = bench.table("9g", "64-byte writes of text into fresh memory") else {
        return Ok(());
    };
    let count = bench.size / RECORD;
    let mut table = table
        .bytes((count * RECORD) as u64)
        .items(count as u64, "write")
        .peer("String::push_str, growing", || {
            let mut out = String::new();
            for _ in 0..count {
                out.push_str(black_box(record));
            }
            Ok(black_box(out).len() as u64)
        })
        .ours("StringIo::write_str", || {
            let mut out = StringIo::new();
            for _ in 0..count {
                out.write_str(black_box(record))?;
            }
            Ok(black_box(out).as_str().len() as u64)
        })
        .at_most(1.1);
    if let Some(python) = python::interpreter() {
        let code = python_loop("io.StringIO()", "call, argument = stream.write, record");
        table = table.row(Kind::Python, "StringIO.write", move || {
            python::time(&python, &code, &[count.to_string()])
        });
    }
    bench.run(table)
}

fn python_loop(stream: &str, call: &str) -> String {
    PYTHON.replacen("{}", stream, 1).replacen("{}", call, 1)
}
