//! Chapter "Files and adapters": descriptors, named pipes, terminals, children.

use std::fs::{self, File};
use std::io::{self, ErrorKind, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use iolite::error::Operation;
use iolite::open::Buffering;
use iolite::raw::FileMode;
use iolite::{
    BufferedReader, BufferedWriter, Error, FileIo, IoBase, OpenOptions, Stream, TextIo,
    TextIoWrapper,
};
use tempfile::TempDir;

use crate::files::{failed, file};
use crate::support::contracts::unsupported;

/// Linux and the systems of BSD agree on what these open flags mean, not on their numbers.
#[cfg(target_os = "linux")]
const O_NONBLOCK: i32 = 0o4000;

/// A folder with a named pipe, where the command for it is there.
pub(crate) fn fifo() -> Option<(TempDir, PathBuf)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo");
    match Command::new("mkfifo").arg(&path).status() {
        Ok(status) if status.success() => Some((folder, path)),
        other => {
            eprintln!("SKIPPED: no mkfifo: {other:?}");
            None
        }
    }
}

/// Both ends of a named pipe: opening one waits for the other.
pub(crate) fn both_ends(path: &Path) -> (FileIo, FileIo) {
    let there = path.to_owned();
    let writer = std::thread::spawn(move || FileIo::open(there, FileMode::Write).unwrap());
    let reader = FileIo::open(path, FileMode::Read).unwrap();
    (reader, writer.join().unwrap())
}

/// The error of a pipe that nobody reads. Another test may be starting a process just now, which
/// holds the other end until it runs: so a first write may work.
pub(crate) fn broken(writer: &mut impl Write) -> io::Error {
    let writes = std::iter::repeat_with(|| writer.write(b"x"));
    writes.take(60_000).find_map(Result::err).unwrap()
}

#[test]
fn fil_4_an_owned_descriptor_is_closed_with_the_stream() {
    let (reader, writer) = io::pipe().unwrap();
    let mut file = FileIo::from_fd(writer, FileMode::Write).unwrap();
    file.write_all(b"x").unwrap();
    file.close().unwrap();
    let mut all = Vec::new();
    FileIo::from(reader).read_to_end(&mut all).unwrap();
    assert_eq!(all, b"x", "and then the end");
}

#[cfg(target_os = "linux")]
#[test]
fn fil_4_a_refused_descriptor_is_closed() {
    let (mut reader, writer) = io::pipe().unwrap();
    FileIo::from_fd(writer, FileMode::Read).unwrap_err();
    assert_eq!(
        reader.read(&mut [0]).unwrap(),
        0,
        "nobody can write any more"
    );
}

#[test]
fn fil_5_a_borrowed_descriptor_stays_open_and_shares_the_position() {
    let (_folder, path) = file("content");
    let mut owner = File::open(&path).unwrap();
    owner.seek(SeekFrom::Start(1)).unwrap();
    let mut file = FileIo::duplicate(&owner, FileMode::Read).unwrap();
    assert_ne!(file.as_raw_fd(), owner.as_raw_fd());
    file.read_exact(&mut [0; 2]).unwrap();
    file.close().unwrap();
    assert_eq!(owner.stream_position().unwrap(), 3);
    drop(FileIo::duplicate(owner.as_fd(), FileMode::Read).unwrap());
    let mut rest = String::new();
    owner.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "tent");
}

#[test]
fn fil_6_a_file_shows_its_descriptor() {
    let (_folder, path) = file("content");
    let mut file = FileIo::open(&path, FileMode::Read).unwrap();
    let number = file.get_ref().unwrap().as_raw_fd();
    assert_eq!(file.as_fd().as_raw_fd(), number);
    assert_eq!(file.as_raw_fd(), number);
    assert_eq!(
        file.flush_and_borrow_fd().unwrap().unwrap().as_raw_fd(),
        number
    );
    let options = OpenOptions::new().buffering(Buffering::None);
    let mut stream = options
        .open_file(OwnedFd::try_from(file).unwrap(), "rb")
        .unwrap();
    assert_eq!(
        stream.flush_and_borrow_fd().unwrap().unwrap().as_raw_fd(),
        number
    );
    let Stream::Raw(mut file) = stream else {
        panic!("{stream:?}")
    };
    file.close().unwrap();
    assert!(matches!(file.flush_and_borrow_fd(), Err(Error::Closed)));
    assert!(matches!(OwnedFd::try_from(file), Err(Error::Closed)));
}

