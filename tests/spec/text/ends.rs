//! The end of a stream, and what comes behind it all the same.

use iolite::{BufferedReader, ErrorPolicy, Result, TextIo, TextIoWrapper, TextOptions};

use crate::support::devices::Hostile;

#[test]
fn txt_7_the_end_is_asked_again() -> Result<()> {
    let device = Hostile::new(b"one\npart");
    let probe = device.probe();
    let mut text = TextIoWrapper::new(BufferedReader::new(device));
    text.next_line()?;
    assert_eq!(text.next_line()?.as_deref(), Some("part"));
    assert_eq!(text.next_line()?, None);
    probe.grow(b"ly\n");
    assert_eq!(text.next_line()?.as_deref(), Some("ly"));
    Ok(())
}

#[test]
fn txt_7_a_return_at_the_end_ends_its_line_whatever_comes_later() -> Result<()> {
    let device = Hostile::new(b"a\r");
    let probe = device.probe();
    let mut text = TextIoWrapper::new(BufferedReader::new(device));
    assert_eq!(text.next_line()?.as_deref(), Some("a"));
    assert_eq!(text.next_line()?, None);
    probe.grow(b"\nb");
    assert_eq!(text.next_line()?.as_deref(), Some(""));
    assert_eq!(text.next_line()?.as_deref(), Some("b"));
    Ok(())
}

/// At a terminal each end is a key that somebody presses.
#[test]
fn txt_7_the_end_is_met_once_in_one_call() -> Result<()> {
    for (bytes, expected) in [
        (&b"ab"[..], "ab"),
        (b"ab\xe2\x82", "ab\u{fffd}"),
        (b"ab\r", "ab\n"),
        (b"ab\xe2\r", "ab\u{fffd}\n"),
    ] {
        let device = Hostile::new(bytes);
        let probe = device.probe();
        let mut text = TextIoWrapper::with_options(
            BufferedReader::new(device),
            TextOptions::new().errors(ErrorPolicy::Replace),
        );
        let mut whole = String::new();
        text.read_to_string(&mut whole)?;
        assert_eq!(whole, expected);
        assert_eq!(
            probe.read_sizes().len(),
            2,
            "{expected:?}: the bytes, and the end"
        );
        assert_eq!(text.read_to_string(&mut whole)?, 0);
        assert_eq!(
            probe.read_sizes().len(),
            3,
            "{expected:?}: another call asks again"
        );
    }
    Ok(())
}
