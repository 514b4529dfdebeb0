//! Chapter "Errors".

use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

use iolite::copy::CopyError;
use iolite::error::{DetachError, ModeProblem, Operation, StreamKind};
use iolite::{
    Adapter, BufferedReader, BufferedWriter, BytesIo, Encoding, Error, OpenOptions, TextIo,
    TextIoWrapper, TextOptions,
};
use rstest::rstest;

/// What identifies an error, also where `Debug` of the system's part may differ.
fn fields(error: &Error) -> String {
    match error {
        Error::Io(error) => format!("Io {:?} {:?}", error.kind(), error.raw_os_error()),
        Error::Open { path, mode, source } => {
            format!("Open {path:?} {mode} {:?}", source.raw_os_error())
        }
        Error::WriteFailed { written, source } => {
            format!("WriteFailed {written} {}", fields(source))
        }
        Error::Combined { first, second } => format!("Both {} {}", fields(first), fields(second)),
        other => format!("{other:?}"),
    }
}

fn unsupported() -> Error {
    Error::Unsupported {
        operation: Operation::Truncate,
    }
}

/// A device that has two bytes far from its start.
struct Far(Cursor<&'static [u8]>);

impl Read for Far {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Seek for Far {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        Ok(70_000_000_000 + self.0.seek(to)?)
    }
}

// Errors of text have variants that may get more fields, so only a stream can make one.
fn decode() -> Error {
    let device = Adapter::reader(Far(Cursor::new(b"\xe0\xa0"))).with_seek();
    let mut text = TextIoWrapper::new(BufferedReader::new(device));
    text.next_line().expect_err("the character is cut off")
}

fn encode() -> Error {
    let options = TextOptions::new().encoding(Encoding::ASCII);
    let mut text = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
    text.write_str("caf\u{e9}").expect_err("ASCII has no é")
}

fn line_too_long() -> Error {
    let options = TextOptions::new().line_limit(Some(5));
    let bytes = BytesIo::from(b"too long\n".to_vec());
    let mut text = TextIoWrapper::with_options(BufferedReader::new(bytes), options);
    text.next_line().expect_err("it has 8 bytes")
}

fn open() -> Error {
    Error::Open {
        path: "/no/such".into(),
        mode: "rb",
        source: io::Error::from_raw_os_error(2),
    }
}

/// The system's numbers of two errors.
const BROKEN_PIPE: i32 = if cfg!(windows) { 109 } else { 32 };
const NO_SPACE: i32 = if cfg!(windows) { 112 } else { 28 };

fn file() -> Error {
    Error::File {
        path: "/dev/full".into(),
        mode: "wb",
        operation: Operation::Write,
        source: io::Error::from_raw_os_error(NO_SPACE),
    }
}

fn unknown_encoding() -> Error {
    Error::UnknownEncoding {
        name: "utf-9".into(),
    }
}

fn invalid_mode() -> Error {
    Error::InvalidMode {
        mode: "rw".into(),
        problem: ModeProblem::SeveralAccesses,
    }
}

fn invalid_argument() -> Error {
    Error::InvalidArgument {
        argument: "position",
        problem: "before the start",
    }
}

fn partial_read() -> Error {
    Error::PartialRead {
        available: 3,
        expected: 9,
    }
}

fn no_progress() -> Error {
    Error::NoProgress {
        operation: Operation::Write,
    }
}

fn bad_count() -> Error {
    Error::BadCount {
        operation: Operation::Read,
        claimed: 12,
        limit: 10,
    }
}

fn write_failed() -> Error {
    Error::WriteFailed {
        written: 7,
        source: Box::new(Error::from(io::Error::from_raw_os_error(BROKEN_PIPE))),
    }
}

fn both() -> Error {
    Error::Combined {
        first: Box::new(file()),
        second: Box::new(Error::from(io::Error::from_raw_os_error(5))),
    }
}

#[rstest]
#[case::err_1_unsupported(unsupported(), ErrorKind::Unsupported)]
#[case::err_1_closed(Error::Closed, ErrorKind::InvalidInput)]
#[case::err_1_would_block(Error::WouldBlock { written: 7 }, ErrorKind::WouldBlock)]
#[case::err_1_write_failed(write_failed(), ErrorKind::BrokenPipe)]
#[case::err_1_partial_read(partial_read(), ErrorKind::UnexpectedEof)]
#[case::err_1_decode(decode(), ErrorKind::InvalidData)]
#[case::err_1_encode(encode(), ErrorKind::InvalidData)]
#[case::err_1_unknown_encoding(unknown_encoding(), ErrorKind::InvalidInput)]
#[case::err_1_invalid_mode(invalid_mode(), ErrorKind::InvalidInput)]
#[case::err_1_invalid_argument(invalid_argument(), ErrorKind::InvalidInput)]
#[case::err_1_wrong_kind(Error::WrongKind { kind: StreamKind::Text }, ErrorKind::Unsupported)]
#[case::err_1_deadlock(Error::Deadlock, ErrorKind::Deadlock)]
#[case::err_1_line_too_long(line_too_long(), ErrorKind::InvalidData)]
#[case::err_1_no_progress(no_progress(), ErrorKind::WriteZero)]
#[case::err_1_poisoned(Error::Poisoned, ErrorKind::InvalidData)]
#[case::err_1_bad_count(bad_count(), ErrorKind::InvalidData)]
#[case::err_1_open(open(), ErrorKind::NotFound)]
#[case::err_1_file(file(), ErrorKind::StorageFull)]
#[case::err_1_both(both(), ErrorKind::StorageFull)]
#[case::err_1_io(Error::Io(ErrorKind::TimedOut.into()), ErrorKind::TimedOut)]
fn kinds_and_conversions(#[case] error: Error, #[case] kind: ErrorKind) {
    assert_eq!(error.kind(), kind);
    let (before, sentence) = (fields(&error), error.to_string());
    let std_shaped = io::Error::from(error);
    assert_eq!(std_shaped.kind(), kind);
    assert_eq!(std_shaped.to_string(), sentence);
    let back = Error::from(std_shaped);
    assert_eq!((fields(&back), back.kind()), (before.clone(), kind));
    let again = Error::from(io::Error::from(back));
    assert_eq!(fields(&again), before, "as often as one likes");
}

#[test]
fn err_2_a_foreign_error_goes_through_as_it_is() {
    let error = io::Error::new(ErrorKind::AddrInUse, "in use");
    let ours = Error::from(error);
    assert!(matches!(&ours, Error::Io(_)));
    let back = io::Error::from(ours);
    assert_eq!(
        (back.kind(), back.to_string()),
        (ErrorKind::AddrInUse, "in use".into())
    );
    assert_eq!(back.into_inner().unwrap().to_string(), "in use");
}

#[test]
fn err_2_the_systems_number_goes_through() {
    let back = io::Error::from(Error::from(io::Error::from_raw_os_error(28)));
    assert_eq!(back.raw_os_error(), Some(28));
}

#[rstest]
#[case::err_3_from_the_device(Error::from(io::Error::from_raw_os_error(28)), Some(28))]
#[case::err_3_from_open(open(), Some(2))]
#[case::err_3_from_a_file(file(), Some(NO_SPACE))]
#[case::err_3_from_a_file_through_std(Error::from(io::Error::from(file())), Some(NO_SPACE))]
#[case::err_3_through_std(Error::from(io::Error::from(open())), Some(2))]
#[case::err_3_from_a_write_that_failed(write_failed(), Some(BROKEN_PIPE))]
#[case::err_3_from_the_first_of_two(both(), Some(NO_SPACE))]
#[case::err_3_not_from_the_system(Error::Closed, None)]
#[case::err_3_only_a_kind(Error::from(io::Error::from(ErrorKind::NotFound)), None)]
fn system_number(#[case] error: Error, #[case] expected: Option<i32>) {
    assert_eq!(error.raw_os_error(), expected);
}

#[rstest]
#[case::err_4_unsupported(unsupported(), "this stream does not support the operation: truncate")]
#[case::err_4_closed(Error::Closed, "the stream is closed")]
#[case::err_4_would_block(
    Error::WouldBlock { written: 7 },
    "the device would block; 7 bytes of this call were accepted"
)]
#[case::err_4_partial_read(partial_read(), "the stream ended after 3 of 9 bytes")]
#[case::err_4_decode(decode(), "utf-8: unexpected end of data at byte 70000000000: e0 a0")]
#[case::err_4_encode(encode(), "ascii: cannot encode 'é' (U+00E9), byte 3 of the text")]
#[case::err_4_unknown_encoding(unknown_encoding(), "unknown encoding: \"utf-9\"")]
#[case::err_4_invalid_mode(invalid_mode(), "invalid mode \"rw\": takes only one of r, w, a, x")]
#[case::err_4_invalid_argument(invalid_argument(), "invalid position: before the start")]
#[case::err_4_line_too_long(line_too_long(), "the line is longer than 5 bytes")]
#[case::err_4_no_progress(no_progress(), "the device made no progress: write")]
#[case::err_4_poisoned(Error::Poisoned, "the device panicked while it was written to")]
#[case::err_4_bad_count(bad_count(), "the device claims 12 bytes of at most 10: read")]
fn sentences(#[case] error: Error, #[case] sentence: &str) {
    assert_eq!(error.to_string(), sentence);
    assert!(sentence.starts_with(char::is_lowercase) && !sentence.ends_with('.'));
}

