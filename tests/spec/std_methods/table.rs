//! The rows: every type of the crate that implements one of the four traits, in its forms.

use std::io::Write;

use iolite::chunk::PipeOptions;
use iolite::raw::FileMode;
use iolite::{
    Adapter, BlockCache, BufferedIo, BufferedRandom, BufferedReader, BufferedRwPair,
    BufferedWriter, BytesIo, Chain, Encoding, FileIo, Newline, Pipe, RawIo, StringIo, TextIo,
    TextIoWrapper, TextOptions, Utf8Reader, Utf8Writer,
};

use super::cells::{Cell, pieces};
use super::rows::{
    ALL, Exact, Gives, LINES, LINES_SEEK, NOTHING, Opened, QUEUE, RAW, READ, READ_SEEK, READ_WRITE,
    Row, SEEK, Takes, WRITE, WRITE_SEEK,
};
use super::stream::{Buffered, Queue, Raw, Reads, Stream, Subject, Writes, inside};
use crate::support::devices::Behaviour::{self, Appending, Positioned, Room, Unseekable};
use crate::support::devices::Hostile;
use crate::support::layer;

/// Why memory and regular files have no cell with a device that is in the way.
const ALWAYS_THERE: &str = "it has everything now, and nothing fails";

/// All rows.
pub(super) fn rows() -> Vec<Row> {
    let mut rows = memory_and_files();
    rows.extend(adapters());
    rows.extend(super::devices::rows());
    #[cfg(unix)]
    rows.extend(super::devices::rows_of_deadline());
    rows.extend(one_direction());
    rows.extend(both_directions());
    rows.extend(chunks());
    rows.extend(text());
    #[cfg(unix)]
    rows.extend(super::outside::rows());
    rows
}

/// A device that has the content.
pub(super) fn device(cell: &Cell) -> Hostile {
    Hostile::new(&cell.content).with_all(&cell.device)
}

/// A stream over an empty device, which also behaves like this.
fn over<S: Stream + 'static>(
    cell: &Cell,
    more: &[Behaviour],
    stream: impl FnOnce(Hostile) -> S,
) -> Opened {
    let device = Hostile::new(b"").with_all(&cell.device).with_all(more);
    let (one, other) = (device.probe(), device.probe());
    let room = (cell.content.len() / 50).max(3);
    let subject = Subject::new(stream(device));
    Ok(subject
        .going_on(move |_| one.make_room(room))
        .seen(move |_| other.content()))
}

pub(super) fn plain(cell: &Cell) -> Result<(), &'static str> {
    if cell.is_plain() {
        Ok(())
    } else {
        Err(ALWAYS_THERE)
    }
}

/// A file without an opener's name for it, and the way to look into it.
fn file(cell: &Cell, mode: FileMode) -> Opened {
    plain(cell)?;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    if mode.readable() && !mode.writable() {
        file.write_all(&cell.content).unwrap();
    }
    let stream = FileIo::open(file.path(), mode).unwrap();
    Ok(Subject::new(Raw(stream)).seen(move |_| std::fs::read(file.path()).unwrap()))
}

fn memory_and_files() -> Vec<Row> {
    let rows = vec![
        Row {
            stops_at_start: true,
            ..Row::new("BytesIo", "BytesIo", ALL, NOTHING).raw().memory()
        }
        .exact(Exact::PartialRead)
        .reading(|cell| {
            plain(cell)?;
            Ok(Subject::new(Buffered(BytesIo::from(cell.content.clone()))))
        })
        .writing(|cell| {
            plain(cell)?;
            let bytes = |stream: &mut dyn Stream| {
                let stream: &mut Buffered<BytesIo> = inside(stream);
                stream.0.as_slice().to_vec()
            };
            Ok(Subject::new(Buffered(BytesIo::new())).seen(bytes))
        }),
        Row::new("FileIo", "FileIo, a file to be read", READ_SEEK, WRITE)
            .raw()
            .reading(|cell| file(cell, FileMode::Read)),
        Row::new("FileIo", "FileIo, a file to be written", WRITE_SEEK, READ)
            .raw()
            .writing(|cell| file(cell, FileMode::Write)),
        Row::new("FileIo", "FileIo, a file for both", RAW, NOTHING)
            .raw()
            .writing(|cell| file(cell, FileMode::WriteUpdate)),
        Row {
            appends: true,
            ..Row::new("FileIo", "FileIo, appending", RAW, NOTHING).raw()
        }
        .writing(|cell| file(cell, FileMode::AppendUpdate)),
    ];
    #[cfg(all(feature = "mmap", any(unix, windows)))]
    let rows = [rows, vec![mapped()]].into_iter().flatten().collect();
    rows
}

