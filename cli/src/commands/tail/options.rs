//! What `tail` is asked for.

use std::ffi::OsString;
use std::time::Duration;

use iolite::raw::FollowBy;
use iolite::{Encoding, ErrorPolicy, Newline, TextOptions};

use crate::status::Failure;

/// Print the last lines of files in any encoding, and follow them as they grow.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print so many lines; with `+` before it, all from that line on.
    #[arg(short = 'n', long, value_name = "[+]NUM", value_parser = count, allow_hyphen_values = true,
        overrides_with = "bytes")]
    lines: Option<Count>,

    /// Print so many bytes; with `+` before it, all from that byte on.
    #[arg(short = 'c', long, value_name = "[+]NUM", value_parser = count, allow_hyphen_values = true,
        overrides_with = "lines")]
    bytes: Option<Count>,

    /// Print what is appended, too: to the open file, or to what has its name.
    #[arg(short = 'f', long, value_enum, value_name = "HOW", num_args = 0..=1, require_equals = true,
        default_missing_value = "descriptor", overrides_with = "follow")]
    follow: Option<How>,

    /// The same as --follow=name --retry.
    #[arg(short = 'F')]
    follow_name: bool,

    /// Wait for a file that is missing.
    #[arg(long)]
    retry: bool,

    /// Look at files again after so many seconds, if nothing tells of changes.
    #[arg(short = 's', long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    sleep_interval: Duration,

    /// Print no headers.
    #[arg(short, long, visible_alias = "silent", overrides_with = "verbose")]
    quiet: bool,

    /// Print headers.
    #[arg(short, long, overrides_with = "quiet")]
    verbose: bool,

    /// The encoding of the files, by its Python, IANA or WHATWG name, if no mark of UTF-16 or UTF-32 tells
    /// it [default: utf-8].
    #[arg(long = "from", visible_alias = "encoding", value_name = "ENCODING")]
    from: Option<Encoding>,

    /// What ends a line.
    #[arg(long, value_name = "NEWLINE", default_value = "lf")]
    newline: Newline,

    /// What is done about malformed bytes; without it they come out as they are, where the encoding
    /// allows that.
    #[arg(long, value_name = "POLICY")]
    errors: Option<ErrorPolicy>,

    /// The files; without any, or for `-`, it reads standard input.
    #[arg(value_name = "FILE")]
    files: Vec<OsString>,
}

/// What is followed.
#[derive(Clone, Copy, clap::ValueEnum)]
enum How {
    Descriptor,
    Name,
}

/// How many are printed at the end, or left out at the start.
#[derive(Clone, Copy)]
enum Count {
    Last(u64),
    After(u64),
}

/// Where printing begins.
#[derive(Clone, Copy)]
pub(super) enum Start {
    LastLines(u64),
    LastBytes(u64),
    /// So many lines are left out.
    AfterLines(u64),
    AfterBytes(u64),
}

pub(super) struct Options {
    pub(super) start: Start,
    pub(super) follow: Option<FollowBy>,
    /// Whether a file that is missing is waited for.
    pub(super) retry: bool,
    pub(super) interval: Duration,
    pub(super) has_headers: bool,
    pub(super) text: TextOptions,
    /// Whether a file's mark says its encoding.
    pub(super) takes_mark: bool,
    /// `-` is standard input.
    pub(super) files: Vec<OsString>,
}

impl Options {
    pub(super) fn of(args: &Args) -> Result<Options, Failure> {
        let start = match (args.lines, args.bytes) {
            (_, Some(Count::Last(n))) => Start::LastBytes(n),
            (_, Some(Count::After(n))) => Start::AfterBytes(n),
            (Some(Count::Last(n)), None) => Start::LastLines(n),
            (Some(Count::After(n)), None) => Start::AfterLines(n),
            (None, None) => Start::LastLines(10),
        };
        let follow = match (args.follow_name, args.follow) {
            (true, _) | (_, Some(How::Name)) => Some(FollowBy::Name),
            (_, Some(How::Descriptor)) => Some(FollowBy::Descriptor),
            _ => None,
        };
        let mut files = args.files.clone();
        if files.is_empty() {
            files.push("-".into());
        }
        let from = args.from.unwrap_or(Encoding::UTF_8);
        // Where bytes depend on those before them they cannot be kept as they are.
        let errors = args.errors.unwrap_or(if from.is_splittable() {
            ErrorPolicy::Escape
        } else {
            ErrorPolicy::Replace
        });
        let text = TextOptions::new()
            .encoding(from)
            .newline(args.newline)
            .errors(errors);
        // A policy that cannot be kept in the encoding is no fault of the files.
        let tried = from.decode_with(b"", errors, args.newline);
        tried.map_err(|error| Failure::Request(format!("tail: {error}")))?;
        Ok(Options {
            start,
            follow,
            retry: args.retry || args.follow_name,
            interval: args.sleep_interval,
            has_headers: args.verbose || (files.len() > 1 && !args.quiet),
            text,
            takes_mark: args.from.is_none(),
            files,
        })
    }
}

impl Options {
    /// Whether nothing is asked for, as GNU's sees it.
    pub(super) fn prints_nothing(&self) -> bool {
        self.follow.is_none() && matches!(self.start, Start::LastLines(0) | Start::LastBytes(0))
    }
}

/// `+N` is from the Nth on, any other number the last ones.
fn count(text: &str) -> Result<Count, String> {
    Ok(match text.strip_prefix('+') {
        Some(digits) => Count::After(number(digits)?.saturating_sub(1)),
        None => Count::Last(number(text.strip_prefix('-').unwrap_or(text))?),
    })
}

/// A number, with the letters that GNU's takes for thousands and the like.
fn number(text: &str) -> Result<u64, String> {
    const POWERS: &str = "KMGTPE";
    let digits = text.trim_end_matches(|ch: char| ch.is_ascii_alphabetic());
    let invalid = || format!("invalid number: {text:?}");
    let number: u64 = digits.parse().map_err(|_| invalid())?;
    let unit = match &text[digits.len()..] {
        "" => Some(1),
        "b" => Some(512),
        unit => {
            let unit = unit.replace('k', "K");
            let (letter, base) = match unit.strip_suffix("iB").or_else(|| unit.strip_suffix('B')) {
                Some(letter) if unit.ends_with("iB") => (letter, 1024_u64),
                Some(letter) => (letter, 1000),
                None => (&*unit, 1024),
            };
            let power = POWERS.find(letter).filter(|_| letter.len() == 1);
            power.map(|power| base.saturating_pow(power as u32 + 1))
        }
    };
    // More than there can be is all there is.
    Ok(number.saturating_mul(unit.ok_or_else(invalid)?))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| format!("invalid number of seconds: {text:?}"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("0", Some(0)),
            ("12", Some(12)),
            ("2b", Some(1024)),
            ("1k", Some(1024)),
            ("1K", Some(1024)),
            ("1kB", Some(1000)),
            ("1KiB", Some(1024)),
            ("3M", Some(3 << 20)),
            ("1GB", Some(1_000_000_000)),
            ("99999999E", Some(u64::MAX)),
            ("", None),
            ("K", None),
            ("1KM", None),
            ("1x", None),
            ("-1", None),
            ("é", None),
        ] {
            assert_eq!(number(text).ok(), expected, "{text:?}");
        }
    }
}
