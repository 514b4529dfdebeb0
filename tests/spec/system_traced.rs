//! Chapters "Raw streams", "Files and adapters", "Sockets": what the system answers rarely. `strace`
//! makes it say so.

use std::io::{self, Seek, Write};

use iolite::error::Operation;
use iolite::raw::FileMode;
use iolite::{FileIo, IoBase, OpenOptions, TextIo};
use rstest::rstest;

use crate::files::failed;
use crate::support::traced::{argument, traced};

const SEEKS: &str = "system_traced::fil_35_the_child_seeks";
const IS_STOPPED: &str = "system_traced::fil_34_the_child_is_stopped";
const STOPPED: &str = "stopped by the user";

fn path() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("file");
    std::fs::write(&path, b"content").unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
#[ignore = "the child of the test below"]
fn fil_35_the_child_seeks() {
    let path = argument();
    let mut file = FileIo::open(&path, FileMode::ReadUpdate).unwrap();
    assert!(file.seekable());
    assert_eq!(file.stream_position().unwrap(), 0);
    assert_eq!(file.seek(io::SeekFrom::End(-1)).unwrap(), 6);
    assert_eq!(file.truncate(None).unwrap(), 6);
}

/// The system failed once, and the file was taken for a pipe for ever.
#[test]
fn fil_35_a_seek_that_fails_once_does_not_make_a_pipe() {
    let (_folder, path) = path();
    let inject = ["-P", &path, "-e", "inject=lseek:error=EIO:when=1"];
    if let Some(log) = traced(SEEKS, &path, &inject) {
        assert!(log.contains("(INJECTED)"), "{log}");
    }
}

#[test]
#[ignore = "the child of the test below"]
fn fil_35_the_child_appends() {
    let path = argument();
    let error = FileIo::open(&path, FileMode::Append).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(5));
    let mut file = FileIo::open(&path, FileMode::Append).unwrap();
    assert_eq!(file.stream_position().unwrap(), 7);
}

/// An appending file that cannot be brought to its end is not opened as if it were there.
#[test]
fn fil_35_an_end_that_is_not_reached_is_an_error() {
    const ME: &str = "system_traced::fil_35_the_child_appends";
    let (_folder, path) = path();
    let inject = ["-P", &path, "-e", "inject=lseek:error=EIO:when=1"];
    traced(ME, &path, &inject);
}

#[test]
#[ignore = "the child of the test below"]
fn fil_34_the_child_is_stopped() {
    let argument = argument();
    let (call, path) = argument.split_once(' ').unwrap();
    let hook = || Err(io::Error::new(io::ErrorKind::TimedOut, STOPPED));
    let opened = || FileIo::open(path, FileMode::ReadUpdate);
    // All but the one that cannot be opened at all.
    let early = (call != "open").then(|| opened().unwrap());
    iolite::error::set_global_interrupt_hook(Some(Box::new(hook)));
    let error = match early {
        None => {
            let error = opened().unwrap_err();
            assert!(matches!(error, iolite::Error::Open { .. }), "{error:?}");
            error
        }
        Some(mut file) => {
            let (outcome, operation) = match call {
                "fsync" => (file.sync_all(), Operation::Sync),
                "fdatasync" => (file.sync_data(), Operation::Sync),
                "ftruncate" => (file.truncate(Some(3)).map(drop), Operation::Truncate),
                "write" => (file.write_all(b"x").map_err(Into::into), Operation::Write),
                other => panic!("{other}"),
            };
            let error = outcome.unwrap_err();
            let sentence = error.to_string();
            assert_eq!(failed(error).2, operation);
            assert!(sentence.ends_with(STOPPED), "{sentence}");
            file.sync_all().unwrap();
            return;
        }
    };
    assert!(error.to_string().ends_with(STOPPED), "{error}");
    iolite::error::set_global_interrupt_hook(None);
    opened().unwrap();
}

