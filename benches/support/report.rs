//! `benches/RESULTS.md` and its plots, and the five figures in README.md: what the records say.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use super::plot::{Bar, Curve, bars, curves};
use super::record::{Record, folder, rows};
use super::table::{Kind, Line, Outcome};

/// The benchmarks, by file name, and what they are about.
const PATHS: [(&str, &str); 17] = [
    ("lines", "Lines"),
    ("lines_more", "More about lines"),
    ("push", "Bytes that are pushed"),
    ("async", "Async lines"),
    ("decode", "Decoding and newlines"),
    ("malformed", "Malformed text"),
    ("write", "Writing"),
    ("encode", "Writing in an encoding"),
    ("random", "Random access"),
    ("small", "Small steps"),
    ("socket", "Sockets"),
    ("chunk", "The chunk core"),
    ("copy", "Copies"),
    ("memory", "In memory"),
    ("ranges", "Lines by ranges"),
    ("link", "Calls and streams of items between programs"),
    ("rpc", "Calls beside a Rust crate for them"),
];

/// The rows that README shows: table, work, row, and what they are about in a newcomer's words.
const FIGURES: [[&str; 4]; 5] = [
    [
        "1d",
        "lines as &str, ascii",
        "next_line",
        "lines of a UTF-8 file as `&str` | `bstr`, and `simdutf8` for each line",
    ],
    [
        "2f",
        "lines, utf16",
        "next_line",
        "lines of a UTF-16 file | `encoding_rs` in a `Read`, under `BufRead::read_line`",
    ],
    [
        "2d",
        "to &str blocks, windows1252",
        "fill_str",
        "a windows-1252 file as text | `encoding_rs`, 64 KiB at a time",
    ],
    [
        "1h",
        "count lines, the whole program, ascii",
        "linecount -l",
        "counting lines, the whole program | GNU `wc -l`",
    ],
    [
        "4e",
        "7 reads, 3 writes of 16 to 64 bytes, 2 KiB back or ahead",
        "BlockCache, a cache of 16 MiB",
        "small reads and writes, to and fro in a file | `pread` and `pwrite`",
    ],
];

const INTRODUCTION: &str = "\
# Results

Made by `benches/run`; do not edit. All rows of a table do the same work, which is checked, in one
process, in turn, round after round. *Ratio* is the median over the rounds of a row's time divided
by that of the table's first row in the same round: this is what the targets are about, because
the machine's speed drifts. *Limit* rows are written by hand, without errors and layers, to show
what can be had. Times are medians.
";

/// Writes everything.
pub(crate) fn write() -> io::Result<()> {
    let mut text = INTRODUCTION.to_owned();
    let _ = writeln!(text, "\nThe machine: {}.\n", machine());
    let mut paths = Vec::new();
    for (name, title) in PATHS {
        paths.push((title, Record::load(name)?));
    }
    let targets = targets(&paths)?;
    text.push_str("## Targets\n\n![targets](results/targets.svg)\n\n");
    text.push_str(&targets);
    for (title, record) in &paths {
        let _ = writeln!(text, "\n## {title}");
        for table in &record.outcomes {
            text.push_str(&table_of(table));
        }
    }
    text.push_str(&growth()?);
    text.push_str(&instructions()?);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::write(root.join("benches/RESULTS.md"), text)?;
    into_readme(&root.join("README.md"), &figures(&paths)?)
}

/// Every row that has a target.
fn targets(paths: &[(&str, Record)]) -> io::Result<String> {
    let reasons = rows("reasons")?;
    let mut text = "| | work | peer | target | reached | |\n|---|---|---|--:|--:|---|\n".to_owned();
    let mut plot = Vec::new();
    for table in paths.iter().flat_map(|(_, record)| &record.outcomes) {
        let aimed = table.lines.iter().filter(|line| line.target.is_some());
        for Line {
            name,
            target,
            ratio,
            ..
        } in aimed
        {
            let (target, Outcome { id, work, .. }) = (target.unwrap_or_default(), table);
            let is_reached = *ratio <= target;
            let reason = reasons.iter().find_map(|row| {
                let (of, reason) = row.split_once('\t')?;
                (of == id || of == format!("{id} {work}")).then_some(reason)
            });
            let verdict = match (is_reached, reason) {
                (true, _) => "yes".to_owned(),
                (false, Some(reason)) => format!("**no**: {reason}"),
                (false, None) => "**no**".to_owned(),
            };
            let peer = &table.lines[0].name;
            let _ = writeln!(
                text,
                "| {id} | {work}: {name} | {peer} | {target:.2} | {ratio:.2} | {verdict} |"
            );
            plot.push(Bar {
                name: format!("{id} {work}: {name}"),
                value: *ratio,
                target,
            });
        }
    }
    fs::write(folder().join("targets.svg"), bars(&plot))?;
    Ok(text)
}

