//! `jsonrpc_stdio`: whatever is sent, the session goes on.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::programs::example_with_more;

/// A session. What is sent, and in what pieces, is the test's.
struct Session {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Session {
    fn start() -> Session {
        let mut command = example_with_more("jsonrpc_stdio");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Session {
            child,
            input,
            output,
        }
    }

    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes.as_ref()).unwrap();
        input.flush().unwrap();
    }

    fn call(&mut self, id: u32, method: &str, params: &Value) {
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.send(format!("{message}\n"));
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }

    /// The next answer is an error with that number, about no call in particular.
    fn fails(&mut self, code: i32, about: &str) {
        let answer = self.answer();
        assert_eq!(answer["error"]["code"], code, "{about}: {answer}");
        assert_eq!(answer["id"], Value::Null, "{about}: {answer}");
    }

    /// A call is answered rightly: the session lives.
    fn works(&mut self, about: &str) {
        self.call(7, "add", &json!([40, 2]));
        let answer = self.answer();
        let expected = json!({ "jsonrpc": "2.0", "id": 7, "result": 42 });
        assert_eq!(answer, expected, "{about}");
    }

    /// Nothing more is sent; the rest of the answers, and how the program ended.
    fn end(mut self) -> Vec<Value> {
        drop(self.input.take());
        let lines = (&mut self.output).lines();
        let rest = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap());
        let rest = rest.collect();
        assert!(self.child.wait().unwrap().success());
        rest
    }
}

#[test]
fn dor_26_bad_lines_are_answered_and_survived() {
    let mut session = Session::start();
    session.works("the first call");
    session.send("this is no JSON\n");
    session.fails(-32700, "no JSON");
    session.send(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"caf\xe9\"}\n");
    session.fails(-32700, "no UTF-8, one answer and not two");
    session.send("\n");
    session.fails(-32700, "an empty line");
    session.send("[1, 2, 3]\n");
    session.fails(-32600, "no request");
    session.call(3, "destroy", &json!(null));
    assert_eq!(session.answer()["error"]["code"], -32601);
    session.call(4, "add", &json!([1, "one"]));
    assert_eq!(session.answer()["error"]["code"], -32602);
    session.call(5, "add", &json!([i64::MAX, 1]));
    assert_eq!(session.answer()["error"]["code"], -32602);
    session.send("{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}\n"); // a notification
    session.works("after all that");
    // A text that Unicode has, and JSON escapes.
    session.call(6, "echo", &json!("\u{fffd}é日"));
    assert_eq!(session.answer()["result"], "\u{fffd}é日");
    assert_eq!(session.end(), [json!(null); 0]);
}

#[test]
fn dor_26_a_line_without_end_is_an_error_at_once_and_passed_by() {
    let mut session = Session::start();
    session.send([b'x'; 70_000]);
    session.fails(-32700, "too long, and it has not ended");
    for _ in 0..100 {
        session.send([b'x'; 100_000]);
    }
    session.send("\n");
    session.works("after ten megabytes");
    session.send(format!("\"{}\"\n", "é".repeat(40_000)));
    session.fails(-32700, "too long in bytes");
    session.works("after that");
    session.end();
}

#[test]
fn dor_26_messages_in_any_pieces_while_calls_are_answered() {
    let mut session = Session::start();
    for id in 0..20 {
        let ms = 40 - 2 * id;
        session.call(id, "later", &json!({ "ms": ms, "value": format!("ü{id}") }));
    }
    // Reading is dropped for each answer, in the middle of this message and of its characters.
    let message = json!({ "jsonrpc": "2.0", "id": 99, "method": "echo", "params": "日本語é" });
    let message = format!("{message}\n");
    for byte in message.as_bytes() {
        session.send([*byte]);
        thread::sleep(Duration::from_millis(1));
    }
    let mut answers: Vec<Value> = (0..21).map(|_| session.answer()).collect();
    answers.sort_by_key(|answer| answer["id"].as_u64());
    for (id, answer) in answers[..20].iter().enumerate() {
        assert_eq!(answer["result"], format!("ü{id}"));
    }
    assert_eq!(answers[20]["result"], "日本語é");
    session.end();
}

#[test]
fn dor_26_what_is_under_way_at_the_end_is_answered() {
    let mut session = Session::start();
    session.call(1, "later", &json!({ "ms": 50, "value": 1 }));
    // The last message has no end of its own.
    session.send("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"add\",\"params\":[1,1]}");
    let mut answers = session.end();
    answers.sort_by_key(|answer| answer["id"].as_u64());
    let results: Vec<_> = answers.iter().map(|answer| &answer["result"]).collect();
    assert_eq!(results, [&json!(1), &json!(2)]);
}

/// Who sends ten thousand calls and reads nothing is made to wait.
#[test]
fn dor_26_a_flood_of_calls_is_answered_one_and_all() {
    let mut session = Session::start();
    let mut input = session.input.take().unwrap();
    let sender = thread::spawn(move || {
        for id in 0..10_000 {
            let params = json!({ "ms": 0, "value": id });
            let call = json!({ "jsonrpc": "2.0", "id": id, "method": "later", "params": params });
            writeln!(input, "{call}").unwrap();
        }
        input
    });
    let mut seen: Vec<u64> = (0..10_000)
        .map(|_| session.answer()["result"].as_u64().unwrap())
        .collect();
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..10_000));
    session.input = Some(sender.join().unwrap());
    session.works("after the flood");
    session.end();
}
