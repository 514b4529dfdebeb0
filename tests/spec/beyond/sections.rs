//! SPEC.md, "Sections and joins".

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use iolite::raw::{Concat, FileMode, Section, Tee};
use iolite::testing::{Behaviour, HostileDevice, assert_raw_device};
use iolite::text::TextPosition;
use iolite::{
    Adapter, BufferedReader, BytesIo, Encoding, Error, FileIo, IoBase, RawIo, TextIo,
    TextIoWrapper, TextOptions,
};
use rstest::rstest;

fn content() -> Vec<u8> {
    (0..=255).cycle().take(3000).collect()
}

fn memory(bytes: &[u8]) -> BytesIo {
    BytesIo::from(bytes.to_vec())
}

fn file(bytes: &[u8]) -> FileIo {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    FileIo::from_file(file, FileMode::ReadUpdate).unwrap()
}

/// What does not write, and is closed.
fn refuses_to_write(mut device: impl RawIo) {
    assert!(!device.writable() && !device.is_append_only());
    for error in [
        device.write(b"x").unwrap_err(),
        device.write(b"").unwrap_err(),
        device.write_all(b"x").unwrap_err(),
        device.truncate(Some(0)).unwrap_err().into(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    device.flush().unwrap();
    device.close().unwrap();
    device.close().unwrap();
    assert!(device.is_closed() && !device.readable() && !device.seekable());
    for error in [
        device.read(&mut [0]).unwrap_err(),
        device.read(&mut []).unwrap_err(),
        device.seek(SeekFrom::Start(0)).unwrap_err(),
        device.stream_position().unwrap_err(),
        device.write(b"").unwrap_err(),
        device.flush().unwrap_err(),
        device.truncate(None).unwrap_err().into(),
    ] {
        assert!(matches!(Error::from(error), Error::Closed));
    }
}

#[test]
fn sec_1_a_section_is_a_device() {
    let all = content();
    let part = &all[100..2100];
    assert_raw_device(|| Section::new(memory(&all), 100..2100), part, "of memory");
    assert_raw_device(|| Section::new(file(&all), 100..2100), part, "of a file");
    let moved = || Section::new(HostileDevice::new(&all), 100..2100);
    assert_raw_device(moved, part, "of a device that is moved");
    for behaviour in [Behaviour::OneByte, Behaviour::Halves, Behaviour::Positioned] {
        let hostile = || Section::new(HostileDevice::new(&all).with(behaviour), 100..2100);
        assert_raw_device(hostile, part, &format!("{behaviour:?}"));
    }
    refuses_to_write(Section::new(memory(&all), 100..2100));
    // Where the device ends first, there it ends.
    let mut short = Section::new(memory(b"012345"), 4..100);
    let mut rest = Vec::new();
    short.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"45");
    assert_eq!(short.seek(SeekFrom::End(0)).unwrap(), 96);
    assert_eq!(short.read(&mut [0]).unwrap(), 0);
}

#[test]
fn sec_1_positions_are_the_sections_own() {
    let mut section = Section::new(memory(b"0123456789"), 2..6);
    assert_eq!(
        (section.range(), section.stream_position().unwrap()),
        (2..6, 0)
    );
    assert_eq!(section.seek(SeekFrom::End(-1)).unwrap(), 3);
    let mut byte = [0];
    assert_eq!((section.read(&mut byte).unwrap(), byte), (1, *b"5"));
    assert_eq!(section.read(&mut byte).unwrap(), 0);
    section.seek(SeekFrom::Current(-5)).unwrap_err();
    section.seek(SeekFrom::Start(u64::MAX)).unwrap_err();
    assert_eq!(section.stream_position().unwrap(), 4);
    assert_eq!(
        section.read_exact(&mut [0; 2]).unwrap_err().kind(),
        ErrorKind::UnexpectedEof
    );
    section.rewind().unwrap();
    let error = section.read_exact(&mut [0; 5]).unwrap_err();
    assert!(matches!(
        error.into(),
        Error::PartialRead {
            available: 4,
            expected: 5
        }
    ));
    assert_eq!(section.stream_position().unwrap(), 0);
    assert_eq!(section.into_inner().as_slice(), b"0123456789");
}

#[test]
fn sec_2_a_limit_keeps_the_positions_of_the_device() {
    let all = content();
    let mut device = memory(&all);
    device.seek(SeekFrom::Start(10)).unwrap();
    let mut until = Section::until(device, 20).unwrap();
    assert_eq!(until.stream_position().unwrap(), 10);
    let mut rest = Vec::new();
    assert_eq!(until.read_to_end(&mut rest).unwrap(), 10);
    assert_eq!(rest, all[10..20]);
    assert_eq!(until.seek(SeekFrom::Start(5)).unwrap(), 5);
    assert_eq!(until.seek(SeekFrom::End(0)).unwrap(), 20);
    let open = || Section::until(memory(&all), 2000).unwrap();
    assert_raw_device(open, &all[..2000], "a limit");
    // A position behind it.
    until.seek(SeekFrom::Start(25)).unwrap();
    assert_eq!(until.read(&mut [0; 9]).unwrap(), 0);
}

#[test]
fn sec_2_text_ends_at_the_limit_with_the_places_of_the_file() {
    let bytes = Encoding::UTF_16.encode("one\ntwo\nthree\n").unwrap();
    let mut device = memory(&bytes);
    device.seek(SeekFrom::Start(10)).unwrap();
    let section = Section::until(device, 18).unwrap();
    let options = TextOptions::new().encoding(Encoding::UTF_16);
    let mut text = TextIoWrapper::with_options(BufferedReader::new(section), options);
    assert_eq!(text.next_line().unwrap().as_deref(), Some("two"));
    assert_eq!(text.byte_offset(), 18);
    assert!(text.next_line().unwrap().is_none());
    text.seek(TextPosition::START).unwrap();
    assert_eq!(text.next_line().unwrap().as_deref(), Some("one"));
}

/// Sections of clones of one file, whose position all of them share.
#[cfg(unix)]
#[test]
fn sec_3_sections_of_one_file_are_read_by_many_threads() {
    let all = content();
    let whole = file(&all);
    let parts: Vec<_> = std::thread::scope(|scope| {
        let starts = (0..3000).step_by(100);
        let threads = starts.map(|start| {
            let mut section = Section::new(whole.try_clone().unwrap(), start..start + 100);
            scope.spawn(move || {
                let mut part = Vec::new();
                // Byte by byte, so that they meet.
                let mut byte = [0];
                while section.read(&mut byte).unwrap() > 0 {
                    part.extend(byte);
                }
                part
            })
        });
        let threads: Vec<_> = threads.collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(parts == all);
    assert_eq!((&whole).stream_position().unwrap(), 0);
}

#[test]
fn sec_3_a_section_of_a_map_or_memory_lends_what_it_is() {
    let mut section = Section::new(memory(b"0123456789"), 2..6);
    let chunk = section.read_shared(3).unwrap().unwrap();
    assert_eq!(chunk, b"234");
    assert_eq!(section.read_shared(9).unwrap().unwrap(), b"5");
    assert!(section.read_shared(9).unwrap().unwrap().is_empty());
    assert!(
        Section::new(file(b"01"), 0..1)
            .read_shared(1)
            .unwrap()
            .is_none()
    );
}

#[test]
fn sec_4_devices_one_after_another_are_a_device() {
    let all = content();
    let parts = || {
        [
            0..0,
            0..1,
            1..1000,
            1000..1000,
            1000..2999,
            2999..3000,
            3000..3000,
        ]
    };
    let concat = || Concat::new(parts().map(|part| memory(&all[part])));
    assert_raw_device(concat, &all, "of memory");
    for behaviour in [Behaviour::OneByte, Behaviour::Halves, Behaviour::Unseekable] {
        let device = |part| HostileDevice::new(&all[part]).with(behaviour);
        let open = || Concat::new(parts().map(device));
        assert_raw_device(open, &all, &format!("{behaviour:?}"));
    }
    refuses_to_write(concat());
    assert_raw_device(|| Concat::<BytesIo>::new([]), b"", "nothing");
    let mut concat = concat();
    assert_eq!(concat.seek(SeekFrom::Start(5000)).unwrap(), 5000);
    assert_eq!(concat.read(&mut [0]).unwrap(), 0);
    concat.seek(SeekFrom::Current(-5001)).unwrap_err();
    assert_eq!(concat.seek(SeekFrom::End(-3000)).unwrap(), 0);
    assert_eq!(concat.current(), 1);
    assert_eq!(concat.get_ref().len(), 7);
}

#[test]
fn sec_4_each_is_read_from_its_start_and_the_last_may_grow() {
    let mut first = memory(b"one");
    first.seek(SeekFrom::Start(2)).unwrap();
    let last = HostileDevice::new(b"two");
    let probe = last.probe();
    let mut concat =
        Concat::<Box<dyn RawIo>>::new([Box::new(first) as Box<dyn RawIo>, Box::new(last)]);
    let mut all = String::new();
    concat.read_to_string(&mut all).unwrap();
    assert_eq!(all, "onetwo");
    probe.grow(b"three");
    concat.read_to_string(&mut all).unwrap();
    assert_eq!(all, "onetwothree");
}

/// A device that cannot seek keeps what could not be delivered; one that fails is asked again.
#[test]
fn sec_4_nothing_is_lost_between_two_devices() {
    let part = |bytes: &[u8]| {
        HostileDevice::new(bytes)
            .with(Behaviour::Unseekable)
            .with(Behaviour::WouldBlock)
    };
    let mut concat = Concat::new([part(b"caf\xc3"), part(b"\xa9 and \xff")]);
    let mut text = String::new();
    let error = loop {
        match concat.read_to_string(&mut text) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            outcome => break outcome.unwrap_err(),
        }
    };
    assert_eq!(text, "café and ");
    assert!(matches!(error.into(), Error::Decode { offset: 10, .. }));
    assert_eq!(concat.unread(), b"\xff");
    let mut rest = Vec::new();
    while concat.read_to_end(&mut rest).is_err() {}
    assert_eq!(rest, b"\xff");
}

#[test]
fn sec_4_all_are_closed_whatever_they_say() {
    let devices =
        [b"a", b"b", b"c"].map(|bytes| HostileDevice::new(bytes).with(Behaviour::FailingClose));
    let probes: Vec<_> = devices.iter().map(HostileDevice::probe).collect();
    let mut concat = Concat::new(devices);
    assert!(matches!(concat.close(), Err(Error::Combined { .. })));
    assert!(probes.iter().all(|probe| probe.is_closed()));
}

#[test]
fn sec_5_a_tee_is_a_device_and_copies_what_is_read() {
    let all = content();
    assert_raw_device(|| Tee::new(memory(&all), io::sink()), &all, "of memory");
    let hostile = || {
        Tee::new(
            HostileDevice::new(&all).with(Behaviour::OneByte),
            io::sink(),
        )
    };
    assert_raw_device(hostile, &all, "hostile");
    refuses_to_write_at_once(Tee::new(memory(&all), io::sink()));
    let mut tee = Tee::new(memory(b"caf\xc3\xa9\xff..."), Vec::new());
    let mut text = String::new();
    tee.read_to_string(&mut text).unwrap_err();
    assert_eq!(text, "café");
    let mut rest = Vec::new();
    tee.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"\xff...");
    tee.copy_mut().push(b'!');
    let (_, copy, waiting) = tee.into_parts();
    assert_eq!((&*copy, &*waiting), (&b"caf\xc3\xa9\xff...!"[..], &b""[..]));
}

/// It never seeks, closed or not.
fn refuses_to_write_at_once(mut device: impl RawIo) {
    assert!(!device.seekable());
    assert_eq!(device.rewind().unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(
        device.write(b"x").unwrap_err().kind(),
        ErrorKind::Unsupported
    );
    device.close().unwrap();
    assert!(matches!(device.rewind().unwrap_err().into(), Error::Closed));
}

#[rstest]
#[case::it_takes_little(Behaviour::ShortWrites(7))]
#[case::it_blocks(Behaviour::WouldBlock)]
#[case::it_is_interrupted(Behaviour::Interrupted)]
fn sec_5_a_writer_that_is_slow_is_waited_for(#[case] behaviour: Behaviour) {
    let all = content();
    let copy = HostileDevice::new(b"").with(behaviour);
    let probe = copy.probe();
    let mut tee = Tee::new(memory(&all), copy);
    let mut read = Vec::new();
    let mut buf = [0; 700];
    loop {
        match tee.read(&mut buf) {
            Ok(0) => break,
            Ok(n) => {
                read.extend(&buf[..n]);
                assert!(probe.content() == read, "what is delivered is written");
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
    assert!(read == all);
}

#[test]
fn sec_5_nothing_is_lost_when_the_writer_fails() {
    let mut room = [0; 4];
    let mut tee = Tee::new(memory(b"012345"), &mut room[..]);
    let mut buf = [0; 6];
    assert_eq!(tee.read(&mut buf).unwrap(), 4);
    for _ in 0..3 {
        assert!(matches!(
            tee.read(&mut buf).unwrap_err().into(),
            Error::NoProgress { .. }
        ));
    }
    assert!(tee.close().is_err() && tee.is_closed());
    let (_, _, waiting) = tee.into_parts();
    assert_eq!(waiting, b"45");
}

/// What was copied and not delivered is seen, and not copied again.
#[test]
fn sec_5_what_could_not_be_delivered_waits() {
    let (mut tee, mut text) = (Tee::new(memory(b"good\xffbad"), Vec::new()), String::new());
    assert!(tee.read_to_string(&mut text).is_err());
    assert_eq!((&*text, tee.unread()), ("good", &b"\xffbad"[..]));
    let mut rest = Vec::new();
    tee.read_to_end(&mut rest).unwrap();
    assert_eq!((&*rest, tee.unread()), (&b"\xffbad"[..], &b""[..]));
    assert_eq!(tee.copy(), b"good\xffbad");
}

/// A device that claims more than was asked for is not believed, and what it lends is not shown.
#[rstest]
#[case(Behaviour::LyingCounts)]
#[case(Behaviour::LyingLender)]
fn sec_1_a_device_that_lies_about_its_counts(#[case] behaviour: Behaviour) {
    let device = HostileDevice::new(b"0123456789").with(behaviour);
    let mut section = Section::new(device.with(Behaviour::Positioned), 2..4);
    let lied = match behaviour {
        Behaviour::LyingLender => section.read_shared(1).map(drop),
        _ => section
            .read_at(&mut [0; 8], 0)
            .map(drop)
            .map_err(Error::from),
    };
    assert!(matches!(lied, Err(Error::BadCount { .. })), "{lied:?}");
}

#[test]
fn sec_5_a_tee_of_what_is_no_device() {
    let mut copy = Vec::new();
    let mut tee = Tee::new(Adapter::reader(&b"one two"[..]), &mut copy);
    let mut word = [0; 3];
    tee.read_exact(&mut word).unwrap();
    tee.close().unwrap();
    assert_eq!(copy, b"one");
}
