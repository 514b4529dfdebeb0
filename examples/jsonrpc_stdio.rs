//! JSON-RPC 2.0 over standard input and output, a message a line, as programs speak it that are started
//! by an editor or an agent.
//!
//! What such a server must stand, and this one does: a line that is no JSON, no UTF-8 or no request is
//! answered with an error, and the session goes on; a line without end is an error as soon as it is too
//! long, and is passed by in bounded memory; calls that take their time are answered when they are done,
//! while others come in: reading is dropped for that at any await (`select!`) and loses nothing.
//!
//! ```console
//! $ printf '{"jsonrpc":"2.0","id":1,"method":"add","params":[40,2]}\n' | jsonrpc_stdio
//! {"id":1,"jsonrpc":"2.0","result":42}
//! ```
//!
//! Methods: `echo` gives its parameters back, `add` sums numbers, `later` (`{"ms": 20, "value": …}`)
//! gives a value back after a while.

use std::process::ExitCode;
use std::time::Duration;

use iolite::tokio::AsyncText;
use iolite::{Error, ErrorPolicy, Newline, Result, TextOptions};
use serde_json::{Value, json};
use tokio::io::{Stdin, stdin, stdout};
use tokio::task::JoinSet;

/// How long a message may be, in bytes.
const LONGEST: usize = 64 * 1024;

/// How many calls may be under way: who sends more waits, and so does what they send.
const CALLS: usize = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever asked does not want to know any more.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("jsonrpc_stdio: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<()> {
    let mut input = Messages::new(stdin());
    let options = TextOptions::new().newline(Newline::Lf);
    let mut output = AsyncText::with_options(stdout(), options);
    let mut calls = JoinSet::new();
    let mut is_ended = false;
    while !is_ended || !calls.is_empty() {
        let answer = tokio::select! {
            message = input.next(), if !is_ended && calls.len() < CALLS => match message? {
                None => {
                    is_ended = true;
                    None
                }
                Some(Err(problem)) => Some(failure(Value::Null, problem)),
                Some(Ok(message)) => begin(message, &mut calls),
            },
            Some(done) = calls.join_next() => Some(done.map_err(std::io::Error::from)?),
        };
        if let Some(answer) = answer {
            output.write_str(&format!("{answer}\n")).await?;
            output.flush().await?;
        }
    }
    output.close().await
}

/// What is wrong with a message: a number of the specification, and words.
type Problem = (i32, &'static str);

/// The messages of a stream.
struct Messages {
    text: AsyncText<Stdin>,
    /// Whether the rest of a line that is too long is still to be passed by. It stands here and not in
    /// a future, which may be dropped.
    is_skipping: bool,
}

impl Messages {
    fn new(stdin: Stdin) -> Messages {
        // Escaped, malformed bytes do not cut their line in two.
        let options = TextOptions::new()
            .newline(Newline::Lf)
            .errors(ErrorPolicy::Escape)
            .line_limit(Some(LONGEST));
        Messages {
            text: AsyncText::with_options(stdin, options),
            is_skipping: false,
        }
    }

    /// The next message, or what is wrong with it; `None` at the end. May be cancelled.
    async fn next(&mut self) -> Result<Option<std::result::Result<Value, Problem>>> {
        if self.is_skipping {
            self.text.skip_line().await?;
            self.is_skipping = false;
        }
        match self.text.next_line().await {
            Ok(line) => Ok(line.map(|line| parse(&line))),
            Err(Error::LineTooLong { .. }) => {
                self.is_skipping = true;
                Ok(Some(Err((-32700, "the message is too long"))))
            }
            Err(error) => Err(error),
        }
    }
}

fn parse(line: &str) -> std::result::Result<Value, Problem> {
    // What `ErrorPolicy::Escape` makes of malformed bytes.
    if line.contains(|ch| ('\u{10fe00}'..='\u{10feff}').contains(&ch)) {
        return Err((-32700, "the message is not UTF-8"));
    }
    serde_json::from_str(line).map_err(|_| (-32700, "the message is not JSON"))
}

/// Answers a call at once, or begins with it.
fn begin(message: Value, calls: &mut JoinSet<Value>) -> Option<Value> {
    let id = message.get("id").cloned();
    let Some(method) = message.get("method").and_then(Value::as_str) else {
        return Some(failure(id.unwrap_or_default(), (-32600, "no request")));
    };
    // Without an id it is a notification, which is not answered.
    let id = id?;
    let params = message.get("params").cloned().unwrap_or_default();
    Some(match method {
        "echo" => success(id, params),
        "add" => match params.as_array().map(|numbers| sum(numbers)) {
            Some(Some(sum)) => success(id, json!(sum)),
            _ => failure(id, (-32602, "not numbers")),
        },
        "later" => {
            let pause = params.get("ms").and_then(Value::as_u64).unwrap_or(0);
            calls.spawn(async move {
                tokio::time::sleep(Duration::from_millis(pause)).await;
                success(id, params.get("value").cloned().unwrap_or_default())
            });
            return None;
        }
        _ => failure(id, (-32601, "no such method")),
    })
}

fn sum(numbers: &[Value]) -> Option<i64> {
    numbers.iter().try_fold(0_i64, |sum, number| {
        number.as_i64().and_then(|number| sum.checked_add(number))
    })
}

fn success(id: Value, result: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

fn failure(id: Value, (code, message): Problem) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}
