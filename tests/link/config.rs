//! Configurations: what is wrong is told at once and before anything starts, and the three worked
//! examples of MoaT's run.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use iolite::link::config::{
    Config, ConfigError, Keys, ProblemKind, Registry, Shape, StartError, System,
};
use iolite::link::dispatch::{Call, Stage, StdBase, Subsystem};
use iolite::link::object::{Object, Path, RemoteError, Value};
use iolite::link::session::CallError;
use rstest::rstest;

pub(crate) const LONG: Duration = Duration::from_secs(100);

pub(crate) fn yaml(text: &str) -> Config {
    yaml_serde::from_str(text).unwrap()
}

fn problems(text: &str) -> Vec<String> {
    let error = yaml(text).check(&Registry::standard()).unwrap_err();
    error.to_string().lines().map(str::to_owned).collect()
}

pub(crate) fn path(text: &str) -> Path {
    text.parse().unwrap()
}

/// Starts a configuration and waits until everything is there.
pub(crate) fn start(text: &str) -> System {
    let system = yaml(text).start(&Registry::standard()).unwrap();
    assert_eq!(system.wait_ready(LONG), Stage::Ready, "{text}");
    system
}

/// The port that an application has chosen.
pub(crate) fn port(system: &System, name: &str) -> i128 {
    let configuration = system.configuration().unwrap();
    configuration
        .get(name)
        .unwrap()
        .get("port")
        .unwrap()
        .as_int()
        .unwrap()
}

#[test]
fn every_format_of_serde_gives_the_same_configuration() {
    let yaml = yaml(
        "app: dir\np: {app: ping.Cmd}\na: {app: sub.Array, n: 3, cfg: {app: ping.Cmd}}\nf: {app: remote.Fwd, path: a.b}",
    );
    let json: Config = serde_json::from_str(
        r#"{"app": "dir", "p": {"app": "ping.Cmd"}, "a": {"app": "sub.Array", "n": 3, "cfg": {"app": "ping.Cmd"}},
            "f": {"app": "remote.Fwd", "path": "a.b"}}"#,
    )
    .unwrap();
    assert_eq!(yaml, json);
    let cbor = Object::encode(&yaml).unwrap();
    assert_eq!(cbor.decode::<Config>().unwrap(), yaml);
    assert_eq!(Config::from(cbor.value()), yaml);
    // TOML does not keep the order of tables.
    let toml: Config = toml::from_str(
        "app = \"dir\"\n[p]\napp = \"ping.Cmd\"\n[a]\napp = \"sub.Array\"\nn = 3\n[a.cfg]\napp = \"ping.Cmd\"\n[f]\napp = \"remote.Fwd\"\npath = \"a.b\"",
    )
    .unwrap();
    for key in ["app", "p", "f"] {
        assert_eq!(toml.value().get(key), yaml.value().get(key), "{key}");
    }
    toml.check(&Registry::standard()).unwrap();
}

#[rstest]
#[case::text("r.p")]
#[case::yamls_tag("!P r.p")]
#[case::list("[r, p]")]
fn a_path_has_several_forms(#[case] form: &str) {
    let config = yaml(&format!("app: remote.Fwd\npath: {form}"));
    let section = config.check(&Registry::standard()).unwrap();
    assert_eq!(section.command_path("path"), Some(path("r.p")));
}

