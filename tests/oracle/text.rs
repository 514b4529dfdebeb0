//! Streams of text: how each of Python's calls is spelled here.

use iolite::text::{LineEnding, LineEndings, NewlineDecoder, TextPosition};
use iolite::{
    BufferedIo, BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Encoding, Error,
    ErrorPolicy, FileIo, IoBase, Newline, StringIo, TextIo, TextIoExt, TextIoWrapper, TextOptions,
};

use crate::answer::{self, Answer, NOTHING, list, number, text};
use crate::bytes::{Bytes, close, limit, one as one_of_bytes, predicate};
use crate::device::{Content, Device};
use crate::hindered;
use crate::program::{self, Program, data};

/// What a text stream does that the trait has not.
pub(crate) trait Text: TextIo {
    fn to_end(&mut self) -> Result<(), Error>;
    /// Leaves the stream, and says what its bytes are if it keeps them itself.
    fn leave(self, detach: bool) -> (String, Option<Vec<u8>>);
    fn change(&mut self, change: impl Fn(TextOptions) -> TextOptions) -> Result<(), Error>;
    /// The buffer, if it can be asked for more.
    fn buffer(self) -> std::result::Result<Option<Bytes>, Error>;
    /// Ends a run of UTF-7, as CPython does behind each write (ENC-20), where a place can be told.
    fn end_run(&mut self) {}
    /// A call of this class only.
    fn own(&mut self, _: &[String]) -> Option<Answer> {
        None
    }
}

/// What the bytes of a buffer are, if it keeps them itself, and what it is when it is detached.
pub(crate) trait Below: BufferedIo + Sized {
    fn own_bytes(&self) -> Option<Vec<u8>> {
        None
    }
    fn alone(self) -> Option<Bytes> {
        None
    }
}
impl Below for BufferedReader<FileIo> {}
impl Below for BufferedWriter<FileIo> {}
impl Below for BufferedRandom<FileIo> {}
impl Below for BufferedReader<Device> {
    fn alone(self) -> Option<Bytes> {
        Some(Bytes::Reader(self))
    }
}
impl Below for BufferedWriter<Device> {
    fn alone(self) -> Option<Bytes> {
        Some(Bytes::Writer(self))
    }
}
impl Below for BufferedRandom<Device> {
    fn alone(self) -> Option<Bytes> {
        Some(Bytes::Random(self))
    }
}
impl Below for BytesIo {
    fn own_bytes(&self) -> Option<Vec<u8>> {
        Some(self.as_slice().to_vec())
    }
    fn alone(self) -> Option<Bytes> {
        Some(Bytes::Memory(self))
    }
}

impl<B: Below> Text for TextIoWrapper<B> {
    fn to_end(&mut self) -> Result<(), Error> {
        self.seek_end()
    }

    fn end_run(&mut self) {
        if self.encoding() == Encoding::UTF_7 {
            let _ = self.tell();
        }
    }

    fn change(&mut self, change: impl Fn(TextOptions) -> TextOptions) -> Result<(), Error> {
        self.reconfigure(change(self.options()))
    }

    fn buffer(self) -> std::result::Result<Option<Bytes>, Error> {
        Ok(self.detach()?.alone())
    }

    fn leave(mut self, detach: bool) -> (String, Option<Vec<u8>>) {
        if !detach {
            let word = close(&mut self);
            return (word, self.get_ref().own_bytes());
        }
        match self.detach() {
            // Dropped below, where the device's bytes are looked at.
            Ok(buffer) => (NOTHING.to_owned(), buffer.own_bytes()),
            Err(error) => {
                let (error, stream) = error.into_parts();
                (answer::word(Err(error)), stream.get_ref().own_bytes())
            }
        }
    }
}

impl Text for StringIo {
    fn to_end(&mut self) -> Result<(), Error> {
        self.seek_chars(self.as_str().chars().count() as u64)
    }

    fn change(&mut self, _: impl Fn(TextOptions) -> TextOptions) -> Result<(), Error> {
        panic!("only wrappers are reconfigured")
    }

