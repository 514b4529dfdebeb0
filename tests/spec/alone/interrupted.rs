//! Chapter "Every stream": what is asked before an interrupted call is repeated.

use std::io::{self, BufRead, Read, Seek, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use iolite::error::set_global_interrupt_hook;
use iolite::{
    BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Chain, Chunk, Error, TextIo,
    TextIoWrapper, copy,
};

use super::alone;
use crate::support::devices::{Behaviour, Hostile};

/// Runs `test` with a hook that objects to the first of so many signals; how often it was asked.
fn objecting(objections: usize, test: impl FnOnce()) -> usize {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    set_global_interrupt_hook(Some(Box::new(move || {
        match count.fetch_add(1, Ordering::Relaxed) < objections {
            true => Err(io::Error::other("stopped")),
            false => Ok(()),
        }
    })));
    test();
    set_global_interrupt_hook(None);
    asked.load(Ordering::Relaxed)
}

fn device(content: &[u8]) -> Hostile {
    Hostile::new(content).with(Behaviour::Interrupted)
}

fn stopped<T, E: Into<Error>>(outcome: Result<T, E>) {
    let error = outcome.map(drop).unwrap_err().into();
    assert_eq!(error.to_string(), "stopped");
}

#[test]
fn base_11_an_objection_ends_a_read_and_loses_nothing() {
    alone(|| {
        let asked = objecting(1, || {
            let device = device(b"0123456789").with(Behaviour::OneByte);
            let mut reader = BufferedReader::with_capacity(4, device);
            stopped(reader.read_exact(&mut [0; 7]));
            let mut seven = [0; 7];
            reader.read_exact(&mut seven).unwrap();
            assert_eq!(&seven, b"0123456");
        });
        assert_eq!(asked, 7, "once for each signal");
    });
}

#[test]
fn base_11_an_objection_ends_what_any_floor_does() {
    alone(|| {
        objecting(usize::MAX, || {
            stopped(BufferedReader::new(device(b"abc")).fill_buf());
            stopped(BufferedReader::new(device(b"abc")).stream_position());
            stopped(BufferedRandom::new(device(b"abc")).unwrap().read(&mut [0]));
            stopped(TextIoWrapper::new(BufferedReader::new(device(b"abc"))).next_line());
            stopped(copy(&mut device(b"abc"), &mut BytesIo::new()));
            let mut writer = BufferedWriter::new(device(b""));
            writer.write_all(b"abc").unwrap();
            stopped(writer.flush());
            assert_eq!(writer.pending(), 3);
            assert_eq!(writer.into_parts().0.probe().content(), b"");
        });
    });
}

#[test]
fn base_11_without_an_objection_or_a_hook_all_goes_on() {
    alone(|| {
        let read_all = || {
            let device = device(b"0123456789");
            let probe = device.probe();
            let mut all = Vec::new();
            let mut reader = BufferedReader::with_capacity(4, device);
            reader.read_to_end(&mut all).unwrap();
            assert_eq!(all, b"0123456789");
            probe.calls().reads
        };
        let mut reads = 0;
        let asked = objecting(0, || reads = read_all());
        assert_eq!((asked, reads), (reads / 2, read_all()));
    });
}

#[test]
fn chn_21_an_objection_ends_a_transfer_and_loses_nothing() {
    alone(|| {
        let asked = objecting(1, || {
            let mut chain = Chain::from_iter([Chunk::from("abc"), Chunk::from("def")]);
            let mut device = device(b"");
            stopped(chain.write_to(&mut device));
            assert_eq!(chain, b"abcdef");
            assert_eq!(chain.write_to(&mut device).unwrap(), 6);
            assert_eq!(device.probe().content(), b"abcdef");
        });
        assert_eq!(asked, 1, "once for each signal");
        objecting(1, || {
            let mut chain = Chain::from(Chunk::from("before "));
            let mut device = device(b"0123456789");
            stopped(chain.read_from(&mut device, 5));
            assert_eq!(chain, b"before ");
            assert_eq!(chain.read_from(&mut device, 5).unwrap(), 5);
            assert_eq!(chain, b"before 01234");
        });
    });
}
