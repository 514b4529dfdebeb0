//! Commands and subsystems: LNK-33 to LNK-38, LNK-50 to LNK-52.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use iolite::link::dispatch::{Call, Life, Running, Stage, StdBase, Subsystem};
use iolite::link::driver::ConnectionOptions;
use iolite::link::layer::memory;
use iolite::link::object::{Payload, RemoteError, Value};
use iolite::link::request::Channel;
use iolite::link::session::{CallError, ErrorCode};
use rstest::rstest;

use crate::driver::{LONG, arithmetic, ends, name_of, objects};

#[test]
fn lnk_33_arguments_and_results_are_what_serde_reads_and_writes() {
    let served = arithmetic()
        .command("join", |words: Vec<String>| words.join(" "))
        .command("swap", |(a, b): (Value, Value)| (b, a))
        .command("nothing", |()| ())
        .command("keys", |map: BTreeMap<String, Value>| {
            map.into_keys().collect::<Vec<_>>()
        });
    let ends = ends(served);
    let request = ends.client.request();
    assert_eq!(request.call::<i64>("add", &(2, 3)).unwrap(), 5);
    assert_eq!(request.call::<String>("join", &("a", "b")).unwrap(), "a b");
    assert_eq!(
        request.call::<(i64, String)>("swap", &("x", 1)).unwrap(),
        (1, "x".into())
    );
    request.call::<()>("nothing", &()).unwrap();
    let map = BTreeMap::from([("one", 1), ("two", 2)]);
    assert_eq!(
        request.call::<Vec<String>>("keys", &map).unwrap(),
        ["one", "two"]
    );
}

#[test]
fn lnk_34_an_error_has_its_name_and_arguments() {
    let ends = ends(arithmetic());
    match ends.client.request().call::<i64>("divide", &(7, 0)) {
        Err(CallError::Remote(error)) => {
            assert_eq!(
                (&*error.name, &error.args[..]),
                ("ZeroDivisionError", &[Value::from(7)][..])
            );
        }
        other => panic!("{other:?}"),
    }
    // And what is no i64 is an error of the caller's side.
    let answer = ends.client.request().call::<String>("add", &(1, 2));
    assert!(matches!(answer, Err(CallError::Decode(_))), "{answer:?}");
}

