//! Chapter "Memory maps": of files, of sealed memory files and of no file at all.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};

use iolite::error::Operation;
use iolite::raw::{MmapAccess, MmapOptions};
use iolite::{
    BufferedIo, BufferedRandom, BufferedReader, BufferedWriter, Error, IoBase, MmapIo, Newline,
    RawIo, TextIo, TextIoWrapper, TextOptions,
};
use rstest::rstest;

use crate::support::contracts::{self, Op, Rules, unsupported};
use crate::support::naive::{self, Dice};

/// A file without a name, so that nobody else can change it.
fn file(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

#[allow(unsafe_code)]
fn try_map(file: &File, options: MmapOptions) -> iolite::Result<MmapIo> {
    // SAFETY: the files of these tests have no name, and none is changed past its map.
    unsafe { options.map(file) }
}

fn map(file: &File, access: MmapAccess) -> MmapIo {
    try_map(file, MmapOptions::new().access(access)).unwrap()
}

fn content(mut file: &File) -> Vec<u8> {
    let mut all = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut all).unwrap();
    all
}

#[rstest]
#[case::map_1_what_is_written_goes_to_the_file(MmapAccess::Write, b"abXYef")]
#[case::map_1_what_is_written_stays_in_memory(MmapAccess::Copy, b"abcdef")]
fn writing(#[case] access: MmapAccess, #[case] in_the_file: &[u8]) {
    let file = file(b"abcdef");
    let mut map = map(&file, access);
    assert_eq!([map.readable(), map.writable(), map.seekable()], [true; 3]);
    map.seek(SeekFrom::Start(2)).unwrap();
    assert_eq!(map.write(b"XY").unwrap(), 2);
    map.flush().unwrap();
    let mut rest = String::new();
    map.read_to_string(&mut rest).unwrap();
    assert_eq!((&*rest, map.as_slice()), ("ef", &b"abXYef"[..]));
    assert_eq!(map.write(b"").unwrap(), 0);
    contracts::closing(&mut map, "MmapIo");
    assert_eq!(content(&file), in_the_file);
}

#[test]
fn map_1_a_read_only_map_refuses_to_write() {
    let mut map = map(&file(b"abc"), MmapAccess::Read);
    assert!(map.readable() && !map.writable());
    unsupported(map.write(b""), Operation::Write);
    unsupported(map.write_at(b"x", 0), Operation::Write);
    assert!(map.as_mut_slice().is_none());
    map.flush().unwrap();
}

