//! SPEC.md, "Random access": places that are far away, sizes that are large, devices that do not
//! move, and work that grows with what is done and not with what there is.

use std::collections::BTreeMap;
use std::io::{self, BufRead, ErrorKind, Read, Seek, SeekFrom, Write};

use iolite::raw::FileMode;
use iolite::{
    Adapter, BlockCache, BufferedIo, BufferedRandom, BytesIo, Chunk, Error, FileIo, IoBase, RawIo,
};

use crate::support::devices::{Behaviour, Hostile};
use crate::support::layer::{cache, take_apart, with_and_without};
use crate::support::progress::Progress;

/// The last position there is.
const LAST: u64 = i64::MAX.cast_unsigned();

fn take<const N: usize>(stream: &mut impl Read) -> [u8; N] {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

/// On a machine of 32 bits a place was cut to its lower half.
#[test]
fn rnd_41_a_place_4_gib_on_is_another_place() {
    let folder = tempfile::tempdir().unwrap();
    let far = 1_u64 << 32;
    for way in 0..2 {
        let path = folder.path().join(way.to_string());
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(b"START___").unwrap();
        file.seek(SeekFrom::Start(far)).unwrap();
        file.write_all(b"FAR_____").unwrap();
        let open = || FileIo::open(&path, FileMode::ReadUpdate).unwrap();
        let (at, mut stream) = with_and_without(4096, open).into_iter().nth(way).unwrap();
        assert_eq!(&take(&mut stream), b"START___", "{at}");
        stream.seek(SeekFrom::Start(far)).unwrap();
        assert_eq!(&take(&mut stream), b"FAR_____", "{at}");
        stream.rewind().unwrap();
        assert_eq!(stream.peek(6).unwrap(), b"START_", "{at}");
        stream.seek(SeekFrom::Start(far)).unwrap();
        stream.write_all(b"WRITTEN").unwrap();
        stream.write_all(b"!").unwrap();
        stream.seek(SeekFrom::Start(8)).unwrap();
        stream.write_all(b"near").unwrap();
        assert_eq!(stream.seek(SeekFrom::End(-8)).unwrap(), far, "{at}");
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert_eq!(text, "WRITTEN!", "{at}");
        stream.close().unwrap();
        let mut file = std::fs::File::open(&path).unwrap();
        assert_eq!(&take(&mut file), b"START___near", "{at}");
    }
}

fn argument_problem<T: std::fmt::Debug>(outcome: io::Result<T>) -> &'static str {
    match Error::from(outcome.unwrap_err()) {
        Error::InvalidArgument { problem, .. } => problem,
        error => panic!("{error:?}"),
    }
}

#[test]
fn rnd_29_what_is_after_the_last_position_is_not_before_the_start() {
    for positioned in [&[][..], &[Behaviour::Positioned]] {
        let device = || Hostile::new(b"abc").with_all(positioned);
        for (at, mut stream) in with_and_without(4, device) {
            stream.seek(SeekFrom::Start(LAST)).unwrap();
            assert_eq!(stream.read(&mut [0; 9]).unwrap(), 0, "{at}");
            let after = "beyond the largest possible position";
            for by in [1, i64::MAX] {
                let problem = argument_problem(stream.seek(SeekFrom::Current(by)));
                assert_eq!(problem, after, "{at}");
            }
            assert_eq!(
                argument_problem(stream.seek(SeekFrom::Start(LAST + 1))),
                after,
                "{at}"
            );
            assert_eq!(
                argument_problem(stream.seek(SeekFrom::Start(u64::MAX))),
                after,
                "{at}"
            );
            assert_eq!(argument_problem(stream.write(b"x")), after, "{at}");
            assert_eq!(argument_problem(stream.write_all(b"xyz")), after, "{at}");
            assert_eq!(argument_problem(write!(stream, "{at}")), after, "{at}");
            let chunk = Chunk::from(b"x");
            let outcome = stream.write_chunk(chunk).map_err(io::Error::from);
            assert_eq!(argument_problem(outcome), after, "{at}");
            let outcome = stream.truncate(Some(LAST + 1)).map_err(io::Error::from);
            assert_eq!(argument_problem(outcome), after, "{at}");
            assert_eq!(
                (stream.stream_position().unwrap(), stream.pending()),
                (LAST, 0),
                "{at}"
            );

            stream.seek(SeekFrom::Start(2)).unwrap();
            for by in [-3, i64::MIN] {
                let error = stream.seek(SeekFrom::Current(by)).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{at}");
                assert!(!error.to_string().contains("beyond"), "{at}: {error}");
            }
            assert_eq!(stream.stream_position().unwrap(), 2, "{at}");
            assert_eq!(stream.get_ref().probe().content(), b"abc", "{at}");
        }
    }
}

