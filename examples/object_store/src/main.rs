//! Counts the lines of an object by ranges: `object_store FOLDER OBJECT ENCODING THREADS`.
//!
//! The folder is the store here. With another one, S3 say, nothing else changes.

use std::process::ExitCode;
use std::sync::Arc;

use iolite_object_store::count_lines;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, object, encoding, threads] = &arguments[..] else {
        eprintln!("usage: object_store FOLDER OBJECT ENCODING THREADS");
        return ExitCode::FAILURE;
    };
    match run(folder, object, encoding, threads) {
        Ok(lines) => {
            println!("{lines}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("object_store: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(
    folder: &str,
    object: &str,
    encoding: &str,
    threads: &str,
) -> std::result::Result<usize, Box<dyn std::error::Error>> {
    let (encoding, threads) = (encoding.parse()?, threads.parse()?);
    let store: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(folder)?);
    let runtime = Runtime::new()?;
    Ok(count_lines(
        &store,
        &Path::from(object),
        runtime.handle(),
        encoding,
        threads,
    )?)
}
