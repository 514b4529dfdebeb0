//! Files made by a generator, the same in every run.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// What is in a file. Lines have no fixed length; the average is given, terminator included.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// ASCII words, 85 bytes a line.
    Ascii,
    /// The same with `\r\n`.
    AsciiCrLf,
    /// Latin, Cyrillic, Chinese, Japanese, symbols; 105 bytes a line.
    Mixed,
    /// ASCII, 8 bytes a line.
    Short,
    /// The same with `\r\n`, 9 bytes a line.
    ShortCrLf,
    /// ASCII, 1 MiB a line.
    Long,
    /// The mixed text in UTF-16, little-endian, without a mark.
    Utf16,
    /// European text in Latin-1, which is Windows-1252, too: a letter in eight is not ASCII.
    Latin1,
    /// European text with the dashes and quotes that only Windows-1252 has.
    Windows1252,
    /// Japanese text.
    ShiftJis,
    /// Chinese text.
    Gbk,
    /// The same in traditional characters.
    Traditional,
    /// Korean text.
    Korean,
    /// Russian text.
    Russian,
}

const ENGLISH: &[&str] = &[
    "the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "and", "then", "it",
    "does", "all", "of", "once", "again", "because", "nobody", "was", "looking", "for", "tomorrow",
];
const MIXED: &[&str] = &[
    "the",
    "and",
    "größe",
    "漢字かな交じり文",
    "naïve",
    "café",
    "—",
    "ещё",
    "одна",
    "строка",
    "😀",
    "end",
    "数据",
    "流",
    "の",
    "quick",
    "über",
    "of",
    "it",
    "again",
];
const EUROPEAN: &[&str] = &[
    "der",
    "große",
    "Bär",
    "läuft",
    "durch",
    "den",
    "Wald",
    "und",
    "française",
    "où",
    "l'été",
    "était",
    "déjà",
    "mañana",
    "por",
    "la",
    "niño",
    "pequeño",
    "in",
    "the",
    "evening",
    "für",
];
const DASHES: &[&str] = &["–", "“so”", "‘ja’", "…", "10 €"];
const JAPANESE: &[&str] = &[
    "日本語",
    "の",
    "文章",
    "を",
    "読む",
    "ひらがな",
    "カタカナ",
    "、",
    "漢字",
    "です",
    "。",
    "ABC",
    "ﾊﾝｶｸ",
    "速度",
    "123",
    "東京都",
    "行きました",
];
const CHINESE: &[&str] = &[
    "中文",
    "文本",
    "的",
    "速度",
    "，",
    "我们",
    "读取",
    "文件",
    "。",
    "GBK",
    "编码",
    "测试",
    "2026",
    "北京",
    "数据流",
];

const TRADITIONAL: &[&str] = &[
    "中文",
    "文本",
    "的",
    "速度",
    "，",
    "我們",
    "讀取",
    "檔案",
    "。",
    "BIG5",
    "編碼",
    "測試",
    "2026",
    "臺北",
    "資料流",
];
const KOREAN: &[&str] = &[
    "한국어",
    "문장을",
    "빠르게",
    "읽는",
    "속도",
    "서울",
    "자료",
    "흐름",
    "2026",
    "ABC",
    "시험",
    "합니다.",
    "우리는",
];
const RUSSIAN: &[&str] = &[
    "ещё",
    "одна",
    "строка",
    "текста",
    "и",
    "слово",
    "за",
    "словом",
    "Москва",
    "в",
    "2026",
    "году",
    "потому",
    "что",
];

