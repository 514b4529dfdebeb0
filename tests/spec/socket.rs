//! Chapter "Sockets": real ones, on the loopback and in the file system.

use std::io::{ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use iolite::error::Operation;
use iolite::raw::{SocketReader, SocketWriter};
use iolite::{
    BufferedIo, BufferedReader, BufferedWriter, Error, IoBase, SocketIo, TextIo, TextIoWrapper,
};
use socket2::{Domain, Socket, Type};

use crate::support::contracts::{self, unsupported};
#[cfg(unix)]
use crate::support::gone::eventually;
use crate::support::naive;

fn pair() -> (SocketIo, SocketIo) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = SocketIo::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0.into())
}

/// A pair that holds little, so that it is full soon.
fn narrow_pair() -> (SocketIo, SocketIo) {
    let (one, other) = pair();
    for socket in [&one, &other] {
        let socket = socket.get_ref().unwrap();
        socket.set_send_buffer_size(16 << 10).unwrap();
        socket.set_recv_buffer_size(16 << 10).unwrap();
    }
    (one, other)
}

fn halves() -> (SocketReader, SocketWriter, SocketIo) {
    let (client, server) = pair();
    let (reader, writer) = client.split().unwrap();
    (reader, writer, server)
}

/// Closes it so that the other side sees a reset, not an end.
fn reset(socket: SocketIo) {
    let socket = socket.into_inner().unwrap();
    socket.set_linger(Some(Duration::ZERO)).unwrap();
}

fn text(stream: &mut impl Read) -> String {
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    all
}

fn not_now(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Talks through both, to see that they are connected.
fn talk(mut one: SocketIo, mut other: SocketIo) {
    one.write_all(b"hello").unwrap();
    let mut five = [0; 5];
    other.read_exact(&mut five).unwrap();
    assert_eq!(&five, b"hello");
}

#[test]
fn soc_1_a_tcp_socket_comes_from_std_and_socket2_and_goes_back() {
    let (client, server) = pair();
    let name = client.get_ref().unwrap().local_addr().unwrap();
    let std: TcpStream = client.try_into().unwrap();
    assert_eq!(Some(std.local_addr().unwrap()), name.as_socket());
    let socket: Socket = SocketIo::from(std).try_into().unwrap();
    assert_eq!(socket.local_addr().unwrap(), name);
    talk(SocketIo::from(socket), server);
}

#[cfg(unix)]
#[test]
fn soc_1_a_unix_socket_comes_from_std_and_the_system_and_goes_back() {
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::os::unix::net::UnixStream;
    let (one, other) = UnixStream::pair().unwrap();
    let number = one.as_raw_fd();
    let one: OwnedFd = SocketIo::from(one).try_into().unwrap();
    let one: UnixStream = SocketIo::from(one).try_into().unwrap();
    assert_eq!(one.as_raw_fd(), number, "the very same descriptor");
    talk(one.into(), other.into());
}

#[test]
fn soc_1_a_closed_socket_has_nothing_to_give() {
    let closed = || {
        let (mut client, _) = pair();
        client.close().unwrap();
        client
    };
    let says_closed = |error| assert!(matches!(error, Error::Closed), "{error}");
    says_closed(TcpStream::try_from(closed()).unwrap_err());
    says_closed(Socket::try_from(closed()).unwrap_err());
    says_closed(closed().split().unwrap_err());
    says_closed(closed().shutdown(Shutdown::Both).unwrap_err());
    assert!(closed().get_ref().is_none() && closed().into_inner().is_none());
}

#[test]
fn soc_2_connecting_by_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = SocketIo::connect_timeout(&address, Duration::from_secs(60)).unwrap();
    let socket = client.get_ref().unwrap();
    assert_eq!(socket.peer_addr().unwrap().as_socket(), Some(address));
    assert_eq!(socket.read_timeout().unwrap(), None);
    talk(client, listener.accept().unwrap().0.into());
}

