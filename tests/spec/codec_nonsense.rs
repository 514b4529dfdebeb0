//! Malformed input in great number, under the error policies: against committed digests, and
//! against CPython where it is there.
#![cfg(feature = "encodings")]

use std::fmt::Write as _;
use std::process::Command;

use iolite::{BufferedReader, BytesIo, Encoding, ErrorPolicy, TextIo, TextIoWrapper};
use rstest::rstest;

use crate::codec_tables::{digest, hex, nonsense, options, read};
use crate::support::naive::Dice;
use crate::support::progress::Progress;

/// How many inputs have a digest. Without `--release` there are only as many as for the first.
const COUNTS: &[usize] = match cfg!(debug_assertions) {
    true => &[1_000],
    false => &[1_000, 5_000, 50_000],
};

/// All text under a policy that lets everything through.
fn read_with(bytes: &[u8], encoding: Encoding, errors: ErrorPolicy) -> String {
    let buffer = BufferedReader::new(BytesIo::from(bytes.to_vec()));
    let mut text = String::new();
    TextIoWrapper::with_options(buffer, options(encoding, errors))
        .read_to_string(&mut text)
        .expect("no errors");
    text
}

/// A line for each input: `bytes text errors replaced backslashed`.
fn report(encoding: Encoding) -> String {
    let (mut dice, mut report) = (Dice::new(13), String::new());
    let mut progress = Progress::start();
    for n in 0..COUNTS[COUNTS.len() - 1] {
        progress.at(format_args!("input {n}"));
        let input = nonsense(encoding, &mut dice, 1 + n % 24);
        let (text, errors) = read(&input, encoding);
        assert_eq!(read_with(&input, encoding, ErrorPolicy::Ignore), text);
        write!(report, "{} {} ", hex(&input), hex(text.as_bytes())).unwrap();
        for (start, end) in errors {
            write!(report, "{start}-{end},").unwrap();
        }
        for errors in [ErrorPolicy::Replace, ErrorPolicy::BackslashReplace] {
            let text = read_with(&input, encoding, errors);
            write!(report, " {}", hex(text.as_bytes())).unwrap();
        }
        report.push('\n');
    }
    report
}

/// The digests were made where CPython agreed.
#[rstest]
#[case::leg_1_big5hkscs("big5hkscs")]
#[case::leg_1_euc_jis_2004("euc_jis_2004")]
#[case::leg_1_euc_jisx0213("euc_jisx0213")]
#[case::leg_1_hz("hz")]
#[case::leg_1_iso2022_jp("iso2022_jp")]
#[case::leg_1_iso2022_jp_1("iso2022_jp_1")]
#[case::leg_1_iso2022_jp_2("iso2022_jp_2")]
#[case::leg_1_iso2022_jp_2004("iso2022_jp_2004")]
#[case::leg_1_iso2022_jp_3("iso2022_jp_3")]
#[case::leg_1_iso2022_jp_ext("iso2022_jp_ext")]
#[case::leg_1_iso2022_kr("iso2022_kr")]
#[case::leg_1_johab("johab")]
#[case::leg_1_shift_jis_2004("shift_jis_2004")]
#[case::leg_1_shift_jisx0213("shift_jisx0213")]
fn nonsense_is_read_as_cpython_reads_it(#[case] name: &str) {
    let report = report(name.parse().expect("known"));
    assert_eq!(compare(name, &report), Ok(()));
    let known = include_str!("../tables/nonsense.txt");
    let mut wrong = Vec::new();
    for &count in COUNTS {
        let first: String = report.split_inclusive('\n').take(count).collect();
        let line = format!("{name} {count} {:016x}", digest(&first));
        if !known.lines().any(|known| known == line) {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "not there:\n{}", wrong.join("\n"));
}

/// What CPython says, if it is there.
fn compare(name: &str, report: &str) -> Result<(), String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tables/nonsense.py");
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("SKIPPED: no python3 to compare {name} with");
        return Ok(());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, report).expect("a file");
    let output = Command::new("python3").arg(script).arg(path).output();
    let output = output.expect("python3 runs");
    match output.status.success() {
        true => Ok(()),
        false => Err([output.stdout, output.stderr]
            .map(|s| String::from_utf8_lossy(&s).into_owned())
            .concat()),
    }
}
