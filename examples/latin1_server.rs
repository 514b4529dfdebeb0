//! A server of lines in Latin-1, as old machines and their protocols speak it, for any number of clients
//! in one thread.
//!
//! Each line is answered by itself in capital letters, with `\r\n`; `QUIT` ends. A letter whose capital
//! Latin-1 lacks (`ÿ`) is answered as a number. No client can hurt another one, or the server: a line has
//! 512 bytes and five seconds, however slowly it comes, a client who does not read its answers is
//! disconnected, and so is one who disappears.
//!
//! ```console
//! $ latin1_server 127.0.0.1:0
//! listening on 127.0.0.1:40123
//! ```

use std::env;
use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use iolite::tokio::AsyncText;
use iolite::{Encoding, Error, ErrorPolicy, Newline, Result, TextOptions};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// How long a line may be, in bytes.
const LONGEST: usize = 512;

/// How long a client may take for a line, and for taking an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long nobody is let in after that failed.
const PAUSE: Duration = Duration::from_millis(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:0".to_owned());
    match listen(&address).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("latin1_server: {address}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn listen(address: &str) -> Result<()> {
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        // A client that is gone again is an error of `accept`, and so are more clients than the system
        // has descriptors for: that stays so for a while.
        let Ok((client, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        tokio::spawn(async {
            let mut text = AsyncText::with_options(client, options());
            // However it went, only this client is affected.
            let _ = converse(&mut text).await;
            let _ = timeout(PATIENCE, text.close()).await;
            // Bytes that were not written are not worth a word.
            drop(text.into_parts());
        });
    }
}

fn options() -> TextOptions {
    TextOptions::new()
        .encoding(Encoding::LATIN_1)
        .errors(ErrorPolicy::XmlCharRefReplace)
        .newlines(Newline::Universal, Newline::CrLf)
        .line_limit(Some(LONGEST))
}

async fn converse(text: &mut AsyncText<TcpStream>) -> Result<()> {
    loop {
        let answer = match in_time(text.next_line()).await {
            Ok(None) => return Ok(()),
            Ok(Some(line)) if line.as_str() == "QUIT" => return Ok(()),
            Ok(Some(line)) => line.to_uppercase(),
            Err(Error::LineTooLong { limit, .. }) => {
                in_time(text.skip_line()).await?;
                format!("? a line has {limit} bytes")
            }
            Err(error) if error.is_would_block() => {
                in_time(text.write_str("? too late\n")).await?;
                return in_time(text.flush()).await;
            }
            Err(error) => return Err(error),
        };
        in_time(text.write_str(&format!("{answer}\n"))).await?;
        in_time(text.flush()).await?;
    }
}

/// What a client does in time; else the future is dropped, which loses nothing.
async fn in_time<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    match timeout(PATIENCE, future).await {
        Ok(done) => done,
        Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
    }
}