#[test]
fn soc_2_a_failed_connection_says_why() {
    // Bound, so that nobody else gets the port, but not listening.
    let bound = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    bound.bind(&any.into()).unwrap();
    let address = bound.local_addr().unwrap().as_socket().unwrap();
    for refused in [
        SocketIo::connect(address),
        SocketIo::connect_timeout(&address, Duration::from_secs(60)),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        assert!(error.raw_os_error().is_some());
    }
    let nowhere = SocketIo::connect(&[] as &[SocketAddr]).unwrap_err();
    assert_eq!(nowhere.kind(), ErrorKind::InvalidInput);
    let never = SocketIo::connect_timeout(&address, Duration::ZERO).unwrap_err();
    assert_eq!(never.kind(), ErrorKind::InvalidInput);
}

#[cfg(unix)]
#[test]
fn soc_2_connecting_to_a_unix_socket() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let missing = SocketIo::connect_unix(&path).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let client = SocketIo::connect_unix(&path).unwrap();
    talk(client, listener.accept().unwrap().0.into());
    drop(listener);
    let unheard = eventually(|| SocketIo::connect_unix(&path).err());
    assert_eq!(unheard.kind(), ErrorKind::ConnectionRefused);
    assert!(unheard.raw_os_error().is_some());
}

#[test]
fn soc_3_an_answer_comes_after_the_end_of_the_question() {
    let (mut client, mut server) = pair();
    client.write_all(b"question").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert!(!client.is_closed());
    assert_eq!(text(&mut server), "question");
    server.write_all(b"answer").unwrap();
    server.close().unwrap();
    assert_eq!(text(&mut client), "answer");
    let error = Error::from(client.write(b"more").unwrap_err());
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}

#[test]
fn soc_4_a_half_does_its_half() {
    let (mut reader, mut writer, _server) = halves();
    assert_eq!(
        [reader.readable(), reader.writable(), reader.seekable()],
        [true, false, false]
    );
    assert_eq!(
        [writer.readable(), writer.writable(), writer.seekable()],
        [false, true, false]
    );
    unsupported(reader.write(b""), Operation::Write);
    unsupported(writer.read(&mut []), Operation::Read);
    unsupported(reader.rewind_and_tell(), Operation::Seek);
    unsupported(writer.rewind_and_tell(), Operation::Seek);
    unsupported(reader.truncate(None), Operation::Truncate);
    unsupported(writer.truncate(None), Operation::Truncate);
    reader.flush().unwrap();
    writer.flush().unwrap();
    contracts::closing(&mut reader, "SocketReader");
    contracts::closing(&mut writer, "SocketWriter");
}

/// Seeks; where that is refused, as it must be, tells as well.
trait RewindAndTell: std::io::Seek {
    fn rewind_and_tell(&mut self) -> std::io::Result<()> {
        unsupported(self.stream_position(), Operation::Tell);
        self.rewind()
    }
}

impl<S: std::io::Seek> RewindAndTell for S {}

#[cfg(unix)]
#[test]
fn soc_4_the_halves_share_the_descriptor() {
    use std::os::fd::AsRawFd;
    let (client, _server) = pair();
    let number = client.get_ref().unwrap().as_raw_fd();
    let (mut reader, mut writer) = client.split().unwrap();
    let of = |stream: &mut dyn IoBase| stream.flush_and_borrow_fd().unwrap().unwrap().as_raw_fd();
    assert_eq!([of(&mut reader), of(&mut writer)], [number; 2]);
    let mut whole = reader.reunite(writer).unwrap();
    assert_eq!(of(&mut whole), number);
    whole.close().unwrap();
    assert!(matches!(whole.flush_and_borrow_fd(), Err(Error::Closed)));
}

#[cfg(unix)]
#[test]
fn soc_14_it_is_a_descriptor_to_the_system() {
    use std::os::fd::{AsFd, AsRawFd, IntoRawFd, RawFd};
    fn number(socket: &impl AsFd) -> RawFd {
        socket.as_fd().as_raw_fd()
    }
    let (client, _server) = pair();
    let raw = client.as_raw_fd();
    assert_eq!(number(&client), raw);
    let (reader, writer) = client.split().unwrap();
    assert_eq!(
        [number(&reader), number(&writer), writer.as_raw_fd()],
        [raw; 3]
    );
    let whole = reader.reunite(writer).unwrap();
    assert_eq!(whole.into_raw_fd(), raw);
    nix::unistd::close(raw).expect("it is still open, and nobody else's");
}