#[test]
#[should_panic(expected = "a closed file has no descriptor")]
fn fil_6_a_closed_file_cannot_show_it() {
    let mut file = FileIo::from_file(tempfile::tempfile().unwrap(), FileMode::Read).unwrap();
    file.close().unwrap();
    file.as_fd();
}

/// How many reads (`syscr`) this thread has done since the last call, beside those of asking.
#[cfg(target_os = "linux")]
fn reads(before: &mut u64) -> Option<u64> {
    let count = || {
        let io = fs::read_to_string("/proc/thread-self/io").ok()?;
        let line = io.lines().find_map(|line| line.strip_prefix("syscr: "))?;
        line.parse::<u64>().ok()
    };
    let (now, after) = (count()?, count()?);
    let asking = after - now;
    let done = now - *before;
    *before = after;
    Some(done.saturating_sub(asking))
}

#[cfg(target_os = "linux")]
#[test]
fn fil_10_a_regular_file_costs_two_reads() {
    let (_folder, path) = file(vec![b'x'; 1 << 20]);
    let mut file = FileIo::open(&path, FileMode::Read).unwrap();
    let (mut before, mut all) = (0, Vec::new());
    if reads(&mut before).is_none() {
        return eprintln!("SKIPPED: /proc does not count reads");
    }
    file.read_to_end(&mut all).unwrap();
    assert_eq!((reads(&mut before), all.len()), (Some(2), 1 << 20));
    file.rewind().unwrap();
    file.read_to_string(&mut String::new()).unwrap();
    assert_eq!(reads(&mut before), Some(2));
    file.read_at(&mut all, 7).unwrap();
    let (one, two) = all.split_at_mut(1 << 19);
    let mut pieces = [IoSliceMut::new(one), IoSliceMut::new(two)];
    file.rewind().unwrap();
    assert_eq!(file.read_vectored(&mut pieces).unwrap(), 1 << 20);
    assert_eq!(reads(&mut before), Some(2), "one for each call");
}

#[cfg(target_os = "linux")]
#[test]
fn fil_10_files_whose_size_lies() {
    // This one says 0 bytes,
    let path = "/proc/self/status";
    assert_eq!(fs::metadata(path).unwrap().len(), 0);
    let mut text = String::new();
    let mut file = FileIo::open(path, FileMode::Read).unwrap();
    let n = file.read_to_string(&mut text).unwrap();
    assert!(
        n > 0 && text.starts_with("Name:") && text.ends_with('\n'),
        "{text}"
    );
    assert_eq!(file.stream_position().unwrap(), n as u64);
    // and this one a page.
    let path = "/sys/kernel/mm/transparent_hugepage/enabled";
    let Ok(size) = fs::metadata(path) else {
        return eprintln!("SKIPPED: no {path}");
    };
    let mut bytes = Vec::new();
    let n = FileIo::open(path, FileMode::Read)
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    assert!(
        n > 0 && (n as u64) < size.len() && n == bytes.len(),
        "{n} of {size:?}"
    );
    // Through the floors, too.
    let mut reader = OpenOptions::new().read_text("/proc/self/status").unwrap();
    let mut again = String::new();
    reader.read_to_string(&mut again).unwrap();
    assert_eq!(again.lines().next(), text.lines().next());
}

