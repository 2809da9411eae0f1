//! `Dimensions`, the dimensions of a document.

use crate::document::members::{Member, Members, Set};
use crate::limits::{Charset, is_reserved};
use crate::warning::Warning;

/// The maximum length of a dimension's key in characters: that of the format, which is shorter than `PutMetricData`'s 255.
const MAX_KEY: usize = 250;

/// The maximum length of a dimension's value in characters.
const MAX_VALUE: usize = 1_024;

/// The maximum size of a document's dimensions in bytes: enough for 30 of maximum length in ASCII.
const MAX_SIZE: usize = 48 * 1_024;

/// The maximum number of sets of a document; CloudWatch charges for each as a separate metric.
const MAX_SETS: usize = 64;

/// The dimensions of a document: the first set, and further sets.
///
/// A key has one value in a document, because sets refer to members of the root.
#[derive(Debug, Default)]
pub(crate) struct Dimensions {
    members: Members,
    /// The keys of the first set, as positions of members.
    own: Vec<usize>,
    /// The keys of the further sets, one set after the other.
    keys: Vec<usize>,
    /// The end of each further set.
    ends: Vec<usize>,
    charset: Charset,
}

impl Dimensions {
    pub(crate) fn new(charset: Charset) -> Self {
        Self {
            charset,
            ..Self::default()
        }
    }

    /// Sets the characters that dimensions may have from now on.
    pub(crate) fn set_charset(&mut self, charset: Charset) {
        self.charset = charset;
    }

    /// Sets a dimension of the first set.
    pub(crate) fn set(&mut self, key: &str, value: &str, report: &mut dyn FnMut(Warning)) {
        if let Some(new) = self.members.repeat_text(key, MAX_SIZE, value) {
            // No set has a new position yet.
            self.own.push(new);
        } else if let Some(at) = self.member(key, value, report)
            && !self.own.contains(&at)
        {
            self.own.push(at);
        }
    }

    /// Adds a set, unless it has no valid dimension or already exists.
    pub(crate) fn add_set(&mut self, dimensions: &[(&str, &str)], report: &mut dyn FnMut(Warning)) {
        if self.ends.len() == MAX_SETS {
            report(Warning::TooManySets);
            return;
        }
        let start = self.keys.len();
        for (key, value) in dimensions {
            if let Some(at) = self.member(key, value, report)
                && !self.keys[start..].contains(&at)
            {
                self.keys.push(at);
            }
        }
        let is_known = {
            let new = &self.keys[start..];
            new.is_empty() || (0..self.ends.len()).any(|at| is_same(self.positions_at(at), new))
        };
        if is_known {
            self.keys.truncate(start);
        } else {
            self.ends.push(self.keys.len());
        }
    }

    /// Returns the dimensions of all sets.
    pub(crate) fn members(&self) -> &Members {
        &self.members
    }

    /// Returns the dimensions of the first set.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Member> + Clone {
        self.at(&self.own)
    }

    /// Returns the dimensions that are only in further sets.
    pub(crate) fn not_own(&self) -> impl Iterator<Item = &Member> + Clone {
        let all = self.members.all().iter().enumerate();
        all.filter(|(at, _)| !self.own.contains(at)).map(|(_, member)| member)
    }

    /// Returns the number of further sets.
    pub(crate) fn set_count(&self) -> usize {
        self.ends.len()
    }

    /// Returns a further set.
    pub(crate) fn set_at(&self, at: usize) -> impl Iterator<Item = &Member> + Clone {
        self.at(self.positions_at(at))
    }

    pub(crate) fn clear(&mut self) {
        self.members.clear();
        self.own.clear();
        self.keys.clear();
        self.ends.clear();
    }

    fn member(&mut self, key: &str, value: &str, report: &mut dyn FnMut(Warning)) -> Option<usize> {
        match set_dimension(&mut self.members, MAX_SIZE, self.charset, key, value, report) {
            Set::New { at } => Some(at),
            Set::Known { at, changed } => {
                if changed {
                    report(Warning::OtherValue(key.to_owned()));
                }
                Some(at)
            }
            Set::Full => None,
        }
    }

    fn positions_at(&self, at: usize) -> &[usize] {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let range = start.copied().unwrap_or(0)..self.ends.get(at).copied().unwrap_or(0);
        self.keys.get(range).unwrap_or_default()
    }

    fn at<'a>(&'a self, positions: &'a [usize]) -> impl Iterator<Item = &'a Member> + Clone {
        let all = self.members.all();
        positions.iter().filter_map(|at| all.get(*at))
    }
}

/// Sets a dimension, as long as all have at most `max` bytes together, or reports why it is invalid.
pub(crate) fn set_dimension(
    members: &mut Members,
    max: usize,
    charset: Charset,
    key: &str,
    value: &str,
    report: &mut dyn FnMut(Warning),
) -> Set {
    if let Some(at) = members.repeat_text(key, max, value) {
        return Set::New { at };
    }
    let (key, value) = (key.trim(), value.trim());
    let warning = if is_reserved(key) {
        Warning::Reserved(key.to_owned())
    } else if !fits(key, MAX_KEY) || key.starts_with(':') || !fits(value, MAX_VALUE) {
        Warning::Dimension(key.to_owned())
    } else {
        let is_ascii = key.is_ascii() && value.is_ascii();
        if !is_ascii {
            let key = key.to_owned();
            report(Warning::NotAscii { key, charset });
        }
        if !is_ascii && charset == Charset::Ascii {
            return Set::Full;
        }
        let set = members.set_text(key, max, value);
        if set != Set::Full {
            return set;
        }
        Warning::TooLongDimensions(key.to_owned())
    };
    report(warning);
    Set::Full
}

