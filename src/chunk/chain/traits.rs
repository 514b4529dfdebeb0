//! [`Chain`] as std sees it: a queue of bytes, and a value compared by its bytes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::io::{self, BufRead, Read, Write};

use super::Chain;
use crate::chunk::Chunk;

impl Read for Chain {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        for view in self.views() {
            let n = view.len().min(buf.len() - done);
            buf[done..done + n].copy_from_slice(&view[..n]);
            done += n;
        }
        Ok(self.skip(done))
    }
}

impl BufRead for Chain {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.views().next().unwrap_or_default())
    }

    fn consume(&mut self, n: usize) {
        self.skip(n);
    }
}

impl Write for Chain {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.append(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Clone for Chain {
    /// Shares the bytes: copies none.
    fn clone(&self) -> Chain {
        let mut chain = self.empty_like();
        chain.chunks.clone_from(&self.chunks);
        if let Some(tail) = &self.tail {
            let open = tail.chunk(self.start..);
            chain
                .chunks
                .extend(Some(open).filter(|open| !open.is_empty()));
        }
        chain.len = self.len;
        chain
    }
}

impl From<Chunk> for Chain {
    fn from(chunk: Chunk) -> Chain {
        Chain::from_iter([chunk])
    }
}

impl FromIterator<Chunk> for Chain {
    /// Links every chunk as it is.
    fn from_iter<I: IntoIterator<Item = Chunk>>(chunks: I) -> Chain {
        let mut chain = Chain::new();
        chunks.into_iter().for_each(|chunk| chain.link(chunk));
        chain
    }
}

impl PartialEq for Chain {
    /// Compares the bytes, however they are cut into chunks.
    fn eq(&self, other: &Chain) -> bool {
        self.len == other.len && self.views().flatten().eq(other.views().flatten())
    }
}

impl Eq for Chain {}

impl<T: AsRef<[u8]> + ?Sized> PartialEq<&T> for Chain {
    fn eq(&self, other: &&T) -> bool {
        let other = other.as_ref();
        self.len == other.len() && self.views().flatten().eq(other)
    }
}

impl Hash for Chain {
    /// Hashes the bytes, however they are cut into chunks.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len);
        self.views()
            .flatten()
            .for_each(|&byte| state.write_u8(byte));
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain")
            .field("len", &self.len)
            .field("views", &self.views().count())
            .finish_non_exhaustive()
    }
}
