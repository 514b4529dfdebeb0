//! Which encoding it may be, where neither a mark nor the bytes themselves say so.
//!
//! chardetng compares the bytes with how often letters stand beside each other in the languages of
//! each encoding, for 27 encodings at once, which takes a tenth of a microsecond a byte: ten
//! thousand times what reading takes. So it gets a sample, what is not ASCII, and more of it
//! only as long as the answer may depend on it.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use iolite::Encoding;

use super::count;
use super::verdict::Confidence;

/// How much of the sample is given at a time: the first part is enough for scripts other than Latin,
/// whose letters are all outside ASCII, the second one for Latin if the guess stays the same, and the
/// third one decides.
const PARTS: [usize; 3] = [64, 104, 640];

/// How many bytes outside ASCII a guess must rest on to be one of some confidence.
const EVIDENCE: usize = 16;

/// A guess, and how far to trust it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guess {
    pub(super) encoding: Encoding,
    pub(super) confidence: Confidence,
}

/// Guesses from a part of a text that is neither ASCII nor UTF-8.
pub(super) fn guess(text: &[u8]) -> Guess {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let mut sample = Sample::of(text);
    let (mut label, mut is_stable) = ("", true);
    for part in PARTS {
        let used = sample.bytes.len();
        detector.feed(sample.up_to(part), false);
        let answer = detector.guess(None, Utf8Detection::Deny).name();
        let before = std::mem::replace(&mut label, answer);
        is_stable = used == 0 || before == label;
        let is_again = used > 0 && is_stable;
        if is_again || sample.is_all() || !DOUBTFUL.contains(&label) {
            break;
        }
    }
    if DOUBTFUL.contains(&label) || of_windows(label) != label {
        let letters = Letters::of(text);
        if let Some(found) = letters.alphabet() {
            (label, is_stable) = (found, true);
        }
        if letters.is_of_windows() {
            label = of_windows(label);
        }
    }
    let evidence = count(&sample.bytes, |byte| byte >= 0x80);
    let confidence = if is_stable && evidence >= EVIDENCE {
        Confidence::High
    } else {
        Confidence::Low
    };
    Guess {
        encoding: by_label(label),
        confidence,
    }
}

/// Whether a text that looks like ASCII may be ISO-2022-JP, which is written in seven bits: it has an
/// escape sequence of it.
pub(super) fn has_shift_of_iso_2022_jp(text: &[u8]) -> bool {
    let shifts = [&b"\x1b$B"[..], b"\x1b$@", b"\x1b(J"];
    memchr::memchr_iter(0x1b, text)
        .any(|at| shifts.iter().any(|shift| text[at..].starts_with(shift)))
}

/// The bytes of a text outside ASCII with those beside them: two before, for `n.\u{ba}`, and one after, which
/// may be the second byte of a character. The rest of a word in Latin script is the same in all encodings, and
/// says nothing.
struct Sample<'a> {
    text: &'a [u8],
    /// How much of the text was looked through.
    taken: usize,
    bytes: Vec<u8>,
}

impl<'a> Sample<'a> {
    fn of(text: &'a [u8]) -> Sample<'a> {
        let (taken, bytes) = (0, Vec::new());
        Sample { text, taken, bytes }
    }

    /// Takes more, up to so many bytes in all or a little beyond; those that were added.
    fn up_to(&mut self, size: usize) -> &[u8] {
        let before = self.bytes.len();
        while self.bytes.len() < size {
            let rest = &self.text[self.taken..];
            let Some(at) = rest.iter().position(|byte| !byte.is_ascii()) else {
                self.taken = self.text.len();
                break;
            };
            // A run that is longer goes on in the next part.
            let room = size - self.bytes.len() + 4;
            let run = &rest[at..rest.len().min(at + room)];
            let end = run
                .iter()
                .position(u8::is_ascii)
                .map_or(run.len(), |n| n + 1);
            if at > 2 {
                self.bytes.push(b' ');
            }
            self.bytes
                .extend_from_slice(&rest[at - at.min(2)..at + end]);
            self.taken += at + end;
        }
        &self.bytes[before..]
    }

    /// Whether there is no more.
    fn is_all(&self) -> bool {
        self.taken == self.text.len()
    }
}

/// The answers, by their names at the WHATWG, that chardetng changes when it sees more: those of Latin
/// script, and the one that it has for a little of Shift_JIS.
const DOUBTFUL: [&str; 9] = [
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1254",
    "windows-1257",
    "windows-1258",
    "ISO-8859-2",
    "ISO-8859-4",
    "ISO-8859-13",
];

/// Languages that chardetng takes for others: an encoding, the letters outside ASCII that the language
/// has there, and those among them of which a text of the language has one at least.
const ALPHABETS: [(&str, &[u8], &[u8]); 2] = [
    // Hungarian áéíóöúüőű: all but ő and ű are the same in windows-1252, where these are õ and û.
    (
        "windows-1250",
        b"\xe1\xe9\xed\xf3\xf6\xfa\xfc\xf5\xfb\xc1\xc9\xcd\xd3\xd6\xda\xdc\xd5\xdb",
        b"\xf5\xfb\xd5\xdb",
    ),
    // Lithuanian ąčęėįšųūž: no other language has all its letters among these in any encoding.
    (
        "windows-1257",
        b"\xe0\xe8\xe6\xeb\xe1\xf0\xf8\xfb\xfe\xc0\xc8\xc6\xcb\xc1\xd0\xd8\xdb\xde",
        b"\xeb\xf0\xf8",
    ),
];

/// Which bytes a text has.
struct Letters([bool; 256]);

impl Letters {
    fn of(text: &[u8]) -> Letters {
        let mut seen = [false; 256];
        text.iter().for_each(|&byte| seen[usize::from(byte)] = true);
        Letters(seen)
    }

