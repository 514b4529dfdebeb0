//! SPEC.md, "Chains": std's traits, devices, and memory.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Write};

use iolite::error::Operation;
use iolite::{Chain, Chunk, Error};
use rstest::rstest;

/// A chain whose bytes lie in a piece each.
fn scattered(bytes: &[u8]) -> Chain {
    bytes.iter().map(|&byte| Chunk::from(vec![byte])).collect()
}

fn whole(bytes: &[u8]) -> Chain {
    Chain::from(Chunk::copy_from_slice(bytes))
}

#[rstest]
#[case::chn_17_whole(whole)]
#[case::chn_17_scattered(scattered)]
fn read_exact_takes_all_or_nothing(#[case] make: fn(&[u8]) -> Chain) {
    let mut chain = make(b"abcde");
    let mut buf = [0; 3];
    chain.read_exact(&mut buf).unwrap();
    for _ in 0..2 {
        let error = Error::from(chain.read_exact(&mut buf).unwrap_err());
        assert!(matches!(
            error,
            Error::PartialRead {
                available: 2,
                expected: 3
            }
        ));
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        assert_eq!(chain, b"de");
    }
    chain.append(b"f");
    chain.read_exact(&mut buf).unwrap();
    assert_eq!(&buf, b"def");
    chain.read_exact(&mut []).unwrap();
}

#[rstest]
#[case::chn_17_text(b"a\xc3\xa9!", 4, b"")]
#[case::chn_17_malformed(b"a\xc3\xa9\xff!", 3, b"\xff")]
#[case::chn_17_cut_by_the_end(b"ab\xe2\x82", 2, b"\xe2\x82")]
#[case::chn_17_malformed_at_the_start(b"\x80a", 0, b"\x80")]
fn read_to_string_takes_the_text(
    #[case] bytes: &[u8],
    #[case] valid: usize,
    #[case] malformed: &[u8],
) {
    for mut chain in [whole(bytes), scattered(bytes)] {
        let mut text = String::from("kept");
        match chain.read_to_string(&mut text).map_err(Error::from) {
            Ok(n) => assert_eq!((n, malformed), (valid, &b""[..])),
            Err(Error::Decode {
                encoding,
                offset,
                bytes,
                ..
            }) => {
                assert_eq!((encoding, offset), ("utf-8", valid as u64));
                assert_eq!(bytes, malformed);
            }
            Err(error) => panic!("{error:?}"),
        }
        assert_eq!(text.as_bytes()[4..], bytes[..valid]);
        assert_eq!(chain, &bytes[valid..], "the rest stays");
    }
}

#[rstest]
#[case::chn_17_lines_whole(whole)]
#[case::chn_17_lines_scattered(scattered)]
fn lines_that_are_not_utf_8(#[case] make: fn(&[u8]) -> Chain) {
    let bytes = b"one\nb\xff!\ntwo\r\ncut \xe2\x82";
    let mut chain = make(bytes);
    let mut line = String::from("kept");
    assert_eq!(chain.read_line(&mut line).unwrap(), 4);
    let error = Error::from(chain.read_line(&mut line).unwrap_err());
    let Error::NotUtf8 { line: back, source } = error else {
        panic!("{error:?}");
    };
    assert_eq!((&*back, &*line), (&b"b\xff!\n"[..], "keptone\n"));
    assert!(matches!(*source, Error::Decode { offset: 1, .. }));
    #[expect(clippy::lines_filter_map_ok, reason = "that it ends is tried here")]
    let rest: Vec<_> = chain.lines().filter_map(Result::ok).collect();
    assert_eq!(rest, ["two"]);
    let mut chain = make(bytes);
    let split: Vec<_> = BufRead::split(&mut chain, b'\n')
        .map(|it| it.unwrap().len())
        .collect();
    assert_eq!(split, [3, 3, 4, 6]);
    let mut chain = make(bytes);
    assert_eq!((chain.skip_until(b'\n').unwrap(), chain.len()), (4, 15));
}

#[test]
fn chn_18_all_slices_are_used() {
    let mut chain = scattered(b"abcdefgh");
    let (mut one, mut two, mut three) = ([0; 2], [0; 3], [0; 9]);
    let slices = [&mut [][..], &mut one, &mut two, &mut [], &mut three];
    let n = chain.read_vectored(&mut slices.map(IoSliceMut::new));
    assert_eq!((n.unwrap(), chain.len()), (8, 0));
    assert_eq!((&one, &two, &three[..3]), (b"ab", b"cde", &b"fgh"[..]));
    let slices = [&b""[..], b"ab", b"", b"cde"].map(IoSlice::new);
    assert_eq!(chain.write_vectored(&slices).unwrap(), 5);
    assert_eq!(chain.write_vectored(&slices[..1]).unwrap(), 0);
    assert_eq!(chain, b"abcde");
    let slices: Vec<IoSlice<'_>> = (0..5000).map(|_| IoSlice::new(b"x")).collect();
    assert_eq!(chain.write_vectored(&slices).unwrap(), 5000);
    let mut bytes = [0; 6000];
    let mut slices: Vec<_> = bytes.chunks_mut(1).map(IoSliceMut::new).collect();
    assert_eq!(chain.read_vectored(&mut slices).unwrap(), 5005);
}

/// Takes or gives as many bytes as it says, whatever it was given.
struct Claims(usize);

impl Write for Claims {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        unreachable!("a gather write is asked for")
    }
    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        assert!(bufs.len() <= 1024, "more than a system takes");
        Ok(self.0)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Claims {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        unreachable!("a scatter read is asked for")
    }
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        assert!(bufs.len() <= 1024, "more than a system takes");
        Ok(self.0)
    }
}

