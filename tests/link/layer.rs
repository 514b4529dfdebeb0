//! Links of bytes: what every device promises, and what is special about each.

use std::io::{ErrorKind, Read, Write};
use std::iter;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use iolite::link::layer::{ByteLink, LinkError, Listener, Peer, Retry, memory, tcp};
use iolite::raw::socket2::{Domain, SockRef, Socket, Type};
use iolite::{Chain, Chunk};
use rstest::rstest;

/// More than anything takes on a busy machine.
const LONG: Duration = Duration::from_secs(100);

fn memory_pair() -> (ByteLink, ByteLink) {
    memory::pair(1000)
}

fn tcp_pair() -> (ByteLink, ByteLink) {
    let listener = Listener::tcp("127.0.0.1:0").unwrap();
    let here = tcp(listener.local_addr().unwrap(), LONG).unwrap();
    let (there, peer) = listener.accept().unwrap();
    assert!(matches!(peer, Peer::Tcp(_)));
    (here, there)
}

#[cfg(unix)]
fn unix_pair() -> (ByteLink, ByteLink) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let listener = Listener::unix(&path).unwrap();
    let here = iolite::link::layer::unix(&path).unwrap();
    let (there, peer) = listener.accept().unwrap();
    assert_eq!(peer, Peer::Unix);
    (here, there)
}

/// Every device that has two ends in this process.
#[cfg(unix)]
const PAIRS: [fn() -> (ByteLink, ByteLink); 3] = [memory_pair, tcp_pair, unix_pair];
#[cfg(not(unix))]
const PAIRS: [fn() -> (ByteLink, ByteLink); 2] = [memory_pair, tcp_pair];

fn is_kind(error: &LinkError, kind: ErrorKind) -> bool {
    matches!(error, LinkError::Stream(error) if error.kind() == kind)
}

/// Everything until the end.
fn all(link: &mut ByteLink) -> Result<Vec<u8>, LinkError> {
    let mut received = Vec::new();
    loop {
        let chunk = link.recv(1 << 20)?;
        if chunk.is_empty() {
            return Ok(received);
        }
        received.extend_from_slice(&chunk);
    }
}

#[test]
fn lnk_23_recv_returns_at_most_length_bytes_and_an_empty_chunk_at_the_end() {
    for pair in PAIRS {
        let (mut here, mut there) = pair();
        here.send(Chunk::from("abcdef")).unwrap();
        assert!(there.recv(0).unwrap().is_empty());
        assert_eq!(there.recv(4).unwrap(), "abcd");
        let mut buf = [0; 10];
        assert_eq!(there.recv_to(&mut []).unwrap(), 0);
        assert_eq!(there.recv_to(&mut buf).unwrap(), 2);
        assert_eq!(&buf[..2], b"ef");
        here.shutdown().unwrap();
        for _ in 0..3 {
            assert!(there.recv(4).unwrap().is_empty());
            assert_eq!(there.recv_to(&mut buf).unwrap(), 0);
        }
    }
}

#[test]
fn lnk_23_each_direction_ends_by_itself() {
    for pair in PAIRS {
        let (mut here, mut there) = pair();
        here.send(Chunk::from("question")).unwrap();
        here.shutdown().unwrap();
        here.shutdown().unwrap();
        let refused = here.send(Chunk::from("more")).unwrap_err();
        assert!(matches!(refused, LinkError::Closed));
        assert_eq!(all(&mut there).unwrap(), b"question");
        there.send(Chunk::from("answer")).unwrap();
        there.close().unwrap();
        assert_eq!(all(&mut here).unwrap(), b"answer");
        here.close().unwrap();
    }
}

#[test]
fn a_dropped_link_is_an_end() {
    for pair in PAIRS {
        let (mut here, mut there) = pair();
        here.send(Chunk::from("last")).unwrap();
        drop(here);
        assert_eq!(all(&mut there).unwrap(), b"last");
        // And nobody hears the answer.
        let mut answers = iter::repeat_with(|| there.send(Chunk::from(vec![0; 1000])));
        let error = answers.find_map(Result::err).unwrap();
        let kinds = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
        assert!(kinds.iter().any(|&kind| is_kind(&error, kind)), "{error:?}");
    }
}

#[test]
fn a_wait_ends_with_bytes_the_end_or_the_time() {
    for pair in PAIRS {
        let (mut here, mut there) = pair();
        let start = Instant::now();
        assert!(!there.wait(Duration::from_millis(30)).unwrap());
        assert!(start.elapsed() >= Duration::from_millis(30));
        assert!(!there.wait(Duration::ZERO).unwrap());
        here.send(Chunk::from("x")).unwrap();
        assert!(there.wait(LONG).unwrap());
        assert!(there.wait(Duration::MAX).unwrap());
        assert_eq!(there.recv(9).unwrap(), "x");
        here.shutdown().unwrap();
        assert!(there.wait(Duration::MAX).unwrap());
        assert!(there.recv(9).unwrap().is_empty());
    }
}