/// Mapped memory has a size, which is that of the content.
#[cfg(all(feature = "mmap", any(unix, windows)))]
fn mapped() -> Row {
    use std::io::Seek;

    use iolite::MmapIo;

    fn map(cell: &Cell) -> Result<MmapIo, &'static str> {
        plain(cell)?;
        match cell.content.len() {
            0 => Err("there is no map of nothing"),
            len => Ok(MmapIo::anonymous(len).unwrap()),
        }
    }
    Row::new("MmapIo", "MmapIo, anonymous", RAW, NOTHING)
        .raw()
        .memory()
        .reading(|cell| {
            let mut map = map(cell)?;
            map.write_all(&cell.content).unwrap();
            map.rewind().unwrap();
            Ok(Subject::new(Raw(map)))
        })
        .writing(|cell| {
            let bytes = |stream: &mut dyn Stream| {
                let stream: &mut Raw<MmapIo> = inside(stream);
                stream.0.as_slice().to_vec()
            };
            Ok(Subject::new(Raw(map(cell)?)).seen(bytes))
        })
}

fn adapters() -> Vec<Row> {
    let new = |name, has, refuses| Row::new("Adapter", name, has, refuses).raw();
    vec![
        new("Adapter::reader", READ, WRITE_SEEK)
            .reading(|cell| Ok(Subject::new(Raw(Adapter::reader(device(cell)))))),
        new("Adapter::reader, with_seek", READ_SEEK, WRITE)
            .reading(|cell| Ok(Subject::new(Raw(Adapter::reader(device(cell)).with_seek())))),
        new("Adapter::writer", WRITE, READ_SEEK)
            .writing(|cell| over(cell, &[], |device| Raw(Adapter::writer(device)))),
        new("Adapter::writer, with_seek", WRITE_SEEK, READ)
            .writing(|cell| over(cell, &[], |device| Raw(Adapter::writer(device).with_seek()))),
        new("Adapter::duplex", READ_WRITE, SEEK)
            .reading(|cell| Ok(Subject::new(Raw(Adapter::duplex(device(cell))))))
            .writing(|cell| over(cell, &[], |device| Raw(Adapter::duplex(device)))),
        new("Adapter::duplex, with_seek", RAW, NOTHING)
            .reading(|cell| Ok(Subject::new(Raw(Adapter::duplex(device(cell)).with_seek()))))
            .writing(|cell| over(cell, &[], |device| Raw(Adapter::duplex(device).with_seek()))),
        new("Box<dyn RawIo> of an Adapter", RAW, NOTHING)
            .reading(|cell| {
                Ok(Subject::new(Raw(boxed_raw(
                    Adapter::duplex(device(cell)).with_seek(),
                ))))
            })
            .writing(|cell| {
                over(cell, &[], |device| {
                    Raw(boxed_raw(Adapter::duplex(device).with_seek()))
                })
            }),
    ]
}

fn boxed_raw(stream: impl RawIo + 'static) -> Box<dyn RawIo> {
    Box::new(stream)
}

fn boxed(stream: impl BufferedIo + 'static) -> Box<dyn BufferedIo> {
    Box::new(stream)
}

fn reader(cell: &Cell) -> BufferedReader<Hostile> {
    BufferedReader::with_capacity(cell.capacity, device(cell))
}

