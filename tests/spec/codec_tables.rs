//! Every sequence and every character of every encoding: against committed digests, and against
//! CPython where it is there.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use iolite::{
    BufferedReader, BufferedWriter, BytesIo, Encoding, Error, ErrorPolicy, Newline, Result, TextIo,
    TextIoWrapper, TextOptions,
};

use crate::support::naive::Dice;
use crate::support::progress::Progress;

pub(crate) fn options(encoding: Encoding, errors: ErrorPolicy) -> TextOptions {
    TextOptions::new()
        .encoding(encoding)
        .errors(errors)
        .newline(Newline::Lf)
}

/// What a reader gets: all text, and where the errors are.
pub(crate) fn read(bytes: &[u8], encoding: Encoding) -> (String, Vec<(usize, usize)>) {
    let buffer = BufferedReader::new(BytesIo::from(bytes.to_vec()));
    let mut stream = TextIoWrapper::with_options(buffer, options(encoding, ErrorPolicy::Strict));
    let (mut text, mut errors) = (String::new(), Vec::new());
    loop {
        match stream.read_to_string(&mut text) {
            Ok(_) => return (text, errors),
            Err(Error::Decode { offset, bytes, .. }) => {
                errors.push((offset as usize, offset as usize + bytes.len()));
            }
            Err(error) => panic!("{encoding}: {error}"),
        }
    }
}

/// What a writer makes of the characters that the encoding has.
pub(crate) fn written(text: &str, encoding: Encoding) -> Result<Vec<u8>> {
    let buffer = BufferedWriter::new(BytesIo::new());
    let mut stream = TextIoWrapper::with_options(buffer, options(encoding, ErrorPolicy::Ignore));
    stream.write_str(text)?;
    Ok(stream.detach()?.detach()?.into_inner())
}

/// What CPython does not have.
const OTHERS: [&str; 1] = ["cp1047"];

/// The encodings that read a mark are the others behind it, and have tests of their own.
fn encodings() -> impl Iterator<Item = Encoding> {
    let marked = [Encoding::UTF_8_SIG, Encoding::UTF_16, Encoding::UTF_32];
    Encoding::all().filter(move |encoding| !marked.contains(encoding))
}

/// Whether the encoding has sequences of more than one byte, all of which are to be tried.
fn is_multi_byte(encoding: Encoding) -> bool {
    let name = encoding.name();
    [
        "big5", "cp93", "cp94", "cp95", "euc_", "gb", "johab", "shift_",
    ]
    .iter()
    .any(|start| name.starts_with(start))
}

/// Whether what bytes mean depends on bytes far before them.
pub(crate) fn shifts(encoding: Encoding) -> bool {
    let name = encoding.name();
    ["utf-7", "hz"].contains(&name) || name.starts_with("iso2022")
}

/// Bytes to read: all sequences of a table, and nonsense.
fn inputs(encoding: Encoding) -> Vec<Vec<u8>> {
    let mut inputs = vec![(0..=255).collect::<Vec<u8>>()];
    inputs.extend((0..=255).map(|byte| vec![byte]));
    let bytes = 0..=255_u8;
    if is_multi_byte(encoding) {
        // Line feeds behind each sequence, so that what is left of it ends there.
        for lead in 0x80..=255 {
            let pairs = bytes.clone().flat_map(|trail| [lead, trail, b'\n', b'\n']);
            inputs.push(pairs.collect());
        }
    }
    if encoding.name().starts_with("euc_j") {
        for a in 0x80..=255 {
            let triples = bytes.clone().flat_map(|b| [0x8f, a, b, b'\n', b'\n']);
            inputs.push(triples.collect());
        }
    }
    if encoding.name() == "gb18030" {
        for (a, b) in (0x80..=255).flat_map(|a| (b'0'..=b'9').map(move |b| (a, b))) {
            let ends = (0x81..=0xfe).flat_map(|c| (b'/'..=b':').map(move |d| (c, d)));
            inputs.push(ends.flat_map(|(c, d)| [a, b, c, d, b'\n']).collect());
        }
    }
    let mut dice = Dice::new(7);
    inputs.extend((0..2000).map(|n| nonsense(encoding, &mut dice, 1 + n % 24)));
    inputs
}

