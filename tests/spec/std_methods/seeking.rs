//! The methods of `Seek`, beside a plain file.

use std::io::{ErrorKind, SeekFrom};

use super::case::Case;
use super::rows::Trait;
use super::stream::Stream;
use crate::support::naive::File;

/// The last position that every device has; a file system's last one is often not far from it.
const FEWEST_POSITIONS: u64 = 1 << 40;

/// Reading and seeking in turns: `rewind`, `stream_position` and `seek_relative` do what they do
/// to a plain file.
pub(super) fn while_reading(case: &mut Case<'_>) {
    let mut file = File::new(&case.cell.content);
    for step in [3, -2, 5, 1, -4, 0, 30, -7, -100] {
        seek_relative(case, &mut file, step);
        let mut buf = [0; 2];
        let n = case.persist(|stream| stream.read().read(&mut buf));
        let rest = file.rest();
        assert!(rest.starts_with(&buf[..n]), "wrong bytes after {step}");
        assert_eq!(n == 0, rest.is_empty(), "nothing is the end, after {step}");
        file.position += n as u64;
        position(case, &file);
    }
    rewind(case, &mut file);
    far_away(case, &mut file);
    rewind(case, &mut file);
    case.and_the_rest(b"");
}

/// Neither end of the range of positions is passed, and no number wraps on the way.
fn far_away(case: &mut Case<'_>, file: &mut File) {
    for step in [
        1,
        i64::MAX,
        i64::MAX,
        i64::MAX,
        1,
        i64::MIN,
        i64::MIN,
        i64::MIN,
        -1,
    ] {
        seek_relative(case, file, step);
    }
    for to in [
        SeekFrom::Start(u64::MAX),
        SeekFrom::Current(i64::MAX),
        SeekFrom::End(i64::MAX),
        SeekFrom::End(i64::MIN),
        SeekFrom::Current(i64::MIN),
    ] {
        seek(case, file, to);
    }
}

fn seek_relative(case: &mut Case<'_>, file: &mut File, step: i64) {
    let call = |stream: &mut dyn Stream| stream.seek().seek_relative(step);
    agrees(case, file, SeekFrom::Current(step), call);
}

fn seek(case: &mut Case<'_>, file: &mut File, to: SeekFrom) {
    agrees(case, file, to, |stream| stream.seek().seek(to).map(drop));
}

/// The call moves the stream as it moves the file, or is an error that says why not: then neither
/// moves.
fn agrees(
    case: &mut Case<'_>,
    file: &mut File,
    to: SeekFrom,
    mut call: impl FnMut(&mut dyn Stream) -> std::io::Result<()>,
) {
    let before = file.position;
    let target = file.seek(to);
    let forwards = match to {
        SeekFrom::Start(_) => true,
        SeekFrom::Current(by) | SeekFrom::End(by) => by > 0,
    };
    loop {
        match call(case.stream()) {
            Ok(()) => {
                if target.is_none() && case.row.stops_at_start && !forwards {
                    file.position = 0;
                    break;
                }
                assert!(target.is_some(), "{to:?} from {before} works");
                break;
            }
            // A device has fewer positions than there are numbers.
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                let far = target.is_none_or(|target| target > FEWEST_POSITIONS);
                assert!(far, "{to:?} from {before}: {error}");
                let text = error.to_string();
                let wrong = forwards && text.contains("before");
                assert!(!wrong, "{to:?} from {before}: {error}");
                file.position = before;
                break;
            }
            Err(error) => case.pass(error),
        }
    }
    position(case, file);
}

fn rewind(case: &mut Case<'_>, file: &mut File) {
    case.persist(|stream| stream.seek().rewind());
    file.position = 0;
    position(case, file);
}

fn position(case: &mut Case<'_>, file: &File) {
    let position = case.persist(|stream| stream.seek().stream_position());
    assert_eq!(position, file.position, "the position");
}

/// Writing and seeking in turns, with bytes that are pending: the position counts them, and what
/// is written goes where the position was.
pub(super) fn while_writing(case: &mut Case<'_>) {
    let content = &case.cell.content;
    if content.len() < 8 || content.len() > 1000 {
        return case.skip("too short for all of the steps, or so long that they differ in nothing");
    }
    let mut file = File::default();
    let half = content.len() / 2;
    give(case, &mut file, &case.cell.content[..half]);
    seek_relative(case, &mut file, -3);
    give(case, &mut file, b"XY");
    seek_relative(case, &mut file, 1);
    give(case, &mut file, &case.cell.content[half..]);
    rewind(case, &mut file);
    give(case, &mut file, b"1");
    position(case, &file);
    seek_relative(case, &mut file, 0);
    if case.row.has(Trait::Read) && case.cell.is_plain() {
        let mut buf = [0; 4];
        let n = case.persist(|stream| stream.read().read(&mut buf));
        let mut expected = [0; 4];
        file.read(&mut expected[..n]);
        assert_eq!(buf[..n], expected[..n], "read in between");
    }
    case.persist(|stream| stream.write().flush());
    position(case, &file);
    let seen = case.seen();
    assert_eq!(
        seen.escape_ascii().to_string(),
        file.content.escape_ascii().to_string()
    );
}

fn give(case: &mut Case<'_>, file: &mut File, bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let n = case.persist(|stream| stream.write().write(rest));
        if case.row.appends {
            file.position = file.content.len() as u64;
        }
        file.write(&rest[..n]);
        rest = &rest[n..];
    }
    position(case, file);
}
