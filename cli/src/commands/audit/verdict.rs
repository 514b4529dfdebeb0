//! What is said about one file, and how it is found out.

use iolite::{Encoding, FileIo, Result};

use super::blocks::Blocks;
use super::count;
use super::findings::Findings;
use super::guess::{self, Guess};
use super::survey::{self, Utf8Survey};
use super::wide;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing.
    Empty,
    /// No text: bytes 0 in what is neither UTF-8 nor UTF-16 nor UTF-32, or many control characters.
    Binary,
    Text {
        encoding: Encoding,
        known: KnownBy,
        confidence: Confidence,
    },
}

/// What tells the encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KnownBy {
    /// A byte-order mark.
    Mark,
    /// All of the bytes: they would hardly be right in another encoding.
    Content,
    /// A comparison with how languages are written.
    Guess,
}

impl KnownBy {
    pub(super) fn name(self) -> &'static str {
        match self {
            KnownBy::Mark => "mark",
            KnownBy::Content => "content",
            KnownBy::Guess => "guess",
        }
    }
}

/// How far to trust what is said about an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Confidence {
    /// Little text, or text that is likely in more than one encoding.
    Low,
    /// There is enough text for it, or it would be odd by chance.
    High,
    /// A mark, or nothing but ASCII.
    Certain,
}

impl Confidence {
    pub(super) fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::High => "high",
            Confidence::Certain => "certain",
        }
    }
}

/// All that is said about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) content: Content,
    pub(super) findings: Findings,
}

impl Verdict {
    fn text(
        encoding: Encoding,
        known: KnownBy,
        confidence: Confidence,
        findings: Findings,
    ) -> Verdict {
        let content = Content::Text {
            encoding,
            known,
            confidence,
        };
        Verdict { content, findings }
    }

    fn nothing(content: Content) -> Verdict {
        let findings = Findings::default();
        Verdict { content, findings }
    }
}

/// Finds out about a file from where it stands. `buffer` is room that one file after the other uses.
pub(super) fn examine(device: FileIo, buffer: &mut Vec<u8>) -> Result<Verdict> {
    let mut blocks = Blocks::new(device, buffer)?;
    let start = blocks.block();
    if start.is_empty() {
        return Ok(Verdict::nothing(Content::Empty));
    }
    let (marked, length) = Encoding::detect(start, Encoding::UTF_8);
    if length > 0 {
        // The name says the byte order, which the encoding of the mark leaves open.
        let encoding = marked.with_bom_as_text(start);
        let findings = survey::decoded(&mut blocks, marked)?;
        let (known, confidence) = (KnownBy::Mark, Confidence::Certain);
        return Ok(Verdict::text(encoding, known, confidence, findings));
    }
    if let Some(encoding) = wide::unmarked(start) {
        let findings = survey::decoded(&mut blocks, encoding)?;
        let (known, confidence) = (KnownBy::Content, Confidence::High);
        return Ok(Verdict::text(encoding, known, confidence, findings));
    }
    bytes(&mut blocks)
}

/// A file whose code units are bytes, from its first block on.
fn bytes(blocks: &mut Blocks<'_>) -> Result<Verdict> {
    let mut survey = Utf8Survey::default();
    let is_utf_8 = loop {
        let kept = survey.push(blocks.block(), blocks.is_last());
        match kept {
            None => break false,
            Some(_) if blocks.is_last() => break survey.is_plausible(),
            Some(kept) => blocks.next(kept)?,
        }
    };
    let Utf8Survey {
        findings,
        continuing,
        ..
    } = survey;
    if !is_utf_8 {
        return guessed(blocks);
    }
    if continuing > 0 {
        let confidence = if findings.malformed == 0 {
            Confidence::High
        } else {
            Confidence::Low
        };
        let known = KnownBy::Content;
        return Ok(Verdict::text(Encoding::UTF_8, known, confidence, findings));
    }
    // Japanese mail is short: what is longer than a block and has its first shift after it is rare.
    blocks.rewind()?;
    if guess::has_shift_of_iso_2022_jp(blocks.block()) {
        let encoding = Encoding::ISO_2022_JP;
        let japanese = survey::decoded(blocks, encoding)?;
        if japanese.malformed == 0 {
            let (known, confidence) = (KnownBy::Content, Confidence::High);
            return Ok(Verdict::text(encoding, known, confidence, japanese));
        }
    }
    let (known, confidence) = (KnownBy::Content, Confidence::Certain);
    Ok(Verdict::text(Encoding::ASCII, known, confidence, findings))
}

/// A file that is not UTF-8; the block has a part of it that shows this.
fn guessed(blocks: &mut Blocks<'_>) -> Result<Verdict> {
    if is_binary(blocks.block()) {
        return Ok(Verdict::nothing(Content::Binary));
    }
    let Guess {
        mut encoding,
        confidence,
    } = guess::guess(blocks.block());
    let mut findings = survey::decoded(blocks, encoding)?;
    // What has all of GBK, and more.
    if encoding == Encoding::GBK && findings.malformed > 0 {
        let larger = survey::decoded(blocks, Encoding::GB18030)?;
        if larger.malformed < findings.malformed {
            (encoding, findings) = (Encoding::GB18030, larger);
        }
    }
    if findings.nuls > 0 {
        return Ok(Verdict::nothing(Content::Binary));
    }
    let confidence = if findings.malformed > 0 {
        Confidence::Low
    } else {
        confidence
    };
    Ok(Verdict::text(
        encoding,
        KnownBy::Guess,
        confidence,
        findings,
    ))
}

/// Whether bytes that are not UTF-8 are no text at all: with a byte 0, or one in thirty of the control
/// characters that no text has.
fn is_binary(block: &[u8]) -> bool {
    let is_odd = |byte| byte < 32 && !(9..=13).contains(&byte) && byte != 27 || byte == 127;
    memchr::memchr(0, block).is_some() || count(block, is_odd) * 30 > block.len()
}
