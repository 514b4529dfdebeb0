//! Rows whose other side is another process, as it were: pipes and sockets of the system.

use std::io::{ErrorKind, Read, Write};

use iolite::FileIo;
use rustix::io::ioctl_fionbio;

use super::cells::{Cell, pieces};
use super::rows::{Opened, READ, READ_SEEK, Row, WRITE, WRITE_SEEK};
use super::stream::{Raw, Stream, Subject};
use crate::support::devices::Behaviour::Room;
use crate::support::gone::Peer;

/// Rows of pipes, and of sockets where there are any.
pub(super) fn rows() -> Vec<Row> {
    let rows = vec![
        Row::new("FileIo", "FileIo, a pipe to be read", READ, WRITE_SEEK)
            .raw()
            .reading(|cell| {
                let (ours, theirs) = std::io::pipe().unwrap();
                ioctl_fionbio(&ours, true).unwrap();
                let theirs = Peer::new(theirs, &ours);
                sends(cell, Raw(FileIo::from(ours)), theirs)
            }),
        Row::new("FileIo", "FileIo, a pipe to be written", WRITE, READ_SEEK)
            .raw()
            .writing(|cell| {
                let (theirs, ours) = std::io::pipe().unwrap();
                #[cfg(target_os = "linux")]
                rustix::pipe::fcntl_setpipe_size(&ours, 4096).unwrap();
                ioctl_fionbio(&ours, true).unwrap();
                ioctl_fionbio(&theirs, true).unwrap();
                takes(cell, Raw(FileIo::from(ours)), theirs)
            }),
    ];
    #[cfg(all(feature = "socket", any(unix, windows)))]
    let rows: Vec<Row> = [rows, sockets::rows()].into_iter().flatten().collect();
    #[cfg(all(target_os = "linux", feature = "mmap"))]
    let rows: Vec<Row> = [rows, vec![sealed()]].into_iter().flatten().collect();
    rows
}

/// The other side sends the content in the pieces that the cell wants, and then its end.
fn sends(cell: &Cell, stream: impl Stream + 'static, theirs: impl Write + 'static) -> Opened {
    let mut pieces = pieces(cell)?.into_iter();
    let mut theirs = Some(theirs);
    let mut send = move || {
        let piece = pieces.next().unwrap_or_default();
        if let Some(writer) = &mut theirs {
            writer.write_all(&piece).unwrap();
        }
        if pieces.len() == 0 {
            theirs = None;
        }
    };
    send();
    Ok(Subject::new(stream).going_on(move |_| send()))
}

/// The other side reads only when it is asked to.
fn takes(cell: &Cell, stream: impl Stream + 'static, theirs: impl Read + 'static) -> Opened {
    use std::cell::RefCell;
    use std::rc::Rc;

    if !matches!(cell.device[..], [] | [Room(_)]) {
        return Err("it has room or not, and does not fail");
    }
    let theirs = Rc::new(RefCell::new((theirs, Vec::new())));
    let take = move || {
        let (theirs, taken) = &mut *theirs.borrow_mut();
        match theirs.read_to_end(taken) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            outcome => panic!("{outcome:?}"),
        }
        taken.clone()
    };
    let read = take.clone();
    let subject = Subject::new(stream).going_on(move |_| drop(read()));
    Ok(subject.seen(move |_| take()))
}

/// A file in memory that nobody can change any more, as a map.
#[cfg(all(target_os = "linux", feature = "mmap"))]
fn sealed() -> Row {
    use std::fs::File;

    use iolite::MmapIo;
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

    Row::new("MmapIo", "MmapIo, sealed", READ_SEEK, WRITE)
        .raw()
        .memory()
        .reading(|cell| {
            if !cell.is_plain() {
                return Err("it has everything now, and nothing fails");
            }
            let file = memfd_create("iolite-test", MemfdFlags::ALLOW_SEALING).unwrap();
            let mut file = File::from(file);
            file.write_all(&cell.content).unwrap();
            let seals = SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
            fcntl_add_seals(&file, seals).unwrap();
            Ok(Subject::new(Raw(MmapIo::sealed(&file).unwrap())))
        })
}

