//! [`Recency`]: an order of numbers `0..n`, from the one used last to the one used longest ago.
//!
//! A ring of links in a vector: everything takes constant time, and nothing allocates but a new
//! number.

/// The ring's fixed point: before the newest and behind the oldest.
const ENDS: usize = 0;

#[derive(Default)]
pub(super) struct Recency {
    /// (newer, older) of each number, one place on: the first pair is the ring's fixed point.
    links: Vec<(usize, usize)>,
}

impl Recency {
    /// Adds the next number, as the newest.
    pub(super) fn add(&mut self) {
        if self.links.is_empty() {
            self.links.push((ENDS, ENDS));
        }
        let place = self.links.len();
        self.links.push((place, place));
        self.insert_behind(ENDS, place);
    }

    /// The one used longest ago.
    pub(super) fn oldest(&self) -> Option<usize> {
        self.links.first()?.0.checked_sub(1)
    }

    /// `number` was used.
    pub(super) fn touch(&mut self, number: usize) {
        self.remove(number + 1);
        self.insert_behind(ENDS, number + 1);
    }

    /// `number` is the next to go.
    pub(super) fn retire(&mut self, number: usize) {
        self.remove(number + 1);
        self.insert_behind(self.links[ENDS].0, number + 1);
    }

    fn remove(&mut self, place: usize) {
        let (newer, older) = self.links[place];
        self.links[newer].1 = older;
        self.links[older].0 = newer;
    }

    fn insert_behind(&mut self, newer: usize, place: usize) {
        let older = self.links[newer].1;
        self.links[place] = (newer, older);
        self.links[newer].1 = place;
        self.links[older].0 = place;
    }
}
