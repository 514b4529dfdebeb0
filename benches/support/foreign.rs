//! Decoding by encoding_rs: the peers' way and the loops by hand.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use encoding_rs::{CoderResult, Decoder, Encoding};

pub(crate) const BLOCK: usize = 64 * 1024;

/// How many bytes the file is as UTF-8: blocks through `decode_to_utf8` into the same memory.
pub(crate) fn blocks(path: &Path, encoding: &'static Encoding) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (mut bytes, mut text) = (vec![0; BLOCK], vec![0; 3 * BLOCK + 16]);
    let mut sum = 0;
    loop {
        let n = file.read(&mut bytes)?;
        let (_, read, written, _) = decoder.decode_to_utf8(&bytes[..n], &mut text, n == 0);
        assert_eq!(read, n, "there is room");
        sum += std::hint::black_box(&text[..written]).len() as u64;
        if n == 0 {
            return Ok(sum);
        }
    }
}

/// How many bytes the lines are as UTF-8: std's `read_line` over a decoding reader.
pub(crate) fn lines(path: &Path, encoding: &'static Encoding) -> io::Result<u64> {
    let reader = Decoding::new(File::open(path)?, encoding);
    let mut reader = BufReader::with_capacity(BLOCK, reader);
    let (mut sum, mut line) = (0, String::new());
    while reader.read_line(&mut line)? > 0 {
        sum += line.len() as u64;
        line.clear();
    }
    Ok(sum)
}

/// Reads another encoding as UTF-8, as encoding_rs_io does: straight into the caller's memory.
struct Decoding {
    file: File,
    decoder: Decoder,
    bytes: Vec<u8>,
    /// What of `bytes` is not decoded yet.
    start: usize,
    end: usize,
    is_at_end: bool,
}

impl Decoding {
    fn new(file: File, encoding: &'static Encoding) -> Decoding {
        Decoding {
            file,
            decoder: encoding.new_decoder_without_bom_handling(),
            bytes: vec![0; BLOCK],
            start: 0,
            end: 0,
            is_at_end: false,
        }
    }
}

impl Read for Decoding {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.start == self.end && !self.is_at_end {
                self.start = 0;
                self.end = self.file.read(&mut self.bytes)?;
                self.is_at_end = self.end == 0;
            }
            let bytes = &self.bytes[self.start..self.end];
            let (result, read, written, _) =
                self.decoder.decode_to_utf8(bytes, buf, self.is_at_end);
            self.start += read;
            let is_done = self.is_at_end && result == CoderResult::InputEmpty;
            if written > 0 || is_done {
                return Ok(written);
            }
        }
    }
}