/// One table with all its rows.
fn table_of(table: &Outcome) -> String {
    let (count, unit) = &table.items;
    let mut text = format!(
        "\n### {} {}\n\n{count} {unit}s, {} MB, {} rounds.\n\n\
         | | row | ms | ns/{unit} | GB/s | ratio | to the fastest peer | to the fastest limit |\n\
         |---|---|--:|--:|--:|--:|--:|--:|\n",
        table.id,
        table.work,
        table.bytes / 1_000_000,
        table.rounds,
    );
    let to = |kind, time: f64| match table.fastest(kind) {
        Some(best) => format!("{:.2}", time / best),
        None => String::new(),
    };
    for Line {
        kind,
        name,
        ratio,
        time,
        ..
    } in &table.lines
    {
        let speed = match table.bytes {
            0 => String::new(),
            bytes => format!("{:.2}", bytes as f64 / time / 1e9),
        };
        let _ = writeln!(
            text,
            "| {} | {name} | {:.2} | {:.2} | {speed} | {ratio:.2} | {} | {} |",
            kind.as_str(),
            time * 1e3,
            time * 1e9 / *count as f64,
            to(Kind::Peer, *time),
            to(Kind::Limit, *time),
        );
    }
    text
}

/// How cost grows: a plot for each pair of units. A row has the curve, x and its unit, y and its
/// unit.
fn growth() -> io::Result<String> {
    let mut families: Vec<([String; 2], Vec<Curve>)> = Vec::new();
    for row in rows("growth")? {
        let cells: Vec<&str> = row.split('\t').collect();
        let &[series, x, x_unit, y, y_unit] = cells.as_slice() else {
            return Err(io::Error::other(format!("growth: {row}")));
        };
        let (name, _) = series.split_once(": ").unwrap_or((series, ""));
        let number = |cell: &str| cell.parse::<f64>().map_err(io::Error::other);
        let (point, units) = ((number(x)?, number(y)?), [x_unit, y_unit]);
        let at = families.iter().position(|family| family.0 == units);
        let at = at.unwrap_or_else(|| {
            families.push((units.map(str::to_owned), Vec::new()));
            families.len() - 1
        });
        let family = &mut families[at].1;
        match family.iter_mut().find(|curve| curve.name == name) {
            Some(curve) => curve.points.push(point),
            None => family.push(Curve {
                name: name.to_owned(),
                points: vec![point],
            }),
        }
    }
    let mut text = String::new();
    if !families.is_empty() {
        text.push_str("\n## How cost grows\n");
    }
    for (number, (units, family)) in families.iter().enumerate() {
        let plot = format!("growth_{}.svg", number + 1);
        let title = format!("{} over {}", units[1], units[0]);
        fs::write(folder().join(&plot), curves(&title, units, family))?;
        let _ = write!(text, "\n### {title}\n\n![{title}](results/{plot})\n\n");
        let _ = writeln!(text, "| | {} | {} |\n|---|--:|--:|", units[0], units[1]);
        for curve in family {
            for (x, y) in &curve.points {
                let _ = writeln!(text, "| {} | {x} | {y} |", curve.name);
            }
        }
    }
    Ok(text)
}

/// Instructions under callgrind: what does not depend on the weather. A row has work, whose, and
/// the count.
fn instructions() -> io::Result<String> {
    let rows = rows("instructions")?;
    if rows.is_empty() {
        return Ok(String::new());
    }
    let mut text = "\n## Instructions\n\nInstructions a line, by callgrind.\n\n\
                    | lines | row | instructions a line |\n|---|---|--:|\n"
        .to_owned();
    for row in rows {
        let _ = writeln!(text, "| {} |", row.replace('\t', " | "));
    }
    Ok(text)
}

/// README's table: what is measured, beside what, and its time as a part of the other's.
fn figures(paths: &[(&str, Record)]) -> io::Result<String> {
    let mut text = "| | beside | time |\n|---|---|--:|\n".to_owned();
    for [id, work, row, words] in FIGURES {
        let tables = paths.iter().flat_map(|(_, record)| &record.outcomes);
        let mut tables = tables.filter(|table| table.id == id && table.work == work);
        let line = tables.find_map(|table| table.lines.iter().find(|line| line.name == row));
        let line = line.ok_or_else(|| io::Error::other(format!("no row {id} {work}: {row}")))?;
        let _ = writeln!(text, "| {words} | {:.2} |", line.ratio);
    }
    Ok(text)
}

/// Puts the figures between README's marks.
fn into_readme(path: &Path, figures: &str) -> io::Result<()> {
    const MARKS: [&str; 2] = ["<!-- figures -->\n", "<!-- end of figures -->"];
    let readme = fs::read_to_string(path)?;
    let [start, end] = MARKS.map(|mark| readme.find(mark));
    let (Some(start), Some(end)) = (start, end) else {
        return Err(io::Error::other("README.md has no marks for the figures"));
    };
    let (before, after) = (&readme[..start + MARKS[0].len()], &readme[end..]);
    fs::write(path, format!("{before}\n{figures}\n{after}"))
}

/// Processor, system and compiler.
fn machine() -> String {
    let said = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(": "));
    [
        model.map(|(_, name)| name.to_owned()),
        std::thread::available_parallelism()
            .ok()
            .map(|n| format!("{n} processors")),
        // Without what a distribution hangs on.
        said("uname", "-sr").and_then(|it| Some(it.split('-').next()?.to_owned())),
        said("rustc", "--version"),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(", ")
}
