//! Copies from a file to a file and to sockets: ours beside std's and loops written by hand.
//!
//! ```text
//! cargo bench --bench copy -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Every row answers how many bytes arrived, and that is checked. Both ends of a socket are on one
//! processor.

mod support;

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("the kernel's ways to copy are Linux's: nothing is compared here");
}

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    linux::main()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, File};
    use std::io::{self, Read, Write};
    use std::net::TcpStream;
    use std::os::unix::net::UnixStream;
    use std::path::{Path, PathBuf};

    use iolite::copy::{CopyOptions, copy_with};
    use iolite::raw::FileMode;
    use iolite::{FileIo, SocketIo};

    use crate::support::bench::Bench;
    use crate::support::connection::Kind;
    use crate::support::inputs::Input;
    use crate::support::table::Kind as Whose;
    use crate::support::{pin, python};

    pub(crate) fn main() -> io::Result<()> {
        let mut bench = Bench::new("copy", 256)?;
        pin::to_one_processor();
        let from = &bench.file(Input::Ascii)?;
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
        let to = &folder.path().join("copy");
        files(&mut bench, from, to)?;
        sockets(&mut bench, from, "7b", Kind::Unix)?;
        sockets(&mut bench, from, "7c", Kind::Tcp)?;
        bench.finish()
    }

    fn files(bench: &mut Bench, from: &Path, to: &Path) -> io::Result<()> {
        let bytes = fs::metadata(from)?.len();
        let Some(table) = bench.table("7a", "file to new file in memory") else {
            return Ok(());
        };
        let mut table = table
            .bytes(bytes)
            .items(bytes >> 16, "64 KiB")
            .peer("std io::copy", || {
                io::copy(&mut File::open(from)?, &mut File::create(to)?)
            })
            .peer("std fs::copy", || fs::copy(from, to))
            .limit("read and write 256 KiB", || {
                by_hand(from, &mut File::create(to)?, 256)
            })
            .ours("copy", || ours(from, to))
            .at_most(1.03);
        if let Some(python) = python::interpreter() {
            let paths: [PathBuf; 2] = [from.to_owned(), to.to_owned()];
            table = table.row(Whose::Python, "shutil.copyfile", move || {
                python::time(&python, PYTHON, &paths)
            });
        }
        bench.run(table)?;

        // The second target is against the loop.
        let Some(table) = bench.table("7a", "file to new file in memory, beside a loop") else {
            return Ok(());
        };
        bench.run(
            table
                .bytes(bytes)
                .items(bytes >> 16, "64 KiB")
                .limit("read and write 256 KiB", || {
                    by_hand(from, &mut File::create(to)?, 256)
                })
                .ours("copy", || ours(from, to))
                .at_most(0.90),
        )
    }

    const PYTHON: &str = "
import os, shutil
start = clock()
shutil.copyfile(sys.argv[1], sys.argv[2])
end = clock()
check = os.path.getsize(sys.argv[2])
";

    fn sockets(bench: &mut Bench, from: &Path, id: &'static str, kind: Kind) -> io::Result<()> {
        let bytes = fs::metadata(from)?.len();
        let Some(table) = bench.table(id, &format!("file to {}", kind.name())) else {
            return Ok(());
        };
        // std looks at the type, so it gets the right one.
        let std_copy = move || match kind {
            Kind::Unix => sent(kind, |mut socket| {
                io::copy(&mut File::open(from)?, &mut socket)?;
                Ok(())
            }),
            Kind::Tcp => sent(kind, |socket| {
                let mut socket = TcpStream::from(std::os::fd::OwnedFd::from(socket));
                io::copy(&mut File::open(from)?, &mut socket)?;
                Ok(())
            }),
        };
        let (plain, shared) = match kind {
            Kind::Unix => (0.52, Some(0.40)),
            Kind::Tcp => (1.0, None),
        };
        let mut table = table
            .bytes(bytes)
            .items(bytes >> 16, "64 KiB")
            .peer("std io::copy", std_copy);
        for (kibibytes, name) in [(16, "16 KiB"), (64, "64 KiB"), (256, "256 KiB")] {
            table = table.limit(&format!("read and write {name}"), move || {
                sent(kind, |mut socket| {
                    by_hand(from, &mut socket, kibibytes).map(|_| ())
                })
            });
        }
        table = table
            .limit("sendfile", move || {
                sent(kind, |socket| {
                    let from = File::open(from)?;
                    while rustix::fs::sendfile(&socket, &from, None, 1 << 30)? > 0 {}
                    Ok(())
                })
            })
            .ours("copy", move || {
                sent(kind, |socket| into_socket(from, socket, CopyOptions::new()))
            })
            .at_most(plain)
            .ours("copy, sharing pages", move || {
                let options = CopyOptions::new().zero_copy();
                sent(kind, |socket| into_socket(from, socket, options))
            });
        bench.run(match shared {
            Some(target) => table.at_most(target),
            None => table,
        })
    }

    /// How many bytes arrive of what `send` sends.
    fn sent(kind: Kind, send: impl FnOnce(UnixStream) -> io::Result<()>) -> io::Result<u64> {
        let (near, far) = kind.reader()?.split();
        send(near)?;
        far.join()
    }

    fn by_hand(from: &Path, to: &mut impl Write, kibibytes: usize) -> io::Result<u64> {
        let (mut from, mut buffer) = (File::open(from)?, vec![0; kibibytes << 10]);
        let mut count = 0;
        loop {
            match from.read(&mut buffer)? {
                0 => return Ok(count),
                n => {
                    to.write_all(&buffer[..n])?;
                    count += n as u64;
                }
            }
        }
    }

    fn ours(from: &Path, to: &Path) -> io::Result<u64> {
        let mut from = FileIo::open(from, FileMode::Read)?;
        let mut to = FileIo::open(to, FileMode::Write)?;
        Ok(copy_with(&mut from, &mut to, CopyOptions::new())?)
    }

    fn into_socket(from: &Path, to: UnixStream, options: CopyOptions<'_>) -> io::Result<()> {
        let mut from = FileIo::open(from, FileMode::Read)?;
        copy_with(&mut from, &mut SocketIo::from(to), options)?;
        Ok(())
    }
}
