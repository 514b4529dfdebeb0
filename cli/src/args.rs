//! The command line: the list of subcommands, and the groups of options that several of them have.
//!
//! The options of one subcommand stand in its own file.

use std::io;

use clap::{Args, Parser, Subcommand, ValueEnum};
use iolite::Encoding;

use crate::commands::{audit, cat, count, eol, generate, grep, hex, recode, tac, tail};
use crate::status::{Failure, Status};

/// Audit, convert, count, search, follow and show text files in any encoding, and lose none of them.
///
/// The exit status is 0 if all is fine, 1 if something was not found or differs, and 2 in trouble.
#[derive(Parser)]
#[command(
    name = "iolite",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    /// Whether output and messages are coloured.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Audit(audit::Args),
    Recode(recode::Args),
    Eol(eol::Args),
    Count(count::Args),
    Tail(tail::Args),
    Tac(tac::Args),
    Cat(cat::Args),
    Grep(grep::Args),
    Hex(hex::Args),
    #[command(hide = true)]
    Generate(generate::Args),
}

/// When to write colours.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    Always,
    Never,
}

impl Color {
    /// Makes it the choice for the whole program.
    pub(crate) fn apply(self) {
        let choice = match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Which encoding the input is in.
#[derive(Args)]
pub(crate) struct InputEncoding {
    /// The encoding of the input, by its Python, IANA or WHATWG name, if no mark of UTF-16 or UTF-32 tells
    /// it [default: utf-8].
    #[arg(short = 'f', long = "from", value_name = "ENCODING")]
    pub(crate) from: Option<Encoding>,
}

/// Which files of folders are meant.
#[derive(Args)]
pub(crate) struct Tree {
    /// Go into folders, and take the files in them.
    #[arg(short, long)]
    pub(crate) recursive: bool,

    /// In folders, take hidden files, too.
    #[arg(long)]
    pub(crate) hidden: bool,

    /// In folders, take also what .gitignore and .ignore leave out.
    #[arg(long)]
    pub(crate) no_ignore: bool,

    /// In folders, take only files whose path matches; with `!` before it, those that do not.
    #[arg(short = 'g', long = "glob", value_name = "GLOB")]
    pub(crate) globs: Vec<String>,
}

/// Output for programs.
#[derive(Args)]
pub(crate) struct Json {
    /// Print JSON, one object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Says what is wrong with a command line, or what was asked for: help, version.
pub(crate) fn explain(usage: &clap::Error) -> Result<Status, Failure> {
    let printed = usage.print();
    if usage.use_stderr() {
        // A message that cannot be printed has nobody to read it.
        return Ok(Status::Trouble);
    }
    printed
        .and_then(|()| io::Write::flush(&mut io::stdout()))
        .map_err(Failure::output)?;
    Ok(Status::Fine)
}
