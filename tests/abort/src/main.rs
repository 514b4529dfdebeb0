//! What the crate does in a program that aborts when it panics: it runs itself again, once for each case, and
//! looks at how that ended and what is in the files.
//!
//! No destructor runs then, so nothing that was pending is written, and no drop hook is told. What is promised:
//! the process ends at the panic, the device has what it had taken by then, in order, and the old file of a
//! replacement is as it was.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::{env, fs};

use iolite::raw::FileMode;
use iolite::testing::Delegate;
use iolite::{
    BufferedRandom, BufferedReader, BufferedWriter, BytesIo, FileIo, IoBase, OpenOptions, TextIo,
    TextIoWrapper, TextOptions,
};

type Case = (
    &'static str,
    fn(&Path) -> io::Result<()>,
    fn(&Path, ExitStatus),
);

const CASES: &[Case] = &[
    ("text_is_written_and_read", write_and_read, wrote_and_read),
    (
        "buf_50_a_device_panics_in_a_write",
        panic_in_a_write,
        flushed_only,
    ),
    (
        "buf_51_a_device_panics_at_drop",
        panic_at_drop,
        nothing_flushed,
    ),
    (
        "rnd_8_a_device_panics_under_both_ways",
        panic_in_random,
        kept_as_it_was,
    ),
    (
        "raw_40_a_device_panics_in_a_read",
        panic_in_a_read,
        kept_as_it_was,
    ),
    (
        "rpl_2_a_panic_before_the_replacement",
        panic_in_replacement,
        old_file_is_there,
    ),
];

fn main() -> io::Result<()> {
    let mut arguments = env::args_os().skip(1);
    if let (Some(name), Some(path)) = (arguments.next(), arguments.next()) {
        let case = CASES.iter().find(|case| *case.0 == *name);
        return case.expect("a case").1(Path::new(&path));
    }
    assert!(cfg!(panic = "abort"), "compiled to unwind");
    let folder = Folder::new()?;
    for (name, _, check) in CASES {
        let path = folder.0.join(name);
        fs::write(&path, "as it was\n")?;
        let mut child = Command::new(env::current_exe()?);
        let output = child.arg(name).arg(&path).output()?;
        println!("{name}: {}", output.status);
        check(&path, output.status);
    }
    println!("{} passed, 0 failed", CASES.len());
    Ok(())
}

/// A folder that goes when the program ends well, and can be looked at when it does not.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Folder> {
        let path = env::temp_dir().join(format!("iolite-abort-{}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[track_caller]
fn aborted(status: ExitStatus) {
    assert!(!status.success(), "{status}");
    #[cfg(unix)]
    {
        const SIGABRT: i32 = 6;
        let signal = std::os::unix::process::ExitStatusExt::signal(&status);
        assert_eq!(signal, Some(SIGABRT), "{status}");
    }
}

#[track_caller]
fn content(path: &Path, expected: &str) {
    assert_eq!(fs::read_to_string(path).expect("a file"), expected);
}

/// A file whose second write panics after it wrote a part.
fn fragile(path: &Path) -> io::Result<Delegate<FileIo>> {
    let mut writes = 0;
    let file = FileIo::open(path, FileMode::Write)?;
    Ok(Delegate::new(file).on_write(move |file, bytes| {
        writes += 1;
        if writes == 1 {
            return file.write(bytes);
        }
        file.write_all(&bytes[..bytes.len() / 2])?;
        panic!("in the device");
    }))
}

fn write_and_read(path: &Path) -> io::Result<()> {
    let mut text = OpenOptions::new().write_text(path)?;
    text.write_str("éa\nb\n")?;
    text.close()?;
    let mut text = OpenOptions::new().read_text(path)?;
    let mut all = String::new();
    text.read_to_string(&mut all)?;
    let mut lines = TextIoWrapper::new(BufferedReader::new(BytesIo::from(all.into_bytes())));
    assert_eq!(lines.next_line()?.expect("a line").as_str(), "éa");
    // An error is no panic.
    assert!(
        OpenOptions::new()
            .read_text(path.join("no folder"))
            .is_err()
    );
    Ok(())
}

fn wrote_and_read(path: &Path, status: ExitStatus) {
    assert!(status.success(), "{status}");
    content(path, "éa\nb\n");
}

fn panic_in_a_write(path: &Path) -> io::Result<()> {
    let buffer = BufferedWriter::new(fragile(path)?);
    let mut text = TextIoWrapper::with_options(buffer, TextOptions::new());
    text.write_str("flushed\n")?;
    text.flush()?;
    text.write_str("pending")?;
    text.flush()?;
    Ok(())
}

/// What was flushed, and the part that the device itself took before it panicked; nothing twice.
fn flushed_only(path: &Path, status: ExitStatus) {
    aborted(status);
    content(path, "flushed\npen");
}

fn panic_at_drop(path: &Path) -> io::Result<()> {
    let file = FileIo::open(path, FileMode::Write)?;
    let device = Delegate::new(file).on_write(|_, _| panic!("in the device"));
    let mut writer = BufferedWriter::new(device);
    writer.write_all(b"pending")?;
    drop(writer);
    Ok(())
}

fn nothing_flushed(path: &Path, status: ExitStatus) {
    aborted(status);
    content(path, "");
}

fn panic_in_random(path: &Path) -> io::Result<()> {
    let file = FileIo::open(path, FileMode::ReadUpdate)?;
    let device = Delegate::new(file).on_write(|_, _| panic!("in the device"));
    let mut both = BufferedRandom::new(device)?;
    both.read_exact(&mut [0; 3])?;
    both.write_all(b"IT")?;
    both.flush()
}

fn panic_in_a_read(path: &Path) -> io::Result<()> {
    let file = FileIo::open(path, FileMode::Read)?;
    let device = Delegate::new(file).on_read(|_, _| panic!("in the device"));
    BufferedReader::new(device).read_exact(&mut [0; 3])
}

fn kept_as_it_was(path: &Path, status: ExitStatus) {
    aborted(status);
    content(path, "as it was\n");
}

fn panic_in_replacement(path: &Path) -> io::Result<()> {
    let mut new = OpenOptions::new().replace_text(path)?;
    new.write_str("half of it")?;
    new.flush()?;
    panic!("of the program's own");
}

fn old_file_is_there(path: &Path, status: ExitStatus) {
    aborted(status);
    content(path, "as it was\n");
}
