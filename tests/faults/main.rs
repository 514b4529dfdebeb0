//! The fault matrix: every call of every stream, with each fault at each place, and how many bytes
//! that lost, doubled or misplaced.
//!
//! * `fault`: the columns.
//! * `device`: a device of which one call goes wrong.
//! * `ledger`: what a cell counts.
//! * `reading`, `writing`, `in_place`, `copying`, `text_reading`, `text_writing`: the rows.
//! * `table`: the page of the documentation.
//! * `real`: real faults of real devices, on Linux.
//! * `broken`: streams that lose bytes, which the matrix has to see.
//!
//! `cargo test --release --test faults -- --ignored write_the_page` writes
//! `src/_design/faults.md` anew; without `--ignored` the same matrix is compared with it.

mod broken;
mod copying;
mod device;
mod fault;
mod in_place;
mod ledger;
mod reading;
#[cfg(target_os = "linux")]
mod real;
mod table;
mod text_reading;
mod text_writing;
mod writing;

use std::panic;
use std::sync::Once;

use iolite::{
    BlockCache, BufferedRandom, BufferedReader, BufferedRwPair, BufferedWriter, Encoding, Newline,
};

use self::device::{Faulty, Told};
use self::ledger::{Row, Sizes};
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
        in_place::rows::<BufferedRandom<Faulty>>(),
        in_place::rows::<Cached>(),
        copying::rows(),
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

/// Runs the matrix.
fn fill(sizes: Sizes, is_tried: &dyn Fn(usize) -> bool) -> Vec<Filled> {
    run_quietly();
    let rows = all_rows().into_iter();
    rows.map(|mut row| {
        row.take_sizes(sizes);
        let cells = row.cells(is_tried);
        (row, cells)
    })
    .collect()
}

/// Without a word about the panics that belong to it.
fn run_quietly() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        writing::watch_drops();
        let speak = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !info.payload().is::<Told>() {
                speak(info);
            }
        }));
    });
}

/// The page as it is in the documentation.
#[cfg(target_os = "linux")]
const PAGE: &str = include_str!("../../src/_design/faults.md");

/// Where it lies.
#[cfg(target_os = "linux")]
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/_design/faults.md");

fn assert_clean(rows: &[Filled]) {
    let complaints = table::complaints(rows);
    let few = complaints.iter().take(20).cloned().collect::<Vec<_>>();
    assert!(
        complaints.is_empty(),
        "{} cells are not clean:\n{}",
        complaints.len(),
        few.join("\n")
    );
}

/// With `--release` all of it, which is then compared with the page; else a share.
#[test]
fn no_fault_loses_doubles_or_misplaces_a_byte() {
    if cfg!(debug_assertions) {
        return assert_clean(&fill(Sizes::Few, &|number| number % 9 == 0));
    }
    let rows = fill(Sizes::Few, &|_| true);
    assert_clean(&rows);
    assert_eq!(table::thin(&rows), [""; 0]);
    // As the page says.
    let runs = table::runs(&rows);
    assert!(runs > 1_000_000, "{runs} runs");
    #[cfg(target_os = "linux")]
    assert!(
        table::page(PAGE, &rows, &real::rows()) == PAGE,
        "src/_design/faults.md is not current: cargo test --release --test faults -- --ignored \
         write_the_page"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn no_real_fault_does_either() {
    run_quietly();
    for (device, fault, cell) in real::rows() {
        assert!(
            cell.first.is_none(),
            "{device}, {fault}: {cell} {:?}",
            cell.first
        );
    }
}

/// Every row with every size: minutes.
#[test]
#[ignore = "takes minutes"]
fn no_fault_loses_a_byte_with_any_size() {
    assert_clean(&fill(Sizes::All, &|_| true));
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "writes a file of the documentation"]
fn write_the_page() {
    let rows = fill(Sizes::Few, &|_| true);
    assert_clean(&rows);
    let page = table::page(PAGE, &rows, &real::rows());
    std::fs::write(PATH, page).expect("the page is written");
}
