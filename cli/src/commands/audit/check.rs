//! What `--fail-on` may ask for.

use clap::ValueEnum;
use iolite::Encoding;

use super::verdict::{Confidence, Content, KnownBy, Verdict};

/// Something that a project may not want in its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Check {
    /// More than one kind of line ends in one file.
    Mixed,
    /// Bytes that are no text in the file's encoding.
    Malformed,
    /// A last line without a line end.
    NoFinalNewline,
    /// A byte-order mark.
    Mark,
    /// UTF-16 or UTF-32 without a byte-order mark.
    NoMark,
    /// Line ends of DOS: CR and LF.
    Crlf,
    /// Line ends of old Macs: CR alone.
    Cr,
    /// Line ends of Unix: LF alone.
    Lf,
    /// Any encoding but UTF-8 and ASCII.
    NotUtf8,
    /// An encoding that is only guessed.
    Guess,
    /// An encoding that is said with low confidence.
    Low,
    /// NUL characters in text.
    Nul,
    /// Files that are no text.
    Binary,
}

impl Check {
    /// Whether a file has it.
    pub(super) fn finds(self, verdict: &Verdict) -> bool {
        let ends = &verdict.findings.line_ends;
        let Content::Text {
            encoding,
            known,
            confidence,
        } = verdict.content
        else {
            return self == Check::Binary && verdict.content == Content::Binary;
        };
        match self {
            Check::Mixed => ends.is_mixed(),
            Check::Malformed => verdict.findings.malformed > 0,
            Check::NoFinalNewline => ends.is_open(),
            Check::Mark => known == KnownBy::Mark,
            Check::NoMark => known == KnownBy::Content && is_wide(encoding),
            Check::Crlf => ends.crlf > 0,
            Check::Cr => ends.cr > 0,
            Check::Lf => ends.lf > 0,
            Check::NotUtf8 => ![Encoding::UTF_8, Encoding::ASCII].contains(&encoding),
            Check::Guess => known == KnownBy::Guess,
            Check::Low => confidence == Confidence::Low,
            Check::Nul => verdict.findings.nuls > 0,
            Check::Binary => false,
        }
    }

    /// As it is written on the command line.
    pub(super) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// Whether its code units are longer than a byte.
fn is_wide(encoding: Encoding) -> bool {
    [
        Encoding::UTF_16LE,
        Encoding::UTF_16BE,
        Encoding::UTF_32LE,
        Encoding::UTF_32BE,
    ]
    .contains(&encoding)
}
