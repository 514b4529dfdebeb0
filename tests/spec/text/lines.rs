//! Lines in other shapes than one by one.

use std::collections::HashSet;
use std::io::ErrorKind;

use iolite::raw::FileMode;
use iolite::text::{LineEnding, LineEndings, TextPosition};
use iolite::{
    BufferedReader, BytesIo, Error, ErrorPolicy, FileIo, Line, Newline, RawIo, Result, StrChunk,
    StringIo, TextIo, TextIoExt, TextIoWrapper, TextOptions,
};
use rstest::rstest;

use super::options;
use crate::support::devices::Hostile;

fn reader(bytes: &[u8], newline: Newline) -> TextIoWrapper<BufferedReader<BytesIo>> {
    let buffer = BufferedReader::new(BytesIo::from(bytes.to_vec()));
    TextIoWrapper::with_options(buffer, options("utf-8", newline, ErrorPolicy::Strict))
}

/// The oracle meets these over every device in TXT-1; the rows are CPython's `readline(size)`.
#[rstest]
#[case::txt_38_universal(Newline::Universal, &["é\n", "bc", "\n", "d"])]
#[case::txt_38_keep(Newline::Keep, &["é\r", "\n", "bc", "\r", "d"])]
#[case::txt_38_crlf(Newline::CrLf, &["é\r", "\nb", "c\r", "d"])]
#[case::txt_38_cr(Newline::Cr, &["é\r", "\nb", "c\r", "d"])]
#[case::txt_38_lf(Newline::Lf, &["é\r", "\n", "bc", "\rd"])]
fn a_line_comes_in_parts(#[case] newline: Newline, #[case] expected: &[&str]) -> Result<()> {
    let mut text = reader("é\r\nbc\rd".as_bytes(), newline);
    let mut parts = Vec::new();
    loop {
        let mut part = String::new();
        if text.read_line_part(2, &mut part)? == 0 {
            break;
        }
        parts.push(part);
    }
    assert_eq!(parts, expected);
    Ok(())
}

#[test]
fn txt_38_an_incomplete_part_stays_and_none_is_empty() -> Result<()> {
    let device = Hostile::new(b"abc");
    let probe = device.probe();
    let mut text = TextIoWrapper::new(BufferedReader::new(device));
    let nothing = text.next_line_part(0)?.expect("an empty line");
    assert_eq!((nothing.as_str(), nothing.ending()), ("", LineEnding::None));
    assert_eq!(text.next_line_part(2)?.as_deref(), Some("ab"));
    text.fill_str()?;
    probe.answer_next(ErrorKind::WouldBlock);
    let error = text.next_line_part(2).expect_err("not now");
    assert!(error.is_would_block(), "{error:?}");
    assert_eq!(text.byte_offset(), 2);
    assert_eq!(text.next_line_part(2)?.as_deref(), Some("c"));
    assert!(text.next_line_part(2)?.is_none());
    Ok(())
}

#[test]
fn txt_39_a_line_is_passed_whatever_its_length() -> Result<()> {
    let bytes = [vec![b'x'; 1 << 20], b"\r\nnext\r".to_vec()].concat();
    let buffer = BufferedReader::with_capacity(100, BytesIo::from(bytes));
    let options = TextOptions::new().line_limit(Some(10));
    let mut text = TextIoWrapper::with_options(buffer, options);
    let error = text.next_line().expect_err("too long");
    assert!(
        matches!(error, Error::LineTooLong { limit: 10, .. }),
        "{error:?}"
    );
    assert_eq!(text.skip_line()?, LineEnding::CrLf);
    assert_eq!(text.next_line()?.as_deref(), Some("next"));
    assert_eq!(text.skip_line()?, LineEnding::None);
    Ok(())
}

#[test]
fn txt_39_malformed_bytes_stop_on_the_way_and_not_for_good() -> Result<()> {
    let mut text = reader(b"ab\xffcd\nnext", Newline::Lf);
    let error = text.skip_line().expect_err("a bad byte");
    assert!(
        matches!(error, Error::Decode { offset: 2, .. }),
        "{error:?}"
    );
    assert_eq!(text.skip_line()?, LineEnding::Lf);
    assert_eq!(text.next_line()?.as_deref(), Some("next"));
    Ok(())
}