#[test]
fn lnk_35_wrong_arguments_are_a_type_error_that_names_the_argument() {
    let ends = ends(arithmetic());
    match ends.client.request().call::<i64>("add", &(1, "two")) {
        Err(CallError::Remote(error)) => {
            assert_eq!(&*error.name, "TypeError");
            assert!(
                error.args[0].as_str().unwrap().contains("argument 2"),
                "{error}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn lnk_36_an_unknown_command_is_a_key_error_as_moats() {
    let served = arithmetic().sub("below", arithmetic());
    let ends = ends(served);
    for (path, element, kind) in [
        ("nope", "nope", "arithmetic"),
        ("below.nope", "nope", "arithmetic"),
        ("add.on", "add", "arithmetic"),
    ] {
        match ends.client.request().call::<()>(path, &()) {
            Err(CallError::Remote(error)) => {
                assert_eq!((&*error.name, error.args.len()), ("KeyError", 4));
                assert_eq!(error.args[0], Value::from(element));
                assert_eq!(error.args[1], Value::from(kind));
                let whole: Value = path.split('.').map(Value::from).collect();
                assert_eq!(error.args[2], whole);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        name_of(ends.client.request().call::<()>("", &())),
        "ShortCommandError"
    );
}

#[test]
fn lnk_37_an_end_that_serves_nothing_says_so() {
    let ends = ends(arithmetic());
    let backward = ends.server.request().call::<()>("anything", &());
    assert!(
        matches!(backward, Err(CallError::Code(ErrorCode::NoCommand(0)))),
        "{backward:?}"
    );
}

#[test]
fn lnk_38_a_plain_call_of_a_stream_and_the_reverse_are_refused() {
    let served = arithmetic().stream("count", |_: &mut Channel, ()| Ok::<_, CallError>(()));
    let ends = ends(served);
    let plain = ends.client.request().call::<()>("count", &());
    assert!(
        matches!(plain, Err(CallError::Code(ErrorCode::MustStream))),
        "{plain:?}"
    );
    let mut stream = ends.client.request().stream_in("add", &(1, 2)).unwrap();
    assert_eq!(name_of(stream.initial::<()>()), "KeyError");
}

/// A subsystem that writes down what happens to it.
struct Diary(Arc<Mutex<Vec<String>>>, &'static str);

impl Diary {
    fn note(&self, what: &str) {
        self.0.lock().unwrap().push(format!("{} {what}", self.1));
    }
}

impl Subsystem for Diary {
    fn kind(&self) -> &str {
        "diary"
    }

    fn serve(&self, call: Call) {
        call.reply(self.1);
    }

    fn run(&self, life: &Life) -> Result<(), RemoteError> {
        self.note("starts");
        life.ready();
        while !life.wait_stopping(LONG) {}
        self.note("stops");
        Ok(())
    }

    fn reload(&self, configuration: &Value) -> Result<(), RemoteError> {
        self.note(&format!("reloads {configuration}"));
        Ok(())
    }

    fn configuration(&self) -> Option<Value> {
        Some(Value::from(self.1))
    }
}

#[test]
fn lnk_50_subsystems_are_started_in_order_and_stopped_in_reverse() {
    let notes = Arc::default();
    let base = StdBase::new("root")
        .sub("a", Diary(Arc::clone(&notes), "a"))
        .sub(
            "b",
            StdBase::new("dir").sub("c", Diary(Arc::clone(&notes), "c")),
        );
    let base: Arc<dyn Subsystem> = Arc::new(base);
    let running = Running::start(Arc::clone(&base)).unwrap();
    assert_eq!(running.wait_started(LONG), Stage::Ready);
    let configuration = Value::from_iter([("b", Value::from_iter([("c", 7)]))]);
    base.reload(&configuration).unwrap();
    assert_eq!(running.stop(), Stage::Stopped(None));
    let mut notes = notes.lock().unwrap().clone();
    notes[..2].sort();
    assert_eq!(
        notes,
        ["a starts", "c starts", "c reloads 7", "c stops", "a stops"]
    );
}

/// A subsystem that does as it is bid, once.
struct Obedient(Mutex<mpsc::Receiver<Bidding>>);

type Bidding = fn(&Life) -> Result<(), RemoteError>;

impl Subsystem for Obedient {
    fn kind(&self) -> &str {
        "obedient"
    }

    fn serve(&self, call: Call) {
        call.reply("at your service");
    }

    fn run(&self, life: &Life) -> Result<(), RemoteError> {
        let bidding = self.0.lock().unwrap().recv().unwrap();
        bidding(life)
    }
}

/// It is started, and waits for its bidding below `d`.
fn obedient() -> (mpsc::Sender<Bidding>, Arc<dyn Subsystem>) {
    let (bid, bidding) = mpsc::channel();
    let base = arithmetic().sub("d", Obedient(bidding.into()));
    (bid, Arc::new(base))
}

#[test]
fn lnk_50_a_table_is_ready_when_all_below_are() {
    let (bid, base) = obedient();
    let running = Running::start(Arc::clone(&base)).unwrap();
    let served = ends(Arc::clone(&base));
    let request = served.client.request();
    assert_eq!(
        running.wait_started(Duration::from_millis(200)),
        Stage::Starting
    );
    let ready = request.start::<Option<bool>>("d.rdy_", &()).unwrap();
    // It serves calls all the same.
    assert_eq!(request.call::<String>("d", &()).unwrap(), "at your service");
    bid.send(|life| {
        life.ready();
        life.wait_for_stop();
        Ok(())
    })
    .unwrap();
    assert_eq!(ready.wait().unwrap(), None, "it had to wait");
    assert_eq!(running.wait_started(LONG), Stage::Ready);
    assert_eq!(running.stop(), Stage::Stopped(None));
}

#[rstest]
#[case::fails(|_: &Life| Err(RemoteError::new("OutOfOrder")), "OutOfOrder")]
#[case::panics(|_: &Life| panic!("a secret"), "Panic")]
fn lnk_51_a_subsystem_that_fails_serves_nothing_and_says_why(
    #[case] bidding: Bidding,
    #[case] why: &str,
) {
    let (bid, base) = obedient();
    let running = Running::start(Arc::clone(&base)).unwrap();
    let served = ends(Arc::clone(&base));
    let request = served.client.request();
    bid.send(bidding).unwrap();
    // The rest goes on.
    assert_eq!(running.wait_started(LONG), Stage::Ready);
    match request.call::<String>("d", &()) {
        Err(CallError::Remote(error)) => {
            assert_eq!(&*error.name, "StoppedError");
            assert_eq!(error.args[0], Value::from("d"));
            let told = error.args[1].as_str().unwrap();
            assert!(told.starts_with(why) && !told.contains("secret"), "{told}");
        }
        other => panic!("{other:?}"),
    }
    assert!(request.call::<bool>("d.rdy_", &()).unwrap());
    assert_eq!(request.call::<i64>("add", &(1, 2)).unwrap(), 3);
}

#[test]
fn lnk_51_a_stopped_subsystem_serves_nothing_and_only_who_may_can_stop_it() {
    let notes = Arc::default();
    let base: Arc<dyn Subsystem> = Arc::new(arithmetic().sub("d", Diary(Arc::clone(&notes), "d")));
    let running = Running::start(Arc::clone(&base)).unwrap();
    running.wait_started(LONG);
    let connect = |trusted| {
        let (here, there) = memory::pair(1 << 12);
        let options = ConnectionOptions::new()
            .administration(trusted)
            .serve_shared(Arc::clone(&base));
        let server = options.open(objects(there)).unwrap();
        let client = ConnectionOptions::new()
            .deadline(LONG)
            .open(objects(here))
            .unwrap();
        (client, server)
    };
    let (stranger, _one) = connect(false);
    let (friend, _two) = connect(true);
    let (stranger, friend) = (stranger.request(), friend.request());
    for command in ["stp_", "stq_", "upd_", "cfg_"] {
        // It goes to the subsystem, as any other name.
        assert_eq!(
            stranger
                .call::<String>(format!("d.{command}").as_str(), &1)
                .unwrap(),
            "d"
        );
    }
    assert_eq!(friend.call::<String>("d.cfg_", &()).unwrap(), "d");
    friend.call::<()>("d.upd_", &5).unwrap();
    assert!(!stranger.call::<bool>("d.rdy_", &()).unwrap());
    friend.call::<()>("d.stp_", &()).unwrap();
    friend.call::<()>("d.stq_", &()).unwrap();
    assert!(stranger.call::<bool>("d.rdy_", &()).unwrap());
    assert_eq!(name_of(stranger.call::<String>("d", &())), "StoppedError");
    assert_eq!(stranger.call::<i64>("add", &(1, 2)).unwrap(), 3);
    assert!(notes.lock().unwrap().contains(&"d reloads 5".to_owned()));
}

#[test]
fn lnk_52_what_a_table_has_is_listed() {
    let base = arithmetic()
        .command("hidden_", |()| ())
        .stream("count", |_: &mut Channel, ()| Ok::<_, CallError>(()))
        .sub("below", arithmetic())
        .doc(
            "add",
            iolite::link::dispatch::Doc::new("adds").argument("int:a"),
        );
    let ends = ends(base);
    let request = ends.client.request();
    let listed = request.call_payload("dir_", Payload::new()).unwrap();
    assert_eq!(
        listed.to_string(),
        r#"{"c": ["add", "divide"], "s": ["count"], "d": {"below": "arithmetic"}}"#
    );
    let hidden = Payload::builder().keyword("v", &false).unwrap().finish();
    let listed = request.call_payload("dir_", hidden).unwrap();
    assert_eq!(listed.to_string(), r#"{"c": ["hidden_", "dir_", "rdy_"]}"#);
    let doc = request.call_payload("add.doc_", Payload::new()).unwrap();
    assert_eq!(doc.to_string(), r#"{"_d": "adds", "_0": "int:a"}, {}"#);
    assert!(!request.call::<bool>("rdy_", &()).unwrap());
}
