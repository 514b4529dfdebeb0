//! SPEC.md, chapter Pipes: a pipe as a device of std, and looking at more and more of it.

use std::fmt;
use std::io::{self, BufRead, ErrorKind, Read, Write};

use crate::pipe::sharing;
use crate::pipe_forms::Forms;
use iolite::chunk::{PipeOptions, Progress};
use iolite::{Chunk, Error, Pipe, Separator};
use rstest::rstest;

/// A pipe with a piece for every byte.
fn scattered(bytes: &[u8]) -> Pipe {
    let mut pipe = sharing();
    for &byte in bytes {
        pipe.push(vec![byte]).unwrap();
    }
    pipe
}

fn kind<T: std::fmt::Debug>(outcome: io::Result<T>) -> ErrorKind {
    outcome.unwrap_err().kind()
}

#[test]
fn pip_28_reading_knows_not_yet_and_the_end_apart() {
    let mut pipe = scattered(b"abcde");
    let mut buf = [0; 4];
    assert_eq!(Read::read(&mut pipe, &mut buf).unwrap(), 4);
    assert_eq!(&buf, b"abcd");
    assert_eq!(Read::read(&mut pipe, &mut buf).unwrap(), 1);
    assert_eq!((buf[0], Read::read(&mut pipe, &mut []).unwrap()), (b'e', 0));
    assert_eq!(kind(Read::read(&mut pipe, &mut buf)), ErrorKind::WouldBlock);
    assert_eq!(kind(pipe.fill_buf()), ErrorKind::WouldBlock);
    pipe.append(b"f").unwrap();
    pipe.close(None);
    assert_eq!(Read::read(&mut pipe, &mut buf).unwrap(), 1);
    for _ in 0..2 {
        assert_eq!(Read::read(&mut pipe, &mut buf).unwrap(), 0);
        assert_eq!(pipe.fill_buf().unwrap(), b"");
    }
}

#[test]
fn pip_28_read_exact_takes_all_or_nothing() {
    let mut pipe = scattered(b"abcde");
    let mut buf = [0; 3];
    Read::read_exact(&mut pipe, &mut buf).unwrap();
    assert_eq!((&buf, pipe.len()), (b"abc", 2));
    assert_eq!(
        kind(Read::read_exact(&mut pipe, &mut buf)),
        ErrorKind::WouldBlock
    );
    pipe.close(None);
    assert_eq!(
        kind(Read::read_exact(&mut pipe, &mut buf)),
        ErrorKind::UnexpectedEof
    );
    Read::read_exact(&mut pipe, &mut buf[..2]).unwrap();
    assert_eq!((&buf, pipe.len()), (b"dec", 0));
    assert_eq!(
        kind(Read::read_exact(&mut pipe, &mut buf)),
        ErrorKind::UnexpectedEof
    );
    Read::read_exact(&mut pipe, &mut []).unwrap();
}

#[test]
fn pip_28_the_writer_s_error_comes_behind_the_data() {
    let mut pipe = scattered(b"ab");
    pipe.close(Some(Error::Io(ErrorKind::ConnectionReset.into())));
    let mut all = Vec::new();
    assert_eq!(kind(pipe.read_to_end(&mut all)), ErrorKind::ConnectionReset);
    assert_eq!(all, b"ab");
    assert_eq!(kind(pipe.fill_buf()), ErrorKind::ConnectionReset);
    assert_eq!(
        kind(Read::read_exact(&mut pipe, &mut [0])),
        ErrorKind::ConnectionReset
    );
}

#[test]
fn pip_28_std_s_own_loops_go_on_where_they_were() {
    let mut pipe = scattered(b"one\ntw");
    let mut line = Vec::new();
    assert_eq!(BufRead::read_until(&mut pipe, b'\n', &mut line).unwrap(), 4);
    assert_eq!(
        kind(BufRead::read_until(&mut pipe, b'\n', &mut line)),
        ErrorKind::WouldBlock
    );
    pipe.append(b"o\n").unwrap();
    BufRead::read_until(&mut pipe, b'\n', &mut line).unwrap();
    assert_eq!(line, b"one\ntwo\n");
    let big = Chunk::from(vec![b'x'; 5000]);
    let address = big.as_ptr();
    pipe.push(big).unwrap();
    assert_eq!(pipe.fill_buf().unwrap().as_ptr(), address, "without a copy");
    pipe.consume(4000);
    assert_eq!(pipe.fill_buf().unwrap().len(), 1000);
    pipe.close(None);
    assert_eq!(io::copy(&mut pipe, &mut io::sink()).unwrap(), 1000);
}

