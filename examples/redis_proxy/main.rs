//! A proxy in front of a Redis server that counts what goes through it.
//!
//! ```text
//! cargo run --release --example redis_proxy -- LISTEN UPSTREAM [CONNECTIONS]
//! cargo run --release --example redis_proxy -- 127.0.0.1:0 127.0.0.1:6379
//! ```
//!
//! `UPSTREAM` is an address, or the path of a Unix socket. It prints the address it listens on,
//! and a line for each connection that ended; with `CONNECTIONS` it ends after so many. Frames
//! go from socket to socket in the memory they were received in.

mod resp;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::thread;

use iolite::chunk::Progress;
use iolite::{Chain, Pipe, Result};
use resp::Frames;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [listen, upstream, rest @ ..] = args.as_slice() else {
        eprintln!("usage: redis_proxy LISTEN UPSTREAM [CONNECTIONS]");
        return ExitCode::FAILURE;
    };
    let connections = rest
        .first()
        .and_then(|n| n.parse().ok())
        .unwrap_or(usize::MAX);
    match serve(listen, upstream, connections) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("redis_proxy: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(listen: &str, upstream: &str, connections: usize) -> io::Result<()> {
    let listener = TcpListener::bind(listen)?;
    println!("{}", listener.local_addr()?);
    let mut running = Vec::new();
    for client in listener.incoming().take(connections) {
        let (client, upstream) = (client?, upstream.to_owned());
        running.push(thread::spawn(move || match proxy(client, &upstream) {
            Ok((commands, replies)) => println!("{commands} commands, {replies} replies"),
            Err(error) => eprintln!("redis_proxy: {error}"),
        }));
        running.retain(|thread| !thread.is_finished());
    }
    running.into_iter().for_each(|thread| drop(thread.join()));
    Ok(())
}

/// A stream socket of either family.
trait Duplex: Read + Write + Send + Sized + 'static {
    fn twin(&self) -> io::Result<Self>;
    fn end(&self) -> io::Result<()>;
}

impl Duplex for TcpStream {
    fn twin(&self) -> io::Result<TcpStream> {
        self.try_clone()
    }
    fn end(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

#[cfg(unix)]
impl Duplex for UnixStream {
    fn twin(&self) -> io::Result<UnixStream> {
        self.try_clone()
    }
    fn end(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

fn proxy(client: TcpStream, upstream: &str) -> Result<(u64, u64)> {
    client.set_nodelay(true)?;
    #[cfg(unix)]
    if upstream.starts_with('/') {
        return relay(client, UnixStream::connect(upstream)?);
    }
    let server = TcpStream::connect(upstream)?;
    server.set_nodelay(true)?;
    relay(client, server)
}

/// Commands one way, replies the other; the numbers of both.
fn relay(client: TcpStream, server: impl Duplex) -> Result<(u64, u64)> {
    let (commands_in, commands_out) = (client.twin()?, server.twin()?);
    let commands = thread::spawn(move || forward(commands_in, commands_out));
    let replies = forward(server, client)?;
    let commands = commands
        .join()
        .map_err(|_| io::Error::from(ErrorKind::BrokenPipe))??;
    Ok((commands, replies))
}

/// Forwards whole frames until the source ends or something fails, and ends the sink then.
fn forward(source: impl Read, mut sink: impl Duplex) -> Result<u64> {
    let outcome = pump(source, &mut sink);
    let ended = sink.end();
    let count = outcome?;
    ended?;
    Ok(count)
}

/// Forwards whole frames until the source ends. It reads no further before what it has is
/// written, so a slow sink slows the source down. What is whole goes out before what is wrong
/// behind it is reported.
fn pump(mut source: impl Read, sink: &mut impl Duplex) -> Result<u64> {
    let (mut pipe, mut frames, mut count) = (Pipe::new(), Frames::new(), 0);
    loop {
        if pipe.fill_from(&mut source)? == 0 {
            pipe.close(None);
        }
        // Everything that is whole goes out with one gather write.
        let mut out = Chain::new();
        let ended = loop {
            match frames.next(&mut pipe) {
                Ok(Progress::Ready(mut frame)) => out.join(&mut frame),
                Ok(Progress::Pending) => break Ok(false),
                Ok(Progress::End) => break Ok(true),
                Err(error) => break Err(error),
            }
            count += 1;
        };
        out.write_to(sink)?;
        if ended? {
            return Ok(count);
        }
    }
}
