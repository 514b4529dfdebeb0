//! "Text streams": TXT clauses.

mod adapters;
mod behaviour;
mod both_ways;
mod lines;
mod reading;
mod reconfigure;
mod writing;
mod zero_copy;

use iolite::{Encoding, Newline, OnError, TextOptions};

fn options(encoding: &str, newline: Newline, errors: OnError) -> TextOptions {
    let encoding: Encoding = encoding.parse().expect("a known encoding");
    TextOptions::new()
        .encoding(encoding)
        .newline(newline)
        .errors(errors)
}
