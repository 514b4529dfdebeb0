//! All clients, on one thread as well.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use super::PATIENCE;
use super::client::{Client, Stand};
use crate::random::Random;

pub(super) struct Crowd {
    epoll: OwnedFd,
    folder: PathBuf,
    ports: Vec<u16>,
    random: Random,
    clients: Vec<Client>,
    /// Those that are in the middle of something.
    busy: Vec<usize>,
    counts: BTreeMap<&'static str, u64>,
    lost: u64,
    last_look: Instant,
}

/// How many are in the middle of something at a time.
const BUSY: usize = 1000;

impl Crowd {
    pub(super) fn new(folder: &Path, ports: &[u16], seed: u64) -> Result<Crowd, String> {
        Ok(Crowd {
            epoll: epoll::create(CreateFlags::CLOEXEC).map_err(|error| error.to_string())?,
            folder: folder.to_owned(),
            ports: ports.to_vec(),
            random: Random::new(seed),
            clients: Vec::new(),
            busy: Vec::new(),
            counts: BTreeMap::new(),
            lost: 0,
            last_look: Instant::now(),
        })
    }

    pub(super) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.counts.iter().map(|(name, number)| (*name, *number))
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    pub(super) fn connect(&mut self, number: usize) -> Result<(), String> {
        for at in 0..number {
            let client = self.new_client(at)?;
            self.clients.push(client);
        }
        Ok(())
    }

    fn new_client(&self, at: usize) -> Result<Client, String> {
        let client = Client::connect(at, &self.folder, &self.ports);
        let client = client.map_err(|error| format!("connection {at}: {error}"))?;
        let data = EventData::new_u64(at as u64);
        let added = epoll::add(&self.epoll, &client.socket, data, EventFlags::IN);
        added.map_err(|error| format!("connection {at}: {error}"))?;
        Ok(client)
    }

    /// Lets each client say something, and sends it.
    pub(super) fn start_each(
        &mut self,
        mut say: impl FnMut(&mut Client, &mut Random),
    ) -> Result<(), String> {
        for at in 0..self.clients.len() {
            say(&mut self.clients[at], &mut self.random);
            while self.clients[at].is_sending() {
                let sent = self.clients[at].send(usize::MAX);
                if !sent.map_err(|error| error.to_string())? {
                    self.look(Duration::from_millis(1))?;
                }
            }
            if at % 256 == 0 {
                self.look(Duration::ZERO)?;
            }
        }
        Ok(())
    }

    /// The same, and waits for all answers.
    pub(super) fn each(&mut self, say: impl FnMut(&mut Client, &mut Random)) -> Result<(), String> {
        self.start_each(say)?;
        self.wait(|client| client.stand() == Stand::Idle)
    }

    fn wait(&mut self, is_done: impl Fn(&Client) -> bool) -> Result<(), String> {
        let mut at = 0;
        while at < self.clients.len() {
            if is_done(&self.clients[at]) {
                at += 1;
                continue;
            }
            self.look(Duration::from_millis(10))?;
        }
        Ok(())
    }

    /// Takes what has come for anybody, after waiting for so long at most.
    fn look(&mut self, time: Duration) -> Result<(), String> {
        let mut events: Vec<Event> = Vec::with_capacity(256);
        let time = Timespec {
            tv_sec: 0,
            tv_nsec: time.subsec_nanos().into(),
        };
        let found = epoll::wait(
            &self.epoll,
            rustix::buffer::spare_capacity(&mut events),
            Some(&time),
        );
        match found {
            Err(error) if error != rustix::io::Errno::INTR => return Err(error.to_string()),
            _ => {}
        }
        for event in events {
            let data = event.data;
            self.came(data.u64() as usize)?;
        }
        if self.last_look.elapsed() > Duration::from_secs(1) {
            self.last_look = Instant::now();
            let overdue = self
                .clients
                .iter()
                .find_map(|client| client.overdue(PATIENCE));
            if let Some(overdue) = overdue {
                self.lost += 1;
                return Err(overdue);
            }
        }
        Ok(())
    }

    fn came(&mut self, at: usize) -> Result<(), String> {
        let stand = self.clients[at].receive().inspect_err(|_| self.lost += 1)?;
        if stand == Stand::Ended {
            self.renew(at)?;
        }
        Ok(())
    }

