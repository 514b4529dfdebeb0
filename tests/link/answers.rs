//! The two tables of the real MoaT's behaviour: what a client makes of answers, what a server answers to
//! requests. Each line has a typed outcome here; where it is not MoaT's, the test says why.

use std::collections::HashMap;

use iolite::link::frame::{CborSequence, Framing};
use iolite::link::object::{Object, Path, Payload, RemoteError, Value};
use iolite::link::session::{
    CallError, CallMode, ErrorCode, Event, Id, Limits, Opened, ProtocolError, Session,
};
use iolite::{Chunk, Pipe};

use crate::vectors::{Case, cases};

/// What a plain call gets from answers that came as these bytes.
fn outcome(answers: Chunk) -> String {
    let mut session = Session::new(Limits::default());
    let id = session.call(&Path::from("x"), Payload::new(), CallMode::Plain, 0);
    let id = id.unwrap();
    assert!(session.transmit().is_some());
    let mut pipe = Pipe::new();
    pipe.append(&answers).unwrap();
    let mut framing = CborSequence::default();
    loop {
        match framing.decode(&mut pipe) {
            Ok(progress) => match progress.ready() {
                Some(message) => {
                    if let Err(error) = session.receive(message) {
                        return format!("closes: {}", name(&error));
                    }
                }
                None => break,
            },
            Err(error) => return format!("closes: {error}"),
        }
    }
    match session.take(id).unwrap() {
        Some(Event::Finished(payload)) => format!("returns {payload}"),
        Some(Event::Failed(error)) => match *error {
            CallError::Remote(error) => format!("raises {error}"),
            CallError::Code(code) => format!("raises {code:?}"),
            error => format!("fails: {error}"),
        },
        other => panic!("{other:?}"),
    }
}

fn name(error: &ProtocolError) -> &'static str {
    match error {
        ProtocolError::NoMessage => "NoMessage",
        other => panic!("{other}"),
    }
}

