//! `iolite hex`: what the head of its file promises, beside `xxd`.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "support/odd.rs"]
mod odd;
mod support;

use std::fs;
use std::process::Command;

use iolite::Encoding;
use rstest::rstest;
use serde_json::Value;

use crate::support::{feed, iolite, stderr, stdout};

fn lines(arguments: &str, bytes: &[u8]) -> Vec<String> {
    let output = feed(&mut iolite(arguments), bytes);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output).lines().map(str::to_owned).collect()
}

/// As ASCII every file looks as it does there.
#[rstest]
#[case("")]
#[case("-c 8")]
#[case("-c 10 -g 4")]
#[case("-g 0")]
#[case("-g 1 -c 32")]
#[case("-c 7 -g 3 -u")]
#[case("-c 1")]
#[case("-d -l 100")]
#[case("-s 5 -l 40")]
#[case("-s 0x21 -c 5")]
#[case("-l 0")]
fn beside_xxd(#[case] options: &str) {
    // It knows no long option for its version.
    if Command::new("xxd").arg("-v").output().is_err() {
        eprintln!("SKIPPED: xxd is not installed");
        return;
    }
    let options: Vec<_> = options.split_whitespace().collect();
    let mut dice = odd::Dice::new(4);
    let mut files = vec![(0..=255).collect::<Vec<u8>>(), vec![0; 100_000]];
    files.extend((0..8).map(|_| odd::text(&mut dice, odd::Content::Any)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    for bytes in files {
        if options.contains(&"-s") && bytes.len() < 100 {
            // There it is an error to begin behind the end of a pipe.
            continue;
        }
        fs::write(&path, &bytes).unwrap();
        let theirs = Command::new("xxd")
            .args(&options)
            .arg(&path)
            .output()
            .unwrap();
        let ours = iolite("hex --from ascii")
            .args(&options)
            .arg(&path)
            .output()
            .unwrap();
        // Rows of more than 100,000 bytes are not shown for a difference.
        let ours = stdout(&ours).replace('·', ".");
        assert!(ours == stdout(&theirs), "{options:?} of {bytes:?}");
        let piped = feed(iolite("hex --from ascii").args(&options), &bytes);
        assert!(
            stdout(&piped) == stdout(&theirs),
            "{options:?} of {bytes:?} from a pipe"
        );
    }
}

/// Each character stands at its first byte, and has as many cells as bytes.
#[test]
fn characters_beside_their_bytes() {
    let text = "café 日本 \u{1f600}e\u{301}\0";
    assert_eq!(
        lines("hex", text.as_bytes()),
        [
            "00000000: 6361 66c3 a920 e697 a5e6 9cac 20f0 9f98  café· 日·本· 😀·",
            "00000010: 8065 cc81 00                             ·e◌\u{301}·.",
        ]
    );
    let sixteen = Encoding::UTF_16.encode(text).unwrap();
    assert_eq!(
        lines("hex", &sixteen)[0],
        "00000000: fffe 6300 6100 6600 e900 2000 e565 2c67  .·c·a·f·é· ·日本"
    );
    assert_eq!(
        lines("hex -f shift_jis -g 1", b"\x93\xfa\x96\x7b \xb6\x80\xff\n"),
        ["00000000: 93 fa 96 7b 20 b6 80 ff 0a                       日本 ｶ...",]
    );
    assert_eq!(
        lines("hex -f utf-7", b"a+AOQA5A-b"),
        [
            "00000000: 612b 414f 5141 3541 2d62                 a·ä··ä···b"
                .replace("a·ä··ä···b", &utf_7()),
        ]
    );
    // Malformed, each byte by itself; and cut at the end.
    assert_eq!(
        lines("hex", b"\xe6\x97a\xff\xe6\x97"),
        ["00000000: e697 61ff e697                           ..a...",]
    );
}

/// What stands in the cells of `a+AOQA5A-b`: which bytes are which character is the decoder's to say.
fn utf_7() -> String {
    let row = lines("hex -f utf-7 --json", b"a+AOQA5A-b");
    let row: Value = serde_json::from_str(&row[0]).unwrap();
    let mut cells = vec!['·'; 10];
    for character in row["characters"].as_array().unwrap() {
        let at = character["byte"].as_u64().unwrap() as usize;
        cells[at] = character["text"].as_str().unwrap().chars().next().unwrap();
    }
    assert_eq!(
        cells.iter().filter(|&&ch| ch != '·').collect::<String>(),
        "aääb"
    );
    cells.into_iter().collect()
}

/// The characters of all rows are the text, each at its bytes, wherever rows and reads end.
#[rstest]
fn every_encoding(
    #[values(
        "utf-8",
        "utf-16le",
        "utf-16be",
        "utf-32le",
        "shift_jis",
        "gb18030",
        "cp500",
        "cp1252",
        "utf-7",
        "iso2022_jp",
        "euc_jis_2004"
    )]
    name: &str,
    #[values("", "-c 7", "-l 1000")] options: &str,
) {
    let encoding: Encoding = name.parse().unwrap();
    let mut dice = odd::Dice::new(8);
    let words = [
        "one",
        "日本",
        "é",
        "😀",
        "か\u{309a}",
        "+",
        "\n",
        "ア",
        "\0",
    ];
    let words: Vec<_> = words
        .into_iter()
        .filter(|word| encoding.encode(word).is_ok())
        .collect();
    let text: String = (0..9000).map(|_| dice.of(&words)).collect();
    let bytes = encoding.encode(&text).unwrap();
    let mut found = String::new();
    let (mut hex, mut place) = (String::new(), 0);
    for row in lines(&format!("hex --json --from {name} {options}"), &bytes) {
        let row: Value = serde_json::from_str(&row).unwrap();
        assert_eq!(row["malformed"].as_array().unwrap().len(), 0);
        hex.push_str(row["hex"].as_str().unwrap());
        for character in row["characters"].as_array().unwrap() {
            let (byte, end) = (
                character["byte"].as_u64().unwrap(),
                character["end"].as_u64().unwrap(),
            );
            let character = character["text"].as_str().unwrap();
            assert!(
                place <= byte && byte < end,
                "{name}: {character:?} at {byte} to {end}"
            );
            if encoding.is_splittable() {
                let its = &bytes[byte as usize..(end as usize).min(bytes.len())];
                assert_eq!(encoding.decode(its).unwrap(), character);
                assert_eq!(byte, place);
            }
            place = end;
            found.push_str(character);
        }
    }
    let shown = if options == "-l 1000" {
        1000
    } else {
        bytes.len()
    };
    let expected: String = bytes[..shown]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert!(hex == expected);
    if shown == bytes.len() {
        assert!(found == text);
    } else {
        assert!(text.starts_with(&found) && found.chars().count() > 200);
    }
}

