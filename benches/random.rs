//! Random access to a file: ours beside std's, pread and caches written by hand.
//!
//! ```text
//! cargo bench --bench random -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Every row adds up the first byte of each read, and that is checked.

mod support;

#[cfg(not(unix))]
fn main() {
    eprintln!("pread is unix's: nothing is compared here");
}

#[cfg(unix)]
fn main() -> std::io::Result<()> {
    unix::main()
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, File};
    use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
    use std::os::unix::fs::FileExt;
    use std::path::{Path, PathBuf};

    use iolite::raw::FileMode;
    use iolite::{BlockCache, BufferedRandom, FileIo};

    use crate::support::bench::Bench;
    use crate::support::direct_mapped::{DirectMapped, Window};
    use crate::support::places::{Access, Place, Way, places, update, visit};
    use crate::support::python;
    use crate::support::table::Kind;

    const PAGE: usize = 4096;

    /// 16 MiB of pages.
    const SMALL: usize = 4096;

    pub(crate) fn main() -> io::Result<()> {
        let mut bench = Bench::new("random", 256)?;
        let path = &bench.path("file");
        generate(path, bench.size)?;
        steps(&mut bench, path, "4a", "a little ahead", Way::Forward)?;
        steps(&mut bench, path, "4b", "2 KiB back or ahead", Way::Walk)?;
        let hot = Way::Hot(hot(&bench));
        jumps(&mut bench, path, "Zipf", Way::Zipf, 1.20)?;
        jumps(&mut bench, path, "64 MiB that are hot", hot, 1.12)?;
        jumps(&mut bench, path, "anywhere", Way::Uniform, 1.08)?;
        cached(&mut bench, path)?;
        mixed(&mut bench)?;
        beside_limit(&mut bench, path)?;
        bench.finish()
    }

    fn generate(path: &Path, size: usize) -> io::Result<()> {
        let mut file = io::BufWriter::new(File::create(path)?);
        for i in 0..size as u64 / 8 {
            file.write_all(&i.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes())?;
        }
        file.flush()
    }

    /// The hot part of a file, in bytes: 64 MiB if it has so many.
    fn hot(bench: &Bench) -> u64 {
        (bench.size as u64 / 4).min(64 << 20)
    }

    /// Reads that are near one another.
    fn steps(
        bench: &mut Bench,
        path: &Path,
        id: &'static str,
        name: &str,
        way: Way,
    ) -> io::Result<()> {
        let Some(table) = bench.table(id, &format!("reads of 16 to 64 bytes, {name}")) else {
            return Ok(());
        };
        let places = &places(way, bench.size as u64, bench.size / 256, 0);
        let list = &bench.path("places");
        let mut table = table
            .items(places.len() as u64, "read")
            .peer("std BufReader 8 KiB, seek_relative", || {
                seek_relative(path, places, 8)
            })
            .peer("std BufReader 64 KiB, seek_relative", || {
                seek_relative(path, places, 64)
            })
            .limit("a window of 8 KiB, pread", || {
                let mut window = Window::new(File::open(path)?, 8 << 10);
                visit(places, |at, buf| window.read_at(at, buf))
            })
            .ours("BufferedRandom, one window", || window(path, places))
            .at_most(if id == "4a" { 0.88 } else { 0.15 })
            .ours("BlockCache, a cache of 16 MiB", || {
                cache(path, places, SMALL)
            });
        if let Some(python) = python::interpreter() {
            let offsets = places.iter().flat_map(|place| [place.at, place.len as u64]);
            let bytes: Vec<u8> = offsets.flat_map(u64::to_ne_bytes).collect();
            fs::write(list, bytes)?;
            table = table.row(Kind::Python, "BufferedRandom, seek and read", move || {
                python::time(&python, PYTHON, &[path, list])
            });
        }
        bench.run(table)
    }

    const PYTHON: &str = "
import array, os
places = array.array('Q')
places.frombytes(open(sys.argv[2], 'rb').read())
places = list(zip(places[::2], places[1::2]))
check = 0
start = clock()
with open(sys.argv[1], 'r+b') as file:
    for at, n in places:
        file.seek(at)
        check += file.read(n)[0]