    /// Another connection in its place; what happens to the old one is the caller's.
    fn renew(&mut self, at: usize) -> Result<Client, String> {
        self.count("connections made anew");
        let new = self.new_client(at)?;
        Ok(std::mem::replace(&mut self.clients[at], new))
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Does this and that, so many things a second.
    pub(super) fn live(&mut self, length: Duration, rate: u64) -> Result<(), String> {
        let (start, mut done) = (Instant::now(), 0);
        while start.elapsed() < length {
            let due = (start.elapsed().as_secs_f64() * rate as f64) as u64;
            while done < due {
                self.act()?;
                done += 1;
                if done % 64 == 0 {
                    self.look(Duration::ZERO)?;
                }
            }
            self.look(Duration::from_millis(5))?;
        }
        Ok(())
    }

    /// Something that begins, or goes on.
    fn act(&mut self) -> Result<(), String> {
        if self.busy.len() < BUSY && self.random.one_in(4) {
            let at = self.random.below(self.clients.len());
            if self.clients[at].stand() == Stand::Idle {
                self.begin(at)?;
            }
            return Ok(());
        }
        if self.busy.is_empty() {
            return Ok(());
        }
        let place = self.random.below(self.busy.len());
        let at = self.busy[place];
        self.go_on(at, place)
    }

    fn begin(&mut self, at: usize) -> Result<(), String> {
        let (client, random) = (&mut self.clients[at], &mut self.random);
        let what = match random.below(20) {
            0 => {
                client.say_too_much(random);
                "lines that were too long"
            }
            1 => {
                client.say_malformed(random);
                "malformed lines"
            }
            2 => {
                // Beyond what sockets hold.
                client.reads = false;
                self.watch_for(at, EventFlags::empty())?;
                self.clients[at].say(200, &mut self.random);
                "slow readers"
            }
            3 => {
                client.end().map_err(|error| error.to_string())?;
                "half closed, with the end as the answer"
            }
            _ => {
                let number = 1 + random.below(20);
                client.say(number, random);
                "conversations"
            }
        };
        self.count(what);
        self.busy.push(at);
        Ok(())
    }

    fn watch_for(&self, at: usize, flags: EventFlags) -> Result<(), String> {
        let data = EventData::new_u64(at as u64);
        let changed = epoll::modify(&self.epoll, &self.clients[at].socket, data, flags);
        changed.map_err(|error| format!("connection {at}: {error}"))
    }

    fn go_on(&mut self, at: usize, place: usize) -> Result<(), String> {
        let random = &mut self.random;
        if random.one_in(100) {
            let way = if random.one_in(2) {
                "cut by a reset"
            } else {
                "cut by closing"
            };
            self.count(way);
            self.busy.swap_remove(place);
            let old = self.renew(at)?;
            if way == "cut by a reset" {
                old.reset().map_err(|error| error.to_string())?;
            }
            return Ok(());
        }
        let client = &mut self.clients[at];
        if client.is_sending() {
            let most = *random.pick(&[1, 3, 50, 1000, usize::MAX]);
            let sent = client.send(most).map_err(|error| error.to_string())?;
            if sent || client.reads {
                return Ok(());
            }
        }
        // A slow one reads again once nothing more goes in, or everything is.
        if !client.reads {
            client.reads = true;
            self.count("answers");
            return self.watch_for(at, EventFlags::IN);
        }
        match self.clients[at].stand() {
            Stand::Idle => {
                self.busy.swap_remove(place);
            }
            Stand::Busy | Stand::Ended => {}
        }
        Ok(())
    }

    /// Finishes everything that was begun, and ends all in good order.
    pub(super) fn end(&mut self) -> Result<(), String> {
        for at in 0..self.clients.len() {
            if !self.clients[at].reads {
                self.clients[at].reads = true;
                self.watch_for(at, EventFlags::IN)?;
            }
        }
        for at in 0..self.clients.len() {
            while self.clients[at].is_sending() {
                self.clients[at]
                    .send(usize::MAX)
                    .map_err(|error| error.to_string())?;
                self.look(Duration::ZERO)?;
            }
        }
        self.wait(|client| client.stand() == Stand::Idle)?;
        for client in &mut self.clients {
            client.end().map_err(|error| error.to_string())?;
        }
        // Each end is seen, and the connection taken out.
        let mut left: Vec<Client> = std::mem::take(&mut self.clients);
        for client in &mut left {
            let start = Instant::now();
            while client.receive().inspect_err(|_| self.lost += 1)? != Stand::Ended {
                if start.elapsed() > PATIENCE {
                    self.lost += 1;
                    return Err("the end of a connection did not come".into());
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        Ok(())
    }
}
