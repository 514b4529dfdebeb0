//! A bar for long work: on standard error, only on a terminal, and not where text goes to one.

use std::io::{self, IsTerminal};
use std::sync::LazyLock;

use indicatif::{ProgressBar, ProgressStyle};

/// Work from this size on, in bytes, has a bar, if somebody can see it.
const WORTH_A_BAR: u64 = 64 << 20;

/// Whether the text of the output goes to a terminal, which leaves no place there for a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// To standard output, wherever that is.
    ToStdout,
    /// To files.
    ToFiles,
}

/// A bar for so many bytes, or a hidden one. `None`: nobody knows how many.
pub(crate) fn bar(total: Option<u64>, text: Text) -> ProgressBar {
    static STYLE: LazyLock<ProgressStyle> = LazyLock::new(|| {
        let parts = "{bar:40} {bytes} of {total_bytes} ({binary_bytes_per_sec}, {eta} left)";
        ProgressStyle::with_template(parts).unwrap_or_else(|_| ProgressStyle::default_bar())
    });
    let hidden_by_text = text == Text::ToStdout && io::stdout().is_terminal();
    match total {
        Some(total) if total >= WORTH_A_BAR && io::stderr().is_terminal() && !hidden_by_text => {
            ProgressBar::new(total).with_style(STYLE.clone())
        }
        _ => ProgressBar::hidden(),
    }
}
