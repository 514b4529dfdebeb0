//! `iolite`: audit, convert, count, search, follow and show text files in any encoding.
//!
//! This file parses the command line, calls the subcommand and ends with its exit status. What each
//! subcommand promises stands at the head of its file in `commands/`.

mod args;
mod commands;
mod encoded_text;
mod in_place;
mod input;
mod json;
mod messages;
mod needle;
mod output;
mod progress;
mod same_file;
mod signals;
mod status;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => {
            cli.color.apply();
            status::exit(commands::run(&cli.command))
        }
        Err(usage) => status::exit(args::explain(&usage)),
    }
}