/// Bytes that are likely to mean something, and some that are not.
pub(crate) fn nonsense(encoding: Encoding, dice: &mut Dice, len: usize) -> Vec<u8> {
    let pieces: &[&[u8]] = match encoding.name() {
        "hz" => &[
            b"~", b"~{", b"~}", b"~~", b"~\n", b"\n", b"VP", b"!!", b"V", b"\x80",
        ],
        name if name.starts_with("iso2022_") => &[
            b"\x1b(B",
            b"\x1b(J",
            b"\x1b$B",
            b"\x1b$@",
            b"\x1b$(B",
            b"\x1b)B",
            b"\x1b&@\x1b$B",
            b"\x1b(I",
            b"\x1b(A",
            b"\x1b.A",
            b"\x1b.F",
            b"\x1b.B",
            b"\x1bN!",
            b"\x1bN",
            b"\x1b$A",
            b"\x1b$C",
            b"\x1b$(D",
            b"\x1b$)C",
            b"\x1b$(O",
            b"\x1b$(P",
            b"\x1b$(Q",
            b"$w",
            b"+D",
            b"};",
            b"\"2",
            b"\x1b",
            b"\x1b[1m",
            b"$\"",
            b"0!",
            b"F|",
            b"\n",
            b"\\",
            b"~",
            b"!@",
            b"\x0e",
            b"\x0f",
            b"\x7f",
            b"&",
            b"(",
        ],
        "utf-7" => &[
            b"+", b"-", b"AO", b"k", b"A", b"AOk", b"/", b"\n", b"+AOk-", b"g", b"!", b"\x80",
            b"+-",
        ],
        "euc_kr" => &[
            b"\xa4\xd4",
            b"\xa4\xa1",
            b"\xa4\xbf",
            b"\xa4\xa2",
            b"\xb0\xa1",
            b"a",
        ],
        "euc_jp" => &[b"\x8f", b"\x8e", b"\xa1\xa1", b"\xb0", b"\xb0\xa1", b"\n"],
        "euc_jis_2004" | "euc_jisx0213" => &[
            b"\x8f",
            b"\x8e",
            b"\xa1\xa1",
            b"\xb0",
            b"\xa4\xab",
            b"\xa4\xf7",
            b"\xab\xdc",
            b"\xa9\xdc",
            b"\xab\xe5",
            b"\xab\xe0",
            b"\x8f\xa1\xa1",
            b"\x8f\xa2\xaf",
            b"\xae\xa1",
            b"~",
        ],
        "shift_jis_2004" | "shift_jisx0213" => &[
            b"\x82\xa9",
            b"\x82\xf5",
            b"\x86\x7b",
            b"\x86",
            b"\xf0\x40",
            b"\x87\x9f",
            b"\\",
            b"~",
            b"\xb1",
        ],
        "johab" => &[
            b"\x84\x41",
            b"\xd9\x31",
            b"\x88\x61",
            b"\x90",
            b"\xe0\x31",
            b"\xd8",
        ],
        "big5hkscs" => &[
            b"\x88",
            b"\x88\x62",
            b"\x88\x66",
            b"\x87\x40",
            b"\xa4",
            b"\xa4\x51",
        ],
        "gb18030" => &[
            b"\x81",
            b"0",
            b"\x90",
            b"\xe3",
            b"9",
            b"\xb0\xa1",
            b"\x84\x31\xa5",
        ],
        "utf-16-le" | "utf-16-be" => &[b"\xd8", b"\xdc", b"\0", b"a", b"\xdf\xd8"],
        "utf-32-le" | "utf-32-be" => &[b"\0", b"\0\0", b"a", b"\x10", b"\xd8"],
        "utf-8" => &[
            b"\xc3",
            b"\xa9",
            b"\xe2\x82",
            b"\xac",
            b"\xf0\x9f",
            b"\x98",
            b"\xed\xa0",
        ],
        _ => &[],
    };
    let mut bytes = Vec::new();
    while bytes.len() < len {
        match dice.roll(pieces.len() + 1) {
            0 => bytes.push(dice.roll(256) as u8),
            n => bytes.extend_from_slice(pieces[n - 1]),
        }
    }
    bytes
}

/// The characters that are written: blocks of 256, by number.
fn blocks(encoding: Encoding) -> impl Iterator<Item = u32> {
    let all = encoding.name().starts_with("utf") || encoding.name() == "gb18030";
    (0..if all { 0x1100 } else { 0x300 }).filter(|block| !(0xd8..0xe0).contains(block))
}