/// One of each kind, and all of them are told, in order.
#[test]
fn lnk_31_all_that_is_wrong_is_told_at_once() {
    assert_eq!(
        problems(
            "
app: dir
a: {app: ping.Cdm}
b: {app: net.tcp.Port, prot: 1}
c: {app: net.tcp.Port, port: 70000, host: 5}
d: {app: nothing.like.it}
e: 7
f: {app: 7}
g: {n: 3}
h: {app: sub.Array, n: -1, cfg: {app: ping.Cmd, x: 1}}
i: {app: remote.Fwd, path: 1.5}
j: {app: cfg.Cmd}
k: {app: sub.Err, cfg: {app: ping.Cmd, running: false}}
l: {app: net.tcp.Link, port: 1, retry: {delay: -1, atempts: 3}}
m: {app: net.tcp.Link, port: 1, link: {lossy: {window: 2}, frame: many}}
n: {app: net.tcp.Link, port: 0, layers: [cbor_buf, reliabel]}
o: {app: pipe.ProcessCmd, command: []}
p: {app: dir, running: maybe, q: {app: pign.Cmd}}
"
        ),
        [
            r#"a.app: no application "ping.Cdm"; is it ping.Cmd?"#,
            "b.prot: unknown key; is it port?",
            "b.port: missing: an integer from 0 to 65535",
            "c.port: expected an integer from 0 to 65535, found 70000",
            "c.host: expected text, found 5",
            r#"d.app: no application "nothing.like.it""#,
            "e: expected an application, found 7",
            "f.app: expected the name of an application, found 7",
            "g.app: missing: the name of an application",
            "h.n: expected an integer from 0 to 1000, found -1",
            "h.cfg.x: unknown key",
            "i.path: expected a path, found 1.5",
            r#"j.app: the application "cfg.Cmd" needs administration to be granted"#,
            "k.cfg: it is not running, so there is nothing to start",
            "l.retry.delay: expected a number that is not negative, found -1",
            "l.retry.atempts: unknown key; is it attempts?",
            "m.link.lossy.window: expected an integer from 4 to 65535, found 2",
            "m.link.frame: expected an integer from 0 to 255, or a mapping of max_packet, max_idle, frame_start, mark, found \"many\"",
            "n.port: expected an integer from 1 to 65535, found 0",
            "o.command: it names no program",
            "p.running: expected true or false, found \"maybe\"",
            r#"p.q.app: no application "pign.Cmd"; is it ping.Cmd?"#,
        ]
    );
}

#[rstest]
#[case::twice(
    "[cbor_buf, cbor_buf]",
    r#"layers:1: the layer "cbor_buf" stands on bytes, and below it are objects"#
)]
#[case::resend_first(
    "[reliable, cbor_buf]",
    r#"layers:0: the layer "reliable" stands on objects, and below it are bytes"#
)]
#[case::frames_only(
    "[serial_frame]",
    "layers: the uppermost layer gives blocks, and calls need objects"
)]
#[case::nothing(
    "[]",
    "layers: the uppermost layer gives bytes, and calls need objects"
)]
#[case::raw_above(
    "[cbor_buf, log_raw]",
    r#"layers:1: the layer "log_raw" stands on bytes, and below it are objects"#
)]
#[case::between(
    "[serial_frame, log, cbor_blk]",
    r#"layers:1: the layer "log" stands on objects, and below it are blocks"#
)]
#[case::blocks_of_bytes(
    "[cbor_blk]",
    r#"layers:0: the layer "cbor_blk" stands on blocks, and below it are bytes"#
)]
#[case::unknown("[cbor_bufs]", r#"layers:0: no layer "cbor_bufs"; is it cbor_buf?"#)]
#[case::no_name("[{cfg: {}}]", "layers:0.name: missing: text")]
#[case::no_layer("[7]", "layers:0: expected text, or a mapping of name, cfg, found 7")]
#[case::its_own_keys(
    "[cbor_buf, {name: reliable, cfg: {windwo: 8}}]",
    "layers:1.cfg.windwo: unknown key; is it window?"
)]
#[case::their_values(
    "[{name: serial_frame, cfg: {max_packet: 0}}, cbor_blk]",
    "layers:0.cfg.max_packet: expected an integer from 1 to 32767, found 0"
)]
fn lnk_31_layers_in_a_wrong_order_are_told(#[case] layers: &str, #[case] problem: &str) {
    let text = format!("{{app: net.tcp.Port, port: 0, layers: {layers}}}");
    assert_eq!(problems(&text)[0], problem);
}

