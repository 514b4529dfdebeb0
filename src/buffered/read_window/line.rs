//! std's calls for lines, which its iterators `lines` and `split` are made of.
//!
//! An iterator that meets an error and is asked again must not meet the same one forever, if it
//! is the data that is wrong. So these calls get past it, where those of this crate leave
//! everything in place.

use super::ReadWindow;
use super::records::Ending;
use crate::error::{Error, Result, not_utf8};
use crate::raw::RawIo;

impl ReadWindow {
    /// Appends up to and with `byte`, or to the end, or leaves everything in place. A record that
    /// was too long for the last call is passed over.
    pub(in crate::buffered) fn read_until(
        &mut self,
        device: &mut impl RawIo,
        byte: u8,
        buf: &mut Vec<u8>,
    ) -> Result<usize> {
        if self.refused.is_some() {
            self.pass_over(device, byte)?;
        }
        match self.slice_until(device, byte) {
            Ok(record) => {
                buf.extend_from_slice(record);
                Ok(record.len())
            }
            Err(error) => Err(self.refuse(error, byte)),
        }
    }

    /// Appends a line of UTF-8, or leaves everything in place. A line that is not UTF-8 is taken,
    /// and handed back in the error.
    pub(in crate::buffered) fn read_line(
        &mut self,
        device: &mut impl RawIo,
        buf: &mut String,
    ) -> Result<usize> {
        if self.refused.is_some() {
            self.pass_over(device, b'\n')?;
        }
        let n = match self.find(device, &Ending::Byte(b'\n')) {
            Ok(n) => n,
            Err(error) => return Err(self.refuse(error, b'\n')),
        };
        match simdutf8::compat::from_utf8(&self.data()[..n]) {
            Ok(line) => buf.push_str(line),
            Err(_) => return Err(self.hand_back(device, n)),
        }
        self.consume(n);
        Ok(n)
    }

    /// Takes the next `n` bytes, a line, into an error. Where that cannot say the line's place,
    /// nothing is taken, and the error is that of the device.
    #[cold]
    fn hand_back(&mut self, device: &mut impl RawIo, n: usize) -> Error {
        let offset = match self.offset(device) {
            Ok(offset) => offset,
            Err(error) => return error,
        };
        let line = self.data()[..n].to_vec();
        self.consume(n);
        not_utf8(offset, line)
    }

    /// The error of a call for a record. One that is too long will be passed over.
    #[cold]
    fn refuse(&mut self, error: Error, byte: u8) -> Error {
        if let Error::LineTooLong { .. } = error {
            self.refused = Some((self.number(), byte));
        }
        error
    }

    /// Passes over the record that was refused, if the stream still stands there. After an error
    /// the next call goes on with that.
    #[cold]
    fn pass_over(&mut self, device: &mut impl RawIo, byte: u8) -> Result<()> {
        if self.refused.take() != Some((self.number(), byte)) {
            return Ok(());
        }
        let outcome = self.skip_record(device, &Ending::Byte(byte));
        if outcome.is_err() {
            self.refused = Some((self.number(), byte));
        }
        outcome.map(drop)
    }
}
