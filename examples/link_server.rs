//! Serves a small tree of commands to whoever connects, as a configuration file says.
//!
//! ```text
//! cargo run --features link --example link_server -- examples/link/server.yaml
//! ```
//!
//! Beside the applications of the library (`dir`, `net.tcp.Port`, `ping.Cmd` …) a file may name two of
//! this program:
//!
//! * `counter` (`delay`: seconds between two numbers): a stream of `n` numbers, of all without an `n`;
//! * `follow` (`file`, `encoding`, `interval`: seconds between two looks): a stream of the lines of a
//!   text file, from its start (`from="end"`: of those to come), and on and on while it grows. That the
//!   file was replaced or cut is a warning, and the new one's lines follow.
//!
//! When it can be connected to it prints `READY` and the configuration, with the ports it has chosen. It
//! ends when its standard input does. `link_call` is a client, and so is any program with MoaT.

#[path = "support/link_config.rs"]
mod link_config;
#[allow(dead_code, reason = "no file names are shown")]
#[path = "support/messages.rs"]
mod messages;

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use iolite::link::config::{Build, ConfigSection, Keys, Problem, Registry, Shape};
use iolite::link::dispatch::{Doc, Stage, StdBase};
use iolite::link::object::{Object, RemoteError};
use iolite::link::request::Channel;
use iolite::link::session::CallError;
use iolite::raw::{FileChange, Follow, FollowOptions};
use iolite::text::{Encoding, TextOptions, TextPosition};
use iolite::{BufferedReader, TextIo, TextIoWrapper};
use serde::Deserialize;

use crate::messages::{print, report};

const USAGE: &str = "usage: link_server CONFIGURATION";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let file = match &arguments[..] {
        [word] if word == "--help" => return print("link_server", USAGE),
        [file] => Path::new(file),
        _ => {
            report(USAGE);
            return ExitCode::from(2);
        }
    };
    match run(file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&format!("link_server: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(file: &Path) -> Result<(), Box<dyn Error>> {
    let registry = Registry::standard()
        .app_with("counter", counter_keys(), counter)
        .app_with("follow", follow_keys(), follow);
    let system = link_config::read(file)?.start(&registry)?;
    match system.wait_ready(Duration::from_secs(10)) {
        Stage::Ready => {}
        stage => return Err(format!("it does not start: {stage:?}").into()),
    }
    let configuration = Object::encode(&system.configuration())?;
    writeln!(io::stdout(), "READY {}", configuration.diagnostic())?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    system.stop();
    Ok(())
}

fn counter_keys() -> Keys {
    Keys::new().with_default("delay", Shape::Amount, 0.0, "seconds between two numbers")
}

#[derive(Deserialize)]
struct Count {
    n: Option<u64>,
}

fn counter(section: &ConfigSection, _: &Build) -> Result<StdBase, Problem> {
    let delay = section.seconds("delay").unwrap_or_default();
    let count = move |channel: &mut Channel, Count { n }| {
        channel.accept("start")?;
        for number in 0..n.unwrap_or(u64::MAX) {
            channel.send(&number)?;
            if channel.wait_end(delay) {
                break;
            }
        }
        Ok::<_, CallError>("done")
    };
    let doc = Doc::new("counts")
        .keyword("n", "int:how far")
        .items_out("int");
    Ok(StdBase::new("counter").stream("", count).doc("", doc))
}

fn follow_keys() -> Keys {
    Keys::new()
        .required("file", Shape::Text, "the file")
        .with_default(
            "encoding",
            Shape::Text,
            "utf-8",
            "what its text is encoded in",
        )
        .with_default("interval", Shape::Amount, 0.25, "seconds between two looks")
}

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    from: Start,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Start {
    #[default]
    Start,
    End,
}

fn follow(section: &ConfigSection, _: &Build) -> Result<StdBase, Problem> {
    let path = PathBuf::from(section.text("file").unwrap_or_default());
    let encoding = section.text("encoding").unwrap_or_default();
    let encoding: Encoding = encoding
        .parse()
        .map_err(|_| section.problem(Some("encoding"), "there is no such encoding"))?;
    let interval = section.seconds("interval").unwrap_or_default();
    let lines = move |channel: &mut Channel, From { from }| {
        let mut lines = open(&path, encoding, from).map_err(|error| failed(&error))?;
        channel.accept(&path.display().to_string())?;
        while send_lines(channel, &mut lines)? {
            if channel.wait_end(interval) {
                break;
            }
        }
        Ok::<_, CallError>(())
    };
    let doc = Doc::new("the lines of a file, as it grows")
        .keyword("from", "text:\"start\" or \"end\"")
        .items_out("text:a line");
    Ok(StdBase::new("follow").stream("", lines).doc("", doc))
}

type Lines = TextIoWrapper<BufferedReader<Follow>>;

fn open(path: &Path, encoding: Encoding, from: Start) -> iolite::Result<Lines> {
    let device = FollowOptions::new().non_blocking().open(path)?;
    let options = TextOptions::new().encoding(encoding);
    let mut lines = TextIoWrapper::with_options(BufferedReader::new(device), options);
    if let Start::End = from {
        lines.seek_end()?;
    }
    Ok(lines)
}

/// Sends all whole lines that there are, and whether the file is still there to be followed.
fn send_lines(channel: &mut Channel, lines: &mut Lines) -> Result<bool, CallError> {
    loop {
        match lines.next_line() {
            Ok(Some(line)) => channel.feed(&*line)?,
            Ok(None) => match lines.get_mut().get_mut().take_change() {
                Some(change) => {
                    channel.warn(news(&change))?;
                    lines
                        .seek(TextPosition::START)
                        .map_err(|error| failed(&error))?;
                }
                None => return Ok(false),
            },
            Err(error) if error.is_would_block() => {
                channel.flush();
                return Ok(true);
            }
            Err(error) => return Err(failed(&error)),
        }
    }
}

fn news(change: &FileChange) -> &'static str {
    match change {
        FileChange::Replaced { .. } => "the file was replaced",
        FileChange::Truncated { .. } => "the file was cut",
        FileChange::Rewritten => "the file was written anew",
        FileChange::Appeared => "there is a file",
        _ => "the file cannot be opened",
    }
}

fn failed(error: &iolite::Error) -> CallError {
    CallError::Remote(RemoteError::new("OSError").with_argument(error.to_string()))
}
