//! The fault matrix: every call of every stream, with each fault at each place, and how many bytes
//! that lost, doubled or misplaced.
//!
//! * `fault`: the columns.
//! * `device`: a device of which one call goes wrong.
//! * `ledger`: what a cell counts.
//! * `reading`, `writing`: the rows.
//! * `table`: the page of the documentation.
//!
//! `cargo test --release --test faults -- --ignored write_the_page` writes
//! `src/_design/faults.md` anew; without `--ignored` the same matrix is compared with it.

mod device;
mod fault;
mod ledger;
mod reading;
mod table;
mod text_reading;
mod text_writing;
mod writing;

use std::panic;

use iolite::{BlockCache, BufferedRandom, BufferedReader, BufferedRwPair, BufferedWriter, Encoding, Newline};

use self::device::{Faulty, Told};
use self::ledger::Row;
use self::table::Filled;

type Cached = BufferedRandom<BlockCache<Faulty>>;
type Pair = BufferedRwPair<Faulty, Faulty>;

fn all_rows() -> Vec<Row> {
    let rows = [
        reading::rows::<BufferedReader<Faulty>>(),
        reading::seeking_rows::<BufferedReader<Faulty>>(),
        reading::reader_rows(),
        reading::rows::<Pair>(),
        reading::rows::<BufferedRandom<Faulty>>(),
        reading::seeking_rows::<BufferedRandom<Faulty>>(),
        reading::rows::<Cached>(),
        reading::seeking_rows::<Cached>(),
        writing::rows::<BufferedWriter<Faulty>>(),
        writing::seeking_rows::<BufferedWriter<Faulty>>(),
        writing::rows::<Pair>(),
        writing::rows::<BufferedRandom<Faulty>>(),
        writing::seeking_rows::<BufferedRandom<Faulty>>(),
        writing::rows::<Cached>(),
        writing::seeking_rows::<Cached>(),
        text_reading::verbatim_rows::<BufferedReader<Faulty>>(true),
        text_reading::verbatim_rows::<Pair>(false),
        text_reading::verbatim_rows::<BufferedRandom<Faulty>>(true),
        text_reading::verbatim_rows::<Cached>(true),
        text_reading::encoded_rows(Encoding::UTF_8),
        text_reading::encoded_rows(Encoding::UTF_16),
        text_reading::encoded_rows(Encoding::SHIFT_JIS),
        text_reading::encoded_rows(Encoding::ISO_2022_JP),
        text_reading::encoded_rows(Encoding::UTF_7),
        text_writing::encoded_rows::<BufferedWriter<Faulty>>(Encoding::UTF_8, Newline::Lf),
        text_writing::encoded_rows::<BufferedWriter<Faulty>>(Encoding::UTF_8, Newline::CrLf),
        text_writing::encoded_rows::<BufferedWriter<Faulty>>(Encoding::UTF_16, Newline::Lf),
        text_writing::encoded_rows::<BufferedWriter<Faulty>>(Encoding::SHIFT_JIS, Newline::Lf),
        text_writing::encoded_rows::<BufferedWriter<Faulty>>(Encoding::ISO_2022_JP, Newline::Lf),
        text_writing::encoded_rows::<BufferedWriter<Faulty>>(Encoding::UTF_7, Newline::Lf),
        text_writing::encoded_rows::<Pair>(Encoding::UTF_8, Newline::Lf),
        text_writing::encoded_rows::<BufferedRandom<Faulty>>(Encoding::UTF_8, Newline::Lf),
        text_writing::encoded_rows::<BufferedRandom<Faulty>>(Encoding::ISO_2022_JP, Newline::CrLf),
        text_writing::encoded_rows::<Cached>(Encoding::UTF_8, Newline::Lf),
    ];
    rows.into_iter().flatten().collect()
}

/// Runs the matrix, without a word about the panics that belong to it.
fn fill(is_tried: &dyn Fn(usize) -> bool) -> Vec<Filled> {
    writing::watch_drops();
    let speak = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !info.payload().is::<Told>() {
            speak(info);
        }
    }));
    let rows = all_rows().into_iter();
    rows.map(|row| {
        let start = std::time::Instant::now();
        let cells = row.cells(is_tried);
        //println!("time {} {} {:?} {}", row.stream, row.call, start.elapsed(), cells.iter().map(|c|c.runs).sum::<usize>());
        (row, cells)
    })
    .collect()
}

#[test]
fn no_fault_loses_doubles_or_misplaces_a_byte() {
    let start = std::time::Instant::now();
    let rows = fill(&|_| true);
    println!("{}", table::tables(&rows));
    println!("{} runs, {:?}", table::runs(&rows), start.elapsed());
    let complaints = table::complaints(&rows);
    for complaint in complaints.iter().take(60) {
        println!("{complaint}");
    }
    assert!(complaints.is_empty(), "{}", complaints.len());
}
