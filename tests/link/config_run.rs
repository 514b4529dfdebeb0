//! The three worked configurations of MoaT's, and each kind of connection, from end to end.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use iolite::link::config::{Config, Registry, System, SystemOptions};
use iolite::link::dispatch::Stage;
use iolite::link::object::{Payload, RemoteError, Value};
use iolite::link::request::Request;
use iolite::link::session::CallError;
use rstest::rstest;

use crate::config::{LONG, path, port, start, yaml};

/// The first configuration: TCP, an echo, its own configuration, a directory below.
pub(crate) const SERVER: &str = "
app: dir
n: {app: net.tcp.Port, host: 127.0.0.1, port: 0}
p: {app: ping.Cmd}
c: {app: cfg.Cmd}
d:
  app: dir
  q: {app: ping.Cmd}
";

/// The third one: frames, check sums and re-sending on a lossy byte line, over TCP for the test.
pub(crate) const LOSSY: &str = "
app: dir
n: {app: net.tcp.Port, host: 127.0.0.1, port: 0, link: {frame: {max_packet: 300}, lossy: {window: 8, timeout: 500}}}
p: {app: ping.Cmd}
";

pub(crate) fn serve(text: &str) -> System {
    let registry = Registry::standard().grant_administration();
    let system = yaml(text).start(&registry).unwrap();
    assert_eq!(system.wait_ready(LONG), Stage::Ready);
    system
}