/// Returns whether a dimension with these characters can have this value.
pub(crate) fn is_value(text: &str, charset: Charset) -> bool {
    let text = text.trim();
    fits(text, MAX_VALUE) && (charset == Charset::Unicode || text.is_ascii())
}

fn fits(text: &str, max: usize) -> bool {
    // A character has up to 4 bytes, so the length in bytes nearly always decides.
    let is_short = text.len() <= max || text.len() <= 4 * max && text.chars().count() <= max;
    !text.is_empty() && is_short && !text.contains(is_break)
}

/// Returns whether CloudWatch rejects names with this character; its patterns do not match line breaks.
fn is_break(c: char) -> bool {
    c.is_ascii_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_same(a: &[usize], b: &[usize]) -> bool {
    a.len() == b.len() && a.iter().all(|key| b.contains(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::RESERVED;

    fn set(dimensions: &mut Dimensions, key: &str, value: &str) -> Vec<Warning> {
        let mut warnings = Vec::new();
        dimensions.set(key, value, &mut |warning| warnings.push(warning));
        warnings
    }

    fn keys<'a>(members: impl Iterator<Item = &'a Member>) -> Vec<String> {
        members
            .map(|member| String::from_utf8_lossy(member.key()).replace('"', ""))
            .collect()
    }

    #[test]
    fn a_key_and_a_value_are_trimmed_and_checked_against_cloudwatchs_limits() {
        for (key, value) in [
            ("tenant", "acme"),
            (" tenant ", "\tacme "),
            ("~ !", &*"v".repeat(MAX_VALUE)),
            (&*"k".repeat(MAX_KEY), "v"),
        ] {
            assert!(set(&mut Dimensions::default(), key, value).is_empty(), "{key:?}");
        }
        for (key, value) in [
            ("", "v"),
            (" ", "v"),
            ("k", " "),
            (":k", "v"),
            (&*"k".repeat(MAX_KEY + 1), "v"),
            ("k", &*"v".repeat(MAX_VALUE + 1)),
            ("k", "a\tb"),
            ("a\u{7f}b", "v"),
            ("a\u{2028}b", "v"),
        ] {
            let mut dimensions = Dimensions::default();
            assert_eq!(
                set(&mut dimensions, key, value),
                [Warning::Dimension(key.trim().to_owned())]
            );
            assert!(dimensions.members().all().is_empty());
        }
        for key in RESERVED {
            assert_eq!(
                set(&mut Dimensions::default(), key, "v"),
                [Warning::Reserved(key.to_owned())]
            );
        }
    }

    #[test]
    fn only_ascii_is_kept_unless_the_user_wants_all_characters() {
        for (key, value) in [
            ("city", "São Paulo"),
            ("città", "Roma"),
            ("city", "\u{200b}Roma"),
            ("city", "Roma \u{1f3db}"),
            ("ß", &*"ß".repeat(MAX_VALUE)),
        ] {
            for charset in [Charset::Ascii, Charset::Unicode] {
                let mut dimensions = Dimensions::new(charset);
                assert!(set(&mut dimensions, "stage", "prod").is_empty());
                let key = key.to_owned();
                assert_eq!(set(&mut dimensions, &key, value), [Warning::NotAscii { key, charset }]);
                let kept = dimensions.own().count();
                assert_eq!(kept, if charset == Charset::Ascii { 1 } else { 2 }, "{value}");
            }
        }
        // White space around a text is removed, also if it is not ASCII.
        assert!(set(&mut Dimensions::default(), "\u{3000}city", "Roma\u{a0}").is_empty());
    }

    #[test]
    fn a_set_is_kept_once_in_any_order() {
        let mut dimensions = Dimensions::default();
        let mut report = |warning| panic!("{warning:?}");
        dimensions.set("own", "1", &mut report);
        dimensions.add_set(&[("a", "1"), ("b", "2"), ("a", "1")], &mut report);
        dimensions.add_set(&[("b", "2"), ("a", "1")], &mut report);
        dimensions.add_set(&[("own", "1")], &mut report);
        dimensions.add_set(&[], &mut report);
        let sets: Vec<_> = (0..dimensions.set_count())
            .map(|at| keys(dimensions.set_at(at)))
            .collect();
        assert_eq!(sets, [vec!["a", "b"], vec!["own"]]);
        assert_eq!(keys(dimensions.own()), ["own"]);
        assert_eq!(keys(dimensions.not_own()), ["a", "b"]);
    }

    #[test]
    fn another_value_replaces_the_first_in_every_set() {
        let mut dimensions = Dimensions::default();
        dimensions.add_set(&[("env", "test")], &mut |warning| panic!("{warning:?}"));
        assert_eq!(
            set(&mut dimensions, "env", "prod"),
            [Warning::OtherValue("env".to_owned())]
        );
        let values: Vec<_> = dimensions.members().all().iter().map(Member::bytes).collect();
        assert_eq!(values, [br#","env":"prod""#]);
    }

    #[test]
    fn the_memory_of_dimensions_is_bounded() {
        let mut dimensions = Dimensions::default();
        let value = "v".repeat(MAX_VALUE);
        let refused = (0..200)
            .filter(|number| !set(&mut dimensions, &format!("key {number}"), &value).is_empty())
            .count();
        assert!(refused > 100 && dimensions.members().size() <= MAX_SIZE);
        let mut warnings = Vec::new();
        for number in 0..=MAX_SETS {
            dimensions.add_set(&[(&format!("{number}"), "v")], &mut |warning| warnings.push(warning));
        }
        assert!(dimensions.set_count() <= MAX_SETS);
    }
}
