//! Commands for a Redis server, and what it will answer.

use crate::random::Random;

/// What one client says, who has keys of his own: so it is known what each reply will be, and none
/// of them could be another client's.
pub(super) struct Talker {
    name: String,
    random: Random,
    said: u64,
    counted: u64,
    value: Vec<u8>,
}

/// Commands as they go out, and all their replies as they have to come back.
pub(super) struct Batch {
    pub(super) commands: Vec<u8>,
    pub(super) replies: Vec<u8>,
}

const NESTED: &[u8] = b"return {1, {2, {3, 'x'}}, false, {}}";
const NESTED_REPLY: &[u8] = b"*4\r\n:1\r\n*2\r\n:2\r\n*2\r\n:3\r\n$1\r\nx\r\n$-1\r\n*0\r\n";

impl Talker {
    /// Its first batch forgets what a client of this name had said before.
    pub(super) fn new(name: String, seed: u64) -> (Talker, Batch) {
        let talker = Talker {
            value: b"first".to_vec(),
            random: Random::new(seed),
            said: 0,
            counted: 0,
            name,
        };
        let (value, counter) = (talker.key("value"), talker.key("counter"));
        let mut commands = command(&[b"SET", &value, b"first"]);
        commands.extend(command(&[b"SET", &counter, b"0"]));
        let replies = b"+OK\r\n+OK\r\n".to_vec();
        (talker, Batch { commands, replies })
    }

    fn key(&self, of: &str) -> Vec<u8> {
        format!("{}:{of}", self.name).into_bytes()
    }

    /// So many commands.
    pub(super) fn batch(&mut self, number: usize) -> Batch {
        let (mut commands, mut replies) = (Vec::new(), Vec::new());
        for _ in 0..number {
            let (said, answered) = self.say();
            commands.extend(said);
            replies.extend(answered);
        }
        Batch { commands, replies }
    }

    fn say(&mut self) -> (Vec<u8>, Vec<u8>) {
        self.said += 1;
        let value = self.key("value");
        match self.random.below(24) {
            0..4 => {
                self.value = self.bytes();
                (command(&[b"SET", &value, &self.value]), b"+OK\r\n".to_vec())
            }
            4..9 => (command(&[b"GET", &value]), bulk(&self.value)),
            9..14 => {
                self.counted += 1;
                let reply = format!(":{}\r\n", self.counted);
                (
                    command(&[b"INCR", &self.key("counter")]),
                    reply.into_bytes(),
                )
            }
            14..18 => {
                let text = format!("{} says {}", self.name, self.said);
                (command(&[b"ECHO", text.as_bytes()]), bulk(text.as_bytes()))
            }
            18 => (
                command(&[b"GET", &self.key("missing")]),
                b"$-1\r\n".to_vec(),
            ),
            19 => {
                let said = command(&[b"LPUSH", &value, b"x"]);
                let reply =
                    b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
                (said, reply.to_vec())
            }
            20..23 => {
                let keys = [&value, &self.key("missing"), &self.key("counter")];
                let said = command(&[b"MGET", keys[0], keys[1], keys[2]]);
                let mut reply = b"*3\r\n".to_vec();
                reply.extend(bulk(&self.value));
                reply.extend(b"$-1\r\n");
                reply.extend(bulk(self.counted.to_string().as_bytes()));
                (said, reply)
            }
            _ => (command(&[b"EVAL", NESTED, b"0"]), NESTED_REPLY.to_vec()),
        }
    }

    /// Of any length, mostly short; and what looks like a reply.
    fn bytes(&mut self) -> Vec<u8> {
        let most = *self.random.pick(&[1, 30, 30, 300, 300, 5000]);
        let most = if self.random.one_in(200) {
            200_000
        } else {
            most
        };
        let units = [&b"x"[..], b"\r\n$-1\r\n", b"\0\xff", b"0123456789"];
        let unit = self.random.pick(&units);
        unit.repeat(self.random.below(most) / unit.len() + 1)
    }
}

pub(super) fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    words.iter().for_each(|word| bytes.extend(bulk(word)));
    bytes
}

fn bulk(bytes: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}
