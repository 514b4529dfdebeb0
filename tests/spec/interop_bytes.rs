//! Chapter "Chunks": the feature `bytes`.

use std::io::IoSlice;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::{Buf, Bytes};
use iolite::{Chain, Chunk, Pool};

fn panics<T>(call: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err()
}

/// Three pieces of different sizes, and where they lie.
fn chain() -> (Chain, [*const u8; 3]) {
    let pieces = [b"ab".to_vec(), b"c".to_vec(), b"defgh".to_vec()].map(Chunk::from);
    let addresses = pieces.each_ref().map(|piece| piece.as_ptr());
    let mut chain = Chain::new();
    pieces
        .into_iter()
        .for_each(|piece| chain.push_shared(piece));
    (chain, addresses)
}

#[test]
fn chk_30_chunks_and_bytes_become_each_other_without_a_copy() {
    let pool = Pool::new();
    let mut tail = pool.acquire(64);
    tail.append(b"pooled bytes");
    let chunk = tail.freeze().slice(7..);
    let address = chunk.as_ptr();
    let bytes = Bytes::from(chunk);
    assert_eq!((&bytes[..], bytes.as_ptr()), (&b"bytes"[..], address));
    assert_eq!(pool.stats().outstanding, 1);
    let mut back = Chunk::from(bytes.slice(1..));
    drop(bytes);
    assert_eq!(
        (&back[..], back.as_ptr()),
        (&b"ytes"[..], address.wrapping_add(1))
    );
    back.advance(4);
    drop(back);
    assert_eq!(pool.stats().outstanding, 0, "the block came back");
}

#[test]
fn chk_30_nothing_keeps_no_memory() {
    let pool = Pool::new();
    let empty = pool.acquire(64).chunk(..);
    let bytes = Bytes::from(empty);
    assert_eq!((pool.stats().outstanding, bytes.len()), (0, 0));
    assert_eq!(Chunk::from(bytes), "");
}

#[test]
fn chk_31_a_chunk_is_a_buf() {
    let mut chunk = Chunk::from(b"\x01\x02\x03\x04\x05\x06rest".to_vec());
    let address = chunk.as_ptr();
    assert_eq!((chunk.remaining(), chunk.get_u16()), (10, 0x0102));
    assert_eq!(chunk.get_u32_le(), 0x0605_0403);
    assert_eq!(Buf::chunk(&chunk), b"rest");
    let taken = chunk.copy_to_bytes(3);
    assert_eq!(
        (&taken[..], taken.as_ptr()),
        (&b"res"[..], address.wrapping_add(6))
    );
    assert_eq!(chunk, "t");
    assert!(panics(|| Buf::advance(&mut chunk.clone(), 2)));
    assert!(panics(|| chunk.clone().copy_to_bytes(2)));
    Buf::advance(&mut chunk, 1);
    assert!(!chunk.has_remaining() && chunk.chunk().is_empty());
}

#[test]
fn chk_31_a_chain_is_a_buf() {
    let (mut chain, addresses) = chain();
    assert_eq!((chain.remaining(), Buf::chunk(&chain)), (8, &b"ab"[..]));
    assert_eq!(chain.copy_to_bytes(2).as_ptr(), addresses[0]);
    assert_eq!(chain.get_u16(), u16::from_be_bytes(*b"cd"));
    Buf::advance(&mut chain, 1);
    assert_eq!(chain.chunk().as_ptr(), addresses[2].wrapping_add(2));
    assert!(panics(|| Buf::advance(&mut chain.clone(), 4)));
    assert!(panics(|| chain.clone().copy_to_bytes(4)));
    assert_eq!(chain.copy_to_bytes(3), "fgh");
    assert!(!chain.has_remaining() && chain.chunk().is_empty());
}

#[test]
fn chk_31_taking_over_a_seam_copies_just_those_bytes() {
    let (mut chain, addresses) = chain();
    assert_eq!(chain.copy_to_bytes(4), "abcd");
    assert_eq!(chain.chunk().as_ptr(), addresses[2].wrapping_add(1));
}

#[test]
fn chk_32_every_piece_gets_a_slice_as_long_as_there_are_slices() {
    let (mut chain, _) = chain();
    chain.append(b"open");
    let pieces: [&[u8]; 4] = [b"ab", b"c", b"defgh", b"open"];
    for room in 0..6 {
        let mut slices = vec![IoSlice::new(b"untouched"); room];
        let n = chain.chunks_vectored(&mut slices);
        assert_eq!(n, room.min(4));
        let (filled, rest) = slices.split_at(n);
        assert!(
            filled
                .iter()
                .map(|slice| &**slice)
                .eq(pieces.into_iter().take(n))
        );
        assert!(rest.iter().all(|slice| &**slice == b"untouched"));
    }
    for (bytes, n) in [("abc", 1), ("", 0)] {
        let (chunk, chain) = (Chunk::from(bytes), Chain::from(Chunk::from(bytes)));
        let mut slices = [IoSlice::new(&[]); 2];
        assert_eq!(chunk.chunks_vectored(&mut slices), n);
        assert_eq!((&*slices[0], &*slices[1]), (bytes.as_bytes(), &b""[..]));
        assert_eq!(chain.chunks_vectored(&mut slices), n);
    }
}
