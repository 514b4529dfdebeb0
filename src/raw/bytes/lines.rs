//! Records out of memory, lent.

use super::BytesIo;
use crate::chunk::Marked;
use crate::error::Result;

impl BytesIo {
    /// Takes the bytes up to and with `byte`, or to the end, and lends them: the fastest loop over
    /// lines of bytes in memory, which copies and allocates nothing. Empty is the end.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`](crate::Error::Closed).
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::BytesIo;
    ///
    /// let mut memory = BytesIo::from(b"a\nbc\nd".to_vec());
    /// assert_eq!(memory.slice_until(b'\n')?, b"a\n");
    /// assert_eq!(memory.slice_until(b'\n')?, b"bc\n");
    /// assert_eq!(memory.slice_until(b'\n')?, b"d");
    /// assert_eq!(memory.slice_until(b'\n')?, b"");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "readline")]
    #[inline]
    pub fn slice_until(&mut self, byte: u8) -> Result<&[u8]> {
        // Ends are ready only while the stream is open.
        if !self.ends.is_ready(Marked::Byte(byte)) {
            self.look_for(byte)?;
        }
        let start = usize::try_from(self.position).unwrap_or(usize::MAX);
        let end = match self.ends.ready() {
            Some(at) if start <= at => {
                self.ends.pass();
                at + 1
            }
            _ => self.far_end(start),
        };
        self.position = end as u64;
        Ok(self.getvalue().get(start..end).unwrap_or_default())
    }

    /// Looks for the next ends of records.
    #[inline(never)]
    fn look_for(&mut self, byte: u8) -> Result<()> {
        self.open()?;
        self.ends.mark(Marked::Byte(byte));
        let start = usize::try_from(self.position).unwrap_or(usize::MAX);
        self.ends.first(self.content.as_slice(), start);
        Ok(())
    }

    /// The place behind the record at `start` where ends are ready only before it, or none is.
    #[cold]
    fn far_end(&mut self, start: usize) -> usize {
        let content = self.content.as_slice();
        match self.ends.first(content, start) {
            Some(at) => {
                self.ends.pass();
                at + 1
            }
            None => start.max(content.len()),
        }
    }
}