#[test]
fn chn_13_a_claim_beyond_what_was_given_is_a_lie_also_if_the_chain_has_more() {
    // The device got 64 of 5000 pieces, and says that it took 65: one of them it never saw.
    let mut chain = scattered(&[b'x'; 5000]);
    let error = Error::from(chain.write_to(&mut Claims(65)).unwrap_err());
    assert!(matches!(
        error,
        Error::BadCount {
            operation: Operation::Write,
            claimed: 65,
            limit: 64
        }
    ));
    assert_eq!(chain.len(), 5000);
    let error = Error::from(chain.write_to(&mut Claims(0)).unwrap_err());
    assert!(matches!(
        error,
        Error::NoProgress {
            operation: Operation::Write
        }
    ));
    let mut room: &mut [u8] = &mut [0; 100];
    let error = Error::from(chain.write_to(&mut room).unwrap_err());
    assert!(matches!(error, Error::NoProgress { .. }));
    assert_eq!(chain.len(), 4900, "what it took before it stopped is gone");
}

#[test]
fn chn_14_a_source_that_claims_more_than_was_asked_for_is_an_error() {
    let mut chain = whole(b"before");
    for (max, claimed) in [(5, 6), (0, 1), (20_000, usize::MAX)] {
        let error = Error::from(chain.read_from(&mut Claims(claimed), max).unwrap_err());
        let Error::BadCount {
            operation,
            claimed: said,
            limit,
        } = error
        else {
            panic!("{error:?}");
        };
        assert_eq!((operation, said, limit), (Operation::Read, claimed, max));
        assert_eq!(chain, b"before");
    }
}

#[test]
fn chn_14_blocks_of_an_absurd_size_are_usual_ones() {
    for size in [usize::MAX, 1 << (usize::BITS - 1), usize::MAX / 4] {
        let mut chain = Chain::with_block_size(size);
        chain.append(b"abc");
        assert_eq!(
            chain.read_from(&mut &[7; 20_000][..], 20_000).unwrap(),
            20_000
        );
        assert_eq!(chain.len(), 20_003);
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn chn_10_chains_of_any_cut_are_the_same() {
    let bytes: Vec<u8> = (0..1000).map(|i| (i % 251) as u8).collect();
    for size in [1, 2, 3, 255, 256, 257, 999, 1000] {
        let chain: Chain = bytes.chunks(size).map(Chunk::copy_from_slice).collect();
        assert!(chain == whole(&bytes) && whole(&bytes) == chain && chain == &bytes);
        assert_eq!(hash(&chain), hash(whole(&bytes)), "{size}");
        assert_eq!(chain.to_chunk(), bytes);
        for at in [0, size - 1, size % 1000, 999] {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert!(chain != whole(&other) && chain != &other);
        }
        assert!(chain != &bytes[1..]);
    }
}

#[test]
fn chn_19_small_chunks_that_are_all_kept_share_blocks() {
    let take: [fn(&mut Chain) -> Chunk; 4] = [
        |chain| chain.take_chunk(16),
        |chain| chain.pop_front().unwrap(),
        |chain| chain.pop().unwrap(),
        |chain| {
            let chunk = chain.to_chunk();
            chain.skip(16);
            chunk
        },
    ];
    for take in take {
        let mut chain = Chain::with_block_size(4096);
        let mut kept: Vec<Chunk> = Vec::new();
        for number in 0..2560_usize {
            chain.append(format!("{number:016}").as_bytes());
            let chunk = take(&mut chain);
            assert!(chain.is_empty());
            kept.push(chunk);
        }
        // 40 KiB in blocks of 4 KiB: where one chunk ends, the next one begins.
        let ends = |pair: &&[Chunk]| pair[0].as_ptr_range().end == pair[1].as_ptr();
        assert!(kept.windows(2).filter(ends).count() >= 2560 - 11);
        let wrong = (0..2560).find(|&at| kept[at] != format!("{at:016}"));
        assert_eq!(wrong, None);
    }
}

#[test]
fn chn_20_looking_at_ever_more_is_linear() {
    // What is in one piece stays there: only what is new is copied behind it.
    const LEN: usize = 50_000;
    let bytes: Vec<u8> = (0..LEN).map(|i| i as u8).collect();
    let mut chain = Chain::new();
    let mut moves = 0;
    let mut last = std::ptr::null();
    for (i, &byte) in bytes.iter().enumerate() {
        chain.push_shared(Chunk::from(vec![byte]));
        let seen = chain.make_contiguous(i + 1).unwrap();
        moves += usize::from(seen.as_ptr() != last);
        last = seen.as_ptr();
        if i % 1000 == 0 {
            assert_eq!(seen, &bytes[..=i]);
        }
    }
    assert!(moves < 40, "{moves} times everything was copied");
    assert_eq!(chain.skip(10_000), 10_000);
    assert_eq!(chain.make_contiguous(10).unwrap(), &bytes[10_000..10_010]);
    chain.push_front(Chunk::from("front"));
    assert_eq!(chain.make_contiguous(6).unwrap()[..5], *b"front");
    chain.truncate(8);
    chain.push_shared(Chunk::from("end"));
    let all = [b"front", &bytes[10_000..10_003], b"end"].concat();
    assert_eq!(chain.make_contiguous(11).unwrap(), all);
    assert_eq!(chain, &all);
}

#[test]
fn chn_20_single_bytes_of_a_long_chain_are_read_one_by_one() {
    // A read that looked at all pieces for each byte took minutes.
    let mut chain = scattered(&[b'x'; 200_000]);
    let mut byte = [0];
    let mut read = 0;
    while chain.read(&mut byte).unwrap() > 0 {
        read += 1;
    }
    assert_eq!(read, 200_000);
}
