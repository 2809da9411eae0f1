//! `Epochs`, which tells whether a parameter was written after an answer was requested.

use powertools_lambda_core::sync::atomic::{AtomicU64, Ordering};

/// Counts the writes, so that an answer that was requested before a write ended is never used after it.
///
/// A write counts for all names of its stripe. This costs an extra call now and then, but needs no growing list of names.
pub(crate) struct Epochs {
    stripes: [AtomicU64; STRIPES],
    /// The counter for answers with more than one name.
    multiple: AtomicU64,
}

const STRIPES: usize = 64;

/// The stripe of an answer with more than one name.
const MULTIPLE: usize = STRIPES;

/// The count of writes at the time of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Epoch {
    stripe: usize,
    writes: u64,
}

impl Epochs {
    pub(crate) fn new() -> Self {
        Self {
            stripes: [const { AtomicU64::new(0) }; STRIPES],
            multiple: AtomicU64::new(0),
        }
    }

    pub(crate) fn of_name(&self, name: &str) -> Epoch {
        self.read(stripe(name))
    }

    pub(crate) fn of_multiple(&self) -> Epoch {
        self.read(MULTIPLE)
    }

    /// Returns whether nothing was written since then.
    pub(crate) fn is_current(&self, epoch: Epoch) -> bool {
        self.read(epoch.stripe) == epoch
    }

    /// Returns whether the epoch `answer` is not earlier than `asked`. Both must belong to the same name.
    pub(crate) fn reaches(answer: Epoch, asked: Epoch) -> bool {
        answer.writes >= asked.writes
    }

    /// Counts a write of `name`.
    pub(crate) fn written(&self, name: &str) {
        self.stripes[stripe(name)].fetch_add(1, Ordering::AcqRel);
        self.multiple.fetch_add(1, Ordering::AcqRel);
    }

    /// Counts a write of everything.
    pub(crate) fn all_written(&self) {
        for stripe in &self.stripes {
            stripe.fetch_add(1, Ordering::AcqRel);
        }
        self.multiple.fetch_add(1, Ordering::AcqRel);
    }

    fn read(&self, stripe: usize) -> Epoch {
        let counter = self.stripes.get(stripe).unwrap_or(&self.multiple);
        Epoch {
            stripe,
            writes: counter.load(Ordering::Acquire),
        }
    }
}

/// Returns the stripe of a name, with the hash FNV-1a.
#[allow(clippy::cast_possible_truncation)] // any bits of the hash are as good
fn stripe(name: &str) -> usize {
    let hash = common_part(name).bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 32)) as usize % STRIPES
}

/// Returns what a name has in common with the ARN of the same parameter or secret, because a write by one makes answers to the
/// other obsolete.
fn common_part(name: &str) -> &str {
    let resource = name.strip_prefix("arn:").and_then(|arn| {
        arn.split_once(":parameter/")
            .or_else(|| arn.split_once(":secret:"))
            .map(|(_, resource)| resource)
    });
    let mut part = resource.unwrap_or(name).trim_start_matches('/');
    // An ARN of Secrets Manager may end with six random characters, and a name may end like that.
    while let Some((rest, suffix)) = part.rsplit_once('-')
        && suffix.len() == 6
    {
        part = rest;
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_ends_the_epoch_of_its_name_and_of_every_list() {
        let epochs = Epochs::new();
        let (a, b, all) = (epochs.of_name("/a"), epochs.of_name("/b"), epochs.of_multiple());
        epochs.written("/a");
        assert!(!epochs.is_current(a));
        assert!(epochs.is_current(b));
        assert!(!epochs.is_current(all));
        epochs.all_written();
        assert!(!epochs.is_current(b));
    }

    #[test]
    fn a_write_ends_the_epoch_of_few_other_names() {
        let name = |number: usize| format!("/shop/{number}/key");
        for written in 0..100 {
            let epochs = Epochs::new();
            let read: Vec<_> = (0..3_200).map(|number| epochs.of_name(&name(number))).collect();
            epochs.written(&name(written));
            let obsolete = read.iter().filter(|epoch| !epochs.is_current(**epoch)).count();
            assert!((1..=100).contains(&obsolete), "{obsolete} of 3,200");
        }
    }

    #[test]
    fn a_write_by_name_ends_the_epoch_of_the_arn_and_the_other_way_round() {
        let ssm = "arn:aws:ssm:eu-west-1:123456789012:parameter";
        let secret = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret";
        for forms in [
            vec!["/shop/a".to_owned(), format!("{ssm}/shop/a")],
            vec!["a".to_owned(), format!("{ssm}/a")],
            vec!["/a:3".to_owned(), format!("{ssm}/a:3")],
            vec![
                "shop/db".to_owned(),
                format!("{secret}:shop/db"),
                format!("{secret}:shop/db-a1B2c3"),
            ],
            vec![
                "my-secret".to_owned(),
                format!("{secret}:my-secret"),
                format!("{secret}:my-secret-a1B2c3"),
            ],
        ] {
            for (written, read) in forms.iter().zip(forms.iter().cycle().skip(1)) {
                let epochs = Epochs::new();
                let epoch = epochs.of_name(read);
                epochs.written(written);
                assert!(!epochs.is_current(epoch), "{written} {read}");
            }
        }
    }
}