#[test]
fn fil_14_a_named_pipe_is_a_file_that_does_not_seek() {
    let Some((_folder, path)) = fifo() else {
        return;
    };
    let (mut reader, mut writer) = both_ends(&path);
    assert!(!reader.seekable() && !writer.seekable());
    writer.write_all(b"one").unwrap();
    unsupported(reader.rewind(), Operation::Seek);
    drop(writer);
    let mut all = String::new();
    reader.read_to_string(&mut all).unwrap();
    assert_eq!(reader.read(&mut [0]).unwrap(), 0, "the end");
    let mut next = FileIo::open(&path, FileMode::Append).unwrap();
    next.write_all(b"two").unwrap();
    drop(next);
    reader.read_to_string(&mut all).unwrap();
    assert_eq!(all, "onetwo", "and the next writer");
}

#[cfg(target_os = "linux")]
#[test]
fn fil_14_a_named_pipe_opens_for_both_at_once() {
    let Some((_folder, path)) = fifo() else {
        return;
    };
    let mut both = FileIo::open(&path, FileMode::ReadUpdate).unwrap();
    both.write_all(b"round").unwrap();
    let mut five = [0; 5];
    both.read_exact(&mut five).unwrap();
    assert_eq!(&five, b"round");
}

/// Runs one test of this binary again, in another process, and expects it to succeed there.
pub(crate) fn again(command: &mut Command, test: &str) {
    let output = command
        .env("IOLITE_AGAIN", test)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{test}: {text}{errors}"
    );
}

/// Whether this is such a process.
pub(crate) fn is_again(test: &str) -> bool {
    std::env::var_os("IOLITE_AGAIN").is_some_and(|wanted| wanted == test)
}

#[cfg(target_os = "linux")]
#[test]
fn fil_15_a_terminal() {
    const ME: &str = "files_unix::fil_15_a_terminal";
    if is_again(ME) {
        let mut terminal = FileIo::open("/dev/tty", FileMode::ReadUpdate).unwrap();
        assert!(terminal.is_terminal() && !terminal.seekable());
        terminal.write_all(b"on the terminal\n").unwrap();
        unsupported(terminal.stream_position(), Operation::Tell);
        let text = OpenOptions::new().write_text("/dev/tty").unwrap();
        assert!(text.is_terminal());
        let both = OpenOptions::new().open("/dev/tty", "r+").unwrap_err();
        assert_eq!(both.kind(), ErrorKind::Unsupported);
        return;
    }
    let (_folder, path) = file("");
    assert!(!FileIo::open(path, FileMode::Read).unwrap().is_terminal());
    let script = Command::new("script").arg("--version").output();
    if !script.is_ok_and(|output| output.stdout.starts_with(b"script from util-linux")) {
        return eprintln!("SKIPPED: no script(1) of util-linux");
    }
    let exe = std::env::current_exe().unwrap();
    let line = format!("'{}' {ME} --exact", exe.display());
    again(
        Command::new("script").args(["-qec", &line, "/dev/null"]),
        ME,
    );
}

#[cfg(target_os = "linux")]
#[test]
fn fil_17_not_now_stays_what_costs_nothing() {
    let Some((_folder, path)) = fifo() else {
        return;
    };
    let mut reader = FileIo::open_with(&path, FileMode::Read, |path, options| {
        options.custom_flags(O_NONBLOCK).open(path)
    })
    .unwrap();
    let mut writer = FileIo::open_with(&path, FileMode::Write, |path, options| {
        options.create(false).custom_flags(O_NONBLOCK).open(path)
    })
    .unwrap();
    let error = reader.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    assert!(error.get_ref().is_none() && error.raw_os_error().is_some());
    let full = std::iter::repeat_with(|| writer.write(&[7; 4096]));
    let error = full.take(10_000).find_map(Result::err).unwrap();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    assert!(error.get_ref().is_none(), "{error:?}");
    assert_eq!(reader.read(&mut [0; 9]).unwrap(), 9, "and it goes on");
}

#[cfg(target_os = "linux")]
#[test]
fn fil_18_a_pipe_has_no_disk() {
    let (_reader, writer) = io::pipe().unwrap();
    let error = FileIo::from(writer).sync_all().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let Some((_folder, path)) = fifo() else {
        return;
    };
    let both = FileIo::open(&path, FileMode::ReadUpdate).unwrap();
    assert_eq!(failed(both.sync_data().unwrap_err()).2, Operation::Sync);
}