    fn buffer(self) -> std::result::Result<Option<Bytes>, Error> {
        panic!("only wrappers are taken apart")
    }

    fn leave(mut self, _: bool) -> (String, Option<Vec<u8>>) {
        (close(&mut self), None)
    }

    fn own(&mut self, call: &[String]) -> Option<Answer> {
        let answer = match call[0].as_str() {
            "getvalue" => Ok(text(self.as_str())),
            "tell" => self.tell_chars().map(number),
            "truncate" => self.cut(limit(&call[1])),
            "seek" if call[2] == "0" => {
                let n = call[1].parse().unwrap();
                self.seek_chars(n).map(|()| number(n))
            }
            "seek" => self.to_end().and_then(|()| Ok(number(self.tell_chars()?))),
            _ => return None,
        };
        Some(answer)
    }
}

/// CPython counts characters where we count bytes (STR-2).
trait Cut {
    fn cut(&mut self, size: Option<usize>) -> Answer;
}

impl Cut for StringIo {
    fn cut(&mut self, size: Option<usize>) -> Answer {
        let n = match size {
            Some(n) => n as u64,
            None => self.tell_chars()?,
        };
        let at = self.as_str().char_indices().nth(n as usize);
        let at = at.map_or(self.as_str().len(), |(at, _)| at);
        self.truncate(Some(at as u64))?;
        Ok(number(n))
    }
}

/// Line ends that were seen, in Python's order.
pub(crate) fn seen(endings: LineEndings) -> String {
    text(&endings.iter().map(LineEnding::as_str).collect::<String>())
}

/// Python's `IncrementalNewlineDecoder`.
fn decoder(program: &Program) -> Vec<String> {
    let newline = match program.setup[1].as_str() {
        "1" => Newline::Universal,
        _ => Newline::Keep,
    };
    let mut decoder = NewlineDecoder::new(newline);
    let calls = program.calls.iter().map(|call| match call[0].as_str() {
        "reset" => {
            decoder.reset();
            NOTHING.to_owned()
        }
        "newlines" => seen(decoder.newlines()),
        _ => {
            let mut out = String::new();
            decoder.decode(&program::text(&call[1]), call[2] == "1", &mut out);
            text(&out)
        }
    });
    calls.collect()
}

pub(crate) fn run(program: &Program, theirs: &[&str]) -> Vec<String> {
    let setup: Vec<&str> = program.setup.iter().map(String::as_str).collect();
    if let ["stringio", newline, content] = setup[..] {
        let content = program::text(content);
        let stream = match newline {
            "lf" => StringIo::from(content),
            newline => StringIo::with_newline(&content, newline.parse().unwrap()),
        };
        return calls(stream, program, theirs, None).0;
    }
    if setup[0] == "newlines" {
        return decoder(program);
    }
    let [
        "text",
        base,
        cap,
        encoding,
        errors,
        newline,
        lines,
        _,
        device,
    ] = setup[..]
    else {
        panic!("no such stream: {program}");
    };
    let newline: Newline = newline.parse().unwrap();
    let options = TextOptions::new()
        .encoding(encoding.parse().unwrap())
        .errors(errors.parse().unwrap())
        .newline(newline)
        .line_buffering(lines == "1");
    if base == "bytesio" {
        let memory = BytesIo::from(data(device.split('/').next().unwrap()));
        let stream = TextIoWrapper::with_options(memory, options);
        let (mut results, content) = calls(stream, program, theirs, None);
        results.push(answer::bytes(&content.unwrap_or_default()));
        return results;
    }
    let (device, content) = Device::new(device);
    let cap: usize = cap.parse().unwrap();
    let cap = if cap == 0 { 8192 } else { cap };
    let (mut results, _) = match base {
        "reader" => {
            let stream =
                TextIoWrapper::with_options(BufferedReader::with_capacity(cap, device), options);
            calls(stream, program, theirs, Some(&content))
        }
        "writer" => {
            let stream =
                TextIoWrapper::with_options(BufferedWriter::with_capacity(cap, device), options);
            calls(stream, program, theirs, Some(&content))
        }
        _ => {
            let below = BufferedRandom::with_capacity(cap, device).unwrap();
            let stream = TextIoWrapper::with_options(below, options);
            calls(stream, program, theirs, Some(&content))
        }
    };
    results.push(answer::bytes(&content.borrow()));
    results
}

