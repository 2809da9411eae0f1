//! `cargo xtask demo`: the quickstart function in a local AWS, and what came out of it.

use anyhow::Result;
use console::style;

use crate::quickstart::{self, Run};
use crate::{report, ui};

pub(crate) fn run(keep: bool, release: bool) -> Result<()> {
    let run = quickstart::run(release)?;
    report::exchanges(&run.exchanges);
    report::records(&run.telemetry);
    report::metrics(&run.telemetry);
    report::traces(&run.telemetry);
    report::graph(&run.telemetry);
    if keep {
        leave_running(run);
    }
    Ok(())
}

fn leave_running(run: Run) {
    let Run { aws, path, .. } = run;
    let (endpoint, log) = (aws.client().endpoint().to_owned(), aws.log().display().to_string());
    let group = aws.keep();
    ui::heading("Still running");
    println!(
        "The local AWS answers at {}; its log is {log}.",
        style(&endpoint).bold()
    );
    println!("  order:  curl -i {endpoint}/{path} -d '{}'", quickstart::ORDERS[0].1);
    println!(
        "  logs:   aws --endpoint-url {endpoint} logs tail /aws/lambda/quickstart   (any credentials, region us-east-1)"
    );
    println!("  end it: kill -- -{group}");
}
