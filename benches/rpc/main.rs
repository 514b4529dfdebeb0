//! Calls between two programs: ours beside tarpc, over a Unix socket.
//!
//! ```text
//! cargo run --release --manifest-path benches/rpc/Cargo.toml -- [THOUSANDS OF CALLS] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Both ends run on one processor, and in threads of their own, as two programs do; tarpc's also as tasks of
//! one thread, which no two programs can be. Its messages are bincode's, without names or tags; ours are
//! MoaT's.

mod support;

#[cfg(not(unix))]
fn main() {
    eprintln!("Unix sockets are unix's: nothing is compared here");
}

#[cfg(unix)]
fn main() -> std::io::Result<()> {
    unix::main()
}

#[cfg(unix)]
mod unix {
    use std::future::Future;
    use std::io;
    use std::path::Path;
    use std::thread;

    use futures_util::StreamExt;
    use futures_util::future::join_all;
    use tarpc::client::{self, RpcError};
    use tarpc::serde_transport::unix;
    use tarpc::server::{BaseChannel, Channel};
    use tarpc::tokio_serde::formats::Bincode;
    use tarpc::{ClientMessage, Response, context};
    use tokio::runtime::Runtime;

    use crate::support::bench::Bench;
    use crate::support::link::{Ours, other};
    use crate::support::pin;

    #[tarpc::service]
    trait Adder {
        async fn add(a: i64, b: i64) -> i64;
    }

    #[derive(Clone)]
    struct Server;

    impl Adder for Server {
        async fn add(self, _: context::Context, a: i64, b: i64) -> i64 {
            a + b
        }
    }

    pub(crate) fn main() -> io::Result<()> {
        let mut bench = Bench::new("rpc", 20)?;
        pin::to_one_processor();
        let calls = (bench.size >> 20) * 1000;
        let path = &bench.path("socket");
        if let Some(table) = bench.table("13a", "calls one at a time, Unix socket") {
            let table = table
                .items(calls as u64, "call")
                .peer("tarpc, a thread for each end", || {
                    apart(path, |client| one_at_a_time(client, calls))
                })
                .peer("tarpc, both ends in one thread", || {
                    together(path, |client| one_at_a_time(client, calls))
                })
                .ours("Request::call", || Ours::new()?.one_at_a_time(calls));
            bench.run(table)?;
        }
        if let Some(table) = bench.table("13b", "calls, 100 in flight, Unix socket") {
            let table = table
                .items(calls as u64, "call")
                .peer("tarpc, a thread for each end", || {
                    apart(path, |client| in_flight(client, calls))
                })
                .peer("tarpc, both ends in one thread", || {
                    together(path, |client| in_flight(client, calls))
                })
                .ours("Request::queue and wait", || Ours::new()?.in_flight(calls));
            bench.run(table)?;
        }
        bench.finish()
    }

    fn runtime() -> io::Result<Runtime> {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
    }

    type Listening = unix::Incoming<
        ClientMessage<AdderRequest>,
        Response<AdderResponse>,
        Bincode<ClientMessage<AdderRequest>, Response<AdderResponse>>,
        fn() -> Bincode<ClientMessage<AdderRequest>, Response<AdderResponse>>,
    >;

    async fn listen(path: &Path) -> io::Result<Listening> {
        unix::listen(path, Bincode::default as fn() -> _).await
    }

    /// Serves the first who connects, as long as that lasts.
    async fn serve(mut listening: Listening) {
        if let Some(Ok(transport)) = listening.next().await {
            let calls = BaseChannel::with_defaults(transport).execute(Server.serve());
            let answer = |answered| async {
                tokio::spawn(answered);
            };
            calls.for_each(answer).await;
        }
    }

    async fn call<F: Future<Output = Result<u64, RpcError>>>(
        path: &Path,
        work: impl FnOnce(AdderClient) -> F,
    ) -> io::Result<u64> {
        let transport = unix::connect(path, Bincode::default).await?;
        let client = AdderClient::new(client::Config::default(), transport).spawn();
        work(client).await.map_err(other)
    }

    fn together<F: Future<Output = Result<u64, RpcError>>>(
        path: &Path,
        work: impl FnOnce(AdderClient) -> F,
    ) -> io::Result<u64> {
        let outcome = runtime()?.block_on(async {
            tokio::spawn(serve(listen(path).await?));
            call(path, work).await
        });
        std::fs::remove_file(path)?;
        outcome
    }

    fn apart<F: Future<Output = Result<u64, RpcError>>>(
        path: &Path,
        work: impl FnOnce(AdderClient) -> F,
    ) -> io::Result<u64> {
        let server = runtime()?;
        let listening = server.block_on(listen(path))?;
        let serving = thread::spawn(move || server.block_on(serve(listening)));
        // Whoever has called is gone then, and so is the connection.
        let outcome = runtime()?.block_on(call(path, work));
        serving.join().expect("no panic");
        std::fs::remove_file(path)?;
        outcome
    }

    async fn one_at_a_time(client: AdderClient, count: usize) -> Result<u64, RpcError> {
        let mut sum = 0;
        for _ in 0..count {
            sum += client.add(context::current(), 2, 3).await?;
        }
        Ok(sum.unsigned_abs())
    }

    async fn in_flight(client: AdderClient, count: usize) -> Result<u64, RpcError> {
        let mut sum = 0;
        for _ in 0..count / 100 {
            let calls = (0..100).map(|_| client.add(context::current(), 2, 3));
            sum += join_all(calls).await.into_iter().sum::<Result<i64, _>>()?;
        }
        Ok(sum.unsigned_abs())
    }
}