pub(crate) fn calls<T: Text>(
    mut stream: T,
    program: &Program,
    theirs: &[&str],
    device: Option<&Content>,
) -> (Vec<String>, Option<Vec<u8>>) {
    let mut results = Vec::new();
    let mut slots = Slots::default();
    let hindered = hindered::applies(program);
    let mut detach = false;
    for (i, call) in program.calls.iter().enumerate() {
        if call[0] == "detach" {
            if i + 1 < program.calls.len() {
                return alone(stream, results, program, theirs);
            }
            detach = true;
            break;
        }
        if let ("below", Some(device)) = (&*call[0], device) {
            results.push(answer::bytes(&device.borrow()));
            continue;
        }
        let theirs = theirs.get(i).copied().unwrap_or_default();
        let answer = match hindered {
            true => hindered::one(&mut stream, call, theirs, &mut slots),
            false => one(&mut stream, call, theirs, &mut slots),
        };
        results.push(answer::word(answer));
    }
    if hindered {
        hindered::before_leaving(&mut stream);
    }
    let (word, content) = stream.leave(detach);
    results.push(word);
    (results, content)
}

/// What the detached buffer does when it is asked for more.
fn alone(
    stream: impl Text,
    mut results: Vec<String>,
    program: &Program,
    theirs: &[&str],
) -> (Vec<String>, Option<Vec<u8>>) {
    let mut buffer = match stream.buffer() {
        Ok(Some(buffer)) => buffer,
        other => panic!("not detached: {:?}", other.err()),
    };
    results.push(NOTHING.to_owned());
    for i in results.len()..program.calls.len() {
        let theirs = theirs.get(i).copied().unwrap_or_default();
        results.push(answer::word(one_of_bytes(
            &mut buffer,
            &program.calls[i][1..],
            theirs,
        )));
    }
    let close = ["close".to_owned()];
    results.push(answer::word(one_of_bytes(&mut buffer, &close, "")));
    let own = match &buffer {
        Bytes::Memory(memory) => Some(memory.as_slice().to_vec()),
        _ => None,
    };
    (results, own)
}

/// Places that were told, and those that stay when something is written.
#[derive(Default)]
pub(crate) struct Slots {
    told: Vec<TextPosition>,
    kept: Vec<TextPosition>,
}

/// Writes a text as CPython does.
fn write(stream: &mut impl Text, text: &str) -> Result<(), Error> {
    stream.write_str(text)?;
    stream.end_run();
    Ok(())
}

/// One call.
pub(crate) fn one(
    stream: &mut impl Text,
    call: &[String],
    theirs: &str,
    slots: &mut Slots,
) -> Answer {
    let first = call.get(1).map_or("none", String::as_str);
    let name = call[0].as_str();
    let Slots { told, kept } = slots;
    if ["write", "writelines", "truncate"].contains(&name) {
        told.clear();
    }
    // The latter is how CPython refuses a policy for writing only (POL-4).
    let refused = theirs.starts_with("!decode") || theirs == "!TypeError";
    if refused && name.starts_with(['r', 'l']) {
        return up_to_an_error(stream);
    }
    if let Some(answer) = stream.own(call) {
        return answer;
    }
    let nothing = |()| NOTHING.to_owned();
    match name {
        "read" => read(stream, limit(first)),
        "readline" => Ok(text(&line(stream, limit(first))?)),
        "readlines" => lines(limit(first), || line(stream, None)),
        "list" => lines(None, || line(stream, None)),
        "write" => {
            let content = program::text(first);
            write(stream, &content)?;
            Ok(number(content.chars().count() as u64))
        }
        "writelines" => {
            for line in &call[1..] {
                write(stream, &program::text(line))?;
            }
            Ok(NOTHING.to_owned())
        }
        "mark" => mark(stream, told, theirs),
        "keep" => mark(stream, kept, theirs),
        "goto" => go(stream, told, first),
        "back" => go(stream, kept, first),
        "start" => stream.seek(TextPosition::START).map(nothing),
        "end" => stream.to_end().map(nothing),
        "truncate" => Ok(number(stream.truncate(first.parse().ok())?)),
        "flush" => stream.flush().map(nothing),
        "newlines" => Ok(seen(stream.newlines())),
        "ends" => ends(stream, theirs),
        "reconfigure" => {
            let value = &call[2];
            let change = |options: TextOptions| match first {
                // Python's policy is strict again then.
                "encoding" => options
                    .encoding(value.parse().unwrap())
                    .errors(ErrorPolicy::Strict),
                "errors" => options.errors(value.parse().unwrap()),
                "line_buffering" => options.line_buffering(value == "1"),
                "write_through" => options.write_through(value == "1"),
                _ => options.newline(value.parse().unwrap()),
            };
            stream.change(change).map(nothing)
        }
        "close" => Ok(close(stream)),
        name => predicate(stream, name),
    }
}