#[test]
fn pip_29_writing_takes_what_the_limit_allows() {
    let mut pipe = PipeOptions::new().limit(5).build().unwrap();
    assert_eq!(pipe.write(b"abc").unwrap(), 3);
    assert_eq!(pipe.write(b"defg").unwrap(), 2);
    assert_eq!(kind(pipe.write(b"f")), ErrorKind::WouldBlock);
    assert_eq!(pipe.write(b"").unwrap(), 0);
    pipe.skip(3);
    let error: Error = pipe.write_all(b"fghij").unwrap_err().into();
    assert!(
        matches!(error, Error::WouldBlock { written: 3 }),
        "{error:?}"
    );
    assert_eq!(pipe.drain_rest(), b"defgh");
    pipe.write_all(b"12345").unwrap();
    pipe.flush().unwrap();
    pipe.close(None);
    for outcome in [pipe.write(b"6").map(drop), pipe.write_all(b"6")] {
        assert!(matches!(outcome.unwrap_err().into(), Error::Closed));
    }
    assert_eq!(pipe.drain_rest(), b"12345");
}

/// How the bytes come.
#[derive(Clone, Copy)]
enum Way {
    Linked,
    Appended,
    Lent,
    /// A byte linked, a byte appended.
    Mixed,
}

fn bring(pipe: &mut Pipe, way: Way, i: usize) {
    let byte = [i as u8];
    match way {
        Way::Mixed => bring(pipe, [Way::Linked, Way::Appended][i % 2], i),
        Way::Linked => drop(pipe.push(byte.to_vec()).unwrap()),
        Way::Appended => drop(pipe.append(&byte).unwrap()),
        Way::Lent => {
            pipe.spare_mut(1).unwrap()[0] = byte[0];
            let _ = pipe.commit(1).unwrap();
        }
    }
}

#[rstest]
#[case::pip_30_linked_before(Way::Linked, true)]
#[case::pip_30_linked(Way::Linked, false)]
#[case::pip_30_appended(Way::Appended, false)]
#[case::pip_30_lent(Way::Lent, false)]
#[case::pip_30_mixed(Way::Mixed, false)]
fn looking_at_ever_more(#[case] way: Way, #[case] before: bool) {
    const LEN: usize = 20_000;
    let bytes: Vec<u8> = (0..LEN).map(|i| i as u8).collect();
    let options = PipeOptions::new().block_sizes(64..=1024);
    let mut pipe = options.copy_threshold(0).build().unwrap();
    if before {
        (0..LEN).for_each(|i| bring(&mut pipe, way, i));
    }
    for i in 0..LEN {
        if !before {
            bring(&mut pipe, way, i);
        }
        assert_eq!(
            pipe.peek_slice_exactly(i + 1).unwrap(),
            Progress::Ready(&bytes[..=i])
        );
    }
    let copied = pipe.stats().copied;
    assert!(copied <= 6 * LEN as u64, "{copied}");
    pipe.append(b"\n").unwrap();
    assert_eq!(pipe.drain_rest(), [&bytes[..], b"\n"].concat().as_slice());
}

#[test]
fn pip_30_lent_room_stays_where_it_is() {
    let mut pipe = scattered(b"abcdef");
    pipe.spare_mut(2).unwrap()[..2].copy_from_slice(b"gh");
    for n in 1..=6 {
        assert_eq!(
            pipe.peek_slice_exactly(n).unwrap(),
            Progress::Ready(&b"abcdef"[..n])
        );
    }
    let _ = pipe.commit(2).unwrap();
    assert_eq!(
        pipe.peek_slice_exactly(8).unwrap(),
        Progress::Ready(&b"abcdefgh"[..])
    );
    let start = pipe.mark();
    assert_eq!(pipe.find(&Separator::byte(b'h'), ..), Some(7..8));
    assert_eq!(
        (pipe.skip(7), pipe.peek_slice_at_most(9).unwrap()),
        (7, Progress::Ready(&b"h"[..]))
    );
    pipe.rewind(&start).unwrap();
    assert_eq!(pipe.drain_rest(), b"abcdefgh");
}

/// Text that goes on after a piece of it could not be written, and says nothing about it.
struct Stubborn;

impl fmt::Display for Stubborn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in ["abcd", "efgh", "i"] {
            let _ = f.write_str(piece);
        }
        Ok(())
    }
}

#[test]
fn pip_38_an_error_is_said_whatever_the_formatted_value_makes_of_it() {
    let mut pipe = PipeOptions::new().limit(6).build().unwrap();
    let error = Error::from(write!(pipe, "{Stubborn}").unwrap_err());
    assert!(
        matches!(error, Error::WouldBlock { written: 6 }),
        "{error:?}"
    );
    pipe.close(None);
    let error = Error::from(write!(pipe, "{Stubborn}").unwrap_err());
    assert!(matches!(error, Error::Closed), "{error:?}");
    assert_eq!(pipe.drain_rest(), b"abcdef");
}
