//! Calls a command of another program from the shell.
//!
//! ```text
//! cargo run --features link --example link_call -- examples/link/client.yaml server.echo 1 '"two"' x=3
//! cargo run --features link --example link_call -- --stream examples/link/client.yaml server.count 5
//! ```
//!
//! The configuration file says how to get there; the path is a path in it (`a.b`, `array:3`). Arguments
//! are JSON, and `NAME=JSON` are keywords; what is no JSON is text. The result is printed in CBOR's
//! diagnostic notation, values and then keywords, as they are on the wire.
//!
//! With `--stream` the items come first, a line each, and then the result behind `=`; with `--count N`
//! the call is cancelled after so many items. Warnings go to standard error. The exit status is 1 after an
//! error, and 2 if the arguments are wrong.

#[path = "support/link_config.rs"]
mod link_config;
#[allow(dead_code, reason = "no file names are shown")]
#[path = "support/messages.rs"]
mod messages;

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use iolite::link::config::Registry;
use iolite::link::dispatch::Stage;
use iolite::link::object::{Path, Payload};
use iolite::link::request::{Channel, Received, Request};
use iolite::link::session::CallMode;
use lexopt::{Arg, Parser, ValueExt};

use crate::messages::{print, report};

const USAGE: &str =
    "usage: link_call [--stream [--count N]] CONFIGURATION PATH [JSON...] [NAME=JSON...]";

/// What the shell asks for.
#[derive(Default)]
struct Options {
    stream: bool,
    count: Option<u64>,
    configuration: PathBuf,
    path: Path,
    arguments: Payload,
}

fn main() -> ExitCode {
    let options = match options(Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => return print("link_call", USAGE),
        Err(error) => {
            report(&format!("link_call: {error}\n{USAGE}"));
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&format!("link_call: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn options(mut parser: Parser) -> Result<Option<Options>, Box<dyn Error>> {
    let mut options = Options::default();
    let mut words = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("stream") if words.is_empty() => options.stream = true,
            Arg::Long("count") if words.is_empty() => {
                options.count = Some(parser.value()?.parse()?);
            }
            Arg::Long("help") if words.is_empty() => return Ok(None),
            Arg::Value(word) => {
                words.push(word.string()?);
                // Negative numbers are no options.
                let rest = parser.raw_args()?.map(|word| word.string());
                words.extend(rest.collect::<Result<Vec<_>, _>>()?);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let [configuration, path, arguments @ ..] = &words[..] else {
        return Err("a configuration and a path are needed".into());
    };
    options.configuration = configuration.into();
    options.path = path.parse()?;
    options.arguments = payload(arguments)?;
    Ok(Some(options))
}

/// Values, and keywords behind their names.
fn payload(words: &[String]) -> Result<Payload, Box<dyn Error>> {
    let mut payload = Payload::builder();
    for word in words {
        payload = match word.split_once('=').filter(|(name, _)| is_name(name)) {
            Some((name, value)) => payload.keyword(name, &json(value))?,
            None => payload.push(&json(word))?,
        };
    }
    Ok(payload.finish())
}

fn is_name(word: &str) -> bool {
    let mut chars = word.chars();
    let begins = chars
        .next()
        .is_some_and(|ch| ch.is_alphabetic() || ch == '_');
    begins && chars.all(|ch| ch.is_alphanumeric() || ch == '_')
}

fn json(word: &str) -> serde_json::Value {
    serde_json::from_str(word).unwrap_or_else(|_| word.into())
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let system = link_config::read(&options.configuration)?.start(&Registry::standard())?;
    match system.wait_ready(Duration::from_secs(10)) {
        Stage::Ready => {}
        stage => return Err(format!("there is no connection: {stage:?}").into()),
    }
    let request = system.request()?;
    if options.stream {
        return follow(&request, options);
    }
    let answer = request.call_payload(options.path.clone(), options.arguments.clone())?;
    Ok(writeln!(io::stdout(), "{answer}")?)
}

fn follow(request: &Request, options: &Options) -> Result<(), Box<dyn Error>> {
    let (path, arguments) = (options.path.clone(), options.arguments.clone());
    let mut stream = request.stream_payload(path, arguments, CallMode::In)?;
    stream.initial_payload()?;
    let mut left = options.count.unwrap_or(u64::MAX);
    while left > 0 {
        match stream.next()? {
            Some(Received::Item(item)) => {
                writeln!(io::stdout(), "{item}")?;
                left -= 1;
            }
            Some(Received::Warning(warning)) => report(&format!("warning: {warning}")),
            None => return print_result(stream),
        }
    }
    // Without a result: the command may have much more to send before it has one.
    stream.cancel();
    Ok(())
}

fn print_result(stream: Channel) -> Result<(), Box<dyn Error>> {
    let result = stream.finish_payload(Payload::new())?;
    Ok(writeln!(io::stdout(), "= {result}")?)
}
