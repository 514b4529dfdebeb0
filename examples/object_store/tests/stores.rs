//! The same over a store in memory, over a folder, and over a server that speaks S3.

use std::io::{Read, Seek, SeekFrom, Write};
use std::num::NonZeroUsize;
use std::sync::Arc;

use iolite::prelude::*;
use iolite::ranges::RevLines;
use iolite::{BufferedWriter, Encoding, TextIoWrapper, TextOptions};
use iolite_object_store::{ObjectIo, ObjectWriter, count_lines};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use tokio::runtime::Runtime;

/// Writes Shift_JIS in parts, and reads it from its start, from its end and by ranges.
fn works(store: Arc<dyn ObjectStore>) {
    const LINES: usize = 50_000;
    let text = "表ソ能".repeat(20);
    let runtime = Runtime::new().unwrap();
    let (path, handle) = (Path::from("folder/lines.txt"), runtime.handle());
    let options = TextOptions::new().encoding(Encoding::SHIFT_JIS);

    let device = ObjectWriter::create(&store, &path, handle.clone()).unwrap();
    let mut out = TextIoWrapper::with_options(BufferedWriter::new(device), options);
    for number in 0..LINES {
        writeln!(out, "行 {number} {text}").unwrap();
    }
    out.close().unwrap();

    for threads in [1, 2, 3, 8] {
        let threads = NonZeroUsize::new(threads).unwrap();
        let lines = count_lines(&store, &path, handle, Encoding::SHIFT_JIS, threads).unwrap();
        assert_eq!(lines, LINES);
    }
    let open = || ObjectIo::open(Arc::clone(&store), path.clone(), handle.clone()).unwrap();
    let mut lines = RevLines::new(open(), options).unwrap();
    let last = lines.next().unwrap().unwrap();
    assert_eq!(&*last, format!("行 {} {text}", LINES - 1));

    let mut device = open();
    let size = device.seek(SeekFrom::End(0)).unwrap();
    assert!(size > 5 << 20, "more than one part");
    assert_eq!(device.read(&mut [0]).unwrap(), 0);
    device.seek(SeekFrom::Current(-1)).unwrap();
    let mut end = Vec::new();
    device.read_to_end(&mut end).unwrap();
    assert_eq!(end, b"\n");
    assert!(device.write(b"x").is_err() && device.truncate(None).is_err());
    device.close().unwrap();
    assert!(device.read(&mut [0]).is_err());

    let missing = ObjectIo::open(Arc::clone(&store), Path::from("missing"), handle.clone());
    let error = missing.err().expect("it is not there");
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn memory() {
    works(Arc::new(InMemory::new()));
}

#[test]
fn a_folder() {
    let folder = tempfile::tempdir().unwrap();
    works(Arc::new(
        LocalFileSystem::new_with_prefix(folder.path()).unwrap(),
    ));
}

/// `pip install 'moto[server]'` has the server.
#[cfg(feature = "s3")]
#[test]
fn s3() {
    use std::net::TcpListener;
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;

    use object_store::aws::AmazonS3Builder;

    struct Server(Child);
    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut command = Command::new("moto_server");
    command.args(["-p", &port.to_string()]);
    let Ok(server) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
        return eprintln!("SKIPPED: moto_server is not installed (pip install 'moto[server]')");
    };
    let _server = Server(server);
    let endpoint = format!("http://127.0.0.1:{port}");
    // A bucket, by a request that needs no signature there.
    let make = || {
        let mut curl = Command::new("curl");
        curl.args(["-sf", "-X", "PUT", &format!("{endpoint}/bucket")]);
        curl.output().is_ok_and(|output| output.status.success())
    };
    let is_made = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        make()
    });
    assert!(is_made, "the server does not answer");
    let store = AmazonS3Builder::new()
        .with_bucket_name("bucket")
        .with_region("us-east-1")
        .with_endpoint(endpoint)
        .with_allow_http(true)
        .with_access_key_id("test")
        .with_secret_access_key("test")
        .build();
    works(Arc::new(store.unwrap()));
}