/// A part of a file looks as it does in the whole.
#[rstest]
fn parts(#[values("utf-8", "utf-16", "utf-32be", "utf-7", "iso2022_jp")] name: &str) {
    let encoding: Encoding = name.parse().unwrap();
    let text = "日本 one, ".repeat(30);
    let bytes = encoding.encode(&text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, &bytes).unwrap();
    let whole = lines(&format!("hex -f {name} -c 8"), &bytes);
    let part = |arguments: &str| {
        let output = iolite("hex -f")
            .arg(name)
            .args(arguments.split(' '))
            .arg(&path)
            .output()
            .unwrap();
        let from_file = stdout(&output);
        assert_eq!(stderr(&output), "");
        from_file.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    // Where characters do not begin, the first ones may look otherwise.
    assert_eq!(part("-c 8 -s 48")[3..], whole[9..]);
    assert_eq!(part("-c 8 -s 48 -l 32").len(), 4);
    assert_eq!(
        lines(&format!("hex -f {name} -c 8 -s 48"), &bytes)[3..],
        whole[9..]
    );
    let last = bytes.len() % 8 + 16;
    let end = part(&format!("-c 8 -s -{last}"));
    assert_eq!(end[1..], whole[whole.len() + 1 - end.len()..]);
}

#[test]
fn nothing_moves_the_cursor() {
    let all: String = (0..=0x10_ffff_u32).filter_map(char::from_u32).collect();
    let output = feed(&mut iolite("hex"), all.as_bytes());
    let shown = stdout(&output);
    let moves = |ch: &char| {
        ch.is_control() && *ch != '\n'
            || matches!(ch, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
    };
    assert_eq!(shown.chars().find(moves), None);
    // With colours each row is the same but for them.
    let colored = feed(&mut iolite("hex --color always"), all.as_bytes());
    let mut plain = String::new();
    for part in stdout(&colored).split('\u{1b}') {
        let end = if part.starts_with('[') {
            part.find('m').unwrap() + 1
        } else {
            0
        };
        plain.push_str(&part[end..]);
    }
    assert!(plain == shown);
}

#[cfg(target_os = "linux")]
#[test]
fn trouble_with_files_and_outputs() {
    let output = iolite("hex missing").output().unwrap();
    assert_eq!(
        stderr(&output),
        "iolite: missing: No such file or directory\n"
    );
    assert_eq!(
        (stdout(&output).as_str(), output.status.code()),
        ("", Some(2))
    );
    support::assert_output_failures("hex Cargo.toml", "hex /dev/zero");
    assert!(crate::support::installed("sh"));
    for wrong in [
        "hex -c 0",
        "hex -c x",
        "hex -s x",
        "hex -l -1",
        "hex -f nonsense",
    ] {
        assert_eq!(
            iolite(wrong).output().unwrap().status.code(),
            Some(2),
            "{wrong}"
        );
    }
    let output = feed(&mut iolite("hex -s -4"), b"abcdefgh");
    assert_eq!(output.status.code(), Some(2));
    let output = iolite("hex -l 4 -s 1 Cargo.toml README.md")
        .output()
        .unwrap();
    assert!(
        stdout(&output).starts_with("==> Cargo.toml <==\n00000001: "),
        "{}",
        stdout(&output)
    );
    assert!(
        stdout(&output).contains("\n\n==> README.md <==\n00000001: "),
        "{}",
        stdout(&output)
    );
}
