//! [`Dice`]: reproducible random numbers without a dependency.

/// Numbers that look random and are the same in every run (Knuth's MMIX generator).
///
/// # Examples
///
/// ```
/// use iolite::testing::Dice;
///
/// let mut dice = Dice::new(7);
/// let rolls: Vec<usize> = (0..100).map(|_| dice.roll(6)).collect();
/// assert!(rolls.iter().all(|&roll| roll < 6));
/// assert_eq!(rolls[0], Dice::new(7).roll(6));
/// ```
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// A generator whose numbers depend on `seed` only.
    #[must_use]
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A number below `sides`.
    ///
    /// # Panics
    ///
    /// If `sides` is 0.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The low bits of this generator repeat soon: only the upper half is used.
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }
}
