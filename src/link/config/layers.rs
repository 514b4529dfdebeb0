//! [`LinkLayers`]: the layers of a link, as a configuration names them.

use std::fmt;

use super::app::Build;
use super::check;
use super::error::{Problem, ProblemKind, similar};
use super::keys::{Keys, Shape};
use super::section::{ConfigSection, millis};
use crate::link::frame::{CborSequence, JsonLines, LengthPrefixed, Prefixed, SerialPackerOptions};
use crate::link::layer::{
    ByteLink, Framed, Layer, LinkError, Log, ObjectLink, ResendLayer, ResendOptions,
};
use crate::link::object::{ItemLimits, Path, Value};

/// The layers of a link, as a configuration names them: from bytes to objects.
///
/// An application with a link adds [`link_keys`] to its own keys, says what
/// [`problems`](LinkLayers::problems) finds in its [`check`](super::App::check), and takes the
/// [layers of its section](LinkLayers::new) when it builds.
///
/// They are either listed, the lowest first, by `layers`; or they are what `link` asks for: frames, then
/// re-sending if the line is lossy, and logs where `log_raw`, `log_rel` and `log` say so.
///
/// | name | stands on | gives | takes |
/// |---|---|---|---|
/// | `cbor_buf` | bytes | objects | `frame`: a byte before each |
/// | `serial_frame` | bytes | blocks | `max_packet`, `max_idle` (ms), `frame_start`, `mark` |
/// | `cbor_blk` | blocks | objects | |
/// | `length_prefixed` | bytes | objects | |
/// | `json_lines` | bytes | objects | |
/// | `reliable` | objects | objects | `window`, `timeout` (ms), `retries` |
/// | `log_raw` | bytes | bytes | `txt` |
/// | `log`, `log_msg` | objects | objects | `txt` |
pub struct LinkLayers {
    raw: Vec<Log>,
    framed: FramedLayer,
    above: Vec<Box<dyn Layer<ObjectLink, Link = ObjectLink>>>,
}

/// The one layer that makes objects of bytes.
type FramedLayer = Box<dyn Layer<ByteLink, Link = ObjectLink>>;

/// The keys of an application that has a link.
pub fn link_keys() -> Keys {
    let element = Keys::new()
        .required("name", Shape::Text, "which layer")
        .optional("cfg", Shape::Anything, "what it takes");
    let element = Shape::OneOf(vec![Shape::Text, Shape::Mapping(element)]);
    let frame = Shape::OneOf(vec![prefix_shape(), Shape::Mapping(serial_keys())]);
    let lossy = Shape::OneOf(vec![Shape::Bool, Shape::Mapping(resend_keys())]);
    let link = Keys::new()
        .optional(
            "frame",
            frame,
            "a byte before each object, or frames with a check sum",
        )
        .with_default(
            "console",
            Shape::Bool,
            false,
            "whether text beside the frames is logged",
        )
        .optional("lossy", lossy, "whether what is lost has to be sent again");
    let log = || Shape::Mapping(log_keys());
    Keys::new()
        .optional("link", Shape::Mapping(link), "what the line is like")
        .optional(
            "layers",
            Shape::List(Box::new(element)),
            "the layers, the lowest first",
        )
        .optional("log_raw", log(), "logs the bytes")
        .optional("log_rel", log(), "logs what the re-sending layer says")
        .optional("log", log(), "logs the objects")
}

fn prefix_shape() -> Shape {
    Shape::Integer(0..=255)
}

fn serial_keys() -> Keys {
    let byte = || Shape::OneOf(vec![Shape::Null, Shape::Integer(0..=255)]);
    Keys::new()
        .with_default(
            "max_packet",
            Shape::Integer(1..=32767),
            127,
            "bytes in a frame",
        )
        .with_default(
            "max_idle",
            Shape::Integer(1..=3_600_000),
            100,
            "milliseconds of silence",
        )
        .with_default("frame_start", byte(), 0xfa, "what a frame begins with")
        .with_default("mark", byte(), (), "what every byte of a frame begins with")
}

