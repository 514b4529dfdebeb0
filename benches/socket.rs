//! Requests, answers, lines and bulk over sockets: ours beside std's, bstr's and bare calls.
//!
//! ```text
//! cargo bench --bench socket -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Every row counts what came back or arrived, and that is checked. Both ends are on one
//! processor; the far one uses bare reads and writes.

mod support;

#[cfg(not(unix))]
fn main() {
    eprintln!("Unix sockets are unix's: nothing is compared here");
}

#[cfg(unix)]
fn main() -> std::io::Result<()> {
    unix::main()
}

#[cfg(unix)]
mod unix {
    use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

    use bstr::io::BufReadExt;
    use iolite::{BufferedReader, BufferedRwPair, BufferedWriter, SocketIo, TextIo, TextIoWrapper};

    use crate::support::bench::Bench;
    use crate::support::connection::{Kind, line};
    use crate::support::masks::Masks;
    use crate::support::pin;

    const BLOCK: usize = 64 << 10;

    pub(crate) fn main() -> io::Result<()> {
        let mut bench = Bench::new("socket", 256)?;
        pin::to_one_processor();
        for (kind, in_flight, bulk) in [(Kind::Unix, 0.88, 0.78), (Kind::Tcp, 0.93, 0.90)] {
            let count = (bench.size >> 13).max(1);
            requests(&mut bench, "5a", kind, 1, count, 1.02)?;
            let count = (bench.size >> 8).div_ceil(100);
            requests(&mut bench, "5b", kind, 100, count, in_flight)?;
            receive(&mut bench, kind, bulk)?;
            send_blocks(&mut bench, kind)?;
            send_records(&mut bench, kind)?;
        }
        bench.finish()
    }

    /// `count` times `depth` lines of 64 bytes there, and the same back.
    fn requests(
        bench: &mut Bench,
        id: &'static str,
        kind: Kind,
        depth: usize,
        count: usize,
        target: f64,
    ) -> io::Result<()> {
        let work = format!("{depth} requests of 64 bytes in flight, {}", kind.name());
        let Some(table) = bench.table(id, &work) else {
            return Ok(());
        };
        let line = &line();
        bench.run(
            table
                .items((count * depth) as u64, "request")
                .peer(
                    "std BufReader, BufWriter 8 KiB on clones, read_until",
                    || {
                        let (near, far) = kind.echo(depth)?.split();
                        let mut writer = BufWriter::new(near.try_clone()?);
                        let (mut reader, mut answer) = (BufReader::new(near), Vec::new());
                        for _ in 0..count {
                            for _ in 0..depth {
                                writer.write_all(line)?;
                            }
                            writer.flush()?;
                            for _ in 0..depth {
                                answer.clear();
                                reader.read_until(b'\n', &mut answer)?;
                            }
                        }
                        drop((reader, writer));
                        far.join()
                    },
                )
                .limit("bare write and read_exact of all", || {
                    let (mut near, far) = kind.echo(depth)?.split();
                    let (requests, mut answers) = (line.repeat(depth), vec![0; 64 * depth]);
                    for _ in 0..count {
                        near.write_all(&requests)?;
                        near.read_exact(&mut answers)?;
                    }
                    drop(near);
                    far.join()
                })
                .ours("BufferedRwPair, slice_until", || {
                    let (near, far) = kind.echo(depth)?.split();
                    let mut pair = BufferedRwPair::from_socket(SocketIo::from(near))?;
                    for _ in 0..count {
                        for _ in 0..depth {
                            pair.write_all(line)?;
                        }
                        pair.flush()?;
                        for _ in 0..depth {
                            pair.reader_mut().slice_until(b'\n')?;
                        }
                    }
                    drop(pair);
                    far.join()
                })
                .at_most(target),
        )
    }

