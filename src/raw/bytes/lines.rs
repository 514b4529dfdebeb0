//! Records out of memory, lent.

use super::BytesIo;
use crate::error::Result;
use crate::scan::Pattern;

/// A number of bytes in memory as an index. Where memory has fewer addresses than numbers a position
/// behind the end may be larger than all indices: that is one behind the end, too.
#[inline]
fn index(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

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
        let start = self.position;
        match self.ends.peek_byte(byte) {
            Some(at) if start <= at as u64 => {
                self.ends.advance();
                self.position = at as u64 + 1;
            }
            _ => self.take_far(byte)?,
        }
        let record = self.content.as_slice();
        let record = record.get(index(start)..index(self.position));
        // There is nothing behind the end.
        Ok(record.unwrap_or_default())
    }

    /// Takes the record whose end was not looked for, or that ends with everything.
    #[inline(never)]
    fn take_far(&mut self, byte: u8) -> Result<()> {
        self.open()?;
        self.ends.set_pattern(Pattern::Byte(byte));
        let start = index(self.position);
        let content = self.content.as_slice();
        match self.ends.find(content, start) {
            Some(at) => {
                self.ends.advance();
                self.position = at as u64 + 1;
            }
            None if start < content.len() => self.position = content.len() as u64,
            None => {}
        }
        Ok(())
    }
}
