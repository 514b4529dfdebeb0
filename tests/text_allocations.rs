//! Lines are borrowed and text is written through: nothing is allocated for each of them. Proved
//! by counting (TXT-33, TXT-35, STR-9).

#[path = "support/counting.rs"]
mod counting;

use std::cell::Cell;
use std::io;

use iolite::raw::FileMode;
use iolite::{
    Adapter, BufferedReader, BufferedWriter, BytesIo, Encoding, ErrorPolicy, FileIo, Newline,
    RawIo, StringIo, TextIo, TextIoWrapper, TextOptions,
};

use counting::allocations;

fn content(lines: usize) -> Vec<u8> {
    "a line of text, é and €\r\n".repeat(lines).into_bytes()
}

/// Reads a few lines, to have all memory there, and counts the allocations for all others.
fn counted_lines<D: RawIo>(device: D, lines: usize, options: TextOptions) -> usize {
    let mut text = TextIoWrapper::with_options(BufferedReader::new(device), options);
    for _ in 0..8_000 {
        assert!(text.next_line().expect("a line").is_some());
    }
    let mut read = 8_000;
    let allocations = allocations(|| {
        while let Some(line) = text.next_line().expect("a line") {
            read += 1;
            assert!(line.len() < 100);
        }
    });
    assert_eq!(read, lines);
    allocations
}

/// The number of chunks may matter (one allocation each, if they are not recycled); the number of
/// lines must not.
fn bound(bytes: usize) -> usize {
    16 + bytes / (64 * 1024)
}

#[test]
fn txt_33_lines_of_memory_allocate_nothing_each() {
    for lines in [10_000, 30_000] {
        let content = content(lines);
        let bound = bound(content.len());
        let n = counted_lines(BytesIo::from(content), lines, TextOptions::new());
        assert!(
            n <= bound,
            "{n} allocations for {lines} lines; {bound} are allowed"
        );
    }
}

/// Text in the place of malformed bytes is put together, up to 16 KiB at a time: a few allocations
/// for each of these, and none for what is malformed.
#[test]
fn txt_33_malformed_lines_allocate_nothing_each() {
    for (lines, errors) in [
        (20_000, ErrorPolicy::Replace),
        (60_000, ErrorPolicy::Escape),
    ] {
        let content = b"na\xefve caf\xe9 for na\xefve fianc\xe9s\r\n".repeat(lines);
        let bound = 16 + 6 * (2 * content.len() / (16 * 1024));
        let options = TextOptions::new().errors(errors);
        let n = counted_lines(BytesIo::from(content), lines, options);
        assert!(
            n <= bound,
            "{n} allocations for {lines} lines; {bound} are allowed"
        );
    }
}

#[test]
fn txt_33_lines_of_a_file_allocate_nothing_each() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("file");
    for lines in [10_000, 30_000] {
        let content = content(lines);
        std::fs::write(&path, &content).expect("a file");
        let device = FileIo::open(&path, FileMode::Read).expect("a file");
        let bound = bound(content.len());
        let n = counted_lines(device, lines, TextOptions::new());
        assert!(
            n <= bound,
            "{n} allocations for {lines} lines; {bound} are allowed"
        );
    }
}

/// A line that goes on in the next block is joined to it without cutting that one, which would
/// take new memory for each.
#[test]
fn txt_33_lines_in_utf_16_allocate_nothing_for_a_block() {
    let lines = 60_000;
    let text = "a line of text, é and €\n".repeat(lines);
    let content: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let options = TextOptions::new().encoding(Encoding::UTF_16LE);
    let n = counted_lines(BytesIo::from(content), lines, options);
    assert!(n <= 4, "{n} allocations for {lines} lines");
}

#[test]
fn txt_33_lines_in_another_encoding_allocate_nothing_each() {
    let lines = 30_000;
    let content: Vec<u8> = b"caf\xe9, \xe9t\xe9\n".repeat(lines);
    let bound = bound(content.len());
    let options = TextOptions::new().encoding(Encoding::LATIN_1);
    let n = counted_lines(BytesIo::from(content), lines, options);
    assert!(
        n <= bound,
        "{n} allocations for {lines} lines; {bound} are allowed"
    );
}

#[test]
fn txt_33_pieces_of_text_allocate_nothing_each() {
    let content = content(20_000);
    let bound = bound(content.len());
    let mut text = TextIoWrapper::new(BufferedReader::new(BytesIo::from(content)));
    let n = allocations(|| {
        loop {
            let n = text.fill_str().expect("text").len();
            if n == 0 {
                break;
            }
            text.consume(n);
        }
    });
    assert!(n <= bound, "{n} allocations; {bound} are allowed");
}

