//! `percentage_bucket`, which spreads ids over a hundred buckets for gradual roll-outs.

use sha2::{Digest, Sha256};

/// Returns the bucket of an id, 0 to 99, for a roll-out to a percentage of all ids.
///
/// The bucket is the first 8 bytes of SHA-256 of `salt:id`, read as a big-endian integer, modulo 100. The same id has the
/// same bucket in every function and language; in Python,
/// `int.from_bytes(hashlib.sha256(f"{salt}:{id}".encode()).digest()[:8]) % 100`. Use a separate salt for each roll-out, so
/// that the same ids are not always the first.
///
/// Put the bucket into the context with [`EvaluationContext::bucket`](crate::EvaluationContext::bucket). This condition
/// then matches 30 % of the ids:
///
/// ```json
/// {"action": "MODULO_RANGE", "key": "cart_bucket", "value": {"BASE": 100, "START": 0, "END": 29}}
/// ```
///
/// | salt | id | bucket |
/// |---|---|---|
/// | `cart-2026` | `user-1` | 21 |
/// | `cart-2026` | `user-2` | 1 |
/// | `checkout` | `user-1` | 47 |
/// | `cart-2026` | `4711` | 83 |
/// | `cart-2026` | `Zoë` | 91 |
///
/// ```
/// use powertools_lambda_feature_flags::percentage_bucket;
///
/// assert_eq!(percentage_bucket("cart-2026", "user-1"), 21);
/// ```
pub fn percentage_bucket(salt: &str, id: &str) -> u8 {
    let hash = Sha256::new()
        .chain_update(salt)
        .chain_update(b":")
        .chain_update(id)
        .finalize();
    let start = hash
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    u8::try_from(start % 100).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_are_those_of_the_documentation() {
        for (salt, id, bucket) in [
            ("cart-2026", "user-1", 21),
            ("cart-2026", "user-2", 1),
            ("checkout", "user-1", 47),
            ("cart-2026", "4711", 83),
            ("cart-2026", "Zoë", 91),
            ("", "", 68),
        ] {
            assert_eq!(percentage_bucket(salt, id), bucket, "{salt:?} {id:?}");
            let row = format!("/// | `{salt}` | `{id}` | {bucket} |");
            assert!(include_str!("percentage.rs").contains(&row) || id.is_empty(), "{row}");
        }
    }

    #[test]
    fn ids_are_spread_evenly() {
        let mut counts = [0_u32; 100];
        for number in 0..100_000 {
            counts[usize::from(percentage_bucket("salt", &number.to_string()))] += 1;
        }
        // A thousand each; five standard deviations of a binomial distribution are 157.
        assert!(counts.iter().all(|count| (843..=1_157).contains(count)), "{counts:?}");
    }

    #[test]
    fn another_salt_gives_another_order() {
        let same = (0..1_000).filter(|number| {
            let id = number.to_string();
            percentage_bucket("a", &id) == percentage_bucket("b", &id)
        });
        assert!(same.count() < 30);
    }
}
