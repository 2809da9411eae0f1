//! Formats numbers and texts for people.

/// Replaces the characters of a text that a terminal would act on: control characters and changes of text direction.
pub(crate) fn clean(text: &str) -> String {
    let is_obeyed = |char: char| {
        char.is_control() || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let shown = |char| if is_obeyed(char) { '\u{fffd}' } else { char };
    text.chars().map(shown).collect()
}

pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

pub(crate) fn figure(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Returns a number with a noun, in the plural if needed.
pub(crate) fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// Formats a duration in microseconds.
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

/// Formats a share in per mille as a percentage.
pub(crate) fn share(per_mille: u64) -> String {
    format!("{}%", (per_mille + 5) / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_no_control_character_of_a_log() {
        assert_eq!(clean("\u{1b}[31mred\u{7}\u{9b}2J"), "\u{fffd}[31mred\u{fffd}\u{fffd}2J");
        assert_eq!(clean("of the \u{202e}tfel\u{2066}"), "of the \u{fffd}tfel\u{fffd}");
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        let said = [0, 1_234, 56_789, 1_234_567, 600_000_000].map(duration);
        assert_eq!(said, ["0.0 ms", "1.2 ms", "57 ms", "1.2 s", "10 min"]);
    }
}