#[cfg(all(feature = "socket", any(unix, windows)))]
mod sockets {
    use std::io::ErrorKind;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use iolite::{BufferedRwPair, SocketIo};

    use super::super::cells::{Cell, TEXT};
    use super::super::rows::{QUEUE, READ, READ_SEEK, READ_WRITE, Row, SEEK, WRITE, WRITE_SEEK};
    use super::super::stream::{Buffered, Raw};
    use super::{sends, takes};
    use crate::support::devices::Behaviour::KindAfter;
    use crate::support::gone::Peer;

    /// Our end, which does not wait, and theirs.
    fn pair(cell: &Cell) -> (SocketIo, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        theirs.set_nonblocking(true).unwrap();
        let ours = SocketIo::from(ours);
        if !cell.is_plain() {
            // As little as the system allows, so that it is full soon.
            ours.get_ref().unwrap().set_send_buffer_size(1).unwrap();
        }
        (ours, theirs)
    }

    /// The same, where the end of theirs is to be seen.
    fn sending(cell: &Cell) -> (SocketIo, Peer<UnixStream>) {
        let (ours, theirs) = pair(cell);
        let theirs = Peer::new(theirs, &ours);
        (ours, theirs)
    }

    pub(super) fn rows() -> Vec<Row> {
        vec![
            Row::new("SocketStream", "SocketIo", READ_WRITE, SEEK)
                .raw()
                .reading(|cell| {
                    let (ours, theirs) = sending(cell);
                    sends(cell, Raw(ours), theirs)
                })
                .writing(|cell| {
                    let (ours, theirs) = pair(cell);
                    takes(cell, Raw(ours), theirs)
                }),
            Row::new(
                "SocketStream",
                "SocketIo, with a time-out",
                READ_WRITE,
                SEEK,
            )
            .raw()
            .reading(|cell| {
                let costly = "each time-out takes a while";
                match cell.device[..] {
                    [] | [KindAfter(0 | 2 | 9, ErrorKind::WouldBlock)] => {}
                    _ => return Err(costly),
                }
                if !cell.is_plain() && cell.content != TEXT.as_bytes() {
                    return Err(costly);
                }
                let (ours, theirs) = sending(cell);
                let socket = ours.get_ref().unwrap();
                socket.set_nonblocking(false).unwrap();
                socket
                    .set_read_timeout(Some(Duration::from_millis(1)))
                    .unwrap();
                sends(cell, Raw(ours), theirs)
            }),
            Row::new("SocketStream", "SocketReader", READ, WRITE_SEEK)
                .raw()
                .reading(|cell| {
                    let (ours, theirs) = sending(cell);
                    let (reader, writer) = ours.split().unwrap();
                    let mut subject = sends(cell, Raw(reader), theirs)?;
                    let mut go_on = subject.go_on;
                    subject.go_on = Box::new(move |stream| {
                        let _open = &writer;
                        go_on(stream);
                    });
                    Ok(subject)
                }),
            Row::new("SocketStream", "SocketWriter", WRITE, READ_SEEK)
                .raw()
                .writing(|cell| {
                    let (ours, theirs) = pair(cell);
                    let (reader, writer) = ours.split().unwrap();
                    let mut subject = takes(cell, Raw(writer), theirs)?;
                    let mut go_on = subject.go_on;
                    subject.go_on = Box::new(move |stream| {
                        let _open = &reader;
                        go_on(stream);
                    });
                    Ok(subject)
                }),
            Row::new("BufferedRwPair", "BufferedRwPair::from_socket", QUEUE, SEEK)
                .form()
                .reading(|cell| {
                    let (ours, theirs) = sending(cell);
                    let (reader, writer) = ours.split().unwrap();
                    let pair = BufferedRwPair::with_capacity(cell.capacity, reader, writer);
                    sends(cell, Buffered(pair), theirs)
                })
                .writing(|cell| {
                    let (ours, theirs) = pair(cell);
                    let (reader, writer) = ours.split().unwrap();
                    let pair = BufferedRwPair::with_capacity(cell.capacity, reader, writer);
                    takes(cell, Buffered(pair), theirs)
                }),
        ]
    }
}
