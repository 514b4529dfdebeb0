//! Chapter "Copying": what the kernel answers rarely. `strace` makes it say so.

use std::io::{self, Read, Seek, Write};
use std::ops::ControlFlow;
use std::thread;

use iolite::copy::{CopyOptions, CopySide, copy_with};
use iolite::raw::FileMode;
use iolite::{FileIo, IoBase};
use rstest::rstest;

use crate::support::naive::ramp;
use crate::support::traced::{argument, traced};

const LEN: usize = 100_000;
const COPIES: &str = "copy_traced::cop_15_the_child_copies";
const IS_STOPPED: &str = "copy_traced::cop_14_the_child_is_stopped";

fn file(content: &[u8]) -> FileIo {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file.rewind().unwrap();
    FileIo::from_file(file, FileMode::ReadUpdate).unwrap()
}

/// A pipe's end out of which these bytes come.
fn fed(content: Vec<u8>) -> FileIo {
    let (reader, mut writer) = io::pipe().unwrap();
    thread::spawn(move || writer.write_all(&content));
    FileIo::from(reader)
}

/// The source and the target of a copy by this call of the system.
fn streams(call: &str) -> (FileIo, FileIo, CopyOptions<'static>) {
    let content = ramp(LEN);
    // Many calls instead of one.
    let options = CopyOptions::new().progress(4096, |_| ControlFlow::Continue(()));
    let sink = || {
        let (mut reader, writer) = io::pipe().unwrap();
        thread::spawn(move || io::copy(&mut reader, &mut io::sink()));
        FileIo::from(writer)
    };
    match call {
        "copy_file_range" => (file(&content), file(b""), options),
        "sendfile" => (file(&content), sink(), options.zero_copy()),
        "splice" => (fed(content), file(b""), options),
        other => panic!("{other}"),
    }
}

#[test]
#[ignore = "the child of the test below"]
fn cop_15_the_child_copies() {
    let (mut from, mut to, options) = streams(&argument());
    assert_eq!(copy_with(&mut from, &mut to, options).unwrap(), LEN as u64);
    assert_eq!(from.read(&mut [0]).unwrap(), 0);
    if to.seekable() {
        let mut copied = Vec::new();
        to.rewind().unwrap();
        to.read_to_end(&mut copied).unwrap();
        assert!(copied == ramp(LEN));
    }
}

/// A file on a server ended in the middle of the copy, without a word.
#[rstest]
#[case::cop_15_copy_file_range("copy_file_range")]
#[case::cop_15_sendfile("sendfile")]
#[case::cop_15_splice("splice")]
fn an_end_in_the_middle_is_none(#[case] call: &str, #[values("1", "2", "3+", "2+3")] when: &str) {
    let inject = format!("inject={call}:retval=0:when={when}");
    if let Some(log) = traced(COPIES, call, &["-e", &inject]) {
        assert!(log.contains("(INJECTED)"), "{inject}: {log}");
    }
}

#[test]
#[ignore = "the child of the test below"]
fn cop_14_the_child_is_stopped() {
    let call = argument();
    iolite::error::set_global_interrupt_hook(Some(Box::new(|| {
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "stopped by the user",
        ))
    })));
    let (mut from, mut to, options) = streams(&call);
    let error = copy_with(&mut from, &mut to, options).unwrap_err();
    assert_eq!(error.source.to_string(), "stopped by the user");
    assert_eq!((error.failed, error.copied), (CopySide::Unknown, 4096));
    iolite::error::set_global_interrupt_hook(None);
    // Nothing is lost: the same call goes on.
    let rest = copy_with(
        &mut from,
        &mut to,
        CopyOptions::new().prefix(error.unwritten),
    )
    .unwrap();
    assert_eq!(rest, LEN as u64 - 4096);
}

/// A signal ends a copy in the kernel if the hook says so.
#[rstest]
#[case::cop_14_copy_file_range("copy_file_range")]
#[case::cop_14_splice("splice")]
fn the_hook_is_asked(#[case] call: &str) {
    let inject = format!("inject={call}:error=EINTR:when=2");
    if let Some(log) = traced(IS_STOPPED, call, &["-e", &inject]) {
        assert!(log.contains("(INJECTED)"), "{log}");
    }
}

