//! Redrives the dead-letter queue of the loyalty function until nothing is left.

use anyhow::{Result, ensure};

use super::bad_input::MALFORMED;
use super::suite::Suite;
use crate::test::end_to_end::wait::wait_until;

/// Events may be there because of faults. The malformed ones, and only they, are removed.
pub(super) fn all(suite: &Suite) -> Result<()> {
    let deployment = &suite.airline.deployment;
    let mut deleted = Vec::new();
    let mut redriven = 0;
    wait_until("the loyalty queues are empty", || {
        Ok(deployment.messages("LoyaltyQueueUrl")? == 0)
    })?;
    while deployment.messages("LoyaltyDeadLetterQueueUrl")? > 0 {
        let (moved, malformed) = suite.airline.redrive(|body| !MALFORMED.contains(&body))?;
        redriven += moved.len();
        deleted.extend(malformed);
        ensure!(redriven < 1_000, "events come back again and again");
        wait_until("the loyalty queue is empty", || {
            Ok(deployment.messages("LoyaltyQueueUrl")? == 0)
        })?;
    }
    deleted.sort();
    let mut expected = MALFORMED.to_vec();
    expected.sort_unstable();
    ensure!(deleted == expected, "removed from the dead-letter queue: {deleted:?}");
    println!("{redriven} events redriven");
    Ok(())
}