/// With bytes that wait after the device's end.
#[test]
fn rnd_29_a_seek_from_the_end_of_what_is_pending_may_be_too_far_as_well() {
    let (_, mut stream) = with_and_without(4, || Hostile::new(b"abc"))
        .into_iter()
        .next()
        .unwrap();
    stream.seek(SeekFrom::Start(LAST - 2)).unwrap();
    stream.write_all(b"x").unwrap();
    for by in [2, i64::MAX] {
        let problem = argument_problem(stream.seek(SeekFrom::End(by)));
        assert!(problem.contains("beyond"), "{problem}");
    }
    assert_eq!(stream.seek(SeekFrom::End(1)).unwrap(), LAST);
    drop(stream.into_parts().0);
}

/// Gives bytes without end, at a place of its own.
struct Far {
    says: u64,
}

impl Read for Far {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        buf.fill(b'f');
        Ok(buf.len())
    }
}

impl Write for Far {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Far {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if let SeekFrom::Start(place) = to {
            self.says = place;
        }
        Ok(self.says)
    }
}

#[test]
fn rnd_29_a_device_that_says_it_is_at_the_end_of_64_bits_is_an_error() {
    for says in [u64::MAX, u64::MAX - 3, LAST + 1] {
        let device = || Adapter::duplex(Far { says }).with_seek();
        for (at, mut stream) in with_and_without(16, device) {
            assert!(
                argument_problem(stream.stream_position()).contains("beyond"),
                "{at}"
            );
            assert!(
                argument_problem(stream.seek(SeekFrom::End(0))).contains("beyond"),
                "{at}"
            );
        }
    }
    // The last bytes that there can be; no count begins again at 0.
    for (at, mut stream) in
        with_and_without(16, || Adapter::duplex(Far { says: LAST - 3 }).with_seek())
            .into_iter()
            .take(2)
    {
        assert_eq!(stream.stream_position().unwrap(), LAST - 3, "{at}");
        let error = stream.read_exact(&mut [0; 5]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{at}");
        assert_eq!(&take(&mut stream), b"fff", "{at}");
        assert_eq!(stream.read(&mut [0; 5]).unwrap(), 0, "{at}");
        assert_eq!(stream.peek(5).unwrap(), b"", "{at}");
        assert_eq!(stream.stream_position().unwrap(), LAST, "{at}");
    }
}

#[test]
fn rnd_44_sizes_that_no_machine_has_are_refused() {
    let memory = || BytesIo::from(b"abc".to_vec());
    let refused = |outcome: Result<BufferedRandom<BytesIo>, Error>| {
        let error = outcome.map(|stream| stream.capacity()).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { .. }), "{error:?}");
    };
    let refused_cache = |blocks, size| {
        let numbers = BlockCache::builder().blocks(blocks).block_size(size);
        let error = numbers.build(memory()).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { .. }), "{error:?}");
    };
    let half = isize::MAX.cast_unsigned();
    for size in [usize::MAX, half, half - 1] {
        refused(BufferedRandom::with_capacity(size, memory()));
        refused_cache(1, size);
        refused_cache(size, 2);
    }
    refused_cache(1 << (usize::BITS / 2), 1 << (usize::BITS / 2));
    // Many small ones cost nothing before they are needed.
    assert_eq!(&take(&mut cache(1 << 24, 64, memory())), b"abc");
    let mut least = cache(0, 0, memory());
    assert_eq!((least.blocks(), least.block_size()), (1, Some(1)));
    assert_eq!(&take(&mut least), b"abc");
}

