//! With the real MoaT at the other end, in both roles, and with our own program in its place.
//!
//! MoaT is a Python program, installed by `tests/link/setup.sh`; where it is not, what needs it is
//! skipped and says so. `peer/peer.py` runs it.

mod cases;
pub(crate) mod moat;
mod served;
mod sha256;

use std::sync::Arc;
use std::time::Duration;

use iolite::link::driver::{Connection, ConnectionOptions, Server, ServerOptions, Workers};
use iolite::link::frame::CborSequence;
use iolite::link::layer::{Framed, Layer, Listener, ObjectLink, tcp, unix};

use self::cases::{CASES, Case};
use self::moat::Moat;

/// Where a server listens: a path, or HOST:PORT.
#[derive(Clone)]
pub(crate) struct Address(String);

impl Address {
    fn listen(&self) -> Listener {
        let listener = if self.is_tcp() {
            Listener::tcp(&*self.0)
        } else {
            Listener::unix(&self.0)
        };
        listener.unwrap()
    }

    fn connect(&self) -> ObjectLink {
        let link = if self.is_tcp() {
            tcp(&*self.0, Duration::from_secs(100))
        } else {
            unix(&self.0)
        };
        Framed::new("cbor_buf", CborSequence::default)
            .set_up(link.unwrap())
            .unwrap()
    }

    fn is_tcp(&self) -> bool {
        self.0.contains(':')
    }
}

/// A server of ours, and where it listens.
fn serve(address: &Address, workers: &Workers) -> (Server, Address) {
    let listener = address.listen();
    let bound = listener.local_addr().map(|it| Address(it.to_string()));
    let options = ConnectionOptions::new()
        .serve(served::served())
        .workers(workers);
    let server = ServerOptions::new(options).start(listener).unwrap();
    (server, bound.unwrap_or_else(|| address.clone()))
}

/// Both kinds of sockets.
fn addresses(folder: &tempfile::TempDir) -> [Address; 2] {
    let path = folder.path().join("socket");
    [
        Address("127.0.0.1:0".into()),
        Address(path.display().to_string()),
    ]
}

/// Runs cases against a server, each with a connection of its own.
fn run<'a>(cases: impl Iterator<Item = &'a Case>, address: &Address) {
    for case in cases {
        let mut options = ConnectionOptions::new().deadline(Duration::from_secs(100));
        if case.name != "no_handler" {
            options = options.serve_shared(Arc::new(served::twice()));
        }
        let connection = options.open(address.connect()).unwrap();
        if let Err(error) = (case.run)(connection.request()) {
            panic!("{}: {error:?}", case.name);
        }
        connection.close().unwrap();
        println!("ok {}", case.name);
    }
}

#[test]
fn our_client_and_our_server_agree_on_all_cases() {
    let folder = tempfile::tempdir().unwrap();
    let workers = Workers::new(8).unwrap();
    for address in addresses(&folder) {
        let (server, address) = serve(&address, &workers);
        run(CASES.iter(), &address);
        server.shutdown();
    }
}

#[test]
fn moat_as_client_passes_all_its_cases_on_our_server() {
    let Some(moat) = Moat::installed() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let workers = Workers::new(8).unwrap();
    for address in addresses(&folder) {
        let (server, address) = serve(&address, &workers);
        let output = moat.run("call", &[&address.0]);
        assert!(output.contains("\n31 passed, 0 failed"), "{output}");
        server.shutdown();
    }
}

#[test]
fn our_client_passes_the_same_cases_on_moat_as_server() {
    let Some(moat) = Moat::installed() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for address in addresses(&folder) {
        let server = moat.serve(&address.0);
        let cases = CASES.iter().filter(|case| !case.moat_fails);
        run(cases, &Address(server.address.clone()));
    }
}

#[test]
fn a_connection_is_closed_without_a_call() {
    let folder = tempfile::tempdir().unwrap();
    let workers = Workers::new(1).unwrap();
    for address in addresses(&folder) {
        let (server, address) = serve(&address, &workers);
        Connection::open(address.connect())
            .unwrap()
            .close()
            .unwrap();
        drop(Connection::open(address.connect()).unwrap());
        server.shutdown();
    }
}