/// What every line of the table becomes here.
const REPLIES: &[(&str, &str)] = &[
    ("result 5", "returns 5"),
    ("no value", "returns "),
    ("null", "returns null"),
    ("two and a keyword", r#"returns 1, 2, {"a": 3}"#),
    ("mapping last: keywords", r#"returns {"a": 3}"#),
    ("mapping and {}: a value", r#"returns {"a": 3}, {}"#),
    ("code -1", "raises Stop"),
    ("code -2", "raises NoStream"),
    ("code -3", "raises Cancelled"),
    ("code -4", "raises NoCommands"),
    ("code -5", "raises SkippedData"),
    ("code -6", "raises MustStream"),
    ("code -7", "raises Unsendable"),
    ("code -8", "raises Overrun"),
    ("code -9", "raises Other(NegativeCode(-9))"),
    ("code -11", "raises NoCommand(0)"),
    ("code -13", "raises NoCommand(2)"),
    ("object, name known", r#"raises ValueError("x")"#),
    (
        "object with keywords",
        r#"raises ValueError("x", {"k": 1})"#,
    ),
    ("object, unregistered class", "raises Name(1)"),
    ("object, name unknown", "raises _Unknown(1)"),
    ("object, name as a proxy", "raises ValueError(1)"),
    ("text", "raises MyError()"),
    ("text and arguments", r#"raises MyError("why", 3)"#),
    ("proxy of a class", "raises ValueError()"),
    (
        "proxy of an object of ours",
        r#"raises unnamed error(32769("p_1"))"#,
    ),
    // MoaT's connection ends with these two.
    ("no command, forwarded", "raises NoCommand(0)"),
    ("error with a positive integer", "raises unnamed error(7)"),
    ("error without payload", "raises unnamed error()"),
    ("unknown tag in a result", "returns 999(1)"),
    ("two final messages", "returns 1"),
    // MoaT takes the first message of the stream for the answer, and drops the result.
    (
        "streamed, then final",
        "fails: the command is a stream, and was called plainly",
    ),
    ("credit first", "returns 2"),
    ("infinity, 64 bit", "returns Infinity"),
    // MoaT cannot read this one, and the connection ends.
    ("infinity, 16 bit", "returns Infinity"),
    ("indefinite array", "returns 5"),
    ("integers not shortest", "returns 5"),
    ("message is no array", "closes: NoMessage"),
    (
        "not well-formed",
        "closes: byte 0 of the stream: expected an item, found a break",
    ),
];

#[test]
fn lnk_12_every_answer_has_a_typed_outcome() {
    let want: HashMap<_, _> = REPLIES.iter().copied().collect();
    let table = cases("replies.txt");
    assert_eq!(table.len(), REPLIES.len());
    for case in table {
        let answers = case.lines.iter().find(|line| line.sign == "<").unwrap();
        assert_eq!(
            outcome(answers.bytes().0),
            want[&*case.name],
            "{}",
            case.name
        );
    }
}

/// Objects from diagnostic notation, as far as the table needs it.
struct Notation<'a>(&'a str);

impl<'a> Notation<'a> {
    fn read(text: &'a str) -> Object {
        let mut notation = Notation(text);
        let value = notation.value();
        assert_eq!(notation.0, "", "of {text}");
        Object::encode(&value).unwrap()
    }

    fn eat(&mut self, sign: &str) -> bool {
        let rest = self.0.trim_start().strip_prefix(sign);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn until(&mut self, signs: &[char]) -> &'a str {
        let end = self.0.find(signs).unwrap_or(self.0.len());
        let (found, rest) = self.0.split_at(end);
        self.0 = rest;
        found
    }

    fn value(&mut self) -> Value {
        if self.eat("[") {
            return Value::Array(self.list("]", Notation::value));
        }
        if self.eat("{") {
            return Value::Map(self.list("}", |notation| {
                let key = notation.value();
                assert!(notation.eat(":"));
                (key, notation.value())
            }));
        }
        if self.eat("\"") {
            let text = Value::from(self.until(&['"']));
            assert!(self.eat("\""));
            return text;
        }
        match self.until(&[',', ']', '}', ')', '(', ':']).trim() {
            "null" => Value::Null,
            "false" => Value::Bool(false),
            word => match (word.parse::<i128>(), word.strip_suffix("_3")) {
                (_, Some(float)) => Value::Float(float.parse().unwrap()),
                (Ok(tag), _) if self.eat("(") => {
                    let inner = self.value();
                    assert!(self.eat(")"));
                    Value::Tag(tag.try_into().unwrap(), Box::new(inner))
                }
                (int, _) => Value::Int(int.unwrap()),
            },
        }
    }

    fn list<T>(&mut self, end: &str, mut read: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut list = Vec::new();
        while !self.eat(end) {
            list.push(read(self));
            self.eat(",");
        }
        list
    }
}

/// As much of MoaT's test server as the table of requests asks for.
struct Server {
    session: Session,
    streams: HashMap<Id, Stream>,
    naps: Vec<(Id, Payload)>,
    sent: Vec<String>,
}

enum Stream {
    Sum(i64),
    Count { next: u64, end: u64 },
}

impl Server {
    fn new() -> Server {
        Server {
            session: Session::new(Limits::default()),
            streams: HashMap::new(),
            naps: Vec::new(),
            sent: Vec::new(),
        }
    }

    fn hear(&mut self, message: Object) {
        self.session.receive(message).unwrap();
        while let Some(call) = self.session.opened() {
            self.serve(&call);
        }
        while let Some(id) = self.session.woken() {
            self.go_on(id);
        }
        self.transmit();
    }

    fn transmit(&mut self) {
        while let Some(message) = self.session.transmit() {
            self.sent.push(message.diagnostic().to_string());
        }
    }

    fn serve(&mut self, call: &Opened) {
        let (id, arguments) = (call.id, &call.arguments);
        let said = match (&*call.path.to_string(), call.mode) {
            ("add", CallMode::Plain) => {
                let (a, b): (i64, i64) = arguments.arguments().unwrap();
                self.session.finish(id, Payload::of(&(a + b)).unwrap())
            }
            ("nap", CallMode::Plain) => {
                let answer = arguments.get(1).unwrap().value();
                self.naps.push((id, Payload::of(&answer).unwrap()));
                Ok(())
            }
            ("sum", CallMode::Both) => {
                self.streams.insert(id, Stream::Sum(0));
                self.session.reply(id, Payload::of("go").unwrap(), 20)
            }
            ("count", CallMode::Both) => {
                let end = arguments.arguments().unwrap();
                self.streams.insert(id, Stream::Count { next: 0, end });
                let replied = self.session.reply(id, Payload::of("start").unwrap(), 0);
                self.go_on(id);
                replied
            }
            ("", _) => self.session.fail(id, RemoteError::new("ShortCommandError")),
            (path, _) => {
                let error = RemoteError::new("KeyError").with_argument(path);
                self.session.fail(id, error)
            }
        };
        said.unwrap();
    }

    fn go_on(&mut self, id: Id) {
        while let Ok(Some(event)) = self.session.take(id) {
            let stream = self.streams.get_mut(&id);
            match (event, stream) {
                (Event::Item(item), Some(Stream::Sum(sum))) => {
                    *sum += item.arguments::<i64>().unwrap();
                }
                (Event::Finished(_), Some(Stream::Sum(sum))) => {
                    self.session.finish(id, Payload::of(sum).unwrap()).unwrap();
                }
                (Event::Cancelled, _) => {
                    let cancelled = self.session.finish(id, Payload::new());
                    assert!(matches!(cancelled, Err(CallError::Cancelled)));
                }
                (Event::Notice(ErrorCode::Stop), _) => {}
                (Event::Finished(_) | Event::Failed(_), Some(Stream::Count { .. })) => {}
                (event, _) => panic!("{event:?}"),
            }
        }
        let Some(Stream::Count { next, end }) = self.streams.get_mut(&id) else {
            return;
        };
        while next < end {
            let sent = self.session.item(id, Payload::of(next).unwrap());
            match sent.map_err(|error| error.reason) {
                Ok(()) => *next += 1,
                Err(CallError::PeerFinished) => {
                    let null = Payload::builder().push(&()).unwrap();
                    return self.session.finish(id, null.finish()).unwrap();
                }
                Err(CallError::NoCredit | CallError::Over) => return,
                Err(error) => panic!("{error}"),
            }
        }
        // The end of the stream, unless that has been said.
        let done = ("done", *end);
        let _ = self.session.finish(id, Payload::of(&done).unwrap());
    }

    /// Time passes.
    fn wait(&mut self) {
        for (id, answer) in self.naps.drain(..) {
            self.session.finish(id, answer).unwrap();
        }
        self.transmit();
    }
}

fn is_credit(message: &str) -> bool {
    let mut items = message.trim_matches(['[', ']']).split(", ");
    let head: i64 = items.next().unwrap().parse().unwrap();
    head & 3 == 3 && items.all(|item| item.parse::<i64>().is_ok())
}

/// Where the answer is not MoaT's.
const OTHERWISE: &[(&str, &str)] = &[
    // What the dispatcher adds to these errors is no matter of the session.
    ("empty path", r#"[-2, 27(["_SCmdErr"])]"#),
    ("no path", r#"[-2, 27(["_SCmdErr"])]"#),
    ("unknown command", r#"[-2, 27(["_KyErr", "nope"])]"#),
    // MoaT's sender waits for ever, and its server never says that the call is over.
    (
        "we end while it waits for credit: it hangs",
        r#"[-3, "start"], [-3, 0], [-3, 1], [-4, null]"#,
    ),
    ("we cancel", r#"[-3, "start"], [-3, 0], [-3, 1], [-2, -3]"#),
    // It would open a new call, and has no path.
    (
        "an item after our end",
        r#"[-3, "go"], [-4, 5], [-2, 27(["_ValErr", "the path is no array of elements"])]"#,
    ),
    ("hidden commands", r#"[-2, 27(["_KyErr", "dir_"])]"#),
];

fn sent(case: &Case) -> Vec<String> {
    let mut server = Server::new();
    let asked = case.lines.iter().filter(|line| line.sign == ">");
    for line in asked {
        match &*line.text {
            text if text.starts_with("(wait") => server.wait(),
            "... 64 in all ..." => (0..59).for_each(|_| server.hear(Notation::read("[1, 1]"))),
            text => server.hear(Notation::read(text)),
        }
    }
    server.wait();
    server.sent
}

#[test]
fn lnk_12_every_request_is_answered_as_moat_does_or_better() {
    let otherwise: HashMap<_, _> = OTHERWISE.iter().copied().collect();
    let table = cases("requests.txt");
    assert_eq!(table.len(), 25);
    for case in &table {
        let recorded = case.lines.iter().find(|line| line.sign == "<").unwrap();
        let recorded = recorded.bytes().1;
        let want = otherwise.get(&*case.name).unwrap_or(&recorded);
        let want = want.replace("], [", "]|[");
        let want: Vec<_> = want.split('|').filter(|it| !is_credit(it)).collect();
        let mut got = sent(case);
        got.retain(|message| !is_credit(message));
        assert_eq!(got, want, "{}", case.name);
    }
}

#[test]
fn a_code_is_what_it_was_on_the_wire() {
    for int in -20..0 {
        assert_eq!(ErrorCode::from_int(int).unwrap().to_int(), int);
    }
    assert_eq!(ErrorCode::from_int(i64::MIN).unwrap().to_int(), i64::MIN);
    assert_eq!(ErrorCode::NoCommand(u64::MAX).to_int(), i64::MIN);
}
