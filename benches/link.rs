//! Calls and streams of items between two programs: ours beside bare messages of the same bytes over
//! the same socket, and beside the real MoaT.
//!
//! ```text
//! cargo bench --bench link --features link -- [THOUSANDS OF CALLS] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Beside a Rust crate for calls: `benches/rpc`. Everything runs on one processor. Both ends are threads of this program; MoaT's are two programs, and
//! left out where `tests/link/setup.sh` has not installed it.

#[cfg(unix)]
#[allow(dead_code, reason = "the tests need the rest")]
#[path = "../tests/link/interop/moat.rs"]
mod moat;
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
    use std::io::{self, Read, Write};
    use std::os::unix::net::UnixStream;
    use std::thread;
    use std::time::Duration;

    use iolite::link::session::CallError;

    use crate::moat::Moat;
    use crate::support::bench::Bench;
    use crate::support::link::{Ours, other};
    use crate::support::pin;
    use crate::support::table::{Kind, Table};

    /// `[0, ["add"], 2, 3]` and `[-4, 5]`.
    const CALL: &[u8] = b"\x84\x00\x81\x63add\x02\x03";
    const ANSWER: &[u8] = b"\x82\x23\x05";

    pub(crate) fn main() -> io::Result<()> {
        let mut bench = Bench::new("link", 20)?;
        pin::to_one_processor();
        let calls = (bench.size >> 20) * 1000;
        one_at_a_time(&mut bench, calls)?;
        in_flight(&mut bench, calls)?;
        items(&mut bench, 50 * calls)?;
        bench.finish()
    }

    /// The same by MoaT at both ends, which does it `count` times at the pace that it has measured of its
    /// own: starting Python is no part of the work.
    fn with_moat<'a>(
        table: Table<'a>,
        bench: &Bench,
        what: &'static str,
        count: usize,
    ) -> Table<'a> {
        let Some(moat) = Moat::installed() else {
            return table;
        };
        let server = moat.serve(&bench.path(what).display().to_string());
        table.row(Kind::Python, "MoaT at both ends", move || {
            let output = moat.run("speed", &[&server.address, what]);
            // The first line: MoaT may fail when it closes, after its work is done and said.
            let said = output
                .lines()
                .next()
                .and_then(|line| line.strip_prefix(what));
            let nanoseconds = said.map(|it| it.trim().parse::<u64>());
            let Some(Ok(nanoseconds)) = nanoseconds else {
                return Err(io::Error::other(output));
            };
            let time = Duration::from_nanos(nanoseconds * count as u64);
            Ok((None, Some(time)))
        })
    }

    /// The far end answers each call of `depth` in one.
    fn bare(count: usize, depth: usize) -> io::Result<u64> {
        let (mut near, mut far) = UnixStream::pair()?;
        let answering = thread::spawn(move || {
            let (mut calls, answers) = (vec![0; CALL.len() * depth], ANSWER.repeat(depth));
            while far.read_exact(&mut calls).is_ok() {
                far.write_all(&answers)?;
            }
            io::Result::Ok(())
        });
        let (calls, mut answers) = (CALL.repeat(depth), vec![0; ANSWER.len() * depth]);
        let mut sum = 0;
        for _ in 0..count / depth {
            near.write_all(&calls)?;
            near.read_exact(&mut answers)?;
            sum += 5 * depth as u64;
        }
        drop(near);
        answering.join().expect("no panic")?;
        Ok(sum)
    }

    fn one_at_a_time(bench: &mut Bench, count: usize) -> io::Result<()> {
        let Some(table) = bench.table("11a", "calls one at a time, Unix socket") else {
            return Ok(());
        };
        let table = table
            .items(count as u64, "call")
            .limit("bare write and read_exact of the same bytes", || {
                bare(count, 1)
            })
            .ours("Request::call", || Ours::new()?.one_at_a_time(count))
            .at_most(1.6);
        bench.run(with_moat(table, bench, "call", count))
    }

    fn in_flight(bench: &mut Bench, count: usize) -> io::Result<()> {
        let Some(table) = bench.table("11b", "calls, 100 in flight, Unix socket") else {
            return Ok(());
        };
        let table = table
            .items(count as u64, "call")
            .limit("bare write and read_exact of the same bytes", || {
                bare(count, 100)
            })
            .ours("Request::queue and wait", || Ours::new()?.in_flight(count))
            .ours("Request::call in 100 threads", || {
                let ours = Ours::new()?;
                let request = ours.client.request();
                let some = || {
                    let call = |_| request.call::<u64>("add", &(2, 3));
                    (0..count / 100).map(call).sum::<Result<u64, _>>()
                };
                thread::scope(|scope| {
                    let threads: Vec<_> = (0..100).map(|_| scope.spawn(some)).collect();
                    let sums = threads.into_iter().map(|it| it.join().expect("no panic"));
                    sums.sum::<Result<u64, CallError>>().map_err(other)
                })
            });
        bench.run(with_moat(table, bench, "call_of_100", count))
    }

    fn items(bench: &mut Bench, count: usize) -> io::Result<()> {
        let Some(table) = bench.table("11c", "a stream of small items, Unix socket") else {
            return Ok(());
        };
        let number = count as u64;
        let table = table
            .items(number, "item")
            .limit("bare writes and reads of 64 KiB of the same bytes", || {
                bare_items(number)
            })
            .ours("Channel::feed and recv", || {
                let ours = Ours::new()?;
                let request = ours.client.request().with_window(1024);
                let mut stream = request.stream_in("count", &number).map_err(other)?;
                let mut sum = 0;
                while let Some(item) = stream.recv::<u64>().map_err(other)? {
                    sum += item;
                }
                Ok(sum)
            });
        bench.run(with_moat(table, bench, "item", count))
    }

    /// `[-3, item]`, written by hand, and read without a look at it.
    fn bare_items(count: u64) -> io::Result<u64> {
        let (mut near, mut far) = UnixStream::pair()?;
        let sending = thread::spawn(move || {
            let mut buffer = Vec::with_capacity(80 << 10);
            for item in 0..count {
                buffer.extend([0x82, 0x22, 0x1a]);
                let item = u32::try_from(item).map_err(io::Error::other)?;
                buffer.extend(item.to_be_bytes());
                if buffer.len() >= 64 << 10 {
                    far.write_all(&buffer)?;
                    buffer.clear();
                }
            }
            far.write_all(&buffer)
        });
        let (mut buffer, mut length) = (vec![0; 64 << 10], 0);
        loop {
            match near.read(&mut buffer)? {
                0 => break,
                read => length += read as u64,
            }
        }
        sending.join().expect("no panic")?;
        let items = length / 7;
        Ok(items * (items - 1) / 2)
    }
}
