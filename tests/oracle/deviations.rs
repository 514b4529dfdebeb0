//! Where we differ from CPython, and which clause of SPEC.md says why. Anything else is a failure.

use std::borrow::Cow;

use iolite::text::{ErrorHandler, MalformedBytes};
use iolite::{BytesIo, Encoding, ErrorPolicy, Newline, TextIo, TextIoWrapper, TextOptions};

use crate::program::{Program, data};
use crate::{faults, pieces};

/// A call both sides answered, differently.
struct Case<'a> {
    setup: &'a [String],
    call: &'a str,
    argument: Option<&'a str>,
    theirs: &'a str,
    ours: &'a str,
    /// Whether the stream was closed before.
    closed: bool,
}

struct Deviation {
    clause: &'static str,
    applies: fn(&Case<'_>) -> bool,
}

const PREDICATES: &[&str] = &["readable", "writable", "seekable", "isatty"];

const HALF_A_MARK: &str = "TXT-6";
const OVERFLOW: &str = "!overflow";

/// The known ones. Others never come about, because no such program is made (generate.rs and
/// text_programs.rs name their clauses), or are not seen, because the call is spelled so that the
/// answer is Python's (bytes.rs and text.rs name theirs).
const DEVIATIONS: &[Deviation] = &[
    Deviation {
        // Predicates of a closed stream answer `false`; CPython raises.
        clause: "BASE-1",
        applies: |case| {
            PREDICATES.contains(&case.call) && case.theirs == "!closed" && case.ours == "i0"
        },
    },
    Deviation {
        // Closed comes before unsupported, here always.
        clause: "BASE-1",
        applies: |case| case.closed && case.theirs == "!unsupported" && case.ours == "!closed",
    },
    Deviation {
        // What a stream does not do it does not do for no bytes either; CPython's `readline(0)`
        // asks nobody.
        clause: "BUF-4",
        applies: |case| {
            let refused = ["!unsupported", "!closed"].contains(&case.ours);
            case.call == "readline" && case.theirs == "b*" && refused
        },
    },
    Deviation {
        // `tell` works at any time; CPython's not in iteration, nor where it finds no way back.
        clause: "TXT-8",
        applies: |case| {
            let lost = ["!OSError", "!OverflowError"].contains(&case.theirs)
                || case.theirs.starts_with("!decode");
            case.call == "mark" && lost && case.ours == "n"
        },
    },
    Deviation {
        // What the mode forbids is unsupported; CPython's `readall` asks the system.
        clause: "RAW-1",
        applies: |case| {
            case.call == "readall" && case.theirs == "!os:9" && case.ours == "!unsupported"
        },
    },
    Deviation {
        // The first call that reaches the device finds out what it allows; none for no text does.
        clause: "BUF-3",
        applies: |case| {
            let nothing = case.argument == Some("0") && case.ours == "t*";
            nothing && case.call.starts_with("read") && case.theirs == "!unsupported"
        },
    },
    Deviation {
        // A failed seek moves nothing; after it CPython's raw file believes that it cannot seek.
        clause: "RAW-14",
        applies: |case| case.call == "seekable" && case.theirs == "i0" && case.ours == "i1",
    },
    Deviation {
        // CPython's closed `StringIO` lets itself be flushed, as nothing else that is closed.
        clause: "BASE-1",
        applies: |case| case.call == "flush" && case.ours == "!closed" && case.theirs == "n",
    },
    Deviation {
        // A policy for writing only reads as `strict`; CPython's is a `TypeError`.
        clause: "POL-4",
        applies: |case| {
            let only_writes = ["xmlcharrefreplace", "namereplace"];
            let set = case.setup.iter().any(|word| only_writes.contains(&&**word));
            set && case.theirs == "!TypeError" && case.ours.starts_with("!decode")
        },
    },
    Deviation {
        // CPython's iso2022_jp fails, whatever the policy, where a read cuts a long escape.
        clause: "LEG-2",
        applies: |case| {
            case.theirs == OVERFLOW && case.setup.iter().any(|word| word == "iso2022_jp")
        },
    },
    Deviation {
        // Malformed UTF-7 begins behind what was read; CPython's error begins at the `+`.
        clause: "ENC-19",
        applies: |case| {
            let bytes = |word: &str| word.strip_prefix("!decode:").map(data);
            let utf7 = case.setup.iter().any(|word| word == "utf-7");
            let both = bytes(case.theirs).zip(bytes(case.ours));
            utf7 && both.is_some_and(|(theirs, ours)| theirs.ends_with(&ours))
        },
    },
    Deviation {
        // A run of UTF-7 goes on in the next write, CPython's ends with each; the text is one.
        clause: "ENC-20",
        applies: |case| {
            let utf7 = case.setup.iter().any(|word| word == "utf-7");
            let bytes = |word: &str| word.strip_prefix('b').map(data);
            let both = bytes(case.theirs).zip(bytes(case.ours));
            utf7 && both.is_some_and(|(theirs, ours)| utf_7(theirs) == utf_7(ours))
        },
    },
    Deviation {
        // Of the errors of `close` the first is told; CPython tells the device's, or the reader's.
        clause: "BUF-52",
        applies: |case| {
            let mut devices = case.setup.iter().filter(|word| word.contains('/'));
            let fails = devices.any(|device| device.ends_with(['F', 'C']));
            let both = case.theirs == "!os:5" && ["!os:28", "!block:0"].contains(&case.ours);
            fails && case.call == "close" && both
        },
    },
    Deviation {
        // Half a mark at the end is malformed; CPython waits for the rest for ever.
        clause: HALF_A_MARK,
        applies: |case| {
            let sig = case.setup.iter().any(|word| word == "utf-8-sig");
            let half = [
                "!decode:%EF",
                "!decode:%EF%BB",
                "t%EF%BF%BD",
                "t%5Cxef",
                "t%5Cxef%5Cxbb",
            ];
            sig && case.theirs == "t*" && half.contains(&case.ours)
        },
    },
    Deviation {
        // Closed memory still shows its bytes; CPython's `as_slice` raises.
        clause: "RAW-29",
        applies: |case| case.call == "getvalue" && case.theirs == "!closed",
    },
];

/// Whether the results are the same, but for what is known.
pub(crate) fn same(program: &Program, theirs: &[&str], ours: &[String]) -> bool {
    let mut closed = false;
    let (results, all) = (theirs, ours);
    for (i, theirs) in theirs.iter().enumerate() {
        let Some(ours) = ours.get(i) else {
            return false;
        };
        let words = program.calls.get(i).map(Vec::as_slice).unwrap_or_default();
        let words = if words.first().is_some_and(|word| word == "then") {
            &words[1..]
        } else {
            words
        };
        let call = words.first().map_or("close", String::as_str);
        let bare = |word: &str| word.split('@').next().unwrap_or_default().to_owned();
        let argument = words.get(1);
        let case = Case {
            setup: &program.setup,
            call,
            argument: argument.map(String::as_str),
            theirs: &bare(theirs),
            ours: &bare(ours),
            closed,
        };
        let known = DEVIATIONS.iter().find(|known| (known.applies)(&case));
        if theirs != ours && known.is_none() {
            return is_half(program, results) || pieces::came_through(program, all);
        }
        closed |= call == "close";
        if theirs != ours && known.is_some_and(|known| known.clause == HALF_A_MARK) {
            return true;
        }
        // After a failed seek CPython's random access answers wrong positions (BUF-26).
        let both = matches!(program.kind(), "random" | "file");
        if both && call == "seek" && theirs.starts_with("!os") {
            return true;
        }
        // What CPython had taken when the device failed is lost (BUF-19), and there is no way back.
        if faults::is_lost(program, call, theirs) {
            return true;
        }
        // CPython loses its place at malformed bytes, and what it had decoded (TXT-4); so it does
        // where it refuses a policy (POL-4).
        if theirs.starts_with("!decode") || ["!TypeError", OVERFLOW].contains(theirs) {
            return true;
        }
    }
    theirs.len() == ours.len()
}

/// What bytes say in UTF-7, malformed ones spelt.
fn utf_7(bytes: Vec<u8>) -> String {
    let options = TextOptions::new()
        .encoding(Encoding::UTF_7)
        .newline(Newline::Lf)
        .errors(ErrorPolicy::BackslashReplace);
    let mut text = String::new();
    let mut stream = TextIoWrapper::with_options(BytesIo::from(bytes), options);
    stream.read_to_string(&mut text).expect("memory");
    text
}

/// Whether there are halves of surrogate pairs in the UTF-7 of a program: CPython lets them through
/// (ENC-19), so nothing behind one is alike.
fn is_half(program: &Program, theirs: &[&str]) -> bool {
    let before = program.setup.last().and_then(|word| word.split('/').next());
    let behind = theirs.last().and_then(|word| word.strip_prefix('b'));
    let utf7 = program.setup.iter().any(|word| word == "utf-7");
    utf7 && before
        .into_iter()
        .chain(behind)
        .any(|word| has_halves(data(word)))
}

fn has_halves(bytes: Vec<u8>) -> bool {
    #[derive(Debug)]
    struct Halves;
    impl ErrorHandler for Halves {
        fn name(&self) -> &str {
            "halves"
        }
        fn decode(&self, malformed: &MalformedBytes<'_>) -> Option<Cow<'static, str>> {
            let half = malformed.reason == "unpaired surrogate";
            Some(if half { "\u{10FFFE}".into() } else { "".into() })
        }
    }
    let options = TextOptions::new()
        .encoding(Encoding::UTF_7)
        .errors(ErrorPolicy::Custom(&Halves));
    let mut text = String::new();
    let mut stream = TextIoWrapper::with_options(BytesIo::from(bytes), options);
    stream.read_to_string(&mut text).is_ok() && text.contains('\u{10FFFE}')
}

#[test]
fn each_has_its_clause() {
    let spec = include_str!("../../SPEC.md");
    for Deviation { clause, .. } in DEVIATIONS {
        assert!(spec.contains(&format!("- **{clause}** ")), "{clause}");
    }
}