fn remote(outcome: Result<Payload, CallError>) -> RemoteError {
    match outcome {
        Err(CallError::Remote(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// What the first example asks of its server.
pub(crate) fn ask_the_first(request: &Request) {
    let arguments = Payload::builder()
        .push(&1)
        .unwrap()
        .keyword("x", &2)
        .unwrap()
        .finish();
    let echoed = request.call_payload("r.p", arguments.clone()).unwrap();
    assert_eq!(echoed.items(), arguments.items());
    assert_eq!(request.call::<u8>("r.d.q", &1).unwrap(), 1);
    let error = remote(request.call_payload("r.zzz", Payload::of(&()).unwrap()));
    assert_eq!(&*error.name, "KeyError");
}

#[test]
fn lnk_32_the_first_example_runs() {
    let server = serve(SERVER);
    let port = port(&server, "n");
    let client = start(&format!(
        "app: dir\nr: {{app: net.tcp.Link, host: 127.0.0.1, port: {port}}}"
    ));
    let request = client.request().unwrap();
    ask_the_first(&request);
    let (plain, rest): (Value, Vec<String>) = request.call("r.c.r", &()).unwrap();
    assert_eq!(plain.get("app").and_then(Value::as_str), Some("dir"));
    assert_eq!(rest, ["n", "p", "c", "d"]);
    // And streams go all the way, too.
    let mut echo = request.stream("r.p", &"hello").unwrap();
    assert_eq!(echo.initial::<String>().unwrap(), "hello");
    for number in 0..100 {
        echo.send(&number).unwrap();
        assert_eq!(echo.recv::<i32>().unwrap(), Some(number));
    }
    assert_eq!(echo.result::<String>().unwrap(), "hello");
}

/// The second one: a client over a Unix socket that reconnects, and a short name for a far command.
#[test]
fn lnk_32_the_second_example_runs_and_reconnects() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("x.sock");
    let socket = socket.display();
    let server = format!(
        "
app: dir
n: {{app: net.unix.Port, port: {socket}}}
p: {{app: ping.Cmd}}
a: {{app: sub.Array, n: 3, cfg: {{app: ping.Cmd}}}}
"
    );
    let client = format!(
        "
app: dir
r:
  app: sub.Err
  retry: 3
  timeout: 100
  cfg: {{app: net.unix.Link, port: {socket}, retry: {{delay: 0.05, timeout: 2}}}}
f: {{app: remote.Fwd, path: !P r.p}}
"
    );
    let first = serve(&server);
    let client = start(&client);
    let request = client.request().unwrap();
    assert_eq!(request.call::<u8>("f", &7).unwrap(), 7);
    assert_eq!(request.call::<u8>(path("r.a:1"), &5).unwrap(), 5);
    let error = remote(request.call_payload(path("r.a:9"), Payload::of(&1).unwrap()));
    assert_eq!(&*error.name, "NoPathError");

    let mut running = first;
    for _ in 0..3 {
        drop(running);
        // While the server is away calls fail, and say why.
        let failed = remote(request.call_payload("f", Payload::of(&7).unwrap()));
        assert!(
            ["NotReadyError", "ConnectionError"].contains(&&*failed.name),
            "{failed:?}"
        );
        running = serve(&server);
        until(|| request.call::<u8>("f", &7).is_ok());
    }
}

pub(crate) fn lossy_client(port: i128, line: &str) -> String {
    format!("app: dir\nr: {{app: net.tcp.Link, host: 127.0.0.1, port: {port}, {line}}}")
}

/// How the third example describes its line.
pub(crate) const LINE: &str = "link: {frame: {max_packet: 300}, lossy: {window: 8, timeout: 500}}";

fn ask_the_third(request: &Request) {
    for number in 0..20 {
        assert_eq!(request.call::<u32>("r.p", &number).unwrap(), number);
    }
    let long = "x".repeat(250);
    assert_eq!(request.call::<String>("r.p", &long).unwrap(), long);
}

#[test]
fn lnk_32_the_third_example_runs() {
    let _turn = crate::resend_layer::alone();
    let server = serve(LOSSY);
    let client = start(&lossy_client(port(&server, "n"), LINE));
    ask_the_third(&client.request().unwrap());
}

#[test]
fn the_third_example_runs_with_its_layers_listed() {
    let _turn = crate::resend_layer::alone();
    let line = "link: {frame: {max_packet: 300}, lossy: {window: 8, timeout: 500}}, layers: [serial_frame, cbor_blk, reliable]";
    let server = serve(&LOSSY.replace(LINE, line));
    let port = port(&server, "n");
    // Each layer may have its configuration beside it as well.
    let line = "layers: [{name: serial_frame, cfg: {max_packet: 300}}, cbor_blk, {name: reliable, cfg: {timeout: 500}}]";
    for line in [line, LINE] {
        let client = start(&lossy_client(port, line));
        ask_the_third(&client.request().unwrap());
    }
}

/// A line that changes a byte now and then, in both directions; it ends with its first connection.
fn bad_line(to: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let here = listener.accept().unwrap().0;
        let there = TcpStream::connect(("127.0.0.1", to)).unwrap();
        let damage = |mut from: TcpStream, mut to: TcpStream, every: usize| {
            thread::spawn(move || {
                let (mut buf, mut seen) = ([0; 4096], 0);
                while let Ok(n @ 1..) = from.read(&mut buf) {
                    for byte in &mut buf[..n] {
                        seen += 1;
                        if seen % every == 0 {
                            *byte ^= 0x10;
                        }
                    }
                    if to.write_all(&buf[..n]).is_err() {
                        break;
                    }
                }
                let _ = to.shutdown(Shutdown::Both);
                let _ = from.shutdown(Shutdown::Both);
            })
        };
        damage(here.try_clone().unwrap(), there.try_clone().unwrap(), 61);
        damage(there, here, 47);
    });
    port
}

#[test]
fn the_third_example_runs_on_a_bad_line() {
    let _turn = crate::resend_layer::alone();
    let fast = "link: {frame: {max_packet: 300, max_idle: 20}, lossy: {window: 8, timeout: 40, retries: 2000}}";
    let server = serve(&LOSSY.replace(LINE, fast));
    let port = bad_line(u16::try_from(port(&server, "n")).unwrap());
    let client = start(&lossy_client(port.into(), fast));
    let request = client.request().unwrap();
    for number in 0..30 {
        assert_eq!(request.call::<u32>("r.p", &number).unwrap(), number);
    }
}

/// As seen by a program that knows nothing of ours: two ends of ours would agree on any.
#[rstest]
#[case::plain("cbor_buf", b"\x83\x00\x81\x61p\x01", b"\x82\x23\x01")]
#[case::prefixed(
    "{name: cbor_buf, cfg: {frame: 193}}",
    b"\xc1\x83\x00\x81\x61p\x01",
    b"\xc1\x82\x23\x01"
)]
#[case::lengths(
    "length_prefixed",
    b"\0\0\0\x06\x83\x00\x81\x61p\x01",
    b"\0\0\0\x03\x82\x23\x01"
)]
#[case::json("json_lines", b"[0, [\"p\"], 1]\n", b"[-4,1]\n")]
fn lnk_32_the_framing_of_the_configuration_is_on_the_wire(
    #[case] layer: &str,
    #[case] call: &[u8],
    #[case] answer: &[u8],
) {
    let system = serve(&format!(
        "app: dir\nn: {{app: net.tcp.Port, port: 0, layers: [{layer}]}}\np: {{app: ping.Cmd}}"
    ));
    let port = u16::try_from(port(&system, "n")).unwrap();
    let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    client.set_read_timeout(Some(LONG)).unwrap();
    client.write_all(call).unwrap();
    let mut found = vec![0; answer.len()];
    client.read_exact(&mut found).unwrap();
    assert_eq!(found, answer);
}

#[test]
fn a_link_in_leads_to_who_has_connected() {
    let system =
        start("app: dir\nx: {app: net.tcp.LinkIn, port: 0, wait: false}\np: {app: ping.Cmd}");
    let request = system.request().unwrap();
    let error = remote(request.call_payload("x.p", Payload::of(&1).unwrap()));
    assert_eq!(&*error.name, "NotReadyError");
    let port = port_of_x(&system);
    let text = |word: &str| {
        format!(
            "app: dir\nr: {{app: net.tcp.Link, port: {port}}}\nw: {{app: dir, {word}: {{app: ping.Cmd}}}}\np: {{app: ping.Cmd}}"
        )
    };
    let first = start(&text("first"));
    until(|| request.call::<u8>("x.w.first", &1).is_ok());
    // Both ends may call.
    assert_eq!(first.request().unwrap().call::<u8>("r.p", &2).unwrap(), 2);
    // Without `replace` a second one is turned away.
    let second = yaml(&text("second")).start(&Registry::standard()).unwrap();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(request.call::<u8>("x.w.first", &3).unwrap(), 3);
    drop((first, second));
    until(|| request.call::<u8>("x.w.first", &1).is_err());
    let third = start(&text("third"));
    until(|| request.call::<u8>("x.w.third", &1).is_ok());
    drop(third);
}

