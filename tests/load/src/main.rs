//! Load: 10,000 connections on one thread, 1,000 threads, and hours of the example programs
//! `redis_proxy` and `link_server` while connections are cut at random.
//!
//! `tests/load/run` builds and starts it. Each part has a server, which is a process of its own, and
//! clients here that know what each reply has to be. Memory, descriptors and threads of the server are
//! sampled all the while, and what counts in the end are numbers:
//!
//! * memory is flat: by its trend and by its peaks (`verdict.rs`);
//! * when the clients are gone the server has as many descriptors and threads as before;
//! * no reply on a connection that nobody cut was lost, came twice, or was another one's.
//!
//! `src/_design/load.md` has the figures.

mod connections;
mod link;
mod plan;
mod plot;
mod random;
mod redis;
mod threads;
mod verdict;
mod watch;

use std::process::ExitCode;

use crate::plan::{Plan, Report};

const USAGE: &str = "usage: tests/load/run [--minutes N | --short] [--record] [--seed N] [--fault NAME] \
                     [connections|threads|redis|link]...";

/// What a part says when it has run; `None` if it could not be tried here.
type Part = fn(&Plan) -> Option<Report>;

const PARTS: [(&str, Part); 4] = [
    ("connections", connections::run),
    ("threads", threads::run),
    ("redis", redis::run),
    ("link", link::run),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // The servers of the first two parts are this program, too.
    match words.first().map(String::as_str) {
        Some("serve-connections") => return connections::serve(&words[1..]),
        Some("work-threads") => return threads::work(&words[1..]),
        _ => {}
    }
    let Some((plan, names)) = Plan::parse(&words) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let mut all_well = true;
    for (name, part) in PARTS {
        if names.is_empty() || names.iter().any(|it| it == name) {
            println!("== {name}");
            if let Some(report) = part(&plan) {
                all_well &= report.tell(name, &plan);
            }
        }
    }
    if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
