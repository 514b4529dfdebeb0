//! [`Separator`]: what ends a record, and what bytes are searched for.
//!
//! There are two ways to search. `first_in` is one pass of `memchr` or `memmem` over one piece, for
//! separators that those know. What it cannot decide (a match that begins at the end of a piece,
//! strings of different lengths) goes byte by byte through an automaton by Aho and Corasick. Its
//! state is one number, so a search resumes in the next piece, whatever its size, and at the next
//! call, without looking at a byte twice. Other libraries join the bytes around each seam and
//! search those; that was two thirds more code here, and a second look at every seam.
//!
//! The crate `aho-corasick` does not replace the automaton. It can be driven byte by byte, but it
//! does not say how many bytes of a match a state stands for (where may one begin?), nor whether a
//! longer match may follow (a record has to be ready as soon as its separator has come). A table of
//! both beside it takes most of the lines back that it would save, for a dependency more.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use memchr::memmem::Finder;

use crate::error::{Error, Result};

/// What ends a record: some bytes, one of several such, or the end of a line.
///
/// Never empty: an empty separator would end a record everywhere. Where several could match, the
/// one that begins first does, and of those that begin together the longest. So `\r\n` is one
/// end of line also where `\r` alone is one, however the bytes arrive.
///
/// Building one prepares the search, so keep it where it is used often. Clones share it.
///
/// # Examples
///
/// ```
/// use iolite::Separator;
///
/// let head = Separator::new(b"\r\n\r\n")?;
/// let fields = Separator::any_of([",", ";", "\n"])?;
/// assert_eq!((head.longest(), fields.longest()), (4, 1));
/// assert!(Separator::new(b"").is_err());
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone)]
pub struct Separator(Arc<Strings>);

/// All strings of a separator, and how they are searched for together.
struct Strings {
    strings: Vec<Box<[u8]>>,
    scan: Scan,
    /// The prepared search, if there is only one string, longer than a byte.
    finder: Option<Finder<'static>>,
    /// The byte that this is, if it is just one; else a number that no byte has.
    byte: u16,
    longest: usize,
    nodes: Vec<Node>,
}

/// How one pass over the bytes finds the first of all strings.
#[derive(Clone, Copy)]
enum Scan {
    /// There is only one string, longer than a byte.
    One,
    Byte(u8),
    Two(u8, u8),
    Three(u8, u8, u8),
    /// The strings are the [`LINE_ENDS`].
    AnyLine,
    /// No way but byte by byte.
    Apart,
}

const LINE_ENDS: [&[u8]; 3] = [b"\n", b"\r\n", b"\r"];

/// A state of the automaton: the last bytes are the beginning of a string, the longest such.
/// State 0: no bytes.
struct Node {
    /// The last of those bytes, …
    byte: u8,
    /// … and how many they are.
    depth: usize,
    /// The first of the states that are one byte longer, and the next one beside this; 0: none.
    child: usize,
    sibling: usize,
    /// The state of the longest shorter beginning that the same bytes end with.
    shorter: usize,
    /// How long the longest string is that ends here; 0: none does.
    ends: usize,
}

/// A search that goes on where it stopped. Positions are those of the bytes that it is fed with.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    /// Everything before was looked at.
    pub(crate) at: u64,
    state: usize,
    depth: usize,
    /// The best match so far.
    pub(crate) best: Option<Range<u64>>,
    /// Whether that stays the best, whatever follows.
    pub(crate) is_decided: bool,
}

impl Search {
    pub(crate) fn starting_at(at: u64) -> Search {
        Search {
            at,
            state: 0,
            depth: 0,
            best: None,
            is_decided: false,
        }
    }

    /// No match begins before.
    pub(crate) fn earliest(&self) -> u64 {
        let begun = self.at - self.depth as u64;
        self.best
            .as_ref()
            .map_or(begun, |best| best.start.min(begun))
    }

    /// The match, if nothing can follow that would decide otherwise; with `ended` nothing follows.
    pub(crate) fn found(&self, ended: bool) -> Option<Range<u64>> {
        let best = self.best.as_ref();
        best.filter(|_| self.is_decided || ended).cloned()
    }
}

const EMPTY: Error = Error::InvalidArgument {
    argument: "separator",
    problem: "is empty",
};

impl Separator {
    /// Exactly these bytes.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](Error::InvalidArgument) if there are none.
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Separator> {
        Separator::any_of([bytes])
    }