fn mark(stream: &mut impl Text, slots: &mut Vec<TextPosition>, theirs: &str) -> Answer {
    slots.push(TextPosition::START);
    let at = stream.tell()?;
    if !theirs.starts_with('!') {
        *slots.last_mut().unwrap() = at;
    }
    Ok(NOTHING.to_owned())
}

fn go(stream: &mut impl Text, slots: &[TextPosition], number: &str) -> Answer {
    let number: usize = number.parse().unwrap();
    let to = slots.get(number % slots.len().max(1));
    stream.seek(to.copied().unwrap_or(TextPosition::START))?;
    Ok(NOTHING.to_owned())
}

/// The line ends that were seen: CPython's also those that it has decoded ahead (TXT-43), so all of
/// them only at the end.
fn ends(stream: &mut impl Text, theirs: &str) -> Answer {
    let ours: Vec<String> = stream
        .newlines()
        .iter()
        .map(|end| text(end.as_str()))
        .collect();
    let ahead = theirs.strip_prefix('l').unwrap_or_default().split(',');
    let known: Vec<&str> = ahead.collect();
    let more = ours.iter().all(|end| known.contains(&&**end));
    match more && !stream.fill_str()?.is_empty() {
        true => Ok(theirs.to_owned()),
        false => Ok(list(&ours)),
    }
}

/// CPython throws the text before malformed bytes away (TXT-4): we read up to the error.
fn up_to_an_error(stream: &mut impl Text) -> Answer {
    let mut read = String::new();
    stream.read_to_string(&mut read)?;
    Ok(text(&read))
}

fn read(stream: &mut impl Text, n: Option<usize>) -> Answer {
    let mut taken = String::new();
    match n {
        // `read_chars` of none asks nobody here, which this does.
        Some(0) => drop(stream.read_line_part(0, &mut taken)?),
        Some(n) => drop(stream.read_chars(n, &mut taken)?),
        None => drop(stream.read_to_string(&mut taken)?),
    }
    Ok(text(&taken))
}

/// A line, or as many characters of it as the limit allows.
pub(crate) fn line(stream: &mut impl Text, limit: Option<usize>) -> Result<String, Error> {
    let mut line = String::new();
    let Some(limit) = limit else {
        stream.read_line(&mut line)?;
        return Ok(line);
    };
    stream.read_line_part(limit, &mut line)?;
    Ok(line)
}

/// `readlines` stops behind the line with which there are more than `hint` characters.
pub(crate) fn lines(
    hint: Option<usize>,
    mut line: impl FnMut() -> Result<String, Error>,
) -> Answer {
    let mut lines = Vec::new();
    let mut total = 0;
    loop {
        let line = line()?;
        if line.is_empty() {
            return Ok(list(&lines));
        }
        total += line.chars().count();
        lines.push(text(&line));
        if hint.is_some_and(|hint| hint > 0 && total > hint) {
            return Ok(list(&lines));
        }
    }
}
