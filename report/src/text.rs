//! The same for a terminal: tables and trees.

/// Returns a number of things.
pub(crate) fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// Returns a duration of microseconds as a person says it.
#[allow(clippy::cast_precision_loss)] // three digits are shown
pub(crate) fn duration(micros: u64) -> String {
    let milliseconds = micros as f64 / 1e3;
    match milliseconds {
        ..10.0 => format!("{milliseconds:.1} ms"),
        ..1_000.0 => format!("{milliseconds:.0} ms"),
        ..100_000.0 => format!("{:.1} s", milliseconds / 1e3),
        _ => format!("{:.0} min", milliseconds / 6e4),
    }
}

/// Returns a share in per mille as a percentage.
pub(crate) fn share(per_mille: u64) -> String {
    format!("{} %", (per_mille + 5) / 10)
}