#[test]
fn err_4_open_says_what_where_and_how() {
    let sentence = open().to_string();
    assert!(
        sentence.starts_with("cannot open /no/such (mode rb): "),
        "{sentence}"
    );
}

#[rstest]
#[case::err_5_unknown_letter(ModeProblem::UnknownLetter('q'), "unknown letter 'q'")]
#[case::err_5_repeated_letter(ModeProblem::RepeatedLetter('b'), "the letter 'b' is repeated")]
#[case::err_5_text_and_binary(ModeProblem::TextAndBinary, "text and binary at once")]
#[case::err_5_no_access(ModeProblem::NoAccess, "needs one of r, w, a, x")]
#[case::err_5_several(ModeProblem::SeveralAccesses, "takes only one of r, w, a, x")]
#[case::err_5_encoding(ModeProblem::BinaryWithEncoding, "binary mode has no encoding")]
#[case::err_5_errors(ModeProblem::BinaryWithErrors, "binary mode has no error policy")]
#[case::err_5_newline(ModeProblem::BinaryWithNewline, "binary mode has no newline policy")]
#[case::err_5_lines(
    ModeProblem::BinaryWithLineBuffering,
    "binary mode has no line buffering"
)]
#[case::err_5_unbuffered(ModeProblem::UnbufferedText, "text mode needs a buffer")]
fn mode_problems(#[case] problem: ModeProblem, #[case] sentence: &str) {
    assert_eq!(problem.to_string(), sentence);
}

