//! Chapter "Files and adapters": real faults of real files.
//!
//! Some need root, or a process of their own: that is this binary again, with one test.

use std::fs::{self, File};
use std::io::{BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use iolite::error::Operation;
use iolite::open::Buffering;
use iolite::raw::FileMode;
use iolite::{
    BufferedRandom, BufferedReader, BufferedWriter, Error, FileIo, IoBase, OpenOptions, TextIo,
    open,
};
use tempfile::TempDir;

use crate::files::{failed, file};
use crate::files_unix::{again, both_ends, broken, fifo, is_again};

const EIO: Option<i32> = Some(5);
const EFBIG: Option<i32> = Some(27);
const ENOSPC: Option<i32> = Some(28);
const EROFS: Option<i32> = Some(30);
const EPIPE: Option<i32> = Some(32);

/// A small file system in memory, where one may be mounted.
struct Small(TempDir);

impl Small {
    fn new() -> Option<Small> {
        let small = Small(tempfile::tempdir().unwrap());
        let mounted = small.mount(&["-t", "tmpfs", "-o", "size=64k", "tmpfs"]);
        mounted.then_some(small)
    }

    fn mount(&self, arguments: &[&str]) -> bool {
        let mut mount = Command::new("mount");
        match mount.args(arguments).arg(self.0.path()).output() {
            Ok(output) if output.status.success() => true,
            other => {
                eprintln!("SKIPPED: cannot mount: {other:?}");
                false
            }
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Fills all but so many bytes (whole pages) with a file, and gives that.
    fn fill_but(&self, free: usize) -> PathBuf {
        let path = self.path("filler");
        fs::write(&path, vec![0; (64 << 10) - free]).unwrap();
        path
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

/// Empties the file, and does not remove it: a process that another test starts just now may
/// still have it open.
fn make_room(filler: &Path) {
    File::create(filler).unwrap();
}

/// Lines of growing numbers, as many bytes as are wanted.
fn lines(len: usize) -> Vec<u8> {
    let lines = (0..).flat_map(|n: u32| format!("line {n}\n").into_bytes());
    lines.take(len).collect()
}

#[test]
fn fil_16_every_call_of_a_file_names_path_mode_and_operation() {
    let path = Path::new("/dev/full");
    let mut full = FileIo::open(path, FileMode::ReadUpdate).unwrap();
    let expected = (path.to_owned(), "rb+", Operation::Write, ENOSPC);
    assert_eq!(failed(full.write(b"x").unwrap_err()), expected);
    let gather = [IoSlice::new(b"x"), IoSlice::new(b"y")];
    assert_eq!(failed(full.write_vectored(&gather).unwrap_err()), expected);
    assert_eq!(failed(full.write_at(b"x", 0).unwrap_err()), expected);
    let error = full.truncate(Some(1)).unwrap_err();
    assert_eq!(failed(error).2, Operation::Truncate);

    let path = Path::new("/proc/self/mem");
    let mut memory = FileIo::open(path, FileMode::Read).unwrap();
    let expected = (path.to_owned(), "rb", Operation::Read, EIO);
    let mut buf = [0; 9];
    assert_eq!(failed(memory.read(&mut buf).unwrap_err()), expected);
    assert_eq!(failed(memory.read_at(&mut buf, 0).unwrap_err()), expected);
    let error = memory.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(failed(error), expected);
    let error = memory.read_to_string(&mut String::new()).unwrap_err();
    assert_eq!(failed(error), expected);
    let mut pieces = [IoSliceMut::new(&mut buf)];
    let error = memory.read_vectored(&mut pieces).unwrap_err();
    assert_eq!(failed(error), expected);
}

#[test]
fn fil_16_the_sentence_says_it_all() {
    let mut full = FileIo::open("/dev/full", FileMode::Write).unwrap();
    let error = full.write(b"x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    let sentence = "/dev/full (mode wb): write: No space left on device (os error 28)";
    assert_eq!(error.to_string(), sentence);
    assert_eq!(Error::from(error).to_string(), sentence);
}

#[test]
fn fil_16_through_every_floor() {
    let path = Path::new("/dev/full");
    let expected = |mode| (path.to_owned(), mode, Operation::Write, ENOSPC);
    let mut writer = OpenOptions::new().write_bytes(path).unwrap();
    writer.write_all(b"x").unwrap();
    assert_eq!(failed(writer.flush().unwrap_err()), expected("wb"));
    assert_eq!(failed(writer.close().unwrap_err()), expected("wb"));
    let mut text = OpenOptions::new().write_text(path).unwrap();
    text.write_str("x").unwrap();
    assert_eq!(failed(text.flush().unwrap_err()), expected("w"));
    assert_eq!(failed(text.close().unwrap_err()), expected("w"));
    let mut text = open("/proc/self/mem", "r").unwrap().into_text().unwrap();
    let error = text.read_to_string(&mut String::new()).unwrap_err();
    assert_eq!(failed(error).3, EIO);
}

#[test]
fn fil_22_a_full_disk_loses_no_byte() {
    let Some(small) = Small::new() else { return };
    let filler = small.fill_but(8192);
    let path = small.path("file");
    let all = lines(40_000);
    let device = FileIo::open(&path, FileMode::Write).unwrap();
    let mut writer = BufferedWriter::with_capacity(5000, device);
    let mut taken = 0;
    let error = loop {
        match writer.write(&all[taken..taken + 100]) {
            Ok(n) => taken += n,
            Err(error) => break error,
        }
    };
    let expected = (path.clone(), "wb", Operation::Write, ENOSPC);
    assert_eq!(failed(error), expected);
    let written = fs::read(&path).unwrap();
    assert_eq!((written.len(), written.as_slice()), (8192, &all[..8192]));
    assert_eq!(writer.pending(), taken - 8192);
    assert_eq!(writer.stream_position().unwrap(), taken as u64);
    assert_eq!(failed(writer.flush().unwrap_err()), expected, "still full");
    assert_eq!(writer.pending(), taken - 8192);

    make_room(&filler);
    writer.write_all(&all[taken..]).unwrap();
    writer.close().unwrap();
    assert!(fs::read(&path).unwrap() == all, "once, and in order");
}

#[test]
fn fil_22_a_full_disk_loses_no_text() {
    let Some(small) = Small::new() else { return };
    let filler = small.fill_but(4096);
    let path = small.path("file");
    let all = String::from_utf8(lines(20_000)).unwrap();
    let options = OpenOptions::new().buffering(Buffering::Size(3000));
    let mut text = options.write_text(&path).unwrap();
    let sent = (0..).map(|n| n * 100);
    let failed_at = sent.map(|at| text.write_str(&all[at..at + 100]));
    let error = failed_at.take(100).find_map(Result::err).unwrap();
    assert_eq!(failed(error), (path.clone(), "w", Operation::Write, ENOSPC));
    assert_eq!(fs::read(&path).unwrap(), &all.as_bytes()[..4096]);
    let taken: usize = text
        .tell()
        .unwrap()
        .to_string()
        .trim_end_matches("/0")
        .parse()
        .unwrap();
    make_room(&filler);
    text.write_str(&all[taken..]).unwrap();
    text.close().unwrap();
    assert!(
        fs::read(&path).unwrap() == all.as_bytes(),
        "from {taken} on"
    );
}

#[test]
fn fil_22_a_full_disk_keeps_what_random_access_changed() {
    let Some(small) = Small::new() else { return };
    let path = small.path("file");
    fs::write(&path, lines(4096)).unwrap();
    let filler = small.fill_but(4096);
    let device = FileIo::open(&path, FileMode::ReadUpdate).unwrap();
    let mut random = BufferedRandom::new(device).unwrap();
    random.seek(SeekFrom::Start(4096)).unwrap();
    random.write_all(b"beyond").unwrap();
    let error = random.flush().unwrap_err();
    assert_eq!(
        failed(error),
        (path.clone(), "rb+", Operation::Write, ENOSPC)
    );
    assert_eq!(random.stream_position().unwrap(), 4102);
    make_room(&filler);
    random.flush().unwrap();
    random.seek(SeekFrom::Start(4090)).unwrap();
    let mut end = Vec::new();
    random.read_to_end(&mut end).unwrap();
    let mut expected = lines(4096);
    expected.extend(b"beyond");
    assert_eq!(end, &expected[4090..]);
    assert!(fs::read(&path).unwrap() == expected);
}

#[test]
fn fil_23_a_limit_on_the_size_of_files() {
    const ME: &str = "file_faults::fil_23_a_limit_on_the_size_of_files";
    if !is_again(ME) {
        // Without the trap a signal ends the process.
        let limited = "ulimit -f 1 && trap '' XFSZ && exec \"$0\" \"$@\"";
        let exe = std::env::current_exe().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", limited]).arg(exe).args([ME, "--exact"]);
        return again(&mut shell, ME);
    }
    let (_folder, path) = file("");
    let all = lines(3000);
    let mut writer = OpenOptions::new().write_bytes(&path).unwrap();
    writer.write_all(&all).unwrap();
    let error = writer.flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    assert_eq!(failed(error), (path.clone(), "wb", Operation::Write, EFBIG));
    let written = fs::read(&path).unwrap();
    assert!(matches!(written.len(), 512 | 1024), "{}", written.len());
    assert_eq!(writer.pending(), 3000 - written.len());
    assert_eq!(writer.stream_position().unwrap(), 3000);
    let (mut file, rest) = writer.into_parts();
    assert!([&written, &rest[..]].concat() == all);

    let error = file.truncate(Some(9999)).unwrap_err();
    assert_eq!(
        failed(error),
        (path.clone(), "wb", Operation::Truncate, EFBIG)
    );
    assert_eq!(file.stream_position().unwrap(), written.len() as u64);
    file.rewind().unwrap();
    assert_eq!(file.write(b"LINE").unwrap(), 4);
    assert_eq!(fs::read(&path).unwrap()[..6], *b"LINE 0");
}

#[test]
fn fil_24_a_file_that_is_cut_while_it_is_open() {
    let (_folder, path) = file("0123456789");
    let mut raw = FileIo::open(&path, FileMode::Read).unwrap();
    raw.read_exact(&mut [0; 7]).unwrap();
    let mut buffered =
        BufferedReader::with_capacity(4, FileIo::open(&path, FileMode::Read).unwrap());
    buffered.read_exact(&mut [0; 2]).unwrap();
    let other = File::options().write(true).open(&path).unwrap();
    other.set_len(3).unwrap();
    assert_eq!(raw.read(&mut [0; 9]).unwrap(), 0);
    assert_eq!(raw.stream_position().unwrap(), 7);
    assert_eq!(buffered.fill_buf().unwrap(), b"23", "read before");
    buffered.consume(2);
    assert_eq!(buffered.fill_buf().unwrap(), b"");
    assert_eq!(buffered.stream_position().unwrap(), 4);
    fs::write(&path, "abcdefghij").unwrap();
    let mut rest = String::new();
    raw.read_to_string(&mut rest).unwrap();
    buffered.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "hijefghij");
}

#[test]
fn fil_24_a_writer_goes_on_where_it_was() {
    let (_folder, path) = file("");
    let mut writer = FileIo::open(&path, FileMode::Write).unwrap();
    writer.write_all(b"0123").unwrap();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(1)
        .unwrap();
    writer.write_all(b"4").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"0\0\0\x004");
}

#[test]
fn fil_25_a_named_pipe_whose_reader_goes_away() {
    let Some((_folder, path)) = fifo() else {
        return;
    };
    let (mut reader, mut writer) = both_ends(&path);
    writer.write_all(b"read").unwrap();
    reader.read_exact(&mut [0; 4]).unwrap();
    reader.close().unwrap();
    let expected = (path.clone(), "wb", Operation::Write, EPIPE);
    let error = broken(&mut writer);
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    assert_eq!(failed(error), expected);
    let mut writer = BufferedWriter::new(writer);
    writer.write_all(b"kept").unwrap();
    assert_eq!(failed(writer.flush().unwrap_err()), expected);
    assert_eq!(writer.pending(), 4);

    // The pipe is the same for a new reader.
    let there = path.clone();
    let reading = std::thread::spawn(move || FileIo::open(there, FileMode::Read).unwrap());
    let other_writer = FileIo::open(&path, FileMode::Write).unwrap();
    let mut reader = reading.join().unwrap();
    writer.flush().unwrap();
    drop((writer, other_writer));
    let mut all = String::new();
    reader.read_to_string(&mut all).unwrap();
    assert_eq!(all.trim_start_matches('x'), "kept");
}

#[test]
fn fil_26_a_read_that_the_device_refuses() {
    static HERE: &[u8] = b"in memory";
    let path = Path::new("/proc/self/mem");
    let mut reader = OpenOptions::new().read_bytes(path).unwrap();
    let expected = (path.to_owned(), "rb", Operation::Read, EIO);
    for _ in 0..2 {
        assert_eq!(failed(reader.fill_buf().unwrap_err()), expected);
        assert_eq!(reader.stream_position().unwrap(), 0);
    }
    reader.seek(SeekFrom::Start(HERE.as_ptr() as u64)).unwrap();
    let mut bytes = [0; 9];
    reader.read_exact(&mut bytes).unwrap();
    assert_eq!(bytes, HERE);
}

#[test]
fn fil_27_a_file_system_that_is_read_only() {
    let Some(small) = Small::new() else { return };
    let path = small.path("file");
    fs::write(&path, "content").unwrap();
    // It is busy while a process that another test starts just now has the file open, as this one had.
    if !(0..100).any(|_| small.mount(&["-o", "remount,ro"])) {
        return;
    }
    for mode in [FileMode::Write, FileMode::Append, FileMode::ReadUpdate] {
        refused(&path, mode, ErrorKind::ReadOnlyFilesystem, EROFS);
    }
    let new = small.path("new");
    refused(
        &new,
        FileMode::CreateNew,
        ErrorKind::ReadOnlyFilesystem,
        EROFS,
    );
    assert_eq!(
        open(&path, "r")
            .unwrap()
            .into_text()
            .unwrap()
            .fill_str()
            .unwrap(),
        "content"
    );
}

fn refused(path: &Path, mode: FileMode, kind: ErrorKind, number: Option<i32>) {
    let error = FileIo::open(path, mode).unwrap_err();
    assert_eq!(
        (error.kind(), error.raw_os_error()),
        (kind, number),
        "{mode}"
    );
    let Error::Open {
        path: p, mode: m, ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((&*p, m), (path, mode.as_str()));
}

#[test]
fn fil_27_a_file_that_may_not_be_written() {
    const ME: &str = "file_faults::fil_27_a_file_that_may_not_be_written";
    let (_folder, path) = file("content");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    if File::options().write(true).open(&path).is_ok() {
        // Root may do anything: somebody else, then.
        assert!(!is_again(ME), "still root");
        let exe = std::env::current_exe().unwrap();
        let nobody = || {
            let mut command = Command::new(&exe);
            command.uid(65534).gid(65534);
            command
        };
        if !nobody()
            .arg("--list")
            .output()
            .is_ok_and(|output| output.status.success())
        {
            return eprintln!("SKIPPED: nobody else may run {}", exe.display());
        }
        return again(nobody().args([ME, "--exact"]), ME);
    }
    for mode in [
        FileMode::Write,
        FileMode::AppendUpdate,
        FileMode::ReadUpdate,
    ] {
        refused(&path, mode, ErrorKind::PermissionDenied, Some(13));
    }
    let mut text = open(&path, "r").unwrap().into_text().unwrap();
    assert_eq!(text.fill_str().unwrap(), "content");
}
