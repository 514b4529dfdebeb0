//! The worked configurations with the real MoaT at the other end, in both roles. Skipped, with a word,
//! where it is not installed (see `tests/link/setup.sh`).

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use iolite::link::object::Payload;
use serde_json::{Value as Json, json};

use crate::config::{path, port, start};
use crate::config_run::{LINE, LOSSY, SERVER, ask_the_first, lossy_client, serve};
use crate::interop::moat::Moat;

/// A system on the real MoaT.
struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    port: u16,
}

impl Peer {
    fn start(moat: &Moat, yaml: &str) -> Peer {
        let config: Json = yaml_serde::from_str(yaml).unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(config.to_string().as_bytes()).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/link/peer/config.py");
        let mut child = Command::new(moat.python())
            .arg(script)
            .arg(file.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let port = line
            .trim()
            .strip_prefix("READY ")
            .unwrap_or_else(|| panic!("{line:?}"));
        let port = port.parse().unwrap_or_default();
        Peer {
            child,
            input,
            output,
            port,
        }
    }

    /// Calls a command of its system.
    fn call(&mut self, path: Json, arguments: Json) -> Json {
        writeln!(self.input, "{}", json!([path, arguments])).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn moats_server_of_the_first_example_and_our_client() {
    let Some(moat) = Moat::installed() else {
        return;
    };
    let server = Peer::start(&moat, SERVER);
    let port = server.port;
    let client = start(&format!("app: dir\nr: {{app: net.tcp.Link, port: {port}}}"));
    ask_the_first(&client.request().unwrap());
}

#[test]
fn our_server_of_the_first_example_and_moats_client() {
    let Some(moat) = Moat::installed() else {
        return;
    };
    let server = serve(SERVER);
    let port = port(&server, "n");
    let client = format!("{{app: dir, r: {{app: net.tcp.Link, host: 127.0.0.1, port: {port}}}}}");
    let mut client = Peer::start(&moat, &client);
    assert_eq!(
        client.call(json!(["r", "p"]), json!([1, 2])),
        json!(["ok", [1, 2], {}])
    );
    assert_eq!(
        client.call(json!(["r", "d", "q"]), json!([1])),
        json!(["ok", [1], {}])
    );
    assert_eq!(
        client.call(json!(["r", "zzz"]), json!([])),
        json!(["error", "KeyError"])
    );
    let answer = client.call(json!(["r", "c", "r"]), json!([]));
    assert_eq!(
        answer,
        json!(["ok", [{"app": "dir"}, ["n", "p", "c", "d"]], {}])
    );
}

#[test]
fn moats_server_of_the_second_example_and_our_client() {
    let Some(moat) = Moat::installed() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("x.sock");
    let socket = socket.display();
    let _server = Peer::start(
        &moat,
        &format!(
            "{{app: dir, n: {{app: net.unix.Port, port: {socket}}}, p: {{app: ping.Cmd}}, a: {{app: sub.Array, n: 3, cfg: {{app: ping.Cmd}}}}}}"
        ),
    );
    let client = start(&format!(
        "{{app: dir, r: {{app: sub.Err, retry: 3, timeout: 100, cfg: {{app: net.unix.Link, port: {socket}}}}}, f: {{app: remote.Fwd, path: r.p}}}}"
    ));
    let request = client.request().unwrap();
    assert_eq!(request.call::<u8>("f", &7).unwrap(), 7);
    assert_eq!(request.call::<u8>(path("r.a:1"), &5).unwrap(), 5);
    let error = request
        .call_payload(path("r.a:9"), Payload::of(&1).unwrap())
        .unwrap_err();
    assert!(error.to_string().contains("NoPathError"), "{error}");
}

#[test]
fn our_server_of_the_second_example_and_moats_client() {
    let Some(moat) = Moat::installed() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("x.sock");
    let socket = socket.display();
    let _server = start(&format!(
        "{{app: dir, n: {{app: net.unix.Port, port: {socket}}}, p: {{app: ping.Cmd}}, a: {{app: sub.Array, n: 3, cfg: {{app: ping.Cmd}}}}}}"
    ));
    let mut client = Peer::start(
        &moat,
        &format!(
            "{{app: dir, r: {{app: sub.Err, retry: 3, timeout: 100, cfg: {{app: net.unix.Link, port: {socket}}}}}, f: {{app: remote.Fwd, path: [r, p]}}}}"
        ),
    );
    assert_eq!(
        client.call(json!(["f"]), json!([7])),
        json!(["ok", [7], {}])
    );
    assert_eq!(
        client.call(json!(["r", "a", 1]), json!([5])),
        json!(["ok", [5], {}])
    );
    assert_eq!(
        client.call(json!(["r", "a", 9]), json!([5])),
        json!(["error", "NoPathError"])
    );
}

/// SerialPacker and re-sending on both sides.
#[test]
fn moats_server_of_the_third_example_and_our_client() {
    let _turn = crate::resend_layer::alone();
    let Some(moat) = Moat::installed() else {
        return;
    };
    let server = Peer::start(&moat, LOSSY);
    let client = start(&lossy_client(server.port.into(), LINE));
    let request = client.request().unwrap();
    for number in 0..20 {
        assert_eq!(request.call::<u32>("r.p", &number).unwrap(), number);
    }
}

#[test]
fn our_server_of_the_third_example_and_moats_client() {
    let _turn = crate::resend_layer::alone();
    let Some(moat) = Moat::installed() else {
        return;
    };
    let server = serve(LOSSY);
    let mut client = Peer::start(&moat, &lossy_client(port(&server, "n"), LINE));
    for number in 0..20 {
        let answer = client.call(json!(["r", "p"]), json!([number, "x"]));
        assert_eq!(answer, json!(["ok", [number, "x"], {}]));
    }
}