fn resend_keys() -> Keys {
    Keys::new()
        .with_default(
            "window",
            Shape::Integer(4..=65535),
            8,
            "numbers of messages",
        )
        .with_default(
            "timeout",
            Shape::Integer(10..=3_600_000),
            1000,
            "milliseconds",
        )
        .with_default("retries", Shape::Integer(0..=1_000_000), 8, "how often")
}

fn log_keys() -> Keys {
    Keys::new().with_default("txt", Shape::Text, "link", "what a line begins with")
}

/// What a layer stands on, and what it gives to the one above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Bytes,
    Blocks,
    Objects,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Bytes => "bytes",
            Unit::Blocks => "blocks",
            Unit::Objects => "objects",
        }
    }
}

/// A layer by its name.
struct Known {
    name: &'static str,
    needs: Unit,
    gives: Unit,
    keys: fn() -> Keys,
    /// Where in the keys of a link its own stand, for a layer that has the name only.
    place: &'static [&'static str],
    /// Adds the layer, with what it takes.
    add: fn(&mut LinkLayers, &Value, &Materials<'_>),
}

/// What layers are made with, beside what they take.
struct Materials<'a> {
    limits: ItemLimits,
    /// What takes the text beside the frames.
    console: Option<Log>,
    build: &'a Build,
}

const KNOWN: [Known; 9] = [
    Known {
        name: "cbor_buf",
        needs: Unit::Bytes,
        gives: Unit::Objects,
        keys: || Keys::new().optional("frame", prefix_shape(), "a byte before each object"),
        place: &["link"],
        add: |layers, settings, with| layers.framed = cbor_buf(settings, with),
    },
    Known {
        name: "serial_frame",
        needs: Unit::Bytes,
        gives: Unit::Blocks,
        keys: serial_keys,
        place: &["link", "frame"],
        add: |layers, settings, with| layers.framed = serial_frame(settings, with),
    },
    Known {
        name: "cbor_blk",
        needs: Unit::Blocks,
        gives: Unit::Objects,
        keys: Keys::new,
        place: &[],
        // Blocks become objects where the frames are read.
        add: |_, _, _| {},
    },
    Known {
        name: "length_prefixed",
        needs: Unit::Bytes,
        gives: Unit::Objects,
        keys: Keys::new,
        place: &[],
        add: |layers, _, with| {
            let limits = with.limits;
            let framing = move || LengthPrefixed::new(limits);
            layers.framed = Box::new(Framed::new("length_prefixed", framing));
        },
    },
    Known {
        name: "json_lines",
        needs: Unit::Bytes,
        gives: Unit::Objects,
        keys: Keys::new,
        place: &[],
        add: |layers, _, with| {
            let limits = with.limits;
            let framing = move || JsonLines::new(limits);
            layers.framed = Box::new(Framed::new("json_lines", framing));
        },
    },
    Known {
        name: "reliable",
        needs: Unit::Objects,
        gives: Unit::Objects,
        keys: resend_keys,
        place: &["link", "lossy"],
        add: |layers, settings, _| {
            let resend = ResendLayer::new(resend(settings));
            layers.above.push(Box::new(resend));
        },
    },
    Known {
        name: "log_raw",
        needs: Unit::Bytes,
        gives: Unit::Bytes,
        keys: log_keys,
        place: &["log_raw"],
        add: |layers, settings, with| layers.raw.push(with.build.log(text(settings))),
    },
    log_of_objects("log_msg"),
    log_of_objects("log"),
];

const fn log_of_objects(name: &'static str) -> Known {
    Known {
        name,
        needs: Unit::Objects,
        gives: Unit::Objects,
        keys: log_keys,
        place: &["log"],
        add: |layers, settings, with| {
            let log = with.build.log(text(settings));
            layers.above.push(Box::new(log));
        },
    }
}

/// A layer of a link, with what it takes.
struct Chosen {
    layer: &'static Known,
    settings: Value,
    /// Where it stands in the configuration.
    path: Path,
}

