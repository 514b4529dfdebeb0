//! How the program ends: the exit statuses, and what ends it early.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::ExitCode;

use iolite::Error;

use crate::messages::{self, quoted, reason};
use crate::signals;

/// How a subcommand ended; the exit statuses are those of `grep`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// 0: all is fine, or something was found.
    Fine,
    /// 1: nothing was found, or something differs from what is wanted.
    Differs,
    /// 2: something could not be done; the message is printed already.
    Trouble,
}

impl Status {
    /// The worse of two.
    pub(crate) fn and(self, other: Status) -> Status {
        self.max(other)
    }
}

/// What ends a subcommand at once, with all that is left to do. Trouble with one file of many is no
/// failure: it is reported, and the others go on.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The output cannot be written. `None` is standard output.
    Output {
        path: Option<OsString>,
        error: Error,
    },
    /// What was asked for cannot be done, whatever the files are.
    Request(String),
    /// A signal has come; see [`signals`].
    Stopped,
}

impl Failure {
    /// Standard output cannot be written.
    pub(crate) fn output(error: impl Into<Error>) -> Failure {
        let error = error.into();
        Failure::Output { path: None, error }
    }
}

/// Ends the program, with a message where one is needed.
pub(crate) fn exit(outcome: Result<Status, Failure>) -> ExitCode {
    match outcome {
        Ok(status) => ExitCode::from(status as u8),
        Err(Failure::Output { error, .. }) if error.kind() == ErrorKind::BrokenPipe => {
            // Whoever was reading has seen enough.
            ExitCode::SUCCESS
        }
        Err(Failure::Output { path, error }) => {
            let name = path.map_or("standard output".into(), |path| quoted(&path));
            messages::report(&format!("{name}: {}", reason(&error)));
            ExitCode::from(Status::Trouble as u8)
        }
        Err(Failure::Stopped) => {
            signals::die();
            // Where that could not be done.
            ExitCode::from(Status::Trouble as u8)
        }
        Err(Failure::Request(why)) => {
            messages::report(&why);
            ExitCode::from(Status::Trouble as u8)
        }
    }
}
