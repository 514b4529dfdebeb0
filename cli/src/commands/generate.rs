//! `iolite generate`, hidden: the man page and the shells' completions, for packagers.

use std::io::Write;

use clap::{CommandFactory, Subcommand};
use clap_complete::Shell;

use crate::args::Cli;
use crate::output::Output;
use crate::status::{Failure, Status};

/// Print what packagers put beside the program.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The man page, in roff; of one subcommand if it is named.
    Man { subcommand: Option<String> },
    /// What completes the command line in a shell.
    Completions { shell: Shell },
}

pub(crate) fn run(args: &Args) -> Result<Status, Failure> {
    let mut out = Output::stdout()?;
    let mut page = Vec::new();
    let mut command = Cli::command();
    match &args.what {
        What::Completions { shell } => {
            clap_complete::generate(*shell, &mut command, "iolite", &mut page);
        }
        What::Man { subcommand } => {
            command.build();
            let command = match subcommand {
                None => command,
                Some(name) => {
                    let found = command.find_subcommand(name);
                    let missing = || Failure::Request(format!("there is no subcommand {name:?}"));
                    found.ok_or_else(missing)?.clone()
                }
            };
            let rendered = clap_mangen::Man::new(command).render(&mut page);
            rendered.map_err(Failure::output)?;
        }
    }
    out.write_all(&page).map_err(Failure::output)?;
    out.close()?;
    Ok(Status::Fine)
}
