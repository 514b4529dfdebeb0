//! When to look at files again: as soon as something happens in one of their folders, and after an
//! interval, since network file systems tell nothing. Linux's events, by `inotify`.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

pub(super) struct FileEvents {
    /// `None`: the system has no more of them, or not for these folders.
    events: Option<OwnedFd>,
}

impl FileEvents {
    pub(super) fn of_folders<'a>(files: impl Iterator<Item = &'a Path>) -> FileEvents {
        let folders = files.map(|file| match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        });
        FileEvents {
            events: watch(folders).ok(),
        }
    }

    /// Waits until something happens, or the interval is over.
    pub(super) fn wait(&self, interval: Duration) {
        let Some(events) = &self.events else {
            return thread::sleep(interval);
        };
        let timeout = Timespec::try_from(interval).ok();
        let _ = poll(&mut [PollFd::new(events, PollFlags::IN)], timeout.as_ref());
        // What happened does not matter, only that it is not reported again.
        let mut room = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(events, &mut room);
        while reader.next().is_ok() {}
    }
}

fn watch(folders: impl Iterator<Item = PathBuf>) -> rustix::io::Result<OwnedFd> {
    let events = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
    let wanted = WatchFlags::MODIFY | WatchFlags::MOVE | WatchFlags::CREATE | WatchFlags::DELETE;
    for folder in folders {
        inotify::add_watch(&events, folder, wanted | WatchFlags::ATTRIB)?;
    }
    Ok(events)
}
