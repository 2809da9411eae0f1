//! What came out of an application, and how to go on with it.

use anyhow::Result;
use console::style;
use powertools_telemetry::Capture;

use crate::exchange::Exchange;
use crate::local_aws::LocalAws;
use crate::{report, terminal, ui, workspace};

/// Shows what was sent and what came out, and saves the latter.
pub(super) fn show(exchanges: &[Exchange], capture: &Capture) -> Result<()> {
    terminal::exchanges(exchanges);
    terminal::records(&capture.read());

    let demo = workspace::target()?.join("demo");
    let folder = demo.join("telemetry");
    capture.save(&folder)?;
    let model = report::read(&folder)?;
    report::print(&model);
    ui::heading("Report");
    report::write(&model, &demo.join("report.html"))?;
    println!("The logs and traces as they were written are in {}.", folder.display());
    Ok(())
}

/// Leaves the local AWS running, and says how to call what is in it: each line what for, and a command.
pub(super) fn leave_running(aws: LocalAws, commands: &[(&str, String)]) {
    let (endpoint, log) = (aws.client().endpoint().to_owned(), aws.log().display().to_string());
    let group = aws.keep();
    ui::heading("Still running");
    println!(
        "The local AWS answers at {}; its log is {log}.",
        style(&endpoint).bold()
    );
    for (what, command) in commands {
        println!("  {what:8} {command}");
    }
    println!("  {:8} kill -- -{group}", "end it:");
}

/// Returns the command that shows a function's log.
pub(super) fn tail(endpoint: &str, function: &str) -> String {
    format!("aws --endpoint-url {endpoint} logs tail /aws/lambda/{function}   (any credentials, region us-east-1)")
}
