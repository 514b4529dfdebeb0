//! Random access to a file: ours beside std's, in one run, in turn.
//!
//! ```text
//! cargo bench --bench random -- [MEBIBYTES] [ROUNDS]
//! ```
//!
//! Every row of a table reads the same bytes in the same order, and that is checked. What counts
//! is the ratio to the first row in the same round.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use iolite::{BufferedRandom, FileIo, FileMode};

/// A table: what is done, by whom.
struct Table {
    name: &'static str,
    rows: &'static [Row],
    /// How much of the file's size is done, as a divisor.
    share: usize,
}

type Row = (&'static str, fn(&Path, Steps) -> io::Result<u64>);

const TABLES: &[Table] = &[
    Table {
        name: "reads of 16 to 64 bytes, each up to 512 bytes ahead",
        rows: &[
            ("std BufReader 8 KiB, seek_relative", |p, s| {
                std_read(8, p, s)
            }),
            ("std BufReader 64 KiB, seek_relative", |p, s| {
                std_read(64, p, s)
            }),
            ("iolite BufferedRandom, one window", |p, s| window(p, s)),
            ("iolite BufferedRandom, 256 blocks of 16 KiB", |p, s| {
                cache(p, s)
            }),
        ],
        share: 300,
    },
    Table {
        name: "reads of 16 to 64 bytes, each up to 2 KiB back or ahead",
        rows: &[
            ("std BufReader 8 KiB, seek_relative", |p, s| {
                std_read(8, p, s.walk())
            }),
            ("std BufReader 64 KiB, seek_relative", |p, s| {
                std_read(64, p, s.walk())
            }),
            ("iolite BufferedRandom, one window", |p, s| {
                window(p, s.walk())
            }),
            ("iolite BufferedRandom, 256 blocks of 16 KiB", |p, s| {
                cache(p, s.walk())
            }),
        ],
        share: 64,
    },
    Table {
        name: "reads of 16 to 64 bytes, anywhere",
        rows: &[
            ("std File, seek and read", |p, s| std_file(p, s.anywhere())),
            ("iolite BufferedRandom, one window", |p, s| {
                window(p, s.anywhere())
            }),
            ("iolite BufferedRandom, 256 blocks of 16 KiB", |p, s| {
                cache(p, s.anywhere())
            }),
        ],
        share: 512,
    },
    Table {
        name: "records of 64 bytes, one after the other: read, step back, write",
        rows: &[
            ("std File, seek, read and write", |p, s| {
                update(File::options().read(true).write(true).open(p)?, s)
            }),
            ("iolite BufferedRandom, one window", |p, s| {
                update(BufferedRandom::new(open(p)?)?, s)
            }),
        ],
        share: 64 * 4,
    },
];

fn main() -> io::Result<()> {
    // `cargo bench` adds a flag of its own; a plain test run only has to see that this works.
    let numbers: Vec<usize> = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let mebibytes = numbers.first().copied().unwrap_or(256);
    let rounds = numbers.get(1).copied().unwrap_or(7).max(1);
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("file");
    let size = mebibytes << 20;
    generate(&path, size)?;
    for table in TABLES {
        compare(table, &path, size, rounds)?;
    }
    Ok(())
}

fn generate(path: &Path, size: usize) -> io::Result<()> {
    let mut file = BufWriter::new(OpenOptions::new().write(true).create_new(true).open(path)?);
    for i in 0..size as u64 / 8 {
        file.write_all(&i.to_le_bytes())?;
    }
    file.flush()
}

fn compare(table: &Table, path: &Path, size: usize, rounds: usize) -> io::Result<()> {
    let steps = Steps {
        count: size / table.share,
        size: size as u64,
        dice: 1,
        way: Way::Ahead,
    };
    let mut times = vec![Vec::new(); table.rows.len()];
    let mut check = None;
    for _ in 0..rounds {
        for ((name, run), times) in table.rows.iter().zip(&mut times) {
            let start = Instant::now();
            let sum = run(path, steps)?;
            times.push(start.elapsed());
            assert_eq!(*check.get_or_insert(sum), sum, "{name}");
        }
    }
    println!("{}: {} steps, {rounds} rounds", table.name, steps.count);
    for ((name, _), own) in table.rows.iter().zip(&times) {
        let ratios = own
            .iter()
            .zip(&times[0])
            .map(|(own, first)| own.as_secs_f64() / first.as_secs_f64());
        let ratio = median(ratios.collect(), f64::total_cmp);
        let step = median(own.clone(), Duration::cmp).as_secs_f64() / steps.count as f64;
        println!(
            "  {name:<48} {:>8.1} ns   {ratio:.3} x the first",
            step * 1e9
        );
    }
    Ok(())
}

fn median<T: Copy>(mut values: Vec<T>, order: fn(&T, &T) -> std::cmp::Ordering) -> T {
    values.sort_by(order);
    values[values.len() / 2]
}

#[derive(Clone, Copy)]
enum Way {
    Ahead,
    Walk,
    Anywhere,
}

/// Where to read, and how much: the same in every run.
#[derive(Clone, Copy)]
struct Steps {
    count: usize,
    size: u64,
    dice: u64,
    way: Way,
}

impl Steps {
    fn walk(self) -> Steps {
        let way = Way::Walk;
        Steps { way, ..self }
    }

    fn anywhere(self) -> Steps {
        let way = Way::Anywhere;
        Steps { way, ..self }
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        ((u128::from(self.dice) * u128::from(sides)) >> 64) as u64
    }

    /// Calls `read` for each step, with how far it is from the end of the last one and the room
    /// for its bytes. Returns a sum of what was read.
    fn run(mut self, mut read: impl FnMut(i64, &mut [u8]) -> io::Result<()>) -> io::Result<u64> {
        let (mut at, mut sum, mut buf) = (0, 0_u64, [0; 64]);
        for _ in 0..self.count {
            let buf = &mut buf[..16 + self.roll(49) as usize];
            let last = self.size - buf.len() as u64;
            let target = match self.way {
                Way::Ahead => at + self.roll(512),
                Way::Walk => (at + self.roll(4097)).saturating_sub(2048),
                Way::Anywhere => self.roll(self.size),
            };
            let target = if target > last { target % last } else { target };
            read(target as i64 - at as i64, buf)?;
            sum = sum
                .wrapping_mul(31)
                .wrapping_add(u64::from(buf[0]) + u64::from(buf[15]));
            at = target + buf.len() as u64;
        }
        Ok(sum)
    }
}

fn std_read(kibibytes: usize, path: &Path, steps: Steps) -> io::Result<u64> {
    let mut file = BufReader::with_capacity(kibibytes << 10, File::open(path)?);
    steps.run(|distance, buf| {
        file.seek_relative(distance)?;
        file.read_exact(buf)
    })
}

fn std_file(path: &Path, steps: Steps) -> io::Result<u64> {
    let mut file = File::open(path)?;
    steps.run(|distance, buf| {
        file.seek(SeekFrom::Current(distance))?;
        file.read_exact(buf)
    })
}

fn open(path: &Path) -> io::Result<FileIo> {
    Ok(FileIo::open(path, FileMode::ReadUpdate)?)
}

fn random(mut file: BufferedRandom<FileIo>, steps: Steps) -> io::Result<u64> {
    steps.run(|distance, buf| {
        file.seek(SeekFrom::Current(distance))?;
        file.read_exact(buf)
    })
}

fn window(path: &Path, steps: Steps) -> io::Result<u64> {
    random(BufferedRandom::new(open(path)?)?, steps)
}

fn cache(path: &Path, steps: Steps) -> io::Result<u64> {
    random(
        BufferedRandom::with_cache(256, 16 << 10, open(path)?)?,
        steps,
    )
}

/// Adds 0 to the first byte of each record, so that the file stays as it is.
fn update(mut file: impl Read + Write + Seek, steps: Steps) -> io::Result<u64> {
    let (mut sum, mut record) = (0_u64, [0; 64]);
    for _ in 0..steps.count {
        file.read_exact(&mut record)?;
        sum = sum.wrapping_mul(31).wrapping_add(u64::from(record[1]));
        record[0] = record[0].wrapping_add(0);
        file.seek(SeekFrom::Current(-64))?;
        file.write_all(&record)?;
    }
    file.flush()?;
    Ok(sum)
}
