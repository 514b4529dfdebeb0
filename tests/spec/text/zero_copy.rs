//! UTF-8 is handed out where it lies: the proof is the address.

use std::cell::RefCell;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::rc::Rc;

use iolite::raw::FileMode;
use iolite::{
    BufferedIo, BufferedReader, BytesIo, Chunk, ErrorPolicy, FileIo, IoBase, Newline, RawIo,
    Result, StrChunk, TextIo, TextIoWrapper, TextOptions,
};
use rstest::rstest;

use super::options;

/// A reader that remembers which memory it handed out.
struct Recording<D: RawIo> {
    reader: BufferedReader<D>,
    handed_out: Rc<RefCell<Vec<Range<usize>>>>,
}

impl<D: RawIo> IoBase for Recording<D> {
    fn readable(&self) -> bool {
        self.reader.readable()
    }
    fn writable(&self) -> bool {
        self.reader.writable()
    }
    fn seekable(&self) -> bool {
        self.reader.seekable()
    }
    fn is_closed(&self) -> bool {
        self.reader.is_closed()
    }
    fn close(&mut self) -> Result<()> {
        self.reader.close()
    }
    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.reader.truncate(size)
    }
}

impl<D: RawIo> Read for Recording<D> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buf)
    }
}

impl<D: RawIo> BufRead for Recording<D> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }
    fn consume(&mut self, n: usize) {
        self.reader.consume(n);
    }
}

impl<D: RawIo> Write for Recording<D> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.reader.write(buf)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.reader.flush()
    }
}

impl<D: RawIo> Seek for Recording<D> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.reader.seek(to)
    }
}

impl<D: RawIo> BufferedIo for Recording<D> {
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        let chunk = self.reader.read_chunk(max)?;
        let start = chunk.as_ptr() as usize;
        let range = start..start + chunk.len();
        self.handed_out.borrow_mut().push(range);
        Ok(chunk)
    }
    fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        self.reader.write_chunk(chunk)
    }
    fn peek(&mut self, n: usize) -> Result<&[u8]> {
        self.reader.peek(n)
    }
}

fn content() -> Vec<u8> {
    "a line of text, é and €\nanother\r\n"
        .repeat(8_000)
        .into_bytes()
}

/// Every piece of text, and every line but those that straddle two chunks, lies in memory that
/// the buffer handed out.
fn lies_in_the_chunks<D: RawIo>(device: D, encoding: &str, at: &str) -> usize {
    lies_there_under(ErrorPolicy::Strict, device, encoding, at)
}

fn lies_there_under<D: RawIo>(errors: ErrorPolicy, device: D, encoding: &str, at: &str) -> usize {
    let handed_out = Rc::new(RefCell::new(Vec::new()));
    let buffer = Recording {
        reader: BufferedReader::new(device),
        handed_out: Rc::clone(&handed_out),
    };
    let options = options(encoding, Newline::Keep, errors);
    let mut text = TextIoWrapper::with_options(buffer, options);
    let inside = |piece: &str| {
        let start = piece.as_ptr() as usize;
        let ranges = handed_out.borrow();
        ranges
            .iter()
            .any(|r| r.start <= start && start + piece.len() <= r.end)
    };
    let piece = text.fill_str().expect("text");
    assert!(inside(piece), "{at}: the first piece was copied");
    let (mut lines, mut copied) = (0, 0);
    while let Some(line) = text.next_line().expect("a line") {
        lines += 1;
        copied += usize::from(!line.is_empty() && !inside(&line));
    }
    assert_eq!(lines, 16_000, "{at}");
    let chunks = handed_out.borrow().len();
    // One line for each place where two chunks meet.
    assert!(
        copied < chunks,
        "{at}: {copied} copied lines, {chunks} chunks"
    );
    chunks
}

#[rstest]
#[case::txt_33_utf_8("utf-8", content())]
#[case::txt_33_ascii("ascii", content().into_iter().filter(u8::is_ascii).collect())]
#[case::txt_33_latin_1("latin-1", content().into_iter().filter(u8::is_ascii).collect())]
fn lines_lie_in_the_memory_of_the_device(#[case] encoding: &str, #[case] content: Vec<u8>) {
    let device = BytesIo::from(content.clone());
    lies_in_the_chunks(device, encoding, "BytesIo");
    let device = BytesIo::from(content.clone());
    lies_there_under(ErrorPolicy::Escape, device, encoding, "BytesIo, escape");

    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("file");
    std::fs::write(&path, &content).expect("a file");
    let device = FileIo::open(&path, FileMode::Read).expect("a file");
    let chunks = lies_in_the_chunks(device, encoding, "FileIo");
    assert!(chunks > 3, "{chunks} chunks are too few for a test");
}

#[cfg(all(feature = "mmap", any(unix, windows)))]
#[test]
#[allow(
    unsafe_code,
    reason = "a memory map has to be promised that nobody changes the file"
)]
fn txt_33_lines_of_a_memory_map_lie_in_the_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("file");
    std::fs::write(&path, content()).expect("a file");
    let file = std::fs::File::open(&path).expect("a file");
    // SAFETY: the file is this test's own, and nobody changes it.
    let device = unsafe { iolite::MmapIo::map(&file) }.expect("a file");
    let whole = device.as_slice().as_ptr_range();
    let mut text = TextIoWrapper::new(BufferedReader::new(device));
    let piece = text.fill_str().expect("text").as_bytes().as_ptr_range();
    assert_eq!(piece.start, whole.start);
    assert!(piece.end <= whole.end);
}

/// The buffer hands memory out in blocks, and lines straddle those; but these lie in one piece.
#[rstest]
#[case::txt_33_a_line_over_two_blocks_of_one_memory(85)]
#[case::txt_33_a_line_over_many_blocks_of_one_memory(300_000)]
fn lines_of_memory_are_not_put_together(#[case] length: usize) -> Result<()> {
    for newline in [Newline::Lf, Newline::Universal, Newline::CrLf] {
        let line = ["x".repeat(length), "\r\n".to_owned()].concat();
        let content = line.repeat(1_000_000 / length).into_bytes();
        let (start, count) = (content.as_ptr() as usize, content.len() / line.len());
        let options = TextOptions::new().newline(newline);
        let mut text = TextIoWrapper::with_options(BytesIo::from(content), options);
        let mut kept = Vec::new();
        for number in 0..count {
            let place = number * line.len();
            assert_eq!(text.byte_offset(), place as u64, "{newline}");
            let line = text.next_line()?.expect("a line");
            assert_eq!(line.as_ptr() as usize, start + place, "{newline}");
            assert!(line.len() >= length && line.trim_end() == "x".repeat(length));
            kept.push(line.to_chunk());
        }
        assert!(text.next_line()?.is_none(), "{newline}");
        let address = |chunk: &StrChunk| chunk.as_ptr() as usize - start;
        let expected = (0..count).map(|number| number * line.len());
        assert!(kept.iter().map(address).eq(expected), "{newline}");
    }
    Ok(())
}

/// The address that the caller's vector had, all the way up.
#[test]
fn txt_33_text_of_a_vector_is_the_vector() -> Result<()> {
    let content = content();
    let start = content.as_ptr();
    let mut text = TextIoWrapper::new(BufferedReader::new(BytesIo::from(content)));
    assert_eq!(text.fill_str()?.as_ptr(), start);
    let line = text.next_line()?.expect("a line");
    assert_eq!(line.as_ptr(), start);
    Ok(())
}
