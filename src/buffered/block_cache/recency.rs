//! [`Recency`]: which of the numbers `0..n` was used longest ago.
//!
//! Touching a number must be cheap: one store. Asking for the oldest is followed by a read of the
//! device anyway, so the oldest quarter is sorted only then, and the order serves many evictions;
//! numbers that were used since are passed over. That is a handful of steps for each use.
//!
//! Invariants: the last pair in `order` whose time is still right is the oldest of all, for what
//! is not in there was used later; `order` has no more pairs than there are numbers. A number is
//! in `free` once, from when it was retired until it is reused.

/// A time before all others.
const RETIRED: u64 = 0;

/// Up to so many numbers are sorted as a whole: a quarter of fewer would not last.
const FEW: usize = 32;

#[derive(Default)]
pub(super) struct Recency {
    /// When each number was used last.
    used: Vec<u64>,
    /// When numbers were used, and which, as it was when they were put in order; the oldest last.
    order: Vec<(u64, usize)>,
    /// Numbers that stand for nothing.
    free: Vec<usize>,
    /// Counts uses.
    now: u64,
    /// How many numbers were looked at to put them in order.
    #[cfg(test)]
    looked_at: usize,
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

    /// The one used longest ago. None is free.
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
        #[cfg(test)]
        {
            self.looked_at += self.used.len();
        }
        self.order.extend(self.used.iter().copied().zip(0..));
        // A quarter serves many evictions, and to find out which one it is takes linear time.
        let oldest = self.order.len() / 4;
        if oldest > FEW {
            self.order.select_nth_unstable(oldest);
            self.order.truncate(oldest);
        }
        self.order.sort_unstable_by(|one, other| other.cmp(one));
    }

    /// `number` stands for nothing any more.
    pub(super) fn retire(&mut self, number: usize) {
        if self.used[number] != RETIRED {
            self.used[number] = RETIRED;
            self.free.push(number);
        }
    }

    /// A number that stands for nothing. It is used next.
    pub(super) fn reuse(&mut self) -> Option<usize> {
        self.free.pop()
    }

    /// Forgets all numbers, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.used.clear();
        self.order.clear();
        self.free.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize) -> Recency {
        let mut recency = Recency::default();
        (0..count).for_each(|_| recency.add());
        recency
    }

    #[test]
    fn the_oldest_is_the_one_of_a_list_in_order_of_use() {
        let (mut recency, mut list) = (numbers(300), (0..300).collect::<Vec<_>>());
        let mut seed = 1_u32;
        for _ in 0..20_000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = match seed >> 30 {
                0 => 0,
                _ => seed as usize / 4096 % list.len(),
            };
            assert_eq!(recency.oldest(), Some(list[0]));
            let number = list.remove(at);
            list.push(number);
            recency.touch(number);
        }
    }

    /// The list of what was retired grew by one each time.
    #[test]
    fn retiring_and_reusing_grows_nothing() {
        let mut recency = numbers(100);
        for i in 0..10_000 {
            recency.retire(i % 60);
            recency.retire(i % 60);
            assert_eq!(
                recency.reuse(),
                Some(i % 60),
                "once, however often it is retired"
            );
            recency.touch(i % 60);
            assert!(recency.oldest().is_some());
        }
        assert!(recency.order.capacity() <= 200 && recency.free.capacity() <= 8);
    }

    /// The worst order for what was sorted: what would be next is used, over and over.
    #[test]
    fn asking_for_the_oldest_costs_a_handful_of_steps_for_each_use() {
        let mut recency = numbers(10_000);
        let mut uses = 10_000;
        for round in 0..100_000 {
            let oldest = recency.oldest().expect("there are some");
            // Every second time the next ones are used as well, which makes them newer.
            for number in [oldest, (oldest + 1) % 10_000]
                .into_iter()
                .take(1 + round % 2)
            {
                recency.touch(number);
                uses += 1;
            }
        }
        assert!(
            recency.looked_at <= 6 * uses,
            "{} for {uses}",
            recency.looked_at
        );
    }
}
