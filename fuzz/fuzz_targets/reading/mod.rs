//! What the targets over devices share: a stream that is read in every way, beside the bytes that
//! it has to give. A call that fails changes nothing but what it says.

use std::io::{BufRead, IoSliceMut, Read, Seek, SeekFrom};

use iolite::{BufferedIo, Chunk, Error, Result};

use crate::input::is_passing;

/// A stream, and what it has to be like.
pub trait Reading: Sized {
    type Stream: BufferedIo;

    fn stream(&mut self) -> &mut Self::Stream;
    fn content(&self) -> &[u8];
    fn position(&self) -> u64;
    fn set_position(&mut self, position: u64);
    /// Chunks that were lent, and what was in them.
    fn kept(&mut self) -> &mut Vec<(Chunk, Vec<u8>)>;

    fn advance(&mut self, n: usize) {
        self.set_position(self.position() + n as u64);
    }

    /// What comes next, all of it.
    fn rest(&self) -> &[u8] {
        let start = usize::try_from(self.position()).unwrap_or(usize::MAX);
        self.content().get(start..).unwrap_or_default()
    }

    /// Tries once. What fails may fail so, and has done nothing.
    fn passes<T>(&mut self, call: impl FnOnce(&mut Self) -> Result<T>) -> Option<T> {
        match call(self) {
            Ok(done) => Some(done),
            Err(error) if is_passing(&error) => None,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Tries until it works.
    fn persist<T>(&mut self, mut call: impl FnMut(&mut Self) -> Result<T>) -> T {
        for _ in 0..10_000 {
            if let Some(done) = self.passes(&mut call) {
                return done;
            }
        }
        panic!("it does not go on");
    }

    /// The stream gave these of up to `n` bytes; none are the end.
    fn took(&mut self, bytes: &[u8], n: usize) {
        assert!(
            self.rest().starts_with(bytes),
            "{bytes:?} of {:?}",
            self.rest()
        );
        assert!(bytes.len() <= n);
        assert_eq!(
            bytes.is_empty(),
            n == 0 || self.rest().is_empty(),
            "an empty answer is the end"
        );
        self.advance(bytes.len());
    }

    fn read(&mut self, n: usize) {
        let mut buf = vec![0; n];
        if let Some(k) = self.passes(|pair| Ok(pair.stream().read(&mut buf)?)) {
            self.took(&buf[..k], n);
        }
    }

    fn read_exact(&mut self, n: usize) {
        let mut buf = vec![0; n];
        match self.stream().read_exact(&mut buf).map_err(Error::from) {
            Ok(()) => {
                assert_eq!(self.rest().get(..n), Some(&buf[..]));
                self.advance(n);
            }
            Err(Error::PartialRead {
                available,
                expected,
            }) => {
                assert_eq!((available, expected), (self.rest().len(), n));
            }
            Err(error) => assert!(is_passing(&error), "{error:?}"),
        }
    }

    fn read_vectored(&mut self, sizes: [usize; 3]) {
        let mut bufs = sizes.map(|size| vec![0; size]);
        let outcome = self.passes(|pair| {
            let mut slices = bufs.each_mut().map(|buf| IoSliceMut::new(buf));
            Ok(pair.stream().read_vectored(&mut slices)?)
        });
        if let Some(k) = outcome {
            self.took(&bufs.concat()[..k], sizes.iter().sum());
        }
    }

    fn read_chunk(&mut self, n: usize, keep: bool) {
        if let Some(chunk) = self.passes(|pair| pair.stream().read_chunk(n)) {
            self.took(&chunk, n);
            if keep {
                let bytes = chunk.to_vec();
                self.kept().push((chunk, bytes));
            }
        }
    }

    fn fill_and_consume(&mut self, n: usize) {
        let filled = self.passes(|pair| Ok(pair.stream().fill_buf()?.to_vec()));
        if let Some(bytes) = filled {
            assert!(self.rest().starts_with(&bytes));
            assert_eq!(bytes.is_empty(), self.rest().is_empty());
            let n = n.min(bytes.len());
            self.stream().consume(n);
            self.advance(n);
        }
    }

    /// The next record, up to and with `ending` or to the end.
    fn record(&self, ending: &[u8]) -> Vec<u8> {
        let rest = self.rest();
        let at = rest
            .windows(ending.len())
            .position(|window| window == ending);
        rest[..at.map_or(rest.len(), |at| at + ending.len())].to_vec()
    }

    fn read_until(&mut self, byte: u8) {
        let mut record = b"kept".to_vec();
        let outcome = self.passes(|pair| Ok(pair.stream().read_until(byte, &mut record)?));
        let expected = match outcome {
            Some(n) => {
                let expected = self.record(&[byte]);
                assert_eq!(n, expected.len());
                self.advance(n);
                expected
            }
            None => Vec::new(),
        };
        assert_eq!(record, [b"kept", &expected[..]].concat());
    }

    fn read_line(&mut self) {
        let mut text = String::from("kept");
        let expected = self.record(b"\n");
        match self.stream().read_line(&mut text).map_err(Error::from) {
            Ok(n) => {
                assert_eq!((n, &text.as_bytes()[4..]), (expected.len(), &expected[..]));
                self.advance(n);
            }
            Err(Error::NotUtf8 { line, source }) => {
                assert_eq!((line, &*text), (expected.clone(), "kept"));
                self.check_decode(*source, &expected);
                self.advance(expected.len());
            }
            Err(error) => {
                assert!(is_passing(&error), "{error:?}");
                assert_eq!(text, "kept");
            }
        }
    }

    /// The error is that of these bytes, which are the next ones.
    fn check_decode(&self, error: Error, bytes: &[u8]) {
        let wrong = std::str::from_utf8(bytes).expect_err("this is an error");
        let at = wrong.valid_up_to();
        let malformed = &bytes[at..wrong.error_len().map_or(bytes.len(), |n| at + n)];
        match error {
            Error::Decode { offset, bytes, .. } => {
                assert_eq!(
                    (offset, &bytes[..]),
                    (self.position() + at as u64, malformed)
                );
            }
            error => panic!("{error:?}"),
        }
    }

    fn peek(&mut self, n: usize) {
        if let Some(bytes) = self.passes(|pair| Ok(pair.stream().peek(n)?.to_vec())) {
            assert_eq!(bytes, self.rest()[..n.min(self.rest().len())]);
        }
    }

    fn read_to_end(&mut self) {
        let mut all = b"kept".to_vec();
        let outcome = self.passes(|pair| Ok(pair.stream().read_to_end(&mut all)?));
        let bytes = all.strip_prefix(b"kept").expect("what was there stays");
        assert!(self.rest().starts_with(bytes));
        if let Some(n) = outcome {
            assert_eq!((n, bytes), (bytes.len(), self.rest()));
        }
        self.advance(bytes.len());
    }

    fn read_to_string(&mut self) {
        let mut all = String::from("kept");
        let outcome = self.stream().read_to_string(&mut all).map_err(Error::from);
        let text = all.strip_prefix("kept").expect("what was there stays");
        assert!(self.rest().starts_with(text.as_bytes()));
        let rest = self.rest().to_vec();
        match outcome {
            Ok(n) => assert_eq!((n, text.as_bytes()), (text.len(), &rest[..])),
            Err(error @ Error::Decode { .. }) => {
                self.check_decode(error, &rest);
                let wrong = std::str::from_utf8(&rest).expect_err("it was found to be");
                assert_eq!(text.len(), wrong.valid_up_to());
            }
            Err(error) => assert!(is_passing(&error), "{error:?}"),
        }
        self.advance(text.len());
    }

    fn seek(&mut self, to: SeekFrom) {
        let target = match to {
            SeekFrom::Start(target) => Some(target),
            SeekFrom::Current(by) => self.position().checked_add_signed(by),
            SeekFrom::End(by) => (self.content().len() as u64).checked_add_signed(by),
        };
        match self.stream().seek(to).map_err(Error::from) {
            Ok(position) => {
                assert_eq!(Some(position), target);
                self.set_position(position);
            }
            Err(error) => assert!(is_passing(&error) || target.is_none(), "{error:?}"),
        }
    }
}
