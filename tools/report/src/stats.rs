//! Computes [`Times`], the percentiles of durations.

use crate::model::Times;

impl Times {
    /// Summarises durations in microseconds.
    pub(crate) fn of(mut durations: Vec<u64>) -> Self {
        durations.sort_unstable();
        Self {
            count: durations.len(),
            total: durations.iter().sum(),
            p50: percentile(&durations, 50),
            p95: percentile(&durations, 95),
            max: durations.last().copied().unwrap_or_default(),
        }
    }
}

/// Returns the nearest-rank percentile of sorted values, or 0 without values.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let times = Times::of((1..=100).rev().collect());
        assert_eq!((times.p50, times.p95, times.max, times.total), (50, 95, 100, 5_050));
        let one = Times::of(vec![7]);
        assert_eq!((one.p50, one.p95, one.max), (7, 7, 7));
        assert_eq!(Times::of(Vec::new()), Times::default());
    }
}
