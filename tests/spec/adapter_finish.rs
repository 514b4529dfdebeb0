//! Chapter "Files and adapters": writers that have to be finished, and the example `gzip`.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use iolite::raw::Finishing;
use iolite::{Adapter, BufferedReader, BufferedWriter, IoBase, TextIo, TextIoWrapper};

use crate::support::programs::{example, feed, stderr, stdout};

/// A disk that has room for so many bytes.
#[derive(Clone)]
struct Disk(Arc<Mutex<Vec<u8>>>, usize);

impl Disk {
    fn new(room: usize) -> Disk {
        Disk(Arc::default(), room)
    }

    fn content(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Disk {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut content = self.0.lock().unwrap();
        let n = buf.len().min(self.1 - content.len());
        if n == 0 && !buf.is_empty() {
            return Err(ErrorKind::StorageFull.into());
        }
        content.extend_from_slice(&buf[..n]);
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Gzip = GzEncoder<Disk>;

fn gzip(disk: &Disk) -> Adapter<Gzip, Finishing<Gzip>> {
    let gzip = GzEncoder::new(disk.clone(), Compression::fast());
    Adapter::writer_with(gzip, |gzip| gzip.finish().map(drop))
}

fn unpacked(packed: &[u8]) -> io::Result<String> {
    io::read_to_string(GzDecoder::new(packed))
}

/// A gzip file without its end, and `close` said that all is well.
#[test]
fn fil_32_close_says_that_the_end_could_not_be_written() {
    let mut outcomes = [0; 2];
    for room in 10..60 {
        let disk = Disk::new(room);
        let mut text = TextIoWrapper::new(BufferedWriter::new(gzip(&disk)));
        text.write_str("some text\n").unwrap();
        let closed = text.close();
        assert!(text.is_closed() && text.close().is_ok(), "once");
        let whole = unpacked(&disk.content());
        assert_eq!(
            closed.is_ok(),
            whole.is_ok(),
            "{room}: {closed:?}, {whole:?}"
        );
        outcomes[usize::from(closed.is_ok())] += 1;
    }
    assert!(outcomes.iter().all(|&n| n > 0), "{outcomes:?}");
}

/// A value that counts how it is treated.
#[derive(Clone, Default)]
struct Counted(Arc<Mutex<Calls>>);

#[derive(Clone, Debug, Default, PartialEq)]
struct Calls {
    written: Vec<u8>,
    flushed: usize,
    finished: usize,
    dropped: usize,
}

impl Counted {
    fn calls(&self) -> Calls {
        self.0.lock().unwrap().clone()
    }

    fn finish(self) -> io::Result<()> {
        self.0.lock().unwrap().finished += 1;
        Ok(())
    }
}

/// Dropped with what it counts for.
struct Value(Counted);

impl Drop for Value {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().dropped += 1;
    }
}
impl Read for Value {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}
impl Write for Value {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.0.lock().unwrap().written.extend_from_slice(buf);
        Ok(buf.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.0.lock().unwrap().flushed += 1;
        Ok(())
    }
}

fn finished(calls: &Calls) -> (usize, usize) {
    (calls.finished, calls.dropped)
}

#[test]
fn fil_32_a_value_is_finished_once_however_it_ends() {
    let adapters: [fn(Value) -> Adapter<Value>; 3] =
        [Adapter::reader, Adapter::writer, Adapter::duplex];
    for adapter in adapters {
        let counted = Counted::default();
        let make = || {
            adapter(Value(counted.clone())).with_finish(|value| {
                value.0.clone().finish()?;
                Ok(())
            })
        };
        let mut closed = make();
        closed.close().unwrap();
        closed.close().unwrap();
        assert!(closed.is_closed() && closed.get_ref().is_none());
        drop(closed);
        assert_eq!(finished(&counted.calls()), (1, 1));
        drop(make());
        assert_eq!(finished(&counted.calls()), (2, 2), "by dropping");
        let value = make().into_inner().unwrap();
        assert_eq!(finished(&counted.calls()), (2, 2), "it is handed out");
        drop(value);
        assert_eq!(finished(&counted.calls()), (2, 3));
        assert_eq!(counted.calls().flushed, 0, "finishing brings all out");
    }
}

#[test]
fn fil_32_a_plain_value_is_flushed_and_dropped() {
    let counted = Counted::default();
    let mut adapter = Adapter::writer(Value(counted.clone()));
    adapter.write_all(b"abc").unwrap();
    adapter.close().unwrap();
    let calls = counted.calls();
    assert_eq!((calls.flushed, calls.dropped), (1, 1));
    // And it borrows what it is put on no longer than it is used.
    let mut room = [0; 3];
    let mut adapter = Adapter::writer(&mut room[..]);
    adapter.write_all(b"abc").unwrap();
    assert_eq!(&room, b"abc");
}

#[test]
fn fil_32_what_can_be_repeated_is_repeated_before_the_close() {
    let disk = Disk::new(12);
    let mut writer = BufferedWriter::new(gzip(&disk));
    writer.write_all(b"some text").unwrap();
    assert!(writer.flush().is_err());
    let mut gzip = writer.into_parts().0;
    assert!(gzip.get_mut().unwrap().try_finish().is_err());
    gzip.get_mut().unwrap().get_mut().1 = 1000;
    gzip.get_mut().unwrap().try_finish().unwrap();
    gzip.close().unwrap();
    assert_eq!(unpacked(&disk.content()).unwrap(), "some text");
}

#[test]
fn fil_32_it_goes_to_another_thread_and_reads_back() {
    fn is<T: Send + Sync + std::panic::UnwindSafe>(_: &T) {}
    let disk = Disk::new(10_000);
    let mut adapter = gzip(&disk);
    is(&Adapter::writer(Vec::new()).with_finish(|_| Ok(())));
    std::thread::spawn(move || {
        writeln!(adapter, "{}", 1)?;
        adapter.close()
    })
    .join()
    .unwrap()
    .unwrap();
    let packed = disk.content();
    let reader = Adapter::reader(GzDecoder::new(&packed[..]));
    let mut text = TextIoWrapper::new(BufferedReader::new(reader));
    assert_eq!(text.next_line().unwrap().as_deref(), Some("1"));
}

#[test]
fn fil_33_the_example_packs_and_unpacks_in_any_encoding() {
    let dir = tempfile::tempdir().unwrap();
    let lines = "größe 漢字\nsecond\r\nno newline at the end";
    for encoding in ["utf-8", "utf-16", "utf-32"] {
        let run = |unpack: bool, input: &[u8]| {
            let mut command = example("gzip");
            command
                .args(["--encoding", encoding, "log.gz"])
                .current_dir(dir.path());
            if unpack {
                command.arg("-d");
            }
            feed(&mut command, input)
        };
        let packed = run(false, lines.as_bytes());
        assert!(packed.status.success(), "{}", stderr(&packed));
        let log = fs::read(dir.path().join("log.gz")).unwrap();
        let mut bytes = Vec::new();
        GzDecoder::new(&log[..]).read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.starts_with("größe".as_bytes()), encoding == "utf-8");
        let unpacked = run(true, b"");
        let printed = "größe 漢字\nsecond\nno newline at the end\n";
        let newline = if cfg!(windows) { "\r\n" } else { "\n" };
        assert_eq!(stdout(&unpacked), printed.replace('\n', newline));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn fil_33_the_example_says_that_the_disk_is_full() {
    let mut command = example("gzip");
    let output = feed(command.arg("/dev/full"), b"a line\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("No space left on device"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn fil_33_the_example_says_that_a_log_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.gz");
    assert!(
        feed(example("gzip").arg(&path), b"a line\n")
            .status
            .success()
    );
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    let output = feed(example("gzip").arg("-d").arg(&path), b"");
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
}