#[rstest]
#[case::err_5_text(StreamKind::Text, "the stream was opened as text")]
#[case::err_5_bytes(StreamKind::Bytes, "the stream was opened as bytes")]
#[case::err_5_raw(StreamKind::Unbuffered, "the stream was opened without a buffer")]
fn kinds(#[case] kind: StreamKind, #[case] sentence: &str) {
    assert_eq!(kind.to_string(), sentence);
    assert_eq!(Error::WrongKind { kind }.to_string(), sentence);
}

#[rstest]
#[case::err_5_read(Operation::Read, "read")]
#[case::err_5_write(Operation::Write, "write")]
#[case::err_5_seek(Operation::Seek, "seek")]
#[case::err_5_tell(Operation::Tell, "tell")]
#[case::err_5_truncate(Operation::Truncate, "truncate")]
#[case::err_5_sync(Operation::Sync, "sync")]
#[case::err_5_close(Operation::Close, "close")]
fn operations(#[case] operation: Operation, #[case] sentence: &str) {
    assert_eq!(operation.to_string(), sentence);
}

#[rstest]
#[case::err_6_ours(Error::WouldBlock { written: 0 }, true)]
#[case::err_6_the_devices(Error::from(io::Error::from(ErrorKind::WouldBlock)), true)]
#[case::err_6_a_time_out(Error::from(io::Error::from(ErrorKind::TimedOut)), true)]
#[case::err_6_closed(Error::Closed, false)]
fn would_block(#[case] error: Error, #[case] expected: bool) {
    assert_eq!(error.is_would_block(), expected);
}

#[test]
fn err_7_the_question_mark_works_both_ways() {
    fn std_shaped() -> io::Result<()> {
        Err(Error::Closed)?;
        Ok(())
    }
    fn ours() -> iolite::Result<()> {
        std_shaped()?;
        Ok(())
    }
    assert!(matches!(ours(), Err(Error::Closed)));
}