/// Through the trait, in memory, and by its provided method, which a limit that goes for parts of lines
/// cannot stop.
#[test]
fn txt_39_every_stream_of_text_passes_lines() -> Result<()> {
    fn pass(text: &mut dyn TextIo) -> Result<()> {
        assert_eq!(text.skip_line()?, LineEnding::Lf);
        assert_eq!(text.next_line()?.as_deref(), Some("next"));
        assert_eq!(text.skip_line()?, LineEnding::None);
        Ok(())
    }
    for line in ["", "x", &"\u{1f600}é".repeat(3000)] {
        let content = format!("{line}\nnext\n");
        pass(&mut iolite::StringIo::from(&*content))?;
        pass(&mut reader(content.as_bytes(), Newline::Lf))?;
        for limit in [1, 4, 100, 100_000] {
            let bytes = BufferedReader::new(BytesIo::from(content.clone().into_bytes()));
            let options = TextOptions::new().line_limit(Some(limit.max(4)));
            pass(&mut Provided(
                TextIoWrapper::with_options(bytes, options),
                limit,
            ))?;
        }
    }
    Ok(())
}

/// A stream that has only what it must have, and a limit for parts of lines.
struct Provided(TextIoWrapper<BufferedReader<BytesIo>>, usize);

impl iolite::IoBase for Provided {
    fn readable(&self) -> bool {
        true
    }
    fn writable(&self) -> bool {
        false
    }
    fn seekable(&self) -> bool {
        self.0.seekable()
    }
    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
    fn close(&mut self) -> Result<()> {
        self.0.close()
    }
    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.0.truncate(size)
    }
}

impl TextIo for Provided {
    fn next_line(&mut self) -> Result<Option<iolite::Line<'_>>> {
        self.0.next_line()
    }
    fn next_line_part(&mut self, max: usize) -> Result<Option<iolite::Line<'_>>> {
        let (before, limit) = (self.0.tell()?, self.1);
        let part = self.0.next_line_part(max)?;
        if part.is_some_and(|part| part.len() > limit) {
            self.0.seek(before)?;
            let options = self.0.options();
            self.0.reconfigure(options.line_limit(Some(limit)))?;
            let error = self.0.next_line().expect_err("too long");
            self.0.reconfigure(options)?;
            return Err(error);
        }
        self.0.seek(before)?;
        self.0.next_line_part(max)
    }
    fn fill_str(&mut self) -> Result<&str> {
        self.0.fill_str()
    }
    fn consume(&mut self, n: usize) {
        self.0.consume(n);
    }
    fn write_str(&mut self, text: &str) -> Result<()> {
        self.0.write_str(text)
    }
    fn flush(&mut self) -> Result<()> {
        TextIo::flush(&mut self.0)
    }
    fn newlines(&self) -> iolite::text::LineEndings {
        self.0.newlines()
    }
    fn tell(&mut self) -> Result<iolite::text::TextPosition> {
        self.0.tell()
    }
    fn seek(&mut self, to: iolite::text::TextPosition) -> Result<()> {
        self.0.seek(to)
    }
}

const LINE: &str = "a line of text, é and €\n";
/// How many of [`LINE`] make several chunks.
const LINES: usize = 20_000;

/// Kept lines and batches lie where the lines lay.
fn kept_where_it_lay<D: RawIo>(device: D) {
    let mut text = TextIoWrapper::new(BufferedReader::new(device));
    let mut copied = 0;
    let mut kept = Vec::new();
    for _ in 0..LINES / 2 {
        let line = text.next_line().expect("text").expect("a line");
        let chunk = line.to_chunk();
        copied += usize::from(chunk.as_ptr() != line.as_ptr());
        kept.push(chunk);
    }
    let next = text.fill_str().expect("text").as_ptr();
    let batch = text.next_batch().expect("text").expect("a batch");
    assert_eq!(batch.text().as_ptr(), next);
    let first = batch.get(0).expect("a line");
    assert_eq!((first.as_ptr(), first.to_chunk().as_ptr()), (next, next));
    drop(text);
    assert!(kept.iter().all(|line| **line == LINE[..LINE.len() - 1]));
    assert!(
        copied * 100 < LINES,
        "{copied} lines of {LINES} were copied"
    );
}

#[test]
fn txt_40_lines_of_memory_are_kept_without_a_copy() {
    kept_where_it_lay(BytesIo::from(LINE.repeat(LINES).into_bytes()));
}

#[test]
fn txt_40_lines_of_a_file_are_kept_without_a_copy() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("file");
    std::fs::write(&path, LINE.repeat(LINES)).expect("a file");
    kept_where_it_lay(FileIo::open(&path, FileMode::Read).expect("a file"));
}

