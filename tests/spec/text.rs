//! "Text streams": TXT clauses.

mod adapters;
mod behaviour;
mod both_ways;
mod characters;
mod costs;
mod ends;
mod following;
mod lines;
mod reading;
mod reconfigure;
mod utf8_reader;
mod way_out;
mod writing;
mod zero_copy;

use iolite::{ErrorPolicy, Newline, TextOptions};

use crate::text_codecs;

fn options(encoding: &str, newline: Newline, errors: ErrorPolicy) -> TextOptions {
    TextOptions::new()
        .encoding(text_codecs::encoding(encoding))
        .newline(newline)
        .errors(errors)
}
