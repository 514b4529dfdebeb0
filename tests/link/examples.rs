//! The examples `link_server` and `link_call`, run as programs with the configuration files that stand
//! beside them: what their heads promise.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rstest::rstest;
use tempfile::TempDir;

use crate::programs::{example_with_more, stderr, stdout};

const SERVER: &str = include_str!("../../examples/link/server.yaml");
const CLIENT: &str = include_str!("../../examples/link/client.yaml");

/// The port of both files. The tests take any that is free.
const PORT: &str = "port: 4711";

/// How a system is connected with another one.
#[derive(Clone, Copy)]
enum Network {
    Tcp,
    Unix,
}

/// The server in a folder of its own, which is ended with the test.
struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    folder: TempDir,
}

impl Server {
    /// With the file as it is, but for the port, and for what `change` does to it.
    fn start(network: Network, change: impl Fn(String) -> String) -> Server {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("server.log"), b"one\nf\xfcnf\n").unwrap();
        let mut process = example_with_more("link_server")
            .arg(write(&folder, "server.yaml", &change(listening(network))))
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut ready = String::new();
        output.read_line(&mut ready).unwrap();
        assert!(ready.starts_with("READY {\"app\": \"dir\""), "{ready}");
        write(&folder, "client.yaml", &connecting(network, &ready));
        Server {
            process,
            output,
            folder,
        }
    }

    fn client(&self, arguments: &[&str]) -> Command {
        let mut command = example_with_more("link_call");
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// What a call prints.
    fn call(&self, arguments: &[&str]) -> String {
        let output = self.client(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        stdout(&output)
    }

    /// Starts to follow the log, and waits for the first line.
    fn follow(&self, arguments: &[&str]) -> Following {
        let mut process = self
            .client(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut following = Following { process, output };
        assert_eq!(following.line(), "\"one\"");
        following
    }

    fn append(&self, bytes: &[u8]) {
        let mut options = OpenOptions::new();
        let log = options
            .append(true)
            .open(self.folder.path().join("server.log"));
        log.unwrap().write_all(bytes).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A client that follows a file.
struct Following {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Following {
    /// Waits for the next line.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

fn write(folder: &TempDir, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

/// The server's file for a network. The waits are shorter.
fn listening(network: Network) -> String {
    assert!(SERVER.contains(PORT) && CLIENT.contains(PORT));
    let quick = SERVER.replace("delay: 0.2", "delay: 0.001");
    match network {
        Network::Tcp => quick.replace(PORT, "port: 0"),
        Network::Unix => quick
            .replace("net.tcp.Port, host: 127.0.0.1", "net.unix.Port")
            .replace(PORT, "port: socket"),
    }
}

/// The client's file for a network, with the port that the server says it has chosen.
fn connecting(network: Network, ready: &str) -> String {
    match network {
        Network::Tcp => {
            let (_, port) = ready.split_once("net.tcp.Port\", \"port\": ").unwrap();
            let (port, _) = port.split_once(',').unwrap();
            CLIENT.replace(PORT, &format!("port: {port}"))
        }
        Network::Unix => CLIENT
            .replace("net.tcp.Link, host: 127.0.0.1", "net.unix.Link")
            .replace(PORT, "port: socket"),
    }
}

fn in_latin_1(text: String) -> String {
    assert!(text.contains("encoding: utf-8"));
    text.replace("encoding: utf-8", "encoding: latin-1, interval: 0.01")
}

#[rstest]
#[case::tcp(Network::Tcp)]
#[case::unix(Network::Unix)]
fn lnk_56_a_call_and_streams_from_the_shell(#[case] network: Network) {
    let server = Server::start(network, in_latin_1);
    let echo = ["client.yaml", "server.echo", "1", "\"two\"", "-3", "x=3"];
    assert_eq!(server.call(&echo), "1, \"two\", -3, {\"x\": 3}\n");
    // What is no JSON is text.
    let echo = ["client.yaml", "server.echo", "two words", "x=[1, null]"];
    assert_eq!(server.call(&echo), "\"two words\", {\"x\": [1, null]}\n");

    let count = ["--stream", "client.yaml", "server.count", "3"];
    assert_eq!(server.call(&count), "0\n1\n2\n= \"done\"\n");
    let endless = ["--stream", "--count", "2", "client.yaml", "server.count"];
    assert_eq!(server.call(&endless), "0\n1\n");
    let none = ["--stream", "--count", "0", "client.yaml", "server.count"];
    assert_eq!(server.call(&none), "");

    let lines = ["--stream", "--count", "2", "client.yaml", "server.log"];
    assert_eq!(server.call(&lines), "\"one\"\n\"fünf\"\n");
}

#[test]
fn lnk_56_a_log_in_latin_1_is_followed_while_it_grows_and_when_it_is_cut() {
    let server = Server::start(Network::Tcp, in_latin_1);
    let mut following = server.follow(&["--stream", "--count", "5", "client.yaml", "server.log"]);
    assert_eq!(following.line(), "\"fünf\"");
    // Half a line, and time to take it for a whole one.
    server.append(b"h\xe4");
    thread::sleep(Duration::from_millis(200));
    server.append(b"lt\n\xfcber\n");
    assert_eq!(following.line(), "\"hält\"");
    assert_eq!(following.line(), "\"über\"");
    fs::write(server.folder.path().join("server.log"), b"neu\n").unwrap();
    assert_eq!(following.line(), "\"neu\"");
    let output = following.process.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(stderr(&output), "warning: \"the file was cut\"\n");
}

#[test]
fn lnk_56_a_log_is_followed_from_its_end() {
    let server = Server::start(Network::Tcp, in_latin_1);
    let mut command = server.client(&["--stream", "--count", "1", "client.yaml", "server.log"]);
    let following = command.arg("from=end").stdout(Stdio::piped()).spawn();
    let mut following = following.unwrap();
    // It may take its time to begin: only what comes after that is shown.
    while following.try_wait().unwrap().is_none() {
        server.append(b"neu\n");
        thread::sleep(Duration::from_millis(20));
    }
    let output = following.wait_with_output().unwrap();
    assert_eq!(stdout(&output), "\"neu\"\n");
}

#[rstest]
#[case::unknown(&["client.yaml", "server.nothing"], 1, "link_call: KeyError(\"nothing\", \"dir\", ")]
#[case::a_stream(&["client.yaml", "server.count"], 1, "link_call: the other end reports: the command is a stream")]
#[case::no_file(&["missing.yaml", "server.echo"], 1, "link_call: ")]
#[case::no_path(&["client.yaml"], 2, "link_call: a configuration and a path are needed\nusage: ")]
#[case::no_option(&["--steam", "client.yaml", "server.count"], 2, "link_call: invalid option '--steam'\nusage: ")]
fn lnk_56_an_error_has_a_message_and_an_exit_status(
    #[case] arguments: &[&str],
    #[case] status: i32,
    #[case] message: &str,
) {
    let server = Server::start(Network::Tcp, |text| text);
    let output = server.client(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(status), "{output:?}");
    assert!(stderr(&output).starts_with(message), "{output:?}");
    assert_eq!(stdout(&output), "");
}

#[test]
fn lnk_56_all_that_is_wrong_with_a_file_is_reported_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = listening(Network::Tcp)
        .replace("encoding: utf-8", "encoding: klingon")
        .replace("delay: 0.001", "dellay: -1");
    let output = run_server(&folder, &wrong);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), "");
    assert_eq!(
        stderr(&output),
        "link_server: count.dellay: unknown key; is it delay?\n"
    );
    let wrong = listening(Network::Tcp).replace("encoding: utf-8", "encoding: klingon");
    let message = "link_server: log.encoding: there is no such encoding\n";
    assert_eq!(stderr(&run_server(&folder, &wrong)), message);
}

fn run_server(folder: &TempDir, text: &str) -> Output {
    let mut command = example_with_more("link_server");
    command.arg(write(folder, "server.yaml", text));
    command.output().unwrap()
}

#[test]
fn lnk_56_the_server_ends_with_its_input_and_its_clients_with_an_error() {
    let mut server = Server::start(Network::Tcp, in_latin_1);
    let following = server.follow(&["--stream", "client.yaml", "server.log"]);
    let start = Instant::now();
    drop(server.process.stdin.take());
    assert!(server.process.wait().unwrap().success());
    assert!(start.elapsed() < Duration::from_secs(100));
    let output = following.process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(stderr(&output).starts_with("link_call: "), "{output:?}");
    let mut rest = String::new();
    server.output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}
