//! Chapter "Errors": what is told of streams that are dropped.

use std::fmt;
use std::io::{ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use iolite::error::set_global_drop_hook;
use iolite::text::FmtWriter;
use iolite::{
    BlockCache, BufferedRandom, BufferedRwPair, BufferedWriter, BytesIo, Encoding, Error, IoBase,
    StringIo, TextIo, TextIoWrapper, TextOptions, Utf8Writer,
};

use super::alone;
use crate::support::devices::{Behaviour, EIO, Hostile, Probe};

/// What the hook is told, in order: the kind, the system's number, the lost bytes.
type Told = Vec<(ErrorKind, Option<i32>, usize)>;

/// Runs `test` with a hook that writes down what it is told.
fn told(test: impl FnOnce()) -> Told {
    let told = Arc::new(Mutex::new(Told::new()));
    let record = Arc::clone(&told);
    set_global_drop_hook(Some(Box::new(move |error: &Error, lost| {
        let told = (error.kind(), error.raw_os_error(), lost);
        record.lock().unwrap().push(told);
    })));
    test();
    set_global_drop_hook(None);
    let told = told.lock().unwrap();
    told.clone()
}

/// A writer with ten bytes pending over a device that behaves so.
fn pending(behaviours: &[Behaviour]) -> (BufferedWriter<Hostile>, Probe) {
    let device = Hostile::new(b"").with_all(behaviours);
    let probe = device.probe();
    let mut writer = BufferedWriter::new(device);
    writer.write_all(b"0123456789").unwrap();
    (writer, probe)
}

#[test]
fn err_11_the_hook_is_told_the_error_and_how_much_is_lost() {
    alone(|| {
        for taken in 0..10 {
            let (writer, probe) = pending(&[Behaviour::ErrorAfter(taken)]);
            let told = told(|| drop(writer));
            assert_eq!(probe.content().len(), taken);
            let eio = std::io::Error::from_raw_os_error(EIO).kind();
            assert_eq!(told, [(eio, Some(EIO), 10 - taken)]);
        }
    });
}

#[test]
fn err_11_a_device_that_would_block_is_told_too() {
    alone(|| {
        let (writer, _) = pending(&[Behaviour::Room(4)]);
        let told = told(|| drop(writer));
        assert_eq!(told, [(ErrorKind::WouldBlock, None, 6)]);
    });
}

#[test]
fn err_11_every_stream_that_writes_tells() {
    alone(|| {
        let full = || Hostile::new(b"").with(Behaviour::Room(0));
        let told = told(|| {
            let mut random = BufferedRandom::new(full()).unwrap();
            random.write_all(b"abc").unwrap();
            drop(random);
            let mut pair = BufferedRwPair::new(BytesIo::new(), full());
            pair.write_all(b"abcd").unwrap();
            drop(pair);
            let mut text = TextIoWrapper::new(BufferedWriter::new(full()));
            text.write_str("abcde").unwrap();
            drop(text);
        });
        let lost: Vec<usize> = told.iter().map(|told| told.2).collect();
        assert_eq!(lost, [3, 4, 5]);
    });
}

/// The text stream keeps the rest of a character that the buffer took in part. Both lose, and
/// each tells its own part.
#[test]
fn err_11_text_that_the_buffer_did_not_take_is_told_of() {
    alone(|| {
        let told = told(|| {
            let full = Hostile::new(b"").with(Behaviour::Room(0));
            let mut text = TextIoWrapper::new(BufferedWriter::with_capacity(3, full));
            text.write_str("\u{e9}\u{e9}").unwrap();
            drop(text);
        });
        let lost: Vec<usize> = told.iter().map(|told| told.2).collect();
        assert_eq!(lost, [1, 3]);
    });
}

#[test]
fn err_12_nothing_is_told_when_nothing_is_lost() {
    alone(|| {
        let told = told(|| {
            drop(pending(&[]));
            drop(pending(&[Behaviour::Interrupted, Behaviour::OneByte]));
            let (mut flushed, _) = pending(&[Behaviour::FailingClose]);
            flushed.flush().unwrap_err();
            drop(flushed);
        });
        assert_eq!(told, []);
    });
}

#[test]
fn err_12_nothing_is_told_that_was_reported_or_given_up() {
    alone(|| {
        let told = told(|| {
            let (mut closed, _) = pending(&[Behaviour::Room(4)]);
            assert!(closed.close().unwrap_err().is_would_block());
            drop(closed);
            let full = || Hostile::new(b"").with(Behaviour::Room(0));
            let mut random = BufferedRandom::new(full()).unwrap();
            random.write_all(b"abc").unwrap();
            random.close().unwrap_err();
            drop(random);
            let mut cache = BlockCache::builder().build(full()).unwrap();
            cache.write_all(b"abc").unwrap();
            cache.close().unwrap_err();
            drop(cache);
            let mut text = TextIoWrapper::new(BufferedRwPair::new(BytesIo::new(), full()));
            text.write_str("abc").unwrap();
            text.close().unwrap_err();
            drop(text);
            drop(pending(&[Behaviour::Room(4)]).0.into_parts().0);
            drop(pending(&[Behaviour::Room(4)]).0.into_parts());
        });
        assert_eq!(told, []);
    });
}

#[test]
fn err_13_a_poisoned_writer_is_told_of_with_all_that_is_pending() {
    alone(|| {
        let told = told(|| {
            let (mut writer, _) = pending(&[Behaviour::PanicOnWrite]);
            assert!(catch_unwind(AssertUnwindSafe(|| writer.flush())).is_err());
            drop(writer);
        });
        assert_eq!(told, [(Error::Poisoned.kind(), None, 10)]);
    });
}

#[test]
fn err_13_so_is_a_device_that_panics_while_its_stream_is_dropped() {
    alone(|| {
        let (writer, probe) = pending(&[Behaviour::PanicAfter(3)]);
        let told = told(|| drop(writer));
        assert_eq!(probe.content(), b"012");
        assert_eq!(told, [(Error::Poisoned.kind(), None, 7)]);
    });
}

#[test]
fn err_14_a_hook_that_panics_does_no_harm() {
    alone(|| {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        set_global_drop_hook(Some(Box::new(|_, _| {
            CALLS.fetch_add(1, Ordering::Relaxed);
            panic!("a hook that panics");
        })));
        for calls in 1..=2 {
            let (writer, _) = pending(&[Behaviour::Room(0)]);
            assert!(catch_unwind(AssertUnwindSafe(|| drop(writer))).is_ok());
            assert_eq!(CALLS.load(Ordering::Relaxed), calls);
        }
        // Also where the thread panics already, which a second panic would make an abort.
        let unwinding = catch_unwind(|| {
            let _writer = pending(&[Behaviour::Room(0)]).0;
            panic!("the first panic");
        });
        assert!(unwinding.is_err());
        assert_eq!(CALLS.load(Ordering::Relaxed), 3);
        set_global_drop_hook(None);
    });
}

#[test]
fn err_14_a_hook_may_write_to_streams_and_meet_itself() {
    alone(|| {
        let log = Arc::new(Mutex::new(BufferedWriter::new(BytesIo::new())));
        let entries = Arc::clone(&log);
        set_global_drop_hook(Some(Box::new(move |error: &Error, lost| {
            writeln!(entries.lock().unwrap(), "{lost}: {error}").unwrap();
            if lost > 5 {
                let mut smaller = BufferedWriter::new(Hostile::new(b"").with(Behaviour::Room(0)));
                smaller.write_all(&vec![0; lost - 5]).unwrap();
            }
        })));
        drop(pending(&[Behaviour::Room(0)]));
        set_global_drop_hook(None);
        let mut log = log.lock().unwrap();
        log.flush().unwrap();
        let blocked = "the device would block; 0 bytes of this call were accepted";
        let expected = format!("10: {blocked}\n5: {blocked}\n");
        assert_eq!(log.get_ref().as_slice(), expected.as_bytes());
    });
}

#[test]
fn err_15_the_last_hook_set_is_told_and_none_after_it_was_taken_away() {
    alone(|| {
        let outer = told(|| {
            let inner = told(|| drop(pending(&[Behaviour::Room(9)])));
            assert_eq!(inner, [(ErrorKind::WouldBlock, None, 1)]);
            // `told` took its own hook away, and with it the only one.
            drop(pending(&[Behaviour::Room(9)]));
        });
        assert_eq!(outer, []);
    });
}

#[test]
fn err_15_a_hook_that_owns_a_stream_can_be_taken_away() {
    alone(|| {
        let (writer, probe) = pending(&[]);
        let owned = Mutex::new(writer);
        set_global_drop_hook(Some(Box::new(move |_, lost| {
            owned.lock().unwrap().write_all(&[b'!'; 3][..lost]).unwrap();
        })));
        drop(pending(&[Behaviour::Room(7)]));
        set_global_drop_hook(None);
        assert_eq!(probe.content(), b"0123456789!!!");
    });
}

/// Bytes that wait for the rest of a character, and errors that nobody asked for.
#[test]
fn err_11_adapters_of_text_tell_what_they_hold() {
    alone(|| {
        let told = told(|| {
            let mut out = Utf8Writer::new(StringIo::new());
            out.write_all(b"a\xf0\x9f").unwrap();
            drop(out);
            let mut out = Utf8Writer::new(StringIo::new());
            out.write_all(b"\xf0\x9f").unwrap();
            drop(out.into_parts());

            let ascii = TextOptions::new().encoding(Encoding::ASCII);
            let stream = || TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), ascii);
            let mut out = FmtWriter::new(stream());
            fmt::Write::write_str(&mut out, "ab").unwrap();
            fmt::Write::write_str(&mut out, "cdé").unwrap_err();
            drop(out);
            let mut out = FmtWriter::new(stream());
            fmt::Write::write_str(&mut out, "é").unwrap_err();
            out.take_outcome().unwrap_err();
            drop(out);
            let mut out = FmtWriter::new(stream());
            fmt::Write::write_str(&mut out, "é").unwrap_err();
            out.into_parts().1.unwrap_err();
            TextIo::write_fmt(&mut stream(), format_args!("é")).unwrap_err();
        });
        let invalid = ErrorKind::InvalidData;
        assert_eq!(told, [(invalid, None, 2), (invalid, None, 4)]);
    });
}