impl LinkLayers {
    /// All that is wrong with the layers of a section that has the [`link_keys`].
    pub fn problems(section: &ConfigSection) -> Vec<Problem> {
        let mut problems = Vec::new();
        let chosen = choose(section, &mut problems);
        let mut below = Unit::Bytes;
        for Chosen { layer, path, .. } in &chosen {
            if layer.needs != below {
                let kind = ProblemKind::LayerOrder {
                    layer: layer.name.to_owned(),
                    needs: layer.needs.name(),
                    found: below.name(),
                };
                problems.push(Problem::new(path.clone(), kind));
            }
            below = layer.gives;
        }
        // Where a layer is not known, nobody knows what it gives.
        if problems.is_empty() && below != Unit::Objects {
            let found = below.name();
            let path = section.path().clone().join("layers");
            problems.push(Problem::new(path, ProblemKind::NoObjects { found }));
        }
        problems
    }

    /// The layers of a section in which there is nothing wrong; otherwise those of a plain link.
    pub fn new(section: &ConfigSection, build: &Build, limits: ItemLimits) -> LinkLayers {
        let mut layers = LinkLayers {
            raw: Vec::new(),
            framed: Box::new(Framed::new("cbor_buf", move || CborSequence::new(limits))),
            above: Vec::new(),
        };
        let link = section.get("link");
        let has_console = link.and_then(|link| link.get("console")) == Some(&Value::Bool(true));
        let materials = Materials {
            limits,
            console: has_console.then(|| build.log("console")),
            build,
        };
        for chosen in choose(section, &mut Vec::new()) {
            (chosen.layer.add)(&mut layers, &chosen.settings, &materials);
        }
        layers
    }
}

/// The layers that a section asks for, the lowest first.
fn choose(section: &ConfigSection, problems: &mut Vec<Problem>) -> Vec<Chosen> {
    match section.get("layers") {
        Some(Value::Array(layers)) => {
            let path = section.path().clone().join("layers");
            let layers = (0u64..).zip(layers);
            let layers = layers.filter_map(|(index, layer)| {
                listed(layer, path.clone().join(index), section, problems)
            });
            layers.collect()
        }
        _ => implied(section),
    }
}

/// A layer of the list: a name, or a name and what it takes.
fn listed(
    layer: &Value,
    path: Path,
    section: &ConfigSection,
    problems: &mut Vec<Problem>,
) -> Option<Chosen> {
    let name = layer.as_str().or_else(|| layer.get("name")?.as_str())?;
    let Some(known) = KNOWN.iter().find(|known| known.name == name) else {
        let similar = similar(name, KNOWN.iter().map(|known| known.name));
        let name = name.to_owned();
        problems.push(Problem::new(
            path,
            ProblemKind::UnknownLayer { name, similar },
        ));
        return None;
    };
    let settings = match layer.get("cfg") {
        Some(cfg) => {
            let shape = Shape::Mapping((known.keys)());
            check::value(cfg, &shape, path.clone().join("cfg"), problems)?
        }
        None => known.settings(section),
    };
    Some(Chosen {
        layer: known,
        settings,
        path,
    })
}

/// The layers that follow from what the line is like.
fn implied(section: &ConfigSection) -> Vec<Chosen> {
    let link = |key| section.get("link").and_then(|link| link.get(key));
    let mut names = Vec::new();
    names.extend(section.get("log_raw").map(|_| "log_raw"));
    match link("frame") {
        Some(Value::Map(_)) => names.extend(["serial_frame", "cbor_blk"]),
        _ => names.push("cbor_buf"),
    }
    let is_lossy = link("lossy").is_some_and(|lossy| *lossy != Value::Bool(false));
    let mut chosen: Vec<_> = names
        .into_iter()
        .filter_map(|name| named(name, section))
        .collect();
    if is_lossy {
        // Below the re-sending layer there is a log of its own.
        let log = section.get("log_rel").cloned();
        chosen.extend(
            log.zip(named("log", section))
                .map(|(settings, log)| Chosen { settings, ..log }),
        );
        chosen.extend(named("reliable", section));
    }
    chosen.extend(section.get("log").and_then(|_| named("log", section)));
    chosen
}