#[test]
fn a_link_in_can_be_replaced() {
    let system = start("app: dir\nx: {app: net.tcp.LinkIn, port: 0, replace: true, wait: false}");
    let request = system.request().unwrap();
    let port = port_of_x(&system);
    let mut clients = Vec::new();
    for word in ["a", "b", "c"] {
        clients.push(start(&format!(
            "app: dir\nr: {{app: net.tcp.Link, port: {port}}}\n{word}: {{app: ping.Cmd}}"
        )));
        until(|| request.call::<u8>(path(&format!("x.{word}")), &1).is_ok());
    }
}

/// What is ready only once somebody has connected listens a moment after the start.
fn port_of_x(system: &System) -> i128 {
    until(|| port(system, "x") > 0);
    port(system, "x")
}

fn until(mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_prefix_stands_before_the_paths_of_calls() {
    let server = start(
        "app: dir\nn: {app: net.tcp.Port, port: 0, prefix: {recv: d.e}}\nd: {app: dir, e: {app: dir, f: {app: dir, p: {app: ping.Cmd}}}}",
    );
    let port = port(&server, "n");
    let client = start(&format!(
        "app: dir\nr: {{app: net.tcp.Link, port: {port}, prefix: {{send: f}}}}"
    ));
    assert_eq!(client.request().unwrap().call::<u8>("r.p", &9).unwrap(), 9);
}

/// The program behind the next test, and not run otherwise.
#[test]
#[ignore = "a part of a_program_is_started_and_talked_to"]
fn stdio_child() {
    // What the test's own frame has printed before is text beside the frames.
    let text =
        "app: dir\ns: {app: stdio.StdIO, link: {frame: {}}, wait: false}\np: {app: ping.Cmd}";
    let config: Config = yaml(text);
    let system = config.start(&Registry::standard()).unwrap();
    system.wait();
    // Nothing more may be printed: nobody reads.
    system.stop();
    std::process::exit(0);
}

#[test]
fn a_program_is_started_and_talked_to() {
    let program = std::env::current_exe().unwrap();
    let log = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "app: dir\nr: {{app: pipe.ProcessCmd, command: [{}, config_run::stdio_child, --exact, --ignored, --nocapture], link: {{frame: {{}}, console: true}}}}",
        program.display()
    );
    let options = SystemOptions::new().log(log.reopen().unwrap());
    let system = options.start(&yaml(&text), &Registry::standard()).unwrap();
    assert_eq!(system.wait_ready(LONG), Stage::Ready);
    let request = system.request().unwrap();
    assert_eq!(request.call::<String>("r.p", &"hello").unwrap(), "hello");
    assert_eq!(system.stop(), Stage::Stopped(None));
    let log = std::fs::read_to_string(log.path()).unwrap();
    assert!(log.contains("console| running 1 test"), "{log}");
}

#[test]
fn a_program_that_ends_is_started_again() {
    let text = "app: dir\nr: {app: sub.Err, retry: 5, timeout: 10, cfg: {app: pipe.ProcessCmd, command: [\"true\"]}}";
    let system = yaml(text).start(&Registry::standard()).unwrap();
    let request = system.request().unwrap();
    until(
        || matches!(request.call::<u8>("r", &1), Err(error) if error.to_string().contains("StoppedError")),
    );
}

/// Counts the threads of the process before and after, so it needs a process of its own.
#[test]
#[ignore = "a part of lnk_25_a_system_leaves_no_thread_behind"]
#[cfg(target_os = "linux")]
fn threads_child() {
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let before = threads();
    for _ in 0..3 {
        let server = serve(LOSSY);
        let client = start(&lossy_client(port(&server, "n"), LINE));
        ask_the_third(&client.request().unwrap());
        assert!(threads() > before + 8);
        drop(client);
        drop(server);
        let server = serve(SERVER);
        let port = port(&server, "n");
        let client = start(&format!(
            "app: dir\nr: {{app: net.tcp.Link, port: {port}}}\nx: {{app: net.tcp.LinkIn, port: 0, wait: false}}"
        ));
        ask_the_first(&client.request().unwrap());
        assert_eq!(server.stop(), Stage::Stopped(None));
        client.stop();
    }
    // A thread that was joined may be listed for a moment still.
    until(|| threads() == before);
}

#[test]
#[cfg(target_os = "linux")]
fn lnk_25_a_system_leaves_no_thread_behind() {
    let program = std::env::current_exe().unwrap();
    let child = std::process::Command::new(program)
        .args(["config_run::threads_child", "--exact", "--ignored"])
        .output()
        .unwrap();
    assert!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stdout)
    );
}