/// Both directions at once, each in a thread, through devices that hold much less.
#[test]
fn lnk_24_the_halves_work_in_two_threads() {
    let bytes: Vec<u8> = (0..3_000_000u32)
        .map(|n| (n / 7).to_le_bytes()[0])
        .collect();
    let bytes = Chunk::from(bytes);
    for pair in PAIRS {
        let (here, there) = pair();
        thread::scope(|scope| {
            for link in [here, there] {
                let (mut receiver, mut sender, _) = link.split();
                let (sent, expected) = (bytes.clone(), bytes.clone());
                scope.spawn(move || {
                    let mut chain = Chain::new();
                    let pieces = [3, 1_000_000, 0, 1];
                    let mut rest = sent;
                    for length in pieces {
                        chain.push(rest.split_to(length));
                    }
                    chain.push(rest);
                    sender.send_chain(&mut chain).unwrap();
                    assert!(chain.is_empty());
                    sender.shutdown().unwrap();
                });
                scope.spawn(move || {
                    let mut at = 0;
                    loop {
                        let chunk = receiver.recv(10_000).unwrap();
                        if chunk.is_empty() {
                            break;
                        }
                        assert_eq!(chunk, expected.slice(at..at + chunk.len()));
                        at += chunk.len();
                    }
                    assert_eq!(at, expected.len());
                });
            }
        });
    }
}

#[test]
fn lnk_24_an_abort_ends_what_waits_in_other_threads_and_every_later_call() {
    for pair in PAIRS {
        let (here, _there) = pair();
        let (mut receiver, mut sender, abort) = here.split();
        assert!(!abort.is_aborted());
        thread::scope(|scope| {
            let receiving = scope.spawn(move || {
                let errors = [(); 3].map(|()| receiver.recv(10).unwrap_err());
                assert!(
                    receiver.wait(Duration::MAX).unwrap(),
                    "no call waits any more"
                );
                errors
            });
            // Nobody reads at the other end.
            let sending = scope.spawn(move || {
                loop {
                    if let Err(error) = sender.send(Chunk::from(vec![0; 1 << 20])) {
                        return [error, sender.send(Chunk::from("more")).unwrap_err()];
                    }
                }
            });
            thread::sleep(Duration::from_millis(50));
            abort.abort();
            abort.abort();
            let errors = receiving
                .join()
                .unwrap()
                .into_iter()
                .chain(sending.join().unwrap());
            for error in errors {
                assert!(matches!(error, LinkError::Closed), "{error:?}");
            }
        });
        assert!(abort.is_aborted());
    }
}

#[test]
fn an_abort_after_the_link_is_gone_does_nothing() {
    for pair in PAIRS {
        let (here, there) = pair();
        let abort = here.abort_handle();
        drop((here, there));
        abort.abort();
    }
}

/// After a reset the system answers further reads with an end, as if all had been said.
#[test]
fn lnk_23_a_lost_connection_is_an_error_every_time_and_never_the_end() {
    let (mut here, there) = memory_pair();
    there.abort_handle().abort();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = tcp(listener.local_addr().unwrap(), LONG).unwrap();
    let server = listener.accept().unwrap().0;
    SockRef::from(&server)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(server);
    for link in [&mut here, &mut client] {
        for _ in 0..3 {
            let error = link.recv(10).unwrap_err();
            assert!(is_kind(&error, ErrorKind::ConnectionReset), "{error:?}");
            assert!(link.wait(LONG).unwrap());
        }
    }
}

/// As with a socket: whoever has said good-bye misses nothing by the other end's abort.
#[test]
fn an_abort_after_a_good_bye_is_an_end() {
    for pair in PAIRS {
        let (mut here, mut there) = pair();
        there.send(Chunk::from("last")).unwrap();
        here.shutdown().unwrap();
        assert!(there.recv(9).unwrap().is_empty());
        there.abort_handle().abort();
        assert!(matches!(
            there.send(Chunk::from("more")),
            Err(LinkError::Closed)
        ));
        assert_eq!(all(&mut here).unwrap(), b"last");
    }
}

#[test]
fn what_a_device_took_before_an_error_is_gone_from_the_chain() {
    let (here, mut there) = memory::pair(10);
    let (_receiver, mut sender, _) = here.split();
    let mut chain = Chain::new();
    chain.push(Chunk::from(vec![7; 25]));
    thread::scope(|scope| {
        let sending = scope.spawn(|| sender.send_chain(&mut chain));
        assert!(there.wait(LONG).unwrap(), "it is full");
        there.abort_handle().abort();
        let error = sending.join().unwrap().unwrap_err();
        assert!(is_kind(&error, ErrorKind::ConnectionReset));
    });
    assert_eq!(chain.len(), 15);
}

/// A socket that was given a time-out by its owner.
#[test]
fn a_time_out_of_the_device_is_no_loss() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    let mut client = ByteLink::try_from(client).unwrap();
    let mut server = listener.accept().unwrap().0;
    for _ in 0..2 {
        assert!(client.recv(10).unwrap_err().is_would_block());
    }
    server.write_all(b"late").unwrap();
    assert_eq!(client.recv(10).unwrap(), "late");
}