/// std repeats these by itself: opening a named pipe could not be stopped.
#[rstest]
#[case::fil_34_opening("open")]
#[case::fil_34_waiting_for_the_disk("fsync")]
#[case::fil_34_waiting_for_the_data("fdatasync")]
#[case::fil_34_truncating("ftruncate")]
#[case::fil_34_writing("write")]
fn the_hook_is_asked(#[case] call: &str) {
    let (_folder, path) = path();
    // It depends on the processor which of two calls opens a file.
    let calls = match call {
        "open" => "/^open(at)?$",
        call => call,
    };
    let inject = format!("inject={calls}:error=EINTR:when=1");
    let argument = format!("{call} {path}");
    if let Some(log) = traced(IS_STOPPED, &argument, &["-P", &path, "-e", &inject]) {
        assert!(log.contains("(INJECTED)"), "{log}");
    }
}

#[cfg(all(feature = "socket", any(unix, windows)))]
#[test]
#[ignore = "the child of the test below"]
fn soc_13_the_child_connects() {
    use iolite::SocketIo;
    use std::time::Duration;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connect = |how: &str| match how {
        // The second address is for what the first one refuses, and not for a stop.
        "connect" => SocketIo::connect(&[address, address][..]),
        _ => SocketIo::connect_timeout(&address, Duration::from_secs(30)),
    };
    let argument = argument();
    let (how, is_stopped) = argument.split_once(' ').unwrap();
    if is_stopped == "stopped" {
        let hook = || Err(io::Error::new(io::ErrorKind::TimedOut, STOPPED));
        iolite::error::set_global_interrupt_hook(Some(Box::new(hook)));
        assert_eq!(connect(how).unwrap_err().to_string(), STOPPED);
        iolite::error::set_global_interrupt_hook(None);
    }
    let mut client = connect(how).unwrap();
    client.write_all(b"x").unwrap();
    let mut server = listener.accept().unwrap().0;
    if is_stopped == "stopped" {
        // The connection that was given up may have been made.
        server
            .set_read_timeout(Some(Duration::from_secs(1)))
            .unwrap();
    }
    let _ = io::Read::read(&mut server, &mut [0]);
}

/// A connection that a signal interrupts is waited for, or given up if the hook says so.
#[cfg(all(feature = "socket", any(unix, windows)))]
#[rstest]
#[case::soc_13_connecting("connect going", "connect")]
#[case::soc_13_connecting_is_stopped("connect stopped", "connect")]
#[case::soc_13_within_a_time("timeout going", "poll")]
#[case::soc_13_within_a_time_is_stopped("timeout stopped", "poll")]
fn connecting_asks_the_hook(#[case] argument: &str, #[case] call: &str) {
    const ME: &str = "system_traced::soc_13_the_child_connects";
    // Some libraries call `ppoll` for it.
    let call = match call {
        "poll" => "/^p?poll$",
        call => call,
    };
    let inject = format!("inject={call}:error=EINTR:when=1");
    traced(ME, argument, &["-e", &inject]);
}

#[test]
#[ignore = "a child of the test below"]
fn opn_23_the_child_of_std() {
    let path = argument();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text).unwrap();
}

#[test]
#[ignore = "a child of the test below"]
fn opn_23_the_child() {
    let (path, mut text) = (argument(), String::new());
    let mut file = OpenOptions::new().read_text(&path).unwrap();
    file.read_to_string(&mut text).unwrap();
    file.close().unwrap();
    let mut file = OpenOptions::new().write_text(&path).unwrap();
    file.write_str(&text).unwrap();
    file.close().unwrap();
}

/// The names of the calls on the file, in order.
fn calls(test: &str) -> Option<Vec<String>> {
    let (_folder, path) = path();
    let log = traced(test, &path, &["-P", &path])?;
    let call = |line: &str| {
        let (before, _) = line.split_once('(')?;
        Some(before.split(' ').next_back()?.to_owned())
    };
    Some(log.lines().filter_map(call).collect())
}

/// Where the file stands, whether it seeks and whether it is a terminal is not asked of one on a
/// disk. That it is one has to be asked: the one call more for a file that is written.
#[test]
fn opn_23_a_file_is_asked_for_nothing_that_is_known() {
    let (Some(std), Some(ours)) = (
        calls("system_traced::opn_23_the_child_of_std"),
        calls("system_traced::opn_23_the_child"),
    ) else {
        return;
    };
    assert!(ours.len() <= std.len() + 1, "{ours:?} beside {std:?}");
    let asks = |call: &&String| ["lseek", "ioctl"].contains(&&***call);
    assert_eq!(ours.iter().find(asks), None, "{ours:?}");
}