fn one_direction() -> Vec<Row> {
    let reads = |name| Row::new("BufferedReader", name, LINES_SEEK, WRITE);
    let writes = |name| Row::new("BufferedWriter", name, WRITE_SEEK, LINES);
    vec![
        reads("BufferedReader").reading(|cell| Ok(Subject::new(Buffered(reader(cell))))),
        Row::new(
            "BufferedReader",
            "BufferedReader, no seek",
            LINES,
            WRITE_SEEK,
        )
        .reading(|cell| {
            let device = device(cell).with(Unseekable);
            Ok(Subject::new(Buffered(BufferedReader::with_capacity(
                cell.capacity,
                device,
            ))))
        }),
        reads("BufferedReader<Box<dyn RawIo>>")
            .form()
            .reading(|cell| {
                let device = boxed_raw(device(cell).with(Positioned));
                Ok(Subject::new(Buffered(BufferedReader::with_capacity(
                    cell.capacity,
                    device,
                ))))
            }),
        Row {
            stops_at_start: true,
            ..reads("BufferedReader<BytesIo>").form()
        }
        .reading(|cell| {
            plain(cell)?;
            let device = BytesIo::from(cell.content.clone());
            Ok(Subject::new(Buffered(BufferedReader::with_capacity(
                cell.capacity,
                device,
            ))))
        }),
        Row::new(
            "BufferedReader",
            "BufferedReader<Adapter>",
            LINES,
            WRITE_SEEK,
        )
        .form()
        .reading(|cell| {
            let device = Adapter::reader(device(cell));
            Ok(Subject::new(Buffered(BufferedReader::with_capacity(
                cell.capacity,
                device,
            ))))
        }),
        reads("Box<BufferedReader>")
            .form()
            .reading(|cell| Ok(Subject::new(Buffered(Box::new(reader(cell)))))),
        reads("Box<dyn BufferedIo> of a BufferedReader")
            .form()
            .reading(|cell| Ok(Subject::new(Buffered(boxed(reader(cell)))))),
        writes("BufferedWriter").writing(|cell| {
            over(cell, &[], |device| {
                Buffered(BufferedWriter::with_capacity(cell.capacity, device))
            })
        }),
        Row::new(
            "BufferedWriter",
            "BufferedWriter, no seek",
            WRITE,
            LINES_SEEK,
        )
        .writing(|cell| {
            over(cell, &[Unseekable], |device| {
                Buffered(BufferedWriter::with_capacity(cell.capacity, device))
            })
        }),
        Row {
            appends: true,
            ..writes("BufferedWriter, appending")
        }
        .writing(|cell| {
            over(cell, &[Appending], |device| {
                Buffered(BufferedWriter::with_capacity(cell.capacity, device))
            })
        }),
        writes("BufferedWriter<Box<dyn RawIo>>")
            .form()
            .writing(|cell| {
                over(cell, &[Positioned], |device| {
                    Buffered(BufferedWriter::with_capacity(
                        cell.capacity,
                        boxed_raw(device),
                    ))
                })
            }),
        writes("Box<dyn BufferedIo> of a BufferedWriter")
            .form()
            .writing(|cell| {
                over(cell, &[], |device| {
                    Buffered(boxed(BufferedWriter::with_capacity(cell.capacity, device)))
                })
            }),
        Row::new("BufferedRwPair", "BufferedRwPair", QUEUE, SEEK)
            .reading(|cell| {
                let (one, other) = (device(cell), Hostile::new(b""));
                Ok(Subject::new(Buffered(BufferedRwPair::with_capacity(
                    cell.capacity,
                    one,
                    other,
                ))))
            })
            .writing(|cell| {
                over(cell, &[], |device| {
                    let other = Hostile::new(b"");
                    Buffered(BufferedRwPair::with_capacity(cell.capacity, other, device))
                })
            }),
    ]
}

type Random = BufferedRandom<Hostile>;

fn window(cell: &Cell, device: Hostile) -> Random {
    BufferedRandom::with_capacity(cell.capacity, device).unwrap()
}

fn cache(cell: &Cell, device: Hostile) -> BufferedRandom<BlockCache<Hostile>> {
    let cache = layer::cache(2, cell.capacity, device);
    BufferedRandom::with_capacity(cell.capacity, cache).unwrap()
}

fn block_cache(name: &'static str) -> Row {
    Row {
        gives: Gives::Device,
        takes: Takes::Some("the first slice goes into the blocks"),
        ..Row::new("BlockCache", name, RAW, NOTHING)
    }
}

