//! SPEC.md, "Raw streams": values inside an adapter that panic.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use iolite::Adapter;

/// Gives a byte at a time, and panics in place of one.
struct PanicsOnce {
    bytes: &'static [u8],
    given: usize,
    at: usize,
}

impl Read for PanicsOnce {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.given == self.at {
            self.at = usize::MAX;
            panic!("a device that panics");
        }
        let n = self.bytes[self.given..].len().min(buf.len()).min(1);
        buf[..n].copy_from_slice(&self.bytes[self.given..][..n]);
        self.given += n;
        Ok(n)
    }
}

impl Seek for PanicsOnce {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let mut place = Cursor::new(self.bytes);
        place.set_position(self.given as u64);
        self.given = place.seek(to)? as usize;
        Ok(self.given as u64)
    }
}

#[test]
fn raw_39_a_panic_of_the_device_loses_no_text() {
    for at in 0..9 {
        for seeks in [false, true] {
            let bytes = "héllö wörld".as_bytes();
            let device = Adapter::reader(PanicsOnce {
                bytes,
                given: 0,
                at,
            });
            let mut text = String::from("kept ");
            let mut read_twice = |device: &mut dyn Read| {
                let read = AssertUnwindSafe(|| device.read_to_string(&mut text).map(drop));
                assert!(catch_unwind(read).is_err());
                assert_eq!(text, "kept ", "what was not delivered stays in the stream");
                device.read_to_string(&mut text).unwrap();
            };
            if seeks {
                read_twice(&mut device.with_seek());
            } else {
                read_twice(&mut { device });
            }
            assert_eq!(text, "kept héllö wörld");
        }
    }
}

#[test]
fn raw_40_a_panic_of_the_device_loses_no_bytes() {
    for (at, before) in [(0, 0), (1, 0), (4, 0), (5, 2), (6, 3)] {
        let mut device = Adapter::reader(PanicsOnce {
            bytes: b"0123456789",
            given: 0,
            at,
        })
        .with_seek();
        let mut buf = [0; 8];
        if before > 0 {
            device.read_exact(&mut buf[..before]).unwrap();
        }
        let rest = &mut buf[before..];
        assert!(catch_unwind(AssertUnwindSafe(|| device.read_exact(rest))).is_err());
        assert_eq!(device.stream_position().unwrap(), before as u64);
        device.read_exact(&mut buf[before..]).unwrap();
        assert_eq!(&buf, b"01234567");
        assert_eq!(device.stream_position().unwrap(), 8);
    }
}
