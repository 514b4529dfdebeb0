//! A file's text, gone through once: [`decoded`] in an encoding that is known, or as bytes that may
//! be [UTF-8](Utf8Survey).

use iolite::chunk::Progress;
use iolite::text::TextDecoder;
use iolite::{Encoding, Error, Newline, Result, TextOptions};

use super::blocks::Blocks;
use super::findings::Findings;

/// What is found in the text from the start on, in this encoding.
pub(super) fn decoded(blocks: &mut Blocks<'_>, encoding: Encoding) -> Result<Findings> {
    // Without a translation: line ends are counted as they are.
    let options = TextOptions::new().encoding(encoding).newline(Newline::Lf);
    let mut decoder = TextDecoder::with_options(options);
    let mut findings = Findings::default();
    blocks.rewind()?;
    loop {
        decoder.append(blocks.block())?;
        if blocks.is_last() {
            decoder.finish();
        }
        drain(&mut decoder, &mut findings)?;
        if blocks.is_last() {
            return Ok(findings);
        }
        blocks.next(0)?;
    }
}

/// Takes all text that is there.
fn drain(decoder: &mut TextDecoder, findings: &mut Findings) -> Result<()> {
    loop {
        match decoder.next_text() {
            Ok(Progress::Ready(text)) => findings.push(text.as_bytes()),
            Ok(Progress::Pending | Progress::End) => return Ok(()),
            Err(Error::Decode {
                offset,
                bytes,
                reason,
                ..
            }) => findings.push_malformed(offset, &bytes, reason),
            Err(error) => return Err(error),
        }
    }
}

/// Goes through bytes that may be UTF-8. Most files are, and then nothing is decoded at all.
#[derive(Default)]
pub(super) struct Utf8Survey {
    pub(super) findings: Findings,
    /// How many bytes there were of characters outside ASCII, without the first ones.
    pub(super) continuing: u64,
    /// Where the bytes after what was surveyed are in the file.
    offset: u64,
}

impl Utf8Survey {
    /// How many malformed sequences there are before it may be given up.
    const PATIENCE: u64 = 8;

    /// Takes the next block, and answers how many bytes at its end belong to a character that goes on
    /// in the next one; `None` if it gave up.
    pub(super) fn push(&mut self, block: &[u8], is_last: bool) -> Option<usize> {
        let mut rest = block;
        loop {
            let error = match str::from_utf8(rest) {
                Ok(text) => {
                    self.push_valid(text);
                    return Some(0);
                }
                Err(error) => error,
            };
            let (valid, after) = rest.split_at(error.valid_up_to());
            self.push_valid(str::from_utf8(valid).unwrap_or_default());
            let (malformed, reason) = match error.error_len() {
                None if !is_last => return Some(after.len()),
                None => (after, "unexpected end of data"),
                Some(n) => (&after[..n], "not UTF-8"),
            };
            self.findings.push_malformed(self.offset, malformed, reason);
            self.offset += malformed.len() as u64;
            rest = &after[malformed.len()..];
            if self.findings.malformed >= Utf8Survey::PATIENCE && !self.is_plausible() {
                return None;
            }
        }
    }

    fn push_valid(&mut self, text: &str) {
        self.findings.push(text.as_bytes());
        self.continuing += (text.len() - text.chars().count()) as u64;
        self.offset += text.len() as u64;
    }

    /// Whether it is UTF-8, with malformed bytes in it perhaps. In text of another encoding hardly two
    /// bytes in a row make a character: in the two that come nearest, GBK and EUC-KR, there are five
    /// malformed sequences for each byte of one.
    pub(super) fn is_plausible(&self) -> bool {
        self.continuing >= self.findings.malformed
    }
}
