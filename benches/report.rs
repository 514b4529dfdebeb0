//! `benches/RESULTS.md`, its plots and README's five figures, made of what the benchmarks
//! recorded: `cargo bench --bench report`.
//!
//! One run of everything is `benches/run`.

mod support;

fn main() -> std::io::Result<()> {
    support::report::write()
}
