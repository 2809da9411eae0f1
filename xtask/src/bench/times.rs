//! [`medians`] reads the median times from divan's table.

use std::collections::BTreeMap;

/// Nanoseconds by path: `sampled::floor` → 3,160.
pub(crate) type Times = BTreeMap<String, f64>;

/// Reads divan's table; a text without one has no times.
///
/// divan has no output for programs. Each row is a branch of a tree, such as `│  ├─ 10   309 ns   │ 2 µs   │ 320 ns   │ …`, whose
/// columns are the fastest, slowest, median and mean time; rows of allocations follow, without a branch.
pub(crate) fn medians(printed: &str) -> Times {
    let mut times = Times::new();
    let mut path: Vec<&str> = Vec::new();
    for line in printed.lines() {
        let Some((indent, row)) = line.split_once("├─ ").or_else(|| line.split_once("╰─ ")) else {
            continue;
        };
        let (name, columns) = row.split_once("  ").unwrap_or((row, ""));
        path.truncate(indent.chars().count() / 3);
        path.push(name.trim());
        if let Some(median) = columns.split('│').nth(2).and_then(nanoseconds) {
            times.insert(path.join("::"), median);
        }
    }
    times
}

/// Returns the median of one path's times in several runs.
pub(crate) fn median(mut runs: Vec<f64>) -> Option<f64> {
    runs.sort_by(f64::total_cmp);
    runs.get(runs.len() / 2).copied()
}

fn nanoseconds(time: &str) -> Option<f64> {
    let (number, unit) = time.trim().split_once(' ')?;
    let unit = match unit {
        "ps" => 1e-3,
        "ns" => 1.0,
        "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "\
Timer precision: 20 ns
records          fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ a_loop                      │               │               │               │         │
│  ├─ 10         309 ns        │ 2.1 µs        │ 320.5 ns      │ 330 ns        │ 1000    │ 1000
│  │             alloc:        │               │               │               │         │
│  │               1           │ 1             │ 1             │ 1             │         │
│  ╰─ 10000      138 µs        │ 400 µs        │ 1.4 ms        │ 150 µs        │ 1000    │ 1000
╰─ whole         12.9 µs       │ 80 µs         │ 13 µs         │ 14 µs         │ 100     │ 100
";

    #[test]
    fn medians_are_read_from_a_tree_of_rows() {
        let expected = [("a_loop::10", 320.5), ("a_loop::10000", 1.4e6), ("whole", 13e3)];
        assert_eq!(
            medians(PRINTED),
            expected.map(|(path, time)| (path.to_owned(), time)).into()
        );
    }

    #[test]
    fn another_table_has_no_times() {
        assert!(medians("               CPU       resident\nbare   2.16 ms   3.28 MiB\n").is_empty());
        assert!(medians("╰─ whole   12 parsecs │ 1 ns │ 2 parsecs │").is_empty());
    }

    #[test]
    fn a_median_is_the_middle_of_the_runs() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(Vec::new()), None);
    }
}