fn cat() -> Child {
    let mut cat = Command::new("cat");
    cat.stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn fil_21_a_conversation_with_a_child() {
    let mut cat = cat();
    let input = FileIo::from(cat.stdin.take().unwrap());
    let output = FileIo::from(cat.stdout.take().unwrap());
    assert!(input.writable() && !input.readable() && !input.seekable());
    assert!(output.readable() && !output.writable() && !output.seekable());
    let mut questions = TextIoWrapper::new(BufferedWriter::new(input));
    let mut answers = TextIoWrapper::new(BufferedReader::new(output));
    for question in ["first", "zweite Frage: größer?", "third"] {
        writeln!(questions, "{question}").unwrap();
        questions.flush().unwrap();
        assert_eq!(answers.next_line().unwrap().as_deref(), Some(question));
    }
    questions.write_str("no end").unwrap();
    questions.close().unwrap();
    assert_eq!(answers.next_line().unwrap().as_deref(), Some("no end"));
    assert!(answers.next_line().unwrap().is_none());
    assert!(cat.wait().unwrap().success());
}

#[test]
fn fil_21_more_than_the_pipes_hold_takes_a_thread() {
    let mut cat = cat();
    let (input, output) = (cat.stdin.take().unwrap(), cat.stdout.take().unwrap());
    let lines: Vec<u8> = (0..200_000u32)
        .flat_map(|n| format!("{n}\n").into_bytes())
        .collect();
    let sent = lines.clone();
    let writing = std::thread::spawn(move || {
        let mut writer = BufferedWriter::new(FileIo::from(input));
        writer.write_all(&sent).unwrap();
        writer.close().unwrap();
    });
    let mut received = Vec::new();
    BufferedReader::new(FileIo::from(output))
        .read_to_end(&mut received)
        .unwrap();
    writing.join().unwrap();
    assert!(received == lines && cat.wait().unwrap().success());
}

#[test]
fn fil_21_what_a_child_complains_of_and_that_it_does_not_listen() {
    let mut command = Command::new("sh");
    command.args(["-c", "exec <&-; echo 'not today' >&2"]);
    let piped = command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let mut input = FileIo::from(child.stdin.take().unwrap());
    let mut complaint = String::new();
    let mut errors = FileIo::from(child.stderr.take().unwrap());
    errors.read_to_string(&mut complaint).unwrap();
    assert_eq!(complaint, "not today\n");
    child.wait().unwrap();
    assert_eq!(broken(&mut input).kind(), ErrorKind::BrokenPipe);
}

#[test]
fn fil_21_a_file_is_a_childs_input_and_output() {
    let (folder, path) = file("through a child");
    let output = FileIo::open(folder.path().join("copy"), FileMode::CreateNew).unwrap();
    let status = Command::new("cat")
        .stdin(File::try_from(FileIo::open(&path, FileMode::Read).unwrap()).unwrap())
        .stdout(OwnedFd::try_from(output).unwrap())
        .status();
    assert!(status.unwrap().success());
    assert_eq!(
        fs::read(folder.path().join("copy")).unwrap(),
        b"through a child"
    );
}

#[test]
fn fil_21_pipes_of_std_and_sockets_are_files_too() {
    let (reader, writer) = io::pipe().unwrap();
    let (mut reader, mut writer) = (FileIo::from(reader), FileIo::from(writer));
    writer.write_all(b"a pipe").unwrap();
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    let (one, two) = UnixStream::pair().unwrap();
    let mut one = FileIo::from_fd(one, FileMode::ReadUpdate).unwrap();
    let mut two = FileIo::from_fd(two, FileMode::ReadUpdate).unwrap();
    assert!(!one.seekable());
    one.write_all(b", a socket").unwrap();
    drop(one);
    two.read_to_string(&mut text).unwrap();
    assert_eq!(text, "a pipe, a socket");
}