#[test]
fn soc_5_both_directions_work_at_the_same_time() {
    let content = naive::ramp(1 << 20);
    let (client, server) = narrow_pair();
    thread::scope(|scope| {
        for socket in [client, server] {
            let (mut reader, mut writer) = socket.split().unwrap();
            let content = &content;
            scope.spawn(move || writer.write_all(content).unwrap());
            scope.spawn(move || {
                let mut all = Vec::new();
                reader.read_to_end(&mut all).unwrap();
                assert!(all == *content);
            });
        }
    });
}

#[test]
fn soc_6_dropping_the_writing_half_is_the_end_for_the_other_side() {
    let (mut reader, mut writer, mut server) = halves();
    writer.write_all(b"all").unwrap();
    drop(writer);
    assert_eq!(text(&mut server), "all");
    server.write_all(b"well").unwrap();
    drop(server);
    assert_eq!(text(&mut reader), "well");
}

#[test]
fn soc_6_closing_a_buffer_above_the_writing_half_is_the_end_too() {
    let (_reader, writer, mut server) = halves();
    let mut writer = BufferedWriter::new(writer);
    writer.write_all(b"all").unwrap();
    writer.close().unwrap();
    assert_eq!(text(&mut server), "all");
}

#[test]
fn soc_6_closing_the_reading_half_tells_the_other_side_nothing() {
    let (mut reader, mut writer, mut server) = halves();
    reader.close().unwrap();
    writer.write_all(b"still here").unwrap();
    writer.close().unwrap();
    assert_eq!(text(&mut server), "still here");
}

#[test]
fn soc_6_the_second_half_closes_the_socket() {
    let (reader, writer, mut server) = halves();
    drop(writer);
    drop(reader);
    // It is full before that is seen where a copy of the socket is still open, and then it waits.
    let long = Some(Duration::from_secs(100));
    server.get_ref().unwrap().set_write_timeout(long).unwrap();
    let error = loop {
        if let Err(error) = server.write(b"anybody?") {
            break error;
        }
    };
    let gone = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
    assert!(gone.contains(&error.kind()), "{error}");
}

#[test]
fn soc_7_two_halves_become_one_again() {
    let (reader, mut writer, mut server) = halves();
    writer.write_all(b"one ").unwrap();
    let mut client = reader.reunite(writer).unwrap();
    client.write_all(b"two").unwrap();
    client.close().unwrap();
    assert_eq!(text(&mut server), "one two", "no end in the middle");
}

#[test]
fn soc_7_halves_of_two_sockets_stay_apart() {
    let (reader, mut writer, mut server) = halves();
    let (other_reader, mut other_writer, _other_server) = halves();
    let error = reader.reunite(other_writer).unwrap_err();
    let (_, (reader, mut back)) = error.into_parts();
    back.write_all(b"open").unwrap();
    back.close().unwrap();
    let error = other_reader.reunite(back).unwrap_err();
    (_, other_writer) = error.into_parts().1;
    assert!(other_writer.is_closed(), "closed: nothing to reunite");
    writer.write_all(b"x").unwrap();
    drop(reader.reunite(writer).unwrap());
    assert_eq!(text(&mut server), "x");
}

#[test]
fn soc_8_a_read_that_times_out_loses_nothing() {
    let (client, mut server) = pair();
    let socket = client.get_ref().unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(5)))
        .unwrap();
    let mut reader = BufferedReader::new(client);
    let mut eight = [0; 8];
    let error = reader.read_exact(&mut eight).unwrap_err();
    assert!(not_now(error.kind()), "{error}");
    server.write_all(b"half").unwrap();
    while reader.buffer().len() < 4 {
        let error = reader.read_exact(&mut eight).unwrap_err();
        assert!(not_now(error.kind()), "{error}");
    }
    server.write_all(b"rest").unwrap();
    while let Err(error) = reader.read_exact(&mut eight) {
        assert!(not_now(error.kind()), "{error}");
    }
    assert_eq!(&eight, b"halfrest");
}