    /// Any one of these strings of bytes.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](Error::InvalidArgument) if there are none or one is empty.
    pub fn any_of<T: AsRef<[u8]>>(strings: impl IntoIterator<Item = T>) -> Result<Separator> {
        let mut set: Vec<Box<[u8]>> = Vec::new();
        for string in strings {
            let bytes = string.as_ref();
            if bytes.is_empty() {
                return Err(EMPTY);
            }
            if set.iter().all(|known| **known != *bytes) {
                set.push(bytes.into());
            }
        }
        if set.is_empty() {
            return Err(EMPTY);
        }
        Ok(Separator::of(set))
    }

    /// This byte.
    pub fn byte(byte: u8) -> Separator {
        Separator::known(&[&[byte]])
    }

    /// The end of a line: `\n`.
    pub fn lf() -> Separator {
        Separator::byte(b'\n')
    }

    /// The end of a line: `\r\n`.
    pub fn crlf() -> Separator {
        Separator::known(&[b"\r\n"])
    }

    /// The end of a line: `\n`, `\r\n` or `\r`. A `\r` that is the last byte so far ends the line
    /// only when it is known what follows.
    pub fn any_line() -> Separator {
        Separator::known(&LINE_ENDS)
    }

    fn known(strings: &[&[u8]]) -> Separator {
        Separator::of(strings.iter().map(|&bytes| bytes.into()).collect())
    }

    fn of(strings: Vec<Box<[u8]>>) -> Separator {
        let scan = Scan::of(&strings);
        let lengths = strings.iter().map(|string| string.len());
        Separator(Arc::new(Strings {
            // One comparison then tells whether the separator is a given byte, and whether it is
            // one at all.
            byte: match scan {
                Scan::Byte(byte) => u16::from(byte),
                _ => u16::MAX,
            },
            finder: match scan {
                Scan::One => Some(Finder::new(&strings[0]).into_owned()),
                _ => None,
            },
            longest: lengths.max().unwrap_or(0),
            nodes: automaton(&strings),
            scan,
            strings,
        }))
    }

    /// The length of the longest string that matches, in bytes.
    pub fn longest(&self) -> usize {
        self.0.longest
    }

    /// How long every match is, if all are as long as each other.
    pub(super) fn width(&self) -> Option<usize> {
        let longest = self.longest();
        let mut lengths = self.0.strings.iter().map(|string| string.len());
        lengths.all(|length| length == longest).then_some(longest)
    }

    /// Goes on with a search in `bytes`, which stand where it stopped, until it is decided.
    /// Returns how many of them were looked at.
    pub(crate) fn feed(&self, search: &mut Search, bytes: &[u8]) -> usize {
        let (mut looked_at, mut seen) = (0, 0);
        // One pass in a call: a second one over what the first left undecided would find no more.
        let mut can_pass = bytes.len() >= 2 * self.longest();
        while seen < bytes.len() {
            if can_pass && search.state == 0 && search.best.is_none() {
                can_pass = false;
                match self.first_in(&bytes[seen..]) {
                    Ok(found) => {
                        let start = search.at + found.start as u64;
                        search.best = Some(start..search.at + found.end as u64);
                        search.at += found.end as u64;
                        search.is_decided = true;
                        return looked_at + found.end;
                    }
                    // Nothing begins in what was passed. The rest, less than a separator, goes byte
                    // by byte.
                    Err(passed) => {
                        looked_at += if passed > 0 { bytes.len() - seen } else { 0 };
                        seen += passed;
                        search.at += passed as u64;
                        continue;
                    }
                }
            }
            looked_at += 1;
            if self.step(search, bytes[seen]) {
                search.is_decided = true;
                break;
            }
            seen += 1;
        }
        looked_at
    }

    /// Goes on by one byte; says whether the best match is decided then.
    fn step(&self, search: &mut Search, byte: u8) -> bool {
        let nodes = &self.0.nodes;
        search.state = next(nodes, search.state, byte);
        search.at += 1;
        let node = &nodes[search.state];
        search.depth = node.depth;
        if node.ends > 0 {
            let start = search.at - node.ends as u64;
            // `<=`, as of those that begin together the longer one comes later.
            if search.best.as_ref().is_none_or(|best| start <= best.start) {
                search.best = Some(start..search.at);
            }
        }
        let Some(best) = &search.best else {
            return false;
        };
        // A better one begins before, or together with it and goes on.
        let begun = search.at - node.depth as u64;
        let can_be_better = begun < best.start || begun == best.start && node.child != 0;
        // At depth 0 no string is begun, so nothing that follows can begin early enough.
        node.depth == 0 || !can_be_better
    }