/// What was read from a device that stands still when it is moved back was nowhere afterwards.
#[test]
fn cop_16_a_source_that_does_not_move_back_loses_nothing() {
    use crate::support::devices::Behaviour::Standing;
    use crate::support::devices::Hostile;
    use iolite::{Adapter, copy};
    let source = || Hostile::new(b"0123456789").with(Standing);
    let mut small = [0; 4];
    let error = copy(&mut source(), &mut Adapter::writer(&mut small[..])).unwrap_err();
    assert_eq!((error.copied, &*error.unwritten), (4, &b"456789"[..]));
    // And one of the system's: it is at 0 wherever it was moved to.
    let mut random = FileIo::open("/dev/random", FileMode::Read).unwrap();
    let mut full = FileIo::open("/dev/full", FileMode::Write).unwrap();
    let error = copy_with(&mut random, &mut full, CopyOptions::new().limit(100)).unwrap_err();
    assert_eq!((error.copied, error.unwritten.len()), (0, 100));
}

/// What was copied to a pipe is not the file's any more.
#[test]
fn cop_3_a_pipe_gets_what_the_file_was_unless_it_may_share_its_pages() {
    for (is_shared, expected) in [(false, "before"), (true, "later ")] {
        let (mut reader, writer) = io::pipe().unwrap();
        let (mut from, mut to) = (file(b"before"), FileIo::from(writer));
        let mut options = CopyOptions::new();
        if is_shared {
            options = options.zero_copy();
        }
        copy_with(&mut from, &mut to, options).unwrap();
        from.write_at(b"later ", 0).unwrap();
        drop(to);
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        assert_eq!(read, expected, "shared: {is_shared}");
    }
}

#[cfg(all(feature = "socket", any(unix, windows)))]
const SENDS: &str = "copy_traced::soc_12_the_child_sends";

/// Sends in every way to a socket that the other side has left.
#[cfg(all(feature = "socket", any(unix, windows)))]
#[test]
#[ignore = "the child of the test below"]
fn soc_12_the_child_sends() {
    use iolite::{BufferedWriter, SocketIo, copy};
    use std::io::{ErrorKind, IoSlice};
    use std::os::unix::net::UnixStream;
    let left = || {
        let (here, there) = UnixStream::pair().unwrap();
        drop(there);
        SocketIo::from(here)
    };
    let broken = |outcome: io::Result<()>| {
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::BrokenPipe);
    };
    let slices = [IoSlice::new(b"a"), IoSlice::new(b"b")];
    if argument() == "a pipe" {
        // The signal that the test looks for.
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        return broken(FileIo::from(writer).write(b"x").map(drop));
    }
    broken(left().write(b"x").map(drop));
    broken(left().write_vectored(&slices).map(drop));
    broken(left().write_all(b"x"));
    broken(write!(left(), "{}", 1));
    let (_reader, mut writer) = left().split().unwrap();
    broken(writer.write(b"x").map(drop));
    broken(writer.write_vectored(&slices).map(drop));
    let mut buffered = BufferedWriter::new(left());
    buffered.write_all(b"x").unwrap();
    broken(buffered.flush());
    drop(buffered.into_parts().0);
    broken(
        copy(&mut file(b"x"), &mut left())
            .map(drop)
            .map_err(io::Error::from),
    );
    broken(
        copy(&mut fed(b"x".to_vec()), &mut left())
            .map(drop)
            .map_err(io::Error::from),
    );
    let shared = CopyOptions::new().zero_copy();
    let outcome = copy_with(&mut file(&ramp(1 << 20)), &mut left(), shared);
    broken(outcome.map(drop).map_err(io::Error::from));
}

/// A program with the default action for it would be ended by the signal.
#[cfg(all(feature = "socket", any(unix, windows)))]
#[test]
fn soc_12_no_way_to_send_raises_a_signal() {
    let signals = |what: &str| {
        let log = traced(SENDS, what, &["-e", "trace=none", "-e", "signal=SIGPIPE"])?;
        Some(log.matches("SIGPIPE").count())
    };
    let Some(of_a_pipe) = signals("a pipe") else {
        return;
    };
    assert!(of_a_pipe > 0, "it would be seen");
    assert_eq!(signals("sockets"), Some(0));
}