    /// Lines of 64 bytes as fast as they come; counts their bytes.
    fn receive(bench: &mut Bench, kind: Kind, target: f64) -> io::Result<()> {
        let Some(table) = bench.table("5c", &format!("64-byte lines received, {}", kind.name()))
        else {
            return Ok(());
        };
        let size = bench.size;
        bench.run(
            table
                .bytes(size as u64)
                .items(size as u64 / 64, "line")
                .peer("bstr for_byte_line 64 KiB", || {
                    let (near, _far) = kind.lines(size)?.split();
                    let mut count = 0;
                    BufReader::with_capacity(BLOCK, near).for_byte_line(|line| {
                        count += 1 + line.len() as u64;
                        Ok(true)
                    })?;
                    Ok(count)
                })
                .peer("std BufReader 64 KiB, read_until", || {
                    let (near, _far) = kind.lines(size)?.split();
                    let mut reader = BufReader::with_capacity(BLOCK, near);
                    let (mut line, mut count) = (Vec::new(), 0);
                    while reader.read_until(b'\n', &mut line)? > 0 {
                        count += line.len() as u64;
                        line.clear();
                    }
                    Ok(count)
                })
                .limit("bare read of 64 KiB", || {
                    let (mut near, _far) = kind.lines(size)?.split();
                    let (mut buffer, mut count) = (vec![0; BLOCK], 0);
                    loop {
                        match near.read(&mut buffer)? {
                            0 => return Ok(count),
                            n => count += n as u64,
                        }
                    }
                })
                .limit("bit masks, pulled", || {
                    let (near, _far) = kind.lines(size)?.split();
                    let (mut lines, mut count) = (Masks::new(near, false), 0);
                    while let Some(line) = lines.next_line()? {
                        count += 1 + line.len() as u64;
                    }
                    Ok(count)
                })
                .ours("slice_until", || {
                    let (near, _far) = kind.lines(size)?.split();
                    let mut reader = BufferedReader::new(SocketIo::from(near));
                    let mut count = 0;
                    loop {
                        match reader.slice_until(b'\n')? {
                            [] => return Ok(count),
                            line => count += line.len() as u64,
                        }
                    }
                })
                .at_most(target)
                .ours("next_line of text", || {
                    let (near, _far) = kind.lines(size)?.split();
                    let mut text = TextIoWrapper::new(BufferedReader::new(SocketIo::from(near)));
                    let mut count = 0;
                    while let Some(line) = text.next_line()? {
                        count += 1 + line.len() as u64;
                    }
                    Ok(count)
                }),
        )
    }

    fn send_blocks(bench: &mut Bench, kind: Kind) -> io::Result<()> {
        let Some(table) = bench.table("5d", &format!("64 KiB written, {}", kind.name())) else {
            return Ok(());
        };
        let (count, block) = (bench.size / BLOCK, &line().repeat(1024));
        bench.run(
            table
                .bytes(bench.size as u64)
                .items(count as u64, "write")
                .peer("bare write", || {
                    let (mut near, far) = kind.reader()?.split();
                    for _ in 0..count {
                        near.write_all(block)?;
                    }
                    drop(near);
                    far.join()
                })
                .ours("BufferedWriter 64 KiB", || {
                    let (near, far) = kind.reader()?.split();
                    let mut writer = BufferedWriter::new(SocketIo::from(near));
                    for _ in 0..count {
                        writer.write_all(block)?;
                    }
                    writer.flush()?;
                    drop(writer);
                    far.join()
                })
                .at_most(1.03),
        )
    }

    fn send_records(bench: &mut Bench, kind: Kind) -> io::Result<()> {
        let Some(table) = bench.table("5d", &format!("64-byte records, {}", kind.name())) else {
            return Ok(());
        };
        let (count, record) = (bench.size / 64, &line());
        bench.run(
            table
                .bytes(bench.size as u64)
                .items(count as u64, "record")
                .peer("std BufWriter 64 KiB", || {
                    let (near, far) = kind.reader()?.split();
                    let mut writer = BufWriter::with_capacity(BLOCK, near);
                    for _ in 0..count {
                        writer.write_all(record)?;
                    }
                    drop(writer.into_inner()?);
                    far.join()
                })
                .ours("BufferedWriter 64 KiB", || {
                    let (near, far) = kind.reader()?.split();
                    let mut writer = BufferedWriter::new(SocketIo::from(near));
                    for _ in 0..count {
                        writer.write_all(record)?;
                    }
                    writer.flush()?;
                    drop(writer);
                    far.join()
                })
                .at_most(1.03),
        )
    }
}