impl Input {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Input::Ascii => "ascii",
            Input::AsciiCrLf => "ascii_crlf",
            Input::Mixed => "mixed",
            Input::Short => "short",
            Input::ShortCrLf => "short_crlf",
            Input::Long => "long",
            Input::Utf16 => "utf16",
            Input::Latin1 => "latin1",
            Input::Windows1252 => "windows1252",
            Input::ShiftJis => "shift_jis",
            Input::Gbk => "gbk",
            Input::Traditional => "traditional",
            Input::Korean => "korean",
            Input::Russian => "russian",
        }
    }

    /// Writes one line.
    fn line(self, dice: &mut Dice, line: &mut String) {
        let (words, length): (&[&[&str]], _) = match self {
            Input::Ascii | Input::AsciiCrLf => (&[ENGLISH], dice.up_to(56) + 56),
            Input::Mixed | Input::Utf16 => (&[MIXED], dice.up_to(70) + 65),
            Input::Long => (&[ENGLISH], 1 << 20),
            Input::Latin1 => (&[EUROPEAN], dice.up_to(60) + 50),
            Input::Windows1252 => (&[EUROPEAN, EUROPEAN, DASHES], dice.up_to(60) + 50),
            Input::ShiftJis => (&[JAPANESE], dice.up_to(60) + 60),
            Input::Gbk => (&[CHINESE], dice.up_to(60) + 60),
            Input::Traditional => (&[TRADITIONAL], dice.up_to(60) + 60),
            Input::Korean => (&[KOREAN], dice.up_to(60) + 60),
            Input::Russian => (&[RUSSIAN], dice.up_to(60) + 60),
            Input::Short | Input::ShortCrLf => {
                let digits = 2 + dice.up_to(11);
                line.extend((0..digits).map(|_| char::from(b'0' + dice.up_to(10) as u8)));
                return;
            }
        };
        while line.len() < length {
            let words = words[dice.up_to(words.len())];
            line.push_str(words[dice.up_to(words.len())]);
            line.push(' ');
        }
        line.pop();
    }

    fn terminator(self) -> &'static str {
        match self {
            Input::AsciiCrLf | Input::ShortCrLf => "\r\n",
            _ => "\n",
        }
    }

    /// The bytes of a text.
    fn encode(self, text: &str) -> Vec<u8> {
        let foreign = |encoding: &'static encoding_rs::Encoding| {
            let (bytes, _, is_lossy) = encoding.encode(text);
            assert!(!is_lossy, "{}", self.name());
            bytes.into_owned()
        };
        match self {
            Input::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Input::Latin1 | Input::Windows1252 => foreign(encoding_rs::WINDOWS_1252),
            Input::ShiftJis => foreign(encoding_rs::SHIFT_JIS),
            Input::Gbk => foreign(encoding_rs::GBK),
            _ => text.as_bytes().to_vec(),
        }
    }
}

/// At least `size` bytes of text, in whole lines.
pub(crate) fn text(input: Input, size: usize) -> String {
    let (mut dice, mut text) = (Dice(0x9E37_79B9_7F4A_7C15), String::new());
    let mut line = String::new();
    while text.len() < size {
        line.clear();
        input.line(&mut dice, &mut line);
        text.push_str(&line);
        text.push_str(input.terminator());
    }
    text
}

/// Writes a file of at least `size` bytes, in whole lines. A few MiB of text are made and
/// repeated: enough that no branch predictor learns them.
pub(crate) fn generate(path: &Path, input: Input, size: usize) -> io::Result<()> {
    let bytes = input.encode(&text(input, size.min(8 << 20)));
    let mut file = BufWriter::new(File::create(path)?);
    let mut written = 0;
    while written < size {
        file.write_all(&bytes)?;
        written += bytes.len();
    }
    file.flush()
}

/// How many lines a file has, and how many bytes.
pub(crate) fn lines_and_bytes(path: &Path) -> io::Result<(u64, u64)> {
    let bytes = fs::read(path)?;
    let lines = memchr::memchr_iter(b'\n', &bytes).count();
    Ok((lines as u64, bytes.len() as u64))
}

/// Numbers that look random and are the same in every run (xorshift64*, Vigna 2014).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number from 0 to `end`, which it never is.
    pub(crate) fn up_to(&mut self, end: usize) -> usize {
        (self.roll() >> 33) as usize % end
    }
}
