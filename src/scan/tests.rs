//! The index beside a search byte by byte.

use super::{LineEnds, Pattern, RecordEnds, for_each_group};

/// The first mark at or after `from`, byte by byte.
fn naive(pattern: Pattern, block: &[u8], from: usize) -> Option<usize> {
    (from..block.len()).find(|&at| {
        let before = at.checked_sub(1).filter(|&it| it >= from);
        let pair = |at: usize| block[at..].starts_with(b"\r\n");
        match pattern {
            Pattern::Byte(byte) => block[at] == byte,
            Pattern::AnyNewline => b"\r\n".contains(&block[at]) && !before.is_some_and(pair),
            Pattern::CrLf => pair(at),
        }
    })
}

const ALL: [Pattern; 5] = [
    Pattern::Byte(b'\n'),
    Pattern::Byte(b'\0'),
    Pattern::Byte(b'\xFF'),
    Pattern::AnyNewline,
    Pattern::CrLf,
];

/// Blocks with marks near each other and far apart, at every alignment to a group.
fn blocks() -> impl Iterator<Item = Vec<u8>> {
    let seeds: [&[u8]; 6] = [
        b"\n",
        b"\r\n",
        b"\r",
        b"\0\xFF",
        b"\n\r\r\n\n",
        b"\n\n\r\n\r\n",
    ];
    let gaps = [0, 1, 7, 62, 63, 64, 65, 127, 300, 700];
    let cases = seeds
        .into_iter()
        .flat_map(move |seed| (0..65).flat_map(move |before| gaps.map(|gap| (seed, before, gap))));
    cases.map(|(seed, before, gap)| {
        let mut block = vec![b'.'; before];
        for _ in 0..3 {
            block.extend_from_slice(seed);
            block.resize(block.len() + gap, b'x');
        }
        block
    })
}

#[test]
fn every_mark_is_there_once() {
    for (block, pattern) in blocks().flat_map(|block| ALL.map(|it| (block.clone(), it))) {
        let (mut index, mut from) = (LineEnds::new(pattern), 0);
        while let Some(at) = naive(pattern, &block, from) {
            assert_eq!(index.find(&block, from), Some(at), "{pattern:?} {block:?}");
            index.advance();
            from = at + 1 + usize::from(block[at..].starts_with(b"\r\n"));
        }
        assert_eq!(index.find(&block, from), None, "{pattern:?} {block:?}");
        assert_eq!(index.find(&block, from), None, "{pattern:?} {block:?}");
    }
}

#[test]
fn a_block_may_grow_by_any_step() {
    for step in [1, 2, 63, 64, 65] {
        for block in blocks().step_by(7) {
            for pattern in [Pattern::Byte(b'\n'), Pattern::Byte(b'\0')] {
                let (mut index, mut from) = (LineEnds::new(pattern), 0);
                let mut next = naive(pattern, &block, from);
                for end in (0..block.len()).step_by(step).chain([block.len()]) {
                    while let Some(at) = next.filter(|&at| at < end) {
                        assert_eq!(index.find(&block[..end], from), next, "{block:?}");
                        index.advance();
                        from = at + 1;
                        next = naive(pattern, &block, from);
                    }
                    assert_eq!(index.find(&block[..end], from), None, "{block:?}");
                }
            }
        }
    }
}

#[test]
fn the_place_may_move_on_and_begin_again_anywhere() {
    for (number, block) in blocks().enumerate().step_by(5) {
        let pattern = ALL[number % 3];
        let mut index = LineEnds::new(pattern);
        for from in (0..block.len() + 9).step_by(1 + number % 9) {
            if number % 2 == 0 {
                index.restart(from);
            }
            let found = naive(pattern, &block, from);
            assert_eq!(index.find(&block, from), found, "{from} {block:?}");
            assert_eq!(index.find(&block, from), found, "{from} {block:?}");
        }
    }
}

/// Bytes of every length to some groups, with newlines near each other and far apart.
fn texts() -> impl Iterator<Item = Vec<u8>> {
    (0..300).flat_map(|length: usize| {
        [1, 2, 3, 7, 64, 150].map(|every| {
            let byte = |at: usize| match at % every {
                0 => b"\n\r"[at / every % 2],
                1 if (at / every).is_multiple_of(3) => b'\n',
                _ => b'x',
            };
            (0..length).map(byte).collect()
        })
    })
}

#[test]
fn newlines_of_groups_are_those_of_the_bytes() {
    for text in texts() {
        for after_cr in [false, true] {
            let before = |at: usize| at.checked_sub(1).map_or(after_cr, |it| text[it] == b'\r');
            let naive = [
                text.iter().filter(|&&byte| byte == b'\r').count(),
                text.windows(2).filter(|pair| pair == b"\r\n").count(),
                (0..text.len())
                    .filter(|&at| text[at] == b'\n' && !before(at))
                    .count(),
            ];
            let mut counted = [0; 3];
            for_each_group(&text, after_cr, |found| {
                for (sum, mask) in counted
                    .iter_mut()
                    .zip([found.cr, found.pairs, found.lone_lf])
                {
                    *sum += mask.count_ones() as usize;
                }
                true
            });
            assert_eq!(counted, naive, "{after_cr} {text:?}");
        }
    }
}

#[test]
fn records_end_where_their_byte_stands_and_none_is_too_long() {
    for (number, text) in texts().enumerate() {
        let limit = [0, 1, 6, 70, 1000][number % 5];
        let (mut naive, mut done) = (Vec::new(), 7);
        for record in text.split_inclusive(|&byte| byte == b'\n') {
            if !record.ends_with(b"\n") || record.len() - 1 > limit {
                break;
            }
            naive.push(done..done + record.len());
            done += record.len();
        }
        let mut ends = RecordEnds::new(text.len());
        assert_eq!(
            ends.push_all(&text, b'\n', limit, 7),
            done,
            "{limit} {text:?}"
        );
        let shifted = naive.iter().skip(1).cloned();
        assert_eq!(ends.len(), naive.len());
        assert!(ends.iter().skip(1).eq(shifted), "{limit} {text:?}");
        let last = ends.len().checked_sub(1);
        assert_eq!(
            last.and_then(|last| ends.get(last)),
            ends.iter().next_back()
        );
    }
}
