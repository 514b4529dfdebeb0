//! Chapter "Files and adapters": files that several threads or streams share.

use std::io::{Read, Seek};
#[cfg(unix)]
use std::io::{SeekFrom, Write};

use iolite::raw::FileMode;
use iolite::{Error, FileIo, IoBase};

use crate::files::file;
#[cfg(unix)]
use crate::support::contracts::unsupported;

/// As std's `&File` is.
#[cfg(unix)]
#[test]
fn fil_36_a_file_is_shared() {
    let (_folder, path) = file("0123456789");
    let file = std::sync::Arc::new(FileIo::open(&path, FileMode::ReadUpdate).unwrap());
    let threads: Vec<_> = (0..10_u8)
        .map(|digit| {
            let file = std::sync::Arc::clone(&file);
            std::thread::spawn(move || {
                let (mut byte, at) = ([0], u64::from(digit));
                assert_eq!(file.read_at(&mut byte, at).unwrap(), 1);
                assert_eq!(byte, [b'0' + digit]);
                assert_eq!(file.write_at(&[b'a' + digit], at).unwrap(), 1);
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    let (mut shared, mut text) = (&*file, String::new());
    shared.read_to_string(&mut text).unwrap();
    assert_eq!(text, "abcdefghij");
    assert_eq!(shared.stream_position().unwrap(), 10);
    write!(shared, "{}", 42).unwrap();
    shared.write_all(b"!").unwrap();
    shared.flush().unwrap();
    assert_eq!(shared.seek(SeekFrom::Start(9)).unwrap(), 9);
    let mut end = [0; 4];
    shared.read_exact(&mut end).unwrap();
    assert_eq!(&end, b"j42!");
    let short = Error::from(shared.read_exact(&mut end).unwrap_err());
    assert!(matches!(short, Error::PartialRead { .. }), "{short:?}");
    unsupported(
        (&FileIo::open(&path, FileMode::Read).unwrap()).write(b"x"),
        iolite::error::Operation::Write,
    );
}

#[cfg(unix)]
#[test]
fn fil_36_what_could_not_be_delivered_is_answered_once() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"caf\xc3").unwrap();
    drop(writer);
    let (mut file, mut text) = (FileIo::from(reader), String::new());
    assert!((&file).read_exact(&mut [0; 9]).is_err());
    assert_eq!(file.unread(), b"caf\xc3");
    assert!((&file).read_to_string(&mut text).is_err());
    assert_eq!((&*text, file.unread()), ("caf", &b"\xc3"[..]));
    let mut rest = Vec::new();
    (&file).read_to_end(&mut rest).unwrap();
    assert_eq!((&rest[..], file.unread()), (&b"\xc3"[..], &b""[..]));
}

#[test]
fn fil_37_a_clone_shares_the_position_and_is_closed_by_itself() {
    let (_folder, path) = file("content");
    let mut file = FileIo::open(&path, FileMode::Read).unwrap();
    let mut clone = file.try_clone().unwrap();
    clone.read_exact(&mut [0; 3]).unwrap();
    assert_eq!(file.stream_position().unwrap(), 3);
    assert_eq!((clone.path(), clone.mode()), (file.path(), file.mode()));
    clone.close().unwrap();
    file.read_exact(&mut [0; 4]).unwrap();
    assert!(matches!(clone.try_clone(), Err(Error::Closed)));
}