pub(crate) fn block_text(block: u32) -> String {
    (block << 8..(block + 1) << 8)
        .filter_map(char::from_u32)
        .collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    // By hand, as there are hundreds of megabytes of it.
    let digit = |n: u8| char::from(b"0123456789abcdef"[usize::from(n)]);
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}

/// All that an encoding does, a line for each input and for each block: `R bytes text errors` and
/// `W block bytes`.
fn report(encoding: Encoding) -> String {
    let mut report = String::new();
    for input in inputs(encoding) {
        let (text, errors) = read(&input, encoding);
        let (input, text) = (hex(&input), hex(text.as_bytes()));
        write!(report, "R {input} {text} ").unwrap();
        for (start, end) in errors {
            write!(report, "{start}-{end},").unwrap();
        }
        report.push('\n');
    }
    for block in blocks(encoding) {
        let bytes = written(&block_text(block), encoding).expect("written");
        writeln!(report, "W {block} {}", hex(&bytes)).unwrap();
    }
    report
}

/// What every encoding does: made once, for it takes longer than all that is done with it.
static REPORTS: LazyLock<Vec<(Encoding, String)>> = LazyLock::new(|| {
    let mut progress = Progress::start();
    let reports = encodings().map(|encoding| {
        progress.at(encoding);
        (encoding, report(encoding))
    });
    reports.collect()
});

/// FNV-1a.
pub(crate) fn digest(report: &str) -> u64 {
    report.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// The digests were made where CPython agreed.
#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "every code of every encoding: run with --release"
)]
fn leg_1_every_encoding_is_as_its_digest_says() {
    let known = include_str!("../tables/digests.txt");
    let mut wrong = Vec::new();
    let mut progress = Progress::start();
    for (encoding, report) in REPORTS.iter() {
        progress.at(encoding);
        let line = format!("{encoding} {:016x}", digest(report));
        if !known.lines().any(|known| known == line) {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "not as before:\n{}", wrong.join("\n"));
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "every code of every encoding: run with --release"
)]
fn leg_1_every_encoding_is_cpythons() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tables/compare.py");
    let folder = tempfile::tempdir().expect("a folder");
    let mut python = Command::new("python3");
    python.arg(script).arg(folder.path());
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("SKIPPED: no python3 to compare the encodings with");
        return;
    }
    let mut progress = Progress::start();
    let theirs = |encoding: &Encoding| !OTHERS.contains(&encoding.name());
    for (encoding, report) in REPORTS.iter().filter(|(encoding, _)| theirs(encoding)) {
        let path = folder.path().join(encoding.name());
        std::fs::write(path, report).expect("a file");
    }
    progress.at("the comparison by CPython, which takes as long again");
    let output = python.output().expect("python3 runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let died = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{died}");
}

#[rstest::rstest]
#[case::enc_14_single_byte("single_byte.py")]
#[case::leg_1_jisx0213("jisx0213.py")]
fn the_tables_are_what_the_script_writes(#[case] script: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tables");
    let script = Path::new(folder).join(script);
    let Ok(output) = Command::new("python3").arg(script).arg("--check").output() else {
        eprintln!("SKIPPED: no python3 to write the tables again");
        return;
    };
    let died = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{died}");
}

#[rstest::rstest]
#[case::enc_21_cp1047("cp1047", "IBM1047")]
fn the_table_is_that_of_iconv(#[case] name: &str, #[case] theirs: &str) -> Result<()> {
    let bytes: Vec<u8> = (0..=255).collect();
    let (text, errors) = read(&bytes, name.parse()?);
    assert_eq!((text.chars().count(), errors.len()), (256, 0));
    assert_eq!(written(&text, name.parse()?)?, bytes);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bytes");
    std::fs::write(&path, &bytes).expect("a file");
    let mut iconv = Command::new("iconv");
    let Ok(output) = iconv
        .args(["-f", theirs, "-t", "UTF-8"])
        .arg(&path)
        .output()
    else {
        eprintln!("SKIPPED: no iconv to compare the table with");
        return Ok(());
    };
    // There are others than GNU's, and small ones of that.
    if output.status.success() {
        assert_eq!(String::from_utf8(output.stdout).expect("UTF-8"), text);
    }
    Ok(())
}