fn both_directions() -> Vec<Row> {
    let new = |name| Row::new("BufferedRandom", name, ALL, NOTHING);
    let appends = |name| Row {
        appends: true,
        ..new(name)
    };
    vec![
        new("BufferedRandom")
            .reading(|cell| Ok(Subject::new(Buffered(window(cell, device(cell))))))
            .writing(|cell| over(cell, &[], |device| Buffered(window(cell, device)))),
        new("BufferedRandom over a BlockCache")
            .reading(|cell| Ok(Subject::new(Buffered(cache(cell, device(cell))))))
            .writing(|cell| over(cell, &[], |device| Buffered(cache(cell, device)))),
        new("BufferedRandom, positioned")
            .form()
            .reading(|cell| {
                Ok(Subject::new(Buffered(window(
                    cell,
                    device(cell).with(Positioned),
                ))))
            })
            .writing(|cell| over(cell, &[Positioned], |device| Buffered(window(cell, device)))),
        new("BufferedRandom over a BlockCache, positioned")
            .form()
            .reading(|cell| {
                Ok(Subject::new(Buffered(cache(
                    cell,
                    device(cell).with(Positioned),
                ))))
            })
            .writing(|cell| over(cell, &[Positioned], |device| Buffered(cache(cell, device)))),
        new("Box<dyn BufferedIo> of a BufferedRandom")
            .form()
            .reading(|cell| Ok(Subject::new(Buffered(boxed(window(cell, device(cell)))))))
            .writing(|cell| over(cell, &[], |device| Buffered(boxed(window(cell, device))))),
        block_cache("BlockCache")
            .reading(|cell| {
                let cache = layer::cache(2, cell.capacity, device(cell));
                Ok(Subject::new(Raw(cache)))
            })
            .writing(|cell| {
                over(cell, &[], |device| {
                    Raw(layer::cache(2, cell.capacity, device))
                })
            }),
        Row {
            appends: true,
            ..block_cache("BlockCache, appending").form()
        }
        .writing(|cell| {
            over(cell, &[Appending], |device| {
                Raw(layer::cache(2, cell.capacity, device))
            })
        }),
        appends("BufferedRandom, appending")
            .writing(|cell| over(cell, &[Appending], |device| Buffered(window(cell, device)))),
        appends("BufferedRandom over a BlockCache, appending")
            .form()
            .writing(|cell| over(cell, &[Appending], |device| Buffered(cache(cell, device)))),
    ]
}

fn chunks() -> Vec<Row> {
    vec![
        Row::new("Chain", "Chain", QUEUE, NOTHING)
            .memory()
            .never_closes()
            .cannot_tell()
            .exact(Exact::Nothing)
            .reading(|cell| {
                plain(cell)?;
                let mut chain = Chain::with_block_size(cell.capacity);
                chain.append(&cell.content);
                Ok(Subject::new(Queue(chain)))
            })
            .writing(|cell| {
                plain(cell)?;
                let bytes = |stream: &mut dyn Stream| {
                    let stream: &mut Queue<Chain> = inside(stream);
                    stream.0.to_chunk().to_vec()
                };
                Ok(Subject::new(Queue(Chain::with_block_size(cell.capacity))).seen(bytes))
            }),
        Row::new("Pipe", "Pipe", QUEUE, SEEK)
            .memory()
            .exact(Exact::Nothing)
            .reading(|cell| {
                let mut pieces = pieces(cell)?.into_iter();
                let sizes = cell.capacity..=cell.capacity;
                let mut pipe = PipeOptions::new().block_sizes(sizes).build().unwrap();
                let mut send = move |pipe: &mut Pipe| {
                    pipe.append(&pieces.next().unwrap_or_default()).unwrap();
                    if pieces.len() == 0 {
                        pipe.close(None);
                    }
                };
                send(&mut pipe);
                Ok(Subject::new(Buffered(pipe)).going_on(move |stream| {
                    let stream: &mut Buffered<Pipe> = inside(stream);
                    send(&mut stream.0);
                }))
            })
            .writing(full_pipe),
    ]
}