/// std's `read_line` loses the line here, and then calls the other half of the é malformed.
#[test]
fn soc_8_a_time_out_inside_a_character_loses_nothing() {
    let (client, mut server) = pair();
    let socket = client.get_ref().unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(5)))
        .unwrap();
    let mut lines = TextIoWrapper::new(BufferedReader::new(client));
    let (first, rest) = "café\n".as_bytes().split_at(4);
    server.write_all(first).unwrap();
    let mut line = String::new();
    for _ in 0..3 {
        let error = lines.read_line(&mut line).unwrap_err();
        assert!(not_now(error.kind()), "{error}");
    }
    server.write_all(rest).unwrap();
    while lines.read_line(&mut line).is_err() {}
    assert_eq!(line, "café\n");
}

/// Windows says nothing of how much a call had sent that timed out.
#[cfg(unix)]
#[test]
fn soc_9_a_write_that_times_out_says_what_was_taken() {
    let (mut client, mut server) = narrow_pair();
    let socket = client.get_ref().unwrap();
    socket
        .set_write_timeout(Some(Duration::from_millis(5)))
        .unwrap();
    let content = naive::ramp(8 << 20);
    let mut taken = 0;
    let error = loop {
        assert!(taken < content.len(), "nobody reads, so it is full");
        match client.write(&content[taken..]) {
            Ok(n) => taken += n,
            Err(error) => break error,
        }
    };
    assert!(not_now(error.kind()), "{error}");
    client.close().unwrap();
    let mut all = Vec::new();
    server.read_to_end(&mut all).unwrap();
    assert!(all == content[..taken], "{} of {taken}", all.len());
}

#[test]
fn soc_9_a_buffer_over_a_full_socket_sends_everything_once() {
    let (client, mut server) = narrow_pair();
    client.get_ref().unwrap().set_nonblocking(true).unwrap();
    let content = naive::ramp(2 << 20);
    let mut writer = BufferedWriter::with_capacity(1000, client);
    let mut given = 0;
    let give = |writer: &mut BufferedWriter<SocketIo>, given: &mut usize| match writer
        .write_all(&content[*given..])
        .map_err(Error::from)
    {
        Ok(()) => *given = content.len(),
        Err(Error::WouldBlock { written }) => *given += written,
        Err(error) => panic!("{error}"),
    };
    give(&mut writer, &mut given);
    assert!(given < content.len(), "nobody reads, so it is full");
    let receiving = thread::spawn(move || {
        let mut all = Vec::new();
        server.read_to_end(&mut all).unwrap();
        all
    });
    while given < content.len() {
        give(&mut writer, &mut given);
    }
    while let Err(error) = writer.flush() {
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    }
    writer.close().unwrap();
    assert!(receiving.join().unwrap() == content);
}

#[test]
fn soc_10_a_reset_is_an_error_and_takes_nothing_that_was_read_before() {
    let (client, mut server) = pair();
    let mut reader = BufferedReader::new(client);
    server.write_all(b"abc").unwrap();
    assert_eq!(reader.peek(3).unwrap(), b"abc");
    reset(server);
    let error = reader.peek(4).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(error.raw_os_error().is_some());
    let mut three = [0; 3];
    reader.read_exact(&mut three).unwrap();
    assert_eq!(&three, b"abc");
}

#[test]
fn soc_10_writing_after_a_reset_is_an_error() {
    let (mut reader, mut writer, server) = halves();
    reset(server);
    let error = reader.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let error = writer.write(b"x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    writer.close().unwrap();
}

#[test]
fn soc_11_one_read_and_one_write_serve_several_slices() {
    let (mut reader, mut writer, mut server) = halves();
    let slices = [b"ab".as_slice(), b"", b"cde"].map(IoSlice::new);
    assert_eq!(writer.write_vectored(&slices).unwrap(), 5);
    drop(writer);
    assert_eq!(text(&mut server), "abcde");
    server.write_all(b"12345").unwrap();
    let (mut one, mut two) = ([0; 2], [0; 3]);
    // One segment on the loopback, but a system may deliver it in two.
    let mut got: usize = 0;
    while got < 5 {
        let (one_at, two_at) = (got.min(2), got.saturating_sub(2));
        let mut slices = [&mut one[one_at..], &mut two[two_at..]].map(IoSliceMut::new);
        got += reader.read_vectored(&mut slices).unwrap();
    }
    assert_eq!((&one, &two), (b"12", b"345"));
}
