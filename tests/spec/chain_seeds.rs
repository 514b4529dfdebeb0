//! SPEC.md, "Chains" and "Pipes": what was wrong in the systems these come from, chunkedbuffer's
//! `Buffer` and streamview's `Stream`, and must never be wrong here.

use std::io::{BufRead, Read};

use crate::pipe::sharing;
use crate::pipe_forms::Forms;
use iolite::chunk::{PoolOptions, Progress, Terminator};
use iolite::{Chain, Chunk, Pipe, Separator};

/// chunkedbuffer wrote into memory it had been given to read: a linked constant, read to its end,
/// became the next buffer for writing.
#[test]
fn chn_1_chunkedbuffer_overwrote_linked_memory() {
    let constant = vec![b'a'; 5000];
    let owner = Chunk::from(constant);
    let mut chain = Chain::new();
    chain.push(owner.clone());
    chain.skip(5000);
    chain.append(b"ZZZ");
    assert!(owner.iter().all(|&byte| byte == b'a'));
    let mut pipe = Pipe::new();
    pipe.push(owner.clone()).unwrap();
    pipe.skip(5000);
    pipe.spare_mut(3).unwrap()[..3].copy_from_slice(b"ZZZ");
    pipe.commit(3).unwrap();
    assert!(owner.iter().all(|&byte| byte == b'a'));
}

/// A view that chunkedbuffer had handed out changed when the buffer was written again.
#[test]
fn chn_11_chunkedbuffer_changed_what_it_had_shown() {
    let mut chain = Chain::with_block_size(64);
    chain.append(b"0123456789abcdef");
    let view = chain.take_view(16);
    chain.append(b"XXXXXXXXXXXXXXXX");
    chain.skip(16);
    chain.append(b"YYYYYYYYYYYYYYYY");
    assert_eq!(view, b"0123456789abcdef");
}

/// Appending one chunkedbuffer to another kept a pointer into it: using the source again changed
/// the destination.
#[test]
fn chn_4_chunkedbuffer_aliased_what_it_appended() {
    for size in [10, 3000] {
        let (mut from, mut to) = (Chain::new(), Chain::new());
        from.append(&vec![b'A'; size]);
        to.join(&mut from);
        from.append(&vec![b'B'; size]);
        assert_eq!(
            (to.to_chunk(), from.len()),
            (Chunk::from(vec![b'A'; size]), size)
        );
    }
}

/// Asking chunkedbuffer for a few contiguous bytes copied everything, each time.
#[test]
fn chn_6_chunkedbuffer_compacted_everything() {
    let mut chain = Chain::from_iter((0..10).map(|i| Chunk::from(vec![i; 3000])));
    let addresses: Vec<_> = chain.views().map(<[u8]>::as_ptr).collect();
    assert_eq!(chain.make_contiguous(3001).map(<[u8]>::len), Some(3001));
    let after: Vec<_> = chain.views().map(<[u8]>::as_ptr).collect();
    assert_eq!(after[1], addresses[1].wrapping_add(1));
    assert_eq!(after[2..], addresses[2..]);
}

/// A line that ended with its block made chunkedbuffer read one byte behind the block, and a line
/// over two pieces was cut by the number of the piece instead of the line's.
#[test]
fn chn_9_chunkedbuffer_misread_lines_at_the_edge_of_a_piece() {
    let line = [vec![b'x'; 63], b"\n".to_vec()].concat();
    let mut chain = Chain::with_block_size(64);
    chain.append(&line);
    chain.append(&line);
    for (first, second) in [("hello ", "world\nrest"), ("hello world", "\nrest")] {
        let mut cut = Chain::from_iter([Chunk::from(first), Chunk::from(second)]);
        let mut text = String::new();
        assert_eq!(
            (cut.read_line(&mut text).unwrap(), &*text),
            (12, "hello world\n")
        );
        assert_eq!(cut, b"rest");
    }
    let mut text = Vec::new();
    while chain.read_until(b'\n', &mut text).unwrap() > 0 {
        assert_eq!(text, line);
        text.clear();
    }
}