#[test]
fn err_8_an_error_can_go_to_other_threads_and_into_a_box() {
    fn assert_sendable<T: std::error::Error + Send + Sync + 'static>() {}
    assert_sendable::<Error>();
}

/// A device without room.
#[derive(Debug)]
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::from_raw_os_error(NO_SPACE))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn copy_failed() -> CopyError {
    let mut from = BytesIo::from("x");
    iolite::copy(&mut from, &mut Adapter::writer(Full)).expect_err("no room")
}

fn detach_failed() -> DetachError<BufferedWriter<Adapter<Full>>> {
    let mut writer = BufferedWriter::new(Adapter::writer(Full));
    writer.write_all(b"x").expect("it is buffered");
    writer.detach().expect_err("no room")
}

/// As reporters of errors do: the sentence, and then each source below it.
#[rstest]
#[case::err_8_open(open().into(), 2)]
#[case::err_8_file(file().into(), NO_SPACE)]
#[case::err_8_write_failed(write_failed().into(), BROKEN_PIPE)]
#[case::err_8_both(both().into(), NO_SPACE)]
#[case::err_8_copy(copy_failed().into(), NO_SPACE)]
#[case::err_8_detach(detach_failed().into(), NO_SPACE)]
fn a_chain_of_sources_says_each_reason_once(
    #[case] error: Box<dyn std::error::Error + Send + Sync>,
    #[case] number: i32,
) {
    let reason = io::Error::from_raw_os_error(number).to_string();
    let mut report = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        report += &format!(": {source}");
        next = source.source();
    }
    assert_eq!(report.matches(&reason).count(), 1, "{report}");
}

#[test]
fn err_8_the_systems_error_is_a_field() {
    let Error::Open { source, .. } = open() else {
        panic!("it is one");
    };
    assert_eq!(source.raw_os_error(), Some(2));
}

#[rstest]
#[case::err_19_open(open(), Some(2))]
#[case::err_19_file(file(), Some(NO_SPACE))]
#[case::err_19_two(both(), Some(NO_SPACE))]
#[case::err_19_not_the_systems(Error::Closed, None)]
fn the_systems_words(#[case] error: Error, #[case] number: Option<i32>) {
    let words = error.os_message();
    let sentence = number.map(|number| io::Error::from_raw_os_error(number).to_string());
    assert_eq!(words.is_some(), sentence.is_some());
    if let (Some(words), Some(sentence), Some(number)) = (words, sentence, number) {
        assert_eq!(format!("{words} (os error {number})"), sentence);
    }
}

#[test]
fn err_9_a_failed_detach_holds_the_stream_and_the_reason() {
    let mut writer = BufferedWriter::new(Adapter::writer(&mut [][..]));
    writer.write_all(b"abc").unwrap();
    let error = writer.detach().unwrap_err();
    assert!(matches!(error.error(), Error::NoProgress { .. }));
    assert_eq!(error.value().pending(), 3);
    assert_eq!(error.to_string(), error.error().to_string());
    let (reason, stream) = error.into_parts();
    assert!(matches!(reason, Error::NoProgress { .. }));
    assert_eq!(stream.into_parts().1, b"abc");
}

#[test]
fn err_9_a_failed_detach_becomes_its_reason() {
    fn detach(writer: BufferedWriter<Adapter<&mut [u8]>>) -> iolite::Result<()> {
        writer.detach()?;
        Ok(())
    }
    let mut full = [0; 2];
    let mut writer = BufferedWriter::new(Adapter::writer(&mut full[..]));
    writer.write_all(b"abc").unwrap();
    assert!(matches!(detach(writer), Err(Error::NoProgress { .. })));

    fn std_shaped(writer: BufferedWriter<Adapter<&mut [u8]>>) -> std::io::Result<()> {
        writer.detach()?;
        Ok(())
    }
    let mut writer = BufferedWriter::new(Adapter::writer(&mut [][..]));
    writer.write_all(b"abc").unwrap();
    assert!(matches!(
        Error::from(std_shaped(writer).unwrap_err()),
        Error::NoProgress { .. }
    ));
}

