//! [`Held`]: what a call took from the stream and could not hand out.

use std::collections::VecDeque;
use std::mem;

use memchr::memchr;

use crate::error::Error;

/// How much memory is kept when it is empty, in bytes.
const KEEP: usize = 64 * 1024;

/// Text that was taken from the stream and not handed out, and where in it malformed bytes were.
#[derive(Debug, Default)]
pub(super) struct Held {
    text: Vec<u8>,
    /// How much of it was handed out.
    start: usize,
    /// Errors that were not told, in order, and how much text lies before each. Their bytes are no
    /// text.
    errors: VecDeque<(usize, Error)>,
    /// How much was searched for which byte, so that none is searched twice however text trickles
    /// in, and whichever bytes are looked for in turns.
    searched: Vec<(u8, usize)>,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.text.len() && self.errors.is_empty()
    }

    /// Number of bytes of text.
    pub(super) fn len(&self) -> usize {
        self.text.len() - self.start
    }

    pub(super) fn push(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    pub(super) fn push_error(&mut self, error: Error) {
        self.errors.push_back((self.text.len(), error));
    }

    /// The error that comes next, if no text does; or behind `n` bytes of text at most.
    pub(super) fn take_error(&mut self, n: usize) -> Option<Error> {
        let (at, _) = self.errors.front()?;
        if at - self.start <= n {
            self.errors.pop_front().map(|(_, error)| error)
        } else {
            None
        }
    }

    /// The text up to the first error.
    pub(super) fn front(&self) -> &[u8] {
        let end = self.errors.front().map_or(self.text.len(), |&(at, _)| at);
        &self.text[self.start..end]
    }

    /// How much text there is up to a byte, and that.
    pub(super) fn find(&mut self, delimiter: u8) -> Option<usize> {
        let known = self
            .searched
            .iter()
            .position(|&(byte, _)| byte == delimiter);
        let known = known.unwrap_or_else(|| {
            self.searched.push((delimiter, 0));
            self.searched.len() - 1
        });
        let (_, searched) = &mut self.searched[known];
        let from = self.start.max(*searched);
        let found = memchr(delimiter, &self.text[from..]);
        *searched = found.map_or(self.text.len(), |at| from + at);
        found.map(|at| from + at + 1 - self.start)
    }

    /// The first `n` bytes of text. Errors may lie between them.
    pub(super) fn first(&self, n: usize) -> &[u8] {
        &self.text[self.start..self.start + n]
    }

    /// Whether all errors lie behind the first `n` bytes. `is_all`: nothing follows those.
    pub(super) fn is_good(&self, n: usize, is_all: bool) -> bool {
        match self.errors.front() {
            Some(&(at, _)) => !is_all && at - self.start >= n,
            None => true,
        }
    }

    /// Takes the first `n` bytes, which were handed out.
    pub(super) fn consume(&mut self, n: usize) {
        assert!(n <= self.front().len(), "consume beyond what was given");
        self.start += n;
        self.tidy();
    }

    /// Takes the first `n` bytes with what is malformed between them: as they are in the stream,
    /// and the first error. `is_all`: nothing follows them.
    pub(super) fn take(&mut self, n: usize, is_all: bool) -> (Vec<u8>, Option<Error>) {
        let end = self.start + n;
        let (mut bytes, mut first) = (Vec::with_capacity(n), None);
        while let Some((at, _)) = self.errors.front()
            && (*at < end || is_all)
            && let Some((at, error)) = self.errors.pop_front()
        {
            bytes.extend_from_slice(&self.text[mem::replace(&mut self.start, at)..at]);
            if let Error::Decode {
                bytes: malformed, ..
            } = &error
            {
                bytes.extend_from_slice(malformed);
            }
            first = first.or(Some(error));
        }
        bytes.extend_from_slice(&self.text[mem::replace(&mut self.start, end)..end]);
        self.tidy();
        (bytes, first)
    }

    /// Starts again where nothing is left, and gives back the memory of a long line. What was
    /// handed out goes where it is as much as what is left: each byte is moved once.
    fn tidy(&mut self) {
        if self.is_empty() {
            self.text.clear();
            if self.text.capacity() > KEEP {
                self.text = Vec::new();
            }
            if self.errors.capacity() * size_of::<(usize, Error)>() > KEEP {
                self.errors = VecDeque::new();
            }
            self.start = 0;
            self.searched.clear();
        } else if self.start > self.text.len() / 2 {
            self.text.drain(..self.start);
            for (at, _) in &mut self.errors {
                *at -= self.start;
            }
            for (_, searched) in &mut self.searched {
                *searched = searched.saturating_sub(self.start);
            }
            self.start = 0;
        }
    }
}