/// A line that arrives in many pieces is put together in one string that grows by doubling.
#[test]
fn txt_33_a_long_line_grows_by_doubling() {
    let content = [vec![b'x'; 4 << 20], b"\nend".to_vec()].concat();
    let bound = bound(content.len()) + 24;
    let mut text = TextIoWrapper::new(BufferedReader::new(BytesIo::from(content)));
    let n = allocations(|| {
        let line = text.next_line().expect("a line").expect("a line");
        assert_eq!(line.len(), 4 << 20);
    });
    assert!(n <= bound, "{n} allocations; {bound} are allowed");
}

/// Passing a line by keeps nothing of it, and a part of one is handed out where it lies.
#[test]
fn txt_39_a_long_line_is_passed_without_memory() {
    let content = [vec![b'x'; 4 << 20], b"\nend".to_vec()].concat();
    let bound = bound(content.len());
    let mut text = TextIoWrapper::new(BufferedReader::new(BytesIo::from(content)));
    let n = allocations(|| {
        for _ in 0..1_000 {
            let part = text.next_line_part(7).expect("text").expect("a part");
            assert_eq!(part.len(), 7);
        }
        text.skip_line().expect("text");
    });
    assert_eq!(text.next_line().expect("text").as_deref(), Some("end"));
    assert!(n <= bound, "{n} allocations; {bound} are allowed");
}

fn counted_writes(options: TextOptions) -> usize {
    let dir = tempfile::tempdir().expect("a folder");
    let device = FileIo::open(dir.path().join("file"), FileMode::Write).expect("a file");
    let mut text = TextIoWrapper::with_options(BufferedWriter::new(device), options);
    let mut write = |times: usize| {
        for _ in 0..times {
            text.write_str("a line of text, é\n").expect("written");
        }
    };
    write(5_000);
    allocations(|| write(30_000))
}

#[test]
fn txt_35_writing_allocates_nothing_each() {
    for newline in [
        Newline::Universal,
        Newline::Keep,
        Newline::Cr,
        Newline::CrLf,
    ] {
        for encoding in [Encoding::UTF_8, Encoding::LATIN_1, Encoding::UTF_16] {
            let options = TextOptions::new().newline(newline).encoding(encoding);
            let n = counted_writes(options);
            assert_eq!(n, 0, "{newline}, {encoding}: for 30 000 writes");
        }
    }
}

/// Says how often it was called.
struct Counted(u64);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn txt_35_small_writes_are_one_call_a_buffer() {
    const BUFFER: u64 = 64 * 1024;
    for (newline, length) in [
        (Newline::Lf, 80_u32),
        (Newline::Cr, 80),
        (Newline::CrLf, 81),
    ] {
        for encoding in [Encoding::UTF_8, Encoding::ASCII] {
            let device = Adapter::writer(Counted(0));
            let buffer = BufferedWriter::with_capacity(BUFFER as usize, device);
            let options = TextOptions::new().newline(newline).encoding(encoding);
            let mut text = TextIoWrapper::with_options(buffer, options);
            let line = "x".repeat(79) + "\n";
            (0..50_000).for_each(|_| text.write_str(&line).expect("written"));
            text.flush().expect("written");
            let calls = text.get_ref().get_ref().get_ref().expect("a device").0;
            // A line that does not fit goes to the next buffer.
            let least = BUFFER - 2 * 81;
            let most = (50_000 * u64::from(length)).div_ceil(least);
            assert!(calls <= most, "{newline}, {encoding}: {calls} calls");
        }
    }
}

#[test]
fn str_9_lines_of_a_string_allocate_nothing() {
    let mut text = StringIo::from("a line of text\n".repeat(10_000));
    let n = allocations(|| {
        while let Some(line) = text.next_line().expect("open") {
            assert_eq!(line.len(), 14);
        }
    });
    assert_eq!(n, 0);
}

/// A device that cannot seek, and remembers where it was to put its bytes.
struct Pipe<'a> {
    bytes: &'a [u8],
    places: &'a Cell<Vec<usize>>,
}

impl io::Read for Pipe<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut places = self.places.take();
        places.push(buf.as_ptr().addr());
        places.sort_unstable();
        places.dedup();
        self.places.set(places);
        self.bytes.read(buf)
    }
}

/// What is kept of a chunk, in case that its text is decoded again in another encoding, does not
/// hold up the buffer: it fills the same block each time. Where lines share the block's memory and
/// one of them goes on in the next block, there are two.
#[test]
fn txt_33_a_pipe_fills_the_same_block_each_time() {
    let bytes = "a liné that is cut where a block ends\n"
        .repeat(50_000)
        .into_bytes();
    for (encoding, most) in [(Encoding::LATIN_1, 1), (Encoding::UTF_8, 2)] {
        let places = Cell::default();
        let device = Adapter::reader(Pipe {
            bytes: &bytes,
            places: &places,
        });
        let options = TextOptions::new().encoding(encoding);
        let mut text = TextIoWrapper::with_options(BufferedReader::new(device), options);
        while text.next_line().expect("a line").is_some() {}
        let blocks = places.take().len();
        assert!(blocks <= most, "{encoding}: {blocks} blocks");
    }
}