/// What a stream said after it had taken everything: nothing is lost but the error.
#[test]
fn err_11_adapters_of_text_tell_what_no_call_has_said() {
    alone(|| {
        let written = || {
            let device = Hostile::new(b"").with_all(&[Behaviour::FailingClose]);
            let lines = TextOptions::new().line_buffering(true);
            let stream = TextIoWrapper::with_options(BufferedWriter::new(device), lines);
            let mut out = Utf8Writer::new(stream);
            assert_eq!(out.write(b"a\n").unwrap(), 2);
            out
        };
        let eio = std::io::Error::from_raw_os_error(EIO).kind();
        let (out, apart) = (written(), written());
        let dropped = told(|| drop(out));
        assert_eq!(dropped[0], (eio, Some(EIO), 0));
        let taken_apart = told(|| std::mem::forget(apart.into_parts()));
        assert_eq!(taken_apart, [(eio, Some(EIO), 0)]);
    });
}

/// A shift that was open, too.
#[test]
fn err_11_the_end_of_a_run_is_told() {
    alone(|| {
        let device = Hostile::new(b"").with(Behaviour::Room(3));
        let utf_7 = TextOptions::new().encoding(Encoding::UTF_7);
        let buffer = BufferedWriter::with_capacity(1, device);
        let mut text = TextIoWrapper::with_options(buffer, utf_7);
        text.write_str("é").unwrap();
        assert!(!told(|| drop(text)).is_empty());
    });
}