#[rstest]
#[case::plain("[cbor_buf]")]
#[case::moats("[serial_frame, cbor_blk, reliable]")]
#[case::with_logs(
    "[log_raw, {name: cbor_buf, cfg: {frame: 193}}, {name: log, cfg: {txt: a}}, reliable, log_msg]"
)]
#[case::json("[json_lines]")]
#[case::lengths("[length_prefixed]")]
fn layers_in_a_good_order_are_taken(#[case] layers: &str) {
    let text = format!("{{app: net.tcp.Port, port: 0, layers: {layers}}}");
    yaml(&text).check(&Registry::standard()).unwrap();
}

#[test]
fn a_key_that_is_repeated_is_told() {
    let twice = |key: &str| vec![(Value::from(key), Value::from(1)), (key.into(), 2.into())];
    let mut entries = vec![("app".into(), "net.tcp.Port".into())];
    entries.extend(twice("port"));
    let error = Config::from(Value::Map(entries))
        .check(&Registry::standard())
        .unwrap_err();
    assert_eq!(error.problems[0].kind, ProblemKind::RepeatedKey);
    assert_eq!(error.to_string(), "port: the key is repeated");
}

#[test]
fn a_key_that_is_no_text_is_told() {
    let config = Config::from(Value::Map(vec![
        ("app".into(), "dir".into()),
        (7.into(), Value::from_iter([("app", "ping.Cmd")])),
    ]));
    let error = config.check(&Registry::standard()).unwrap_err();
    assert_eq!(error.to_string(), ":7: unknown key");
}

/// Whatever the depth, and whoever has written it.
#[test]
fn a_deep_configuration_is_refused() {
    let mut value = Value::from_iter([("app", "ping.Cmd")]);
    for _ in 0..200 {
        value = Value::Map(vec![("app".into(), "dir".into()), ("d".into(), value)]);
    }
    let error = Config::from(value)
        .check(&Registry::standard())
        .unwrap_err();
    assert_eq!(error.problems.len(), 1);
    assert!(error.to_string().ends_with(".d: too deep"));
}

/// Counts how often it was built, and how often it was started.
fn counting(built: &Arc<AtomicUsize>, keys: Keys) -> Registry {
    let built = Arc::clone(built);
    Registry::standard().app_with("counting", keys, move |_, _| {
        built.fetch_add(1, Ordering::Relaxed);
        Ok(StdBase::new("counting").command("", |()| 1))
    })
}

#[test]
fn lnk_31_nothing_is_built_while_anything_is_wrong() {
    let built = Arc::default();
    let registry = counting(&built, Keys::new());
    let text =
        "app: dir\na: {app: counting}\nb: {app: net.tcp.Port, port: wrong}\nc: {app: counting}";
    let error = yaml(text).start(&registry).unwrap_err();
    assert!(matches!(error, StartError::Config(ConfigError { .. })));
    assert_eq!(built.load(Ordering::Relaxed), 0);
}

/// It is checked like the rest, and not built.
#[test]
fn what_shall_not_run_is_left_out() {
    let built = Arc::default();
    let registry = counting(&built, Keys::new());
    let text = "app: dir\na: {app: counting, running: false}\nb: {app: counting}";
    let system = yaml(text).start(&registry).unwrap();
    assert_eq!(built.load(Ordering::Relaxed), 1);
    assert!(system.request().unwrap().call::<u8>("a", &()).is_err());
    assert_eq!(system.request().unwrap().call::<u8>("b", &()).unwrap(), 1);
    assert_eq!(
        problems("app: dir\na: {app: ping.Cmd, running: false, x: 1}"),
        ["a.x: unknown key"]
    );
}