/// There are so many addresses, and nowhere is there so much memory.
#[cfg(target_pointer_width = "64")]
#[test]
fn rnd_44_a_block_that_there_is_no_memory_for_is_an_error_and_not_the_end() {
    use crate::support::layer::Layer;

    let memory = || BytesIo::from(b"abc".to_vec());
    for layer in [
        Layer::Plain(memory()),
        Layer::Cached(cache(1, 1 << 61, memory())),
    ] {
        let mut stream = BufferedRandom::with_capacity(1 << 61, layer).unwrap();
        for _ in 0..2 {
            let error = stream.read(&mut [0; 2]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfMemory);
            let error = stream.write(b"x").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfMemory);
        }
        assert_eq!(
            (stream.stream_position().unwrap(), stream.pending()),
            (0, 0)
        );
        assert_eq!(stream.detach().unwrap().as_slice(), b"abc");
    }
    let mut large = cache(1, 1 << 61, memory());
    for _ in 0..2 {
        let error = large.read(&mut [0; 2]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfMemory);
        let error = large.write(b"x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    }
    assert_eq!(large.detach().unwrap().as_slice(), b"abc");
}

/// Lets itself be sought and stays, as `eventfd`, `inotify` and `/dev/random` do.
fn standing(content: &[u8]) -> Hostile {
    Hostile::new(content).with(Behaviour::Standing)
}

#[test]
fn rnd_45_a_device_that_does_not_move_loses_nothing_that_was_read_ahead() {
    let mut stream = BufferedRandom::with_capacity(4, standing(b"abcdefgh")).unwrap();
    assert_eq!(&take(&mut stream), b"a");
    stream.flush().unwrap();
    assert_eq!(stream.buffer(), b"bcd");
    let error = stream.detach().unwrap_err();
    assert_eq!(error.error().kind(), ErrorKind::Unsupported);
    stream = error.into_parts().1;
    assert_eq!(&take(&mut stream), b"bcd");
    let device = stream.detach().unwrap();
    let position = device.probe().position();
    assert_eq!(position, 4, "what comes next is in the device");
}

#[test]
fn rnd_45_a_cache_of_a_device_that_does_not_move_loses_nothing_either() {
    let mut stream = BufferedRandom::with_capacity(4, cache(3, 4, standing(b"abcdefgh"))).unwrap();
    assert_eq!(&take(&mut stream), b"a");
    stream.flush().unwrap();
    assert_eq!(&take(&mut stream), b"b");
    let cache = stream.detach().unwrap();
    let error = cache.detach().unwrap_err();
    assert_eq!(error.error().kind(), ErrorKind::Unsupported);
    let mut cache = error.into_parts().1;
    assert_eq!(&take(&mut cache), b"cd");
    assert_eq!(cache.detach().unwrap().probe().position(), 4);
}

/// Elsewhere there would be the bytes of another place.
#[test]
fn rnd_45_no_byte_of_a_device_that_does_not_move_is_taken_for_another() {
    for (at, mut stream) in with_and_without(4, || standing(b"abcdefgh")) {
        assert_eq!(&take(&mut stream), b"ab", "{at}");
        stream.seek(SeekFrom::Start(9)).unwrap();
        let error = stream.read(&mut [0; 2]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{at}");
        stream.write_all(b"X").unwrap();
        let error = stream.flush().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{at}");
        let (device, pending) = take_apart(stream);
        assert_eq!((pending.len(), pending[0].offset), (1, Some(9)), "{at}");
        assert_eq!(device.probe().content(), b"abcdefgh", "{at}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn rnd_45_a_null_device_takes_and_gives_nothing_as_ever() {
    let open = || FileIo::open("/dev/null", FileMode::ReadUpdate).unwrap();
    for (at, mut stream) in with_and_without(4, open) {
        assert_eq!(stream.read(&mut [0; 3]).unwrap(), 0, "{at}");
        stream.write_all(b"abcdefghi").unwrap();
        stream.flush().unwrap();
        stream.write_all(b"j").unwrap();
        assert!(stream.flush_and_borrow_fd().unwrap().is_some(), "{at}");
        drop(stream.detach().unwrap());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn rnd_45_the_descriptor_is_not_given_while_something_is_read_ahead_of_it() {
    let open = || FileIo::open("/dev/urandom", FileMode::Read).unwrap();
    let mut stream = BufferedRandom::with_capacity(4, open()).unwrap();
    let _: [u8; 1] = take(&mut stream);
    assert!(stream.flush_and_borrow_fd().unwrap().is_none());
    let _: [u8; 3] = take(&mut stream);
    assert!(stream.flush_and_borrow_fd().unwrap().is_some());
    let mut cache = cache(3, 4, open());
    let _: [u8; 1] = take(&mut cache);
    assert!(cache.flush_and_borrow_fd().unwrap().is_none());
    let _: [u8; 3] = take(&mut cache);
    assert!(cache.flush_and_borrow_fd().unwrap().is_some());
}

/// Has so many bytes, and gives a few of them, and then nothing for now, in turns.
struct Trickle {
    size: u64,
    place: u64,
    dry: bool,
}

impl Read for Trickle {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.dry = !self.dry;
        if self.dry {
            return Err(ErrorKind::WouldBlock.into());
        }
        let left = usize::try_from(self.size.saturating_sub(self.place)).unwrap();
        let n = buf.len().min(8).min(left);
        buf[..n].fill(b'.');
        self.place += n as u64;
        Ok(n)
    }
}

impl Write for Trickle {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Trickle {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.place = match to {
            SeekFrom::Start(place) => place,
            SeekFrom::Current(by) => self.place.checked_add_signed(by).unwrap(),
            SeekFrom::End(by) => self.size.checked_add_signed(by).unwrap(),
        };
        Ok(self.place)
    }
}

/// What each try would copy or look at anew is a terabyte.
#[test]
#[cfg_attr(debug_assertions, ignore = "half a minute without --release")]
fn rnd_42_a_call_that_is_repeated_costs_what_one_that_succeeds_does() {
    const SIZE: usize = 2 << 20;
    let device = || {
        let trickle = Trickle {
            size: SIZE as u64,
            place: 0,
            dry: false,
        };
        Adapter::duplex(trickle).with_seek()
    };
    let all = vec![b'.'; SIZE];
    let mut progress = Progress::start();
    for size in [100, 1 << 16, 4 << 20] {
        progress.at(format_args!("blocks of {size}"));
        let ways = || with_and_without(size, device);
        for (at, mut stream) in ways() {
            let mut buf = vec![0; SIZE];
            while let Err(error) = stream.read_exact(&mut buf) {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{at} of {size}");
            }
            assert!(buf == all, "{at} of {size}");
        }
        for (at, mut stream) in ways() {
            let mut line = Vec::new();
            while let Err(error) = stream.read_until(b'\n', &mut line) {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{at} of {size}");
            }
            assert!(line == all, "{at} of {size}");
        }
        for (at, mut stream) in ways() {
            // Searches in turn, none of which finds anything: the first one that does not fail is
            // at the end.
            let (mut line, mut bytes) = (Vec::new(), b"\n,;|-*/+".iter().cycle());
            while let Err(error) = stream.read_until(*bytes.next().unwrap(), &mut line) {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{at} of {size}");
            }
            assert!(line == all, "{at} of {size}");
        }
        for (at, mut stream) in ways() {
            while stream.peek(SIZE).is_err() {}
            assert!(stream.peek(SIZE).unwrap() == all, "{at} of {size}");
        }
    }
}

/// The same memory as a plain map of pages, whatever is done to it, and as many times as a cache
/// that looked at all its blocks would take hours for.
#[test]
fn rnd_43_what_is_done_to_a_few_blocks_costs_nothing_for_the_others() {
    const BLOCKS: u64 = 50_000;
    let blocks = usize::try_from(BLOCKS).unwrap();
    let memory = BytesIo::from(vec![b'.'; 4 * blocks]);
    let mut stream = cache(blocks, 4, memory);
    for block in 0..BLOCKS {
        stream.seek(SeekFrom::Start(4 * block)).unwrap();
        assert_eq!(&take(&mut stream), b".");
    }
    let (mut written, mut is_longer) = (BTreeMap::new(), false);
    for i in 0..20_000_u64 {
        let letter = b'a' + u8::try_from(i % 26).unwrap();
        // A lookup of the end, with something pending before it.
        let place = i * 7919 % (4 * BLOCKS - 8);
        stream.seek(SeekFrom::Start(place)).unwrap();
        stream.write_all(&[letter]).unwrap();
        written.insert(place, letter);
        let end = 4 * BLOCKS + u64::from(is_longer);
        assert_eq!(stream.seek(SeekFrom::End(0)).unwrap(), end);
        // A read past the cache, up to what is pending there.
        stream.seek(SeekFrom::Start(place / 4 * 4)).unwrap();
        let mut four = [0; 4];
        let n = stream.read(&mut four).unwrap();
        assert!(n > 0);
        // A large write, a whole block: what was there is forgotten.
        if i % 3 == 0 {
            stream.seek(SeekFrom::Start(place / 4 * 4)).unwrap();
            stream.write_all(&[letter; 4]).unwrap();
            (place / 4 * 4..place / 4 * 4 + 4).for_each(|place| _ = written.insert(place, letter));
        }
        // A byte is appended, and cut off again.
        stream.seek(SeekFrom::Start(4 * BLOCKS)).unwrap();
        stream.write_all(b"x").unwrap();
        is_longer = i % 64 > 0;
        if !is_longer {
            stream.truncate(Some(4 * BLOCKS)).unwrap();
        }
    }
    stream.truncate(Some(4 * BLOCKS)).unwrap();
    stream.flush().unwrap();
    // Nothing is in the cache now: what costs a block each is done for one.
    for i in 0..20_000_u64 {
        stream.seek(SeekFrom::Start(i)).unwrap();
        stream.write_all(b"f").unwrap();
        written.insert(i, b'f');
        stream.flush().unwrap();
    }
    let content = stream.detach().unwrap().into_inner();
    for (place, letter) in content.into_iter().enumerate() {
        let expected = written.get(&(place as u64)).copied().unwrap_or(b'.');
        assert_eq!(letter, expected, "{place}");
    }
}