#[cfg(all(feature = "mmap", any(unix, windows)))]
#[test]
#[allow(
    unsafe_code,
    reason = "a memory map has to be promised that nobody changes the file"
)]
fn txt_40_lines_of_a_memory_map_are_kept_without_a_copy() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("file");
    std::fs::write(&path, LINE.repeat(LINES)).expect("a file");
    let file = std::fs::File::open(&path).expect("a file");
    // SAFETY: the file is this test's own, and nobody changes it.
    kept_where_it_lay(unsafe { iolite::MmapIo::map(&file) }.expect("a file"));
}

#[test]
fn txt_40_other_lines_are_copied() -> Result<()> {
    let buffer = BufferedReader::new(BytesIo::from(b"\xe9t\xe9\n".to_vec()));
    let latin_1 = options("latin-1", Newline::Lf, ErrorPolicy::Strict);
    let mut text = TextIoWrapper::with_options(buffer, latin_1);
    let kept = text.next_line()?.expect("a line").to_chunk();
    drop(text);
    assert_eq!(&*kept, "été");
    let kept = StringIo::from("one\n")
        .next_line()?
        .expect("a line")
        .to_chunk();
    assert_eq!(&*kept, "one");
    assert_eq!(
        &*reader(b"\n", Newline::Lf)
            .next_line()?
            .expect("a line")
            .to_chunk(),
        ""
    );
    Ok(())
}

#[test]
fn txt_41_a_batch_ends_before_a_line_that_is_too_long() -> Result<()> {
    let buffer = BufferedReader::new(BytesIo::from(b"one\rtwo\r\nmuch too long\nend".to_vec()));
    let options = TextOptions::new().line_limit(Some(4));
    let mut text = TextIoWrapper::with_options(buffer, options);
    let batch = text.next_batch()?.expect("two lines");
    let there = std::thread::spawn(move || {
        let lines = batch
            .iter()
            .map(|line| (line.to_string(), line.ending(), line.terminator()));
        (
            lines.collect::<Vec<_>>(),
            batch.len(),
            batch.get(2).is_none(),
        )
    });
    let expected = vec![
        ("one".to_owned(), LineEnding::Cr, "\n"),
        ("two".to_owned(), LineEnding::CrLf, "\n"),
    ];
    assert_eq!(there.join().expect("no panic"), (expected, 2, true));
    let error = text.next_batch().expect_err("too long");
    assert!(matches!(error, Error::LineTooLong { .. }), "{error:?}");
    text.skip_line()?;
    let batch = text.next_batch()?.expect("the last line");
    assert_eq!((batch.len(), &**batch.text()), (1, "end"));
    assert!(text.next_batch()?.is_none());
    Ok(())
}

#[test]
fn txt_42_lines_go_on_behind_an_error() {
    let mut lines = reader(b"one\nt\xffwo\nthree", Newline::Lf).lines();
    let good: Vec<String> = lines.by_ref().filter_map(Result::ok).collect();
    assert_eq!(good, ["one", "t", "wo", "three"]);
    assert!(lines.next().is_none());
    assert_eq!(lines.into_inner().byte_offset(), 14);
}

#[test]
fn txt_42_a_walk_ends_at_an_error_of_either_side_and_goes_on() -> Result<()> {
    let mut text = reader(b"one\ntwo\n\xffthree\n", Newline::Lf);
    let mut seen = Vec::new();
    let outcome = text.for_each_line(|line| match &*line {
        "two" => Err(std::io::Error::from(ErrorKind::Other)),
        line => {
            seen.push(line.to_owned());
            Ok(())
        }
    });
    assert_eq!(outcome.map_err(|e| e.kind()), Err(ErrorKind::Other));
    let outcome: Result<()> = text.for_each_line(|_| unreachable!("the bad byte comes first"));
    assert!(matches!(outcome, Err(Error::Decode { .. })), "{outcome:?}");
    let dynamic: &mut dyn TextIo = &mut text;
    assert_eq!(
        dynamic.lines().next().transpose()?.as_deref(),
        Some("three")
    );
    assert_eq!(seen, ["one"]);
    Ok(())
}

fn set(endings: &[LineEnding]) -> LineEndings {
    endings.iter().copied().collect()
}