fn named(name: &str, section: &ConfigSection) -> Option<Chosen> {
    let layer = KNOWN.iter().find(|known| known.name == name)?;
    Some(Chosen {
        layer,
        settings: layer.settings(section),
        path: section.path().clone(),
    })
}

impl Known {
    /// What the layer takes from its place among the keys of the link, or its defaults.
    fn settings(&self, section: &ConfigSection) -> Value {
        let place = self
            .place
            .iter()
            .try_fold(section.values(), |value, key| value.get(key));
        match place {
            Some(settings @ Value::Map(_)) => settings.clone(),
            _ => {
                let defaults = Value::Map(Vec::new());
                let shape = Shape::Mapping((self.keys)());
                let completed = check::value(&defaults, &shape, Path::root(), &mut Vec::new());
                completed.unwrap_or(defaults)
            }
        }
    }
}

fn cbor_buf(settings: &Value, with: &Materials<'_>) -> FramedLayer {
    let (limits, console) = (with.limits, with.console.clone());
    match byte(settings, "frame") {
        None => Box::new(Framed::new("cbor_buf", move || CborSequence::new(limits))),
        Some(prefix) => {
            let framed = Framed::new("cbor_buf", move || Prefixed::new(prefix, limits));
            Box::new(framed.console(move || console_of(console.clone())))
        }
    }
}

fn serial_frame(settings: &Value, with: &Materials<'_>) -> FramedLayer {
    let mut options = SerialPackerOptions::new()
        .start(byte(settings, "frame_start"))
        .mark(byte(settings, "mark"));
    if let Some(bytes) = integer(settings, "max_packet") {
        options = options.max_packet(bytes);
    }
    if let Some(silence) = settings.get("max_idle").and_then(millis) {
        options = options.max_idle(silence);
    }
    let framing = move || options.build().expect("the keys allow no other sizes");
    let framed = Framed::new("serial_frame", framing);
    let console = with.console.clone();
    Box::new(framed.console(move || console_of(console.clone())))
}

/// What takes the text beside the frames.
fn console_of(log: Option<Log>) -> impl FnMut(crate::chunk::Chain) + Send {
    move |bytes| {
        if let Some(log) = &log {
            log.console(&bytes.to_chunk());
        }
    }
}

fn resend(settings: &Value) -> ResendOptions {
    let mut options = ResendOptions::new();
    if let Some(window) = integer(settings, "window") {
        options = options.window(window);
    }
    if let Some(timeout) = settings.get("timeout").and_then(millis) {
        options = options.timeout(timeout);
    }
    if let Some(retries) = integer(settings, "retries") {
        options = options.retries(retries);
    }
    options
}

fn integer<T: TryFrom<i128>>(settings: &Value, key: &str) -> Option<T> {
    T::try_from(settings.get(key)?.as_int()?).ok()
}

fn byte(settings: &Value, key: &str) -> Option<u8> {
    integer(settings, key)
}

fn text(settings: &Value) -> &str {
    settings
        .get("txt")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

impl Layer<ByteLink> for LinkLayers {
    type Link = ObjectLink;

    fn name(&self) -> String {
        let raw = self.raw.iter().map(Layer::<ByteLink>::name);
        let above = self.above.iter().map(|layer| layer.name());
        let names: Vec<_> = raw.chain([self.framed.name()]).chain(above).collect();
        names.join(", ")
    }

    fn set_up(&self, mut parent: ByteLink) -> Result<ObjectLink, LinkError> {
        for log in &self.raw {
            parent = log.set_up(parent)?;
        }
        let mut link = self.framed.set_up(parent)?;
        for layer in &self.above {
            link = layer.set_up(link)?;
        }
        Ok(link)
    }
}

impl fmt::Debug for LinkLayers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LinkLayers({})", self.name())
    }
}