    /// The byte that this is, if it is just one.
    #[inline]
    pub(super) fn single(&self) -> Option<u8> {
        match self.0.scan {
            Scan::Byte(byte) => Some(byte),
            _ => None,
        }
    }

    /// Whether this is just that byte.
    #[inline]
    pub(super) fn is_byte(&self, byte: u8) -> bool {
        self.0.byte == u16::from(byte)
    }

    /// Whether there is only one string.
    pub(super) fn is_one(&self) -> bool {
        self.0.strings.len() == 1
    }

    /// Whether the other one matches the same.
    pub(crate) fn is(&self, other: &Separator) -> bool {
        self.is_clone_of(other) || self.0.strings == other.0.strings
    }

    #[inline]
    pub(super) fn is_clone_of(&self, other: &Separator) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The first match in `haystack`, if it is certain there; else from where on one can begin.
    /// One pass, however many strings there are; none at all where that cannot be done.
    #[inline]
    pub(super) fn first_in(&self, haystack: &[u8]) -> std::result::Result<Range<usize>, usize> {
        match self.0.scan {
            // Apart from the others, so that this case alone is inlined.
            Scan::Byte(byte) => match memchr::memchr(byte, haystack) {
                Some(at) => Ok(at..at + 1),
                None => Err(haystack.len()),
            },
            scan => self.first_by(scan, haystack),
        }
    }

    fn first_by(&self, scan: Scan, haystack: &[u8]) -> std::result::Result<Range<usize>, usize> {
        let single = |found: Option<usize>| match found {
            Some(at) => Ok(at..at + 1),
            None => Err(haystack.len()),
        };
        match scan {
            Scan::Byte(byte) => single(memchr::memchr(byte, haystack)),
            Scan::One => self.first_string(haystack),
            Scan::Two(a, b) => single(memchr::memchr2(a, b, haystack)),
            Scan::Three(a, b, c) => single(memchr::memchr3(a, b, c, haystack)),
            Scan::AnyLine => match memchr::memchr2(b'\n', b'\r', haystack) {
                None => Err(haystack.len()),
                Some(at) => match haystack[at..] {
                    [b'\r', b'\n', ..] => Ok(at..at + 2),
                    // The next piece may begin with the `\n`.
                    [b'\r'] => Err(at),
                    _ => Ok(at..at + 1),
                },
            },
            Scan::Apart => Err(0),
        }
    }

    fn first_string(&self, haystack: &[u8]) -> std::result::Result<Range<usize>, usize> {
        let length = self.longest();
        match self.0.finder.as_ref().and_then(|it| it.find(haystack)) {
            Some(at) => Ok(at..at + length),
            None => Err(haystack.len().saturating_sub(length - 1)),
        }
    }
}

impl fmt::Debug for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strings = self.0.strings.iter().map(|bytes| bytes.escape_ascii());
        f.write_str("Separator")?;
        f.debug_set()
            .entries(strings.map(|bytes| bytes.to_string()))
            .finish()
    }
}

impl Scan {
    fn of(strings: &[Box<[u8]>]) -> Scan {
        let strings: Vec<&[u8]> = strings.iter().map(|bytes| &**bytes).collect();
        match strings[..] {
            [&[a]] => Scan::Byte(a),
            [_] => Scan::One,
            [&[a], &[b]] => Scan::Two(a, b),
            [&[a], &[b], &[c]] => Scan::Three(a, b, c),
            [_, _, _] if LINE_ENDS.iter().all(|end| strings.contains(end)) => Scan::AnyLine,
            _ => Scan::Apart,
        }
    }
}

/// The automaton that finds all of some strings.
fn automaton(strings: &[Box<[u8]>]) -> Vec<Node> {
    let node = |byte, depth, sibling| Node {
        byte,
        depth,
        child: 0,
        sibling,
        shorter: 0,
        ends: 0,
    };
    let mut nodes = vec![node(0, 0, 0)];
    for string in strings {
        let mut state = 0;
        for (depth, &byte) in string.iter().enumerate() {
            state = match child(&nodes, state, byte) {
                Some(next) => next,
                None => {
                    nodes.push(node(byte, depth + 1, nodes[state].child));
                    nodes[state].child = nodes.len() - 1;
                    nodes.len() - 1
                }
            };
        }
        nodes[state].ends = string.len();
    }
    // By depth, as each state is explained by a shorter one.
    let mut level = vec![0];
    while !level.is_empty() {
        let mut deeper = Vec::new();
        for parent in level {
            let mut state = nodes[parent].child;
            while state != 0 {
                let shorter = match parent {
                    0 => 0,
                    _ => next(&nodes, nodes[parent].shorter, nodes[state].byte),
                };
                nodes[state].shorter = shorter;
                // A string of its own that ends here is longer than any that a shorter beginning
                // ends with.
                if nodes[state].ends == 0 {
                    nodes[state].ends = nodes[shorter].ends;
                }
                deeper.push(state);
                state = nodes[state].sibling;
            }
        }
        level = deeper;
    }
    nodes
}