#[test]
fn err_10_a_write_that_failed_in_the_middle_is_what_failed() {
    let error = Error::from(io::Error::from(write_failed()));
    assert_eq!(
        (error.kind(), error.raw_os_error()),
        (ErrorKind::BrokenPipe, Some(BROKEN_PIPE))
    );
    let Error::WriteFailed { source: reason, .. } = &error else {
        panic!("{error:?}");
    };
    let sentence = format!("{reason}; 7 bytes of this call were accepted before");
    assert_eq!(error.to_string(), sentence);
    assert!(!error.is_would_block());
}

#[cfg(windows)]
#[rstest]
#[case::err_17_a_seek_before_the_start(131, ErrorKind::InvalidInput)]
#[case::err_17_a_write_after_the_shutdown(10058, ErrorKind::BrokenPipe)]
fn numbers_of_windows_have_the_kinds_of_unix(#[case] number: i32, #[case] kind: ErrorKind) {
    let error = Error::from(io::Error::from_raw_os_error(number));
    assert_eq!((error.kind(), error.raw_os_error()), (kind, Some(number)));
    let error = Error::from(io::Error::from(Error::File {
        path: "file".into(),
        mode: "rb",
        operation: Operation::Seek,
        source: io::Error::from_raw_os_error(number),
    }));
    assert_eq!((error.kind(), error.raw_os_error()), (kind, Some(number)));
}

#[test]
fn err_16_two_errors_are_both_there_and_the_first_decides() {
    let error = Error::from(io::Error::from(both()));
    let Error::Combined { first, second } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(error.to_string(), format!("{first}; and then: {second}"));
    assert_eq!(second.raw_os_error(), Some(5));
    let full = || Box::new(Error::from(io::Error::from_raw_os_error(NO_SPACE)));
    let (first, second) = (full(), full());
    let reason = first.to_string();
    let twice = Error::Combined { first, second }.to_string();
    assert_eq!(twice, format!("{reason}; and then the same again"));
    let not_now = Error::Combined {
        first: Box::new(Error::WouldBlock { written: 0 }),
        second: Box::new(Error::Closed),
    };
    assert!(not_now.is_would_block());
}

/// Were both sides put into words twice, this would take longer than anybody waits.
#[test]
fn err_16_of_many_errors_each_is_put_into_words_once() {
    let error = (0..64).fold(Error::Closed, |first, _| Error::Combined {
        first: Box::new(first),
        second: Box::new(Error::Poisoned),
    });
    let message = error.to_string();
    assert_eq!(message.matches("and then: the device panicked").count(), 64);
}

#[test]
fn err_18_errors_of_text_name_the_file_that_was_opened_by_a_path() -> iolite::Result<()> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("notes.txt");
    std::fs::write(&path, b"too long\n\xff")?;
    let limited = OpenOptions::new().line_limit(Some(5));
    let ascii = OpenOptions::new().encoding(Encoding::ASCII);
    let mut in_order = Vec::new();

    let mut text = limited.read_text(&path)?;
    in_order.push(text.next_line().expect_err("too long"));
    text.skip_line()?;
    in_order.push(text.next_line().expect_err("malformed"));
    // By a mode string, too.
    let mut text = limited.open(&path, "r")?.into_text()?;
    in_order.push(text.next_line().expect_err("too long"));
    in_order.push(
        ascii
            .append_text(&path)?
            .write_str("é")
            .expect_err("missing"),
    );
    in_order.push(
        ascii
            .update_text(&path)?
            .write_str("é")
            .expect_err("missing"),
    );
    for error in in_order {
        let named = match &error {
            Error::LineTooLong { path, .. } => path,
            Error::Decode { path, .. } => path,
            Error::Encode { path, .. } => path,
            other => panic!("{other:?}"),
        };
        assert_eq!(named.as_deref(), Some(path.as_path()));
        let sentence = error.to_string();
        assert!(
            sentence.starts_with(&format!("{}: ", path.display())),
            "{sentence}"
        );
    }

    let file = std::fs::File::open(&path)?;
    let mut text = limited.open_file(file, "r")?.into_text()?;
    let error = text.next_line().expect_err("too long");
    assert!(
        matches!(error, Error::LineTooLong { path: None, .. }),
        "nobody knows the path"
    );
    Ok(())
}
