//! How the example tools begin.

use std::process::ExitCode;

use crate::messages::{print, report};

/// What the command line asks for; or how the program ends without doing it: after its usage, which was
/// asked for (`None`) or is needed.
pub(crate) fn parsed<T>(
    tool: &str,
    usage: &str,
    options: Result<Option<T>, lexopt::Error>,
) -> Result<T, ExitCode> {
    match options {
        Ok(Some(options)) => Ok(options),
        Ok(None) => Err(print(tool, usage)),
        Err(error) => {
            report(&format!("{tool}: {error}\n{usage}"));
            Err(ExitCode::FAILURE)
        }
    }
}