end = clock()
";

    /// Reads that are far from one another, without a cache.
    fn jumps(bench: &mut Bench, path: &Path, name: &str, way: Way, target: f64) -> io::Result<()> {
        let Some(table) = bench.table("4c", &format!("reads of 16 to 64 bytes, {name}")) else {
            return Ok(());
        };
        let places = &places(way, bench.size as u64, bench.size / 512, 0);
        bench.run(
            table
                .items(places.len() as u64, "read")
                .peer("pread", || pread(path, places))
                .peer("std BufReader 8 KiB, seek_relative", || {
                    seek_relative(path, places, 8)
                })
                .limit("a window of 8 KiB, pread", || {
                    let mut window = Window::new(File::open(path)?, 8 << 10);
                    visit(places, |at, buf| window.read_at(at, buf))
                })
                .ours("BufferedRandom, one window", || window(path, places))
                .at_most(target),
        )
    }

    /// Reads in a part of the file that the cache can hold.
    fn cached(bench: &mut Bench, path: &Path) -> io::Result<()> {
        let hot = hot(bench);
        let Some(table) = bench.table("4d", "reads of 16 to 64 bytes, 64 MiB that are hot") else {
            return Ok(());
        };
        let places = &places(Way::Hot(hot), bench.size as u64, bench.size / 512, 0);
        let blocks = hot as usize / PAGE;
        bench.run(
            table
                .items(places.len() as u64, "read")
                .peer("pread", || pread(path, places))
                .limit("a direct-mapped cache of 64 MiB", || {
                    direct_mapped(path, places, blocks)
                })
                .ours("BlockCache, a cache of 64 MiB", || {
                    cache(path, places, blocks + 1)
                })
                .at_most(0.42),
        )
    }

    /// Three writes in ten, in memory: on a disk the first change of each page is what counts.
    fn mixed(bench: &mut Bench) -> io::Result<()> {
        let ways: [(&str, Way, usize, f64); 3] = [
            ("a little ahead", Way::Forward, 256, 0.36),
            ("2 KiB back or ahead", Way::Walk, 256, 0.10),
            ("anywhere", Way::Uniform, 512, 1.15),
        ];
        for (name, way, share, target) in ways {
            let work = format!("7 reads, 3 writes of 16 to 64 bytes, {name}");
            let Some(table) = bench.table("4e", &work) else {
                return Ok(());
            };
            let (_folder, path) = &in_memory(bench)?;
            let places = &places(way, bench.size as u64, bench.size / share, 30);
            update(places, Positioned(open(path)?))?;
            let table = table
                .items(places.len() as u64, "step")
                .peer("pread, pwrite", || update(places, Positioned(open(path)?)))
                .limit("a direct-mapped cache of 16 MiB", || {
                    update(places, DirectMapped::new(open(path)?, SMALL, PAGE))
                });
            bench.run(
                match way {
                    Way::Walk => table.ours("BlockCache, a cache of 16 MiB", || {
                        let file = FileIo::open(path, FileMode::ReadUpdate)?;
                        update(places, blocks_of(SMALL, file)?)
                    }),
                    _ => table.ours("BufferedRandom, a window of 8 KiB", || {
                        let file = FileIo::open(path, FileMode::ReadUpdate)?;
                        update(places, BufferedRandom::with_capacity(8 << 10, file)?)
                    }),
                }
                .at_most(target),
            )?;
        }
        Ok(())
    }

    /// The cache beside one that has nothing but its blocks.
    fn beside_limit(bench: &mut Bench, path: &Path) -> io::Result<()> {
        let ways: [(&str, Way, usize); 3] = [
            ("2 KiB back or ahead", Way::Walk, 256),
            ("Zipf", Way::Zipf, 512),
            ("64 MiB that are hot", Way::Hot(hot(bench)), 512),
        ];
        for (name, way, share) in ways {
            let Some(table) = bench.table("9e", &format!("reads of 16 to 64 bytes, {name}")) else {
                return Ok(());
            };
            let places = &places(way, bench.size as u64, bench.size / share, 0);
            let blocks = match way {
                Way::Hot(bytes) => bytes as usize / PAGE,
                _ => SMALL,
            };
            bench.run(
                table
                    .items(places.len() as u64, "read")
                    .limit("a direct-mapped cache", || {
                        direct_mapped(path, places, blocks)
                    })
                    .ours("BlockCache, a cache of that size", || {
                        cache(path, places, blocks)
                    })
                    .at_most(1.3),
            )?;
        }
        let work = "7 reads, 3 writes of 16 to 64 bytes, 2 KiB back or ahead";
        let Some(table) = bench.table("9e", work) else {
            return Ok(());
        };
        let (_folder, path) = &in_memory(bench)?;
        let places = &places(Way::Walk, bench.size as u64, bench.size / 256, 30);
        update(places, Positioned(open(path)?))?;
        bench.run(
            table
                .items(places.len() as u64, "step")
                .limit("a direct-mapped cache of 16 MiB", || {
                    update(places, DirectMapped::new(open(path)?, SMALL, PAGE))
                })
                .ours("BlockCache, a cache of 16 MiB", || {
                    let file = FileIo::open(path, FileMode::ReadUpdate)?;
                    update(places, blocks_of(SMALL, file)?)
                })
                .at_most(1.3),
        )
    }

    /// A file of this run's size on a file system without a disk, if there is one.
    fn in_memory(bench: &Bench) -> io::Result<(tempfile::TempDir, PathBuf)> {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
        let path = folder.path().join("file");
        generate(&path, bench.size)?;
        Ok((folder, path))
    }

    fn open(path: &Path) -> io::Result<File> {
        File::options().read(true).write(true).open(path)
    }

    fn pread(path: &Path, places: &[Place]) -> io::Result<u64> {
        let file = File::open(path)?;
        visit(places, |at, buf| file.read_exact_at(buf, at))
    }

    fn seek_relative(path: &Path, places: &[Place], kibibytes: usize) -> io::Result<u64> {
        let mut file = BufReader::with_capacity(kibibytes << 10, File::open(path)?);
        let mut end = 0;
        visit(places, |at, buf| {
            file.seek_relative(at as i64 - end)?;
            end = at as i64 + buf.len() as i64;
            file.read_exact(buf)
        })
    }

    fn direct_mapped(path: &Path, places: &[Place], blocks: usize) -> io::Result<u64> {
        let mut cache = DirectMapped::new(File::open(path)?, blocks.next_power_of_two(), PAGE);
        visit(places, |at, buf| cache.read_at(at, buf))
    }

    fn window(path: &Path, places: &[Place]) -> io::Result<u64> {
        let file = FileIo::open(path, FileMode::ReadUpdate)?;
        read(BufferedRandom::new(file)?, places)
    }

    fn cache(path: &Path, places: &[Place], blocks: usize) -> io::Result<u64> {
        let file = FileIo::open(path, FileMode::ReadUpdate)?;
        read(blocks_of(blocks, file)?, places)
    }

    fn blocks_of(blocks: usize, file: FileIo) -> io::Result<BlockCache<FileIo>> {
        let numbers = BlockCache::builder().blocks(blocks).block_size(PAGE);
        Ok(numbers.build(file)?)
    }

    fn read(mut file: impl Access, places: &[Place]) -> io::Result<u64> {
        visit(places, |at, buf| file.read_at(at, buf))
    }

    /// What is read and written where it was sought.
    trait Sought: Read + Write + Seek {}
    impl Sought for BufferedRandom<FileIo> {}
    impl Sought for BlockCache<FileIo> {}

    impl<S: Sought> Access for S {
        #[inline]
        fn read_at(&mut self, at: u64, buf: &mut [u8]) -> io::Result<()> {
            self.seek(SeekFrom::Start(at))?;
            self.read_exact(buf)
        }

        #[inline]
        fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
            self.seek(SeekFrom::Start(at))?;
            self.write_all(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Write::flush(self)
        }
    }

    /// A file without anything above it.
    struct Positioned(File);

    impl Access for Positioned {
        fn read_at(&mut self, at: u64, buf: &mut [u8]) -> io::Result<()> {
            self.0.read_exact_at(buf, at)
        }

        fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
            self.0.write_all_at(bytes, at)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}