/// The state that is one byte longer.
fn child(nodes: &[Node], state: usize, byte: u8) -> Option<usize> {
    let mut child = nodes[state].child;
    while child != 0 && nodes[child].byte != byte {
        child = nodes[child].sibling;
    }
    (child != 0).then_some(child)
}

/// The state after one more byte. Over all bytes of a search this takes no more than two steps a
/// byte: each step back was made possible by one forward.
fn next(nodes: &[Node], mut state: usize, byte: u8) -> usize {
    loop {
        match child(nodes, state, byte) {
            Some(child) => return child,
            None if state == 0 => return 0,
            None => state = nodes[state].shorter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::segments::distance;

    /// Where `separator` stands first in `bytes`, from `from` on; or before where none begins.
    fn find_in(
        separator: &Separator,
        bytes: &[u8],
        from: usize,
        ended: bool,
    ) -> std::result::Result<Range<usize>, usize> {
        let mut search = Search::starting_at(from as u64);
        separator.feed(&mut search, &bytes[from..]);
        match search.found(ended) {
            Some(found) => Ok(distance(found.start)..distance(found.end)),
            None if ended => Err(bytes.len()),
            None => Err(distance(search.earliest())),
        }
    }

    /// The first match, the longest of those that begin there, by looking everywhere.
    fn naive(
        strings: &[Vec<u8>],
        bytes: &[u8],
        ended: bool,
    ) -> std::result::Result<Range<usize>, usize> {
        for start in 0..bytes.len() {
            let here = &bytes[start..];
            let whole = strings.iter().filter(|string| here.starts_with(string));
            let best = whole.map(Vec::len).max().unwrap_or(0);
            let is_open = |string: &Vec<u8>| string.len() > best && string.starts_with(here);
            if !ended && strings.iter().any(is_open) {
                return Err(start);
            }
            if best > 0 {
                return Ok(start..start + best);
            }
        }
        Err(bytes.len())
    }

    #[test]
    fn the_first_and_longest_is_found_however_alike_the_bytes_are() {
        let words = |len: u32| {
            (0..1_u32 << len).map(move |bits| {
                (0..len)
                    .map(|at| b'a' + (bits >> at & 1) as u8)
                    .collect::<Vec<_>>()
            })
        };
        let sets = (1..=4).flat_map(words).flat_map(|one| {
            (1..=3)
                .flat_map(words)
                .map(move |other| vec![one.clone(), other])
        });
        for strings in sets {
            let separator = Separator::any_of(&strings).expect("none is empty");
            for bytes in (0..=7).flat_map(words) {
                for ended in [false, true] {
                    let found = find_in(&separator, &bytes, 0, ended);
                    let wanted = naive(&strings, &bytes, ended);
                    assert_eq!(found, wanted, "{strings:?} in {bytes:?}, {ended}");
                }
            }
        }
    }

    #[test]
    fn a_match_is_found_wherever_it_stands() {
        let separator = Separator::any_of(["bcd", "bcdef", "\0"]).expect("none is empty");
        for at in 0..400 {
            let bytes = [&vec![b'.'; at][..], b"bcd....\0"].concat();
            for from in [0, at / 2, at] {
                assert_eq!(find_in(&separator, &bytes, from, false), Ok(at..at + 3));
                assert_eq!(find_in(&separator, &bytes[..at + 3], from, false), Err(at));
                assert_eq!(
                    find_in(&separator, &bytes[..at + 3], from, true),
                    Ok(at..at + 3)
                );
                assert_eq!(find_in(&separator, &bytes[..at + 2], from, false), Err(at));
            }
        }
    }

    #[test]
    fn the_same_string_twice_is_searched_for_once() {
        let separator = Separator::any_of(["a", "bc", "a"]).expect("none is empty");
        assert_eq!(separator.0.strings.len(), 2);
        assert_eq!(format!("{separator:?}"), r#"Separator{"a", "bc"}"#);
    }
}