#[test]
fn map_1_the_file_must_allow_what_the_map_does() {
    let named = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(named.path(), b"abc").unwrap();
    let read_only = File::open(named.path()).unwrap();
    let error = try_map(&read_only, MmapOptions::new().access(MmapAccess::Write)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let mut copy = map(&read_only, MmapAccess::Copy);
    copy.write_all(b"X").unwrap();
    assert_eq!(copy.as_slice(), b"Xbc");
}

#[test]
fn map_2_any_part_of_a_file_can_be_mapped() {
    let all = naive::ramp(20_000);
    let file = file(&all);
    for access in [MmapAccess::Read, MmapAccess::Copy, MmapAccess::Write] {
        let options = MmapOptions::new().access(access);
        for offset in [0, 1, 4095, 4096, 4097, 12_288, 19_999, 20_000] {
            let rest = &all[offset..];
            let options = options.offset(offset as u64);
            let mut map = try_map(&file, options).unwrap();
            assert_eq!(map.as_slice(), rest, "{access:?} from {offset}");
            assert_eq!(map.seek(SeekFrom::End(0)).unwrap(), rest.len() as u64);
            for len in [0, 1, 4096].into_iter().filter(|&len| len <= rest.len()) {
                let map = try_map(&file, options.len(len)).unwrap();
                assert_eq!(
                    map.as_slice(),
                    &rest[..len],
                    "{access:?}: {len} from {offset}"
                );
            }
        }
    }
}

#[rstest]
#[case::map_2_an_offset_beyond_the_end(MmapOptions::new().offset(7), "offset")]
#[case::map_2_far_beyond_the_end(MmapOptions::new().offset(u64::MAX), "offset")]
#[case::map_2_a_length_beyond_the_end(MmapOptions::new().len(7), "len")]
#[case::map_2_a_part_beyond_the_end(MmapOptions::new().offset(4).len(3), "len")]
#[case::map_2_more_than_there_is(MmapOptions::new().offset(6).len(usize::MAX), "len")]
fn out_of_the_file(#[case] options: MmapOptions, #[case] expected: &str) {
    match try_map(&file(b"abcdef"), options) {
        Err(Error::InvalidArgument { argument, .. }) => assert_eq!(argument, expected),
        other => panic!("{other:?}"),
    }
}

#[cfg(unix)]
#[test]
fn map_2_a_directory_cannot_be_mapped() {
    let dir = tempfile::tempdir().unwrap();
    let error = try_map(&File::open(dir.path()).unwrap(), MmapOptions::new()).unwrap_err();
    assert!(error.raw_os_error().is_some(), "{error:?}");
}

#[test]
fn map_3_memory_without_a_file_is_zeros_and_nobody_elses() {
    let mut one = MmapIo::anonymous(5000).unwrap();
    let other = MmapIo::anonymous(5000).unwrap();
    assert_eq!(one.as_slice(), [0; 5000]);
    one.write_all(&naive::ramp(5000)).unwrap();
    one.flush().unwrap();
    assert_eq!(
        (one.as_slice(), other.as_slice()),
        (&*naive::ramp(5000), &[0; 5000][..])
    );
}

#[test]
fn map_3_more_memory_than_there_can_be_is_an_error() {
    // A 32-bit process may well get its half.
    MmapIo::anonymous(isize::MAX as usize + 1).unwrap_err();
    MmapIo::anonymous(usize::MAX).unwrap_err();
}

#[rstest]
#[case::map_4_what_fits_is_taken(4, b"XYZ", Ok(2), b"abcdXY")]
#[case::map_4_nothing_fits_at_the_end(6, b"X", Err(ErrorKind::StorageFull), b"abcdef")]
#[case::map_4_nothing_fits_behind_it(9, b"X", Err(ErrorKind::StorageFull), b"abcdef")]
#[case::map_4_nor_far_behind_it(u64::MAX, b"X", Err(ErrorKind::StorageFull), b"abcdef")]
#[case::map_4_nothing_to_write_fits_everywhere(9, b"", Ok(0), b"abcdef")]
fn writing_over_the_end(
    #[case] position: u64,
    #[case] bytes: &[u8],
    #[case] expected: Result<usize, ErrorKind>,
    #[case] left: &[u8],
) {
    let file = file(b"abcdef");
    let mut map = map(&file, MmapAccess::Write);
    map.seek(SeekFrom::Start(position)).unwrap();
    let taken = map.write(bytes).map_err(|error| error.kind());
    assert_eq!(taken, expected);
    assert_eq!(
        map.stream_position().unwrap(),
        position + taken.unwrap_or(0) as u64
    );
    assert_eq!(map.as_slice(), left);
    unsupported(map.truncate(Some(9)), Operation::Truncate);
    drop(map);
    assert_eq!(content(&file), left);
}

#[test]
fn map_4_a_buffer_over_a_map_that_is_full_keeps_the_rest() {
    let mut writer = BufferedWriter::new(MmapIo::anonymous(4).unwrap());
    writer.write_all(b"123456").unwrap();
    assert_eq!(writer.flush().unwrap_err().kind(), ErrorKind::StorageFull);
    let (map, rest) = writer.into_parts();
    assert_eq!(map.as_slice(), b"1234");
    assert_eq!(rest, b"56");
}

#[test]
fn map_5_a_map_that_can_be_written_lends_nothing() {
    for mut map in [
        MmapIo::anonymous(6).unwrap(),
        map(&file(b"abcdef"), MmapAccess::Write),
        map(&file(b"abcdef"), MmapAccess::Copy),
    ] {
        assert!(map.read_shared(3).unwrap().is_none());
        map.write_all(b"123456").unwrap();
        map.rewind().unwrap();
        let mut reader = BufferedReader::new(map);
        let chunk = reader.read_chunk(6).unwrap();
        let (mut map, _) = reader.into_parts();
        map.as_mut_slice().unwrap().fill(b'X');
        assert_eq!(
            (&chunk[..], map.as_slice()),
            (&b"123456"[..], &b"XXXXXX"[..])
        );
    }
}

#[test]
fn map_5_random_access_and_text_go_over_it() {
    let file = file(b"one\ntwo\nsix\n");
    let map = map(&file, MmapAccess::Write);
    let mut text = TextIoWrapper::with_options(
        BufferedRandom::new(map).unwrap(),
        TextOptions::new().newline(Newline::Lf),
    );
    assert_eq!(text.next_line().unwrap().as_deref(), Some("one"));
    text.write_str("TWO\n").unwrap();
    assert_eq!(text.next_line().unwrap().as_deref(), Some("six"));
    text.close().unwrap();
    assert_eq!(content(&file), b"one\nTWO\nsix\n");
}

#[test]
fn map_5_any_calls_of_random_access_are_like_those_of_a_file() {
    for seed in 0..40 {
        let all = naive::text(8192);
        let file = file(&all);
        // Far from the end, where a map is unlike a file.
        let ops = contracts::some_ops(&mut Dice::new(seed), 60, true);
        let ops = ops.into_iter();
        let ops: Vec<Op> = ops
            .filter(|op| !matches!(op, Op::SeekEnd(_) | Op::Truncate(_)))
            .collect();
        let map = map(&file, MmapAccess::Write);
        let mut stream = BufferedRandom::with_capacity(1 + seed as usize, map).unwrap();
        let mut oracle = naive::File::new(&all);
        contracts::like_a_file(&mut stream, &mut oracle, Rules::default(), &ops, "MmapIo");
        assert!(content(&file) == oracle.content, "after {ops:?}");
    }
}

#[test]
fn map_6_flushing_a_part_or_without_waiting() {
    let all = naive::ramp(10_000);
    let file = file(&all);
    let mut read_only = map(&file, MmapAccess::Read);
    read_only.flush_async().unwrap();
    read_only.flush_range(0, 1).unwrap();
    drop(read_only);
    let options = MmapOptions::new().access(MmapAccess::Write).offset(100);
    let mut map = try_map(&file, options).unwrap();
    map.write_all(b"changed").unwrap();
    map.flush_range(3, 5000).unwrap();
    map.flush_async().unwrap();
    for (offset, len) in [(0, 9901), (9901, 0), (usize::MAX, 2)] {
        let error = map.flush_range(offset, len).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{len} from {offset}");
    }
    map.close().unwrap();
    assert!(matches!(map.flush_async(), Err(Error::Closed)));
    assert!(matches!(map.flush_range(0, 0), Err(Error::Closed)));
    let changed = [&all[..100], b"changed", &all[107..]].concat();
    assert!(content(&file) == changed);
}

#[cfg(target_os = "linux")]
mod linux {
    use super::*;
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

    fn memory_file(content: &[u8], seals: SealFlags) -> File {
        let file = memfd_create("iolite-test", MemfdFlags::ALLOW_SEALING).unwrap();
        let mut file = File::from(file);
        file.write_all(content).unwrap();
        fcntl_add_seals(&file, seals).unwrap();
        file
    }

    #[test]
    fn map_7_a_sealed_file_is_mapped_safely_and_stays_as_it_is() {
        let mut file = memory_file(b"for ever", SealFlags::WRITE | SealFlags::SHRINK);
        let mut map = MmapIo::sealed(&file).unwrap();
        for changed in [
            file.set_len(0),
            file.rewind().and_then(|()| file.write_all(b"x")),
        ] {
            assert_eq!(changed.unwrap_err().kind(), ErrorKind::PermissionDenied);
        }
        drop(file);
        let lent = map.read_shared(3).unwrap().unwrap();
        assert_eq!(
            (&lent[..], lent.as_ptr()),
            (&b"for"[..], map.as_slice().as_ptr())
        );
        unsupported(map.write(b"x"), Operation::Write);
    }

    #[rstest]
    #[case::map_7_without_seals(SealFlags::empty())]
    #[case::map_7_it_could_be_written(SealFlags::SHRINK | SealFlags::GROW)]
    #[case::map_7_it_could_be_written_by_an_older_map(SealFlags::SHRINK | SealFlags::FUTURE_WRITE)]
    #[case::map_7_it_could_be_cut(SealFlags::WRITE | SealFlags::GROW)]
    fn not_sealed_enough(#[case] seals: SealFlags) {
        let error = MmapIo::sealed(&memory_file(b"x", seals)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn map_7_an_ordinary_file_is_not_sealed() {
        let error = MmapIo::sealed(&file(b"x")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn map_7_a_part_of_a_sealed_file_and_only_for_reading() {
        let file = memory_file(b"for ever", SealFlags::WRITE | SealFlags::SHRINK);
        let options = MmapOptions::new();
        let map = options.offset(4).len(2).map_sealed(&file).unwrap();
        assert_eq!(map.as_slice(), b"ev");
        for options in [
            options.len(9),
            options.offset(9),
            options.access(MmapAccess::Copy),
            options.access(MmapAccess::Write),
        ] {
            let refused = options.map_sealed(&file);
            assert!(
                matches!(refused, Err(Error::InvalidArgument { .. })),
                "{refused:?}"
            );
        }
        let empty = memory_file(b"", SealFlags::WRITE | SealFlags::SHRINK);
        assert_eq!(MmapIo::sealed(&empty).unwrap().as_slice(), b"");
    }

    /// The promise to `map` is broken here on purpose, in a process of its own: this test's
    /// binary, told by a variable to run this test alone and to be the victim.
    #[test]
    fn map_8_a_file_that_is_cut_under_a_map_ends_the_process() {
        use std::os::unix::process::ExitStatusExt;
        use std::process::{Command, Stdio};
        const VICTIM: &str = "IOLITE_TEST_CUTS_ITS_OWN_FILE";
        if std::env::var_os(VICTIM).is_some() {
            let file = file(&naive::ramp(10_000));
            let mut map = map(&file, MmapAccess::Read);
            file.set_len(0).unwrap();
            let survived = map.read(&mut [0; 100]);
            eprintln!("a read behind the end of the file: {survived:?}");
            return;
        }
        let name = concat!(
            module_path!(),
            "::map_8_a_file_that_is_cut_under_a_map_ends_the_process"
        );
        let name = name.split_once("::").unwrap().1;
        let ended = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(VICTIM, "1")
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        // SIGBUS is 7 on most machines and 10 on MIPS and SPARC.
        assert!(matches!(ended.signal(), Some(7 | 10)), "{ended}");
    }
}

#[test]
fn map_9_reading_and_writing_at_an_offset_keep_the_position() {
    let mut map = map(&file(b"abcdef"), MmapAccess::Copy);
    assert!(map.supports_read_at());
    map.seek(SeekFrom::Start(1)).unwrap();
    let mut three = [0; 3];
    assert_eq!(map.read_at(&mut three, 4).unwrap(), 2);
    assert_eq!(&three, b"ef\0");
    assert_eq!(map.read_at(&mut three, u64::MAX).unwrap(), 0);
    assert_eq!(map.write_at(b"XYZ", 4).unwrap(), 2);
    let full = map.write_at(b"X", 6).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::StorageFull);
    assert_eq!(map.as_slice(), b"abcdXY");
    assert_eq!(map.stream_position().unwrap(), 1);
    map.close().unwrap();
    let says_closed = |outcome: std::io::Result<usize>| {
        contracts::says_closed(outcome.map_err(Error::from), "closed", "at");
    };
    says_closed(map.read_at(&mut [], 0));
    says_closed(map.write_at(b"", 0));
}

#[test]
fn map_10_all_bytes_can_be_seen_and_changed_in_place() {
    let file = file(b"abcdef");
    let mut map = map(&file, MmapAccess::Write);
    map.as_mut_slice().unwrap()[1..3].copy_from_slice(b"12");
    assert_eq!(map.as_slice(), b"a12def");
    map.close().unwrap();
    assert!(map.as_slice().is_empty() && map.as_mut_slice().is_none());
    assert_eq!(content(&file), b"a12def");
}

#[test]
fn map_11_nothing_can_be_mapped_in_every_way() {
    let empty = file(b"");
    for mut map in [
        map(&empty, MmapAccess::Read),
        map(&empty, MmapAccess::Copy),
        map(&empty, MmapAccess::Write),
        MmapIo::anonymous(0).unwrap(),
    ] {
        assert_eq!(map.as_slice(), b"");
        assert_eq!(map.read(&mut [0]).unwrap(), 0);
        map.flush().unwrap();
        if map.writable() {
            let full = map.write(b"x").unwrap_err();
            assert_eq!(full.kind(), ErrorKind::StorageFull);
        }
    }
}

#[test]
fn map_12_it_shows_sizes_never_content() {
    let mut map = map(&file(b"secret"), MmapAccess::Read);
    map.seek(SeekFrom::Start(2)).unwrap();
    assert_eq!(
        format!("{map:?}"),
        "MmapIo { len: 6, position: 2, writable: false, .. }"
    );
}