#[test]
fn an_application_gets_its_keys_with_their_defaults() {
    let keys = Keys::new()
        .with_default("seconds", Shape::Amount, 1.5, "a time")
        .with_default("flag", Shape::Bool, true, "a flag")
        .required("text", Shape::Text, "a text")
        .optional("more", Shape::Anything, "whatever");
    let registry = Registry::new().app_with("a", keys.clone(), |section, _| {
        assert_eq!(
            section.seconds("seconds"),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(
            (section.is_true("flag"), section.text("text")),
            (true, Some("x"))
        );
        assert_eq!((section.get("more"), section.get("app")), (None, None));
        Ok(StdBase::new(section.app_name()))
    });
    yaml("app: a\ntext: x").start(&registry).unwrap().stop();
    assert_eq!(
        keys.help(),
        "seconds: a number that is not negative (default 1.5): a time\n\
         flag: true or false (default true): a flag\n\
         text: text (required): a text\n\
         more: anything (optional): whatever\n"
    );
}

/// What an application finds wrong when it is built is its place, too.
#[test]
fn what_an_application_says_has_its_place() {
    let registry = Registry::standard().app_with(
        "odd",
        Keys::new().required("n", Shape::Integer(0..=99), "odd"),
        |section, _| match section.integer("n") {
            Some(n) if n % 2 == 1 => Ok(StdBase::new("odd")),
            _ => Err(section.problem(Some("n"), "it is even")),
        },
    );
    let error = yaml("app: dir\na: {app: odd, n: 4}")
        .start(&registry)
        .unwrap_err();
    assert_eq!(error.to_string(), "a.n: it is even");
}

#[test]
fn elements_of_an_array_have_numbers() {
    let system = start("app: dir\na: {app: sub.Array, n: 3, cfg: {app: ping.Cmd}}");
    let request = system.request().unwrap();
    assert_eq!(request.call::<u8>(path("a:1"), &5).unwrap(), 5);
    for bad in ["a:3", "a:-1"] {
        let error = request.call::<u8>(path(bad), &5).unwrap_err();
        assert!(error.to_string().contains("NoPathError"), "{error}");
    }
    let error = request.call::<u8>("a.x", &5).unwrap_err();
    assert!(error.to_string().contains("KeyError"), "{error}");
}

#[test]
fn names_that_stand_for_one_another_are_an_error() {
    let system = start(
        "app: dir\na: {app: remote.Fwd, path: b}\nb: {app: remote.Fwd, path: a}\nc: {app: remote.Fwd, path: c.x}",
    );
    let request = system.request().unwrap();
    for name in ["a", "c"] {
        let error = request.call::<u8>(name, &5).unwrap_err();
        assert!(error.to_string().contains("RecursionError"), "{error}");
    }
}

#[test]
fn lnk_32_administration_is_for_those_to_whom_it_was_granted() {
    let text = "app: dir\nc: {app: cfg.Cmd}\np: {app: ping.Cmd}\nn: {app: net.tcp.Port, port: 0}";
    yaml(text).check(&Registry::standard()).unwrap_err();
    let registry = Registry::standard().grant_administration();
    let system = yaml(text).start(&registry).unwrap();
    assert_eq!(system.wait_ready(LONG), Stage::Ready);
    // From within: everything.
    let request = system.request().unwrap();
    let (plain, rest): (Value, Vec<String>) = request.call("c.r", &()).unwrap();
    assert_eq!(plain, Value::from_iter([("app", "dir")]));
    assert_eq!(rest, ["c", "p", "n"]);
    let port: u16 = request.call("c.r", &(Path::from("n.port"),)).unwrap();
    assert_eq!(i128::from(port), self::port(&system, "n"));
    let ping: Value = request.call("p.cfg_", &()).unwrap();
    assert_eq!(ping, Value::from_iter([("app", "ping.Cmd")]));

    // From without: what was named in the configuration, and no more.
    let client = start(&format!("app: dir\nr: {{app: net.tcp.Link, port: {port}}}"));
    let request = client.request().unwrap();
    assert!(request.call::<Value>("r.c.r", &()).is_ok());
    assert!(request.call::<Value>("r.p.cfg_", &()).is_err());
    assert!(request.call::<Value>("r.p.stp_", &()).is_err());
}

#[test]
fn a_connection_administers_only_where_the_configuration_says_so_and_that_was_granted() {
    let text =
        "app: dir\np: {app: ping.Cmd}\nn: {app: net.tcp.Port, port: 0, administration: true}";
    let error = yaml(text).check(&Registry::standard()).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"n.administration: the application "net.tcp.Port" needs administration to be granted"#
    );
    let system = yaml(text)
        .start(&Registry::standard().grant_administration())
        .unwrap();
    assert_eq!(system.wait_ready(LONG), Stage::Ready);
    let port = port(&system, "n");
    let client = start(&format!("app: dir\nr: {{app: net.tcp.Link, port: {port}}}"));
    let request = client.request().unwrap();
    request.call::<()>("r.p.stp_", &()).unwrap();
    let error = request.call::<u8>("r.p", &1).unwrap_err();
    assert!(error.to_string().contains("StoppedError"), "{error}");
}

