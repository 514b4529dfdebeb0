//! [`Queues`]: many queues, all of them in one piece of memory.
//!
//! A connection has two queues for each of its calls, most of them empty or with one message. As lists
//! through one vector they allocate nothing once that has grown, and a call nothing at all.

/// The memory of queues: their entries, linked.
#[derive(Debug)]
pub(super) struct Queues<T> {
    entries: Vec<QueueEntry<T>>,
    /// The first of the entries that are not used.
    free: usize,
    /// How many are used.
    len: usize,
}

#[derive(Debug)]
struct QueueEntry<T> {
    next: usize,
    value: Option<T>,
}

/// One of the queues. What is in it stays in its [`Queues`]: it has to be emptied before it is dropped.
#[derive(Debug)]
pub(super) struct Queue {
    first: usize,
    last: usize,
    len: u32,
}

/// No entry.
const NONE: usize = usize::MAX;

/// Up to this many entries the memory is kept, whatever was needed of it.
const KEPT: usize = 64;

impl Queue {
    pub(super) const fn new() -> Queue {
        Queue {
            first: NONE,
            last: NONE,
            len: 0,
        }
    }

    pub(super) fn len(&self) -> u32 {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<T> Queues<T> {
    pub(super) fn new() -> Queues<T> {
        Queues {
            entries: Vec::new(),
            free: NONE,
            len: 0,
        }
    }

    /// How many values there are in all queues.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn push(&mut self, queue: &mut Queue, value: T) {
        let entry = QueueEntry {
            next: NONE,
            value: Some(value),
        };
        let at = match self.entries.get_mut(self.free) {
            Some(unused) => {
                let at = self.free;
                self.free = unused.next;
                *unused = entry;
                at
            }
            None => {
                self.entries.push(entry);
                self.entries.len() - 1
            }
        };
        match self.entries.get_mut(queue.last) {
            Some(last) => last.next = at,
            None => queue.first = at,
        }
        queue.last = at;
        queue.len += 1;
        self.len += 1;
    }

    #[inline]
    pub(super) fn pop(&mut self, queue: &mut Queue) -> Option<T> {
        let at = queue.first;
        let entry = self.entries.get_mut(at)?;
        let value = entry.value.take();
        queue.first = entry.next;
        entry.next = self.free;
        self.free = at;
        queue.len -= 1;
        self.len -= 1;
        if queue.is_empty() {
            *queue = Queue::new();
        }
        if self.len == 0 {
            self.release();
        }
        value
    }

    /// Nothing is used: entries are given out from the start again. Memory of which less than half was
    /// needed since the last time is given back; a stream that needs it again and again keeps it.
    fn release(&mut self) {
        let needed = self.entries.len();
        self.entries.clear();
        self.free = NONE;
        if needed < self.entries.capacity() / 2 {
            self.entries.shrink_to(needed.max(KEPT));
        }
    }
}
