//! One file for each subcommand: its options, what it promises, and its work.

pub(crate) mod audit;
pub(crate) mod cat;
pub(crate) mod count;
pub(crate) mod eol;
pub(crate) mod generate;
pub(crate) mod grep;
pub(crate) mod hex;
pub(crate) mod recode;
pub(crate) mod tac;
pub(crate) mod tail;

use crate::args::Command;
use crate::status::{Failure, Status};

pub(crate) fn run(command: &Command) -> Result<Status, Failure> {
    match command {
        Command::Audit(args) => audit::run(args),
        Command::Recode(args) => recode::run(args),
        Command::Eol(args) => eol::run(args),
        Command::Count(args) => count::run(args),
        Command::Tail(args) => tail::run(args),
        Command::Tac(args) => tac::run(args),
        Command::Cat(args) => cat::run(args),
        Command::Grep(args) => grep::run(args),
        Command::Hex(args) => hex::run(args),
        Command::Generate(args) => generate::run(args),
    }
}