/// Multiplies with a factor that can be changed.
struct Multiplier(AtomicI64);

impl Subsystem for Multiplier {
    fn kind(&self) -> &str {
        "multiplier"
    }

    fn serve(&self, call: Call) {
        let number: i64 = call.arguments().unwrap();
        call.reply(&(number * self.0.load(Ordering::Relaxed)));
    }

    fn reload(&self, configuration: &Value) -> Result<(), RemoteError> {
        let factor = configuration.get("factor").and_then(Value::as_int);
        let factor = factor.and_then(|factor| i64::try_from(factor).ok());
        self.0.store(factor.unwrap(), Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn lnk_31_a_new_configuration_of_what_runs_is_checked_as_the_first_one_was() {
    let keys = Keys::new()
        .with_default("factor", Shape::Integer(1..=9), 2, "what to multiply with")
        .optional("unit", Shape::Text, "of what");
    let registry = Registry::standard().app_with("multiplier", keys, |section, _| {
        let factor = section.integer("factor").unwrap_or_default();
        Ok(Multiplier(AtomicI64::new(factor)))
    });
    let text = "app: dir\nd: {app: dir, m: {app: multiplier}}\np: {app: ping.Cmd}";
    let system = yaml(text).start(&registry).unwrap();
    assert_eq!(system.wait_ready(LONG), Stage::Ready);
    let request = system.request().unwrap();
    let reload = |path: &str, text: &str| {
        let new: Value = yaml_serde::from_str(text).unwrap();
        request.call::<()>(path, &(new,))
    };
    for (wrong, problem) in [
        (
            "{factor: 10}",
            "d.m.factor: expected an integer from 1 to 9, found 10",
        ),
        ("{fator: 3}", "d.m.fator: unknown key; is it factor?"),
        ("{app: ping.Cmd}", "d.m.app: unknown key"),
        ("3", "d.m: expected a mapping of factor, unit, found 3"),
    ] {
        let Err(CallError::Remote(error)) = reload("d.m.upd_", wrong) else {
            panic!("{wrong} was taken");
        };
        assert_eq!(&*error.name, "ValueError");
        assert_eq!(error.args, [Value::from(problem)]);
        let Err(CallError::Remote(error)) = reload("upd_", &format!("{{d: {{m: {wrong}}}}}"))
        else {
            panic!("{wrong} was taken");
        };
        assert_eq!(error.args, [Value::from(problem)], "from above, too");
        assert_eq!(
            request.call::<i64>("d.m", &5).unwrap(),
            10,
            "the old one stays"
        );
    }
    let shown = |factor: i64| {
        let app = ("app", Value::from("multiplier"));
        Value::from_iter([app, ("factor", factor.into())])
    };
    assert_eq!(request.call::<Value>("d.m.cfg_", &()).unwrap(), shown(2));
    reload("d.m.upd_", "{app: multiplier, factor: 3, wait: false}").unwrap();
    assert_eq!(request.call::<i64>("d.m", &5).unwrap(), 15);
    assert_eq!(request.call::<Value>("d.m.cfg_", &()).unwrap(), shown(3));
    reload("d.upd_", "{m: {}}").unwrap();
    assert_eq!(
        request.call::<i64>("d.m", &5).unwrap(),
        10,
        "the default again"
    );
    // One that takes no keys takes none later.
    let Err(CallError::Remote(error)) = reload("p.upd_", "{factor: 1}") else {
        panic!("an echo has no factor");
    };
    assert_eq!(error.args, [Value::from("p.factor: unknown key")]);
}
