//! Runs the quickstart example.

use anyhow::Result;

use super::outcome::{leave_running, show, tail};
use crate::application::Traces;
use crate::quickstart::{self, Run};

pub(super) fn run(traces: Traces, keep: bool, release: bool) -> Result<()> {
    let Run {
        deployment,
        path,
        exchanges,
        capture,
        ..
    } = quickstart::run(release, traces)?;
    show(&exchanges, &capture)?;
    if keep {
        let endpoint = deployment.client().endpoint().to_owned();
        let commands = [
            (
                "order:",
                format!("curl -i {endpoint}/{path} -d '{}'", quickstart::ORDERS[0].1),
            ),
            ("logs:", tail(&endpoint, "quickstart")),
        ];
        leave_running(deployment.aws, &commands);
    }
    Ok(())
}
