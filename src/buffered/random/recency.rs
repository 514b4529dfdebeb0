//! [`Recency`]: which of the numbers `0..n` was used longest ago.
//!
//! Using a number is one store, which is what a cache does all the time. Who asks for the oldest
//! one is about to read the device anyway: they are sorted then, once for many questions, and
//! whatever was used since is passed over.
//!
//! Invariants: the last pair in `order` whose time is still right is the oldest of all, for what is
//! not in there was used after the sorting.

/// A time before all others.
const RETIRED: u64 = 0;

#[derive(Default)]
pub(super) struct Recency {
    /// When each number was used last.
    used: Vec<u64>,
    /// When numbers were used, and which, as it was when they were sorted; the oldest one last.
    order: Vec<(u64, usize)>,
    /// Counts uses.
    now: u64,
}

impl Recency {
    /// Adds the next number, as the newest.
    pub(super) fn add(&mut self) {
        self.used.push(RETIRED);
        self.touch(self.used.len() - 1);
    }

    /// `number` was used.
    #[inline]
    pub(super) fn touch(&mut self, number: usize) {
        self.now += 1;
        self.used[number] = self.now;
    }

    /// The one used longest ago.
    pub(super) fn oldest(&mut self) -> Option<usize> {
        loop {
            match self.order.last() {
                Some(&(time, number)) if time == self.used[number] => return Some(number),
                Some(_) => _ = self.order.pop(),
                None if self.used.is_empty() => return None,
                None => self.sort(),
            }
        }
    }

    fn sort(&mut self) {
        self.order.extend(self.used.iter().copied().zip(0..));
        self.order.sort_unstable_by(|one, other| other.cmp(one));
    }

    /// `number` is the next to go.
    pub(super) fn retire(&mut self, number: usize) {
        self.used[number] = RETIRED;
        self.order.push((RETIRED, number));
    }
}