/// chunkedbuffer's empty middle pieces and pieces shorter than the needle ended its search.
#[test]
fn pip_16_chunkedbuffer_gave_up_at_short_pieces() {
    for pieces in [
        &["x", "y", "z", "abc"][..],
        &["xab", "c", "dyyy"],
        &["a", "", "bc"],
    ] {
        let mut pipe = sharing();
        for &piece in pieces {
            pipe.push(piece).unwrap();
        }
        let abc = Separator::new("abc").unwrap();
        let start = pieces.concat().find("abc").unwrap();
        assert_eq!(pipe.find(&abc, ..), Some(start..start + 3));
        assert_eq!(pipe.find(&abc, start + 1..), None);
        assert_eq!(pipe.find(&abc, ..start + 2), None);
    }
}

/// chunkedbuffer's pool kept memory of any size for ever.
#[test]
fn chk_17_chunkedbuffer_never_freed() {
    let pool = PoolOptions::new().limit(1 << 16).build();
    let tails: Vec<_> = (1..200).map(|i| pool.acquire(i * 37)).collect();
    drop(tails);
    assert!(pool.stats().cached_bytes <= 1 << 16);
    pool.trim();
    assert_eq!(
        (pool.stats().cached_bytes, pool.stats().outstanding),
        (0, 0)
    );
}

/// streamview raised "would block" at an empty stream for ever, also for nothing to read, and
/// knew no end.
#[test]
fn chn_9_streamview_had_no_end() {
    let mut chain = Chain::new();
    assert_eq!(chain.read(&mut []).unwrap(), 0);
    assert_eq!(chain.read(&mut [0; 3]).unwrap(), 0);
    let mut pipe = Pipe::new();
    assert_eq!(pipe.chunk_at_most(3).unwrap(), Progress::Pending);
    pipe.close(None);
    assert_eq!(pipe.chunk_at_most(3).unwrap(), Progress::End);
}

/// streamview compared a byte with a string, so it never found a line end; and it would have
/// stopped before the line end, for ever.
#[test]
fn chn_9_streamview_never_found_a_line_end() {
    let mut chain = Chain::from(Chunk::from("a\nb\n"));
    let mut lines = Vec::new();
    let mut line = String::new();
    while chain.read_line(&mut line).unwrap() > 0 {
        lines.push(std::mem::take(&mut line));
    }
    assert_eq!(lines, ["a\n", "b\n"]);
    let mut pipe = Pipe::new();
    pipe.append(b"a\nb\n").unwrap();
    let lf = Separator::lf();
    for expected in ["a", "b"] {
        let line = pipe.chunk_record(&lf, Terminator::Strip, 10).unwrap();
        assert_eq!(line.ready().unwrap(), expected);
    }
}

/// streamview's deep copy shared its memory, so that writing into one changed the other; turning
/// it into bytes consumed it.
#[test]
fn chn_11_streamview_copies_were_not_its_own() {
    let mut chain = Chain::new();
    chain.append(b"Hello");
    let mut copy = chain.clone();
    assert_eq!((chain.to_chunk(), chain.len()), (Chunk::from("Hello"), 5));
    copy.skip(1);
    copy.push_front(Chunk::from("J"));
    copy.append(b"!");
    assert_eq!(
        (chain.to_chunk(), copy.to_chunk()),
        (Chunk::from("Hello"), Chunk::from("Jello!"))
    );
}

/// streamview's second stream joined everything at each write.
#[test]
fn chn_2_streamview_joined_everything_at_each_write() {
    let mut chain = Chain::with_block_size(1024);
    let first = Chunk::from(vec![b'x'; 4000]);
    chain.push(first.clone());
    for _ in 0..8000 {
        chain.append(b"y");
    }
    assert_eq!(chain.views().next().unwrap().as_ptr(), first.as_ptr());
    assert_eq!(chain.views().count(), 1 + 8000_usize.div_ceil(1024));
}
