//! How time and memory grow: with a file's size, with a line's length, with the number of streams.
//!
//! ```text
//! cargo bench --bench growth -- [MEBIBYTES] [ROUNDS] [record]
//! ```
//!
//! `MEBIBYTES` is the largest file, 8192 if not said, and lines are up to 1 GiB. Each point is a
//! process of its own, this program again, of which the fastest of `ROUNDS` counts; its memory is
//! the most that it ever had, less what it has before it begins.
//! `record` writes `benches/results/growth.tsv`.

mod support;

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("how much memory a process had is asked as Linux wants it: nothing is measured here");
}

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    linux::main()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, File};
    use std::hint::black_box;
    use std::io::{self, BufRead, ErrorKind::WouldBlock, Write};
    use std::path::Path;
    use std::process::Command;
    use std::time::Instant;

    use iolite::raw::{FileMode, SocketReader, SocketWriter};
    use iolite::{
        BufferedIo, BufferedReader, BufferedRwPair, FileIo, OpenOptions, SocketIo, TextIo,
    };
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    use crate::support::bench::Bench;
    use crate::support::record;

    /// What is measured: over what, in which unit, and what is promised of its memory.
    struct Curve {
        name: &'static str,
        work: fn(&Path, u64) -> io::Result<()>,
        over: Over,
        memory: &'static str,
    }

    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Over {
        FileSize,
        LineLength,
        Streams,
    }

    const CURVES: &[Curve] = &[
        Curve {
            name: "a file's lines as bytes",
            work: byte_lines,
            over: Over::FileSize,
            memory: "flat",
        },
        Curve {
            name: "a file's lines as text",
            work: text_lines,
            over: Over::FileSize,
            memory: "flat",
        },
        Curve {
            name: "a file's text written",
            work: text_written,
            over: Over::FileSize,
            memory: "flat",
        },
        Curve {
            name: "one line as text",
            work: text_lines,
            over: Over::LineLength,
            memory: "a multiple of the line",
        },
        Curve {
            name: "one line skipped",
            work: line_skipped,
            over: Over::LineLength,
            memory: "flat",
        },
        Curve {
            name: "idle streams, used before",
            work: |_, count| streams(count, false),
            over: Over::Streams,
            memory: "no block each",
        },
        Curve {
            name: "active streams, half a line in each",
            work: |_, count| streams(count, true),
            over: Over::Streams,
            memory: "two blocks each",
        },
    ];

    pub(crate) fn main() -> io::Result<()> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        if let [_, curve, path, x] = &arguments[..]
            && arguments[0] == "point"
        {
            return point(curve, Path::new(path), x);
        }
        let bench = Bench::new("growth", 8192)?;
        let mut record = Vec::new();
        for over in [Over::FileSize, Over::LineLength, Over::Streams] {
            let path = &bench.path("input");
            for x in points(over, bench.size as u64) {
                prepare(path, over, x)?;
                for curve in CURVES.iter().filter(|curve| curve.over == over) {
                    measure(curve, path, x, bench.rounds.min(3), &mut record)?;
                }
            }
            let _none_for_streams = fs::remove_file(path);
        }
        if arguments.iter().any(|argument| argument == "record") {
            fs::create_dir_all(record::folder())?;
            fs::write(record::folder().join("growth.tsv"), record)?;
        }
        Ok(())
    }

    fn points(over: Over, size: u64) -> Vec<u64> {
        const MIB: u64 = 1 << 20;
        match over {
            Over::FileSize => {
                let sizes = (0..=13).map(|power| MIB << power);
                sizes.filter(|&x| x <= size).collect()
            }
            Over::LineLength => {
                let lengths = [0, MIB >> 10, MIB >> 5, MIB, 16 * MIB, 64 * MIB, 256 * MIB];
                let lengths = lengths.into_iter().chain([512 * MIB, 1024 * MIB]);
                lengths.filter(|&x| x <= size).collect()
            }
            Over::Streams => {
                let counts = [2, 10, 100, 300, 1000, 3000, 10_000];
                let most = open_most();
                // A MiB is the quick mode: fewer streams there.
                let wanted = if size <= MIB { 100 } else { 10_000 };
                if most < wanted {
                    eprintln!("ONLY {most} STREAMS: the system allows no more descriptors");
                }
                let counts = counts.into_iter().filter(|&x| x <= wanted.min(most));
                counts.collect()
            }
        }
    }

    /// How many streams can be open, after the limit was raised as far as it goes.
    fn open_most() -> u64 {
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        };
        let current = match setrlimit(Resource::Nofile, raised) {
            Ok(()) => limit.maximum,
            Err(_) => limit.current,
        };
        current.map_or(u64::MAX, |most| most.saturating_sub(50))
    }

    /// Makes the file of a point: the last one, grown, or a line of zeros without blocks.
    fn prepare(path: &Path, over: Over, x: u64) -> io::Result<()> {
        match over {
            Over::Streams => Ok(()),
            Over::LineLength => File::create(path)?.set_len(x),
            Over::FileSize => {
                let mut file = File::options().create(true).append(true).open(path)?;
                let mut missing = x - file.metadata()?.len();
                let lines = b"sixty-four bytes a line, as records of a log may have, and so on\n"
                    .repeat(1 << 12);
                while missing > 0 {
                    let n = missing.min(lines.len() as u64);
                    file.write_all(&lines[..n as usize])?;
                    missing -= n;
                }
                Ok(())
            }
        }
    }

    fn measure(
        curve: &Curve,
        path: &Path,
        x: u64,
        rounds: usize,
        record: &mut Vec<u8>,
    ) -> io::Result<()> {
        let (mut time, mut memory) = (f64::MAX, 0);
        for _ in 0..rounds {
            let output = Command::new(std::env::current_exe()?)
                .args(["point", curve.name])
                .arg(path)
                .arg(x.to_string())
                .output()?;
            let text = String::from_utf8_lossy(&output.stdout);
            let numbers: Vec<u64> = text.split_whitespace().flat_map(str::parse).collect();
            let [nanoseconds, bytes] = numbers[..] else {
                return Err(io::Error::other(format!(
                    "{}: {}",
                    curve.name,
                    String::from_utf8_lossy(&output.stderr)
                )));
            };
            time = time.min(nanoseconds as f64 / 1e9);
            memory = memory.max(bytes);
        }
        let (name, unit) = (curve.name, curve.over.unit());
        let (each, mebibytes) = (time * 1e9 / x.max(1) as f64, memory as f64 / 1048576.0);
        println!(
            "{name:<36} {x:>11} {unit}s {:>10.3} ms {each:>12.3} ns each (linear) {mebibytes:>9.2} MiB ({})",
            time * 1e3,
            curve.memory
        );
        writeln!(record, "{name}: time\t{x}\t{unit}\t{time}\ts")?;
        writeln!(record, "{name}: memory\t{x}\t{unit}\t{memory}\tbyte")
    }

    impl Over {
        fn unit(self) -> &'static str {
            match self {
                Over::FileSize | Over::LineLength => "byte",
                Over::Streams => "stream",
            }
        }
    }

    /// One point, in a process of its own: writes how long it took and the most memory.
    fn point(name: &str, path: &Path, x: &str) -> io::Result<()> {
        let curve = CURVES.iter().find(|curve| curve.name == name);
        let (Some(curve), Ok(x)) = (curve, x.parse()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        open_most();
        let before = most_memory()?;
        let start = Instant::now();
        (curve.work)(path, x)?;
        let time = start.elapsed();
        println!("{} {}", time.as_nanos(), most_memory()? - before);
        Ok(())
    }

    /// The most memory that this process had, in bytes.
    fn most_memory() -> io::Result<u64> {
        let status = fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        number
            .map(|kibibytes| kibibytes << 10)
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn byte_lines(path: &Path, _: u64) -> io::Result<()> {
        let mut reader = BufferedReader::new(FileIo::open(path, FileMode::Read)?);
        while !black_box(reader.slice_until(b'\n')?).is_empty() {}
        Ok(())
    }

    fn text_lines(path: &Path, _: u64) -> io::Result<()> {
        let mut text = OpenOptions::new().read_text(path)?;
        while black_box(text.next_line()?).is_some() {}
        Ok(())
    }

    fn text_written(_: &Path, size: u64) -> io::Result<()> {
        let mut text = OpenOptions::new().write_text("/dev/null")?;
        let line = format!("{}\n", "x".repeat(63));
        for _ in 0..size / 64 {
            text.write_str(&line)?;
        }
        text.flush()?;
        Ok(())
    }

    fn line_skipped(path: &Path, _: u64) -> io::Result<()> {
        let mut reader = BufferedReader::new(FileIo::open(path, FileMode::Read)?);
        black_box(reader.skip_until(b'\n')?);
        Ok(())
    }

    type Stream = BufferedRwPair<SocketReader, SocketWriter>;

    /// Both ends of each socket are one stream each. Each writes and reads a line; then it finds
    /// that nothing more is there, or all get half a line and leave it in their buffers.
    fn streams(count: u64, is_active: bool) -> io::Result<()> {
        let mut all: Vec<Stream> = Vec::new();
        while (all.len() as u64) < count {
            let (one, other) = std::os::unix::net::UnixStream::pair()?;
            one.set_nonblocking(true)?;
            other.set_nonblocking(true)?;
            all.push(BufferedRwPair::from_socket(SocketIo::from(one))?);
            all.push(BufferedRwPair::from_socket(SocketIo::from(other))?);
        }
        let line = [&[b'x'; 63][..], b"\n"].concat();
        for pair in all.chunks_mut(2) {
            for number in [0, 1] {
                pair[number].write_all(&line)?;
                pair[number].flush()?;
                black_box(pair[1 - number].reader_mut().slice_until(b'\n')?);
            }
            for stream in pair.iter_mut().filter(|_| !is_active) {
                let nothing = stream.fill_buf().is_err_and(|e| e.kind() == WouldBlock);
                assert!(nothing, "all was read");
            }
        }
        if is_active {
            for pair in all.chunks_mut(2) {
                for number in [0, 1] {
                    pair[number].write_all(&line[..32])?;
                    pair[number].flush()?;
                    pair[1 - number].peek(32)?;
                    pair[number].write_all(&line[32..])?;
                }
            }
        }
        black_box(&mut all);
        Ok(())
    }
}