/// A pipe from which somebody takes a few bytes when it is full.
fn full_pipe(cell: &Cell) -> Opened {
    use std::cell::RefCell;
    use std::rc::Rc;

    let limit = match cell.device[..] {
        [] => usize::MAX,
        [Room(n)] if n > 0 => n,
        [Room(0)] => return Err("a pipe has room for something"),
        _ => return Err("a pipe is full or not, and does not fail"),
    };
    let sizes = cell.capacity..=cell.capacity;
    let options = PipeOptions::new().block_sizes(sizes).limit(limit);
    let taken = Rc::new(RefCell::new(Vec::new()));
    let take = Rc::clone(&taken);
    let subject = Subject::new(Buffered(options.build().unwrap()));
    Ok(subject
        .going_on(move |stream| {
            let stream: &mut Buffered<Pipe> = inside(stream);
            let some = stream.0.at_most(3).unwrap().ready().unwrap();
            take.borrow_mut().extend_from_slice(some.take());
        })
        .seen(move |stream| {
            let stream: &mut Buffered<Pipe> = inside(stream);
            let rest = match stream.0.at_most(usize::MAX) {
                Ok(iolite::chunk::Progress::Ready(rest)) => rest.chunk().to_vec(),
                _ => Vec::new(),
            };
            [taken.borrow().clone(), rest].concat()
        }))
}

fn keep() -> TextOptions {
    TextOptions::new().newline(Newline::Keep)
}

fn text_reader(cell: &Cell) -> TextIoWrapper<BufferedReader<Hostile>> {
    TextIoWrapper::with_options(reader(cell), keep())
}

fn text_writer(cell: &Cell, device: Hostile, options: TextOptions) -> impl TextIo + 'static {
    let buffer = BufferedWriter::with_capacity(cell.capacity, device);
    TextIoWrapper::with_options(buffer, options)
}

fn text() -> Vec<Row> {
    let reads = |name| Row::new("Utf8Reader", name, LINES, NOTHING).text();
    let writes = |name| Row::new("Utf8Writer", name, WRITE, NOTHING).text();
    vec![
        reads("Utf8Reader")
            .reading(|cell| Ok(Subject::new(Reads(Utf8Reader::new(text_reader(cell)))))),
        reads("Utf8Reader<Box<dyn TextIo>>").form().reading(|cell| {
            let boxed: Box<dyn TextIo> = Box::new(text_reader(cell));
            Ok(Subject::new(Reads(Utf8Reader::new(boxed))))
        }),
        reads("Utf8Reader of UTF-16").form().reading(|cell| {
            let Ok(text) = str::from_utf8(&cell.content) else {
                return Err("what is malformed in UTF-8 is not in UTF-16");
            };
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            let bytes: Vec<u8> = units.collect();
            let device = Hostile::new(&bytes).with_all(&cell.device);
            let buffer = BufferedReader::with_capacity(cell.capacity, device);
            let options = keep().encoding(Encoding::UTF_16LE);
            let stream = TextIoWrapper::with_options(buffer, options);
            Ok(Subject::new(Reads(Utf8Reader::new(stream))))
        }),
        reads("Utf8Reader<StringIo>").form().reading(|cell| {
            plain(cell)?;
            let Ok(text) = str::from_utf8(&cell.content) else {
                return Err("a string has no malformed bytes");
            };
            let stream = StringIo::with_newline(text, Newline::Keep);
            Ok(Subject::new(Reads(Utf8Reader::new(stream))))
        }),
        writes("Utf8Writer").writing(|cell| {
            over(cell, &[], |device| {
                Writes(Utf8Writer::new(text_writer(cell, device, keep())))
            })
        }),
        writes("Utf8Writer, write_through").form().writing(|cell| {
            let options = keep().write_through(true);
            over(cell, &[], |device| {
                Writes(Utf8Writer::new(text_writer(cell, device, options)))
            })
        }),
        writes("Utf8Writer, line_buffering").form().writing(|cell| {
            let options = keep().line_buffering(true);
            over(cell, &[], |device| {
                Writes(Utf8Writer::new(text_writer(cell, device, options)))
            })
        }),
        writes("Utf8Writer<StringIo>").form().writing(|cell| {
            plain(cell)?;
            let bytes = |stream: &mut dyn Stream| {
                let stream: &mut Writes<Utf8Writer<StringIo>> = inside(stream);
                stream.0.get_ref().as_str().as_bytes().to_vec()
            };
            let stream = StringIo::with_newline("", Newline::Keep);
            Ok(Subject::new(Writes(Utf8Writer::new(stream))).seen(bytes))
        }),
    ]
}
