//! What one thread makes and another one takes apart.

use iolite::chunk::{PipeOptions, RecordBatch, Span};
use iolite::text::{LineBatch, TextOptions};
use iolite::{
    BufferedReader, BytesIo, Chunk, Encoding, Pipe, Pool, Separator, TextIo, TextIoWrapper,
};

use crate::random::Random;

/// Lines in a form that shares memory with the thread that made them.
pub(super) enum Parcel {
    /// Records of a pipe.
    Records(RecordBatch),
    /// Lines of a text.
    Lines(LineBatch),
    /// Text that was encoded, in pieces.
    Encoded(Vec<Chunk>, Encoding),
    /// A block of the pool, written by hand.
    Block(Chunk),
}

const ENCODINGS: [Encoding; 4] = [
    Encoding::UTF_8,
    Encoding::UTF_16LE,
    Encoding::LATIN_1,
    Encoding::SHIFT_JIS,
];

/// The same for who makes and who takes.
fn lines(number: u64) -> impl Iterator<Item = String> {
    let mut random = Random::new(number);
    let count = 1 + random.below(40);
    (0..count).map(move |at| {
        let words = "word ".repeat(random.below(20));
        format!("{number} {at} {words}")
    })
}

fn text(number: u64) -> String {
    lines(number)
        .flat_map(|line| [line, "\n".to_owned()])
        .collect()
}

impl Parcel {
    pub(super) fn make(number: u64) -> iolite::Result<Parcel> {
        let mut random = Random::new(!number);
        Ok(match random.below(4) {
            0 => {
                let mut pipe = Pipe::new();
                pipe.append(text(number).as_bytes())?;
                let batch = pipe.next_batch(&Separator::new(b"\n")?, 4096)?;
                Parcel::Records(batch.ready().expect("lines"))
            }
            1 => {
                let bytes = BytesIo::from(text(number).into_bytes());
                let mut text = TextIoWrapper::new(BufferedReader::new(bytes));
                Parcel::Lines(text.next_batch()?.expect("lines"))
            }
            2 => {
                let encoding = *random.pick(&ENCODINGS);
                let options = TextOptions::new().encoding(encoding);
                let blocks = PipeOptions::new().block_sizes(256..=4096).build()?;
                let mut out = TextIoWrapper::with_options(blocks, options);
                out.write_str(&text(number))?;
                let mut pieces = Vec::new();
                while !out.get_ref().is_empty() {
                    let most = 1 + random.below(2000);
                    let piece = out.get_mut().at_most(most)?.map(Span::take_chunk);
                    pieces.extend(piece.ready());
                }
                Parcel::Encoded(pieces, encoding)
            }
            _ => {
                let text = text(number);
                let mut block = Pool::global().acquire(text.len());
                block.append(text.as_bytes());
                Parcel::Block(block.freeze())
            }
        })
    }

    /// Whether it is what was made for this number; it dies here.
    pub(super) fn came_whole(self, number: u64) -> iolite::Result<bool> {
        let mut expected = lines(number);
        let all = match self {
            Parcel::Records(batch) => batch
                .iter()
                .all(|line| expected.next().as_deref() == str::from_utf8(line).ok()),
            Parcel::Lines(batch) => batch
                .iter()
                .all(|line| expected.next().as_deref() == Some(&*line)),
            Parcel::Encoded(pieces, encoding) => {
                let options = TextOptions::new().encoding(encoding);
                let mut text = TextIoWrapper::with_options(Pipe::new(), options);
                for piece in pieces {
                    text.get_mut().push(piece)?;
                }
                text.get_mut().close(None);
                let mut all = true;
                while let Some(line) = text.next_line()? {
                    all &= expected.next().as_deref() == Some(&*line);
                }
                all
            }
            Parcel::Block(block) => return Ok(block == text(number).as_bytes()),
        };
        Ok(all && expected.next().is_none())
    }

    /// Memory of it, to be kept.
    pub(super) fn memory(&self) -> Option<Chunk> {
        match self {
            Parcel::Records(batch) => Some(batch.bytes().clone()),
            Parcel::Block(block) => Some(block.clone()),
            Parcel::Lines(_) | Parcel::Encoded(..) => None,
        }
    }
}