    /// The encoding in which a text's letters are the alphabet of a language. What is below 0xc0 is
    /// punctuation in all of these.
    fn alphabet(&self) -> Option<&'static str> {
        let letters = || (0xc0..=0xff).filter(|&letter: &u8| self.0[usize::from(letter)]);
        let found = ALPHABETS.iter().find(|(_, all, telling)| {
            let is_telling = |letter| telling.contains(&letter);
            letters().all(|letter| all.contains(&letter)) && letters().any(is_telling)
        });
        // One or two letters may be those of any alphabet.
        found
            .filter(|_| letters().count() >= 3)
            .map(|(label, ..)| *label)
    }

    /// Whether there are bytes that would be control characters in the encodings of ISO 8859, which no
    /// text has, and are letters and quotation marks in those of Windows.
    fn is_of_windows(&self) -> bool {
        self.0[0x80..0xa0].contains(&true)
    }
}

/// The encoding of Windows that is nearly the same as one of ISO 8859.
fn of_windows(label: &'static str) -> &'static str {
    match label {
        "ISO-8859-2" => "windows-1250",
        "ISO-8859-7" => "windows-1253",
        "ISO-8859-13" => "windows-1257",
        label => label,
    }
}

/// The encoding that files of this label are in: where the WHATWG's label stands for a larger relative
/// of what Python calls so, the larger one. The frequent ones are not looked up by name.
fn by_label(label: &str) -> Encoding {
    match label {
        "Shift_JIS" => Encoding::WINDOWS_31J,
        "EUC-KR" => Encoding::WINDOWS_949,
        "EUC-JP" => Encoding::EUC_JP,
        "GBK" => Encoding::GBK,
        "Big5" => Encoding::BIG5,
        "windows-1250" => Encoding::WINDOWS_1250,
        "windows-1251" => Encoding::WINDOWS_1251,
        "windows-1252" => Encoding::WINDOWS_1252,
        "windows-1253" => Encoding::WINDOWS_1253,
        "windows-1254" => Encoding::WINDOWS_1254,
        "windows-1255" => Encoding::WINDOWS_1255,
        "windows-1256" => Encoding::WINDOWS_1256,
        "windows-1257" => Encoding::WINDOWS_1257,
        "ISO-8859-2" => Encoding::ISO_8859_2,
        "KOI8-U" => Encoding::KOI8_U,
        label => label.parse().unwrap_or(Encoding::WINDOWS_1252),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_of_chardetng_has_an_encoding() {
        let labels = "GBK EUC-JP EUC-KR Shift_JIS Big5 windows-1252 windows-1251 windows-1250 \
            ISO-8859-2 windows-1256 windows-1254 windows-874 windows-1255 ISO-8859-8 windows-1253 \
            ISO-8859-7 windows-1257 ISO-8859-13 KOI8-U IBM866 ISO-8859-6 windows-1258 ISO-8859-4 \
            ISO-8859-5 ISO-2022-JP";
        for label in labels.split_whitespace() {
            assert!(label.parse::<Encoding>().is_ok(), "{label}");
        }
    }
}
