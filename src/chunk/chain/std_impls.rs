//! [`Chain`] as std sees it: a queue of bytes, and a value compared by its bytes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::io::{self, BufRead, IoSlice, IoSliceMut, Read, Write};

use super::Chain;
use crate::chunk::Chunk;
use crate::chunk::like_bytes::mirrored;
use crate::chunk::utf8::{append_text, reserve, reserve_text};
use crate::error::{Error, append_line};

/// How many bytes are hashed at a time, wherever the chain is cut.
const HASHED: usize = 256;

/// Takes bytes off the front. Where the chain is empty, that is the end.
///
/// Offsets in errors are counted from where the call began to read: a chain does not know what was
/// taken from it before.
impl Read for Chain {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        for view in self.views() {
            if done == buf.len() {
                break;
            }
            let n = view.len().min(buf.len() - done);
            buf[done..done + n].copy_from_slice(&view[..n]);
            done += n;
        }
        Ok(self.skip(done))
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let mut done = 0;
        for buf in bufs {
            done += self.read(buf)?;
            if self.is_empty() {
                break;
            }
        }
        Ok(done)
    }

    /// All of `buf` or nothing: where there are fewer bytes, they stay.
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let (available, expected) = (self.len(), buf.len());
        if available < expected {
            let lacking = Error::PartialRead {
                available,
                expected,
            };
            return Err(lacking.into());
        }
        self.read(buf).map(drop)
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        reserve(buf, self.len())?;
        self.views().for_each(|view| buf.extend_from_slice(view));
        Ok(self.skip(self.len()))
    }

    /// Takes the text that the chain begins with. Malformed bytes, and a character that is cut by
    /// the end, stay, and are an [`Error::Decode`].
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        reserve_text(buf, self.len())?;
        let (n, wrong) = append_text(self.views(), buf);
        self.skip(n);
        match wrong {
            Some(wrong) => Err(wrong.at(n as u64).into()),
            None => Ok(n),
        }
    }
}

impl BufRead for Chain {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.views().next().unwrap_or_default())
    }

    fn consume(&mut self, n: usize) {
        self.skip(n);
    }

    /// Takes a line, also one that is not UTF-8: that one is in the error, an
    /// [`Error::NotUtf8`].
    fn read_line(&mut self, buf: &mut String) -> io::Result<usize> {
        let line = self.take_chunk(self.line_len(b'\n'));
        Ok(append_line(buf, &line, 0)?)
    }
}

impl Chain {
    /// How many bytes there are up to `byte`, with it; all if it is not there.
    fn line_len(&self, byte: u8) -> usize {
        let mut before = 0;
        for view in self.views() {
            if let Some(at) = memchr::memchr(byte, view) {
                return before + at + 1;
            }
            before += view.len();
        }
        before
    }
}

/// Puts bytes at the end, always all of them.
impl Write for Chain {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.append(buf);
        Ok(buf.len())
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let before = self.len();
        bufs.iter().for_each(|buf| self.append(buf));
        Ok(self.len() - before)
    }

    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        self.append(buf);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Clone for Chain {
    /// Shares the bytes: copies none.
    fn clone(&self) -> Chain {
        let mut chain = self.empty_like();
        let segments = &self.segments;
        segments.share_to(&mut chain.segments, segments.start()..segments.end());
        chain
    }
}

impl<T: Into<Chunk>> From<T> for Chain {
    /// One chunk, or a vector, a string or a constant as one. Copies no byte.
    fn from(bytes: T) -> Chain {
        Chain::from_iter([bytes.into()])
    }
}

impl FromIterator<Chunk> for Chain {
    /// Shares every chunk as it is, however small.
    fn from_iter<I: IntoIterator<Item = Chunk>>(chunks: I) -> Chain {
        let mut chain = Chain::new();
        chain.extend(chunks);
        chain
    }
}

impl Extend<Chunk> for Chain {
    /// Shares every chunk as it is, however small.
    fn extend<I: IntoIterator<Item = Chunk>>(&mut self, chunks: I) {
        chunks.into_iter().for_each(|chunk| self.push_shared(chunk));
    }
}

/// Whether pieces of the same length in all are the same bytes, however each side is cut.
fn same<'a>(
    one: impl Iterator<Item = &'a [u8]>,
    mut other: impl Iterator<Item = &'a [u8]>,
) -> bool {
    let mut theirs: &[u8] = &[];
    for mut ours in one {
        while !ours.is_empty() {
            if theirs.is_empty() {
                match other.next() {
                    Some(next) => theirs = next,
                    None => return false,
                }
            }
            let n = ours.len().min(theirs.len());
            if ours[..n] != theirs[..n] {
                return false;
            }
            (ours, theirs) = (&ours[n..], &theirs[n..]);
        }
    }
    true
}

impl PartialEq for Chain {
    /// Compares the bytes, however they are cut into chunks.
    fn eq(&self, other: &Chain) -> bool {
        self.len() == other.len() && same(self.views(), other.views())
    }
}

impl Eq for Chain {}

impl<T: AsRef<[u8]> + ?Sized> PartialEq<&T> for Chain {
    fn eq(&self, other: &&T) -> bool {
        let other = other.as_ref();
        self.len() == other.len() && same(self.views(), [other].into_iter())
    }
}

mirrored!(Chain: &[u8], &str);

impl<const N: usize> PartialEq<Chain> for &[u8; N] {
    fn eq(&self, other: &Chain) -> bool {
        *other == *self
    }
}

impl Hash for Chain {
    /// Hashes the bytes, however they are cut into chunks.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        // A hasher may tell one write from two: so all chains are cut again at the same places.
        let (mut piece, mut filled) = ([0; HASHED], 0);
        for mut view in self.views() {
            while !view.is_empty() {
                let n = view.len().min(HASHED - filled);
                piece[filled..filled + n].copy_from_slice(&view[..n]);
                (view, filled) = (&view[n..], filled + n);
                if filled == HASHED {
                    state.write(&piece);
                    filled = 0;
                }
            }
        }
        state.write(&piece[..filled]);
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain")
            .field("len", &self.len())
            .field("views", &self.views().count())
            .finish_non_exhaustive()
    }
}
