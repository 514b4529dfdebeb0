//! Whether memory stayed flat: by numbers, not by looking at the plot.
//!
//! The first quarter is for warming up. After it memory may vary, and must not grow: neither by its
//! trend over the second half (least squares) nor by its peaks (last quarter beside the second one).

use std::time::Duration;

use crate::watch::Sample;

/// What the samples say about memory.
#[derive(Debug)]
pub(crate) struct Memory {
    /// The trend of the second half, in KiB a minute.
    pub(crate) slope: f64,
    /// How much that makes in the second half, in KiB.
    pub(crate) growth: f64,
    /// The largest of the second quarter and of the last one, in KiB.
    pub(crate) peaks: (u64, u64),
    /// How much either may have grown, in KiB.
    pub(crate) allowed: u64,
}

impl Memory {
    /// `None` if there are too few samples to say anything.
    ///
    /// Allowed are 5 % and 1 MiB; before a quarter of an hour, in which the allocator fills a heap for
    /// each thread, 10 % and 3 MiB. In two minutes, where one buffer more or less is a steep trend, it is
    /// 20 % and 6 MiB: that still shows a block that is kept of each connection.
    pub(crate) fn of(samples: &[Sample]) -> Option<Memory> {
        let (first, last) = (samples.first()?, samples.last()?);
        let length = last.seconds - first.seconds;
        let part = |from: f64, to: f64| {
            let from = first.seconds + from * length;
            let to = first.seconds + to * length;
            samples
                .iter()
                .filter(move |it| (from..=to).contains(&it.seconds))
        };
        let peak = |from, to| part(from, to).map(|sample| sample.memory).max();
        let peaks = (peak(0.25, 0.5)?, peak(0.75, 1.0)?);
        let slope = slope(part(0.5, 1.0))?;
        let (percent, least) = match Duration::from_secs_f64(length).as_secs() {
            0..120 => (20, 6 << 10),
            120..870 => (10, 3 << 10),
            _ => (5, 1 << 10),
        };
        Some(Memory {
            slope: slope * 60.0,
            growth: slope * length / 2.0,
            peaks,
            allowed: peaks.0 * percent / 100 + least,
        })
    }

    pub(crate) fn is_flat(&self) -> bool {
        self.growth <= self.allowed as f64 && self.peaks.1 <= self.peaks.0 + self.allowed
    }
}

/// By least squares, in KiB a second.
fn slope<'a>(samples: impl Iterator<Item = &'a Sample>) -> Option<f64> {
    let points: Vec<(f64, f64)> = samples
        .map(|sample| (sample.seconds, sample.memory as f64))
        .collect();
    let number = points.len() as f64;
    let mean_x = points.iter().map(|point| point.0).sum::<f64>() / number;
    let mean_y = points.iter().map(|point| point.1).sum::<f64>() / number;
    let above: f64 = points
        .iter()
        .map(|(x, y)| (x - mean_x) * (y - mean_y))
        .sum();
    let below: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    (points.len() > 1 && below > 0.0).then(|| above / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An hour, a sample a second, 20 MiB and what `more` adds, in KiB.
    fn hour(more: impl Fn(f64) -> f64) -> Memory {
        let sample = |second: u32| Sample {
            seconds: f64::from(second),
            memory: (20480.0 + more(f64::from(second))) as u64,
            descriptors: 10,
            threads: 3,
        };
        Memory::of(&(0..3600).map(sample).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn what_varies_is_flat() {
        let waves = hour(|second| 1500.0 * (second / 50.0).sin());
        assert!(waves.is_flat(), "{waves:?}");
        let warming_up = hour(|second| 30000.0 * (second / 300.0).min(1.0));
        assert!(warming_up.is_flat(), "{warming_up:?}");
        let falling = hour(|second| 9000.0 - second);
        assert!(falling.is_flat(), "{falling:?}");
    }

    #[test]
    fn what_grows_is_not() {
        // 10 connections a second that leave 200 bytes each.
        let leaking = hour(|second| second * 10.0 * 200.0 / 1024.0);
        assert!(!leaking.is_flat(), "{leaking:?}");
        let late = hour(|second| if second < 3000.0 { 0.0 } else { 4096.0 });
        assert!(!late.is_flat(), "{late:?}");
        let peak = hour(|second| if second == 3300.0 { 3000.0 } else { 0.0 });
        assert!(!peak.is_flat(), "{peak:?}");
    }

    #[test]
    fn the_slope_is_in_kib_a_minute() {
        let memory = hour(|second| second / 6.0);
        assert!((memory.slope - 10.0).abs() < 0.1, "{memory:?}");
        assert!((memory.growth - 300.0).abs() < 3.0, "{memory:?}");
    }
}
