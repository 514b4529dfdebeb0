//! SPEC.md, "Chunks" and "Pipes": what chunks, chains and batches are to std's traits.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::pipe::pieces;
use iolite::{Chain, Chunk, Separator};

fn panics<T>(call: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err()
}

#[test]
fn chk_1_a_borrowed_part_becomes_a_chunk_of_the_same_memory() {
    let whole = Chunk::from(b"name = value".to_vec());
    let value = whole.slice_ref(&whole[7..]);
    assert_eq!(
        (value.as_ptr(), &value[..]),
        (whole[7..].as_ptr(), &b"value"[..])
    );
    assert_eq!(whole.slice_ref(&whole), whole);
    assert_eq!(whole.slice_ref(&whole[12..]).pinned(), 0);
    let part = whole.slice(2..5);
    assert!(panics(|| part.slice_ref(&whole[1..3])));
    assert!(panics(|| part.slice_ref(&whole[4..6])));
    assert!(panics(|| part.slice_ref(b"elsewhere")));
    let mut head = whole.clone();
    let tail = head.split_off(4);
    assert_eq!(
        (&head[..], tail.as_ptr()),
        (&b"name"[..], whole[4..].as_ptr())
    );
    assert_eq!(head.split_off(4), "");
    assert!(panics(|| head.split_off(5)));
}

#[test]
fn chk_4_a_chunk_is_compared_from_either_side() {
    let chunk = Chunk::from("ab");
    assert_eq!(b"ab", chunk);
    assert_eq!(*b"ab", chunk);
    assert_eq!(&b"ab"[..], chunk);
    assert_eq!(b"ab"[..], chunk);
    assert_eq!("ab", chunk);
    assert_eq!(*"ab", chunk);
    assert_eq!(vec![b'a', b'b'], chunk);
    assert_eq!(String::from("ab"), chunk);
    assert_ne!("abc", chunk);
    let chain = Chain::from_iter([chunk.slice(..1), chunk.slice(1..)]);
    assert_eq!(b"ab", chain);
    assert_eq!(&b"ab"[..], chain);
    assert_eq!("ab", chain);
    assert_ne!("a", chain);
}

#[test]
fn chk_8_a_boxed_slice_is_taken_over_and_a_vector_given() {
    let boxed: Box<[u8]> = (*b"boxed").into();
    let address = boxed.as_ptr();
    let chunk = Chunk::from(boxed);
    assert_eq!((chunk.as_ptr(), chunk.pinned()), (address, 5));
    let bytes = Vec::from(chunk.slice(1..3));
    assert_eq!(bytes, b"ox");
    assert_eq!(bytes.into_iter().collect::<Chunk>(), "ox");
    assert_eq!(
        (&chunk).into_iter().rev().collect::<Vec<_>>(),
        [b"d", b"e", b"x", b"o", b"b"].map(|it| &it[0])
    );
}

#[test]
fn pip_24_a_batch_is_iterated_from_both_ends() {
    for ends in [Separator::lf(), Separator::any_line()] {
        let mut pipe = pieces([&b"one\ntwo\nthree\n"[..]]);
        pipe.append(b"\r\n").unwrap();
        pipe.close(None);
        let batch = pipe.next_batch(&ends, 9).unwrap().ready().unwrap();
        let mut backwards: Vec<_> = batch.iter().rev().collect();
        backwards.reverse();
        let forwards: Vec<_> = (&batch).into_iter().collect();
        assert_eq!((&forwards, batch.is_empty()), (&backwards, false));
        let mut both = batch.iter();
        assert_eq!((both.len(), both.next()), (4, Some(&b"one"[..])));
        assert_eq!(
            (both.next_back(), both.len()),
            (forwards.last().copied(), 2)
        );
        assert_eq!(both.next_back(), Some(&b"three"[..]));
        assert_eq!(both.next_back(), Some(&b"two"[..]));
        assert_eq!((both.next_back(), both.next()), (None, None));
        assert_eq!(batch.local_chunks().len(), 4);
        assert_eq!(batch.local_chunks().next_back().unwrap(), *forwards[3]);
    }
}