#[rstest]
#[case::txt_43_universal(Newline::Universal, true)]
#[case::txt_43_keep(Newline::Keep, true)]
#[case::txt_43_lf(Newline::Lf, false)]
#[case::txt_43_cr(Newline::Cr, false)]
#[case::txt_43_crlf(Newline::CrLf, false)]
#[case::txt_43_native(Newline::Native, false)]
fn newlines_are_those_before_the_position(
    #[case] newline: Newline,
    #[case] counts: bool,
) -> Result<()> {
    use LineEnding::{Cr, CrLf, Lf};
    let expect = |endings| {
        if counts {
            set(endings)
        } else {
            LineEndings::new()
        }
    };
    let mut text = reader(b"a\r\nb\nc\rd", newline);
    text.fill_str()?;
    assert_eq!(text.newlines(), LineEndings::new(), "nothing was taken");
    text.read_chars(2, &mut String::new())?;
    assert_eq!(text.newlines(), expect(&[CrLf]));
    text.read_chars(1, &mut String::new())?;
    assert_eq!(text.newlines(), expect(&[CrLf]), "half a pair is the pair");
    let here = text.tell()?;
    text.read_to_string(&mut String::new())?;
    assert_eq!(text.newlines(), expect(&[Cr, Lf, CrLf]));
    text.seek(here)?;
    assert_eq!(text.newlines(), expect(&[Cr, Lf, CrLf]));
    text.seek(TextPosition::START)?;
    assert_eq!(text.newlines(), LineEndings::new());
    Ok(())
}

/// The compiler is the test.
#[test]
fn txt_53_a_stream_can_go_to_another_thread() {
    fn can_go<T: Send>() {}
    fn can_be_shared<T: Send + Sync>() {}
    can_go::<TextIoWrapper<BufferedReader<FileIo>>>();
    can_go::<TextIoWrapper<Box<dyn iolite::BufferedIo + Send>>>();
    can_go::<StringIo>();
    can_be_shared::<Line<'static>>();
    can_be_shared::<StrChunk>();
    can_be_shared::<iolite::text::LineBatch>();
    let mut text = reader(b"one\ntwo", Newline::Lf);
    assert_eq!(text.next_line().expect("text").as_deref(), Some("one"));
    let there = std::thread::spawn(move || text.lines().next());
    let second = there.join().expect("no panic").expect("a line");
    assert_eq!(second.expect("text"), "two");
}

#[test]
fn txt_63_the_lines_of_a_batch_come_from_either_side_and_are_counted() -> Result<()> {
    let all = b"one\r\n\ntwo\rthree\r\n".to_vec();
    let mut text = TextIoWrapper::new(BufferedReader::new(BytesIo::from(all)));
    let batch = text.next_batch()?.expect("four lines");
    let endings = [
        LineEnding::CrLf,
        LineEnding::Lf,
        LineEnding::Cr,
        LineEnding::CrLf,
    ];
    let expected: Vec<_> = ["one", "", "two", "three"]
        .into_iter()
        .zip(endings)
        .collect();
    // Which lines are taken from the front: every choice.
    for choice in 0..16_u32 {
        let (mut lines, mut left, mut right) = (batch.iter(), Vec::new(), Vec::new());
        for turn in 0..4 {
            assert_eq!(lines.len(), 4 - turn);
            if choice & 1 << turn == 0 {
                left.extend(lines.next().map(|line| (line.as_str(), line.ending())));
            } else {
                right.extend(lines.next_back().map(|line| (line.as_str(), line.ending())));
            }
        }
        assert!(lines.next().is_none() && lines.next_back().is_none());
        left.extend(right.into_iter().rev());
        assert_eq!(left, expected, "{choice:b}");
    }
    let mut count = 0;
    for (index, line) in (&batch).into_iter().enumerate() {
        assert_eq!(batch.get(index), Some(line));
        count += 1;
    }
    assert_eq!((count, batch.len(), batch.is_empty()), (4, 4, false));
    assert!(batch.get(4).is_none());
    Ok(())
}

#[test]
fn txt_64_lines_are_compared_with_strings_by_their_text_and_with_lines_by_all() -> Result<()> {
    let mut text = TextIoWrapper::new(BufferedReader::new(BytesIo::from(
        b"a\nb\r\na\r\n".to_vec(),
    )));
    let batch = text.next_batch()?.expect("three lines");
    let [a, b, other_a] = [0, 1, 2].map(|index| batch.get(index).expect("a line"));
    let (string, chunk) = ("a".to_owned(), StrChunk::from("a"));
    let from_the_left = [a == *"a", a == "a", a == string, a == chunk];
    let from_the_right = [*"a" == a, "a" == a, string == a, chunk == a];
    assert_eq!((from_the_left, from_the_right), ([true; 4], [true; 4]));
    assert!(a != "b" && a != other_a && a < other_a && other_a < b);
    let kept = HashSet::from([a, b, other_a, a]);
    assert_eq!(kept.len(), 3);
    assert_eq!(String::from(b), "b");
    assert_eq!(StrChunk::from(b).as_ptr(), b.as_ptr());
    Ok(())
}
