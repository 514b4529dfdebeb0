//! Chapter "Buffered streams": devices whose position does not go with their bytes.

use std::io::{BufRead, Read, Seek, SeekFrom, Write};

use iolite::{BufferedIo, BufferedReader, BufferedWriter};
#[cfg(target_os = "linux")]
use iolite::{FileIo, raw::FileMode};

use crate::support::devices::{Behaviour, Hostile};
use crate::support::naive::ramp;

fn take(reader: &mut impl Read, n: usize) -> Vec<u8> {
    let mut buf = vec![0; n];
    reader.read_exact(&mut buf).unwrap();
    buf
}

fn standing(content: &[u8]) -> Hostile {
    Hostile::new(content).with(Behaviour::Standing)
}

#[test]
fn buf_24_a_device_that_stays_where_it_is_is_believed() {
    let mut reader = BufferedReader::with_capacity(4, standing(&ramp(100)));
    assert_eq!(reader.stream_position().unwrap(), 0);
    for i in 0..10 {
        let mut byte = [0xff];
        reader.read_exact(&mut byte).unwrap();
        assert_eq!(byte, [i], "telling takes and repeats nothing");
        assert_eq!(reader.stream_position().unwrap(), 0);
    }
}

#[test]
fn buf_24_such_a_device_is_asked_each_time() {
    let device = standing(&ramp(100));
    let probe = device.probe();
    let mut reader = BufferedReader::with_capacity(4, device);
    for asked in 0..6 {
        assert_eq!(reader.stream_position().unwrap(), 0);
        assert_eq!(probe.calls().seeks, asked + 1);
        reader.read_exact(&mut [0; 4]).unwrap();
    }
}

#[test]
fn buf_24_it_is_sought_in_bytes_from_here_and_else_by_its_own_answer() {
    let mut reader = BufferedReader::with_capacity(8, standing(&ramp(100)));
    assert_eq!(reader.seek(SeekFrom::Start(70)).unwrap(), 0);
    reader.read_exact(&mut [0; 4]).unwrap();
    assert_eq!(reader.stream_position().unwrap(), 0, "found out");
    // Inside the buffer a step is so many bytes.
    reader.seek_relative(0).unwrap();
    assert_eq!(reader.buffer(), [4, 5, 6, 7]);
    reader.seek(SeekFrom::Current(-2)).unwrap();
    assert_eq!(reader.peek(1).unwrap(), [2]);
    reader.seek(SeekFrom::Current(5)).unwrap();
    assert_eq!(reader.peek(1).unwrap(), [7]);
    // Outside of it, and to a place, it is the device's affair. It stays, and so what comes next
    // is what came next before.
    assert_eq!(reader.seek(SeekFrom::Current(-70)).unwrap(), 0);
    assert_eq!(reader.seek(SeekFrom::Start(3)).unwrap(), 0);
    assert_eq!(reader.seek(SeekFrom::End(0)).unwrap(), 0);
    assert_eq!(take(&mut reader, 2), [7, 8]);
}

#[test]
fn buf_24_a_seek_far_away_asks_for_nothing() {
    let device = Hostile::new(&ramp(100));
    let probe = device.probe();
    let mut reader = BufferedReader::with_capacity(8, device);
    for place in [90, 10, 50, u64::MAX, 30] {
        assert_eq!(reader.seek(SeekFrom::Start(place)).unwrap(), place);
        reader.fill_buf().unwrap();
    }
    assert_eq!(probe.calls().seeks, 5);
}

#[test]
fn buf_44_a_writer_counts_what_such_a_device_took() {
    let mut writer = BufferedWriter::with_capacity(4, standing(b""));
    for i in 0..10 {
        assert_eq!(writer.stream_position().unwrap(), i);
        writer.write_all(b"x").unwrap();
    }
    writer.flush().unwrap();
    assert_eq!(writer.stream_position().unwrap(), 10);
    writer.rewind().unwrap();
    assert_eq!(writer.stream_position().unwrap(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn buf_24_dev_zero_is_always_at_its_start() {
    let mut zero = BufferedReader::new(FileIo::open("/dev/zero", FileMode::Read).unwrap());
    for _ in 0..3 {
        assert_eq!(zero.stream_position().unwrap(), 0);
        let mut bytes = [1; 3];
        zero.read_exact(&mut bytes).unwrap();
        assert_eq!(bytes, [0; 3]);
    }
    assert_eq!(zero.seek(SeekFrom::Start(1000)).unwrap(), 0);
    assert_eq!(zero.seek(SeekFrom::Current(1000)).unwrap(), 0);
}