#[test]
fn memory_shares_the_chunks_that_are_sent() {
    let (mut here, mut there) = memory_pair();
    let sent = Chunk::from(vec![1; 500]);
    here.send(sent.clone()).unwrap();
    assert_eq!(there.recv(200).unwrap().as_ptr(), sent.as_ptr());
    assert_eq!(there.recv(999).unwrap().as_ptr(), sent[200..].as_ptr());
}

#[rstest]
#[case::nobody_listens(ErrorKind::ConnectionRefused)]
fn connecting_to_nobody_is_the_systems_error(#[case] kind: ErrorKind) {
    // Bound, so that nobody else gets the port, but not listening.
    let bound = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    bound.bind(&any.into()).unwrap();
    let address = bound.local_addr().unwrap().as_socket().unwrap();
    let error = tcp(address, LONG).unwrap_err();
    assert!(is_kind(&error, kind), "{error:?}");
    let none: [std::net::SocketAddr; 0] = [];
    assert!(is_kind(
        &tcp(&none[..], LONG).unwrap_err(),
        ErrorKind::InvalidInput
    ));
}

#[test]
fn accepting_ends_with_an_abort_in_all_threads() {
    let listener = Listener::tcp("127.0.0.1:0").unwrap();
    let abort = listener.abort_handle();
    thread::scope(|scope| {
        let waiting = [(); 3].map(|()| scope.spawn(|| listener.accept().map(drop)));
        thread::sleep(Duration::from_millis(30));
        abort.abort();
        for thread in waiting {
            assert!(matches!(thread.join().unwrap(), Err(LinkError::Closed)));
        }
        assert!(matches!(listener.accept(), Err(LinkError::Closed)));
    });
}

/// One client can be accepted by one thread only, and the others go on waiting.
#[test]
fn several_threads_accept_each_client_once() {
    let listener = Listener::tcp("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let served: usize = thread::scope(|scope| {
        let servers = [(); 3].map(|()| {
            scope.spawn(|| {
                let mut served = 0;
                while let Ok((mut link, _)) = listener.accept() {
                    link.send(Chunk::from("hello")).unwrap();
                    served += 1;
                }
                served
            })
        });
        for _ in 0..30 {
            let mut greeting = String::new();
            let mut client = TcpStream::connect(address).unwrap();
            client.read_to_string(&mut greeting).unwrap();
            assert_eq!(greeting, "hello");
        }
        listener.abort_handle().abort();
        servers
            .into_iter()
            .map(|server| server.join().unwrap())
            .sum()
    });
    assert_eq!(served, 30);
}

#[test]
fn a_listener_says_where_it_listens() {
    let listener = Listener::tcp("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    assert_eq!(listener.to_string(), format!("tcp {address}"));
    let taken = Listener::tcp(address).unwrap_err();
    assert!(is_kind(&taken, ErrorKind::AddrInUse));
}

/// The pauses that a retry makes until it gives up.
fn pauses(retry: &Retry) -> Vec<u128> {
    let mut pauses = Vec::new();
    let pause = |pause: Duration| {
        pauses.push(pause.as_millis());
        true
    };
    let failed: Result<(), _> =
        retry.run_with(pause, || Err(LinkError::from(ErrorKind::ConnectionRefused)));
    assert!(is_kind(&failed.unwrap_err(), ErrorKind::ConnectionRefused));
    pauses
}

#[test]
fn retries_come_ever_more_slowly_and_end() {
    assert_eq!(
        pauses(&Retry::new()),
        [100, 130, 169, 219, 285, 371, 482, 627, 815]
    );
    assert_eq!(pauses(&Retry::never()), [0; 0]);
    assert_eq!(pauses(&Retry::new().attempts(0)), [0; 0]);
    let steady = Retry::new()
        .backoff(f64::NAN)
        .delay(Duration::from_millis(7));
    assert_eq!(pauses(&steady.clone().attempts(4)), [7; 3]);
    // No attempt begins later than the time-out.
    let short = Retry::new().delay(LONG).timeout(LONG * 3 / 2);
    assert_eq!(pauses(&short), [100_000, 130_000]);
    let endless = Retry::new().backoff(1e300).timeout(Duration::MAX);
    assert_eq!(pauses(&endless)[2], Duration::MAX.as_millis());
}

#[test]
fn a_retry_ends_when_it_is_told_to() {
    let mut attempts = 0;
    let ended = Retry::new().run_with(
        |_| false,
        || {
            attempts += 1;
            Err::<(), _>(LinkError::TimedOut)
        },
    );
    assert!(matches!(ended, Err(LinkError::Closed)));
    assert_eq!(attempts, 1);
    let closed = Retry::new().run(|| Err::<(), _>(LinkError::Closed));
    assert!(matches!(closed, Err(LinkError::Closed)));
}
